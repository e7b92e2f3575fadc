/*
 * Tests of osdep/ram.h that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "osdep/ram.h"
#include "util/osdep-ram-os.h"

#define SKIP_REASON "a matter of Windows"
RAM_WIN32_CASES(TEST_SKIP)

enum { SIZE = 4 << 20, SEGV = 128 + SIGSEGV };

/* What ends who accesses a page that is there and must not be: xnu's
 * KERN_PROTECTION_FAILURE is another signal. */
#ifdef __APPLE__
enum { GUARD = 128 + SIGBUS };
#else
enum { GUARD = SEGV };
#endif

/* Flags that this system refuses. */
#if defined MAP_NORESERVE && MAP_NORESERVE
static const unsigned int lacking = 0;
#else
static const unsigned int lacking = OSDEP_RAM_NORESERVE;
#endif

/* Without the handlers of sanitizers: what they make of it is their own affair. */
static void take_segv(void)
{
    struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
}

typedef struct Access {
    char *at;
    bool write;
} Access;

static int do_access(void *opaque)
{
    const Access *access = opaque;
    volatile char *at = access->at;

    take_segv();
    if (access->write) {
        *at = 1;
    }
    return *at == 99; /* which it is not */
}

static int status_of(char *at, bool write)
{
    char output[4096];

    return in_child(do_access, &(Access){ at, write }, output, sizeof(output));
}

/* Is something there, accessible or not?  msync(2) says ENOMEM if not. */
static bool is_mapped(char *page_at)
{
    return msync(page_at, osdep_page_size(), MS_ASYNC) == 0;
}

/* Is there a page before @ram and one at @end that stop who accesses them? */
static bool has_guards(char *ram, char *end)
{
    const size_t page = osdep_page_size();
    char *const guards[] = { ram - page, ram - 1, end, end + page - 1 };
    bool stop = is_mapped(ram - page) && is_mapped(end);

    for (int i = 0; i < 4; i++) {
        for (int write = 0; write < 2; write++) {
            int status = status_of(guards[i], write);

            stop &= status == SEGV || status == GUARD;
        }
    }
    return stop;
}

void guards_stop_who_runs_beyond(void)
{
    const size_t page = osdep_page_size();
    const struct {
        size_t size, end;
    } rams[] = {
        { 1, page }, { page, page }, { page + 1, 2 * page }, { SIZE, SIZE }
    };
    char *naive;

    if (under_valgrind) {
        skip("valgrind takes what must not be accessed for a mistake");
        return;
    }
    for (size_t i = 0; i < sizeof(rams) / sizeof(rams[0]); i++) {
        for (unsigned int flags = 0; flags < 8; flags++) {
            char *ram =
                osdep_ram_alloc(rams[i].size, flags & ~lacking, &error_fatal);

            CU_ASSERT_TRUE(has_guards(ram, ram + rams[i].end));
            ram[0] = ram[rams[i].end - 1] = 1;
            qemu_anon_ram_free(ram, rams[i].size);
        }
    }

    /* The control: what mmap(2) gives may have anything beside it, */
    naive = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(naive != MAP_FAILED);
    CHECK_INT(status_of(naive + page - 1, true), 0);
    CHECK_INT(has_guards(naive + page, naive + 2 * page), false);
    /* or nothing, until something is mapped there. */
    munmap(naive, page);
    munmap(naive + 2 * page, page);
    if (!under_emulator) { /* which has all addresses mapped */
        CHECK_INT(has_guards(naive + page, naive + 2 * page), false);
    }
    munmap(naive + page, page);
}

/* = Forks = */

/* qemu-user 7.2, target_madvise(): it knows MADV_DONTNEED, and takes the rest. */
#define NO_DONTFORK "the emulator forks what is to be left out of forks"

typedef struct Fork {
    char *ram;
    size_t at; /* where in it */
    int (*child)(char *ram);
    int fds[2]; /* the child waits for a byte */
} Fork;

