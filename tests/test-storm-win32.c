/*
 * Tests of what holds in a storm on Windows: handles that come and go
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

#include <process.h>
#include <stdatomic.h>
#include <windows.h>

#include "osdep/process.h"

#define SKIP_REASON "about signals and fork"
STORM_POSIX_CASES(TEST_SKIP)

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* By its size, which no other file has, a child knows the file. */
enum { ODD_SIZE = 76543, N_OPENERS = 2, N_CHILDREN = 20 };
static const char *const argv[] = { PROGRAM("puppet"), "has-file", "76543",
                                    NULL };
static WCHAR command[] = L"puppet has-file 76543";

static HANDLE file;
static atomic_bool stop;
static atomic_long rounds;

/* Inheritable handles of the file, at full speed. */
static unsigned int __stdcall open_handles(void *opaque)
{
    const HANDLE self = GetCurrentProcess();

    (void)opaque;
    while (!atomic_load(&stop)) {
        HANDLE handles[16] = { NULL };

        for (int i = 0; i < 16; i++) {
            DuplicateHandle(self, file, self, &handles[i], 0, TRUE,
                            DUPLICATE_SAME_ACCESS);
        }
        for (int i = 0; i < 16; i++) {
            CloseHandle(handles[i]);
        }
        atomic_fetch_add(&rounds, 1);
        SwitchToThread(); /* children have to be started, too */
    }
    return 0;
}

/* The child has the file: 1; it has not: 0; else it is none. */
static int osdep_launch(void)
{
    OsdepSpawnOptions options = { .argv = argv };
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(&options, &err);
    OsdepExit how = { .code = 100 };

    if (!process) {
        /* Wine's, under load: see feed() in test-process-win32.c. */
        unsigned long code = osdep_error_get_win32(err);

        error_free(err);
        return code == ERROR_INTERNAL_ERROR ? -1 : 100;
    }
    osdep_process_wait(process, -1, &how, &error_warn);
    osdep_process_free(process);
    return (int)how.code;
}

/* The control: what all do who have something to inherit. */
static int naive_launch(void)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION info;
    DWORD code = 100;

    if (!CreateProcessW(L"puppet.exe", command, NULL, NULL, TRUE, 0, NULL, NULL,
                        &startup, &info)) {
        return -1;
    }
    WaitForSingleObject(info.hProcess, INFINITE);
    GetExitCodeProcess(info.hProcess, &code);
    CloseHandle(info.hThread);
    CloseHandle(info.hProcess);
    return (int)code;
}

