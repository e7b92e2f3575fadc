/*
 * Tests of deadlines: what only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#define SKIP_REASON "about zombies, tracers and stopped processes"
TRACED_POSIX_CASES(TEST_SKIP)
