/*
 * Tests of osdep in hostile surroundings, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 *
 * Each surrounding is that of a process of its own: a subject.  What is mounted
 * is so in a namespace of the subject's.  In each the promise holds: what was
 * started is clean, or an error names the step, the thing and the code; and
 * nothing of the subject's has changed.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#endif

#include "osdep/fd.h"
#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/launch.h"
#include "tests/helpers/posix.h"
#include "tests/helpers/trial.h"

#define SKIP_REASON "a matter of Windows"
HOSTILE_WIN32_CASES(TEST_SKIP)

extern char **environ;

/* A subject that takes longer hangs.  All take some milliseconds when idle. */
enum { WATCHDOG = 100 };

/* What is made here, each gone when its test is over. */
#define FOLDER "hostile-folder"
#define FILE_NAME "hostile-file"
#define PROGRAM_COPY "hostile-program"

/* Say on stderr why it cannot be tried; for a subject to return. */
static int not_here(const char *why)
{
    fprintf(stderr, "%s", why);
    return SKIPPED;
}

/* Valgrind (3.19) looks at the file itself, and ends if that was not enough. */
#define NO_FAILED_EXECVE "valgrind gives up if execve() fails"

/* Marks a test as skipped that valgrind has no part in. */
static bool is_too_hostile(void)
{
    if (under_valgrind) {
        skip("valgrind makes these system calls itself, or fails without them");
    }
    return under_valgrind;
}

static bool withstands(int (*subject)(void *), void *arg)
{
    return holds_within(WATCHDOG, subject, arg);
}

/* The control: the same must fail. */
static bool breaks(int (*subject)(void *), void *arg)
{
    return fails_within(WATCHDOG, subject, arg);
}

/* = The ways to start a program, all by one measure = */

/* Absolute, since the working directory may go. */
static char inspect_path[PATH_MAX], tool_path[PATH_MAX], puppet_path[PATH_MAX];
static const char *inspect_argv[] = { inspect_path, "--check", NULL };

/* osdep-inspect, which says on stderr what is not clean. */
static const OsdepSpawnOptions inspection = { .argv = inspect_argv };

static int run_launch(const OsdepSpawnOptions *options)
{
    OsdepRunResult result;
    int status = 100;

    if (!osdep_run(options, &(OsdepRunOptions){ .timeout_ms = 60000 }, &result,
                   &error_warn)) {
        return broken("not run", errno);
    }
    if (!result.timed_out && result.exit.kind == OSDEP_EXITED) {
        status = (int)result.exit.code;
    }
    if (status) { /* else it needs a stack as little as the library does */
        fprintf(stderr, "%s", result.err);
    }
    osdep_run_result_clear(&result);
    return status;
}

/* qemu_fork() and exec; descriptors are then for the child to close. */
static pid_t fork_clean(const OsdepSpawnOptions *options)
{
    const int streams[] = { 0, 1, 2 };
    pid_t pid = qemu_fork(&error_warn);

    if (pid == 0) {
        qemu_close_all_open_fd(streams, 3);
        execv(options->argv[0], (char *const *)options->argv);
        _exit(127);
    }
    return pid;
}

static int fork_launch(const OsdepSpawnOptions *options)
{
    pid_t pid = fork_clean(options);

    return pid < 0 ? 100 : wait_status(pid);
}

/* fork() and exec: the program gets all that we have. */
static int naive_launch(const OsdepSpawnOptions *options)
{
    pid_t pid = fork();

    if (pid == 0) {
        execv(options->argv[0], (char *const *)options->argv);
        _exit(127);
    }
    return wait_status(pid);
}

/* osdep-run, which is not to mind that. */
static int tool_launch(const OsdepSpawnOptions *options)
{
    const char *argv[] = { tool_path, options->argv[0], options->argv[1],
                           NULL };

    return naive_launch(&(OsdepSpawnOptions){ .argv = argv });
}

static Launcher *const all_launchers[] = { osdep_launch, run_launch,
                                           fork_launch, tool_launch };
enum { N_LAUNCHERS = sizeof(all_launchers) / sizeof(all_launchers[0]) };

/*
 * Nasty to inherit from, with a null device for what programs print, and no
 * descriptor of whoever started the tests.
 */
static void set_up(void)
{
    qemu_close_all_open_fd((const int[]){ 0, 1, 2 }, 3);
    if (!realpath(PROGRAM("osdep-inspect"), inspect_path) ||
        !realpath(PROGRAM("osdep-run"), tool_path) ||
        !realpath(PROGRAM("puppet"), puppet_path)) {
        _exit(broken("no programs", errno));
    }
    if (under_asan) { /* LeakSanitizer needs /proc, processes, no debugger */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    }
    make_all_nasty();
    open_at(1);
}

static int inspect_thrice(void *launch)
{
    return launch_thrice((Launcher *)launch, &inspection);
}

/* The measure: a clean program, and nothing is different after. */
static int is_clean_in(Launcher *launch)
{
    return changes_nothing(inspect_thrice, (void *)launch);
}

/*
 * In this surrounding all ways work and the control does not: @subject sets it
 * up and returns is_clean_in(@launch).
 */
static void check_all_ways(int (*subject)(void *))
{
    for (int i = 0; i < N_LAUNCHERS; i++) {
        CU_ASSERT_TRUE(withstands(subject, (void *)all_launchers[i]));
    }
    CU_ASSERT_TRUE(breaks(subject, (void *)posix_spawn_launch));
}

/* = Standard streams = */

/* The file's text, at most 99 bytes, without the last newline. */
static const char *text_of(const char *path)
{
    static char text[100];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0) {
        close(fd);
    }
    text[n < 0 ? 0 : n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* A shell's `...`, that is popen(3) without its care. */
static bool naive_run(const char *const *argv, char *out, size_t size)
{
    int fds[2];
    ssize_t n;
    pid_t pid;

    if (pipe(fds) < 0) {
        return false;
    }
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[0]);
        close(fds[1]);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(fds[1]);
    n = read(fds[0], out, size - 1);
    out[n < 0 ? 0 : n] = '\0';
    close(fds[0]);
    return wait_status(pid) == 0;
}

static int closed_streams;
static bool is_control;

/* Close these; what stderr was is where the subject speaks. */
static void close_streams(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (closed_streams & 1 << fd) {
            close(fd);
        }
    }
}

static int collects_with_closed_streams(void *opaque)
{
    PUPPET(cat, "cat");
    PUPPET(puts, "puts", "x");
    OsdepSpawnOptions options = { .argv = cat };
    OsdepRunResult result;
    char out[10];

    (void)opaque;
    close_streams();
    if (is_control) {
        return !naive_run(puts, out, sizeof(out)) || strcmp(out, "x\n") != 0;
    }
    for (int i = 0; i < 2; i++) {
        options.argv = cat;
        if (!osdep_run(&options,
                       &(OsdepRunOptions){ .input = "hello",
                                           .input_len = 5,
                                           .timeout_ms = 60000 },
                       &result, NULL) ||
            strcmp(result.out, "hello") != 0 || result.err_len != 0) {
            return 1;
        }
        osdep_run_result_clear(&result);
        options.argv = puts;
        if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 60000 },
                       &result, NULL) ||
            strcmp(result.out, "x\n") != 0 ||
            strcmp(result.err, "err:x\n") != 0) {
            return 1;
        }
        osdep_run_result_clear(&result);
    }
    return 0;
}

/* Which descriptors a program has: ours, and the file that is its stdout. */
static int tool_keeps_streams_closed(void *opaque)
{
    const char *argv[] = {
        tool_path, "-o", FILE_NAME, puppet_path, "fds", NULL
    };
    OsdepSpawnOptions options = { .argv = argv };
    char expected[6] = "";
    int saved, status;

    (void)opaque;
    set_up();
    qemu_close_all_open_fd((const int[]){ 0, 1, 2 }, 3);
    saved = fcntl(2, F_DUPFD_CLOEXEC, 10);
    if (is_control) {
        argv[0] = "/bin/sh"; /* a plain shell leaves no null device there */
        argv[1] = "-c";
        argv[2] = "exec 7</dev/null; exec ./puppet fds >" FILE_NAME;
        argv[3] = NULL;
    }
    close_streams();
    status = naive_launch(&options);
    dup2(saved, 2);
    for (int fd = 0; fd < 3; fd++) {
        if (fd == 1 || !(closed_streams & 1 << fd)) {
            snprintf(expected + strlen(expected), 3, "%s%d",
                     *expected ? " " : "", fd);
        }
    }
    if (status || strcmp(text_of(FILE_NAME), expected) != 0) {
        return broken(text_of(FILE_NAME), status);
    }
    return 0;
}

static int fork_keeps_streams_closed(void *opaque)
{
    int saved = fcntl(2, F_DUPFD_CLOEXEC, 10), status;
    size_t fds;
    pid_t pid;

    (void)opaque;
    close_streams();
    fds = count_fds();
    pid = is_control ? fork() : qemu_fork(NULL);
    if (pid == 0) {
        if (is_control) {
            open("/dev/null", O_RDONLY);
        }
        _exit(count_fds() == fds ? 0 : 1);
    }
    status = wait_status(pid);
    fds -= count_fds();
    dup2(saved, 2);
    if (status || fds) {
        return broken(fds ? "the parent's descriptors changed"
                          : "the child's descriptors changed",
                      status);
    }
    return 0;
}

/* osdep_spawn() itself: every_mix_of_streams_comes_out_right. */
void standard_streams_are_closed(void)
{
    int (*const subjects[])(void *) = { collects_with_closed_streams,
                                        tool_keeps_streams_closed,
                                        fork_keeps_streams_closed };

    for (size_t i = 0; i < 3; i++) {
        is_control = false;
        for (closed_streams = 0; closed_streams < 8; closed_streams++) {
            CU_ASSERT_TRUE(withstands(subjects[i], NULL));
        }
        is_control = true;
        closed_streams = 2 + 1;
        CU_ASSERT_TRUE(breaks(subjects[i], NULL));
    }
    unlink(FILE_NAME);
}

/* = Descriptors = */

