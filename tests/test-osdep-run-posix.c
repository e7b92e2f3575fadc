/*
 * Tests of osdep-run that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "osdep/fd.h"
#include "util/osdep-child.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

#define SKIP_REASON "a POSIX system has fork"
RUN_WIN32_CASES(TEST_SKIP)

/* Ours may have folders that may not be searched, and those are not "not found". */
#define SAFE_PATH "PATH=/usr/bin:/bin"

/*
 * A test of both ways to start a command: osdep_spawn(), and with --fork.  Its
 * body follows.
 */
#define BOTH_WAYS(name)                \
    static void name##_by(void);       \
    void name(void)                    \
    {                                  \
        by_fork = false;               \
        name##_by();                   \
        printf("# ... with --fork\n"); \
        by_fork = true;                \
        name##_by();                   \
        by_fork = false;               \
    }                                  \
    static void name##_by(void)

static bool by_fork;

/* osdep-run @args, in the way that is tested. */
static int run_tool(void (*prepare)(void), const char *const *args,
                    char *output, size_t size)
{
    const char *argv[32] = { PROGRAM("osdep-run") };
    int n = 1;

    if (by_fork) {
        argv[n++] = "--fork";
    }
    while (*args) {
        argv[n++] = *args++;
    }
    return run_after(prepare, argv, output, size);
}

#define RUN_CLEAN_AFTER(prepare, output, ...)                                 \
    run_tool((prepare), (const char *const[]){ __VA_ARGS__, NULL }, (output), \
             sizeof(output))
#define RUN_CLEAN(output, ...) RUN_CLEAN_AFTER(NULL, output, __VA_ARGS__)

BOTH_WAYS(run_gives_clean_environment)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN_AFTER(make_all_nasty, output, PROGRAM("osdep-inspect"),
                              "--check"),
              0);
    /* The control: the same without osdep-run. */
    CHECK_INT(
        RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-inspect"), "--check"),
        1);
}

BOTH_WAYS(run_keeps_named_descriptors)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN_AFTER(make_all_nasty, output, "-k", "9",
                              PROGRAM("osdep-inspect"), "--check"),
              1);
    CHECK_CONTAINS(output, "descriptors 4, 1 above 2\n");
    CHECK_CONTAINS(output, "osdep-inspect: descriptor 9 is open");
    CHECK_INT(RUN_CLEAN_AFTER(make_all_nasty, output, "-k", "9", "-k", "7",
                              PROGRAM("osdep-inspect"), "--check"),
              1);
    CHECK_CONTAINS(output, "descriptors 5, 2 above 2\n");
    CHECK_INT(RUN_CLEAN_AFTER(make_all_nasty, output, "-k", "8",
                              PROGRAM("osdep-inspect")),
              125);
    CHECK_STR(output, "osdep-run: cannot keep descriptor 8: "
                      "Bad file descriptor\n");
}

BOTH_WAYS(run_passes_exit_status)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "echo hello; exit 7"), 7);
    CHECK_STR(output, "hello\n");
    CHECK_INT(RUN_CLEAN(output, "--", "true"), 0);
    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "exit 125"), 125);
    CHECK_STR(output, "");
}

BOTH_WAYS(run_passes_signal)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "kill -9 $$"), 128 + 9);
}

BOTH_WAYS(run_not_found)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", SAFE_PATH, "no-such-command"), 127);
    CHECK_STR(output, "osdep-run: cannot execute 'no-such-command': "
                      "No such file or directory\n");
    CHECK_INT(RUN_CLEAN(output, "/no/such/command"), 127);
    CHECK_INT(RUN_CLEAN(output, ""), 127);
}

static void make_file(const char *name, const char *text, mode_t mode)
{
    int fd;

    unlink(name);
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) >= 0);
    close(fd);
}

BOTH_WAYS(run_not_executable)
{
    char output[8192];

    make_file("plain-file", "no program\n", 0600);
    CHECK_INT(RUN_CLEAN(output, "./plain-file"), 126);
    CHECK_STR(output,
              "osdep-run: cannot execute './plain-file': Permission denied\n");
    CHECK_INT(RUN_CLEAN(output, "./plain-file/x"), 126);
    CHECK_CONTAINS(output, "'./plain-file/x': Not a directory\n");
    unlink("plain-file");
}

/* No shell is slipped in, as execvp() does. */
BOTH_WAYS(run_script_without_interpreter)
{
    char output[8192];

    make_file("no-interpreter", "echo surprise\n", 0700);
    CHECK_INT(RUN_CLEAN(output, "./no-interpreter"), 126);
    CHECK_STR(output, "osdep-run: cannot execute './no-interpreter': "
                      "Exec format error\n");
    unlink("no-interpreter");
}

BOTH_WAYS(run_remembers_what_may_not_be_executed)
{
    char output[8192];

    mkdir("first", 0700);
    mkdir("second", 0700);
    make_file("first/some-command", "", 0600);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=first:second", "some-command"),
              126);
    CHECK_CONTAINS(output, "Permission denied");
    make_file("second/some-command", "#!/bin/sh\necho second\n", 0700);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=first:second", "some-command"), 0);
    CHECK_STR(output, "second\n");
    unlink("first/some-command");
    unlink("second/some-command");
    rmdir("first");
    rmdir("second");
}

