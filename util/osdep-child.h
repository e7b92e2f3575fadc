/*
 * The child room: all that runs between fork and exec
 *
 * SPDX-License-Identifier: MIT
 *
 * osdep-child.c has the order of the steps, the same on all POSIX systems;
 * osdep-child-linux.c, -bsd.c and -darwin.c have each system's calls.  These
 * files may import async-signal-safe functions only, since another thread may
 * have held any lock at the fork; tests/test-symbols reads their object files and
 * fails on any other.
 */
#ifndef UTIL_OSDEP_CHILD_H
#define UTIL_OSDEP_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "osdep/compiler.h"

/*
 * One past the highest signal.  NSIG does not always say: FreeBSD's is 32, with
 * real-time signals from 65 to 126 and _SIG_MAXSIG, 128, as their end
 * (sys/signal.h, sys/_sigset.h of FreeBSD 13; DragonFly has the same).
 */
#ifdef _SIG_MAXSIG
#define OSDEP_SIGNAL_END (_SIG_MAXSIG + 1)
#else
#define OSDEP_SIGNAL_END NSIG
#endif

/* procctl(2): PROC_PDEATHSIG_CTL is FreeBSD's since 11.2, DragonFly's later. */
#if defined __FreeBSD__ || defined __DragonFly__
#include <sys/procctl.h>
#endif
#if defined __linux__ || defined PROC_PDEATHSIG_CTL
#define OSDEP_CAN_DIE_WITH_PARENT 1
#else
#define OSDEP_CAN_DIE_WITH_PARENT 0
#endif

OSDEP_BEGIN_INTERNAL

/* = The child of osdep_fork() = */

/*
 * In the child of a fork, all signals blocked: give each signal its default
 * disposition, but for those that the C library keeps for itself, then empty
 * the mask.  If the system refuses that, says why on descriptor 2 and leaves with
 * _exit(1).
 */
void osdep_child_reset_signals(void);

/*
 * After that, and only before exec: give the C library's own signals their
 * default disposition too.  One that is ignored would stay so in the program;
 * glibc's posix_spawn() ignores them in every child that it makes.
 */
void osdep_child_reset_reserved_signals(void);

/* The files that a program may be, one for each folder of @path. */
typedef struct OsdepCandidates {
    const char *path; /* folders, separated by ":"; NULL: @file alone */
    /* The file; with @path "/NAME", and room in front of it for each folder. */
    char *file;
} OsdepCandidates;

/*
 * Before the fork: @name is searched in @path, NULL if it is a file already.
 * @room is memory of osdep_candidates_size() bytes.  All three are needed as long
 * as @candidates.
 */
size_t osdep_candidates_size(const char *name, const char *path);
void osdep_candidates_init(OsdepCandidates *candidates, char *room,
                           const char *name, const char *path);

/*
 * Execute the first of @candidates that can be executed, in time and memory
 * linear in the length of their path; writes to their room.  Returns only if none
 * can, with the most telling errno: that of a file which exists but may not be
 * executed, rather than of a missing one, rather than of an impossible path
 * (ELOOP, ENAMETOOLONG).
 */
int osdep_child_exec(const OsdepCandidates *candidates, char *const *argv,
                     char *const *env);

/* = The child of osdep_spawn() = */

/* What osdep_child_execute() does, in this order. */
typedef enum OsdepChildStep {
    OSDEP_CHILD_OK,
    OSDEP_CHILD_UNSHARE_FDS,
    OSDEP_CHILD_RESET_SIGNALS,
    OSDEP_CHILD_IGNORE_SIGNAL, /* which: the signal */
    OSDEP_CHILD_SET_SESSION,
    OSDEP_CHILD_SET_GROUP,
    OSDEP_CHILD_DIE_WITH_PARENT,
    OSDEP_CHILD_MOVE_FD, /* which: the child's number for it */
    OSDEP_CHILD_CHANGE_DIRECTORY,
    OSDEP_CHILD_REPORT, /* that all is done but what follows */
    OSDEP_CHILD_UNBLOCK_SIGNALS,
    OSDEP_CHILD_EXECUTE,
    OSDEP_CHILD_VANISHED, /* it was killed before that */
} OsdepChildStep;

/* The step that failed, why, and at which of several things. */
typedef struct OsdepChildFailure {
    OsdepChildStep step;
    int err; /* an errno */
    int which;
} OsdepChildFailure;

/*
 * Descriptor @from becomes descriptor @to; if both are the same it only loses
 * close-on-exec.  OSDEP_FD_SPARE as @to: to a number that is free; as @from: from
 * there, which is free again then.
 */
