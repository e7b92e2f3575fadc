/*
 * filter PROGRAM [ARG]...: talk to a program over its stdin and stdout
 *
 * SPDX-License-Identifier: MIT
 *
 * Sends it three lines and end-of-file, then prints what it answers, as in
 *     filter tr a-z A-Z
 * To send more than a pipe holds while it answers, use osdep_run().
 */
#include "osdep/osdep.h"

#include <signal.h>

#include "osdep/process.h"

static bool talk(OsdepProcess *process, Error **errp)
{
    static const char *const lines[] = { "one", "two", "three" };
    FILE *to = fdopen(osdep_process_take_fd(process, 0), "w");
    FILE *from = fdopen(osdep_process_take_fd(process, 1), "r");
    bool ok = to && from;
    char answer[200];

    for (size_t i = 0; ok && i < sizeof(lines) / sizeof(lines[0]); i++) {
        ok = fprintf(to, "%s\n", lines[i]) >= 0;
    }
    if (to && fclose(to) != 0) { /* end-of-file: it may go */
        ok = false;
    }
    if (!ok) {
        error_setg_errno(errp, errno, "it does not listen");
    }
    while (ok && fgets(answer, sizeof(answer), from)) {
        fputs(answer, stdout);
    }
    if (from) {
        fclose(from);
    }
    return ok;
}

static bool filter(const char *const *argv, Error **errp)
{
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
    };
    OsdepProcess *process = osdep_spawn(&options, errp);
    OsdepExit how;
    bool ok;

    if (!process) {
        return false;
    }
    ok = talk(process, errp);
    if (osdep_process_wait(process, 2000, NULL, NULL) == OSDEP_WAIT_TIMED_OUT) {
        osdep_process_kill(process, NULL); /* end-of-file is nothing to it */
    }
    ok = osdep_process_wait(process, -1, &how, ok ? errp : NULL) ==
             OSDEP_WAIT_ENDED &&
         ok;
    if (ok && (how.kind != OSDEP_EXITED || how.code != 0)) {
        error_setg(errp, "it failed (%s %u)",
                   how.kind == OSDEP_EXITED ? "exit status" : "signal",
                   (unsigned int)how.code);
        ok = false;
    }
    osdep_process_free(process);
    return ok;
}

int main(int argc, char **argv)
{
    Error *err = NULL;

    if (argc < 2) {
        fprintf(stderr, "Usage: filter PROGRAM [ARG]...\n");
        return 2;
    }
#ifdef SIGPIPE
    signal(SIGPIPE, SIG_IGN); /* here only: the program gets the default */
#endif
    if (!filter((const char *const *)argv + 1, &err)) {
        error_reportf_err(err, "%s: ", argv[1]);
        return 1;
    }
    return 0;
}
