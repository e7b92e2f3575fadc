/*
 * What a child was born with, found out with as few calls as can be
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/newborn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "util/osdep-child.h"

#ifdef __linux__

#include <sys/syscall.h>

/* The kernel's size of a signal set, as in osdep-child-linux.c. */
enum { KERNEL_SIGSET_SIZE = _NSIG / 8 };

static bool any_is_blocked(void)
{
    uint64_t mask[2] = { 0 };

    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, mask,
                   KERNEL_SIGSET_SIZE) < 0 ||
           mask[0] || mask[1];
}

/* A handler, SIG_DFL or SIG_IGN; SIG_DFL if there is no such signal. */
static void (*handler_of(int sig))(int)
{
    /* The kernel's struct sigaction, whose second word it is on MIPS. */
    void (*sa[32])(int) = { SIG_DFL };

    if (syscall(SYS_rt_sigaction, sig, NULL, sa, KERNEL_SIGSET_SIZE) < 0) {
        return SIG_DFL;
    }
#ifdef __mips__
    return sa[1];
#else
    return sa[0];
#endif
}

#else

static bool any_is_blocked(void)
{
    sigset_t mask;

    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sigismember(&mask, sig) == 1) {
            return true;
        }
    }
    return false;
}

static void (*handler_of(int sig))(int)
{
    struct sigaction sa;

    return sigaction(sig, NULL, &sa) < 0 ? SIG_DFL : sa.sa_handler;
}

#endif

int newborn_signal_faults(bool all)
{
    int faults = any_is_blocked() ? NEWBORN_BLOCKED : 0;
    struct sigaction sa;

    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        void (*handler)(int) = handler_of(sig);

        if (handler == SIG_DFL || (!all && sigaction(sig, NULL, &sa) < 0)) {
            continue;
        }
        faults |= handler == SIG_IGN ? NEWBORN_IGNORED : NEWBORN_CAUGHT;
    }
    return faults;
}

int newborn_fd_faults(int kept)
{
    struct rlimit limit;
    int faults = 0;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 65536) {
        limit.rlim_cur = 65536;
    }
    for (int fd = 0; fd < (int)limit.rlim_cur; fd++) {
        bool is_open = fcntl(fd, F_GETFD) >= 0;

        if (is_open != (fd < 3 || fd == kept)) {
            faults |= is_open ? NEWBORN_STRAY : NEWBORN_LACKS;
        }
    }
    return faults;
}
