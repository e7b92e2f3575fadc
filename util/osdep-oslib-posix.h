/*
 * Blocking all signals around the creation of a child
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_OSLIB_POSIX_H
#define UTIL_OSDEP_OSLIB_POSIX_H

#include <signal.h>

#include "osdep/compiler.h"

OSDEP_BEGIN_INTERNAL

/*
 * Block, in the calling thread, every signal that the C library lets a program
 * block.  Returns: 0, with the mask that was in @old; or an errno, with nothing
 * changed.  osdep_unblock_signals() brings the mask @old back, exactly.
 */
int osdep_block_signals(sigset_t *old);
void osdep_unblock_signals(const sigset_t *old);

OSDEP_END_INTERNAL

#endif
