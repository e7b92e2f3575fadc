/*
 * qemu_fork() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/child-posix.h"

pid_t qemu_fork(Error **errp)
{
#ifdef SIGRTMIN
    const int rtmin = SIGRTMIN;
#else
    const int rtmin = 0;
#endif
    sigset_t all, old;
    pid_t pid;
    int err;

    sigfillset(&all);
    osdep_sigmask(NULL, &old);
    err = pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (err) {
        error_setg_errno(errp, err, "cannot block signals");
        errno = err;
        return -1;
    }

    pid = fork();
    if (pid == 0) {
        osdep_child_reset_signals(rtmin);
        return 0;
    }
    err = errno;
    osdep_sigmask(&old, NULL);
    if (pid < 0) {
        error_setg_errno(errp, err, "cannot fork child process");
    }
    errno = err;
    return pid;
}
