/*
 * QEMU's prelude: a shim for its include/qemu/osdep.h
 *
 * SPDX-License-Identifier: MIT
 *
 * Every source in QEMU's style includes it first.  QEMU's own header brings
 * neither the error functions nor the reports: sources include qapi/error.h and
 * qemu/error-report.h for them.  Here osdep/osdep.h brings them all.
 */
#ifndef OSDEP_QEMU_OSDEP_H
#define OSDEP_QEMU_OSDEP_H

#include "osdep/osdep.h"

#endif
