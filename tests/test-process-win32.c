/*
 * Tests of osdep/process.h that only Windows can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"
#include "tests/helpers/random-args.h"

#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <time.h>
#include <windows.h>

#include "osdep/fd.h"
#include "osdep/process.h"
#include "util/osdep-process-win32.h"

#define SKIP_REASON "about the ways of POSIX systems"
PROCESS_POSIX_CASES(TEST_SKIP)

#define PUPPET_EXE PROGRAM("puppet")
#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* clang-format off */
#define STDIO_FILE(name, how) \
    { .kind = OSDEP_STDIO_FILE, .path = (name), .mode = OSDEP_FILE_##how }
/* clang-format on */
#define READ(name) STDIO_FILE(name, READ)
#define TRUNCATE(name) STDIO_FILE(name, TRUNCATE)
#define APPEND(name) STDIO_FILE(name, APPEND)

/* A folder of our own below the current one; e with an acute accent. */
#define FOLDER "process-\xc3\xa9"
#define FOLDER_W L"process-\u00e9"

/* Allocation number @fail_at, counted from 1, fails; and so do all after it? */
static int allocations, fail_at;
static bool fail_all_after;

#if HAVE_LINKER_WRAP

static bool allocation_fails(void)
{
    return fail_at && (++allocations == fail_at ||
                       (fail_all_after && allocations > fail_at));
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(p, size);
}

#endif

/*
 * osdep_run() that must not fail.  On a machine under load Wine's
 * CreateProcessW() fails now and then with ERROR_INTERNAL_ERROR: 3 of 5,000.
 */
static OsdepRunResult feed(const OsdepSpawnOptions *options, const char *input,
                           size_t len, int timeout_ms)
{
    const OsdepRunOptions how = { .input = input,
                                  .input_len = len,
                                  .timeout_ms = timeout_ms };
    OsdepRunResult result;
    Error *err = NULL;
    bool ran = false;

    for (int i = 0; i < 3 && !ran; i++) {
        error_free(err);
        err = NULL;
        ran = osdep_run(options, &how, &result, &err);
        if (err && osdep_error_get_win32(err) != ERROR_INTERNAL_ERROR) {
            break;
        }
    }
    if (!ran) {
        printf("# %s: %s\n", options->argv[0], error_get_pretty(err));
        error_free(err);
        CU_FAIL("osdep_run");
        result.out = calloc(1, 1);
        result.err = calloc(1, 1);
        result.exit.code = 12345;
    }
    return result;
}

/* ... nor end at its deadline: 30 seconds are for ever. */
static OsdepRunResult run(const OsdepSpawnOptions *options)
{
    OsdepRunResult result = feed(options, NULL, 0, 30000);

    CU_ASSERT_FALSE(result.timed_out);
    return result;
}

static void check_out_and_code(const OsdepSpawnOptions *options,
                               const char *expected, uint32_t code)
{
    OsdepRunResult result = run(options);

    CHECK_STR(result.out, expected);
    CHECK_INT(result.exit.kind, OSDEP_EXITED);
    CHECK_INT(result.exit.code, code);
    osdep_run_result_clear(&result);
}

/* It prints @expected on stdout, and exits with 0. */
static void check_out(const OsdepSpawnOptions *options, const char *expected)
{
    check_out_and_code(options, expected, 0);
}

static uint32_t run_code(const OsdepSpawnOptions *options)
{
    OsdepRunResult result = run(options);
    uint32_t code = result.exit.code;

    CHECK_INT(result.exit.kind, OSDEP_EXITED);
    osdep_run_result_clear(&result);
    return code;
}

/* It cannot be started: the message, the errno, and the step that fails. */
static void check_failure(const OsdepSpawnOptions *options, const char *message,
                          int code, OsdepStep step)
{
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(options, &err);

    CU_ASSERT_PTR_NULL(process);
    if (process) {
        printf("# was started, not: %s\n", message);
        osdep_process_kill(process, NULL);
        osdep_process_free(process);
        return;
    }
    CHECK_CONTAINS(error_get_pretty(err), message);
    CHECK_INT(osdep_error_get_errno(err), code);
    CHECK_INT(osdep_error_get_step(err), step);
    error_free(err);
}

static OsdepProcess *spawn(const OsdepSpawnOptions *options)
{
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(options, &err);

    if (!process) {
        printf("# %s: %s\n", options->argv[0], error_get_pretty(err));
        error_free(err);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    return process;
}

static OsdepExit wait_for(OsdepProcess *process)
{
    OsdepExit how = { 0 };

    CHECK_INT(osdep_process_wait(process, 30000, &how, NULL), 1);
    return how;
}

static void write_file(const WCHAR *path, const char *text)
{
    FILE *f = _wfopen(path, L"wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

static void make_folder(void)
{
    CreateDirectoryW(FOLDER_W, NULL);
    CreateDirectoryW(FOLDER_W L"\\bin x", NULL);
    CreateDirectoryW(FOLDER_W L"\\dir.exe", NULL);
    CreateDirectoryW(FOLDER_W L"\\bin x\\tool.com", NULL);
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x\\tool.exe", FALSE);
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x\\plain", FALSE);
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x\\tool-1.2.exe", FALSE);
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x\\com.com", FALSE);
    write_file(FOLDER_W L"\\bin x\\com.exe", "no program");
    write_file(FOLDER_W L"\\text.exe", "no program");
    write_file(FOLDER_W L"\\x.bat", "@echo [%1] [%~2]\r\n@exit 7\r\n");
}

static void remove_folder(void)
{
    static const WCHAR *const files[] = {
        L"\\bin x\\tool.exe",
        L"\\bin x\\plain",
        L"\\bin x\\tool-1.2.exe",
        L"\\bin x\\com.com",
        L"\\bin x\\com.exe",
        L"\\text.exe",
        L"\\x.bat",
        L"\\out",
    };
    static const WCHAR *const folders[] = { L"\\bin x\\tool.com", L"\\bin x",
                                            L"\\dir.exe", L"" };
    WCHAR path[100];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        DeleteFileW(wcscat(wcscpy(path, FOLDER_W), files[i]));
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        RemoveDirectoryW(wcscat(wcscpy(path, FOLDER_W), folders[i]));
    }
}

/* Does `puppet @what ...` print @args, each ended by a NUL? */
static bool comes_back(const char *what, const RandomArgs *args)
{
    const char *argv[MAX_RANDOM_ARGS + 3] = { PUPPET_EXE, what };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    const char *at;
    bool same = true;

    memcpy(argv + 2, args->argv, sizeof(args->argv));
    result = run(&options);
    at = result.out;
    for (int i = 0; i < args->argc; i++) {
        size_t left = (size_t)(result.out + result.out_len - at);
        size_t len = strlen(args->argv[i]) + 1;

        if (left < len || memcmp(at, args->argv[i], len) != 0) {
            printf("# %s: [%s] is not [%s]\n", what, left ? at : "",
                   args->argv[i]);
            same = false;
            break;
        }
        at += len;
    }
    same = same && at == result.out + result.out_len;
    osdep_run_result_clear(&result);
    return same;
}

void random_arguments_come_back(void)
{
    int n = number_from_env("OSDEP_TEST_VECTORS", 200), bad = 0;
    uint32_t seed = random_seed((int)time(NULL));
    RandomArgs args = { .state = seed };

    for (int i = 0; i < n && bad < 3; i++) {
        random_args(&args);
        /* The C runtime takes most of them apart, shell32.dll the others. */
        bad += !comes_back(i % 4 ? "args" : "shell-args", &args);
    }
    CHECK_INT(bad, 0);
    if (bad) {
        printf("# OSDEP_TEST_SEED=%u\n", seed);
    }
}

void first_argument_is_passed_on(void)
{
    OsdepSpawnOptions options = { .argv =
                                      ARGV("C:\\no such\\\xc3\xa9", "argv0"),
                                  .program = PUPPET_EXE };

    check_out(&options, "C:\\no such\\\xc3\xa9");
    options.argv = ARGV("", "argv0");
    check_out(&options, "");
    options.argv = ARGV("a\"b", "argv0");
    check_failure(&options, "argv[0]: 'a\"b' holds '\"'", EINVAL,
                  OSDEP_STEP_CHECK);
}

void long_command_line_is_refused(void)
{
    static char word[32768];
    OsdepSpawnOptions options = { .argv = ARGV("p", "args", word),
                                  .program = PUPPET_EXE };
    const size_t longest = 32766 - strlen("p args ");
    OsdepRunResult result;

    memset(word, 'x', longest);
    result = run(&options);
    CHECK_INT(result.out_len, longest + 1);
    osdep_run_result_clear(&result);
    word[longest] = 'x';
    check_failure(&options,
                  "the command line has 32768 UTF-16 units, the limit is 32767",
                  E2BIG, OSDEP_STEP_CHECK);
}

void text_must_be_utf8(void)
{
    const OsdepSpawnOptions good = { .argv = ARGV(PUPPET_EXE, "exit", "0") };
    OsdepSpawnOptions bad = good;

    bad.argv = ARGV(PUPPET_EXE, "exit", "0\xff");
    check_failure(&bad, "argv[2]: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad.argv = ARGV("\xc0\xaf");
    check_failure(&bad, "argv[0]: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.program = "p\xed\xa0\x80"; /* half a surrogate pair */
    check_failure(&bad, "program: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.cwd = "\xe9";
    check_failure(&bad, "cwd: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.env = ARGV("A=b", "C=\xe9");
    check_failure(&bad, "env[1]: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.in = (OsdepStdio){ .kind = OSDEP_STDIO_FILE, .path = "\xe9" };
    check_failure(&bad, "in: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                            .path = "\xe9",
                            .mode = OSDEP_FILE_APPEND };
    check_failure(&bad, "out: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
    bad = good;
    bad.err = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                            .path = "\xe9",
                            .mode = OSDEP_FILE_TRUNCATE };
    check_failure(&bad, "err: not valid UTF-8", EINVAL, OSDEP_STEP_CHECK);
}

/*
 * An inheritable handle with a number that a new process does not come to by
 * itself.
 */
static HANDLE high_handle(void)
{
    SECURITY_ATTRIBUTES inherit = { .nLength = sizeof(inherit),
                                    .bInheritHandle = TRUE };
    HANDLE handles[1100];

    for (int i = 0; i < 1100; i++) {
        handles[i] = CreateEventW(&inherit, TRUE, FALSE, NULL);
    }
    for (int i = 0; i < 1099; i++) {
        CloseHandle(handles[i]);
    }
    CU_ASSERT_FATAL((uintptr_t)handles[1099] >= 0x1000);
    return handles[1099];
}

/* The exit code of a child that has nothing to inherit from us. */
static uint32_t code_without_streams(const OsdepSpawnOptions *options)
{
    OsdepProcess *process;
    uint32_t code;
    int saved[3];

    for (int i = 0; i < 3; i++) {
        saved[i] = _dup(i);
    }
    for (int i = 0; i < 3; i++) {
        _close(i);
    }
    process = osdep_spawn(options, NULL);
    for (int i = 0; i < 3; i++) {
        _dup2(saved[i], i);
        _close(saved[i]);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    code = wait_for(process).code;
    osdep_process_free(process);
    return code;
}

void unnamed_handles_are_not_inherited(void)
{
    HANDLE handle = high_handle();
    int plain = _dup(1); /* inheritable, as the C runtime has it */
    char text[32];
    OsdepPassFd pass = { plain, plain };
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "handle", text),
                                  .pass_fds = &pass };

    snprintf(text, sizeof(text), "%llx", (unsigned long long)(uintptr_t)handle);
    CHECK_INT(run_code(&options), 1);
    /* A list with more in it than the streams. */
    options.n_pass_fds = 1;
    CHECK_INT(run_code(&options), 1);
    options.n_pass_fds = 0;
    CHECK_INT(code_without_streams(&options), 1);
    /* The control. */
    options.flags = OSDEP_SPAWN_INHERIT_FDS;
    CHECK_INT(run_code(&options), 0);
    CHECK_INT(code_without_streams(&options), 0);
    CloseHandle(handle);
    _close(plain);
}

static bool is_inheritable(int fd)
{
    DWORD flags = 0;

    CU_ASSERT(GetHandleInformation((HANDLE)_get_osfhandle(fd), &flags));
    return flags & HANDLE_FLAG_INHERIT;
}

static void check_passed(int fds[2], bool inheritable)
{
    char number[16], expected[64];
    OsdepPassFd pass[] = { { fds[1], 40 }, { fds[1], fds[1] }, { 2, 2 } };
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "write-fd", number, "h\xc3\xa9llo"),
        .out.kind = OSDEP_STDIO_INHERIT,
        .pass_fds = pass,
        .n_pass_fds = 3,
    };
    OsdepProcess *process;

    strcpy(number, "40");
    process = spawn(&options);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_INT(is_inheritable(fds[1]), inheritable);

    options.argv = ARGV(PUPPET_EXE, "fds");
    options.out.kind = OSDEP_STDIO_DEFAULT;
    options.n_pass_fds = 2;
    snprintf(expected, sizeof(expected), "0 1 2 %d 40\n", fds[1]);
    check_out(&options, expected);
    options.n_pass_fds = 0;
    check_out(&options, "0 1 2\n");

    _close(fds[1]);
    CHECK_STR(read_all(fds[0]), "h\xc3\xa9llo");
}

void passed_descriptors_are_open(void)
{
    int fds[2];

    CU_ASSERT_TRUE_FATAL(osdep_pipe(fds, NULL));
    check_passed(fds, false);
    CU_ASSERT_FATAL(_pipe(fds, 4096, _O_BINARY) == 0);
    check_passed(fds, true);
}

void many_passed_descriptors_are_open(void)
{
    int fds[20], high, *highest = &fds[19];
    char number[16];
    OsdepPassFd pass[20];
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "read-fd", number),
        .pass_fds = pass,
        .n_pass_fds = 20,
    };

    make_folder();
    for (int i = 0; i < 20; i++) {
        fds[i] = _open("NUL", _O_RDONLY | _O_NOINHERIT);
    }
    _close(*highest);
    high = _wopen(FOLDER_W L"\\text.exe", _O_RDONLY | _O_NOINHERIT);
    *highest = _dup2(high, 200) == 0 ? 200 : -1;
    for (int i = 0; i < 20; i++) {
        pass[i] = (OsdepPassFd){ fds[i], fds[i] };
    }
    snprintf(number, sizeof(number), "%d", *highest);
    check_out(&options, "no program");
    options.argv = ARGV(PUPPET_EXE, "read-fd", number);
    options.n_pass_fds = 19;
    CHECK_INT(run_code(&options), 98);
    _close(high);
    for (int i = 0; i < 20; i++) {
        _close(fds[i]);
    }
    remove_folder();
}

void streams_are_swapped(void)
{
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "puts", "x"),
        .out = { .kind = OSDEP_STDIO_FD, .fd = 2 },
        .err = { .kind = OSDEP_STDIO_FD, .fd = 1 },
    };
    int saved[] = { _dup(1), _dup(2) }, a[2], b[2];
    OsdepProcess *process;

    CU_ASSERT_TRUE_FATAL(osdep_pipe(a, NULL) && osdep_pipe(b, NULL));
    _dup2(a[1], 1);
    _dup2(b[1], 2);
    process = osdep_spawn(&options, NULL);
    _dup2(saved[0], 1);
    _dup2(saved[1], 2);
    _close(saved[0]);
    _close(saved[1]);
    _close(a[1]);
    _close(b[1]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_STR(read_all(a[0]), "err:x\n");
    CHECK_STR(read_all(b[0]), "x\n");

    options.out = (OsdepStdio){ .kind = OSDEP_STDIO_PIPE };
    options.err = (OsdepStdio){ .kind = OSDEP_STDIO_STDOUT };
    check_out(&options, "x\nerr:x\n");
}

void streams_go_to_files(void)
{
    static const char *const path = FOLDER "\\out";
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "puts", "one"),
        .out = TRUNCATE(path),
        .err = { .kind = OSDEP_STDIO_NULL },
    };
    int fd;

    make_folder();
    write_file(FOLDER_W L"\\out", "something longer");
    CHECK_INT(run_code(&options), 0);
    options.argv = ARGV(PUPPET_EXE, "puts", "two");
    options.out.mode = OSDEP_FILE_APPEND;
    CHECK_INT(run_code(&options), 0);
    fd = _wopen(FOLDER_W L"\\out", _O_RDONLY | _O_BINARY);
    CHECK_STR(read_all(fd), "one\ntwo\n");

    options = (OsdepSpawnOptions){
        .argv = ARGV(PUPPET_EXE, "cat"),
        .in = READ(path),
    };
    check_out(&options, "one\ntwo\n");
    options.argv = ARGV(PUPPET_EXE, "count");
    options.in.kind = OSDEP_STDIO_NULL;
    check_out(&options, "0");
    options.in = (OsdepStdio)READ(FOLDER "\\nope");
    check_failure(&options, "Could not open '" FOLDER "\\nope': ", ENOENT,
                  OSDEP_STEP_STREAM);
    remove_folder();
}

