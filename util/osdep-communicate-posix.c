/*
 * osdep_run() on POSIX systems: serving the pipes
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "util/osdep-process-posix.h"

/*
 * Take back the SIGPIPE of a write(2), which is blocked.  It is not pending if it
 * was ignored, and sigwait() would wait for another one.
 *
 * A sandbox may refuse either call.  Then the signal is ignored for a moment,
 * which discards it (POSIX.1-2017, XSH 2.4.3): that is the whole process's
 * business, but unblocked it would kill that.
 */
static void take_sigpipe(const sigset_t *sigpipe)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
    sigset_t pending;
    int sig;

    if (sigpending(&pending) == 0 &&
        (!sigismember(&pending, SIGPIPE) || sigwait(sigpipe, &sig) == 0)) {
        return;
    }
    sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGPIPE, &ignore, &old) == 0) {
        sigaction(SIGPIPE, &old, NULL);
    }
}

/*
 * Write to a pipe that may have lost its reader, without a SIGPIPE.  One that
 * write(2) raises is the calling thread's alone (POSIX.1-2017, write()), and
 * one that was pending before may stay.  Where it is not, it was switched off:
 * F_SETNOSIGPIPE below.  Nothing is written if it cannot be kept off.
 */
static ssize_t write_without_sigpipe(int fd, const void *data, size_t len)
{
    sigset_t sigpipe, old, pending;
    ssize_t n;
    int err;

    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    if (sigpending(&pending) < 0) {
        return -1;
    }
    err = pthread_sigmask(SIG_BLOCK, &sigpipe, &old);
    if (err) {
        errno = err;
        return -1;
    }
    n = write(fd, data, len);
    err = errno;
    if (n < 0 && err == EPIPE && !sigismember(&pending, SIGPIPE)) {
        take_sigpipe(&sigpipe);
    }
    if (!sigismember(&old, SIGPIPE)) {
        pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL);
    }
    errno = err;
    return n;
}

/* With one call; macOS takes no more than INT_MAX (write(2) there). */
enum { MAX_IO_SIZE = 1 << 20 };

static bool is_try_again(int err)
{
    return err == EAGAIN || err == EWOULDBLOCK || err == EINTR;
}

static void close_stream(OsdepProcess *process, int stream)
{
    int fd = osdep_process_take_fd_in(process, stream, NULL);

    if (fd >= 0) {
        close(fd);
    }
}

/*
 * Write as much input as the pipe accepts, and close it after that.  Returns: 1
 * if anything was done, 0 if not, -1 with errno set on failure.
 */
static int feed(OsdepProcess *process, const char **input, size_t *len)
{
    ssize_t n = 0;

    if (*len > 0) {
        n = write_without_sigpipe(process->fds[0], *input,
                                  *len < MAX_IO_SIZE ? *len : MAX_IO_SIZE);
    }
    if (n < 0 && errno != EPIPE) {
        return is_try_again(errno) ? 0 : -1;
    }
    if (n > 0) {
        *input += n;
        *len -= (size_t)n;
    }
    if (n < 0 || *len == 0) {
        close_stream(process, 0);
    }
    return 1;
}

/*
 * Read what stream @stream has, and close it at its end.  Returns: 1 if there was
 * something, 0 if not, -1 with errno set on failure: ENOBUFS if it is more than
 * is kept.
 */
static int collect(OsdepProcess *process, int stream, OsdepBuffer *buffer)
{
    size_t room;
    char *to = osdep_buffer_room(buffer, &room);
    ssize_t n;

    if (!to) {
        return -1;
    }
    n = read(process->fds[stream], to, room < MAX_IO_SIZE ? room : MAX_IO_SIZE);
    if (n < 0) {
        return is_try_again(errno) ? 0 : -1;
    }
    buffer->len += (size_t)n;
    if (n == 0) {
        close_stream(process, stream);
    }
    if (buffer->len > OSDEP_BUFFER_MAX) {
        errno = ENOBUFS;
        return -1;
    }
    return n > 0;
}

/*
 * Serve the pipes that @polled says are ready.  Returns: how many were, -1 with
 * errno set on failure.
 */
static int serve_ready(OsdepProcess *process, const struct pollfd *polled,
                       const char **input, size_t *len, OsdepBuffer *buffers)
{
    int n = 0;

    for (int i = 0; i < 3; i++) {
        int done = 0;

        if (polled[i].fd >= 0 && polled[i].revents) {
            done = i == 0 ? feed(process, input, len)
                          : collect(process, i, &buffers[i]);
        }
        if (done < 0) {
            return -1;
        }
        n += done;
    }
    return n;
}

/*
 * Serve the pipes until out and err have ended, and in or the process too.
 * Returns: 1, 0 at the deadline, -1 with errno set.
 */