BOTH_WAYS(run_searches_the_childs_path)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where", "true"), 127);
    CHECK_INT(RUN_CLEAN(output, "-i", "true"), 0); /* ours */
    CHECK_INT(RUN_CLEAN(output, "-u", "PATH", "true"), 0);
    CHECK_INT(
        RUN_CLEAN(output, PROGRAM("osdep-run"), "-i", "true"), /* system's */
        0);
}

BOTH_WAYS(run_searches_the_current_directory_if_path_says_so)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where", "osdep-inspect"), 127);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where:", "osdep-inspect"), 0);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=", "osdep-inspect"), 0);
}

BOTH_WAYS(run_changes_directory)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-C", "/", "pwd"), 0);
    CHECK_STR(output, "/\n");
    CHECK_INT(RUN_CLEAN(output, "-C", "/nope", "pwd"), 125);
    CHECK_STR(output, "osdep-run: cannot change directory to '/nope': "
                      "No such file or directory\n");
}

BOTH_WAYS(run_changes_environment)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-i", "-e", "B=2", "-e", "A=x=y", "-u", "B",
                        "-e", "C=", "env"),
              0);
    CHECK_STR(output, "A=x=y\nC=\n");
    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "echo ${PATH:+inherited}"), 0);
    CHECK_STR(output, "inherited\n");
}

static void ignore_sigchld(void)
{
    signal(SIGCHLD, SIG_IGN);
}

BOTH_WAYS(run_with_ignored_sigchld)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN_AFTER(ignore_sigchld, output, "sh", "-c", "exit 3"), 3);
}

static void close_streams(void)
{
    close(0);
    close(1);
}

/* The pipe for errors then takes the numbers of the streams. */
BOTH_WAYS(run_with_closed_standard_streams)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN_AFTER(close_streams, output, "sh", "-c", "exit 3"), 3);
    CHECK_INT(RUN_CLEAN_AFTER(close_streams, output, "-e", SAFE_PATH,
                              "no-such-command"),
              127);
    CHECK_CONTAINS(output, "cannot execute 'no-such-command'");
}

BOTH_WAYS(run_resets_signals_of_the_c_library)
{
    char output[8192];
    int status = RUN_CLEAN_AFTER(ignore_signal_32, output,
                                 PROGRAM("osdep-inspect"), "--check");

    if (status == SKIPPED) {
        skip("a matter of Linux's C libraries");
        return;
    }
    CHECK_INT(status, 0);
}

static void refuse_sigaction(void)
{
    if (!deny_syscall(nr_rt_sigaction, -1, EPERM)) {
        _exit(SKIPPED);
    }
}

void run_reports_signals_that_cannot_be_set(void)
{
    char output[8192];
    int status;

    if (under_tsan || under_asan) {
        skip("sanitizers need sigaction() to start");
        return;
    }
    if (under_valgrind) {
        skip(SIGNAL_CALLS_ARE_EMULATED);
        return;
    }
    status = RUN_CLEAN_AFTER(refuse_sigaction, output, "true");
    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 125);
    CHECK_STR(output, "osdep-run: cannot catch SIGTERM: "
                      "Operation not permitted\n");
    CHECK_INT(RUN_CLEAN_AFTER(refuse_sigaction, output, "--fork", "true"), 125);
    CHECK_CONTAINS(output, "osdep: child of a fork: cannot reset signals: "
                           "errno 1\n"
                           "osdep-run: cannot prepare child process\n");
}

void run_reports_full_disk(void)
{
    char output[8192];
    int status = RUN_CLEAN_AFTER(write_to_full_disk, output, "-h");

    if (status == SKIPPED) {
        skip("no /dev/full here");
        return;
    }
    CHECK_INT(status, 125);
    CHECK_STR(output, "osdep-run: cannot write: No space left on device\n");
}

/* = The environment = */

extern char **environ;

static void spoil_environment(void)
{
    static char *env[] = { "NOT_A_VARIABLE", "=",   "",  "A=1",
                           "AB=2",           "A=3", "B", NULL };

    environ = env;
}

/* What is no variable is no reason not to start. */
BOTH_WAYS(run_edits_an_odd_environment)
{
    char output[8192];

    if (under_emulator) {
        skip(NO_ODD_ENVIRONMENT);
        return;
    }
    if (under_valgrind) {
        skip("valgrind leaves its own variables in the environment");
        return;
    }
    if (under_coverage) {
        skip(COVERAGE_HAS_A_VARIABLE);
        return;
    }
    CHECK_INT(
        RUN_CLEAN_AFTER(spoil_environment, output, "-e", "C=4", "/usr/bin/env"),
        0);
    CHECK_STR(output, "A=1\nAB=2\nA=3\nC=4\n");
    CHECK_INT(
        RUN_CLEAN_AFTER(spoil_environment, output, "-e", "A=5", "/usr/bin/env"),
        0);
    CHECK_STR(output, "AB=2\nA=5\n");
    CHECK_INT(
        RUN_CLEAN_AFTER(spoil_environment, output, "-u", "A", "/usr/bin/env"),
        0);
    CHECK_STR(output, "AB=2\n");
    CHECK_INT(
        RUN_CLEAN_AFTER(spoil_environment, output, "-u", "AB", "/usr/bin/env"),
        0);
    CHECK_STR(output, "A=1\nA=3\n");
}

/* = Files = */

