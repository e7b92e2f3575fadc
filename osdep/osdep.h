/*
 * The prelude in QEMU's style
 *
 * SPDX-License-Identifier: MIT
 *
 * Include it first, before any system header, as QEMU does with its own
 * osdep.h: on Windows it decides what <stdio.h> means.
 *
 * It brings osdep/error.h, osdep/fork.h, osdep/fd.h and osdep/ram.h and, unless
 * OSDEP_NO_QEMU_NAMES is defined, QEMU's names for what is in them: those of
 * qapi/error.h and qemu/error-report.h in the shims of these names under
 * osdep/qemu/, and those of qemu/osdep.h and qemu/memalign.h below.  With
 * OSDEP_ERROR_IS_QEMUS, inside QEMU, these are QEMU's own.
 */
#ifndef OSDEP_OSDEP_H
#define OSDEP_OSDEP_H

/*
 * C99's printf for MinGW-w64 programs (%zu, %lld, PRIu64), which is what osdep
 * itself formats with.
 */
#if defined __MINGW32__ && !defined __USE_MINGW_ANSI_STDIO
#define __USE_MINGW_ANSI_STDIO 1
#endif

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#ifndef _MSC_VER
#include <unistd.h>
#endif

#include "osdep/compiler.h"
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/ram.h"

#if !defined OSDEP_NO_QEMU_NAMES && !defined OSDEP_ERROR_IS_QEMUS

#include "osdep/qemu/qapi/error.h"
#include "osdep/qemu/qemu/error-report.h"

OSDEP_BEGIN_DECLS

/*
 * osdep_fork().  QEMU had it from 2015 to March 2023.
 * Windows: -1 with errno ENOSYS.
 */
static inline osdep_pid qemu_fork(OsdepError **errp)
{
    osdep_pid pid = osdep_fork(errp);

#ifdef _WIN32
    errno = ENOSYS; /* the library's C runtime may have another errno */
#endif
    return pid;
}

#define qemu_set_cloexec osdep_set_cloexec
#define qemu_close_all_open_fd osdep_close_all_open_fd

/*
 * osdep_ram_alloc() as QEMU has it: @shared and @noreserve are the flags.  What
 * @align points to, if it is not NULL, is set to what the RAM is aligned to.
 *
 * Returns: NULL with errno set on failure.
 */
static inline void *qemu_anon_ram_alloc(size_t size, uint64_t *align,
                                        bool shared, bool noreserve)
{
    OsdepError *err = NULL;
    void *ptr =
        osdep_ram_alloc(size,
                        (shared ? (unsigned int)OSDEP_RAM_SHARED : 0) |
                            (noreserve ? (unsigned int)OSDEP_RAM_NORESERVE : 0),
                        &err);

    if (!ptr) {
        errno = osdep_error_get_errno(err);
        osdep_error_free(err);
    } else if (align) {
        *align = OSDEP_RAM_ALIGN;
    }
    return ptr;
}

#define qemu_anon_ram_free osdep_ram_free

#define QEMU_MADV_INVALID OSDEP_MADV_INVALID
#define QEMU_MADV_WILLNEED OSDEP_MADV_WILLNEED
#define QEMU_MADV_DONTNEED OSDEP_MADV_DONTNEED
#define QEMU_MADV_DONTFORK OSDEP_MADV_DONTFORK
#define QEMU_MADV_MERGEABLE OSDEP_MADV_MERGEABLE
#define QEMU_MADV_UNMERGEABLE OSDEP_MADV_UNMERGEABLE
#define QEMU_MADV_DODUMP OSDEP_MADV_DODUMP
#define QEMU_MADV_DONTDUMP OSDEP_MADV_DONTDUMP
#define QEMU_MADV_HUGEPAGE OSDEP_MADV_HUGEPAGE
#define QEMU_MADV_NOHUGEPAGE OSDEP_MADV_NOHUGEPAGE
#define QEMU_MADV_REMOVE OSDEP_MADV_REMOVE
#define QEMU_MADV_POPULATE_WRITE OSDEP_MADV_POPULATE_WRITE

/* osdep_madvise().  Returns: 0; -1 with errno set on failure. */
static inline int qemu_madvise(void *addr, size_t len, int advice)
{
    int err = osdep_madvise(addr, len, advice);

    if (err) {
        errno = err;
    }
    return err ? -1 : 0;
}

/* osdep_try_memalign().  Returns: NULL with errno set on failure. */
static inline void *qemu_try_memalign(size_t alignment, size_t size)
{
    void *ptr = osdep_try_memalign(alignment, size);

    if (!ptr) {
        errno = alignment & (alignment - 1) ? EINVAL : ENOMEM;
    }
    return ptr;
}

#define qemu_memalign osdep_memalign
#define qemu_vfree osdep_vfree

OSDEP_END_DECLS

#endif
#endif
