/*
 * Tests of osdep/fd.h
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#include <fcntl.h>

#include "osdep/fd.h"

static void cloexec_of_bad_descriptor_aborts(void)
{
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), "abort-cloexec"),
              aborted_status);
    CHECK_CONTAINS(output, "cannot make descriptor 99 close-on-exec: "
                           "Bad file descriptor\n");
}

static void pipe_carries_bytes(void)
{
    static const char sent[] =
        "a\nb\r\n\x1a\0c"; /* text mode would change it */
    char got[sizeof(sent)] = "";
    int fds[2] = { -1, -1 };
    Error *err = NULL;

    CU_ASSERT_TRUE(osdep_pipe(fds, &err));
    CU_ASSERT_PTR_NULL(err);
    CHECK_INT(write(fds[1], sent, sizeof(sent)), sizeof(sent));
    CHECK_INT(read(fds[0], got, sizeof(got)), sizeof(sent));
    CHECK_INT(memcmp(sent, got, sizeof(sent)), 0);
    close(fds[1]);
    CHECK_INT(read(fds[0], got, 1), 0);
    close(fds[0]);
}

static bool is_open(int fd)
{
    int copy = dup(fd);

    if (copy >= 0) {
        close(copy);
    }
    return copy >= 0;
}

/* With all of this program's descriptors in a moment's danger, in any world. */
static void close_all_spares_the_skipped(void)
{
    enum { N = 20 };
    int skip[N + 8], fds[N];
    unsigned int n = 0;

    for (int i = 0; i < N; i++) {
        fds[i] = dup(1);
        CU_ASSERT_FATAL(fds[i] > 2);
    }
    skip[n++] = fds[13]; /* in no order, ... */
    skip[n++] = 2;
    skip[n++] = -1; /* ... with entries that mean nothing, ... */
    skip[n++] = fds[4];
    skip[n++] = 0;
    skip[n++] = fds[4]; /* ... and one twice */
    skip[n++] = 1;
    skip[n++] = 2000000000;
    errno = EDOM;
    qemu_close_all_open_fd(skip, n);
    CHECK_INT(errno, EDOM);
    for (int i = 0; i < N; i++) {
        CHECK_INT(is_open(fds[i]), i == 13 || i == 4);
    }
    CU_ASSERT_TRUE(is_open(1));
    CU_ASSERT_TRUE(is_open(2));
    close(fds[13]);
    close(fds[4]);
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(cloexec_of_bad_descriptor_aborts),
        TEST_ENTRY(pipe_carries_bytes),
        TEST_ENTRY(close_all_spares_the_skipped),
        FD_POSIX_CASES(TEST_LISTED)
        FD_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("fd", cases, sizeof(cases) / sizeof(cases[0]));
}
