/*
 * The child room: all that runs between fork and exec
 *
 * SPDX-License-Identifier: MIT
 *
 * child-posix.c may import only async-signal-safe functions, since another
 * thread may have held any lock at the fork; tests/test-symbols reads its
 * object file and fails on any other.  qemu_close_all_open_fd() of osdep/fd.h
 * is there too, for that reason.
 */
#ifndef UTIL_CHILD_POSIX_H
#define UTIL_CHILD_POSIX_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

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

/*
 * In the child of a fork, all signals blocked: give each signal its default
 * disposition, but for those that the C library keeps for itself, then empty
 * the mask.  Says why on descriptor 2 and leaves with _exit(1) if the system
 * does not let it.
 */
void osdep_child_reset_signals(void);

/*
 * After that, and only before exec: give the C library's own signals their
 * default disposition too.  One that is ignored would stay so in the program;
 * glibc's posix_spawn() ignores them in every child that it makes.
 */
void osdep_child_reset_reserved_signals(void);

/*
 * Execute the first of @candidates, of which there is one at least, that can be;
 * NULL ends them.  Returns only if none can, with the errno that says it best:
 * that of a file which is there but may not be executed, rather than of one
 * which is not there, rather than of a path that cannot be one (ELOOP,
 * ENAMETOOLONG).
 */
int osdep_child_exec(char *const *candidates, char *const *argv,
                     char *const *env);

/* What osdep_child_execute() does, in this order. */
typedef enum OsdepChildStep {
    OSDEP_CHILD_OK,
    OSDEP_CHILD_UNSHARE_FDS,
    OSDEP_CHILD_RESET_SIGNALS,
    OSDEP_CHILD_IGNORE_SIGNAL, /* which: the signal */
    OSDEP_CHILD_SET_SESSION,
    OSDEP_CHILD_SET_GROUP,
    OSDEP_CHILD_DIE_WITH_PARENT,
    OSDEP_CHILD_SET_STREAM, /* which: 0, 1 or 2 */
    OSDEP_CHILD_KEEP_FD,    /* which: the descriptor */
    OSDEP_CHILD_CHANGE_DIRECTORY,
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

/* Everything that the child of osdep_spawn() needs; it decides nothing. */
typedef struct OsdepChildPlan {
    char *const *candidates; /* files to execute, the first that can be; NULL */
    char *const *argv;
    char *const *env;
    const char *cwd; /* NULL: stay */
    /* What each standard stream is made of; -1: it stays as it is. */
    int streams[3];
    /* All that stays open: 0, 1, 2, the report, then those the caller keeps. */
    int *open_fds;
    unsigned int n_open_fds;
    const int *keep_fds;
    unsigned int n_keep_fds;
    const int *ignore_signals;
    unsigned int n_ignore_signals;
    bool inherit_fds; /* close nothing */
    bool shares_fds;  /* the table of descriptors is the parent's yet, ... */
    int highest_fd;   /* ... of which it needs those up to this one */
    bool new_session;
    bool new_group;
    bool die_with_parent;
    pid_t parent;
    /* A close-on-exec pipe for an OsdepChildFailure; -1: there is none. */
    int report;
    /* Seen by the parent only if vfork() shares memory. */
    volatile bool was_here;
    volatile bool is_executing;
    volatile OsdepChildFailure failure;
} OsdepChildPlan;

/*
 * In the child of a vfork() or fork(), all signals blocked: carry out @plan.
 * What fails is said in @plan->failure and in the pipe; then it leaves with
 * _exit().
 */
_Noreturn void osdep_child_execute(OsdepChildPlan *plan);

/* procctl(2): PROC_PDEATHSIG_CTL is FreeBSD's since 11.2, DragonFly's later. */
#if defined __FreeBSD__ || defined __DragonFly__
#include <sys/procctl.h>
#endif
#if defined __linux__ || defined PROC_PDEATHSIG_CTL
#define OSDEP_HAVE_DIE_WITH_PARENT 1
#else
#define OSDEP_HAVE_DIE_WITH_PARENT 0
#endif

#endif
