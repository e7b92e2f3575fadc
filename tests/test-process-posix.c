/*
 * Tests of osdep/process.h on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 *
 * Most run in a process of their own, which they may put into any state.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "osdep/fd.h"
#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/launch.h"
#include "tests/helpers/posix.h"
#include "tests/helpers/trial.h"

extern char **environ;

#define SKIP_REASON "a matter of Windows"
PROCESS_WIN32_CASES(TEST_SKIP)

static const char *const inspect_argv[] = { PROGRAM("osdep-inspect"), "--check",
                                            NULL };

/* osdep-inspect, which says on stderr what is not clean. */
static const OsdepSpawnOptions inspection = {
    .argv = inspect_argv,
    .out = { .kind = OSDEP_STDIO_NULL },
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* = What the child inherits = */

static int is_clean(void *launch)
{
    make_all_nasty();
    return launch_thrice((Launcher *)launch, &inspection);
}

static int is_clean_of_signal_32(void *launch)
{
    ignore_signal_32();
    return launch_thrice((Launcher *)launch, &inspection);
}

static int is_clean_with_all_blocked_and_ignored(void *launch)
{
    sigset_t all;

    sigfillset(&all);
    set_all_signals(SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    return launch_thrice((Launcher *)launch, &inspection);
}

void child_is_clean(void)
{
    CU_ASSERT_TRUE(holds(is_clean, (void *)osdep_launch));
    CU_ASSERT_FALSE(holds(is_clean, (void *)posix_spawn_launch));
    CU_ASSERT_TRUE(
        holds(is_clean_with_all_blocked_and_ignored, (void *)osdep_launch));
    CU_ASSERT_TRUE(holds(is_clean_of_signal_32, (void *)osdep_launch));
}

static int is_clean_of_many(void *launch)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < 3000; i++) {
        if (open("/dev/null", i % 2 ? O_RDONLY : O_RDONLY | O_CLOEXEC) < 0 &&
            i < 500) {
            return broken("cannot open", errno);
        }
    }
    return launch_thrice((Launcher *)launch, &inspection);
}

void child_is_clean_of_many_descriptors(void)
{
    CU_ASSERT_TRUE(holds(is_clean_of_many, (void *)osdep_launch));
    CU_ASSERT_FALSE(holds(is_clean_of_many, (void *)posix_spawn_launch));
}

/* = A storm of signals = */

typedef struct Shared {
    atomic_int runs_in_parent;
    atomic_int runs_in_child;
    pid_t parent;
} Shared;
static Shared *shared;

static void count_run(int sig)
{
    (void)sig;
    atomic_fetch_add(getpid() == shared->parent ? &shared->runs_in_parent
                                                : &shared->runs_in_child,
                     1);
}

static int no_handler_in_child(void *launch)
{
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = { .argv = argv };
    pid_t storm;
    int n = programs_start_slowly() ? 100 : 300, status = 0;

    shared->parent = getpid();
    atomic_store(&shared->runs_in_parent, 0);
    atomic_store(&shared->runs_in_child, 0);
    signal(SIGURG, count_run);
    setpgid(0, 0);
    storm = fork();
    if (storm == 0) {
        signal(SIGURG, SIG_IGN);
        while (getppid() == shared->parent) {
            kill(0, SIGURG);
        }
        _exit(0);
    }
    for (int i = 0; i < n && !status; i++) {
        status = ((Launcher *)launch)(&options);
        if (!status && atomic_load(&shared->runs_in_child)) {
            status = broken("a handler ran in child", i);
        }
    }
    kill(storm, SIGKILL);
    wait_status(storm);
    return atomic_load(&shared->runs_in_parent) ? status
                                                : broken("no storm", 0);
}

void child_runs_no_handler_in_the_storm(void)
{
    if (under_tsan) {
        skip("TSan runs handlers when it likes");
        return;
    }
    if (under_valgrind) {
        skip(NO_HANDLER_SO_EARLY);
        return;
    }
    shared = shared_memory(sizeof(*shared));
    CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    CU_ASSERT_TRUE(holds(no_handler_in_child, (void *)osdep_launch));
    CU_ASSERT_FALSE(holds(no_handler_in_child, (void *)naive_vfork_launch));
    munmap(shared, sizeof(*shared));
}

/* = Streams = */

enum {
    REPORT_READ = 28, /* a pipe through which the child tells what it has */
    REPORT_WRITE = 29,
    SAVED = 30, /* and 31, 32: what 0, 1 and 2 are if they are open */
    OTHER = 5,
};

/* What a stream may be asked to be. */
typedef enum Wish {
    INHERIT,
    FD_0,
    FD_1,
    FD_2,
    FD_OTHER,
    NULL_DEVICE,
    PIPE,
    AS_STDOUT,
    N_WISHES,
} Wish;

static OsdepStdio stdio_for(Wish wish)
{
    static const OsdepStdio stdios[] = {
        [INHERIT] = { .kind = OSDEP_STDIO_INHERIT },
        [FD_0] = { .kind = OSDEP_STDIO_FD, .fd = 0 },
        [FD_1] = { .kind = OSDEP_STDIO_FD, .fd = 1 },
        [FD_2] = { .kind = OSDEP_STDIO_FD, .fd = 2 },
        [FD_OTHER] = { .kind = OSDEP_STDIO_FD, .fd = OTHER },
        [NULL_DEVICE] = { .kind = OSDEP_STDIO_NULL },
        [PIPE] = { .kind = OSDEP_STDIO_PIPE },
        [AS_STDOUT] = { .kind = OSDEP_STDIO_STDOUT },
    };

    return stdios[wish];
}

/*
 * Which file is open as @fd; 0: none.  As puppet-posix.c has it: NetBSD's and
 * OpenBSD's pipes all have inode 0 (sys_pipe.c).
 */
static uint64_t file_id(const struct stat *st)
{
    return (uint64_t)st->st_ino << 16 | (st->st_mode & S_IFMT);
}

static uint64_t file_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? file_id(&st) : 0;
}

/* The control: dup2() one after the other; without pipes. */
static int naive_streams(const Wish wishes[3], const char *const *argv)
{
    static const int fds[] = { [FD_1] = 1, [FD_2] = 2, [FD_OTHER] = OTHER };
    pid_t pid = fork();

    if (pid == 0) {
        for (int i = 0; i < 3; i++) {
            if (wishes[i] >= FD_0 && wishes[i] <= FD_OTHER) {
                dup2(fds[wishes[i]], i);
            }
        }
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return wait_status(pid);
}

/* One mix: what the child has against what it should have. */
static int mix_comes_out_right(const Wish wishes[3], bool naive)
{
    PUPPET(argv, "files", "29");
    const OsdepPassFd pass[] = { { REPORT_WRITE, REPORT_WRITE } };
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = stdio_for(wishes[0]),
        .out = stdio_for(wishes[1]),
        .err = stdio_for(wishes[2]),
        .pass_fds = pass,
        .n_pass_fds = 1,
    };
    uint64_t expected[3], got[3] = { 0 };
    bool refused = false;
    OsdepProcess *process = NULL;
    Error *err = NULL;
    struct stat null;

    stat("/dev/null", &null);
    for (int i = 0; i < 3; i++) {
        Wish wish = wishes[i];

        expected[i] = 0;
        if (wish == INHERIT) {
            expected[i] = file_of(i);
        } else if (wish <= FD_2) {
            expected[i] = file_of((int)wish - FD_0);
            refused |= !expected[i];
        } else if (wish == FD_OTHER) {
            expected[i] = file_of(OTHER);
        } else if (wish == NULL_DEVICE) {
            expected[i] = file_id(&null);
        } else if (wish == AS_STDOUT) {
            expected[i] = expected[1];
            refused |= wishes[1] == INHERIT && !expected[1];
        }
    }
    if (naive) {
        if (naive_streams(wishes, argv) != 0) {
            return 1;
        }
    } else {
        process = osdep_spawn(&options, &err);
        if (!process != refused) {
            return broken_by(err);
        }
        if (refused) {
            bool right = osdep_error_get_errno(err) == EBADF;

            error_free(err);
            return right ? 0 : broken("refused with another code", 0);
        }
        for (int i = 0; i < 3; i++) {
            if (wishes[i] == PIPE) {
                expected[i] = file_of(osdep_process_fd(process, i));
            }
        }
        if (wishes[2] == AS_STDOUT) {
            expected[2] = expected[1];
        }
        if (osdep_process_wait(process, -1, NULL, &err) < 0) {
            return broken_by(err);
        }
        osdep_process_free(process);
    }
    if (read(REPORT_READ, got, sizeof(got)) != sizeof(got)) {
        return broken("no report", errno);
    }
    for (int i = 0; i < 3; i++) {
        if (got[i] != expected[i]) {
            dprintf(SAVED + 2, "stream %d of mix %d %d %d: ", i, wishes[0],
                    wishes[1], wishes[2]);
            return broken("another file", (long)got[i]);
        }
    }
    return 0;
}

/* 0, 1, 2 and OTHER are four files; these of the first three are closed. */
static void set_up_streams(int closed)
{
    for (int i = 0; i < 3; i++) {
        close(i);
        if (!(closed & 1 << i)) {
            dup2(SAVED + i, i);
        }
    }
}

/* An empty file, open as descriptor @fd. */
static void open_file_at(int fd)
{
    FILE *f = tmpfile();
    int copy = f ? fcntl(fileno(f), F_DUPFD, REPORT_WRITE + 1) : -1;

    if (copy < 0) {
        _exit(broken("no file", errno));
    }
    fclose(f);
    dup2(copy, fd);
    close(copy);
}

static void prepare_streams(void)
{
    int report[2];

    if (pipe(report) < 0) {
        _exit(broken("no pipe", errno));
    }
    dup2(report[0], REPORT_READ);
    dup2(report[1], REPORT_WRITE);
    close(report[0]);
    close(report[1]);
    for (int i = 0; i < 3; i++) {
        if (i < 2) {
            open_file_at(SAVED + i);
        } else { /* a pipe of in_child() */
            dup2(i, SAVED + i);
        }
    }
    open_file_at(OTHER);
}

static int all_mixes(void *opaque)
{
    unsigned int n = 0, step = programs_start_slowly() ? 31 : 1; /* of 3,136 */
    int status = 0;

    (void)opaque;
    prepare_streams();
    for (int closed = 0; closed < 8 && !status; closed++) {
        for (unsigned int i = 0; i < 7 * 7 * 8 && !status; i++) {
            Wish wishes[] = { (Wish)(i / 8 / 7), (Wish)(i / 8 % 7),
                              (Wish)(i % 8) };

            if (n++ % step == 0) {
                set_up_streams(closed);
                status = mix_comes_out_right(wishes, false);
            }
        }
    }
    set_up_streams(0);
    return status;
}

/* What tells of a failure must not be one of the streams that are set up. */
static int failure_is_told(void *opaque)
{
    const char *nope[] = { "/no/such/program", NULL };
    OsdepSpawnOptions options = { .argv = nope };
    OsdepStdio *const streams[] = { &options.in, &options.out, &options.err };
    Error *err = NULL;

    (void)opaque;
    prepare_streams();
    for (int i = 0; i < 3; i++) {
        set_up_streams(7);
        *streams[i] = stdio_for(FD_OTHER);
        if (osdep_spawn(&options, &err) ||
            osdep_error_get_errno(err) != ENOENT) {
            dup2(SAVED + 2, 2);
            return broken_by(err);
        }
        error_free_or_abort(&err);
        *streams[i] = stdio_for(INHERIT);
    }
    return 0;
}

static int naive_mixes(void *opaque)
{
    static const Wish swap[3] = { FD_1, FD_0, FD_2 };

    (void)opaque;
    prepare_streams();
    set_up_streams(0);
    return mix_comes_out_right(swap, true);
}

void every_mix_of_streams_comes_out_right(void)
{
    CU_ASSERT_TRUE(holds(all_mixes, NULL));
    CU_ASSERT_TRUE(holds(failure_is_told, NULL));
    CU_ASSERT_FALSE(holds(naive_mixes, NULL));
}

