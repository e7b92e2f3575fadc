/*
 * Tests of what holds in a storm: of signals, of threads, of descriptors that
 * come and go
 *
 * SPDX-License-Identifier: MIT
 *
 * Each storm is a process with a process group of its own, the subject, and
 * somebody who kills that group when nothing goes on in it any more.  What is
 * seen in it is counted in memory that all share.  OSDEP_TEST_CHILDREN=1000000
 * has each of the storms of signals and of threads start that many children,
 * OSDEP_TEST_RACE_SPAWNS as many the race of descriptors.
 */
#include "osdep/osdep.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <ucontext.h>
#endif

#include "osdep/fd.h"
#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/launch.h"
#include "tests/helpers/naive-fork.h"
#include "tests/helpers/newborn.h"
#include "tests/helpers/posix.h"
#include "util/osdep-child.h"

#define SKIP_REASON "a matter of Windows"
STORM_WIN32_CASES(TEST_SKIP)

extern char **environ;

enum { N_SENDERS = 2 };

/* What a storm does, seen by all that are in it. */
typedef struct Shared {
    pid_t subject;
    atomic_bool start, stop;
    atomic_long progress; /* changes as long as there is some */
    atomic_long hung;     /* there was none any more */

    atomic_long sent[N_SENDERS]; /* to the group */
    atomic_long runs_in_subject; /* of handlers */
    atomic_long runs_in_children;
    /* Real-time signals to the subject, by sender and signal. */
    atomic_long queued[N_SENDERS][MAX_SIGNALS];
    atomic_long arrived[N_SENDERS][MAX_SIGNALS];
    atomic_long out_of_turn;   /* of these: doubled, or not in order */
    atomic_long strange_masks; /* seen in the subject, by handlers too */

    atomic_long rounds; /* of the threads' work */

    atomic_long checked; /* children who looked at themselves, ... */
    atomic_long faulty;  /* ... and did not like it */
    atomic_long faults;  /* what they did not like */
    atomic_long killed;  /* children that a signal ended */
    atomic_long lost;    /* children that failed in another way */
} Shared;
static Shared *shared;

static void count(atomic_long *counter)
{
    atomic_fetch_add(counter, 1);
}

static long seen(atomic_long *counter)
{
    return atomic_load(counter);
}

/* = The subject and who watches it = */

typedef struct Subject {
    int (*fn)(void *); /* 0 if all held; else it says on stderr what did not */
    void *arg;
    unsigned int patience; /* seconds without progress; 0: the usual */
} Subject;

/* For a control that will hang; if it is only slow, no harm is done. */
enum { SHORT_PATIENCE = 2 };

static pid_t watched;
static long last_progress;
static volatile sig_atomic_t is_hung;
static unsigned int patience;

/* SIGALRM, in the one who watches. */
static void look_for_progress(int sig)
{
    long progress = seen(&shared->progress);

    (void)sig;
    if (progress == last_progress) {
        is_hung = 1;
        count(&shared->hung);
        kill(-watched, SIGKILL);
    }
    last_progress = progress;
    alarm(patience);
}

static int be_subject(const Subject *subject)
{
    struct rlimit none = { 0, 0 };

    setpgid(0, 0);
    setrlimit(RLIMIT_CORE, &none);
    shared->subject = getpid();
    return subject->fn(subject->arg);
}

