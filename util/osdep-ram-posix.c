/*
 * Memory for guests on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <sys/mman.h>
#ifdef __APPLE__
#include <mach/vm_inherit.h>
#endif

#include "util/osdep-ram-os.h"

#if defined __linux__ && !defined MADV_POPULATE_WRITE /* before glibc 2.35 */
#define MADV_POPULATE_WRITE 23 /* Linux 5.14, the same on each architecture */
#endif

/* Returns: 0, or -1 with errno set. */
static int leave_out_of_forks(void *addr, size_t len)
{
#if defined MADV_DONTFORK
    int ret = madvise(addr, len, MADV_DONTFORK);

    if (ret < 0 && errno == EAGAIN) { /* Linux for: too many mappings */
        errno = ENOMEM;
    }
    return ret;
#elif defined INHERIT_NONE     /* FreeBSD, DragonFly */
    return minherit(addr, len, INHERIT_NONE);
#elif defined MAP_INHERIT_NONE /* NetBSD, OpenBSD */
    return minherit(addr, len, MAP_INHERIT_NONE);
#else                          /* macOS */
    return minherit(addr, len, VM_INHERIT_NONE);
#endif
}

static const struct {
    int advice, system;
} advices[] = {
    { OSDEP_MADV_WILLNEED, MADV_WILLNEED },
    { OSDEP_MADV_DONTNEED, MADV_DONTNEED },
#ifdef __linux__
    { OSDEP_MADV_REMOVE, MADV_REMOVE },
    { OSDEP_MADV_MERGEABLE, MADV_MERGEABLE },
    { OSDEP_MADV_UNMERGEABLE, MADV_UNMERGEABLE },
    { OSDEP_MADV_DODUMP, MADV_DODUMP },
    { OSDEP_MADV_DONTDUMP, MADV_DONTDUMP },
    { OSDEP_MADV_HUGEPAGE, MADV_HUGEPAGE },
    { OSDEP_MADV_NOHUGEPAGE, MADV_NOHUGEPAGE },
    { OSDEP_MADV_POPULATE_WRITE, MADV_POPULATE_WRITE },
#endif
};

int osdep_madvise(void *addr, size_t len, int advice)
{
    if (advice == OSDEP_MADV_DONTFORK) {
        return leave_out_of_forks(addr, len) < 0 ? errno : 0;
    }
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
        if (advices[i].advice == advice) {
            return madvise(addr, len, advices[i].system) < 0 ? errno : 0;
        }
    }
    return EINVAL;
}

size_t osdep_page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Unmap, with errno as it was: what cannot be undone has a reason already. */
static void unmap(char *addr, size_t len)
{
    int saved_errno = errno;

    if (len) {
        munmap(addr, len);
    }
    errno = saved_errno;
}

/*
 * One mapping for all, with room to choose from, and nothing of it accessible until
 * it is left out of forks: a child that another thread forks meanwhile has it, and
 * cannot access it either.
 */
void *osdep_ram_map(size_t size, unsigned int flags, OsdepError **errp)
{
    const size_t page = osdep_page_size(), ram = osdep_page_round(size);
    const size_t total = OSDEP_RAM_ALIGN + ram + page;
    int kind = MAP_ANONYMOUS;
    char *base, *ptr;
    size_t before;

    kind |= flags & OSDEP_RAM_SHARED ? MAP_SHARED : MAP_PRIVATE;
    if (flags & OSDEP_RAM_NORESERVE) {
#if defined MAP_NORESERVE && MAP_NORESERVE /* OpenBSD has it as 0 */
        kind |= MAP_NORESERVE;
#else
        osdep_error_setg_errno(errp, ENOTSUP,
                               "cannot allocate RAM that is not reserved");
        errno = ENOTSUP;
        return NULL;
#endif
    }
    base = mmap(NULL, total, PROT_NONE, kind, -1, 0);
    if (base == MAP_FAILED) {
        osdep_error_setg_errno(
            errp, errno, "cannot reserve addresses for %zu bytes of RAM", size);
        return NULL;
    }
    before = OSDEP_RAM_ALIGN - (uintptr_t)base % OSDEP_RAM_ALIGN;
    ptr = base + before;
    if (!(flags & OSDEP_RAM_FORK) && leave_out_of_forks(ptr, ram) < 0) {
        osdep_error_setg_errno(
            errp, errno, "cannot leave %zu bytes of RAM out of forks", size);
        unmap(base, total);
        return NULL;
    }
    if (mprotect(ptr, ram, PROT_READ | PROT_WRITE) < 0) {
        osdep_error_setg_errno(errp, errno, "cannot allocate %zu bytes of RAM",
                               size);
        unmap(base, total);
        return NULL;
    }
    unmap(base, before - page);
    unmap(ptr + ram + page, total - before - ram - page);
    return ptr;
}

void osdep_ram_free(void *ptr, size_t size)
{
    const size_t page = osdep_page_size();

    if (ptr) {
        unmap((char *)ptr - page, osdep_page_round(size) + 2 * page);
    }
}

void *osdep_aligned_alloc(size_t alignment, size_t size)
{
    void *ptr = NULL;
    int err = posix_memalign(&ptr, alignment, size);

    if (err) {
        errno = err;
        return NULL;
    }
    return ptr;
}

void osdep_vfree(void *ptr)
{
    free(ptr);
}

#endif
