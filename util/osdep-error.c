/*
 * Error objects and reports
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifndef OSDEP_ERROR_IS_QEMUS

#include "util/osdep-error-os.h"
#include "util/osdep-step.h"

struct OsdepError {
    char *msg;
    char *hint; /* NULL: none */
    const char *src;
    int line;
    const char *func;
    OsdepErrorClass err_class;
    int os_errno;
    unsigned long win32_err;
    OsdepStep step;
};

OsdepError *osdep_error_abort;
OsdepError *osdep_error_fatal;
OsdepError *osdep_error_warn;
bool osdep_message_with_timestamp;

/* Stands in for any error there is no memory for.  Never written to. */
static const OsdepError out_of_memory = {
    .msg = (char *)"out of memory",
    .src = "unknown",
    .func = "unknown",
    .os_errno = ENOMEM,
};

static OsdepReporter *reporter;
static void *reporter_opaque;
static char program_name[256]; /* that of osdep_error_init(), or "" */

/*
 * A thread's variables are not touched before they are needed: some C libraries
 * allocate them on first use, and abort if there is no memory.
 */
static bool locations_are_used; /* by any thread; atomic */
static _Thread_local OsdepLocation bottom_location;
static _Thread_local OsdepLocation *top_location; /* NULL: the bottom */
static _Thread_local bool in_reporter;

static bool is_static(const OsdepError *err)
{
    return err == &out_of_memory;
}

/* The longest escape sequence, \u009f, and a NUL. */
enum { ESCAPE_SIZE = 7 };

/*
 * Write to @sequence the escape sequence of the control character that @from begins
 * with: one of ASCII, or U+0080 to U+009F in UTF-8.  @lines: newlines and tabs are
 * shown as they are.  Returns: how many bytes the character has; 0 if it is none.
 */
static size_t escape_control(const char *from, bool lines,
                             char sequence[ESCAPE_SIZE])
{
    static const char plain[] = "\a\b\f\v\r\n\t", letters[] = "abfvrnt";
    const unsigned char byte = (unsigned char)from[0];
    const unsigned char next = byte ? (unsigned char)from[1] : 0;
    const char *found;

    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
        snprintf(sequence, ESCAPE_SIZE, "\\u00%02x", (unsigned int)next);
        return 2;
    }
    if ((byte >= 0x20 && byte != 0x7f) || byte == 0 ||
        (lines && (byte == '\n' || byte == '\t'))) {
        return 0;
    }
    found = strchr(plain, byte);
    if (found) {
        snprintf(sequence, ESCAPE_SIZE, "\\%c", letters[found - plain]);
    } else {
        snprintf(sequence, ESCAPE_SIZE, "\\x%02x", (unsigned int)byte);
    }
    return 1;
}

/* Without memory for the escape sequences. */
static void blank_controls(char *text, bool lines)
{
    char sequence[ESCAPE_SIZE];

    while (*text) {
        size_t len = escape_control(text, lines, sequence);

        memset(text, '?', len);
        text += len ? len : 1;
    }
}

/*
 * Replace the control characters in @text, which is allocated, by escape
 * sequences.  Returns: the text in place of @text.
 */
static char *escape_controls(char *text, bool lines)
{
    size_t size = 1, n_controls = 0;
    char *escaped, *to;

    for (const char *from = text; *from;) {
        char sequence[ESCAPE_SIZE] = "";
        size_t len = escape_control(from, lines, sequence);

        n_controls += len > 0;
        size += len ? strlen(sequence) : 1;
        from += len ? len : 1;
    }
    if (n_controls == 0) {
        return text;
    }
    escaped = to = malloc(size);
    if (!escaped) {
        blank_controls(text, lines);
        return text;
    }
    for (const char *from = text; *from;) {
        char sequence[ESCAPE_SIZE] = { *from };
        size_t len = escape_control(from, lines, sequence);

        strcpy(to, sequence);
        to += strlen(sequence);
        from += len ? len : 1;
    }
    *to = '\0';
    free(text);
    return escaped;
}

/*
 * @head, then @fmt formatted, then @tail, in memory of its own; NULL if there
 * is no memory.  A format that cannot be converted (a wide string that the
 * locale has no characters for) stands in for its result.
 */
