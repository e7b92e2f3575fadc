/*
 * Every call of Windows and of the C runtime failing in turn
 *
 * SPDX-License-Identifier: MIT
 *
 * Each case is run once to see what it calls; then again for each of these
 * calls and each error that it can have.  What comes of it is either what comes
 * without the fault, looked at in the child, or an error that names the step
 * with the code; and all is as before.  What is made to fail and what is not is
 * in tests/helpers/faults-win32.c.
 */
#include "tests/cases.h"
#include "tests/helpers/faults-win32.h"
#include "tests/helpers/process.h"

#include <fcntl.h>
#include <io.h>
#include <signal.h>

#include "osdep/fd.h"
#include "osdep/ram.h"

#define SKIP_REASON "about the calls of POSIX systems"
FAULTS_POSIX_CASES(TEST_SKIP)

#define PUPPET_EXE PROGRAM("puppet")
#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* clang-format off */
#define STDIO_FILE(name, how) \
    { .kind = OSDEP_STDIO_FILE, .path = (name), .mode = OSDEP_FILE_##how }
/* clang-format on */
#define FOLDER "faults-win32"
#define IN_FILE FOLDER "\\in"
#define OUT_FILE FOLDER "\\out"

#define TRY(cases) \
    try_faults((cases), sizeof(cases) / sizeof((cases)[0]), false)

enum { PASSED = 30, FOR_EVER = 30000 };
static const OsdepPassFd passed[] = { { PASSED, PASSED }, { PASSED, 5 } };

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(text, f);
    fclose(f);
}

/* A file with something in it. */
static void open_passed(void)
{
    int fd = _open(IN_FILE, _O_RDWR | _O_BINARY);

    _dup2(fd, PASSED);
    _close(fd);
}

static void make_folder(void)
{
    CreateDirectoryW(L"" FOLDER, NULL);
    write_file(IN_FILE, "input");
    write_file(FOLDER "\\x.bat", "@echo [%1]\r\n");
    write_file(FOLDER "\\text.exe", "no program");
    open_passed();
}

static void remove_folder(void)
{
    _close(PASSED);
    _unlink(IN_FILE);
    _unlink(OUT_FILE);
    _unlink(FOLDER "\\x.bat");
    _unlink(FOLDER "\\text.exe");
    RemoveDirectoryW(L"" FOLDER);
}

/* Our own streams while a child is started that inherits them. */
typedef struct Streams {
    int saved[3];
    int pipe[2];
} Streams;

static void redirect(const FaultCase *c, Streams *s)
{
    int null = _open("NUL", _O_RDWR | _O_NOINHERIT);

    if (_pipe(s->pipe, 4096, _O_BINARY | _O_NOINHERIT) != 0) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        s->saved[i] = _dup(i);
        _dup2(i == 1 ? s->pipe[1] : null, i);
    }
    if (c->without_stdin) {
        _close(0);
    }
    _close(s->pipe[1]);
    _close(null);
}

static void redirect_back(Streams *s)
{
    for (int i = 0; i < 3; i++) {
        _dup2(s->saved[i], i);
        _close(s->saved[i]);
    }
}

/* Which step each message of osdep_spawn() and osdep_run() tells of. */
static const struct {
    const char *part;
    OsdepStep step;
} steps[] = {
    { "cannot execute '", OSDEP_STEP_EXECUTE },
    { "cannot change directory to '", OSDEP_STEP_DIRECTORY },
    { "cannot prepare to execute '", OSDEP_STEP_PREPARE },
    { ": cannot convert to UTF-16", OSDEP_STEP_PREPARE },
    { "cannot build the ", OSDEP_STEP_PREPARE },
    { " the job object for '", OSDEP_STEP_PREPARE },
    { " a job object for '", OSDEP_STEP_PREPARE },
    { ": not valid UTF-8", OSDEP_STEP_CHECK },
    { ": handle 0x", OSDEP_STEP_STREAM },
    { " is not open: ", OSDEP_STEP_CHECK },
    { ": cannot create a pipe", OSDEP_STEP_STREAM },
    { ": cannot hand on ", OSDEP_STEP_STREAM },
    { " was killed, but does not end", OSDEP_STEP_SERVE },
    { "Could not open '", OSDEP_STEP_STREAM },
    { "pass_fds: cannot read '", OSDEP_STEP_STREAM },
    { "cannot create a process for '", OSDEP_STEP_CREATE },
    { "cannot create an event", OSDEP_STEP_SERVE },
    { "cannot read from a process", OSDEP_STEP_SERVE },
    { "cannot write to a process", OSDEP_STEP_SERVE },
    { "cannot wait for ", OSDEP_STEP_SERVE },
    { "cannot end process ", OSDEP_STEP_SERVE },
    { "cannot kill the tree of process ", OSDEP_STEP_SERVE },
    { "cannot keep the output of ", OSDEP_STEP_SERVE },
    { "out of memory", OSDEP_STEP_NONE }, /* the static object */
};

/* Does the error, if there is one, tell of the step that its message names? */
static bool is_right_step(const Error *err)
{
    for (size_t i = 0; err && i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strstr(error_get_pretty(err), steps[i].part)) {
            return osdep_error_get_step(err) == steps[i].step;
        }
    }
    return !err;
}

static const char *output_of(const FaultCase *c, OsdepProcess *process,
                             const Streams *s)
{
    int fd = osdep_process_take_fd(process, 1);

    if (c->redirected) {
        fd = s->pipe[0];
    } else if (c->file) {
        fd = _open(c->file, _O_RDONLY | _O_BINARY);
    }
    return read_all(fd);
}

/* Spawn, wait, free. */
static void spawn(const FaultCase *c, Outcome *o)
{
    const char *said = "";
    OsdepProcess *process;
    OsdepExit how = { 0 };
    Streams s;
    int got;

    _lseek(PASSED, 0, SEEK_SET);
    if (c->redirected) {
        redirect(c, &s);
    }
    arm();
    process = osdep_spawn(&c->options, &o->err);
    disarm();
    if (c->redirected) {
        redirect_back(&s);
    }
    if (!process) {
        if (c->redirected) {
            _close(s.pipe[0]);
        }
        if (!o->err) {
            o->wrong = "it failed without an error";
        } else if (!is_right_step(o->err)) {
            o->wrong = "its step is not the one that the message names";
        }
        return;
    }
    if (o->err) {
        o->wrong = "it succeeded with an error";
    }
    if (c->in) {
        int fd = osdep_process_take_fd(process, 0);

        _write(fd, c->in, (unsigned int)strlen(c->in));
        _close(fd);
    }
    if (c->out && !c->file) {
        said = output_of(c, process, &s);
    }
    arm();
    got = osdep_process_wait(process, FOR_EVER, &how, &o->err);
    disarm();
    if (got < 0) {
        got = osdep_process_wait(process, FOR_EVER, &how, NULL);
        if (!o->err) {
            o->wrong = "the wait failed without an error";
        }
    }
    if (c->file) {
        said = output_of(c, process, &s);
    }
    if (got != 1) {
        o->wrong = "the child cannot be waited for";
    } else if (stream_was_missing(c)) {
        /* without what it was for, it may end in any way */
    } else if (how.kind != c->kind || how.code != c->code) {
        o->wrong = "the child ended otherwise";
    } else if (c->out && !strstr(said, c->out)) {
        o->wrong = "the child did something else";
    }
    arm_silently();
    osdep_process_free(process);
    disarm();
}

