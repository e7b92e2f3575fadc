/*
 * A stand-in for QEMU's qemu/osdep.h: what a source of QEMU includes first
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef QEMU_OSDEP_H
#define QEMU_OSDEP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define QEMU_MADV_INVALID (-1)
#define qemu_printf printf

void qemu_set_cloexec(int fd);
int qemu_madvise(void *addr, size_t len, int advice);

#endif
