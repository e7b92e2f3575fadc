/*
 * Tests of osdep in hostile surroundings, on Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * Those that it has as POSIX systems do, and that test-process-win32.c has not.
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"
#include "tests/helpers/refused.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "osdep/process.h"

#define SKIP_REASON "about the ways of POSIX systems"
HOSTILE_POSIX_CASES(TEST_SKIP)

#define FILE_NAME "hostile-file.exe"
#define FILE_NAME_W L"hostile-file.exe"
#define FOLDER_W L"hostile-folder"

/* Says "x\n" on stdout, "err:x\n" on stderr. */
static const char *const puts_argv[] = { PROGRAM("puppet"), "puts", "x", NULL };

/* Close these of 0, 1 and 2, run it, and have them back. */
static bool runs_without(int closed, OsdepRunResult *result)
{
    const OsdepSpawnOptions options = { .argv = puts_argv };
    const OsdepRunOptions how = { .input = "x",
                                  .input_len = 1,
                                  .timeout_ms = 30000 };
    int saved[3];
    bool ran;

    for (int fd = 0; fd < 3; fd++) {
        saved[fd] = _dup(fd);
    }
    for (int fd = 0; fd < 3; fd++) {
        if (closed & 1 << fd) {
            _close(fd);
        }
    }
    ran = osdep_run(&options, &how, result, NULL);
    for (int fd = 0; fd < 3; fd++) {
        _dup2(saved[fd], fd);
        _close(saved[fd]);
    }
    return ran;
}

/* The pipes then take their numbers. */
void windows_streams_are_closed(void)
{
    OsdepRunResult result;

    for (int closed = 0; closed < 8; closed++) {
        printf("# closed: %d\n", closed);
        if (!runs_without(closed, &result)) {
            CU_FAIL("osdep_run");
            continue;
        }
        CHECK_STR(result.out, "x\n");
        CHECK_STR(result.err, "err:x\n");
        CHECK_INT(result.exit.code, 0);
        osdep_run_result_clear(&result);
    }
}

static void check_runs(const OsdepSpawnOptions *options)
{
    const OsdepRunOptions how = { .timeout_ms = 30000 };
    OsdepRunResult result;
    Error *err = NULL;

    if (!osdep_run(options, &how, &result, &err)) {
        printf("# %s\n", error_get_pretty(err));
        error_free(err);
        CU_FAIL("osdep_run");
        return;
    }
    CHECK_STR(result.out, "x\n");
    osdep_run_result_clear(&result);
}

/* No variable can have more than 32,766 units (SetEnvironmentVariableW). */
void windows_path_is_unset_or_long(void)
{
    static WCHAR old[32767], path[32767];
    static char given[1 << 20] = "PATH=";
    const char *argv[] = { "hostile-tool", "puts", "x", NULL };
    const char *env[] = { given, NULL };
    OsdepSpawnOptions options = { .argv = argv };
    size_t n = 0;

    GetEnvironmentVariableW(L"PATH", old, 32767);
    CreateDirectoryW(FOLDER_W, NULL);
    CU_ASSERT(CopyFileW(L"puppet.exe", FOLDER_W L"\\hostile-tool.exe", FALSE));

    SetEnvironmentVariableW(L"PATH", NULL);
    check_refused(&options, ENOENT, "cannot execute 'hostile-tool': ");
    SetEnvironmentVariableW(L"PATH", L"");
    check_refused(&options, ENOENT, "cannot execute 'hostile-tool': ");

    while (n < 32700) {
        wcscpy(path + n, L"nope;");
        n += 5;
    }
    wcscpy(path + n, FOLDER_W);
    SetEnvironmentVariableW(L"PATH", path);
    check_runs(&options);
    SetEnvironmentVariableW(L"PATH", old);

    /* Given, it may be any length: the block of a program has no limit. */
    n = strlen(given);
    memset(given + n, 'x', 40000); /* longer than any path */
    n += 40000;
    while (n < sizeof(given) - 100) {
        strcpy(given + n, ";nope");
        n += 5;
    }
    strcpy(given + n, ";hostile-folder");
    options.env = env;
    check_runs(&options);

    DeleteFileW(FOLDER_W L"\\hostile-tool.exe");
    RemoveDirectoryW(FOLDER_W);
}

/* The kin of ETXTBSY. */
void windows_files_are_held(void)
{
    const char *argv[] = { PROGRAM("hostile-file"), "puts", "x", NULL };
    OsdepSpawnOptions options = {
        .argv = puts_argv,
        .out = { .kind = OSDEP_STDIO_FILE,
                 .path = FILE_NAME,
                 .mode = OSDEP_FILE_TRUNCATE },
    };
    HANDLE held;

    CU_ASSERT(CopyFileW(L"puppet.exe", FILE_NAME_W, FALSE));
    held = CreateFileW(FILE_NAME_W, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                       OPEN_EXISTING, 0, NULL);
    CU_ASSERT(held != INVALID_HANDLE_VALUE);
    check_refused(&options, EACCES, "'" FILE_NAME "': ");
    options = (OsdepSpawnOptions){ .argv = argv };
    check_refused(&options, EACCES,
                  "cannot execute '" PROGRAM("hostile-file") "': ");
    CloseHandle(held);
    check_runs(&options);
    DeleteFileW(FILE_NAME_W);
}
