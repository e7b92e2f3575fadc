/*
 * The launchers of Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include <windows.h>

#include "bench/launchers.h"

static bool create_process(const char *program, Child *child)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    wchar_t path[MAX_PATH], command[MAX_PATH + 3];

    if (!MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, program, -1, path,
                             MAX_PATH)) {
        return false;
    }
    command[0] = L'"';
    wcscpy(command + 1, path);
    wcscat(command, L"\"");
    if (!CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL,
                        &startup, &process)) {
        return false;
    }
    CloseHandle(process.hThread);
    child->object = process.hProcess;
    return true;
}

static bool wait_process(Child *child)
{
    DWORD code = 1;
    bool ended =
        WaitForSingleObject(child->object, INFINITE) == WAIT_OBJECT_0 &&
        GetExitCodeProcess(child->object, &code);

    CloseHandle(child->object);
    return ended && code == 0;
}

const Launcher launchers[] = {
    { "CreateProcessW", create_process, wait_process, NULL },
    /* How far from 1 chance can take a ratio. */
    { "CreateProcessW, again", create_process, wait_process, NULL },
    { "osdep_spawn", osdep_spawn_plain, osdep_finish, NULL },
    { "osdep_spawn, all on", osdep_spawn_all, osdep_finish, osdep_prepare },
    { NULL, NULL, NULL, NULL },
};
