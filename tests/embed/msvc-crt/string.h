/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_STRING_H
#define STUB_STRING_H

#include <corecrt.h>

STUB_BEGIN
void *__cdecl memcpy(void *to, const void *from, size_t len);
void *__cdecl memset(void *to, int byte, size_t len);
int __cdecl strcmp(const char *a, const char *b);
size_t __cdecl strlen(const char *text);
STUB_END

#endif