/* = Descriptors = */

static int kept_keep_their_numbers(void *opaque)
{
    PUPPET(argv, "fds");
    const OsdepPassFd pass[] = { { 100, 100 }, { 7, 7 }, { 31, 31 } };
    OsdepSpawnOptions options = { .argv = argv,
                                  .pass_fds = pass,
                                  .n_pass_fds = 3 };
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    open_at(7);
    open_at(8);
    open_at(31);
    open_at(100);
    open_at(101);
    qemu_set_cloexec(31);
    for (int i = 0; i < 3; i++) {
        if (!osdep_run(&options, NULL, &result, &err)) {
            return broken_by(err);
        }
        if (strcmp(result.out, "0 1 2 7 31 100\n") != 0) {
            return broken(result.out, i);
        }
        osdep_run_result_clear(&result);
    }
    /* Ours stayed what they are. */
    return fcntl(31, F_GETFD) == FD_CLOEXEC && fcntl(7, F_GETFD) == 0
               ? 0
               : broken("ours changed", 0);
}

void kept_descriptors_keep_their_numbers(void)
{
    CU_ASSERT_TRUE(holds(kept_keep_their_numbers, NULL));
}

static int inherits_all(void *opaque)
{
    PUPPET(argv, "fds");
    OsdepSpawnOptions options = { .argv = argv,
                                  .flags = OSDEP_SPAWN_INHERIT_FDS };
    const OsdepPassFd pass[] = { { 9, 9 } };
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    qemu_close_all_open_fd((const int[]){ 0, 1, 2 }, 3);
    open_at(7);
    open_at(8);
    open_at(9);
    open_at(12);
    qemu_set_cloexec(8);
    qemu_set_cloexec(9);
    options.pass_fds = pass;
    options.n_pass_fds = 1;
    for (int i = 0; i < 3; i++) {
        if (!osdep_run(&options, NULL, &result, &err)) {
            return broken_by(err);
        }
        if (strcmp(result.out, "0 1 2 7 9 12\n") != 0) {
            return broken(result.out, i);
        }
        osdep_run_result_clear(&result);
        /* It steps aside while 2 is written over. */
        options.in = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 2 };
    }
    return 0;
}

void inherited_descriptors(void)
{
    CU_ASSERT_TRUE(holds(inherits_all, NULL));
}

/*
 * Where vfork() is a fork(), and 0 and 1 are free for a pipe: a program that had
 * it would have osdep_spawn() wait for its end.
 */
static int keeps_no_report(void *opaque)
{
    PUPPET(argv, "sleep", "20");
    OsdepProcess *process;
    Error *err = NULL;
    int ended;

    (void)opaque;
    close(0);
    close(1);
    process = osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &err);
    if (!process) {
        return broken_by(err);
    }
    ended = osdep_process_wait(process, 0, NULL, NULL);
    osdep_process_kill(process, NULL);
    osdep_process_wait(process, -1, NULL, NULL);
    osdep_process_free(process);
    return ended == 0 ? 0 : broken("it was started at its end", ended);
}

void descriptor_of_the_report_is_not_kept(void)
{
    CU_ASSERT_TRUE(holds(keeps_no_report, NULL));
}

/* = Signals, session, group, parent = */

static int ignores_what_is_named(void *opaque)
{
    const char *argv[] = { PROGRAM("osdep-inspect"), "--check", NULL };
    int ignore[] = { SIGHUP, SIGPIPE };
    OsdepSpawnOptions options = { .argv = argv,
                                  .ignore_signals = ignore,
                                  .n_ignore_signals = 2 };
    OsdepRunResult result;
    Error *err = NULL;
    const char *text;

    (void)opaque;
    make_all_nasty();
    for (int i = 0; i < 2; i++) {
        if (!osdep_run(&options, NULL, &result, &err)) {
            return broken_by(err);
        }
        text = "osdep-inspect: SIGHUP is ignored\n"
               "osdep-inspect: SIGPIPE is ignored\n";
        if (strcmp(result.err, text) != 0) {
            return broken(result.err, i);
        }
        osdep_run_result_clear(&result);
    }
    ignore[1] = SIGKILL;
    if (osdep_spawn(&options, &err) ||
        strstr(error_get_pretty(err),
               "ignore_signals[1]: signal 9 cannot be ignored") == NULL) {
        return broken_by(err);
    }
    error_free_or_abort(&err);
    ignore[0] = 12345;
    if (osdep_spawn(&options, &err) || osdep_error_get_errno(err) != EINVAL) {
        return broken_by(err);
    }
    error_free_or_abort(&err);
    options.n_ignore_signals = 0;
    options.in = (OsdepStdio){ .kind = OSDEP_STDIO_HANDLE, .handle = ignore };
    if (osdep_spawn(&options, &err) || osdep_error_get_errno(err) != EINVAL ||
        strcmp(error_get_pretty(err),
               "in: only Windows has handles: Invalid argument") != 0) {
        return broken_by(err);
    }
    error_free_or_abort(&err);
    return 0;
}

/*
 * What docs/inherits.md says: umask is the process's, and all else in this line is
 * that of the thread that starts the child.
 */
#ifdef __linux__

static void *spawn_as_a_thread_apart(void *line)
{
    PUPPET(argv, "inherited");
    cpu_set_t cpus;
    OsdepRunResult result;
    struct sched_param param = { 0 };

    sched_getaffinity(0, sizeof(cpus), &cpus);
    for (size_t i = 0, n = 0; i < CPU_SETSIZE; i++) { /* the first one alone */
        if (CPU_ISSET(i, &cpus) && n++ > 0) {
            CPU_CLR(i, &cpus);
        }
    }
    if (setpriority(PRIO_PROCESS, 0, 7) < 0 ||
        sched_setscheduler(0, SCHED_BATCH, &param) < 0 ||
        sched_setaffinity(0, sizeof(cpus), &cpus) < 0 ||
        syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        snprintf(line, 100, "refused");
        return NULL;
    }
    if (osdep_run(&(OsdepSpawnOptions){ .argv = argv }, NULL, &result,
                  &error_warn)) {
        snprintf(line, 100, "%s", result.out);
        osdep_run_result_clear(&result);
    }
    return NULL;
}

static int is_scheduled_as_its_starter(void *opaque)
{
    PUPPET(argv, "inherited");
    OsdepRunResult result;
    char line[100] = "";
    pthread_t thread;
    int status = 0;

    (void)opaque;
    umask(027);
    if (pthread_create(&thread, NULL, spawn_as_a_thread_apart, line) != 0 ||
        pthread_join(thread, NULL) != 0 || strcmp(line, "refused") == 0) {
        fprintf(stderr, "threads cannot be set apart here");
        return SKIPPED;
    }
    if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv }, NULL, &result,
                   &error_warn)) {
        return 1;
    }
    if (strcmp(line, "umask 027 nice 7 policy 3 cpus 1 ioprio 16390 "
                     "no_new_privs 1\n") != 0) {
        status = broken(line, 0);
    }
    if (strncmp(result.out, "umask 027 ", 10) != 0 ||
        strcmp(result.out, line) == 0) {
        status = broken(result.out, 0);
    }
    osdep_run_result_clear(&result);
    return status;
}

void child_is_scheduled_as_its_starter(void)
{
    if (under_emulator || under_valgrind) {
        skip("emulators do not pass all of that on");
        return;
    }
    CU_ASSERT_TRUE(holds(is_scheduled_as_its_starter, NULL));
}

#else

void child_is_scheduled_as_its_starter(void)
{
    skip("a matter of Linux");
}

#endif

void ignored_signals(void)
{
    CU_ASSERT_TRUE(holds(ignores_what_is_named, NULL));
}

static int leads(unsigned int flags, bool session, bool group)
{
    PUPPET(argv, "sleep", "100");
    const bool is_tree = flags & OSDEP_SPAWN_TREE;
    OsdepProcess *process = osdep_spawn(
        &(OsdepSpawnOptions){ .argv = argv, .flags = flags }, &error_warn);
    pid_t pid = process ? osdep_process_pid(process) : -1;
    Error *err = NULL;
    int status = 0;

    if (!process || (getsid(pid) == pid) != session ||
        (getpgid(pid) == pid) != group) {
        status = broken("session or group", (long)flags);
    }
    if (osdep_process_kill_tree(process, &err) != is_tree) {
        status = broken("kill_tree", (long)flags);
    }
    if (!is_tree) {
        if (!err || osdep_error_get_errno(err) != EINVAL ||
            osdep_process_wait(process, 0, NULL, NULL) !=
                OSDEP_WAIT_TIMED_OUT) {
            status = broken("kill_tree is not refused", (long)flags);
        }
        error_free(err);
        osdep_process_kill(process, NULL);
    }
    osdep_process_wait(process, -1, NULL, NULL);
    if ((kill(pid, 0) == 0) != is_tree) { /* a zombie that keeps the number */
        status = broken("zombie", (long)flags);
    }
    osdep_process_free(process);
    if (kill(pid, 0) == 0) {
        status = broken("zombie after all", (long)flags);
    }
    return status;
}

static int leads_what_it_should(void *opaque)
{
    const unsigned int session = OSDEP_SPAWN_NEW_SESSION,
                       group = OSDEP_SPAWN_NEW_GROUP, tree = OSDEP_SPAWN_TREE;

    (void)opaque;
    return leads(0, false, false) || leads(group, false, true) ||
           leads(session, true, true) || leads(session | group, true, true) ||
           leads(tree, false, true) || leads(tree | group, false, true) ||
           leads(tree | session, true, true) ||
           leads(tree | session | group, true, true);
}

void session_and_group(void)
{
    CU_ASSERT_TRUE(holds(leads_what_it_should, NULL));
}

/* A process that starts a sleeper with our pipe as its stdout, and ends. */
static int starts_and_dies(unsigned int flags, int fd, long *sleeper)
{
    PUPPET(argv, "sleep", "100");
    OsdepSpawnOptions options = {
        .argv = argv,
        .out = { .kind = OSDEP_STDIO_FD, .fd = fd },
        .flags = flags,
    };
    long pids[2] = { 0 };
    int fds[2];
    pid_t pid;

    if (pipe(fds) < 0) {
        return 1;
    }
    pid = fork();
    if (pid == 0) {
        OsdepProcess *warm_up, *process;
        PUPPET(nothing, "exit", "0");

        warm_up = osdep_spawn(&(OsdepSpawnOptions){ .argv = nothing }, NULL);
        osdep_process_wait(warm_up, -1, NULL, NULL);
        osdep_process_free(warm_up);
        process = osdep_spawn(&options, &error_warn);
        if (process) {
            pids[0] = (long)osdep_process_pid(process);
        }
        osdep_process_free(process);
        _exit(write(fds[1], pids, sizeof(pids)) < 0);
    }
    close(fds[1]);
    if (read(fds[0], pids, sizeof(pids)) != sizeof(pids) || !pids[0]) {
        return broken("no sleeper", 0);
    }
    close(fds[0]);
    *sleeper = pids[0];
    return wait_status(pid);
}

static int sleeper_dies(void *flags)
{
    char c;
    int fds[2];
    long sleeper = 0;

    if (pipe(fds) < 0 ||
        starts_and_dies(*(unsigned int *)flags, fds[1], &sleeper)) {
        return 1;
    }
    close(fds[1]);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < (*(unsigned int *)flags ? 3000 : 20); i++) {
        if (read(fds[0], &c, 1) == 0) { /* it held the other end */
            return 0;
        }
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    kill_process(sleeper);
    return broken("it lives", sleeper);
}

void dies_with_its_parent(void)
{
    unsigned int flags = OSDEP_SPAWN_DIE_WITH_PARENT, none = 0;
    PUPPET(argv, "exit", "0");
    Error *err = NULL;
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv, .flags = flags }, &err);

    if (!process && osdep_error_get_errno(err) == ENOTSUP) {
        error_free(err);
        skip("this system has no such thing");
        return;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(osdep_process_wait(process, -1, NULL, NULL), 1);
    osdep_process_free(process);
    CU_ASSERT_TRUE(holds(sleeper_dies, &flags));
    CU_ASSERT_FALSE(holds(sleeper_dies, &none)); /* the control */
}

