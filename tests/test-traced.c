/*
 * Tests of deadlines: they are kept whatever state the child is in, in
 * test-traced-posix.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TRACED_POSIX_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("traced", cases, sizeof(cases) / sizeof(cases[0]));
}
