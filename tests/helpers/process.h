/*
 * Running programs from tests, the plain way: nothing of osdep in it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* The tools and helpers lie where the tests run: in the build folder. */
#ifdef _WIN32
#define PROGRAM(name) ".\\" name ".exe"
#else
#define PROGRAM(name) "./" name
#endif

/* PUPPET(name, ...): an argv[] of this name that starts the puppet. */
#define PUPPET(name, ...) \
    const char *name[] = { PROGRAM("puppet"), __VA_ARGS__, NULL }

/*
 * Run @argv, whose words need no quoting, and collect what it prints on both
 * standard output and standard error.  Returns: its exit status; on POSIX
 * 128 + n if signal n ended it; -1 if it could not be started.
 */
int run_program(const char *const *argv, char *output, size_t size);
#define RUN(output, ...)                                              \
    run_program((const char *const[]){ __VA_ARGS__, NULL }, (output), \
                sizeof(output))

/* What run_program() returns for a program that called abort(). */
extern const int aborted_status;

/* Any process, by its number: is it there and no zombie?  Does it end soon? */
bool process_is_alive(long pid);
bool process_ends(long pid);
void kill_process(long pid);

#ifdef _WIN32
/* What can be read from @fd, which is closed, as text. */
const char *read_all(int fd);
#endif

#endif
