/*
 * A program's own arguments, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include "osdep/process.h"

char **osdep_utf8_args(int *argc, char **argv, OsdepError **errp)
{
    (void)argc, (void)errp;
    return argv;
}

#endif
