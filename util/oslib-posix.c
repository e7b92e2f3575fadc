/*
 * qemu_fork() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/child-posix.h"

pid_t qemu_fork(Error **errp)
{
    sigset_t blocked, old;
    pid_t pid;
    int err;

    sigfillset(&blocked);
    err = pthread_sigmask(SIG_BLOCK, &blocked, &old);
    if (err) {
        error_setg_errno(errp, err, "cannot block signals");
        errno = err;
        return -1;
    }

    pid = fork();
    if (pid == 0) {
        osdep_child_reset_signals();
        return 0;
    }

    /*
     * Unblock what we blocked, instead of setting the old mask: glibc takes its
     * own signals out of any mask it sets, and musl out of any it tells, so
     * one in which the program was started with these blocked would not come
     * back.  This way they are never touched.
     */
    err = errno;
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sigismember(&old, sig) == 1) {
            sigdelset(&blocked, sig);
        }
    }
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
    if (pid < 0) {
        error_setg_errno(errp, err, "cannot fork child process");
    }
    errno = err;
    return pid;
}