static void check_file(const char *name, const char *expected)
{
    char text[4096];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    CU_ASSERT_FATAL(n >= 0);
    text[n] = '\0';
    close(fd);
    CHECK_STR(text, expected);
}

void run_writes_files(void)
{
    char output[8192];

    make_file("run-out", "old and long text", 0600);
    unlink("run-err");
    CHECK_INT(
        RUN_CLEAN(output, "-o", "run-out", PROGRAM("puppet"), "puts", "1"), 0);
    CHECK_STR(output, "err:1\n");
    check_file("run-out", "1\n");
    CHECK_INT(
        RUN_CLEAN(output, "-E", "run-err", PROGRAM("puppet"), "puts", "2"), 0);
    CHECK_STR(output, "2\n");
    check_file("run-err", "err:2\n");
    /* Seen from our directory, not the command's. */
    CHECK_INT(RUN_CLEAN(output, "-C", "/", "-o", "run-out", "-E", "run-err",
                        "sh", "-c", "echo 3; echo 4 >&2"),
              0);
    CHECK_STR(output, "");
    check_file("run-out", "3\n");
    check_file("run-err", "4\n");
    CHECK_INT(RUN_CLEAN(output, "-o", "run-out", "-E", "run-out", "sh", "-c",
                        "echo 5; echo 6 >&2; echo 7"),
              0);
    check_file("run-out", "5\n6\n7\n");
    CHECK_INT(RUN_CLEAN(output, "-o", "run-out", "-E", "./run-out", "sh", "-c",
                        "echo 5; echo 6 >&2; echo 7"),
              0);
    check_file("run-out", "5\n6\n7\n");
    CHECK_INT(RUN_CLEAN(output, "-o", "run-out", PROGRAM("puppet"), "fds"), 0);
    check_file("run-out", "0 1 2\n");
    CHECK_INT(RUN_CLEAN(output, "-o", "/nope/x", "true"), 125);
    CHECK_STR(output, "osdep-run: Could not open '/nope/x': "
                      "No such file or directory\n");
    CHECK_INT(RUN_CLEAN(output, "-E", "/nope/y", "true"), 125);
    CHECK_STR(output, "osdep-run: Could not open '/nope/y': "
                      "No such file or directory\n");
    unlink("run-out");
    unlink("run-err");
}

static void close_all_streams(void)
{
    close(0);
    close(1);
    close(2);
}

/* Nothing of ours is where the command has nothing. */
void run_writes_files_with_closed_standard_streams(void)
{
    char output[8192];

    if (under_valgrind) {
        skip("valgrind opens the streams that are closed");
        return;
    }
    CHECK_INT(RUN_CLEAN_AFTER(close_all_streams, output, "-o", "run-out",
                              PROGRAM("puppet"), "fds"),
              0);
    check_file("run-out", "1\n");
    CHECK_INT(RUN_CLEAN_AFTER(close_all_streams, output, "-o", "run-out", "-E",
                              "run-out", PROGRAM("puppet"), "fds"),
              0);
    check_file("run-out", "1 2\n");
    CHECK_INT(RUN_CLEAN_AFTER(close_all_streams, output, "-k", "0", "true"),
              125);
    CHECK_INT(RUN_CLEAN_AFTER(close_all_streams, output, "-e", SAFE_PATH, "-t",
                              "1000", "no-such-command"),
              127);
    unlink("run-out");
}

/* = Groups, sessions, ignored signals = */

typedef struct Ids {
    long process, parent, group, session;
} Ids;

static Ids ids_with(const char *option)
{
    const char *const argv[] = { PROGRAM("osdep-run"), option,
                                 PROGRAM("osdep-inspect"), NULL };
    char output[8192];
    const char *at;
    Ids ids = { 0 };

    CHECK_INT(run_program(argv, output, sizeof(output)), 0);
    at = strstr(output, "process ");
    if (!at ||
        sscanf(at, "process %ld parent %ld group %ld session %ld", &ids.process,
               &ids.parent, &ids.group, &ids.session) != 4) {
        CU_FAIL("no IDs");
    }
    return ids;
}

void run_makes_groups_and_sessions(void)
{
    Ids ids = ids_with("--");

    CHECK_INT(ids.group, getpgrp());
    CHECK_INT(ids.session, getsid(0));
    ids = ids_with("-g");
    CHECK_INT(ids.group, ids.process);
    CHECK_INT(ids.session, getsid(0));
    ids = ids_with("-s");
    CHECK_INT(ids.group, ids.process);
    CHECK_INT(ids.session, ids.process);
    ids = ids_with("-t1000");
    CHECK_INT(ids.group, ids.process);
    CHECK_INT(ids.session, getsid(0));
    ids = ids_with("-st1000");
    CHECK_INT(ids.session, ids.process);
}

void run_ignores_named_signals(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-I", "pipe", "-I", "SIGHUP", "-I", "15", "-I",
                        "sigUsr1", PROGRAM("osdep-inspect")),
              0);
    CHECK_CONTAINS(output, "blocked     0\n");
    CHECK_CONTAINS(output,
                   SIGUSR1 < SIGPIPE /* but on MIPS */
                       ? "ignored     4 SIGHUP SIGUSR1 SIGPIPE SIGTERM\n"
                       : "ignored     4 SIGHUP SIGPIPE SIGTERM SIGUSR1\n");
    CHECK_INT(RUN_CLEAN(output, "-I", "KILL", "true"), 125);
    CHECK_STR(output, "osdep-run: -I: SIGKILL cannot be ignored\n");
    CHECK_INT(RUN_CLEAN(output, "-I", "STOP", "true"), 125);
    CHECK_STR(output, "osdep-run: -I: SIGSTOP cannot be ignored\n");
}