OSDEP_PRINTF(2, 0)
static char *format_between(const char *head, const char *fmt, va_list ap,
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

/* format_between() for a message: on one line. */
OSDEP_PRINTF(2, 0)
static char *format_message(const char *head, const char *fmt, va_list ap,
                            const char *tail)
{
    char *text = format_between(head, fmt, ap, tail);

    return text ? escape_controls(text, false) : NULL;
}

/* @fmt formatted, in memory of its own; NULL if there is no memory. */
OSDEP_PRINTF(1, 2)
static char *format(const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = format_between("", fmt, ap, "");
    va_end(ap);
    return text;
}

static OsdepLocation *current_location(void)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    OsdepLocation *loc = top_location ? top_location : &bottom_location;

    __atomic_store_n(&locations_are_used, true, __ATOMIC_RELAXED);
    osdep_os_codes_restore(codes);
    return loc;
}

static char *command_line_text(const OsdepLocation *loc)
{
    const char *const *argv = loc->ptr;
    size_t size = sizeof(": ");
    char *text, *to;

    for (int i = 0; i < loc->num; i++) {
        size += strlen(argv[i]) + 1;
    }
    text = to = malloc(size);
    if (!text) {
        return NULL;
    }
    for (int i = 0; i < loc->num; i++) {
        size_t len = strlen(argv[i]);

        if (i > 0) {
            *to++ = ' ';
        }
        memcpy(to, argv[i], len);
        to += len;
    }
    strcpy(to, ": ");
    return text;
}

/*
 * What reports begin with for the current location, in memory of its own.
 * NULL if there is none, or no memory.
 */
static char *location_text(void)
{
    const OsdepLocation *loc;
    const char *file;
    char *text = NULL;

    if (!__atomic_load_n(&locations_are_used, __ATOMIC_RELAXED)) {
        return NULL;
    }
    loc = current_location();
    switch (loc->kind) {
    case OSDEP_LOC_CMDLINE:
        text = command_line_text(loc);
        break;
    case OSDEP_LOC_FILE:
        file = loc->ptr;
        text =
            loc->num ? format("%s:%d: ", file, loc->num) : format("%s: ", file);
        break;
    }
    return text ? escape_controls(text, false) : NULL;
}

/* Print the report on standard error. */
static void print_report(OsdepReportKind kind, const char *location,
                         const char *message, const char *hint)
{
    static const char *const labels[] = { "", "warning: ", "info: " };
    char name[1024], timestamp[64] = "";
    char *text;

    memcpy(name, program_name, sizeof(program_name));
    if (!*name) {
        osdep_os_program_name(name, sizeof(name));
        blank_controls(name, false);
    }
    if (osdep_message_with_timestamp) {
        osdep_os_timestamp(timestamp, sizeof(timestamp));
    }
    text = format("%s%s%s%s%s%s%s\n%s", timestamp, *timestamp ? " " : "", name,
                  *name ? ": " : "", location, labels[kind], message, hint);
    if (text) {
        osdep_os_print(text);
    } else {
        fprintf(stderr, "%s%s%s%s%s\n%s", name, *name ? ": " : "", location,
                labels[kind], message, hint);
    }
    free(text);
}

/* Call the reporter with the report. */
static void pass_to_reporter(OsdepReportKind kind, const char *location,
                             const char *message, const char *hint)
{
    char *text = *location ? format("%s%s", location, message) : NULL;

    in_reporter = true;
    reporter(kind, text ? text : message, hint, reporter_opaque);
    in_reporter = false;
    free(text);
}

static void report(OsdepReportKind kind, const char *message, const char *hint)
{
    char *location = location_text();

    if (reporter && !in_reporter) {
        pass_to_reporter(kind, location ? location : "", message, hint);
    } else {
        print_report(kind, location ? location : "", message, hint ? hint : "");
    }
    free(location);
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
    text = format_message("", fmt, ap2, "");
    va_end(ap2);
    if (!text) {
        if (vsnprintf(brief, sizeof(brief), fmt, ap) < 0) {
            snprintf(brief, sizeof(brief), "%s", fmt);
        }
        blank_controls(brief, false);
    }
    report(kind, text ? text : brief, NULL);
    free(text);
    osdep_os_codes_restore(codes);
}

