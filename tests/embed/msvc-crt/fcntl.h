/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_FCNTL_H
#define STUB_FCNTL_H

#include <corecrt.h>

#define _O_RDONLY 0x0000
#define _O_WRONLY 0x0001
#define _O_RDWR 0x0002
#define _O_APPEND 0x0008
#define _O_NOINHERIT 0x0080
#define _O_TEXT 0x4000
#define _O_BINARY 0x8000

#endif
