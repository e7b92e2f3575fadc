/*
 * Error objects
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "util/error-os.h"

struct Error {
    char *msg;
    char *hint; /* NULL: none */
    const char *src;
    int line;
    const char *func;
    ErrorClass err_class;
    int os_error;
};

Error *error_abort;
Error *error_fatal;
Error *error_warn;

/* Stands in for any error there is no memory for.  Never written to. */
static const Error out_of_memory = {
    .msg = (char *)"out of memory",
    .src = "unknown",
    .func = "unknown",
    .os_error = ENOMEM,
};

static OsdepReporter *reporter;
static void *reporter_opaque;

static bool is_static(const Error *err)
{
    return err == &out_of_memory;
}

/*
 * @head, then @fmt formatted, then @tail, in memory of its own; NULL if there
 * is none.  A format that cannot be converted (a wide string that the locale
 * has no characters for) stands in for its result.
 */
OSDEP_PRINTF(2, 0)
static char *join(const char *head, const char *fmt, va_list ap,
                  const char *tail)
{
    size_t head_len = strlen(head), tail_len = strlen(tail), body_len;
    va_list ap2;
    char *text;
    int n;

    va_copy(ap2, ap);
    n = vsnprintf(NULL, 0, fmt, ap2);
    va_end(ap2);
    body_len = n < 0 ? strlen(fmt) : (size_t)n;

    text = malloc(head_len + body_len + tail_len + 1);
    if (!text) {
        return NULL;
    }
    memcpy(text, head, head_len);
    if (n < 0) {
        memcpy(text + head_len, fmt, body_len);
    } else {
        vsnprintf(text + head_len, body_len + 1, fmt, ap);
    }
    memcpy(text + head_len + body_len, tail, tail_len + 1);
    return text;
}

static void report(OsdepReportKind kind, const char *message, const char *hint)
{
    if (reporter) {
        reporter(kind, message, hint, reporter_opaque);
    } else {
        osdep_os_report(kind == OSDEP_REPORT_WARNING ? "warning: " : "",
                        message, hint);
    }
}

/* Without memory, what fits is reported. */
OSDEP_PRINTF(2, 0)
static void vreport(OsdepReportKind kind, const char *fmt, va_list ap)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    char brief[256];
    va_list ap2;
    char *text;

    va_copy(ap2, ap);
    text = join("", fmt, ap2, "");
    va_end(ap2);
    if (!text && vsnprintf(brief, sizeof(brief), fmt, ap) < 0) {
        snprintf(brief, sizeof(brief), "%s", fmt);
    }
    report(kind, text ? text : brief, NULL);
    free(text);
    osdep_os_codes_restore(codes);
}

void error_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(OSDEP_REPORT_ERROR, fmt, ap);
    va_end(ap);
}

void warn_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(OSDEP_REPORT_WARNING, fmt, ap);
    va_end(ap);
}

static void report_err(OsdepReportKind kind, Error *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (err) {
        report(kind, err->msg, err->hint);
        error_free(err);
    }
    osdep_os_codes_restore(codes);
}

void error_report_err(Error *err)
{
    report_err(OSDEP_REPORT_ERROR, err);
}

void warn_report_err(Error *err)
{
    report_err(OSDEP_REPORT_WARNING, err);
}

void error_reportf_err(Error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(&err, fmt, ap);
    va_end(ap);
    error_report_err(err);
}

void warn_reportf_err(Error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(&err, fmt, ap);
    va_end(ap);
    warn_report_err(err);
}

void error_set_reporter(OsdepReporter *fn, void *opaque)
{
    reporter = fn;
    reporter_opaque = opaque;
}

static _Noreturn void abort_at(const char *what, const char *src, int line,
                               const char *func, const Error *err)
{
    error_report("%s in %s() at %s:%d:", what, func, src, line);
    report(OSDEP_REPORT_ERROR, err->msg, err->hint);
    abort();
}

/*
 * Hand @err, which was set at @src, @line, @func, to @errp, which is not NULL
 * and, but for the special destinations, empty.
 */
static void deliver(Error **errp, Error *err, const char *src, int line,
                    const char *func)
{
    if (errp == &error_abort) {
        abort_at("Unexpected error", src, line, func, err);
    } else if (errp == &error_fatal) {
        error_report_err(err);
        exit(1);
    } else if (errp == &error_warn) {
        warn_report_err(err);
    } else {
        *errp = err;
    }
}

