/*
 * Feeding a process and collecting its output, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include "util/osdep-process-os.h"
#include "util/osdep-process-win32.h"

/* A pipe of the process and the operation that is pending on it. */
typedef struct Transfer {
    HANDLE *pipe; /* points to NULL: closed, or never open */
    OVERLAPPED overlapped;
    bool pending;
    OsdepBuffer *buffer; /* where to collect; NULL for stdin */
    const char *input;   /* what is still to be written */
    size_t input_len;
} Transfer;

static void transfer_close(Transfer *t)
{
    if (*t->pipe) {
        CloseHandle(*t->pipe);
        *t->pipe = NULL;
    }
}

/*
 * A pipe whose other end is closed has come to its end, and that is no error: the
 * program closed its stdin, or no process has its stdout open any more.
 */
static bool transfer_failed(Transfer *t, DWORD error, OsdepError **errp)
{
    if (error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA ||
        error == ERROR_PIPE_NOT_CONNECTED) {
        transfer_close(t);
        return true;
    }
    osdep_error_setg_win32(errp, (int)error, "cannot %s a process",
                           t->buffer ? "read from" : "write to");
    return false;
}

/* Start an operation if none is pending. */
static bool transfer_start(Transfer *t, OsdepError **errp)
{
    const size_t chunk = 65536;
    HANDLE event = t->overlapped.hEvent;
    size_t len;
    BOOL ok;

    if (!*t->pipe || t->pending) {
        return true;
    }
    t->overlapped = (OVERLAPPED){ .hEvent = event };
    if (t->buffer) {
        char *room = osdep_buffer_room(t->buffer, &len);

        if (!room) {
            osdep_error_setg_errno(errp, ENOMEM,
                                   "cannot keep the output of a process");
            return false;
        }
        ok = ReadFile(*t->pipe, room, (DWORD)(len < chunk ? len : chunk), NULL,
                      &t->overlapped);
    } else {
        if (t->input_len == 0) {
            transfer_close(t);
            return true;
        }
        len = t->input_len < chunk ? t->input_len : chunk;
        ok = WriteFile(*t->pipe, t->input, (DWORD)len, NULL, &t->overlapped);
    }
    t->pending = ok || GetLastError() == ERROR_IO_PENDING;
    return t->pending || transfer_failed(t, GetLastError(), errp);
}

/* Finish the operation that is pending; if @wait is set, wait for it. */
static bool transfer_finish(Transfer *t, bool wait, OsdepError **errp)
{
    DWORD n = 0, got;

    if (!t->pending) {
        return true;
    }
    if (!wait) {
        got = WaitForSingleObject(t->overlapped.hEvent, 0);
        if (got != WAIT_OBJECT_0) {
            return got == WAIT_TIMEOUT ||
                   transfer_failed(t, GetLastError(), errp);
        }
    }
    t->pending = false;
    if (!GetOverlappedResult(*t->pipe, &t->overlapped, &n, TRUE)) {
        DWORD error = GetLastError();

        return error == ERROR_OPERATION_ABORTED ||
               transfer_failed(t, error, errp);
    }
    if (t->buffer) {
        t->buffer->len += n;
    } else {
        t->input += n;
        t->input_len -= n;
    }
    return true;
}

/* No operation is pending after this; data that it has read is kept. */
static bool transfer_cancel(Transfer *t, OsdepError **errp)
{
    if (t->pending && !CancelIoEx(*t->pipe, &t->overlapped)) {
        DWORD error = GetLastError();

        if (error != ERROR_NOT_FOUND) { /* else it has come to its end */
            /* Closing the last handle of a pipe cancels what is pending. */
            transfer_close(t);
            WaitForSingleObject(t->overlapped.hEvent, INFINITE);
            t->pending = false;
            return transfer_failed(t, error, errp);
        }
    }
    return transfer_finish(t, true, errp);
}

/*
 * Read what the pipe holds at this moment, and no more: a process that has the
 * other end may go on writing for ever.
 */
static bool transfer_drain(Transfer *t, OsdepError **errp)
{
    DWORD left = 0;

    if (!t->buffer || !*t->pipe) {
        return true;
    }
    if (!PeekNamedPipe(*t->pipe, NULL, 0, NULL, &left, NULL)) {
        return transfer_failed(t, GetLastError(), errp);
    }
    while (left > 0 && *t->pipe) {
        size_t before = t->buffer->len, n;

        if (!transfer_start(t, errp) || !transfer_finish(t, true, errp)) {
            return false;
        }
        n = t->buffer->len - before;
        left -= n < left ? (DWORD)n : left;
    }
    return true;
}

