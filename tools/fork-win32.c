/*
 * Running a command by qemu_fork(), which Windows cannot do
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

int run_by_fork(const RunOptions *options, char *const *env, Error **errp)
{
    (void)options, (void)env;
    qemu_fork(errp);
    return RUN_FAILED;
}
