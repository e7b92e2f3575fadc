/*
 * Processes: what is the same everywhere
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#include "util/osdep-process-os.h"
#include "util/osdep-step.h"

/* = Structures of the caller's size = */

/*
 * Copy the caller's structure @from of @from_size bytes to @to of @to_size: what
 * is missing is zero, and what this library does not know must be.  @needed: the
 * least that can be used.
 */
static bool take_sized(void *to, size_t to_size, const void *from,
                       size_t from_size, size_t needed, const char *what,
                       OsdepError **errp)
{
    const char *beyond = (const char *)from + to_size;

    if (from_size < needed) {
        osdep_error_setg_errno(errp, EINVAL,
                               "%s: a structure of %zu bytes is too small",
                               what, from_size);
        return false;
    }
    for (size_t i = 0; from_size > to_size && i < from_size - to_size; i++) {
        if (beyond[i]) {
            osdep_error_setg_errno(errp, EINVAL,
                                   "%s: a member at byte %zu is set that "
                                   "osdep " OSDEP_VERSION " does not know",
                                   what, to_size + i);
            return false;
        }
    }
    memset(to, 0, to_size);
    memcpy(to, from, from_size < to_size ? from_size : to_size);
    return true;
}

/* Copy our @from of @from_size bytes to the caller's @to of @to_size. */
static void give_sized(void *to, size_t to_size, const void *from,
                       size_t from_size)
{
    memset(to, 0, to_size);
    memcpy(to, from, from_size < to_size ? from_size : to_size);
}

/*
 * A member must not begin in the padding at the end of an older structure: that
 * has the same size without it.
 */
#define ENDS_WITH(type, member) \
    (sizeof(type) == offsetof(type, member) + sizeof(((type *)0)->member))
_Static_assert(ENDS_WITH(OsdepSpawnOptions, reserved), "padding");
_Static_assert(ENDS_WITH(OsdepRunOptions, reserved), "padding");
_Static_assert(ENDS_WITH(OsdepRunResult, reserved), "padding");

/* = Checks = */

static const char *const stream_names[] = { "in", "out", "err" };

static OsdepStdio *stream_of(OsdepSpawnOptions *options, int stream)
{
    return stream == 0   ? &options->in
           : stream == 1 ? &options->out
                         : &options->err;
}

static bool check_stdio(const OsdepStdio *stdio, int stream,
                        const OsdepRuntime *runtime, OsdepError **errp)
{
    const char *name = stream_names[stream];
    bool mode_fits = stream == 0 ? stdio->mode == OSDEP_FILE_READ
                                 : stdio->mode == OSDEP_FILE_TRUNCATE ||
                                       stdio->mode == OSDEP_FILE_APPEND;

    if (stdio->reserved[0] || stdio->reserved[1]) {
        osdep_error_setg_errno(errp, EINVAL, "%s: reserved is not 0", name);
        return false;
    }
    switch (stdio->kind) {
    case OSDEP_STDIO_DEFAULT:
    case OSDEP_STDIO_INHERIT:
    case OSDEP_STDIO_NULL:
    case OSDEP_STDIO_PIPE:
        return true;
    case OSDEP_STDIO_FD:
        return osdep_spawn_check_fd(name, stdio->fd, runtime, errp);
    case OSDEP_STDIO_HANDLE:
        return osdep_spawn_check_handle(name, stdio->handle, errp);
    case OSDEP_STDIO_FILE:
        if (!stdio->path) {
            osdep_error_setg_errno(errp, EINVAL, "%s: a file without a path",
                                   name);
            return false;
        } else if (!mode_fits) {
            osdep_error_setg_errno(
                errp, EINVAL, "%s: '%s' cannot be opened %s", name, stdio->path,
                stdio->mode == OSDEP_FILE_READ ? "to read from"
                                               : "to write to");
            return false;
        }
        return true;
    case OSDEP_STDIO_STDOUT:
        if (stream == 2) {
            return true;
        }
        osdep_error_setg_errno(errp, EINVAL,
                               "%s: only err can go where out goes", name);
        return false;
    }
    osdep_error_setg_errno(errp, EINVAL, "%s: there is no kind %d of stream",
                           name, (int)stdio->kind);
    return false;
}

