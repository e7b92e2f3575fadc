/*
 * Running programs from tests, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <io.h>
#include <windows.h>

#include "tests/helpers/process.h"

const int aborted_status = 3; /* abort(), Microsoft's C runtime reference */

/* The exit status of @command, with what it prints; -1 if cmd.exe did not run. */
static int run_command(const char *command, char *output, size_t size)
{
    size_t len = 0;
    char c;
    FILE *f = _popen(command, "r");

    output[0] = '\0';
    if (!f) {
        return -1;
    }
    while (fread(&c, 1, 1, f) > 0) {
        if (c != '\r' && len < size - 1) {
            output[len++] = c;
        }
    }
    output[len] = '\0';
    return _pclose(f);
}

int run_program(const char *const *argv, char *output, size_t size)
{
    const int not_recognized =
        9009; /* cmd.exe: it could not start the program */
    char command[4096] = "";
    int status = -1;

    for (; *argv; argv++) {
        strcat(strcat(command, *argv), " ");
    }
    strcat(command, "2>&1");
    /* On a machine under load Wine fails to start one now and then. */
    for (int i = 0; i < 5 && (status == -1 || status == not_recognized); i++) {
        status = run_command(command, output, size);
    }
    return status;
}

const char *read_all(int fd)
{
    static char text[4096];
    size_t len = 0;
    int n;

    while ((n = _read(fd, text + len, (unsigned)(sizeof(text) - 1 - len))) >
           0) {
        len += (size_t)n;
    }
    text[len] = '\0';
    _close(fd);
    return text;
}

/* Wait for the end of process @pid; true if there is none any more. */
static bool has_ended(long pid, DWORD timeout_ms)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)pid);
    DWORD ended;

    if (!process) {
        return true;
    }
    ended = WaitForSingleObject(process, timeout_ms);
    CloseHandle(process);
    return ended == WAIT_OBJECT_0;
}

bool process_is_alive(long pid)
{
    return !has_ended(pid, 0);
}

bool process_ends(long pid)
{
    return has_ended(pid, 30000);
}

void kill_process(long pid)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, (DWORD)pid);

    if (process) {
        TerminateProcess(process, 1);
        CloseHandle(process);
    }
}
