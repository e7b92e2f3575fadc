/*
 * A descriptor that tells when a child has ended: pidfd_open(2), kqueue(2)
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "config.h"
#include "osdep/fd.h"
#include "util/pollable-posix.h"

#if defined __linux__

#include "util/syscall-linux.h"

/* Older headers lack the numbers, which are the same on all architectures but
 * Alpha (the kernel's asm-generic/unistd.h). */
#if !defined SYS_pidfd_open && !defined __alpha__
#define SYS_pidfd_open 434
#endif
#if !defined SYS_pidfd_send_signal && !defined __alpha__
#define SYS_pidfd_send_signal 424
#endif

/* Linux 5.3; a pidfd is close-on-exec (pidfd_open(2)). */
int osdep_pollable_open(pid_t pid)
{
    long fd = osdep_syscall(SYS_pidfd_open, pid, 0, 0, 0, 0);

    return fd < 0 ? -1 : (int)fd;
}

/*
 * Linux 5.1.  A sandbox may refuse it, with any error: then kill(2) can do it, or
 * say what is wrong.
 */
int osdep_pollable_signal(int pollable, int sig)
{
    long err = osdep_syscall(SYS_pidfd_send_signal, pollable, sig, 0, 0, 0);

    return err == 0 || err == -ESRCH ? -(int)err : -1;
}

#elif defined HAVE_KQUEUE

#include <sys/event.h>

/*
 * The event stays in the queue, since nobody reads it.  A process that is
 * ending or has ended is ESRCH but on FreeBSD, whose event is there at once
 * (filt_procattach() in the kernels' kern_event.c); a pipe without a writer is
 * readable for ever, too.  No queue is inherited by a child (kqueue(2)).
 */
int osdep_pollable_open(pid_t pid)
{
    struct kevent event;
    int fds[2], queue = kqueue(), err;

    if (queue < 0) {
        return -1;
    }
    qemu_set_cloexec(queue);
    EV_SET(&event, (uintptr_t)pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, 0);
    if (kevent(queue, &event, 1, NULL, 0, NULL) == 0) {
        return queue;
    }
    err = errno;
    close(queue);
    if (err != ESRCH || !osdep_pipe(fds, NULL)) {
        return -1;
    }
    close(fds[1]);
    return fds[0];
}

int osdep_pollable_signal(int pollable, int sig)
{
    (void)pollable, (void)sig;
    return -1;
}

#else

int osdep_pollable_open(pid_t pid)
{
    (void)pid;
    return -1;
}

int osdep_pollable_signal(int pollable, int sig)
{
    (void)pollable, (void)sig;
    return -1;
}

#endif
