/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_STDLIB_H
#define STUB_STDLIB_H

#include <corecrt.h>

typedef void(__cdecl *_invalid_parameter_handler)(const wchar_t *,
                                                  const wchar_t *,
                                                  const wchar_t *, unsigned int,
                                                  uintptr_t);

STUB_BEGIN
/* clang-format off */
_ACRTIMP _invalid_parameter_handler __cdecl
_set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);
/* clang-format on */
_ACRTIMP void *__cdecl malloc(size_t size);
_ACRTIMP void *__cdecl calloc(size_t n, size_t size);
_ACRTIMP void *__cdecl realloc(void *ptr, size_t size);
_ACRTIMP void __cdecl free(void *ptr);
_ACRTIMP void __cdecl abort(void);
_ACRTIMP void __cdecl exit(int status);
STUB_END

#endif