void no_handle_leaks_in_a_race(void)
{
    HANDLE threads[N_OPENERS];
    int n_spawned = 0, n_naive = 0, code = 0, failed = 0;

    file = CreateFileW(L"storm-file", GENERIC_READ | GENERIC_WRITE,
                       FILE_SHARE_READ, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CU_ASSERT_FATAL(file != INVALID_HANDLE_VALUE);
    SetFilePointer(file, ODD_SIZE, NULL, FILE_BEGIN);
    CU_ASSERT(SetEndOfFile(file));
    for (int i = 0; i < N_OPENERS; i++) {
        threads[i] =
            (HANDLE)_beginthreadex(NULL, 0, open_handles, NULL, 0, NULL);
        CU_ASSERT_FATAL(threads[i] != NULL);
    }
    while (n_spawned < N_CHILDREN && code == 0 && failed < 10) {
        code = osdep_launch();
        if (code < 0) {
            failed++;
            code = 0;
        } else {
            n_spawned++;
        }
    }
    CHECK_INT(code, 0);
    CHECK_INT(n_spawned, N_CHILDREN);
    for (code = 0; n_naive < 1000 && code != 1; n_naive++) {
        code = naive_launch();
    }
    CHECK_INT(code, 1);
    atomic_store(&stop, true);
    for (int i = 0; i < N_OPENERS; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    CloseHandle(file);
    printf(
        "# count: race of handles: %d children of osdep_spawn(), none with one; "
        "child %d of CreateProcessW() with; %ld rounds of opening\n",
        n_spawned, n_naive, atomic_load(&rounds));
}

/* Children that inherit everything and live on for longer than a run may last. */
enum { N_RUNS = 30, RUN_MS = 10000, MAX_SLEEPERS = 4000 };

static atomic_bool by_create_process;
static HANDLE sleepers[MAX_SLEEPERS];
static atomic_int n_sleepers;
static atomic_int n_started; /* in all; a race with none is none */
static int n_ran;

static HANDLE start_sleeper(void)
{
    const OsdepSpawnOptions options = {
        .argv = ARGV(PROGRAM("puppet"), "sleep", "100"),
        .in.kind = OSDEP_STDIO_NULL,
        .out.kind = OSDEP_STDIO_NULL,
        .err.kind = OSDEP_STDIO_NULL,
        .flags = OSDEP_SPAWN_INHERIT_FDS,
    };
    WCHAR sleep_command[] = L"puppet sleep 100";
    STARTUPINFOW startup = { .cb = sizeof(startup),
                             .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION info;
    OsdepProcess *process;
    HANDLE handle = NULL;

    if (atomic_load(&by_create_process)) {
        if (CreateProcessW(L"puppet.exe", sleep_command, NULL, NULL, TRUE, 0,
                           NULL, NULL, &startup, &info)) {
            CloseHandle(info.hThread);
            handle = info.hProcess;
        }
        return handle;
    }
    process = osdep_spawn(&options, NULL);
    if (process) {
        DuplicateHandle(
            GetCurrentProcess(), (HANDLE)osdep_process_pollable(process),
            GetCurrentProcess(), &handle, 0, FALSE, DUPLICATE_SAME_ACCESS);
        osdep_process_free(process);
    }
    return handle;
}

static void end_sleepers(void)
{
    for (int n = atomic_load(&n_sleepers); n > 0; n--) {
        TerminateProcess(sleepers[n - 1], 0);
        CloseHandle(sleepers[n - 1]);
    }
    atomic_store(&n_sleepers, 0);
}

static unsigned int __stdcall start_sleepers(void *opaque)
{
    (void)opaque;
    while (!atomic_load(&stop)) {
        HANDLE sleeper =
            atomic_load(&n_sleepers) < MAX_SLEEPERS ? start_sleeper() : NULL;

        if (sleeper) {
            sleepers[atomic_load(&n_sleepers)] = sleeper;
            atomic_fetch_add(&n_sleepers, 1);
            atomic_fetch_add(&n_started, 1);
        }
        /* Only the latest one can have a handle of what runs now. */
        while (atomic_load(&n_sleepers) >= 8 && !atomic_load(&stop)) {
            SwitchToThread();
        }
    }
    return 0;
}

/*
 * Returns: how many of @n runs, or 1 of them, ended at the deadline.  Counts in
 * n_ran the runs, and in n_started the sleepers, that could be started.
 */
static int count_held_runs(int n, bool until_one)
{
    const OsdepSpawnOptions options = { .argv = ARGV(PROGRAM("puppet"), "puts",
                                                     "x") };
    const OsdepRunOptions how = { .timeout_ms = RUN_MS };
    HANDLE thread;
    int held = 0;

    n_ran = 0;
    atomic_store(&n_started, 0);
    atomic_store(&stop, false);
    thread = (HANDLE)_beginthreadex(NULL, 0, start_sleepers, NULL, 0, NULL);
    CU_ASSERT_FATAL(thread != NULL);
    for (int i = 0; i < n && !(until_one && held); i++) {
        OsdepRunResult result;

        if (osdep_run(&options, &how, &result, NULL)) {
            n_ran++;
            held += result.timed_out;
            CHECK_STR(result.out, "x\n");
        }
        osdep_run_result_clear(&result);
        if (atomic_load(&n_sleepers) >= 8) {
            /* The thread waits for this. */
            end_sleepers();
        }
    }
    atomic_store(&stop, true);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    end_sleepers();
    return held;
}

/*
 * A child that inherits everything does not get the pipes of another thread's
 * run, which would not end before it.  The control is CreateProcessW(), which
 * knows nothing of the lock.
 */
void no_pipe_leaks_in_a_race(void)
{
    int held, n_beside;

    atomic_store(&by_create_process, false);
    held = count_held_runs(N_RUNS, false);
    CHECK_INT(held, 0);
    /* Wine cannot start a few of them on a machine under load. */
    CU_ASSERT(n_ran > N_RUNS / 2);
    n_beside = atomic_load(&n_started);
    CU_ASSERT(n_beside > 0);
    atomic_store(&by_create_process, true);
    CHECK_INT(count_held_runs(1000, true), 1);
    printf("# count: race of pipes: %d runs beside %d children that inherit "
           "everything, %d held by one\n",
           N_RUNS, n_beside, held);
}
