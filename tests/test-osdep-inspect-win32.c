/*
 * Tests of osdep-inspect that Windows cannot have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#define SKIP_REASON "Windows has no signal state to inherit"
INSPECT_POSIX_CASES(TEST_SKIP)
