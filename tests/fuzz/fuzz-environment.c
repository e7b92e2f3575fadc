/*
 * Fuzz target: the environment of a child
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is a byte that says which of the variables that Windows needs we
 * have, and the strings of an environment.  osdep_spawn() has to refuse just
 * those that are not of the form NAME=VALUE, and the block that Windows gets
 * has to hold all of the others, in order.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"

#include "util/osdep-process-win32.h"

static const char *const wrong[] = {
    "not sorted",
    "sorted by what the bytes are",
    "sorted as strings, with the value",
    "nothing is supplied",
    "the last one is lost",
    NULL,
};

static const char *const needed[] = { "SystemRoot", "SystemDrive", "windir" };
enum { N_NEEDED = 3 };
#define VALUE "C:\\win"

/* Does @message hold @text, with its control characters shown escaped? */
static bool tells_of(const char *message, const char *text)
{
    char *expected = fuzz_escaped(text, false);
    bool tells = strstr(message, expected) != NULL;

    free(expected);
    return tells;
}

/* "env[@i]: ..." if that is the first that is not of the form NAME=VALUE */
static const char *judge_check(const char *const *env, int *bad)
{
    OsdepSpawnOptions options = {
        .argv = (const char *const[]){ "./no such program", NULL },
        .env = env,
        /* So that nothing is started: it is looked at after the environment. */
        .err = { .kind = OSDEP_STDIO_FD, .fd = -1 },
    };
    const char *fault = NULL;
    char expected[32];
    Error *err = NULL;
    int i;

    for (i = 0; env[i] && env[i][0] && strchr(env[i] + 1, '='); i++) {
    }
    *bad = env[i] ? i : -1;
    snprintf(expected, sizeof(expected), env[i] ? "env[%d]: '" : "err: ", i);
    if (osdep_spawn(&options, &err)) {
        return fuzz_fault("something was started");
    }
    if (strncmp(error_get_pretty(err), expected, strlen(expected)) != 0 ||
        osdep_error_get_errno(err) != (env[i] ? EINVAL : EBADF) ||
        (env[i] && !tells_of(error_get_pretty(err), env[i]))) {
        fault =
            fuzz_fault("not '%s...', but %s", expected, error_get_pretty(err));
    }
    error_free(err);
    return fault;
}

/* Where the name ends: at a "=" that is not the first unit of all. */
static size_t name_end(const WCHAR *entry)
{
    size_t n = 1;

    while (entry[n] != L'=') {
        n++;
    }
    return n;
}

static uint32_t fold(WCHAR unit)
{
    return system_upcase((uint16_t)unit);
}

/* Does @a go before @b?  By the name, unless it is done as wrong[@which - 1]. */
static bool goes_before(const WCHAR *a, const WCHAR *b, int which)
{
    size_t n_a = which == 3 ? wcslen(a) : name_end(a);
    size_t n_b = which == 3 ? wcslen(b) : name_end(b);

    if (which == 1) {
        return false;
    }
    for (size_t i = 0; i < n_a && i < n_b; i++) {
        uint32_t x = which == 2 ? (uint32_t)a[i] : fold(a[i]);
        uint32_t y = which == 2 ? (uint32_t)b[i] : fold(b[i]);

        if (x != y) {
            return x < y;
        }
    }
    return n_a < n_b;
}

static bool is_same_name(const WCHAR *a, const WCHAR *b)
{
    return !goes_before(a, b, 0) && !goes_before(b, a, 0);
}

typedef struct List {
    WCHAR **entries;
    int n;
} List;

static void list_free(List *list)
{
    while (list->n > 0) {
        free(list->entries[--list->n]);
    }
    free(list->entries);
}

/* Add @name and @value behind all that do not go behind it.  Are they UTF-8? */
static bool list_add(List *list, const char *name, const char *value, int which)
{
    size_t len = strlen(name) + strlen(value);
    char *text = malloc(len + 1);
    WCHAR *entry = malloc((len + 1) * sizeof(*entry));
    int at = list->n;
    bool ok;

    strcat(strcpy(text, name), value);
    ok = fuzz_utf16_len(text) >= 0;
    if (ok) {
        MultiByteToWideChar(CP_UTF8, 0, text, -1, entry, (int)len + 1);
        for (; at > 0 && goes_before(entry, list->entries[at - 1], which);
             at--) {
            list->entries[at] = list->entries[at - 1];
        }
        list->entries[at] = entry;
        list->n++;
    } else {
        free(entry);
    }
    free(text);
    return ok;
}

static bool list_has(const List *list, const WCHAR *name)
{
    for (int i = 0; i < list->n; i++) {
        if (is_same_name(list->entries[i], name)) {
            return true;
        }
    }
    return false;
}

/*
 * The block for @env, as it is to be or as wrong[@which - 1], to be freed, and
 * its @size in bytes.  @bad: which string is no UTF-8, then NULL.  @have: which
 * of needed[] we have, by bits.
 */
