/*
 * The control of test-faults: a spawn that gets it right, or wrong as it is told
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_NAIVE_SPAWN_H
#define TESTS_NAIVE_SPAWN_H

#include "osdep/osdep.h"

enum {
    NAIVE_RIGHT = 0,
    /* When the fork fails, it leaves behind: */
    NAIVE_LEAKS_PIPE = 1 << 0,
    NAIVE_LEAVES_BLOCKED = 1 << 1,
    NAIVE_LEAVES_IGNORED = 1 << 2,
    NAIVE_LEAVES_DIRECTORY = 1 << 3,
    NAIVE_LEAKS_MEMORY = 1 << 4,
    NAIVE_LISTENS_TO_NOBODY = 1 << 5, /* it waits for a report */
    NAIVE_WRONG_STEP = 1 << 6,        /* "cannot create a pipe" */
    NAIVE_WRONG_CODE = 1 << 7,        /* that of a close() after it */
    NAIVE_NO_REASON = 1 << 8,         /* the step alone */
    /* When the program cannot be executed: */
    NAIVE_LEAVES_ZOMBIE = 1 << 9,
    NAIVE_LIES = 1 << 10, /* it succeeds */
    /* At other times: */
    NAIVE_STAYS_BLOCKED = 1 << 11, /* who cannot unblock signals goes on */
    NAIVE_NO_RETRY = 1 << 12,      /* of a waitpid() that was interrupted */
    NAIVE_CRASHES = 1 << 13,       /* when there is no memory */
    NAIVE_ODD_CALL = 1 << 14,      /* sched_yield(), for no reason */
    NAIVE_REPORTS_FIRST = 1 << 15, /* before it cleans up */
};

/*
 * Start @argv by fork() and wait until it has ended, all by the book but for
 * @mistakes.  False with @errp set if that fails.
 */
bool naive_spawn(const char *const *argv, unsigned int mistakes, Error **errp);

#endif
