/*
 * Tests of qemu_fork()
 *
 * SPDX-License-Identifier: MIT
 *
 * Each promise is a function that tries a way to fork and says whether the
 * promise held; the test wants it to hold for qemu_fork() and not to hold for a
 * naive way, its control.
 */
#include "tests/cases.h"
#include "tests/helpers/naive-fork.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#define SKIP_REASON "a POSIX system has fork"
FORK_WIN32_CASES(TEST_SKIP)

/* The next call of pthread_sigmask() from the library fails with this. */
static atomic_int sigmask_error;

#if HAVE_LINKER_WRAP
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    int err = atomic_exchange(&sigmask_error, 0);

    return err ? err : __real_pthread_sigmask(how, set, old);
}
#endif

/* Seen by parent and child: how many handlers ran in which of them, ... */
typedef struct Shared {
    atomic_int runs_in_parent;
    atomic_int runs_in_child;
    atomic_int sent;
    atomic_bool stop;
    pid_t parent;
} Shared;
static Shared *shared;

static void count_run(int sig)
{
    (void)sig;
    if (getpid() == shared->parent) {
        atomic_fetch_add(&shared->runs_in_parent, 1);
    } else {
        atomic_fetch_add(&shared->runs_in_child, 1);
    }
}

static void share(void)
{
    if (!shared) {
        shared = shared_memory(sizeof(*shared));
        CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    }
    shared->parent = getpid();
    atomic_store(&shared->runs_in_parent, 0);
    atomic_store(&shared->runs_in_child, 0);
}

/*
 * A promise of qemu_fork(): tried with @forker in a process of its own, whose
 * signals are clean.  Returns 0 if it held; else says on stderr what did not.
 */
typedef int Promise(Forker *forker);

typedef struct Trial {
    Promise *promise;
    Forker *forker;
} Trial;

static int try_promise(void *opaque)
{
    Trial *trial = opaque;

    make_signals_clean();
    if (shared) {
        shared->parent = getpid();
    }
    return trial->promise(trial->forker);
}

static bool holds(Promise *promise, Forker *forker)
{
    Trial trial = { promise, forker };
    char output[4096];
    int status = in_child(try_promise, &trial, output, sizeof(output));

    if (status != 0) {
        printf("# %s: status %d: %s\n",
               forker == qemu_fork ? "qemu_fork" : "control", status, output);
    }
    return status == 0;
}

/* What holds in the parent after a fork: the child's status, or why not. */
static int child_status(pid_t pid)
{
    return pid < 0 ? broken("no child", errno) : wait_status(pid);
}

static void nothing(int sig)
{
    (void)sig;
}

void child_and_parent_go_on(void)
{
    Error *err = NULL;
    int fds[2];
    pid_t pid, child = 0;

    CU_ASSERT_FATAL(pipe(fds) == 0);
    errno = EDOM;
    pid = qemu_fork(&err);
    if (pid == 0) {
        child = getpid();
        _exit(write(fds[1], &child, sizeof(child)) == sizeof(child) ? 42 : 1);
    }
    CHECK_INT(errno, EDOM);
    CU_ASSERT_PTR_NULL(err);
    CHECK_INT(wait_status(pid), 42);
    CHECK_INT(read(fds[0], &child, sizeof(child)), sizeof(child));
    CHECK_INT(child, pid);
    close(fds[0]);
    close(fds[1]);
}

/*
 * How many signals are not at their default in this process, those aside that
 * the C library keeps for itself.  TSan answers sigaction() from its own
 * memory; ask the kernel there.
 */
static int count_dispositions(void)
{
    struct sigaction sa;
    Inspection in;
    int n = 0;

    if (!inspect(&in, under_tsan, NULL)) {
        return 1;
    }
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (sigaction(sig, NULL, &sa) == 0) {
            n += in.caught[sig] + in.ignored[sig];
        }
    }
    inspection_clear(&in);
    return n;
}

