/*
 * Tests of osdep/error.h that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include "tests/helpers/posix.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <wchar.h>

#define SKIP_REASON "only Windows has GetLastError()"
ERROR_WIN32_CASES(TEST_SKIP)

void spoil_error_codes(int errnum)
{
    errno = errnum;
}

/* vsnprintf() fails with EILSEQ: the format stands in. */
void message_that_cannot_be_converted(void)
{
    static const wchar_t no_character[] = { 0x110000, 0 };
    Error *err = NULL;
    char buf[16];

    if (snprintf(buf, sizeof(buf), "%ls", no_character) >= 0) {
        skip("this C library converts any wide character");
        return;
    }
    error_setg(&err, "wide %ls", no_character);
    CHECK_STR(error_get_pretty(err), "wide %ls");
    error_prepend(&err, "more %ls: ", no_character);
    CHECK_STR(error_get_pretty(err), "more %ls: wide %ls");
    error_free(err);
}

/* The text of an error number, as error objects have it. */
static void good_text(int errnum, char *buf, size_t size)
{
    Error *err = NULL;

    error_setg_errno(&err, errnum, "x");
    snprintf(buf, size, "%s", error_get_pretty(err));
    error_free(err);
}

/* The control: through a buffer that all share, as strerror() may have it. */
static void naive_text(int errnum, char *buf, size_t size)
{
    static char shared[64];

    snprintf(shared, sizeof(shared), "x: Unknown error %d", errnum);
    sched_yield();
    snprintf(buf, size, "%s", shared);
}

typedef struct TextThread {
    pthread_t thread;
    void (*text)(int errnum, char *buf, size_t size);
    int errnum;
    char expected[64];
    bool mixed;
} TextThread;

static void *get_texts(void *opaque)
{
    TextThread *t = opaque;
    char buf[64];

    for (int i = 0; i < 20000 && !t->mixed; i++) {
        t->text(t->errnum, buf, sizeof(buf));
        t->mixed = strcmp(buf, t->expected) != 0;
    }
    return NULL;
}

/* Do threads that ask for texts at once get each other's? */
static bool texts_mix(void (*text)(int errnum, char *buf, size_t size))
{
    TextThread threads[4];
    bool mixed = false;

    for (int i = 0; i < 4; i++) {
        threads[i] = (TextThread){ .text = text, .errnum = 111111 * (i + 1) };
        text(threads[i].errnum, threads[i].expected,
             sizeof(threads[i].expected));
    }
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_FATAL(pthread_create(&threads[i].thread, NULL, get_texts,
                                       &threads[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i].thread, NULL);
        mixed |= threads[i].mixed;
    }
    return mixed;
}

void messages_of_threads_do_not_mix(void)
{
    CU_ASSERT_FALSE(texts_mix(good_text));
    if (!under_tsan) { /* which would rightly report the control */
        CU_ASSERT_TRUE(texts_mix(naive_text));
    }
}

enum { ONCE_THREADS = 2, ONCE_ROUNDS = 20000 };

/* In each round, one report is due, and all threads try at once. */
typedef struct OnceRounds {
    bool (*report)(bool *printed);
    bool printed[ONCE_ROUNDS];
    atomic_int n_arrived, n_reported;
} OnceRounds;

static bool good_once(bool *printed)
{
    return error_report_once_cond(printed, "once");
}

/* The control: looks, and then sets. */
static bool naive_once(bool *printed)
{
    volatile bool *flag = printed;

    if (*flag) {
        return false;
    }
    sched_yield();
    *flag = true;
    return true;
}

static void *report_in_rounds(void *opaque)
{
    OnceRounds *rounds = opaque;

    for (int i = 0; i < ONCE_ROUNDS; i++) {
        rounds->n_arrived++;
        /* Spinning, so that both go on at the same moment. */
        for (int n = 0; rounds->n_arrived < (i + 1) * ONCE_THREADS; n++) {
            if (n > 1000) {
                sched_yield();
            }
        }
        rounds->n_reported += rounds->report(&rounds->printed[i]);
    }
    return NULL;
}

static int reports_in_rounds(bool (*report)(bool *printed))
{
    pthread_t threads[ONCE_THREADS];
    OnceRounds rounds = { .report = report };

    for (int i = 0; i < ONCE_THREADS; i++) {
        CU_ASSERT_FATAL(
            pthread_create(&threads[i], NULL, report_in_rounds, &rounds) == 0);
    }
    for (int i = 0; i < ONCE_THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return rounds.n_reported;
}

static void count_reports(OsdepReportKind kind, const char *message,
                          const char *hint, void *opaque)
{
    atomic_int *n = opaque;

    (void)kind, (void)message, (void)hint;
    ++*n;
}

void once_in_many_threads(void)
{
    atomic_int n = 0;

    osdep_error_set_reporter(count_reports, &n);
    CHECK_INT(reports_in_rounds(good_once), ONCE_ROUNDS);
    osdep_error_set_reporter(NULL, NULL);
    CHECK_INT(n, ONCE_ROUNDS);
    if (!under_tsan) { /* which would rightly report the control */
        CU_ASSERT_TRUE(reports_in_rounds(naive_once) > ONCE_ROUNDS);
    }
}

/* The messages, each in brackets. */
static void collect_report(OsdepReportKind kind, const char *message,
                           const char *hint, void *opaque)
{
    char *all = opaque;
    size_t len = strlen(all);

    (void)kind, (void)hint;
    snprintf(all + len, 256 - len, "[%s]", message);
}

static void *report_from_elsewhere(void *opaque)
{
    (void)opaque;
    error_report("nowhere");
    loc_set_file("thread.conf", 2);
    error_report("there");
    return NULL;
}

static void in_a_thread(void *(*run)(void *opaque), void *opaque)
{
    pthread_t thread;

    CU_ASSERT_FATAL(pthread_create(&thread, NULL, run, opaque) == 0);
    pthread_join(thread, NULL);
}

void locations_of_threads(void)
{
    char all[256] = "";
    Location loc;

    osdep_error_set_reporter(collect_report, all);
    loc_push_none(&loc);
    loc_set_file("main.conf", 1);
    in_a_thread(report_from_elsewhere, NULL);
    error_report("here");
    loc_pop(&loc);
    osdep_error_set_reporter(NULL, NULL);
    CHECK_STR(all, "[nowhere][thread.conf:2: there][main.conf:1: here]");
}

static void *report_inner(void *opaque)
{
    (void)opaque;
    error_report("inner");
    return NULL;
}

/* Calls of the reporter; the outer one has another thread report. */
static void report_from_reporter(OsdepReportKind kind, const char *message,
                                 const char *hint, void *opaque)
{
    collect_report(kind, message, hint, opaque);
    if (strcmp(message, "outer") == 0) {
        in_a_thread(report_inner, NULL);
    }
}

/* While the reporter runs in one thread, it gets the reports of the others. */
void reporter_in_two_threads(void)
{
    char all[256] = "";

    osdep_error_set_reporter(report_from_reporter, all);
    error_report("outer");
    osdep_error_set_reporter(NULL, NULL);
    CHECK_STR(all, "[outer][inner]");
}
