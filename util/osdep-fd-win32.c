/*
 * File descriptors on Windows: those of the caller's C runtime
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include <windows.h>

#include "osdep/fd.h"
#include "util/osdep-fd-win32.h"

enum {
    /*
     * More descriptors than any C runtime has: 2,048 in msvcrt.dll, 8,192 in the
     * Universal CRT (_setmaxstdio()).
     */
    MAX_FDS = 8192,
    PIPE_BUFFER_SIZE = 65536,
};

void *osdep_fd_handle(int fd, const OsdepRuntime *runtime)
{
    intptr_t handle = runtime ? runtime->get_handle(fd) : -1;

    return handle == -1 ? NULL : (void *)handle;
}

void osdep_set_cloexec_in(int fd, const OsdepRuntime *runtime)
{
    HANDLE handle = osdep_fd_handle(fd, runtime);

    if (!handle) {
        osdep_error_setg_errno(&osdep_error_abort, EBADF,
                               "cannot make descriptor %d close-on-exec", fd);
    } else if (!SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0)) {
        osdep_error_setg_win32(&osdep_error_abort, (int)GetLastError(),
                               "cannot make descriptor %d close-on-exec", fd);
    }
}

/* The runtime's errno tells why, but only the caller can read that. */
static bool no_descriptor(OsdepError **errp)
{
    osdep_error_setg_errno(errp, EMFILE, "cannot create a pipe");
    return false;
}

bool osdep_pipe_in(int fds[2], const OsdepRuntime *runtime, OsdepError **errp)
{
    HANDLE ends[2];
    int pair[2];

    if (!runtime) {
        osdep_error_setg_errno(errp, EINVAL,
                               "cannot create a pipe: its descriptors would "
                               "belong to a C runtime that the library was "
                               "not told");
        return false;
    }
    if (!CreatePipe(&ends[0], &ends[1], NULL, PIPE_BUFFER_SIZE)) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot create a pipe");
        return false;
    }
    pair[0] = runtime->open_fd((intptr_t)ends[0], false);
    if (pair[0] < 0) {
        CloseHandle(ends[0]);
        CloseHandle(ends[1]);
        return no_descriptor(errp);
    }
    pair[1] = runtime->open_fd((intptr_t)ends[1], true);
    if (pair[1] < 0) {
        runtime->close_fd(pair[0]);
        CloseHandle(ends[1]);
        return no_descriptor(errp);
    }
    fds[0] = pair[0];
    fds[1] = pair[1];
    return true;
}

static bool is_skipped(int fd, const int *skip, unsigned int nskip)
{
    for (unsigned int i = 0; i < nskip; i++) {
        if (skip[i] == fd) {
            return true;
        }
    }
    return false;
}

void osdep_close_all_open_fd_in(const int *skip, unsigned int nskip,
                                const OsdepRuntime *runtime)
{
    for (int fd = 0; fd < MAX_FDS; fd++) {
        if (osdep_fd_handle(fd, runtime) && !is_skipped(fd, skip, nskip)) {
            runtime->close_fd(fd);
        }
    }
}

#endif
