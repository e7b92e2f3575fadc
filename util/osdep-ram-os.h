/*
 * Between ram.c and its two worlds, ram-posix.c and ram-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_RAM_OS_H
#define UTIL_OSDEP_RAM_OS_H

#include "osdep/ram.h"

OSDEP_BEGIN_INTERNAL

size_t osdep_page_size(void);

/* @size in whole pages. */
size_t osdep_page_round(size_t size);

/*
 * osdep_ram_alloc(), with flags and @size checked: its pages, its guards and
 * OSDEP_RAM_ALIGN together are no more than a size_t can tell.
 */
void *osdep_ram_map(size_t size, unsigned int flags, OsdepError **errp);

/* osdep_try_memalign(), with @alignment and @size checked. */
void *osdep_aligned_alloc(size_t alignment, size_t size);

OSDEP_END_INTERNAL

#endif