void run_ignores_real_time_signals(void)
{
#ifdef SIGRTMIN
    char output[8192], expected[100];

    CHECK_INT(RUN_CLEAN(output, "-I", "RTMIN-1", "true"), 125);
    CHECK_CONTAINS(output, "-I 'RTMIN-1': no such signal\n");
    CHECK_INT(RUN_CLEAN(output, "-I", "RTMAX+1", "true"), 125);
    CHECK_INT(RUN_CLEAN(output, "-I", "RTMIN+99", "true"), 125);
    CHECK_INT(RUN_CLEAN(output, "-I", "RTMIN+", "true"), 125);
    if (under_emulator) {
        skip(NOT_ALL_SIGNALS);
        return;
    }
    if (under_valgrind) {
        skip("valgrind keeps the last real-time signals from the program");
        return;
    }
    CHECK_INT(RUN_CLEAN(output, "-I", "RTMIN", "-I", "rtmin+1", "-I",
                        "SIGRTMAX-1", "-I", "RTMAX", PROGRAM("osdep-inspect")),
              0);
    snprintf(expected, sizeof(expected),
             "ignored     4 SIGRTMIN SIGRTMIN+1 SIGRTMIN+%d SIGRTMIN+%d\n",
             SIGRTMAX - SIGRTMIN - 1, SIGRTMAX - SIGRTMIN);
    CHECK_CONTAINS(output, expected);
#else
    skip("no real-time signals here");
#endif
}

void run_refuses_much_with_fork(void)
{
    static const char *const options[] = { "-ox", "-Ex", "-ITERM", "-g",
                                           "-s",  "-p",  "-t1",    "-K1" };
    char output[8192], expected[100];

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        CHECK_INT(
            RUN(output, PROGRAM("osdep-run"), "--fork", options[i], "true"),
            125);
        snprintf(expected, sizeof(expected),
                 "osdep-run: --fork: not with %.2s\n", options[i]);
        CHECK_CONTAINS(output, expected);
    }
}

/* = osdep-run while it runs = */

/* One that was started, and the pipe that it and its children print into. */
typedef struct Tool {
    pid_t pid;
    int fd;
} Tool;

static void clean_up(void (*prepare)(void))
{
    static const int streams[] = { 0, 1, 2 };

    make_signals_clean();
    osdep_child_reset_reserved_signals();
    qemu_close_all_open_fd(streams, 3);
    if (prepare) {
        prepare();
    }
}

static Tool start_tool(void (*prepare)(void), const char *const *argv)
{
    Tool tool;
    int fds[2];

    CU_ASSERT_FATAL(pipe(fds) == 0);
    tool.pid = fork();
    CU_ASSERT_FATAL(tool.pid >= 0);
    if (tool.pid == 0) {
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        clean_up(prepare);
        exec_argv(argv);
        _exit(127);
    }
    close(fds[1]);
    tool.fd = fds[0];
    return tool;
}

#define START(prepare, ...)                                            \
    start_tool((prepare), (const char *const[]){ PROGRAM("osdep-run"), \
                                                 __VA_ARGS__, NULL })

/* Far more than anything takes; then the test fails instead of waiting on. */
enum { PATIENCE_MS = 100000 };

/* The next line of what is printed, or what there is of it; static. */
static const char *next_line(int fd)
{
    static char line[256];
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    size_t len = 0;

    while (len < sizeof(line) - 1 && poll(&readable, 1, PATIENCE_MS) > 0 &&
           read(fd, line + len, 1) == 1) {
        if (line[len++] == '\n') {
            break;
        }
    }
    line[len] = '\0';
    return line;
}

/* Wait for osdep-run itself; its status. */
static int tool_status(const Tool *tool)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    int status;

    for (int i = 0; i < PATIENCE_MS; i++) {
        pid_t pid = waitpid(tool->pid, &status, WNOHANG);

        if (pid == tool->pid) {
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                       : WEXITSTATUS(status);
        }
        nanosleep(&nap, NULL);
    }
    printf("# osdep-run does not end\n");
    kill(tool->pid, SIGKILL);
    waitpid(tool->pid, &status, 0);
    return -1;
}

/*
 * Read to the end, when nobody is left who could print.  False if that does not
 * come; next_line() does not tell the two apart.
 */
static bool comes_to_an_end(int fd)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    char c;

    while (poll(&readable, 1, PATIENCE_MS) > 0) {
        if (read(fd, &c, 1) <= 0) {
            return true;
        }
    }
    return false;
}

/*
 * Is nobody left who could print?  To be asked once osdep-run has ended; what
 * was printed before must have been read.
 */
static bool none_is_left(const Tool *tool)
{
    char c;

    fcntl(tool->fd, F_SETFL, O_NONBLOCK);
    return read(tool->fd, &c, 1) == 0;
}

