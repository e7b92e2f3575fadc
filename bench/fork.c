/*
 * What qemu_fork() adds to fork(): paired, in one run
 *
 * SPDX-License-Identifier: MIT
 *
 * bench-fork [PAIRS [MIB...]]: for each size of the parent, so many pairs of
 * fork + _exit + wait and qemu_fork + _exit + wait, in random order within the
 * pair.  Times are microseconds; the ratio is that of the medians.
 */
#include "osdep/osdep.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

typedef pid_t Forker(Error **errp);

static pid_t plain_fork(Error **errp)
{
    (void)errp;
    return fork();
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double measure(Forker *forker)
{
    double start = now();
    pid_t pid = forker(NULL);

    if (pid == 0) {
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) < 0) {
        perror("bench-fork");
        exit(1);
    }
    return now() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void run(size_t pairs, size_t mib)
{
    static Forker *const forkers[] = { plain_fork, plain_fork, qemu_fork };
    enum { N = sizeof(forkers) / sizeof(forkers[0]) };
    double *times[N], median[N];
    size_t size = mib << 20;
    char *ram = NULL;

    if (size) {
        ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ram == MAP_FAILED) {
            perror("bench-fork: memory");
            exit(1);
        }
#ifdef MADV_NOHUGEPAGE
        madvise(ram, size, MADV_NOHUGEPAGE);
#endif
        memset(ram, 1, size);
    }
    for (size_t k = 0; k < N; k++) {
        times[k] = calloc(pairs, sizeof(double));
        if (!times[k]) {
            perror("bench-fork");
            exit(1);
        }
    }
    for (size_t i = 0; i < pairs; i++) {
        size_t first = (size_t)rand() % N;

        for (size_t k = 0; k < N; k++) {
            times[(first + k) % N][i] = measure(forkers[(first + k) % N]);
        }
    }
    for (size_t k = 0; k < N; k++) {
        qsort(times[k], pairs, sizeof(double), compare);
        median[k] = times[k][pairs / 2];
        free(times[k]);
    }
    printf("%8zu %8zu %10.1f %10.1f %8.3f %12.3f\n", mib, pairs, median[0],
           median[2], median[2] / median[0], median[1] / median[0]);
    fflush(stdout);
    if (ram) {
        munmap(ram, size);
    }
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = { 0, 16, 256 };
    size_t pairs = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000;

    if (pairs == 0) {
        fprintf(stderr, "Usage: bench-fork [PAIRS [MIB...]]\n");
        return 2;
    }
    printf("%8s %8s %10s %10s %8s %12s\n", "+MiB", "pairs", "fork us",
           "qemu us", "ratio", "fork/fork");
    if (argc > 2) {
        for (int i = 2; i < argc; i++) {
            run(pairs, strtoul(argv[i], NULL, 10));
        }
        return 0;
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        /* Fewer where each takes milliseconds. */
        run(sizes[i] > 16 ? pairs / 4 : pairs, sizes[i]);
    }
    return 0;
}
