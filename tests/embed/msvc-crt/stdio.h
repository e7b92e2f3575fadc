/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_STDIO_H
#define STUB_STDIO_H

#include <corecrt.h>
#include <stdarg.h>

typedef struct _iobuf {
    void *_Placeholder;
} FILE;

STUB_BEGIN
_ACRTIMP FILE *__cdecl __acrt_iob_func(unsigned int index);
int __cdecl printf(const char *fmt, ...);
int __cdecl fprintf(FILE *stream, const char *fmt, ...);
int __cdecl vfprintf(FILE *stream, const char *fmt, va_list ap);
int __cdecl snprintf(char *buf, size_t size, const char *fmt, ...);
int __cdecl vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
STUB_END
#define stdout (__acrt_iob_func(1))
#define stderr (__acrt_iob_func(2))

#endif
