/*
 * Tests of osdep/ram.h
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#include "osdep/ram.h"
#include "util/osdep-ram-os.h"

enum { ALIGN = 2 << 20 };

#ifdef _WIN32
enum { HAS_NORESERVE = false, HAS_ADVICE = false };
#elif defined __FreeBSD__ || defined __OpenBSD__
enum { HAS_NORESERVE = false, HAS_ADVICE = true };
#else
enum { HAS_NORESERVE = true, HAS_ADVICE = true };
#endif

static bool is_zero(const char *ram, size_t size)
{
    return ram[0] == 0 && memcmp(ram, ram + 1, size - 1) == 0;
}

static void ram_is_zero_and_aligned(void)
{
    const size_t page = osdep_page_size();
    const size_t sizes[] = { 1,         page - 1,  page,     page + 1,
                             ALIGN - 1, ALIGN + 1, 5 * ALIGN };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (unsigned int flags = 0; flags < 8; flags++) {
            Error *err = NULL;
            char *ram;

            if (flags & OSDEP_RAM_NORESERVE && !HAS_NORESERVE) {
                continue;
            }
            ram = osdep_ram_alloc(sizes[i], flags, &err);
            CU_ASSERT_PTR_NOT_NULL_FATAL(ram);
            CU_ASSERT_PTR_NULL(err);
            CHECK_INT((uintptr_t)ram % ALIGN, 0);
            CU_ASSERT_TRUE(sizes[i] == 1 || is_zero(ram, sizes[i]));
            memset(ram, 0xa5, sizes[i]);
            qemu_anon_ram_free(ram, sizes[i]);
        }
    }
    qemu_anon_ram_free(NULL, 4096);
}

static void as_qemu_has_it(void)
{
    for (int shared = 0; shared < 2; shared++) {
        uint64_t align = 7;
        char *ram = qemu_anon_ram_alloc(3 * ALIGN, &align, shared, false);

        CU_ASSERT_PTR_NOT_NULL_FATAL(ram);
        CHECK_INT(align, ALIGN);
        CHECK_INT((uintptr_t)ram % ALIGN, 0);
        CU_ASSERT_TRUE(is_zero(ram, 3 * ALIGN));
        ram[3 * ALIGN - 1] = 1;
        qemu_anon_ram_free(ram, 3 * ALIGN);
        ram = qemu_anon_ram_alloc(1, NULL, shared, false);
        CU_ASSERT_PTR_NOT_NULL_FATAL(ram);
        qemu_anon_ram_free(ram, 1);
    }
}

static void check_refused(size_t size, unsigned int flags, int code,
                          const char *text)
{
    Error *err = NULL;
    uint64_t align = 7;

    errno = 0;
    CU_ASSERT_PTR_NULL(osdep_ram_alloc(size, flags, &err));
    CHECK_INT(errno, code);
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_CONTAINS(error_get_pretty(err), text);
    CHECK_INT(osdep_error_get_errno(err), code);
    error_free(err);
    if (!flags) {
        errno = 0;
        CU_ASSERT_PTR_NULL(qemu_anon_ram_alloc(size, &align, false, false));
        CHECK_INT(errno, code);
        CHECK_INT(align, 7);
    }
}

static void no_such_ram(void)
{
    const size_t page = osdep_page_size();

    check_refused(0, 0, EINVAL, "cannot allocate 0 bytes of RAM");
    check_refused(4096, 8, EINVAL, "unknown flags 0x8");
    check_refused(4096, OSDEP_RAM_FORK | 1u << 31, EINVAL,
                  "unknown flags 0x80000000");
    /* With its guards and its alignment it would begin anew at 0. */
    check_refused(SIZE_MAX, 0, ENOMEM, "and their guards");
    check_refused(SIZE_MAX - page, 0, ENOMEM, "and their guards");
    check_refused(SIZE_MAX - ALIGN - page, 0, ENOMEM, "and their guards");
    /* Nor is a reason asked for. */
    CU_ASSERT_PTR_NULL(osdep_ram_alloc(SIZE_MAX, 0, NULL));
}

static void no_such_advice(void)
{
    char *ram = osdep_ram_alloc(ALIGN, 0, &error_fatal);

    errno = 0;
    CHECK_INT(qemu_madvise(ram, ALIGN, QEMU_MADV_INVALID), -1);
    CHECK_INT(errno, EINVAL);
    errno = 0;
    CHECK_INT(qemu_madvise(ram, ALIGN, 4711), -1);
    CHECK_INT(errno, EINVAL);
    CHECK_INT(osdep_madvise(ram, ALIGN, OSDEP_MADV_INVALID), EINVAL);
    CHECK_INT(osdep_madvise(ram, ALIGN, 4711), EINVAL);
    /* The numbers of the system's are others', so these are none of ours. */
    for (int i = 0; i < 256; i++) {
        CHECK_INT(qemu_madvise(ram, ALIGN, i), -1);
    }
    CHECK_INT(QEMU_MADV_DONTNEED == QEMU_MADV_INVALID, !HAS_ADVICE);
    CHECK_INT(QEMU_MADV_DONTFORK == QEMU_MADV_INVALID, !HAS_ADVICE);
    qemu_anon_ram_free(ram, ALIGN);
}

static void aligned_memory(void)
{
    for (size_t alignment = 0; alignment <= ALIGN;
         alignment = alignment ? 2 * alignment : 1) {
        const size_t sizes[] = { 0, 1, 511, 512, 4096, 100000 };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            char *a = qemu_try_memalign(alignment, sizes[i]);
            char *b = qemu_memalign(alignment, sizes[i]);

            CU_ASSERT_PTR_NOT_NULL_FATAL(a);
            CU_ASSERT_PTR_NOT_NULL_FATAL(b);
            CU_ASSERT(a != b);
            CHECK_INT((uintptr_t)a & (alignment ? alignment - 1 : 0), 0);
            CHECK_INT((uintptr_t)b & (alignment ? alignment - 1 : 0), 0);
            memset(a, 1, sizes[i]);
            memset(b, 2, sizes[i]);
            qemu_vfree(a);
            qemu_vfree(b);
        }
    }
    qemu_vfree(NULL);
}

static void aligned_memory_that_cannot_be(void)
{
    static const size_t odd[] = { 3, 6, 7, 9, 48, SIZE_MAX };
    char output[4096];

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        errno = 0;
        CU_ASSERT_PTR_NULL(qemu_try_memalign(odd[i], 100));
        CHECK_INT(errno, EINVAL);
    }
    CHECK_INT(RUN(output, PROGRAM("error-end"), "abort-memalign"),
              aborted_status);
    CHECK_CONTAINS(output, "cannot allocate 100 bytes at a multiple of 48: ");
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(ram_is_zero_and_aligned),
        TEST_ENTRY(as_qemu_has_it),
        TEST_ENTRY(no_such_ram),
        TEST_ENTRY(no_such_advice),
        TEST_ENTRY(aligned_memory),
        TEST_ENTRY(aligned_memory_that_cannot_be),
        RAM_POSIX_CASES(TEST_LISTED)
        RAM_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("ram", cases, sizeof(cases) / sizeof(cases[0]));
}
