/*
 * As much of Windows as util/environment-win32.c and program-win32.c need
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/stand-in/windows.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"

static DWORD last_error;

DWORD GetLastError(void)
{
    return last_error;
}

void SetLastError(DWORD error)
{
    last_error = error;
}

int MultiByteToWideChar(unsigned int code_page, DWORD flags, const char *text,
                        int len, WCHAR *wide, int size)
{
    size_t left = len < 0 ? strlen(text) + 1 : (size_t)len;
    const uint8_t *s = (const uint8_t *)text;
    int n = 0;

    (void)code_page;
    while (left > 0) {
        uint32_t code = 0xfffd; /* REPLACEMENT CHARACTER */
        size_t used = fuzz_utf8(s, left, &code);

        if (used == 0 && flags & MB_ERR_INVALID_CHARS) {
            return 0;
        }
        used = used ? used : 1;
        for (int units = code > 0xffff ? 2 : 1; units > 0; units--) {
            uint32_t unit = code <= 0xffff ? code
                            : units == 2   ? 0xd7c0 + (code >> 10)
                                           : 0xdc00 | (code & 0x3ff);

            if (size && n >= size) {
                return 0;
            }
            if (size) {
                wide[n] = (WCHAR)unit;
            }
            n++;
        }
        s += used;
        left -= used;
    }
    return n;
}

int CompareStringOrdinal(const WCHAR *a, int a_len, const WCHAR *b, int b_len,
                         BOOL ignore_case)
{
    size_t n_a = a_len < 0 ? wcslen(a) : (size_t)a_len;
    size_t n_b = b_len < 0 ? wcslen(b) : (size_t)b_len;

    for (size_t i = 0; i < n_a && i < n_b; i++) {
        uint32_t x =
            ignore_case ? system_upcase((uint16_t)a[i]) : (uint16_t)a[i];
        uint32_t y =
            ignore_case ? system_upcase((uint16_t)b[i]) : (uint16_t)b[i];

        if (x != y) {
            return x < y ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
        }
    }
    return n_a == n_b  ? CSTR_EQUAL
           : n_a < n_b ? CSTR_LESS_THAN
                       : CSTR_GREATER_THAN;
}

DWORD GetEnvironmentVariableW(const WCHAR *name, WCHAR *value, DWORD size)
{
    const char *text;
    char narrow[64];
    size_t len;

    snprintf(narrow, sizeof(narrow), "%ls", name);
    text = getenv(narrow);
    if (!text) {
        last_error = ERROR_ENVVAR_NOT_FOUND;
        return 0;
    }
    len = strlen(text);
    if (size <= len) {
        return (DWORD)len + 1;
    }
    for (size_t i = 0; i <= len; i++) {
        value[i] = (WCHAR)(unsigned char)text[i];
    }
    return (DWORD)len;
}

DWORD GetFullPathNameW(const WCHAR *path, DWORD size, WCHAR *full, WCHAR **name)
{
    bool is_full = path[0] && path[1] == L':';
    size_t len = wcslen(path) + (is_full ? 0 : 7);

    (void)name;
    if (size <= len) {
        return (DWORD)len + 1;
    }
    wcscat(wcscpy(full, is_full ? L"" : L"C:\\cwd\\"), path);
    return (DWORD)len;
}

DWORD GetFileAttributesW(const WCHAR *path)
{
    (void)path;
    last_error = ERROR_FILE_NOT_FOUND;
    return INVALID_FILE_ATTRIBUTES;
}

unsigned int GetSystemDirectoryW(WCHAR *path, unsigned int size)
{
    (void)size;
    wcscpy(path, L"C:\\windows\\system32");
    return (unsigned int)wcslen(path);
}
