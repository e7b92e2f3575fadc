/*
 * The process that starts others: its size, its descriptors, its threads
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_PARENT_H
#define BENCH_PARENT_H

#include "bench/launchers.h"

_Noreturn void fail(const char *what);

/* Microseconds, from some time on. */
double now(void);

/* @path from the root on; NULL with errno set if there is no such program. */
char *full_path(const char *path);

/* Resident memory of this process in KiB; 0: not known. */
size_t resident_kib(void);

/* How much of that is transparent huge pages. */
size_t huge_kib(void);

/* How the parent comes by its memory. */
typedef enum RamKind {
    RAM_NORMAL, /* mmap(), pages of the usual size */
    RAM_THP,    /* mmap(), transparent huge pages */
    RAM_MALLOC,
    RAM_OSDEP, /* osdep_ram_alloc() */
} RamKind;

/* Have @mib MiB more, and write to all of them. */
void *grow(size_t mib, RamKind kind);

/* Open @n more descriptors.  Returns: how many. */
int open_descriptors(int n, bool cloexec);

/* Start @program with @launcher and wait for its end; fails if that fails. */
void launch_once(const Launcher *launcher, const char *program);
_Noreturn void fail_to_launch(const Launcher *launcher, const char *program);

/* Have a thread that ticks every 100 us, and touches the memory at @ram. */
void start_ticking(char *ram, size_t ram_size);

/*
 * Print a line "NAME IN_THE_SAME_THREAD IN_ANOTHER": the longest time in
 * microseconds in which that thread cannot tick, first as if it were the one
 * that starts @program by @launcher, then as another one.  NULL: "nothing" is
 * started.
 */
void print_gap(const Launcher *launcher, const char *program);

/* Of @n_threads threads at it for 50 ms. */
double spawns_per_second(const Launcher *launcher, const char *program,
                         int n_threads);

/* How often this process has called malloc() and its kin; -1: not known. */
long allocations(void);

#endif
