/*
 * Text, paths and the search for programs on Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * CreateProcessW() and SearchPathW() look into our program's folder and the
 * current one first, and the current directory that they mean is ours, not the
 * child's.  So osdep_spawn() finds the program by itself.
 */
#include "util/osdep-prelude.h"

/* Tests compile this file on POSIX systems, too. */
#if defined _WIN32 || defined OSDEP_TEST_WIN32_CODE

#include "util/osdep-process-win32.h"

WCHAR *osdep_utf16(OsdepError **errp, const char *text, const char *fmt, ...)
{
    int len =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    WCHAR *wide = len > 0 ? malloc((size_t)len * sizeof(*wide)) : NULL;
    bool no_memory = len > 0 && !wide;
    char what[64];
    DWORD error;
    va_list ap;

    if (wide && MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1,
                                    wide, len)) {
        return wide;
    }
    error = GetLastError();
    free(wide);
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    if (no_memory) {
        osdep_error_setg_errno(errp, ENOMEM, "%s: cannot convert to UTF-16",
                               what);
    } else if (error == ERROR_NO_UNICODE_TRANSLATION) {
        osdep_error_setg_errno(errp, EINVAL, "%s: not valid UTF-8", what);
        osdep_failed_at(errp, OSDEP_STEP_CHECK);
    } else {
        osdep_error_setg_win32(errp, (int)error, "%s: cannot convert to UTF-16",
                               what);
    }
    osdep_failed_at(errp, OSDEP_STEP_PREPARE);
    return NULL;
}

WCHAR *osdep_getenv(const WCHAR *name, DWORD *error)
{
    WCHAR *value = NULL;
    DWORD size = 0, len;

    /* Another thread may make it longer between the two calls. */
    SetLastError(ERROR_SUCCESS);
    while ((len = GetEnvironmentVariableW(name, value, size)) > size) {
        free(value);
        size = len;
        value = malloc(size * sizeof(*value));
        if (!value) {
            *error = ERROR_NOT_ENOUGH_MEMORY;
            return NULL;
        }
        SetLastError(ERROR_SUCCESS);
    }
    *error = GetLastError();
    if (len == 0 && *error != ERROR_SUCCESS) {
        free(value);
        value = NULL;
    } else if (!value) { /* it is empty */
        value = calloc(1, sizeof(*value));
        *error = value ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    }
    return value;
}

static bool is_slash(WCHAR c)
{
    return c == L'/' || c == L'\\';
}

/* The three strings as one, to be freed. */
static WCHAR *concat(const WCHAR *a, size_t a_len, const WCHAR *b,
                     const WCHAR *c, DWORD *error)
{
    size_t b_len = wcslen(b), c_len = wcslen(c);
    WCHAR *text = malloc((a_len + b_len + c_len + 1) * sizeof(*text));

    if (text) {
        memcpy(text, a, a_len * sizeof(*text));
        memcpy(text + a_len, b, b_len * sizeof(*text));
        memcpy(text + a_len + b_len, c, (c_len + 1) * sizeof(*text));
    } else {
        *error = ERROR_NOT_ENOUGH_MEMORY;
    }
    return text;
}

/* Returns whether @path begins with the drive and colon that @with does. */
static bool has_same_drive(const WCHAR *path, const WCHAR *with)
{
    return path[0] && path[1] == L':' &&
           CompareStringOrdinal(path, 1, with, 1, TRUE) == CSTR_EQUAL;
}

/* The units of @path up to the end of its component @n, counted from 1. */
static size_t end_of_component(const WCHAR *path, int n)
{
    size_t len = 0;

    for (; n > 0; n--) {
        while (path[len] && is_slash(path[len])) {
            len++;
        }
        while (path[len] && !is_slash(path[len])) {
            len++;
        }
    }
    return len;
}

static bool begins_with_unc(const WCHAR *path)
{
    return (path[0] | 32) == L'u' && (path[1] | 32) == L'n' &&
           (path[2] | 32) == L'c' && is_slash(path[3]);
}

/*
 * The root of a full path, without the backslash behind it: "C:",
 * "\\server\share", and the same of paths that begin with "\\?\" or "\\.\":
 * "\\?\C:", "\\?\UNC\server\share".  @drive: where the letter of its drive is,
 * NULL if it has none.
 */
static size_t root_len(const WCHAR *path, const WCHAR **drive)
{
    bool is_verbatim = is_slash(path[0]) && is_slash(path[1]) &&
                       (path[2] == L'?' || path[2] == L'.') &&
                       is_slash(path[3]);
    size_t start = is_verbatim ? 4 : 0;

    *drive = path[start] && path[start + 1] == L':' ? path + start : NULL;
    if (*drive) {
        return start + 2;
    }
    if (is_verbatim) {
        return end_of_component(path, begins_with_unc(path + start) ? 4 : 2);
    }
    return is_slash(path[0]) && is_slash(path[1]) ? end_of_component(path, 2)
                                                  : 0;
}