/* Its stdin is a handle that only this run knows. */
static void spawn_with_handle(const FaultCase *c, Outcome *o)
{
    FaultCase copy = *c;

    copy.options.in.handle = (HANDLE)_get_osfhandle(PASSED);
    spawn(&copy, o);
}

static void run(const FaultCase *c, Outcome *o)
{
    const OsdepRunOptions how = { .input = c->in,
                                  .input_len = c->in ? strlen(c->in) : 0,
                                  .timeout_ms = c->timeout_ms };
    OsdepRunResult result;
    bool ok;

    arm();
    ok = osdep_run(&c->options, &how, &result, &o->err);
    disarm();
    if (ok != !o->err) {
        o->wrong = "its result does not go with the error";
    } else if (!is_right_step(o->err)) {
        o->wrong = "its step is not the one that the message names";
    } else if (!ok && (result.out || result.err || result.out_len ||
                       result.timed_out || result.exit.code)) {
        o->wrong = "the result is not empty";
    } else if (ok &&
               (result.exit.kind != c->kind || result.exit.code != c->code ||
                result.timed_out != (c->kind == OSDEP_SIGNALLED))) {
        o->wrong = "the child ended otherwise";
    } else if (ok && c->out && strcmp(result.out, c->out) != 0) {
        o->wrong = "the child said something else";
    }
    osdep_run_result_clear(&result);
}

/* Do something to a process that sleeps. */
static void act(const FaultCase *c, Outcome *o)
{
    OsdepProcess *process;
    OsdepExit how = { 0 };
    bool ok;

    fake_console = c->has_console;
    process = osdep_spawn(&c->options, &error_abort);
    arm();
    ok = c->act(process, &o->err);
    disarm();
    fake_console = false;
    if (ok != !o->err) {
        o->wrong = "its result does not go with the error";
    }
    if (!ok || c->kind != OSDEP_SIGNALLED) {
        osdep_process_kill(process, NULL);
    }
    /* Who was not killed sleeps longer than that. */
    if (osdep_process_wait(process, FOR_EVER, &how, NULL) != 1) {
        o->wrong = "the child was not ended";
        osdep_process_kill(process, NULL);
        osdep_process_wait(process, -1, NULL, NULL);
    } else if (ok && c->kind == OSDEP_SIGNALLED &&
               (how.kind != c->kind || how.code != c->code)) {
        o->wrong = "the child ended otherwise";
    }
    osdep_process_free(process);
}

static bool look_at(OsdepProcess *process, Error **errp)
{
    return osdep_process_wait(process, 0, NULL, errp) == 0;
}

static bool send_term(OsdepProcess *process, Error **errp)
{
    return osdep_process_signal(process, SIGTERM, errp);
}

static bool send_break(OsdepProcess *process, Error **errp)
{
    return osdep_process_signal(process, SIGBREAK, errp);
}

/* Free a process that runs, or has ended if there is an @act to that. */
static void let_go(const FaultCase *c, Outcome *o)
{
    OsdepProcess *process;
    HANDLE handle = NULL;
    OsdepExit how;

    arm(); /* so that it is known what it holds */
    process = osdep_spawn(&c->options, &o->err);
    disarm();
    if (!process) {
        return;
    }
    if (c->act) {
        c->act(process, &error_abort);
        osdep_process_wait(process, FOR_EVER, &how, &error_abort);
    }
    DuplicateHandle(
        GetCurrentProcess(), (HANDLE)osdep_process_pollable(process),
        GetCurrentProcess(), &handle, 0, FALSE, DUPLICATE_SAME_ACCESS);
    arm_silently();
    osdep_process_free(process);
    disarm();
    if (!c->act && WaitForSingleObject(handle, 100) != WAIT_TIMEOUT) {
        o->wrong = "the child was ended";
    }
    TerminateProcess(handle, 1);
    WaitForSingleObject(handle, FOR_EVER);
    CloseHandle(handle);
}

/*
 * Free a process that has ended and was to die with us; what it started dies
 * then, too, and not before.
 */
static void let_tree_go(const FaultCase *c, Outcome *o)
{
    OsdepProcess *process;
    HANDLE sleepers[2];
    long pids[2] = { 0 };
    char line[100] = "";

    arm();
    process = osdep_spawn(&c->options, &o->err);
    disarm();
    if (!process) {
        return;
    }
    for (char *at = line; at == line || at[-1] != '\n'; at++) {
        if (at == line + sizeof(line) - 1 ||
            _read(osdep_process_fd(process, 1), at, 1) != 1) {
            break;
        }
    }
    sscanf(line, "%ld %ld", &pids[0], &pids[1]);
    osdep_process_wait(process, FOR_EVER, NULL, &error_abort);
    arm_silently();
    osdep_process_free(process);
    disarm();
    for (int i = 0; i < 2; i++) {
        sleepers[i] =
            OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pids[i]);
        if (!sleepers[i] ||
            WaitForSingleObject(sleepers[i], 100) != WAIT_TIMEOUT) {
            o->wrong = "what the child started was ended";
        }
        TerminateProcess(sleepers[i], 1);
        WaitForSingleObject(sleepers[i], FOR_EVER);
        CloseHandle(sleepers[i]);
    }
}

