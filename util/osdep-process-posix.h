/*
 * Between the files that implement osdep/process.h on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_PROCESS_POSIX_H
#define UTIL_OSDEP_PROCESS_POSIX_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "util/osdep-child.h"
#include "util/osdep-process-os.h"

OSDEP_BEGIN_INTERNAL

/* A point in time. */
typedef struct OsdepDeadline {
    bool is_never;
    struct timespec at;
} OsdepDeadline;

struct OsdepProcess {
    pid_t pid;
    int pollable;           /* see util/osdep-pollable.h; -1: none */
    int fds[3];             /* our ends of its pipes; -1: none */
    OsdepDeadline deadline; /* of osdep_run() */
    bool leads_tree;        /* osdep_process_kill_tree() can be used */
    pthread_mutex_t lock;   /* of what follows, and for kill(2) */
    enum OsdepProcessState {
        OSDEP_RUNNING, /* or a zombie that we have not seen yet */
        OSDEP_ENDED,   /* @how says how */
        OSDEP_LOST,    /* how it ended cannot be known */
    } state;
    bool is_reaped; /* its pid may be another's */
    OsdepExit how;
};

/*
 * Start a child that carries out @plan, whose @report, @highest_fd and
 * @shares_fds are set here; plan->open_fds has room for one more.
 *
 * Returns: its pid, with in @pollable what osdep_pollable_open() would give,
 * once it is executing its program.  Otherwise -1 with @failure saying why; its
 * step is OSDEP_CHILD_OK if there was no child.  Then nothing is left behind.
 */
pid_t osdep_start_child(OsdepChildPlan *plan, int *pollable,
                        OsdepChildFailure *failure);

/*
 * What osdep_start_child() calls, with all signals blocked: create a process that
 * carries out @plan, the way this system does that best (osdep-start-linux.c,
 * -bsd.c, -darwin.c).
 *
 * Returns: its pid, with its pidfd in @pollable if it has one from birth; -1 with
 * errno set.
 */
pid_t osdep_create_child(OsdepChildPlan *plan, int *pollable);

/*
 * Wait for child @pid, which exits without executing anything, and close its
 * @pollable.
 */
void osdep_reap_failed_child(pid_t pid, int *pollable);

/* @timeout_ms from now; negative: never. */
OsdepDeadline osdep_deadline_in(int timeout_ms);

/* Milliseconds until @deadline, rounded up, for poll(2); -1: for ever. */
int osdep_deadline_left(const OsdepDeadline *deadline);

/*
 * Sleep for @nap_us microseconds, but not beyond @deadline.  Doubles @nap_us for
 * the next time, up to 20 milliseconds.
 */
void osdep_nap(long *nap_us, const OsdepDeadline *deadline);

/*
 * Wait until the process has ended, without reaping it.  Returns: 1, 0 at the
 * deadline, -1 with errno set; ECHILD also if someone else reaped it.  After 1
 * it may still take a while until the process can be reaped.
 */
int osdep_process_wait_for_end(OsdepProcess *process,
                               const OsdepDeadline *deadline);

/* osdep_process_wait_os() with a deadline. */
OsdepWait osdep_process_wait_until(OsdepProcess *process,
                                   const OsdepDeadline *deadline,
                                   OsdepExit *how, OsdepError **errp);

OSDEP_END_INTERNAL

#endif
