/*
 * Tests of osdep/error.h
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"
#include "util/osdep-step.h"

#include <stdatomic.h>
#include <time.h>

/*
 * The test program is linked with --wrap: allocation number @fail_at, counted
 * from 1, fails, and so do all after it but if that is @alone.
 */
static int allocations, fail_at;
static bool alone;
static atomic_long live_blocks; /* there is a test with threads */

#if HAVE_LINKER_WRAP

static bool allocation_fails(void)
{
    return fail_at && ++allocations >= fail_at &&
           (!alone || allocations == fail_at);
}

void *__real_malloc(size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

/* All of them leave some error code behind, as they may. */

void *__wrap_malloc(size_t size)
{
    void *p = allocation_fails() ? NULL : __real_malloc(size);

    live_blocks += p != NULL;
    spoil_error_codes(ENOMEM);
    return p;
}

/* musl's own calloc() calls malloc(), and in a static program ours. */
void *__wrap_calloc(size_t n, size_t size)
{
    void *p = __wrap_malloc(n * size);

    return p ? memset(p, 0, n * size) : NULL;
}

void __wrap_free(void *p)
{
    live_blocks -= p != NULL;
    __real_free(p);
    spoil_error_codes(EINVAL);
}

#endif

static void fail_allocations_from(int n)
{
    allocations = 0;
    fail_at = n;
    alone = false;
}

static void fail_allocation(int n)
{
    fail_allocations_from(n);
    alone = true;
}

static void set_and_get(void)
{
    Error *err = NULL, *copy;

    error_setg(&err, "disk %s has %d heads", "a", 3);
    CHECK_STR(error_get_pretty(err), "disk a has 3 heads");
    CHECK_INT(error_get_class(err), ERROR_CLASS_GENERIC_ERROR);
    CHECK_INT(osdep_error_get_errno(err), 0);
    CHECK_INT(osdep_error_get_win32(err), 0);
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_NONE);
    error_free(err);
    err = NULL;

    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "no %zu", (size_t)1);
    CHECK_STR(error_get_pretty(err), "no 1");
    CHECK_INT(error_get_class(err), ERROR_CLASS_DEVICE_NOT_FOUND);
    copy = error_copy(err);
    CHECK_INT(error_get_class(copy), ERROR_CLASS_DEVICE_NOT_FOUND);
    error_free(copy);
    error_free_or_abort(&err);
    CU_ASSERT_PTR_NULL(err);
    error_free(NULL);
}

static void set_with_errno(void)
{
    Error *err = NULL;

    error_setg_errno(&err, ENOENT, "cannot find '%s'", "x");
    CHECK_STR(error_get_pretty(err),
              "cannot find 'x': No such file or directory");
    CHECK_INT(osdep_error_get_errno(err), ENOENT);
    CHECK_INT(osdep_error_get_win32(err), 0);
    error_free_or_abort(&err);

    error_setg_errno(&err, 0, "nothing wrong");
    CHECK_STR(error_get_pretty(err), "nothing wrong");
    CHECK_INT(osdep_error_get_errno(err), 0);
    error_free_or_abort(&err);

    error_setg_errno(&err, 123456, "odd"); /* a number without a text */
    CHECK_CONTAINS(error_get_pretty(err), "odd: ");
    CHECK_INT(osdep_error_get_errno(err), 123456);
    error_free_or_abort(&err);

    error_setg_file_open(&err, EACCES, "/etc/shadow");
    CHECK_STR(error_get_pretty(err),
              "Could not open '/etc/shadow': Permission denied");
    CHECK_INT(osdep_error_get_errno(err), EACCES);
    error_free_or_abort(&err);
}

/* The first step is kept, and goes where the error goes. */
static void step(void)
{
    Error *err = NULL, *copy, *dst = NULL;

    error_setg(&err, "x");
    osdep_error_set_step(err, OSDEP_STEP_NONE);
    osdep_error_set_step(err, OSDEP_STEP_EXECUTE);
    osdep_error_set_step(err, OSDEP_STEP_CREATE);
    CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_EXECUTE);
    copy = error_copy(err);
    error_propagate_prepend(&dst, err, "y");
    CHECK_INT(osdep_error_get_step(dst), OSDEP_STEP_EXECUTE);
    CHECK_INT(osdep_error_get_step(copy), OSDEP_STEP_EXECUTE);
    error_free(copy);
    error_free(dst);
    osdep_error_set_step(NULL, OSDEP_STEP_EXECUTE);
}

