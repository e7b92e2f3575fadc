/*
 * The child room: the calls of macOS
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __APPLE__

#include <libproc.h>

#include "util/osdep-child.h"

int osdep_child_unblock_all(void)
{
    sigset_t none;

    sigemptyset(&none);
    return pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/*
 * The C library's functions: the child is that of a fork(), so what they keep is
 * its own.
 */
static int set_handler(int sig, void (*handler)(int))
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

    sigemptyset(&sa.sa_mask);
    return sigaction(sig, &sa, NULL) < 0 ? errno : 0;
}

static void do_nothing(int sig)
{
    (void)sig;
}

int osdep_child_set_default(int sig)
{
    return set_handler(sig, SIG_DFL);
}

int osdep_child_set_default_after_fork(int sig)
{
    return set_handler(sig, SIG_DFL);
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

    return sigaction(sig, NULL, &sa) < 0 && errno == EINVAL;
}

/* The C library keeps none. */
bool osdep_child_is_reserved(int sig)
{
    (void)sig;
    return false;
}

/* macOS has no close_range(2). */
bool osdep_child_close_span(unsigned int first, unsigned int last)
{
    (void)first, (void)last;
    return false;
}

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
    (void)parent;
    return ENOTSUP;
}

/*
 * Closes what proc_pidinfo() lists; false if not all can be.  It is a bare
 * system call that fills in as many as fit (xnu, libproc.c and proc_info.c), so
 * it is asked again until they do.
 */
bool osdep_child_close_listed(const OsdepFdList *kept)
{
    struct proc_fdinfo listed[256];
    bool some_closed = true;
    int size = sizeof(listed);

    while (some_closed && size == sizeof(listed)) {
        some_closed = false;
        size = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, listed, size);
        for (size_t i = 0; (i + 1) * sizeof(listed[0]) <= (size_t)size; i++) {
            int fd = listed[i].proc_fd;

            if (!osdep_fd_list_has(kept, fd)) {
                some_closed |= close(fd) == 0;
            }
        }
    }
    return size > 0 && size < (int)sizeof(listed);
}

unsigned int osdep_child_fd_limit(void)
{
    return (unsigned int)getdtablesize();
}

/* macOS has no closefrom(2). */
void osdep_child_close_above(unsigned int first)
{
    (void)first;
}

#endif
