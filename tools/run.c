/*
 * Running a command
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

static void remove_variable(char **env, const char *name)
{
    char **kept = env;

    for (; *env; env++) {
        if (!run_is_same_variable(*env, name)) {
            *kept++ = *env;
        }
    }
    *kept = NULL;
}

/* Our environment with the edits of @options, to be freed as one block. */
static char **edited_environment(const RunOptions *options, Error **errp)
{
    char **env = run_environment(options->n_env_edits);

    if (!env) {
        error_setg_errno(errp, ENOMEM, "cannot change the environment");
        return NULL;
    }
    if (options->clear_env) {
        env[0] = NULL;
    }
    for (size_t i = 0; i < options->n_env_edits; i++) {
        char *edit = options->env_edits[i];
        size_t n = 0;

        remove_variable(env, edit);
        if (strchr(edit, '=')) {
            while (env[n]) {
                n++;
            }
            env[n] = edit;
            env[n + 1] = NULL;
        }
    }
    return env;
}

int run_status(const OsdepExit *how)
{
    return how->kind == OSDEP_SIGNALLED      ? RUN_SIGNAL_BASE + (int)how->code
           : how->kind == OSDEP_EXIT_UNKNOWN ? RUN_FAILED
                                             : (int)how->code;
}

static int run_by_spawn(const RunOptions *options, char *const *env,
                        Error **errp)
{
    ERRP_GUARD();
    OsdepSpawnOptions spawn = {
        .argv = (const char *const *)options->argv,
        .env = (const char *const *)env,
        .cwd = options->directory,
        .pass_fds = options->pass_fds,
        .n_pass_fds = options->n_pass_fds,
        .ignore_signals = options->ignore_signals,
        .n_ignore_signals = options->n_ignore_signals,
        .flags = options->flags,
    };
    OsdepProcess *process;
    int status;

    process = run_start(options, &spawn, errp);
    if (!process) {
        return osdep_error_get_step(*errp) != OSDEP_STEP_EXECUTE ? RUN_FAILED
               : osdep_error_get_errno(*errp) == ENOENT          ? RUN_NOT_FOUND
                                                        : RUN_CANNOT_EXECUTE;
    }
    status = run_supervise(process, options, errp);
    osdep_process_free(process);
    return status;
}

int run_command(const RunOptions *options, Error **errp)
{
    char **env = NULL;
    int status;

    if (!run_prepare(options, errp)) {
        return RUN_FAILED;
    }
    if (options->clear_env || options->n_env_edits) {
        env = edited_environment(options, errp);
        if (!env) {
            return RUN_FAILED;
        }
    }
    status = options->fork ? run_by_fork(options, env, errp)
                           : run_by_spawn(options, env, errp);
    free(env);
    return status;
}