/*
 * Wait for something to happen until @deadline, in ticks.
 * Returns: 1; 0 if it has passed; -1 on error.
 */
static int wait_for_any(Transfer *transfers, HANDLE process, ULONGLONG deadline,
                        OsdepError **errp)
{
    ULONGLONG now = GetTickCount64(),
              left = deadline > now ? deadline - now : 0;
    HANDLE handles[4];
    DWORD n = 0, got;

    for (int i = 0; i < 3; i++) {
        if (transfers[i].pending) {
            handles[n++] = transfers[i].overlapped.hEvent;
        }
    }
    if (process) {
        handles[n++] = process;
    }
    got = WaitForMultipleObjects(n, handles, FALSE,
                                 deadline == OSDEP_NO_DEADLINE ? INFINITE
                                                               : (DWORD)left);
    if (got == WAIT_FAILED) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot wait for a process");
        return -1;
    }
    /* The wait never times out on a process that writes all the time. */
    return got != WAIT_TIMEOUT && left > 0;
}

/* Returns: as wait_for_any(); 1 if all was read and the process has ended. */
static int transfer_all(OsdepProcess *process, Transfer *transfers,
                        ULONGLONG deadline, OsdepError **errp)
{
    bool ended = false;
    OsdepExit how;

    for (;;) {
        int got;

        for (int i = 0; i < 3; i++) {
            if (!transfer_start(&transfers[i], errp)) {
                return -1;
            }
        }
        if (ended && !*transfers[1].pipe && !*transfers[2].pipe) {
            return 1; /* whether it took all of the input or not */
        }
        got = wait_for_any(transfers, ended ? NULL : process->handle, deadline,
                           errp);
        if (got <= 0) {
            return got;
        }
        for (int i = 0; i < 3; i++) {
            if (!transfer_finish(&transfers[i], false, errp)) {
                return -1;
            }
        }
        if (!ended) {
            OsdepWait wait = osdep_process_wait_os(process, 0, &how, errp);

            if (wait == OSDEP_WAIT_FAILED) {
                return -1;
            }
            ended = wait == OSDEP_WAIT_ENDED;
        }
    }
}

/* The process has ended, or was killed. */
static OsdepServed wait_for_end(OsdepProcess *process, OsdepExit *how,
                                OsdepError **errp)
{
    OsdepWait ended = osdep_process_wait_os(process, OSDEP_REAP_MS, how, errp);

    if (ended == OSDEP_WAIT_TIMED_OUT) {
        osdep_error_setg_errno(errp, ETIMEDOUT,
                               "process %lu was killed, but does not end",
                               process->pid);
        return OSDEP_NOT_ENDED;
    }
    return ended == OSDEP_WAIT_ENDED ? OSDEP_SERVED : OSDEP_NOT_SERVED;
}

OsdepServed osdep_communicate_os(OsdepProcess *process,
                                 const OsdepRunOptions *run, OsdepBuffer *out,
                                 OsdepBuffer *err, OsdepExit *how,
                                 bool *timed_out, OsdepError **errp)
{
    OsdepServed served = OSDEP_NOT_SERVED;
    Transfer transfers[3] = {
        { .pipe = &process->pipes[0],
          .input = run->input,
          .input_len = run->input ? run->input_len : 0 },
        { .pipe = &process->pipes[1], .buffer = out },
        { .pipe = &process->pipes[2], .buffer = err },
    };
    bool ok = true;
    int got = -1;

    for (int i = 0; ok && i < 3; i++) {
        transfers[i].overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        ok = transfers[i].overlapped.hEvent != NULL;
        if (!ok) {
            osdep_error_setg_win32(errp, (int)GetLastError(),
                                   "cannot create an event");
        }
    }
    if (ok) {
        got = transfer_all(process, transfers, process->deadline, errp);
        ok = got >= 0;
    }
    *timed_out = got == 0;
    if (*timed_out) {
        ok = process->flags & OSDEP_SPAWN_TREE
                 ? osdep_process_kill_tree(process, errp)
                 : osdep_process_kill(process, errp);
    }
    if (ok) {
        served = wait_for_end(process, how, errp);
        ok = served == OSDEP_SERVED;
    }
    for (int i = 0; i < 3; i++) {
        /* No second error may be set over the first. */
        ok = transfer_cancel(&transfers[i], ok ? errp : NULL) && ok;
        ok = ok && (!*timed_out || transfer_drain(&transfers[i], errp));
        if (transfers[i].overlapped.hEvent) {
            CloseHandle(transfers[i].overlapped.hEvent);
        }
    }
    /* What it wrote cannot be read though it has ended. */
    return served == OSDEP_SERVED && !ok ? OSDEP_NOT_SERVED : served;
}

#endif
