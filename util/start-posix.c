/*
 * Starting the child of osdep_spawn() on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
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
 * sees there what failed?  The first child tells.  Under valgrind, qemu-user
 * and TSan vfork() is a fork(), and what failed comes through a pipe.
 */
static atomic_int vfork_kind;
enum { UNKNOWN, SHARES_MEMORY, IS_A_FORK };

/* A function of its own: nothing else may be live across vfork(). */
static __attribute__((noinline)) pid_t vfork_child(OsdepChildPlan *plan)
{
    pid_t pid;

#ifdef __APPLE__
    /* vfork(2) there: the same from macOS 12 on, and deprecated */
    pid = fork();
#else
    pid = vfork();
#endif
    if (pid == 0) {
        /* It ends with execve() or _exit(), which the checker cannot see. */
        osdep_child_execute(plan); /* NOLINT(clang-analyzer-unix.Vfork) */
    }
    return pid;
}

/* Older headers lack one or the other. */
#if defined OSDEP_SYSCALL_IS_INLINE && defined CLONE_PIDFD && \
    defined SYS_close_range && !defined __SANITIZE_ADDRESS__
/*
 * A vfork() whose child begins with our own table of descriptors and takes for
 * itself only what it needs (CLOSE_RANGE_UNSHARE of close_range(2)), so that
 * not even the table is copied: vfork() and exec take 3.8 times as long with
 * 19,000 descriptors open (docs/performance.md, Linux 6.18).  And its pidfd is there
 * from birth.
 *
 * Not before Linux 6.11: up to then the bitmap of the child's descriptors could
 * be left with bits of the parent's, as if those were open still (kernel commit
 * 9a2fa1472083, "fix bitmap corruption on close_range() with
 * CLOSE_RANGE_UNSHARE").  Not where vfork() is a fork(): such places do not
 * know this kind of clone().  Nor with AddressSanitizer, which knows of vfork()
 * alone that a child uses our stack.
 */
static atomic_int sharing_fds;
enum { NOT_ASKED, CAN, CANNOT };

static bool can_share_fds(const OsdepChildPlan *plan)
{
    unsigned int major = 0, minor = 0;
    struct utsname name;
    int answer;

    if (plan->inherit_fds || plan->report >= 0) {
        return false;
    }
    answer = atomic_load_explicit(&sharing_fds, memory_order_relaxed);
    if (answer == NOT_ASKED) {
        /* An empty range is EINVAL, unless a sandbox refuses the call. */
        answer =
            uname(&name) == 0 &&
                    sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
                    (major > 6 || (major == 6 && minor >= 11)) &&
                    osdep_syscall(SYS_close_range, 1, 0, 0, 0, 0) == -EINVAL
                ? CAN
                : CANNOT;
        atomic_store_explicit(&sharing_fds, answer, memory_order_relaxed);
    }
    return answer == CAN;
}

/* A sandbox that was entered after we asked may refuse it. */
static void share_fds_no_more(void)
{
    atomic_store_explicit(&sharing_fds, CANNOT, memory_order_relaxed);
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

/*
 * clone(2) without a stack of its own, so that the child is on ours as after
 * vfork(), as deep as it needs.  The system call is inline: what returned from
 * a function in the child would have the parent return to something else.
 */
static __attribute__((noinline)) long raw_clone(OsdepChildPlan *plan,
                                                int *pollable)
{
    const long flags =
        CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD;
    long pid = osdep_syscall(SYS_clone, flags, 0, (long)pollable, 0, 0);

    if (pid == 0) {
        osdep_child_execute(plan);
    }
    return pid;
}

static pid_t clone_child(OsdepChildPlan *plan, int *pollable)
{
    long pid;

    plan->shares_fds = true;
    plan->highest_fd = highest_fd(plan);
    pid = raw_clone(plan, pollable);
    plan->shares_fds = false;
    return pid < 0 ? -1 : (pid_t)pid;
}
#else
static bool can_share_fds(const OsdepChildPlan *plan)
{
    (void)plan;
    return false;
}

static void share_fds_no_more(void)
{
}

static pid_t clone_child(OsdepChildPlan *plan, int *pollable)
{
    (void)plan, (void)pollable;
    return -1;
}
#endif

/*
 * What the child wrote, if anything, before it closed the pipe.  False with
 * errno set if that cannot be known.
 */
static bool read_failure(int fd, OsdepChildFailure *failure)
{
    ssize_t n;

    do {
        n = read(fd, failure, sizeof(*failure));
    } while (n < 0 && errno == EINTR);
    if (n != sizeof(*failure)) {
        *failure = (OsdepChildFailure){ OSDEP_CHILD_OK, 0, 0 };
    }
    return n >= 0;
}

/* Wait for a child that leaves without executing anything. */
static void reap(pid_t pid, int *pollable)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        continue;
    }
    if (*pollable >= 0) {
        close(*pollable);
        *pollable = -1;
    }
}

/* With all signals blocked.  @report is our end of plan->report, if any. */
static pid_t start(OsdepChildPlan *plan, int report, int *pollable,
                   OsdepChildFailure *failure)
{
    pid_t pid = -1;

    if (can_share_fds(plan)) {
        pid = clone_child(plan, pollable);
        if (pid >= 0 && plan->failure.step == OSDEP_CHILD_UNSHARE_FDS) {
            reap(pid, pollable);
            share_fds_no_more();
            plan->failure.step = OSDEP_CHILD_OK;
            pid = -1;
        }
    }
    if (pid < 0) {
        *pollable = -1; /* a clone() that failed may have touched it */
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
        if (!read_failure(report, failure)) {
            failure->err = errno;
            kill(pid, SIGKILL); /* whatever it has become meanwhile */
            reap(pid, pollable);
            return -1;
        }
    }
    if (report >= 0) {
        atomic_store_explicit(&vfork_kind,
                              plan->was_here ? SHARES_MEMORY : IS_A_FORK,
                              memory_order_relaxed);
    }
    if (failure->step == OSDEP_CHILD_OK && plan->was_here &&
        !plan->is_executing) {
        failure->step = OSDEP_CHILD_VANISHED;
    }
    if (failure->step != OSDEP_CHILD_OK) {
        reap(pid, pollable);
        return -1;
    }
    if (*pollable < 0) {
        *pollable = osdep_pollable_open(pid);
    }
    return pid;
}

/*
 * A pipe whose writing end is none of 0, 1 and 2, which the child sets up while
 * it holds it.  False with errno set if there is none.
 */
static bool open_report(int report[2])
{
    int fd, err;

    if (!osdep_pipe(report, NULL)) {
        return false;
    }
    if (report[1] < 3) {
        fd = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
        err = errno;
        close(report[1]);
        if (fd < 0) {
            close(report[0]);
            errno = err;
            return false;
        }
        report[1] = fd;
    }
    return true;
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
        if (!open_report(report)) {
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