/* Watch over @opaque, a Subject, and leave nobody of its group behind. */
static int watch(void *opaque)
{
    const Subject *subject = opaque;
    siginfo_t info;
    int status;

    make_signals_clean();
    patience = subject->patience ? subject->patience : 120;
    last_progress = -1;
    watched = fork();
    if (watched == 0) {
        _exit(be_subject(subject));
    } else if (watched < 0) {
        return broken("no subject", errno);
    }
    setpgid(watched, watched);
    signal(SIGALRM, look_for_progress);
    alarm(patience);
    while (waitid(P_PID, (id_t)watched, &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
        continue;
    }
    alarm(0);
    kill(-watched, SIGKILL); /* as long as the number is its own */
    status = wait_status(watched);
    return is_hung ? broken("no progress any more", seen(&shared->progress))
                   : status;
}

/* Run @subject; true if it returned 0.  @shared then has what was counted. */
static bool weathers(Subject subject)
{
    static char output[16384];
    int status;

    if (!shared) {
        shared = shared_memory(sizeof(*shared));
        CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    }
    memset(shared, 0, sizeof(*shared));
    status = in_child(watch, &subject, output, sizeof(output));
    if (status != 0) {
        printf("# status %d: %.400s\n", status, output);
    }
    return status == 0;
}

/* How many children: as the environment says; else depending on the row. */
static long how_many(const char *variable, long in_native_row, long elsewhere,
                     long slowly)
{
    const char *wanted = getenv(variable);

    if (wanted) {
        return atol(wanted);
    }
    return under_valgrind            ? slowly / 4
           : programs_start_slowly() ? slowly
           : NATIVE_ROW              ? in_native_row
                                     : elsewhere;
}

static const char *const newborn_argv[] = { PROGRAM("newborn"), NULL };

/* = A storm of signals = */

/* What happens to a child that has its default dispositions. */
typedef enum Weather {
    WILD,     /* every signal, which may end or stop it as soon as it can */
    MILD,     /* those that are discarded then: it lives, and can be asked */
    STOPPING, /* those that stop it, and nothing that would have it go on */
} Weather;

static const char *const weather_names[] = { "all", "harmless", "stop" };

typedef struct SignalStorm {
    Forker *forker; /* NULL: every child is started by the launcher */
    Launcher *launcher;
    Weather weather;
    long n_children;
    /*
     * How many signals each sender has for a child at full speed; if the child
     * is not through by then, the storm abates by and by.  A fork() with signals
     * open begins anew each time one comes (ERESTARTNOINTR in the kernel's
     * copy_process()), and in a storm at full speed never ends.
     */
    int n_at_full_speed;
} SignalStorm;

/* All of them, once; a child lives some 0.3 ms, for 200 signals. */
enum { MANY_SIGNALS = 60 };

/* The mask that the subject wants to have. */
static sigset_t expected_mask;

/* Our mask as the kernel has it, where it can be asked. */
static void read_mask(sigset_t *mask)
{
    sigemptyset(mask);
#ifdef __linux__
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, mask, _NSIG / 8);
#else
    pthread_sigmask(SIG_SETMASK, NULL, mask);
#endif
}

static bool is_expected(const sigset_t *mask)
{
#ifdef __linux__ /* which has less than what the C library makes of it */
    return memcmp(mask, &expected_mask, _NSIG / 8) == 0;
#else
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sigismember(mask, sig) != sigismember(&expected_mask, sig)) {
            return false;
        }
    }
    return true;
#endif
}

/* Block @sig and nothing else; nothing if it is 0. */
static void block_only(int sig)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL); /* no handler in between */
    sigemptyset(&expected_mask);
    if (sig) {
        sigaddset(&expected_mask, sig);
    }
    pthread_sigmask(SIG_SETMASK, &expected_mask, NULL);
}

#ifdef SIGRTMIN

/* What a queued signal carries: its sender, and the how manieth it is. */
enum { SEQUENCE_BITS = 24 };

static void take(const siginfo_t *info)
{
    const int value = info->si_value.sival_int;
    const int sender = value >> SEQUENCE_BITS;
    atomic_long *arrived;

    if (sender < 0 || sender >= N_SENDERS) {
        count(&shared->out_of_turn);
        return;
    }
    arrived = &shared->arrived[sender][info->si_signo];
    if ((value ^ (int)seen(arrived)) & ((1 << SEQUENCE_BITS) - 1)) {
        count(&shared->out_of_turn);
    }
    count(arrived);
}

/*
 * Queue a signal to the subject.  What cannot be queued (EAGAIN) was not sent.
 */
static void queue_signal(int self, int sig)
{
    const long n = seen(&shared->queued[self][sig]);
    const union sigval value = {
        .sival_int =
            self << SEQUENCE_BITS | (int)(n & ((1 << SEQUENCE_BITS) - 1)),
    };

    if (sigqueue(shared->subject, sig, value) == 0) {
        count(&shared->queued[self][sig]);
    }
}

/* The real-time signals in turn. */
static int next_real_time(int sig)
{
    return sig >= SIGRTMIN && sig < SIGRTMAX ? sig + 1 : SIGRTMIN;
}

#else

static void take(const siginfo_t *info)
{
    (void)info;
}

static void queue_signal(int self, int sig)
{
    (void)self, (void)sig;
}

