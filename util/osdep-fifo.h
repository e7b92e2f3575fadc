/*
 * FIFOs whose other end is not to be waited for in open(2)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_FIFO_H
#define UTIL_OSDEP_FIFO_H

#include <stdbool.h>

#include "osdep/compiler.h"

OSDEP_BEGIN_INTERNAL

/*
 * Does a program that reads from FIFO @fd, which is open for reading and
 * non-blocking, get what a blocking open(2) would have waited for: is there a
 * writer, or was there one?  Takes nothing out of it.
 */
bool osdep_fifo_has_writer(int fd);

OSDEP_END_INTERNAL

#endif
