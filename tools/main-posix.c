/*
 * The start of a tool on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/tool.h"

int main(int argc, char **argv)
{
    return tool_main(argc, argv);
}
