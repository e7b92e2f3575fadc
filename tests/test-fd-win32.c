/*
 * Tests of osdep/fd.h that only Windows can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "osdep/fd.h"

#define SKIP_REASON "Windows has no exec, seccomp or descriptor limit"
FD_POSIX_CASES(TEST_SKIP)

static bool is_inheritable(int fd)
{
    DWORD flags = 0;

    CU_ASSERT(GetHandleInformation((HANDLE)_get_osfhandle(fd), &flags));
    return flags & HANDLE_FLAG_INHERIT;
}

void cloexec_handle_is_not_inheritable(void)
{
    int fd = _open("NUL", _O_RDONLY);

    CU_ASSERT_TRUE(is_inheritable(fd));
    qemu_set_cloexec(fd);
    CU_ASSERT_FALSE(is_inheritable(fd));
    _close(fd);
}

void pipe_handles_are_not_inheritable(void)
{
    int fds[2];

    CU_ASSERT_TRUE_FATAL(osdep_pipe(fds, NULL));
    CU_ASSERT_FALSE(is_inheritable(fds[0]));
    CU_ASSERT_FALSE(is_inheritable(fds[1]));
    _close(fds[0]);
    _close(fds[1]);
}
