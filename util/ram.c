/*
 * Memory for guests; the systems' part is in ram-posix.c and ram-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/ram-os.h"

size_t osdep_page_round(size_t size)
{
    const size_t page = osdep_page_size();

    return (size + page - 1) / page * page;
}

void *osdep_ram_alloc(size_t size, unsigned int flags, Error **errp)
{
    const unsigned int all =
        OSDEP_RAM_SHARED | OSDEP_RAM_NORESERVE | OSDEP_RAM_FORK;

    if (flags & ~all) {
        error_setg_errno(errp, EINVAL,
                         "cannot allocate RAM with unknown flags 0x%x",
                         flags & ~all);
        errno = EINVAL;
        return NULL;
    }
    if (size == 0) {
        error_setg_errno(errp, EINVAL, "cannot allocate 0 bytes of RAM");
        errno = EINVAL;
        return NULL;
    }
    if (size > SIZE_MAX - OSDEP_RAM_ALIGN - 2 * osdep_page_size()) {
        error_setg_errno(errp, ENOMEM,
                         "cannot allocate %zu bytes of RAM and their guards",
                         size);
        errno = ENOMEM;
        return NULL;
    }
    return osdep_ram_map(size, flags, errp);
}

void *qemu_anon_ram_alloc(size_t size, uint64_t *align, bool shared,
                          bool noreserve)
{
    void *ptr = osdep_ram_alloc(size,
                                (shared ? OSDEP_RAM_SHARED : 0) |
                                    (noreserve ? OSDEP_RAM_NORESERVE : 0),
                                NULL);

    if (ptr && align) {
        *align = OSDEP_RAM_ALIGN;
    }
    return ptr;
}

void *qemu_try_memalign(size_t alignment, size_t size)
{
    if (alignment & (alignment - 1)) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment < sizeof(void *)) {
        alignment = sizeof(void *);
    }
    return osdep_aligned_alloc(alignment, size ? size : 1);
}

void *qemu_memalign(size_t alignment, size_t size)
{
    void *ptr = qemu_try_memalign(alignment, size);

    if (!ptr) {
        error_setg_errno(&error_abort, errno,
                         "cannot allocate %zu bytes at a multiple of %zu", size,
                         alignment);
    }
    return ptr;
}
