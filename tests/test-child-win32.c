/*
 * Tests of what a child does between fork and exec: Windows has no such child
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#define SKIP_REASON "about fork and exec"
CHILD_POSIX_CASES(TEST_SKIP)