static int dispositions_are_default(Forker *forker, void (*handler)(int))
{
    int n = set_all_signals(handler), left = -1, fds[2];
    pid_t pid;

    if (n < 28 || count_dispositions() < n) {
        return broken("the parent's are not set", n);
    }
#ifdef SIGRTMIN
    if (n < 28 + SIGRTMAX - SIGRTMIN + 1) {
        return broken("the parent's real-time signals are not set", n);
    }
#endif
    /* Through a pipe: who ignores SIGCHLD is not told how a child ended. */
    if (pipe(fds) < 0) {
        return broken("no pipe", errno);
    }
    pid = forker(NULL);
    if (pid == 0) {
        left = count_dispositions();
        _exit(write(fds[1], &left, sizeof(left)) < 0);
    }
    close(fds[1]);
    if (read(fds[0], &left, sizeof(left)) != sizeof(left) || left > 0) {
        return broken("not default in the child", left);
    }
    return 0;
}

static int caught_become_default(Forker *forker)
{
    return dispositions_are_default(forker, nothing);
}

static int ignored_become_default(Forker *forker)
{
    return dispositions_are_default(forker, SIG_IGN);
}

void child_has_default_dispositions(void)
{
    CU_ASSERT_TRUE(holds(caught_become_default, qemu_fork));
    CU_ASSERT_TRUE(holds(ignored_become_default, qemu_fork));
    CU_ASSERT_FALSE(holds(caught_become_default, naive_fork));
    CU_ASSERT_FALSE(holds(ignored_become_default, naive_fork));
#ifdef SIGRTMIN
    CU_ASSERT_FALSE(holds(caught_become_default, naive_nsig_fork));
#endif
}

static int count_blocked(const Inspection *in)
{
    int n = 0;

    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        n += in->blocked[sig];
    }
    return n;
}

static int mask_is_empty(Forker *forker)
{
    Inspection in;
    sigset_t all;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pid = forker(NULL);
    if (pid == 0) {
        _exit(!inspect(&in, true, NULL) || count_blocked(&in) > 0);
    }
    return child_status(pid);
}

void child_has_empty_mask(void)
{
    CU_ASSERT_TRUE(holds(mask_is_empty, qemu_fork));
    CU_ASSERT_FALSE(holds(mask_is_empty, naive_fork));
}

/*
 * In the child before fork() returns: all signals that a program can block are
 * blocked still.
 */
static void check_born_mask(void)
{
    struct sigaction sa;
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP &&
            sigaction(sig, NULL, &sa) == 0 && sigismember(&mask, sig) == 0) {
            _exit(broken("open at birth", sig));
        }
    }
}

static int born_with_all_blocked(Forker *forker)
{
    pid_t pid;

    pthread_atfork(NULL, NULL, check_born_mask);
    pid = forker(NULL);
    if (pid == 0) {
        _exit(0);
    }
    return child_status(pid);
}

void child_is_born_with_all_blocked(void)
{
    if (under_emulator) {
        skip(NOT_ALL_SIGNALS);
        return;
    }
    CU_ASSERT_TRUE(holds(born_with_all_blocked, qemu_fork));
    CU_ASSERT_FALSE(holds(born_with_all_blocked, naive_fork));
}

/* SIGURG, because a child at its default ignores it. */
static void raise_urgent(void)
{
    raise(SIGURG);
}

/* A signal that comes as early in the child as one can. */
static int no_handler_runs(Forker *forker)
{
    pid_t pid;
    int status;

    signal(SIGURG, count_run);
    pthread_atfork(NULL, NULL, raise_urgent);
    pid = forker(NULL);
    if (pid == 0) {
        _exit(0);
    }
    status = child_status(pid);
    return status ? status : atomic_load(&shared->runs_in_child);
}

void child_runs_no_handler(void)
{
    share();
    CU_ASSERT_TRUE(holds(no_handler_runs, qemu_fork));
    share();
    CU_ASSERT_FALSE(holds(no_handler_runs, naive_fork));
}