/* Each control character, in messages, prefixes and hints. */
static void control_characters(void)
{
    Error *err = NULL;

    for (int c = 1; c < 256; c++) {
        static const char letters[] = "abtnvfr"; /* of 7 to 13 */
        char expected[16];

        if (c >= 7 && c <= 13) {
            snprintf(expected, sizeof(expected), "<\\%c>", letters[c - 7]);
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(expected, sizeof(expected), "<\\x%02x>", c);
        } else {
            snprintf(expected, sizeof(expected), "<%c>", c);
        }
        error_setg(&err, "<%c>", c);
        CHECK_STR(error_get_pretty(err), expected);
        error_free_or_abort(&err);
    }

    error_setg_file_open(&err, ENOENT, "a\nb");
    error_prepend(&err, "\x1b[1m%s", "\r");
    CHECK_STR(error_get_pretty(err), "\\x1b[1m\\rCould not open 'a\\nb': "
                                     "No such file or directory");
    error_free_or_abort(&err);
    /* U+0080 to U+009F, which some terminals act on, and what only begins so */
    error_setg(&err, "\xc2\x80 \xc2\x9b\xc2\x9f \xc2\xa0 \xc3\x9b \xc2");
    CHECK_STR(error_get_pretty(err),
              "\\u0080 \\u009b\\u009f \xc2\xa0 \xc3\x9b \xc2");
    error_free_or_abort(&err);
    /* What is escaped once is not escaped again. */
    error_setg(&err, "%s \\", "\\n\n");
    error_prepend(&err, "x");
    CHECK_STR(error_get_pretty(err), "x\\n\\n \\");
    error_free_or_abort(&err);
}

static void set_without_destination(void)
{
    error_setg(NULL, "nobody hears %s", "this");
    error_setg_errno(NULL, EIO, "nor this");
    error_setg_file_open(NULL, EIO, "nor this");
    error_set(NULL, ERROR_CLASS_GENERIC_ERROR, "nor this");
    error_propagate(NULL, NULL);
    CU_ASSERT_PTR_NULL(error_abort);
    CU_ASSERT_PTR_NULL(error_fatal);
    CU_ASSERT_PTR_NULL(error_warn);
}

static void propagate_keeps_the_first(void)
{
    Error *first = NULL, *second = NULL, *err = NULL;

    error_setg(&first, "first");
    error_setg(&second, "second");
    error_propagate(&err, first);
    error_propagate(&err, second);
    error_propagate(&err, NULL);
    CHECK_STR(error_get_pretty(err), "first");
    error_free_or_abort(&err);

    first = NULL;
    error_setg(&first, "first");
    error_propagate_prepend(&err, first, "part %d: ", 2);
    CHECK_STR(error_get_pretty(err), "part 2: first");
    error_free_or_abort(&err);

    first = NULL;
    error_setg(&first, "first");
    error_propagate_prepend(NULL, first, "nobody ");
}

static const char *hint_seen;
static char hint_buffer[256];

static void hint_reporter(OsdepReportKind kind, const char *message,
                          const char *hint, void *opaque)
{
    (void)kind, (void)message, (void)opaque;
    spoil_error_codes(EPIPE);
    snprintf(hint_buffer, sizeof(hint_buffer), "%s", hint ? hint : "");
    hint_seen = hint ? hint_buffer : NULL;
}

static const char *hint_of(Error *err)
{
    osdep_error_set_reporter(hint_reporter, NULL);
    error_report_err(err);
    osdep_error_set_reporter(NULL, NULL);
    return hint_seen;
}

/* Is errno what it was set to?  Sets it for the next. */
#define CHECK_ERRNO_KEPT()      \
    do {                        \
        CHECK_INT(errno, EDOM); \
        errno = EDOM;           \
    } while (0)