/* = PATH = */

/* Start "some-command" with this PATH; its exit status, or minus an errno. */
static int search(const char *path, const char *cwd)
{
    const char *argv[] = { "some-command", NULL };
    char entry[200];
    const char *env[] = { entry, NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env, .cwd = cwd };
    OsdepProcess *process;
    Error *err = NULL;
    OsdepExit how = { 0 };
    int code;

    snprintf(entry, sizeof(entry), "PATH=%s", path);
    process = osdep_spawn(&options, &err);
    if (!process) {
        code = osdep_error_get_errno(err);
        error_free(err);
        return -code;
    }
    osdep_process_wait(process, -1, &how, NULL);
    osdep_process_free(process);
    return (int)how.code;
}

static int searches_without_a_path(void *opaque)
{
    const char *argv[] = { "true", NULL };
    const char *none[] = { NULL };
    OsdepProcess *process;
    OsdepExit how = { 0 };

    (void)opaque;
    unsetenv("PATH");
    process = osdep_spawn(&(OsdepSpawnOptions){ .argv = argv, .env = none },
                          &error_warn);
    if (!process || osdep_process_wait(process, -1, &how, NULL) != 1) {
        return 1;
    }
    osdep_process_free(process);
    return (int)how.code;
}

void searches_path_as_the_shell_does(void)
{
    const char *argv[] = { "true", NULL };
    const char *none[] = { NULL };
    OsdepProcess *process;

    mkdir("first", 0700);
    mkdir("second", 0700);
    mkdir("third", 0700);
    make_file("first/some-command", "", 0600);
    make_file("second/some-command", "#!/bin/sh\nexit 2\n", 0700);
    make_file("some-command", "#!/bin/sh\nexit 5\n", 0700);
    CHECK_INT(search("first:second", NULL), 2);
    CHECK_INT(search("first:third", NULL), -EACCES); /* not ENOENT */
    CHECK_INT(search("third:first", NULL), -EACCES);
    CHECK_INT(search("third", NULL), -ENOENT);
    CHECK_INT(search("third:first/some-command:second", NULL), 2);
    CHECK_INT(search("", NULL), 5); /* the current directory */
    CHECK_INT(search("third:", NULL), 5);
    CHECK_INT(search(":second", NULL), 5);
    CHECK_INT(search("third::second", NULL), 5);
    CHECK_INT(search("", "second"), 2); /* the child's */
    CHECK_INT(search("../second", "third"), 2);
    CHECK_INT(search("second", "third"), -ENOENT);
    unlink("some-command");
    unlink("first/some-command");
    unlink("second/some-command");
    rmdir("first");
    rmdir("second");
    rmdir("third");

    /* Without a PATH in env, ours. */
    process = osdep_spawn(&(OsdepSpawnOptions){ .argv = argv, .env = none },
                          &error_warn);
    CU_ASSERT_PTR_NOT_NULL_FATAL(process);
    CHECK_INT(osdep_process_wait(process, -1, NULL, NULL), 1);
    osdep_process_free(process);

    /* Without one at all, the system's. */
    CU_ASSERT_TRUE(holds(searches_without_a_path, NULL));
}

void script_without_interpreter(void)
{
    const char *argv[] = { "./no-interpreter", NULL };
    Error *err = NULL;

    make_file("no-interpreter", "echo surprise\n", 0700);
    CU_ASSERT_PTR_NULL(osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &err));
    CHECK_INT(osdep_error_get_errno(err), ENOEXEC);
    CHECK_CONTAINS(error_get_pretty(err),
                   "cannot execute './no-interpreter': ");
    error_free(err);
    unlink("no-interpreter");
}

/* = Failures = */

static const OsdepPassFd pass_9[] = { { 9, 9 } };

/* What a sandbox refuses, and what is said then. */
typedef struct Refusal {
    long nr;
    long arg0;
    OsdepSpawnOptions options;
    const char *expected;
} Refusal;

/* A sandbox that is entered later refuses what the second way needs. */
static int starts_without_close_range(void *opaque)
{
    OsdepSpawnOptions options = inspection;

    (void)opaque;
    make_all_nasty();
    if (launch_thrice(osdep_launch, &inspection)) {
        return 1;
    }
    if (!deny_syscall(nr_close_range, -1, EPERM)) {
        fprintf(stderr, "no seccomp filters here");
        return SKIPPED;
    }
    return osdep_launch(&options) || launch_thrice(osdep_launch, &inspection);
}

void later_sandbox_is_no_matter(void)
{
    CU_ASSERT_TRUE(holds(starts_without_close_range, NULL));
}

/* In a thread with hardly any stack, which the child shares. */
static void *spawn_in_thread(void *opaque)
{
    *(int *)opaque = launch_thrice(osdep_launch, &inspection);
    return NULL;
}

static int spawns_on_a_small_stack(void *opaque)
{
    pthread_attr_t attr;
    pthread_t thread;
    int status = 1;

    (void)opaque;
    pthread_attr_init(&attr);
    if (pthread_attr_setstacksize(&attr, 16384) != 0) {
        fprintf(stderr, "threads need more stack here");
        return SKIPPED;
    }
    if (pthread_create(&thread, &attr, spawn_in_thread, &status) != 0) {
        return 1;
    }
    pthread_join(thread, NULL);
    return status;
}

void spawn_needs_little_stack(void)
{
    if (under_asan || under_tsan) {
        skip("sanitizers need more stack");
        return;
    }
    CU_ASSERT_TRUE(holds(spawns_on_a_small_stack, NULL));
}

#ifdef __linux__
/* Before Linux 5.16 a dump of the child ends its parent (docs/security.md). */
static bool dump_ends_the_parent(void)
{
    struct utsname name = { 0 };
    int major = 0, minor = 0;

    uname(&name);
    sscanf(name.release, "%d.%d", &major, &minor);
    return major < 5 || (major == 5 && minor < 16);
}
#endif

/* The child is killed by a sandbox before it executes anything. */
static int dies_on_the_way(void *opaque)
{
#ifdef __linux__
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = { .argv = argv, .cwd = "/" };
    OsdepSpawnOptions first = inspection;
    Error *err = NULL;

    (void)opaque;
    if (dump_ends_the_parent()) {
        fputs("this kernel ends the parent of a child that dumps core", stderr);
        return SKIPPED;
    }
    if (osdep_launch(&first) == 100 || !deny_syscall(SYS_chdir, -1, 0)) {
        return SKIPPED;
    }
    for (int i = 0; i < 2; i++) {
        OsdepProcess *process = osdep_spawn(&options, &err);

        if (process) {
            osdep_process_wait(process, -1, NULL, NULL);
            osdep_process_free(process);
            return broken("started", 0);
        }
        if (!strstr(error_get_pretty(err), "was killed before it could")) {
            return broken_by(err);
        }
        error_free_or_abort(&err);
    }
    return 0;
#else
    (void)opaque;
    return SKIPPED;
#endif
}

static int dies_without_a_trace(void *opaque)
{
    return changes_nothing(dies_on_the_way, opaque);
}

void child_that_is_killed_early_was_not_started(void)
{
    CU_ASSERT_TRUE(holds(dies_without_a_trace, NULL));
}

#ifdef __linux__

static int spawns_and_is_refused(void *opaque)
{
    Refusal *refusal = opaque;

    return says(&refusal->options, refusal->expected, EPERM);
}

static int refused_twice(void *opaque)
{
    Refusal *refusal = opaque;
    PUPPET(argv, "exit", "0");
    const char *file = "/dev/zero";

    open_at(9);
    refusal->options.argv = argv;
    if (strstr(refusal->expected, "standard input")) {
        refusal->options.in =
            (OsdepStdio){ .kind = OSDEP_STDIO_FILE, .path = file };
    }
    if (!deny_syscall(refusal->nr, refusal->arg0, EPERM)) {
        fprintf(stderr, "no seccomp filters here");
        return SKIPPED;
    }
    return changes_nothing(spawns_and_is_refused, refusal) ||
           changes_nothing(spawns_and_is_refused, refusal);
}

/* The same when the first children were started before the sandbox. */
static int refused_later(void *opaque)
{
    OsdepSpawnOptions options = inspection;

    if (osdep_launch(&options) == 100 || osdep_launch(&options) == 100) {
        return 1;
    }
    return refused_twice(opaque);
}

void each_failing_step_is_named(void)
{
    Refusal refusals[] = {
        { nr_rt_sigaction, -1, { 0 }, "cannot reset signals: " },
        { SYS_setsid,
          -1,
          { .flags = OSDEP_SPAWN_NEW_SESSION },
          "cannot create a session: " },
        { SYS_setpgid,
          -1,
          { .flags = OSDEP_SPAWN_NEW_GROUP },
          "cannot create a process group: " },
        { SYS_prctl,
          1, /* PR_SET_PDEATHSIG */
          { .flags = OSDEP_SPAWN_DIE_WITH_PARENT },
          "cannot make the child die with its parent: " },
#ifdef SYS_dup2
        { SYS_dup2, -1, { 0 }, "cannot set up standard input: " },
#endif
        { SYS_chdir, -1, { .cwd = "/" }, "cannot change directory to '/': " },
        { nr_rt_sigprocmask, SIG_SETMASK, { 0 }, "cannot unblock signals: " },
        { SYS_execve, -1, { 0 }, "cannot execute './puppet': " },
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (under_tsan && (refusals[i].nr == nr_rt_sigaction ||
                           refusals[i].nr == nr_rt_sigprocmask)) {
            continue; /* it needs them itself */
        }
        if (under_valgrind && (refusals[i].nr == nr_rt_sigaction ||
                               refusals[i].nr == nr_rt_sigprocmask ||
                               refusals[i].nr == SYS_execve)) {
            continue; /* it makes them itself, and gives up if it may not */
        }
        CU_ASSERT_TRUE(holds(refused_twice, &refusals[i]));
        CU_ASSERT_TRUE(holds(refused_later, &refusals[i]));
    }
}

#else

void each_failing_step_is_named(void)
{
    skip("no seccomp filters here");
}

#endif

/* One of many ways to fail, @arg telling which. */
static int fails(void *arg)
{
    PUPPET(argv, "exit", "0");
    const char *nope[] = { "/no/such/program", NULL };
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
        .err = { .kind = OSDEP_STDIO_NULL },
        .pass_fds = pass_9,
        .n_pass_fds = 1,
    };

    switch (*(int *)arg) {
    case 0:
        options.argv = nope;
        return says(&options, "cannot execute '/no/such/program': ", ENOENT);
    case 1:
        options.cwd = "/no/such/folder";
        return says(&options,
                    "cannot change directory to '/no/such/folder': ", ENOENT);
    case 2:
        options.err = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                    .path = "/no/such/file",
                                    .mode = OSDEP_FILE_APPEND };
        return says(&options, "Could not open '/no/such/file': ", ENOENT);
    default:
        options.argv = (const char *[]){ "/", NULL };
        return says(&options, "cannot execute '/': ", EACCES);
    }
}

static int fails_without_a_trace(void *arg)
{
    make_all_nasty();
    for (int i = 0; i < 3; i++) {
        if (changes_nothing(fails, arg)) {
            return 1;
        }
    }
    return 0;
}

void failed_spawn_leaves_nothing(void)
{
    for (int which = 0; which < 4; which++) {
        CU_ASSERT_TRUE(holds(fails_without_a_trace, &which));
    }
}

