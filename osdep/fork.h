/*
 * A fork() whose child inherits no signal state
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OSDEP_FORK_H
#define OSDEP_FORK_H

#include "osdep/compiler.h"
#include "osdep/error.h"

#ifdef _WIN32
/* The ID of a process. */
typedef int osdep_pid;
#else
#include <sys/types.h>
typedef pid_t osdep_pid;
#endif

OSDEP_BEGIN_DECLS

/*
 * osdep_fork: like fork(2), but
 * - all signals, but for the C library's own, are blocked from before the fork
 *   until the child is clean, so that no handler of the parent's ever runs in
 *   the child;
 * - in the child every signal has its default disposition, real-time signals
 *   included, and the signal mask is empty;
 * - in the parent the signal mask is exactly what it was, on every path.
 *
 * QEMU had this function as qemu_fork() from 2015 to March 2023; osdep/osdep.h
 * has it under that name.
 *
 * Returns: 0 in the child, the child's process ID in the parent.  On failure
 * -1, with @errp set, osdep_error_get_errno() and errno telling why (the errors
 * of fork(2): EAGAIN, ENOMEM, ...), no child, and nothing else changed.
 *
 * A child that cannot be cleaned (the system refuses sigaction() or
 * sigprocmask(), as a sandbox may) does not return: it says why on descriptor 2
 * and leaves with _exit(1).
 *
 * Signals: one that arrives for the parent meanwhile stays pending and is
 * delivered when its mask is restored; none is lost, and none of the parent's
 * pending signals is pending in the child (fork(2)).
 *
 * What stays in the child as fork(2) left it: descriptors (see osdep/fd.h),
 * the alternate signal stack, locks other threads held.  So in a
 * multi-threaded parent the child may only call async-signal-safe functions
 * until it executes a program (POSIX.1-2017, fork()).  Signals that the C
 * library keeps for itself (32 and 33 with glibc, 32 to 34 with musl, SIGTHR
 * and SIGLIBRT on FreeBSD) keep their disposition as well: the child's threads
 * need them.  If the parent was started with one of these ignored, it stays
 * ignored in a program that the child executes.
 *
 * Any thread may call it.  Like fork(), not from a signal handler.
 *
 * Windows: cannot fork.  Returns -1, and osdep_error_get_errno() is ENOSYS.
 * errno is set in the library's C runtime; qemu_fork() sets the caller's.
 */
OSDEP_API osdep_pid osdep_fork(OsdepError **errp);

OSDEP_END_DECLS

#endif
