/*
 * Processes that were started, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "util/osdep-pollable.h"
#include "util/osdep-process-posix.h"

int osdep_cancel_disable(void)
{
    int state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

void osdep_cancel_restore(int state)
{
    pthread_setcancelstate(state, NULL);
}

osdep_pid osdep_process_pid(const OsdepProcess *process)
{
    return process->pid;
}

int osdep_process_fd_in(OsdepProcess *process, int stream,
                        const OsdepRuntime *runtime)
{
    (void)runtime;
    return stream >= 0 && stream < 3 ? process->fds[stream] : -1;
}

int osdep_process_take_fd_in(OsdepProcess *process, int stream,
                             const OsdepRuntime *runtime)
{
    int fd = osdep_process_fd_in(process, stream, runtime);

    if (fd >= 0) {
        process->fds[stream] = -1;
    }
    return fd;
}

intptr_t osdep_process_pollable(const OsdepProcess *process)
{
    return process->pollable;
}

OsdepDeadline osdep_deadline_in(int timeout_ms)
{
    OsdepDeadline deadline = { .is_never = timeout_ms < 0 };

    if (timeout_ms >= 0) {
        clock_gettime(CLOCK_MONOTONIC, &deadline.at);
        deadline.at.tv_sec += timeout_ms / 1000;
        deadline.at.tv_nsec += timeout_ms % 1000 * 1000000L;
        if (deadline.at.tv_nsec >= 1000000000L) {
            deadline.at.tv_sec++;
            deadline.at.tv_nsec -= 1000000000L;
        }
    }
    return deadline;
}

int osdep_deadline_left(const OsdepDeadline *deadline)
{
    struct timespec now;
    int64_t ns;

    if (deadline->is_never) {
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    ns = (int64_t)(deadline->at.tv_sec - now.tv_sec) * 1000000000 +
         (deadline->at.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + 999999) / 1000000);
}

void osdep_nap(long *nap_us, const OsdepDeadline *deadline)
{
    const long most = 20000;
    int left = osdep_deadline_left(deadline);
    struct timespec nap;

    if (left >= 0 && left < most / 1000 && *nap_us > left * 1000L) {
        *nap_us = left * 1000L;
    }
    nap = (struct timespec){ .tv_nsec = *nap_us * 1000 };
    nanosleep(&nap, NULL);
    *nap_us = *nap_us < most / 2 ? 2 * *nap_us : most;
}

/*
 * waitid() for the process, by its pidfd if it has one (Linux 5.4) and no sandbox
 * refuses that.
 */
static int wait_id(const OsdepProcess *process, siginfo_t *info, int options)
{
    int ret;

    info->si_pid = 0;
    do {
#ifdef __linux__
        const idtype_t p_pidfd = (idtype_t)3; /* P_PIDFD, waitid(2) */

        if (process->pollable >= 0) {
            ret = waitid(p_pidfd, (id_t)process->pollable, info, options);
            if (ret == 0 || errno == ECHILD || errno == EINTR) {
                continue;
            }
        }
#endif
        ret = waitid(P_PID, (id_t)process->pid, info, options);
    } while (ret < 0 && errno == EINTR);
    return ret;
}

/*
 * Another thread may have reaped the process already; its PID may belong to a
 * different process then.
 */
static bool is_seen_to_have_ended(OsdepProcess *process)
{
    bool seen;

    pthread_mutex_lock(&process->lock);
    seen = process->state != OSDEP_RUNNING;
    pthread_mutex_unlock(&process->lock);
    return seen;
}

/* Without a descriptor to poll, or without poll(2). */
static int nap_until_end(OsdepProcess *process, const OsdepDeadline *deadline)
{
    long nap_us = 1000;
    siginfo_t info;
    int ret;

    while (!is_seen_to_have_ended(process)) {
        ret = wait_id(process, &info, WEXITED | WNOWAIT | WNOHANG);
        if (ret < 0 || info.si_pid) {
            return ret < 0 ? -1 : 1;
        }
        if (osdep_deadline_left(deadline) == 0) {
            return 0;
        }
        osdep_nap(&nap_us, deadline);
    }
    return 1;
}

