/*
 * image-tool SECONDS COMMAND [ARG]...: run a tool with a deadline and print its
 * output, or its error
 *
 * SPDX-License-Identifier: MIT
 *
 * As in
 *     image-tool 5 qemu-img info --output=json disk.qcow2
 */
#include "osdep/osdep.h"

#include "osdep/process.h"

/* Returns: the tool's output, for free(); NULL with @errp set if it failed. */
static char *run_tool(const char *const *argv, int timeout_ms, Error **errp)
{
    OsdepSpawnOptions spawn = {
        .argv = argv,
        .flags = OSDEP_SPAWN_TREE | OSDEP_SPAWN_HIDE_WINDOW,
    };
    OsdepRunOptions run = { .timeout_ms = timeout_ms };
    OsdepRunResult result;
    char *out = NULL;

    if (!osdep_run(&spawn, &run, &result, errp)) {
        return NULL;
    }
    result.err[strcspn(result.err, "\r\n")] = '\0'; /* its first line */
    if (result.timed_out) {
        error_setg(errp, "no answer within %d ms; it was killed", timeout_ms);
    } else if (result.exit.kind == OSDEP_SIGNALLED) {
        error_setg(errp, "signal %u ended it", (unsigned int)result.exit.code);
    } else if (result.exit.kind == OSDEP_CRASHED) {
        error_setg(errp, "it crashed: 0x%08x", (unsigned int)result.exit.code);
    } else if (result.exit.code != 0) {
        error_setg(errp, "exit status %u: %s", (unsigned int)result.exit.code,
                   result.err);
    } else {
        out = result.out; /* ours from here on */
        result.out = NULL;
    }
    osdep_run_result_clear(&result);
    return out;
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? atof(argv[1]) : 0;
    Error *err = NULL;
    char *out;

    if (!(seconds > 0 && seconds < 1e6)) {
        fprintf(stderr, "Usage: image-tool SECONDS COMMAND [ARG]...\n");
        return 2;
    }
    out = run_tool((const char *const *)argv + 2, (int)(seconds * 1000), &err);
    if (!out) {
        error_reportf_err(err, "%s: ", argv[2]);
        return 1;
    }
    printf("%s", out);
    free(out);
    return 0;
}
