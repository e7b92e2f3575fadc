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

/* Have @n descriptors more, with or without close-on-exec.  Returns: how many. */
int open_descriptors(int n, bool cloexec);

/* Start @program with @launcher and wait for its end; fails if that fails. */
void launch_once(const Launcher *launcher, const char *program);
_Noreturn void fail_to_launch(const Launcher *launcher, const char *program);

/*
 * Whose turn it is in round @round, in another order each round, since what comes
 * after a fork pays for its faults.  The @slow ones, such as a fork() of a large
 * parent, take part in every tenth round, or nothing else would be measured.
 * Returns: how many of @chosen are in @order.
 */
size_t choose(const Launcher *const *chosen, size_t n, const bool *slow,
              size_t round, const Launcher **order);

/*
 * Print a line "NAME IN_THE_SAME_THREAD IN_ANOTHER" for each launcher in each
 * round: the longest time in microseconds in which a thread that ticks every
 * 100 us, and touches the memory at @ram, cannot; first as the one that starts
 * @program, then as another one.  "nothing" starts none.
 */
void measure_gaps(const Launcher *const *chosen, size_t n, const bool *slow,
                  size_t rounds, const char *program, char *ram,
                  size_t ram_size);

/*
 * Print a line "NAME SPAWNS_PER_SECOND" for each launcher in each round, with
 * @n_threads threads at it for 50 ms.
 */
void measure_threads(const Launcher *const *chosen, size_t n, const bool *slow,
                     size_t rounds, const char *program, int n_threads);

/* How often this process has called malloc() and its kin; -1: not known. */
long allocations(void);

#endif
