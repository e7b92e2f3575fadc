/*
 * Tests of osdep-run on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#include <windows.h>

#define SKIP_REASON "Windows has no signals and no fork"
RUN_POSIX_CASES(TEST_SKIP)

#define RUN_TOOL(output, ...) RUN(output, PROGRAM("osdep-run"), __VA_ARGS__)

/* All of the file @name; empty if there is none. */
static void read_file(const char *name, char *text, size_t size)
{
    FILE *f = fopen(name, "rb");
    size_t len = f ? fread(text, 1, size - 1, f) : 0;

    text[len] = '\0';
    if (f) {
        fclose(f);
    }
}

void run_cannot_fork(void)
{
    char output[8192];

    CHECK_INT(RUN_TOOL(output, "--fork", "--", "cmd", "/c", "ver"), 125);
    CHECK_STR(output, "osdep-run: cannot fork child process: "
                      "Function not implemented\n");
}

void run_starts_programs(void)
{
    char output[8192];

    CHECK_INT(RUN_TOOL(output, "--", "cmd", "/c", "ver"), 0);
    CHECK_CONTAINS(output, "Windows");
    CHECK_INT(RUN_TOOL(output, PROGRAM("puppet"), "exit", "7"), 7);
    CHECK_INT(RUN_TOOL(output, PROGRAM("puppet"), "exit", "0x12345"), 0x12345);
    CHECK_INT(RUN_TOOL(output, PROGRAM("puppet"), "crash"),
              (int)STATUS_ACCESS_VIOLATION);
    CHECK_INT(RUN_TOOL(output, "-C", "..", "cmd", "/c", "cd"), 0);
    CHECK_INT(RUN_TOOL(output, "-C", "nope", "cmd", "/c", "cd"), 125);
    CHECK_CONTAINS(output, "osdep-run: cannot change directory to 'nope': ");
}

void run_names_what_cannot_be_executed(void)
{
    char output[8192];

    CHECK_INT(RUN_TOOL(output, "no-such-command"), 127);
    CHECK_CONTAINS(output, "osdep-run: cannot execute 'no-such-command': ");
    CHECK_INT(RUN_TOOL(output, ".\\nope\\nope.exe"), 127);
    CHECK_INT(RUN_TOOL(output, ".\\tests"), 126);
    CHECK_CONTAINS(output, "osdep-run: cannot execute '.\\tests': ");
}

void run_refuses_what_windows_lacks(void)
{
    char output[8192];

    CHECK_INT(RUN_TOOL(output, "-I", "INT", PROGRAM("puppet"), "fds"), 125);
    CHECK_STR(output, "osdep-run: -I: Windows has no signals to ignore\n");
    CHECK_INT(RUN_TOOL(output, "-k", "77", PROGRAM("puppet"), "fds"), 125);
    CHECK_CONTAINS(output, "descriptor 77 is not open");
}

/* Run @command, which _popen() could not pass on, and collect its output. */
static int run_wide(const wchar_t *command, char *output, size_t size)
{
    FILE *f = _wpopen(command, L"rb");
    size_t len;

    CU_ASSERT_FATAL(f != NULL);
    len = fread(output, 1, size - 1, f);
    output[len] = '\0';
    return _pclose(f);
}

/* a umlaut, and the two characters of Japan, which no one code page has */
void run_takes_unicode(void)
{
    char output[8192];

    CHECK_INT(
        run_wide(L".\\osdep-run.exe .\\puppet.exe args \x00e4\x65e5\x672c",
                 output, sizeof(output)),
        0);
    CHECK_STR(output, "\xc3\xa4\xe6\x97\xa5\xe6\x9c\xac");
    CHECK_INT(
        run_wide(L".\\osdep-run.exe \x00e4\x65e5 2>&1", output, sizeof(output)),
        127);
    CHECK_CONTAINS(output, "cannot execute '\xc3\xa4\xe6\x97\xa5': ");
    CHECK_INT(
        run_wide(L".\\osdep-inspect.exe \x00e4 2>&1", output, sizeof(output)),
        2);
    CHECK_CONTAINS(output, "'\xc3\xa4': no such argument");
    CHECK_INT(run_wide(L".\\osdep-run.exe -e \x00c4\x65e5=\x672c "
                       L".\\puppet.exe env \x00e4\x65e5",
                       output, sizeof(output)),
              0);
    CHECK_STR(output, "\xe6\x9c\xac");
    CHECK_INT(run_wide(L".\\osdep-run.exe -e \x00c4\x65e5=1 -u \x00e4\x65e5 "
                       L".\\puppet.exe env \x00c4\x65e5",
                       output, sizeof(output)),
              1);
    CHECK_STR(output, "");
    CHECK_INT(run_wide(L".\\osdep-run.exe -o \x00e4\x65e5 .\\puppet.exe fds",
                       output, sizeof(output)),
              0);
    CHECK_INT(_wunlink(L"\x00e4\x65e5"), 0);
}

