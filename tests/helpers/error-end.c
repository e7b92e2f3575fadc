/*
 * error-end WHAT: do something that may end the program, for test-error.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/harness.h"

#include "osdep/fd.h"
#include "osdep/ram.h"

static bool fail(Error **errp)
{
    error_setg_errno(errp, ENOENT, "no luck with %s", "it");
    return false;
}

static bool fail_with_more(Error **errp)
{
    ERRP_GUARD();

    if (!fail(errp)) {
        error_prepend(errp, "part %d: ", 7);
        error_append_hint(errp, "Try again.\n");
        error_append_hint(errp, "Or %s.\n", "not");
        return false;
    }
    return true;
}

static void reporter(OsdepReportKind kind, const char *message,
                     const char *hint, void *opaque)
{
    printf("%s %d [%s] [%s]\n", (const char *)opaque, kind, message,
           hint ? hint : "");
    fflush(stdout);
}

static void reporter_that_reports(OsdepReportKind kind, const char *message,
                                  const char *hint, void *opaque)
{
    int *calls = opaque;

    (void)hint;
    ++*calls;
    warn_report("got %d: %s", kind, message);
    if (strcmp(message, "the end") == 0) {
        fail(&error_fatal);
    }
}

static void report_once(void)
{
    bool printed = false;

    for (int i = 1; i <= 3; i++) {
        Error *err = NULL;
        bool is_first = error_report_once("once %d", i);

        is_first &= warn_report_once("once more %d", i);
        is_first &= error_report_once_cond(&printed, "by condition %d", i);
        error_setg(&err, "as an object %d", i);
        error_append_hint(&err, "Only once.\n");
        is_first &= warn_report_err_once(err);
        error_printf("%d: %s\n", i, is_first ? "first" : "not again");
    }
    printed = false;
    for (int i = 1; i <= 3; i++) {
        warn_report_once_cond(&printed, "by condition %d", i);
    }
    printed = false;
    for (int i = 1; i <= 3; i++) {
        Error *err = NULL;

        fail(&err);
        error_printf(
            "%s", osdep_error_report_err_once_cond(&printed, err) ? "" : ".");
    }
    printed = false;
    error_printf("%d\n", warn_report_err_once_cond(&printed, NULL) || printed);
}

static void report_locations(void)
{
    static char *words[] = { (char *)"program", (char *)"--disk",
                             (char *)"a.img", (char *)"-x", NULL };
    Location base, saved, pushed, other;

    loc_push_none(&base);
    osdep_error_set_reporter(reporter, (void *)"mine");
    loc_set_file("odd\n", 1);
    error_report("for the reporter");
    osdep_error_set_reporter(NULL, NULL);
    loc_set_file("a.conf", 0);
    error_report("in a file");
    loc_set_file(NULL, 7);
    warn_report("in a line");
    loc_save(&saved);
    loc_push_none(&pushed);
    info_report("nowhere");
    loc_set_cmdline(words, 1, 2);
    error_report("in arguments");
    loc_push_restore(&saved);
    fail_with_more(&error_warn);
    loc_pop(&saved);
    error_report("in arguments again");
    loc_pop(&pushed);
    error_report("in a line again");
    loc_restore(&pushed);
    error_report("in arguments, restored");
    loc_set_none();
    error_report("nowhere");
    loc_push_none(&other);
    loc_set_file("odd\n\x1b[2J", 1);
    error_report("in an odd file");
    loc_pop(&other);
    loc_pop(&base);
}

static void propagate(Error **errp)
{
    Error *err = NULL;

    fail(&err);
    error_propagate(errp, err);
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    Error *err = NULL;

    if (strcmp(what, "abort") == 0) {
        fail(&error_abort);
    } else if (strcmp(what, "abort-guarded") == 0) {
        fail_with_more(&error_abort);
    } else if (strcmp(what, "abort-propagated") == 0) {
        propagate(&error_abort);
    } else if (strcmp(what, "abort-propagated-copy") == 0) {
        fail(&err);
        error_append_hint(&err, "A hint.\n");
        error_propagate(&error_abort, error_copy(err));
    } else if (strcmp(what, "abort-set-twice") == 0) {
        fail(&err);
        fail(&err);
    } else if (strcmp(what, "abort-free") == 0) {
        error_free_or_abort(&err);
    } else if (strcmp(what, "abort-cloexec") == 0) {
        qemu_set_cloexec(99);
    } else if (strcmp(what, "abort-memalign") == 0) {
        qemu_vfree(qemu_memalign(48, 100));
    } else if (strcmp(what, "fatal") == 0) {
        fail(&error_fatal);
    } else if (strcmp(what, "fatal-guarded") == 0) {
        fail_with_more(&error_fatal);
    } else if (strcmp(what, "fatal-propagated") == 0) {
        propagate(&error_fatal);
    } else if (strcmp(what, "fatal-fork") == 0) {
        qemu_fork(&error_fatal);
    } else if (strcmp(what, "warn") == 0) {
        fail(&error_warn);
    } else if (strcmp(what, "warn-guarded") == 0) {
        fail_with_more(&error_warn);
    } else if (strcmp(what, "report") == 0) {
        error_report("plain %d", 1);
        warn_report("plain %d", 2);
        fail_with_more(&err);
        error_reportf_err(error_copy(err), "f%d: ", 3);
        warn_reportf_err(error_copy(err), "f%d: ", 4);
        warn_report_err(err);
        error_report_err(NULL);
        info_report("plain %d", 5);
    } else if (strcmp(what, "once") == 0) {
        report_once();
    } else if (strcmp(what, "printf") == 0) {
        int n = error_printf("%s\t%d|", "raw", 1);

        n += error_printf_unless_qmp("\x1b%s\n", "[m");
        error_printf("%d\n", n);
    } else if (strcmp(what, "names") == 0) {
        error_init("/a/folder/long name");
        error_report("one");
        error_init("short");
        error_report("two");
        error_init("a\nb");
        error_report("three");
        error_init(NULL);
        error_report("four");
    } else if (strcmp(what, "locations") == 0) {
        report_locations();
    } else if (strcmp(what, "abort-pop") == 0) {
        Location first, second;

        loc_push_none(&first);
        loc_push_none(&second);
        loc_pop(&first);
    } else if (strcmp(what, "abort-pop-bottom") == 0) {
        Location loc;

        loc_pop(loc_save(&loc));
    } else if (strcmp(what, "abort-push-twice") == 0) {
        Location loc;

        loc_push_none(&loc);
        loc_push_restore(&loc);
    } else if (strcmp(what, "abort-restore") == 0) {
        Location loc;

        loc_push_none(&loc);
        loc_restore(&loc);
    } else if (strcmp(what, "abort-no-file") == 0) {
        loc_set_file(NULL, 1);
    } else if (strcmp(what, "timestamp") == 0) {
        message_with_timestamp = true;
        loc_set_file("a.conf", 1);
        warn_report("now");
        return 0;
    } else if (strcmp(what, "escapes") == 0) {
        error_report("a\nb\r\x1b[2J\x7f%c\x80 \xc3\xa9 %s", 1, "\\t\t");
        error_setg_file_open(&err, ENOENT, "x\ny");
        error_prepend(&err, "\a\b\f\v");
        error_append_hint(&err, "one\n\ttwo\x1b\n");
        error_report_err(err);
    } else if (strcmp(what, "reporter-reports") == 0) {
        int calls = 0;

        osdep_error_set_reporter(reporter_that_reports, &calls);
        error_report("a report");
        warn_report("another");
        error_printf("%d calls\n", calls);
        error_report("the end");
    } else if (strcmp(what, "reporter") == 0) {
        osdep_error_set_reporter(reporter, (void *)"mine");
        fail_with_more(&error_warn);
        error_report("plain");
        osdep_error_set_reporter(NULL, NULL);
        error_report("default again");
    } else {
        error_report("unknown: '%s'", what);
        return 99;
    }
    fprintf(stderr, "went on\n");
    return 0;
}