static void try_all(int failing)
{
    Error *err = NULL, *copy;

    fail_allocations_from(failing);
    errno = EDOM;
    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "a");
    CHECK_ERRNO_KEPT();
    error_free(err);
    CHECK_ERRNO_KEPT();
    err = NULL;
    error_setg_errno(&err, 123456, "no such number");
    CHECK_ERRNO_KEPT();
    error_propagate(NULL, err);
    CHECK_ERRNO_KEPT();
    err = NULL;
    error_setg(&err, "a");
    CHECK_ERRNO_KEPT();
    error_prepend(&err, "b");
    CHECK_ERRNO_KEPT();
    error_append_hint(&err, "c\n");
    CHECK_ERRNO_KEPT();
    copy = error_copy(err);
    CHECK_ERRNO_KEPT();
    error_reportf_err(copy, "d");
    CHECK_ERRNO_KEPT();
    warn_report_err(err);
    CHECK_ERRNO_KEPT();
    error_report("e\n");
    CHECK_ERRNO_KEPT();
    info_report("e");
    CHECK_ERRNO_KEPT();
    error_init("a/b");
    CHECK_ERRNO_KEPT();
    error_init(NULL);
    CHECK_ERRNO_KEPT();
    loc_set_file("f", 1);
    warn_report("e");
    CHECK_ERRNO_KEPT();
    loc_set_none();
    CHECK_ERRNO_KEPT();
    error_setg_file_open(&error_warn, EIO, "f");
    CHECK_ERRNO_KEPT();
    fail_allocations_from(0);
}

static void errno_is_kept(void)
{
    SKIP_WITHOUT_WRAP();
    osdep_error_set_reporter(hint_reporter, NULL);
    try_all(0);
    for (int n = 1; n < 25; n++) {
        try_all(n);
    }
    osdep_error_set_reporter(NULL, NULL);
}

static void prepend_and_hint(void)
{
    Error *err = NULL, *copy;

    error_prepend(&err, "nothing to add to");
    error_append_hint(&err, "nothing to add to");
    error_prepend(NULL, "nothing to add to");
    error_append_hint(NULL, "nothing to add to");
    CU_ASSERT_PTR_NULL(err);

    error_setg_errno(&err, EACCES, "c");
    error_prepend(&err, "b%d ", 1);
    error_prepend(&err, "a ");
    error_append_hint(&err, "one\n");
    error_append_hint(&err, "two %s\n", "x");
    CHECK_STR(error_get_pretty(err), "a b1 c: Permission denied");

    copy = error_copy(err);
    error_prepend(&err, "only the original ");
    error_append_hint(&err, "only the original\n");
    CHECK_STR(error_get_pretty(copy), "a b1 c: Permission denied");
    CHECK_INT(osdep_error_get_errno(copy), EACCES);
    CHECK_STR(hint_of(copy), "one\ntwo x\n");
    CHECK_STR(hint_of(err), "one\ntwo x\nonly the original\n");
}

static bool guarded(Error **errp, const char **seen)
{
    static char text[64];

    ERRP_GUARD();
    error_setg(errp, "inner");
    error_prepend(errp, "outer: ");
    snprintf(text, sizeof(text), "%s", error_get_pretty(*errp));
    *seen = text;
    return false;
}

static void guard(void)
{
    Error *err = NULL;
    const char *seen = NULL;

    guarded(NULL, &seen);
    CHECK_STR(seen, "outer: inner");
    guarded(&err, &seen);
    CHECK_STR(seen, "outer: inner");
    CHECK_STR(error_get_pretty(err), "outer: inner");
    error_free_or_abort(&err);
}

static void long_messages(void)
{
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    Error *err = NULL;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'x', size);
    text[size] = '\0';
    error_setg_errno(&err, EACCES, "%s|", text);
    error_prepend(&err, "%s|", text);
    error_append_hint(&err, "%s", text);
    CHECK_INT(strlen(error_get_pretty(err)),
              2 * size + 2 + strlen(": Permission denied"));
    error_free(err);
    err = NULL;
    error_setg(&err, "%s", ""); /* and the shortest */
    CHECK_STR(error_get_pretty(err), "");
    error_free(err);
    free(text);
}

/* A copy has the hint, or is the out-of-memory error. */
static void copy_out_of_memory(void)
{
    SKIP_WITHOUT_WRAP();
    for (int n = 1; n < 6; n++) {
        Error *err = NULL, *copy;

        error_setg(&err, "message");
        error_append_hint(&err, "hint\n");
        fail_allocations_from(n);
        copy = error_copy(err);
        fail_allocations_from(0);
        if (osdep_error_get_errno(copy) != ENOMEM) {
            CHECK_STR(hint_of(copy), "hint\n");
        }
        error_free(err);
    }
}

