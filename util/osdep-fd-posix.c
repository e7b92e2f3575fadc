/*
 * File descriptors on POSIX systems; osdep_close_all_open_fd() is in
 * osdep-child.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <fcntl.h>

#include "osdep/fd.h"
#include "util/osdep-fd-posix.h"

static int set_cloexec(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

void osdep_set_cloexec_in(int fd, const OsdepRuntime *runtime)
{
    (void)runtime;
    if (set_cloexec(fd) < 0) {
        osdep_error_setg_errno(&osdep_error_abort, errno,
                               "cannot make descriptor %d close-on-exec", fd);
    }
}

int osdep_fd_above_2(int fd)
{
    int above, err;

    if (fd < 0 || fd > 2) {
        return fd;
    }
    above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    err = errno;
    close(fd);
    errno = err;
    return above;
}

#ifdef O_PATH /* Linux 2.6.39, FreeBSD 13.1 */
enum { COVER_FLAGS = O_PATH | O_CLOEXEC };
#else
enum { COVER_FLAGS = O_RDONLY | O_CLOEXEC };
#endif

unsigned int osdep_cover_standard_fds(void)
{
    unsigned int covered = 0;

    for (int fd = 0; fd <= 2; fd++) {
        int cover = fcntl(fd, F_GETFD) < 0 ? open("/", COVER_FLAGS) : -1;

        if (cover > 2) { /* another thread has opened something there */
            close(cover);
        } else if (cover >= 0) {
            covered |= 1u << cover;
        }
    }
    return covered;
}

/* Or has another thread put something else there meanwhile? */
static bool is_cover(int fd)
{
#ifdef O_PATH
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && flags & O_PATH;
#else
    int flags = fcntl(fd, F_GETFD);

    return flags >= 0 && flags & FD_CLOEXEC;
#endif
}

void osdep_uncover_standard_fds(unsigned int covered)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (covered & 1u << fd && is_cover(fd)) {
            close(fd);
        }
    }
}

static int pipe_then_cloexec(int fds[2])
{
    int err;

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

#ifdef __APPLE__ /* has no pipe2() */
static int cloexec_pipe(int fds[2])
{
    return pipe_then_cloexec(fds);
}
#else
static int cloexec_pipe(int fds[2])
{
    int ret = pipe2(fds, O_CLOEXEC);

    /* An emulator or a sandbox may not have it. */
    return ret < 0 && errno == ENOSYS ? pipe_then_cloexec(fds) : ret;
}
#endif

/* The end that is written to first: who prints there meanwhile gets no SIGPIPE. */
static void close_pipe(const int fds[2])
{
    close(fds[1]);
    close(fds[0]);
}

bool osdep_pipe_above_2(int fds[2], OsdepError **errp)
{
    /* All but the last have 0, 1 or 2, and what other threads print there: they
     * hold these numbers until there is one that has none. */
    enum { MOST = 4 };
    int pair[MOST][2], n, err;

    for (n = 0;; n++) {
        err = cloexec_pipe(pair[n]) < 0 ? errno : 0;
        if (err || n == MOST - 1 || (pair[n][0] > 2 && pair[n][1] > 2)) {
            break;
        }
    }
    if (!err) {
        memcpy(fds, pair[n], sizeof(pair[n]));
    }
    while (n > 0) {
        close_pipe(pair[--n]);
    }
    if (err) {
        osdep_error_setg_errno(errp, err, "cannot create a pipe");
    }
    return !err;
}

bool osdep_pipe_in(int fds[2], const OsdepRuntime *runtime, OsdepError **errp)
{
    unsigned int covered = osdep_cover_standard_fds();
    OsdepError *err = NULL;
    bool ok = osdep_pipe_above_2(fds, &err);
    int saved_errno = errno;

    (void)runtime;
    osdep_uncover_standard_fds(covered);
    osdep_error_propagate(errp, err); /* which may end the program */
    errno = saved_errno;
    return ok;
}

#endif
