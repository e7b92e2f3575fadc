/*
 * Blocking all signals, for those who start children
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSLIB_POSIX_H
#define UTIL_OSLIB_POSIX_H

#include <signal.h>

/*
 * Block, in the calling thread, every signal that the C library lets a program
 * block.  Returns: 0, with the mask that was in @old; or an errno, with nothing
 * changed.  osdep_unblock_signals() brings the mask @old back, exactly.
 */
int osdep_block_signals(sigset_t *old);
void osdep_unblock_signals(const sigset_t *old);

#endif