void faults_of_spawn_are_reported(void)
{
#define PUTS ARGV(PUPPET_EXE, "puts", "x")
#define TO_PIPE                                                \
    .in.kind = OSDEP_STDIO_NULL, .out.kind = OSDEP_STDIO_PIPE, \
    .err.kind = OSDEP_STDIO_NULL
#define WITH(what)                                                     \
    .options = { .argv = PUTS, TO_PIPE, .flags = what }, .out = "x\n", \
    .run = spawn
    const FaultCase cases[] = {
        { .name = "streams inherited",
          .run = spawn,
          .options = { .argv = PUTS },
          .out = "x\n",
          .redirected = true,
          .finds_streams =
              "DuplicateHandle|GetHandleInformation|GetStdHandle" },
        { .name = "no stdin to inherit",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "fds") },
          .out = "1 2\n",
          .redirected = true,
          .without_stdin = true,
          .finds_streams =
              "DuplicateHandle|GetHandleInformation|GetStdHandle" },
        { .name = "null devices",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "count"),
                       .in.kind = OSDEP_STDIO_NULL,
                       .out.kind = OSDEP_STDIO_NULL,
                       .err.kind = OSDEP_STDIO_NULL } },
        { .name = "pipes",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "cat"),
                       .in.kind = OSDEP_STDIO_PIPE,
                       .out.kind = OSDEP_STDIO_PIPE,
                       .err.kind = OSDEP_STDIO_PIPE },
          .in = "hello",
          .out = "hello" },
        { .name = "stderr to stdout",
          .run = spawn,
          .options = { .argv = PUTS,
                       .in.kind = OSDEP_STDIO_NULL,
                       .out.kind = OSDEP_STDIO_PIPE,
                       .err.kind = OSDEP_STDIO_STDOUT },
          .out = "x\nerr:x\n" },
        { .name = "descriptors",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "cat"),
                       .in = { .kind = OSDEP_STDIO_FD, .fd = PASSED },
                       .out.kind = OSDEP_STDIO_PIPE,
                       .err = { .kind = OSDEP_STDIO_FD, .fd = PASSED } },
          .out = "input" },
        { .name = "files",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "cat"),
                       .in = STDIO_FILE(IN_FILE, READ),
                       .out = STDIO_FILE(OUT_FILE, TRUNCATE),
                       .err = STDIO_FILE(OUT_FILE, APPEND) },
          .out = "input",
          .file = OUT_FILE },
        { .name = "handles",
          .run = spawn_with_handle,
          .options = { .argv = ARGV(PUPPET_EXE, "cat"),
                       .in = { .kind = OSDEP_STDIO_HANDLE },
                       .out.kind = OSDEP_STDIO_PIPE,
                       .err.kind = OSDEP_STDIO_NULL },
          .out = "input" },
        { .name = "cwd",
          .run = spawn,
          .options = { .argv = ARGV("..\\puppet.exe", "cwd"),
                       .cwd = FOLDER,
                       TO_PIPE },
          .out = FOLDER },
        { .name = "env",
          .run = spawn,
          .options = { .argv = ARGV("puppet", "env", "A"),
                       TO_PIPE,
                       .env = ARGV("A=b", "PATH=nope;.") },
          .out = "b",
          .searches = true },
        { .name = "PATH",
          .run = spawn,
          .options = { .argv = ARGV("puppet", "puts", "x"), TO_PIPE },
          .out = "x\n",
          .searches = true },
        { .name = "program",
          .run = spawn,
          .options = { .argv = ARGV("a name", "argv0"),
                       .program = PUPPET_EXE,
                       TO_PIPE },
          .out = "a name" },
        { .name = "pass_fds",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE, "fds"),
                       TO_PIPE,
                       .pass_fds = passed,
                       .n_pass_fds = 2 },
          .out = "0 1 2 5 30\n" },
        { .name = "pass_fds for a batch file",
          .run = spawn,
          .options = { .argv = ARGV(FOLDER "\\x.bat", "a"),
                       TO_PIPE,
                       .pass_fds = passed,
                       .n_pass_fds = 1 },
          .out = "[a]\r\n" },
        { .name = "NEW_GROUP", WITH(OSDEP_SPAWN_NEW_GROUP) },
        { .name = "NEW_SESSION", WITH(OSDEP_SPAWN_NEW_SESSION) },
        { .name = "TREE", WITH(OSDEP_SPAWN_TREE) },
        { .name = "DIE_WITH_PARENT", WITH(OSDEP_SPAWN_DIE_WITH_PARENT) },
        { .name = "INHERIT_FDS", WITH(OSDEP_SPAWN_INHERIT_FDS) },
        { .name = "HIDE_WINDOW", WITH(OSDEP_SPAWN_HIDE_WINDOW) },
        { .name = "batch file",
          .run = spawn,
          .options = { .argv = ARGV(FOLDER "\\x.bat", "a"), TO_PIPE },
          .out = "[a]\r\n" },
        { .name = "all at once",
          .run = spawn,
          .options = { .argv = ARGV("puppet", "cat"),
                       .env = ARGV("A=b", "PATH=..", "B=c"),
                       .cwd = FOLDER,
                       .in.kind = OSDEP_STDIO_PIPE,
                       .out.kind = OSDEP_STDIO_PIPE,
                       .err = STDIO_FILE(OUT_FILE, APPEND),
                       .pass_fds = passed,
                       .n_pass_fds = 1,
                       .flags = OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_TREE |
                                OSDEP_SPAWN_DIE_WITH_PARENT },
          .in = "hello",
          .out = "hello",
          .searches = true },
        { .name = "no such program in PATH",
          .run = spawn,
          .options = { .argv = ARGV("nope"), .env = ARGV("PATH=nope;.") },
          .error = ENOENT,
          .searches = true },
        { .name = "no such program",
          .run = spawn,
          .options = { .argv = ARGV(".\\nope") },
          .error = ENOENT },
        { .name = "no such folder",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE), .cwd = "nope" },
          .error = ENOENT },
        { .name = "no such file",
          .run = spawn,
          .options = { .argv = ARGV(PUPPET_EXE),
                       .in = STDIO_FILE("nope", READ),
                       .out.kind = OSDEP_STDIO_NULL,
                       .err.kind = OSDEP_STDIO_NULL },
          .error = ENOENT },
        { .name = "no program",
          .run = spawn,
          .options = { .argv = ARGV(FOLDER "\\text.exe"), TO_PIPE },
          .error = ENOEXEC },
        { .name = "no UTF-8",
          .run = spawn,
          .options = { .argv = ARGV("\xff") },
          .error = EINVAL },
    };
    const FaultCase without_path[] = {
        { .name = "no PATH",
          .run = spawn,
          .options = { .argv = ARGV("nope") },
          .error = ENOENT,
          .searches = true },
    };
    static WCHAR path[32767];

    make_folder();
    GetEnvironmentVariableW(L"PATH", path, 32767);
    SetEnvironmentVariableW(L"PATH", L"nope;.");
    CHECK_INT(TRY(cases), 0);
    SetEnvironmentVariableW(L"PATH", NULL);
    CHECK_INT(TRY(without_path), 0);
    SetEnvironmentVariableW(L"PATH", path);
    remove_folder();
}

