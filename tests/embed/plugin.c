/*
 * A plugin that links libosdep.a
 *
 * SPDX-License-Identifier: MIT
 */
#define OWNER "plugin"
#include "plugin-copy.h"

extern const Copy plugin;
const Copy plugin = COPY;