/*
 * Check pass_fds.  An entry for a standard stream becomes that stream, which must
 * be OSDEP_STDIO_DEFAULT.
 */
static bool check_pass_fds(OsdepSpawnOptions *options,
                           const OsdepRuntime *runtime, OsdepError **errp)
{
    bool is_passed[3] = { false };

    for (size_t i = 0; i < options->n_pass_fds; i++) {
        const OsdepPassFd *pass = &options->pass_fds[i];
        char name[48];

        snprintf(name, sizeof(name), "pass_fds[%zu]", i);
        if (!osdep_spawn_check_fd(name, pass->ours, runtime, errp)) {
            return false;
        }
        if (pass->theirs < 0) {
            osdep_error_setg_errno(errp, EINVAL,
                                   "%s: the child cannot have descriptor %d",
                                   name, pass->theirs);
            return false;
        }
        if (pass->theirs <= 2) {
            OsdepStdio *stdio = stream_of(options, pass->theirs);

            if (is_passed[pass->theirs]) {
                osdep_error_setg_errno(
                    errp, EINVAL,
                    "%s: the child's descriptor %d is there twice", name,
                    pass->theirs);
                return false;
            }
            if (stdio->kind != OSDEP_STDIO_DEFAULT) {
                osdep_error_setg_errno(
                    errp, EINVAL,
                    "%s: the child's descriptor %d is '%s', which is not left "
                    "to pass_fds",
                    name, pass->theirs, stream_names[pass->theirs]);
                return false;
            }
            is_passed[pass->theirs] = true;
            stdio->kind = OSDEP_STDIO_FD;
            stdio->fd = pass->ours;
        }
    }
    return true;
}

static bool check_env(const OsdepSpawnOptions *options, OsdepError **errp)
{
    for (size_t i = 0; options->env && options->env[i]; i++) {
        const char *entry = options->env[i];

        /* Windows has names that begin with "=", as in "=C:=C:\folder". */
        if (!*entry || !strchr(entry + 1, '=')) {
            osdep_error_setg_errno(
                errp, EINVAL, "env[%zu]: '%s' is not of the form NAME=VALUE", i,
                entry);
            return false;
        }
    }
    return true;
}

/* Check @options; OSDEP_STDIO_DEFAULT becomes OSDEP_STDIO_INHERIT. */
static bool check_options(OsdepSpawnOptions *options,
                          const OsdepRuntime *runtime, OsdepError **errp)
{
    const unsigned int all_flags =
        OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_TREE |
        OSDEP_SPAWN_DIE_WITH_PARENT | OSDEP_SPAWN_INHERIT_FDS |
        OSDEP_SPAWN_HIDE_WINDOW;

    if (!options->argv || !options->argv[0]) {
        osdep_error_setg_errno(errp, EINVAL, "argv: no program given");
        return false;
    }
    if (options->reserved) {
        osdep_error_setg_errno(errp, EINVAL, "reserved: not 0");
        return false;
    }
    if (options->flags & ~all_flags) {
        osdep_error_setg_errno(errp, EINVAL, "flags: 0x%x is unknown",
                               options->flags & ~all_flags);
        return false;
    }
    if (options->n_pass_fds && !options->pass_fds) {
        osdep_error_setg_errno(errp, EINVAL,
                               "pass_fds: NULL, but n_pass_fds is %zu",
                               options->n_pass_fds);
        return false;
    }
    if (options->n_ignore_signals && !options->ignore_signals) {
        osdep_error_setg_errno(
            errp, EINVAL, "ignore_signals: NULL, but n_ignore_signals is %zu",
            options->n_ignore_signals);
        return false;
    }
    if (!check_env(options, errp) ||
        !check_stdio(&options->in, 0, runtime, errp) ||
        !check_stdio(&options->out, 1, runtime, errp) ||
        !check_stdio(&options->err, 2, runtime, errp) ||
        !check_pass_fds(options, runtime, errp)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (stream_of(options, i)->kind == OSDEP_STDIO_DEFAULT) {
            stream_of(options, i)->kind = OSDEP_STDIO_INHERIT;
        }
    }
    return osdep_spawn_check_os(options, errp);
}

