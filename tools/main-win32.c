/*
 * The start of a tool on Windows: its arguments as they really are
 *
 * SPDX-License-Identifier: MIT
 *
 * main() gets them in the "ANSI" code page, with a question mark for each
 * character that this lacks.
 */
#include "osdep/osdep.h"

#include <stdlib.h>

#include "osdep/process.h"
#include "tools/tool.h"

int main(int argc, char **argv)
{
    Error *err = NULL;

    argv = osdep_utf8_args(&argc, argv, &err);
    if (!argv) {
        error_report_err(err);
        return 125;
    }
    __argv = argv; /* getopt_long() takes the program's name from there. */
    return tool_main(argc, argv);
}