/* Send SIGURG to the whole process group until killed. */
static pid_t start_storm(void)
{
    pid_t pid;

    setpgid(0, 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGURG, SIG_IGN);
        while (getppid() == shared->parent) {
            kill(0, SIGURG);
        }
        _exit(0);
    }
    return pid;
}

static int no_handler_runs_in_storm(Forker *forker)
{
    int n = programs_start_slowly() ? 200 : 2000, status = 0;
    pid_t storm;

    signal(SIGURG, count_run);
    storm = start_storm();
    for (int i = 0; i < n && !status; i++) {
        pid_t pid = forker(NULL);

        if (pid == 0) {
            _exit(0);
        }
        status = child_status(pid);
        if (!status && atomic_load(&shared->runs_in_child)) {
            status = broken("handler ran in child", i);
        }
    }
    kill(storm, SIGKILL);
    wait_status(storm);
    if (!atomic_load(&shared->runs_in_parent)) {
        return broken("there was no storm", 0);
    }
    return status;
}

void child_runs_no_handler_in_a_storm(void)
{
    if (under_valgrind) {
        skip(NO_HANDLER_SO_EARLY);
        return;
    }
    share();
    CU_ASSERT_TRUE(holds(no_handler_runs_in_storm, qemu_fork));
    share();
    CU_ASSERT_FALSE(holds(no_handler_runs_in_storm, naive_fork));
}

static atomic_bool can_be_cancelled;

/* Asynchronously, which takes a signal whatever the thread is about. */
static void *wait_for_cancel(void *opaque)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    atomic_store(&can_be_cancelled, true);
    while (pause()) {
        /* until cancelled */
    }
    return opaque;
}

static bool cancel_a_thread(void)
{
    pthread_t thread;

    atomic_store(&can_be_cancelled, false);
    if (pthread_create(&thread, NULL, wait_for_cancel, NULL) != 0) {
        return false;
    }
    while (!atomic_load(&can_be_cancelled)) {
        sched_yield();
    }
    return pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0;
}

/*
 * Threads can be cancelled in the child: the C library's handler, which it
 * installed at the first cancellation and will not install again, is there.
 */
static int cancellation_works(Forker *forker)
{
    pid_t pid;

    if (!cancel_a_thread()) {
        return broken("does not work in the parent", errno);
    }
    pid = forker(NULL);
    if (pid == 0) {
        _exit(cancel_a_thread() ? 0 : 1);
    }
    return child_status(pid);
}

void child_keeps_signals_of_the_c_library(void)
{
    if (under_tsan) {
        skip("TSan allows no threads in the child of a fork");
        return;
    }
    CU_ASSERT_TRUE(holds(cancellation_works, qemu_fork));
#ifdef __linux__
    CU_ASSERT_FALSE(holds(cancellation_works, naive_greedy_fork));
#endif
}

/* A child whose clean-up is refused leaves with 1; its words go to stderr. */
static int child_leaves(Forker *forker)
{
    sigset_t mask;
    pid_t pid = forker(NULL);

    if (pid == 0) {
        _exit(0); /* it should not have come here */
    }
    if (child_status(pid) != 1) {
        return broken("the child went on", 0);
    }
    pthread_sigmask(SIG_BLOCK, NULL, &mask); /* SIG_SETMASK is refused */
    return sigismember(&mask, SIGTERM) ? broken("the parent is deaf", 0) : 0;
}

static int reset_is_refused(void *opaque)
{
    (void)opaque;
    return deny_syscall(nr_rt_sigaction, -1, EPERM) ? child_leaves(qemu_fork)
                                                    : SKIPPED;
}

static int unblock_is_refused(void *opaque)
{
    (void)opaque;
    return deny_syscall(nr_rt_sigprocmask, SIG_SETMASK, ENOSYS)
               ? child_leaves(qemu_fork)
               : SKIPPED;
}

