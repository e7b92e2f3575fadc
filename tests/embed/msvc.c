/*
 * A source for MSVC that uses what the headers' macros and inlines are
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"
#include "osdep/process.h"

bool use_of_headers(OsdepError **errp);
bool use_of_headers(OsdepError **errp)
{
    const char *argv[] = { "program", NULL };
    OsdepSpawnOptions options;
    OsdepRunOptions run;
    OsdepRunResult result;
    OsdepProcess *process;
    OsdepExit how;
    osdep_pid pid = osdep_fork(errp);
    int fds[2];

    memset(&options, 0, sizeof(options));
    memset(&run, 0, sizeof(run));
    options.argv = argv;
    options.out.kind = OSDEP_STDIO_PIPE;
    if (pid < 0 || !osdep_pipe(fds, errp)) {
        osdep_error_setg(errp, "%d", 1);
        osdep_error_setg_errno(errp, EIO, "text");
        osdep_error_setg_win32(errp, 5, "text");
        return false;
    }
    osdep_set_cloexec(fds[0]);
    process = osdep_spawn(&options, &osdep_error_fatal);
    if (osdep_process_handle(process, 1) && osdep_process_fd(process, 1) < 0) {
        osdep_process_wait(process, -1, &how, errp);
    }
    osdep_process_free(process);
    if (!osdep_run(&options, &run, &result, errp)) {
        return false;
    }
    osdep_run_result_clear(&result);
#ifndef OSDEP_NO_QEMU_NAMES
    error_setg(errp, "QEMU's %s", "names");
    error_report("%d", qemu_madvise(NULL, 0, QEMU_MADV_INVALID));
#endif
    return true;
}