void osdep_error_setv(Error **errp, const char *src, int line, const char *func,
                      ErrorClass err_class, int os_error, const char *tail,
                      const char *fmt, va_list ap)
{
    Error *err;

    if (*errp) {
        abort_at("Error set over another one", src, line, func, *errp);
    }

    err = calloc(1, sizeof(*err));
    if (err) {
        *err = (Error){
            .msg = join("", fmt, ap, tail),
            .src = src,
            .line = line,
            .func = func,
            .err_class = err_class,
            .os_error = os_error,
        };
    }
    if (!err || !err->msg) {
        free(err);
        err = (Error *)&out_of_memory;
    }
    deliver(errp, err, src, line, func);
}

void error_set_internal(Error **errp, const char *src, int line,
                        const char *func, ErrorClass err_class, const char *fmt,
                        ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, err_class, 0, "", fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void error_setg_internal(Error **errp, const char *src, int line,
                         const char *func, const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, ERROR_CLASS_GENERIC_ERROR, 0, "",
                     fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void error_setg_errno_internal(Error **errp, const char *src, int line,
                               const char *func, int os_errno, const char *fmt,
                               ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    char tail[256] = "";
    va_list ap;

    if (!errp) {
        return;
    }
    if (os_errno) {
        strcpy(tail, ": ");
        osdep_os_strerror(os_errno, tail + 2, sizeof(tail) - 2);
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, ERROR_CLASS_GENERIC_ERROR, os_errno,
                     tail, fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void error_setg_file_open_internal(Error **errp, const char *src, int line,
                                   const char *func, int os_errno,
                                   const char *filename)
{
    error_setg_errno_internal(errp, src, line, func, os_errno,
                              "Could not open '%s'", filename);
}

ErrorClass error_get_class(const Error *err)
{
    return err->err_class;
}

const char *error_get_pretty(const Error *err)
{
    return err->msg;
}

int error_get_os_error(const Error *err)
{
    return err->os_error;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

Error *error_copy(const Error *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    Error *copy = NULL;

    if (!is_static(err)) {
        copy = malloc(sizeof(*copy));
    }
    if (copy) {
        *copy = *err;
        copy->msg = copy_text(err->msg);
        copy->hint = err->hint ? copy_text(err->hint) : NULL;
        if (!copy->msg || (err->hint && !copy->hint)) {
            error_free(copy);
            copy = NULL;
        }
    }
    osdep_os_codes_restore(codes);
    return copy ? copy : (Error *)&out_of_memory;
}

void error_free(Error *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (err && !is_static(err)) {
        free(err->msg);
        free(err->hint);
        free(err);
    }
    osdep_os_codes_restore(codes);
}

void error_free_or_abort(Error **errp)
{
    if (!errp || !*errp) {
        error_report("error_free_or_abort: there is no error");
        abort();
    }
    error_free(*errp);
    *errp = NULL;
}

void error_propagate(Error **dst_errp, Error *local_err)
{
    if (!local_err) {
        return;
    }
    if (dst_errp && !*dst_errp) {
        deliver(dst_errp, local_err, local_err->src, local_err->line,
                local_err->func);
    } else {
        error_free(local_err);
    }
}

void error_propagate_prepend(Error **dst_errp, Error *local_err,
                             const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(&local_err, fmt, ap);
    va_end(ap);
    error_propagate(dst_errp, local_err);
}

/* Without memory, the message stays as it was. */
void error_vprepend(Error *const *errp, const char *fmt, va_list ap)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (errp && *errp && !is_static(*errp)) {
        char *msg = join("", fmt, ap, (*errp)->msg);

        if (msg) {
            free((*errp)->msg);
            (*errp)->msg = msg;
        }
    }
    osdep_os_codes_restore(codes);
}

void error_prepend(Error *const *errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(errp, fmt, ap);
    va_end(ap);
}

/* Without memory, the hint stays as it was. */
void error_append_hint(Error *const *errp, const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (errp && *errp && !is_static(*errp)) {
        Error *err = *errp;
        char *hint;

        va_start(ap, fmt);
        hint = join(err->hint ? err->hint : "", fmt, ap, "");
        va_end(ap);
        if (hint) {
            free(err->hint);
            err->hint = hint;
        }
    }
    osdep_os_codes_restore(codes);
}