/* With ever more descriptors, it fails at ever later places, and then not. */
static int fails_for_lack_of_descriptors(void *limit)
{
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
        .err = { .kind = OSDEP_STDIO_NULL },
    };
    struct rlimit few = { .rlim_cur = *(rlim_t *)limit, .rlim_max = 1024 };
    OsdepProcess *process;
    Error *err = NULL;

    setrlimit(RLIMIT_NOFILE, &few);
    process = osdep_spawn(&options, &err);
    few.rlim_cur = few.rlim_max;
    setrlimit(RLIMIT_NOFILE, &few);
    if (process) {
        osdep_process_wait(process, -1, NULL, NULL);
        osdep_process_free(process);
        *(rlim_t *)limit = 0;
    } else if (osdep_error_get_errno(err) != EMFILE) {
        return broken_by(err);
    }
    error_free(err);
    return 0;
}

static int runs_out_of_descriptors(void *opaque)
{
    (void)opaque;
    qemu_close_all_open_fd((const int[]){ 0, 1, 2 }, 3);
    for (int round = 0; round < 2; round++) {
        rlim_t limit = 3, n;

        for (n = limit; n > 0 && n < 30; n = limit ? limit + 1 : 0) {
            limit = n;
            if (changes_nothing(fails_for_lack_of_descriptors, &limit)) {
                return broken("descriptors", (long)n);
            }
        }
        if (n || limit) {
            return broken("it never worked", (long)n);
        }
    }
    return 0;
}

void lack_of_descriptors_leaves_nothing(void)
{
    CU_ASSERT_TRUE(holds(runs_out_of_descriptors, NULL));
}

static int fork_fails(void *opaque)
{
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = { .argv = argv };

    (void)opaque;
    return says(&options, "cannot create child process: ", EAGAIN);
}

static int forbidden_fork(void *opaque)
{
    OsdepSpawnOptions options = inspection;

    (void)opaque;
    make_all_nasty();
    osdep_launch(&options); /* so that the other way is tried, too */
    return forbid_fork() ? changes_nothing(fork_fails, NULL) ||
                               changes_nothing(fork_fails, NULL)
                         : broken("cannot forbid fork", errno);
}

void failed_fork_is_reported(void)
{
    CU_ASSERT_TRUE(holds(forbidden_fork, NULL));
}

/* The allocation of this number from now on fails; 0: none. */
static atomic_int failing_allocation;
/* What was asked for: in all, and at once. */
static atomic_size_t allocated, largest_allocation;

#if HAVE_LINKER_WRAP

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool allocation_fails(size_t size)
{
    atomic_fetch_add(&allocated, size);
    if (size > atomic_load(&largest_allocation)) {
        atomic_store(&largest_allocation, size);
    }
    return atomic_load(&failing_allocation) > 0 &&
           atomic_fetch_sub(&failing_allocation, 1) == 1;
}

void *__wrap_malloc(size_t size)
{
    if (allocation_fails(size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_malloc(size);
}

void *__wrap_realloc(void *old, size_t size)
{
    if (allocation_fails(size)) {
        errno = ENOMEM;
        return NULL;
    }
    return __real_realloc(old, size);
}

#endif

static int allocation_fails_in_run(void *opaque)
{
    PUPPET(argv, "both", "100000");
    OsdepRunResult result;
    Error *err = NULL;
    bool ran;
    int n;

    for (n = 1; n < 100; n++) {
        atomic_store(&failing_allocation, n);
        ran = osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                        &(OsdepRunOptions){ .input = "x", .input_len = 1 },
                        &result, &err);
        if (atomic_load(&failing_allocation) > 0) { /* it was never reached */
            atomic_store(&failing_allocation, 0);
            osdep_run_result_clear(&result);
            break;
        }
        if (ran || result.out || !err || osdep_error_get_errno(err) != ENOMEM) {
            return broken("allocation", n);
        }
        error_free_or_abort(&err);
    }
    *(int *)opaque = n - 1;
    return n > 5 && n < 100 ? 0 : broken("allocations", n);
}

static int allocations_fail(void *opaque)
{
    int n = 0;

    (void)opaque;
    return changes_nothing(allocation_fails_in_run, &n);
}

void failed_allocations_leave_nothing(void)
{
    SKIP_WITHOUT_WRAP();
    CU_ASSERT_TRUE(holds(allocations_fail, NULL));
}

/* = Structures of other sizes = */

/*
 * The first @size bytes of @from, right in front of what cannot be accessed.
 * Sizes of structures are multiples of their alignment.
 */
static void *at_the_edge(const void *from, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) < 0) {
        _exit(broken("no pages", errno));
    }
    return memcpy(pages + page - size, from, size);
}

/* As a program does that was compiled against an older header. */
static int older_options_are_taken(void *opaque)
{
    PUPPET(argv, "exit", "7");
    static const size_t sizes[] = {
        offsetof(OsdepSpawnOptions, program),
        offsetof(OsdepSpawnOptions, cwd),
        offsetof(OsdepSpawnOptions, in),
        offsetof(OsdepSpawnOptions, pass_fds),
        offsetof(OsdepSpawnOptions, flags),
        sizeof(OsdepSpawnOptions),
    };
    const OsdepSpawnOptions options = { .argv = argv };

    (void)opaque;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        OsdepSpawnOptions *older = at_the_edge(&options, sizes[i]);
        Error *err = NULL;
        OsdepProcess *process = osdep_spawn_sized(older, sizes[i], NULL, &err);
        OsdepRunResult result;
        OsdepExit how;

        if (!process) {
            return broken_by(err);
        }
        osdep_process_wait(process, -1, &how, NULL);
        osdep_process_free(process);
        if (how.kind != OSDEP_EXITED || how.code != 7) {
            return broken("spawned with another exit", (long)i);
        }
        if (!osdep_run_sized(older, sizes[i], NULL, 0, &result, sizeof(result),
                             NULL, &err)) {
            return broken_by(err);
        }
        if (result.exit.code != 7) {
            return broken("run with another exit", (long)i);
        }
        osdep_run_result_clear(&result);
    }
    return 0;
}

static int older_run_options_are_taken(void *opaque)
{
    PUPPET(argv, "cat");
    const OsdepSpawnOptions options = { .argv = argv };
    const OsdepRunOptions run = { .input = "hello", .input_len = 5 };
    static const size_t sizes[] = { offsetof(OsdepRunOptions, timeout_ms),
                                    sizeof(OsdepRunOptions), 0 };

    (void)opaque;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        OsdepRunResult result;
        Error *err = NULL;

        if (!osdep_run_sized(&options, sizeof(options),
                             at_the_edge(&run, sizes[i]), sizes[i], &result,
                             sizeof(result), NULL, &err)) {
            return broken_by(err);
        }
        if (strcmp(result.out, sizes[i] ? "hello" : "") != 0) {
            return broken(result.out, (long)i);
        }
        osdep_run_result_clear(&result);
    }
    return 0;
}

/* Nothing is written behind them. */
static int older_results_are_filled_in(void *opaque)
{
    PUPPET(argv, "puts", "x");
    const OsdepSpawnOptions options = { .argv = argv };
    static const size_t exit_sizes[] = {
        0,
        offsetof(OsdepExit, code) + sizeof(uint32_t),
        offsetof(OsdepExit, reserved),
        sizeof(OsdepExit),
    };
    static const size_t run_sizes[] = {
        offsetof(OsdepRunResult, exit),
        offsetof(OsdepRunResult, timed_out),
        sizeof(OsdepRunResult),
    };
    char fill[sizeof(OsdepRunResult)];

    (void)opaque;
    memset(fill, 0xff, sizeof(fill));
    for (size_t i = 0; i < sizeof(exit_sizes) / sizeof(exit_sizes[0]); i++) {
        OsdepProcess *process = osdep_spawn(&inspection, &error_warn);
        char *older = at_the_edge(fill, exit_sizes[i]);
        const OsdepExit expected = { .kind = OSDEP_EXITED, .code = 0 };

        if (!process ||
            osdep_process_wait_sized(process, -1, (OsdepExit *)older,
                                     exit_sizes[i], NULL) != OSDEP_WAIT_ENDED) {
            return broken("wait", (long)i);
        }
        osdep_process_free(process);
        if (exit_sizes[i] && memcmp(older, &expected, 8) != 0) {
            return broken("another exit", (long)i);
        }
    }
    for (size_t i = 0; i < sizeof(run_sizes) / sizeof(run_sizes[0]); i++) {
        OsdepRunResult *older = at_the_edge(fill, run_sizes[i]), copy = { 0 };
        Error *err = NULL;

        if (!osdep_run_sized(&options, sizeof(options), NULL, 0, older,
                             run_sizes[i], NULL, &err)) {
            return broken_by(err);
        }
        memcpy(&copy, older, run_sizes[i]);
        if (strcmp(copy.out, "x\n") != 0 || copy.out_len != 2 ||
            strcmp(copy.err, "err:x\n") != 0 || copy.err_len != 6 ||
            copy.exit.kind != OSDEP_EXITED || copy.timed_out) {
            return broken("another result", (long)i);
        }
        osdep_run_result_clear_sized(older, run_sizes[i]);
        memset(&copy, 0, sizeof(copy));
        if (memcmp(older, &copy, run_sizes[i]) != 0) {
            return broken("not cleared", (long)i);
        }
    }
    return 0;
}

enum { TAIL = 24 };

/* Structures of a newer header. */
typedef struct NewerSpawnOptions {
    OsdepSpawnOptions known;
    char tail[TAIL];
} NewerSpawnOptions;
typedef struct NewerRunOptions {
    OsdepRunOptions known;
    char tail[TAIL];
} NewerRunOptions;
typedef struct NewerExit {
    OsdepExit known;
    char tail[TAIL];
} NewerExit;
typedef struct NewerRunResult {
    OsdepRunResult known;
    char tail[TAIL];
} NewerRunResult;

static bool is_zero(const char *bytes, size_t n)
{
    while (n > 0 && bytes[n - 1] == 0) {
        n--;
    }
    return n == 0;
}

static int newer_structures_are_taken(void *opaque)
{
    PUPPET(argv, "cat");
    const NewerSpawnOptions options = { .known = { .argv = argv } };
    const NewerRunOptions run = { .known = { .input = "hi", .input_len = 2 } };
    NewerRunResult result;
    NewerExit how;
    OsdepProcess *process =
        osdep_spawn_sized(&options.known, sizeof(options), NULL, &error_warn);

    (void)opaque;
    memset(&how, 0xff, sizeof(how));
    memset(&result, 0xff, sizeof(result));
    if (!process ||
        osdep_process_wait_sized(process, -1, &how.known, sizeof(how),
                                 &error_warn) != OSDEP_WAIT_ENDED) {
        return 1;
    }
    osdep_process_free(process);
    if (how.known.kind != OSDEP_EXITED || how.known.code != 0 ||
        !is_zero(how.tail, TAIL)) {
        return broken("the tail of an OsdepExit is not zero", 0);
    }
    if (!osdep_run_sized(&options.known, sizeof(options), &run.known,
                         sizeof(run), &result.known, sizeof(result), NULL,
                         &error_warn)) {
        return 1;
    }
    if (strcmp(result.known.out, "hi") != 0 || !is_zero(result.tail, TAIL)) {
        return broken("the tail of an OsdepRunResult is not zero", 0);
    }
    memset(result.tail, 0xff, TAIL);
    osdep_run_result_clear_sized(&result.known, sizeof(result));
    return result.known.out || !is_zero(result.tail, TAIL)
               ? broken("the tail is not cleared", 0)
               : 0;
}

static int is_einval(Error *err, const char *message)
{
    int status = !err || osdep_error_get_errno(err) != EINVAL ||
                         osdep_error_get_step(err) != OSDEP_STEP_CHECK ||
                         !strstr(error_get_pretty(err), message)
                     ? broken(err ? error_get_pretty(err) : "no error", 0)
                     : 0;

    error_free(err);
    return status;
}

