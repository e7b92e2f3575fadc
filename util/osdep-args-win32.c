/*
 * A program's own arguments, on Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * CommandLineToArgvW() would need shell32.dll, which makes a GUI program of
 * each that loads it, and has other rules than the C runtime.
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include "osdep/process.h"

#include <windows.h>

#include "util/osdep-cmdline-win32.h"

/* Our command line in UTF-8, to be freed; NULL with @errp set. */
static char *own_command_line(OsdepError **errp)
{
    const WCHAR *wide = GetCommandLineW();
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1,
                                   NULL, 0, NULL, NULL);
    char *line = size > 0 ? malloc((size_t)size) : NULL;

    if (line &&
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, line, size, NULL, NULL)) {
        return line;
    }
    if (size > 0 && !line) {
        osdep_error_setg_errno(errp, ENOMEM, "cannot read the command line");
    } else if (GetLastError() == ERROR_NO_UNICODE_TRANSLATION) {
        osdep_error_setg_errno(errp, EINVAL,
                               "the command line is not valid UTF-16");
    } else {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot convert the command line to UTF-8");
    }
    free(line);
    return NULL;
}

char **osdep_utf8_args(int *argc, char **argv, OsdepError **errp)
{
    char *line = own_command_line(errp);

    if (!line) {
        return NULL;
    }
    argv = osdep_cmdline_words(line, argc);
    free(line);
    if (!argv) {
        osdep_error_setg_errno(errp, ENOMEM, "cannot read the command line");
    }
    return argv;
}

#endif