/* @path as seen from @base, a full path. */
static WCHAR *join_paths(const WCHAR *base, const WCHAR *path, DWORD *error)
{
    const WCHAR *drive;
    size_t root = root_len(base, &drive);

    if (is_slash(path[0])) {
        /* "\folder" has the same root, "\\server" is a full path. */
        return concat(base, is_slash(path[1]) ? 0 : root, path, L"", error);
    }
    if (path[0] && path[1] == L':') {
        if (is_slash(path[2]) || !drive || !has_same_drive(path, drive)) {
            return concat(L"", 0, path, L"", error);
        }
        path += 2; /* "c:name" is seen from the current folder of that drive. */
    }
    return concat(base, wcslen(base), L"\\", path, error);
}

WCHAR *osdep_full_path(const WCHAR *base, const WCHAR *path, DWORD *error)
{
    WCHAR *joined = base ? join_paths(base, path, error) : NULL, *full = NULL;
    DWORD size = 0, len;

    if (base && !joined) {
        return NULL;
    }
    if (joined) {
        path = joined;
    }
    /* Another thread may change the current directory between the calls. */
    while ((len = GetFullPathNameW(path, size, full, NULL)) > size) {
        free(full);
        size = len;
        full = malloc(size * sizeof(*full));
        if (!full) {
            *error = ERROR_NOT_ENOUGH_MEMORY;
            break;
        }
    }
    if (len == 0) {
        *error = GetLastError();
        free(full);
        full = NULL;
    }
    free(joined);
    return full;
}

bool osdep_plain_path(WCHAR *path)
{
    size_t len = wcslen(path), n = 4;
    WCHAR *plain = path + n, *full;
    const WCHAR *drive;
    DWORD error;
    bool same;

    if (len < n || !is_slash(path[0]) || !is_slash(path[1]) ||
        !is_slash(path[3]) || (path[2] != L'?' && path[2] != L'.')) {
        return false;
    }
    root_len(path, &drive);
    if (!drive && begins_with_unc(plain)) {
        n = 6; /* "\\?\UNC\server": the first two are to be "\\" */
        plain = path + n;
        *plain = L'\\';
    } else if (!drive || !is_slash(drive[2])) {
        return false;
    }
    /* Without the prefix there is a limit, and full stops may be dropped. */
    full = len - n < MAX_PATH ? osdep_full_path(NULL, plain, &error) : NULL;
    same = full && wcscmp(full, plain) == 0;
    free(full);
    if (same) {
        memmove(path, plain, (len - n + 1) * sizeof(*path));
    } else if (n == 6) {
        *plain = L'C';
    }
    return same;
}

WCHAR *osdep_long_path(WCHAR *path, DWORD *error)
{
    const bool is_unc = is_slash(path[0]) && is_slash(path[1]);
    WCHAR *longer;

    if (wcslen(path) < MAX_PATH ||
        (is_unc && (path[2] == L'?' || path[2] == L'.'))) {
        return path;
    }
    longer = is_unc ? concat(L"\\\\?\\UNC", 7, path + 1, L"", error)
                    : concat(L"\\\\?\\", 4, path, L"", error);
    free(path);
    return longer;
}

/* Does the file name in @path have an extension? */
static bool has_extension(const WCHAR *path)
{
    bool has = false;

    for (; *path; path++) {
        if (is_slash(*path) || *path == L':') {
            has = false;
        } else if (*path == L'.') {
            has = path[1] != L'\0';
        }
    }
    return has;
}

/*
 * Returns whether @name can only name a folder: "d\", "d\.", "d\..", "c:".
 * (The system ignores blanks and full stops at the end of a name.)
 */
static bool names_folder(const WCHAR *name)
{
    size_t len = wcslen(name);

    while (len > 0 && (name[len - 1] == L'.' || name[len - 1] == L' ')) {
        len--;
    }
    return len == 0 || is_slash(name[len - 1]) || name[len - 1] == L':';
}

/* Returns whether @error says no more than that there is no such file. */
static bool is_missing(DWORD error)
{
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ||
           error == ERROR_INVALID_NAME || error == ERROR_INVALID_DRIVE;
}

/*
 * Returns whether @error, met in a folder of PATH, says more than that the
 * program is not there.  Many other errors say that the folder is missing, or
 * is a share that cannot be reached.
 */
static bool is_obstacle(DWORD error)
{
    return error == ERROR_ACCESS_DENIED || error == ERROR_SHARING_VIOLATION ||
           error == ERROR_NOT_ENOUGH_MEMORY || error == ERROR_OUTOFMEMORY ||
           error == ERROR_NO_SYSTEM_RESOURCES ||
           error == ERROR_COMMITMENT_LIMIT;
}

/* Which names find_file() tries. */
typedef enum Extensions {
    EXTENSIONS_FIRST, /* "name" may be name.exe, or name */
    EXTENSIONS_ONLY,  /* "name" may be name.exe */
    NO_EXTENSIONS,    /* the name as it is */
} Extensions;