static void limit_descriptors(rlim_t n)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int runs_with_8(void *opaque)
{
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    if (osdep_run(&inspection, &(OsdepRunOptions){ .timeout_ms = 60000 },
                  &result, &err) ||
        osdep_error_get_errno(err) != EMFILE || result.out) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

/*
 * Of 7 and 9 one is above the limit.  osdep_run() needs one descriptor for in
 * and two for each of out and err, and until the first child has told how it
 * got on another two.
 */
static int is_clean_with_8(void *launch)
{
    set_up();
    limit_descriptors(8);
    if ((Launcher *)launch == run_launch) {
        if (changes_nothing(runs_with_8, NULL) || osdep_launch(&inspection)) {
            return 1;
        }
        close(7);
        if (vfork_is_fork()) {
            return changes_nothing(runs_with_8, NULL);
        }
    }
    return is_clean_in((Launcher *)launch);
}

/* Those that are kept are above the limit, the highest far. */
static int keeps_what_is_above_the_limit(void *opaque)
{
    const char *argv[] = { puppet_path, "fds", NULL };
    const OsdepPassFd pass[] = { { 9, 9 }, { 200, 200 } };
    OsdepSpawnOptions options = { .argv = argv,
                                  .out = { .kind = OSDEP_STDIO_PIPE },
                                  .pass_fds = pass,
                                  .n_pass_fds = is_control ? 1 : 2 };

    (void)opaque;
    set_up();
    open_at(200);
    open_at(201);
    limit_descriptors(8);
    for (int i = 0; i < 3; i++) {
        OsdepProcess *process = osdep_spawn(&options, &error_warn);
        char out[20] = "";

        if (!process ||
            read(osdep_process_fd(process, 1), out, sizeof(out) - 1) < 0 ||
            strcmp(out, "0 1 2 9 200\n") != 0) {
            return broken(out, i);
        }
        osdep_process_wait(process, -1, NULL, NULL);
        osdep_process_free(process);
    }
    return 0;
}

void eight_descriptors_are_allowed(void)
{
    if (under_valgrind) {
        skip("valgrind keeps the limit to itself");
        return;
    }
    check_all_ways(is_clean_with_8);
    is_control = false;
    CU_ASSERT_TRUE(withstands(keeps_what_is_above_the_limit, NULL));
    is_control = true;
    CU_ASSERT_TRUE(breaks(keeps_what_is_above_the_limit, NULL));
}

/*
 * Which step has none left?  What needs none goes on, and the first child needs no
 * more than the later ones.
 */
static int some_are_told_which(void *opaque)
{
    static const char *const nope[] = { "/no/such/program", NULL };
    OsdepSpawnOptions null = inspection, pipe = inspection, file = inspection;
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    /* Where vfork() is a fork(), all children tell how they got on by a pipe. */
    if (vfork_is_fork()
            ? says(&inspection, "cannot create child process: ", EMFILE)
            : osdep_launch(&inspection) || fork_launch(&inspection) ||
                  says(&(OsdepSpawnOptions){ .argv = nope },
                       "cannot execute '/no/such/program': ", ENOENT)) {
        return 1;
    }
    null.in.kind = OSDEP_STDIO_NULL;
    pipe.out.kind = OSDEP_STDIO_PIPE;
    file.err = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                             .path = FILE_NAME,
                             .mode = OSDEP_FILE_APPEND };
    if (says(&null, "Could not open '/dev/null': ", EMFILE) ||
        says(&pipe, "cannot create a pipe: ", EMFILE) ||
        says(&file, "Could not open '" FILE_NAME "': ", EMFILE)) {
        return 1;
    }
    if (osdep_run(&inspection, NULL, &result, &err) ||
        osdep_error_get_errno(err) != EMFILE || result.out) {
        return broken_by(err);
    }
    error_free_or_abort(&err);
    return 0;
}

/* The wait is one without a pidfd. */
static int waits_without_a_descriptor(void)
{
    const char *argv[] = { puppet_path, "sleep", "0.05", NULL };
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    int status = 0;

    if (!process || osdep_process_pollable(process) != -1 ||
        osdep_process_wait(process, 60000, NULL, &error_warn) != 1) {
        status = broken("no wait", 0);
    }
    osdep_process_free(process);
    return status;
}

static int all_are_used(void *opaque)
{
    set_up();
    limit_descriptors(*(rlim_t *)opaque);
    while (open("/dev/null", O_RDONLY) >= 0) {
        continue;
    }
    if (errno != EMFILE) {
        return broken("cannot open", errno);
    }
    for (int i = 0; i < 2; i++) {
        if (changes_nothing(some_are_told_which, NULL)) {
            return broken(i == 0 ? "the first child" : "the second", 0);
        }
    }
    return vfork_is_fork() ? 0 : waits_without_a_descriptor();
}

void all_descriptors_are_used(void)
{
    rlim_t few = 1024, many = 20000;

    CU_ASSERT_TRUE(withstands(all_are_used, &few));
    if (!programs_start_slowly()) {
        CU_ASSERT_TRUE(withstands(all_are_used, &many));
    }
}

/* = Processes = */

static int no_more_processes(void *opaque)
{
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    if (osdep_run(&inspection,
                  &(OsdepRunOptions){ .input = "x", .input_len = 1 }, &result,
                  &err) ||
        osdep_error_get_errno(err) != EAGAIN || result.out ||
        !strstr(error_get_pretty(err), "cannot create child process: ")) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

static int runs_without_more_processes(void *opaque)
{
    (void)opaque;
    set_up();
    return forbid_fork() ? changes_nothing(no_more_processes, NULL)
                         : broken("cannot forbid fork", errno);
}

static void forbid_fork_to_tool(void)
{
    if (under_asan) { /* as set_up() */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    }
    if (!forbid_fork()) {
        _exit(SKIPPED);
    }
}

/* osdep_spawn(): failed_fork_is_reported; qemu_fork(): ..._leaves_nothing. */
void no_process_is_allowed(void)
{
    char output[4096], expected[256];

    CU_ASSERT_TRUE(withstands(runs_without_more_processes, NULL));
    if (under_tsan || under_valgrind || under_emulator) {
        return; /* these start threads or processes of their own */
    }
    CHECK_INT(
        RUN_AFTER(forbid_fork_to_tool, output, PROGRAM("osdep-run"), "true"),
        125);
    snprintf(expected, sizeof(expected),
             "osdep-run: cannot create child process: %s\n", strerror(EAGAIN));
    CHECK_STR(output, expected);
    CHECK_INT(RUN_AFTER(forbid_fork_to_tool, output, PROGRAM("osdep-run"),
                        "--fork", "true"),
              125);
    CHECK_CONTAINS(output, "osdep-run: cannot fork child process: ");
}

#ifdef __linux__

/* = Disks = */

/* Mounts that nobody else sees; they are gone when the subject is. */
static bool own_mounts(void)
{
    return syscall(SYS_unshare, CLONE_NEWNS) == 0 &&
           mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}

static const char no_mounts[] = "no mount namespace to be had";

/* A file system of our own at FOLDER; false if there is none to be had. */
static bool mount_at_folder(unsigned long flags, const char *options)
{
    return own_mounts() && mount("tmpfs", FOLDER, "tmpfs", flags, options) == 0;
}

/* Fill it up: its space, then its inodes. */
static void fill_folder(void)
{
    static const char data[4096];
    char name[64];
    int fd = open(FOLDER "/full", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    while (write(fd, data, sizeof(data)) > 0) {
        continue;
    }
    close(fd);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), FOLDER "/%d", i);
        close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
}

/* What @launch's program, which is told so, exits with if it cannot write. */
static int write_to(const char *path, Launcher *launch)
{
    const char *argv[] = { inspect_path, "--json", NULL };
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FILE,
                 .path = path,
                 .mode = OSDEP_FILE_APPEND },
    };

    return launch(&options);
}

/* The file can be opened; it is for the program to see that it is full. */
static int program_sees_full_disk(void *opaque)
{
    const char *path = opaque;
    Launcher *const launchers[] = { osdep_launch, run_launch };
    const char text[] = "osdep-inspect: cannot write: No space left on device";
    int saved = fcntl(2, F_DUPFD_CLOEXEC, 10);
    int said = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char buf[200];
    int code;

    for (int i = 0; i < 2; i++) {
        dup2(said, 2);
        code = write_to(path, launchers[i]);
        dup2(saved, 2);
        if (code != 2) {
            return broken("it did not see it", code);
        }
        memset(buf, 0, sizeof(buf));
        if (pread(said, buf, sizeof(buf) - 1, 0) < 0 || !strstr(buf, text)) {
            return broken(buf, i);
        }
        if (ftruncate(said, 0) < 0) {
            return 1;
        }
        lseek(said, 0, SEEK_SET);
    }
    close(saved);
    close(said);
    return 0;
}

static int new_file_cannot_be(void *opaque)
{
    OsdepSpawnOptions options = inspection;

    (void)opaque;
    options.in.kind = OSDEP_STDIO_PIPE;
    options.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                .path = FOLDER "/new",
                                .mode = OSDEP_FILE_TRUNCATE };
    return says(&options, "Could not open '" FOLDER "/new': ", ENOSPC);
}

static int disk_is_full(void *opaque)
{
    (void)opaque;
    set_up();
    if (changes_nothing(program_sees_full_disk, (void *)"/dev/full")) {
        return 1;
    }
    if (!mount_at_folder(0, "size=64k,nr_inodes=16")) {
        return not_here(no_mounts);
    }
    fill_folder();
    return changes_nothing(program_sees_full_disk, (void *)(FOLDER "/full")) ||
           changes_nothing(new_file_cannot_be, NULL);
}

/* The control: a disk with room. */
static int disk_has_room(void *opaque)
{
    (void)opaque;
    set_up();
    return program_sees_full_disk((void *)"/dev/null");
}

static void write_errors_to_full_disk(void)
{
    int full = open("/dev/full", O_WRONLY);

    dup2(full, 2);
    close(full);
}

