/*
 * Version, and what the public headers need from the compiler
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OSDEP_COMPILER_H
#define OSDEP_COMPILER_H

/* The version of these headers.  osdep_version() is that of the library. */
#define OSDEP_VERSION_MAJOR 0
#define OSDEP_VERSION_MINOR 2
#define OSDEP_VERSION_MICRO 0
#define OSDEP_VERSION "0.2.0"

/*
 * OSDEP_PREFIX, if the library and all that includes its headers are compiled
 * with it (-DOSDEP_PREFIX=foo_), takes the place of "osdep_" in the symbols of
 * the object code.  Two copies of the library can then be in one process.
 * Programs still write osdep_spawn().
 */
#ifdef OSDEP_PREFIX
/*
 * OSDEP_NAME(@name) is OSDEP_PREFIX and @name, pasted by OSDEP_NAME_@name().
 * OSDEP_PREFIX is expanded before that and @name is not: the QEMU layer has
 * macros called error_setg, for example.
 */
#define OSDEP_NAME(name) OSDEP_APPLY(OSDEP_NAME_##name, OSDEP_PREFIX)
#define OSDEP_APPLY(macro, arg) macro(arg)
#include "osdep/prefix.h"
#endif

#ifdef __cplusplus
#define OSDEP_BEGIN_DECLS extern "C" {
#define OSDEP_END_DECLS }
#else
#define OSDEP_BEGIN_DECLS
#define OSDEP_END_DECLS
#endif

/*
 * OSDEP_API: part of the library's interface.
 *
 * OSDEP_BUILDING_SHARED, defined by the build of a shared library alone, exports
 * it.  OSDEP_STATIC says that the library is linked in statically: on ELF and
 * Mach-O systems nothing of it is exported then, whatever -fvisibility says, and
 * MSVC does not import it.  With neither, -fvisibility decides.
 *
 * MinGW-w64 needs no dllimport: its linker imports functions and variables by
 * itself (ld manual, --enable-auto-import).
 */
#if defined OSDEP_BUILDING_SHARED && defined _WIN32
#define OSDEP_API __declspec(dllexport)
#elif defined OSDEP_BUILDING_SHARED
#define OSDEP_API __attribute__((visibility("default")))
#elif defined _MSC_VER && !defined OSDEP_STATIC
#define OSDEP_API __declspec(dllimport)
#elif defined OSDEP_STATIC && !defined _WIN32
#define OSDEP_API __attribute__((visibility("hidden")))
#else
#define OSDEP_API
#endif

/*
 * Around declarations that the library's own files share: they are not exported,
 * whatever -fvisibility says.  A DLL exports nothing but what is marked.
 */
#ifdef _WIN32
#define OSDEP_BEGIN_INTERNAL
#define OSDEP_END_INTERNAL
#else
#define OSDEP_BEGIN_INTERNAL _Pragma("GCC visibility push(hidden)")
#define OSDEP_END_INTERNAL _Pragma("GCC visibility pop")
#endif

/*
 * OSDEP_PRINTF(@fmt, @args): argument @fmt is a printf format, its values begin
 * at argument @args.  osdep formats with MinGW-w64's C99 functions and not with
 * the Windows C runtime's, so that %zu and %lld mean the same everywhere.  GCC
 * has to be told; Clang knows only the one kind.
 */
#if defined __MINGW32__ && !defined __clang__
#define OSDEP_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#elif defined __GNUC__ || defined __clang__
#define OSDEP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define OSDEP_PRINTF(fmt, args)
#endif

OSDEP_BEGIN_DECLS

/*
 * The version of the library that is linked, as OSDEP_VERSION has it.
 * Async-signal-safe.
 */
OSDEP_API const char *osdep_version(void);

OSDEP_END_DECLS

#endif
