/*
 * A C library with something in front of it that keeps tables and takes a lock,
 * as libjsig, MemorySanitizer and FreeBSD's libthr do
 *
 * SPDX-License-Identifier: MIT
 *
 * ld's --wrap puts these functions in front of those that a child might call
 * between fork and exec (tests/SConscript lists them).  A child that shares the
 * parent's memory must call none: the tables and the lock are the parent's.
 */
#ifndef TESTS_INTERPOSED_LIBC_H
#define TESTS_INTERPOSED_LIBC_H

#include <stdbool.h>

/*
 * From now on this process is the parent, and its tables are kept: handlers, the
 * mask, descriptors, the directory, the session and group, the program.  As with
 * MemorySanitizer, the kernel is told of one handler for all signals, which calls
 * that of the table.
 */
void interposed_begin(void);

/*
 * As libjsig does with a Java machine's signals: what sigaction() and signal()
 * set for @sig goes to the table and never to the kernel.
 */
void interposed_reserve(int sig);

/*
 * What children have done since interposed_begin(): which functions they called,
 * each of which takes the lock, and which tables are not as they were.  "" if
 * nothing; a static string.
 */
const char *interposed_damage(void);

#endif
