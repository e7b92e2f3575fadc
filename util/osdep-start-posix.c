/*
 * Starting the child of osdep_spawn() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "util/osdep-fd-posix.h"
#include "util/osdep-oslib-posix.h"
#include "util/osdep-pollable.h"
#include "util/osdep-process-posix.h"

/*
 * Does the child of a vfork() share memory with the parent, so that the parent
 * sees there what failed?  The first child tells.  Under valgrind, qemu-user
 * and TSan vfork() is a fork(), and what failed comes through a pipe.
 */
static atomic_bool vfork_shares_memory;

/*
 * What the child wrote before it closed the pipe, which exec or its end does: the
 * last is what became of it.  If there is nothing, it was killed before it could
 * execute its program.  False with errno set if that cannot be known.
 */
static bool read_report(int fd, OsdepChildFailure *failure)
{
    OsdepChildFailure last = { OSDEP_CHILD_VANISHED, 0, 0 };
    ssize_t n;

    do {
        n = read(fd, failure, sizeof(*failure));
        if (n == sizeof(*failure)) {
            last = *failure;
        }
    } while (n > 0 || (n < 0 && errno == EINTR));
    *failure = last;
    return n == 0;
}

void osdep_reap_failed_child(pid_t pid, int *pollable)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    if (*pollable >= 0) {
        close(*pollable);
        *pollable = -1;
    }
}

/*
 * Find out whether child @pid is executing its program.  If not, reap it and say
 * why in @failure.  @report is our end of plan->report, if any.
 */
static bool is_started(pid_t pid, OsdepChildPlan *plan, int report,
                       int *pollable, OsdepChildFailure *failure)
{
    *failure = plan->failure;
    if (plan->was_here) {
        atomic_store_explicit(&vfork_shares_memory, true, memory_order_relaxed);
    } else if (report >= 0) {
        close(plan->report);
        plan->report = -1;
        if (!read_report(report, failure)) {
            *failure = (OsdepChildFailure){ OSDEP_CHILD_OK, errno, 0 };
            kill(pid, SIGKILL); /* whatever it has become meanwhile */
            osdep_reap_failed_child(pid, pollable);
            return false;
        }
        plan->is_executing = failure->step == OSDEP_CHILD_OK;
    }
    if (failure->step == OSDEP_CHILD_OK && !plan->is_executing) {
        failure->step = OSDEP_CHILD_VANISHED;
    }
    if (failure->step != OSDEP_CHILD_OK) {
        osdep_reap_failed_child(pid, pollable);
        return false;
    }
    return true;
}

/*
 * Move the writing end of the report pipe to a number that is not the target of
 * a move, since the child holds it while it makes them.  Returns: 0, or -1 with
 * errno set.
 */
static int move_report_off_targets(int *report, const OsdepChildPlan *plan)
{
    const OsdepFdList targets = { .fds = plan->open_fds,
                                  .n = plan->n_open_fds,
                                  .sorted = true };
    int above = *report;

    while (osdep_fd_list_has(&targets, *report)) {
        int moved, err;

        while (osdep_fd_list_has(&targets, above)) {
            above++;
        }
        moved = fcntl(*report, F_DUPFD_CLOEXEC, above);
        err = errno;
        close(*report);
        *report = moved;
        if (moved < 0) {
            errno = err == EINVAL ? EMFILE : err; /* above the limit */
            return -1;
        }
        above = moved;
    }
    return 0;
}

/* Enter @fd into the sorted plan->open_fds. */
static void insert_open_fd(OsdepChildPlan *plan, int fd)
{
    unsigned int at = plan->n_open_fds++;

    for (; at > 0 && plan->open_fds[at - 1] > fd; at--) {
        plan->open_fds[at] = plan->open_fds[at - 1];
    }
    plan->open_fds[at] = fd;
}

/* A pipe for plan->report.  False with errno set if there is none. */
static bool open_report(int report[2], OsdepChildPlan *plan)
{
    if (!osdep_pipe(report, NULL)) {
        return false;
    }
    if (move_report_off_targets(&report[1], plan) < 0) {
        int err = errno;

        close(report[0]);
        report[0] = -1;
        errno = err;
        return false;
    }
    insert_open_fd(plan, report[1]);
    return true;
}

/*
 * If no pipe can be had: a child that does nothing else tells whether vfork()
 * shares memory, so that none is needed.
 */
static bool probe_shares_memory(void)
{
    OsdepChildPlan probe = { .is_probe = true,
                             .inherit_fds = true, /* shares no descriptors */
                             .report = -1 };
    int no_pollable = -1;
    pid_t pid = osdep_create_child(&probe, &no_pollable);

    if (pid >= 0) {
        osdep_reap_failed_child(pid, &no_pollable);
    }
    if (probe.was_here) {
        atomic_store_explicit(&vfork_shares_memory, true, memory_order_relaxed);
    }
    return probe.was_here;
}

pid_t osdep_start_child(OsdepChildPlan *plan, int *pollable,
                        OsdepChildFailure *failure)
{
    int report[2] = { -1, -1 }, report_err = 0;
    sigset_t old;
    pid_t pid = -1;

    *failure = (OsdepChildFailure){ OSDEP_CHILD_OK, 0, 0 };
    if (!atomic_load_explicit(&vfork_shares_memory, memory_order_relaxed) &&
        !open_report(report, plan)) {
        report_err = errno;
    }
    plan->report = report[1];

    failure->err = osdep_block_signals(&old);
    if (failure->err == 0) {
        if (report_err == 0 || probe_shares_memory()) {
            pid = osdep_create_child(plan, pollable);
        } else {
            errno = report_err;
        }
        if (pid < 0) {
            failure->err = errno;
        } else if (!is_started(pid, plan, report[0], pollable, failure)) {
            pid = -1;
        } else if (*pollable < 0) {
            /* Before a handler of SIGCHLD can reap the child. */
            *pollable = osdep_pollable_open(pid);
        }
        osdep_unblock_signals(&old);
    }
    if (report[0] >= 0) {
        close(report[0]);
    }
    if (plan->report >= 0) {
        close(plan->report);
    }
    *pollable = osdep_fd_above_2(*pollable);
    return pid;
}

#endif
