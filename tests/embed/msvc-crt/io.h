/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_IO_H
#define STUB_IO_H

#include <corecrt.h>

STUB_BEGIN
_ACRTIMP intptr_t __cdecl _get_osfhandle(int fd);
_ACRTIMP int __cdecl _open_osfhandle(intptr_t handle, int flags);
_ACRTIMP int __cdecl _close(int fd);
_ACRTIMP int __cdecl _dup(int fd);
_ACRTIMP int __cdecl _setmode(int fd, int mode);
_ACRTIMP int __cdecl _write(int fd, const void *buf, unsigned int size);
STUB_END

#endif
