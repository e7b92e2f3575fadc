/*
 * What starting a program costs, by launcher: side by side, in one run
 *
 * SPDX-License-Identifier: MIT
 *
 * spawn PROGRAM [ROUNDS [MIB:FDS...]]: for each size of the parent, in MiB of
 * memory and open descriptors without close-on-exec, so many rounds in which
 * each launcher starts PROGRAM, bench/nothing, and waits for it, in another
 * order each round.  Shows the medians in microseconds, and the medians of the
 * ratios to the floor and to posix_spawn() within each round.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/launchers.h"
#include "osdep/process.h"

extern char **environ;

#ifdef __APPLE__ /* vfork(2) there: since macOS 12 the same, and deprecated */
#define vfork fork
#endif
#ifndef _SC_AVPHYS_PAGES /* sysconf(3) of FreeBSD, NetBSD and macOS lacks it */
#define _SC_AVPHYS_PAGES _SC_PHYS_PAGES
#endif

static int wait_pid(pid_t pid)
{
    return pid < 0 || waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

static int vfork_launch(const char *path)
{
    char *argv[] = { (char *)path, NULL };
    pid_t pid = vfork();

    if (pid == 0) {
        execve(path, argv, environ);
        _exit(127);
    }
    return wait_pid(pid);
}

static int fork_launch(const char *path)
{
    char *argv[] = { (char *)path, NULL };
    pid_t pid = fork();

    if (pid == 0) {
        execve(path, argv, environ);
        _exit(127);
    }
    return wait_pid(pid);
}

static int posix_spawn_launch(const char *path)
{
    char *argv[] = { (char *)path, NULL };
    posix_spawnattr_t attr;
    sigset_t all, none;
    pid_t pid = -1;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    if (posix_spawn(&pid, path, NULL, &attr, argv, environ) != 0) {
        pid = -1;
    }
    posix_spawnattr_destroy(&attr);
    return wait_pid(pid);
}

/* Descriptors closed, a working directory set. */
static int osdep_launch(const char *path)
{
    const char *argv[] = { path, NULL };
    OsdepSpawnOptions options = { .argv = argv, .cwd = "/" };
    OsdepProcess *process = osdep_spawn(&options, NULL);
    int ended = process ? osdep_process_wait(process, -1, NULL, NULL) : -1;

    osdep_process_free(process);
    return ended == 1 ? 0 : -1;
}

/* The floor comes first, posix_spawn() second. */
static const struct {
    const char *name;
    Launcher *launch;
} launchers[] = {
    { "vfork + exec", vfork_launch },
    { "posix_spawn", posix_spawn_launch },
    { "osdep_spawn", osdep_launch },
    { "vfork again",
      vfork_launch }, /* how far from 1 chance can take a ratio */
#ifdef HAVE_GLIB
    { "glib, fds open", glib_leave_open_launch },
    { "glib", glib_launch },
#endif
#ifdef HAVE_LIBUV
    { "libuv", uv_launch },
#endif
    { "fork + exec", fork_launch },
};
enum { FLOOR, POSIX_SPAWN, N = sizeof(launchers) / sizeof(launchers[0]) };

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double measure(Launcher *launch, const char *path)
{
    double start = now();

    if (launch(path) < 0) {
        fail("bench-spawn");
    }
    return now() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

/* The median of what each round's @times are of that round's @base. */
static double median_ratio(const double *times, const double *base, size_t n,
                           double *scratch)
{
    for (size_t i = 0; i < n; i++) {
        scratch[i] = times[i] / base[i];
    }
    return median(scratch, n);
}

/* What comes after the fork of a large parent pays for its page faults. */
static void shuffle(size_t order[N])
{
    for (size_t i = N - 1; i > 0; i--) {
        size_t j = (size_t)rand() % (i + 1), swapped = order[i];

        order[i] = order[j];
        order[j] = swapped;
    }
}

static bool is_too_much(size_t mib)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return mib > (size_t)sysconf(_SC_AVPHYS_PAGES) / 1024 * page / 1024 / 4 * 3;
}

static char *grow(size_t size)
{
    char *ram = NULL;

    if (size) {
        ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ram == MAP_FAILED) {
            fail("bench-spawn: memory");
        }
#ifdef MADV_NOHUGEPAGE
        madvise(ram, size, MADV_NOHUGEPAGE);
#endif
        memset(ram, 1, size);
    }
    return ram;
}

