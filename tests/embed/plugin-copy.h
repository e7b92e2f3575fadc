/*
 * Use of one copy of osdep; the including file has included osdep's headers
 * with or without OSDEP_PREFIX
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/error.h"
#include "osdep/process.h"

#include <stdio.h>

#include "plugin.h"

static char last[200];

static void note_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)kind, (void)hint;
    snprintf(last, sizeof(last), "%s: %s", (const char *)opaque, message);
}

static void copy_report(const char *message)
{
    osdep_error_set_reporter(note_report, OWNER);
    osdep_error_report("%s", message);
}

static const char *copy_last(void)
{
    return last;
}

static void copy_fail(void)
{
    const char *argv[] = { "./no-such-program", NULL };
    OsdepSpawnOptions options = { .argv = argv };

    osdep_error_set_reporter(NULL, NULL);
    osdep_spawn(&options, &osdep_error_fatal);
}

static int copy_run(void)
{
    const char *argv[] = { "echo", OWNER, NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    int ok;

    if (!osdep_run(&options, NULL, &result, &osdep_error_warn)) {
        return 0;
    }
    ok = result.exit.code == 0 && result.out_len == sizeof(OWNER);
    osdep_run_result_clear(&result);
    return ok;
}

static const void *copy_fatal(void)
{
    return &osdep_error_fatal;
}

#define COPY                                                    \
    {                                                           \
        copy_report, copy_last, copy_fail, copy_run, copy_fatal \
    }