void the_disk_is_full(void)
{
    char output[4096];

    mkdir(FOLDER, 0700);
    CU_ASSERT_TRUE(withstands(disk_is_full, NULL));
    CU_ASSERT_TRUE(breaks(disk_has_room, NULL));
    rmdir(FOLDER);
    /* What osdep-run has to say there is lost; what it tells is not. */
    CHECK_INT(RUN_AFTER(write_errors_to_full_disk, output, PROGRAM("osdep-run"),
                        "/no/such/program"),
              127);
    CHECK_INT(RUN_AFTER(write_errors_to_full_disk, output, PROGRAM("osdep-run"),
                        PROGRAM("puppet"), "exit", "3"),
              3);
    CHECK_INT(RUN_AFTER(NULL, output, PROGRAM("osdep-run"), "-o", "/dev/full",
                        PROGRAM("osdep-inspect"), "--json"),
              2);
    CHECK_STR(output, "osdep-inspect: cannot write: No space left on device\n");
}

static int reads_only(void *launch)
{
    OsdepSpawnOptions options = inspection;

    set_up();
    if (!mount_at_folder(MS_RDONLY, NULL)) {
        return not_here(no_mounts);
    }
    if (chdir(FOLDER) < 0) {
        return broken("no folder", errno);
    }
    options.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                .path = "new",
                                .mode = OSDEP_FILE_TRUNCATE };
    return is_clean_in((Launcher *)launch) ||
           says(&options, "Could not open 'new': ", EROFS);
}

void the_directory_is_read_only(void)
{
    mkdir(FOLDER, 0700);
    check_all_ways(reads_only);
    rmdir(FOLDER);
}

#else

#define MATTER_OF_LINUX(name)           \
    void name(void)                     \
    {                                   \
        skip("needs Linux's own ways"); \
    }

MATTER_OF_LINUX(the_disk_is_full)
MATTER_OF_LINUX(the_directory_is_read_only)

#endif

/* How it ends that writes 1000 bytes where 100 are allowed. */
static OsdepExit exceeds_file_size(bool naive)
{
    const char *argv[] = { puppet_path, "write", "1", "1000", NULL };
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FILE,
                 .path = FILE_NAME,
                 .mode = OSDEP_FILE_TRUNCATE },
    };
    OsdepExit how = { .code = 1000 };
    OsdepProcess *process;
    int status;

    if (naive) {
        dup2(open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
        status = naive_launch(&options);
        how.kind = status > 128 ? OSDEP_SIGNALLED : OSDEP_EXITED;
        how.code = (uint32_t)status & 127;
        return how;
    }
    process = osdep_spawn(&options, &error_warn);
    if (process) {
        osdep_process_wait(process, -1, &how, NULL);
    }
    osdep_process_free(process);
    return how;
}

static void limit_files(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100, 100 });
    signal(SIGXFSZ, SIG_IGN);
}

/* The parent's SIGXFSZ is ignored; the program's is not, so it is told. */
static int files_are_limited(void *opaque)
{
    OsdepExit how;
    struct stat st;

    set_up();
    limit_files();
    how = exceeds_file_size(*(bool *)opaque);
    if (how.kind != OSDEP_SIGNALLED || how.code != SIGXFSZ ||
        stat(FILE_NAME, &st) < 0 || st.st_size != 100) {
        return broken("it ended with", (long)how.code);
    }
    return 0;
}

static int forked_files_are_limited(void *opaque)
{
    pid_t pid;
    int fd;

    limit_files();
    fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    pid = *(bool *)opaque ? fork() : qemu_fork(&error_warn);
    if (pid == 0) {
        char data[100] = "";

        for (int i = 0; i < 2; i++) {
            (void)!write(fd, data, sizeof(data));
        }
        _exit(0);
    }
    return wait_status(pid) == 128 + SIGXFSZ ? 0 : 1;
}

void files_may_not_grow(void)
{
    bool naive = false;

    CU_ASSERT_TRUE(withstands(files_are_limited, &naive));
    CU_ASSERT_TRUE(withstands(forked_files_are_limited, &naive));
    naive = true;
    CU_ASSERT_TRUE(breaks(files_are_limited, &naive));
    CU_ASSERT_TRUE(breaks(forked_files_are_limited, &naive));
    unlink(FILE_NAME);
}

/* = Directories = */

static int directory_is_gone(void *launch)
{
    OsdepSpawnOptions relative = { .argv = (const char *[]){ "./x", NULL } };
    OsdepSpawnOptions file = inspection;

    set_up();
    if (mkdir(FOLDER, 0700) < 0 || chdir(FOLDER) < 0 ||
        rmdir("../" FOLDER) < 0) {
        return not_here("this directory cannot be removed");
    }
    file.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                             .path = "new",
                             .mode = OSDEP_FILE_TRUNCATE };
    return is_clean_in((Launcher *)launch) ||
           says(&relative, "cannot execute './x': ", ENOENT) ||
           says(&file, "Could not open 'new': ", ENOENT);
}

void the_directory_is_removed(void)
{
    check_all_ways(directory_is_gone);
}

static int directory_is_none(void *opaque)
{
    OsdepSpawnOptions options = inspection;

    (void)opaque;
    options.cwd = FILE_NAME;
    if (says(&options,
             "cannot change directory to '" FILE_NAME "': ", ENOTDIR)) {
        return 1;
    }
    options.cwd = FOLDER;
    return says(&options, "cannot change directory to '" FOLDER "': ", EACCES);
}

static int directory_is_refused(void *opaque)
{
    (void)opaque;
    set_up();
    return be_nobody() ? changes_nothing(directory_is_none, NULL) ||
                             changes_nothing(directory_is_none, NULL)
                       : broken("cannot be nobody", errno);
}

void the_childs_directory_is_no_good(void)
{
    char output[4096];

    make_file(FILE_NAME, "", 0755);
    mkdir(FOLDER, 0600);
    CU_ASSERT_TRUE(withstands(directory_is_refused, NULL));
    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "-C", FILE_NAME, "true"), 125);
    CHECK_STR(output, "osdep-run: cannot change directory to '" FILE_NAME
                      "': Not a directory\n");
    rmdir(FOLDER);
    unlink(FILE_NAME);
}

/* = PATH = */

/* Start @name and see it exit with @code, or fail with an errno, -@code. */
static int found(const char *name, const char *path, int code)
{
    const char *argv[] = { name, "exit", "4", NULL };
    const char *env[] = { NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env };
    char expected[200];
    int status;

    setenv("PATH", path, 1);
    if (code < 0) {
        snprintf(expected, sizeof(expected), "cannot execute '%.100s%s", name,
                 strlen(name) <= 100 ? "': " : "");
        return says(&options, expected, -code);
    }
    status = osdep_launch(&options);
    return status == code ? 0 : broken(name, status);
}

/* @n bytes that name no folder, or an entry of that and @last. */
static char *long_path(size_t n, const char *entry, const char *last)
{
    size_t len = strlen(entry);
    char *path = malloc(n + len + strlen(last) + 2);

    if (!path) {
        _exit(broken("no memory", errno));
    }
    for (size_t at = 0; at < n; at++) {
        path[at] = entry[at % len];
    }
    path[n] = ':';
    strcpy(path + n + 1, last);
    return path;
}

static int path_is_odd(void *opaque)
{
    char *long_good = long_path(5000, "x", "good");
    char *long_nope = long_path(5000, "x", "nope");
    char name[NAME_MAX + 2];
    int status;

    (void)opaque;
    if (!be_nobody() || chdir(FOLDER) < 0) {
        return broken("cannot be nobody", errno);
    }
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    status = found("program", "good", 4) ||
             found("program", "secret:good", 4) ||
             found("program", "secret", -EACCES) || /* not ENOENT */
             found("program", "taken:good", 4) ||
             found("program", "taken", -EACCES) ||
             found("program", "plain:good", 4) ||
             found("program", "endless:good", 4) ||
             found("program", "endless", -ELOOP) ||
             found("program", "endless:secret:nope", -EACCES) ||
             found("program", "nope::/dev/null:good/program:good", 4) ||
             found("program", long_good, 4) ||
             found("program", "endless:nope", -ENOENT) ||
             found("program", long_nope, -ENOENT) ||
             found(name, "good:taken", -ENAMETOOLONG);
    free(long_good);
    free(long_nope);
    return status;
}

