/*
 * As much of <windows.h> as util/environment-win32.c, error-win32.c and
 * program-win32.c need, so that libFuzzer and the sanitizers, which are on Linux, can get at them
 *
 * SPDX-License-Identifier: MIT
 *
 * What is tried then is what these files do: how much memory they take, what
 * they write into it, what they make of refusals.  What Windows does is not; the
 * same targets run with the real thing under Wine.  The units of UTF-16 are in
 * wide characters, which are wider here.
 */
#ifndef TESTS_STAND_IN_WINDOWS_H
#define TESTS_STAND_IN_WINDOWS_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "osdep/error.h"

typedef wchar_t WCHAR;
typedef unsigned long DWORD;
typedef int BOOL;
typedef void *HANDLE;

#define TRUE 1
#define CP_UTF8 65001
#define MB_ERR_INVALID_CHARS 0x8
#define CSTR_LESS_THAN 1
#define CSTR_EQUAL 2
#define CSTR_GREATER_THAN 3
#define ERROR_SUCCESS 0UL
#define ERROR_FILE_NOT_FOUND 2UL
#define ERROR_PATH_NOT_FOUND 3UL
#define ERROR_ACCESS_DENIED 5UL
#define ERROR_NOT_ENOUGH_MEMORY 8UL
#define ERROR_OUTOFMEMORY 14UL
#define ERROR_INVALID_DRIVE 15UL
#define ERROR_SHARING_VIOLATION 32UL
#define ERROR_INSUFFICIENT_BUFFER 122UL
#define ERROR_INVALID_NAME 123UL
#define ERROR_ENVVAR_NOT_FOUND 203UL
#define ERROR_FILENAME_EXCED_RANGE 206UL
#define ERROR_NO_UNICODE_TRANSLATION 1113UL
#define ERROR_NO_SYSTEM_RESOURCES 1450UL
#define ERROR_COMMITMENT_LIMIT 1455UL
#define FILE_ATTRIBUTE_DIRECTORY 0x10UL
#define INVALID_FILE_ATTRIBUTES 0xffffffffUL
#define MAX_PATH 260

/* @text is ended by a NUL (@len -1), or has @len bytes. */
int MultiByteToWideChar(unsigned int code_page, DWORD flags, const char *text,
                        int len, WCHAR *wide, int size);
int CompareStringOrdinal(const WCHAR *a, int a_len, const WCHAR *b, int b_len,
                         BOOL ignore_case);
/* There are SystemRoot, SystemDrive and windir, if getenv() says so. */
DWORD GetEnvironmentVariableW(const WCHAR *name, WCHAR *value, DWORD size);
DWORD GetLastError(void);
void SetLastError(DWORD error);

/* The message is what system_says() was told, and fails if that is too long. */
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x200UL
#define FORMAT_MESSAGE_FROM_SYSTEM 0x1000UL
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0xffUL
DWORD FormatMessageW(DWORD flags, const void *source, DWORD code,
                     DWORD language, WCHAR *text, DWORD size, void *inserts);
int WideCharToMultiByte(unsigned int code_page, DWORD flags, const WCHAR *wide,
                        int len, char *text, int size, const char *instead,
                        BOOL *was_needed);

/* There is no console, and our program is C:\fuzz.exe. */
#define STD_ERROR_HANDLE 12UL
HANDLE GetStdHandle(DWORD which);
BOOL GetConsoleMode(HANDLE console, DWORD *mode);
BOOL WriteConsoleW(HANDLE console, const void *text, DWORD len, DWORD *written,
                   void *reserved);
DWORD GetModuleFileNameW(HANDLE module, WCHAR *path, DWORD size);

/* The C runtime's */
#define _wcsicmp wcscasecmp
/* The C library's own would read on behind the end and ASan not see it. */
#define wcsstr system_wcsstr
WCHAR *wcsstr(const WCHAR *text, const WCHAR *part);
int strerror_s(char *buf, size_t size, int errnum);

/* As osdep/error.h has it on Windows */
#define error_setg_win32(errp, win32_err, ...)                      \
    error_setg_win32_internal((errp), __FILE__, __LINE__, __func__, \
                              (win32_err), __VA_ARGS__)
void error_setg_win32_internal(Error **errp, const char *src, int line,
                               const char *func, int win32_err, const char *fmt,
                               ...) OSDEP_PRINTF(6, 7);

/* Of a system whose current directory is C:\cwd, and that has no files. */
DWORD GetFullPathNameW(const WCHAR *path, DWORD size, WCHAR *full,
                       WCHAR **name);
DWORD GetFileAttributesW(const WCHAR *path);
unsigned int GetSystemDirectoryW(WCHAR *path, unsigned int size);

#endif
