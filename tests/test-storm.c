/*
 * Tests of what holds in a storm, of signals or of threads: in
 * test-storm-posix.c and -win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        STORM_POSIX_CASES(TEST_LISTED)
        STORM_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("storm", cases, sizeof(cases) / sizeof(cases[0]));
}
