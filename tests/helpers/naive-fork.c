/*
 * The controls: forks that get it wrong, for which the tests must fail
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/naive-fork.h"

#include <signal.h>

#include "tools/inspect.h"
#include "util/osdep-child.h"

/* Blocks all signals across the fork; the child resets those below @end. */
static pid_t blocked_fork(int end, bool restore, Error **errp)
{
    sigset_t all, none, old;
    pid_t pid;

    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid = naive_fork(errp);
    if (pid == 0) {
        for (int sig = 1; sig < end; sig++) {
            signal(sig, SIG_DFL);
        }
        pthread_sigmask(SIG_SETMASK, &none, NULL);
    } else if (restore) {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    return pid;
}

pid_t naive_fork(Error **errp)
{
    pid_t pid = fork();

    if (pid < 0) {
        error_setg_errno(errp, errno, "cannot fork child process");
    }
    return pid;
}

pid_t naive_nsig_fork(Error **errp)
{
    return blocked_fork(32, true, errp);
}

pid_t naive_forgetful_fork(Error **errp)
{
    return blocked_fork(MAX_SIGNALS, false, errp);
}

pid_t naive_pthread_fork(Error **errp)
{
    return blocked_fork(MAX_SIGNALS, true, errp);
}

pid_t naive_ignoring_fork(Error **errp)
{
    struct sigaction old[MAX_SIGNALS];
    pid_t pid;

    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        sigaction(sig, NULL, &old[sig]);
        signal(sig, SIG_IGN);
    }
    pid = naive_fork(errp);
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (pid == 0) {
            signal(sig, SIG_DFL);
        } else if (sig != SIGKILL && sig != SIGSTOP) {
            sigaction(sig, &old[sig], NULL);
        }
    }
    return pid;
}

pid_t naive_greedy_fork(Error **errp)
{
    pid_t pid = qemu_fork(errp);

    if (pid == 0) {
        osdep_child_reset_reserved_signals();
    }
    return pid;
}