int osdep_process_wait_for_end(OsdepProcess *process,
                               const OsdepDeadline *deadline)
{
    struct pollfd pollable = { .fd = process->pollable, .events = POLLIN };
    siginfo_t info;
    int ret;

    if (is_seen_to_have_ended(process)) {
        return 1;
    } else if (deadline->is_never) {
        /* Without a pidfd, if another thread reaps the process and another child
         * of ours gets its PID, this waits for that child. */
        return wait_id(process, &info, WEXITED | WNOWAIT) < 0 ? -1 : 1;
    } else if (process->pollable < 0) {
        return nap_until_end(process, deadline);
    }
    do {
        ret = poll(&pollable, 1, osdep_deadline_left(deadline));
    } while (ret < 0 && errno == EINTR);
    /* EINVAL where the limit of open files was lowered to 0 (poll(2)). */
    return ret < 0 ? nap_until_end(process, deadline) : ret;
}

/*
 * With the lock: learn how the process ended, if it has.  The leader of a tree
 * stays a zombie until osdep_process_free(), so that its process group ID is not
 * reused by a group that osdep_process_kill_tree() would then hit.
 *
 * Returns: 0, or an errno if that cannot be known: then it counts as running, so
 * that it can be signalled.
 */
static int poll_exit_status(OsdepProcess *process)
{
    siginfo_t info;

    if (process->state != OSDEP_RUNNING) {
        return 0;
    }
    if (wait_id(process, &info,
                WEXITED | WNOHANG | (process->leads_tree ? WNOWAIT : 0)) < 0) {
        if (errno != ECHILD) {
            return errno;
        }
        process->state = OSDEP_LOST;
        process->is_reaped = true;
    } else if (info.si_pid) {
        process->state = OSDEP_ENDED;
        process->is_reaped = !process->leads_tree;
        process->how = (OsdepExit){
            .kind = info.si_code == CLD_EXITED ? OSDEP_EXITED : OSDEP_SIGNALLED,
            /* Linux has no more than 8 bits of it, the BSDs have all, and macOS
             * loses bits after WNOWAIT (xnu, waitid_nocancel()). */
            .code = (uint32_t)info.si_status & 0xff,
            .core_dumped = info.si_code == CLD_DUMPED,
        };
    }
    return 0;
}

OsdepWait osdep_process_wait_until(OsdepProcess *process,
                                   const OsdepDeadline *deadline,
                                   OsdepExit *how, OsdepError **errp)
{
    enum OsdepProcessState state;
    long nap_us = 50;
    int ended, err, poll_err;

    for (;;) {
        ended = osdep_process_wait_for_end(process, deadline);
        err = ended < 0 ? errno : 0;
        if (ended == 0) {
            return OSDEP_WAIT_TIMED_OUT;
        }
        pthread_mutex_lock(&process->lock);
        poll_err = poll_exit_status(process);
        err = poll_err ? poll_err : err;
        state = process->state;
        if (state == OSDEP_ENDED) {
            *how = process->how;
        }
        pthread_mutex_unlock(&process->lock);
        if (state != OSDEP_RUNNING || err) {
            break;
        }
        /* It has ended and cannot be reaped yet: a tracer must see its end
         * first (ptrace(2)), or a kqueue told before the memory of the process
         * was given back (kern_exit.c of OpenBSD and xnu). */
        if (osdep_deadline_left(deadline) == 0) {
            return OSDEP_WAIT_TIMED_OUT;
        }
        osdep_nap(&nap_us, deadline);
    }

    if (state == OSDEP_ENDED) { /* maybe seen by another thread */
        return OSDEP_WAIT_ENDED;
    } else if (state == OSDEP_LOST) {
        osdep_error_setg_errno(
            errp, ECHILD,
            "process %ld: its exit status went to someone else, "
            "or SIGCHLD is ignored",
            (long)process->pid);
    } else {
        osdep_error_setg_errno(errp, err, "cannot wait for process %ld",
                               (long)process->pid);
    }
    return OSDEP_WAIT_FAILED;
}

