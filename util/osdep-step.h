/*
 * The step of osdep_spawn() or osdep_run() that an error tells of
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_STEP_H
#define UTIL_OSDEP_STEP_H

#include "osdep/error.h"

OSDEP_BEGIN_INTERNAL

#ifdef OSDEP_ERROR_IS_QEMUS
/* QEMU's errors have no step. */
typedef enum OsdepStep {
    OSDEP_STEP_CHECK,
    OSDEP_STEP_PREPARE,
    OSDEP_STEP_STREAM,
    OSDEP_STEP_CREATE,
    OSDEP_STEP_SIGNALS,
    OSDEP_STEP_SESSION,
    OSDEP_STEP_DIRECTORY,
    OSDEP_STEP_EXECUTE,
    OSDEP_STEP_SERVE,
} OsdepStep;

static inline void osdep_error_set_step(OsdepError *err, OsdepStep step)
{
    (void)err, (void)step;
}
#else
/* Set the step of @err, unless it has one; NULL does nothing. */
void osdep_error_set_step(OsdepError *err, OsdepStep step);
#endif

OSDEP_END_INTERNAL

#endif
