/*
 * The public headers as C++
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/osdep.h"
#include "osdep/process.h"

bool headers_in_cxx(Error **errp);

bool headers_in_cxx(Error **errp)
{
    ERRP_GUARD();
    int fds[2];

    if (!osdep_pipe(fds, errp)) {
        error_prepend(errp, "in C++: ");
        return false;
    }
    error_setg(errp, "%d", 1);
    error_setg_errno(errp, EIO, "x");
    error_set(errp, ERROR_CLASS_GENERIC_ERROR, "x");
    error_setg_file_open(errp, EIO, "x");
    return qemu_fork(errp) >= 0;
}