void osdep_error_vreport(const char *fmt, va_list ap)
{
    vreport(OSDEP_REPORT_ERROR, fmt, ap);
}

void osdep_warn_vreport(const char *fmt, va_list ap)
{
    vreport(OSDEP_REPORT_WARNING, fmt, ap);
}

void osdep_info_vreport(const char *fmt, va_list ap)
{
    vreport(OSDEP_REPORT_INFO, fmt, ap);
}

void osdep_error_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(OSDEP_REPORT_ERROR, fmt, ap);
    va_end(ap);
}

void osdep_warn_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(OSDEP_REPORT_WARNING, fmt, ap);
    va_end(ap);
}

void osdep_info_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(OSDEP_REPORT_INFO, fmt, ap);
    va_end(ap);
}

/* Returns whether the caller is the first to ask for @printed. */
static bool is_first(bool *printed)
{
    return !__atomic_test_and_set(printed, __ATOMIC_RELAXED);
}

bool osdep_error_report_once_cond(bool *printed, const char *fmt, ...)
{
    va_list ap;

    if (!is_first(printed)) {
        return false;
    }
    va_start(ap, fmt);
    vreport(OSDEP_REPORT_ERROR, fmt, ap);
    va_end(ap);
    return true;
}

bool osdep_warn_report_once_cond(bool *printed, const char *fmt, ...)
{
    va_list ap;

    if (!is_first(printed)) {
        return false;
    }
    va_start(ap, fmt);
    vreport(OSDEP_REPORT_WARNING, fmt, ap);
    va_end(ap);
    return true;
}

static void report_err(OsdepReportKind kind, OsdepError *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (err) {
        report(kind, err->msg, err->hint);
        osdep_error_free(err);
    }
    osdep_os_codes_restore(codes);
}

void osdep_error_report_err(OsdepError *err)
{
    report_err(OSDEP_REPORT_ERROR, err);
}

void osdep_warn_report_err(OsdepError *err)
{
    report_err(OSDEP_REPORT_WARNING, err);
}

void osdep_error_reportf_err(OsdepError *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    osdep_error_vprepend(&err, fmt, ap);
    va_end(ap);
    osdep_error_report_err(err);
}

void osdep_warn_reportf_err(OsdepError *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    osdep_error_vprepend(&err, fmt, ap);
    va_end(ap);
    osdep_warn_report_err(err);
}

static bool report_err_once(OsdepReportKind kind, bool *printed,
                            OsdepError *err)
{
    if (!err || !is_first(printed)) {
        osdep_error_free(err);
        return false;
    }
    report_err(kind, err);
    return true;
}

bool osdep_error_report_err_once_cond(bool *printed, OsdepError *err)
{
    return report_err_once(OSDEP_REPORT_ERROR, printed, err);
}

bool osdep_warn_report_err_once_cond(bool *printed, OsdepError *err)
{
    return report_err_once(OSDEP_REPORT_WARNING, printed, err);
}

int osdep_error_vprintf(const char *fmt, va_list ap)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap2;
    char *text;
    int n;

    va_copy(ap2, ap);
    text = format_between("", fmt, ap2, "");
    va_end(ap2);
    if (text) {
        size_t len = strlen(text);

        n = !osdep_os_print(text) ? -1 : len < INT_MAX ? (int)len : INT_MAX;
    } else {
        n = vfprintf(stderr, fmt, ap);
    }
    free(text);
    osdep_os_codes_restore(codes);
    return n;
}

int osdep_error_printf(const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = osdep_error_vprintf(fmt, ap);
    va_end(ap);
    return n;
}

void osdep_error_init(const char *argv0)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    snprintf(program_name, sizeof(program_name), "%s",
             argv0 ? osdep_os_base_name(argv0) : "");
    blank_controls(program_name, false);
    osdep_os_codes_restore(codes);
}

void osdep_error_set_reporter(OsdepReporter *fn, void *opaque)
{
    reporter = fn;
    reporter_opaque = opaque;
}

