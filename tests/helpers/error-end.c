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
    } else if (strcmp(what, "reporter") == 0) {
        error_set_reporter(reporter, (void *)"mine");
        fail_with_more(&error_warn);
        error_report("plain");
        error_set_reporter(NULL, NULL);
        error_report("default again");
    } else {
        error_report("unknown: '%s'", what);
        return 99;
    }
    fprintf(stderr, "went on\n");
    return 0;
}
