/*
 * Processes: what is the same everywhere
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/process-os.h"

static bool check_stdio(const char *name, const OsdepStdio *stdio, int stream,
                        Error **errp)
{
    bool mode_fits = stream == 0 ? stdio->mode == OSDEP_FILE_READ
                                 : stdio->mode == OSDEP_FILE_TRUNCATE ||
                                       stdio->mode == OSDEP_FILE_APPEND;

    switch (stdio->kind) {
    case OSDEP_STDIO_INHERIT:
    case OSDEP_STDIO_NULL:
    case OSDEP_STDIO_PIPE:
        return true;
    case OSDEP_STDIO_FD:
        if (osdep_fd_is_open(stdio->fd)) {
            return true;
        }
        error_setg_errno(errp, EBADF, "%s: descriptor %d is not open", name,
                         stdio->fd);
        return false;
    case OSDEP_STDIO_FILE:
        if (!stdio->path) {
            error_setg_errno(errp, EINVAL, "%s: a file without a path", name);
            return false;
        } else if (!mode_fits) {
            error_setg_errno(errp, EINVAL, "%s: '%s' cannot be opened %s", name,
                             stdio->path,
                             stdio->mode == OSDEP_FILE_READ ? "to read from"
                                                            : "to write to");
            return false;
        }
        return true;
    case OSDEP_STDIO_STDOUT:
        if (stream == 2) {
            return true;
        }
        error_setg_errno(errp, EINVAL, "%s: only err can go where out goes",
                         name);
        return false;
    }
    error_setg_errno(errp, EINVAL, "%s: there is no kind %d of stream", name,
                     (int)stdio->kind);
    return false;
}

static bool check_keep_fds(const OsdepSpawnOptions *options, Error **errp)
{
    const OsdepStdio *const streams[] = { &options->in, &options->out,
                                          &options->err };

    for (size_t i = 0; i < options->n_keep_fds; i++) {
        int fd = options->keep_fds[i];

        if (!osdep_fd_is_open(fd)) {
            error_setg_errno(errp, EBADF,
                             "keep_fds[%zu]: descriptor %d is not open", i, fd);
            return false;
        }
        if (fd <= 2 && streams[fd]->kind != OSDEP_STDIO_INHERIT) {
            error_setg_errno(errp, EINVAL,
                             "keep_fds[%zu]: descriptor %d is to be something "
                             "else",
                             i, fd);
            return false;
        }
    }
    return true;
}

static bool check_env(const OsdepSpawnOptions *options, Error **errp)
{
    for (size_t i = 0; options->env && options->env[i]; i++) {
        const char *entry = options->env[i];

        /* Windows has names that begin with "=", as in "=C:=C:\folder". */
        if (!*entry || !strchr(entry + 1, '=')) {
            error_setg_errno(errp, EINVAL,
                             "env[%zu]: '%s' is not of the form NAME=VALUE", i,
                             entry);
            return false;
        }
    }
    return true;
}

static bool check_options(const OsdepSpawnOptions *options, Error **errp)
{
    const unsigned int all_flags =
        OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_NEW_GROUP |
        OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_INHERIT_FDS |
        OSDEP_SPAWN_HIDE_WINDOW;

    if (!options->argv || !options->argv[0]) {
        error_setg_errno(errp, EINVAL, "argv: no program given");
        return false;
    }
    if (options->flags & ~all_flags) {
        error_setg_errno(errp, EINVAL, "flags: 0x%x is unknown",
                         options->flags & ~all_flags);
        return false;
    }
    if (options->n_keep_fds && !options->keep_fds) {
        error_setg_errno(errp, EINVAL, "keep_fds: NULL, but n_keep_fds is %zu",
                         options->n_keep_fds);
        return false;
    }
    if (options->n_ignore_signals && !options->ignore_signals) {
        error_setg_errno(errp, EINVAL,
                         "ignore_signals: NULL, but n_ignore_signals is %zu",
                         options->n_ignore_signals);
        return false;
    }
    return check_env(options, errp) &&
           check_stdio("in", &options->in, 0, errp) &&
           check_stdio("out", &options->out, 1, errp) &&
           check_stdio("err", &options->err, 2, errp) &&
           check_keep_fds(options, errp) && osdep_spawn_check_os(options, errp);
}