static void check_signal_is_passed_on(void (*prepare)(void), int sig,
                                      const char *option)
{
    Tool tool = START(prepare, option, PROGRAM("listener"), "1");
    char expected[20];

    CHECK_STR(next_line(tool.fd), "ready\n");
    kill(tool.pid, sig);
    snprintf(expected, sizeof(expected), "%d\n", sig);
    CHECK_STR(next_line(tool.fd), expected);
    CHECK_INT(tool_status(&tool), 7);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

void run_passes_signals_on(void)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
    static const char *const options[] = { "--", "-g", "-s", "-t1000" };

    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            check_signal_is_passed_on(NULL, signals[i], options[j]);
        }
    }
}

/* The command's status is what counts, whatever it makes of the signal. */
void run_takes_status_after_a_signal(void)
{
    Tool tool = START(NULL, "sh", "-c", "echo ready; exec sleep 1000");

    CHECK_STR(next_line(tool.fd), "ready\n");
    kill(tool.pid, SIGTERM);
    CHECK_INT(tool_status(&tool), 128 + SIGTERM);
    close(tool.fd);

    tool = START(NULL, PROGRAM("listener"), "3");
    CHECK_STR(next_line(tool.fd), "ready\n");
    for (int i = 0; i < 3; i++) {
        kill(tool.pid, SIGTERM);
        CHECK_STR(next_line(tool.fd), "15\n");
    }
    CHECK_INT(tool_status(&tool), 7);
    close(tool.fd);
}

/* Two listeners, and the shell as their group's leader, which ends with 9. */
#define TWO_LISTENERS                                                  \
    "./listener 1 & a=$!; ./listener 1 & b=$!; trap 'echo trap' HUP; " \
    "trap \"kill -INT $a $b\" TERM; echo shell; wait; wait; wait; exit 9"

static int count_lines(Tool *tool, int n, const char *wanted)
{
    int found = 0;

    while (n-- > 0) {
        found += strcmp(next_line(tool->fd), wanted) == 0;
    }
    return found;
}

/* To the whole group if it has its own, else to the child alone. */
void run_passes_signals_on_to_a_group(void)
{
    static const char *const options[] = { "-g", "-s", "-t1000" };
    Tool tool;

    for (size_t i = 0; i < 3; i++) {
        tool = START(NULL, options[i], "sh", "-c", TWO_LISTENERS);
        CHECK_INT(count_lines(&tool, 3, "ready\n"), 2);
        kill(tool.pid, SIGHUP);
        CHECK_INT(count_lines(&tool, 3, "1\n"), 2);
        CHECK_INT(tool_status(&tool), 9);
        CU_ASSERT(none_is_left(&tool));
        close(tool.fd);
    }
    tool = START(NULL, "sh", "-c", TWO_LISTENERS);
    CHECK_INT(count_lines(&tool, 3, "ready\n"), 2);
    kill(tool.pid, SIGHUP);
    CHECK_STR(next_line(tool.fd), "trap\n");
    kill(tool.pid, SIGTERM);
    CHECK_INT(count_lines(&tool, 2, "2\n"), 2);
    CHECK_INT(tool_status(&tool), 9);
    close(tool.fd);
}

/* Where there is no proc(5), after a while. */
static void wait_until_stopped(const char *pid)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    char path[64], state = '?';

    snprintf(path, sizeof(path), "/proc/%ld/stat", strtol(pid, NULL, 10));
    for (int i = 0; i < PATIENCE_MS; i++) {
        FILE *f = fopen(path, "r");

        if (f) {
            CHECK_INT(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
            fclose(f);
        }
        if (f ? state == 'T' : i >= 300) {
            return;
        }
        nanosleep(&nap, NULL);
    }
    CU_FAIL("it does not stop");
}

void run_wakes_a_stopped_group(void)
{
    Tool tool = START(NULL, "-g", "sh", "-c",
                      "trap 'echo trap; exit 3' TERM; echo $$; kill -STOP $$");

    wait_until_stopped(next_line(tool.fd));
    kill(tool.pid, SIGTERM);
    CHECK_STR(next_line(tool.fd), "trap\n");
    CHECK_INT(tool_status(&tool), 3);
    close(tool.fd);
}

/* TERM is blocked, and HUP ignored. */
void run_passes_on_what_was_blocked(void)
{
    check_signal_is_passed_on(make_signals_nasty, SIGTERM, "--");
}

void run_leaves_ignored_signals_ignored(void)
{
    Tool tool = START(make_signals_nasty, PROGRAM("listener"), "1");

    CHECK_STR(next_line(tool.fd), "ready\n");
    kill(tool.pid, SIGHUP);
    kill(tool.pid, SIGINT);
    CHECK_STR(next_line(tool.fd), "2\n");
    CHECK_INT(tool_status(&tool), 7);
    close(tool.fd);
}

