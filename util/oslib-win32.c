/*
 * qemu_fork() on Windows, which cannot
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

pid_t qemu_fork(Error **errp)
{
    error_setg_errno(errp, ENOSYS, "cannot fork child process");
    errno = ENOSYS;
    return -1;
}