static int next_real_time(int sig)
{
    return sig;
}

#endif

/* A fault of our own, which would come again and again. */
static bool is_fault(const siginfo_t *info)
{
    switch (info->si_signo) {
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
        return info->si_code > 0; /* sigaction(2): from the kernel */
    default:
        return false;
    }
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
    const int saved_errno = errno;

    if (getpid() != shared->subject) {
        count(&shared->runs_in_children);
        return;
    }
    count(&shared->runs_in_subject);
    if (is_fault(info)) {
        signal(sig, SIG_DFL);
    }
#ifdef __linux__
    /* qemu-user 7.2 does not say it right on RISC-V. */
    if (!under_emulator && !is_expected(&((ucontext_t *)context)->uc_sigmask)) {
        count(&shared->strange_masks);
    }
#else
    (void)context;
#endif
#ifdef SI_QUEUE
    if (info->si_code == SI_QUEUE) {
        take(info);
    }
#endif
    errno = saved_errno;
}

/*
 * The signals of the storm: all that can be caught but SIGPIPE, which the
 * subject ignores.  They go to @signals.  Returns: how many.
 */
static int choose_signals(Weather weather, int signals[MAX_SIGNALS])
{
    struct sigaction sa;
    int n = 0;

    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        const bool belongs[] = {
            [WILD] = true,
            [MILD] = sig == SIGCHLD || sig == SIGURG || sig == SIGCONT ||
                     sig == SIGWINCH,
            [STOPPING] = sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU,
        };

        if (belongs[weather] && sig != SIGKILL && sig != SIGSTOP &&
            sig != SIGPIPE && !is_the_librarys(sig) &&
            sigaction(sig, NULL, &sa) == 0) {
            signals[n++] = sig;
        }
    }
    return n;
}

static void catch_signals(void)
{
    struct sigaction sa = { .sa_sigaction = on_signal,
                            .sa_flags = SA_SIGINFO | SA_RESTART };

    sigfillset(&sa.sa_mask); /* so that each sees the subject's mask */
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP && !is_the_librarys(sig)) {
            sigaction(sig, &sa, NULL);
        }
    }
    signal(SIGPIPE, SIG_IGN);
}

/*
 * Is little of it on its way from this sender to the subject?  Else the queue,
 * which is one for all processes of a user (RLIMIT_SIGPENDING), would be full,
 * for others too.
 */
static bool has_caught_up(int self, int sig)
{
    enum { BACKLOG = 4 };

    return seen(&shared->queued[self][sig]) -
               seen(&shared->arrived[self][sig]) <
           BACKLOG;
}

/*
 * Let the others have the processor, if they need it, after @n signals: longer
 * and longer, once @n_at_full_speed were sent without progress.
 */
static void give_way(int n, int n_at_full_speed)
{
    static struct timespec nap = { .tv_nsec = 100000 };
    static long last;
    static int sent;
    long progress = seen(&shared->progress);

    if (progress != last) {
        last = progress;
        nap.tv_nsec = 100000;
        sent = 0;
    }
    sent += n;
    if (sent <= n_at_full_speed) {
        sched_yield();
        return;
    }
    nanosleep(&nap, NULL);
    if (nap.tv_nsec < 50000000) {
        nap.tv_nsec *= 2;
    }
}

/*
 * As fast as it goes.  The signals that are not queued are sent whether the
 * subject takes them or not: SIGCONT may be what it waits for, with a child
 * stopped that has yet to execute its program.
 */
static _Noreturn void send_signals(int self, const SignalStorm *storm)
{
    int signals[MAX_SIGNALS], n = choose_signals(storm->weather, signals);
    int real_time = 0;

    while (!atomic_load(&shared->start) && getppid() == shared->subject) {
        sched_yield();
    }
    while (!atomic_load(&shared->stop) && getppid() == shared->subject) {
        for (int i = 0; i < n; i++) {
            if (has_caught_up(self, signals[i]) && kill(0, signals[i]) == 0) {
                count(&shared->sent[self]);
            }
            if (i % 8 == 0) {
                real_time = next_real_time(real_time);
                if (has_caught_up(self, real_time)) {
                    queue_signal(self, real_time);
                }
            }
        }
        give_way(n, storm->n_at_full_speed);
    }
    _exit(0);
}

