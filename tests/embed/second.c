/*
 * The second copy of osdep in a program, compiled with OSDEP_PREFIX
 *
 * SPDX-License-Identifier: MIT
 */
#define OWNER "second"
#include "plugin-copy.h"

extern const Copy second;
const Copy second = COPY;
