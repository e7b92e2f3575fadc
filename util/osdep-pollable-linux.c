/*
 * A descriptor that tells when a child has ended: Linux's pidfd_open(2)
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __linux__

#include "util/osdep-pollable.h"
#include "util/osdep-syscall-linux.h"

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

#endif
