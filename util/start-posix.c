/*
 * Starting the child of osdep_spawn() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "util/oslib-posix.h"
#include "util/pollable-posix.h"
#include "util/process-posix.h"

#ifdef __linux__
#include "util/syscall-linux.h"
#endif

#ifdef __has_feature /* Clang's; GCC defines macros */
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/*
 * Does the child of a vfork() share memory with the parent, so that the parent
 * sees there what failed?  The first child tells.  Under valgrind, qemu-user and
 * TSan vfork() is a fork(), and what failed comes through a pipe.
 */
static atomic_int vfork_kind;
enum { UNKNOWN, SHARES_MEMORY, IS_A_FORK };

/* A function of its own: nothing else may be live across vfork(). */
static pid_t vfork_child(OsdepChildPlan *plan)
{
    pid_t pid;

#ifdef __APPLE__
    pid =
        fork(); /* vfork(2) there: the same from macOS 12 on, and deprecated */
#else
    pid = vfork();
#endif
    if (pid == 0) {
        osdep_child_execute(plan);
    }
    return pid;
}

#if defined __linux__ && defined CLONE_PIDFD && !defined __hppa__ && \
    !defined __SANITIZE_ADDRESS__
/*
 * A vfork() whose child begins with our own table of descriptors and takes for
 * itself only what it needs (CLOSE_RANGE_UNSHARE of close_range(2)), so that not
 * even the table is copied: with 19,000 descriptors open vfork() and exec take
 * 3.6 times as long (measured, Linux 6.18).  And its pidfd is there from birth.
 *
 * Not before Linux 6.11: up to then the bitmap of the child's descriptors could
 * be left with bits of the parent's, as if those were open still (kernel commit
 * 9a2fa1472083, "fix bitmap corruption on close_range() with
 * CLOSE_RANGE_UNSHARE").  Not where vfork() is a fork(): such places do not know
 * this kind of clone().  Nor with AddressSanitizer, which knows nothing of the
 * child's stack within ours.
 */
static bool can_share_fds(const OsdepChildPlan *plan)
{
    static atomic_int kernel;
    enum { NOT_ASKED, CAN, CANNOT };
    unsigned int major = 0, minor = 0;
    struct utsname name;
    int answer;

    if (plan->inherit_fds || plan->report >= 0) {
        return false;
    }
    answer = atomic_load_explicit(&kernel, memory_order_relaxed);
    if (answer == NOT_ASKED) {
        /* An empty range is EINVAL, unless a sandbox refuses the call. */
        answer =
            uname(&name) == 0 &&
                    sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
                    (major > 6 || (major == 6 && minor >= 11)) &&
                    osdep_syscall(SYS_close_range, 1, 0, 0, 0, 0) == -EINVAL
                ? CAN
                : CANNOT;
        atomic_store_explicit(&kernel, answer, memory_order_relaxed);
    }
    return answer == CAN;
}

static int run_child(void *plan)
{
    osdep_child_execute(plan);
}

/* The highest descriptor that @plan needs. */
static int highest_fd(const OsdepChildPlan *plan)
{
    int highest = 2;

    for (unsigned int i = 0; i < plan->n_open_fds; i++) {
        highest = plan->open_fds[i] > highest ? plan->open_fds[i] : highest;
    }
    for (int i = 0; i < 3; i++) {
        highest = plan->streams[i] > highest ? plan->streams[i] : highest;
    }
    return highest;
}

static pid_t clone_child(OsdepChildPlan *plan, int *pollable)
{
    /* The child room needs some 3 KiB (gcc -fstack-usage). */
    _Alignas(64) char stack[16384];
    pid_t pid;

    plan->shares_fds = true;
    plan->highest_fd = highest_fd(plan);
    pid = clone(run_child, stack + sizeof(stack),
                CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD,
                plan, pollable);
    plan->shares_fds = false;
    return pid;
}
#else
static bool can_share_fds(const OsdepChildPlan *plan)
{
    (void)plan;
    return false;
}

static pid_t clone_child(OsdepChildPlan *plan, int *pollable)
{
    (void)plan, (void)pollable;
    return -1;
}
#endif

/* What the child wrote, if anything, before it closed the pipe. */
static OsdepChildFailure read_failure(int fd)
{
    OsdepChildFailure failure = { OSDEP_CHILD_OK, 0, 0 };
    ssize_t n;

    do {
        n = read(fd, &failure, sizeof(failure));
    } while (n < 0 && errno == EINTR);
    if (n != sizeof(failure)) {
        failure.step = OSDEP_CHILD_OK;
    }
    return failure;
}

/* With all signals blocked.  @report is our end of plan->report, if any. */
static pid_t start(OsdepChildPlan *plan, int report, int *pollable,
                   OsdepChildFailure *failure)
{
    pid_t pid = -1;

    if (can_share_fds(plan)) {
        pid = clone_child(plan, pollable);
    }
    if (pid < 0) {
        *pollable = -1;
        pid = vfork_child(plan);
    }
    if (pid < 0) {
        failure->err = errno;
        return -1;
    }
    *failure = plan->failure;
    if (report >= 0 && !plan->was_here) {
        close(plan->report);
        plan->report = -1;
        *failure = read_failure(report);
    }
    if (report >= 0) {
        atomic_store_explicit(&vfork_kind,
                              plan->was_here ? SHARES_MEMORY : IS_A_FORK,
                              memory_order_relaxed);
    }
    if (failure->step != OSDEP_CHILD_OK) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
            continue;
        }
        if (*pollable >= 0) {
            close(*pollable);
            *pollable = -1;
        }
        return -1;
    }
    if (*pollable < 0) {
        *pollable = osdep_pollable_open(pid);
    }
    return pid;
}

pid_t osdep_start_child(OsdepChildPlan *plan, int *pollable,
                        OsdepChildFailure *failure)
{
    int report[2] = { -1, -1 };
    sigset_t old;
    pid_t pid = -1;

    *failure = (OsdepChildFailure){ OSDEP_CHILD_OK, 0, 0 };
    if (atomic_load_explicit(&vfork_kind, memory_order_relaxed) !=
        SHARES_MEMORY) {
        if (!osdep_pipe(report, NULL)) {
            failure->err = errno;
            return -1;
        }
        plan->open_fds[plan->n_open_fds++] = report[1];
    }
    plan->report = report[1];

    failure->err = osdep_block_signals(&old);
    if (failure->err == 0) {
        pid = start(plan, report[0], pollable, failure);
        osdep_unblock_signals(&old);
    }
    if (report[0] >= 0) {
        close(report[0]);
    }
    if (plan->report >= 0) {
        close(plan->report);
    }
    return pid;
}
