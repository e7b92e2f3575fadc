/*
 * Running a command: options.c, run.c, its two worlds run-posix.c and
 * run-win32.c, and for --fork fork-posix.c and fork-win32.c
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
    int *keep_fds;
    size_t n_keep_fds;
    int *ignore_signals;
    size_t n_ignore_signals;
    unsigned int flags;    /* OSDEP_SPAWN_... or-ed together */
    const char *output;    /* a file for its standard output; NULL: ours */
    const char *error;     /* the same for its standard error */
    int64_t timeout_ms;    /* 0: none; else @flags has it lead a group */
    int64_t kill_after_ms; /* from the timeout on */
    bool fork;             /* by qemu_fork(); all after @n_keep_fds is unused */
} RunOptions;

/* = options.c = */

/* How long a tree of processes has between TERM and KILL, unless -K says. */
#define RUN_KILL_AFTER "5"

/* What a command line is: something to run or to print, or else it was wrong. */
typedef enum RunParsed {
    RUN_PARSED,
    RUN_BAD_USAGE,
    RUN_HELP,
    RUN_VERSION,
} RunParsed;

/*
 * Make @options empty, with room for all that @argc words can say; false: there
 * is no memory.  To be cleared in any case.
 */
bool run_options_init(RunOptions *options, int argc);
void run_options_clear(RunOptions *options);

/*
 * Fill @options, which point into @argv then, from the command line.  What is
 * wrong with it is reported.  To be called once: getopt_long(3) keeps count.
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

/* Check what only this world knows, and make us fit to wait for a child. */
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
 * osdep_spawn(), with the files that @options names, and from before its start
 * on nothing that we are sent on its behalf is lost.
 */
OsdepProcess *run_start(const RunOptions *options, OsdepSpawnOptions *spawn,
                        Error **errp);

/* Does error_get_os_error() of a program that cannot be executed say so? */
bool run_is_not_found(int os_error);

/*
 * Wait for @process, which run_start() made, pass on what we are sent, and end
 * it when its time is over.  Returns: as run_command().
 */
int run_supervise(OsdepProcess *process, const RunOptions *options,
                  Error **errp);

/* What run_command() returns for a process that ended like that. */
int run_status(const OsdepExit *how);

/* = fork-posix.c and fork-win32.c = */

/* run_command() by qemu_fork(), with environment @env; NULL: ours. */
int run_by_fork(const RunOptions *options, char *const *env, Error **errp);

#endif
