/*
 * As much of <windows.h> as osdep-environment-win32.c, osdep-error-win32.c and
 * osdep-program-win32.c of util/ need, so that libFuzzer and the sanitizers,
 * which are on Linux, can get at them
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
typedef uint64_t ULONGLONG;
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
#define ERROR_TOO_MANY_OPEN_FILES 4UL
#define ERROR_ACCESS_DENIED 5UL
#define ERROR_INVALID_HANDLE 6UL
#define ERROR_ARENA_TRASHED 7UL
#define ERROR_NOT_ENOUGH_MEMORY 8UL
#define ERROR_INVALID_BLOCK 9UL
#define ERROR_BAD_ENVIRONMENT 10UL
#define ERROR_BAD_FORMAT 11UL
#define ERROR_OUTOFMEMORY 14UL
#define ERROR_INVALID_DRIVE 15UL
#define ERROR_CURRENT_DIRECTORY 16UL
#define ERROR_NOT_SAME_DEVICE 17UL
#define ERROR_NO_MORE_FILES 18UL
#define ERROR_WRITE_PROTECT 19UL
#define ERROR_CRC 23UL
#define ERROR_GEN_FAILURE 31UL
#define ERROR_SHARING_VIOLATION 32UL
#define ERROR_SHARING_BUFFER_EXCEEDED 36UL
#define ERROR_HANDLE_DISK_FULL 39UL
#define ERROR_NOT_SUPPORTED 50UL
#define ERROR_BAD_NETPATH 53UL
#define ERROR_NETNAME_DELETED 64UL
#define ERROR_NETWORK_ACCESS_DENIED 65UL
#define ERROR_BAD_NET_NAME 67UL
#define ERROR_FILE_EXISTS 80UL
#define ERROR_CANNOT_MAKE 82UL
#define ERROR_FAIL_I24 83UL
#define ERROR_NO_PROC_SLOTS 89UL
#define ERROR_DRIVE_LOCKED 108UL
#define ERROR_BROKEN_PIPE 109UL
#define ERROR_OPEN_FAILED 110UL
#define ERROR_BUFFER_OVERFLOW 111UL
#define ERROR_DISK_FULL 112UL
#define ERROR_INVALID_TARGET_HANDLE 114UL
#define ERROR_CALL_NOT_IMPLEMENTED 120UL
#define ERROR_SEM_TIMEOUT 121UL
#define ERROR_INSUFFICIENT_BUFFER 122UL
#define ERROR_INVALID_NAME 123UL
#define ERROR_MOD_NOT_FOUND 126UL
#define ERROR_PROC_NOT_FOUND 127UL
#define ERROR_WAIT_NO_CHILDREN 128UL
#define ERROR_CHILD_NOT_COMPLETE 129UL
#define ERROR_DIRECT_ACCESS_HANDLE 130UL
#define ERROR_SEEK_ON_DEVICE 132UL
#define ERROR_DIR_NOT_EMPTY 145UL
#define ERROR_PATH_BUSY 148UL
#define ERROR_NOT_LOCKED 158UL
#define ERROR_BAD_PATHNAME 161UL
#define ERROR_MAX_THRDS_REACHED 164UL
#define ERROR_LOCK_FAILED 167UL
#define ERROR_BUSY 170UL
#define ERROR_INVALID_ORDINAL 182UL
#define ERROR_ALREADY_EXISTS 183UL
#define ERROR_INVALID_STARTING_CODESEG 188UL
#define ERROR_INFLOOP_IN_RELOC_CHAIN 202UL
#define ERROR_ENVVAR_NOT_FOUND 203UL
#define ERROR_FILENAME_EXCED_RANGE 206UL
#define ERROR_NESTING_NOT_ALLOWED 215UL
#define ERROR_EXE_MACHINE_TYPE_MISMATCH 216UL
#define ERROR_FILE_TOO_LARGE 223UL
#define ERROR_BAD_PIPE 230UL
#define ERROR_PIPE_BUSY 231UL
#define ERROR_NO_DATA 232UL
#define ERROR_PIPE_NOT_CONNECTED 233UL
#define WAIT_TIMEOUT 258UL
#define ERROR_DIRECTORY 267UL
#define ERROR_NOT_OWNER 288UL
#define ERROR_DELETE_PENDING 303UL
#define ERROR_INVALID_ADDRESS 487UL
#define ERROR_OPERATION_ABORTED 995UL
#define ERROR_NOACCESS 998UL
#define ERROR_NO_UNICODE_TRANSLATION 1113UL
#define ERROR_IO_DEVICE 1117UL
#define ERROR_TOO_MANY_LINKS 1142UL
#define ERROR_NOT_FOUND 1168UL
#define ERROR_CANCELLED 1223UL
#define ERROR_CONNECTION_REFUSED 1225UL
#define ERROR_NETWORK_UNREACHABLE 1231UL
#define ERROR_HOST_UNREACHABLE 1232UL
#define ERROR_REQUEST_ABORTED 1235UL
#define ERROR_CONNECTION_ABORTED 1236UL
#define ERROR_ACCESS_DISABLED_BY_POLICY 1260UL
#define ERROR_PRIVILEGE_NOT_HELD 1314UL
#define ERROR_LOGON_FAILURE 1326UL
#define ERROR_ACCOUNT_RESTRICTION 1327UL
#define ERROR_INTERNAL_ERROR 1359UL
#define ERROR_FILE_CORRUPT 1392UL
#define ERROR_DISK_CORRUPT 1393UL
#define ERROR_NO_SYSTEM_RESOURCES 1450UL
#define ERROR_WORKING_SET_QUOTA 1453UL
#define ERROR_PAGEFILE_QUOTA 1454UL
#define ERROR_COMMITMENT_LIMIT 1455UL
#define ERROR_TIMEOUT 1460UL
#define ERROR_INVALID_USER_BUFFER 1784UL
#define ERROR_NOT_ENOUGH_QUOTA 1816UL
#define ERROR_CANT_ACCESS_FILE 1920UL
#define ERROR_CANT_RESOLVE_FILENAME 1921UL
#define ERROR_NOT_CONNECTED 2250UL
#define ERROR_SXS_CANT_GEN_ACTCTX 14001UL
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

/* The clock stands still. */
typedef struct SYSTEMTIME {
    uint16_t wYear, wMonth, wDayOfWeek, wDay;
    uint16_t wHour, wMinute, wSecond, wMilliseconds;
} SYSTEMTIME;
void GetSystemTime(SYSTEMTIME *now);

/* The C runtime's */
#define _wcsicmp wcscasecmp
/* The C library's own would read on behind the end and ASan not see it. */
#define wcsstr system_wcsstr
WCHAR *wcsstr(const WCHAR *text, const WCHAR *part);
int strerror_s(char *buf, size_t size, int errnum);

/* As osdep/error.h has it on Windows */
#define osdep_error_setg_win32(errp, win32_err, ...)                      \
    osdep_error_setg_win32_internal((errp), __FILE__, __LINE__, __func__, \
                                    (win32_err), __VA_ARGS__)
void osdep_error_setg_win32_internal(OsdepError **errp, const char *src,
                                     int line, const char *func, int win32_err,
                                     const char *fmt, ...) OSDEP_PRINTF(6, 7);
#define error_setg_win32 osdep_error_setg_win32

/* Of a system whose current directory is C:\cwd, and that has no files. */
DWORD GetFullPathNameW(const WCHAR *path, DWORD size, WCHAR *full,
                       WCHAR **name);
DWORD GetFileAttributesW(const WCHAR *path);
unsigned int GetSystemDirectoryW(WCHAR *path, unsigned int size);

#endif
