/*
 * A vfork() that is a fork(), as under valgrind and qemu-user: for a program
 * linked with --wrap=vfork
 *
 * SPDX-License-Identifier: MIT
 */
#include <unistd.h>

pid_t __wrap_vfork(void);

pid_t __wrap_vfork(void)
{
    return fork();
}
