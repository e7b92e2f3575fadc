/*
 * Memory for guests on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include <malloc.h>
#include <windows.h>

#include "util/osdep-ram-os.h"

size_t osdep_page_size(void)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return info.dwPageSize;
}

/*
 * What is reserved and not committed cannot be accessed (VirtualAlloc()): these
 * are the guards.  There is no fork to be left out of.
 */
void *osdep_ram_map(size_t size, unsigned int flags, OsdepError **errp)
{
    const size_t page = osdep_page_size(), ram = osdep_page_round(size);
    char *base, *ptr;

    if (flags & OSDEP_RAM_NORESERVE) { /* committing it is reserving it */
        osdep_error_setg_errno(errp, ENOTSUP,
                               "cannot allocate RAM that is not reserved");
        errno = ENOTSUP;
        return NULL;
    }
    base = VirtualAlloc(NULL, OSDEP_RAM_ALIGN + ram + page, MEM_RESERVE,
                        PAGE_NOACCESS);
    if (!base) {
        DWORD error = GetLastError();

        /* More addresses than a process can have are no bad parameter to us. */
        osdep_error_setg_win32(
            errp,
            error == ERROR_INVALID_PARAMETER ? ERROR_NOT_ENOUGH_MEMORY
                                             : (int)error,
            "cannot reserve addresses for %zu bytes of RAM", size);
        errno = ENOMEM;
        return NULL;
    }
    ptr = base + OSDEP_RAM_ALIGN - (uintptr_t)base % OSDEP_RAM_ALIGN;
    /* cppcheck-suppress leakReturnValNotUsed -- it returns @ptr */
    if (VirtualAlloc(ptr, ram, MEM_COMMIT, PAGE_READWRITE) != ptr) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot allocate %zu bytes of RAM", size);
        VirtualFree(base, 0, MEM_RELEASE);
        errno = ENOMEM;
        return NULL;
    }
    return ptr;
}

void osdep_ram_free(void *ptr, size_t size)
{
    MEMORY_BASIC_INFORMATION info;

    (void)size;
    if (ptr && VirtualQuery(ptr, &info, sizeof(info))) {
        VirtualFree(info.AllocationBase, 0, MEM_RELEASE);
    }
}

int osdep_madvise(void *addr, size_t len, int advice)
{
    (void)addr, (void)len, (void)advice;
    return EINVAL;
}

void *osdep_aligned_alloc(size_t alignment, size_t size)
{
    void *ptr = NULL;

    if (size <= SIZE_MAX - alignment - sizeof(void *)) { /* Wine's adds them */
        ptr = _aligned_malloc(size, alignment);
    }
    if (!ptr) {
        errno = ENOMEM;
    }
    return ptr;
}

void osdep_vfree(void *ptr)
{
    _aligned_free(ptr);
}

#endif