/* Find the file @path, adding an extension if need be. */
static WCHAR *find_file(const WCHAR *path, Extensions extensions, DWORD *error)
{
    /* The rest of Windows' PATHEXT needs an interpreter. */
    static const WCHAR *const with[] = { L"", L".com", L".exe" };
    static const WCHAR *const without[] = { L".com", L".exe", L"" };
    bool has = extensions == NO_EXTENSIONS || has_extension(path);
    int n = extensions == NO_EXTENSIONS             ? 1
            : extensions == EXTENSIONS_ONLY && !has ? 2
                                                    : 3;

    *error = ERROR_FILE_NOT_FOUND;
    for (int i = 0; i < n; i++) {
        WCHAR *file =
            concat(path, wcslen(path), has ? with[i] : without[i], L"", error);
        DWORD attributes;

        file = file ? osdep_long_path(file, error) : NULL;
        if (!file) {
            return NULL;
        }
        attributes = GetFileAttributesW(file);
        if (attributes != INVALID_FILE_ATTRIBUTES &&
            !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            return file;
        }
        if (attributes != INVALID_FILE_ATTRIBUTES) {
            *error = ERROR_ACCESS_DENIED; /* as CreateProcessW() says to that */
        } else if (!is_missing(GetLastError())) {
            *error = GetLastError();
        }
        free(file);
    }
    return NULL;
}

/* The program @name in @folder, which is seen from @cwd. */
static WCHAR *find_in_folder(const WCHAR *folder, const WCHAR *name,
                             const WCHAR *cwd, DWORD *error)
{
    WCHAR *full = osdep_full_path(cwd, folder, error), *path, *file;
    size_t len;

    if (!full) {
        return NULL;
    }
    len = wcslen(full);
    path =
        concat(full, len, is_slash(full[len - 1]) ? L"" : L"\\", name, error);
    file = path ? find_file(path, EXTENSIONS_ONLY, error) : NULL;
    free(path);
    free(full);
    return file;
}

/*
 * Copy the next folder of the list @path to @folder, which has room for all of
 * it, without the quotes in which it may stand.  Returns: what follows it.
 */
static const WCHAR *next_folder(const WCHAR *path, WCHAR *folder)
{
    bool quoted = false;

    for (; *path && (quoted || *path != L';'); path++) {
        if (*path == L'"') {
            quoted = !quoted;
        } else {
            *folder++ = *path;
        }
    }
    *folder = L'\0';
    return *path ? path + 1 : path;
}

static WCHAR *search(const WCHAR *path, const WCHAR *name, const WCHAR *cwd,
                     DWORD *error)
{
    WCHAR *folder = concat(path, wcslen(path), L"", L"", error), *file = NULL;
    DWORD first = ERROR_FILE_NOT_FOUND;

    if (!folder) {
        return NULL;
    }
    *error = ERROR_FILE_NOT_FOUND;
    while (!file && *path && *error != ERROR_NOT_ENOUGH_MEMORY) {
        path = next_folder(path, folder);
        if (*folder) {
            file = find_in_folder(folder, name, cwd, error);
            if (first == ERROR_FILE_NOT_FOUND && is_obstacle(*error)) {
                first = *error;
            }
        }
    }
    if (*error != ERROR_NOT_ENOUGH_MEMORY) {
        *error = first;
    }
    free(folder);
    return file;
}

/* The system's folder, in @folder, which has room for MAX_PATH. */
static bool get_system_folder(WCHAR *folder, DWORD *error)
{
    DWORD len = GetSystemDirectoryW(folder, MAX_PATH);

    if (len == 0 || len >= MAX_PATH) {
        *error = len ? ERROR_FILENAME_EXCED_RANGE : GetLastError();
    }
    return len > 0 && len < MAX_PATH;
}

WCHAR *osdep_cmd_exe(DWORD *error)
{
    WCHAR system[MAX_PATH];

    return get_system_folder(system, error)
               ? concat(system, wcslen(system), L"\\cmd.exe", L"", error)
               : NULL;
}

WCHAR *osdep_find_program(const WCHAR *name, bool searched, const WCHAR *path,
                          const WCHAR *cwd, DWORD *error)
{
    WCHAR system[MAX_PATH], *full, *file;

    *error = ERROR_FILE_NOT_FOUND;
    if (!*name) {
        return NULL;
    }
    if (searched && !wcspbrk(name, L"/\\:")) {
        if (names_folder(name) ||
            (!path && !get_system_folder(system, error))) {
            return NULL;
        }
        return search(path ? path : system, name, cwd, error);
    }
    full = osdep_full_path(cwd, name, error);
    file =
        full ? find_file(full,
                         names_folder(name) ? NO_EXTENSIONS : EXTENSIONS_FIRST,
                         error)
             : NULL;
    free(full);
    return file;
}

#endif
