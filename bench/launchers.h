/*
 * Ways to start a program, for bench/spawn to compare
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_LAUNCHERS_H
#define BENCH_LAUNCHERS_H

#include "osdep/osdep.h"

/* What a launcher keeps about the program it started. */
typedef struct Child {
    pid_t pid;
    void *object;
    int fds[3]; /* our ends of pipes, if there are any */
} Child;

typedef struct Launcher {
    const char *name;
    /* Start @program, without arguments.  Returns: false if that failed. */
    bool (*start)(const char *program, Child *child);
    /* Wait for its end.  Returns: false if it failed. */
    bool (*finish)(Child *child);
    /* Called once before; may be NULL.  Returns: false if that failed. */
    bool (*prepare)(const char *program);
} Launcher;

/* All launchers of this system, ended by one without a name. */
extern const Launcher launchers[];

/* launchers-osdep.c */
extern int bench_kept_fd; /* what osdep_spawn_all() passes on */
bool osdep_prepare(const char *program);
bool osdep_spawn_plain(const char *program, Child *child);
bool osdep_spawn_all(const char *program, Child *child);
bool osdep_finish(Child *child);

/* Peers, each in a file that is built where the peer is installed. */
bool glib_start(const char *program, Child *child); /* launchers-glib.c */
bool glib_start_leaving_open(const char *program, Child *child);
bool uv_start(const char *program, Child *child); /* launchers-uv.c */
bool uv_finish(Child *child);
bool python_prepare(const char *program); /* launchers-python.c */
bool python_start(const char *program, Child *child);
bool python_finish(Child *child);

#endif