void faults_of_run_are_reported(void)
{
    static char much[140001];
    const FaultCase cases[] = {
        { .name = "run",
          .run = run,
          .options = { .argv = PUTS },
          .out = "x\n",
          .timeout_ms = 0 },
        { .name = "run with input",
          .run = run,
          .options = { .argv = ARGV(PUPPET_EXE, "cat") },
          .in = "hello",
          .out = "hello",
          .timeout_ms = FOR_EVER },
        { .name = "run with much",
          .run = run,
          .options = { .argv = ARGV(PUPPET_EXE, "cat") },
          .in = much,
          .out = much,
          .timeout_ms = 0 },
        { .name = "run of a batch file",
          .run = run,
          .options = { .argv = ARGV(".\\x.bat", "a"), .cwd = FOLDER },
          .out = "[a]\r\n",
          .timeout_ms = FOR_EVER },
        { .name = "run to the deadline",
          .run = run,
          .options = { .argv = ARGV(PUPPET_EXE, "sleep", "100") },
          .in = much,
          .timeout_ms = 50,
          .kind = OSDEP_SIGNALLED,
          .code = 9 },
        { .name = "run of a tree to the deadline",
          .run = run,
          .options = { .argv = ARGV(PUPPET_EXE, "sleep", "100"),
                       .flags = OSDEP_SPAWN_TREE },
          .timeout_ms = 50,
          .kind = OSDEP_SIGNALLED,
          .code = 9 },
    };

    memset(much, 'x', sizeof(much) - 1);
    make_folder();
    CHECK_INT(TRY(cases), 0);
    remove_folder();
}

void faults_of_processes_are_reported(void)
{
#define NULLS                                                  \
    .in.kind = OSDEP_STDIO_NULL, .out.kind = OSDEP_STDIO_NULL, \
    .err.kind = OSDEP_STDIO_NULL
#define SLEEP .options = {.argv = ARGV(PUPPET_EXE, "sleep", "100"), NULLS }
#define SLEEP_WITH(what)                                   \
    .options = { .argv = ARGV(PUPPET_EXE, "sleep", "100"), \
                 NULLS,                                    \
                 .flags = what }
    const FaultCase cases[] = {
        { .name = "wait", .run = act, SLEEP, .act = look_at },
        { .name = "signal",
          .run = act,
          SLEEP,
          .act = send_term,
          .kind = OSDEP_SIGNALLED,
          .code = SIGTERM },
        { .name = "break",
          .run = act,
          SLEEP_WITH(OSDEP_SPAWN_NEW_GROUP),
          .act = send_break,
          .has_console = true },
        { .name = "terminate",
          .run = act,
          SLEEP,
          .act = osdep_process_terminate,
          .kind = OSDEP_SIGNALLED,
          .code = SIGTERM },
        { .name = "kill",
          .run = act,
          SLEEP,
          .act = osdep_process_kill,
          .kind = OSDEP_SIGNALLED,
          .code = 9 },
        { .name = "kill_tree",
          .run = act,
          SLEEP_WITH(OSDEP_SPAWN_TREE),
          .act = osdep_process_kill_tree,
          .kind = OSDEP_SIGNALLED,
          .code = 9 },
        { .name = "free", .run = let_go, SLEEP },
        { .name = "free, to die with us",
          .run = let_go,
          SLEEP_WITH(OSDEP_SPAWN_DIE_WITH_PARENT),
          .keeps_job = true },
        { .name = "free of the ended",
          .run = let_go,
          SLEEP_WITH(OSDEP_SPAWN_DIE_WITH_PARENT),
          .act = osdep_process_kill },
        { .name = "free of who left a tree",
          .run = let_tree_go,
          .options = { .argv = ARGV(PUPPET_EXE, "tree-and-exit"),
                       TO_PIPE,
                       .flags = OSDEP_SPAWN_DIE_WITH_PARENT },
          .keeps_job = true },
    };

    CHECK_INT(TRY(cases), 0);
}

static void make_pipe(const FaultCase *c, Outcome *o)
{
    int fds[2] = { -5, -6 };
    char text[3] = "";
    bool ok;

    (void)c;
    arm();
    ok = osdep_pipe(fds, &o->err);
    disarm();
    if (ok != !o->err) {
        o->wrong = "its result does not go with the error";
    } else if (!ok && (fds[0] != -5 || fds[1] != -6)) {
        o->wrong = "the descriptors were changed";
    } else if (ok && (_write(fds[1], "hi", 2) != 2 ||
                      _read(fds[0], text, 2) != 2 || strcmp(text, "hi") != 0)) {
        o->wrong = "it carries nothing";
    }
    if (ok) {
        _close(fds[0]);
        _close(fds[1]);
    }
}

static char reported[2048];

static void keep_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)kind, (void)hint, (void)opaque;
    strcat(strcat(reported, message), "\n");
}

/*
 * It ends the program with a report: what qemu_set_cloexec() has as an error is
 * one that has the same text.
 */
static void set_cloexec(const FaultCase *c, Outcome *o)
{
    static const char fmt[] = "cannot make descriptor %d close-on-exec";
    HANDLE handle = (HANDLE)_get_osfhandle(PASSED);
    Error *err[3] = { NULL };
    DWORD flags = 0;

    (void)c;
    SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    reported[0] = '\0';
    osdep_error_set_reporter(keep_report, NULL);
    if (setjmp(abort_goes_here) == 0) {
        abort_jumps = true;
        arm();
        qemu_set_cloexec(PASSED);
        disarm();
        GetHandleInformation(handle, &flags);
        if (flags & HANDLE_FLAG_INHERIT) {
            o->wrong = "it can be inherited";
        }
    } else {
        disarm();
        error_setg_win32(&err[0], planned_code(), fmt, PASSED);
        error_setg_errno(&err[1], planned_code(), fmt, PASSED);
        error_setg_errno(&err[2], ENOMEM, "out of memory");
        for (int i = 0; i < 3; i++) {
            /* The last one is a static error, without the system's text. */
            if (!o->err && strstr(reported, i < 2 ? error_get_pretty(err[i])
                                                  : "out of memory\n")) {
                o->err = err[i];
            } else {
                error_free(err[i]);
            }
        }
        if (!o->err) {
            o->wrong = "the report says something else";
        }
    }
    abort_jumps = false;
    osdep_error_set_reporter(NULL, NULL);
}

static void close_all(const FaultCase *c, Outcome *o)
{
    int skip[64], n = 0, fds[4];

    (void)c;
    for (int fd = 0; fd < 64; fd++) {
        if (_get_osfhandle(fd) != -1) {
            skip[n++] = fd;
        }
    }
    for (int i = 0; i < 4; i++) {
        fds[i] = _dup(PASSED);
    }
    arm_silently();
    qemu_close_all_open_fd(skip, (unsigned int)n);
    disarm();
    for (int i = 0; i < 4; i++) {
        if (_get_osfhandle(fds[i]) != -1) {
            _close(fds[i]);
            o->wrong = "one is open";
        }
    }
}

void faults_of_descriptors_are_reported(void)
{
    const FaultCase cases[] = {
        { .name = "pipe", .run = make_pipe },
        { .name = "set_cloexec", .run = set_cloexec, .aborts = true },
        /* That it asks of a number what handle it has is how it looks. */
        { .name = "close_all", .run = close_all, .only = "_close" },
    };

    make_folder();
    /* MinGW's thread-local variables make a semaphore when first used. */
    osdep_error_set_reporter(keep_report, NULL);
    error_report("first");
    osdep_error_set_reporter(NULL, NULL);
    CHECK_INT(TRY(cases), 0);
    remove_folder();
}