/* A megabyte of folders, and the program in the last one. */
static int path_is_long(void *opaque)
{
    static char entry[2000] = "/nope";
    const char *argv[] = { "program", "exit", "4", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    char *path;
    int status;

    memset(entry + 5, '/', sizeof(entry) - 7);
    entry[sizeof(entry) - 2] = ':';
    path = long_path(*(size_t *)opaque, entry, "good");
    if (chdir(FOLDER) < 0) {
        return broken("no folder", errno);
    }
    /* It does not fit into the environment of a program (execve(2)). */
    status = found("program", path, 4) || found("no-program", path, -ENOENT) ||
             says(&options, "cannot execute 'program': ", E2BIG);
    free(path);
    return status;
}

static void make_path_folders(void)
{
    mkdir(FOLDER, 0755);
    mkdir(FOLDER "/good", 0755);
    mkdir(FOLDER "/secret", 0);
    mkdir(FOLDER "/taken", 0755);
    mkdir(FOLDER "/taken/program", 0755); /* a folder of the program's name */
    mkdir(FOLDER "/plain", 0755);
    make_file(FOLDER "/plain/program", "", 0644);
    CU_ASSERT_FATAL(symlink("endless", FOLDER "/endless") == 0);
    make_file(FOLDER "/good/program", "#!/bin/sh\nexit $2\n", 0755);
}

static void remove_path_folders(void)
{
    unlink(FOLDER "/endless");
    unlink(FOLDER "/good/program");
    unlink(FOLDER "/plain/program");
    rmdir(FOLDER "/plain");
    rmdir(FOLDER "/taken/program");
    rmdir(FOLDER "/taken");
    rmdir(FOLDER "/secret");
    rmdir(FOLDER "/good");
    rmdir(FOLDER);
}

/* The simple cases: searches_path_as_the_shell_does. */
void the_path_is_odd(void)
{
    char output[4096], path[6000] = "PATH=endless:";

    make_path_folders();
    CU_ASSERT_TRUE(withstands(path_is_odd, NULL));
    memset(path + strlen(path), 'x', 5000);
    strcat(path, ":good");
    for (int i = 0; i < 2; i++) { /* osdep-run has a search of its own */
        CHECK_INT(RUN_AFTER(NULL, output, PROGRAM("osdep-run"), "-C", FOLDER,
                            "-e", path, i ? "--fork" : "--", "program", "exit",
                            "4"),
                  4);
        CHECK_STR(output, "");
    }
    remove_path_folders();
}

void the_path_is_long(void)
{
    size_t megabyte = 1 << 20, more = 3 << 20; /* than ARG_MAX: sysconf(3) */

    if (under_valgrind) {
        skip(NO_FAILED_EXECVE);
        return;
    }
    make_path_folders();
    CU_ASSERT_TRUE(withstands(path_is_long, &megabyte));
    CU_ASSERT_TRUE(withstands(path_is_long, &more));
    remove_path_folders();
}

/* = Arguments and environment = */

#ifdef __linux__

/* Does the kernel take that many arguments, with no environment? */
static bool naive_fits(const char *const *argv)
{
    char *none[] = { NULL };
    pid_t pid = fork();

    if (pid == 0) {
        execve(argv[0], (char *const *)argv, none);
        _exit(100);
    }
    return wait_status(pid) == 0;
}

static int arguments_are_at_the_limit(void *opaque)
{
    enum { SOME = 60000, MOST = 120000 };
    static char word[MOST + 1], some[SOME + 1];
    const char *argv[] = { puppet_path, "exit", "0", some, word, NULL };
    const char *env[] = { NULL, NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env };
    struct rlimit stack;
    size_t fits = 0, too_many = MOST;

    set_up();
    /* A quarter of it, but not less than 128 KiB: execve(2). */
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = 512 << 10;
    setrlimit(RLIMIT_STACK, &stack);
    memset(some, 'x', SOME);
    while (too_many - fits > 1) {
        size_t len = (fits + too_many) / 2;

        memset(word, 'y', len);
        word[len] = '\0';
        *(naive_fits(argv) ? &fits : &too_many) = len;
    }
    if (fits < 1000 || too_many == MOST) {
        return not_here("the limit of execve() is another one here");
    }
    if (*(bool *)opaque) { /* the control: one variable more */
        env[0] = "A=1";
    }
    for (int i = 0; i < 2; i++) {
        memset(word, 'y', fits);
        word[fits] = '\0';
        if (osdep_launch(&options) || run_launch(&options)) {
            return broken("it is too much for us", (long)fits);
        }
        word[fits] = 'y';
        word[too_many] = '\0';
        if (says(&options, "cannot execute '", E2BIG)) {
            return 1;
        }
    }
    return 0;
}

static int argument_is_at_the_limit(void *opaque)
{
    size_t size = 32 * (size_t)sysconf(_SC_PAGESIZE); /* MAX_ARG_STRLEN */
    char *word = malloc(size + 1);
    const char *argv[] = { puppet_path, "exit", "0", word, NULL };
    OsdepSpawnOptions options = { .argv = argv };
    int status;

    (void)opaque;
    set_up();
    memset(word, 'x', size - 1);
    word[size - 1] = '\0';
    status = osdep_launch(&options);
    memcpy(word + size - 1, "x", 2);
    status = status || says(&options, "cannot execute '", E2BIG);
    free(word);
    return status;
}

void arguments_are_as_many_as_can_be(void)
{
    bool naive = false;

    if (under_emulator) {
        skip("the emulator is given arguments of its own");
        return;
    }
    if (under_valgrind) {
        skip(NO_FAILED_EXECVE);
        return;
    }
    CU_ASSERT_TRUE(withstands(arguments_are_at_the_limit, &naive));
    naive = true;
    CU_ASSERT_TRUE(breaks(arguments_are_at_the_limit, &naive));
    CU_ASSERT_TRUE(withstands(argument_is_at_the_limit, NULL));
}

#else

MATTER_OF_LINUX(arguments_are_as_many_as_can_be)

#endif

/* The control, popen(3)'s way: sh puts the environment in order. */
static int shell_launch(const OsdepSpawnOptions *options)
{
    return system(options->argv[0]) == 0 ? 0 : 1;
}

static char *odd_environment[] = {
    "B=1", "NOT_A_VARIABLE", "=", "", "A=2", "=x", "A=1", "B=", NULL
};

/* What @launch's program has for an environment, byte for byte. */
static int environment_is_passed_on(void *launch)
{
    const char *argv[] = { puppet_path, "environment", NULL };
    const char *command[] = { "./puppet environment", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    char actual[200], expected[200], *at = expected;
    int fds[2];
    ssize_t n;

    set_up();
    for (char **entry = odd_environment; *entry; entry++) {
        at = stpcpy(at, *entry) + 1;
    }
    environ = odd_environment;
    if (pipe(fds) < 0) {
        return broken("no pipe", errno);
    }
    dup2(fds[1], 1);
    close(fds[1]);
    if ((Launcher *)launch == shell_launch) {
        options.argv = command;
    }
    for (int i = 0; i < 2; i++) {
        if (((Launcher *)launch)(&options) != 0) {
            return broken("not started", i);
        }
        n = read(fds[0], actual, sizeof(actual));
        if (n != at - expected || memcmp(actual, expected, (size_t)n) != 0) {
            return broken("another environment", (long)n);
        }
    }
    return 0;
}

/* osdep_run() collects stdout, so here it is our own. */
static int run_launch_to_stdout(const OsdepSpawnOptions *options)
{
    OsdepSpawnOptions actual = *options;

    actual.out = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 1 };
    return run_launch(&actual);
}

/* As it is if it is inherited or consists of variables; else the entry is named. */
static int environment_is_given(void *opaque)
{
    const char *argv[] = { puppet_path, "environment", NULL };
    const char *twice[] = { "A=1", "B=", "A=2", NULL };
    const char *env[] = { "A=1", NULL, NULL };
    static const struct {
        const char *entry, *message;
    } odd[] = {
        { "NOT", "env[1]: 'NOT' is not of the form NAME=VALUE: " },
        { "", "env[1]: '' is not of the form NAME=VALUE: " },
        { "=", "env[1]: '=' is not of the form NAME=VALUE: " },
        { "=x", "env[1]: '=x' is not of the form NAME=VALUE: " },
    };
    OsdepSpawnOptions options = { .argv = argv, .env = twice };
    OsdepRunResult result;
    bool same;

    (void)opaque;
    set_up();
    if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 60000 }, &result,
                   &error_warn)) {
        return 1;
    }
    same = result.out_len == 11 && memcmp(result.out, "A=1\0B=\0A=2", 11) == 0;
    osdep_run_result_clear(&result);
    if (!same) {
        return broken("another environment", 0);
    }
    options.env = env;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        env[1] = odd[i].entry;
        if (says(&options, odd[i].message, EINVAL)) {
            return 1;
        }
    }
#ifdef __GLIBC__
    clearenv(); /* which leaves environ NULL: clearenv(3) */
    options.env = NULL;
    options.argv = inspect_argv;
    return is_clean_in(osdep_launch) || is_clean_in(run_launch);
#else
    return 0;
#endif
}

/* osdep-run: run_edits_an_odd_environment. */
void the_environment_is_odd(void)
{
    Launcher *const launchers[] = { osdep_launch, run_launch_to_stdout,
                                    fork_launch };

    if (under_emulator) {
        skip(NO_ODD_ENVIRONMENT);
        return;
    }
    if (under_coverage) {
        skip(COVERAGE_HAS_A_VARIABLE);
        return;
    }
    CU_ASSERT_TRUE(withstands(environment_is_given, NULL));
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(
            withstands(environment_is_passed_on, (void *)launchers[i]));
    }
    CU_ASSERT_TRUE(breaks(environment_is_passed_on, (void *)shell_launch));
}

/* = Programs = */

static int program_has_no_interpreter(void *opaque)
{
    const char *argv[] = { "./" PROGRAM_COPY, NULL };
    OsdepSpawnOptions options = { .argv = argv };

    (void)opaque;
    set_up();
    return says_in_step(&options,
                        "cannot execute './" PROGRAM_COPY "': ", ENOENT,
                        OSDEP_STEP_EXECUTE);
}

void the_interpreter_is_missing(void)
{
    char output[4096];

    if (is_too_hostile()) {
        return;
    }
    make_file(PROGRAM_COPY, "#!/no/such/interpreter\n", 0755);
    CU_ASSERT_TRUE(withstands(program_has_no_interpreter, NULL));
    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "./" PROGRAM_COPY), 127);
    CHECK_STR(output, "osdep-run: cannot execute './" PROGRAM_COPY
                      "': No such file or directory\n");
    unlink(PROGRAM_COPY);
}

/* Not where the build is below a home that is closed, as /root often is. */
static bool others_can_come_here(void)
{
    char *here = realpath(".", NULL);
    struct stat st;
    bool open = here != NULL;

    while (open && *here) {
        open = stat(here, &st) == 0 && st.st_mode & S_IXOTH;
        *strrchr(here, '/') = '\0';
    }
    free(here);
    if (!open) {
        skip("a folder above this one is closed to other users");
    }
    return open;
}

#ifdef __linux__

static void copy_program(const char *from, const char *to, mode_t mode)
{
    char buf[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC), out;
    ssize_t n;

    unlink(to);
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    while ((n = read(in, buf, sizeof(buf))) > 0) {
        n = write(out, buf, (size_t)n) == n ? n : -1;
    }
    if (n < 0 || in < 0 || fchmod(out, mode) < 0) {
        _exit(broken(to, errno));
    }
    close(in);
    close(out);
}

static const char *const copy_argv[] = { "./" PROGRAM_COPY, "exit", "4", NULL };
static const OsdepSpawnOptions copy = { .argv = copy_argv };

static int copy_is_busy(void *opaque)
{
    (void)opaque;
    return says(&copy, "cannot execute './" PROGRAM_COPY "': ", ETXTBSY);
}

