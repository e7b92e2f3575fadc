/*
 * The parent on Windows, where only its time is measured
 *
 * SPDX-License-Identifier: MIT
 */
#include <windows.h>

#include "bench/parent.h"

double now(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1e6 / (double)frequency.QuadPart;
}

char *full_path(const char *path)
{
    return _fullpath(NULL, path, 0);
}

size_t resident_kib(void)
{
    return 0;
}

size_t huge_kib(void)
{
    return 0;
}

static _Noreturn void cannot(const char *what)
{
    errno = ENOTSUP;
    fail(what);
}

void *grow(size_t mib, RamKind kind)
{
    (void)kind;
    if (mib) {
        cannot("--mib");
    }
    return NULL;
}

int open_descriptors(int n, bool cloexec)
{
    (void)cloexec;
    if (n) {
        cannot("--fds");
    }
    return 0;
}

void start_ticking(char *ram, size_t ram_size)
{
    (void)ram, (void)ram_size;
    cannot("gaps");
}

void print_gap(const Launcher *launcher, const char *program)
{
    (void)launcher, (void)program;
    cannot("gaps");
}

double spawns_per_second(const Launcher *launcher, const char *program,
                         int n_threads)
{
    (void)launcher, (void)program, (void)n_threads;
    cannot("threads");
}
