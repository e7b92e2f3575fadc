/*
 * The public headers as C++11: HEADER on its own, else all
 *
 * SPDX-License-Identifier: MIT
 */
#ifdef HEADER
#include HEADER
#include HEADER
#else
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/osdep.h"
#include "osdep/process.h"
#include "osdep/ram.h"

bool headers_in_cxx(Error **errp);

bool headers_in_cxx(Error **errp)
{
    ERRP_GUARD();
    const char *argv[] = { "program", nullptr };
    OsdepSpawnOptions options = {};
    OsdepRunResult result = {};
    OsdepProcess *process;
    int fds[2];

    options.argv = argv;
    if (!osdep_pipe(fds, errp)) {
        error_prepend(errp, "in C++: ");
        return false;
    }
    process = osdep_spawn(&options, errp);
    if (!process ||
        osdep_process_wait(process, 0, nullptr, errp) == OSDEP_WAIT_FAILED) {
        return false;
    }
    osdep_set_cloexec(osdep_process_take_fd(process, 0));
    osdep_process_free(process);
    if (osdep_run(&options, nullptr, &result, errp)) {
        osdep_run_result_clear(&result);
    }
    error_setg(errp, "%d", 1);
    error_setg_errno(errp, EIO, "x");
    error_set(errp, ERROR_CLASS_GENERIC_ERROR, "x");
    error_setg_file_open(errp, EIO, "x");
    osdep_ram_free(qemu_anon_ram_alloc(1, nullptr, false, false), 1);
    qemu_madvise(nullptr, 0, QEMU_MADV_DONTFORK);
    qemu_vfree(qemu_memalign(64, 1));
    return qemu_fork(errp) >= 0;
}
#endif