/*
 * Start what was open for writing.  It may be busy for an instant yet: the kernel
 * has the parent of a vfork() go on before it closes what is close-on-exec in
 * the child (fs/exec.c, begin_new_exec()).
 */
static int start_copy(int tries)
{
    const struct timespec nap = { .tv_nsec = 1000000 };

    while (tries-- > 0) {
        Error *err = NULL;
        OsdepProcess *process = osdep_spawn(&copy, &err);
        OsdepExit how = { .code = 1000 };

        if (process) {
            osdep_process_wait(process, -1, &how, NULL);
            osdep_process_free(process);
            return how.code == 4 ? 0 : broken("exit", (long)how.code);
        }
        if (osdep_error_get_errno(err) != ETXTBSY) {
            return broken_by(err);
        }
        error_free(err);
        nanosleep(&nap, NULL);
    }
    return broken("it stays busy", 0);
}

/* Who has just written a program starts it while others fork (ETXTBSY). */
static int program_is_written_while_spawning(void *launch)
{
    const char *argv[] = { puppet_path, "cat", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    bool naive = launch == (void *)naive_launch;
    OsdepProcess *process = NULL;
    int fd, held[2], status;
    pid_t pid = -1;

    set_up();
    if (osdep_launch(&inspection) || pipe(held) < 0) {
        return broken("no first child", errno);
    }
    options.in = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = held[0] };
    fd = open(PROGRAM_COPY, O_WRONLY);
    if (changes_nothing(copy_is_busy, NULL)) {
        return 1;
    }
    if (naive) {
        pid = fork();
        if (pid == 0) {
            dup2(held[0], 0);
            close(held[0]);
            close(held[1]);
            execv(argv[0], (char *const *)argv);
            _exit(127);
        }
    } else {
        process = osdep_spawn(&options, &error_warn);
    }
    close(fd);
    status = start_copy(naive ? 20 : INT_MAX);
    close(held[0]);
    close(held[1]);
    if (naive) {
        wait_status(pid);
    } else {
        osdep_process_wait(process, -1, NULL, NULL);
        osdep_process_free(process);
    }
    return status;
}

void the_program_is_being_written(void)
{
    if (is_too_hostile()) {
        return;
    }
    if (under_emulator) {
        skip("the emulator reads the program as a file");
        return;
    }
    copy_program(PROGRAM("puppet"), PROGRAM_COPY, 0755);
    CU_ASSERT_TRUE(
        withstands(program_is_written_while_spawning, (void *)osdep_launch));
    CU_ASSERT_TRUE(
        breaks(program_is_written_while_spawning, (void *)naive_launch));
    unlink(PROGRAM_COPY);
}

static int copy_is_not_executed(void *opaque)
{
    const char *argv[] = { FOLDER "/program", NULL };
    OsdepSpawnOptions options = { .argv = argv };

    (void)opaque;
    return says(&options, "cannot execute '" FOLDER "/program': ", EACCES);
}

static int mount_is_noexec(void *opaque)
{
    const char *argv[] = { "program", "exit", "4", NULL };
    const char *env[] = { "PATH=" FOLDER ":.", NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env };
    int status;

    set_up();
    if (!mount_at_folder(*(bool *)opaque ? MS_NOEXEC : 0, NULL)) {
        return not_here(no_mounts);
    }
    make_file(FOLDER "/program", "#!/bin/sh\nexit 0\n", 0755);
    make_file("program", "#!/bin/sh\nexit 4\n", 0755);
    status = osdep_launch(&options); /* the next one in PATH */
    unlink("program");
    if (status != 4) {
        return broken("the next one", status);
    }
    return changes_nothing(copy_is_not_executed, NULL);
}

void the_program_may_not_be_executed_there(void)
{
    bool noexec = true;

    if (is_too_hostile()) {
        return;
    }
    mkdir(FOLDER, 0700);
    CU_ASSERT_TRUE(withstands(mount_is_noexec, &noexec));
    noexec = false; /* the control */
    CU_ASSERT_TRUE(breaks(mount_is_noexec, &noexec));
    rmdir(FOLDER);
}

/* = Set-user-ID programs = */

#define INSPECT_COPY "hostile-inspect"

static const char no_root[] = "set-user-ID programs have no effect here";

/* Does the system heed it?  Not with no_new_privs (prctl(2)), nor nosuid. */
static bool becomes_root(void)
{
    const char *argv[] = { "./" PROGRAM_COPY, "as-root", "exit", "0", NULL };

    return osdep_launch(&(OsdepSpawnOptions){
               .argv = argv, .out = { .kind = OSDEP_STDIO_NULL } }) == 0;
}

/* Have set-user-ID programs of root's, and be nobody; or skip. */
static int be_nobody_beside_root(void)
{
    set_up();
    if (geteuid() != 0) {
        return not_here(
            "it takes root to make a set-user-ID program of root's");
    }
    copy_program(PROGRAM("puppet"), PROGRAM_COPY, 04755);
    copy_program(PROGRAM("osdep-inspect"), INSPECT_COPY, 04755);
    if (!be_nobody()) {
        return broken("cannot be nobody", errno);
    }
    return becomes_root() ? 0 : not_here(no_root);
}

static void remove_copies(void)
{
    unlink(PROGRAM_COPY);
    unlink(INSPECT_COPY);
}

static int becomes_root_cleanly(void *launch)
{
    int status = be_nobody_beside_root();

    if (status) {
        return status;
    }
    strcpy(inspect_path, "./" INSPECT_COPY);
    return is_clean_in((Launcher *)launch);
}

/* A process that became root and lives until @hold is closed. */
static OsdepProcess *start_root(const char *what, unsigned int flags, int *hold)
{
    const char *argv[] = { "./" PROGRAM_COPY, what, "count", NULL };
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_PIPE },
                                  .out = { .kind = OSDEP_STDIO_PIPE },
                                  .flags = flags };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    char said[5];

    if (!process || read(osdep_process_fd(process, 1), said, 5) != 5) {
        _exit(broken("no root", errno));
    }
    *hold = osdep_process_take_fd(process, 0);
    return process;
}

static bool is_refused(bool done, Error **err)
{
    bool right = !done && osdep_error_get_errno(*err) == EPERM &&
                 strstr(error_get_pretty(*err), "cannot send signal ");

    if (!right) {
        fprintf(stderr, "%s\n", *err ? error_get_pretty(*err) : "it was done");
    }
    error_free(*err);
    *err = NULL;
    return right;
}

static int may_not_be_killed(const char *what)
{
    OsdepProcess *process;
    Error *err = NULL;
    int hold, status = 0;

    process = start_root(what, OSDEP_SPAWN_TREE, &hold);
    if (!is_refused(osdep_process_kill(process, &err), &err) ||
        !is_refused(osdep_process_terminate(process, &err), &err) ||
        !is_refused(osdep_process_signal(process, SIGHUP, &err), &err) ||
        !is_refused(osdep_process_kill_tree(process, &err), &err) ||
        osdep_process_wait(process, 0, NULL, NULL) != 0) {
        status = 1;
    }
    close(hold);
    if (osdep_process_wait(process, -1, NULL, NULL) != 1) {
        status = broken("no wait", 0);
    }
    osdep_process_free(process);
    return status;
}

static int root_may_not_be_killed(void *opaque)
{
    int status = be_nobody_beside_root();

    return status ? status : may_not_be_killed(opaque);
}

/*
 * osdep_run()'s deadline.  If it comes before the program became root, the
 * program could be killed, so then it is to come later.
 */
static int run_does_not_wait_for_root(void *opaque)
{
    const char *argv[] = { "./" PROGRAM_COPY, opaque, "count", NULL };
    OsdepSpawnOptions options = { .argv = argv, .flags = OSDEP_SPAWN_TREE };
    OsdepRunResult result;
    Error *err = NULL;
    int hold[2], status;

    status = be_nobody_beside_root();
    if (status) {
        return status;
    }
    if (!osdep_pipe(hold, NULL)) {
        return broken("no pipe", errno);
    }
    options.in = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = hold[0] };
    for (int ms = 20; ms < 60000; ms *= 2) {
        bool was_root,
            ran = osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = ms },
                            &result, &err);

        if (!ran) {
            /* It lives on: the only child that may be left. */
            if (waitpid(-1, NULL, WNOHANG) != 0) {
                return broken("it is gone", errno);
            }
            close(hold[1]);
            if (waitpid(-1, NULL, 0) <= 0) {
                return broken("no child", errno);
            }
            return is_refused(ran, &err) && !result.out ? 0 : 1;
        }
        was_root = result.out_len > 0;
        osdep_run_result_clear(&result);
        if (was_root) {
            return broken("root was killed", ms);
        }
    }
    return broken("it never became root", 0);
}

static bool can_setuid(void)
{
    if (under_emulator) {
        skip("the emulator runs what is no set-user-ID program");
        return false;
    }
    return !is_too_hostile() && others_can_come_here();
}

void a_program_is_set_user_id(void)
{
    if (can_setuid()) {
        check_all_ways(becomes_root_cleanly);
        remove_copies();
    }
}

void a_program_may_not_be_killed(void)
{
    if (can_setuid()) {
        CU_ASSERT_TRUE(withstands(root_may_not_be_killed, (void *)"as-root"));
        CU_ASSERT_TRUE(
            withstands(root_may_not_be_killed, (void *)"as-root-with-helper"));
        remove_copies();
    }
}

void run_ends_though_it_may_not_kill(void)
{
    if (can_setuid()) {
        CU_ASSERT_TRUE(
            withstands(run_does_not_wait_for_root, (void *)"as-root"));
        CU_ASSERT_TRUE(withstands(run_does_not_wait_for_root,
                                  (void *)"as-root-with-helper"));
        remove_copies();
    }
}

#else

MATTER_OF_LINUX(the_program_is_being_written)
MATTER_OF_LINUX(the_program_may_not_be_executed_there)
MATTER_OF_LINUX(a_program_is_set_user_id)
MATTER_OF_LINUX(a_program_may_not_be_killed)
MATTER_OF_LINUX(run_ends_though_it_may_not_kill)

#endif

/* = Children = */

