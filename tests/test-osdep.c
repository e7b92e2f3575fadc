/*
 * Tests of osdep/osdep.h: qemu_fork(), in test-osdep-posix.c and -win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        FORK_POSIX_CASES(TEST_LISTED)
        FORK_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("osdep", cases, sizeof(cases) / sizeof(cases[0]));
}
