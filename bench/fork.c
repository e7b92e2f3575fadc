/*
 * What qemu_fork() adds to fork(): side by side, in one run
 *
 * SPDX-License-Identifier: MIT
 *
 * fork [ROUNDS [MIB...]]: for each size of the parent, so many rounds of
 * fork + _exit + wait in four ways, beginning with another one each round:
 *   fork   fork() alone
 *   again  the same once more: how far from 1 a ratio can be by chance
 *   loop   signals blocked, reset with sigaction() and unblocked: what
 *          qemu_fork() does, through the C library
 *   qemu   qemu_fork()
 * Shows the medians in microseconds, and their ratios to fork's.
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

static pid_t loop_fork(Error **errp)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };
    sigset_t all, none, old;
    pid_t pid;

    (void)errp;
    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pid = fork();
    if (pid == 0) {
        for (int sig = 1; sig < NSIG; sig++) {
            sigaction(sig, &sa, NULL);
        }
        pthread_sigmask(SIG_SETMASK, &none, NULL);
    } else {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    return pid;
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

static void run(size_t rounds, size_t mib)
{
    static Forker *const forkers[] = { plain_fork, plain_fork, loop_fork,
                                       qemu_fork };
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
        times[k] = calloc(rounds, sizeof(double));
        if (!times[k]) {
            perror("bench-fork");
            exit(1);
        }
    }
    for (size_t i = 0; i < rounds; i++) {
        size_t first = (size_t)rand() % N;

        for (size_t k = 0; k < N; k++) {
            times[(first + k) % N][i] = measure(forkers[(first + k) % N]);
        }
    }
    for (size_t k = 0; k < N; k++) {
        qsort(times[k], rounds, sizeof(double), compare);
        median[k] = times[k][rounds / 2];
        free(times[k]);
    }
    printf("%6zu %7zu", mib, rounds);
    for (size_t k = 0; k < N; k++) {
        printf(" %9.1f", median[k]);
    }
    for (size_t k = 1; k < N; k++) {
        printf(" %6.3f", median[k] / median[0]);
    }
    putchar('\n');
    fflush(stdout);
    if (ram) {
        munmap(ram, size);
    }
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = { 0, 16, 256 };
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000;

    if (rounds == 0) {
        fprintf(stderr, "Usage: fork [ROUNDS [MIB...]]\n");
        return 2;
    }
    printf("%6s %7s %9s %9s %9s %9s %6s %6s %6s\n", "+MiB", "rounds", "fork us",
           "again us", "loop us", "qemu us", "again", "loop", "qemu");
    if (argc > 2) {
        for (int i = 2; i < argc; i++) {
            run(rounds, strtoul(argv[i], NULL, 10));
        }
        return 0;
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        /* Fewer where each takes milliseconds. */
        run(sizes[i] > 16 ? rounds / 4 : rounds, sizes[i]);
    }
    return 0;
}