static int nobody_can_wait(void *opaque)
{
    PUPPET(argv, "exit", "3");
    OsdepSpawnOptions options = { .argv = argv };
    OsdepProcess *process;
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    process = osdep_spawn(&options, &err);
    if (!process || osdep_process_wait(process, -1, NULL, &err) != -1 ||
        osdep_error_get_errno(err) != ECHILD) {
        return broken_by(err);
    }
    error_free_or_abort(&err);
    osdep_process_free(process);
    if (!osdep_run(&options,
                   &(OsdepRunOptions){
                       .input = "x", .input_len = 1, .timeout_ms = 60000 },
                   &result, &err) ||
        result.timed_out || result.exit.kind != OSDEP_EXIT_UNKNOWN) {
        return broken_by(err);
    }
    osdep_run_result_clear(&result);
    options.argv = (const char *[]){ "sleep", "100", NULL };
    if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 20 }, &result,
                   &err) ||
        !result.timed_out || result.exit.kind != OSDEP_EXIT_UNKNOWN) {
        return broken_by(err);
    }
    osdep_run_result_clear(&result);
    options.argv = (const char *[]){ "/no/such/program", NULL };
    return says(&options, "cannot execute '/no/such/program': ", ENOENT);
}

static int children_leave_no_zombies(void *opaque)
{
    struct sigaction sa = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };

    set_up();
    if (*(bool *)opaque) {
        sa = (struct sigaction){ .sa_handler = SIG_IGN };
    }
    sigaction(SIGCHLD, &sa, NULL);
    return changes_nothing(nobody_can_wait, NULL) ||
           changes_nothing(nobody_can_wait, NULL);
}

/* osdep-run: run_with_ignored_sigchld. */
void nobody_waits_for_children(void)
{
    bool ignored = false;

    if (!under_emulator) { /* qemu-user (7.2) drops SA_NOCLDWAIT */
        CU_ASSERT_TRUE(withstands(children_leave_no_zombies, &ignored));
    }
    ignored = true;
    CU_ASSERT_TRUE(withstands(children_leave_no_zombies, &ignored));
}

#ifdef __linux__

/* The control: who waits for any child gets a stranger's, too. */
static int naive_wait_launch(const OsdepSpawnOptions *options)
{
    pid_t pid = fork_clean(options), ended;
    int status = 0;

    do {
        ended = waitpid(-1, &status, 0);
    } while (ended > 0 && ended != pid);
    return ended == pid ? WEXITSTATUS(status) : 100;
}

/* An orphan that ended and became ours stays. */
static int leaves_orphan(Launcher *launch)
{
    int fds[2], status;
    pid_t orphan = 0, pid;
    siginfo_t info;

    if (pipe(fds) < 0) {
        return broken("no pipe", errno);
    }
    pid = fork();
    if (pid == 0) {
        pid_t own;

        if (fork() != 0) {
            _exit(0);
        }
        own = getpid();
        _exit(write(fds[1], &own, sizeof(own)) < 0 ? 100 : 5);
    }
    if (read(fds[0], &orphan, sizeof(orphan)) != sizeof(orphan) ||
        wait_status(pid) != 0 ||
        waitid(P_PID, (id_t)orphan, &info, WEXITED | WNOWAIT) < 0) {
        return broken("no orphan", errno);
    }
    close(fds[0]);
    close(fds[1]);
    status = launch_thrice(launch, &inspection);
    if (!status && wait_status(orphan) != 5) {
        status = broken("the orphan was taken from us", 0);
    }
    return status;
}

static int own_child_dies_with_us(void)
{
    PUPPET(argv, "exit", "3");

    return osdep_launch(&(OsdepSpawnOptions){
               .argv = argv, .flags = OSDEP_SPAWN_DIE_WITH_PARENT }) == 3
               ? 0
               : broken("die with parent", 0);
}

/* Two sleepers become orphans, ours, and die with their group. */
static int tree_is_killed_and_ours_to_reap(void)
{
    PUPPET(argv, "tree");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv,
                                          .out = { .kind = OSDEP_STDIO_PIPE },
                                          .flags = OSDEP_SPAWN_TREE },
                    &error_warn);
    char line[100];
    int status = 0;

    if (!process ||
        read(osdep_process_fd(process, 1), line, sizeof(line)) <= 0 ||
        !osdep_process_kill_tree(process, &error_warn) ||
        osdep_process_wait(process, -1, NULL, &error_warn) != 1) {
        return broken("kill_tree", 0);
    }
    osdep_process_free(process);
    for (int i = 0; i < 2; i++) {
        if (waitpid(-1, &status, 0) < 0 || !WIFSIGNALED(status)) {
            return broken("no sleeper that was killed", status);
        }
    }
    return 0;
}

/* Signals that are not caught do nothing to the first process, but to others. */
static int fork_of_first_process_can_be_ended(void)
{
    pid_t pid = qemu_fork(&error_warn);

    if (pid == 0) {
        raise(SIGTERM);
        _exit(0);
    }
    return wait_status(pid) == 128 + SIGTERM ? 0 : broken("it lives", pid);
}

static int run_has_a_deadline(void)
{
    OsdepRunResult result;
    const char *argv[] = { "sleep", "100", NULL };
    int status;

    if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                   &(OsdepRunOptions){ .timeout_ms = 20 }, &result,
                   &error_warn)) {
        return 1;
    }
    status = result.timed_out && result.exit.code == SIGKILL ? 0 : 1;
    osdep_run_result_clear(&result);
    return status;
}

static int be_first_process(Launcher *launch)
{
    if (getpid() != 1) {
        return broken("not the first process", getpid());
    }
    return is_clean_in(launch) || leaves_orphan(launch) ||
           own_child_dies_with_us() || fork_of_first_process_can_be_ended() ||
           run_has_a_deadline() || tree_is_killed_and_ours_to_reap();
}

static int is_first_process(void *launch)
{
    pid_t pid;

    set_up();
    if (syscall(SYS_unshare, CLONE_NEWPID) < 0) {
        return not_here("no PID namespace to be had");
    }
    pid = fork();
    if (pid == 0) {
        _exit(be_first_process((Launcher *)launch));
    }
    return wait_status(pid);
}

void we_are_the_first_process(void)
{
    if (is_too_hostile()) {
        return;
    }
    check_all_ways(is_first_process);
    CU_ASSERT_TRUE(breaks(is_first_process, (void *)naive_wait_launch));
}

/* In a new namespace the first child is the first process; none comes after. */
static int nobody_comes_after(void *opaque)
{
    Error *err = NULL;
    pid_t pid;

    (void)opaque;
    if (says(&inspection, "cannot create child process: ", ENOMEM)) {
        return 1;
    }
    pid = qemu_fork(&err);
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0 || osdep_error_get_errno(err) != ENOMEM) {
        return broken("forked", pid);
    }
    error_free(err);
    return 0;
}

static int child_is_first_process(void *opaque)
{
    const char *argv[] = { puppet_path, "exit", "3", NULL };
    OsdepSpawnOptions options = { .argv = argv,
                                  .flags = OSDEP_SPAWN_DIE_WITH_PARENT };
    int code;

    set_up();
    if (*(bool *)opaque && osdep_launch(&inspection)) {
        return broken("no child before", 0);
    }
    if (syscall(SYS_unshare, CLONE_NEWPID) < 0) {
        return not_here("no PID namespace to be had");
    }
    code = osdep_launch(&options);
    if (code != 3) {
        return broken("first process", code);
    }
    return changes_nothing(nobody_comes_after, NULL);
}

void a_child_is_the_first_process(void)
{
    bool spawns_before = false;

    if (is_too_hostile()) {
        return;
    }
    CU_ASSERT_TRUE(withstands(child_is_first_process, &spawns_before));
    spawns_before = true;
    CU_ASSERT_TRUE(withstands(child_is_first_process, &spawns_before));
}

/* = Sandboxes = */

enum { NO_SUCH_CALL = -1 };

typedef struct Sandbox {
    const char *name;
    long nr, arg0;
    int err;
    bool is_later;    /* entered after two children */
    const char *says; /* the message; NULL: it has to work all the same */
    bool may_work;
} Sandbox;

