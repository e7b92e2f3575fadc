/*
 * Run a program that inherits nothing by accident, and print what it wrote
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "osdep/process.h"

int main(int argc, char **argv)
{
    const char *hostname[] = { "hostname", NULL };
    OsdepSpawnOptions spawn = { .argv = hostname };
    OsdepRunOptions run = { .timeout_ms = 2000 };
    OsdepRunResult result;
    Error *err = NULL;
    int status = 1;

    /* Those that main() gets on Windows are not UTF-8. */
    argv = osdep_utf8_args(&argc, argv, &error_fatal);
    if (argc > 1) {
        spawn.argv = (const char *const *)argv + 1;
    }
    /* No signal blocked or ignored, no descriptor above 2, two seconds. */
    if (!osdep_run(&spawn, &run, &result, &err)) {
        error_reportf_err(err, "no greeting today: ");
        return 1;
    }
    if (result.timed_out) {
        error_report("'%s' takes too long", spawn.argv[0]);
    } else if (result.exit.kind != OSDEP_EXITED || result.exit.code != 0) {
        error_report("'%s' failed: %s", spawn.argv[0], result.err);
    } else {
        printf("Hello, clean world of %s", result.out);
        status = 0;
    }
    osdep_run_result_clear(&result);
    return status;
}
