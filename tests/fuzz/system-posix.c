/*
 * What Windows itself makes of it, where there is no Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/system.h"

#include <stdlib.h>

bool system_reads(const char *line, const char *const *argv)
{
    (void)line, (void)argv;
    return true;
}

uint16_t system_upcase(uint16_t unit)
{
    return (unit >= 'a' && unit <= 'z') ||
                   (unit >= 0xe0 && unit <= 0xfe && unit != 0xf7)
               ? (uint16_t)(unit - 0x20)
               : unit;
}

void system_setenv(const char *name, const char *value)
{
    if (value) {
        setenv(name, value, 1);
    } else {
        unsetenv(name);
    }
}
