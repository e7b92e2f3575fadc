/*
 * Feeding a process and collecting what it says, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/process-os.h"
#include "util/process-win32.h"

#define NO_DEADLINE UINT64_MAX

/* A pipe of the process and the operation that is under way on it. */
typedef struct Transfer {
    HANDLE *pipe; /* NULL there: closed, or never open */
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
 * That nobody is at the other end is the end of the pipe, and no error, be it
 * that a program closed its stdin or that no one has its stdout any more.
 */
static bool transfer_failed(Transfer *t, DWORD error, Error **errp)
{
    if (error == ERROR_BROKEN_PIPE || error == ERROR_NO_DATA ||
        error == ERROR_PIPE_NOT_CONNECTED) {
        transfer_close(t);
        return true;
    }
    error_setg_win32(errp, (int)error, "cannot %s a process",
                     t->buffer ? "read from" : "write to");
    return false;
}

/* Start an operation if none is under way. */
static bool transfer_start(Transfer *t, Error **errp)
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
            error_setg_errno(errp, ENOMEM,
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

/* Take up the operation that is under way; @wait for it if need be. */
static bool transfer_finish(Transfer *t, bool wait, Error **errp)
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

/* Nothing is under way after this; what had come meanwhile is kept. */
static bool transfer_cancel(Transfer *t, Error **errp)
{
    if (t->pending && !CancelIoEx(*t->pipe, &t->overlapped)) {
        DWORD error = GetLastError();

        if (error != ERROR_NOT_FOUND) { /* else it has come to its end */
            /* The last handle of a pipe takes what is under way with it. */
            transfer_close(t);
            WaitForSingleObject(t->overlapped.hEvent, INFINITE);
            t->pending = false;
            return transfer_failed(t, error, errp);
        }
    }
    return transfer_finish(t, true, errp);
}

/*
 * Read what the pipe holds at this moment, and no more: who has the other end
 * may go on writing for ever.
 */
static bool transfer_drain(Transfer *t, Error **errp)
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
                        Error **errp)
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
    got = WaitForMultipleObjects(
        n, handles, FALSE, deadline == NO_DEADLINE ? INFINITE : (DWORD)left);
    if (got == WAIT_FAILED) {
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot wait for a process");
        return -1;
    }
    /* Who never stops writing is never timed out by the wait itself. */
    return got != WAIT_TIMEOUT && left > 0;
}

/* Returns: as wait_for_any() does, 1 when all has come and the process ended */
static int transfer_all(OsdepProcess *process, Transfer *transfers,
                        ULONGLONG deadline, Error **errp)
{
    bool ended = false;

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
            got = osdep_process_wait(process, 0, NULL, errp);
            if (got < 0) {
                return -1;
            }
            ended = got == 1;
        }
    }
}

bool osdep_communicate(OsdepProcess *process, const void *input,
                       size_t input_len, int timeout_ms, OsdepBuffer *out,
                       OsdepBuffer *err, OsdepExit *how, bool *timed_out,
                       Error **errp)
{
    ULONGLONG deadline =
        timeout_ms < 0 ? NO_DEADLINE : GetTickCount64() + (ULONGLONG)timeout_ms;
    Transfer transfers[3] = {
        { .pipe = &process->pipes[0],
          .input = input,
          .input_len = input ? input_len : 0 },
        { .pipe = &process->pipes[1], .buffer = out },
        { .pipe = &process->pipes[2], .buffer = err },
    };
    bool ok = true;
    int got = -1;

    for (int i = 0; ok && i < 3; i++) {
        transfers[i].overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        ok = transfers[i].overlapped.hEvent != NULL;
        if (!ok) {
            error_setg_win32(errp, (int)GetLastError(),
                             "cannot create an event");
        }
    }
    if (ok) {
        got = transfer_all(process, transfers, deadline, errp);
        ok = got >= 0;
    }
    *timed_out = got == 0;
    if (*timed_out) {
        ok = process->flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION)
                 ? osdep_process_kill_tree(process, errp)
                 : osdep_process_kill(process, errp);
    }
    ok = ok && osdep_process_wait(process, -1, how, errp) == 1;
    for (int i = 0; i < 3; i++) {
        /* With an error set there may be no second one. */
        ok = transfer_cancel(&transfers[i], ok ? errp : NULL) && ok;
        ok = ok && (!*timed_out || transfer_drain(&transfers[i], errp));
        if (transfers[i].overlapped.hEvent) {
            CloseHandle(transfers[i].overlapped.hEvent);
        }
    }
    return ok;
}
