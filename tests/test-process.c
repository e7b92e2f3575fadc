/*
 * Tests of osdep/process.h: what holds on every system
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/process.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include "tests/cases.h"
#include "tests/helpers/process.h"
#include "tests/helpers/refused.h"

#ifndef O_BINARY
#define O_BINARY 0
#endif

/* Start it, wait for it, and say how it ended. */
static OsdepExit spawn_and_wait(const OsdepSpawnOptions *options)
{
    OsdepExit how = { .kind = (OsdepExitKind)-1 };
    OsdepProcess *process = osdep_spawn(options, &error_warn);

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(osdep_process_wait(process, -1, &how, &error_warn), 1);
    osdep_process_free(process);
    return how;
}

#define CHECK_EXIT(how, kind, code) check_exit((how), (kind), (code), __LINE__)

static void check_exit(OsdepExit how, OsdepExitKind kind, uint32_t code,
                       unsigned int line)
{
    check_int((long long)how.kind, (long long)kind, "kind of exit", __FILE__,
              line);
    check_int((long long)how.code, (long long)code, "code of exit", __FILE__,
              line);
}

/* The content of the file @path, for free(). */
static char *read_file(const char *path)
{
    char *text = calloc(1, 4096);
    int fd = open(path, O_RDONLY | O_BINARY);

    CU_ASSERT_FATAL(text && fd >= 0);
    CU_ASSERT(read(fd, text, 4095) >= 0);
    close(fd);
    return text;
}

static void check_file(const char *path, const char *expected)
{
    char *text = read_file(path);

    CHECK_STR(text, expected);
    free(text);
    unlink(path);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_BINARY, 0666);

    CU_ASSERT_FATAL(fd >= 0);
    CHECK_INT(write(fd, text, (unsigned int)strlen(text)), strlen(text));
    close(fd);
}

/* Run it and check what it writes to its stdout. */
static void check_output(OsdepSpawnOptions options, const char *expected)
{
    OsdepRunResult result;

    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    CHECK_STR(result.out, expected);
    CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
    osdep_run_result_clear(&result);
}

static void exit_codes(void)
{
    static const char *const codes[] = { "0", "1", "42", "255" };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        PUPPET(argv, "exit", codes[i]);
        OsdepExit how = spawn_and_wait(&(OsdepSpawnOptions){ .argv = argv });

        CHECK_EXIT(how, OSDEP_EXITED, (uint32_t)atoi(codes[i]));
        CU_ASSERT_FALSE(how.core_dumped);
    }
}

static void arguments_come_back(void)
{
    PUPPET(argv, "args", "", " ", "a b", "\"", "\\", "a\\\"b", "\\\\", "\ttab",
           "%PATH%", "*", "gr\303\274n", "\360\237\230\200", "end\\");
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    size_t at = 0;

    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    for (int i = 2; argv[i] && at < result.out_len; i++) {
        CHECK_STR(result.out + at, argv[i]);
        at += strlen(result.out + at) + 1;
    }
    CHECK_INT(at, result.out_len);
    osdep_run_result_clear(&result);
}

static void program_with_another_name(void)
{
    const char *argv[] = { "some name", "puts", "hello", NULL };
    const char *nope[] = { PROGRAM("puppet"), NULL };

    check_output(
        (OsdepSpawnOptions){ .argv = argv, .program = PROGRAM("puppet") },
        "hello\n");
    /* @program is no name to search for, and is what the message is about. */
    check_refused(&(OsdepSpawnOptions){ .argv = nope, .program = "nope" },
                  ENOENT, "cannot execute 'nope': ");
}

static void streams_to_files(void)
{
    PUPPET(argv, "puts", "one");
    PUPPET(cat, "cat");
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FILE,
                 .path = "out",
                 .mode = OSDEP_FILE_TRUNCATE },
        .err = { .kind = OSDEP_STDIO_FILE,
                 .path = "err",
                 .mode = OSDEP_FILE_APPEND },
    };

    write_file("out", "something that is longer than one line\n");
    write_file("err", "before\n");
    CHECK_EXIT(spawn_and_wait(&options), OSDEP_EXITED, 0);
    check_file("out", "one\n");
    check_file("err", "before\nerr:one\n");

    options.err.kind = OSDEP_STDIO_STDOUT;
    CHECK_EXIT(spawn_and_wait(&options), OSDEP_EXITED, 0);
    check_file("out", "one\nerr:one\n");

    write_file("in", "input");
    options = (OsdepSpawnOptions){
        .argv = cat,
        .in = { .kind = OSDEP_STDIO_FILE, .path = "in" },
    };
    check_output(options, "input");
    unlink("in");

    options.in.kind = OSDEP_STDIO_NULL;
    check_output(options, "");
}

