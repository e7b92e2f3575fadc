/*
 * The platform prelude and qemu_fork(); brings osdep/error.h
 *
 * SPDX-License-Identifier: MIT
 *
 * Include it first, before any system header, as QEMU does with its own
 * osdep.h: on Windows it decides what <stdio.h> means.
 */
#ifndef OSDEP_OSDEP_H
#define OSDEP_OSDEP_H

/*
 * C99's printf for MinGW-w64 programs (%zu, %lld, PRIu64), which is what osdep
 * itself formats with.
 */
#if defined __MINGW32__ && !defined __USE_MINGW_ANSI_STDIO
#define __USE_MINGW_ANSI_STDIO 1
#endif

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h> /* pid_t, on Windows with MinGW-w64 too */
#include <unistd.h>

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_DECLS

/*
 * qemu_fork: a fork() whose child inherits no signal state
 *
 * Like fork(2), but
 * - all signals, but for the C library's own, are blocked from before the fork
 *   until the child is clean, so that no handler of the parent's ever runs in
 *   the child;
 * - in the child every signal has its default disposition, real-time signals
 *   included, and the signal mask is empty;
 * - in the parent the signal mask is exactly what it was, on every path.
 *
 * Returns: 0 in the child, the child's process ID in the parent.  On failure
 * -1, with @errp set, error_get_os_error() and errno telling why (the errors of
 * fork(2): EAGAIN, ENOMEM, ...), no child, and nothing else changed.
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
 * Windows: cannot fork.  Returns -1 with errno and error_get_os_error() ENOSYS.
 */
OSDEP_API pid_t qemu_fork(Error **errp);

OSDEP_END_DECLS

#endif