/* = Starting = */

OsdepProcess *osdep_spawn_sized(const OsdepSpawnOptions *options,
                                size_t options_size,
                                const OsdepRuntime *runtime, OsdepError **errp)
{
    int cancel_state = osdep_cancel_disable();
    OsdepProcess *process = NULL;
    OsdepSpawnOptions ours;
    OsdepError *err = NULL;

    if (take_sized(&ours, sizeof(ours), options, options_size,
                   sizeof(options->argv), "options", &err) &&
        check_options(&ours, runtime, &err)) {
        process = osdep_spawn_os(&ours, NULL, runtime, &err);
    }
    osdep_error_set_step(err, OSDEP_STEP_CHECK); /* unless it has another */
    osdep_error_propagate(errp, err);
    osdep_cancel_restore(cancel_state);
    return process;
}

OsdepWait osdep_process_wait_sized(OsdepProcess *process, int timeout_ms,
                                   OsdepExit *how, size_t how_size,
                                   OsdepError **errp)
{
    int cancel_state = osdep_cancel_disable();
    OsdepExit ours = { 0 };
    OsdepWait ended = osdep_process_wait_os(process, timeout_ms, &ours, errp);

    if (ended == OSDEP_WAIT_ENDED && how) {
        give_sized(how, how_size, &ours, sizeof(ours));
    }
    osdep_cancel_restore(cancel_state);
    return ended;
}

/* = Running to the end = */

