/*
 * Memory for guests; the systems' part is in ram-posix.c and ram-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#include "util/osdep-ram-os.h"

size_t osdep_page_round(size_t size)
{
    const size_t page = osdep_page_size();

    return (size + page - 1) / page * page;
}

void *osdep_ram_alloc(size_t size, unsigned int flags, OsdepError **errp)
{
    const unsigned int all =
        OSDEP_RAM_SHARED | OSDEP_RAM_NORESERVE | OSDEP_RAM_FORK;

    if (flags & ~all) {
        osdep_error_setg_errno(errp, EINVAL,
                               "cannot allocate RAM with unknown flags 0x%x",
                               flags & ~all);
        errno = EINVAL;
        return NULL;
    }
    if (size == 0) {
        osdep_error_setg_errno(errp, EINVAL, "cannot allocate 0 bytes of RAM");
        errno = EINVAL;
        return NULL;
    }
    if (size > SIZE_MAX - OSDEP_RAM_ALIGN - 2 * osdep_page_size()) {
        osdep_error_setg_errno(
            errp, ENOMEM, "cannot allocate %zu bytes of RAM and their guards",
            size);
        errno = ENOMEM;
        return NULL;
    }
    return osdep_ram_map(size, flags, errp);
}

void *osdep_try_memalign(size_t alignment, size_t size)
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

void *osdep_memalign(size_t alignment, size_t size)
{
    void *ptr = osdep_try_memalign(alignment, size);

    if (!ptr) {
        osdep_error_setg_errno(&osdep_error_abort, errno,
                               "cannot allocate %zu bytes at a multiple of %zu",
                               size, alignment);
    }
    return ptr;
}