/* How a test gives a file to a child, which writes "x\n" to it. */
typedef enum Way {
    AS_OUT,
    AS_PASSED,
    AS_INHERITED,
    AS_INHERITED_ERR,
    N_WAYS,
} Way;

/*
 * What is in the file, which has "0123456789", after the child has written to
 * our descriptor, opened with @flags and at @position.
 */
static const char *written_in(const OsdepRuntime *runtime, Way way, int flags,
                              long position)
{
    static const char *const numbers[] = { "1", "60", "1", "2" };
    const OsdepPassFd pass = { 50, 60 };
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "write-fd",
                                               numbers[way], "x\n") };
    int fd, stream = way == AS_INHERITED_ERR ? 2 : 1, saved = _dup(stream);
    OsdepProcess *process;

    write_file(FOLDER_W L"\\out", "0123456789");
    fd = _wopen(FOLDER_W L"\\out", flags);
    CU_ASSERT_FATAL(fd >= 0 && _dup2(fd, 50) == 0);
    _close(fd);
    _lseek(50, position, SEEK_SET);
    if (way == AS_OUT) {
        options.out = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 50 };
    } else if (way == AS_PASSED) {
        options.pass_fds = &pass;
        options.n_pass_fds = 1;
    } else {
        _dup2(50, stream);
    }
    process = osdep_spawn_sized(&options, sizeof(options), runtime, NULL);
    _dup2(saved, stream);
    _close(saved);
    _close(50);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    return read_all(_wopen(FOLDER_W L"\\out", _O_RDONLY | _O_BINARY));
}

static const char *written(Way way, int flags, long position)
{
    return written_in(osdep_runtime(), way, flags, position);
}

void appending_descriptors_append(void)
{
    static const int flags[] = {
        _O_WRONLY | _O_APPEND | _O_BINARY,
        _O_WRONLY | _O_APPEND | _O_TEXT,
        _O_RDWR | _O_APPEND | _O_BINARY,
        _O_WRONLY | _O_APPEND | _O_BINARY | _O_NOINHERIT,
    };

    make_folder();
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        for (Way way = AS_OUT; way < N_WAYS; way++) {
            CHECK_STR(written(way, flags[i], 0), "0123456789x\n");
            CHECK_STR(written(way, flags[i], 5), "0123456789x\n");
        }
    }
    remove_folder();
}

/* The control: all are not taken for descriptors that append. */
void others_write_where_they_are(void)
{
    make_folder();
    for (Way way = AS_OUT; way < N_WAYS; way++) {
        CHECK_STR(written(way, _O_WRONLY | _O_BINARY, 0), "x\n23456789");
        CHECK_STR(written(way, _O_RDWR | _O_BINARY, 5), "01234x\n789");
        CHECK_STR(written(way, _O_RDWR | _O_TEXT, 5), "01234x\n789");
    }
    remove_folder();
}

/* Another program appends to the file. */
static void append_more(void)
{
    int fd = _wopen(FOLDER_W L"\\out", _O_WRONLY | _O_APPEND | _O_BINARY);

    CHECK_INT(_write(fd, "more", 4), 4);
    _close(fd);
}

/* ... before and after the runtime moves the position to the end. */
static int begin_write_while_others_append(int fd)
{
    int began;

    append_more();
    began = osdep_runtime()->begin_write(fd);
    append_more();
    return began;
}

void appending_is_found_while_others_append(void)
{
    OsdepRuntime runtime = *osdep_runtime();

    runtime.begin_write = begin_write_while_others_append;
    make_folder();
    for (Way way = AS_OUT; way < N_WAYS; way++) {
        CHECK_STR(
            written_in(&runtime, way, _O_WRONLY | _O_APPEND | _O_BINARY, 0),
            "0123456789moremorex\n");
        CHECK_STR(written_in(&runtime, way, _O_RDWR | _O_APPEND | _O_BINARY, 5),
                  "0123456789moremorex\n");
        /* The control: one that does not append. */
        CHECK_STR(written_in(&runtime, way, _O_WRONLY | _O_BINARY, 5),
                  "01234x\n789moremore");
    }
    remove_folder();
}

/* A pipe, which appends anyway. */
static void check_appending_pipe(OsdepStdioKind kind)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "write-fd", "1",
                                               "x\n") };
    OsdepProcess *process;
    int fds[2];

    CU_ASSERT_TRUE_FATAL(osdep_pipe(fds, NULL));
    options.out = (OsdepStdio){ .kind = kind,
                                .fd = fds[1],
                                .handle = (void *)_get_osfhandle(fds[1]),
                                .mode = OSDEP_FILE_APPEND };
    process = spawn(&options);
    _close(fds[1]);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_STR(read_all(fds[0]), "x\n");
}

/* The mode is for out and err: in reads from what it is given. */
static void check_appending_input(OsdepStdioKind kind)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat") };
    int fd = _wopen(FOLDER_W L"\\text.exe", _O_RDONLY | _O_BINARY);

    options.in = (OsdepStdio){ .kind = kind,
                               .fd = fd,
                               .handle = (void *)_get_osfhandle(fd),
                               .mode = OSDEP_FILE_APPEND };
    check_out(&options, "no program");
    _close(fd);
}

/*
 * A descriptor and a handle of ours that are at the end of the file, and of
 * which nobody can tell that they append; then others write.
 */
void appending_can_be_asked_for(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "write-fd", "1",
                                               "x\n") };
    int fd, other;

    make_folder();
    for (int i = 0; i < 3; i++) {
        OsdepProcess *process;

        write_file(FOLDER_W L"\\out", "0123456789");
        fd = _wopen(FOLDER_W L"\\out", _O_WRONLY | _O_BINARY);
        other = _wopen(FOLDER_W L"\\out", _O_WRONLY | _O_APPEND | _O_BINARY);
        _lseek(fd, 0, SEEK_END);
        CHECK_INT(_write(other, "more", 4), 4);
        _close(other);
        options.out =
            (OsdepStdio){ .kind = i == 1 ? OSDEP_STDIO_HANDLE : OSDEP_STDIO_FD,
                          .fd = fd,
                          .handle = (void *)_get_osfhandle(fd),
                          .mode = OSDEP_FILE_APPEND };
        if (i == 2) { /* the control */
            options.out.mode = OSDEP_FILE_READ;
        }
        process = spawn(&options);
        CHECK_INT(wait_for(process).code, 0);
        osdep_process_free(process);
        _close(fd);
        CHECK_STR(read_all(_wopen(FOLDER_W L"\\out", _O_RDONLY | _O_BINARY)),
                  i == 2 ? "0123456789x\nre" : "0123456789morex\n");
    }
    check_appending_pipe(OSDEP_STDIO_FD);
    check_appending_pipe(OSDEP_STDIO_HANDLE);
    check_appending_input(OSDEP_STDIO_FD);
    check_appending_input(OSDEP_STDIO_HANDLE);
    remove_folder();
}

