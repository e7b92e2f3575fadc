/*
 * What a child was born with, found out with as few calls as can be
 *
 * SPDX-License-Identifier: MIT
 *
 * tools/inspect.h tells more and takes longer, and may allocate: not for a
 * hundred thousand children, nor for one of a process with threads.
 */
#ifndef TESTS_NEWBORN_H
#define TESTS_NEWBORN_H

#include <stdbool.h>

/* What can be wrong; the exit status of the program newborn. */
enum {
    NEWBORN_BLOCKED = 1 << 0, /* a signal is blocked */
    NEWBORN_IGNORED = 1 << 1, /* one is ignored */
    NEWBORN_CAUGHT = 1 << 2,  /* one has a handler */
    NEWBORN_STRAY = 1 << 3,   /* a descriptor is open that should not be */
    NEWBORN_LACKS = 1 << 4,   /* one is not open that should be */
};

/* Both are async-signal-safe.  Return: what is wrong, 0 if nothing is. */

/*
 * @all: look at the C library's own signals, too.  Linux is asked itself, since
 * neither the C library nor TSan tells the truth about all signals.
 */
int newborn_signal_faults(bool all);

/*
 * Open should be 0, 1, 2 and @kept, unless that is negative, and nothing else.
 * Up to RLIMIT_NOFILE; who asks often has that low.
 */
int newborn_fd_faults(int kept);

#endif