static void alloc_ram(const FaultCase *c, Outcome *o)
{
    char *ram;

    (void)c;
    arm();
    ram = osdep_ram_alloc(5 << 20, 0, &o->err);
    disarm();
    if (ram) {
        ram[0] = ram[(5 << 20) - 1] = 1;
        arm();
        qemu_anon_ram_free(ram, 5 << 20);
        disarm();
    } else if (errno != ENOMEM) {
        o->wrong = "errno is another";
    }
}

static void alloc_aligned(const FaultCase *c, Outcome *o)
{
    void *p;

    (void)c;
    arm();
    p = qemu_try_memalign(4096, 100);
    if (!p) {
        error_setg_errno(&o->err, errno, "cannot allocate 100 bytes");
    }
    qemu_vfree(p);
    disarm();
}

void faults_of_ram_are_reported(void)
{
    const FaultCase cases[] = {
        { .name = "RAM", .run = alloc_ram },
        { .name = "aligned memory", .run = alloc_aligned },
    };

    CHECK_INT(TRY(cases), 0);
}

/*
 * A message comes out, in a console or in the file that stderr is; maybe without
 * the name of the program.
 */
static void report(const FaultCase *c, Outcome *o)
{
    static const char said[] = "a message, h\xc3\xa9llo";
    static const char message[] = "a message, h\xc3\xa9llo\n";
    int fd = _open(OUT_FILE, _O_RDWR | _O_CREAT | _O_TRUNC | _O_BINARY, 0600);
    int saved = _dup(2);
    const char *text;

    _dup2(fd, 2);
    memset(fake_console_text, 0, sizeof(fake_console_text));
    fake_console = c->wrong != 0;
    arm_silently();
    error_report("%s", said);
    disarm();
    fake_console = false;
    _dup2(saved, 2);
    _close(saved);
    _lseek(fd, 0, SEEK_SET);
    text = read_all(fd);
    if (!strstr(text, message) && !strstr(fake_console_text, message)) {
        o->wrong = "the message is lost";
    } else if (*text && fake_console_text[0]) {
        o->wrong = "the message came twice";
    }
}

void faults_of_reports_leave_the_message(void)
{
    const FaultCase cases[] = {
        { .name = "report to a file", .run = report },
        { .name = "report to a console", .run = report, .wrong = 1 },
    };

    make_folder();
    CHECK_INT(TRY(cases), 0);
    remove_folder();
}

/* What careless code gets wrong when a call fails. */
enum {
    KEEPS_A_HANDLE = 1,
    KEEPS_MEMORY,
    KEEPS_A_DESCRIPTOR,
    KEEPS_THE_FOLDER,
    KEEPS_THE_CHILD,
    CLOSES_TWICE,
    TELLS_ANOTHER_CODE,
    TELLS_ANOTHER_STEP,
    TELLS_NOTHING,
    IGNORES_A_FAILURE,
};

/* A spawn as one writes it in a hurry: right but for what is @c->wrong. */
static void careless_spawn(const FaultCase *c, Outcome *o)
{
    WCHAR command[] = L"puppet sleep 100", folder[MAX_PATH];
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION info;
    HANDLE ends[2] = { NULL, NULL };
    DWORD waited;
    int fd = -1;
    void *plan;

    GetCurrentDirectoryW(MAX_PATH, folder);
    arm();
    plan = malloc(100);
    if (!plan) {
        error_setg_errno(&o->err, ENOMEM, "cannot plan");
    } else if (!CreatePipe(&ends[0], &ends[1], NULL, 0) &&
               c->wrong != IGNORES_A_FAILURE) {
        error_setg_win32(&o->err, (int)GetLastError(),
                         "p: cannot create a pipe");
    } else if (ends[0] &&
               (fd = _open_osfhandle((intptr_t)ends[0], _O_RDONLY)) < 0) {
        error_setg_errno(&o->err, EMFILE, "p: cannot open a descriptor");
        CloseHandle(ends[0]);
    } else if (SetCurrentDirectoryW(L"" FOLDER) &&
               !CreateProcessW(L"..\\puppet.exe", command, NULL, NULL, FALSE, 0,
                               NULL, NULL, &startup, &info)) {
        int code = (int)GetLastError();

        if (c->wrong == TELLS_ANOTHER_CODE) {
            code = ERROR_GEN_FAILURE;
        }
        if (c->wrong != TELLS_NOTHING) {
            error_setg_win32(&o->err, code, "%s",
                             c->wrong == TELLS_ANOTHER_STEP
                                 ? "p: cannot create a pipe"
                                 : "cannot execute 'puppet'");
        }
        if (c->wrong == CLOSES_TWICE) {
            CloseHandle(ends[1]);
        }
    } else {
        waited = WaitForSingleObject(info.hProcess, 0);
        if (waited == WAIT_FAILED) {
            error_setg_win32(&o->err, (int)GetLastError(),
                             "cannot wait for it");
        }
        if (waited != WAIT_FAILED || c->wrong != KEEPS_THE_CHILD) {
            disarm();
            TerminateProcess(info.hProcess, 1);
            WaitForSingleObject(info.hProcess, INFINITE);
            arm();
        }
        CloseHandle(info.hThread);
        CloseHandle(info.hProcess);
    }
    if (!o->err || c->wrong != KEEPS_THE_FOLDER) {
        SetCurrentDirectoryW(folder);
    }
    if (ends[1] && (!o->err || c->wrong != KEEPS_A_HANDLE)) {
        CloseHandle(ends[1]);
    }
    if (fd >= 0 && (!o->err || c->wrong != KEEPS_A_DESCRIPTOR)) {
        _close(fd);
    }
    if (!o->err || c->wrong != KEEPS_MEMORY) {
        free(plan);
    }
    disarm();
}

void faults_of_careless_code_are_found(void)
{
    make_folder();
    for (unsigned int wrong = 0; wrong <= IGNORES_A_FAILURE; wrong++) {
        const FaultCase c = { .name = "careless",
                              .run = careless_spawn,
                              .wrong = wrong };
        int found = try_faults(&c, 1, wrong != 0);

        CHECK_INT(found > 0, wrong != 0);
        if ((found > 0) != (wrong != 0)) {
            printf("# %u\n", wrong);
        }
    }
    remove_folder();
}