/* The control: the handle of a descriptor that appends, as it is. */
void naive_child_overwrites_what_is_there(void)
{
    WCHAR command[] = L"puppet write-fd 1 x";
    STARTUPINFOW startup = { .cb = sizeof(startup),
                             .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION info;
    int fd;

    make_folder();
    write_file(FOLDER_W L"\\out", "0123456789");
    fd = _wopen(FOLDER_W L"\\out", _O_WRONLY | _O_APPEND | _O_BINARY);
    startup.hStdOutput = (HANDLE)_get_osfhandle(fd);
    CU_ASSERT_FATAL(CreateProcessW(L"puppet.exe", command, NULL, NULL, TRUE, 0,
                                   NULL, NULL, &startup, &info));
    WaitForSingleObject(info.hProcess, INFINITE);
    CloseHandle(info.hThread);
    CloseHandle(info.hProcess);
    _close(fd);
    CHECK_STR(read_all(_wopen(FOLDER_W L"\\out", _O_RDONLY | _O_BINARY)),
              "x123456789");
    remove_folder();
}

void pipes_carry_bytes(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat"),
                                  .in.kind = OSDEP_STDIO_PIPE,
                                  .out.kind = OSDEP_STDIO_PIPE };
    static const char sent[] = "a\nb\r\n\x1a\0c"; /* text mode changes it */
    char got[sizeof(sent) + 1];
    OsdepProcess *process = spawn(&options);
    int in = osdep_process_fd(process, 0), out = osdep_process_fd(process, 1);

    CU_ASSERT_FALSE(is_inheritable(in));
    CU_ASSERT_FALSE(is_inheritable(out));
    CHECK_INT(_write(in, sent, sizeof(sent)), sizeof(sent));
    CHECK_INT(_read(out, got, sizeof(got)), sizeof(sent));
    CU_ASSERT(memcmp(got, sent, sizeof(sent)) == 0);
    CHECK_INT(osdep_process_take_fd(process, 0), in);
    CHECK_INT(osdep_process_take_fd(process, 0), -1);
    _close(in);
    CHECK_INT(_read(out, got, sizeof(got)), 0);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_INT(_read(out, got, 1), -1); /* closed by that */
}

/*
 * What `puppet fds` prints if descriptor @closed is closed here; a handle that
 * we open meanwhile may get the value that its handle had.
 */
static const char *fds_without(int closed)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "fds"),
                                  .out.kind = OSDEP_STDIO_PIPE };
    int saved = _dup(closed), fd;
    OsdepProcess *process;

    options.in.kind = closed ? OSDEP_STDIO_PIPE : OSDEP_STDIO_INHERIT;
    _close(closed);
    process = osdep_spawn(&options, NULL);
    _dup2(saved, closed);
    _close(saved);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    fd = osdep_process_take_fd(process, 1);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    return read_all(fd);
}

void stream_that_is_closed_stays_closed(void)
{
    CHECK_STR(fds_without(0), "1 2\n");
    CHECK_STR(fds_without(2), "0 1\n");
}

/* SetStdHandle() does not change descriptor 1. */
void streams_are_those_of_the_system(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "puts", "x") };
    HANDLE saved = GetStdHandle(STD_OUTPUT_HANDLE);
    OsdepProcess *process;
    int fds[2];

    CU_ASSERT_FATAL(_pipe(fds, 4096, _O_BINARY) == 0);
    SetStdHandle(STD_OUTPUT_HANDLE, (HANDLE)_get_osfhandle(fds[1]));
    process = osdep_spawn(&options, NULL);
    SetStdHandle(STD_OUTPUT_HANDLE, saved);
    _close(fds[1]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_STR(read_all(fds[0]), "x\n");
}

void stream_that_is_closed_on_exec_is_closed(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "fds"),
                                  .in.kind = OSDEP_STDIO_NULL,
                                  .out.kind = OSDEP_STDIO_PIPE,
                                  .err.kind = OSDEP_STDIO_INHERIT };
    HANDLE err = GetStdHandle(STD_ERROR_HANDLE);
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD flags = 0;

    CU_ASSERT(GetHandleInformation(err, &flags));
    check_out(&options, "0 1 2\n");
    SetHandleInformation(err, HANDLE_FLAG_INHERIT, 0);
    check_out(&options, "0 1\n");
    SetHandleInformation(err, HANDLE_FLAG_INHERIT, flags);

    options.out.kind = OSDEP_STDIO_INHERIT;
    options.err.kind = OSDEP_STDIO_STDOUT;
    CU_ASSERT(GetHandleInformation(out, &flags));
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, 0);
    check_failure(&options, "err: standard output is closed", EBADF,
                  OSDEP_STEP_CHECK);
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, flags);
}

/* What osdep_environment() makes of @env; @block is what it is to be. */
static void check_environment(const char *const *env, const WCHAR *block,
                              size_t size, const WCHAR *path)
{
    WCHAR *actual_path, *actual = osdep_environment(env, &actual_path, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(actual);
    if (memcmp(actual, block, size) != 0) {
        CU_FAIL("environment");
        for (WCHAR *entry = actual; *entry; entry += wcslen(entry) + 1) {
            printf("# %ls\n", entry);
        }
    }
    if (path) {
        CU_ASSERT(actual_path && wcscmp(actual_path, path) == 0);
    } else {
        CU_ASSERT_PTR_NULL(actual_path);
    }
    free(actual);
    free(actual_path);
}

void environment_is_sorted_and_completed(void)
{
    static const char *const env[] = {
        "_=6",
        "b=2",
        "A=1",
        "\xc3\xa9=8",
        "C_=4",
        "SYSTEMDRIVE=Q",
        "=C:=C:\\x",
        "CA=3",
        "Windir=w",
        "b=0",
        "systemroot=s",
        "path=p",
        "A.=\xe2\x82\xac",
        "\xc3\x89=7",
        NULL,
    };
    static const WCHAR expected[] =
        L"=C:=C:\\x\0A=1\0A.=\u20ac\0b=2\0b=0\0CA=3\0C_=4\0path=p\0"
        L"SYSTEMDRIVE=Q\0systemroot=s\0Windir=w\0_=6\0\u00e9=8\0\u00c9=7\0";
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "env", "A"),
                                  .env = ARGV("A=b") };
    static const WCHAR *const needed[] = { L"SystemDrive", L"SystemRoot",
                                           L"windir" };
    WCHAR supplied[1000];
    size_t len = 0;

    check_environment(env, expected, sizeof(expected), L"p");
    for (int i = 0; i < 3; i++) {
        /* Each with the NUL that ends it. */
        len += wcslen(wcscpy(supplied + len, needed[i]));
        supplied[len++] = L'=';
        len += wcslen(wcscpy(supplied + len, _wgetenv(needed[i]))) + 1;
    }
    supplied[len++] = L'\0';
    check_environment(ARGV(NULL), supplied, len * sizeof(WCHAR), NULL);

    check_out(&options, "b");
    options.argv = ARGV(PUPPET_EXE, "env", "B");
    CHECK_INT(run_code(&options), 1);
    options.argv = ARGV(PUPPET_EXE, "env", "windir");
    options.env = ARGV(NULL);
    check_out(&options, getenv("windir"));
}

void environment_of_ours_is_inherited(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "env", "OSDEP_X") };

    SetEnvironmentVariableW(L"OSDEP_X", L"\u20ac");
    check_out(&options, "\xe2\x82\xac");
    SetEnvironmentVariableW(L"OSDEP_X", NULL);
    CHECK_INT(run_code(&options), 1);
}

static const char *folder_path(const WCHAR *name)
{
    static char path[2000];
    WCHAR wide[1000];

    GetFullPathNameW(name, 1000, wide, NULL);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, sizeof(path), NULL, NULL);
    return path;
}

void directory_may_have_any_name(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cwd"),
                                  .program = "..\\puppet.exe",
                                  .cwd = FOLDER };

    make_folder();
    check_out(&options, folder_path(FOLDER_W));
    options.cwd = FOLDER "/bin x/";
    options.program = "../../puppet";
    options.argv = ARGV(PUPPET_EXE, "cwd");
    check_out(&options, folder_path(FOLDER_W L"\\bin x"));
    remove_folder();
}

void directory_that_is_none_is_named(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cwd"),
                                  .cwd = "nope" };

    make_folder();
    check_failure(&options, "cannot change directory to 'nope': ", ENOENT,
                  OSDEP_STEP_DIRECTORY);
    options.cwd = FOLDER "\\text.exe";
    check_failure(&options,
                  "cannot change directory to '" FOLDER "\\text.exe': ",
                  ENOTDIR, OSDEP_STEP_DIRECTORY);
    remove_folder();
}