/* With every allocation failing in turn, something true remains. */
static void out_of_memory(void)
{
    int n;

    SKIP_WITHOUT_WRAP();
    for (n = 1; n < 100; n++) {
        Error *err = NULL, *copy, *first = NULL;
        int done;

        fail_allocations_from(n);
        error_setg_errno(&err, EACCES, "message %d", n);
        error_prepend(&err, "before ");
        error_append_hint(&err, "hint\n");
        copy = error_copy(err);
        error_propagate(&first, copy);
        done = allocations < n;
        fail_allocations_from(0);

        CU_ASSERT_PTR_NOT_NULL_FATAL(err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(first);
        if (osdep_error_get_errno(err) == ENOMEM) {
            CHECK_STR(error_get_pretty(err), "out of memory");
            CU_ASSERT_PTR_EQUAL(first, err);
        } else {
            CHECK_CONTAINS(error_get_pretty(err), "message");
            CHECK_CONTAINS(error_get_pretty(err), ": Permission denied");
        }
        /* The static error takes all that others do. */
        error_prepend(&err, "x");
        error_append_hint(&err, "x\n");
        CU_ASSERT_PTR_NULL(strstr(error_get_pretty(first), "x"));
        if (osdep_error_get_errno(err) == ENOMEM) {
            osdep_error_set_step(err, OSDEP_STEP_EXECUTE);
            CHECK_INT(osdep_error_get_step(err), OSDEP_STEP_NONE);
        }
        hint_of(err);
        error_free_or_abort(&first);
        if (done) {
            break;
        }
    }
    CU_ASSERT(n > 4); /* error, message, prefix, hint at the least */

    fail_allocations_from(1);
    hint_seen = "";
    osdep_error_set_reporter(hint_reporter, NULL);
    error_report("a report needs no memory: %s", "it is cut");
    osdep_error_set_reporter(NULL, NULL);
    CU_ASSERT_PTR_NULL(hint_seen);
    fail_allocations_from(0);
}

/* On standard error, a report needs no memory. */
static void report_out_of_memory(void)
{
    char output[256];
    int saved, n;
    size_t len;
    FILE *file;

    SKIP_WITHOUT_WRAP();
    file = tmpfile();
    if (!file) {
        skip("tmpfile() fails");
        return;
    }
    saved = dup(2);
    CU_ASSERT_FATAL(saved >= 0 && dup2(fileno(file), 2) >= 0);
    loc_set_file("a.conf", 1);
    fail_allocations_from(1);
    warn_report("a report, %s", "in one piece\n");
    n = error_printf("%s\n", "a text");
    fail_allocations_from(0);
    loc_set_none();
    dup2(saved, 2);
    close(saved);

    rewind(file);
    len = fread(output, 1, sizeof(output) - 1, file);
    fclose(file);
    output[len] = '\0';
    CHECK_STR(output, "test-error: warning: a report, in one piece?\na text\n");
    CHECK_INT(n, strlen("a text\n"));
}

/*
 * Each makes of @err, which is "a", what is in @text, if no allocation fails;
 * or reports it, if @text is "".
 */
typedef struct ErrorCall {
    void (*call)(Error **err);
    const char *text;
} ErrorCall;

static Error *made(const char *text)
{
    const int failing = fail_at;
    Error *err = NULL;

    fail_at = 0;
    error_setg(&err, "%s", text);
    fail_at = failing;
    return err;
}

static void call_set(Error **err)
{
    error_free(*err);
    *err = NULL;
    error_set(err, ERROR_CLASS_DEVICE_NOT_FOUND, "set %d", 1);
}

static void call_setg_errno(Error **err)
{
    error_free(*err);
    *err = NULL;
    error_setg_errno(err, ENOENT, "set");
}

static void call_file_open(Error **err)
{
    error_free(*err);
    *err = NULL;
    error_setg_file_open(err, ENOENT, "set");
}

static void call_set_controls(Error **err)
{
    error_free(*err);
    *err = NULL;
    error_setg(err, "set\x1b");
}

static void call_copy(Error **err)
{
    Error *copy;

    error_append_hint(err, "hint\n");
    copy = error_copy(*err);
    error_free(*err);
    *err = copy;
}

static void call_prepend(Error **err)
{
    error_prepend(err, "set ");
}

static void call_append_hint(Error **err)
{
    error_append_hint(err, "one\n");
    error_append_hint(err, "two\n");
}

static void call_propagate(Error **err)
{
    Error *dst = NULL;

    error_propagate_prepend(&dst, *err, "set ");
    *err = dst;
}

static void call_report_in_file(Error **err)
{
    loc_set_file("a.conf", 1);
    error_report_err(*err);
    *err = NULL;
    loc_set_none();
}

static void call_report_in_arguments(Error **err)
{
    static char *words[] = { (char *)"--x", (char *)"y", NULL };

    loc_set_cmdline(words, 0, 2);
    error_report_err(*err);
    *err = NULL;
    loc_set_none();
}

static void call_report(Error **err)
{
    error_reportf_err(*err, "set ");
    *err = NULL;
    error_report("set");
    warn_report("set");
    warn_reportf_err(made("set"), "set ");
}

static unsigned int n_reports;

static void count_report(OsdepReportKind kind, const char *message,
                         const char *hint, void *opaque)
{
    (void)kind, (void)hint, (void)opaque;
    n_reports += strstr(message, "a") || strstr(message, "set");
}

/* One alone, so that there is memory again for what comes after. */
static void one_allocation_fails(void)
{
    static const ErrorCall error_calls[] = {
        { call_set, "set 1" },
        { call_setg_errno, "set: " },
        { call_file_open, "Could not open 'set': " },
        { call_copy, "a" },
        { call_prepend, "set a" },
        { call_append_hint, "a" },
        { call_propagate, "set a" },
        { call_report, "" },
        { call_set_controls, "set" },
        { call_report_in_file, "" },
        { call_report_in_arguments, "" },
    };
    unsigned int total = 0;

    SKIP_WITHOUT_WRAP();
    osdep_error_set_reporter(count_report, NULL);
    for (size_t i = 0; i < sizeof(error_calls) / sizeof(error_calls[0]); i++) {
        int n = 1;

        do {
            const long blocks = live_blocks;
            Error *err = made("a");
            bool failed;

            n_reports = 0;
            fail_allocation(n);
            errno = EDOM;
            error_calls[i].call(&err);
            failed = allocations >= n;
            fail_allocation(0);
            CHECK_INT(errno, EDOM);
            if (*error_calls[i].text == '\0') {
                CU_ASSERT_PTR_NULL(err);
                CHECK_INT(n_reports,
                          error_calls[i].call == call_report ? 4 : 1);
            } else if (!failed || (strcmp(error_get_pretty(err), "a") != 0 &&
                                   osdep_error_get_errno(err) != ENOMEM)) {
                CHECK_CONTAINS(error_get_pretty(err), error_calls[i].text);
            } else if (strcmp(error_get_pretty(err), "a") != 0) {
                CHECK_STR(error_get_pretty(err), "out of memory");
            }
            error_free(err);
            CHECK_INT(live_blocks, blocks);
            total += failed;
            n = failed ? n + 1 : 0;
        } while (n > 0 && n < 100);
        CHECK_INT(n, 0);
    }
    osdep_error_set_reporter(NULL, NULL);
    printf("# count: %u faults of allocations for errors\n", total);
    CU_ASSERT_TRUE(total >= 15);
}

static void check_end(const char *what, int status, const char *expected)
{
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), what), status);
    CHECK_STR(output, expected);
}

