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
 * Write as much input as the pipe accepts.  Returns: false with errno set on
 * failure.
 */
static bool feed(OsdepProcess *process, const char **input, size_t *len)
{
    ssize_t n = 0;

    if (*len > 0) {
        n = write_without_sigpipe(process->fds[0], *input,
                                  *len < MAX_IO_SIZE ? *len : MAX_IO_SIZE);
    }
    if (n < 0 && errno != EPIPE) {
        return is_try_again(errno);
    }
    if (n > 0) {
        *input += n;
        *len -= (size_t)n;
    }
    if (n < 0 || *len == 0) {
        close_stream(process, 0);
    }
    return true;
}

/*
 * Read what stream @stream has, and close it at its end.  Returns: 1 if there was
 * something, 0 if not, -1 with errno set on failure.
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
    return n > 0;
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
    int *fds = process->fds, timeout, ready, ended;

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
        if (ready < 0 && errno != EINTR) {
            return -1;
        }
        for (int i = 0; ready > 0 && i < 3; i++) {
            if (polled[i].revents == 0) {
                continue;
            }
            if (i == 0 ? !feed(process, &input, &len)
                       : collect(process, i, &buffers[i]) < 0) {
                return -1;
            }
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

static bool communicate(OsdepProcess *process, const char *input, size_t len,
                        const OsdepDeadline *deadline, OsdepBuffer *buffers,
                        OsdepExit *how, bool *timed_out, OsdepError **errp)
{
    const OsdepDeadline never = { .is_never = true };
    int served, ended;

    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0 &&
            fcntl(process->fds[i], F_SETFL, O_NONBLOCK) < 0) {
            osdep_error_setg_errno(errp, errno, "cannot set up a pipe");
            return false;
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
        return false;
    }
    ended = served ? osdep_process_wait_until(process, deadline, how, errp) : 0;
    if (ended != 0) {
        return ended > 0;
    }
    *timed_out = true;
    if (!(process->leads_tree ? osdep_process_kill_tree(process, errp)
                              : osdep_process_kill(process, errp)) ||
        osdep_process_wait_until(process, &never, how, errp) < 0) {
        return false;
    }
    drain(process, buffers);
    return true;
}

bool osdep_communicate_os(OsdepProcess *process, const OsdepRunOptions *run,
                          OsdepBuffer *out, OsdepBuffer *err, OsdepExit *how,
                          bool *timed_out, OsdepError **errp)
{
    OsdepBuffer buffers[3] = { [1] = *out, [2] = *err };
    OsdepDeadline deadline =
        osdep_deadline_in(run->timeout_ms ? run->timeout_ms : -1);
    bool ok = communicate(process, run->input, run->input_len, &deadline,
                          buffers, how, timed_out, errp);

    *out = buffers[1];
    *err = buffers[2];
    return ok;
}

#endif
