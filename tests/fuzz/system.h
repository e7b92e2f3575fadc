/*
 * What Windows itself makes of it: system-win32.c, and system-posix.c, which
 * has to do without
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_FUZZ_SYSTEM_H
#define TESTS_FUZZ_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does CommandLineToArgvW() read @argv, and no more, in @line, both being
 * UTF-8?  On POSIX systems: true.
 */
bool system_reads(const char *line, const char *const *argv);

/*
 * @unit of UTF-16 in upper case, as names of variables are compared.  On POSIX
 * systems: of ASCII and Latin-1.
 */
uint16_t system_upcase(uint16_t unit);

/* Give the variable @name, which is ASCII, a value in our environment; NULL: none */
void system_setenv(const char *name, const char *value);

/*
 * Have the system's message for any error be @text, UTF-16 in bytes, the low one
 * first.  On Windows: its messages are its own.
 */
void system_says(const uint8_t *text, size_t size);

#endif
