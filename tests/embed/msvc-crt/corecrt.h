/*
 * As much of the Universal CRT's headers as osdep's public headers may use, for
 * clang in MSVC mode.  There is no unistd.h, no pid_t and no ssize_t.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_CORECRT_H
#define STUB_CORECRT_H

#include <stddef.h>
#include <stdint.h>

#define _CRTIMP __declspec(dllimport)
#define _ACRTIMP __declspec(dllimport)
#define _UCRT 1

#ifdef __cplusplus
#define STUB_BEGIN extern "C" {
#define STUB_END }
#else
#define STUB_BEGIN
#define STUB_END
#endif

#endif
