/*
 * File descriptors on POSIX systems; qemu_close_all_open_fd() is in
 * child-posix.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>

#include "config.h"
#include "osdep/fd.h"

static int set_cloexec(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

void qemu_set_cloexec(int fd)
{
    if (set_cloexec(fd) < 0) {
        error_setg_errno(&error_abort, errno,
                         "cannot make descriptor %d close-on-exec", fd);
    }
}

static int cloexec_pipe(int fds[2])
{
    int err;

#ifdef HAVE_PIPE2
    if (pipe2(fds, O_CLOEXEC) == 0) {
        return 0;
    } else if (errno != ENOSYS) { /* an emulator or a sandbox without it */
        return -1;
    }
#endif
    if (pipe(fds) < 0) {
        return -1;
    }
    if (set_cloexec(fds[0]) < 0 || set_cloexec(fds[1]) < 0) {
        err = errno;
        close(fds[0]);
        close(fds[1]);
        errno = err;
        return -1;
    }
    return 0;
}

bool osdep_pipe(int fds[2], Error **errp)
{
    int pair[2] = { -1, -1 };

    if (cloexec_pipe(pair) < 0) {
        error_setg_errno(errp, errno, "cannot create a pipe");
        return false;
    }
    fds[0] = pair[0];
    fds[1] = pair[1];
    return true;
}
