/*
 * A simulator's public header, whose names other libraries use as well
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STRANGER_ENUM_H
#define STRANGER_ENUM_H

typedef enum { Success, Warning, Error } Severity;

enum { ERROR_CLASS_GENERIC_ERROR = 77, QEMU_MADV_INVALID };

#endif