static OsdepProcess *checked_spawn(const OsdepSpawnOptions *options,
                                   bool for_run, Error **errp)
{
    if (options->cannot_execute) {
        *options->cannot_execute = false;
    }
    return check_options(options, errp) ? osdep_spawn_os(options, for_run, errp)
                                        : NULL;
}

OsdepProcess *osdep_spawn(const OsdepSpawnOptions *options, Error **errp)
{
    int cancel_state = osdep_cancel_disable();
    OsdepProcess *process = checked_spawn(options, false, errp);

    osdep_cancel_restore(cancel_state);
    return process;
}

char *osdep_buffer_room(OsdepBuffer *buffer, size_t *room)
{
    const size_t least = 4096;

    if (buffer->size - buffer->len < least + 1) {
        size_t size = buffer->size < least ? 2 * least : 2 * buffer->size;
        char *data = size > buffer->size ? realloc(buffer->data, size) : NULL;

        if (!data) {
            return NULL;
        }
        buffer->data = data;
        buffer->size = size;
    }
    *room = buffer->size - buffer->len - 1;
    return buffer->data + buffer->len;
}

/* End @buffer with a NUL and hand it over; NULL if there is no memory. */
static char *buffer_finish(OsdepBuffer *buffer)
{
    char *data = realloc(buffer->data, buffer->len + 1);

    if (data) {
        data[buffer->len] = '\0';
        buffer->data = NULL;
    }
    return data;
}

/* End it and see it gone, unless it may not be killed. */
static void give_up(OsdepProcess *process)
{
    if (osdep_process_kill_tree(process, NULL) ||
        osdep_process_kill(process, NULL)) {
        osdep_process_wait(process, -1, NULL, NULL);
    }
}

static bool run(const OsdepSpawnOptions *options, const void *input,
                size_t input_len, int timeout_ms, OsdepRunResult *result,
                Error **errp)
{
    OsdepBuffer out = { 0 }, err = { 0 };
    OsdepProcess *process = checked_spawn(options, true, errp);
    bool ok;

    if (!process) {
        return false;
    }
    ok = osdep_communicate(process, input, input_len, timeout_ms, &out, &err,
                           &result->exit, &result->timed_out, errp);
    if (!ok) {
        give_up(process);
    }
    osdep_process_free(process);
    if (ok) {
        result->out_len = out.len;
        result->err_len = err.len;
        result->out = buffer_finish(&out);
        result->err = buffer_finish(&err);
        ok = result->out && result->err;
        if (!ok) {
            error_setg_errno(errp, ENOMEM, "cannot keep the output of '%s'",
                             options->argv[0]);
        }
    }
    free(out.data);
    free(err.data);
    if (!ok) {
        osdep_run_result_clear(result);
    }
    return ok;
}

bool osdep_run(const OsdepSpawnOptions *options, const void *input,
               size_t input_len, int timeout_ms, OsdepRunResult *result,
               Error **errp)
{
    int cancel_state = osdep_cancel_disable();
    OsdepSpawnOptions actual = *options;
    bool ok = false;

    *result = (OsdepRunResult){ 0 };
    if (options->cannot_execute) {
        *options->cannot_execute = false;
    }
    if (actual.in.kind == OSDEP_STDIO_INHERIT) {
        actual.in.kind = input ? OSDEP_STDIO_PIPE : OSDEP_STDIO_NULL;
    }
    if (actual.out.kind == OSDEP_STDIO_INHERIT) {
        actual.out.kind = OSDEP_STDIO_PIPE;
    }
    if (actual.err.kind == OSDEP_STDIO_INHERIT) {
        actual.err.kind = OSDEP_STDIO_PIPE;
    }
    if (input && actual.in.kind != OSDEP_STDIO_PIPE) {
        error_setg_errno(errp, EINVAL, "in: there is input for a pipe, too");
    } else {
        ok = run(&actual, input, input_len, timeout_ms, result, errp);
    }
    osdep_cancel_restore(cancel_state);
    return ok;
}

void osdep_run_result_clear(OsdepRunResult *result)
{
    free(result->out);
    free(result->err);
    *result = (OsdepRunResult){ 0 };
}
