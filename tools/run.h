/*
 * Running a command: options.c, run.c, run-posix.c or run-win32.c, and for
 * --fork fork-posix.c or fork-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "osdep/osdep.h"
#include "osdep/process.h"

/* Exit statuses by the convention of GNU env(1), timeout(1) and their kin. */
enum {
    RUN_TIMED_OUT = 124,
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
    OsdepPassFd *pass_fds; /* under the numbers that they have here */
    size_t n_pass_fds;
    int *ignore_signals;
    size_t n_ignore_signals;
    unsigned int flags;    /* OSDEP_SPAWN_... or-ed together */
    const char *output;    /* a file for its standard output; NULL: ours */
    const char *error;     /* the same for its standard error */
    int64_t timeout_ms;    /* 0: none; else @flags has OSDEP_SPAWN_TREE */
    int64_t kill_after_ms; /* from the timeout on */
    bool fork;             /* by qemu_fork(); all after @n_pass_fds is unused */
} RunOptions;

/* = options.c = */

/* How long a tree of processes has between TERM and KILL, unless -K says. */
#define RUN_KILL_AFTER "5"

/* What a command line asks for. */
typedef enum RunParsed {
    RUN_PARSED,
    RUN_BAD_USAGE,
    RUN_HELP,
    RUN_VERSION,
} RunParsed;

/*
 * Make @options empty, with room for the options of @argc arguments.
 * run_options_clear() is to be called in any case.
 *
 * Returns: false if there is no memory.
 */
bool run_options_init(RunOptions *options, int argc);
void run_options_clear(RunOptions *options);

/*
 * Fill @options from the command line; they point into @argv then.  Reports
 * what is wrong with it.  To be called once, because getopt_long(3) has a
 * state.
 */
RunParsed run_parse(int argc, char **argv, RunOptions *options);

/* = run.c = */

/*
 * Run the command in a clean environment and wait for it: no signal blocked or
 * ignored, no descriptor above 2 open but those to keep.
 *
 * Returns: the command's exit status, RUN_SIGNAL_BASE + n if signal n ended it,
 * RUN_TIMED_OUT if it was ended because its time was over; @errp is then set if
 * some of it may be left.  If it was not run, one of the other statuses above,
 * with @errp set.
 *
 * To be called once, by a program with a single thread: it changes the signals
 * and may change the working directory of this process.
 */
int run_command(const RunOptions *options, Error **errp);

/* = What run.c needs of run-posix.c and run-win32.c = */

/* Check what depends on the system, and make this process able to wait. */
bool run_prepare(const RunOptions *options, Error **errp);

/*
 * Our environment as a list with room for @n_more entries, to be freed as one
 * block; nothing in it that is not of the form NAME=VALUE.  NULL if there is no
 * memory.
 */
char **run_environment(size_t n_more);

/* Do the two, each "NAME=VALUE" or "NAME", name the same variable? */
bool run_is_same_variable(const char *a, const char *b);

/*
 * osdep_spawn(), with the files that @options names.  Signals (Windows: console
 * events) that are for the child are recorded from before its start on.
 */
OsdepProcess *run_start(const RunOptions *options, OsdepSpawnOptions *spawn,
                        Error **errp);

/*
 * Wait for @process, which run_start() made, pass signals on to it, and stop it
 * at its time limit.  Returns: as run_command().
 */
int run_supervise(OsdepProcess *process, const RunOptions *options,
                  Error **errp);

/* What run_command() returns for a process that ended as @how says. */
int run_status(const OsdepExit *how);

/* = fork-posix.c and fork-win32.c = */

/* run_command() by qemu_fork(), with environment @env; NULL: ours. */
int run_by_fork(const RunOptions *options, char *const *env, Error **errp);

#endif
