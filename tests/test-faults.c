/*
 * Every call of the system that fails, one at a time, in test-faults-posix.c and
 * -win32.c; and every allocation
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        FAULTS_POSIX_CASES(TEST_LISTED)
        FAULTS_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("faults", cases, sizeof(cases) / sizeof(cases[0]));
}
