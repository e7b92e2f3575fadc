/*
 * As much of Windows as some files of util/ need
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/stand-in/windows.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"

static DWORD last_error;

static const uint8_t *message;
static size_t message_size;

void system_says(const uint8_t *text, size_t size)
{
    message = text;
    message_size = size;
}

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
            last_error = ERROR_NO_UNICODE_TRANSLATION;
            return 0;
        }
        used = used ? used : 1;
        for (int units = code > 0xffff ? 2 : 1; units > 0; units--) {
            uint32_t unit = code <= 0xffff ? code
                            : units == 2   ? 0xd7c0 + (code >> 10)
                                           : 0xdc00 | (code & 0x3ff);

            if (size && n >= size) {
                last_error = ERROR_INSUFFICIENT_BUFFER;
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

/* Two bytes of the message are a unit.  Breaks become blanks, if so asked. */
DWORD FormatMessageW(DWORD flags, const void *source, DWORD code,
                     DWORD language, WCHAR *text, DWORD size, void *inserts)
{
    DWORD n = 0;

    (void)source, (void)code, (void)language, (void)inserts;
    if (message_size / 2 == 0 || message_size / 2 >= size) {
        last_error = ERROR_NOT_ENOUGH_MEMORY;
        return 0;
    }
    for (size_t i = 0; i + 1 < message_size; i += 2) {
        uint16_t unit = (uint16_t)(message[i] | message[i + 1] << 8);

        if (unit == 0) {
            break;
        }
        if (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK &&
            (unit == '\r' || unit == '\n')) {
            unit = ' ';
        }
        text[n++] = (WCHAR)unit;
    }
    text[n] = L'\0';
    return n;
}

int WideCharToMultiByte(unsigned int code_page, DWORD flags, const WCHAR *wide,
                        int len, char *text, int size, const char *instead,
                        BOOL *was_needed)
{
    size_t left = len < 0 ? wcslen(wide) + 1 : (size_t)len;
    int n = 0;

    (void)code_page, (void)flags, (void)instead, (void)was_needed;
    for (; left > 0; left--, wide++) {
        uint32_t code = (uint16_t)*wide;
        int used;

        if (code >= 0xd800 && code < 0xe000) {
            bool pair = code < 0xdc00 && left > 1 && wide[1] >= 0xdc00 &&
                        wide[1] < 0xe000;

            if (pair) {
                code = 0x10000 + ((code & 0x3ff) << 10);
                code += (uint32_t) * ++wide & 0x3ff;
            } else {
                code = 0xfffd;
            }
            left -= pair;
        }
        used = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        if (size && n + used > size) {
            last_error = ERROR_INSUFFICIENT_BUFFER;
            return 0;
        }
        for (int i = used - 1; size && i >= 0; i--, code >>= 6) {
            text[n + i] = (char)(i           ? 0x80 | (code & 0x3f)
                                 : used == 1 ? code
                                             : (0xf00U >> used | code));
        }
        n += used;
    }
    return n;
}

HANDLE GetStdHandle(DWORD which)
{
    (void)which;
    return NULL;
}

BOOL GetConsoleMode(HANDLE console, DWORD *mode)
{
    (void)console, (void)mode;
    return 0;
}

BOOL WriteConsoleW(HANDLE console, const void *text, DWORD len, DWORD *written,
                   void *reserved)
{
    (void)console, (void)text, (void)len, (void)written, (void)reserved;
    return 0;
}

DWORD GetModuleFileNameW(HANDLE module, WCHAR *path, DWORD size)
{
    (void)module, (void)size;
    wcscpy(path, L"C:\\fuzz.exe");
    return (DWORD)wcslen(path);
}

void GetSystemTime(SYSTEMTIME *now)
{
    *now = (SYSTEMTIME){ .wYear = 2026, .wMonth = 11, .wDay = 28 };
}

WCHAR *wcsstr(const WCHAR *text, const WCHAR *part)
{
    for (; *text; text++) {
        size_t n = 0;

        while (part[n] && text[n] == part[n]) {
            n++;
        }
        if (!part[n]) {
            return (WCHAR *)(uintptr_t)text;
        }
    }
    return NULL;
}

int strerror_s(char *buf, size_t size, int errnum)
{
    snprintf(buf, size, "%s", strerror(errnum));
    return 0;
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
