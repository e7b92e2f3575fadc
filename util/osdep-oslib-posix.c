/*
 * osdep_fork() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include "osdep/fork.h"
#include "util/osdep-child.h"
#include "util/osdep-oslib-posix.h"

int osdep_block_signals(sigset_t *old)
{
    sigset_t all;

    sigfillset(&all);
    return pthread_sigmask(SIG_BLOCK, &all, old);
}

/*
 * Unblock what we blocked, instead of setting the old mask: glibc takes its own
 * signals out of any mask it sets, and musl out of any it tells, so one in
 * which the program was started with these blocked would not come back.  This
 * way they are never touched.
 */
void osdep_unblock_signals(const sigset_t *old)
{
    sigset_t blocked;

    sigfillset(&blocked);
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sigismember(old, sig) == 1) {
            sigdelset(&blocked, sig);
        }
    }
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

osdep_pid osdep_fork(OsdepError **errp)
{
    sigset_t old;
    pid_t pid;
    int err;

    err = osdep_block_signals(&old);
    if (err) {
        osdep_error_setg_errno(errp, err, "cannot block signals");
        errno = err;
        return -1;
    }

    pid = fork();
    if (pid == 0) {
        osdep_child_reset_signals();
        return 0;
    }

    err = errno;
    osdep_unblock_signals(&old);
    if (pid < 0) {
        osdep_error_setg_errno(errp, err, "cannot fork child process");
    }
    errno = err;
    return pid;
}

#endif
