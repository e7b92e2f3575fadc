/*
 * Running a command: run-posix.c and run-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "osdep/osdep.h"

/* Exit statuses by the convention of GNU env(1), nohup(1) and their kin. */
enum {
    RUN_FAILED = 125,
    RUN_CANNOT_EXECUTE = 126,
    RUN_NOT_FOUND = 127,
    RUN_SIGNAL_BASE = 128,
};

typedef struct RunOptions {
    char **argv;           /* the command, NULL-terminated */
    const char *directory; /* NULL: stay */
    bool clear_env;
    char **env_edits; /* "NAME=VALUE" sets, "NAME" removes; in order */
    size_t n_env_edits;
    int *keep_fds;
    unsigned int n_keep_fds;
} RunOptions;

/*
 * Run the command in a clean environment and wait for it: no signal blocked or
 * ignored, no descriptor above 2 open but those to keep.
 *
 * Returns: the command's exit status, RUN_SIGNAL_BASE + n if signal n ended it.
 * If it was not run, one of the other statuses above, with @errp set.
 *
 * For a program with a single thread: it changes the working directory and the
 * environment of this process.
 */
int run_command(const RunOptions *options, Error **errp);

#endif