static void check_child_leaves(int (*refused)(void *), const char *expected)
{
    char output[4096];
    int status;

    if (under_valgrind) {
        skip(SIGNAL_CALLS_ARE_EMULATED);
        return;
    }
    status = in_child(refused, NULL, output, sizeof(output));
    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 0);
    CHECK_STR(output, expected);
}

void child_that_cannot_reset_says_why(void)
{
    check_child_leaves(
        reset_is_refused,
        "osdep: child of a fork: cannot reset signals: errno 1\n");
}

void child_that_cannot_unblock_says_why(void)
{
    if (under_tsan) {
        skip("TSan itself has to unblock signals in the child");
        return;
    }
    check_child_leaves(
        unblock_is_refused,
        "osdep: child of a fork: cannot unblock signals: errno 38\n");
}

static int mask_comes_back(Forker *forker)
{
    srand(1);
    for (int i = 0; i < (under_valgrind ? 20 : 100); i++) {
        Inspection before;
        sigset_t mask;
        pid_t pid;
        int status;

        sigemptyset(&mask);
        for (int sig = 1; sig < NSIG; sig++) {
            if (rand() % 2) {
                sigaddset(&mask, sig);
            }
        }
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
        if (!inspect(&before, true, NULL)) {
            return broken("cannot inspect", 0);
        }
        pid = forker(NULL);
        if (pid == 0) {
            _exit(0);
        }
        status = child_status(pid) || !same_mask(before.blocked);
        inspection_clear(&before);
        if (status) {
            return broken("the mask changed", i);
        }
    }
    return 0;
}

void parent_mask_is_restored(void)
{
    CU_ASSERT_TRUE(holds(mask_comes_back, qemu_fork));
    CU_ASSERT_FALSE(holds(mask_comes_back, naive_forgetful_fork));
}

#ifdef __linux__

static int full_mask_comes_back(Forker *forker)
{
    Inspection before;
    sigset_t all;
    pid_t pid;
    int status;

    memset(&all, 0xff, sizeof(all));
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, _NSIG / 8);
    if (!inspect(&before, true, NULL) || count_blocked(&before) < 62) {
        return broken("cannot block all", 0);
    }
    pid = forker(NULL);
    if (pid == 0) {
        _exit(0);
    }
    status = child_status(pid) || !same_mask(before.blocked);
    inspection_clear(&before);
    return status;
}

void parent_mask_is_restored_with_signals_of_the_c_library(void)
{
    if (under_emulator) {
        skip(NOT_ALL_SIGNALS);
        return;
    }
    CU_ASSERT_TRUE(holds(full_mask_comes_back, qemu_fork));
    CU_ASSERT_FALSE(holds(full_mask_comes_back, naive_pthread_fork));
}

#else

void parent_mask_is_restored_with_signals_of_the_c_library(void)
{
    skip("a matter of Linux's C libraries");
}

#endif

static int pending_stays(Forker *forker)
{
    sigset_t mask, pending;
    pid_t pid;
    int status;

    signal(SIGUSR1, nothing);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    kill(getpid(), SIGUSR1);
    pid = forker(NULL);
    if (pid == 0) {
        sigpending(&pending);
        _exit(sigismember(&pending, SIGUSR1) ? 1 : 0);
    }
    status = child_status(pid);
    sigpending(&pending);
    return status || !sigismember(&pending, SIGUSR1);
}

void parent_keeps_pending_signal(void)
{
    CU_ASSERT_TRUE(holds(pending_stays, qemu_fork));
    CU_ASSERT_FALSE(holds(pending_stays, naive_ignoring_fork));
}

#ifdef SIGRTMIN

