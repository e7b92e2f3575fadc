/*
 * The control of test-faults: a spawn that gets it right, or wrong as it is told
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/naive-spawn.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "util/osdep-oslib-posix.h"

/* A report is an errno, negated if signals could not be unblocked. */
static _Noreturn void be_child(const char *const *argv, int report,
                               unsigned int mistakes)
{
    sigset_t none;
    int err;

    sigemptyset(&none);
    err = -pthread_sigmask(SIG_SETMASK, &none, NULL);
    if (err == 0 || mistakes & NAIVE_STAYS_BLOCKED) {
        execv(argv[0], (char *const *)argv);
        err = errno;
    }
    if (write(report, &err, sizeof(err)) < 0) {
        /* The parent is gone. */
    }
    _exit(127);
}

static void fork_failed(int err, unsigned int mistakes, Error **errp)
{
    if (mistakes & NAIVE_WRONG_CODE) {
        close(-1);
        err = errno;
    }
    if (mistakes & NAIVE_LEAVES_IGNORED) {
        signal(SIGTERM, SIG_IGN);
    }
    if (mistakes & NAIVE_LEAVES_DIRECTORY && chdir("/") < 0) {
        err = errno;
    }
    error_setg_errno(errp, mistakes & NAIVE_NO_REASON ? 0 : err,
                     mistakes & NAIVE_WRONG_STEP
                         ? "cannot create a pipe"
                         : "cannot create child process");
}

/* What the child could not do, if anything; 0: it executes its program. */
static int read_report(int report)
{
    int err = 0;
    ssize_t n;

    do {
        n = read(report, &err, sizeof(err));
    } while (n < 0 && errno == EINTR);
    return n == sizeof(err) ? err : 0;
}

static bool wait_for(pid_t pid, unsigned int mistakes, Error **errp)
{
    pid_t waited;
    int status;

    do {
        waited = waitpid(pid, &status, 0);
    } while (waited < 0 && errno == EINTR && !(mistakes & NAIVE_NO_RETRY));
    if (waited < 0) {
        int err = errno;

        waitpid(pid, NULL, 0); /* one fault is over by now */
        error_setg_errno(errp, err, "cannot wait for process %ld", (long)pid);
    }
    return waited >= 0;
}

/* With all signals blocked. */
static pid_t start(const char *const *argv, const int report[2],
                   unsigned int mistakes)
{
    pid_t pid;

    if (mistakes & NAIVE_ODD_CALL) {
        sched_yield();
    }
    pid = fork();
    if (pid == 0) {
        be_child(argv, report[1], mistakes);
    }
    if (pid < 0 && mistakes & NAIVE_LISTENS_TO_NOBODY) {
        read_report(report[0]);
    }
    return pid;
}

bool naive_spawn(const char *const *argv, unsigned int mistakes, Error **errp)
{
    const bool reports_first = mistakes & NAIVE_REPORTS_FIRST;
    char *memory = malloc(100);
    int report[2], err, fork_err;
    sigset_t old;
    pid_t pid = -1;

    if (!memory && !(mistakes & NAIVE_CRASHES)) {
        error_setg_errno(errp, ENOMEM, "cannot start '%s'", argv[0]);
        return false;
    }
    *(volatile char *)memory = 0;
    if (!osdep_pipe(report, errp)) {
        free(memory);
        return false;
    }
    err = osdep_block_signals(&old);
    if (!err) {
        pid = start(argv, report, mistakes);
        err = errno;
        if (pid > 0 || !(mistakes & NAIVE_LEAVES_BLOCKED)) {
            osdep_unblock_signals(&old);
        }
    }
    fork_err = err;
    if (pid < 0 && reports_first) {
        fork_failed(fork_err, mistakes, errp);
    }
    if (pid > 0 || !(mistakes & NAIVE_LEAKS_MEMORY)) {
        free(memory);
    }
    if (pid > 0 || !(mistakes & NAIVE_LEAKS_PIPE)) {
        close(report[1]);
        err = pid > 0 ? read_report(report[0]) : 0;
        close(report[0]);
    }
    if (pid < 0 && !reports_first) {
        fork_failed(fork_err, mistakes, errp);
    }
    if (pid > 0 && err && !(mistakes & NAIVE_LIES)) {
        if (!reports_first && !(mistakes & NAIVE_LEAVES_ZOMBIE)) {
            wait_for(pid, 0, NULL);
        }
        if (err < 0) {
            error_setg_errno(errp, -err, "cannot unblock signals");
        } else {
            error_setg_errno(errp, err, "cannot execute '%s'", argv[0]);
        }
        if (reports_first) {
            wait_for(pid, 0, NULL);
        }
        return false;
    }
    return pid > 0 && wait_for(pid, mistakes, errp);
}