/* What the child of a qemu_fork() ends with that gets to see its place in RAM. */
static int fork_and_see(Fork *f)
{
    char *place = f->ram + f->at;
    pid_t pid;

    CU_ASSERT_FATAL(pipe(f->fds) == 0);
    *place = 1;
    pid = qemu_fork(&error_fatal);
    if (pid == 0) {
        char c;

        take_segv();
        close(f->fds[1]);
        if (read(f->fds[0], &c, 1) != 0) {
            _exit(126);
        }
        _exit(f->child(place));
    }
    *place = 2;
    close(f->fds[1]);
    close(f->fds[0]);
    return wait_status(pid);
}

static int read_ram(char *ram)
{
    return *(volatile char *)ram;
}

static int write_ram(char *ram)
{
    *(volatile char *)ram = 3;
    return 0;
}

/* A system call that reads it: 0 if it says EFAULT. */
static int give_ram(char *ram)
{
    int fds[2];

    return pipe(fds) == 0 && write(fds[1], ram, 1) < 0 && errno == EFAULT ? 0
                                                                          : 1;
}

void child_of_a_fork_does_not_have_it(void)
{
    static const size_t places[] = { 0, SIZE / 2, SIZE - 1 };
    Fork f = { 0 };

    if (under_emulator) {
        skip(NO_DONTFORK);
        return;
    }
    for (int shared = 0; shared < 2; shared++) {
        for (int i = 0; i < 3; i++) {
            f.at = places[i];
            f.ram = osdep_ram_alloc(SIZE, shared ? OSDEP_RAM_SHARED : 0,
                                    &error_fatal);
            f.child = read_ram;
            CHECK_INT(fork_and_see(&f), SEGV);
            f.child = write_ram;
            CHECK_INT(fork_and_see(&f), SEGV);
            f.child = give_ram;
            CHECK_INT(fork_and_see(&f), 0);
            CHECK_INT(f.ram[f.at], 2);
            qemu_anon_ram_free(f.ram, SIZE);

            f.ram = qemu_anon_ram_alloc(SIZE, NULL, shared, false);
            CU_ASSERT_PTR_NOT_NULL_FATAL(f.ram);
            f.child = read_ram;
            CHECK_INT(fork_and_see(&f), SEGV);
            qemu_anon_ram_free(f.ram, SIZE);
        }
    }

    /* The control: a copy that has grown stale. */
    f.ram = malloc(SIZE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f.ram);
    f.child = read_ram;
    CHECK_INT(fork_and_see(&f), 1);
    f.child = give_ram;
    CHECK_INT(fork_and_see(&f), 1);
    free(f.ram);
}

/* = Another thread forks while RAM is allocated = */

static struct {
    bool armed;
    int status; /* of the child of such a fork, which reads what is allocated */
} meanwhile;

#if HAVE_LINKER_WRAP

int __real_madvise(void *addr, size_t len, int advice);
int __wrap_madvise(void *addr, size_t len, int advice);

int __wrap_madvise(void *addr, size_t len, int advice)
{
    if (meanwhile.armed) {
        meanwhile.armed = false;
        meanwhile.status = status_of(addr, false);
    }
    return __real_madvise(addr, len, advice);
}

#endif

/* The control: accessible first, left out of forks then. */
static char *naive_alloc(void)
{
    char *ram = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CU_ASSERT_FATAL(ram != MAP_FAILED);
    CHECK_INT(qemu_madvise(ram, SIZE, QEMU_MADV_DONTFORK), 0);
    return ram;
}

void nor_does_one_forked_meanwhile(void)
{
    SKIP_WITHOUT_WRAP();
    if (under_valgrind) {
        skip("valgrind takes what must not be accessed for a mistake");
        return;
    }
    for (int shared = 0; shared < 2; shared++) {
        char *ram;

        meanwhile.armed = true;
        meanwhile.status = -1;
        ram =
            osdep_ram_alloc(SIZE, shared ? OSDEP_RAM_SHARED : 0, &error_fatal);
        CHECK_INT(meanwhile.status, GUARD);
        qemu_anon_ram_free(ram, SIZE);
    }
    meanwhile.armed = true;
    munmap(naive_alloc(), SIZE);
    CHECK_INT(meanwhile.status, 0);
}

