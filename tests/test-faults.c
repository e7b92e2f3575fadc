/*
 * Every call that can fail, failing in turn
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
