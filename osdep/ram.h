/*
 * Memory for guests: large, aligned, guarded, and left out of forks
 *
 * SPDX-License-Identifier: MIT
 *
 * A fork copies the page tables of its parent, and write-protects every page: with
 * 8 GiB of memory, in pages of 4 KiB, the guest stands still for a tenth of a second
 * meanwhile.  RAM from here is left out of forks unless asked otherwise, so a fork
 * costs what it costs without it (docs/performance.md).
 *
 *     const size_t size = (size_t)8 << 30;
 *     void *ram = osdep_ram_alloc(size, 0, &error_fatal);
 *     ...
 *     qemu_anon_ram_free(ram, size);
 */
#ifndef OSDEP_RAM_H
#define OSDEP_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_DECLS

/* Flags of osdep_ram_alloc(). */
enum {
    /* MAP_SHARED: with OSDEP_RAM_FORK, a child sees what the parent writes. */
    OSDEP_RAM_SHARED = 1 << 0,
    /*
     * Reserve no memory for it (MAP_NORESERVE, mmap(2)): then there may be less
     * than @size, and a process that touches too much is ended.  Of no effect
     * where Linux never overcommits (vm.overcommit_memory is 2, proc(5)); ENOTSUP
     * on Windows, FreeBSD and OpenBSD, which have no such thing.
     */
    OSDEP_RAM_NORESERVE = 1 << 1,
    /* Children of a fork have it too: a copy, or shared with OSDEP_RAM_SHARED. */
    OSDEP_RAM_FORK = 1 << 2,
};

/*
 * Allocate @size bytes of zeroes, for a guest's memory.
 *
 * They begin at a multiple of 2 MiB, so that a system with pages of 4 KiB can use
 * large pages.  Before them, and after the page in which they end, is a page that
 * cannot be accessed: who runs beyond the ends is stopped there.
 *
 * Forks: a child does not have it, unless @flags has OSDEP_RAM_FORK, no matter when
 * another thread forks.  What the child reads or writes there kills it by SIGSEGV,
 * rather than being a copy that grows stale, and calls like write(2) fail there with
 * EFAULT.  But to its system these addresses are free: its next large malloc() may
 * be given them, and then a stale pointer reads and writes that.  daemon(3) is a
 * fork, too: allocate after it.  Done with
 * madvise(MADV_DONTFORK) (Linux 2.6.16), minherit(2) with INHERIT_NONE or its like
 * on the BSDs and macOS (never run there).  On Windows there is no fork.
 *
 * Returns: what qemu_anon_ram_free() frees.  On failure NULL, with @errp and errno
 * set, and nothing is left mapped.  errno is EINVAL: @size is 0, or @flags has what
 * is no flag; ENOMEM: no memory, or no addresses for it and its guards; ENOTSUP, see
 * OSDEP_RAM_NORESERVE; or one of mmap(2) (EAGAIN: a limit of locked memory),
 * mprotect(2) and madvise(2), where a sandbox adds its own.  For a moment the limits
 * must have room for 2 MiB and a page more.  Where Windows fails errno is ENOMEM, and
 * the error has Windows' code.
 *
 * After mlockall(MCL_FUTURE), RAM with OSDEP_RAM_SHARED is locked as it is touched and
 * not at once: mprotect(2) populates private memory alone (Linux 6.18, measured).
 *
 * Thread-safe.
 */
OSDEP_API void *osdep_ram_alloc(size_t size, unsigned int flags, Error **errp);

/*
 * The same as QEMU has it: @shared and @noreserve are the flags.  What @align
 * points to, if it is not NULL, is set to what the RAM is aligned to.
 *
 * Returns: NULL with errno set on failure.
 */
OSDEP_API void *qemu_anon_ram_alloc(size_t size, uint64_t *align, bool shared,
                                    bool noreserve);

/*
 * Free what osdep_ram_alloc() or qemu_anon_ram_alloc() returned for this @size.
 * NULL is no RAM at all.  Not for a child that does not have it: something else may
 * be mapped there by then.
 *
 * Thread-safe.
 */
OSDEP_API void qemu_anon_ram_free(void *ptr, size_t size);

/*
 * What qemu_madvise() knows, by the names of madvise(2), as numbers of their own.
 * What a system does not know is QEMU_MADV_INVALID, so this can be compared with it;
 * a kernel that is too old for one of them says EINVAL.
 */
#define QEMU_MADV_INVALID (-1)
#ifdef _WIN32
#define QEMU_MADV_WILLNEED QEMU_MADV_INVALID
#define QEMU_MADV_DONTNEED QEMU_MADV_INVALID
#define QEMU_MADV_DONTFORK QEMU_MADV_INVALID
#define QEMU_MADV_REMOVE QEMU_MADV_INVALID
#else
#define QEMU_MADV_WILLNEED 0x1001
#define QEMU_MADV_DONTNEED 0x1002
#define QEMU_MADV_DONTFORK 0x1003 /* on the BSDs and macOS by minherit(2) */
#ifdef __linux__
#define QEMU_MADV_REMOVE 0x1004
#else
#define QEMU_MADV_REMOVE QEMU_MADV_DONTNEED
#endif
#endif
#ifdef __linux__
#define QEMU_MADV_MERGEABLE 0x1005
#define QEMU_MADV_UNMERGEABLE 0x1006
#define QEMU_MADV_DODUMP 0x1007
#define QEMU_MADV_DONTDUMP 0x1008
#define QEMU_MADV_HUGEPAGE 0x1009
#define QEMU_MADV_NOHUGEPAGE 0x100a
#define QEMU_MADV_POPULATE_WRITE 0x100b
#else
#define QEMU_MADV_MERGEABLE QEMU_MADV_INVALID
#define QEMU_MADV_UNMERGEABLE QEMU_MADV_INVALID
#define QEMU_MADV_DODUMP QEMU_MADV_INVALID
#define QEMU_MADV_DONTDUMP QEMU_MADV_INVALID
#define QEMU_MADV_HUGEPAGE QEMU_MADV_INVALID
#define QEMU_MADV_NOHUGEPAGE QEMU_MADV_INVALID
#define QEMU_MADV_POPULATE_WRITE QEMU_MADV_INVALID
#endif

/*
 * Tell the system how the @len bytes at @addr, the beginning of a page, will be
 * used.
 *
 * Returns: 0.  On failure -1 with errno set: EINVAL if there is no such @advice
 * here (a number of madvise(2) is none), else the errors of madvise(2).
 *
 * Thread-safe.
 */
OSDEP_API int qemu_madvise(void *addr, size_t len, int advice);

/*
 * Allocate @size bytes at a multiple of @alignment, a power of two, for buffers
 * such as those of direct I/O.  A @size of 0 is taken for 1.  An @alignment that
 * is smaller than a pointer is taken for that.  This is memory of the heap: a
 * child of a fork has a copy.
 *
 * Returns: what qemu_vfree() frees.  On failure NULL with errno set (ENOMEM, or
 * EINVAL: @alignment is no power of two).  qemu_memalign() does not fail: it
 * reports that there is no memory, and aborts.
 *
 * Thread-safe.
 */
OSDEP_API void *qemu_try_memalign(size_t alignment, size_t size);
OSDEP_API void *qemu_memalign(size_t alignment, size_t size);

/* Free what these two returned.  @ptr may be NULL. */
OSDEP_API void qemu_vfree(void *ptr);

OSDEP_END_DECLS

#endif
