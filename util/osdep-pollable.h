/*
 * A descriptor that tells when a child has ended, and signals sent by it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_POLLABLE_H
#define UTIL_OSDEP_POLLABLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "osdep/compiler.h"

OSDEP_BEGIN_INTERNAL

/*
 * Returns: a close-on-exec descriptor that poll(2) finds readable once our
 * child @pid has ended, and ever after: a pidfd or a kqueue.  -1 if the system
 * has no such thing or none is to be had.
 */
int osdep_pollable_open(pid_t pid);

/*
 * Send @sig to the process that @pollable was opened for.  Returns: 0, an
 * errno, or -1 if @pollable cannot do it and kill(2) must.
 */
int osdep_pollable_signal(int pollable, int sig);

OSDEP_END_INTERNAL

#endif