/* What CreateProcessW() is told of consoles and streams. */
void consoles_are_as_the_flags_say(void)
{
    enum {
        HIDE = OSDEP_SPAWN_HIDE_WINDOW,
        SESSION = OSDEP_SPAWN_NEW_SESSION,
        GROUP = OSDEP_SPAWN_NEW_GROUP,
        NOBODY = CREATE_NO_WINDOW,
        NEW = CREATE_NEW_PROCESS_GROUP,
        ASKED = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | DETACHED_PROCESS |
                CREATE_NEW_CONSOLE,
        ALWAYS = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                 CREATE_DEFAULT_ERROR_MODE,
    };
    static const struct {
        unsigned int flags;
        OsdepStdioKind kind;
        bool console; /* we have one, and our streams are its */
        bool closed;  /* 0, 1 and 2 are */
        DWORD creation;
        bool no_streams; /* the system is to find some */
    } cases[] = {
        /* Handles of a console of ours are of no use in another one. */
        { HIDE, OSDEP_STDIO_INHERIT, true, false, 0, false },
        { HIDE | GROUP, OSDEP_STDIO_INHERIT, true, false, NEW, false },
        { HIDE, OSDEP_STDIO_INHERIT, false, false, NOBODY, false },
        { HIDE, OSDEP_STDIO_NULL, false, false, NOBODY, false },
        { HIDE, OSDEP_STDIO_PIPE, false, false, NOBODY, false },
        { HIDE | GROUP, OSDEP_STDIO_NULL, false, false, NOBODY | NEW, false },
        /* Not DETACHED_PROCESS: what it starts would open a console. */
        { SESSION, OSDEP_STDIO_INHERIT, true, false, NOBODY | NEW, false },
        { SESSION, OSDEP_STDIO_NULL, false, false, NOBODY | NEW, false },
        { SESSION | HIDE, OSDEP_STDIO_PIPE, false, false, NOBODY | NEW, false },
        { SESSION | GROUP, OSDEP_STDIO_NULL, true, false, NOBODY | NEW, false },
        { 0, OSDEP_STDIO_INHERIT, true, false, 0, false },
        { GROUP, OSDEP_STDIO_NULL, false, false, NEW, false },
        /* A program with windows, and one that closed all. */
        { 0, OSDEP_STDIO_INHERIT, false, true, 0, true },
        { HIDE, OSDEP_STDIO_INHERIT, false, true, NOBODY, true },
        { 0, OSDEP_STDIO_INHERIT, true, true, 0, false },
        { 0, OSDEP_STDIO_NULL, false, true, 0, false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const OsdepSpawnOptions options = {
            .argv = ARGV(PUPPET_EXE, "exit", "0"),
            .in.kind = cases[i].kind,
            .out.kind = cases[i].kind,
            .err.kind = cases[i].kind,
            .flags = cases[i].flags,
        };
        bool uses_handles, hides;
        OsdepProcess *process;
        int saved[3];

        plan_fault(NULL, 0, 0);
        fake_console = cases[i].console;
        for (int fd = 0; fd < 3; fd++) {
            saved[fd] = _dup(fd);
        }
        for (int fd = 0; fd < 3 && cases[i].closed; fd++) {
            _close(fd);
        }
        arm();
        process = osdep_spawn(&options, NULL);
        disarm();
        for (int fd = 0; fd < 3; fd++) {
            _dup2(saved[fd], fd);
            _close(saved[fd]);
        }
        fake_console = false;
        CU_ASSERT_PTR_NOT_NULL_FATAL(process);
        CHECK_INT(osdep_process_wait(process, FOR_EVER, NULL, NULL), 1);
        osdep_process_free(process);
        forget_held();

        uses_handles = seen.startup.dwFlags & STARTF_USESTDHANDLES;
        hides = seen.startup.dwFlags & STARTF_USESHOWWINDOW;
        if ((seen.creation & ASKED) != cases[i].creation ||
            uses_handles == cases[i].no_streams) {
            printf("# case %zu\n", i);
        }
        CHECK_INT(seen.creation & ASKED, cases[i].creation);
        CHECK_INT(seen.creation & ALWAYS, ALWAYS);
        CHECK_INT(uses_handles, !cases[i].no_streams);
        CHECK_INT(hides, (cases[i].flags & HIDE) != 0);
        /* -1 is the process itself. */
        CU_ASSERT(seen.startup.hStdInput != INVALID_HANDLE_VALUE);
        CU_ASSERT(seen.startup.hStdOutput != INVALID_HANDLE_VALUE);
        CU_ASSERT(seen.startup.hStdError != INVALID_HANDLE_VALUE);
    }
}

/* What a run says and does; true with @result to be cleared. */
static bool run_counted(const OsdepSpawnOptions *options, int timeout_ms,
                        OsdepRunResult *result, Error **errp)
{
    const OsdepRunOptions how = { .input = "x",
                                  .input_len = 1,
                                  .timeout_ms = timeout_ms };
    bool ok;

    arm();
    ok = osdep_run(options, &how, result, errp);
    disarm();
    forget_held();
    return ok;
}

/* Names that cannot be guessed, and no access for others. */
void pipes_are_ours_alone(void)
{
    /* S-1-3-4: who owns the object */
    static const BYTE owner[] = { 1, 1, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0 };
    const OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat") };
    const ACL *list = (const ACL *)seen.list;
    const ACCESS_ALLOWED_ACE *entry =
        (const ACCESS_ALLOWED_ACE *)(seen.list + sizeof(*list));
    OsdepRunResult result;

    plan_fault(NULL, 0, 0);
    CU_ASSERT_TRUE_FATAL(run_counted(&options, FOR_EVER, &result, NULL));
    osdep_run_result_clear(&result);
    CHECK_INT(seen.n_pipes, 3);
    for (int i = 0; i < 3; i++) {
        const WCHAR *random = wcsrchr(seen.pipes[i], L'-');

        CU_ASSERT_PTR_NOT_NULL_FATAL(random);
        CHECK_INT(wcslen(random), 1 + 32);
        CU_ASSERT(wcsspn(random + 1, L"0") < 32);
        CHECK_INT(seen.pipe_open[i] & FILE_FLAG_FIRST_PIPE_INSTANCE,
                  FILE_FLAG_FIRST_PIPE_INSTANCE);
        CHECK_INT(seen.pipe_mode[i] & PIPE_REJECT_REMOTE_CLIENTS,
                  PIPE_REJECT_REMOTE_CLIENTS);
        for (int k = 0; k < i; k++) {
            CU_ASSERT(wcscmp(random, wcsrchr(seen.pipes[k], L'-')) != 0);
        }
    }
    CHECK_INT(seen.descriptor.Control & SE_DACL_PRESENT, SE_DACL_PRESENT);
    CHECK_INT(seen.descriptor.Control & SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    CHECK_INT(list->AceCount, 1);
    CHECK_INT(entry->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
    CHECK_INT(entry->Mask, FILE_ALL_ACCESS);
    CHECK_INT(memcmp(&entry->SidStart, owner, sizeof(owner)), 0);
    CHECK_INT(list->AclSize, sizeof(*list) + entry->Header.AceSize);
    CU_ASSERT(IsValidAcl((ACL *)seen.list));
}

/* Another program has a pipe of that name, or the end that we were to open. */
void pipes_that_are_taken_have_others(void)
{
    static const struct {
        const char *function;
        int code;
    } taken[] = {
        { "CreateNamedPipeW", ERROR_PIPE_BUSY },
        { "CreateNamedPipeW", ERROR_ACCESS_DENIED },
        { "CreateNamedPipeW", ERROR_ALREADY_EXISTS },
        { "CreateFileW", ERROR_PIPE_BUSY },
    };
    const OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "cat") };

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        OsdepRunResult result;
        Error *err = NULL;

        plan_fault(taken[i].function, 1, taken[i].code);
        if (!run_counted(&options, FOR_EVER, &result, &err)) {
            printf("# %s\n", error_get_pretty(err));
            error_free(err);
            CU_FAIL("osdep_run");
            continue;
        }
        CHECK_STR(result.out, "x");
        osdep_run_result_clear(&result);
        CHECK_INT(seen.n_pipes, 4);
        CU_ASSERT(wcscmp(seen.pipes[0], seen.pipes[1]) != 0);
    }
    /* Eight names are tried, and no more. */
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        OsdepRunResult result;
        Error *err = NULL;

        plan_faults(taken[i].function, 1, taken[i].code);
        CU_ASSERT_FALSE_FATAL(run_counted(&options, FOR_EVER, &result, &err));
        CHECK_CONTAINS(error_get_pretty(err), "in: cannot create a pipe: ");
        CHECK_INT(osdep_error_get_win32(err), taken[i].code);
        CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_STREAM);
        error_free_or_abort(&err);
        CHECK_INT(seen.n_pipes, 8);
    }
    plan_fault(NULL, 0, 0);
}

