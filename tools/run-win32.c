/*
 * Running a command on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

#include <signal.h>
#include <windows.h>

/* Ctrl-C was pressed, or sent to our group. */
static HANDLE interrupted;

bool run_prepare(const RunOptions *options, Error **errp)
{
    if (options->n_ignore_signals) {
        error_setg(errp, "-I: Windows has no signals to ignore");
        return false;
    }
    return true;
}

/* = The environment = */

char **run_environment(size_t n_more)
{
    WCHAR *block = GetEnvironmentStringsW(), *entry;
    size_t n = 0, size = 0;
    char **env, *text;

    if (!block) {
        return NULL;
    }
    for (entry = block; *entry; entry += wcslen(entry) + 1) {
        n++;
    }
    size = 3 * (size_t)(entry - block); /* UTF-8 of a UTF-16 unit */
    env = malloc((n + n_more + 1) * sizeof(*env) + size);
    if (env) {
        text = (char *)(env + n + n_more + 1);
        n = 0;
        for (entry = block; *entry; entry += wcslen(entry) + 1) {
            if (wcschr(entry + 1, L'=')) {
                env[n++] = text;
                text += WideCharToMultiByte(CP_UTF8, 0, entry, -1, text,
                                            (int)size, NULL, NULL);
            }
        }
        env[n] = NULL;
    }
    FreeEnvironmentStringsW(block);
    return env;
}

/*
 * The name in "NAME=VALUE" or "NAME" in UTF-16, to be freed, and its length.
 * It may begin with "=", as in "=C:=C:\folder".
 */
static WCHAR *wide_name(const char *entry, int *len)
{
    int size = *entry ? (int)strcspn(entry + 1, "=") + 1 : 0;
    WCHAR *wide = malloc(((size_t)size + 1) * sizeof(*wide));

    *len =
        wide ? MultiByteToWideChar(CP_UTF8, 0, entry, size, wide, size + 1) : 0;
    return wide;
}

bool run_is_same_variable(const char *a, const char *b)
{
    int a_len, b_len;
    WCHAR *a_name = wide_name(a, &a_len), *b_name = wide_name(b, &b_len);
    bool same =
        a_name && b_name &&
        CompareStringOrdinal(a_name, a_len, b_name, b_len, TRUE) == CSTR_EQUAL;

    free(a_name);
    free(b_name);
    return same;
}

/* = The start = */

/*
 * Survive what the command is to survive or not, and tell run_supervise().  To
 * ignore Ctrl-C by SetConsoleCtrlHandler(NULL, TRUE) would be inherited.  When
 * the console is closed the system ends us in any case.
 */
static BOOL WINAPI on_console_event(DWORD event)
{
    if (event == CTRL_C_EVENT) {
        SetEvent(interrupted);
    }
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

OsdepProcess *run_start(const RunOptions *options, OsdepSpawnOptions *spawn,
                        Error **errp)
{
    if (options->output) {
        spawn->out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                   .path = options->output,
                                   .mode = OSDEP_FILE_TRUNCATE };
    }
    if (options->error) {
        spawn->err = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                   .path = options->error,
                                   .mode = OSDEP_FILE_TRUNCATE };
        if (options->output && strcmp(options->output, options->error) == 0) {
            spawn->err.kind = OSDEP_STDIO_STDOUT;
        }
    }
    interrupted = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!interrupted || !SetConsoleCtrlHandler(on_console_event, TRUE)) {
        error_setg_win32(errp, (int)GetLastError(), "cannot handle Ctrl-C");
        return NULL;
    }
    return osdep_spawn(spawn, errp);
}

/* = After the start = */

/*
 * The console tells all that share it; but Ctrl-C, unlike Ctrl-Break, reaches
 * no process of a group of its own, and nothing reaches one without a console
 * ("Process Creation Flags", learn.microsoft.com).
 */
static void pass_on_interrupt(OsdepProcess *process, unsigned int flags)
{
    if (flags & OSDEP_SPAWN_NEW_SESSION) {
        osdep_process_kill_tree(process, NULL);
    } else if (flags & OSDEP_SPAWN_NEW_GROUP) {
        osdep_process_signal(process, SIGBREAK, NULL);
    }
}

int run_supervise(OsdepProcess *process, const RunOptions *options,
                  Error **errp)
{
    HANDLE handles[] = { (HANDLE)osdep_process_pollable(process), interrupted };
    const int64_t max_wait_ms = 1000000000;
    ULONGLONG start = GetTickCount64();
    OsdepExit how;

    for (;;) {
        int64_t left = max_wait_ms;

        if (options->timeout_ms) {
            left = options->timeout_ms - (int64_t)(GetTickCount64() - start);
            left = left < 0 ? 0 : left > max_wait_ms ? max_wait_ms : left;
        }
        switch (WaitForMultipleObjects(2, handles, FALSE, (DWORD)left)) {
        case WAIT_OBJECT_0:
            return osdep_process_wait(process, -1, &how, errp) < 0
                       ? RUN_FAILED
                       : run_status(&how);
        case WAIT_OBJECT_0 + 1:
            pass_on_interrupt(process, options->flags);
            break;
        case WAIT_TIMEOUT:
            if (left == 0) {
                if (osdep_process_kill_tree(process, errp)) {
                    osdep_process_wait(process, -1, NULL, errp);
                }
                return RUN_TIMED_OUT;
            }
            break;
        default:
            error_setg_win32(errp, (int)GetLastError(),
                             "cannot wait for process %ld",
                             (long)osdep_process_pid(process));
            return RUN_FAILED;
        }
    }
}
