/*
 * Tests of deadlines: they are kept whatever state the child is in
 *
 * SPDX-License-Identifier: MIT
 *
 * A child that has ended and is traced by a third process is a zombie that its
 * parent cannot reap before the tracer has seen its end (ptrace(2)); a child
 * that a tracer stopped on its way out does not even become one.  A debugger at
 * its prompt does that to every process.  A leader whose other threads live on,
 * and a stopped child, are the other states that are neither life nor death.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "osdep/fd.h"
#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/posix.h"
#include "tests/helpers/trial.h"

/* Far more than anything here takes, and less than what hangs. */
enum { PATIENCE = 60, LITTLE_PATIENCE = 3 };

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void nap(void)
{
    const struct timespec ts = { .tv_nsec = 2000000 };

    nanosleep(&ts, NULL);
}

/* Much more than the second that osdep_run() takes to kill what it runs. */
static const double most_beyond_deadline = 5;

static int check_duration(double seconds, double least)
{
    return seconds < least ? broken("too early, ms", (long)(seconds * 1e3))
           : seconds > least + most_beyond_deadline
               ? broken("too late, ms", (long)(seconds * 1e3))
               : 0;
}

/* That wait's result, which is OSDEP_WAIT_TIMED_OUT where all is right. */
static int wait_times_out(OsdepProcess *process, int timeout_ms)
{
    const double start = now();
    OsdepExit how = { .code = 4711 };
    Error *err = NULL;
    OsdepWait ended = osdep_process_wait(process, timeout_ms, &how, &err);

    if (ended != OSDEP_WAIT_TIMED_OUT || err || how.code != 4711) {
        error_free(err);
        return broken("it did not time out", ended);
    }
    return check_duration(now() - start, timeout_ms / 1e3 - 0.001);
}

static int wait_ends(OsdepProcess *process, OsdepExitKind kind, uint32_t code)
{
    OsdepExit how;
    Error *err = NULL;

    if (osdep_process_wait(process, 30000, &how, &err) != OSDEP_WAIT_ENDED) {
        return err ? broken_by(err) : broken("it has not ended", 0);
    }
    return how.kind == kind && how.code == code
               ? 0
               : broken("exit", (long)how.code);
}

static int run_is_killed(const OsdepSpawnOptions *options, int timeout_ms)
{
    OsdepRunResult result;
    int status = 0;

    if (!osdep_run(options, &(OsdepRunOptions){ .timeout_ms = timeout_ms },
                   &result, &error_warn)) {
        return 1;
    }
    if (!result.timed_out || result.exit.kind != OSDEP_SIGNALLED ||
        result.exit.code != SIGKILL) {
        status = broken("run", (long)result.exit.code);
    }
    osdep_run_result_clear(&result);
    return status;
}

/* = Without a tracer = */