/* What this library does not know, and is set. */
static int unknown_members_are_refused(void *opaque)
{
    PUPPET(argv, "exit", "0");

    (void)opaque;
    for (size_t i = 0; i < TAIL; i++) {
        NewerSpawnOptions options = { .known = { .argv = argv } };
        NewerRunOptions run = { .known = { .input = NULL } };
        OsdepRunResult result;
        Error *err = NULL;
        char message[100];

        options.tail[i] = 1;
        snprintf(
            message, sizeof(message),
            "options: a member at byte %zu is set that osdep " OSDEP_VERSION
            " does not know",
            sizeof(OsdepSpawnOptions) + i);
        if (osdep_spawn_sized(&options.known, sizeof(options), NULL, &err) ||
            is_einval(err, message)) {
            return 1;
        }
        err = NULL;
        memset(&result, 0xff, sizeof(result));
        if (osdep_run_sized(&options.known, sizeof(options), NULL, 0, &result,
                            sizeof(result), NULL, &err) ||
            result.out || is_einval(err, strchr(message, ':'))) {
            return 1;
        }
        err = NULL;
        options.tail[i] = 0;
        run.tail[i] = 1;
        snprintf(message, sizeof(message), "run: a member at byte %zu is set",
                 sizeof(OsdepRunOptions) + i);
        memset(&result, 0xff, sizeof(result));
        if (osdep_run_sized(&options.known, sizeof(options), &run.known,
                            sizeof(run), &result, sizeof(result), NULL, &err) ||
            result.out || is_einval(err, message)) {
            return 1;
        }
    }
    return 0;
}

static int small_structures_are_refused(void *opaque)
{
    PUPPET(argv, "exit", "0");
    const OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;

    (void)opaque;
    for (size_t size = 0; size < sizeof(options.argv); size++) {
        Error *err = NULL;

        if (osdep_spawn_sized(at_the_edge(&options, size), size, NULL, &err) ||
            is_einval(err, "is too small")) {
            return 1;
        }
        err = NULL;
        if (osdep_run_sized(at_the_edge(&options, size), size, NULL, 0, &result,
                            sizeof(result), NULL, &err) ||
            is_einval(err, "is too small")) {
            return 1;
        }
        err = NULL;
        if (osdep_run_sized(&options, sizeof(options), NULL, 0,
                            at_the_edge(&result, size), size, NULL, &err) ||
            is_einval(err, "result: ")) {
            return 1;
        }
    }
    return 0;
}

/* The control: who reads all that its own header has. */
static int naive_reader_takes_older_options(void *opaque)
{
    PUPPET(argv, "exit", "0");
    const OsdepSpawnOptions options = { .argv = argv };
    const OsdepSpawnOptions *older =
        at_the_edge(&options, offsetof(OsdepSpawnOptions, flags));

    (void)opaque;
    return *(const volatile unsigned int *)&older->flags == 0 ? 0 : 1;
}

void older_structures_are_taken(void)
{
    CU_ASSERT_TRUE(holds(older_options_are_taken, NULL));
    CU_ASSERT_TRUE(holds(older_run_options_are_taken, NULL));
    CU_ASSERT_TRUE(holds(older_results_are_filled_in, NULL));
    CU_ASSERT_FALSE(holds(naive_reader_takes_older_options, NULL));
}

void newer_structures_are_taken_if_they_can_be(void)
{
    CU_ASSERT_TRUE(holds(newer_structures_are_taken, NULL));
    CU_ASSERT_TRUE(holds(unknown_members_are_refused, NULL));
    CU_ASSERT_TRUE(holds(small_structures_are_refused, NULL));
}

/* = &error_fatal = */

/* The statuses of a process that ends by it: all was cleaned up, or was not. */
enum { ENDED_CLEAN = 40, LEFT_CHILD = 41, LEFT_FDS = 42, NEVER_ENDED = 43 };

static size_t fds_before_end;
static pid_t naive_child;

static void look_at_the_end(void)
{
    int code = ENDED_CLEAN;

    atomic_store(&failing_allocation, 0);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        code = LEFT_CHILD;
    } else if (count_fds() != fds_before_end) {
        code = LEFT_FDS;
    }
    if (naive_child > 0) {
        kill(-naive_child, SIGKILL);
    }
    _exit(code);
}

/* Which failure: of osdep_spawn(), or that many allocations before of a run. */
enum { FATAL_PROGRAM, FATAL_DIRECTORY, FATAL_STREAM, FATAL_NAIVE, FATAL_RUN };

/* The control: report first, then clean up. */
static void naive_fatal_run(const OsdepSpawnOptions *options)
{
    OsdepProcess *process = osdep_spawn(options, &error_fatal);

    naive_child = osdep_process_pid(process);
    error_setg(&error_fatal, "cannot keep the output of it");
    osdep_process_kill(process, NULL);
    osdep_process_wait(process, -1, NULL, NULL);
    osdep_process_free(process);
}

static int ends_fatally(void *arg)
{
    const int which = *(int *)arg;
    PUPPET(argv, "tree");
    const char *const nope[] = { "/no/such/program", NULL };
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
        .flags = OSDEP_SPAWN_TREE,
    };
    OsdepRunResult result;

    fds_before_end = count_fds();
    atexit(look_at_the_end);
    switch (which) {
    case FATAL_PROGRAM:
        options.argv = nope;
        osdep_spawn(&options, &error_fatal);
        break;
    case FATAL_DIRECTORY:
        options.cwd = "/no/such/folder";
        osdep_spawn(&options, &error_fatal);
        break;
    case FATAL_STREAM:
        options.err = (OsdepStdio){ .kind = OSDEP_STDIO_FILE,
                                    .path = "/no/such/file",
                                    .mode = OSDEP_FILE_APPEND };
        osdep_spawn(&options, &error_fatal);
        break;
    case FATAL_NAIVE:
        naive_fatal_run(&options);
        break;
    default: /* of three, the last is made when the child has written */
        atomic_store(&failing_allocation, which - FATAL_RUN + 1);
        osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 20000 }, &result,
                  &error_fatal);
    }
    _exit(NEVER_ENDED);
}

void fatal_errors_leave_nothing(void)
{
    static const struct {
        const char *message;
        int which;
        int status;
    } ends[] = {
        { "cannot execute '/no/such/program': ", FATAL_PROGRAM, ENDED_CLEAN },
        { "cannot change directory to ", FATAL_DIRECTORY, ENDED_CLEAN },
        { "Could not open '/no/such/file': ", FATAL_STREAM, ENDED_CLEAN },
        { "cannot start './puppet': ", FATAL_RUN, ENDED_CLEAN },
        { "cannot start './puppet': ", FATAL_RUN + 1, ENDED_CLEAN },
        { "cannot read from or write to process ", FATAL_RUN + 2, ENDED_CLEAN },
        { "cannot keep the output of it", FATAL_NAIVE, LEFT_CHILD },
    };

    SKIP_WITHOUT_WRAP();
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char output[4096];
        int which = ends[i].which;

        CHECK_INT(in_child(ends_fatally, &which, output, sizeof(output)),
                  ends[i].status);
        CHECK_CONTAINS(output, ends[i].message);
    }
}

/* = The parent = */

static int spawn_variety(void *opaque)
{
    PUPPET(argv, "sleep", "100");
    PUPPET(quick, "both", "10");
    OsdepSpawnOptions options = {
        .argv = argv,
        .cwd = "/",
        .program = realpath(PROGRAM("puppet"), NULL),
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_NULL },
        .err = { .kind = OSDEP_STDIO_STDOUT },
        .pass_fds = pass_9,
        .n_pass_fds = 1,
        .flags = OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_TREE,
    };
    OsdepProcess *process;
    OsdepRunResult result;

    (void)opaque;
    process = osdep_spawn(&options, &error_warn);
    if (!process || !osdep_process_kill_tree(process, &error_warn) ||
        osdep_process_wait(process, 60000, NULL, &error_warn) != 1) {
        return 1;
    }
    osdep_process_free(process);
    free((char *)options.program);
    if (!osdep_run(&(OsdepSpawnOptions){ .argv = quick },
                   &(OsdepRunOptions){
                       .input = "xyz", .input_len = 3, .timeout_ms = 60000 },
                   &result, &error_warn)) {
        return 1;
    }
    osdep_run_result_clear(&result);
    return 0;
}

static int parent_stays_the_same(void *opaque)
{
    (void)opaque;
    make_all_nasty();
    for (int i = 0; i < 5; i++) {
        if (changes_nothing(spawn_variety, NULL)) {
            return 1;
        }
    }
    return 0;
}

void parent_keeps_mask_and_signals(void)
{
    CU_ASSERT_TRUE(holds(parent_stays_the_same, NULL));
}

/* Its child holds stdin and nothing else: nobody will read what is left. */
static int ends_with_input_left(void *opaque)
{
    const char *argv[] = {
        "sh", "-c", "exec >&- 2>&- 3<&0; sleep 100 <&3 & echo $! >sleeper", NULL
    };
    char *input = calloc(1, 1000000);
    OsdepRunResult result;
    long pid = 0;
    FILE *f;

    (void)opaque;
    for (int i = 0; i < 2; i++) {
        if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                       &(OsdepRunOptions){ .input = input,
                                           .input_len = 1000000,
                                           .timeout_ms = 60000 },
                       &result, &error_warn) ||
            result.timed_out || result.exit.kind != OSDEP_EXITED) {
            return broken("it did not end", i);
        }
        osdep_run_result_clear(&result);
        f = fopen("sleeper", "r");
        if (!f || fscanf(f, "%ld", &pid) != 1) {
            return broken("no sleeper", i);
        }
        fclose(f);
        unlink("sleeper");
        kill_process(pid);
    }
    free(input);
    return 0;
}

void run_ends_with_its_program_whatever_is_left_to_feed(void)
{
    CU_ASSERT_TRUE(holds(ends_with_input_left, NULL));
}

/* Until the child has written and our deadline, 200 ms, is over. */
static void sleep_through_the_deadline(int sig)
{
    int64_t end = now_ms() + 400;

    (void)sig;
    while (now_ms() < end || access("written", F_OK) != 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
}

static int keeps_what_came_before_the_deadline(void *opaque)
{
    const char *argv[] = { "sh", "-c",
                           "kill -ALRM $PPID; sleep 0.02; echo last words; "
                           ": >written; exec sleep 100",
                           NULL };
    OsdepRunResult result;
    int status;

    (void)opaque;
    unlink("written");
    signal(SIGALRM, sleep_through_the_deadline);
    if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                   &(OsdepRunOptions){ .timeout_ms = 200 }, &result,
                   &error_warn)) {
        return 1;
    }
    unlink("written");
    status = result.timed_out && strcmp(result.out, "last words\n") == 0
                 ? 0
                 : broken(result.out, result.timed_out);
    osdep_run_result_clear(&result);
    return status;
}

/* It has nothing to read from any more when the time is over. */
static int ends_without_streams(void *opaque)
{
    const char *argv[] = { "sh", "-c", "exec >&- 2>&-; exec sleep 100", NULL };
    OsdepRunResult result;

    (void)opaque;
    if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                   &(OsdepRunOptions){ .timeout_ms = 200 }, &result,
                   &error_warn)) {
        return 1;
    }
    if (!result.timed_out || result.exit.kind != OSDEP_SIGNALLED ||
        result.exit.code != SIGKILL) {
        return broken("it was let run", result.timed_out);
    }
    osdep_run_result_clear(&result);
    return 0;
}

void run_ends_without_streams(void)
{
    CU_ASSERT_TRUE(holds(ends_without_streams, NULL));
}

/* It was killed though it is in the group no more that it was to lead. */
static int ends_who_left_its_group(void *opaque)
{
    char group[30];
    PUPPET(argv, "join-group", group);
    OsdepSpawnOptions options = { .argv = argv, .flags = OSDEP_SPAWN_TREE };
    OsdepRunResult result;
    Error *err = NULL;

    (void)opaque;
    snprintf(group, sizeof(group), "%ld", (long)getpgrp());
    if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 1000 }, &result,
                   &err)) {
        return broken_by(err);
    }
    if (!result.timed_out || result.exit.kind != OSDEP_SIGNALLED) {
        return broken(result.out, result.timed_out);
    }
    osdep_run_result_clear(&result);
    return 0;
}

void run_ends_who_left_its_group(void)
{
    CU_ASSERT_TRUE(holds(ends_who_left_its_group, NULL));
}

