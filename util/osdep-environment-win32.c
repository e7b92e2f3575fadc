/*
 * The environment of a child on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

/* Tests compile this file on POSIX systems, too. */
#if defined _WIN32 || defined OSDEP_TEST_WIN32_CODE

#include "util/osdep-process-win32.h"

/* An entry of the environment; @index keeps equal names in their order. */
typedef struct EnvEntry {
    WCHAR *text;
    size_t index;
} EnvEntry;

/* A name may begin with "=": "=C:=C:\folder". */
static size_t env_name_len(const WCHAR *entry)
{
    return (size_t)(wcschr(entry + 1, L'=') - entry);
}

static int env_compare_names(const WCHAR *a, const WCHAR *b)
{
    return CompareStringOrdinal(a, (int)env_name_len(a), b,
                                (int)env_name_len(b), TRUE) -
           CSTR_EQUAL;
}

static int env_compare(const void *left, const void *right)
{
    const EnvEntry *a = left, *b = right;
    int order = env_compare_names(a->text, b->text);

    return order ? order : a->index < b->index ? -1 : 1;
}

/*
 * Add @name from our environment if it is not among the @n @entries.  False with
 * @error set if that fails.
 */
static bool env_supply(EnvEntry *entries, size_t *n, const WCHAR *name,
                       DWORD *error)
{
    WCHAR *value, *text;
    size_t len;

    for (size_t i = 0; i < *n; i++) {
        if (CompareStringOrdinal(entries[i].text,
                                 (int)env_name_len(entries[i].text), name, -1,
                                 TRUE) == CSTR_EQUAL) {
            return true;
        }
    }
    value = osdep_getenv(name, error);
    if (!value) {
        return *error == ERROR_ENVVAR_NOT_FOUND;
    }
    *error = ERROR_NOT_ENOUGH_MEMORY;
    len = wcslen(name) + 1 + wcslen(value) + 1;
    text = malloc(len * sizeof(*text));
    if (text) {
        wcscpy(text, name);
        wcscat(wcscat(text, L"="), value);
        entries[*n] = (EnvEntry){ text, *n };
        ++*n;
    }
    free(value);
    return text != NULL;
}

/* The @n sorted @entries as CreateProcessW() wants them, to be freed. */
static WCHAR *env_block(const EnvEntry *entries, size_t n)
{
    size_t size = 2; /* Even an empty one ends with two NULs. */
    WCHAR *block, *end;

    for (size_t i = 0; i < n; i++) {
        size += wcslen(entries[i].text) + 1;
    }
    block = end = calloc(size, sizeof(*block));
    for (size_t i = 0; block && i < n; i++) {
        wcscpy(end, entries[i].text);
        end += wcslen(end) + 1;
    }
    return block;
}

/* A copy of the value of PATH among the @n @entries, NULL if there is none. */
static bool env_find_path(const EnvEntry *entries, size_t n, WCHAR **path)
{
    *path = NULL;
    for (size_t i = 0; i < n; i++) {
        if (env_compare_names(entries[i].text, L"PATH=") == 0) {
            *path = wcsdup(entries[i].text + strlen("PATH="));
            return *path != NULL;
        }
    }
    return true;
}

WCHAR *osdep_environment(const char *const *env, WCHAR **path,
                         OsdepError **errp)
{
    static const WCHAR *const needed[] = { L"SystemRoot", L"SystemDrive",
                                           L"windir" };
    size_t n = 0, n_needed = sizeof(needed) / sizeof(needed[0]);
    WCHAR *block = NULL;
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    EnvEntry *entries;
    bool ok = true;

    while (env[n]) {
        n++;
    }
    entries = calloc(n + n_needed, sizeof(*entries));
    if (!entries) {
        goto no_memory;
    }
    for (n = 0; env[n]; n++) {
        entries[n].index = n;
        entries[n].text = osdep_utf16(errp, env[n], "env[%zu]", n);
        if (!entries[n].text) {
            goto out;
        }
    }
    for (size_t i = 0; ok && i < n_needed; i++) {
        ok = env_supply(entries, &n, needed[i], &error);
    }
    if (ok) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    qsort(entries, n, sizeof(*entries), env_compare);
    if (ok && env_find_path(entries, n, path)) {
        block = env_block(entries, n);
    }
    if (block) {
        goto out;
    }
no_memory:
    if (error == ERROR_NOT_ENOUGH_MEMORY) {
        osdep_error_setg_errno(errp, ENOMEM, "cannot build the environment");
    } else {
        osdep_error_setg_win32(errp, (int)error,
                               "cannot build the environment");
    }
    osdep_failed_at(errp, OSDEP_STEP_PREPARE);
out:
    while (n > 0 && entries) {
        free(entries[--n].text);
    }
    free(entries);
    return block;
}

#endif
