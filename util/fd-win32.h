/*
 * Descriptors of the C runtime, seen from the system
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_FD_WIN32_H
#define UTIL_FD_WIN32_H

/* The HANDLE of descriptor @fd, any number; NULL if it is not open. */
void *osdep_fd_handle(int fd);

#endif
