/*
 * Ways to start a program and wait for it, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/launch.h"

#include <fcntl.h>
#include <spawn.h>

#include "tests/helpers/posix.h"

extern char **environ;

int osdep_launch(const OsdepSpawnOptions *options)
{
    OsdepProcess *process = osdep_spawn(options, &error_warn);
    OsdepExit how;
    int ended;

    if (!process) {
        return broken("no child", errno);
    }
    ended = osdep_process_wait(process, -1, &how, &error_warn);
    osdep_process_free(process);
    return ended == 1 && how.kind == OSDEP_EXITED ? (int)how.code : 100;
}

int launch_thrice(Launcher *launch, const OsdepSpawnOptions *options)
{
    int status = 0;

    for (int i = 0; i < 3 && !status; i++) {
        status = launch(options);
    }
    return status;
}

int posix_spawn_launch(const OsdepSpawnOptions *options)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all, none;
    pid_t pid = -1;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(
        &attr, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                       (options->flags ? POSIX_SPAWN_SETPGROUP : 0)));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn(&pid, options->argv[0], &actions, &attr,
                (char *const *)options->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return wait_status(pid);
}

int naive_vfork_launch(const OsdepSpawnOptions *options)
{
    char *const *argv = (char *const *)options->argv;
    pid_t pid = vfork();

    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    return wait_status(pid);
}
