/*
 * File descriptors on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_FD_POSIX_H
#define UTIL_OSDEP_FD_POSIX_H

#include <stdbool.h>

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_INTERNAL

/*
 * Move the close-on-exec descriptor @fd to one that is 3 or higher, if it is not
 * already: 0 to 2 are what a program's other threads take for standard streams.
 *
 * Returns: the descriptor; -1 with errno set, and @fd closed, if there is none
 * left.  -1 is passed on, with errno unchanged.
 */
int osdep_fd_above_2(int fd);

/*
 * Open what can be neither read nor written where 0, 1 or 2 is closed, so that the
 * descriptors that are opened until osdep_uncover_standard_fds() are 3 or higher
 * from the first moment: what other threads write to a closed standard stream then
 * fails, and does not go into a file of ours.  If two threads do so at once, one
 * may find the other's cover, and lose it too early; osdep_fd_above_2() is what is
 * left then, and for pipes osdep_pipe_above_2().
 *
 * Returns: what osdep_uncover_standard_fds() takes.
 */
unsigned int osdep_cover_standard_fds(void);
void osdep_uncover_standard_fds(unsigned int covered);

/*
 * osdep_pipe() for callers who have done that.  What was ever 0, 1 or 2 is not
 * passed on, so that nothing that other threads print is in the pipe.
 */
bool osdep_pipe_above_2(int fds[2], OsdepError **errp);

OSDEP_END_INTERNAL

#endif
