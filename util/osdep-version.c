/*
 * The version of the library
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#include "osdep/compiler.h"

const char *osdep_version(void)
{
    return OSDEP_VERSION;
}