void run_keeps_what_came_before_the_deadline(void)
{
    if (under_tsan) {
        skip("TSan runs handlers when it likes");
        return;
    }
    CU_ASSERT_TRUE(holds(keeps_what_came_before_the_deadline, NULL));
}

static int pollable_tells(void *opaque)
{
    PUPPET(argv, "cat");
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_PIPE } };

    (void)opaque;
    for (int i = 0; i < 2; i++) {
        OsdepProcess *process = osdep_spawn(&options, &error_warn);
        struct pollfd polled = { .events = POLLIN };
        int64_t before = now_ms();

        polled.fd = (int)osdep_process_pollable(process);
        if (polled.fd < 0) {
            fprintf(stderr, "nothing to poll here");
            osdep_process_free(process);
            return SKIPPED;
        }
        if (fcntl(polled.fd, F_GETFD) != FD_CLOEXEC ||
            poll(&polled, 1, 0) != 0) {
            return broken("pollable", i);
        }
        if (osdep_process_wait(process, 30, NULL, NULL) != 0 ||
            now_ms() - before < 30) {
            return broken("waited too short", (long)(now_ms() - before));
        }
        close(osdep_process_take_fd(process, 0));
        if (poll(&polled, 1, 60000) != 1 ||
            osdep_process_wait(process, 0, NULL, NULL) != 1 ||
            poll(&polled, 1, 0) != 1) {
            return broken("not readable", i);
        }
        osdep_process_free(process);
    }
    return 0;
}

void pollable_is_readable_at_the_end(void)
{
    CU_ASSERT_TRUE(holds(pollable_tells, NULL));
}

static atomic_int interruptions;

static void count_interruption(int sig)
{
    (void)sig;
    atomic_fetch_add(&interruptions, 1);
}

/* A handler without SA_RESTART runs often during each kind of wait. */
static int waits_through_signals(void *opaque)
{
    PUPPET(argv, "sleep", "0.2");
    struct sigaction sa = { .sa_handler = count_interruption };
    struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };
    static const int timeouts[] = { -1, 60000 };
    OsdepRunResult result;

    (void)opaque;
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &every_ms, NULL);
    for (int i = 0; i < 2; i++) {
        OsdepProcess *process =
            osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);

        if (!process ||
            osdep_process_wait(process, timeouts[i], NULL, &error_warn) != 1) {
            return broken("wait", i);
        }
        osdep_process_free(process);
        if (!osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                       &(OsdepRunOptions){ .timeout_ms = i ? timeouts[i] : 0 },
                       &result, &error_warn) ||
            result.timed_out) {
            return broken("run", i);
        }
        osdep_run_result_clear(&result);
    }
    return atomic_load(&interruptions) > 10 ? 0 : broken("no interruptions", 0);
}

void wait_goes_on_after_a_signal(void)
{
    CU_ASSERT_TRUE(holds(waits_through_signals, NULL));
}

static int wait_says_echild(OsdepProcess *process, int timeout_ms)
{
    Error *err = NULL;
    OsdepExit how;
    int ended = osdep_process_wait(process, timeout_ms, &how, &err);

    if (ended != -1 || osdep_error_get_errno(err) != ECHILD ||
        !strstr(error_get_pretty(err), "went to someone else")) {
        return broken("wait", ended);
    }
    error_free_or_abort(&err);
    /* And there is nothing to signal any more. */
    if (osdep_process_signal(process, SIGTERM, &err) ||
        osdep_error_get_errno(err) != ESRCH) {
        return broken("signal", 0);
    }
    error_free(err);
    osdep_process_free(process);
    return 0;
}

static int waits_with_sigchld_ignored(void *opaque)
{
    static const int timeouts[] = { -1, 60000 };
    PUPPET(argv, "sleep", "0.05");

    (void)opaque;
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 4; i++) {
        OsdepProcess *process =
            osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);

        if (!process || wait_says_echild(process, timeouts[i % 2])) {
            return 1;
        }
    }
    return 0;
}

void wait_when_sigchld_is_ignored(void)
{
    CU_ASSERT_TRUE(holds(waits_with_sigchld_ignored, NULL));
}

static int waits_after_someone_else(void *opaque)
{
    static const int timeouts[] = { -1, 60000 };
    PUPPET(argv, "exit", "0");

    (void)opaque;
    for (int i = 0; i < 4; i++) {
        OsdepProcess *process =
            osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);

        if (!process || waitpid(-1, NULL, 0) != osdep_process_pid(process) ||
            wait_says_echild(process, timeouts[i % 2])) {
            return 1;
        }
    }
    return 0;
}

void wait_when_someone_else_has_waited(void)
{
    CU_ASSERT_TRUE(holds(waits_after_someone_else, NULL));
}

static bool osdep_life(void)
{
    PUPPET(argv, "exit", "3");
    PUPPET(sleeper, "sleep", "100");
    const OsdepSpawnOptions options = { .argv = argv };
    const char *const nothing[] = { "./no-such-program", NULL };
    OsdepRunResult result = { 0 };
    OsdepProcess *process = osdep_spawn(&options, NULL);
    bool ok = process && osdep_process_wait(process, -1, NULL, NULL) == 1;

    osdep_process_free(process);
    process = osdep_spawn(&options, NULL); /* freed before anyone waited */
    osdep_process_free(process);
    ok = ok && process && osdep_run(&options, NULL, &result, NULL);
    osdep_run_result_clear(&result);
    process = osdep_spawn(
        &(OsdepSpawnOptions){ .argv = sleeper, .flags = OSDEP_SPAWN_TREE },
        NULL);
    ok = ok && process && osdep_process_wait(process, 1, NULL, NULL) == 0 &&
         osdep_process_kill_tree(process, NULL) &&
         osdep_process_wait(process, -1, NULL, NULL) == 1;
    osdep_process_free(process);
    return ok && !osdep_spawn(&(OsdepSpawnOptions){ .argv = nothing }, NULL) &&
           !osdep_spawn(&(OsdepSpawnOptions){ .argv = argv, .cwd = "./no" },
                        NULL);
}

/* What libraries did before there were pidfds: whoever ends is ours. */
static bool naive_life(void)
{
    PUPPET(argv, "exit", "3");
    pid_t pid = -1;

    if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ)) {
        return false;
    }
    for (pid_t ended = 0; ended != pid;) {
        ended = waitpid(-1, NULL, 0);
        if (ended < 0) {
            return false;
        }
    }
    return true;
}

/* A child of ours that has ended, in our own group and in another. */
static int zombies_stay(void *life)
{
    bool (*live)(void) = *(bool (**)(void))life;
    pid_t zombies[2];
    siginfo_t info;

    for (int i = 0; i < 2; i++) {
        zombies[i] = fork();
        if (zombies[i] == 0) {
            _exit(i && setpgid(0, 0) < 0 ? 1 : 40 + i);
        }
        if (zombies[i] < 0 ||
            waitid(P_PID, (id_t)zombies[i], &info, WEXITED | WNOWAIT) < 0) {
            return broken("zombie", i);
        }
    }
    if (!live()) {
        return broken("life", 0);
    }
    for (int i = 0; i < 2; i++) {
        int status = 0;

        if (waitpid(zombies[i], &status, WNOHANG) != zombies[i] ||
            !WIFEXITED(status) || WEXITSTATUS(status) != 40 + i) {
            return broken("taken from us", i);
        }
    }
    return 0;
}

void children_of_others_are_left_to_them(void)
{
    bool (*ours)(void) = osdep_life, (*naive)(void) = naive_life;

    CU_ASSERT_TRUE(holds(zombies_stay, &ours));
    CU_ASSERT_FALSE(holds(zombies_stay, &naive));
}

static void *wait_in_thread(void *process)
{
    OsdepExit how = { 0 };
    int ended = osdep_process_wait(process, -1, &how, NULL);

    return ended == 1 && how.kind == OSDEP_SIGNALLED && how.code == SIGKILL
               ? NULL
               : process;
}

static void *wait_in_thread_with_timeout(void *process)
{
    int ended;

    while ((ended = osdep_process_wait(process, 1, NULL, NULL)) == 0) {
        continue;
    }
    return ended == 1 ? NULL : process;
}

static int waits_in_threads(void *opaque)
{
    PUPPET(argv, "sleep", "100");

    (void)opaque;
    for (int round = 0; round < 50; round++) {
        OsdepProcess *process =
            osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
        pthread_t threads[4];
        void *wrong;
        int n_wrong = 0;

        if (!process) {
            return 1;
        }
        for (int i = 0; i < 4; i++) {
            pthread_create(&threads[i], NULL,
                           i % 2 ? wait_in_thread : wait_in_thread_with_timeout,
                           process);
        }
        if (!osdep_process_kill(process, &error_warn)) {
            return 1;
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(threads[i], &wrong);
            n_wrong += wrong != NULL;
        }
        osdep_process_free(process);
        if (n_wrong) {
            return broken("threads were told something else", n_wrong);
        }
    }
    return 0;
}

void wait_in_several_threads(void)
{
    CU_ASSERT_TRUE(holds(waits_in_threads, NULL));
}

#ifdef __linux__

/* In a PID namespace of our own: let the next process have number @pid. */
static bool choose_next_pid(pid_t pid)
{
    FILE *f = fopen("/proc/sys/kernel/ns_last_pid", "we");
    bool ok = f && fprintf(f, "%ld", (long)pid - 1) > 0;

    return f && fclose(f) == 0 && ok;
}

/* Start a process that only sleeps, with number @pid; false if that cannot be. */
static bool start_stranger(pid_t pid)
{
    pid_t stranger = choose_next_pid(pid) ? fork() : -1;

    if (stranger == 0) {
        pause();
        _exit(0);
    }
    if (stranger > 0 && stranger != pid) {
        kill(stranger, SIGKILL);
        waitpid(stranger, NULL, 0);
    }
    return stranger == pid;
}

/* The same, and it is no child of ours. */
static bool start_distant_stranger(pid_t pid)
{
    pid_t between = fork();

    if (between == 0) {
        _exit(start_stranger(pid) ? 0 : 1);
    }
    return wait_status(between) == 0;
}

/*
 * A child is reaped behind osdep's back, and a stranger gets its number: is that
 * left alone?  Without a pidfd nobody can tell if it is another child of ours.
 */