/* While it waits for the other end of a FIFO, nobody is there to get it. */
void run_can_be_ended_before_the_start(void)
{
    const struct timespec nap = { .tv_nsec = 300000000 };
    Tool tool;

    unlink("run-fifo");
    CU_ASSERT_FATAL(mkfifo("run-fifo", 0600) == 0);
    for (int i = 0; i < 2; i++) {
        tool = START(i == 0 ? NULL : make_signals_nasty, i == 0 ? "-o" : "-E",
                     "run-fifo", "true");
        nanosleep(&nap, NULL); /* for the test to be hard; not needed */
        kill(tool.pid, SIGTERM);
        CHECK_INT(tool_status(&tool), 128 + SIGTERM);
        close(tool.fd);
    }
    unlink("run-fifo");
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * A signal at any moment of the start ends osdep-run while there is no child,
 * else the child: it never leaves one behind that got nothing.
 */
void run_loses_no_signal_at_the_start(void)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    const int n = 300;
    char output[100];
    void (*old[3])(int);
    int64_t start, whole;

    if (under_tsan) {
        skip("TSan runs handlers when it likes");
        return;
    }
    if (under_valgrind) { /* its execve() has a comment: "This is a bug" */
        skip("valgrind throws away what is pending when a program is executed");
        return;
    }
    /* One that we ignore, as in the background, would be lost before exec. */
    for (int i = 0; i < 3; i++) {
        old[i] = signal(signals[i], SIG_DFL);
    }
    RUN_CLEAN(output, "true");
    start = now_us();
    RUN_CLEAN(output, "true");
    whole = now_us() - start;
    for (int i = 0; i < n; i++) {
        Tool tool = START(NULL, PROGRAM("listener"), "1");
        int sig = signals[i % 3], status;

        start = now_us();
        while (now_us() - start < whole * i / n) {
            continue;
        }
        kill(tool.pid, sig);
        status = tool_status(&tool);
        if (status != 7) {
            CHECK_INT(status, 128 + sig);
        }
        CU_ASSERT(comes_to_an_end(tool.fd));
        close(tool.fd);
    }
    for (int i = 0; i < 3; i++) {
        signal(signals[i], old[i]);
    }
}

static void pass_no_signals(void)
{
#ifdef __linux__
    if (!deny_syscall(SYS_kill, -1, EPERM) ||
        !deny_syscall(424 /* pidfd_send_signal */, -1, EPERM)) {
        _exit(SKIPPED);
    }
#else
    _exit(SKIPPED);
#endif
}

void run_warns_of_signals_that_cannot_be_sent(void)
{
    static const char *const options[] = { "--", "-g" };

    for (int i = 0; i < 2; i++) {
        Tool tool =
            START(pass_no_signals, "-p", options[i], PROGRAM("listener"), "1");

        if (strcmp(next_line(tool.fd), "ready\n") != 0) {
            skip("no seccomp filters here");
            wait_status(tool.pid);
            close(tool.fd);
            return;
        }
        kill(tool.pid, SIGTERM);
        CHECK_CONTAINS(next_line(tool.fd),
                       "osdep-run: warning: cannot send signal 15 to ");
        kill(tool.pid, SIGKILL);
        wait_status(tool.pid);
        close(tool.fd);
    }
}

static void be_mute_and_pass_no_signals(void)
{
    pass_no_signals();
    close_all_streams();
}

/* With descriptor 2 closed, a warning is not taken for signals that came. */
void run_does_not_listen_to_itself(void)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    char pid[100] = "";
    Tool tool;

    unlink("run-out");
    tool = START(be_mute_and_pass_no_signals, "-g", "-o", "run-out", "sh", "-c",
                 "echo $$; exec sleep 1000");
    for (int i = 0; i < PATIENCE_MS && !strchr(pid, '\n'); i++) {
        int fd = open("run-out", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, pid, sizeof(pid) - 1);
        int status;

        if (waitpid(tool.pid, &status, WNOHANG) == tool.pid) {
            close(tool.fd);
            skip("no seccomp filters here");
            return;
        }
        pid[n > 0 ? n : 0] = '\0';
        if (fd >= 0) {
            close(fd);
        }
        nanosleep(&nap, NULL);
    }
    CU_ASSERT_FATAL(atol(pid) > 1);
    kill(tool.pid, SIGTERM);
    for (int i = 0; i < 200; i++) {
        nanosleep(&nap, NULL); /* for the test to be hard; not needed */
    }
    kill((pid_t)atol(pid), SIGKILL);
    CHECK_INT(tool_status(&tool), 128 + SIGKILL);
    close(tool.fd);
    unlink("run-out");
}

/* Who reads what the command writes sees when it is done. */
void run_does_not_keep_files_open(void)
{
    static const char *const options[] = { "-o", "-E" };

    for (int i = 0; i < 2; i++) {
        struct pollfd readable = { .events = POLLIN };
        Tool tool;
        char c;

        unlink("run-fifo");
        CU_ASSERT_FATAL(mkfifo("run-fifo", 0600) == 0);
        tool = START(NULL, options[i], "run-fifo", "sh", "-c",
                     "exec >&- 2>&-; exec sleep 1000");
        readable.fd = open("run-fifo", O_RDONLY | O_CLOEXEC);
        CHECK_INT(poll(&readable, 1, PATIENCE_MS), 1);
        CHECK_INT(read(readable.fd, &c, 1), 0);
        kill(tool.pid, SIGTERM);
        CHECK_INT(tool_status(&tool), 128 + SIGTERM);
        close(readable.fd);
        close(tool.fd);
    }
    unlink("run-fifo");
}

static void write_errors_nowhere(void)
{
    close(2);
    open_at(2);
}

/* Who has the other end of our stdout sees its end when the command is done. */
void run_does_not_keep_its_streams_open(void)
{
    Tool tool =
        START(write_errors_nowhere, "sh", "-c", "exec >&-; exec sleep 1000");

    CU_ASSERT(comes_to_an_end(tool.fd));
    CU_ASSERT(process_is_alive(tool.pid));
    kill(tool.pid, SIGTERM);
    CHECK_INT(tool_status(&tool), 128 + SIGTERM);
    close(tool.fd);
}