static void streams_to_descriptors(void)
{
    PUPPET(argv, "puts", "one");
    PUPPET(cat, "cat");
    int fd = open("out", O_RDWR | O_CREAT | O_TRUNC | O_BINARY, 0666);
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FD, .fd = fd },
        .err = { .kind = OSDEP_STDIO_FD, .fd = fd },
    };

    CU_ASSERT_FATAL(fd >= 0);
    CHECK_EXIT(spawn_and_wait(&options), OSDEP_EXITED, 0);
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0); /* it is open still */
    options = (OsdepSpawnOptions){
        .argv = cat,
        .in = { .kind = OSDEP_STDIO_FD, .fd = fd },
    };
    check_output(options, "one\nerr:one\n");
    close(fd);
    unlink("out");
}

static void streams_to_pipes(void)
{
    PUPPET(argv, "cat");
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
    };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    char buf[10] = "";
    OsdepExit how;
    int fd;

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CU_ASSERT(osdep_process_fd(process, 0) >= 0);
    CU_ASSERT(osdep_process_fd(process, 1) >= 0);
    CHECK_INT(osdep_process_fd(process, 2), -1);
    CHECK_INT(osdep_process_fd(process, -1), -1);
    CHECK_INT(osdep_process_fd(process, 3), -1);

    CHECK_INT(write(osdep_process_fd(process, 0), "ping\r\n", 6), 6);
    CHECK_INT(read(osdep_process_fd(process, 1), buf, sizeof(buf)), 6);
    CHECK_STR(buf, "ping\r\n");
    CHECK_INT(osdep_process_wait(process, 0, &how, &error_warn), 0);

    fd = osdep_process_take_fd(process, 0);
    CHECK_INT(osdep_process_take_fd(process, 0), -1);
    CHECK_INT(osdep_process_fd(process, 0), -1);
    CHECK_INT(close(fd), 0); /* end-of-file */
    CHECK_INT(read(osdep_process_fd(process, 1), buf, sizeof(buf)), 0);
    CHECK_INT(osdep_process_wait(process, -1, &how, &error_warn), 1);
    CHECK_EXIT(how, OSDEP_EXITED, 0);
    osdep_process_free(process);
    osdep_process_free(NULL);
}

static void environment(void)
{
    PUPPET(ours, "env", "PATH");
    PUPPET(theirs, "env", "COLOUR");
    const char *env[] = { "COLOUR=gr\303\274n", "EMPTY=", "B=x=y", NULL };
    const char *none[] = { NULL };
    OsdepExit how;

    check_output((OsdepSpawnOptions){ .argv = ours }, getenv("PATH"));
    check_output((OsdepSpawnOptions){ .argv = theirs, .env = env },
                 "gr\303\274n");
    theirs[2] = "B";
    check_output((OsdepSpawnOptions){ .argv = theirs, .env = env }, "x=y");
    theirs[2] = "EMPTY";
    how = spawn_and_wait(&(OsdepSpawnOptions){ .argv = theirs, .env = none });
    CHECK_EXIT(how, OSDEP_EXITED, 1);
}

static void working_directory(void)
{
    PUPPET(argv, "cwd");
    OsdepSpawnOptions options = { .argv = argv, .cwd = ".." };
    char *before = getcwd(NULL, 0), *after, *parent;

    /* A relative program is seen from there. */
    check_refused(&options, ENOENT, "cannot execute '");
    CU_ASSERT_PTR_NOT_NULL_FATAL(before);
    CHECK_INT(chdir(".."), 0);
    parent = getcwd(NULL, 0);
    CHECK_INT(chdir(before), 0);
    argv[0] = strrchr(before, before[0] == '/' ? '/' : '\\') + 1;
    {
        char *program = malloc(strlen(argv[0]) + 20);

        sprintf(program, "%s/puppet", argv[0]);
        argv[0] = program;
        check_output(options, parent);
        free(program);
    }
    after = getcwd(NULL, 0);
    CHECK_STR(after, before); /* ours is what it was */
    free(after);
    free(before);
    free(parent);
}

