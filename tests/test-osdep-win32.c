/*
 * Tests of qemu_fork() on Windows, which cannot
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#define SKIP_REASON "Windows has no fork"
FORK_POSIX_CASES(TEST_SKIP)

void fork_is_enosys(void)
{
    Error *err = NULL;
    pid_t pid;

    errno = 0;
    pid = qemu_fork(&err);
    CHECK_INT(errno, ENOSYS);
    CHECK_INT(pid, -1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_INT(osdep_error_get_errno(err), ENOSYS);
    CHECK_STR(error_get_pretty(err),
              "cannot fork child process: Function not implemented");
    error_free(err);
}

void fork_is_enosys_without_errp(void)
{
    errno = 0;
    CHECK_INT(qemu_fork(NULL), -1);
    CHECK_INT(errno, ENOSYS);
}

void fork_is_enosys_with_error_fatal(void)
{
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), "fatal-fork"), 1);
    CHECK_STR(output, "error-end: cannot fork child process: "
                      "Function not implemented\n");
}
