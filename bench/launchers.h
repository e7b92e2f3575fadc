/*
 * Ways to start a program that bench/spawn.c compares
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_LAUNCHERS_H
#define BENCH_LAUNCHERS_H

/*
 * Start @path without arguments and wait for its end.  Returns: 0, or -1 if that
 * failed.
 */
typedef int Launcher(const char *path);

/* Each in a file of its own, built where the library is installed. */
Launcher glib_launch, glib_leave_open_launch; /* bench/spawn-glib.c */
Launcher uv_launch;                           /* bench/spawn-uv.c */

#endif