/* One that looks at itself at once: if it is killed then, so it is. */
static int fork_child(const SignalStorm *storm)
{
    pid_t pid = storm->forker(&error_warn);
    int faults;

    if (pid == 0) {
        faults = newborn_signal_faults(false);
        atomic_fetch_or(&shared->faults, faults);
        count(faults ? &shared->faulty : &shared->checked);
        _exit(0);
    }
    return pid < 0 ? 1 : wait_status(pid);
}

/* It takes long until the program is found, all signals being unblocked. */
#define TEN(text) text text text text text text text text text text
static const char long_path[] = "PATH=" TEN(TEN("/nope:/nope/nope:")) ".";

/*
 * One that stays in the storm, one that leaves the group, one the session: they
 * are asked what they were started with.
 */
static int start_child(const SignalStorm *storm, long i)
{
    static const unsigned int flags[] = { 0, OSDEP_SPAWN_NEW_GROUP,
                                          OSDEP_SPAWN_NEW_SESSION };
    static const char *const searched[] = { "newborn", NULL };
    const bool is_searched = storm->weather == STOPPING;
    const OsdepSpawnOptions options = {
        .argv = is_searched ? searched : newborn_argv,
        .env = is_searched ? (const char *const[]){ long_path, NULL } : NULL,
        .flags = flags[(is_searched ? i : i / 2) % 3],
    };
    int status = storm->launcher(&options);

    if (status > 0 && status < 100) {
        atomic_fetch_or(&shared->faults, status);
        count(&shared->faulty);
        return 0;
    } else if (status == 0) {
        count(&shared->checked);
    }
    return status;
}

/* osdep_spawn(); as wait_status(), and 128 if it was killed before the exec. */
static int launch_in_storm(const OsdepSpawnOptions *options)
{
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(options, &err);
    OsdepExit how = { .kind = OSDEP_EXITED, .code = 100 };

    if (!process) {
        bool was_killed = strstr(error_get_pretty(err), "killed before");

        if (!was_killed) {
            fprintf(stderr, "%s\n", error_get_pretty(err));
        }
        error_free(err);
        return was_killed ? 128 : 100;
    }
    while (osdep_process_wait(process, 10, &how, &error_warn) == 0) {
        osdep_process_signal(process, SIGCONT, NULL); /* it may be stopped */
    }
    osdep_process_free(process);
    return (int)how.code + (how.kind == OSDEP_SIGNALLED ? 128 : 0);
}

/* Start the children, in turn by both ways. */
static void start_children(const SignalStorm *storm)
{
    int signals[MAX_SIGNALS], n = choose_signals(WILD, signals), status;
    sigset_t mask;

    for (long i = 0; i < storm->n_children; i++) {
        if (i % 16 == 0) { /* not always the same mask */
            block_only(signals[i / 16 % n]);
        }
        status =
            i % 2 || !storm->forker ? start_child(storm, i) : fork_child(storm);
        read_mask(&mask);
        if (!is_expected(&mask)) {
            count(&shared->strange_masks);
            block_only(signals[i / 16 % n]);
        }
        if (status >= 128 && storm->weather == WILD) {
            count(&shared->killed);
        } else if (status != 0) {
            count(&shared->lost);
        }
        count(&shared->progress);
    }
}

/* All that was counted is as it should be. */
static int judge_signals(void)
{
    if (seen(&shared->runs_in_children)) {
        return broken("handlers ran in children",
                      seen(&shared->runs_in_children));
    }
    if (seen(&shared->faulty)) {
        fprintf(stderr, "%ld: ", seen(&shared->faulty));
        return broken("children are not clean", seen(&shared->faults));
    }
    if (seen(&shared->lost)) {
        return broken("children were lost", seen(&shared->lost));
    }
    if (seen(&shared->strange_masks)) {
        return broken("the mask changed", seen(&shared->strange_masks));
    }
    if (seen(&shared->out_of_turn)) {
        return broken("out of turn", seen(&shared->out_of_turn));
    }
    for (int i = 0; i < N_SENDERS; i++) {
        for (int sig = 1; sig < MAX_SIGNALS; sig++) {
            if (seen(&shared->queued[i][sig]) !=
                seen(&shared->arrived[i][sig])) {
                return broken("not all arrived of signal", sig);
            }
        }
    }
    return 0;
}