/* Each way works cleanly, or says what is refused. */
static int works_or_says(const Sandbox *sandbox)
{
    OsdepProcess *process;
    OsdepExit how = { .code = 1000 };
    Error *err = NULL;

    process = osdep_spawn(&inspection, &err);
    if (process) {
        if (osdep_process_wait(process, 60000, &how, &err) != 1) {
            return broken_by(err);
        }
        osdep_process_free(process);
        if (sandbox->says && !sandbox->may_work) {
            return broken("it worked", 0);
        }
        return how.code == 0 ? 0 : broken("not clean", (long)how.code);
    }
    if (!sandbox->says || osdep_error_get_errno(err) != sandbox->err ||
        !strstr(error_get_pretty(err), sandbox->says)) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

static int forks_or_says(const Sandbox *sandbox)
{
    Error *err = NULL;
    pid_t pid = qemu_fork(&err);

    if (pid == 0) {
        _exit(5);
    }
    if (pid > 0) {
        return wait_status(pid) == 5 ? 0 : broken("fork", 0);
    }
    if (!sandbox->says || osdep_error_get_errno(err) != sandbox->err ||
        !strstr(error_get_pretty(err), "cannot fork child process: ")) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

static int works_or_says_thrice(void *opaque)
{
    int status = 0;

    for (int i = 0; i < 3 && !status; i++) {
        status = works_or_says(opaque) || forks_or_says(opaque);
    }
    return status;
}

static int is_refused_a_call(void *opaque)
{
    const Sandbox *sandbox = opaque;

    set_up();
    for (int i = 0; i < (sandbox->is_later ? 2 : 0); i++) {
        if (osdep_launch(&inspection)) {
            return broken("no child before", 0);
        }
    }
    if (!deny_syscall(sandbox->nr, sandbox->arg0, sandbox->err)) {
        return not_here("no seccomp filters here");
    }
    return changes_nothing(works_or_says_thrice, opaque);
}

#ifndef SYS_vfork /* aarch64 and others have clone() alone */
#define SYS_vfork (-1)
#endif
#ifndef SYS_fork
#define SYS_fork (-1)
#endif
#ifndef SYS_clone3
#define SYS_clone3 (-1)
#endif

/* Each refused as sandboxes do it. */
void a_sandbox_refuses_calls(void)
{
    const Sandbox sandboxes[] = {
        { "vfork", SYS_vfork, -1, 0, false,
          "cannot create child process: ", true },
        { "fork", SYS_fork, -1, 0, false,
          "cannot create child process: ", true },
        { "clone", SYS_clone, -1, 0, false,
          "cannot create child process: ", true },
        { "clone3", SYS_clone3, -1, 0, false, NULL, false },
        { "close_range", nr_close_range, -1, 0, false, NULL, false },
        { "pidfd_open", nr_pidfd_open, -1, 0, false, NULL, false },
        { "waitid by pidfd", SYS_waitid, 3 /* P_PIDFD */, 0, false, NULL,
          false },
        { "prctl", SYS_prctl, 1 /* PR_SET_PDEATHSIG */, 0, false, NULL, false },
        { "execve", SYS_execve, -1, 0, false, "cannot execute '", false },
    };
    static const int errors[] = { EPERM, ENOSYS, EACCES };

    if (is_too_hostile()) {
        return;
    }
    for (size_t i = 0; i < sizeof(sandboxes) / sizeof(sandboxes[0]); i++) {
        Sandbox sandbox = sandboxes[i];

        if (sandbox.nr == NO_SUCH_CALL) {
            continue;
        }
        for (int n = 0; n < 6; n++) {
            sandbox.err = errors[n / 2];
            sandbox.is_later = n % 2;
            printf("# %s: %s%s\n", sandbox.name, strerror(sandbox.err),
                   sandbox.is_later ? ", later" : "");
            CU_ASSERT_TRUE(withstands(is_refused_a_call, &sandbox));
        }
    }
}

/* Signals and waits in one. */
static int ends_what_it_started(void *opaque)
{
    const Sandbox *sandbox = opaque;
    const char *argv[] = { puppet_path, "sleep", "100", NULL };
    OsdepExit how = { .code = 1000 };
    Error *err = NULL;
    OsdepProcess *process;

    set_up();
    process = osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    osdep_process_kill(process, &error_warn);
    osdep_process_wait(process, -1, NULL, &error_warn);
    osdep_process_free(process);
    if (!deny_syscall(sandbox->nr, sandbox->arg0, sandbox->err)) {
        return not_here("no seccomp filters here");
    }
    process = osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    if (!process || !osdep_process_kill(process, &err)) {
        return broken_by(err);
    }
    for (int timeout = -1; timeout < 2; timeout++) {
        int ended = osdep_process_wait(process, timeout * 1000, &how, &err);

        if (!sandbox->says) {
            if (ended != 1 || how.code != SIGKILL) {
                return broken_by(err);
            }
            continue;
        }
        if (ended == 0 && timeout == 0) {
            continue; /* it just has not ended yet */
        }
        if (ended != -1 || osdep_error_get_errno(err) != sandbox->err ||
            !strstr(error_get_pretty(err), sandbox->says)) {
            return broken_by(err);
        }
        error_free_or_abort(&err);
    }
    if (sandbox->says) {
        wait_status(osdep_process_pid(process));
    }
    osdep_process_free(process);
    return 0;
}

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal (-1)
#endif

void a_sandbox_refuses_signals_and_waits(void)
{
    const Sandbox sandboxes[] = {
        { .name = "pidfd_send_signal",
          .nr = SYS_pidfd_send_signal,
          .arg0 = -1 },
        { .name = "waitid by pidfd",
          .nr = SYS_waitid,
          .arg0 = 3 /* P_PIDFD */ },
        { .name = "waitid",
          .nr = SYS_waitid,
          .arg0 = -1,
          .says = "cannot wait for process " },
    };
    static const int errors[] = { EPERM, ENOSYS, EACCES };

    if (is_too_hostile()) {
        return;
    }
    for (size_t i = 0; i < sizeof(sandboxes) / sizeof(sandboxes[0]); i++) {
        Sandbox sandbox = sandboxes[i];

        if (sandbox.nr == NO_SUCH_CALL) {
            continue;
        }
        for (int n = 0; n < 3; n++) {
            sandbox.err = errors[n];
            printf("# %s: %s\n", sandbox.name, strerror(sandbox.err));
            CU_ASSERT_TRUE(withstands(ends_what_it_started, &sandbox));
        }
    }
}

/* = Memory = */

static void limit_memory(rlim_t more)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    struct rlimit limit;

    if (!f || fscanf(f, "%ld", &pages) != 1) {
        _exit(not_here("no /proc here"));
    }
    fclose(f);
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    setrlimit(RLIMIT_AS, &limit);
}

static int output_does_not_fit(void *opaque)
{
    const char *argv[] = { puppet_path, "both", "60000000", NULL };
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    if (osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                  &(OsdepRunOptions){ .timeout_ms = 60000 }, &result, &err) ||
        osdep_error_get_errno(err) != ENOMEM || result.out ||
        !strstr(error_get_pretty(err),
                "cannot read from or write to process ")) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

/* A list of all candidates would take more than there is. */
static int path_is_searched(void *opaque)
{
    const char *argv[] = { "no-such-program", NULL };
    const char *env[] = { NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env };

    (void)opaque;
    return says(&options, "cannot execute 'no-such-program': ", ENOENT);
}

static int memory_is_short(void *opaque)
{
    char *path = long_path(1 << 20, ":", "good");

    (void)opaque;
    set_up();
    limit_memory(8 << 20);
    if (changes_nothing(output_does_not_fit, NULL) ||
        fork_launch(&inspection) != 0) {
        return 1;
    }
    setenv("PATH", path, 1);
    return changes_nothing(path_is_searched, NULL);
}

void memory_is_limited(void)
{
    if (under_asan || under_tsan || under_valgrind || under_emulator) {
        skip("sanitizers and emulators need more memory than there may be");
        return;
    }
    CU_ASSERT_TRUE(withstands(memory_is_short, NULL));
}

#else

MATTER_OF_LINUX(we_are_the_first_process)
MATTER_OF_LINUX(a_child_is_the_first_process)
MATTER_OF_LINUX(a_sandbox_refuses_calls)
MATTER_OF_LINUX(a_sandbox_refuses_signals_and_waits)
MATTER_OF_LINUX(memory_is_limited)

#endif

/* How a crash ended, and whether the system says that it left a core. */
static int core_is_told(void *opaque)
{
    rlim_t size = *(rlim_t *)opaque;
    struct rlimit limit;
    const char *argv[] = { puppet_path, "crash", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepProcess *process;
    OsdepExit how = { 0 };
    int wstatus = 0;
    pid_t pid;

    set_up();
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    setrlimit(RLIMIT_CORE, &limit);
    if (chdir(FOLDER) < 0) {
        return broken("no folder", errno);
    }
    pid = fork();
    if (pid == 0) {
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    waitpid(pid, &wstatus, 0);
    process = osdep_spawn(&options, &error_warn);
    if (!process || osdep_process_wait(process, -1, &how, &error_warn) != 1) {
        return 1;
    }
    osdep_process_free(process);
    return how.kind == OSDEP_SIGNALLED && (int)how.code == WTERMSIG(wstatus) &&
                   how.core_dumped == (WCOREDUMP(wstatus) != 0)
               ? 0
               : broken("core", how.core_dumped);
}

/* With all that is in it. */
static void remove_folder(void)
{
    char output[4096];

    RUN(output, "/bin/sh", "-c", "rm -rf " FOLDER);
}

void cores_are_limited_or_not(void)
{
    rlim_t none = 0, all = RLIM_INFINITY;

    if (under_asan || under_tsan) {
        skip("with sanitizers a crash is an exit");
        return;
    }
    mkdir(FOLDER, 0700);
    CU_ASSERT_TRUE(withstands(core_is_told, &none));
    CU_ASSERT_TRUE(withstands(core_is_told, &all));
    remove_folder();
}

/* = Debuggers, stacks, threads = */

#ifdef __linux__

/* Run the tracee, and who it starts, stopping them at each step. */
static int trace(pid_t tracee)
{
    const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
    int status, result = 100;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        int sig = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

        if (!WIFSTOPPED(status)) {
            if (pid == tracee) {
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 101;
            }
            continue;
        }
        if (pid == tracee && sig == SIGSTOP) {
            ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options);
        }
        ptrace(PTRACE_CONT, pid, NULL,
               (void *)(long)(sig == SIGTRAP || sig == SIGSTOP ? 0 : sig));
    }
    return result;
}

static int is_traced(void *launch)
{
    pid_t pid = fork();

    if (pid == 0) {
        set_up();
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) {
            _exit(SKIPPED);
        }
        raise(SIGSTOP);
        _exit(is_clean_in((Launcher *)launch));
    }
    return trace(pid);
}

void a_debugger_watches(void)
{
    if (under_emulator || under_valgrind) {
        skip("an emulated program cannot be traced");
        return;
    }
    check_all_ways(is_traced);
}

#else

MATTER_OF_LINUX(a_debugger_watches)

#endif

static volatile bool was_on_stack;
static char alternate_stack[65536];

static void see_stack(int sig)
{
    char here;

    (void)sig;
    was_on_stack =
        (uintptr_t)&here >= (uintptr_t)alternate_stack &&
        (uintptr_t)&here < (uintptr_t)alternate_stack + sizeof(alternate_stack);
}

/* It stays ours; a program has none of it (execve(2)). */
static int has_alternate_stack(void *launch)
{
    stack_t ss = { .ss_sp = alternate_stack,
                   .ss_size = sizeof(alternate_stack) };
    struct sigaction sa = { .sa_handler = see_stack, .sa_flags = SA_ONSTACK };
    int status;

    set_up();
    sigaltstack(&ss, NULL);
    sigaction(SIGWINCH, &sa, NULL);
    status = is_clean_in((Launcher *)launch);
    raise(SIGWINCH);
    return status ? status : was_on_stack ? 0 : broken("another stack", 0);
}