typedef struct OsdepFdMove {
    int from;
    int to;
} OsdepFdMove;
enum { OSDEP_FD_SPARE = -1 };

/* Descriptors; @sorted: in ascending order. */
typedef struct OsdepFdList {
    const int *fds;
    unsigned int n;
    bool sorted;
} OsdepFdList;

/* Everything that the child of osdep_spawn() needs; it decides nothing. */
typedef struct OsdepChildPlan {
    OsdepCandidates candidates; /* the first that can be executed is */
    char *const *argv;
    char *const *env;
    const char *cwd; /* NULL: stay */
    const OsdepFdMove *moves;
    unsigned int n_moves;
    int *open_fds; /* sorted: all that stays open, with room for @report */
    unsigned int n_open_fds;
    const int *ignore_signals;
    unsigned int n_ignore_signals;
    bool is_probe;    /* no more than set @was_here */
    bool inherit_fds; /* close nothing */
    bool shares_fds;  /* the child shares the parent's table of descriptors */
    int highest_fd;   /* then: the highest one that the child needs */
    bool new_session;
    bool new_group;
    bool die_with_parent;
    pid_t parent;
    /*
     * A close-on-exec pipe for OsdepChildFailures; -1: there is none.  The child
     * writes one with step OSDEP_CHILD_OK when it is about to execute its
     * program, and one when a step has failed.
     */
    int report;
    /* The parent sees these only if vfork() shares memory. */
    volatile bool was_here;
    volatile bool is_executing;
    volatile OsdepChildFailure failure;
} OsdepChildPlan;

/*
 * In the child of a vfork() or fork(), all signals blocked: carry out @plan.  If
 * a step fails, stores that in @plan->failure, writes it to the pipe and leaves
 * with _exit().
 */
_Noreturn void osdep_child_execute(OsdepChildPlan *plan);

/* = Each system's calls = */

/*
 * These return 0 or an errno; EINVAL if there is no such signal.  Each is one
 * system call, which no table of the C library's hears of.
 */
int osdep_child_unblock_all(void);
int osdep_child_set_default(int sig);
int osdep_child_ignore(int sig);
/*
 * What the child of osdep_spawn() has until exec, which makes it the default
 * disposition (execve(2)): that, or a handler of our own.
 *
 * The signals that stop a process do not stop the child.  Otherwise the parent
 * would wait in vfork(2), where it cannot be stopped itself, so that no shell
 * learns of the stop; and a child that has left the group is not continued by the
 * shell.  SIGSTOP does stop the child.
 *
 * Linux: the signals that dump core end the child as SIGKILL does.  A dump would
 * be of the parent's memory; and before Linux 5.16 it ends all processes that
 * share it (kernel commit 0258b5fd7c71), with RLIMIT_CORE 0, too.
 */
int osdep_child_set_until_exec(int sig);
/*
 * In a child of fork(), which goes on and may ask for the disposition.  By the C
 * library where that keeps a table; on Linux by a bare call: glibc and musl keep
 * nothing that sigaction() reads, but a library in front of them may still answer
 * with the parent's handler.
 */
int osdep_child_set_default_after_fork(int sig);
/* SIGKILL when @parent dies; _exit(1) if that has happened already. */
int osdep_child_die_with_parent(pid_t parent);
/*
 * From a table of descriptors that is shared with the parent to one of its own,
 * with those up to @highest.
 */
int osdep_child_unshare_fds(int highest);

/*
 * Returns whether @sig is not a valid signal number.  Queries the disposition
 * instead of setting it, because a sandbox may return EINVAL for setting a valid
 * signal.
 */
bool osdep_child_is_unknown(int sig);
/* Does the C library keep @sig for itself? */
bool osdep_child_is_reserved(int sig);

/*
 * Close @first to @last, or make them close-on-exec, with one call; false if the
 * system does not.
 */
bool osdep_child_close_span(unsigned int first, unsigned int last);
bool osdep_child_mark_span(unsigned int first, unsigned int last);
/* Close what the system lists as open; false if it has no complete list. */
bool osdep_child_close_listed(const OsdepFdList *kept);
/*
 * Where a loop over all descriptors has to end, and what closes those above; the
 * latter has no effect where there is no such call.
 */
unsigned int osdep_child_fd_limit(void);
void osdep_child_close_above(unsigned int first);

/* Is @fd one of @list?  For osdep_child_close_listed(). */
bool osdep_fd_list_has(const OsdepFdList *list, int fd);

OSDEP_END_INTERNAL

#endif