static WCHAR *model(const char *const *env, unsigned int have, int which,
                    size_t *size, int *bad)
{
    static const WCHAR *const wide[] = { L"SystemRoot=", L"SystemDrive=",
                                         L"windir=" };
    size_t units = 2;
    WCHAR *block, *to;
    List list;
    int n = 0;

    while (env[n]) {
        n++;
    }
    list = (List){ calloc((size_t)n + N_NEEDED, sizeof(WCHAR *)), 0 };
    for (*bad = 0; env[*bad] && list_add(&list, env[*bad], "", which); ++*bad) {
    }
    if (env[*bad]) {
        list_free(&list);
        return NULL;
    }
    for (int i = 0; i < N_NEEDED && which != 4; i++) {
        if (have & (1U << i) && !list_has(&list, wide[i])) {
            char name[32];

            snprintf(name, sizeof(name), "%s=", needed[i]);
            list_add(&list, name, VALUE, which);
        }
    }
    if (which == 5 && list.n) {
        free(list.entries[--list.n]);
    }
    for (int i = 0; i < list.n; i++) {
        units += wcslen(list.entries[i]) + 1;
    }
    units -= list.n > 0; /* Even an empty one ends with two NULs. */
    *size = units * sizeof(*block);
    block = to = calloc(1, *size);
    for (int i = 0; i < list.n; i++) {
        wcscpy(to, list.entries[i]);
        to += wcslen(to) + 1;
    }
    list_free(&list);
    return block;
}

/* The value of PATH in @block; NULL: there is none */
static const WCHAR *find_path(const WCHAR *block)
{
    for (; *block; block += wcslen(block) + 1) {
        if (is_same_name(block, L"PATH=")) {
            return block + 5;
        }
    }
    return NULL;
}

static const char *judge(const WCHAR *actual, const WCHAR *path,
                         const WCHAR *expected, size_t size)
{
    const WCHAR *expected_path = find_path(expected);

    if (memcmp(actual, expected, size) != 0) {
        return fuzz_fault("the block is another one");
    }
    if (expected_path ? !path || wcscmp(path, expected_path) != 0
                      : path != NULL) {
        return fuzz_fault("PATH is another one");
    }
    return NULL;
}

/* osdep_environment() of @env, all of the form NAME=VALUE. */
static const char *judge_block(const char *const *env, unsigned int have,
                               int which)
{
    WCHAR *expected, *actual, *path = NULL;
    const char *fault = NULL;
    Error *err = NULL;
    char what[32];
    size_t size, wrong_size;
    int bad;

    expected = model(env, have, 0, &size, &bad);
    if (which && expected) {
        actual = model(env, have, which, &wrong_size, &bad);
        /* It may be shorter, and is read no further than it goes. */
        if (wrong_size < size) {
            free(actual);
            free(expected);
            return fuzz_fault("the block is shorter");
        }
        path = find_path(actual) ? wcsdup(find_path(actual)) : NULL;
    } else {
        actual = osdep_environment(env, &path, &err);
    }
    snprintf(what, sizeof(what), "env[%d]: not valid UTF-8", bad);
    if (expected && actual) {
        fault = judge(actual, path, expected, size);
    } else if (expected) {
        fault = fuzz_fault("refused: %s", error_get_pretty(err));
    } else if (actual) {
        fault = fuzz_fault("env[%d] is taken for UTF-8", bad);
    } else if (osdep_error_get_errno(err) != EINVAL ||
               strncmp(error_get_pretty(err), what, strlen(what)) != 0) {
        fault = fuzz_fault("not '%s', but %s", what, error_get_pretty(err));
    }
    error_free(err);
    free(path);
    free(actual);
    free(expected);
    return fault;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    static char *ours[N_NEEDED];
    static bool ours_are_known;
    const unsigned int have = size ? data[0] : 0;
    FuzzWords words = fuzz_words(data + (size > 0), size - (size > 0));
    const char *const *env = (const char *const *)words.argv;
    const char *fault;
    int bad;

    for (int i = 0; i < N_NEEDED; i++) {
        if (!ours_are_known && getenv(needed[i])) {
            ours[i] = strdup(getenv(needed[i]));
        }
        system_setenv(needed[i], have & (1U << i) ? VALUE : NULL);
    }
    ours_are_known = true;
    fault = judge_check(env, &bad);
    if (!fault && bad < 0) {
        fault = judge_block(env, have, which);
    }
    for (int i = 0; i < N_NEEDED; i++) {
        system_setenv(needed[i], ours[i]);
    }
    fuzz_words_free(&words);
    return fault;
}

/* A NUL begins the next string; the byte in front of all may be any. */
static const char *const parts[] = {
    "\1A=1",      "\7b=2",
    "PATH=p",     "path=q",
    "=",          "=C:=C:\\x",
    "_=6",        "SYSTEMROOT=s",
    "windir=",    "SystemDrive=Q:",
    "\xc3\xa9=8", "\xc3\x89=7",
    "B",          "a",
    "A",          "\xe2\x82\xac=1",
    "\xff",       "\xf0\x9d\x84\x9e=2",
    "^=1",        "NAME",
    NULL,
};

const FuzzTarget fuzz_environment = { "environment", test, wrong, parts };