void programs_are_searched_in_path_alone(void)
{
    WCHAR beside[1000], *end;
    OsdepSpawnOptions options = {
        .argv = ARGV("puppet", "argv0"),
        .env = ARGV("PATH=nope;;" FOLDER "\\bin x;;", "A=b"),
    };

    make_folder();
    GetModuleFileNameW(NULL, beside, 900);
    end = wcsrchr(beside, L'\\');
    wcscpy(end, L"\\osdep-beside.exe");
    CU_ASSERT(CopyFileW(L"puppet.exe", beside, FALSE));

    check_failure(&options, "cannot execute 'puppet': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("osdep-beside", "argv0");
    check_failure(&options, "cannot execute 'osdep-beside': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("puppet.exe", "argv0");
    check_failure(&options, "cannot execute 'puppet.exe': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("tool", "argv0");
    check_out(&options, "tool");

    options.env = ARGV("B=c", "path=nope;\"" FOLDER "\\bin x\";");
    check_out(&options, "tool");
    options.env = ARGV("Path=no;pe;\"" FOLDER "\\bin\" x\\");
    check_out(&options, "tool");
    options.env = ARGV("PATH=\"no;" FOLDER "\\bin x\"");
    check_failure(&options, "cannot execute 'tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.env = ARGV("PATH=");
    check_failure(&options, "cannot execute 'tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("puppet", "argv0");
    check_failure(&options, "cannot execute 'puppet': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.env = ARGV("PATH=.");
    check_out(&options, "puppet");

    /* No PATH in its environment: ours. */
    options.env = ARGV("XPATH=.", "PATHX=.");
    check_failure(&options, "cannot execute 'puppet': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("cmd", "/c", "exit 5");
    CHECK_INT(run_code(&options), 5);
    options.env = NULL;
    CHECK_INT(run_code(&options), 5);
    DeleteFileW(beside);
    remove_folder();
}

void programs_are_seen_from_the_childs_folder(void)
{
    OsdepSpawnOptions options = {
        .argv = ARGV("tool", "argv0"),
        .env = ARGV("PATH=bin x"),
        .cwd = FOLDER,
    };
    char rooted[2000];

    make_folder();
    check_out(&options, "tool");
    options.argv = ARGV("bin x/tool", "argv0");
    check_out(&options, "bin x/tool");
    options.cwd = NULL;
    check_failure(&options, "cannot execute 'bin x/tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("tool", "argv0");
    check_failure(&options, "cannot execute 'tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    /* Not in the child's current directory either. */
    options.env = ARGV("PATH=;;");
    options.cwd = FOLDER "\\bin x";
    check_failure(&options, "cannot execute 'tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    /* On the drive of that directory, which under Wine is not ours. */
    snprintf(rooted, sizeof(rooted), "%s\\", getenv("SystemDrive"));
    options.cwd = rooted;
    options.argv = ARGV("\\windows\\system32\\cmd", "/c", "exit 5");
    CHECK_INT(run_code(&options), 5);
    /* Without the drive, and with it alone. */
    strcpy(rooted, folder_path(FOLDER_W L"\\bin x\\tool"));
    options.cwd = FOLDER;
    options.argv = ARGV(rooted + 2, "argv0");
    check_out(&options, rooted + 2);
    memcpy(rooted + 2, "bin x\\tool", sizeof("bin x\\tool"));
    options.argv = ARGV(rooted, "argv0");
    check_out(&options, rooted);
    remove_folder();
}

void programs_have_extensions(void)
{
    OsdepSpawnOptions options = { .env = ARGV("PATH=" FOLDER "\\bin x") };

    make_folder();
    options.argv = ARGV("tool-1.2", "argv0");
    check_out(&options, "tool-1.2");
    options.argv = ARGV("com", "argv0"); /* .com goes before .exe */
    check_out(&options, "com");
    options.argv = ARGV("TOOL.EXE", "argv0");
    check_out(&options, "TOOL.EXE");
    options.argv = ARGV("plain", "argv0");
    check_failure(&options, "cannot execute 'plain': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV(FOLDER "\\bin x\\plain", "argv0");
    check_out(&options, FOLDER "\\bin x\\plain");
    options.argv = ARGV(FOLDER "\\bin x\\tool-1.2", "argv0");
    check_out(&options, FOLDER "\\bin x\\tool-1.2");
    options.argv = ARGV("whatever", "argv0");
    options.program = FOLDER "/bin x/tool";
    check_out(&options, "whatever");
    options.program = "tool"; /* not searched for */
    check_failure(&options, "cannot execute 'tool': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    remove_folder();
}

void programs_that_cannot_be_executed_are_told(void)
{
    OsdepSpawnOptions options = { .argv = ARGV("") };

    make_folder();
    check_failure(&options, "cannot execute '': ", ENOENT, OSDEP_STEP_EXECUTE);
    options.argv = ARGV(".\\nope");
    check_failure(&options, "cannot execute '.\\nope': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV("Q:\\nope\\nope.exe");
    check_failure(&options, "cannot execute 'Q:\\nope\\nope.exe': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV(FOLDER "\\dir");
    check_failure(&options, "cannot execute '" FOLDER "\\dir': ", EACCES,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV(FOLDER "\\text");
    check_failure(&options, "cannot execute '" FOLDER "\\text': ", ENOEXEC,
                  OSDEP_STEP_EXECUTE);
    remove_folder();
}

static void check_batch(const char *program, const char *a, const char *b,
                        const char *expected)
{
    OsdepSpawnOptions options = { .argv = ARGV(program, a, b) };
    OsdepRunResult result = run(&options);

    CHECK_STR(result.out, expected);
    CHECK_INT(result.exit.code, 7);
    osdep_run_result_clear(&result);
}

void batch_files_run(void)
{
    OsdepSpawnOptions options = { .argv = ARGV("x.bat", "1", "2"),
                                  .env = ARGV("PATH=" FOLDER) };
    OsdepRunResult result;

    make_folder();
    check_batch(FOLDER "\\x.bat", "one", "two", "[one] [two]\r\n");
    check_batch(FOLDER "/X.BAT", "1 2", "3 4", "[\"1 2\"] [3 4]\r\n");
    check_batch(FOLDER "\\x.bat", "", "a,b;c=d", "[\"\"] [a,b;c=d]\r\n");
    result = run(&options);
    CHECK_STR(result.out, "[1] [2]\r\n");
    CHECK_INT(result.exit.code, 7);
    osdep_run_result_clear(&result);
    /* Only with its extension. */
    options.argv = ARGV("x", "1");
    check_failure(&options, "cannot execute 'x': ", ENOENT, OSDEP_STEP_EXECUTE);
    remove_folder();
}

void batch_files_take_no_risks(void)
{
    static const char *const names[] = { "x.bat", "X.Bat", "x.bat.", "x.bat ",
                                         "x.bat. ." };
    static const char *const bad[] = { "\"&calc", "%PATH%", "a^b",  "a&b",
                                       "a|b",     "a<b",    "a>b",  "(",
                                       ")",       "!a!",    "a\nb", "a\rb" };
    char program[100], message[200];

    make_folder();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        OsdepSpawnOptions options = { .argv = ARGV(program, "good", "") };

        snprintf(program, sizeof(program), FOLDER "\\%s", names[i]);
        for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
            options.argv = ARGV(program, "good", bad[j]);
            if (strpbrk(bad[j], "\r\n")) {
                strcpy(message, "argv[2]: control character 0x0");
            } else {
                snprintf(message, sizeof(message), "argv[2]: '%s' holds '",
                         bad[j]);
            }
            check_failure(&options, message, EINVAL, OSDEP_STEP_CHECK);
        }
    }
    remove_folder();
}

/* cmd.exe runs @folder\x.bat, below ours; both are removed. */
static void check_batch_in(const WCHAR *name, const char *name_utf8)
{
    WCHAR folder[200], file[300];
    char path[300], line[300];

    wcscat(wcscpy(folder, FOLDER_W L"\\"), name);
    wcscat(wcscpy(file, folder), L"\\x.bat");
    CU_ASSERT(CreateDirectoryW(folder, NULL));
    CU_ASSERT(CopyFileW(FOLDER_W L"\\x.bat", file, FALSE));
    snprintf(path, sizeof(path), FOLDER "\\%s\\x.bat", name_utf8);
    snprintf(line, sizeof(line), "[1] [a b]\r\n");
    printf("# %s\n", path);
    check_batch(path, "1", "a b", line);
    DeleteFileW(file);
    RemoveDirectoryW(folder);
}

void batch_files_run_in_folders_of_any_name(void)
{
    OsdepSpawnOptions options = {
        .argv = ARGV(FOLDER "\\%a%\\x.bat", "1"),
    };

    make_folder();
    check_batch_in(L"R&D", "R&D");
    check_batch_in(L"100%", "100%");
    check_batch_in(L"(a)^b!c!", "(a)^b!c!");
    check_batch_in(L"it's, a;b=c @d", "it's, a;b=c @d");
    check_batch_in(L"&cd %PATH", "&cd %PATH");
    CU_ASSERT(CreateDirectoryW(FOLDER_W L"\\%a%", NULL));
    CU_ASSERT(CopyFileW(FOLDER_W L"\\x.bat", FOLDER_W L"\\%a%\\x.bat", FALSE));
    check_failure(&options, "batch file: '", EINVAL, OSDEP_STEP_CHECK);
    DeleteFileW(FOLDER_W L"\\%a%\\x.bat");
    RemoveDirectoryW(FOLDER_W L"\\%a%");
    remove_folder();
}

void batch_files_run_in_verbatim_folders(void)
{
    char verbatim[2100], program[2200];
    OsdepSpawnOptions options = {
        .argv = ARGV("where.bat"),
        .env = ARGV("PATH=."),
        .cwd = verbatim,
    };
    WCHAR old[1000], wide[1100];

    make_folder();
    /* What cd prints is in an old code page. */
    write_file(FOLDER_W L"\\where.bat", "@if exist where.bat exit 7\r\n");
    snprintf(verbatim, sizeof(verbatim), "\\\\?\\%s", folder_path(FOLDER_W));
    CHECK_INT(run_code(&options), 7);
    options.argv = ARGV(program);
    snprintf(program, sizeof(program), "%s\\where.bat", verbatim);
    CHECK_INT(run_code(&options), 7);
    /* Our own directory, as Windows keeps it and Wine does not. */
    GetCurrentDirectoryW(1000, old);
    wcscpy(wide, L"\\\\?\\");
    GetFullPathNameW(FOLDER_W, 1000, wide + 4, NULL);
    CU_ASSERT(SetCurrentDirectoryW(wide));
    options.cwd = NULL;
    CHECK_INT(run_code(&options), 7);
    CU_ASSERT(SetCurrentDirectoryW(old));
    DeleteFileW(FOLDER_W L"\\where.bat");
    remove_folder();
}

/*
 * A folder on a server: this machine, if it lets us, or what Wine has instead.
 * It has a batch file, x.bat.  False if there is none.
 */
static bool make_server_folder(WCHAR *folder)
{
    WCHAR wine[1000], path[1200];
    WCHAR full[1000];

    GetFullPathNameW(FOLDER_W, 1000, full, NULL);
    swprintf(folder, 1000, L"\\\\localhost\\%c$%ls", full[0], full + 2);
    if (GetFileAttributesW(folder) != INVALID_FILE_ATTRIBUTES) {
        return true;
    }
    if (!GetEnvironmentVariableW(L"WINECONFIGDIR", wine, 1000)) {
        return false;
    }
    memcpy(wine, L"\\\\?\\", 4 * sizeof(WCHAR)); /* it begins with \??\ */
    swprintf(path, 1200, L"%ls\\dosdevices\\unc", wine);
    CreateDirectoryW(path, NULL);
    wcscat(path, L"\\osdep");
    CreateDirectoryW(path, NULL);
    wcscat(path, L"\\share");
    CreateDirectoryW(path, NULL);
    wcscpy(folder, L"\\\\osdep\\share");
    CopyFileW(FOLDER_W L"\\x.bat", L"\\\\osdep\\share\\x.bat", FALSE);
    return GetFileAttributesW(L"\\\\osdep\\share\\x.bat") !=
           INVALID_FILE_ATTRIBUTES;
}

void batch_files_need_a_drive(void)
{
    WCHAR folder[1000], old[1000];
    char text[3000], message[3100];
    OsdepSpawnOptions options = { .argv = ARGV("x.bat", "1", "2"),
                                  .env = ARGV("PATH=.") };

    make_folder();
    if (!make_server_folder(folder)) {
        remove_folder();
        skip("no folder on a server can be had");
        return;
    }
    WideCharToMultiByte(CP_UTF8, 0, folder, -1, text, sizeof(text), NULL, NULL);
    options.cwd = text;
    snprintf(message, sizeof(message),
             "cwd: cmd.exe cannot run 'x.bat' in '%s', which has no drive",
             text);
    check_failure(&options, message, EINVAL, OSDEP_STEP_CHECK);
    /* Ours. */
    GetCurrentDirectoryW(1000, old);
    CU_ASSERT(SetCurrentDirectoryW(folder));
    options.cwd = NULL;
    snprintf(message, sizeof(message),
             "cwd: cmd.exe cannot run 'x.bat' in our directory, '%s", text);
    check_failure(&options, message, EINVAL, OSDEP_STEP_CHECK);
    CU_ASSERT(SetCurrentDirectoryW(old));
    remove_folder();
}

/* Wine, for one, asks COMSPEC for whom CreateProcessW() has run them. */
void batch_files_are_run_by_the_systems_cmd(void)
{
    WCHAR old[1000], puppet[1000];

    make_folder();
    GetEnvironmentVariableW(L"COMSPEC", old, 1000);
    GetFullPathNameW(L"puppet.exe", 1000, puppet, NULL);
    SetEnvironmentVariableW(L"COMSPEC", puppet);
    check_batch(FOLDER "\\x.bat", "1", "2", "[1] [2]\r\n");
    SetEnvironmentVariableW(L"COMSPEC", old);
    remove_folder();
}

/* A name that ends in a slash, or in a dot, names a folder. */
void folders_are_no_programs(void)
{
    static const char *const names[] = {
        FOLDER "\\bin x\\", FOLDER "\\bin x/",       FOLDER "\\bin x\\.",
        FOLDER "/bin x/./", FOLDER "\\bin x\\d\\..", ".\\" FOLDER "\\bin x\\. ",
    };
    OsdepSpawnOptions options = { .argv = ARGV("") };
    char message[200];

    make_folder();
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x.exe", FALSE);
    CopyFileW(L"puppet.exe", FOLDER_W L"\\bin x\\.exe", FALSE);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        options.argv = ARGV(names[i], "argv0");
        snprintf(message, sizeof(message), "cannot execute '%s': ", names[i]);
        printf("# %s\n", names[i]);
        check_failure(&options, message, EACCES, OSDEP_STEP_EXECUTE);
    }
    options.argv = ARGV(FOLDER "\\nope\\", "argv0");
    check_failure(&options, "cannot execute '" FOLDER "\\nope\\': ", ENOENT,
                  OSDEP_STEP_EXECUTE);
    options.argv = ARGV(FOLDER "\\bin x", "argv0");
    check_out(&options, FOLDER "\\bin x");
    DeleteFileW(FOLDER_W L"\\bin x.exe");
    DeleteFileW(FOLDER_W L"\\bin x\\.exe");
    remove_folder();
}

/* The drive of \\?\C:\ is C:. */
void verbatim_folders_have_drives(void)
{
    char cwd[2100], rooted[2000];
    OsdepSpawnOptions options = { .argv = ARGV("cmd", "/c", "exit 5"),
                                  .program = "\\windows\\system32\\cmd",
                                  .cwd = cwd };

    make_folder();
    snprintf(cwd, sizeof(cwd), "\\\\?\\%s\\windows", getenv("SystemDrive"));
    CHECK_INT(run_code(&options), 5);
    options.program = "/windows/system32/cmd";
    CHECK_INT(run_code(&options), 5);
    options.program = "system32/../system32/cmd";
    CHECK_INT(run_code(&options), 5);
    snprintf(rooted, sizeof(rooted), "%ssystem32\\cmd", getenv("SystemDrive"));
    options.program = rooted;
    CHECK_INT(run_code(&options), 5);
    snprintf(cwd, sizeof(cwd), "\\\\?\\%s", folder_path(FOLDER_W));
    strcpy(rooted, folder_path(FOLDER_W L"\\bin x\\tool"));
    options.argv = ARGV("x", "argv0");
    options.program = rooted + 2;
    check_out(&options, "x");
    remove_folder();
}

void example_takes_any_argument(void)
{
    OsdepSpawnOptions options = {
        .argv = ARGV(".\\examples\\hello.exe", PUPPET_EXE, "args",
                     "caf\xc3\xa9 \xe2\x82\xac"),
    };
    OsdepRunResult result = run(&options);

    /* It gives its program two seconds, which may not do here. */
    for (int i = 0; i < 20 && strstr(result.err, "takes too long"); i++) {
        osdep_run_result_clear(&result);
        result = run(&options);
    }
    CHECK_STR(result.out, "Hello, clean world of caf\xc3\xa9 \xe2\x82\xac");
    osdep_run_result_clear(&result);
}

/* hello.exe with a command line that is no UTF-16 */
static DWORD code_of_hello(WCHAR *command)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION info;
    DWORD code = 12345;

    if (CreateProcessW(L"examples\\hello.exe", command, NULL, NULL, FALSE, 0,
                       NULL, NULL, &startup, &info)) {
        WaitForSingleObject(info.hProcess, 30000);
        GetExitCodeProcess(info.hProcess, &code);
        CloseHandle(info.hThread);
        CloseHandle(info.hProcess);
    }
    return code;
}

void own_arguments_that_cannot_be_had(void)
{
    WCHAR bad[] = L"hello .\\puppet.exe exit 0 \xd800";
    Error *err = NULL;
    int argc = 7;

    CHECK_INT(code_of_hello(bad), 1);
    for (int i = 1; HAVE_LINKER_WRAP && i <= 2; i++) {
        allocations = 0;
        fail_at = i;
        CU_ASSERT_PTR_NULL(osdep_utf8_args(&argc, NULL, &err));
        fail_at = 0;
        CHECK_INT(osdep_error_get_errno(err), ENOMEM);
        CHECK_INT(argc, 7);
        error_free(err);
        err = NULL;
    }
}

void exit_codes_have_32_bits(void)
{
    static const uint32_t codes[] = { 0,          1,          137,
                                      259,        300,        0x7fffffff,
                                      0xffffffff, 0xe0000001, 0x80004005 };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        char text[16];
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "exit", text) };

        snprintf(text, sizeof(text), "0x%x", codes[i]);
        CHECK_INT(run_code(&options), codes[i]);
    }
}

void crash_is_no_exit(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "crash") };
    OsdepRunResult result = run(&options);

    CHECK_INT(result.exit.kind, OSDEP_CRASHED);
    CHECK_INT(result.exit.code, 0xc0000005);
    CHECK_INT(result.exit.core_dumped, false);
    osdep_run_result_clear(&result);
}

void ends_are_of_their_kind(void)
{
    static const struct {
        uint32_t status;
        OsdepExitKind kind;
        uint32_t code;
    } ends[] = {
        /* ntstatus.h: access violation, stack overflow, a DLL is missing, fail
         * fast, heap corruption; a manifest that cannot be used */
        { 0xc0000005, OSDEP_CRASHED, 0xc0000005 },
        { 0xc00000fd, OSDEP_CRASHED, 0xc00000fd },
        { 0xc0000135, OSDEP_CRASHED, 0xc0000135 },
        { 0xc0000409, OSDEP_CRASHED, 0xc0000409 },
        { 0xc0000374, OSDEP_CRASHED, 0xc0000374 },
        { 0xc0150002, OSDEP_CRASHED, 0xc0150002 },
        /* guard page, misaligned, breakpoint, single step */
        { 0x80000001, OSDEP_CRASHED, 0x80000001 },
        { 0x80000002, OSDEP_CRASHED, 0x80000002 },
        { 0x80000003, OSDEP_CRASHED, 0x80000003 },
        { 0x80000004, OSDEP_CRASHED, 0x80000004 },
        /* C++ (ehdata.h), .NET (corexcep.h), a delayed DLL (delayimp.h) */
        { 0xe06d7363, OSDEP_CRASHED, 0xe06d7363 },
        { 0xe0434352, OSDEP_CRASHED, 0xe0434352 },
        { 0xe0434f4d, OSDEP_CRASHED, 0xe0434f4d },
        { 0xc06d007e, OSDEP_CRASHED, 0xc06d007e },
        { 0xc06d007f, OSDEP_CRASHED, 0xc06d007f },
        /* STATUS_CONTROL_C_EXIT: Ctrl-C, Ctrl-Break, the window closed */
        { 0xc000013a, OSDEP_SIGNALLED, SIGINT },
        /* HRESULTs: MF_E_INVALIDMEDIATYPE, NS_E_SERVER_NOT_FOUND (mferror.h,
         * nserror.h), E_PENDING, E_BOUNDS, RO_E_CLOSED, MSXML's, display's */
        { 0xc00d36b4, OSDEP_EXITED, 0xc00d36b4 },
        { 0xc00d0035, OSDEP_EXITED, 0xc00d0035 },
        { 0x8000000a, OSDEP_EXITED, 0x8000000a },
        { 0x8000000b, OSDEP_EXITED, 0x8000000b },
        { 0x80000013, OSDEP_EXITED, 0x80000013 },
        { 0xc00ce014, OSDEP_EXITED, 0xc00ce014 },
        { 0xc0262100, OSDEP_EXITED, 0xc0262100 },
        /* DBG_TERMINATE_PROCESS is no error; others are a program's own */
        { 0x40010004, OSDEP_EXITED, 0x40010004 },
        { 0xe0000001, OSDEP_EXITED, 0xe0000001 },
        { 0xffffffff, OSDEP_EXITED, 0xffffffff },
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char text[16];
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "exit", text) };
        OsdepRunResult result;

        snprintf(text, sizeof(text), "0x%x", ends[i].status);
        result = run(&options);
        if (result.exit.kind != ends[i].kind) {
            printf("# %s\n", text);
        }
        CHECK_INT(result.exit.kind, ends[i].kind);
        CHECK_INT(result.exit.code, ends[i].code);
        osdep_run_result_clear(&result);
    }
}

static void check_signalled(OsdepProcess *process, int sig)
{
    OsdepExit how;

    for (int i = 0; i < 2; i++) {
        how = wait_for(process);
        CHECK_INT(how.kind, OSDEP_SIGNALLED);
        CHECK_INT(how.code, sig);
    }
}

static void check_no_tree(OsdepProcess *process)
{
    Error *err = NULL;

    CU_ASSERT_FALSE(osdep_process_kill_tree(process, &err));
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    CHECK_CONTAINS(error_get_pretty(err),
                   " was started without OSDEP_SPAWN_TREE");
    error_free_or_abort(&err);
}

void signals_end_processes(void)
{
    const OsdepSpawnOptions options = { .argv =
                                            ARGV(PUPPET_EXE, "sleep", "100") };
    OsdepProcess *process = spawn(&options);
    Error *err = NULL;

    CHECK_INT(osdep_process_wait(process, 0, NULL, NULL), 0);
    CHECK_INT(osdep_process_wait(process, 50, NULL, NULL), 0);
    CU_ASSERT_FALSE(osdep_process_signal(process, SIGINT, &err));
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free_or_abort(&err);
    CU_ASSERT_FALSE(osdep_process_signal(process, 0, &err));
    error_free_or_abort(&err);
    /* It is not in a group of its own. */
    CU_ASSERT_FALSE(osdep_process_signal(process, SIGBREAK, &err));
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free_or_abort(&err);
    check_no_tree(process);
    CHECK_INT(osdep_process_wait(process, 0, NULL, NULL), OSDEP_WAIT_TIMED_OUT);

    CU_ASSERT_TRUE(osdep_process_terminate(process, NULL));
    check_signalled(process, SIGTERM);
    CU_ASSERT_TRUE(osdep_process_terminate(process, NULL));
    CU_ASSERT_TRUE(osdep_process_kill(process, NULL));
    check_signalled(process, SIGTERM);
    CU_ASSERT_FALSE(osdep_process_signal(process, SIGTERM, &err));
    CHECK_INT(osdep_error_get_errno(err), ESRCH);
    error_free_or_abort(&err);
    osdep_process_free(process);

    process = spawn(&options);
    CU_ASSERT_TRUE(osdep_process_kill(process, NULL));
    check_signalled(process, 9);
    osdep_process_free(process);

    process = spawn(&options);
    CU_ASSERT_TRUE(osdep_process_signal(process, 9, NULL));
    check_signalled(process, 9);
    osdep_process_free(process);

    /* One that has ended, and was not waited for; its code stays its own. */
    process =
        spawn(&(OsdepSpawnOptions){ .argv = ARGV(PUPPET_EXE, "exit", "137") });
    WaitForSingleObject((HANDLE)osdep_process_pollable(process), 30000);
    CU_ASSERT_FALSE(osdep_process_signal(process, 9, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_INT(osdep_error_get_errno(err), ESRCH);
    error_free_or_abort(&err);
    CU_ASSERT_TRUE(osdep_process_kill(process, NULL));
    CHECK_INT(wait_for(process).kind, OSDEP_EXITED);
    osdep_process_free(process);
}

void pollable_is_signalled(void)
{
    OsdepProcess *process =
        spawn(&(OsdepSpawnOptions){ .argv = ARGV(PUPPET_EXE, "sleep", "100") });
    HANDLE handle = (HANDLE)osdep_process_pollable(process);

    CHECK_INT(GetProcessId(handle), osdep_process_pid(process));
    CHECK_INT(WaitForSingleObject(handle, 0), WAIT_TIMEOUT);
    osdep_process_kill(process, NULL);
    CHECK_INT(WaitForSingleObject(handle, 30000), WAIT_OBJECT_0);
    osdep_process_free(process);
}

static HANDLE open_process(long pid)
{
    return OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);
}

/* Has the process ended, or does it within @ms milliseconds? */
static bool ends_within(HANDLE process, DWORD ms)
{
    return !process || WaitForSingleObject(process, ms) == WAIT_OBJECT_0;
}

/* A process and the two that it starts. */
typedef struct Tree {
    OsdepProcess *process;
    HANDLE sleepers[2];
} Tree;

static Tree start_tree(const char *what, unsigned int flags)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, what),
                                  .out.kind = OSDEP_STDIO_PIPE,
                                  .flags = flags };
    Tree tree = { .process = spawn(&options) };
    char line[100] = "";
    long a, b;

    for (char *c = line; c == line || c[-1] != '\n'; c++) {
        CU_ASSERT_FATAL(_read(osdep_process_fd(tree.process, 1), c, 1) == 1);
    }
    CHECK_INT(sscanf(line, "%ld %ld", &a, &b), 2);
    tree.sleepers[0] = open_process(a);
    tree.sleepers[1] = open_process(b);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree.sleepers[0]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree.sleepers[1]);
    return tree;
}

/* Do both sleepers run on, or are both ended? */
static void check_sleepers(const Tree *tree, bool run_on)
{
    for (int i = 0; i < 2; i++) {
        CHECK_INT(ends_within(tree->sleepers[i], run_on ? 200 : 5000), !run_on);
    }
}

static void end_tree(Tree *tree)
{
    for (int i = 0; i < 2; i++) {
        TerminateProcess(tree->sleepers[i], 1);
        CloseHandle(tree->sleepers[i]);
    }
    osdep_process_free(tree->process);
}

void tree_is_killed(void)
{
    static const unsigned int flags[] = {
        OSDEP_SPAWN_TREE,
        OSDEP_SPAWN_TREE | OSDEP_SPAWN_NEW_GROUP,
        OSDEP_SPAWN_TREE | OSDEP_SPAWN_NEW_SESSION,
        OSDEP_SPAWN_TREE | OSDEP_SPAWN_DIE_WITH_PARENT,
    };
    Tree tree;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        tree = start_tree("tree", flags[i]);
        check_sleepers(&tree, true);
        CU_ASSERT_TRUE(osdep_process_kill_tree(tree.process, NULL));
        check_signalled(tree.process, 9);
        check_sleepers(&tree, false);
        end_tree(&tree);
    }
    /* The leader has ended. */
    tree = start_tree("tree-and-exit", OSDEP_SPAWN_TREE);
    CHECK_INT(wait_for(tree.process).code, 0);
    check_sleepers(&tree, true);
    CU_ASSERT_TRUE(osdep_process_kill_tree(tree.process, NULL));
    check_sleepers(&tree, false);
    CHECK_INT(wait_for(tree.process).kind, OSDEP_EXITED);
    end_tree(&tree);
    /* The control: the leader alone. */
    tree = start_tree("tree", OSDEP_SPAWN_TREE);
    CU_ASSERT_TRUE(osdep_process_kill(tree.process, NULL));
    check_signalled(tree.process, 9);
    check_sleepers(&tree, true);
    end_tree(&tree);
}

