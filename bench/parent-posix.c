/*
 * The parent on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "bench/parent.h"
#include "osdep/ram.h"

double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

char *full_path(const char *path)
{
    char *folder, *full;

    if (access(path, X_OK) < 0) {
        return NULL;
    }
    folder = *path == '/' ? strdup("") : realpath(".", NULL);
    full = folder ? malloc(strlen(folder) + strlen(path) + 2) : NULL;
    if (full) { /* a link stays one: some programs go by their name */
        sprintf(full, "%s%s%s", folder, *path == '/' ? "" : "/", path);
    }
    free(folder);
    return full;
}

/* The number of KiB after @key in @file, proc(5); 0: it is not there. */
static size_t kib_in(const char *file, const char *key)
{
    FILE *stream = fopen(file, "re");
    char line[256];
    size_t kib = 0;

    while (stream && fgets(line, sizeof(line), stream)) {
        if (strncmp(line, key, strlen(key)) == 0) {
            kib = strtoul(line + strlen(key), NULL, 10);
            break;
        }
    }
    if (stream) {
        fclose(stream);
    }
    return kib;
}

size_t resident_kib(void)
{
    size_t kib = kib_in("/proc/self/status", "VmRSS:");
    struct rusage usage;

    if (kib == 0 && getrusage(RUSAGE_SELF, &usage) == 0) {
        kib = (size_t)usage.ru_maxrss; /* the most that there was until now */
#ifdef __APPLE__
        kib /= 1024; /* bytes, there */
#endif
    }
    return kib;
}

size_t huge_kib(void)
{
    return kib_in("/proc/self/smaps_rollup", "AnonHugePages:");
}

static void *map(size_t size, bool huge)
{
    void *ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

#ifdef MADV_HUGEPAGE
    if (ram != MAP_FAILED) {
        madvise(ram, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }
#else
    (void)huge;
#endif
    return ram == MAP_FAILED ? NULL : ram;
}

void *grow(size_t mib, RamKind kind)
{
    const size_t size = mib << 20;
    void *ram = NULL;

    if (mib == 0) {
        return NULL;
    }
    switch (kind) {
    case RAM_NORMAL:
    case RAM_THP:
        ram = map(size, kind == RAM_THP);
        break;
    case RAM_MALLOC:
        ram = malloc(size);
        break;
    case RAM_OSDEP:
        ram = osdep_ram_alloc(size, 0, &error_fatal);
        break;
    }
    if (!ram) {
        fail("--mib");
    }
    memset(ram, 1, size);
    return ram;
}

static int count_descriptors(int end, bool cloexec)
{
    int n = 0;

    for (int fd = 0; fd < end; fd++) {
        n += fcntl(fd, F_GETFD) == (cloexec ? FD_CLOEXEC : 0);
    }
    return n;
}

int open_descriptors(int n, bool cloexec)
{
    const rlim_t needed = (rlim_t)n + 100; /* those of launchers, too */
    const int before = count_descriptors((int)needed, cloexec);
    struct rlimit limit;

    if (n > 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < needed) {
        limit.rlim_cur = needed;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
            fail("--fds: the limit of descriptors");
        }
    }
    for (int i = 0; i < n; i++) {
        if (open("/dev/null", O_RDONLY | (cloexec ? O_CLOEXEC : 0)) < 0) {
            fail("--fds");
        }
    }
    return count_descriptors((int)needed, cloexec) - before;
}

/* = The thread that ticks = */

static struct {
    char *ram;
    size_t ram_size;
    atomic_ulong ticks;
    atomic_ulong longest; /* nanoseconds */
} ticker;

/* It ends with the process. */
static void *tick(void *opaque)
{
    const struct timespec pause = { .tv_nsec = 100000 };
    double last = now(), t;
    size_t at = 0;

#ifdef PR_SET_TIMERSLACK /* which is 50 us by default, prctl(2) */
    prctl(PR_SET_TIMERSLACK, 1);
#endif
    for (;;) {
        nanosleep(&pause, NULL);
        if (ticker.ram_size) { /* what a fork() took the right to write from */
            ticker.ram[at] = 1;
            at = (at + 4096 * 127) % ticker.ram_size;
        }
        t = now();
        if ((t - last) * 1e3 > (double)atomic_load(&ticker.longest)) {
            atomic_store(&ticker.longest, (unsigned long)((t - last) * 1e3));
        }
        last = t;
        atomic_fetch_add(&ticker.ticks, 1);
    }
    return opaque;
}

/* Wait until the thread has ticked twice, and so has measured the last gap. */
static void see_ticks(void)
{
    const struct timespec pause = { .tv_nsec = 50000 };
    unsigned long seen = atomic_load(&ticker.ticks);

    while (atomic_load(&ticker.ticks) < seen + 2) {
        nanosleep(&pause, NULL);
    }
}

void start_ticking(char *ram, size_t ram_size)
{
    pthread_t thread;

    ticker.ram = ram;
    ticker.ram_size = ram_size;
    errno = pthread_create(&thread, NULL, tick, NULL);
    if (errno) {
        fail("thread");
    }
    pthread_detach(thread);
}

void print_gap(const Launcher *launcher, const char *program)
{
    const struct timespec pause = { .tv_nsec = 200000 };
    Child child = { .pid = -1 };
    double start, same = 0;
    bool ok = true;

    see_ticks();
    atomic_store(&ticker.longest, 0);
    if (launcher) {
        start = now();
        ok = launcher->start(program, &child);
        same = now() - start;
    } else {
        nanosleep(&pause, NULL);
    }
    see_ticks();
    printf("%s\t%.2f\t%.2f\n", launcher ? launcher->name : "nothing", same,
           (double)atomic_load(&ticker.longest) / 1e3);
    if (launcher && (!ok || !launcher->finish(&child))) {
        fail_to_launch(launcher, program);
    }
}

/* = Threads that start programs = */

static struct {
    const Launcher *launcher;
    const char *program;
    atomic_int n_ready;
    atomic_bool start;
    atomic_long n_spawns;
} work;

static void *do_work(void *opaque)
{
    const double slice_us = 50000;
    double until;

    launch_once(work.launcher, work.program);
    atomic_fetch_add(&work.n_ready, 1);
    while (!atomic_load(&work.start)) {
        sched_yield();
    }
    until = now() + slice_us;
    while (now() < until) {
        launch_once(work.launcher, work.program);
        atomic_fetch_add(&work.n_spawns, 1);
    }
    return opaque;
}

double spawns_per_second(const Launcher *launcher, const char *program,
                         int n_threads)
{
    pthread_t *threads = calloc((size_t)n_threads, sizeof(*threads));
    double start;

    work.launcher = launcher;
    work.program = program;
    atomic_store(&work.n_ready, 0);
    atomic_store(&work.start, false);
    atomic_store(&work.n_spawns, 0);
    for (int i = 0; i < n_threads; i++) {
        errno =
            threads ? pthread_create(&threads[i], NULL, do_work, NULL) : ENOMEM;
        if (errno) {
            fail("--threads");
        }
    }
    while (atomic_load(&work.n_ready) < n_threads) {
        sched_yield();
    }
    start = now();
    atomic_store(&work.start, true);
    for (int i = 0; i < n_threads; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    return (double)atomic_load(&work.n_spawns) / (now() - start) * 1e6;
}
