/*
 * A vfork() that is a fork(), as under valgrind and qemu-user: for a program
 * linked with --wrap=vfork
 *
 * SPDX-License-Identifier: MIT
 *
 * Elsewhere than on Linux, where sanitizers have a vfork() of their own, it is
 * simply in front of a shared C library's: so it needs no --wrap, which macOS's
 * linker lacks and which NetBSD's name for it, __vfork14 (unistd.h), escapes.
 */
#include <unistd.h>

pid_t __wrap_vfork(void);

pid_t __wrap_vfork(void)
{
    return fork();
}

#ifndef __linux__
pid_t vfork(void)
{
    return fork();
}
#endif