/* Does what spawn-and-leave starts with @flags outlive it? */
static bool outlives_parent(const char *flags)
{
    OsdepSpawnOptions options = { .argv =
                                      ARGV(PROGRAM("spawn-and-leave"), flags,
                                           PUPPET_EXE, "sleep", "100") };
    OsdepRunResult result = run(&options);
    HANDLE child = open_process(atol(result.out));
    bool ended = ends_within(child, 500);

    CHECK_INT(result.exit.code, 0);
    if (child) {
        TerminateProcess(child, 1);
        CloseHandle(child);
    }
    osdep_run_result_clear(&result);
    return !ended;
}

void child_dies_with_parent(void)
{
    char flags[16];

    snprintf(flags, sizeof(flags), "%d", OSDEP_SPAWN_DIE_WITH_PARENT);
    CU_ASSERT_FALSE(outlives_parent(flags));
    CU_ASSERT_TRUE(outlives_parent("0"));
    snprintf(flags, sizeof(flags), "%d", OSDEP_SPAWN_TREE);
    CU_ASSERT_TRUE(outlives_parent(flags));
}

void process_outlives_its_object(void)
{
    static const unsigned int flags[] = { 0, OSDEP_SPAWN_TREE,
                                          OSDEP_SPAWN_DIE_WITH_PARENT };
    Tree tree;

    for (int i = 0; i < 3; i++) {
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "sleep", "100"),
                                      .flags = flags[i] };
        OsdepProcess *process = spawn(&options);
        HANDLE handle = open_process((long)osdep_process_pid(process));

        osdep_process_free(process);
        CU_ASSERT_FALSE(ends_within(handle, 200));
        TerminateProcess(handle, 1);
        CU_ASSERT_TRUE(ends_within(handle, 5000));
        CloseHandle(handle);
    }
    /* What it started does not end because we forget a process that ended: it
     * ends when we do (tree_dies_with_parent). */
    tree = start_tree("tree-and-exit", OSDEP_SPAWN_DIE_WITH_PARENT);
    wait_for(tree.process);
    osdep_process_free(tree.process);
    tree.process = NULL;
    check_sleepers(&tree, true);
    end_tree(&tree);
}