/*
 * The mode is for out and err: in is duplicated as it is.  Windows would refuse
 * to add access to what can only be read, which Wine does not.
 */
void input_appends_nowhere(void)
{
    static const OsdepStdioKind kinds[] = { OSDEP_STDIO_FD,
                                            OSDEP_STDIO_HANDLE };

    make_folder();
    for (int i = 0; i < 2; i++) {
        const OsdepSpawnOptions options = {
            .argv = ARGV(PUPPET_EXE, "cat"),
            .in = { .kind = kinds[i],
                    .fd = PASSED,
                    .handle = (void *)_get_osfhandle(PASSED),
                    .mode = OSDEP_FILE_APPEND },
        };
        const OsdepRunOptions how = { .timeout_ms = FOR_EVER };
        OsdepRunResult result;

        _lseek(PASSED, 0, SEEK_SET);
        plan_fault(NULL, 0, 0);
        arm();
        CU_ASSERT_TRUE_FATAL(osdep_run(&options, &how, &result, NULL));
        disarm();
        forget_held();
        CHECK_STR(result.out, "input");
        CHECK_INT(seen.n_other_access, 0);
        osdep_run_result_clear(&result);
    }
    remove_folder();
}

/* As CreateProcessW() does to packaged programs. */
void refused_jobs_are_named(void)
{
    static const int codes[] = { ERROR_NOT_SUPPORTED, ERROR_ACCESS_DENIED };

    for (int i = 0; i < 2; i++) {
        OsdepSpawnOptions options = { .argv = ARGV(PUPPET_EXE, "exit", "0"),
                                      .flags = OSDEP_SPAWN_TREE };
        OsdepRunResult result;
        Error *err = NULL;

        plan_fault("CreateProcessW", 1, codes[i]);
        CU_ASSERT_FALSE_FATAL(run_counted(&options, 0, &result, &err));
        CHECK_CONTAINS(error_get_pretty(err),
                       "cannot execute '" PUPPET_EXE "' in a job object: ");
        CHECK_INT(osdep_error_get_win32(err), codes[i]);
        CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_EXECUTE);
        error_free_or_abort(&err);
        options.flags = 0;
        plan_fault("CreateProcessW", 1, codes[i]);
        CU_ASSERT_FALSE_FATAL(run_counted(&options, 0, &result, &err));
        CU_ASSERT_PTR_NULL(strstr(error_get_pretty(err), "job"));
        error_free_or_abort(&err);
    }
    plan_fault(NULL, 0, 0);
}

/*
 * A process that cannot be ended, as one that hangs in a driver: the system
 * takes the first TerminateProcess(), and refuses all others because the
 * process is ending.  It is waited for once, for a second.  It sleeps for less
 * than for ever, so that a run which waits for it ends, and says so.
 */
void run_ends_though_its_child_does_not(void)
{
    const OsdepSpawnOptions options = { .argv =
                                            ARGV(PUPPET_EXE, "sleep", "20") };
    OsdepRunResult result;
    Error *err = NULL;
    long pid = 0;

    plan_faults("TerminateProcess", 2, ERROR_ACCESS_DENIED);
    immortal = true;
    CU_ASSERT_FALSE(run_counted(&options, 300, &result, &err));
    immortal = false;
    CHECK_INT(seen.waited_ms, 1000);
    plan_fault(NULL, 0, 0);
    if (!err) {
        osdep_run_result_clear(&result);
        return;
    }
    CHECK_INT(osdep_error_get_errno(err), ETIMEDOUT);
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_SERVE);
    CHECK_INT(sscanf(error_get_pretty(err),
                     "process %ld was killed, but does not end", &pid),
              1);
    CU_ASSERT(process_is_alive(pid));
    kill_process(pid);
    error_free(err);
}

/* An error that is ETIMEDOUT need not be that of the deadline. */
void run_kills_whatever_its_error_is(void)
{
    const OsdepSpawnOptions options = { .argv =
                                            ARGV(PUPPET_EXE, "sleep", "20") };
    OsdepRunResult result;
    Error *err = NULL;

    plan_fault("ReadFile", 1, ERROR_SEM_TIMEOUT);
    CU_ASSERT_FALSE_FATAL(run_counted(&options, FOR_EVER, &result, &err));
    CHECK_CONTAINS(error_get_pretty(err), "cannot read from a process: ");
    CHECK_INT(osdep_error_get_errno(err), ETIMEDOUT);
    CU_ASSERT_FALSE(process_is_alive(seen.pid));
    error_free_or_abort(&err);
    plan_fault(NULL, 0, 0);
}

/* What the end by a console's event that we may have sent is taken for. */
static uint32_t end_by_event(OsdepProcess *process)
{
    OsdepExit how = { 0 };

    TerminateProcess((HANDLE)osdep_process_pollable(process),
                     STATUS_CONTROL_C_EXIT);
    CHECK_INT(osdep_process_wait(process, FOR_EVER, &how, NULL), 1);
    CHECK_INT(how.kind, OSDEP_SIGNALLED);
    osdep_process_free(process);
    return how.code;
}