static int signals_are_no_matter(void *opaque)
{
    const SignalStorm *storm = opaque;
    pid_t senders[N_SENDERS];
    int status = 0;

    /* A sender is in the group, and to have no handler run. */
    set_all_signals(SIG_IGN);
    for (int i = 0; i < N_SENDERS; i++) {
        senders[i] = fork();
        if (senders[i] == 0) {
            send_signals(i, storm);
        } else if (senders[i] < 0) {
            return broken("no sender", errno);
        }
    }
    catch_signals();
    atomic_store(&shared->start, true);
    for (int i = 0; i < N_SENDERS; i++) {
        while (!seen(&shared->sent[i])) {
            sched_yield();
        }
    }
    start_children(storm);
    atomic_store(&shared->stop, true);
    for (int i = 0; i < N_SENDERS; i++) {
        status |= wait_status(senders[i]);
    }
    block_only(0);
    return status ? status : judge_signals();
}

static long sum(atomic_long counters[N_SENDERS][MAX_SIGNALS])
{
    long n = 0;

    for (int i = 0; i < N_SENDERS; i++) {
        for (int sig = 1; sig < MAX_SIGNALS; sig++) {
            n += seen(&counters[i][sig]);
        }
    }
    return n;
}

/* Have a storm, and say what it was like. */
static bool weathers_signals(const char *who, SignalStorm storm)
{
    const bool hangs = storm.launcher == posix_spawn_launch;
    bool ok = weathers(
        (Subject){ signals_are_no_matter, &storm, hangs ? SHORT_PATIENCE : 0 });

    printf(
        "# count: storm of %s signals, %s: %ld children, %ld of them looked at, "
        "%ld with faults, %ld killed; %ld signals sent to the group, "
        "%ld handler runs in the parent, %ld in children, %ld masks changed; "
        "%ld real-time signals queued, %ld arrived\n",
        weather_names[storm.weather], who, seen(&shared->progress),
        seen(&shared->checked) + seen(&shared->faulty), seen(&shared->faulty),
        seen(&shared->killed), seen(&shared->sent[0]) + seen(&shared->sent[1]),
        seen(&shared->runs_in_subject), seen(&shared->runs_in_children),
        seen(&shared->strange_masks), sum(shared->queued),
        sum(shared->arrived));
    return ok;
}

/* Why there can be no storm of signals here; NULL if there can. */
static const char *no_storm(void)
{
    return under_tsan       ? "TSan runs handlers when it likes, and keeps one "
                              "queued signal of a kind"
           : under_valgrind ? NO_HANDLER_SO_EARLY
                            : NULL;
}

static void have_signal_storm(Weather weather)
{
    const long n = how_many("OSDEP_TEST_CHILDREN", 20000, 2000, 200) / 2;

    if (no_storm()) {
        skip(no_storm());
        return;
    }
    CU_ASSERT_TRUE(
        weathers_signals("osdep", (SignalStorm){ qemu_fork, launch_in_storm,
                                                 weather, n, MANY_SIGNALS }));
    CHECK_INT(seen(&shared->progress), n);
    CU_ASSERT(seen(&shared->runs_in_subject) > 0);
    CU_ASSERT(seen(&shared->checked) > 0);
    if (weather == MILD) {
        CHECK_INT(seen(&shared->checked), n);
    }
#ifdef SIGRTMIN
    CU_ASSERT(sum(shared->arrived) > 0);
#endif

    CU_ASSERT_FALSE(weathers_signals(
        "control", (SignalStorm){ naive_fork, naive_vfork_launch, weather,
                                  NATIVE_ROW ? 500 : 200, 0 }));
    CU_ASSERT(seen(&shared->runs_in_children) > 0);
    CU_ASSERT(seen(&shared->faulty) > 0);
}

void signal_storm_of_all(void)
{
    if (under_emulator) { /* qemu-user 7.2 */
        skip(
            "the emulator takes some signals that are sent for its own faults");
        return;
    }
    have_signal_storm(WILD);
}

void signal_storm_of_harmless_ones(void)
{
    have_signal_storm(MILD);
}

/*
 * Who has left the group is no matter of its job control any more.  If it is
 * stopped all the same, before the exec, its parent hangs: the control.
 */
