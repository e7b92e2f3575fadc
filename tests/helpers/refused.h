/*
 * What osdep_spawn() must refuse, on all systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_REFUSED_H
#define TESTS_REFUSED_H

#include "osdep/process.h"

/* It fails with @code and a message that contains @message. */
void check_refused(const OsdepSpawnOptions *options, int code,
                   const char *message);

#endif
