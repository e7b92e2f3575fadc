/*
 * Tests of osdep/error.h that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include "tests/helpers/posix.h"

#include <pthread.h>
#include <sched.h>
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
