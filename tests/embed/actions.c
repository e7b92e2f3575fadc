/*
 * A stranger that spawns or runs: what strace sees is compared between builds
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/fd.h"
#include "osdep/process.h"
#include "osdep/ram.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *spawned[] = { "true", NULL };
    const char *echo[] = { "echo", "hello", NULL };
    const int ignored[] = { SIGHUP };
    OsdepError *err = NULL;
    int fds[2];

    (void)argv;
    getppid(); /* the mark from which on system calls are compared */
    if (!osdep_pipe(fds, &err)) {
        osdep_error_report_err(err);
        return 1;
    }
    if (argc == 1) {
        OsdepPassFd pass = { .ours = fds[0], .theirs = 9 };
        OsdepSpawnOptions options = {
            .argv = spawned,
            .cwd = "/",
            .in = { .kind = OSDEP_STDIO_NULL },
            .out = { .kind = OSDEP_STDIO_PIPE },
            .ignore_signals = ignored,
            .n_ignore_signals = 1,
            .flags = OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_DIE_WITH_PARENT,
        };
        void *ram = osdep_ram_alloc(1 << 20, 0, &osdep_error_fatal);

        /* The first child tells how later ones can be made. */
        for (int i = 0; i < 3; i++) {
            OsdepProcess *process;

            options.pass_fds = i == 1 ? NULL : &pass;
            options.n_pass_fds = i != 1;
            process = osdep_spawn(&options, &osdep_error_fatal);
            osdep_process_wait(process, -1, NULL, &osdep_error_fatal);
            osdep_process_free(process);
        }
        osdep_ram_free(ram, 1 << 20);
    } else {
        OsdepSpawnOptions spawn = { .argv = echo };
        OsdepRunOptions run = { .timeout_ms = 60000 };
        OsdepRunResult result;

        if (!osdep_run(&spawn, &run, &result, &err)) {
            osdep_error_report_err(err);
            return 1;
        }
        fputs(result.out, stdout);
        osdep_run_result_clear(&result);
    }
    return 0;
}
