/*
 * A project with sources called error.c, ram.c, process.c, fd.c and fork.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/process.h"

#include <stdio.h>

int own_error(void);
int own_ram(void);
int own_process(void);
int own_fd(void);
int own_fork(void);

int main(void)
{
    const char *argv[] = { "true", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepProcess *process = osdep_spawn(&options, &osdep_error_fatal);
    OsdepExit how;

    osdep_process_wait(process, -1, &how, &osdep_error_fatal);
    osdep_process_free(process);
    printf("%d %u\n",
           own_error() + own_ram() + own_process() + own_fd() + own_fork(),
           how.code);
    return 0;
}
