/*
 * Ways to start a program and wait for it, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_LAUNCH_H
#define TESTS_LAUNCH_H

#include "osdep/process.h"

/* Returns: the program's exit status; that of naive ones is wait_status()'s. */
typedef int Launcher(const OsdepSpawnOptions *options);

/* osdep_spawn(); 100 if a signal ended the program. */
int osdep_launch(const OsdepSpawnOptions *options);

/* Thrice, since the first child is started in another way; or till it fails. */
int launch_thrice(Launcher *launch, const OsdepSpawnOptions *options);

/* The controls: these take argv alone, and ours is the environment. */

/*
 * The best that posix_spawn() can do; standard output goes to /dev/null.  With
 * any flags it is in a process group of its own.
 */
int posix_spawn_launch(const OsdepSpawnOptions *options);

/* vfork() and exec. */
int naive_vfork_launch(const OsdepSpawnOptions *options);

#endif