static void missing_things_are_named(void)
{
    PUPPET(argv, "exit", "0");
    const char *nope[] = { "no-such-program", NULL };
    OsdepSpawnOptions options = { .argv = nope };

    check_refused(&options, ENOENT, "cannot execute 'no-such-program': ");

    options.argv = argv;
    options.cwd = "no-such-folder";
    check_refused(&options, ENOENT,
                  "cannot change directory to 'no-such-folder': ");

    options.cwd = NULL;
    options.in =
        (OsdepStdio){ .kind = OSDEP_STDIO_FILE, .path = "no-such-file" };
    check_refused(&options, ENOENT, "Could not open 'no-such-file': ");
}

static char reported[200];

static void keep_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)kind, (void)hint, (void)opaque;
    snprintf(reported, sizeof(reported), "%s", message);
}

/* What a terminal would act on is escaped, also on its way to a reporter. */
static void names_are_escaped(void)
{
    /* a newline, ESC and U+009B, which is CSI */
    const char *argv[] = { "no\nsuch\x1b[31mprogram\xc2\x9b", NULL };
    Error *err = NULL;

    CU_ASSERT_PTR_NULL(osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    osdep_error_set_reporter(keep_report, NULL);
    error_report_err(err);
    osdep_error_set_reporter(NULL, NULL);
    CHECK_CONTAINS(reported, "'no\\nsuch\\x1b[31mprogram\\u009b'");
    CU_ASSERT_PTR_NULL(strpbrk(reported, "\n\x1b\x9b"));
}

static void steps_are_told(void)
{
    PUPPET(argv, "exit", "0");
    const char *nope[] = { "no-such-program", NULL };
    const char *env[] = { "FOO", NULL };
    const OsdepPassFd pass = { .ours = 200, .theirs = 9 };
    const struct {
        OsdepSpawnOptions options;
        OsdepStep step;
        int code;
    } fails[] = {
        { { .argv = NULL }, OSDEP_STEP_CHECK, EINVAL },
        { { .argv = argv, .env = env }, OSDEP_STEP_CHECK, EINVAL },
        { { .argv = argv, .flags = 1 << 20 }, OSDEP_STEP_CHECK, EINVAL },
        { { .argv = argv, .pass_fds = &pass, .n_pass_fds = 1 },
          OSDEP_STEP_CHECK,
          EBADF },
        { { .argv = argv, .out = { .kind = OSDEP_STDIO_FD, .fd = 200 } },
          OSDEP_STEP_CHECK,
          EBADF },
        { { .argv = argv,
            .in = { .kind = OSDEP_STDIO_FILE, .path = "no-such-file" } },
          OSDEP_STEP_STREAM,
          ENOENT },
        { { .argv = argv, .cwd = "no-such-folder" },
          OSDEP_STEP_DIRECTORY,
          ENOENT },
        { { .argv = nope }, OSDEP_STEP_EXECUTE, ENOENT },
    };

    for (size_t i = 0; i < sizeof(fails) / sizeof(fails[0]); i++) {
        OsdepRunResult result;
        Error *err = NULL;

        CU_ASSERT_PTR_NULL(osdep_spawn(&fails[i].options, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(err);
        CHECK_INT(osdep_error_get_step(err), fails[i].step);
        CHECK_INT(osdep_error_get_errno(err), fails[i].code);
        error_free_or_abort(&err);

        CU_ASSERT_FALSE(osdep_run(&fails[i].options, NULL, &result, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(err);
        CHECK_INT(osdep_error_get_step(err), fails[i].step);
        CHECK_INT(osdep_error_get_errno(err), fails[i].code);
        error_free(err);
    }
}

static void bad_options_are_named(void)
{
    PUPPET(argv, "exit", "0");
    const char *none[] = { NULL }, *env[] = { "A=b", "", "FOO", NULL };
    OsdepPassFd pass = { .ours = 200, .theirs = 9 };
    OsdepSpawnOptions o = { 0 };

    check_refused(&o, EINVAL, "argv: no program given");
    o.argv = none;
    check_refused(&o, EINVAL, "argv: no program given");
    o.argv = argv;

    o.env = env;
    check_refused(&o, EINVAL, "env[1]: '' is not of the form NAME=VALUE");
    env[1] = "=:=x";
    check_refused(&o, EINVAL, "env[2]: 'FOO' is not of the form NAME=VALUE");
    env[1] = "=x";
    check_refused(&o, EINVAL, "env[1]: '=x' is not of the form NAME=VALUE");
    o.env = NULL;

    o.in.reserved[1] = 1;
    check_refused(&o, EINVAL, "in: reserved is not 0");
    o.in.reserved[1] = 0;
    o.err.reserved[0] = 1;
    check_refused(&o, EINVAL, "err: reserved is not 0");
    o.err.reserved[0] = 0;
    o.reserved = 1;
    check_refused(&o, EINVAL, "reserved: not 0");
    o.reserved = 0;

    o.flags = 1 << 20 | OSDEP_SPAWN_NEW_GROUP;
    check_refused(&o, EINVAL, "flags: 0x100000 is unknown");
    o.flags = 0;

    o.pass_fds = &pass;
    o.n_pass_fds = 1;
    check_refused(&o, EBADF, "pass_fds[0]: descriptor 200 is not open");
    pass.ours = -1;
    check_refused(&o, EBADF, "pass_fds[0]: descriptor -1 is not open");
    pass = (OsdepPassFd){ .ours = 2, .theirs = -1 };
    check_refused(&o, EINVAL,
                  "pass_fds[0]: the child cannot have descriptor -1");
    pass.theirs = 2;
    o.err.kind = OSDEP_STDIO_NULL;
    check_refused(
        &o, EINVAL,
        "pass_fds[0]: the child's descriptor 2 is 'err', which is not "
        "left to pass_fds");
    o.err.kind = OSDEP_STDIO_INHERIT; /* not DEFAULT */
    check_refused(
        &o, EINVAL,
        "pass_fds[0]: the child's descriptor 2 is 'err', which is not "
        "left to pass_fds");
    o.err.kind = OSDEP_STDIO_DEFAULT;
    o.pass_fds = NULL;
    check_refused(&o, EINVAL, "pass_fds: NULL, but n_pass_fds is 1");
    o.n_pass_fds = 0;

    o.n_ignore_signals = 2;
    check_refused(&o, EINVAL,
                  "ignore_signals: NULL, but n_ignore_signals is 2");
    o.n_ignore_signals = 0;

    o.in.kind = OSDEP_STDIO_STDOUT;
    check_refused(&o, EINVAL, "in: only err can go where out goes");
    o.in.kind = OSDEP_STDIO_DEFAULT;
    o.out.kind = OSDEP_STDIO_STDOUT;
    check_refused(&o, EINVAL, "out: only err can go where out goes");
    o.out = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 200 };
    check_refused(&o, EBADF, "out: descriptor 200 is not open");
    o.out.fd = -5;
    check_refused(&o, EBADF, "out: descriptor -5 is not open");
    o.out.fd = 1 << 30;
    check_refused(&o, EBADF, "out: descriptor 1073741824 is not open");
    o.out.kind = (OsdepStdioKind)99;
    check_refused(&o, EINVAL, "out: there is no kind 99 of stream");
    o.out.kind = (OsdepStdioKind)-1;
    check_refused(&o, EINVAL, "out: there is no kind -1 of stream");
    o.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE };
    check_refused(&o, EINVAL, "out: a file without a path");
    o.out.path = "x";
    check_refused(&o, EINVAL, "out: 'x' cannot be opened to read from");
    o.out = (OsdepStdio){ .kind = OSDEP_STDIO_NULL };
    o.in = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                         .path = "y",
                         .mode = OSDEP_FILE_APPEND };
    check_refused(&o, EINVAL, "in: 'y' cannot be opened to write to");
    o.in.mode = (OsdepFileMode)7;
    check_refused(&o, EINVAL, "in: 'y' cannot be opened");
}

static void wait_with_a_timeout(void)
{
    PUPPET(argv, "sleep", "100");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    OsdepExit how = { 0 }, again = { 0 };

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CU_ASSERT(osdep_process_pid(process) > 0);
    CHECK_INT(osdep_process_wait(process, 0, &how, &error_warn), 0);
    CHECK_INT(osdep_process_wait(process, 30, &how, &error_warn), 0);
    CU_ASSERT_TRUE(osdep_process_kill(process, &error_warn));
    CHECK_INT(osdep_process_wait(process, 60000, &how, &error_warn), 1);
    CHECK_EXIT(how, OSDEP_SIGNALLED, 9);
    CU_ASSERT_FALSE(how.core_dumped);

    /* Again the same, also without caring how. */
    CHECK_INT(osdep_process_wait(process, -1, &again, &error_warn), 1);
    CHECK_EXIT(again, OSDEP_SIGNALLED, 9);
    CHECK_INT(osdep_process_wait(process, 0, NULL, &error_warn), 1);
    osdep_process_free(process);
}

static void signals_to_the_process(void)
{
    PUPPET(argv, "sleep", "100");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    Error *err = NULL;
    OsdepExit how;

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CU_ASSERT_FALSE(osdep_process_signal(process, 12345, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free_or_abort(&err);
    CU_ASSERT_FALSE(osdep_process_kill_tree(process, &err));
    CHECK_CONTAINS(error_get_pretty(err), "without OSDEP_SPAWN_TREE");
    error_free_or_abort(&err);

    CU_ASSERT_TRUE(osdep_process_terminate(process, &error_warn));
    CHECK_INT(osdep_process_wait(process, -1, &how, &error_warn), 1);
    CHECK_EXIT(how, OSDEP_SIGNALLED, SIGTERM);

    /* It is done already; but a signal cannot be sent. */
    CU_ASSERT_TRUE(osdep_process_terminate(process, &error_warn));
    CU_ASSERT_TRUE(osdep_process_kill(process, &error_warn));
    CU_ASSERT_FALSE(osdep_process_signal(process, SIGTERM, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_INT(osdep_error_get_errno(err), ESRCH);
    error_free(err);
    osdep_process_free(process);
}

static void pollable_is_there(void)
{
    PUPPET(argv, "exit", "0");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    if (osdep_process_pollable(process) == -1) {
        skip("nothing to poll for the end of a process here");
    }
    CHECK_INT(osdep_process_wait(process, -1, NULL, &error_warn), 1);
    osdep_process_free(process);
}

/* Byte i of what the puppet writes is i % 251. */
static bool is_pattern(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)data[i] != i % 251) {
            return false;
        }
    }
    return data[len] == '\0';
}

/* More than any pipe holds, in both streams at once. */
static void run_collects_both_streams(void)
{
    PUPPET(argv, "both", "1500000");
    OsdepRunResult result;

    CU_ASSERT_FATAL(osdep_run(&(OsdepSpawnOptions){ .argv = argv }, NULL,
                              &result, &error_warn));
    CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
    CU_ASSERT_FALSE(result.timed_out);
    CHECK_INT(result.out_len, 1500000);
    CHECK_INT(result.err_len, 1500000);
    CU_ASSERT_TRUE(is_pattern(result.out, result.out_len));
    CU_ASSERT_TRUE(is_pattern(result.err, result.err_len));
    osdep_run_result_clear(&result);
    CU_ASSERT_PTR_NULL(result.out);
    CHECK_INT(result.out_len, 0);
    osdep_run_result_clear(&result);
}

static void run_feeds_and_collects(void)
{
    enum { SIZE = 3000000 };
    PUPPET(argv, "cat");
    char *input = malloc(SIZE);
    OsdepRunResult result;

    CU_ASSERT_PTR_NOT_NULL_FATAL(input);
    for (size_t i = 0; i < SIZE; i++) {
        input[i] = (char)(i % 251);
    }
    CU_ASSERT_FATAL(
        osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                  &(OsdepRunOptions){ .input = input, .input_len = SIZE },
                  &result, &error_warn));
    CHECK_INT(result.out_len, SIZE);
    CU_ASSERT_TRUE(is_pattern(result.out, result.out_len));
    CHECK_INT(result.err_len, 0);
    CHECK_STR(result.err, "");
    osdep_run_result_clear(&result);
    free(input);
}

static void run_with_little_input(void)
{
    PUPPET(argv, "count");
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    Error *err = NULL;

    CU_ASSERT_FATAL(osdep_run(
        &options, &(OsdepRunOptions){ .input = "a\0b", .input_len = 3 },
        &result, &error_warn));
    CHECK_STR(result.out, "3");
    osdep_run_result_clear(&result);
    CU_ASSERT_FATAL(osdep_run(&options, &(OsdepRunOptions){ .input = "" },
                              &result, &error_warn));
    CHECK_STR(result.out, "0");
    osdep_run_result_clear(&result);
    options.in.kind = OSDEP_STDIO_PIPE;
    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    CHECK_STR(result.out, "0");
    osdep_run_result_clear(&result);

    options.in.kind = OSDEP_STDIO_NULL;
    memset(&result, 0xff, sizeof(result));
    CU_ASSERT_FALSE(
        osdep_run(&options, &(OsdepRunOptions){ .input = "x", .input_len = 1 },
                  &result, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_STR(error_get_pretty(err),
              "in: there is input for a pipe, too: Invalid argument");
    CU_ASSERT_PTR_NULL(result.out);
    error_free(err);
}

/* Of each stream 64 MiB are kept, and more is an error. */
static void run_keeps_64_mib(void)
{
    enum { MOST = 64 << 20 };
    static const char *const sizes[] = { "67108864", "67108865", "68157440" };

    for (int i = 0; i < 6; i++) {
        PUPPET(argv, "write", i / 3 ? "2" : "1", sizes[i % 3]);
        const OsdepSpawnOptions options = { .argv = argv };
        OsdepRunResult result;
        Error *err = NULL;
        bool ran;

        memset(&result, 0xff, sizeof(result));
        ran = osdep_run(&options, NULL, &result, &err);
        if (i % 3 == 0) {
            char *text = i / 3 ? result.err : result.out;

            CU_ASSERT_FATAL(ran);
            CHECK_INT(i / 3 ? result.err_len : result.out_len, MOST);
            CHECK_INT((unsigned char)text[MOST - 1], (MOST - 1) % 251);
            CHECK_INT(text[MOST], 0);
            CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
            osdep_run_result_clear(&result);
            continue;
        }
        CU_ASSERT_FALSE_FATAL(ran);
        CU_ASSERT_PTR_NOT_NULL_FATAL(err);
        CHECK_INT(osdep_error_get_errno(err), ENOBUFS);
        CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_SERVE);
        CHECK_CONTAINS(error_get_pretty(err),
                       i / 3 ? "wrote more than 64 MiB to its standard error"
                             : "wrote more than 64 MiB to its standard output");
        CU_ASSERT(!result.out && !result.err && !result.out_len &&
                  !result.err_len && !result.timed_out);
        error_free(err);
    }
}

static void run_options_are_checked(void)
{
    PUPPET(argv, "exit", "0");
    static const struct {
        OsdepRunOptions run;
        const char *message;
    } bad[] = {
        { { .timeout_ms = -1 }, "timeout_ms: -1 is negative" },
        { { .timeout_ms = INT_MIN }, "timeout_ms: -2147483648 is negative" },
        { { .input_len = 3 }, "input: NULL, but input_len is 3" },
        { { .reserved = 1 }, "run: reserved is not 0" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OsdepRunResult result;
        Error *err = NULL;

        memset(&result, 0xff, sizeof(result));
        CU_ASSERT_FALSE(osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                                  &bad[i].run, &result, &err));
        CU_ASSERT_PTR_NOT_NULL_FATAL(err);
        CHECK_CONTAINS(error_get_pretty(err), bad[i].message);
        CHECK_INT(osdep_error_get_errno(err), EINVAL);
        CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_CHECK);
        CU_ASSERT(!result.out && !result.err && !result.timed_out);
        error_free(err);
    }
}

/* Far more input than the child takes: no signal, no error, no hang. */
static void run_with_stdin_closed_early(void)
{
    enum { SIZE = 1000000 };
    PUPPET(closing, "close-stdin-then-sleep", "0.05");
    PUPPET(ending, "exit", "3");
    char *input = calloc(1, SIZE);
    OsdepRunResult result;

    CU_ASSERT_PTR_NOT_NULL_FATAL(input);
    CU_ASSERT_FATAL(
        osdep_run(&(OsdepSpawnOptions){ .argv = closing },
                  &(OsdepRunOptions){ .input = input, .input_len = SIZE },
                  &result, &error_warn));
    CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
    osdep_run_result_clear(&result);
    CU_ASSERT_FATAL(
        osdep_run(&(OsdepSpawnOptions){ .argv = ending },
                  &(OsdepRunOptions){ .input = input, .input_len = SIZE },
                  &result, &error_warn));
    CHECK_EXIT(result.exit, OSDEP_EXITED, 3);
    osdep_run_result_clear(&result);
    free(input);
}

static void run_with_a_deadline(void)
{
    PUPPET(argv, "sleep", "100");
    PUPPET(quick, "exit", "0");
    OsdepRunResult result;

    CU_ASSERT_FATAL(osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                              &(OsdepRunOptions){ .timeout_ms = 50 }, &result,
                              &error_warn));
    CU_ASSERT_TRUE(result.timed_out);
    CHECK_EXIT(result.exit, OSDEP_SIGNALLED, 9);
    osdep_run_result_clear(&result);
    CU_ASSERT_FATAL(osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                              &(OsdepRunOptions){ .timeout_ms = 1 }, &result,
                              &error_warn));
    CU_ASSERT_TRUE(result.timed_out);
    osdep_run_result_clear(&result);
    CU_ASSERT_FATAL(osdep_run(&(OsdepSpawnOptions){ .argv = quick },
                              &(OsdepRunOptions){ .timeout_ms = 60000 },
                              &result, &error_warn));
    CU_ASSERT_FALSE(result.timed_out);
    osdep_run_result_clear(&result);
}