void child_of_a_fork_has_it_if_asked(void)
{
    Fork f = { .child = read_ram };

    f.ram = osdep_ram_alloc(SIZE, OSDEP_RAM_FORK, &error_fatal);
    CHECK_INT(fork_and_see(&f), 1);
    f.child = write_ram;
    CHECK_INT(fork_and_see(&f), 0);
    CHECK_INT(f.ram[0], 2);
    qemu_anon_ram_free(f.ram, SIZE);

    f.ram =
        osdep_ram_alloc(SIZE, OSDEP_RAM_FORK | OSDEP_RAM_SHARED, &error_fatal);
    f.child = read_ram;
    CHECK_INT(fork_and_see(&f), 2);
    f.child = write_ram;
    CHECK_INT(fork_and_see(&f), 0);
    CHECK_INT(f.ram[0], 3);
    qemu_anon_ram_free(f.ram, SIZE);
}

/* = What is mapped, as Linux tells = */

#define NO_MAPS "there is no /proc/self/maps here"

/* /proc/self/maps; NULL if there is none, or no reason to believe it. */
static char *read_maps(void)
{
    enum { SIZE_OF_MAPS = 1 << 20 };
    static char maps[2][SIZE_OF_MAPS];
    static int which;
    int fd = under_emulator ? -1 : open("/proc/self/maps", O_RDONLY);
    char *text = maps[which ^= 1];
    ssize_t n = 1;
    size_t len = 0;

    while (fd >= 0 && n > 0 && len + 1 < SIZE_OF_MAPS) {
        n = read(fd, text + len, SIZE_OF_MAPS - 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0) {
        return NULL;
    }
    close(fd);
    text[len] = '\0';
    return text;
}

/* The flags of the mapping at @at, "rd wr ..." (proc(5), VmFlags); or "". */
static const char *flags_at(const char *at)
{
    static char line[512];
    FILE *file = fopen("/proc/self/smaps", "r");
    bool is_it = false;
    unsigned long begin, end;

    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%lx-%lx", &begin, &end) == 2) {
            is_it = begin <= (unsigned long)at && (unsigned long)at < end;
        } else if (is_it && strncmp(line, "VmFlags: ", 9) == 0) {
            fclose(file);
            return line + 8;
        }
    }
    if (file) {
        fclose(file);
    }
    return "";
}

/* Unless vm.overcommit_memory is 2, there is memory that is not reserved. */
static bool reserves_for_nobody(void)
{
    FILE *file = fopen("/proc/sys/vm/overcommit_memory", "r");
    int mode = file ? fgetc(file) : '0';

    if (file) {
        fclose(file);
    }
    return mode != '2';
}

void ram_is_as_the_flags_say(void)
{
    if (under_emulator || under_valgrind) {
        skip("what is mapped is the tool's affair, too");
        return;
    }
    for (unsigned int flags = 0; flags < 8; flags++) {
        char *ram = osdep_ram_alloc(SIZE, flags, &error_fatal);
        const char *is = flags_at(ram);

        if (!*is) {
            qemu_anon_ram_free(ram, SIZE);
            skip("there is no /proc/self/smaps here");
            return;
        }
        CHECK_INT(strstr(is, " sh") != NULL, (flags & OSDEP_RAM_SHARED) != 0);
        CHECK_INT(strstr(is, " dc") != NULL, (flags & OSDEP_RAM_FORK) == 0);
        CHECK_INT(strstr(is, " nr") != NULL,
                  (flags & OSDEP_RAM_NORESERVE) && reserves_for_nobody());
        CU_ASSERT_PTR_NOT_NULL(strstr(is, " rd wr"));
        CU_ASSERT_PTR_NULL(strstr(is, " ex"));
        qemu_anon_ram_free(ram, SIZE);
    }
    for (int i = 0; i < 4; i++) {
        bool shared = i & 1, noreserve = i & 2;
        char *ram = qemu_anon_ram_alloc(SIZE, NULL, shared, noreserve);
        const char *is = flags_at(ram);

        CHECK_INT(strstr(is, " sh") != NULL, shared);
        CHECK_INT(strstr(is, " nr") != NULL,
                  noreserve && reserves_for_nobody());
        CU_ASSERT_PTR_NOT_NULL(strstr(is, " dc"));
        qemu_anon_ram_free(ram, SIZE);
    }
}

