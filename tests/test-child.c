/*
 * Tests of what a child does between fork and exec, in test-child-posix.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        CHILD_POSIX_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("child", cases, sizeof(cases) / sizeof(cases[0]));
}
