/*
 * As much of <windows.h> as util/environment-win32.c and program-win32.c need,
 * so that libFuzzer and the sanitizers, which are on Linux, can get at them
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

typedef wchar_t WCHAR;
typedef unsigned int DWORD;
typedef int BOOL;
typedef void *HANDLE;

#define TRUE 1
#define CP_UTF8 65001
#define MB_ERR_INVALID_CHARS 0x8
#define CSTR_LESS_THAN 1
#define CSTR_EQUAL 2
#define CSTR_GREATER_THAN 3
#define ERROR_SUCCESS 0U
#define ERROR_FILE_NOT_FOUND 2U
#define ERROR_ACCESS_DENIED 5U
#define ERROR_NOT_ENOUGH_MEMORY 8U
#define ERROR_ENVVAR_NOT_FOUND 203U
#define FILE_ATTRIBUTE_DIRECTORY 0x10U
#define INVALID_FILE_ATTRIBUTES 0xffffffffU
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

/* Of a system whose current directory is C:\cwd, and that has no files. */
DWORD GetFullPathNameW(const WCHAR *path, DWORD size, WCHAR *full,
                       WCHAR **name);
DWORD GetFileAttributesW(const WCHAR *path);
unsigned int GetSystemDirectoryW(WCHAR *path, unsigned int size);

#endif