/* 0 if @fn leaves mapped what was mapped before. */
static int leaves_maps(void (*fn)(void))
{
    char *before, *after;

    fn(); /* what comes to be with the first call */
    before = read_maps();
    fn();
    after = read_maps();
    return before && after && strcmp(before, after) == 0 ? 0 : 1;
}

static void alloc_and_free(void)
{
    for (size_t size = 1; size < 3 * SIZE; size += 777777) {
        char *ram = osdep_ram_alloc(size, 0, &error_fatal);

        memset(ram, 1, size);
        qemu_anon_ram_free(ram, size);
    }
}

/* The control: as if there were no guards. */
static void naive_free(void)
{
    munmap(osdep_ram_alloc(SIZE, 0, &error_fatal), SIZE);
}

void freed_ram_leaves_nothing(void)
{
    if (!read_maps() || under_asan || under_tsan || under_valgrind) {
        skip(read_maps() ? "what is mapped is the tool's affair, too"
                         : NO_MAPS);
        return;
    }
    CHECK_INT(leaves_maps(alloc_and_free), 0);
    CHECK_INT(leaves_maps(naive_free), 1);
}

/* = RAM that cannot be = */

static bool no_memory_is_left;

#if HAVE_LINKER_WRAP

int __real_posix_memalign(void **ptr, size_t alignment, size_t size);
int __wrap_posix_memalign(void **ptr, size_t alignment, size_t size);

int __wrap_posix_memalign(void **ptr, size_t alignment, size_t size)
{
    return no_memory_is_left ? ENOMEM
                             : __real_posix_memalign(ptr, alignment, size);
}

#endif

#ifdef __linux__

typedef struct Lack {
    const char *name;
    bool addresses, data; /* are limited, getrlimit(2) */
    long nr;              /* of a system call that fails; -1: none does */
    int code;
    const char *says;
} Lack;

static const Lack *lack;

static void try_to_alloc(void)
{
    /* Linux says EAGAIN for what it had called ENOMEM itself. */
    const int code = lack->code == EAGAIN ? ENOMEM : lack->code;
    Error *err = NULL;
    char *ram = osdep_ram_alloc(64 << 20, 0, &err);

    if (ram) {
        fprintf(stderr, "%s: there is such RAM\n", lack->name);
        _exit(1);
    }
    if (errno != code || osdep_error_get_errno(err) != code ||
        !strstr(error_get_pretty(err), lack->says)) {
        fprintf(stderr, "%s: %s\n", lack->name, error_get_pretty(err));
        _exit(1);
    }
    error_free(err);
}

static int fails_cleanly(void *opaque)
{
    const struct rlimit limit = { 32 << 20, 32 << 20 };

    lack = opaque;
    if ((lack->addresses && setrlimit(RLIMIT_AS, &limit) < 0) ||
        (lack->data && setrlimit(RLIMIT_DATA, &limit) < 0)) {
        return SKIPPED;
    }
    if (lack->nr >= 0 && !deny_syscall(lack->nr, -1, lack->code)) {
        return SKIPPED;
    }
    return leaves_maps(try_to_alloc) ? broken("it leaves something mapped", 0)
                                     : 0;
}

void ram_that_cannot_be_leaves_nothing(void)
{
    static Lack lacks[] = {
        { "addresses", true, false, -1, ENOMEM,
          "cannot reserve addresses for " },
        /* Linux 4.7: of memory that can be written to */
        { "memory", false, true, -1, ENOMEM, "cannot allocate 67108864 bytes" },
        { "advice", false, false, SYS_madvise, EPERM,
          "cannot leave 67108864 bytes" },
        { "mappings", false, false, SYS_madvise, EAGAIN,
          "cannot leave 67108864 bytes" },
    };
    char output[4096];

    if (!read_maps() || under_asan || under_tsan || under_valgrind) {
        skip(read_maps() ? "what is mapped is the tool's affair, too"
                         : NO_MAPS);
        return;
    }
    for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
        int status = in_child(fails_cleanly, &lacks[i], output, sizeof(output));

        if (status == SKIPPED) {
            printf("# %s: cannot be tried here\n", lacks[i].name);
            continue;
        }
        CHECK_STR(output, "");
        CHECK_INT(status, 0);
    }
}

#else

void ram_that_cannot_be_leaves_nothing(void)
{
    skip(NO_MAPS);
}

#endif

