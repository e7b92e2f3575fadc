/*
 * File descriptors on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_FD_POSIX_H
#define UTIL_OSDEP_FD_POSIX_H

#include "osdep/compiler.h"

OSDEP_BEGIN_INTERNAL

/*
 * Move the close-on-exec descriptor @fd to one that is 3 or higher, if it is not
 * already: 0 to 2 are what a program's other threads take for standard streams.
 *
 * Returns: the descriptor; -1 with errno set, and @fd closed, if there is none
 * left.  -1 is passed on, with errno unchanged.
 */
int osdep_fd_above_2(int fd);

OSDEP_END_INTERNAL

#endif
