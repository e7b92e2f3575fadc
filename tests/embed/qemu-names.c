/*
 * Code in QEMU's style, compiled with -Iosdep/qemu: every name of QEMU's
 * qapi/error.h and qemu/error-report.h
 *
 * SPDX-License-Identifier: MIT
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"

static int n_failed;

static void check(bool ok, int line, const char *what)
{
    if (!ok) {
        n_failed++;
        printf("line %d: %s\n", line, what);
    }
}

#define CHECK(condition) check((condition), __LINE__, #condition)

/* What was reported, one after the other. */
static char reported[4096];

static void collect(OsdepReportKind kind, const char *message, const char *hint,
                    void *opaque)
{
    size_t len = strlen(reported);

    (void)opaque;
    snprintf(reported + len, sizeof(reported) - len, "%c:%s\n%s", "EWI"[kind],
             message, hint ? hint : "");
}

/* Is that what was reported since the last call? */
static bool was_reported(const char *text)
{
    bool ok = strcmp(reported, text) == 0;

    if (!ok) {
        printf("not '%s', but '%s'\n", text, reported);
    }
    reported[0] = '\0';
    return ok;
}

static bool is_message(Error *err, const char *text)
{
    return strcmp(error_get_pretty(err), text) == 0;
}

static bool fail(Error **errp)
{
    error_setg_errno(errp, ENOENT, "no %s", "luck");
    return false;
}

static bool fail_guarded(Error **errp)
{
    ERRP_GUARD();

    if (!fail(errp)) {
        error_prepend(errp, "part %d: ", 7);
        error_append_hint(errp, "Try %s.\n", "again");
        return false;
    }
    return true;
}

static void OSDEP_PRINTF(2, 3) prepend(Error **errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(errp, fmt, ap);
    va_end(ap);
}

static void set_errors(void)
{
    Error *err = NULL, *other = NULL;
    enum ErrorClass err_class;

    error_setg(&err, "plain");
    CHECK(is_message(err, "plain"));
    CHECK(error_get_class(err) == ERROR_CLASS_GENERIC_ERROR);
    prepend(&err, "%s ", "very");
    CHECK(is_message(err, "very plain"));
    error_free(err);
    err = NULL;

    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "no %s", "sda");
    err_class = error_get_class(err);
    CHECK(err_class == ERROR_CLASS_DEVICE_NOT_FOUND);
    CHECK(err_class != ERROR_CLASS_COMMAND_NOT_FOUND &&
          err_class != ERROR_CLASS_DEVICE_NOT_ACTIVE &&
          err_class != ERROR_CLASS_KVM_MISSING_CAP);
    error_free_or_abort(&err);
    CHECK(!err);

    error_setg_file_open(&err, EACCES, "a.img");
    CHECK(strstr(error_get_pretty(err), "Could not open 'a.img': ") != NULL);
    other = error_copy(err);
    error_free_or_abort(&err);
    error_propagate(&err, other);
    other = NULL;
    CHECK(fail(&other) == false);
    error_propagate(&err, other);
    CHECK(strstr(error_get_pretty(err), "a.img") != NULL);
    error_free_or_abort(&err);

    other = NULL;
    fail(&other);
    error_propagate_prepend(&err, other, "%s: ", "x");
    CHECK(strstr(error_get_pretty(err), "x: no luck: ") != NULL);
    error_free_or_abort(&err);

    error_setg_internal(&err, "file.c", 1, "function", "%d", 1);
    error_free_or_abort(&err);
    error_setg_errno_internal(&err, "file.c", 1, "function", EIO, "%d", 1);
    error_free_or_abort(&err);
    error_setg_file_open_internal(&err, "file.c", 1, "function", EIO, "x");
    error_free_or_abort(&err);
    error_set_internal(&err, "file.c", 1, "function", ERROR_CLASS_GENERIC_ERROR,
                       "%d", 1);
    error_free_or_abort(&err);
#ifdef _WIN32
    error_setg_win32(&err, 5, "%d", 1);
    error_free_or_abort(&err);
    error_setg_win32_internal(&err, "file.c", 1, "function", 5, "%d", 1);
    error_free_or_abort(&err);
#endif
    CHECK(!error_abort && !error_fatal && !error_warn);
    error_propagate(&error_abort, NULL);
    error_propagate(&error_fatal, NULL);
    error_setg(NULL, "ignored");
}

static void propagate_by_hand(void)
{
    Error *err = NULL;
    ErrorPropagator propagator = { NULL, &err };

    fail(&propagator.local_err);
    error_propagator_cleanup(&propagator);
    CHECK(err != NULL);
    error_free(err);
}

