/*
 * Running programs from tests, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "tests/helpers/process.h"

const int aborted_status = 3; /* abort(), Microsoft's C runtime reference */

int run_program(const char *const *argv, char *output, size_t size)
{
    char command[4096] = "", c;
    size_t len = 0, n;
    FILE *f;

    for (; *argv; argv++) {
        strcat(strcat(command, *argv), " ");
    }
    strcat(command, "2>&1");
    f = _popen(command, "r");
    if (!f) {
        return -1;
    }
    while ((n = fread(&c, 1, 1, f)) > 0) {
        if (c != '\r' && len < size - 1) {
            output[len++] = c;
        }
    }
    output[len] = '\0';
    return _pclose(f);
}