static int stranger_is_left_alone(bool naive)
{
    PUPPET(argv, "exit", "0");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    pid_t pid = process ? osdep_process_pid(process) : -1;
    int held[2];
    char c;

    if (pid < 0 || waitpid(pid, NULL, 0) != pid || pipe(held) < 0) {
        return broken("no child", errno);
    }
    if (!(osdep_process_pollable(process) >= 0 ? start_stranger(pid)
                                               : start_distant_stranger(pid))) {
        fprintf(stderr, "process IDs cannot be chosen here");
        osdep_process_free(process);
        return SKIPPED;
    }
    if (naive) {
        kill(osdep_process_pid(process), SIGKILL);
    } else if (!osdep_process_kill(process, &error_warn) ||
               !osdep_process_terminate(process, &error_warn)) {
        return 1;
    }
    close(held[1]);
    nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    fcntl(held[0], F_SETFL, O_NONBLOCK);
    if (read(held[0], &c, 1) == 0) { /* end-of-file: nobody holds it */
        osdep_process_free(process);
        return broken("a stranger was hit", pid);
    }
    close(held[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    osdep_process_free(process);
    return 0;
}

/* Who has been waited for is not waited for again under another's number. */
static int second_wait_is_no_strangers(void)
{
    PUPPET(argv, "exit", "0");
    OsdepProcess *process =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
    pid_t pid = process ? osdep_process_pid(process) : -1;

    if (osdep_process_wait(process, -1, NULL, &error_warn) != 1 ||
        !start_stranger(pid)) {
        return broken("no stranger", pid);
    }
    if (osdep_process_wait(process, 0, NULL, &error_warn) != 1 ||
        osdep_process_wait(process, -1, NULL, &error_warn) != 1) {
        return broken("waited for a stranger", pid);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    osdep_process_free(process);
    return 0;
}

static int in_pid_namespace(void *arg)
{
    pid_t pid;
    int status;

    if (syscall(SYS_unshare, CLONE_NEWPID) < 0) {
        fprintf(stderr, "no PID namespace to be had");
        return SKIPPED;
    }
    pid = fork(); /* the first process there, to which orphans go */
    if (pid == 0) {
        pid = fork();
        if (pid == 0) {
            OsdepSpawnOptions options = inspection;

            osdep_launch(&options); /* so that the other way is tried, too */
            status = stranger_is_left_alone(*(bool *)arg);
            status = status ? status : stranger_is_left_alone(*(bool *)arg);
            _exit(status ? status : second_wait_is_no_strangers());
        }
        _exit(wait_status(pid));
    }
    return wait_status(pid);
}

void signal_never_hits_a_recycled_pid(void)
{
    bool naive = false;

    CU_ASSERT_TRUE(holds(in_pid_namespace, &naive));
    naive = true;
    CU_ASSERT_TRUE(fails_within(0, in_pid_namespace, &naive));
}

#else

void signal_never_hits_a_recycled_pid(void)
{
    skip("process IDs cannot be chosen here");
}

#endif

static int feeds_the_deaf(void *arg)
{
    PUPPET(argv, "exit", "0");
    static const char input[200000];
    OsdepRunResult result;
    int fds[2];

    signal(SIGPIPE, SIG_DFL);
    if (*(bool *)arg) {
        if (pipe(fds) < 0) {
            return 1;
        }
        close(fds[0]);
        return write(fds[1], input, 200000) < 0;
    }
    for (int i = 0; i < 20; i++) {
        if (!osdep_run(
                &(OsdepSpawnOptions){ .argv = argv },
                &(OsdepRunOptions){ .input = input, .input_len = 200000 },
                &result, &error_warn)) {
            return 1;
        }
        osdep_run_result_clear(&result);
    }
    return 0;
}

/* A SIGPIPE of someone else that is pending is pending after, too. */
static int keeps_pending_sigpipe(void *opaque)
{
    sigset_t set;
    bool naive = false;

    (void)opaque;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_kill(pthread_self(), SIGPIPE);
    if (feeds_the_deaf(&naive)) {
        return 1;
    }
    sigpending(&set);
    return sigismember(&set, SIGPIPE) == 1 ? 0 : broken("it is gone", 0);
}

void run_raises_no_sigpipe(void)
{
    bool naive = false;

    CU_ASSERT_TRUE(holds(feeds_the_deaf, &naive));
    naive = true;
    CU_ASSERT_FALSE(holds(feeds_the_deaf, &naive));
    CU_ASSERT_TRUE(holds(keeps_pending_sigpipe, NULL));
}

/* @arg: the control, system(3)'s kind of waitpid(). */
static void *run_and_be_cancelled(void *arg)
{
    PUPPET(argv, "cat");
    PUPPET(sleeping, "sleep", "100");
    OsdepRunResult result;
    OsdepProcess *process;

    pthread_cancel(pthread_self()); /* at the next cancellation point */
    process =
        *(bool *)arg
            ? NULL
            : osdep_spawn(&(OsdepSpawnOptions){ .argv = sleeping,
                                                .flags = OSDEP_SPAWN_TREE },
                          &error_warn);
    if (process) {
        osdep_process_wait(process, 1, NULL, &error_warn);
        osdep_process_signal(process, SIGCONT, &error_warn);
        osdep_process_kill_tree(process, &error_warn);
        osdep_process_wait(process, -1, NULL, &error_warn);
        osdep_process_free(process);
    }
    if (*(bool *)arg) {
        pid_t pid = fork();

        if (pid == 0) {
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    } else if (osdep_run(&(OsdepSpawnOptions){ .argv = argv },
                         &(OsdepRunOptions){ .input = "hello",
                                             .input_len = 5,
                                             .timeout_ms = 60000 },
                         &result, &error_warn)) {
        osdep_run_result_clear(&result);
    }
    pthread_testcancel();
    return NULL;
}

static int cancels(void *arg)
{
    pthread_t thread;
    void *how;

    if (pthread_create(&thread, NULL, run_and_be_cancelled, arg) != 0) {
        return 1;
    }
    pthread_join(thread, &how);
    return how == PTHREAD_CANCELED ? 0 : broken("not cancelled", 0);
}

static int cancelled_without_a_trace(void *arg)
{
    return cancels(arg) || changes_nothing(cancels, arg);
}

void cancelled_thread_leaves_nothing(void)
{
    bool naive = false;

    if (under_asan) {
        skip("ASan takes the stack of a cancelled thread for broken");
        return;
    }
    CU_ASSERT_TRUE(holds(cancelled_without_a_trace, &naive));
    naive = true;
    if (!under_tsan) {
        CU_ASSERT_FALSE(holds(cancelled_without_a_trace, &naive));
    }
}

static atomic_bool stop_opening;

/* Descriptors come and go, and each must be the same file all the time. */
static void *open_and_close(void *opaque)
{
    while (!atomic_load(&stop_opening)) {
        int fds[20];
        bool ok = true;

        for (int i = 0; i < 20; i++) {
            fds[i] = open(i % 2 ? "/dev/null" : "/dev/zero",
                          i % 3 ? O_RDONLY | O_CLOEXEC : O_RDONLY);
        }
        for (int i = 0; i < 20; i++) {
            char c = 1;

            ok &= (fcntl(fds[i], F_GETFD) == (i % 3 ? FD_CLOEXEC : 0)) &&
                  read(fds[i], &c, 1) == !(i % 2);
            ok &= close(fds[i]) == 0;
        }
        if (!ok) {
            return opaque;
        }
    }
    return NULL;
}

static void *spawn_often(void *opaque)
{
    OsdepSpawnOptions options = inspection;
    int n = programs_start_slowly() ? 30 : 200;

    for (int i = 0; i < n; i++) {
        if (osdep_launch(&options) != 0) {
            return opaque;
        }
    }
    return NULL;
}

static int threads_do_not_disturb(void *opaque)
{
    pthread_t openers[2], spawners[3];
    void *wrong;
    int n = 0;

    (void)opaque;
    make_all_nasty();
    for (int i = 0; i < 2; i++) {
        pthread_create(&openers[i], NULL, open_and_close, &n);
    }
    for (int i = 0; i < 3; i++) {
        pthread_create(&spawners[i], NULL, spawn_often, &n);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(spawners[i], &wrong);
        n += wrong ? 100 : 0;
    }
    atomic_store(&stop_opening, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(openers[i], &wrong);
        n += wrong ? 1 : 0;
    }
    return n ? broken("threads were disturbed", n) : 0;
}

void threads_spawn_while_others_open(void)
{
    CU_ASSERT_TRUE(holds(threads_do_not_disturb, NULL));
}

/* In KiB; 0 where /proc does not tell. */
static long resident_memory(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long size, resident = 0;

    if (f) {
        if (fscanf(f, "%ld %ld", &size, &resident) != 2) {
            resident = 0;
        }
        fclose(f);
    }
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int spawns(void *n)
{
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_NULL },
    };
    int status = 0;

    for (long i = 0; i < *(long *)n && !status; i++) {
        status = osdep_launch(&options);
    }
    return status;
}

static int many_spawns(void *opaque)
{
    const char *wanted = getenv("OSDEP_TEST_SPAWNS");
    const bool slow = programs_start_slowly();
    long few = 100, n = wanted ? atol(wanted) : slow ? 200 : 1500, before;

    (void)opaque;
    if (changes_nothing(spawns, &few)) {
        return 1;
    }
    before = resident_memory();
    if (changes_nothing(spawns, &n)) {
        return 1;
    }
    /* Sanitizers and valgrind remember what was freed. */
    if (!under_asan && !under_tsan && !under_valgrind &&
        resident_memory() > before + 256) {
        return broken("KiB more", resident_memory() - before);
    }
    return 0;
}

/* The control: who does not free the process leaks its descriptors. */
static int forgetful_spawn(void *opaque)
{
    PUPPET(argv, "exit", "0");
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_PIPE } };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);

    *(OsdepProcess **)opaque = process;
    return osdep_process_wait(process, -1, NULL, &error_warn) != 1;
}

static int forgetful_spawn_leaves_nothing(void *opaque)
{
    OsdepProcess *process = NULL;
    int status = changes_nothing(forgetful_spawn, &process);

    (void)opaque;
    osdep_process_free(process);
    return status;
}

void many_spawns_leave_nothing(void)
{
    CU_ASSERT_TRUE(holds(many_spawns, NULL));
    CU_ASSERT_FALSE(holds(forgetful_spawn_leaves_nothing, NULL));
}

/* = What is kept of the output = */

/* A group that writes for ever; its number is in the file. */
static int endless_output_is_refused(void *opaque)
{
    const char *stream = opaque;
    const char *argv[] = { "/bin/sh", "-c",
                           "sleep 100 & echo $! >endless; "
                           "if test $0 = 1; then exec cat /dev/zero; fi; "
                           "exec cat /dev/zero >&2",
                           stream, NULL };
    OsdepSpawnOptions options = { .argv = argv, .flags = OSDEP_SPAWN_TREE };
    OsdepRunResult result;
    Error *err = NULL;
    long sleeper = 0;
    FILE *f;

    memset(&result, 0xff, sizeof(result));
    atomic_store(&largest_allocation, 0);
    if (osdep_run(&options, NULL, &result, &err) ||
        osdep_error_get_errno(err) != ENOBUFS ||
        osdep_error_get_step(err) != OSDEP_STEP_SERVE ||
        !strstr(error_get_pretty(err), *stream == '1'
                                           ? "MiB to its standard output: "
                                           : "MiB to its standard error: ")) {
        return broken_by(err);
    }
    error_free(err);
    for (size_t i = 0; i < sizeof(result); i++) {
        if (((char *)&result)[i]) {
            return broken("there is a result, at byte", (long)i);
        }
    }
    if (atomic_load(&largest_allocation) > ((size_t)64 << 20) + 4096) {
        return broken("bytes in a buffer",
                      (long)atomic_load(&largest_allocation));
    }
    f = fopen("endless", "re");
    if (!f || fscanf(f, "%ld", &sleeper) != 1 || !process_ends(sleeper)) {
        return broken("it lives on", sleeper);
    }
    fclose(f);
    unlink("endless");
    return 0;
}

static int endless_output_leaves_nothing(void *opaque)
{
    return changes_nothing(endless_output_is_refused, opaque);
}

void run_keeps_no_endless_output(void)
{
    CU_ASSERT_TRUE(
        holds_within(300, endless_output_leaves_nothing, (void *)"1"));
    CU_ASSERT_TRUE(
        holds_within(300, endless_output_leaves_nothing, (void *)"2"));
}

/* = Exits that cannot be known = */

/* Somebody who reaps whatever child there is. */
static void reap_all(int sig)
{
    int saved_errno = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        continue;
    }
    errno = saved_errno;
}

/* @is_raced: whoever comes first reaps it. */
static int check_unknown(const OsdepSpawnOptions *options, int timeout_ms,
                         bool is_raced)
{
    OsdepRunResult result;
    int status;

    if (!osdep_run(options,
                   &(OsdepRunOptions){ .input = "some",
                                       .input_len = 4,
                                       .timeout_ms = timeout_ms },
                   &result, &error_warn)) {
        return 1;
    }
    status =
        strcmp(result.out, "some") != 0 || strcmp(result.err, "no\n") != 0
            ? broken(result.out, (long)result.err_len)
        : is_raced && result.exit.kind == OSDEP_EXITED && result.exit.code == 3
            ? 0
        : result.exit.kind != OSDEP_EXIT_UNKNOWN ||
                result.exit.code != UINT32_MAX
            ? broken("kind of exit", (long)result.exit.kind)
            : 0;
    osdep_run_result_clear(&result);
    return status;
}

enum { IGNORED, NO_ZOMBIES, REAPED };

