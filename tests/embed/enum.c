/*
 * A stranger with an enumerator called Error in its own header
 *
 * SPDX-License-Identifier: MIT
 */
#ifdef OSDEP_FIRST
#include "osdep/process.h"
#include "enum.h"
#else
#include "enum.h"
#include "osdep/process.h"
#endif

#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/ram.h"

#include <stdio.h>

/* These would be macros or functions if QEMU's names were brought into scope. */
static int error_setg(Severity severity)
{
    return severity == Error ? 1 : 0;
}

static int qemu_fork(int qemu_madvise, int error_report)
{
    return qemu_madvise + error_report;
}

int main(void)
{
    const char *argv[] = { "true", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepError *err = NULL;
    OsdepProcess *process = osdep_spawn(&options, &err);
    OsdepExit how;

    if (!process || osdep_process_wait(process, -1, &how, &err) < 0) {
        osdep_error_report_err(err);
        return 1;
    }
    osdep_process_free(process);
    printf("%d %d %d %u\n", (int)ERROR_CLASS_GENERIC_ERROR, error_setg(Error),
           qemu_fork(2, 3), how.code);
    return 0;
}
