/*
 * The program that the tests start, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/puppet.h"

#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <shellapi.h>

enum { MAX_TEXT = 32768 };

static char *to_utf8(const WCHAR *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = malloc((size_t)size);

    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

void puppet_binary(void)
{
    for (int fd = 0; fd < 3; fd++) {
        _setmode(fd, _O_BINARY);
    }
}

const char *puppet_env(const char *name)
{
    static WCHAR wide[MAX_TEXT], value[MAX_TEXT];

    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, MAX_TEXT);
    SetLastError(0);
    if (GetEnvironmentVariableW(wide, value, MAX_TEXT) == 0 &&
        GetLastError() != 0) {
        return NULL;
    }
    return to_utf8(value);
}

const char *puppet_cwd(void)
{
    static WCHAR wide[MAX_TEXT];

    GetCurrentDirectoryW(MAX_TEXT, wide);
    return to_utf8(wide);
}

bool puppet_fd_is_open(int fd)
{
    intptr_t handle = _get_osfhandle(fd);

    /* -2: a standard stream of a program that was started without it */
    return handle != -1 && handle != -2;
}

void puppet_sleep(double seconds)
{
    Sleep((DWORD)(seconds * 1000));
}

static long start_sleeper(DWORD flags)
{
    static WCHAR path[MAX_TEXT], command[] = L"puppet sleep 100";
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION info;

    GetModuleFileNameW(NULL, path, MAX_TEXT);
    if (!CreateProcessW(path, command, NULL, NULL, TRUE, flags, NULL, NULL,
                        &startup, &info)) {
        return -1;
    }
    CloseHandle(info.hThread);
    CloseHandle(info.hProcess);
    return (long)info.dwProcessId;
}

long puppet_start_sleeper(void)
{
    return start_sleeper(0);
}

/* Whatever was inherited has the number that it had before. */
static bool has_file(DWORD size)
{
    for (uintptr_t value = 4; value < 0x400; value += 4) {
        if (GetFileType((HANDLE)value) == FILE_TYPE_DISK &&
            GetFileSize((HANDLE)value, NULL) == size) {
            return true;
        }
    }
    return false;
}

int puppet_own(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "handle") == 0 && argc == 3) {
        HANDLE handle = (HANDLE)(uintptr_t)strtoull(argv[2], NULL, 16);
        DWORD flags;

        return GetHandleInformation(handle, &flags) ? 0 : 1;
    } else if (strcmp(what, "has-file") == 0 && argc == 3) {
        return has_file((DWORD)strtoul(argv[2], NULL, 10));
    } else if (strcmp(what, "breakaway") == 0) {
        printf("%ld %ld\n", start_sleeper(0),
               start_sleeper(CREATE_BREAKAWAY_FROM_JOB));
        fflush(stdout);
        puppet_sleep(100);
        return 0;
    } else if (strcmp(what, "shell-args") == 0) {
        WCHAR **words = CommandLineToArgvW(GetCommandLineW(), &argc);

        for (int i = 2; i < argc; i++) {
            char *word = to_utf8(words[i]);

            _write(1, word, (unsigned int)strlen(word) + 1);
        }
        return 0;
    }
    fprintf(stderr, "puppet: unknown: '%s'\n", what);
    return 99;
}

/* Ends the program with the exception's code; no dialog, no debugger. */
static LONG CALLBACK just_die(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    return EXCEPTION_EXECUTE_HANDLER;
}

static void ignore_invalid_parameter(const wchar_t *expression,
                                     const wchar_t *function,
                                     const wchar_t *file, unsigned int line,
                                     uintptr_t reserved)
{
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
}

int wmain(int argc, wchar_t **wide);

int wmain(int argc, wchar_t **wide)
{
    char **argv = calloc((size_t)argc + 1, sizeof(*argv));

    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetUnhandledExceptionFilter(just_die);
    /* The Universal CRT ends a program that asks after a closed descriptor. */
    _set_invalid_parameter_handler(ignore_invalid_parameter);
    for (int i = 0; i < argc; i++) {
        argv[i] = to_utf8(wide[i]);
    }
    return puppet(argc, argv);
}
