/*
 * Creating the child of osdep_spawn() on macOS
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __APPLE__

#include "util/osdep-process-posix.h"

/* vfork(2) there is a fork() from macOS 12 on, and deprecated. */
pid_t osdep_create_child(OsdepChildPlan *plan, int *pollable)
{
    pid_t pid;

    (void)pollable;
    pid = fork();
    if (pid == 0) {
        osdep_child_execute(plan);
    }
    return pid;
}

#endif