static _Noreturn void abort_because(const char *reason)
{
    osdep_error_report("%s", reason);
    abort();
}

OsdepLocation *osdep_loc_push_restore(OsdepLocation *loc)
{
    OsdepLocation *top = current_location();

    if (loc->prev) {
        abort_because("osdep_loc_push_restore: the location is on a stack");
    }
    loc->prev = top;
    top_location = loc;
    return loc;
}

OsdepLocation *osdep_loc_push_none(OsdepLocation *loc)
{
    *loc = (OsdepLocation){ .kind = OSDEP_LOC_NONE };
    return osdep_loc_push_restore(loc);
}

OsdepLocation *osdep_loc_pop(OsdepLocation *loc)
{
    if (current_location() != loc || !loc->prev) {
        abort_because("osdep_loc_pop: not the top of the stack");
    }
    top_location = loc->prev;
    loc->prev = NULL;
    return loc;
}

OsdepLocation *osdep_loc_save(OsdepLocation *loc)
{
    *loc = *current_location();
    loc->prev = NULL;
    return loc;
}

void osdep_loc_restore(OsdepLocation *loc)
{
    OsdepLocation *top = current_location(), *prev = top->prev;

    if (loc->prev) {
        abort_because("osdep_loc_restore: the location is on a stack");
    }
    *top = *loc;
    top->prev = prev;
}

void osdep_loc_set_none(void)
{
    current_location()->kind = OSDEP_LOC_NONE;
}

void osdep_loc_set_cmdline(char **argv, int idx, int cnt)
{
    OsdepLocation *top = current_location();

    top->kind = OSDEP_LOC_CMDLINE;
    top->num = cnt;
    top->ptr = argv + idx;
}

void osdep_loc_set_file(const char *fname, int lno)
{
    OsdepLocation *top = current_location();

    if (!fname && top->kind != OSDEP_LOC_FILE) {
        abort_because("osdep_loc_set_file: there is no file");
    }
    top->kind = OSDEP_LOC_FILE;
    top->num = lno;
    if (fname) {
        top->ptr = fname;
    }
}

static _Noreturn void abort_at(const char *what, const char *src, int line,
                               const char *func, const OsdepError *err)
{
    osdep_error_report("%s in %s() at %s:%d:", what, func, src, line);
    report(OSDEP_REPORT_ERROR, err->msg, err->hint);
    abort();
}

/*
 * Hand @err, which was set at @src, @line, @func, to @errp, which is not NULL
 * and, unless it is a special destination, empty.
 */
static void deliver(OsdepError **errp, OsdepError *err, const char *src,
                    int line, const char *func)
{
    if (errp == &osdep_error_abort) {
        abort_at("Unexpected error", src, line, func, err);
    } else if (errp == &osdep_error_fatal) {
        osdep_error_report_err(err);
        exit(1);
    } else if (errp == &osdep_error_warn) {
        osdep_warn_report_err(err);
    } else {
        *errp = err;
    }
}

void osdep_error_setv(OsdepError **errp, const char *src, int line,
                      const char *func, OsdepErrorClass err_class, int os_errno,
                      unsigned long win32_err, const char *tail,
                      const char *fmt, va_list ap)
{
    OsdepError *err;

    if (*errp) {
        abort_at("Error set over another one", src, line, func, *errp);
    }

    err = calloc(1, sizeof(*err));
    if (err) {
        *err = (OsdepError){
            .msg = format_message("", fmt, ap, tail),
            .src = src,
            .line = line,
            .func = func,
            .err_class = err_class,
            .os_errno = os_errno,
            .win32_err = win32_err,
        };
    }
    if (!err || !err->msg) {
        free(err);
        err = (OsdepError *)&out_of_memory;
    }
    deliver(errp, err, src, line, func);
}