/* The line of an abort names the function that set the error and its place. */
static void check_abort(const char *what, const char *function,
                        const char *message)
{
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), what), aborted_status);
    CHECK_CONTAINS(output, function);
    CHECK_CONTAINS(output, "error-end.c:");
    CHECK_CONTAINS(output, message);
    CU_ASSERT_PTR_NULL(strstr(output, "went on"));
    CU_ASSERT_PTR_NULL(strstr(output, "part 7"));
}

static void error_abort_names_the_place(void)
{
    check_abort("abort", "Unexpected error in fail() at ",
                "no luck with it: No such file or directory\n");
    check_abort("abort-guarded", "Unexpected error in fail() at ",
                "no luck with it: No such file or directory\n");
    check_abort("abort-propagated", "Unexpected error in fail() at ",
                "no luck with it: No such file or directory\n");
    check_abort("abort-propagated-copy", "Unexpected error in fail() at ",
                "no luck with it: No such file or directory\nA hint.\n");
    check_abort("abort-set-twice", "Error set over another one in fail() at ",
                "no luck with it: No such file or directory\n");
}

/* A caller's bug that has no error. */
static void check_misuse(const char *what, const char *message)
{
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), what), aborted_status);
    CHECK_CONTAINS(output, message);
}

static void error_free_or_abort_aborts(void)
{
    check_misuse("abort-free",
                 "osdep_error_free_or_abort: there is no error\n");
}