/*
 * What the puppet starts sleeps for 100 seconds with stdout open.  As a tree it
 * is killed; otherwise we only do not wait for it.
 */
static void run_while_a_grandchild_holds_stdout(void)
{
    PUPPET(argv, "tree-and-exit");
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    long a = 0, b = 0;

    CU_ASSERT_FATAL(osdep_run(&options,
                              &(OsdepRunOptions){ .timeout_ms = 1500 }, &result,
                              &error_warn));
    CU_ASSERT_TRUE(result.timed_out);
    CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
    CHECK_INT(sscanf(result.out, "%ld %ld", &a, &b), 2);
    osdep_run_result_clear(&result);
    kill_process(a);
    kill_process(b);

    options.flags = OSDEP_SPAWN_TREE;
    CU_ASSERT_FATAL(osdep_run(&options,
                              &(OsdepRunOptions){ .timeout_ms = 1500 }, &result,
                              &error_warn));
    CU_ASSERT_TRUE(result.timed_out);
    CHECK_EXIT(result.exit, OSDEP_EXITED, 0);
    CHECK_INT(sscanf(result.out, "%ld %ld", &a, &b), 2);
    osdep_run_result_clear(&result);
    CU_ASSERT_TRUE(process_ends(a));
    CU_ASSERT_TRUE(process_ends(b));
}