/* Names are the same in any case; the PATH that is searched is ours. */
void run_edits_the_environment_of_windows(void)
{
    char output[8192];

    CHECK_INT(RUN_TOOL(output, "-e", "OSDEP_a=1", "-e", "osdep_A=2",
                       PROGRAM("puppet"), "env", "OSDEP_A"),
              0);
    CHECK_STR(output, "2");
    CHECK_INT(RUN_TOOL(output, "-u", "systemdrive", "-e", "OSDEP_A=1", "cmd",
                       "/c", "set"),
              0);
    CHECK_CONTAINS(output, "OSDEP_A=1\n");
    CHECK_INT(
        RUN_TOOL(output, "-u", "oSDEP_a", PROGRAM("puppet"), "env", "Path"), 0);
    SetEnvironmentVariableA("OSDEP_B", "1");
    CHECK_INT(RUN_TOOL(output, "-e", "OSDEP_A=1", PROGRAM("puppet"), "env",
                       "OSDEP_B"),
              0);
    CHECK_STR(output, "1");
    CHECK_INT(RUN_TOOL(output, "-i", "cmd", "/c", "exit", "3"), 3);
    CHECK_INT(RUN_TOOL(output, "-i", PROGRAM("puppet"), "env", "OSDEP_B"), 1);
    CHECK_INT(RUN_TOOL(output, "-i", PROGRAM("puppet"), "env", "SystemRoot"),
              0);
    SetEnvironmentVariableA("OSDEP_B", NULL);
}

void run_writes_files_on_windows(void)
{
    char output[8192], text[8192];

    CHECK_INT(RUN_TOOL(output, "-o", "run-out", PROGRAM("puppet"), "puts",
                       "first-and-long"),
              0);
    CHECK_STR(output, "err:first-and-long\n");
    CHECK_INT(RUN_TOOL(output, "-o", "run-out", "-E", "run-err",
                       PROGRAM("puppet"), "puts", "1"),
              0);
    CHECK_STR(output, "");
    read_file("run-out", text, sizeof(text));
    CHECK_STR(text, "1\n");
    read_file("run-err", text, sizeof(text));
    CHECK_STR(text, "err:1\n");
    CHECK_INT(RUN_TOOL(output, "-o", "run-out", "-E", "run-out",
                       PROGRAM("puppet"), "puts", "2"),
              0);
    read_file("run-out", text, sizeof(text));
    CHECK_STR(text, "2\nerr:2\n");
    CHECK_INT(RUN_TOOL(output, "-E", "nope\\nope", PROGRAM("puppet"), "fds"),
              125);
    CHECK_CONTAINS(output, "osdep-run: Could not open 'nope\\nope': ");
    unlink("run-out");
    unlink("run-err");
}

/* How many of the two whose numbers puppet printed run yet; they are ended. */
static int count_and_end(const char *pids)
{
    unsigned long pid[2] = { 0, 0 };
    int n = 0;

    CHECK_INT(sscanf(pids, "%lu %lu", &pid[0], &pid[1]), 2);
    for (int i = 0; i < 2; i++) {
        HANDLE handle =
            OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, pid[i]);

        if (handle) {
            n += WaitForSingleObject(handle, 0) == WAIT_TIMEOUT;
            TerminateProcess(handle, 0);
            CloseHandle(handle);
        }
    }
    return n;
}

void run_ends_a_tree_on_windows(void)
{
    static const char *const times[] = { "0.5", "2", "8", "32" };
    static const char *const options[] = { "-g", "-s", "-t1000" };
    char output[8192], pids[100] = "";

    for (int i = 0; i < 4 && !*pids; i++) {
        CHECK_INT(RUN_TOOL(output, "-o", "run-out", "-t", times[i], "-K", "1",
                           PROGRAM("puppet"), "tree"),
                  124);
        CHECK_STR(output, "");
        read_file("run-out", pids, sizeof(pids));
    }
    CHECK_INT(count_and_end(pids), 0);
    /* The control: they stay if the time is not over. */
    for (int i = 0; i < 3; i++) {
        CHECK_INT(RUN_TOOL(output, "-o", "run-out", options[i], "-E", "run-err",
                           PROGRAM("puppet"), "tree-and-exit"),
                  0);
        read_file("run-out", pids, sizeof(pids));
        CHECK_INT(count_and_end(pids), 2);
    }
    unlink("run-out");
    unlink("run-err");
}

/* Start osdep-run @option with a puppet that sleeps; in its own group. */
static HANDLE start_sleeper(const wchar_t *option, DWORD *pid)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION info;
    wchar_t command[200];

    swprintf(command, 200,
             L".\\osdep-run.exe %ls -o run-out .\\puppet.exe tree", option);
    CU_ASSERT_FATAL(CreateProcessW(NULL, command, NULL, NULL, FALSE,
                                   CREATE_NEW_PROCESS_GROUP, NULL, NULL,
                                   &startup, &info));
    CloseHandle(info.hThread);
    *pid = info.dwProcessId;
    return info.hProcess;
}

/*
 * Ctrl-Break ends the puppet, be it told by the console or, when it is in a
 * group that is not ours, by osdep-run, which tells how that ended.
 */
void run_survives_ctrl_break(void)
{
    static const wchar_t *const options[] = { L"-p", L"-pg" };
    char pids[100];

    for (int i = 0; i < 2; i++) {
        HANDLE tool;
        DWORD pid, status = 0;

        unlink("run-out");
        tool = start_sleeper(options[i], &pid);
        do {
            Sleep(10);
            read_file("run-out", pids, sizeof(pids));
        } while (!strchr(pids, '\n') &&
                 WaitForSingleObject(tool, 0) == WAIT_TIMEOUT);
        if (!GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, pid)) {
            skip("no console here");
            TerminateProcess(tool, 0);
        } else {
            CHECK_INT(WaitForSingleObject(tool, 100000), WAIT_OBJECT_0);
            GetExitCodeProcess(tool, &status);
            CHECK_INT((int)status, (int)STATUS_CONTROL_C_EXIT);
        }
        count_and_end(pids);
        CloseHandle(tool);
    }
    unlink("run-out");
}