/* = From a terminal = */

/*
 * Start osdep-run @option listener 2 in the foreground of a terminal of its
 * own, whose other end is @*terminal.  False if there are no terminals here.
 */
static bool start_in_terminal(const char *option, int *terminal, Tool *tool)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY), fds[2];

    if (fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0) {
        return false;
    }
    CU_ASSERT_FATAL(pipe(fds) == 0);
    tool->pid = fork();
    if (tool->pid == 0) {
        const char *name = ptsname(fd);
        int slave;

        setsid();
        slave = open(name, O_RDWR);
        ioctl(slave, TIOCSCTTY, 0);
        dup2(slave, 0);
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        clean_up(NULL);
        exec_argv((const char *const[]){ PROGRAM("osdep-run"), option,
                                         PROGRAM("listener"), "2", NULL });
        _exit(127);
    }
    close(fds[1]);
    tool->fd = fds[0];
    *terminal = fd;
    return true;
}

/*
 * Ctrl-C: once, be it that the terminal sends it to the child itself or that it
 * is passed on.
 */
void run_does_not_double_ctrl_c(void)
{
    static const char *const options[] = { "--", "-g" };
    int terminal, status;
    Tool tool;

#if defined __APPLE__ || defined __OpenBSD__ || defined __DragonFly__
    /* Whatever it is, si_code is 0, SI_USER: see on_signal() in run-posix.c. */
    skip("this system does not tell what the terminal sends");
    return;
#endif
    for (int i = 0; i < 2; i++) {
        if (!start_in_terminal(options[i], &terminal, &tool)) {
            skip("no terminals here");
            return;
        }
        CHECK_STR(next_line(tool.fd), "ready\n");
        if (i == 0) {
            /* So that the child has taken one before another can come. */
            kill(tool.pid, SIGSTOP);
            waitpid(tool.pid, &status, WUNTRACED);
        }
        CHECK_INT(write(terminal, "\003", 1), 1);
        CHECK_STR(next_line(tool.fd), "2\n");
        if (i == 0) {
            kill(tool.pid, SIGTERM);
            kill(tool.pid, SIGCONT);
        } else {
            kill(tool.pid, SIGTERM);
        }
        CHECK_STR(next_line(tool.fd), "15\n");
        CHECK_INT(tool_status(&tool), 7);
        close(tool.fd);
        close(terminal);
    }
}

/* = The deadline = */

#define TWO_SLEEPERS "sleep 1000 & sleep 1000 & echo ready; "