char *osdep_buffer_room(OsdepBuffer *buffer, size_t *room)
{
    const size_t least = 4096, most = OSDEP_BUFFER_MAX + 2;

    if (buffer->len > OSDEP_BUFFER_MAX) {
        errno = ENOBUFS;
        return NULL;
    }
    if (buffer->size - buffer->len < least + 1 && buffer->size < most) {
        size_t size = buffer->size < least ? 2 * least : 2 * buffer->size;
        char *data;

        size = size < most ? size : most;
        data = realloc(buffer->data, size);
        if (!data) {
            errno = ENOMEM; /* Windows: realloc() need not set it */
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

/* Kill the process, unless we may not, and wait a second for its end. */
static void kill_and_reap(OsdepProcess *process)
{
    OsdepExit how;

    if (osdep_process_kill_tree(process, NULL) ||
        osdep_process_kill(process, NULL)) {
        osdep_process_wait_os(process, OSDEP_REAP_MS, &how, NULL);
    }
}

/* Say that one of @buffers, out and err, holds too much.  Returns: whether. */
static bool is_too_much(OsdepBuffer *const buffers[2], const char *name,
                        OsdepError **errp)
{
    static const char *const titles[] = { "output", "error" };

    for (int i = 0; i < 2; i++) {
        if (buffers[i]->len > OSDEP_BUFFER_MAX) {
            osdep_error_free(*errp); /* what came of that */
            *errp = NULL;
            osdep_error_setg_errno(
                errp, ENOBUFS, "'%s' wrote more than %d MiB to its standard %s",
                name, (int)(OSDEP_BUFFER_MAX >> 20), titles[i]);
            return true;
        }
    }
    return false;
}

static bool run_to_end(OsdepProcess *process, const char *name,
                       const OsdepRunOptions *run, OsdepRunResult *result,
                       OsdepError **errp)
{
    OsdepBuffer out = { 0 }, err = { 0 };
    OsdepServed served = osdep_communicate_os(
        process, run, &out, &err, &result->exit, &result->timed_out, errp);
    bool ok = !is_too_much((OsdepBuffer *const[]){ &out, &err }, name, errp) &&
              served == OSDEP_SERVED;

    if (served == OSDEP_NOT_SERVED) {
        kill_and_reap(process);
    }
    if (ok) {
        result->out_len = out.len;
        result->err_len = err.len;
        result->out = buffer_finish(&out);
        result->err = buffer_finish(&err);
        ok = result->out && result->err;
        if (!ok) {
            osdep_error_setg_errno(errp, ENOMEM,
                                   "cannot keep the output of '%s'", name);
        }
    }
    free(out.data);
    free(err.data);
    if (!ok) {
        osdep_error_set_step(*errp, OSDEP_STEP_SERVE);
        osdep_run_result_clear(result);
    }
    return ok;
}

static bool check_run(const OsdepSpawnOptions *spawn,
                      const OsdepRunOptions *run, OsdepError **errp)
{
    if (run->reserved) {
        osdep_error_setg_errno(errp, EINVAL, "run: reserved is not 0");
        return false;
    }
    if (run->timeout_ms < 0) {
        osdep_error_setg_errno(errp, EINVAL, "timeout_ms: %d is negative",
                               run->timeout_ms);
        return false;
    }
    if (run->input_len && !run->input) {
        osdep_error_setg_errno(
            errp, EINVAL, "input: NULL, but input_len is %zu", run->input_len);
        return false;
    }
    if (run->input && spawn->in.kind != OSDEP_STDIO_PIPE) {
        osdep_error_setg_errno(errp, EINVAL,
                               "in: there is input for a pipe, too");
        return false;
    }
    return true;
}

/* Replace OSDEP_STDIO_DEFAULT by what it means for osdep_run(). */
static void set_run_streams(OsdepSpawnOptions *spawn,
                            const OsdepRunOptions *run)
{
    if (spawn->in.kind == OSDEP_STDIO_DEFAULT) {
        spawn->in.kind = run->input ? OSDEP_STDIO_PIPE : OSDEP_STDIO_NULL;
    }
    if (spawn->out.kind == OSDEP_STDIO_DEFAULT) {
        spawn->out.kind = OSDEP_STDIO_PIPE;
    }
    if (spawn->err.kind == OSDEP_STDIO_DEFAULT) {
        spawn->err.kind = OSDEP_STDIO_PIPE;
    }
}

/* With the caller's structures copied to ours. */
static bool run_with(OsdepSpawnOptions *spawn, const OsdepRunOptions *run,
                     OsdepRunResult *result, const OsdepRuntime *runtime,
                     OsdepError **errp)
{
    OsdepProcess *process;
    bool ok;

    set_run_streams(spawn, run);
    if (!check_run(spawn, run, errp) || !check_options(spawn, runtime, errp)) {
        return false;
    }
    process = osdep_spawn_os(spawn, run, runtime, errp);
    if (!process) {
        return false;
    }
    ok = run_to_end(process, spawn->argv[0], run, result, errp);
    osdep_process_free(process);
    return ok;
}

bool osdep_run_sized(const OsdepSpawnOptions *spawn, size_t spawn_size,
                     const OsdepRunOptions *run, size_t run_size,
                     OsdepRunResult *result, size_t result_size,
                     const OsdepRuntime *runtime, OsdepError **errp)
{
    int cancel_state = osdep_cancel_disable();
    OsdepRunResult our_result = { 0 };
    OsdepSpawnOptions our_spawn;
    OsdepRunOptions our_run = { 0 };
    OsdepError *err = NULL;
    bool ok = false;

    if (result_size < offsetof(OsdepRunResult, exit)) {
        osdep_error_setg_errno(&err, EINVAL,
                               "result: a structure of %zu bytes is too small",
                               result_size);
    } else if (take_sized(&our_spawn, sizeof(our_spawn), spawn, spawn_size,
                          sizeof(spawn->argv), "spawn", &err) &&
               (!run || take_sized(&our_run, sizeof(our_run), run, run_size, 0,
                                   "run", &err))) {
        ok = run_with(&our_spawn, &our_run, &our_result, runtime, &err);
    }
    osdep_error_set_step(err, OSDEP_STEP_CHECK);
    give_sized(result, result_size, &our_result, sizeof(our_result));
    osdep_error_propagate(errp, err);
    osdep_cancel_restore(cancel_state);
    return ok;
}

void osdep_run_result_clear_sized(OsdepRunResult *result, size_t result_size)
{
    free(result->out);
    free(result->err);
    memset(result, 0, result_size);
}
