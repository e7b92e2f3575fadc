/*
 * Running a command on Windows, which cannot fork
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

int run_command(const RunOptions *options, Error **errp)
{
    (void)options;
    qemu_fork(errp);
    return RUN_FAILED;
}