void run_ends_a_tree_in_time(void)
{
    char output[8192];
    Tool tool;

    CHECK_INT(RUN_CLEAN(output, "-t", "0.1", "sleep", "1000"), 124);
    CHECK_STR(output, "");
    tool = START(NULL, "-t", "0.5", "sh", "-c", TWO_SLEEPERS "wait");
    CHECK_INT(tool_status(&tool), 124);
    next_line(tool.fd);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
    tool = START(NULL, "-s", "-t", "0.5", "sh", "-c", TWO_SLEEPERS "wait");
    CHECK_INT(tool_status(&tool), 124);
    next_line(tool.fd);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

/* End who is left of @tool's group, whose leader is @leader. */
static void end_sleepers(Tool *tool, const char *leader)
{
    pid_t pid = (pid_t)atol(leader);

    CU_ASSERT_FATAL(pid > 1);
    CU_ASSERT(!none_is_left(tool));
    CHECK_INT(kill(-pid, SIGKILL), 0);
    close(tool->fd);
}

/* The control: they stay without -t, and if the command ends before its time. */
void run_leaves_a_tree_that_ended_in_time(void)
{
    static const char *const options[] = { "-g", "-s", "-t1000", "-gt1000" };

    for (int i = 0; i < 4; i++) {
        Tool tool = START(NULL, options[i], "sh", "-c",
                          "sleep 1000 & sleep 1000 & echo $$; exit 3");
        char leader[256];

        strcpy(leader, next_line(tool.fd));
        CHECK_INT(tool_status(&tool), 3);
        end_sleepers(&tool, leader);
    }
}

/* osdep-run @option -t TIME @args, with time enough to print "ready" first. */
static Tool start_with_time(const char *option, const char *const *args)
{
    static const char *const times[] = { "0.5", "2", "8", "32", "128" };
    Tool tool = { 0, -1 };

    for (int i = 0; i < 5; i++) {
        const char *argv[16] = { PROGRAM("osdep-run"), option, "-t", times[i] };
        int n = 4;

        for (int k = 0; args[k]; k++) {
            argv[n++] = args[k];
        }
        tool = start_tool(NULL, argv);
        if (strcmp(next_line(tool.fd), "ready\n") == 0) {
            break;
        }
        tool_status(&tool);
        close(tool.fd);
    }
    return tool;
}

#define START_WITH_TIME(option, ...) \
    start_with_time((option), (const char *const[]){ __VA_ARGS__, NULL })

/* TERM, and its status is none of the command's. */
void run_sends_term_first(void)
{
    Tool tool = START_WITH_TIME("-K1000", PROGRAM("listener"), "1");

    CHECK_STR(next_line(tool.fd), "15\n");
    CHECK_INT(tool_status(&tool), 124);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

void run_kills_who_does_not_heed_term(void)
{
    static const char *const options[] = { "-K0.2", "-K0", "-sK0.1" };

    for (int i = 0; i < 3; i++) {
        Tool tool = START_WITH_TIME(options[i], PROGRAM("listener"), "99");

        CHECK_INT(tool_status(&tool), 124);
        next_line(tool.fd); /* with -K0 it may not come to say "15" */
        CU_ASSERT(none_is_left(&tool));
        close(tool.fd);
    }
}

void run_kills_a_tree_that_does_not_heed_term(void)
{
    Tool tool = START_WITH_TIME(
        "-K0.2", "sh", "-c",
        "trap '' TERM; sleep 1000 & sleep 1000 & echo ready; wait");

    CHECK_INT(tool_status(&tool), 124);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

/* The default of -K. */
void run_kills_without_being_told_when(void)
{
    Tool tool = START_WITH_TIME("-g", "sh", "-c",
                                "trap '' TERM; echo ready; sleep 1000");

    CHECK_INT(tool_status(&tool), 124);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

/*
 * Whom the command leaves behind at TERM has its time, too, also if all that is left
 * of it is a thread that is not its first one, ...
 */
void run_waits_for_the_tree_after_term(void)
{
    static const char *const kinds[] = { "late", "late-thread", "late-name" };
    const struct timespec nap = { .tv_nsec = 300000000 };

    if (access("/proc/self/stat", R_OK) < 0) {
        skip("no /proc here");
        return;
    }
    for (int i = 0; i < 3; i++) {
        Tool tool;

        printf("# %s\n", kinds[i]);
        unlink("listener-go");
        tool = START_WITH_TIME("-K1000", PROGRAM("listener"), "1", kinds[i]);
        CHECK_STR(next_line(tool.fd), "15\n");
        CHECK_STR(next_line(tool.fd), "late\n");
        nanosleep(&nap, NULL); /* who does not wait has ended by then */
        CHECK_INT(waitpid(tool.pid, NULL, WNOHANG), 0);
        close(open("listener-go", O_WRONLY | O_CREAT, 0600));
        CHECK_STR(next_line(tool.fd), "clean\n");
        CHECK_INT(tool_status(&tool), 124);
        CU_ASSERT(none_is_left(&tool));
        close(tool.fd);
        unlink("listener-go");
    }
}

/* ... and not more. */
void run_kills_the_rest_of_the_tree(void)
{
    Tool tool = START_WITH_TIME(
        "-K0.2", "sh", "-c",
        "(trap '' TERM; echo ready; exec sleep 1000) & exec sleep 1000");

    CHECK_INT(tool_status(&tool), 124);
    CU_ASSERT(none_is_left(&tool));
    close(tool.fd);
}

/* Signals are passed on while it waits for the end. */
void run_passes_signals_on_after_the_deadline(void)
{
    Tool tool = START_WITH_TIME("-K1000", PROGRAM("listener"), "2");

    CHECK_STR(next_line(tool.fd), "15\n");
    kill(tool.pid, SIGHUP);
    CHECK_STR(next_line(tool.fd), "1\n");
    CHECK_INT(tool_status(&tool), 124);
    close(tool.fd);
}

void run_ends_a_stopped_tree(void)
{
    Tool tool = START_WITH_TIME(
        "-K1000", "sh", "-c",
        "trap 'echo trap; exit' TERM; echo ready; kill -STOP $$");

    CHECK_STR(next_line(tool.fd), "trap\n");
    CHECK_INT(tool_status(&tool), 124);
    close(tool.fd);
}

/* = Without a pidfd, and after osdep-run = */

static void deny_pidfd(void)
{
#ifdef __linux__
    if (!deny_syscall(434 /* pidfd_open */, -1, ENOSYS) ||
        !deny_syscall(nr_close_range, -1, ENOSYS)) {
        _exit(SKIPPED);
    }
#else
    _exit(SKIPPED);
#endif
}

void run_without_a_pidfd(void)
{
    char output[8192];
    int status =
        RUN_CLEAN_AFTER(deny_pidfd, output, "sh", "-c", "sleep 0.1; exit 3");

    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 3);
    CHECK_INT(RUN_CLEAN_AFTER(deny_pidfd, output, "-t", "0.2", "sleep", "1000"),
              124);
    check_signal_is_passed_on(deny_pidfd, SIGTERM, "--");
    check_signal_is_passed_on(deny_pidfd, SIGTERM, "-g");
}

void run_dies_with_its_child(void)
{
    Tool tool;

    if (!OSDEP_CAN_DIE_WITH_PARENT) {
        skip("this system cannot do it");
        return;
    }
    tool = START(NULL, "-p", PROGRAM("listener"), "1");
    CHECK_STR(next_line(tool.fd), "ready\n");
    kill(tool.pid, SIGKILL);
    wait_status(tool.pid);
    CU_ASSERT(comes_to_an_end(tool.fd));
    close(tool.fd);

    /* The control */
    tool = START(NULL, "-g", "sh", "-c", "echo $$; exec sleep 1000");
    {
        char leader[256];

        strcpy(leader, next_line(tool.fd));
        kill(tool.pid, SIGKILL);
        wait_status(tool.pid);
        end_sleepers(&tool, leader);
    }
}
