/*
 * spawn-and-leave FLAGS PROGRAM [ARG]...: start a program with osdep_spawn(),
 * print its process ID, forget it, and exit
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "osdep/process.h"

int main(int argc, char **argv)
{
    OsdepSpawnOptions options = {
        .argv = (const char *const *)argv + 2,
        .in.kind = OSDEP_STDIO_NULL,
        .out.kind = OSDEP_STDIO_NULL,
        .err.kind = OSDEP_STDIO_NULL,
    };
    OsdepProcess *process;

    if (argc < 3) {
        return 99;
    }
    options.flags = (unsigned int)strtoul(argv[1], NULL, 0);
    process = osdep_spawn(&options, &error_fatal);
    printf("%ld\n", (long)osdep_process_pid(process));
    osdep_process_free(process);
    return 0;
}