OsdepWait osdep_process_wait_os(OsdepProcess *process, int timeout_ms,
                                OsdepExit *how, OsdepError **errp)
{
    OsdepDeadline deadline = osdep_deadline_in(timeout_ms);

    return osdep_process_wait_until(process, &deadline, how, errp);
}

#ifdef __APPLE__ /* xnu, killpg1() */
enum { ONLY_ZOMBIES = EPERM };
#else /* DragonFly, dokillpg(); elsewhere a zombie takes signals */
enum { ONLY_ZOMBIES = ESRCH };
#endif

static int kill_process(const OsdepProcess *process, int sig)
{
    int err = -1;

    if (process->pollable >= 0) {
        err = osdep_pollable_signal(process->pollable, sig);
    }
    if (err < 0) {
        err = kill(process->pid, sig) < 0 ? errno : 0;
    }
    return err;
}

/*
 * Sends @sig to the process group, whose leader is at least a zombie: see
 * poll_exit_status().  kill(2) succeeds if any process of the group got the
 * signal.  Whether the leader did is checked here, since a caller that waits for
 * it would otherwise wait for ever.
 */
static int kill_group(OsdepProcess *process, int sig)
{
    int err = kill(-process->pid, sig) < 0 ? errno : 0;

    if (err == ONLY_ZOMBIES) {
        poll_exit_status(process); /* it may have ended just now */
        err = process->state == OSDEP_ENDED ? 0 : err;
    }
    if ((err == 0 || err == ESRCH) && process->state == OSDEP_RUNNING) {
        err = kill_process(process, sig); /* it may have left its group */
        err = err == ESRCH ? 0 : err;     /* it is gone already */
    }
    return err;
}

static bool send_signal(OsdepProcess *process, int sig, bool to_group,
                        bool may_have_ended, OsdepError **errp)
{
    int cancel_state = osdep_cancel_disable();
    int err;

    pthread_mutex_lock(&process->lock);
    poll_exit_status(process);
    if (to_group) {
        err = process->is_reaped ? ESRCH : kill_group(process, sig);
    } else if (process->state != OSDEP_RUNNING) {
        err = may_have_ended ? 0 : ESRCH;
    } else {
        err = kill_process(process, sig);
    }
    pthread_mutex_unlock(&process->lock);
    if (err) {
        osdep_error_setg_errno(
            errp, err, "cannot send signal %d to process %ld%s", sig,
            (long)process->pid, to_group ? " and its group" : "");
    }
    osdep_cancel_restore(cancel_state);
    return !err;
}

bool osdep_process_signal(OsdepProcess *process, int sig, OsdepError **errp)
{
    return send_signal(process, sig, false, false, errp);
}

bool osdep_process_terminate(OsdepProcess *process, OsdepError **errp)
{
    return send_signal(process, SIGTERM, false, true, errp);
}

bool osdep_process_kill(OsdepProcess *process, OsdepError **errp)
{
    return send_signal(process, SIGKILL, false, true, errp);
}

bool osdep_process_kill_tree(OsdepProcess *process, OsdepError **errp)
{
    if (!process->leads_tree) {
        int cancel_state = osdep_cancel_disable();

        osdep_error_setg_errno(
            errp, EINVAL, "process %ld was started without OSDEP_SPAWN_TREE",
            (long)process->pid);
        osdep_cancel_restore(cancel_state);
        return false;
    }
    return send_signal(process, SIGKILL, true, false, errp);
}

void osdep_process_free(OsdepProcess *process)
{
    siginfo_t info;
    int cancel_state;

    if (!process) {
        return;
    }
    cancel_state = osdep_cancel_disable();
    if (process->pid > 0 && !process->is_reaped) {
        wait_id(process, &info, WEXITED | WNOHANG);
    }
    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0) {
            close(process->fds[i]);
        }
    }
    if (process->pollable >= 0) {
        close(process->pollable);
    }
    osdep_cancel_restore(cancel_state);
    pthread_mutex_destroy(&process->lock);
    free(process);
}

#endif
