/*
 * Fuzz target: Windows' own messages in errors
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is a code, two bytes, the second of which may make it an HRESULT,
 * and what the system says of it, where it can be told.  Whatever that is, an
 * error's message is one line of UTF-8 without a full stop.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"

#include <windows.h>

static const char *const wrong[] = {
    "the message as it comes",
    "breaks and full stops are left out, and nothing stands in for it",
    NULL,
};

static void wrong_setg_win32(Error **errp, int code, int which)
{
    WCHAR wide[512] = { 0 };
    char text[2048] = "";
    DWORD len = FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
            (which == 2 ? FORMAT_MESSAGE_MAX_WIDTH_MASK : 0),
        NULL, (DWORD)code, 0, wide, 512, NULL);

    while (which == 2 && len > 0 && wcschr(L" .\r\n", wide[len - 1])) {
        wide[--len] = L'\0';
    }
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof(text), NULL, NULL);
    error_setg_errno(errp, 0, "doing: %s", text);
}

static const char *judge(const char *message, int code)
{
    const size_t head = strlen("doing: "), len = strlen(message);

    if (code == 0) {
        return strcmp(message, "doing") == 0
                   ? NULL
                   : fuzz_fault("of no error it says: %s", message);
    }
    if (len <= head || strncmp(message, "doing: ", head) != 0) {
        return fuzz_fault("it says nothing: %s", message);
    }
    if (fuzz_utf16_len(message) < 0) {
        return fuzz_fault("it is not UTF-8: %s", message);
    }
    if (strpbrk(message, "\r\n") || strchr(" .", message[len - 1])) {
        return fuzz_fault("not one line without a full stop: %s", message);
    }
    if (strstr(message, "%1")) {
        return fuzz_fault("it has a place for something else: %s", message);
    }
    return NULL;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    int code = size > 1 ? data[0] | (data[1] & 0x7f) << 8 : 0;
    const char *fault;
    Error *err = NULL;

    if (size > 1 && data[1] & 0x80) {
        code = (int)(0x80070000U | (unsigned int)code);
    }
    system_says(data + (size > 1 ? 2 : size), size > 1 ? size - 2 : 0);
    if (which && code) {
        wrong_setg_win32(&err, code, which);
    } else {
        error_setg_win32(&err, code, "%s", "doing");
        if (osdep_error_get_win32(err) != (uint32_t)code ||
            (osdep_error_get_errno(err) > 0) != (code != 0)) {
            error_free(err);
            return fuzz_fault("the code is another one, or no errno");
        }
    }
    fault = judge(error_get_pretty(err), code);
    error_free(err);
    return fault;
}

static const char *const parts[] = {
    "\2", "\5", "\xb7", "\x80", "A",    "1",    "%",  ".",
    "\r", "\n", " ",    "\xd8", "\xdc", "\x20", NULL,
};

const FuzzTarget fuzz_win32_error = { "win32-error", test, wrong, parts };
