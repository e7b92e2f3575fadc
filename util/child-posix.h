/*
 * The child room: all that runs between fork and exec
 *
 * SPDX-License-Identifier: MIT
 *
 * child-posix.c may import only async-signal-safe functions, since another
 * thread may have held any lock at the fork; tests/test-symbols reads its object
 * file and fails on any other.  qemu_close_all_open_fd() of osdep/fd.h is
 * there too, for that reason.
 */
#ifndef UTIL_CHILD_POSIX_H
#define UTIL_CHILD_POSIX_H

#include <signal.h>

/*
 * One past the highest signal.  NSIG does not always say: FreeBSD's is 32, with
 * real-time signals from 65 to 126 and _SIG_MAXSIG, 128, as their end
 * (sys/signal.h, sys/_sigset.h of FreeBSD 13; DragonFly has the same).
 */
#ifdef _SIG_MAXSIG
#define OSDEP_SIGNAL_END (_SIG_MAXSIG + 1)
#else
#define OSDEP_SIGNAL_END NSIG
#endif

/*
 * In the child of a fork, all signals blocked: give each signal its default
 * disposition, but for those that the C library keeps for itself, then empty
 * the mask.  Says why on descriptor 2 and leaves with _exit(1) if the system
 * does not let it.
 */
void osdep_child_reset_signals(void);

/*
 * After that, and only before exec: give the C library's own signals their
 * default disposition too.  One that is ignored would stay so in the program;
 * glibc's posix_spawn() ignores them in every child that it makes.
 */
void osdep_child_reset_reserved_signals(void);

#endif
