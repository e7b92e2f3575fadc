/*
 * osdep_fork() on Windows, which cannot fork
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include "osdep/fork.h"

#include "osdep/fork.h"

osdep_pid osdep_fork(OsdepError **errp)
{
    osdep_error_setg_errno(errp, ENOSYS, "cannot fork child process");
    errno = ENOSYS;
    return -1;
}

#endif