static int output_is_kept(void *opaque)
{
    const char *argv[] = { "/bin/sh", "-c", "cat; echo no >&2; exit 3", NULL };
    const char *lingers[] = { "/bin/sh", "-c", "sleep 100 & echo $!", NULL };
    struct sigaction sa = { .sa_handler = SIG_IGN };
    OsdepSpawnOptions options = { .argv = argv };
    const int way = *(int *)opaque;
    OsdepRunResult result;
    int status = 0;

    if (way == NO_ZOMBIES) {
        sa.sa_handler = SIG_DFL;
        sa.sa_flags = SA_NOCLDWAIT;
    } else if (way == REAPED) {
        sa.sa_handler = reap_all;
    }
    sigaction(SIGCHLD, &sa, NULL);
    for (int i = 0; i < 10 && !status; i++) {
        status = check_unknown(&options, i % 2 ? 60000 : 0, way == REAPED);
    }
    /* What it started holds its output; whether that is of a tree or not. */
    options.argv = lingers;
    for (int i = 0; i < 2 && !status; i++) {
        options.flags = i ? OSDEP_SPAWN_TREE : 0;
        if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 500 },
                       &result, &error_warn)) {
            return 1;
        }
        if (!result.timed_out ||
            (result.exit.kind != OSDEP_EXIT_UNKNOWN && way != REAPED) ||
            atol(result.out) <= 1) {
            status = broken("at the deadline", (long)result.exit.kind);
        }
        kill_process(atol(result.out));
        osdep_run_result_clear(&result);
    }
    return status;
}

void run_keeps_output_without_an_exit(void)
{
    static int ways[] = { IGNORED, NO_ZOMBIES, REAPED };

    for (int i = 0; i < 3; i++) {
        if (ways[i] == NO_ZOMBIES && under_emulator) {
            continue; /* qemu-user (7.2) drops SA_NOCLDWAIT */
        }
        CU_ASSERT_TRUE(holds_within(60, output_is_kept, &ways[i]));
    }
}

/* = Where no descriptor may be opened any more = */

static bool forbid_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return false;
    }
    limit.rlim_cur = 0;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int waits_without_poll(void *opaque)
{
    PUPPET(argv, "close-stdin", "");
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_PIPE },
                                  .out = { .kind = OSDEP_STDIO_NULL } };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    OsdepExit how;

    (void)opaque;
    if (!process || !forbid_descriptors()) {
        return broken("no limit", errno);
    }
    if (osdep_process_wait(process, 0, &how, &error_warn) !=
            OSDEP_WAIT_TIMED_OUT ||
        osdep_process_wait(process, 50, &how, &error_warn) !=
            OSDEP_WAIT_TIMED_OUT) {
        return broken("it did not time out", 0);
    }
    close(osdep_process_take_fd(process, 0));
    if (osdep_process_wait(process, 60000, &how, &error_warn) !=
        OSDEP_WAIT_ENDED) {
        return broken("it has not ended", 0);
    }
    osdep_process_free(process);
    return 0;
}

void wait_without_descriptors(void)
{
    CU_ASSERT_TRUE(holds_within(120, waits_without_poll, NULL));
}

typedef struct Lowering {
    int told[2], ack[2];
} Lowering;

/* When the program runs, and before it reads or writes anything. */
static void *lower_limit(void *opaque)
{
    const Lowering *lowering = opaque;
    char line;

    if (read(lowering->told[0], &line, 1) == 1 && forbid_descriptors()) {
        (void)!write(lowering->ack[1], "\n", 1);
    }
    return NULL;
}

static int runs_without_poll(void *opaque)
{
    enum { SIZE = 300000 };
    static char input[SIZE];
    const char *argv[] = { "/bin/sh", "-c",
                           "echo >&8; read x <&9; cat; echo no >&2; $0", opaque,
                           NULL };
    OsdepSpawnOptions options = { .argv = argv, .n_pass_fds = 2 };
    OsdepRunResult result;
    OsdepPassFd pass[2];
    Lowering lowering;
    pthread_t thread;
    bool sleeps = strcmp(opaque, "exit") != 0;
    int status = 0;

    if (!osdep_pipe(lowering.told, NULL) || !osdep_pipe(lowering.ack, NULL) ||
        pthread_create(&thread, NULL, lower_limit, &lowering) != 0) {
        return broken("no thread", errno);
    }
    memset(input, 'x', SIZE);
    pass[0] = (OsdepPassFd){ lowering.told[1], 8 };
    pass[1] = (OsdepPassFd){ lowering.ack[0], 9 };
    options.pass_fds = pass;
    if (!osdep_run(&options,
                   &(OsdepRunOptions){ .input = input,
                                       .input_len = SIZE,
                                       .timeout_ms = sleeps ? 2000 : 60000 },
                   &result, &error_warn)) {
        return 1;
    }
    pthread_join(thread, NULL);
    if (result.timed_out != sleeps || result.out_len != SIZE ||
        strcmp(result.err, "no\n") != 0) {
        status = broken(result.err, (long)result.out_len);
    }
    osdep_run_result_clear(&result);
    return status;
}

void run_without_descriptors(void)
{
    CU_ASSERT_TRUE(holds_within(120, runs_without_poll, (void *)"exit"));
    CU_ASSERT_TRUE(
        holds_within(120, runs_without_poll, (void *)"exec sleep 100"));
}

/* = FIFOs = */

#define FIFO "fifo-of-a-stream"

static OsdepSpawnOptions fifo_options(const char *const *argv, int stream,
                                      OsdepFileMode mode)
{
    const OsdepStdio fifo = { .kind = OSDEP_STDIO_FILE,
                              .path = FIFO,
                              .mode = stream ? mode : OSDEP_FILE_READ };
    OsdepSpawnOptions options = { .argv = argv };

    *(stream == 0   ? &options.in
      : stream == 1 ? &options.out
                    : &options.err) = fifo;
    return options;
}

static int fifo_is_not_opened(void *opaque)
{
    static const struct {
        int stream;
        OsdepFileMode mode;
    } ways[] = { { 0, OSDEP_FILE_READ },
                 { 1, OSDEP_FILE_TRUNCATE },
                 { 1, OSDEP_FILE_APPEND },
                 { 2, OSDEP_FILE_APPEND } };
    const char *argv[] = { "/bin/sh", "-c", "echo >started", NULL };

    (void)opaque;
    for (int i = 0; i < 4; i++) {
        OsdepSpawnOptions options =
            fifo_options(argv, ways[i].stream, ways[i].mode);
        const int64_t start = now_ms();
        OsdepRunResult result;
        Error *err = NULL;

        memset(&result, 0xff, sizeof(result));
        if (osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = 200 },
                      &result, &err) ||
            osdep_error_get_errno(err) != ETIMEDOUT ||
            osdep_error_get_step(err) != OSDEP_STEP_STREAM ||
            strncmp(error_get_pretty(err), "Could not open '" FIFO "': ", 20) !=
                0 ||
            result.out || result.timed_out) {
            return broken_by(err);
        }
        error_free(err);
        if (now_ms() - start < 200) {
            return broken("too early", (long)(now_ms() - start));
        }
        if (access("started", F_OK) == 0) {
            return broken("it was started", 0);
        }
    }
    return 0;
}

static int fifo_leaves_nothing(void *opaque)
{
    int status;

    unlink(FIFO);
    unlink("started");
    if (mkfifo(FIFO, 0600) < 0) {
        return broken("no FIFO", errno);
    }
    status = changes_nothing(fifo_is_not_opened, opaque);
    unlink(FIFO);
    return status;
}

/* The name of a program comes from whoever starts it. */
void own_name_is_one_line(void)
{
    const char *argv[] = { "a\nb\x1b[31m", "fatal", NULL };
    OsdepRunResult result;

    CU_ASSERT_FATAL(osdep_run(
        &(OsdepSpawnOptions){ .argv = argv, .program = PROGRAM("error-end") },
        NULL, &result, &error_warn));
    CHECK_CONTAINS(result.err, "no luck with it");
    CU_ASSERT_PTR_EQUAL(strchr(result.err, '\n'),
                        result.err + result.err_len - 1);
    CU_ASSERT_PTR_NULL(strchr(result.err, '\x1b'));
    osdep_run_result_clear(&result);
}

void run_ends_though_a_fifo_has_no_other_end(void)
{
    CU_ASSERT_TRUE(holds_within(60, fifo_leaves_nothing, NULL));
}

/* What the other end of a FIFO does. */
typedef struct OtherEnd {
    bool reads;
    bool is_silent; /* it writes nothing before the program has started */
    const char *text;
    char got[16];
} OtherEnd;

static void *be_other_end(void *opaque)
{
    const struct timespec nap = { .tv_nsec = 100000000 };
    OtherEnd *end = opaque;
    int fd;

    nanosleep(&nap, NULL); /* so that it is waited for */
    fd = open(FIFO, (end->reads ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
    while (end->is_silent && access("started", F_OK) < 0) {
        nanosleep(&nap, NULL);
    }
    if (end->reads) {
        size_t len = 0;
        ssize_t n;

        while ((n = read(fd, end->got + len, sizeof(end->got) - 1 - len)) > 0) {
            len += (size_t)n;
        }
    } else {
        (void)!write(fd, end->text, strlen(end->text));
    }
    close(fd);
    return NULL;
}

static int fifo_is_opened(const OtherEnd *what, int timeout_ms)
{
    const char *argv[] = { "/bin/sh", "-c", "echo >started; cat; echo hi >&2",
                           NULL };
    OtherEnd end = *what;
    OsdepSpawnOptions options =
        fifo_options(argv, end.reads ? 2 : 0, OSDEP_FILE_TRUNCATE);
    OsdepRunResult result;
    pthread_t thread;
    int status;

    unlink(FIFO);
    unlink("started");
    if (mkfifo(FIFO, 0600) < 0 ||
        pthread_create(&thread, NULL, be_other_end, &end) != 0) {
        return broken("no other end", errno);
    }
    if (!osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = timeout_ms },
                   &result, &error_warn)) {
        return 1;
    }
    pthread_join(thread, NULL);
    status = result.timed_out ? broken("it timed out", 0)
             : strcmp(result.out, end.reads ? "" : end.text) != 0 ||
                     strcmp(end.got, end.reads ? "hi\n" : "") != 0
                 ? broken(result.out, (long)result.out_len)
                 : 0;
    osdep_run_result_clear(&result);
    unlink(FIFO);
    unlink("started");
    return status;
}

static int fifos_are_opened(void *opaque)
{
    static const OtherEnd ends[] = {
        { .reads = true },
        { .text = "text\n" },
#ifdef __linux__ /* elsewhere the program starts when there are data */
        { .text = "text\n", .is_silent = true },
        { .text = "" }, /* that is end-of-file */
#endif
    };

    (void)opaque;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (fifo_is_opened(&ends[i], 0) || fifo_is_opened(&ends[i], 30000)) {
            return broken("other end", (long)i);
        }
    }
    return 0;
}

void run_waits_for_the_other_end_of_a_fifo(void)
{
    CU_ASSERT_TRUE(holds_within(120, fifos_are_opened, NULL));
}

/* = PATH = */

static int path_takes_little(void *opaque)
{
    enum { N = 100000 };
    static char path[5 + N + sizeof(FIFO)] = "PATH=";
    static char name[200];
    const char *argv[] = { name, NULL };
    const char *env[] = { path, NULL };
    OsdepSpawnOptions options = { .argv = argv, .env = env };

    (void)opaque;
    memset(name, 'n', sizeof(name) - 1);
    memset(path + 5, ':', N);
    atomic_store(&allocated, 0);
    if (says(&options, "cannot execute 'nnn", ENOENT)) {
        return 1;
    }
    /* The message, its formats and what a process is made of. */
    return atomic_load(&allocated) < 16384
               ? 0
               : broken("bytes", (long)atomic_load(&allocated));
}

void path_of_many_folders_takes_little_memory(void)
{
    SKIP_WITHOUT_WRAP();
    CU_ASSERT_TRUE(holds_within(120, path_takes_little, NULL));
}
