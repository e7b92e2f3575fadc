/*
 * Tests of osdep-run on Windows, where it cannot run anything yet
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#define SKIP_REASON "Windows has no fork"
RUN_POSIX_CASES(TEST_SKIP)

void run_cannot_fork(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "--", "cmd", "/c", "ver"), 125);
    CHECK_STR(output, "osdep-run: cannot fork child process: "
                      "Function not implemented\n");
}
