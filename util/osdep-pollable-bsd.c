/*
 * A descriptor that tells when a child has ended: kqueue(2) of the BSDs and
 * macOS; none on other POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#if !defined _WIN32 && !defined __linux__

#include "osdep/fd.h"
#include "util/osdep-pollable.h"

#if defined __FreeBSD__ || defined __DragonFly__ || defined __NetBSD__ || \
    defined __OpenBSD__ || defined __APPLE__

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
    osdep_set_cloexec(queue);
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
#endif
