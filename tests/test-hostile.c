/*
 * Tests of osdep in hostile surroundings, in test-hostile-posix.c and -win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        HOSTILE_POSIX_CASES(TEST_LISTED)
        HOSTILE_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("hostile", cases, sizeof(cases) / sizeof(cases[0]));
}
