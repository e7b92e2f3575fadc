/*
 * First in each source file of the library: which functions the system headers
 * are to declare, and the headers that all files use
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing is configured.  What a system has is decided by the compiler's macros
 * and, on Linux, by asking the kernel at run time.  A file for one system is
 * empty on the others, so that "cc -c -I. util/" followed by "*.c" is right
 * everywhere.
 */
#ifndef UTIL_OSDEP_PRELUDE_H
#define UTIL_OSDEP_PRELUDE_H

#ifdef _WIN32
/* Windows 10: the handle lists and job lists of CreateProcessW(). */
#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#ifndef _CRT_RAND_S
#define _CRT_RAND_S 1 /* stdlib.h: rand_s() */
#endif
#ifndef __USE_MINGW_ANSI_STDIO
#define __USE_MINGW_ANSI_STDIO 1
#endif
#else
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE 1
#endif
/* The BSDs declare all that they have unless one of these is defined. */
#if !defined __linux__ && !defined __APPLE__
#undef _POSIX_C_SOURCE
#undef _XOPEN_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS /* files beyond 2 GiB on 32-bit Linux */
#define _FILE_OFFSET_BITS 64
#endif
#endif

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <unistd.h>
#endif

#include "osdep/compiler.h"
#ifdef OSDEP_PREFIX
#include "util/osdep-prefix.h"
#endif

#endif