/*
 * Do the grandchildren end with a parent that started their parent with @flags,
 * saw its end and forgot it?  They keep its stdout open.
 */
static bool tree_ends_with_parent(unsigned int flags)
{
    char number[16];
    OsdepSpawnOptions options = { .argv = ARGV(PROGRAM("spawn-and-leave"),
                                               number, "wait", PUPPET_EXE,
                                               "tree-and-exit") };
    OsdepRunResult result;
    long pids[2] = { 0 };
    bool ended = true;

    snprintf(number, sizeof(number), "%u", flags);
    result = feed(&options, NULL, 0, 10000);
    CHECK_INT(result.exit.code, 0);
    CHECK_INT(sscanf(result.out, "%ld %ld", &pids[0], &pids[1]), 2);
    CHECK_INT(result.timed_out, !(flags & OSDEP_SPAWN_DIE_WITH_PARENT));
    for (int i = 0; i < 2; i++) {
        HANDLE sleeper = open_process(pids[i]);

        ended = ends_within(sleeper, 500) && ended;
        if (sleeper) {
            TerminateProcess(sleeper, 1);
            CloseHandle(sleeper);
        }
    }
    osdep_run_result_clear(&result);
    return ended;
}

void tree_dies_with_parent(void)
{
    CU_ASSERT_TRUE(tree_ends_with_parent(OSDEP_SPAWN_DIE_WITH_PARENT));
    CU_ASSERT_TRUE(
        tree_ends_with_parent(OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_TREE));
    CU_ASSERT_FALSE(tree_ends_with_parent(OSDEP_SPAWN_TREE)); /* the control */
}

void console_and_window_can_be_had_without(void)
{
    static const unsigned int flags[] = {
        OSDEP_SPAWN_HIDE_WINDOW,
        OSDEP_SPAWN_NEW_SESSION,
        OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_HIDE_WINDOW,
        OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_NEW_GROUP |
            OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_HIDE_WINDOW,
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "puts", "x"),
                                      .flags = flags[i] };

        check_out(&options, "x\n");
    }
}

static void check_pattern(const char *data, size_t len, size_t expected)
{
    size_t i = 0;

    CHECK_INT(len, expected);
    while (i < len && data[i] == (char)(i % 251)) {
        i++;
    }
    CHECK_INT(i, expected);
    CHECK_INT(data[len], 0);
}

void run_of_program_that_does_not_read(void)
{
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "close-stdin-then-sleep", "0.2")
    };
    const size_t size = 4 << 20;
    const char *const *then = ARGV(PUPPET_EXE, "exit", "0");
    char *data = calloc(1, size);
    OsdepRunResult result;

    for (int i = 0; i < 2; i++) {
        result = feed(&options, data, size, 30000);
        CHECK_INT(result.exit.kind, OSDEP_EXITED);
        CHECK_INT(result.exit.code, 0);
        CU_ASSERT_FALSE(result.timed_out);
        osdep_run_result_clear(&result);
        options.argv = then;
    }
    free(data);
}

void run_ends_at_its_deadline(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "sleep", "100") };
    OsdepRunResult result;
    char data[200000] = "";

    for (int i = 0; i < 3; i++) {
        result = feed(&options, i == 1 ? data : NULL, i == 1 ? sizeof(data) : 0,
                      300);
        CU_ASSERT_TRUE(result.timed_out);
        CHECK_INT(result.exit.kind, OSDEP_SIGNALLED);
        CHECK_INT(result.exit.code, 9);
        CHECK_STR(result.out, "");
        osdep_run_result_clear(&result);
        if (i == 1) { /* no pipe at all */
            options.out.kind = options.err.kind = OSDEP_STDIO_NULL;
        }
    }
}

/* It writes in small pieces, so as not to reach the limit of what is kept. */
void run_ends_at_its_deadline_in_a_flood(void)
{
    OsdepSpawnOptions options = { .argv =
                                      ARGV(PUPPET_EXE, "both", "4000000000") };
    OsdepRunResult result = { 0 };

    /* On a machine under load it may not have begun at the first deadline. */
    for (int ms = 250; ms < 30000 && result.out_len == 0; ms *= 2) {
        osdep_run_result_clear(&result);
        result = feed(&options, NULL, 0, ms);
        CU_ASSERT_TRUE(result.timed_out);
        CHECK_INT(result.exit.kind, OSDEP_SIGNALLED);
    }
    CU_ASSERT(result.out_len > 0);
    check_pattern(result.out, result.out_len, result.out_len);
    check_pattern(result.err, result.err_len, result.err_len);
    osdep_run_result_clear(&result);
}

void run_is_not_held_by_grandchildren(void)
{
    static const unsigned int flags[] = { OSDEP_SPAWN_TREE, 0 };

    for (int i = 0; i < 2; i++) {
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "tree-and-exit"),
                                      .flags = flags[i] };
        Tree tree = { 0 };
        OsdepRunResult result;
        long a = 0, b = 0;

        result = feed(&options, NULL, 0, 5000);
        CU_ASSERT_TRUE(result.timed_out);
        CHECK_INT(result.exit.kind, OSDEP_EXITED);
        CHECK_INT(result.exit.code, 0);
        CHECK_INT(sscanf(result.out, "%ld %ld", &a, &b), 2);
        tree.sleepers[0] = open_process(a);
        tree.sleepers[1] = open_process(b);
        check_sleepers(&tree, !flags[i]);
        end_tree(&tree);
        osdep_run_result_clear(&result);
    }
}

/* How many handles we have. */
static unsigned int count_handles(void)
{
    unsigned int n = 0;
    DWORD flags;

    for (uintptr_t i = 4; i < 0x8000; i += 4) {
        n += GetHandleInformation((HANDLE)i, &flags) != 0;
    }
    return n;
}

