/*
 * Memory for guests: large, aligned, guarded, and left out of forks
 *
 * SPDX-License-Identifier: MIT
 *
 * A fork copies the page tables of the parent and write-protects every page of
 * its private memory.  With 8 GiB of memory in pages of 4 KiB the parent's
 * threads stop for 0.11 s (docs/performance.md).  Memory from osdep_ram_alloc()
 * is left out of forks, unless OSDEP_RAM_FORK is given, and adds nothing to
 * their cost.
 *
 * QEMU does not need this for its guests' RAM: its ram_block_add() marks that
 * MADV_DONTFORK by itself, unless QEMU runs as a qtest server.
 *
 *     const size_t size = (size_t)8 << 30;
 *     void *ram = osdep_ram_alloc(size, 0, &osdep_error_fatal);
 *     ...
 *     osdep_ram_free(ram, size);
 */
#ifndef OSDEP_RAM_H
#define OSDEP_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_DECLS

/*
 * The alignment of RAM in bytes: the size of a large page on systems whose
 * pages are 4 KiB.
 */
#define OSDEP_RAM_ALIGN ((size_t)2 << 20)

/* Flags of osdep_ram_alloc(). */
enum {
    /* MAP_SHARED: with OSDEP_RAM_FORK, a child sees what the parent writes. */
    OSDEP_RAM_SHARED = 1 << 0,
    /*
     * Reserve no memory for it (MAP_NORESERVE, mmap(2)): the allocation can be
     * larger than the memory that is free, and the system kills a process that
     * then touches too much of it.
     * Linux: no effect if vm.overcommit_memory is 2 (proc(5)).
     * Windows, FreeBSD, OpenBSD: ENOTSUP.
     */
    OSDEP_RAM_NORESERVE = 1 << 1,
    /* A child of a fork has a copy, or shares it with OSDEP_RAM_SHARED. */
    OSDEP_RAM_FORK = 1 << 2,
};

/*
 * Allocate @size bytes of zeroes for a guest's memory, aligned to
 * OSDEP_RAM_ALIGN.
 *
 * The page before the memory and the page after the one in which it ends cannot
 * be accessed: reading or writing beyond either end stops there.
 *
 * Forks: a child of a fork does not have the memory, unless @flags has
 * OSDEP_RAM_FORK, no matter when another thread forks.  If the child reads or
 * writes there, SIGSEGV kills it; system calls such as write(2) fail with
 * EFAULT.  The child's system may give these addresses to a later malloc(),
 * however; an old pointer then reads and writes that memory.  daemon(3) forks,
 * too: call this function after it.
 *
 * Returns: the memory, to be freed by osdep_ram_free().  On failure NULL, with
 * @errp set, and nothing is left mapped.  The errno of the error is EINVAL
 * (@size is 0, or @flags has an unknown bit), ENOMEM (no memory, or no address
 * range for it and its guard pages), ENOTSUP (see OSDEP_RAM_NORESERVE), or one
 * of mmap(2) (EAGAIN: the limit of locked memory), mprotect(2) and madvise(2),
 * or of a sandbox.  While the function runs, the limits must have room for 2
 * MiB and a page more.
 *
 * Thread-safe.
 *
 * POSIX: on failure errno is set, too.
 *
 * Linux: uses madvise(MADV_DONTFORK) (2.6.16).  After mlockall(MCL_FUTURE),
 * memory with OSDEP_RAM_SHARED is locked when it is touched and not at once:
 * mprotect(2) populates private memory only (Linux 6.18, measured).
 *
 * BSDs, macOS: uses minherit(2) with INHERIT_NONE or its like.  Never run
 * there.
 *
 * Windows: has no fork.  On failure osdep_error_get_win32() has Windows' code.
 */
OSDEP_API void *osdep_ram_alloc(size_t size, unsigned int flags,
                                OsdepError **errp);

/*
 * Free the memory @ptr that osdep_ram_alloc() returned for @size bytes.  NULL
 * does nothing.  A child of a fork that does not have the memory must not call
 * it: other memory may be mapped at that address.
 *
 * Thread-safe.
 */
OSDEP_API void osdep_ram_free(void *ptr, size_t size);

/*
 * The advice that osdep_madvise() takes, named as in madvise(2).  The numbers
 * are osdep's own.  Advice that a system does not have is OSDEP_MADV_INVALID,
 * which a caller can compare with.  A kernel that is too old for one returns
 * EINVAL.
 */
#define OSDEP_MADV_INVALID (-1)
#ifdef _WIN32
#define OSDEP_MADV_WILLNEED OSDEP_MADV_INVALID
#define OSDEP_MADV_DONTNEED OSDEP_MADV_INVALID
#define OSDEP_MADV_DONTFORK OSDEP_MADV_INVALID
#define OSDEP_MADV_REMOVE OSDEP_MADV_INVALID
#else
#define OSDEP_MADV_WILLNEED 0x1001
#define OSDEP_MADV_DONTNEED 0x1002
#define OSDEP_MADV_DONTFORK 0x1003 /* on the BSDs and macOS by minherit(2) */
#ifdef __linux__
#define OSDEP_MADV_REMOVE 0x1004
#else
#define OSDEP_MADV_REMOVE OSDEP_MADV_DONTNEED
#endif
#endif
#ifdef __linux__
#define OSDEP_MADV_MERGEABLE 0x1005
#define OSDEP_MADV_UNMERGEABLE 0x1006
#define OSDEP_MADV_DODUMP 0x1007
#define OSDEP_MADV_DONTDUMP 0x1008
#define OSDEP_MADV_HUGEPAGE 0x1009
#define OSDEP_MADV_NOHUGEPAGE 0x100a
#define OSDEP_MADV_POPULATE_WRITE 0x100b
#else
#define OSDEP_MADV_MERGEABLE OSDEP_MADV_INVALID
#define OSDEP_MADV_UNMERGEABLE OSDEP_MADV_INVALID
#define OSDEP_MADV_DODUMP OSDEP_MADV_INVALID
#define OSDEP_MADV_DONTDUMP OSDEP_MADV_INVALID
#define OSDEP_MADV_HUGEPAGE OSDEP_MADV_INVALID
#define OSDEP_MADV_NOHUGEPAGE OSDEP_MADV_INVALID
#define OSDEP_MADV_POPULATE_WRITE OSDEP_MADV_INVALID
#endif

/*
 * Tell the system how the @len bytes at @addr, the beginning of a page, will be
 * used.  @advice is one of OSDEP_MADV_..., not of MADV_....
 *
 * Returns: 0.  On failure an errno: EINVAL if this system does not have
 * @advice, else an error of madvise(2).
 *
 * Thread-safe.
 */
OSDEP_API int osdep_madvise(void *addr, size_t len, int advice);

/*
 * Allocate @size bytes aligned to @alignment, a power of two, for buffers such
 * as those of direct I/O.  A @size of 0 counts as 1, an @alignment smaller than
 * that of a pointer as that of a pointer.  The memory is on the heap: a child
 * of a fork has a copy.
 *
 * Returns: the memory, to be freed by osdep_vfree().  If osdep_try_memalign()
 * fails, NULL: @alignment is not a power of two, or there is no memory (POSIX:
 * errno is EINVAL or ENOMEM).  osdep_memalign() instead reports that and aborts.
 *
 * Thread-safe.
 */
OSDEP_API void *osdep_try_memalign(size_t alignment, size_t size);
OSDEP_API void *osdep_memalign(size_t alignment, size_t size);

/* Free memory of these two functions.  NULL does nothing. */
OSDEP_API void osdep_vfree(void *ptr);

OSDEP_END_DECLS

#endif
