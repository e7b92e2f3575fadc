/*
 * The public headers as C11 without extensions, each on its own
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/osdep.h"
#include "osdep/process.h"
#include "osdep/ram.h"

pid_t (*const headers_use_pid_t)(Error **errp) = qemu_fork;