static void run_leaves_other_streams_alone(void)
{
    PUPPET(argv, "puts", "one");
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FILE,
                 .path = "out",
                 .mode = OSDEP_FILE_TRUNCATE },
    };
    OsdepRunResult result;

    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    CHECK_STR(result.out, "");
    CHECK_STR(result.err, "err:one\n");
    osdep_run_result_clear(&result);
    check_file("out", "one\n");

    options.out.kind = OSDEP_STDIO_PIPE;
    options.err.kind = OSDEP_STDIO_STDOUT;
    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    CHECK_STR(result.out, "one\nerr:one\n");
    CHECK_STR(result.err, "");
    osdep_run_result_clear(&result);
}

static void run_reports_what_cannot_be_run(void)
{
    const char *argv[] = { "no-such-program", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;
    Error *err = NULL;

    memset(&result, 0xff, sizeof(result));
    CU_ASSERT_FALSE(osdep_run(&options, NULL, &result, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_CONTAINS(error_get_pretty(err), "cannot execute 'no-such-program': ");
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_EXECUTE);
    CU_ASSERT_PTR_NULL(result.out);
    CU_ASSERT_PTR_NULL(result.err);
    error_free(err);
}

/* A sleeper in a tree is gone when nobody holds the pipe any more. */
static void kill_tree_leaves_none(void)
{
    static const unsigned int flags[] = {
        OSDEP_SPAWN_TREE, OSDEP_SPAWN_TREE | OSDEP_SPAWN_NEW_SESSION
    };
    static const char *const how[] = { "tree", "tree-and-exit" };

    for (int i = 0; i < 4; i++) {
        PUPPET(argv, how[i / 2]);
        OsdepSpawnOptions options = {
            .argv = argv,
            .out = { .kind = OSDEP_STDIO_PIPE },
            .flags = flags[i % 2],
        };
        OsdepProcess *process = osdep_spawn(&options, &error_warn);
        char line[100] = "";
        long a = 0, b = 0;

        CU_ASSERT_PTR_NOT_NULL_FATAL(process);
        CU_ASSERT(read(osdep_process_fd(process, 1), line, 99) > 0);
        CHECK_INT(sscanf(line, "%ld %ld", &a, &b), 2);
        if (i / 2) { /* it ended before, and was waited for */
            CHECK_INT(osdep_process_wait(process, -1, NULL, &error_warn), 1);
        }
        CU_ASSERT_TRUE(osdep_process_kill_tree(process, &error_warn));
        CHECK_INT(read(osdep_process_fd(process, 1), line, 99), 0);
        CHECK_INT(osdep_process_wait(process, -1, NULL, &error_warn), 1);
        CU_ASSERT_TRUE(process_ends(a));
        CU_ASSERT_TRUE(process_ends(b));
        CU_ASSERT_TRUE(osdep_process_kill_tree(process, &error_warn));
        CU_ASSERT_FALSE(osdep_process_signal(process, SIGTERM, NULL));
        CU_ASSERT_TRUE(osdep_process_kill(process, &error_warn));
        osdep_process_free(process);
    }
}

/* The control: to kill the process alone leaves what it started. */
static void kill_leaves_the_tree(void)
{
    PUPPET(argv, "tree");
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_PIPE },
        .flags = OSDEP_SPAWN_TREE,
    };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    char line[100] = "";
    long a = 0, b = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CU_ASSERT(read(osdep_process_fd(process, 1), line, 99) > 0);
    CHECK_INT(sscanf(line, "%ld %ld", &a, &b), 2);
    CU_ASSERT_TRUE(osdep_process_kill(process, &error_warn));
    CHECK_INT(osdep_process_wait(process, -1, NULL, &error_warn), 1);
    CU_ASSERT_TRUE(process_is_alive(a));
    CU_ASSERT_TRUE(process_is_alive(b));
    CU_ASSERT_TRUE(osdep_process_kill_tree(process, &error_warn));
    CU_ASSERT_TRUE(process_ends(a));
    CU_ASSERT_TRUE(process_ends(b));
    osdep_process_free(process);
}

