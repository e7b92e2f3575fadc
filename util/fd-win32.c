/*
 * File descriptors on Windows: those of the C runtime
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "osdep/fd.h"
#include "util/fd-win32.h"

/*
 * More descriptors than any C runtime has: 2,048 in msvcrt.dll, 8,192 in the
 * Universal CRT (_setmaxstdio()).
 */
enum { MAX_FDS = 8192 };

#ifdef _UCRT
/* stdlib.h of MinGW-w64 need not have it, but its import libraries do. */
/* clang-format off */
_CRTIMP _invalid_parameter_handler __cdecl
_set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);
/* clang-format on */

static void ignore_invalid_parameter(const wchar_t *expression,
                                     const wchar_t *function,
                                     const wchar_t *file, unsigned int line,
                                     uintptr_t reserved)
{
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
}
#endif

/*
 * _get_osfhandle(), for any number.  By default the Universal CRT ends a
 * program that asks for one that is not open.
 */
static intptr_t get_osfhandle(int fd)
{
#ifdef _UCRT
    _invalid_parameter_handler old =
        _set_thread_local_invalid_parameter_handler(ignore_invalid_parameter);
    intptr_t handle = _get_osfhandle(fd);

    _set_thread_local_invalid_parameter_handler(old);
    return handle;
#else
    return _get_osfhandle(fd);
#endif
}

void *osdep_fd_handle(int fd)
{
    intptr_t handle = get_osfhandle(fd);

    /* -2: a standard stream of a program that was started without it */
    return handle == -1 || handle == -2 ? NULL : (void *)handle;
}

void qemu_set_cloexec(int fd)
{
    HANDLE handle = osdep_fd_handle(fd);

    if (!handle) {
        error_setg_errno(&error_abort, EBADF,
                         "cannot make descriptor %d close-on-exec", fd);
    } else if (!SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0)) {
        error_setg_win32(&error_abort, (int)GetLastError(),
                         "cannot make descriptor %d close-on-exec", fd);
    }
}

bool osdep_pipe(int fds[2], Error **errp)
{
    int pair[2];

    if (_pipe(pair, 65536, _O_BINARY | _O_NOINHERIT) < 0) {
        error_setg_errno(errp, errno, "cannot create a pipe");
        return false;
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

void qemu_close_all_open_fd(const int *skip, unsigned int nskip)
{
    int saved_errno = errno;

    for (int fd = 0; fd < MAX_FDS; fd++) {
        if (get_osfhandle(fd) != -1 && !is_skipped(fd, skip, nskip)) {
            _close(fd);
        }
    }
    errno = saved_errno;
}