/* SIGBREAK goes by our console, and counts only if it was sent. */
void breaks_need_a_console(void)
{
    const OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE, "sleep", "100"),
        NULLS,
        .flags = OSDEP_SPAWN_NEW_GROUP,
    };
    OsdepProcess *process;
    Error *err = NULL;

    plan_fault("GetConsoleCP", 1, ERROR_INVALID_HANDLE);
    arm();
    process = osdep_spawn(&options, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CU_ASSERT_FALSE(osdep_process_signal(process, SIGBREAK, &err));
    disarm();
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    CHECK_INT(osdep_error_get_win32(err), 0); /* The system was not asked. */
    error_free_or_abort(&err);
    CHECK_INT(end_by_event(process), SIGINT);
    forget_held();

    fake_console = true;
    for (int n_sent = 0; n_sent < 2; n_sent++) {
        plan_fault("GenerateConsoleCtrlEvent", n_sent + 1,
                   ERROR_INVALID_HANDLE);
        arm();
        process = osdep_spawn(&options, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(process);
        for (int i = 0; i < n_sent; i++) {
            CU_ASSERT(osdep_process_signal(process, SIGBREAK, NULL));
        }
        CU_ASSERT_FALSE(osdep_process_signal(process, SIGBREAK, &err));
        disarm();
        CHECK_INT(osdep_error_get_win32(err), ERROR_INVALID_HANDLE);
        error_free_or_abort(&err);
        CHECK_INT(end_by_event(process), n_sent ? SIGBREAK : SIGINT);
        forget_held();
    }
    fake_console = false;
    plan_fault(NULL, 0, 0);
}

/* A name with no part that is too long, and @len units in all, below @folder. */
static void make_long_path(WCHAR *path, const WCHAR *folder, size_t len)
{
    size_t n = wcslen(wcscpy(path, folder));

    while (n < len) {
        path[n] = n % 100 == 99 ? L'\\' : L'x';
        n++;
    }
    path[n] = L'\0';
}

/* Windows' functions take longer ones than MAX_PATH as "\\\\?\\..." alone. */
void paths_are_as_long_as_can_be(void)
{
    static const size_t lens[] = { 100, 255, 259, 260, 300 };
    WCHAR here[MAX_PATH], path[400];
    char utf8[400];

    GetCurrentDirectoryW(MAX_PATH, here);
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        OsdepSpawnOptions options = {
            .argv = ARGV(PUPPET_EXE),
            .in.kind = OSDEP_STDIO_NULL,
            .out = { .kind = OSDEP_STDIO_FILE,
                     .path = utf8,
                     .mode = OSDEP_FILE_APPEND },
            .err.kind = OSDEP_STDIO_NULL,
        };
        bool is_long = lens[i] >= MAX_PATH;
        Error *err = NULL;

        if (lens[i] <= wcslen(here) + 5) {
            continue; /* The build folder is too far down. */
        }
        make_long_path(path, here, lens[i]);
        path[wcslen(here)] = L'\\';
        WideCharToMultiByte(CP_UTF8, 0, path, -1, utf8, sizeof(utf8), NULL,
                            NULL);
        plan_fault(NULL, 0, 0);
        arm();
        CU_ASSERT_PTR_NULL(osdep_spawn(&options, &err));
        disarm();
        forget_held();
        CHECK_CONTAINS(error_get_pretty(err), "Could not open '");
        error_free_or_abort(&err);
        CHECK_INT(wcsncmp(seen.file, L"\\\\?\\", 4) == 0, is_long);
        CU_ASSERT(wcscmp(seen.file + (is_long ? 4 : 0), path) == 0);

        /* A current directory is never longer. */
        options.cwd = utf8;
        CU_ASSERT_PTR_NULL(osdep_spawn(&options, &err));
        CHECK_CONTAINS(error_get_pretty(err), "cannot change directory to '");
        CHECK_INT(osdep_error_get_win32(err) == ERROR_FILENAME_EXCED_RANGE,
                  lens[i] > 258);
        error_free_or_abort(&err);
    }
}

/* What CreateFileW() is to open for the stream @path. */
static void check_opened(const WCHAR *path, const WCHAR *expected)
{
    char utf8[1000];
    const OsdepSpawnOptions options = {
        .argv = ARGV(PUPPET_EXE),
        .in = { .kind = OSDEP_STDIO_FILE, .path = utf8 },
    };

    WideCharToMultiByte(CP_UTF8, 0, path, -1, utf8, sizeof(utf8), NULL, NULL);
    plan_fault("CreateFileW", 1, ERROR_FILE_NOT_FOUND);
    arm();
    CU_ASSERT_PTR_NULL(osdep_spawn(&options, NULL));
    disarm();
    forget_held();
    CU_ASSERT(wcscmp(seen.file, expected) == 0);
    plan_fault(NULL, 0, 0);
}

/*
 * A program in folders with long names is found, and named so that the system
 * can execute it; Wine 8 cannot, since it keeps MAX_PATH units of the name.
 */
void programs_may_be_far_down(void)
{
    WCHAR path[500] = L"\\\\?\\", *end, share[400], expected[400];
    size_t ends[4];
    char utf8[1500];
    OsdepSpawnOptions options = { .argv = ARGV("far", "exit", "5"),
                                  .program = utf8 };
    OsdepProcess *process;
    OsdepExit how = { 0 };

    GetCurrentDirectoryW(MAX_PATH, path + 4);
    for (int i = 0; i < 3; i++) {
        ends[i] = wcslen(path);
        end = path + ends[i];
        *end++ = L'\\';
        for (int k = 0; k < 90; k++) {
            *end++ = (WCHAR)(L'a' + i);
        }
        *end = L'\0';
        CU_ASSERT(CreateDirectoryW(path, NULL));
    }
    ends[3] = wcslen(path);
    wcscpy(path + ends[3], L"\\far.exe");
    CU_ASSERT(CopyFileW(L"puppet.exe", path, FALSE));
    WideCharToMultiByte(CP_UTF8, 0, path + 4, -1, utf8, sizeof(utf8), NULL,
                        NULL);
    utf8[strlen(utf8) - strlen(".exe")] = '\0';
    plan_fault(NULL, 0, 0);
    arm();
    process = osdep_spawn(&options, NULL);
    disarm();
    forget_held();
    CU_ASSERT(wcscmp(seen.program, path) == 0);
    if (process) {
        CHECK_INT(osdep_process_wait(process, FOR_EVER, &how, NULL), 1);
        CHECK_INT(how.code, 5);
        osdep_process_free(process);
    }
    DeleteFileW(path);
    for (int i = 3; i > 0; i--) {
        path[ends[i]] = L'\0';
        RemoveDirectoryW(path);
    }

    make_long_path(share, L"\\\\osdep\\share\\", 300);
    wcscat(wcscpy(expected, L"\\\\?\\UNC"), share + 1);
    check_opened(share, expected);
    check_opened(expected, expected); /* as it is */
    check_opened(L"\\\\osdep\\share\\x", L"\\\\osdep\\share\\x");
}