/* Open @n descriptors, or nearly as many as may be; how many in @n. */
static int *open_descriptors(int *n)
{
    const rlim_t needed = 100; /* by the launchers */
    struct rlimit limit = { 0 };
    int *fds = calloc((size_t)*n + 1, sizeof(*fds));

    if (!fds) {
        fail("bench-spawn");
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if ((rlim_t)*n + needed > limit.rlim_cur) {
        *n = (int)(limit.rlim_cur - needed);
    }
    for (int i = 0; i < *n; i++) {
        fds[i] = open("/dev/null", O_RDONLY);
        if (fds[i] < 0) {
            fail("bench-spawn: descriptors");
        }
    }
    return fds;
}

static void run(const char *path, size_t rounds, size_t mib, int n_fds)
{
    double *times[N], *scratch;
    size_t order[N];
    char *ram;
    int *fds;

    if (is_too_much(mib)) {
        printf("\n+%zu MiB: there is not that much memory\n", mib);
        return;
    }
    ram = grow(mib << 20);
    fds = open_descriptors(&n_fds);
    scratch = calloc(rounds, sizeof(double));
    for (size_t k = 0; k < N; k++) {
        order[k] = k;
        times[k] = calloc(rounds, sizeof(double));
        if (!times[k] || !scratch) {
            fail("bench-spawn");
        }
    }
    for (size_t i = 0; i < rounds; i++) {
        shuffle(order);
        for (size_t j = 0; j < N; j++) {
            times[order[j]][i] = measure(launchers[order[j]].launch, path);
        }
    }
    printf("\n+%zu MiB, %d descriptors more, %zu rounds\n", mib, n_fds, rounds);
    printf("%-16s %10s %9s %15s\n", "launcher", "median us", "to floor",
           "to posix_spawn");
    for (size_t k = 0; k < N; k++) {
        double to_floor = median_ratio(times[k], times[FLOOR], rounds, scratch);
        double to_posix =
            median_ratio(times[k], times[POSIX_SPAWN], rounds, scratch);

        memcpy(scratch, times[k], rounds * sizeof(double));
        printf("%-16s %10.1f %9.3f %15.3f\n", launchers[k].name,
               median(scratch, rounds), to_floor, to_posix);
    }
    fflush(stdout);
    for (size_t k = 0; k < N; k++) {
        free(times[k]);
    }
    free(scratch);
    for (int i = 0; i < n_fds; i++) {
        close(fds[i]);
    }
    free(fds);
    if (ram) {
        munmap(ram, mib << 20);
    }
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 2000;
    char *path = argc > 1 ? realpath(argv[1], NULL) : NULL;
    size_t mib;
    int n_fds;

    if (argc > 1 && !path) {
        fail(argv[1]);
    }
    if (!path || rounds == 0) {
        fprintf(stderr, "Usage: spawn PROGRAM [ROUNDS [MIB:FDS...]]\n");
        return 2;
    }
#ifndef HAVE_GLIB
    printf("glib: not installed here\n");
#endif
#ifndef HAVE_LIBUV
    printf("libuv: not installed here\n");
#endif
    if (argc <= 3) { /* fewer where a fork takes long */
        run(path, rounds, 0, 0);
        run(path, rounds / 4 + 1, 0, 20000);
        run(path, rounds / 10 + 1, 1024, 0);
        run(path, rounds / 40 + 1, 8192, 0);
    }
    for (int i = 3; i < argc; i++) {
        if (sscanf(argv[i], "%zu:%d", &mib, &n_fds) != 2) {
            fprintf(stderr, "bench-spawn: '%s': not of the form MIB:FDS\n",
                    argv[i]);
            return 2;
        }
        run(path, rounds, mib, n_fds);
    }
    free(path);
    return 0;
}