/* To free a process does nothing to it. */
static void free_lets_it_run(void)
{
    PUPPET(argv, "sleep", "100");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    long pid;

    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    pid = (long)osdep_process_pid(process);
    osdep_process_free(process);
    CU_ASSERT_TRUE(process_is_alive(pid));
    kill_process(pid);
}

static void own_arguments(void)
{
    char name[] = "name", *argv[] = { name, NULL };
    int argc = 1;
    char **own = osdep_utf8_args(&argc, argv, &error_abort);

    CU_ASSERT_PTR_NULL(own[argc]);
#ifdef _WIN32 /* those that it really has */
    CU_ASSERT(strstr(own[0], "test-process") != NULL);
#else
    CU_ASSERT_PTR_EQUAL(own, argv);
    CHECK_INT(argc, 1);
#endif
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(exit_codes),
        TEST_ENTRY(own_arguments),
        TEST_ENTRY(arguments_come_back),
        TEST_ENTRY(program_with_another_name),
        TEST_ENTRY(streams_to_files),
        TEST_ENTRY(streams_to_descriptors),
        TEST_ENTRY(streams_to_pipes),
        TEST_ENTRY(environment),
        TEST_ENTRY(working_directory),
        TEST_ENTRY(missing_things_are_named),
        TEST_ENTRY(names_are_escaped),
        TEST_ENTRY(steps_are_told),
        TEST_ENTRY(bad_options_are_named),
        TEST_ENTRY(wait_with_a_timeout),
        TEST_ENTRY(signals_to_the_process),
        TEST_ENTRY(pollable_is_there),
        TEST_ENTRY(run_collects_both_streams),
        TEST_ENTRY(run_feeds_and_collects),
        TEST_ENTRY(run_with_little_input),
        TEST_ENTRY(run_keeps_64_mib),
        TEST_ENTRY(run_options_are_checked),
        TEST_ENTRY(run_with_stdin_closed_early),
        TEST_ENTRY(run_with_a_deadline),
        TEST_ENTRY(run_while_a_grandchild_holds_stdout),
        TEST_ENTRY(run_leaves_other_streams_alone),
        TEST_ENTRY(run_reports_what_cannot_be_run),
        TEST_ENTRY(kill_tree_leaves_none),
        TEST_ENTRY(kill_leaves_the_tree),
        TEST_ENTRY(free_lets_it_run),
        PROCESS_POSIX_CASES(TEST_LISTED)
        PROCESS_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("process", cases, sizeof(cases) / sizeof(cases[0]));
}
