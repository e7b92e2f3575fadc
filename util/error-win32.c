/*
 * Error objects on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <windows.h>

#include "util/error-os.h"

OsdepOsCodes osdep_os_codes_save(void)
{
    return (OsdepOsCodes){ .errnum = errno, .win32_err = GetLastError() };
}

void osdep_os_codes_restore(OsdepOsCodes codes)
{
    errno = codes.errnum;
    SetLastError(codes.win32_err);
}

void osdep_os_strerror(int errnum, char *buf, size_t size)
{
    if (errnum == ENOTSUP) { /* msvcrt has no text for it */
        snprintf(buf, size, "Not supported");
        return;
    }
    if (strerror_s(buf, size, errnum) != 0) {
        snprintf(buf, size, "error %d", errnum);
    }
}

/*
 * The system's text for @win32_err: one line, no full stop, UTF-8.  The system
 * ends its texts in ".\r\n" and may break them; FORMAT_MESSAGE_MAX_WIDTH_MASK
 * turns breaks into spaces (FormatMessageW).
 */
static void win32_text(DWORD win32_err, char *buf, int size)
{
    WCHAR text[512];
    DWORD len;

    len = FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
            FORMAT_MESSAGE_MAX_WIDTH_MASK,
        NULL, win32_err, 0, text, sizeof(text) / sizeof(text[0]), NULL);
    while (len > 0 && wcschr(L" .\r\n", text[len - 1])) {
        len--;
    }
    text[len] = L'\0'; /* for a code it does not know it leaves @text alone */
    for (WCHAR *insert = text; (insert = wcsstr(insert, L"%1"));) {
        memcpy(insert, L"it",
               2 * sizeof(*insert)); /* "%1 is not a valid Win32 application" */
    }
    len = (DWORD)WideCharToMultiByte(CP_UTF8, 0, text, (int)len, buf, size - 1,
                                     NULL, NULL);
    buf[len] = '\0';
    if (len == 0) {
        snprintf(buf, (size_t)size, "Windows error 0x%lx",
                 (unsigned long)win32_err);
    }
}

void error_setg_win32_internal(Error **errp, const char *src, int line,
                               const char *func, int win32_err, const char *fmt,
                               ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    char tail[1024] = "";
    va_list ap;

    if (!errp) {
        return;
    }
    if (win32_err) {
        strcpy(tail, ": ");
        win32_text((DWORD)win32_err, tail + 2, sizeof(tail) - 2);
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, ERROR_CLASS_GENERIC_ERROR,
                     win32_err, tail, fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

/* This program's file name without its folder and ".exe", in UTF-8. */
static void program_name(char *buf, int size)
{
    WCHAR path[MAX_PATH + 1], *name;
    size_t len;

    path[GetModuleFileNameW(NULL, path, MAX_PATH)] = L'\0';
    name = wcsrchr(path, L'\\');
    name = name ? name + 1 : path;
    len = wcslen(name);
    if (len > 4 && _wcsicmp(name + len - 4, L".exe") == 0) {
        name[len - 4] = L'\0';
    }
    if (!*name ||
        !WideCharToMultiByte(CP_UTF8, 0, name, -1, buf, size, NULL, NULL)) {
        snprintf(buf, (size_t)size, "osdep");
    }
}

/* A console takes UTF-16, whatever its code page; false if there is none. */
static bool console_write(const char *text)
{
    HANDLE console = GetStdHandle(STD_ERROR_HANDLE);
    DWORD mode, written;
    bool ok = false;
    WCHAR *wide;
    int len;

    if (!GetConsoleMode(console, &mode)) {
        return false;
    }
    len = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wide = len > 0 ? malloc((size_t)len * sizeof(*wide)) : NULL;
    if (wide) {
        ok = MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, len) &&
             WriteConsoleW(console, wide, (DWORD)len - 1, &written, NULL);
        free(wide);
    }
    return ok;
}

void osdep_os_report(const char *label, const char *message, const char *hint)
{
    static const char fmt[] = "%s: %s%s\n%s";
    char name[3 * (MAX_PATH + 1)], *text = NULL;
    int len;

    program_name(name, sizeof(name));
    if (!hint) {
        hint = "";
    }
    len = snprintf(NULL, 0, fmt, name, label, message, hint);
    if (len >= 0) {
        text = malloc((size_t)len + 1);
    }
    if (text) {
        snprintf(text, (size_t)len + 1, fmt, name, label, message, hint);
    }
    if (!text || !console_write(text)) {
        fprintf(stderr, fmt, name, label, message, hint);
    }
    free(text);
}
