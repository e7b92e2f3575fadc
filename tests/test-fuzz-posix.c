/*
 * Tests with what fuzz targets try that only Windows can have, elsewhere
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#define SKIP_REASON "only Windows has them"
FUZZ_WIN32_CASES(TEST_SKIP)