static int serve_pipes(OsdepProcess *process, const char *input, size_t len,
                       OsdepBuffer *buffers, const OsdepDeadline *deadline)
{
    const int poll_again_ms = 20; /* if there is no pollable */
    const OsdepDeadline at_once = osdep_deadline_in(0);
    int *fds = process->fds, timeout, ready, ended, served;
    long nap_us = 1000;

    while (fds[0] >= 0 || fds[1] >= 0 || fds[2] >= 0) {
        bool only_in = fds[1] < 0 && fds[2] < 0;
        struct pollfd polled[4] = {
            { .fd = fds[0], .events = POLLOUT },
            { .fd = fds[1], .events = POLLIN },
            { .fd = fds[2], .events = POLLIN },
            { .fd = only_in ? process->pollable : -1, .events = POLLIN },
        };

        ended = only_in ? osdep_process_wait_for_end(process, &at_once) : 0;
        if (ended > 0 || (ended < 0 && errno == ECHILD)) {
            close_stream(process, 0); /* nobody is left to read it */
            break;
        } else if (ended < 0) {
            return -1;
        }
        timeout = osdep_deadline_left(deadline);
        if (timeout == 0) {
            return 0;
        }
        if (only_in && process->pollable < 0 &&
            (timeout < 0 || timeout > poll_again_ms)) {
            timeout = poll_again_ms;
        }
        ready = poll(polled, 4, timeout);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        for (int i = 0; ready < 0 && i < 3; i++) {
            /* EINVAL where the limit of open files was lowered to less than 4
             * (poll(2)): try them all, since none blocks. */
            polled[i].revents = polled[i].events;
        }
        served = serve_ready(process, polled, &input, &len, buffers);
        if (served < 0) {
            return -1;
        }
        nap_us = served ? 1000 : nap_us;
        if (ready < 0 && !served) {
            osdep_nap(&nap_us, deadline);
        }
    }
    return 1;
}

/* After the deadline: what is in the pipes, but no more than they hold. */
static void drain(OsdepProcess *process, OsdepBuffer *buffers)
{
    const size_t most = 1 << 20; /* /proc/sys/fs/pipe-max-size, pipe(7) */

    for (int i = 1; i < 3; i++) {
        size_t end = buffers[i].len + most;

        while (process->fds[i] >= 0 && buffers[i].len < end &&
               collect(process, i, &buffers[i]) > 0) {
            continue;
        }
    }
}

/* Has someone else reaped the process, or the system? */
static bool is_lost(OsdepProcess *process)
{
    bool lost;

    pthread_mutex_lock(&process->lock);
    lost = process->state == OSDEP_LOST;
    pthread_mutex_unlock(&process->lock);
    return lost;
}

/* Wait for its end, however that can be known. */
static OsdepWait wait_for_exit(OsdepProcess *process,
                               const OsdepDeadline *deadline, OsdepExit *how,
                               OsdepError **errp)
{
    OsdepError *err = NULL;
    OsdepWait ended = osdep_process_wait_until(process, deadline, how, &err);

    if (ended == OSDEP_WAIT_FAILED && is_lost(process)) {
        osdep_error_free(err);
        *how = (OsdepExit){ .kind = OSDEP_EXIT_UNKNOWN, .code = UINT32_MAX };
        return OSDEP_WAIT_ENDED;
    }
    osdep_error_propagate(errp, err);
    return ended;
}

/*
 * Kill the process, or its tree.  The process group ID of one that was reaped may
 * be another group's: what is left of that tree lives on.
 */
static bool kill_all(OsdepProcess *process, OsdepError **errp)
{
    OsdepError *err = NULL;

    if (process->leads_tree ? osdep_process_kill_tree(process, &err)
                            : osdep_process_kill(process, &err)) {
        return true;
    }
    if (is_lost(process)) {
        osdep_error_free(err);
        return true;
    }
    osdep_error_propagate(errp, err);
    return false;
}

static OsdepServed communicate(OsdepProcess *process, const char *input,
                               size_t len, OsdepBuffer *buffers, OsdepExit *how,
                               bool *timed_out, OsdepError **errp)
{
    const OsdepDeadline *deadline = &process->deadline;
    OsdepDeadline last;
    int served, ended;

    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0 &&
            fcntl(process->fds[i], F_SETFL, O_NONBLOCK) < 0) {
            osdep_error_setg_errno(errp, errno, "cannot set up a pipe");
            return OSDEP_NOT_SERVED;
        }
    }
#ifdef F_SETNOSIGPIPE
    /* macOS and NetBSD, where SIGPIPE is the whole process's (sys_generic.c of
     * both).  After F_SETFL, which clears it on NetBSD: FCNTLFLAGS, fcntl.h. */
    if (process->fds[0] >= 0) {
        fcntl(process->fds[0], F_SETNOSIGPIPE, 1);
    }
#endif
    served = serve_pipes(process, input, len, buffers, deadline);
    if (served < 0) {
        osdep_error_setg_errno(errp, errno,
                               "cannot read from or write to process %ld",
                               (long)process->pid);
        return OSDEP_NOT_SERVED;
    }
    ended = served ? wait_for_exit(process, deadline, how, errp) : 0;
    if (ended != 0) {
        return ended > 0 ? OSDEP_SERVED : OSDEP_NOT_SERVED;
    }
    *timed_out = true;
    if (!kill_all(process, errp)) {
        return OSDEP_NOT_SERVED;
    }
    last = osdep_deadline_in(OSDEP_REAP_MS);
    ended = wait_for_exit(process, &last, how, errp);
    if (ended == 0) {
        osdep_error_setg_errno(errp, ETIMEDOUT,
                               "process %ld was killed, but cannot be reaped "
                               "yet",
                               (long)process->pid);
        return OSDEP_NOT_ENDED;
    } else if (ended < 0) {
        return OSDEP_NOT_SERVED;
    }
    drain(process, buffers);
    return OSDEP_SERVED;
}

OsdepServed osdep_communicate_os(OsdepProcess *process,
                                 const OsdepRunOptions *run, OsdepBuffer *out,
                                 OsdepBuffer *err, OsdepExit *how,
                                 bool *timed_out, OsdepError **errp)
{
    OsdepBuffer buffers[3] = { [1] = *out, [2] = *err };
    OsdepServed served = communicate(process, run->input, run->input_len,
                                     buffers, how, timed_out, errp);

    *out = buffers[1];
    *err = buffers[2];
    return served;
}

#endif
