/*
 * Descriptors of a C runtime, seen from the system
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_FD_WIN32_H
#define UTIL_OSDEP_FD_WIN32_H

#include "osdep/runtime.h"

OSDEP_BEGIN_INTERNAL

/*
 * The HANDLE of descriptor @fd, any number, of the C runtime @runtime; NULL if it
 * is not open, or @runtime is NULL.
 */
void *osdep_fd_handle(int fd, const OsdepRuntime *runtime);

OSDEP_END_INTERNAL

#endif