static void misused_locations_abort(void)
{
    check_misuse("abort-pop", "osdep_loc_pop: not the top of the stack\n");
    check_misuse("abort-pop-bottom",
                 "osdep_loc_pop: not the top of the stack\n");
    check_misuse("abort-push-twice",
                 "osdep_loc_push_restore: the location is on a stack\n");
    check_misuse("abort-restore",
                 "osdep_loc_restore: the location is on a stack\n");
    check_misuse("abort-no-file", "osdep_loc_set_file: there is no file\n");
}

static void error_fatal_exits(void)
{
    check_end("fatal", 1,
              "error-end: no luck with it: No such file or directory\n");
    check_end("fatal-guarded", 1,
              "error-end: part 7: no luck with it: No such file or directory\n"
              "Try again.\nOr not.\n");
    check_end("fatal-propagated", 1,
              "error-end: no luck with it: No such file or directory\n");
}

static void error_warn_goes_on(void)
{
    check_end("warn", 0,
              "error-end: warning: no luck with it: "
              "No such file or directory\nwent on\n");
    check_end("warn-guarded", 0,
              "error-end: warning: part 7: no luck with it: "
              "No such file or directory\nTry again.\nOr not.\nwent on\n");
}

static void reports(void)
{
    check_end("report", 0,
              "error-end: plain 1\n"
              "error-end: warning: plain 2\n"
              "error-end: f3: part 7: no luck with it: "
              "No such file or directory\nTry again.\nOr not.\n"
              "error-end: warning: f4: part 7: no luck with it: "
              "No such file or directory\nTry again.\nOr not.\n"
              "error-end: warning: part 7: no luck with it: "
              "No such file or directory\nTry again.\nOr not.\n"
              "error-end: info: plain 5\n"
              "went on\n");
    check_end("reporter", 0,
              "mine 1 [part 7: no luck with it: No such file or directory] "
              "[Try again.\nOr not.\n]\n"
              "mine 0 [plain] []\n"
              "error-end: default again\n"
              "went on\n");
}

static void reports_once(void)
{
    check_end("once", 0,
              "error-end: once 1\n"
              "error-end: warning: once more 1\n"
              "error-end: by condition 1\n"
              "error-end: warning: as an object 1\nOnly once.\n"
              "1: first\n"
              "2: not again\n"
              "3: not again\n"
              "error-end: warning: by condition 1\n"
              "error-end: no luck with it: No such file or directory\n"
              "..0\n"
              "went on\n");
}

static void prints_as_it_is(void)
{
    /* "raw\t1|" has 6 bytes, "\x1b[m\n" has 4 */
    check_end("printf", 0, "raw\t1|\x1b[m\n10\nwent on\n");
}

static void program_names(void)
{
    check_end("names", 0,
              "long name: one\n"
              "short: two\n"
              "a?b: three\n"
              "error-end: four\n"
              "went on\n");
}

static void locations(void)
{
    check_end("locations", 0,
              "mine 0 [odd\\n:1: for the reporter] []\n"
              "error-end: a.conf: in a file\n"
              "error-end: a.conf:7: warning: in a line\n"
              "error-end: info: nowhere\n"
              "error-end: --disk a.img: in arguments\n"
              "error-end: a.conf:7: warning: part 7: no luck with it: "
              "No such file or directory\nTry again.\nOr not.\n"
              "error-end: --disk a.img: in arguments again\n"
              "error-end: a.conf:7: in a line again\n"
              "error-end: --disk a.img: in arguments, restored\n"
              "error-end: nowhere\n"
              "error-end: odd\\n\\x1b[2J:1: in an odd file\n"
              "went on\n");
}

/* The days from 1970 to that date (Gregorian), counted one by one. */
static long long days_to(int year, int month, int day)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31 };
    long long days = day - 1;

    for (int y = 1970; y <= year; y++) {
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

        for (int m = 1; m <= (y < year ? 12 : month - 1); m++) {
            days += lengths[m - 1] + (m == 2 && leap);
        }
    }
    return days;
}