static int headless_is_alive(void *opaque)
{
    const char *argv[] = { PROGRAM("headless"), NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    int status;

    (void)opaque;
    if (!process) {
        return 1;
    }
    for (int i = 0; i < 50 && process_is_alive(osdep_process_pid(process));
         i++) { /* until its first thread is a zombie */
        nap();
    }
    status = wait_times_out(process, 0) || wait_times_out(process, 100);
    if (!osdep_process_kill(process, &error_warn)) {
        return 1;
    }
    status = status || wait_ends(process, OSDEP_SIGNALLED, SIGKILL);
    osdep_process_free(process);
    return status || run_is_killed(&options, 100);
}

void leader_without_its_threads_is_waited_for(void)
{
    CU_ASSERT_TRUE(holds_within(PATIENCE, headless_is_alive, NULL));
}

static int stopped_is_ended(void *opaque)
{
    const char *argv[] = { "/bin/sh", "-c", "kill -STOP $$; exit 3", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepProcess *process = osdep_spawn(&options, &error_warn);
    int status;

    (void)opaque;
    if (!process) {
        return 1;
    }
    status = wait_times_out(process, 0) || wait_times_out(process, 200);
    if (!osdep_process_signal(process, SIGCONT, &error_warn)) {
        return 1;
    }
    /* Before the stop it may have had no effect. */
    while (osdep_process_wait(process, 20, NULL, NULL) ==
           OSDEP_WAIT_TIMED_OUT) {
        osdep_process_signal(process, SIGCONT, NULL);
    }
    status = status || wait_ends(process, OSDEP_EXITED, 3);
    osdep_process_free(process);
    return status || run_is_killed(&options, 200);
}

void stopped_child_is_waited_for(void)
{
    CU_ASSERT_TRUE(holds_within(PATIENCE, stopped_is_ended, NULL));
}

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/ptrace.h>

/* = The tracer = */

/* The numbers that the child has for its ends of the pipes to the tracer. */
enum { TO_TRACER = 8, FROM_TRACER = 9 };

#define TRACED(then)                                            \
    {                                                           \
        "/bin/sh", "-c", "echo $$ >&8; read x <&9; " then, NULL \
    }

/*
 * A child of ours that seizes the process which writes its number to @pids, says
 * so in @acks, and then lets it be, as a debugger at its prompt does.  It ends,
 * and with it the tracing, when @hold is closed.
 */
typedef struct Tracer {
    pid_t pid;
    int pids[2], acks[2], hold[2];
    OsdepPassFd pass[2];
    pid_t *traced; /* in memory that is shared */
} Tracer;

static _Noreturn void be_tracer(const Tracer *tracer, long options)
{
    char line[32] = "";
    size_t len = 0;
    pid_t pid;
    int hold;

    while (len < sizeof(line) - 1 && !strchr(line, '\n') &&
           read(tracer->pids[0], line + len, 1) == 1) {
        len++;
    }
    pid = (pid_t)atol(line);
    if (pid <= 0 || ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0) {
        _exit(SKIPPED);
    }
    *tracer->traced = pid;
    if (write(tracer->acks[1], "\n", 1) != 1) {
        _exit(1);
    }
    _exit(read(tracer->hold[0], &hold, 1) != 0);
}

/* False if there is none. */
static bool start_tracer(Tracer *tracer, long options)
{
    tracer->traced = shared_memory(sizeof(*tracer->traced));
    if (!tracer->traced || !osdep_pipe(tracer->pids, NULL) ||
        !osdep_pipe(tracer->acks, NULL) || !osdep_pipe(tracer->hold, NULL)) {
        return false;
    }
    tracer->pass[0] = (OsdepPassFd){ tracer->pids[1], TO_TRACER };
    tracer->pass[1] = (OsdepPassFd){ tracer->acks[0], FROM_TRACER };
    tracer->pid = fork();
    if (tracer->pid == 0) {
        close(tracer->pids[1]);
        close(tracer->hold[1]);
        be_tracer(tracer, options);
    }
    return tracer->pid > 0;
}

/* Options for a traced child that does what @argv says. */
static OsdepSpawnOptions traced_options(const Tracer *tracer,
                                        const char *const *argv,
                                        unsigned int flags)
{
    return (OsdepSpawnOptions){
        .argv = argv, .pass_fds = tracer->pass, .n_pass_fds = 2, .flags = flags
    };
}

/* Returns: 0 once the child is traced; else a status. */
static int is_seized(const Tracer *tracer)
{
    while (!*(volatile pid_t *)tracer->traced) {
        if (waitpid(tracer->pid, NULL, WNOHANG) != 0) {
            fprintf(stderr, "no process may be traced here");
            return SKIPPED;
        }
        nap();
    }
    return 0;
}

/* Have the tracer let go. */
static void end_tracer(Tracer *tracer)
{
    close(tracer->hold[1]);
    waitpid(tracer->pid, NULL, 0);
    close(tracer->hold[0]);
    for (int i = 0; i < 2; i++) {
        close(tracer->pids[i]);
        close(tracer->acks[i]);
    }
}

/* Until it has ended, seen by its parent or not. */
static void await_zombie(pid_t pid)
{
    while (process_is_alive(pid)) {
        nap();
    }
}

/* = Zombies that a tracer holds = */

static int zombie_is_waited_for(void *opaque)
{
    const char *argv[] = TRACED("exit 7");
    const bool has_pidfd = *(bool *)opaque;
    OsdepSpawnOptions options;
    OsdepProcess *process;
    Tracer tracer;
    int status;

    if (!start_tracer(&tracer, 0)) {
        return broken("no tracer", errno);
    }
    /* Without close_range() there is no clone() that gives a pidfd. */
    if (!has_pidfd &&
        ((nr_close_range >= 0 && !deny_syscall(nr_close_range, -1, ENOSYS)) ||
         (nr_pidfd_open >= 0 && !deny_syscall(nr_pidfd_open, -1, ENOSYS)))) {
        return SKIPPED;
    }
    options = traced_options(&tracer, argv, OSDEP_SPAWN_TREE);
    process = osdep_spawn(&options, &error_warn);
    if (!process) {
        return 1;
    }
    status = is_seized(&tracer);
    if (status) {
        return status;
    }
    if (!has_pidfd && osdep_process_pollable(process) >= 0) {
        return broken("it has a pidfd", 0);
    }
    await_zombie(osdep_process_pid(process));
    for (int i = 0; i < 3; i++) {
        if (wait_times_out(process, 0) || wait_times_out(process, 100)) {
            return 1;
        }
    }
    /* A zombie takes signals, as any. */
    if (!osdep_process_terminate(process, &error_warn) ||
        !osdep_process_kill(process, &error_warn) ||
        !osdep_process_kill_tree(process, &error_warn) ||
        wait_times_out(process, 0)) {
        return 1;
    }
    end_tracer(&tracer);
    if (wait_ends(process, OSDEP_EXITED, 7)) {
        return 1;
    }
    osdep_process_free(process);
    return 0;
}

static bool can_trace(void)
{
    if (under_emulator || under_valgrind) {
        skip("an emulated program cannot be traced");
        return false;
    }
    return true;
}

void traced_zombie_is_waited_for(void)
{
    bool with_pidfd = true, without = false;

    if (can_trace()) {
        CU_ASSERT_TRUE(
            holds_within(PATIENCE, zombie_is_waited_for, &with_pidfd));
        CU_ASSERT_TRUE(holds_within(PATIENCE, zombie_is_waited_for, &without));
    }
}

/* The signal stops it before it acts, and nobody lets it go on. */
static int traced_is_killed(void *opaque)
{
    const char *argv[] = TRACED("exec sleep 100");
    const unsigned int flags = *(unsigned int *)opaque;
    OsdepSpawnOptions options;
    OsdepProcess *process;
    Tracer tracer;
    int status;

    if (!start_tracer(&tracer, 0)) {
        return broken("no tracer", errno);
    }
    options = traced_options(&tracer, argv, flags);
    process = osdep_spawn(&options, &error_warn);
    if (!process) {
        return 1;
    }
    status = is_seized(&tracer);
    if (status) {
        return status;
    }
    if (!osdep_process_terminate(process, &error_warn) ||
        wait_times_out(process, 100) ||
        !(flags ? osdep_process_kill_tree(process, &error_warn)
                : osdep_process_kill(process, &error_warn))) {
        return 1;
    }
    await_zombie(osdep_process_pid(process));
    if (wait_times_out(process, 0) || wait_times_out(process, 100)) {
        return 1;
    }
    end_tracer(&tracer);
    if (wait_ends(process, OSDEP_SIGNALLED, SIGKILL)) {
        return 1;
    }
    osdep_process_free(process);
    return 0;
}

void traced_child_is_killed(void)
{
    unsigned int none = 0, tree = OSDEP_SPAWN_TREE;

    if (can_trace()) {
        CU_ASSERT_TRUE(holds_within(PATIENCE, traced_is_killed, &none));
        CU_ASSERT_TRUE(holds_within(PATIENCE, traced_is_killed, &tree));
    }
}

/* It is left to whoever waits for its number. */
static int traced_is_freed(void *opaque)
{
    const char *argv[] = TRACED("exit 7");
    OsdepSpawnOptions options;
    OsdepProcess *process;
    Tracer tracer;
    int status;
    pid_t pid;

    (void)opaque;
    if (!start_tracer(&tracer, 0)) {
        return broken("no tracer", errno);
    }
    options = traced_options(&tracer, argv, 0);
    process = osdep_spawn(&options, &error_warn);
    if (!process) {
        return 1;
    }
    status = is_seized(&tracer);
    if (status) {
        return status;
    }
    pid = osdep_process_pid(process);
    await_zombie(pid);
    osdep_process_free(process);
    if (waitpid(pid, NULL, WNOHANG) != 0) {
        return broken("it was reaped", errno);
    }
    end_tracer(&tracer);
    return wait_status(pid) == 7 ? 0 : broken("another status", 0);
}

static int free_changes_nothing(void *opaque)
{
    return changes_nothing(traced_is_freed, opaque);
}

void traced_zombie_is_freed(void)
{
    if (can_trace()) {
        CU_ASSERT_TRUE(holds_within(PATIENCE, free_changes_nothing, NULL));
    }
}

/* = osdep_run() = */

typedef struct Run {
    const char *const *argv;
    long trace; /* PTRACE_O_... */
    unsigned int flags;
    int timeout_ms;
    int err; /* 0: ETIMEDOUT */
} Run;

/*
 * After the deadline it has a second, and then it is an error that names the
 * process, which nobody can reap before the tracer lets it go.  If the deadline
 * came before the tracer, the next one is later.
 */
static int run_leaves_it(void *opaque)
{
    Run *run = opaque;
    OsdepSpawnOptions options;
    OsdepRunResult result;
    Error *err = NULL;
    char expected[64] = "'/bin/sh' wrote more than ";
    Tracer tracer;
    double start;
    int status;

    if (!start_tracer(&tracer, run->trace)) {
        return broken("no tracer", errno);
    }
    options = traced_options(&tracer, run->argv, run->flags);
    memset(&result, 0xff, sizeof(result));
    start = now();
    if (osdep_run(&options, &(OsdepRunOptions){ .timeout_ms = run->timeout_ms },
                  &result, &err)) {
        osdep_run_result_clear(&result);
        if (*tracer.traced) {
            return broken("it was reaped", 0);
        }
        kill(tracer.pid, SIGKILL);
        end_tracer(&tracer);
        run->timeout_ms *= 2;
        if (run->timeout_ms < 20000) {
            return run_leaves_it(run);
        }
        fprintf(stderr, "no process may be traced here");
        return SKIPPED;
    }
    if (!run->err) {
        snprintf(expected, sizeof(expected), "process %ld ",
                 (long)*tracer.traced);
    }
    if (osdep_error_get_errno(err) != (run->err ? run->err : ETIMEDOUT) ||
        osdep_error_get_step(err) != OSDEP_STEP_SERVE ||
        strncmp(error_get_pretty(err), expected, strlen(expected)) != 0) {
        return broken_by(err);
    }
    error_free(err);
    for (size_t i = 0; i < sizeof(result); i++) {
        if (((char *)&result)[i]) {
            return broken("there is a result, at byte", (long)i);
        }
    }
    status =
        run->err ? 0 : check_duration(now() - start, run->timeout_ms / 1e3);
    if (status) {
        return status;
    }
    if (waitpid(*tracer.traced, NULL, WNOHANG) != 0) {
        return broken("somebody reaped it", errno);
    }
    end_tracer(&tracer);
    status = wait_status(*tracer.traced);
    return status == 128 + SIGKILL || status == 7
               ? 0
               : broken("another status", status);
}

static int run_changes_nothing(void *opaque)
{
    return changes_nothing(run_leaves_it, opaque);
}

static const char *const sleeps[] = TRACED("exec sleep 100");
static const char *const exits[] = TRACED("exit 7");
static const char *const floods[] = TRACED("exec cat /dev/zero");
static const char *const closes[] = TRACED("exec sleep 100 >/dev/null 2>&1");

void run_leaves_a_traced_child(void)
{
    Run runs[] = {
        { sleeps, 0, 0, 1000, 0 },
        { sleeps, 0, OSDEP_SPAWN_TREE, 1000, 0 },
        { exits, 0, 0, 1000, 0 }, /* ended before */
        { exits, 0, OSDEP_SPAWN_TREE, 1000, 0 },
        { closes, 0, 0, 1000, 0 },       /* there is nothing to read any more */
        { floods, 0, 0, 60000, ENOBUFS } /* killed for another reason */
    };

    if (!can_trace()) {
        return;
    }
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        CU_ASSERT_TRUE(holds_within(PATIENCE, run_changes_nothing, &runs[i]));
    }
}

/* Killed, and yet not ended: it stops on its way out, before it is a zombie. */
void run_leaves_a_child_that_does_not_end(void)
{
    Run run = { sleeps, PTRACE_O_TRACEEXIT, 0, 1000, 0 };

    if (can_trace()) {
        CU_ASSERT_TRUE(holds_within(PATIENCE, run_changes_nothing, &run));
    }
}

/* = The naive way = */

/* Wait until poll(2) says that it has ended, and then until it can be reaped. */
static int naive_wait(OsdepProcess *process, int timeout_ms)
{
    struct pollfd polled = { .fd = (int)osdep_process_pollable(process),
                             .events = POLLIN };
    siginfo_t info = { .si_pid = 0 };

    if (polled.fd < 0) {
        return 0;
    }
    while (poll(&polled, 1, timeout_ms) == 1) {
        if (waitid(P_PID, (id_t)osdep_process_pid(process), &info,
                   WEXITED | WNOHANG) < 0 ||
            info.si_pid) {
            return 0;
        }
    }
    return 0;
}

typedef struct Naive {
    bool kills; /* and then waits for ever, as after a deadline */
} Naive;

static int naive_way_ends(void *opaque)
{
    const Naive *naive = opaque;
    OsdepSpawnOptions options;
    OsdepProcess *process;
    Tracer tracer;
    int status;

    if (!start_tracer(&tracer, 0)) {
        return broken("no tracer", errno);
    }
    options = traced_options(&tracer, naive->kills ? sleeps : exits, 0);
    process = osdep_spawn(&options, &error_warn);
    if (!process) {
        return 1;
    }
    status = is_seized(&tracer);
    if (status) {
        return status;
    }
    if (naive->kills) {
        kill(osdep_process_pid(process), SIGKILL);
        wait_status(osdep_process_pid(process));
        return 0;
    }
    if (osdep_process_pollable(process) < 0) {
        return SKIPPED;
    }
    await_zombie(osdep_process_pid(process));
    return naive_wait(process, 0);
}

void naive_waits_never_end(void)
{
    Naive waits = { false }, kills = { true };

    if (can_trace()) {
        CU_ASSERT_TRUE(fails_by(HUNG, LITTLE_PATIENCE, naive_way_ends, &waits));
        CU_ASSERT_TRUE(fails_by(HUNG, LITTLE_PATIENCE, naive_way_ends, &kills));
    }
}

/* = gdb(1) = */

/* Who traces @pid; 0: nobody. */
static long tracer_of(pid_t pid)
{
    char path[64], line[256];
    long tracer = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f) &&
           sscanf(line, "TracerPid: %ld", &tracer) != 1) {
        continue;
    }
    if (f) {
        fclose(f);
    }
    return tracer;
}