/* Start things in many ways, some that fail; with @leak one handle stays. */
static void use_handles(bool leak)
{
    int passed = _dup(1);
    const OsdepPassFd twice[] = { { passed, 7 }, { passed, 8 } };
    const OsdepPassFd bad = { -1, 7 }, wrong[] = { { passed, 7 }, { 1, 7 } };
    const OsdepSpawnOptions many[] = {
        { .argv = ARGV(PUPPET_EXE, "puts", "x"),
          .in.kind = OSDEP_STDIO_PIPE,
          .out.kind = OSDEP_STDIO_PIPE,
          .err.kind = OSDEP_STDIO_STDOUT,
          .pass_fds = twice,
          .n_pass_fds = 2,
          .flags = OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_TREE },
        { .argv = ARGV(PUPPET_EXE, "exit", "0"),
          .in = { .kind = OSDEP_STDIO_FD, .fd = passed },
          .out.kind = OSDEP_STDIO_NULL,
          .err = { .kind = OSDEP_STDIO_HANDLE,
                   .handle = (void *)_get_osfhandle(passed) } },
        { .argv = ARGV("nope") },
        { .argv = ARGV("nope"), .cwd = "nope" },
        /* These get as far as CreateProcessW(). */
        { .argv = ARGV("text"),
          .program = FOLDER "\\text.exe",
          .in.kind = OSDEP_STDIO_PIPE,
          .out.kind = OSDEP_STDIO_PIPE,
          .err.kind = OSDEP_STDIO_PIPE,
          .pass_fds = twice,
          .n_pass_fds = 1,
          .flags = OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_TREE },
        { .argv = ARGV(PUPPET_EXE, "exit", "0"),
          .in.kind = OSDEP_STDIO_PIPE,
          .out.kind = OSDEP_STDIO_PIPE,
          .err = APPEND("nope\\nope") },
        { .argv = ARGV(PUPPET_EXE), .pass_fds = &bad, .n_pass_fds = 1 },
        { .argv = ARGV(PUPPET_EXE), .pass_fds = wrong, .n_pass_fds = 2 },
        { .argv = ARGV(FOLDER "\\text.exe"),
          .pass_fds = twice,
          .n_pass_fds = 2 },
    };

    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        const OsdepRunOptions how = { .timeout_ms = 30000 };
        Error *err = NULL;
        OsdepProcess *process = osdep_spawn(&many[i], &err);
        OsdepRunResult result;

        for (int again = 0; i < 2 && !process && again < 3; again++) {
            if (osdep_error_get_win32(err) != ERROR_INTERNAL_ERROR) {
                break; /* else it is Wine's: see feed() */
            }
            error_free(err);
            err = NULL;
            process = osdep_spawn(&many[i], &err);
        }
        CHECK_INT(process != NULL, i < 2);
        if (process) {
            osdep_process_fd(process, i ? 1 : 0); /* -1 for the second */
            CloseHandle(osdep_process_take_handle(process, 1));
            wait_for(process);
        } else if (i < 2) {
            printf("# %zu: %s\n", i, error_get_pretty(err));
        }
        error_free(err);
        osdep_process_free(process);
        osdep_run(&many[i], &how, &result, NULL);
        osdep_run_result_clear(&result);
    }
    _close(passed);
    if (leak) {
        CreateEventW(NULL, TRUE, FALSE, NULL);
    }
}

void handles_do_not_leak(void)
{
    unsigned int before, after;

    make_folder();
    use_handles(false); /* What the system opens once. */
    before = count_handles();
    for (int i = 0; i < 10; i++) {
        use_handles(false);
    }
    after = count_handles();
    CHECK_INT(after, before);
    use_handles(true); /* The control. */
    CHECK_INT(count_handles(), after + 1);
    remove_folder();
}

static void check_step_without_memory(const Error *err)
{
    OsdepStep step = osdep_error_get_step(err);

    /* The static object that stands in for an error has none. */
    CU_ASSERT(strcmp(error_get_pretty(err), "out of memory") == 0
                  ? step == OSDEP_STEP_NONE
                  : step == OSDEP_STEP_PREPARE || step == OSDEP_STEP_SERVE);
}

/* Returns: how many allocations an osdep_run() makes, each of which failed. */
static int run_without_memory(void)
{
    int passed = _dup(1), n;
    const OsdepPassFd pass = { passed, passed };
    const OsdepRunOptions how = { .input = "input",
                                  .input_len = 5,
                                  .timeout_ms = 30000 };
    const OsdepSpawnOptions options = {
        .argv = ARGV("puppet", "cat"),
        .env = ARGV("A=b", "PATH=nope;."),
        .cwd = ".",
        .pass_fds = &pass,
        .n_pass_fds = 1,
        .flags = OSDEP_SPAWN_TREE,
    };
    bool done = false;

    for (n = 0; !done && n < 200; n++) {
        OsdepRunResult result;
        Error *err = NULL;

        allocations = 0;
        fail_at = n + 1;
        done = osdep_run(&options, &how, &result, &err);
        fail_at = 0;
        CHECK_INT(done, err == NULL);
        if (done) {
            CHECK_STR(result.out, "input");
        } else {
            CHECK_INT(osdep_error_get_errno(err), ENOMEM);
            check_step_without_memory(err);
            CU_ASSERT_PTR_NULL(result.out);
        }
        error_free(err);
        osdep_run_result_clear(&result);
    }
    _close(passed);
    return n - 1;
}

void lack_of_memory_is_reported(void)
{
    unsigned int before;
    int n;

    SKIP_WITHOUT_WRAP();
    run_without_memory(); /* What the system opens once. */
    before = count_handles();
    n = run_without_memory();
    fail_all_after = true;
    CHECK_INT(run_without_memory(), n);
    fail_all_after = false;
    CU_ASSERT(n > 20 && n < 100);
    CHECK_INT(count_handles(), before);
}

/* The process is there, and so is the handle of the pipe. */
void lack_of_descriptors_is_reported(void)
{
    const OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "puts", "x"),
                                        .out.kind = OSDEP_STDIO_PIPE };
    OsdepProcess *process;
    Error *err = NULL;
    unsigned int before;
    static int fds[10000]; /* The Universal CRT has 8,192. */
    int pair[2] = { -5, -6 }, n = 0;
    char text[2] = "";
    DWORD len = 0;

    while (n < 10000 && (fds[n] = _dup(1)) >= 0) {
        n++;
    }
    CU_ASSERT_FATAL(n < 10000);
    before = count_handles();
    CU_ASSERT_FALSE(osdep_pipe(pair, &err));
    CHECK_INT(osdep_error_get_errno(err), EMFILE);
    CHECK_CONTAINS(error_get_pretty(err), "cannot create a pipe: ");
    CHECK_INT(pair[0], -5);
    CHECK_INT(pair[1], -6);
    error_free_or_abort(&err);
    CHECK_INT(count_handles(), before);
    /* Room for one of the two. */
    _close(fds[--n]);
    CU_ASSERT_FALSE(osdep_pipe(pair, NULL));
    fds[n] = _dup(1);
    CHECK_INT(fds[n++] >= 0, true);
    CHECK_INT(count_handles(), before);

    process = spawn(&options);
    errno = 0;
    CHECK_INT(osdep_process_fd(process, 1), -1);
    CHECK_INT(errno, EMFILE);
    errno = 0;
    CHECK_INT(osdep_process_take_fd(process, 1), -1);
    CHECK_INT(errno, EMFILE);
    CU_ASSERT(ReadFile(osdep_process_handle(process, 1), text, 1, &len, NULL));
    CHECK_STR(text, "x");
    while (n > 0) {
        _close(fds[--n]);
    }
    CU_ASSERT(osdep_process_fd(process, 1) >= 0);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
}

/* The streams of a child that copies its stdin to its stdout. */
static void check_handles(HANDLE in, HANDLE out)
{
    OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "cat"),
        .in = { .kind = OSDEP_STDIO_HANDLE, .handle = in },
        .out = { .kind = OSDEP_STDIO_HANDLE, .handle = out },
        .err = { .kind = OSDEP_STDIO_HANDLE, .handle = out },
    };
    OsdepProcess *process = spawn(&options);
    DWORD flags = HANDLE_FLAG_INHERIT;

    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    /* They stay open, and as they are. */
    CU_ASSERT(GetHandleInformation(in, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, 0);
    CU_ASSERT(GetHandleInformation(out, &flags));
}

void handles_are_streams(void)
{
    static const intptr_t no_handles[] = { 0, -1, -2, -6 };
    const OsdepSpawnOptions good = { .argv = ARGV(PUPPET_EXE, "puts", "x") };
    OsdepSpawnOptions bad = good;
    HANDLE in[2], out[2], closed;
    char text[20] = "";
    DWORD n = 0;

    CU_ASSERT_FATAL(CreatePipe(&in[0], &in[1], NULL, 0));
    CU_ASSERT_FATAL(CreatePipe(&out[0], &out[1], NULL, 0));
    CU_ASSERT(WriteFile(in[1], "hello", 5, &n, NULL));
    CloseHandle(in[1]);
    check_handles(in[0], out[1]);
    CU_ASSERT(ReadFile(out[0], text, sizeof(text) - 1, &n, NULL));
    CHECK_STR(text, "hello");
    CloseHandle(in[0]);
    CloseHandle(out[0]);
    closed = out[1];
    CloseHandle(closed);

    bad.out = (OsdepStdio){ .kind = OSDEP_STDIO_HANDLE, .handle = closed };
    check_failure(&bad, "out: handle 0x", EBADF, OSDEP_STEP_STREAM);
    check_failure(&bad, " is not open: Bad file descriptor", EBADF,
                  OSDEP_STEP_STREAM);
    bad = good;
    bad.in.kind = OSDEP_STDIO_HANDLE;
    for (size_t i = 0; i < sizeof(no_handles) / sizeof(no_handles[0]); i++) {
        bad.in.handle = (HANDLE)no_handles[i];
        check_failure(&bad, "in: handle 0x", EBADF, OSDEP_STEP_CHECK);
    }
}

static bool handle_is_open(HANDLE handle)
{
    DWORD flags;

    return GetHandleInformation(handle, &flags);
}

