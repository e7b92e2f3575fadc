/*
 * What system the tests run on, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/harness.h"

#include <windows.h>

/* RtlGetVersion() tells the truth, which GetVersionEx() does not since 8.1. */
typedef LONG(WINAPI *GetVersionFn)(OSVERSIONINFOW *);
/* Wine's own, https://wiki.winehq.org/Developer_FAQ */
typedef const char *(CDECL *WineVersionFn)(void);

void print_system(void)
{
    OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    GetVersionFn get_version =
        (GetVersionFn)(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    WineVersionFn wine_version = (WineVersionFn)(void (*)(void))GetProcAddress(
        ntdll, "wine_get_version");

    if (get_version) {
        get_version(&version);
    }
    printf("# system: kernel=Windows %lu.%lu.%lu%s%s; libc="
#ifdef _UCRT
           "UCRT"
#else
           "msvcrt"
#endif
           "; machine=%s; lacks=\n",
           version.dwMajorVersion, version.dwMinorVersion,
           version.dwBuildNumber, wine_version ? ", Wine " : "",
           wine_version ? wine_version() : "",
#if defined __aarch64__
           "aarch64"
#elif defined __x86_64__
           "x86_64"
#else
           "i686"
#endif
    );
}
