/*
 * What Windows itself makes of it
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/system.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <shellapi.h>

static WCHAR *to_utf16(const char *text)
{
    int len = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide = malloc((size_t)len * sizeof(*wide));

    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, len);
    return wide;
}

bool system_reads(const char *line, const char *const *argv)
{
    WCHAR *wide = to_utf16(line), **words;
    bool same = true;
    int argc, i;

    /* It gives the program's own name for an empty line. */
    words = CommandLineToArgvW(*wide ? wide : L"\"\"", &argc);
    for (i = 0; same && i < argc && argv[i]; i++) {
        WCHAR *expected = to_utf16(argv[i]);

        same = wcscmp(words[i], expected) == 0;
        free(expected);
    }
    same = same && i == argc && !argv[i];
    LocalFree(words);
    free(wide);
    return same;
}

/* CompareStringOrdinal() is of kernel32.dll, this of the system below. */
uint16_t system_upcase(uint16_t unit)
{
    typedef WCHAR NTAPI Upcase(WCHAR);
    static Upcase *upcase;

    if (!upcase) {
        upcase = (Upcase *)(void *)GetProcAddress(
            GetModuleHandleW(L"ntdll.dll"), "RtlUpcaseUnicodeChar");
    }
    return upcase(unit);
}

void system_setenv(const char *name, const char *value)
{
    SetEnvironmentVariableA(name, value);
}

void system_says(const uint8_t *text, size_t size)
{
    (void)text, (void)size;
}
