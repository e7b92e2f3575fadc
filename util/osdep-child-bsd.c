/*
 * The child room: the calls of the BSDs, and of other POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#if !defined _WIN32 && !defined __linux__ && !defined __APPLE__

#include "util/osdep-child.h"

#if defined __FreeBSD__ || defined __DragonFly__
#include <sys/syscall.h>
#endif
#if OSDEP_CAN_DIE_WITH_PARENT
#include <sys/wait.h> /* P_PID */
#endif

/*
 * FreeBSD and DragonFly: bare system calls.  The thread library keeps a table of
 * handlers behind sigaction() (FreeBSD, lib/libthr/thread/thr_sig.c), and after
 * vfork(2) that is the parent's.  The kernel has the code by which a handler
 * returns.
 *
 * NetBSD and OpenBSD: the C library's sigaction() and sigprocmask(), which keep
 * nothing (NetBSD, lib/libc/arch/ARCH/sys/__sigaction14_sigtramp.c; OpenBSD,
 * lib/libc/sys/w_sigaction.c).  On NetBSD they know the code by which a handler
 * returns, and OpenBSD has no syscall(2) since 7.5.
 */
#if defined __FreeBSD__ || defined __DragonFly__
static int set_action(int sig, const struct sigaction *sa,
                      struct sigaction *old)
{
    return syscall(SYS_sigaction, sig, sa, old) < 0 ? errno : 0;
}

static int set_mask(const sigset_t *mask)
{
    return syscall(SYS_sigprocmask, SIG_SETMASK, mask, NULL) < 0 ? errno : 0;
}
#else
static int set_action(int sig, const struct sigaction *sa,
                      struct sigaction *old)
{
    return sigaction(sig, sa, old) < 0 ? errno : 0;
}

static int set_mask(const sigset_t *mask)
{
    return pthread_sigmask(SIG_SETMASK, mask, NULL);
}
#endif

static int set_handler(int sig, void (*handler)(int))
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

    sigemptyset(&sa.sa_mask);
    return set_action(sig, &sa, NULL);
}

static void do_nothing(int sig)
{
    (void)sig;
}

int osdep_child_unblock_all(void)
{
    sigset_t none;

    sigemptyset(&none);
    return set_mask(&none);
}

int osdep_child_set_default(int sig)
{
    return set_handler(sig, SIG_DFL);
}

/* That of the C library, since the program may ask it. */
int osdep_child_set_default_after_fork(int sig)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };

    sigemptyset(&sa.sa_mask);
    return sigaction(sig, &sa, NULL) < 0 ? errno : 0;
}

int osdep_child_ignore(int sig)
{
    return set_handler(sig, SIG_IGN);
}

int osdep_child_set_until_exec(int sig)
{
    return set_handler(sig, sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU
                                ? do_nothing
                                : SIG_DFL);
}

bool osdep_child_is_unknown(int sig)
{
    struct sigaction sa;

    return set_action(sig, NULL, &sa) == EINVAL;
}

/*
 * FreeBSD's SIGTHR and SIGLIBRT ("reserved by thread library", "by real-time
 * library") and OpenBSD's SIGTHR ("thread library AST"), by their sys/signal.h.
 */
bool osdep_child_is_reserved(int sig)
{
    bool reserved = false;

    (void)sig;
#ifdef SIGTHR
    reserved |= sig == SIGTHR;
#endif
#ifdef SIGLIBRT
    reserved |= sig == SIGLIBRT;
#endif
    return reserved;
}

/* close_range(2): FreeBSD 13 */
bool osdep_child_close_span(unsigned int first, unsigned int last)
{
#if defined __FreeBSD__ && __FreeBSD__ >= 13
    return close_range(first, last, 0) == 0;
#else
    (void)first, (void)last;
    return false;
#endif
}

/* FreeBSD's close_range(2) can, from 13.1 on; to close costs no more there. */
bool osdep_child_mark_span(unsigned int first, unsigned int last)
{
    (void)first, (void)last;
    return false;
}

/* No plan asks for it. */
int osdep_child_unshare_fds(int highest)
{
    (void)highest;
    return ENOSYS;
}

int osdep_child_die_with_parent(pid_t parent)
{
#if OSDEP_CAN_DIE_WITH_PARENT
    int sig = SIGKILL;

    if (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) < 0) {
        return errno;
    }
    if (getppid() != parent) { /* it died before that */
        _exit(1);
    }
    return 0;
#else
    (void)parent;
    return ENOTSUP;
#endif
}

/* Nothing that can be listed without the heap. */
bool osdep_child_close_listed(const OsdepFdList *kept)
{
    (void)kept;
    return false;
}

/* closefrom(2) of the four BSDs closes what is above the highest kept one. */
#if defined __FreeBSD__ || defined __DragonFly__ || defined __NetBSD__ || \
    defined __OpenBSD__
unsigned int osdep_child_fd_limit(void)
{
    return 0;
}

void osdep_child_close_above(unsigned int first)
{
    closefrom((int)first);
}
#else
unsigned int osdep_child_fd_limit(void)
{
    return (unsigned int)sysconf(_SC_OPEN_MAX);
}

void osdep_child_close_above(unsigned int first)
{
    (void)first;
}
#endif

#endif