void signal_storm_of_stops(void)
{
    const long n = how_many("OSDEP_TEST_CHILDREN", 20000, 2000, 200) / 20;

    if (no_storm()) {
        skip(no_storm());
        return;
    }
    CU_ASSERT_TRUE(
        weathers_signals("osdep", (SignalStorm){ NULL, launch_in_storm,
                                                 STOPPING, n, MANY_SIGNALS }));
    CHECK_INT(seen(&shared->checked), n);
#ifdef __linux__
    CU_ASSERT_FALSE(weathers_signals(
        "control", (SignalStorm){ NULL, posix_spawn_launch, STOPPING, 100000,
                                  MANY_SIGNALS }));
    CU_ASSERT(seen(&shared->hung) > 0);
#endif
}

/* Who gets the parent wrong is found, too. */
void signal_storm_finds_what_parents_lose(void)
{
    if (no_storm()) {
        skip(no_storm());
        return;
    }
    CU_ASSERT_FALSE(weathers_signals(
        "control without the mask restored",
        (SignalStorm){ naive_forgetful_fork, launch_in_storm, MILD, 100, 0 }));
    CU_ASSERT(seen(&shared->strange_masks) > 0);
#ifdef SIGRTMIN
    /* On a slow machine nothing may be sent in between, for a whole storm. */
    for (int tries = 0; tries < 50; tries++) {
        CU_ASSERT_FALSE(
            weathers_signals("control that ignores meanwhile",
                             (SignalStorm){ naive_ignoring_fork,
                                            launch_in_storm, MILD, 100, 0 }));
        if (sum(shared->arrived) < sum(shared->queued)) {
            break;
        }
    }
    CU_ASSERT(sum(shared->arrived) < sum(shared->queued));
#endif
}

/* = A storm of threads = */

/* What the children may keep; above all that the threads open. */
enum { KEPT_FD = 100, FD_LIMIT = 128 };

static const char *const kept_argv[] = { PROGRAM("newborn"), "100", NULL };

/* Not ours: that changes while they are started. */
static const char *const kept_env[] = { "STORM=no", NULL };

static const OsdepSpawnOptions kept_options = {
    .argv = kept_argv,
    .env = kept_env,
    .pass_fds = (const OsdepPassFd[]){ { KEPT_FD, KEPT_FD } },
    .n_pass_fds = 1,
};

static FILE *storm_file;
static atomic_bool stop_working;

/* What the threads do, again and again. */
typedef void Job(void);

static void allocate(void)
{
    void *blocks[20];

    for (size_t i = 0; i < 20; i++) {
        blocks[i] = malloc((size_t)10 << i % 14);
    }
    for (size_t i = 0; i < 20; i++) {
        free(blocks[i]);
    }
}

static void print(void)
{
    static int n;

    if (fprintf(storm_file, "line %d of a storm\n", n++) < 0 || n % 1000 == 0) {
        rewind(storm_file);
    }
}

/*
 * Variables that are there already, behind TZ: so who reads that one does not
 * see the list change, or what was freed.
 */
static void change_environment(void)
{
    static int n;
    char value[32];

    snprintf(value, sizeof(value), "%0*d", n % 20, n);
    n++;
    setenv("STORM", value, 1);
    if (strcmp(getenv("STORM"), value) != 0) {
        abort();
    }
}

static void tell_time(void)
{
    time_t t = time(NULL);

    if (!localtime(&t)) {
        abort();
    }
}

/* A static program has none. */
static void load_library(void)
{
    void *library = dlopen("libm.so.6", RTLD_NOW);

    if (library) {
        dlclose(library);
    } else {
        allocate();
    }
}

static void open_files(void)
{
    int fds[8];

    for (int i = 0; i < 8; i++) {
        fds[i] = open("/dev/null", i % 2 ? O_RDWR : O_RDWR | O_CLOEXEC);
    }
    for (int i = 0; i < 8; i++) {
        close(fds[i]);
    }
}

static void make_pipes(void)
{
    int fds[2] = { -1, -1 }, closed_on_exec[2];

    if (pipe(fds) == 0 && osdep_pipe(closed_on_exec, NULL)) {
        close(closed_on_exec[0]);
        close(closed_on_exec[1]);
    }
    close(fds[0]);
    close(fds[1]);
}

static void make_sockets(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), duplicate = dup(fd);
    int closed_on_exec = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    close(fd);
    close(duplicate);
    close(closed_on_exec);
}