static void timestamps(void)
{
    int year, month, day, hour, minute, second, micros, end = 0;
    long long before = time(NULL), after, then;
    char output[4096];

    CHECK_INT(RUN(output, PROGRAM("error-end"), "timestamp"), 0);
    after = time(NULL);
    CHECK_INT(sscanf(output, "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ %n", &year, &month,
                     &day, &hour, &minute, &second, &micros, &end),
              7);
    CHECK_STR(output + end, "error-end: a.conf:1: warning: now\n");
    CHECK_INT(strcspn(output, " "), strlen("2026-11-28T12:00:00.123456Z"));
    then =
        ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    /* time() may be a tick late: it counts from the last one. */
    CU_ASSERT_TRUE(before - 1 <= then && then <= after + 1);
}

static void escapes(void)
{
    check_end("escapes", 0,
              "error-end: a\\nb\\r\\x1b[2J\\x7f\\x01\x80 \xc3\xa9 \\t\\t\n"
              "error-end: \\a\\b\\f\\vCould not open 'x\\ny': "
              "No such file or directory\none\n\ttwo\\x1b\n"
              "went on\n");
}

/* What a reporter reports goes to standard error and not to itself. */
static void reporter_that_reports(void)
{
    check_end("reporter-reports", 1,
              "error-end: warning: got 0: a report\n"
              "error-end: warning: got 1: another\n"
              "2 calls\n"
              "error-end: warning: got 0: the end\n"
              "error-end: no luck with it: No such file or directory\n");
}

static char reported[3][64];

static void keep_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)opaque;
    CU_ASSERT_PTR_NULL(hint);
    snprintf(reported[kind], sizeof(reported[kind]), "%s", message);
}

OSDEP_PRINTF(1, 2)
static void report_in_all_ways(const char *fmt, ...)
{
    void (*const ways[])(const char *format, va_list ap) = { error_vreport,
                                                             warn_vreport,
                                                             info_vreport };

    for (int i = 0; i < 3; i++) {
        va_list ap;

        va_start(ap, fmt);
        ways[i](fmt, ap);
        va_end(ap);
    }
}

static void reports_of_argument_lists(void)
{
    osdep_error_set_reporter(keep_report, NULL);
    report_in_all_ways("%d %s", 7, "things");
    osdep_error_set_reporter(NULL, NULL);
    CHECK_STR(reported[OSDEP_REPORT_ERROR], "7 things");
    CHECK_STR(reported[OSDEP_REPORT_WARNING], "7 things");
    CHECK_STR(reported[OSDEP_REPORT_INFO], "7 things");
}

static void version_is_that_of_the_headers(void)
{
    char version[64];

    snprintf(version, sizeof(version), "%d.%d.%d", OSDEP_VERSION_MAJOR,
             OSDEP_VERSION_MINOR, OSDEP_VERSION_MICRO);
    CHECK_STR(OSDEP_VERSION, version);
    CHECK_STR(osdep_version(), OSDEP_VERSION);
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(set_and_get),
        TEST_ENTRY(set_with_errno),
        TEST_ENTRY(step),
        TEST_ENTRY(control_characters),
        TEST_ENTRY(set_without_destination),
        TEST_ENTRY(errno_is_kept),
        TEST_ENTRY(propagate_keeps_the_first),
        TEST_ENTRY(prepend_and_hint),
        TEST_ENTRY(guard),
        TEST_ENTRY(long_messages),
        TEST_ENTRY(out_of_memory),
        TEST_ENTRY(copy_out_of_memory),
        TEST_ENTRY(report_out_of_memory),
        TEST_ENTRY(one_allocation_fails),
        TEST_ENTRY(error_abort_names_the_place),
        TEST_ENTRY(error_free_or_abort_aborts),
        TEST_ENTRY(error_fatal_exits),
        TEST_ENTRY(error_warn_goes_on),
        TEST_ENTRY(reports),
        TEST_ENTRY(reports_once),
        TEST_ENTRY(prints_as_it_is),
        TEST_ENTRY(program_names),
        TEST_ENTRY(locations),
        TEST_ENTRY(misused_locations_abort),
        TEST_ENTRY(timestamps),
        TEST_ENTRY(escapes),
        TEST_ENTRY(reporter_that_reports),
        TEST_ENTRY(reports_of_argument_lists),
        TEST_ENTRY(version_is_that_of_the_headers),
        ERROR_POSIX_CASES(TEST_LISTED)
        ERROR_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("error", cases, sizeof(cases) / sizeof(cases[0]));
}
