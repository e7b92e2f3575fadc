/*
 * spawn-and-leave FLAGS [wait] PROGRAM [ARG]...: start a program with
 * osdep_spawn(), print its process ID, forget it, and exit; "wait": do not print
 * that but let the program print what it likes, and wait for its end before it is
 * forgotten
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

    bool waits = argc > 3 && strcmp(argv[2], "wait") == 0;

    if (argc < 3) {
        return 99;
    }
    options.flags = (unsigned int)strtoul(argv[1], NULL, 0);
    if (waits) {
        options.argv++;
        options.out.kind = OSDEP_STDIO_INHERIT;
    }
    process = osdep_spawn(&options, &error_fatal);
    if (waits) {
        osdep_process_wait(process, -1, NULL, &error_fatal);
    } else {
        printf("%ld\n", (long)osdep_process_pid(process));
    }
    osdep_process_free(process);
    return 0;
}
