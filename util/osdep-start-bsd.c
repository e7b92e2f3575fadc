/*
 * Creating the child of osdep_spawn() on the BSDs, and on other POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#if !defined _WIN32 && !defined __linux__ && !defined __APPLE__

#include "util/osdep-process-posix.h"

/* Nothing else may be live across vfork(), so it is all that this does. */
__attribute__((noinline)) pid_t osdep_create_child(OsdepChildPlan *plan,
                                                   int *pollable)
{
    pid_t pid;

    (void)pollable;
    pid = vfork();
    if (pid == 0) {
        osdep_child_execute(plan);
    }
    return pid;
}

#endif