/* Another process queues signals while we fork: each arrives. */
static int no_signal_is_lost(Forker *forker)
{
    struct sigaction sa = { .sa_handler = count_run, .sa_flags = SA_RESTART };
    const struct timespec pause = { .tv_nsec = 1000 };
    int status = 0;
    pid_t sender;

    sigaction(SIGRTMIN, &sa, NULL);
    atomic_store(&shared->sent, 0);
    atomic_store(&shared->stop, false);
    sender = fork();
    if (sender == 0) {
        while (!atomic_load(&shared->stop)) {
            if (sigqueue(shared->parent, SIGRTMIN, (union sigval){ 0 }) == 0) {
                atomic_fetch_add(&shared->sent, 1);
            } else if (errno != EAGAIN) { /* the queue is full */
                _exit(1);
            }
            nanosleep(&pause, NULL); /* let the parent come to something */
        }
        _exit(0);
    }
    for (int i = 0; i < (under_valgrind ? 50 : 500) && !status; i++) {
        pid_t pid = forker(NULL);

        if (pid == 0) {
            _exit(0);
        }
        status = child_status(pid);
    }
    atomic_store(&shared->stop, true);
    status |= wait_status(sender);
    if (status || atomic_load(&shared->sent) < 100 ||
        atomic_load(&shared->runs_in_parent) != atomic_load(&shared->sent)) {
        fprintf(stderr, "sent %d, ", atomic_load(&shared->sent));
        return broken("arrived", atomic_load(&shared->runs_in_parent));
    }
    return 0;
}

void parent_loses_no_queued_signal(void)
{
    if (under_tsan) {
        skip("TSan keeps one queued signal of a kind");
        return;
    }
    share();
    CU_ASSERT_TRUE(holds(no_signal_is_lost, qemu_fork));
    share();
    CU_ASSERT_FALSE(holds(no_signal_is_lost, naive_ignoring_fork));
}

#else

void parent_loses_no_queued_signal(void)
{
    skip("no real-time signals here");
}

#endif

static int alternate_stack_is_no_matter(Forker *forker)
{
    static char stack[65536];
    stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction sa = { .sa_handler = count_run, .sa_flags = SA_ONSTACK };
    pid_t pid;
    int status;

    sigaltstack(&ss, NULL);
    sigaction(SIGUSR1, &sa, NULL);
    pid = forker(NULL);
    if (pid == 0) {
        raise(SIGUSR1); /* the default action ends us */
        _exit(0);
    }
    status = child_status(pid);
    raise(SIGUSR1);
    return status != 128 + SIGUSR1 || atomic_load(&shared->runs_in_parent) != 1;
}

void parent_on_alternate_stack(void)
{
    share();
    CU_ASSERT_TRUE(holds(alternate_stack_is_no_matter, qemu_fork));
    share();
    CU_ASSERT_FALSE(holds(alternate_stack_is_no_matter, naive_fork));
}

static atomic_bool stop_threads;

/* Take every lock there is, and watch over the own mask. */
static void *keep_busy(void *opaque)
{
    FILE *f = opaque;
    sigset_t mask, now;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    while (!atomic_load(&stop_threads)) {
        free(malloc(1000));
        fprintf(f, "busy\n");
        pthread_sigmask(SIG_SETMASK, NULL, &now);
        if (sigismember(&now, SIGUSR2) != 1 || sigismember(&now, SIGUSR1)) {
            return f;
        }
    }
    return NULL;
}

/* What may be asked after a fork of a multi-threaded process. */
static bool is_default(int sig)
{
    struct sigaction sa;

    return under_tsan ||
           (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL);
}

static int threads_are_no_matter(Forker *forker)
{
    FILE *f = fopen("/dev/null", "w");
    pthread_t threads[4];
    int status = 0;
    sigset_t mask;
    void *changed;

    signal(SIGUSR1, nothing);
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, keep_busy, f) != 0) {
            return broken("cannot create thread", i);
        }
    }
    for (int i = 0; i < (under_valgrind ? 50 : 300) && !status; i++) {
        pid_t pid = forker(NULL);

        if (pid == 0) {
            pthread_sigmask(SIG_SETMASK, NULL, &mask);
            _exit(!is_default(SIGUSR1) || !is_default(SIGPIPE) ||
                  sigismember(&mask, SIGUSR1));
        }
        status = child_status(pid);
    }
    atomic_store(&stop_threads, true);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &changed);
        if (changed) {
            status = broken("the mask of another thread changed", i);
        }
    }
    fclose(f);
    return status;
}

