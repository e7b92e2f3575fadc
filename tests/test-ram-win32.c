/*
 * Tests of osdep/ram.h that only Windows can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include <windows.h>

#include "osdep/ram.h"
#include "util/osdep-ram-os.h"

#define SKIP_REASON "only POSIX systems have forks and signals"
RAM_POSIX_CASES(TEST_SKIP)

/* MEM_COMMIT, MEM_RESERVE or MEM_FREE */
static DWORD state_of(const char *at)
{
    MEMORY_BASIC_INFORMATION info = { .State = 0 };

    CU_ASSERT_FATAL(VirtualQuery(at, &info, sizeof(info)) > 0);
    return info.State;
}

/* What is not committed cannot be accessed. */
void guards_are_only_reserved(void)
{
    const size_t page = osdep_page_size();
    const struct {
        size_t size, end;
    } rams[] = { { 1, page },
                 { page, page },
                 { page + 1, 2 * page },
                 { 5 << 20, 5 << 20 } };

    for (size_t i = 0; i < sizeof(rams) / sizeof(rams[0]); i++) {
        char *ram = osdep_ram_alloc(rams[i].size, 0, &error_fatal);

        CHECK_INT(state_of(ram - 1), MEM_RESERVE);
        CHECK_INT(state_of(ram), MEM_COMMIT);
        CHECK_INT(state_of(ram + rams[i].end - 1), MEM_COMMIT);
        CHECK_INT(state_of(ram + rams[i].end), MEM_RESERVE);
        qemu_anon_ram_free(ram, rams[i].size);
    }
}

void all_ram_is_reserved(void)
{
    Error *err = NULL;

    errno = 0;
    CU_ASSERT_PTR_NULL(osdep_ram_alloc(4096, OSDEP_RAM_NORESERVE, &err));
    CHECK_INT(errno, ENOTSUP);
    CHECK_INT(osdep_error_get_errno(err), ENOTSUP);
    CHECK_CONTAINS(error_get_pretty(err),
                   "RAM that is not reserved: Not supported");
    error_free(err);
    errno = 0;
    CU_ASSERT_PTR_NULL(qemu_anon_ram_alloc(4096, NULL, false, true));
    CHECK_INT(errno, ENOTSUP);
}

void there_are_not_that_many_addresses(void)
{
    Error *err = NULL;

    errno = 0;
    CU_ASSERT_PTR_NULL(osdep_ram_alloc(SIZE_MAX - (8 << 20), 0, &err));
    CHECK_INT(errno, ENOMEM);
    CHECK_INT(osdep_error_get_errno(err), ENOMEM);
    CU_ASSERT(osdep_error_get_win32(err) != 0);
    CHECK_CONTAINS(error_get_pretty(err), "cannot reserve addresses for ");
    error_free(err);
}

void freed_ram_is_free(void)
{
    char *ram = osdep_ram_alloc(5 << 20, 0, &error_fatal);

    qemu_anon_ram_free(ram, 5 << 20);
    CHECK_INT(state_of(ram - 1), MEM_FREE);
    CHECK_INT(state_of(ram), MEM_FREE);
    CHECK_INT(state_of(ram + (5 << 20)), MEM_FREE);
}

/* _aligned_malloc() of Wine adds to the size, and does not look. */
void aligned_memory_is_not_that_large(void)
{
    for (size_t less = 0; less <= 8192; less += 100) {
        errno = 0;
        CU_ASSERT_PTR_NULL(qemu_try_memalign(4096, SIZE_MAX - less));
        CHECK_INT(errno, ENOMEM);
    }
}
