/*
 * For tests that are linked with parts of util/ and, for the rest, with the DLL:
 * what these parts need and the DLL does not export
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-step.h"

void osdep_error_set_step(OsdepError *err, OsdepStep step)
{
    (void)err, (void)step;
}