void fork_while_threads_run(void)
{
    CU_ASSERT_TRUE(holds(threads_are_no_matter, qemu_fork));
    if (!under_tsan) {
        CU_ASSERT_FALSE(holds(threads_are_no_matter, naive_fork));
    }
}

static int failure_leaves_nothing(Forker *forker)
{
    size_t fds = count_fds();
    Error *err = NULL;
    char expected[256];
    Inspection before;
    sigset_t mask;
    bool is_same;
    pid_t pid;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    if (!forbid_fork() || !inspect(&before, true, NULL)) {
        return broken("cannot forbid fork", errno);
    }
    errno = 0;
    pid = forker(&err);
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0) {
        wait_status(pid);
        return SKIPPED; /* root in disguise */
    }
    if (errno != EAGAIN) {
        return broken("errno", errno);
    }
    if (!err || osdep_error_get_errno(err) != EAGAIN) {
        return broken("error object", err ? osdep_error_get_errno(err) : 0);
    }
    snprintf(expected, sizeof(expected), "cannot fork child process: %s",
             strerror(EAGAIN));
    if (strcmp(error_get_pretty(err), expected) != 0) {
        return broken(error_get_pretty(err), 0);
    }
    error_free(err);
    is_same = same_mask(before.blocked);
    inspection_clear(&before);
    if (!is_same) {
        return broken("the mask changed", 0);
    }
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        return broken("there is a child", 0);
    }
    if (count_fds() != fds) {
        return broken("descriptors", (long)count_fds());
    }
    return 0;
}

static int failure_without_errp(Forker *forker)
{
    if (!forbid_fork()) {
        return broken("cannot forbid fork", errno);
    }
    errno = 0;
    return forker(NULL) != -1 || errno != EAGAIN;
}

void failed_fork_leaves_nothing(void)
{
    CU_ASSERT_TRUE(holds(failure_leaves_nothing, qemu_fork));
    CU_ASSERT_TRUE(holds(failure_without_errp, qemu_fork));
    CU_ASSERT_FALSE(holds(failure_leaves_nothing, naive_forgetful_fork));
}

/* The report of error_fatal comes from a thread with its own mask. */
static void report_mask(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    sigset_t mask;

    (void)kind, (void)hint, (void)opaque;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    fprintf(stderr, "%s, SIGTERM %s", message,
            sigismember(&mask, SIGTERM) ? "blocked" : "open");
    limit_processes(RLIM_INFINITY); /* LeakSanitizer forks at exit */
}

static int fork_or_die(void *opaque)
{
    sigset_t none;

    (void)opaque;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    osdep_error_set_reporter(report_mask, NULL);
    return forbid_fork() ? (int)qemu_fork(&error_fatal) : SKIPPED;
}

void failed_fork_with_error_fatal(void)
{
    char output[4096], expected[256];

    CHECK_INT(in_child(fork_or_die, NULL, output, sizeof(output)), 1);
    snprintf(expected, sizeof(expected),
             "cannot fork child process: %s, SIGTERM open", strerror(EAGAIN));
    CHECK_STR(output, expected);
}

void failed_block_is_reported(void)
{
    Error *err = NULL;

    SKIP_WITHOUT_WRAP();
#ifdef pthread_sigmask /* NetBSD's signal.h */
    skip("pthread_sigmask() is another function's name here");
    return;
#endif
    errno = 0;
    atomic_store(&sigmask_error, EPERM);
    CHECK_INT(qemu_fork(&err), -1);
    CHECK_INT(errno, EPERM);
    CHECK_STR(error_get_pretty(err),
              "cannot block signals: Operation not permitted");
    CHECK_INT(osdep_error_get_errno(err), EPERM);
    error_free_or_abort(&err);
    CU_ASSERT(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