void no_aligned_memory_is_left(void)
{
    if (!under_asan && !under_tsan && !under_valgrind) { /* which complain */
        for (size_t less = 0; less <= 8192; less += 100) {
            errno = 0;
            CU_ASSERT_PTR_NULL(qemu_try_memalign(4096, SIZE_MAX - less));
            CHECK_INT(errno, ENOMEM);
        }
    }
    SKIP_WITHOUT_WRAP();
    no_memory_is_left = true;
    errno = 0;
    CU_ASSERT_PTR_NULL(qemu_try_memalign(4096, 100));
    CHECK_INT(errno, ENOMEM);
    no_memory_is_left = false;
}

void advice_is_taken(void)
{
    char *ram = osdep_ram_alloc(SIZE, OSDEP_RAM_FORK, &error_fatal);
    Fork f = { .ram = ram, .child = read_ram };

    CHECK_INT(qemu_madvise(ram, SIZE, QEMU_MADV_WILLNEED), 0);
    CHECK_INT(osdep_madvise(ram, SIZE, OSDEP_MADV_WILLNEED), 0);
    CHECK_INT(fork_and_see(&f), 1);
    CHECK_INT(qemu_madvise(ram, SIZE, QEMU_MADV_DONTFORK), 0);
    CHECK_INT(fork_and_see(&f), under_emulator ? 1 : SEGV);
    ram[SIZE - 1] = 1;
    CHECK_INT(qemu_madvise(ram, SIZE, QEMU_MADV_DONTNEED), 0);
#ifdef __linux__
    if (!under_emulator) { /* qemu-user 7.2 ignores that one */
        CHECK_INT(ram[SIZE - 1], 0);
    }
#endif
    errno = 0;
    CHECK_INT(osdep_madvise(ram + 1, SIZE, OSDEP_MADV_DONTNEED), EINVAL);
    CHECK_INT(qemu_madvise(ram + 1, SIZE, QEMU_MADV_DONTNEED), -1);
    CHECK_INT(errno, EINVAL);
    qemu_anon_ram_free(ram, SIZE);
}

/* What Linux shows of it; a kernel without a feature says EINVAL. */
void advice_is_that_of_linux(void)
{
#ifdef __linux__
    static const struct {
        int advice;
        const char *flag;
        bool is_set;
    } shown[] = {
        { QEMU_MADV_HUGEPAGE, " hg", true },
        { QEMU_MADV_NOHUGEPAGE, " nh", true },
        { QEMU_MADV_DONTDUMP, " dd", true },
        { QEMU_MADV_DODUMP, " dd", false },
        { QEMU_MADV_MERGEABLE, " mg", true },
        { QEMU_MADV_UNMERGEABLE, " mg", false },
    };
    char *ram = osdep_ram_alloc(SIZE, OSDEP_RAM_SHARED, &error_fatal);
    unsigned char there = 0;

    if (under_emulator || under_valgrind || !*flags_at(ram)) {
        qemu_anon_ram_free(ram, SIZE);
        skip("there is no /proc/self/smaps of ours here");
        return;
    }
    ram[0] = 1;
    CHECK_INT(qemu_madvise(ram, SIZE, QEMU_MADV_REMOVE), 0);
    CHECK_INT(ram[0], 0);
    qemu_anon_ram_free(ram, SIZE);
    ram = osdep_ram_alloc(SIZE, 0, &error_fatal);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        if (qemu_madvise(ram, SIZE, shown[i].advice) == 0) {
            CHECK_INT(strstr(flags_at(ram), shown[i].flag) != NULL,
                      shown[i].is_set);
        } else {
            CHECK_INT(errno, EINVAL);
            printf("# %s: this kernel has none\n", shown[i].flag);
        }
    }
    if (qemu_madvise(ram, SIZE, QEMU_MADV_POPULATE_WRITE) == 0) {
        CHECK_INT(
            mincore(ram + SIZE - 1 - (SIZE - 1) % osdep_page_size(), 1, &there),
            0);
        CHECK_INT(there & 1, 1);
    } else {
        CHECK_INT(errno, EINVAL); /* Linux 5.14 */
    }
    qemu_anon_ram_free(ram, SIZE);
#else
    skip("a matter of Linux");
#endif
}