static void report_errors(void)
{
    bool printed = false;
    Error *err = NULL;

    fail_guarded(&err);
    error_report_err(error_copy(err));
    error_reportf_err(error_copy(err), "%s: ", "a");
    warn_report_err(error_copy(err));
    warn_reportf_err(error_copy(err), "%s: ", "b");
    CHECK(was_reported("E:part 7: no luck: No such file or directory\n"
                       "Try again.\n"
                       "E:a: part 7: no luck: No such file or directory\n"
                       "Try again.\n"
                       "W:part 7: no luck: No such file or directory\n"
                       "Try again.\n"
                       "W:b: part 7: no luck: No such file or directory\n"
                       "Try again.\n"));
    CHECK(warn_report_err_once_cond(&printed, error_copy(err)));
    CHECK(!warn_report_err_once_cond(&printed, error_copy(err)));
    for (int i = 0; i < 3; i++) {
        bool is_first = warn_report_err_once(error_copy(err));

        CHECK(is_first == (i == 0));
    }
    CHECK(was_reported("W:part 7: no luck: No such file or directory\n"
                       "Try again.\n"
                       "W:part 7: no luck: No such file or directory\n"
                       "Try again.\n"));
    error_free(err);
    fail_guarded(NULL);
    fail(&error_warn);
    CHECK(was_reported("W:no luck: No such file or directory\n"));
}

static void OSDEP_PRINTF(1, 2) report_three_times(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vreport(fmt, ap);
    va_end(ap);
    va_start(ap, fmt);
    warn_vreport(fmt, ap);
    va_end(ap);
    va_start(ap, fmt);
    info_vreport(fmt, ap);
    va_end(ap);
}

static void reports(void)
{
    bool printed = false, warned = false;

    error_report("e%d", 1);
    warn_report("w%d", 2);
    info_report("i%d", 3);
    CHECK(was_reported("E:e1\nW:w2\nI:i3\n"));
    report_three_times("v%d", 4);
    CHECK(was_reported("E:v4\nW:v4\nI:v4\n"));
    for (int i = 0; i < 3; i++) {
        bool first = i == 0;

        CHECK(error_report_once_cond(&printed, "e%d", i) == first);
        CHECK(warn_report_once_cond(&warned, "w%d", i) == first);
        CHECK(error_report_once("once %d", i) == first);
        CHECK(error_report_once("once") == first);
        CHECK(warn_report_once("once %d", i) == first);
        if (first) {
            CHECK(was_reported("E:e0\nW:w0\nE:once 0\nE:once\nW:once 0\n"));
        }
    }
    CHECK(was_reported(""));
}

static void locations(void)
{
    static char program[] = "program", option[] = "--option";
    char *words[] = { program, option, NULL };
    Location loc, saved;

    CHECK(loc_push_none(&loc) == &loc);
    loc_set_file("a.conf", 3);
    error_report("x");
    CHECK(loc_save(&saved) == &saved && saved.kind == LOC_FILE);
    loc_set_cmdline(words, 1, 1);
    error_report("x");
    CHECK(loc.kind == LOC_CMDLINE);
    loc_restore(&saved);
    error_report("x");
    loc_set_none();
    CHECK(loc.kind == LOC_NONE);
    CHECK(loc_push_restore(&saved) == &saved);
    error_report("x");
    CHECK(loc_pop(&saved) == &saved);
    CHECK(loc_pop(&loc) == &loc);
    error_report("x");
    CHECK(was_reported("E:a.conf:3: x\nE:--option: x\nE:a.conf:3: x\n"
                       "E:a.conf:3: x\nE:x\n"));
}

static int OSDEP_PRINTF(1, 2) print_twice(const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = error_vprintf(fmt, ap);
    va_end(ap);
    va_start(ap, fmt);
    n += error_vprintf_unless_qmp(fmt, ap);
    va_end(ap);
    return n;
}

int main(int argc, char **argv)
{
    (void)argc;
    error_init(argv[0]);
    osdep_error_set_reporter(collect, NULL);
    message_with_timestamp = false;
    set_errors();
    propagate_by_hand();
    report_errors();
    reports();
    locations();
    CHECK(error_printf("%s\n", "a") == 2);
    CHECK(error_printf_unless_qmp("%s\n", "b") == 2);
    CHECK(print_twice("%s\n", "c") == 4);
    CHECK(was_reported(""));
    printf("%s\n", n_failed ? "failed" : "ok");
    return n_failed != 0;
}
