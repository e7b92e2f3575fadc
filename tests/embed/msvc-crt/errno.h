/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_ERRNO_H
#define STUB_ERRNO_H

#include <corecrt.h>

STUB_BEGIN
_ACRTIMP int *__cdecl _errno(void);
STUB_END
#define errno (*_errno())
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define EBADF 9
#define ENOMEM 12
#define EACCES 13
#define EINVAL 22
#define EMFILE 24
#define ENOSYS 40
#define ENOTSUP 129
#define ETIMEDOUT 138

#endif
