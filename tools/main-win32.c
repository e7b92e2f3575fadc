/*
 * The start of a tool on Windows: its arguments as they really are
 *
 * SPDX-License-Identifier: MIT
 *
 * main() would get them in the "ANSI" code page, with a question mark for each
 * character that this lacks.
 */
#include "osdep/osdep.h"

#include <windows.h>

#include "tools/tool.h"

int wmain(int argc, wchar_t **wide);

static _Noreturn void out_of_memory(void)
{
    error_report("out of memory");
    exit(125);
}

int wmain(int argc, wchar_t **wide)
{
    char **argv = calloc((size_t)argc + 1, sizeof(*argv));

    if (!argv) {
        out_of_memory();
    }
    for (int i = 0; i < argc; i++) {
        int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide[i],
                                       -1, NULL, 0, NULL, NULL);

        if (size == 0) {
            error_report("argument %d: not valid UTF-16", i);
            exit(125);
        }
        argv[i] = malloc((size_t)size);
        if (!argv[i]) {
            out_of_memory();
        }
        WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, argv[i], size, NULL, NULL);
    }
    /* The C runtime leaves it NULL for wmain(), and getopt_long() needs it. */
    __argv = argv;
    return tool_main(argc, argv);
}
