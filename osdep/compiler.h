/*
 * What the public headers need from the compiler
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OSDEP_COMPILER_H
#define OSDEP_COMPILER_H

#ifdef __cplusplus
#define OSDEP_BEGIN_DECLS extern "C" {
#define OSDEP_END_DECLS }
#else
#define OSDEP_BEGIN_DECLS
#define OSDEP_END_DECLS
#endif

/*
 * OSDEP_API: part of the shared library's interface.  Everything else is
 * hidden.  Users of the Windows DLL need no dllimport: MinGW-w64's linker
 * imports functions and variables by itself (ld manual, --enable-auto-import).
 */
#if defined _WIN32 && defined OSDEP_BUILDING_DLL
#define OSDEP_API __attribute__((dllexport))
#elif defined _WIN32
#define OSDEP_API
#else
#define OSDEP_API __attribute__((visibility("default")))
#endif

/*
 * OSDEP_PRINTF(@fmt, @args): argument @fmt is a printf format, its values begin
 * at argument @args.  osdep formats with MinGW-w64's C99 functions and not with
 * the Windows C runtime's, so that %zu and %lld mean the same everywhere; GCC
 * has to be told, Clang knows only the one kind.
 */
#if defined __MINGW32__ && !defined __clang__
#define OSDEP_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#else
#define OSDEP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

#endif