static Job *const jobs[] = { allocate,   print,       change_environment,
                             tell_time,  open_files,  load_library,
                             make_pipes, make_sockets };
static Job *const fd_jobs[] = { open_files, open_files, make_pipes,
                                make_sockets };
enum {
    N_JOBS = sizeof(jobs) / sizeof(jobs[0]),
    N_FD_JOBS = sizeof(fd_jobs) / sizeof(fd_jobs[0]),
    N_STARTERS = 2,
};

static void *work(void *job)
{
    while (!atomic_load(&stop_working)) {
        (*(Job *const *)job)();
        count(&shared->rounds);
        sched_yield(); /* children have to be started, too */
    }
    return NULL;
}

/* The threads work until they are told to stop. */
static bool start_work(Job *const *which, int n, pthread_t *threads)
{
    static char *storm_env[] = { "TZ=CET-1CEST", "STORM=yes", NULL };
    struct rlimit limit;

    environ = storm_env;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = FD_LIMIT;
    storm_file = tmpfile();
    open_at(KEPT_FD);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || !storm_file) {
        broken("no limit or file", errno);
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)&which[i]) != 0) {
            broken("no thread", i);
            return false;
        }
    }
    return true;
}

static void stop_work(int n, pthread_t *threads)
{
    atomic_store(&stop_working, true);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    fclose(storm_file);
}

/* Take down what a child was, which is 0 if it was as it should be. */
static void take_down(int status)
{
    if (status == 0) {
        count(&shared->checked);
    } else {
        count(&shared->faulty);
        if (status > 0) {
            atomic_fetch_or(&shared->faults, status);
        }
    }
    count(&shared->progress);
}

/*
 * A child that keeps to what is async-signal-safe.  It looks at itself, or has
 * a program do that: under valgrind always, which takes for lost at the child's
 * end what other threads had in their registers.
 */
static int fork_among_threads(bool executes)
{
    const int keep[] = { 0, 1, 2, KEPT_FD };
    pid_t pid = qemu_fork(&error_warn);

    if (pid == 0) {
        qemu_close_all_open_fd(keep, 4);
        if (executes) {
            execve(kept_argv[0], (char *const *)kept_argv,
                   (char *const *)kept_env);
            _exit(125);
        }
        _exit(newborn_signal_faults(false) | newborn_fd_faults(KEPT_FD));
    }
    return pid < 0 ? -1 : wait_status(pid);
}

/* @arg: how many children. */
static void *start_among_threads(void *arg)
{
    const long n = *(const long *)arg;

    for (long i = 0; i < n; i++) {
        take_down(i % 2 ? osdep_launch(&kept_options)
                        : fork_among_threads(i % 4 == 0 || under_valgrind));
    }
    return NULL;
}

static int threads_are_no_matter(void *arg)
{
    pthread_t workers[N_JOBS], starters[N_STARTERS];

    if (!start_work(jobs, N_JOBS, workers)) {
        return 1;
    }
    for (int i = 0; i < N_STARTERS; i++) {
        if (pthread_create(&starters[i], NULL, start_among_threads, arg) != 0) {
            return broken("no thread", i);
        }
    }
    for (int i = 0; i < N_STARTERS; i++) {
        pthread_join(starters[i], NULL);
    }
    stop_work(N_JOBS, workers);
    close(KEPT_FD);
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        return broken("there is a child yet", 0);
    }
    return seen(&shared->faulty)
               ? broken("children are not clean", seen(&shared->faults))
               : 0;
}

/* What a child of fork() must not do: each may wait for a lock for ever. */
static void be_naive(void)
{
    allocate();
    print();
    change_environment();
    tell_time();
}

static int naive_children_end(void *arg)
{
    const long n = *(const long *)arg;
    pthread_t workers[N_JOBS];
    pid_t pid;

    if (!start_work(jobs, N_JOBS, workers)) {
        return 1;
    }
    for (long i = 0; i < n; i++) {
        pid = fork();
        if (pid == 0) {
            be_naive();
            _exit(0);
        }
        take_down(wait_status(pid));
    }
    stop_work(N_JOBS, workers);
    return 0;
}

