/*
 * The frame of a tool: main() is in main-posix.c and main-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

/* What main() would be: its arguments are in UTF-8, on Windows too. */
int tool_main(int argc, char **argv);

#endif