/* qemu_fork(), with the handler of the parent: parent_on_alternate_stack. */
void signals_have_a_stack_of_their_own(void)
{
    check_all_ways(has_alternate_stack);
}

static void *launch_in_thread(void *opaque)
{
    Launcher **launch = opaque;
    int status = launch_thrice(*launch, &inspection);
    sigset_t now;

    pthread_sigmask(SIG_SETMASK, NULL, &now);
    for (int sig = 1; sig < 32; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP && !sigismember(&now, sig)) {
            status = broken("the mask changed", sig);
        }
    }
    *launch = status ? NULL : *launch;
    return NULL;
}

/* The thread blocks all; others do not. */
static int blocks_all_in_thread(void *opaque)
{
    Launcher *launch = (Launcher *)opaque;
    sigset_t all, old;
    pthread_t thread;

    set_up();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&thread, NULL, launch_in_thread, &launch) != 0) {
        return broken("no thread", 0);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_join(thread, NULL);
    return launch ? 0 : 1;
}

void a_thread_blocks_all_signals(void)
{
    check_all_ways(blocks_all_in_thread);
}

/* A stack that tells how far down it was used. */
enum { STACK = 1 << 18, UNUSED = 0xa5, LITTLE = 8192 };

typedef struct StackTrial {
    Launcher *launch; /* NULL: nothing, the thread's own need */
    int status;
} StackTrial;

static void *run_on_stack(void *opaque)
{
    StackTrial *trial = opaque;

    if (trial->launch) {
        trial->status = launch_thrice(trial->launch, &inspection);
    }
    return NULL;
}

static size_t stack_needed(Launcher *launch)
{
    StackTrial trial = { .launch = launch };
    unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attr;
    pthread_t thread;
    size_t unused = 0;

    if (stack == MAP_FAILED) {
        _exit(broken("no memory", errno));
    }
    memset(stack, UNUSED, STACK);
    pthread_attr_init(&attr);
    pthread_attr_setstack(&attr, stack, STACK);
    if (pthread_create(&thread, &attr, run_on_stack, &trial) != 0) {
        _exit(broken("no thread", errno));
    }
    pthread_join(thread, NULL);
    if (trial.status) {
        _exit(broken("not clean", trial.status));
    }
    while (unused < STACK && stack[unused] == UNUSED) {
        unused++;
    }
    munmap(stack, STACK);
    return STACK - unused;
}

/* The control: what a careless launcher has on its stack. */
static int greedy_launch(const OsdepSpawnOptions *options)
{
    volatile char path[1 << 18]; /* more than aarch64's least, 128 KiB, too */

    for (size_t i = 0; i < sizeof(path); i += 512) {
        path[i] = 0;
    }
    return osdep_launch(options);
}

/*
 * 8 KiB more than a thread has to have will do; how much each needs is in the
 * remarks that threads_have_little_stack prints.
 */
static int does_with_little_stack(void *launch)
{
    StackTrial trial = { .launch = (Launcher *)launch };
    long least = sysconf(_SC_THREAD_STACK_MIN);
    pthread_attr_t attr;
    pthread_t thread;

    set_up();
    pthread_attr_init(&attr);
    if (least < PTHREAD_STACK_MIN) {
        least = PTHREAD_STACK_MIN;
    }
    if (pthread_attr_setstacksize(&attr, (size_t)least + LITTLE) != 0) {
        return not_here("threads need more stack here");
    }
    if (pthread_create(&thread, &attr, run_on_stack, &trial) != 0) {
        return broken("no thread", errno);
    }
    pthread_join(thread, NULL);
    return trial.status ? broken("not clean", trial.status) : 0;
}

static int needs_little_stack(void *opaque)
{
    static const char *const names[] = { "osdep_spawn", "osdep_run",
                                         "qemu_fork" };
    size_t own;

    (void)opaque;
    set_up();
    own = stack_needed(NULL);
    for (int i = 0; i < 3; i++) {
        dprintf(2, "%s %zu, ", names[i], stack_needed(all_launchers[i]) - own);
    }
    dprintf(2, "and a thread itself %zu bytes", own);
    return 0;
}

void threads_have_little_stack(void)
{
    char output[4096];

    if (under_asan || under_tsan || under_valgrind) {
        skip("sanitizers need more stack");
        return;
    }
    CHECK_INT(in_child(needs_little_stack, NULL, output, sizeof(output)), 0);
    printf("# stack: %s\n", output);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(
            withstands(does_with_little_stack, (void *)all_launchers[i]));
    }
    CU_ASSERT_TRUE(breaks(does_with_little_stack, (void *)greedy_launch));
}

/* = What is missing = */

#ifdef __linux__

static int null_device_is_missing(void *opaque)
{
    OsdepSpawnOptions options = inspection;
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    options.in.kind = OSDEP_STDIO_NULL;
    if (says(&options, "Could not open '/dev/null': ", ENOENT)) {
        return 1;
    }
    if (osdep_run(&inspection, NULL, &result, &err) ||
        osdep_error_get_errno(err) != ENOENT || result.out) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

/* osdep_run() whose program reads our stdin. */
static int run_launch_from_stdin(const OsdepSpawnOptions *options)
{
    OsdepSpawnOptions actual = *options;

    actual.in = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 0 };
    return run_launch(&actual);
}

/* Then there is nothing left to list descriptors by. */
static int has_no_dev_and_no_proc(void *launch)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1000, 1000 });
    set_up();
    if (!own_mounts() || mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0 ||
        mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0) {
        return not_here(no_mounts);
    }
    if (is_clean_in((Launcher *)launch) ||
        changes_nothing(null_device_is_missing, NULL)) {
        return 1;
    }
    return deny_syscall(nr_close_range, -1, ENOSYS)
               ? is_clean_in((Launcher *)launch)
               : 0;
}

static int nothing_is_there(void *opaque)
{
    OsdepSpawnOptions options = { .argv = (const char *[]){ "true", NULL } };

    (void)opaque;
    return null_device_is_missing(NULL) ||
           says(&options, "cannot execute 'true': ", ENOENT);
}

static int root_is_empty(void *opaque)
{
    (void)opaque;
    set_up();
    if (chroot(FOLDER) < 0 || chdir("/") < 0) {
        return not_here("it takes root to have another root");
    }
    return changes_nothing(nothing_is_there, NULL) ||
           changes_nothing(nothing_is_there, NULL);
}

void there_is_no_dev_and_no_proc(void)
{
    Launcher *const launchers[] = { osdep_launch, run_launch_from_stdin,
                                    fork_launch, tool_launch };

    if (is_too_hostile()) {
        return;
    }
    mkdir(FOLDER, 0700);
    CU_ASSERT_TRUE(withstands(root_is_empty, NULL));
    rmdir(FOLDER);
    if (under_asan || under_emulator) {
        skip("ASan and emulated programs need /proc to start");
        return;
    }
    for (int i = 0; i < N_LAUNCHERS; i++) {
        CU_ASSERT_TRUE(
            withstands(has_no_dev_and_no_proc, (void *)launchers[i]));
    }
    CU_ASSERT_TRUE(breaks(has_no_dev_and_no_proc, (void *)naive_launch));
}

#else

MATTER_OF_LINUX(there_is_no_dev_and_no_proc)

#endif

/* = Language and modes = */

/* Turkish has "i" and "I" in different alphabets, and a decimal comma. */
#define TURKISH "tr_TR.UTF-8"

static void be_turkish(void)
{
    char path[PATH_MAX];

    if (realpath(FOLDER, path)) {
        setenv("LOCPATH", path, 1); /* glibc's; setlocale(3) */
    }
    setenv("LC_ALL", TURKISH, 1);
}

static int speaks_turkish(void *launch)
{
    const char *argv[] = { "./\xc4\xb0\xff\xfeI", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    char expected[300];

    set_up();
    be_turkish();
    if (!setlocale(LC_ALL, "")) {
        return not_here("no Turkish locale to be had");
    }
    snprintf(expected, sizeof(expected), "cannot execute '%s': %s", argv[0],
             strerror(ENOENT));
    return says(&options, expected, ENOENT) || is_clean_in((Launcher *)launch);
}

void the_language_is_another(void)
{
    char output[4096];

    mkdir(FOLDER, 0755);
    /* Made by whoever has the tools for it; else maybe it is installed. */
    RUN(output, "/bin/sh", "-c",
        "localedef --no-archive -i tr_TR -f UTF-8 " FOLDER "/" TURKISH);
    check_all_ways(speaks_turkish);
    CHECK_INT(RUN_AFTER(be_turkish, output, PROGRAM("osdep-run"), "-I", "int",
                        "-t", "59.5", PROGRAM("osdep-inspect"), "--check"),
              1);
    CHECK_CONTAINS(output, "osdep-inspect: SIGINT is ignored\n");
    remove_folder();
}

static int masks_all_modes(void *launch)
{
    OsdepSpawnOptions options = inspection;
    struct stat st;

    set_up();
    if (!be_nobody() || chdir(FOLDER) < 0) {
        return broken("cannot be nobody", errno);
    }
    umask(0777);
    options.out = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                .path = "new",
                                .mode = OSDEP_FILE_TRUNCATE };
    unlink("new");
    if (((Launcher *)launch)(&options) != 0 || stat("new", &st) < 0 ||
        (st.st_mode & 0777) != 0 || st.st_size == 0) {
        return broken("no file", errno);
    }
    if (says(&options, "Could not open 'new': ", EACCES)) {
        return 1;
    }
    return is_clean_in((Launcher *)launch) ||
           (umask(0777) == 0777 ? 0 : broken("another umask", 0));
}

void no_mode_bit_is_allowed(void)
{
    if (!others_can_come_here()) {
        return;
    }
    mkdir(FOLDER, 0700);
    chmod(FOLDER, 0777);
    CU_ASSERT_TRUE(withstands(masks_all_modes, (void *)osdep_launch));
    CU_ASSERT_TRUE(withstands(masks_all_modes, (void *)run_launch));
    CU_ASSERT_TRUE(breaks(masks_all_modes, (void *)posix_spawn_launch));
    unlink(FOLDER "/new");
    rmdir(FOLDER);
}