static int gdb_is_no_matter(void *opaque)
{
    PUPPET(sleeper, "sleep", "100");
    char pid[32];
    const char *argv[] = { "gdb", "-nx", "-q", "-p", pid, NULL };
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_PIPE },
                                  .out = { .kind = OSDEP_STDIO_NULL },
                                  .err = { .kind = OSDEP_STDIO_NULL } };
    OsdepProcess *child =
        osdep_spawn(&(OsdepSpawnOptions){ .argv = sleeper }, &error_warn);
    OsdepProcess *gdb;
    Error *err = NULL;

    (void)opaque;
    if (!child) {
        return 1;
    }
    snprintf(pid, sizeof(pid), "%ld", (long)osdep_process_pid(child));
    gdb = osdep_spawn(&options, &err);
    if (!gdb) {
        fprintf(stderr, "there is no gdb: %s", error_get_pretty(err));
        return SKIPPED;
    }
    while (!tracer_of(osdep_process_pid(child))) {
        if (osdep_process_wait(gdb, 10, NULL, NULL) == OSDEP_WAIT_ENDED) {
            fprintf(stderr, "gdb may not trace here");
            return SKIPPED;
        }
    }
    if (wait_times_out(child, 0) || wait_times_out(child, 100) ||
        !osdep_process_kill(child, &error_warn)) {
        return 1;
    }
    await_zombie(osdep_process_pid(child));
    if (wait_times_out(child, 0) || wait_times_out(child, 100)) {
        return 1;
    }
    osdep_process_kill(gdb, NULL);
    if (wait_ends(gdb, OSDEP_SIGNALLED, SIGKILL) ||
        wait_ends(child, OSDEP_SIGNALLED, SIGKILL)) {
        return 1;
    }
    osdep_process_free(gdb);
    osdep_process_free(child);
    return 0;
}

void gdb_at_its_prompt_is_no_matter(void)
{
    if (can_trace()) {
        CU_ASSERT_TRUE(holds_within(PATIENCE, gdb_is_no_matter, NULL));
    }
}

#else

#define SKIP_REASON "only Linux lets a third process trace our child like this"
TRACED_LINUX_CASES(TEST_SKIP)

#endif