void ends_of_pipes_are_handles(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat"),
                                  .in.kind = OSDEP_STDIO_PIPE,
                                  .out.kind = OSDEP_STDIO_PIPE };
    OsdepProcess *process = spawn(&options);
    HANDLE in = osdep_process_handle(process, 0), out, taken;
    DWORD n = 0, flags = HANDLE_FLAG_INHERIT;
    char text[10] = "";

    CU_ASSERT_PTR_NOT_NULL_FATAL(in);
    CHECK_INT((intptr_t)osdep_process_handle(process, 0), (intptr_t)in);
    CU_ASSERT(GetHandleInformation(in, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, 0);
    CU_ASSERT_PTR_NULL(osdep_process_handle(process, 2));
    CU_ASSERT_PTR_NULL(osdep_process_handle(process, -1));
    CU_ASSERT_PTR_NULL(osdep_process_handle(process, 3));
    CU_ASSERT_PTR_NULL(osdep_process_take_handle(process, 2));
    CHECK_INT(osdep_process_fd(process, 2), -1);
    CHECK_INT(osdep_process_fd(process, 3), -1);

    /* One that has no descriptor yet is handed over as it is. */
    CHECK_INT((intptr_t)osdep_process_take_handle(process, 0), (intptr_t)in);
    CU_ASSERT_PTR_NULL(osdep_process_handle(process, 0));
    CHECK_INT(osdep_process_fd(process, 0), -1);
    CU_ASSERT(WriteFile(in, "hello", 5, &n, NULL));
    CloseHandle(in);

    /* Of one that has, a duplicate; the descriptor is closed. */
    out = osdep_process_handle(process, 1);
    CHECK_INT(_get_osfhandle(osdep_process_fd(process, 1)), (intptr_t)out);
    CHECK_INT((intptr_t)osdep_process_handle(process, 1), (intptr_t)out);
    taken = osdep_process_take_handle(process, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(taken);
    CU_ASSERT(taken != out);
    CU_ASSERT_FALSE(handle_is_open(out));
    CHECK_INT(osdep_process_fd(process, 1), -1);
    CU_ASSERT_PTR_NULL(osdep_process_take_handle(process, 1));
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CU_ASSERT(ReadFile(taken, text, sizeof(text) - 1, &n, NULL));
    CHECK_STR(text, "hello");
    CloseHandle(taken);

    /* What is not taken is closed in the end, a descriptor or none. */
    process = spawn(&options);
    in = osdep_process_handle(process, 0);
    out = osdep_process_handle(process, 1);
    CU_ASSERT(osdep_process_fd(process, 0) >= 0);
    CU_ASSERT(handle_is_open(in) && handle_is_open(out));
    osdep_process_kill(process, NULL);
    osdep_process_free(process);
    CU_ASSERT_FALSE(handle_is_open(in));
    CU_ASSERT_FALSE(handle_is_open(out));
}

/* What a caller that says nothing of its C runtime gets. */
static void check_without_runtime(const OsdepSpawnOptions *options,
                                  const char *message)
{
    Error *err = NULL;

    CU_ASSERT_PTR_NULL(
        osdep_spawn_sized(options, sizeof(*options), NULL, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_CONTAINS(error_get_pretty(err), message);
    CHECK_CONTAINS(error_get_pretty(err), ": use OSDEP_STDIO_HANDLE: ");
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_CHECK);
    error_free(err);
}

void descriptors_without_a_runtime_are_refused(void)
{
    const OsdepPassFd pass = { 1, 5 };
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "exit", "3"),
                                  .out = { .kind = OSDEP_STDIO_FD, .fd = 1 } };
    OsdepProcess *process;
    int fds[2] = { -5, -6 };
    Error *err = NULL;

    check_without_runtime(&options, "out: descriptor 1 belongs to a C runtime "
                                    "that the library was not told");
    options.out = (OsdepStdio){ 0 };
    options.pass_fds = &pass;
    options.n_pass_fds = 1;
    check_without_runtime(&options, "pass_fds[0]: descriptor 1 belongs to a C "
                                    "runtime");
    CU_ASSERT_FALSE(osdep_pipe_in(fds, NULL, &err));
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    CHECK_CONTAINS(error_get_pretty(err), " C runtime ");
    CHECK_INT(fds[0], -5);
    error_free_or_abort(&err);
    osdep_close_all_open_fd_in(NULL, 0, NULL);
    CU_ASSERT(_get_osfhandle(1) != -1);

    /* All else works: our streams are inherited, pipes are handles. */
    options.n_pass_fds = 0;
    options.in.kind = OSDEP_STDIO_PIPE;
    process = osdep_spawn_sized(&options, sizeof(options), NULL, &error_warn);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(osdep_process_fd_in(process, 0, NULL), -1);
    CHECK_INT(osdep_process_take_fd_in(process, 0, NULL), -1);
    CU_ASSERT_PTR_NOT_NULL(osdep_process_handle(process, 0));
    CHECK_INT(wait_for(process).code, 3);
    osdep_process_free(process);
}

static intptr_t strange_get_handle(int fd)
{
    return osdep_runtime()->get_handle(fd == 0 ? 1 : 0);
}

/* The same process, seen from a module that has another C runtime. */
void descriptor_of_another_runtime_is_none(void)
{
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "exit", "0"),
                                  .out.kind = OSDEP_STDIO_PIPE };
    OsdepRuntime strange = *osdep_runtime();
    OsdepProcess *process = spawn(&options);
    int fd = osdep_process_fd(process, 1);

    CU_ASSERT(fd >= 0);
    strange.get_handle = strange_get_handle;
    errno = 0;
    CHECK_INT(osdep_process_fd_in(process, 1, &strange), -1);
    CHECK_INT(errno, EBADF);
    CHECK_INT(osdep_process_take_fd_in(process, 1, &strange), -1);
    CHECK_INT(osdep_process_fd(process, 1), fd);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_INT(_get_osfhandle(fd), -1);
}

/* A caller whose structure ends where a later member begins. */
void runtime_of_an_older_caller_is_shorter(void)
{
    const size_t size = offsetof(OsdepRuntime, begin_write);
    const OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat"),
                                        .in.kind = OSDEP_STDIO_PIPE,
                                        .out.kind = OSDEP_STDIO_PIPE };
    OsdepRuntime *older;
    OsdepProcess *process;
    SYSTEM_INFO info;
    int in, out, fds[2];
    char *pages;
    DWORD old;

    GetSystemInfo(&info);
    pages = VirtualAlloc(NULL, 2 * info.dwPageSize, MEM_RESERVE | MEM_COMMIT,
                         PAGE_READWRITE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pages);
    older = (OsdepRuntime *)(void *)(pages + info.dwPageSize - size);
    memcpy(older, osdep_runtime(), size);
    older->size = size;
    CU_ASSERT_FATAL(VirtualProtect(pages + info.dwPageSize, info.dwPageSize,
                                   PAGE_NOACCESS, &old));

    CU_ASSERT_TRUE_FATAL(osdep_pipe_in(fds, older, NULL));
    osdep_set_cloexec_in(fds[0], older);
    process = osdep_spawn_sized(&options, sizeof(options), older, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    in = osdep_process_take_fd_in(process, 0, older);
    out = osdep_process_fd_in(process, 1, older);
    CHECK_INT(_write(in, "x", 1), 1);
    _close(in);
    CHECK_INT(wait_for(process).code, 0);
    osdep_process_free(process);
    CHECK_INT(_get_osfhandle(out), -1);
    _close(fds[0]);
    _close(fds[1]);
    VirtualFree(pages, 0, MEM_RELEASE);
}

void passed_descriptors_are_checked(void)
{
    OsdepPassFd pass[] = { { 1, 9 }, { 2, 10 }, { 1, 9 } };
    OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "fds"),
                                  .pass_fds = pass,
                                  .n_pass_fds = 3 };
    Error *err = NULL;
    int largest;

    check_failure(&options,
                  "pass_fds[2]: the child's descriptor 9 is there twice",
                  EINVAL, OSDEP_STEP_CHECK);
    pass[2] = (OsdepPassFd){ 77, 8 };
    check_failure(&options, "pass_fds[2]: descriptor 77 is not open", EBADF,
                  OSDEP_STEP_CHECK);
    pass[2] = (OsdepPassFd){ -1, 8 };
    check_failure(&options, "pass_fds[2]: descriptor -1 is not open", EBADF,
                  OSDEP_STEP_CHECK);
    pass[2] = (OsdepPassFd){ 1, 1000000 };
    CU_ASSERT_PTR_NULL(osdep_spawn(&options, &err));
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_CHECK);
    CHECK_INT(sscanf(error_get_pretty(err),
                     "pass_fds[2]: the child cannot have descriptor 1000000, "
                     "the limit is %d",
                     &largest),
              1);
    error_free_or_abort(&err);
    pass[2].theirs = largest + 1;
    check_failure(&options, "the limit is ", EINVAL, OSDEP_STEP_CHECK);
    pass[2].theirs = largest;
    check_out(&options, "0 1 2 9 10\n");
}

/* A file that begins as a program does whose pointers have @bits bits. */
static void write_program(const WCHAR *path, int bits)
{
    struct {
        IMAGE_DOS_HEADER dos;
        IMAGE_NT_HEADERS nt;
    } file = { .dos = { .e_magic = IMAGE_DOS_SIGNATURE,
                        .e_lfanew = sizeof(file.dos) },
               .nt = { .Signature = IMAGE_NT_SIGNATURE } };
    FILE *f = _wfopen(path, L"wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    file.nt.FileHeader.Machine =
        bits == 32 ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_AMD64;
    file.nt.OptionalHeader.Magic = bits == 32 ? IMAGE_NT_OPTIONAL_HDR32_MAGIC
                                              : IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    fwrite(&file, sizeof(file), 1, f);
    fclose(f);
}

void programs_of_other_pointers_get_no_descriptors(void)
{
    const int ours = 8 * (int)sizeof(void *), other = 96 - ours;
    OsdepPassFd pass = { 1, 5 };
    OsdepSpawnOptions options = { .argv = ARGV(FOLDER "\\text"),
                                  .pass_fds = &pass,
                                  .n_pass_fds = 1 };
    char message[100];
    HANDLE held;

    make_folder();
    snprintf(message, sizeof(message),
             "pass_fds: '" FOLDER "\\text' is a %d-bit program", other);
    write_program(FOLDER_W L"\\text.exe", other);
    check_failure(&options, message, EINVAL, OSDEP_STEP_CHECK);
    /* Nothing is passed but streams, which are handles: the system decides. */
    pass.theirs = 1;
    check_failure(&options, "cannot execute '" FOLDER "\\text': ", ENOEXEC,
                  OSDEP_STEP_EXECUTE);
    pass.theirs = 5;
    /* The control: with pointers of our size it is up to the system, too. */
    write_program(FOLDER_W L"\\text.exe", ours);
    check_failure(&options, "cannot execute '" FOLDER "\\text': ", ENOEXEC,
                  OSDEP_STEP_EXECUTE);
    /* It ends before it says. */
    write_file(FOLDER_W L"\\text.exe", "MZ");
    check_failure(&options, "cannot execute '" FOLDER "\\text': ", ENOEXEC,
                  OSDEP_STEP_EXECUTE);
    held = CreateFileW(FOLDER_W L"\\text.exe", GENERIC_READ | GENERIC_WRITE, 0,
                       NULL, OPEN_EXISTING, 0, NULL);
    CU_ASSERT(held != INVALID_HANDLE_VALUE);
    check_failure(&options,
                  "pass_fds: cannot read '" FOLDER "\\text' to see whether ",
                  EACCES, OSDEP_STEP_STREAM);
    CloseHandle(held);
    /* A batch file is run by a program of ours. */
    options.argv = ARGV(FOLDER "\\x.bat", "1", "2");
    check_out_and_code(&options, "[1] [2]\r\n", 7);
    remove_folder();
}

/* The child of the child says that it wants out of the job. */
void process_breaks_away_from_the_tree(void)
{
    Tree tree = start_tree("breakaway", OSDEP_SPAWN_TREE);

    CU_ASSERT_TRUE(osdep_process_kill_tree(tree.process, NULL));
    check_signalled(tree.process, 9);
    CU_ASSERT_TRUE(ends_within(tree.sleepers[0], 5000));
    CU_ASSERT_FALSE(ends_within(tree.sleepers[1], 200));
    end_tree(&tree);
}

/* ... and what it started does not get it. */
void nothing_breaks_away_that_is_to_die_with_us(void)
{
    static const unsigned int flags[] = {
        OSDEP_SPAWN_DIE_WITH_PARENT,
        OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_TREE,
    };

    for (int i = 0; i < 2; i++) {
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "breakaway"),
                                      .out.kind = OSDEP_STDIO_PIPE,
                                      .flags = flags[i] };
        OsdepProcess *process = spawn(&options);
        long pids[2] = { 0 };
        char line[100] = "";
        HANDLE sleeper;

        for (char *c = line; c == line || c[-1] != '\n'; c++) {
            CU_ASSERT_FATAL(_read(osdep_process_fd(process, 1), c, 1) == 1);
        }
        CHECK_INT(sscanf(line, "%ld %ld", &pids[0], &pids[1]), 2);
        CHECK_INT(pids[1], -1); /* the system refused it */
        osdep_process_kill(process, NULL);
        wait_for(process);
        osdep_process_free(process);
        for (int k = 0; k < 2; k++) {
            sleeper = pids[k] > 0 ? open_process(pids[k]) : NULL;
            if (sleeper) {
                TerminateProcess(sleeper, 1);
                CloseHandle(sleeper);
            }
        }
    }
}