void osdep_error_set_internal(OsdepError **errp, const char *src, int line,
                              const char *func, OsdepErrorClass err_class,
                              const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, err_class, 0, 0, "", fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void osdep_error_setg_internal(OsdepError **errp, const char *src, int line,
                               const char *func, const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, OSDEP_ERROR_CLASS_GENERIC_ERROR, 0,
                     0, "", fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void osdep_error_setg_errno_internal(OsdepError **errp, const char *src,
                                     int line, const char *func, int os_errno,
                                     const char *fmt, ...)
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
    osdep_error_setv(errp, src, line, func, OSDEP_ERROR_CLASS_GENERIC_ERROR,
                     os_errno, 0, tail, fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

void osdep_error_setg_file_open_internal(OsdepError **errp, const char *src,
                                         int line, const char *func,
                                         int os_errno, const char *filename)
{
    osdep_error_setg_errno_internal(errp, src, line, func, os_errno,
                                    "Could not open '%s'", filename);
}

OsdepErrorClass osdep_error_get_class(const OsdepError *err)
{
    return err->err_class;
}

const char *osdep_error_get_pretty(const OsdepError *err)
{
    return err->msg;
}

int osdep_error_get_errno(const OsdepError *err)
{
    return err->os_errno;
}

unsigned long osdep_error_get_win32(const OsdepError *err)
{
    return err->win32_err;
}

OsdepStep osdep_error_get_step(const OsdepError *err)
{
    return err->step;
}

void osdep_error_set_step(OsdepError *err, OsdepStep step)
{
    if (err && !is_static(err) && err->step == OSDEP_STEP_NONE) {
        err->step = step;
    }
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

OsdepError *osdep_error_copy(const OsdepError *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    OsdepError *copy = NULL;

    if (!is_static(err)) {
        copy = malloc(sizeof(*copy));
    }
    if (copy) {
        *copy = *err;
        copy->msg = copy_text(err->msg);
        copy->hint = err->hint ? copy_text(err->hint) : NULL;
        if (!copy->msg || (err->hint && !copy->hint)) {
            osdep_error_free(copy);
            copy = NULL;
        }
    }
    osdep_os_codes_restore(codes);
    return copy ? copy : (OsdepError *)&out_of_memory;
}

void osdep_error_free(OsdepError *err)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (err && !is_static(err)) {
        free(err->msg);
        free(err->hint);
        free(err);
    }
    osdep_os_codes_restore(codes);
}

void osdep_error_free_or_abort(OsdepError **errp)
{
    if (!errp || !*errp) {
        abort_because("osdep_error_free_or_abort: there is no error");
    }
    osdep_error_free(*errp);
    *errp = NULL;
}

void osdep_error_propagate(OsdepError **dst_errp, OsdepError *local_err)
{
    if (!local_err) {
        return;
    }
    if (dst_errp && !*dst_errp) {
        deliver(dst_errp, local_err, local_err->src, local_err->line,
                local_err->func);
    } else {
        osdep_error_free(local_err);
    }
}

void osdep_error_propagate_prepend(OsdepError **dst_errp, OsdepError *local_err,
                                   const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    osdep_error_vprepend(&local_err, fmt, ap);
    va_end(ap);
    osdep_error_propagate(dst_errp, local_err);
}

/* Without memory, the message stays as it was. */
void osdep_error_vprepend(OsdepError *const *errp, const char *fmt, va_list ap)
{
    OsdepOsCodes codes = osdep_os_codes_save();

    if (errp && *errp && !is_static(*errp)) {
        char *msg = format_message("", fmt, ap, (*errp)->msg);

        if (msg) {
            free((*errp)->msg);
            (*errp)->msg = msg;
        }
    }
    osdep_os_codes_restore(codes);
}

void osdep_error_prepend(OsdepError *const *errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    osdep_error_vprepend(errp, fmt, ap);
    va_end(ap);
}

/* Without memory, the hint stays as it was. */
void osdep_error_append_hint(OsdepError *const *errp, const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    va_list ap;

    if (errp && *errp && !is_static(*errp)) {
        OsdepError *err = *errp;
        char *hint;

        va_start(ap, fmt);
        hint = format_between(err->hint ? err->hint : "", fmt, ap, "");
        va_end(ap);
        if (hint) {
            free(err->hint);
            err->hint = escape_controls(hint, true);
        }
    }
    osdep_os_codes_restore(codes);
}

#endif