void thread_storm(void)
{
    long n = how_many("OSDEP_TEST_CHILDREN", 4000, 600, 100) / N_STARTERS;
    bool ok = weathers((Subject){ threads_are_no_matter, &n, 0 });

    CU_ASSERT_TRUE(ok);
    CHECK_INT(seen(&shared->checked), n * N_STARTERS);
    CU_ASSERT(seen(&shared->rounds) > 0);
    printf("# count: storm of %d threads: %ld rounds of work; %ld children, "
           "%ld with faults\n",
           N_JOBS, seen(&shared->rounds), seen(&shared->progress),
           seen(&shared->faulty));
}

void naive_child_hangs_in_a_thread_storm(void)
{
    long n = 20000;

    if (under_valgrind) {
        skip("valgrind has one thread run at a time, seldom with a lock held");
        return;
    }
    CU_ASSERT_FALSE(
        weathers((Subject){ naive_children_end, &n, SHORT_PATIENCE }));
    CU_ASSERT(seen(&shared->hung) > 0);
    printf(
        "# count: control: malloc, printf, setenv and localtime in child %ld of "
        "fork() hang\n",
        seen(&shared->progress) + 1);
}

/* = A race of descriptors = */

typedef struct Race {
    Launcher *launcher;
    long n_children;
    bool until_found; /* stop at the first child that has a stray descriptor */
} Race;

static int none_leaks(void *opaque)
{
    const Race *race = opaque;
    pthread_t openers[N_FD_JOBS];

    if (!start_work(fd_jobs, N_FD_JOBS, openers)) {
        return 1;
    }
    for (long i = 0; i < race->n_children; i++) {
        take_down(race->launcher(&kept_options));
        if (race->until_found && seen(&shared->faulty)) {
            break;
        }
    }
    stop_work(N_FD_JOBS, openers);
    close(KEPT_FD);
    return seen(&shared->faulty)
               ? broken("children are not clean", seen(&shared->faults))
               : 0;
}

static bool wins_race(const char *who, Race race)
{
    bool ok = weathers((Subject){ none_leaks, &race, 0 });

    printf(
        "# count: race of descriptors, %s: %ld children, %ld with faults (%ld), "
        "%ld rounds of opening\n",
        who, seen(&shared->progress), seen(&shared->faulty),
        seen(&shared->faults), seen(&shared->rounds));
    return ok;
}

void no_descriptor_leaks_in_a_race(void)
{
    const long n = how_many("OSDEP_TEST_RACE_SPAWNS", 5000, 600, 100);

    CU_ASSERT_TRUE(
        wins_race("osdep_spawn()", (Race){ osdep_launch, n, false }));
    CHECK_INT(seen(&shared->checked), n);
    CU_ASSERT(seen(&shared->rounds) > 0);

    CU_ASSERT_FALSE(wins_race("control posix_spawn()",
                              (Race){ posix_spawn_launch, 100000, true }));
    CU_ASSERT(seen(&shared->faults) & NEWBORN_STRAY);
    CU_ASSERT_FALSE(wins_race("control vfork() and exec",
                              (Race){ naive_vfork_launch, 100000, true }));
    CU_ASSERT(seen(&shared->faults) & NEWBORN_STRAY);
}

/* = The environment = */

/*
 * With an environment of its own and a path for its name, a child needs nothing
 * of ours, which other threads then may change.
 */
static int environment_is_not_read(void *own)
{
    OsdepSpawnOptions options = kept_options;
    OsdepRunResult result;
    static char *none[] = { NULL };
    void *unreadable =
        mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int status;

    if (unreadable == MAP_FAILED) {
        return broken("no memory", errno);
    }
    options.env = *(bool *)own ? kept_env : NULL;
    open_at(KEPT_FD);
    environ = unreadable;
    status = osdep_launch(&options);
    if (status == 0) {
        status = 100;
        if (osdep_run(&options, NULL, &result, &error_warn)) {
            if (result.exit.kind == OSDEP_EXITED) {
                status = (int)result.exit.code;
            }
            osdep_run_result_clear(&result);
        }
    }
    environ = none;
    close(KEPT_FD);
    return status;
}

void environment_is_read_only_if_it_is_needed(void)
{
    bool own = true;

    CU_ASSERT_TRUE(weathers((Subject){ environment_is_not_read, &own, 0 }));
    if (!under_valgrind) { /* which would tell of it */
        own = false;
        CU_ASSERT_FALSE(
            weathers((Subject){ environment_is_not_read, &own, 0 }));
    }
}
