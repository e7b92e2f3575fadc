/*
 * Creating the child of osdep_spawn() on Linux: clone(2), or vfork(2)
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __linux__

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/utsname.h>

#include "util/osdep-process-posix.h"
#include "util/osdep-syscall-linux.h"

#ifndef __has_feature /* Clang's; GCC defines macros */
#define __has_feature(feature) 0
#endif
/*
 * Does something keep a record of the stack, or tags on it, that a child leaves
 * behind when it executes its program?  It knows that of vfork() alone.
 */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_HWADDRESS__ ||         \
    defined __ARM_FEATURE_MEMORY_TAGGING ||                                   \
    __has_feature(address_sanitizer) || __has_feature(hwaddress_sanitizer) || \
    __has_feature(memtag_stack)
#define STACK_IS_WATCHED 1
#else
#define STACK_IS_WATCHED 0
#endif

/* A function of its own: nothing else may be live across vfork(). */
static __attribute__((noinline)) pid_t vfork_child(OsdepChildPlan *plan)
{
    pid_t pid = vfork();

    if (pid == 0) {
        /* Never returns (execve() or _exit()); the analyser cannot see that. */
        osdep_child_execute(plan); /* NOLINT(clang-analyzer-unix.Vfork) */
    }
    return pid;
}

#if defined OSDEP_SYSCALL_IS_INLINE && !STACK_IS_WATCHED
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
 * know this kind of clone().  Nor with AddressSanitizer, HWAddressSanitizer or
 * tags on the stack (MTE).
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
    int highest = plan->open_fds[plan->n_open_fds - 1];

    for (unsigned int i = 0; i < plan->n_moves; i++) {
        if (plan->moves[i].from > highest) {
            highest = plan->moves[i].from;
        }
    }
    return highest;
}

/*
 * clone(2) without a stack of its own, so that the child runs on the parent's as
 * after vfork().  The system call is inline: if the child returned from a
 * function, it would overwrite a return address that the parent still needs.
 */
static __attribute__((noinline)) long raw_clone(OsdepChildPlan *plan,
                                                int *pollable)
{
    enum { PIDFD = 0x1000 }; /* CLONE_PIDFD of linux/sched.h, Linux 5.2 */
    const long flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | PIDFD | SIGCHLD;
    long pid = osdep_syscall(SYS_clone, flags, 0, (long)pollable, 0, 0);

    if (pid == 0) {
        osdep_child_execute(plan);
    }
    return pid;
}

/*
 * Returns: the pid; -1 if vfork() is to be tried, with nothing left behind.
 */
static pid_t clone_child(OsdepChildPlan *plan, int *pollable)
{
    long pid;

    plan->shares_fds = true;
    plan->highest_fd = highest_fd(plan);
    pid = raw_clone(plan, pollable);
    plan->shares_fds = false;
    if (pid >= 0 && plan->failure.step == OSDEP_CHILD_UNSHARE_FDS) {
        osdep_reap_failed_child((pid_t)pid, pollable);
        if (plan->failure.err != ENOMEM && plan->failure.err != EMFILE) {
            share_fds_no_more();
        }
        plan->failure.step = OSDEP_CHILD_OK;
        pid = -1;
    }
    if (pid < 0) {
        *pollable = -1; /* a clone() that failed may have written to it */
    }
    return pid < 0 ? -1 : (pid_t)pid;
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

pid_t osdep_create_child(OsdepChildPlan *plan, int *pollable)
{
    pid_t pid = can_share_fds(plan) ? clone_child(plan, pollable) : -1;

    return pid >= 0 ? pid : vfork_child(plan);
}

#endif
