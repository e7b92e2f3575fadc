/*
 * The program that the tests of osdep/process.h start
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#include <stdbool.h>

/* puppet.c, for main(): arguments in UTF-8, what main() is to return. */
int puppet(int argc, char **argv);

/* puppet-posix.c and puppet-win32.c */

/* 0, 1 and 2 carry bytes as they are. */
void puppet_binary(void);

/* The value of an environment variable in UTF-8, NULL if there is none. */
const char *puppet_env(const char *name);

/* The current directory in UTF-8. */
const char *puppet_cwd(void);

bool puppet_fd_is_open(int fd);

void puppet_sleep(double seconds);

/* Start one that sleeps for 100 seconds; its process ID, -1 if that fails. */
long puppet_start_sleeper(void);

/* Do what only this system has; what main() is to return. */
int puppet_own(int argc, char **argv);

#endif
