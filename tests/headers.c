/*
 * The public headers as C11 without extensions: HEADER on its own, else all
 *
 * SPDX-License-Identifier: MIT
 */
#ifdef HEADER
#include HEADER
#include HEADER

typedef int headers_iso_c_wants_a_declaration;
#else
#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/osdep.h"
#include "osdep/process.h"
#include "osdep/ram.h"

osdep_pid (*const headers_use_osdep_pid)(OsdepError **errp) = osdep_fork;
#endif
