/*
 * The system calls of the child room, the same on all POSIX systems
 *
 * SPDX-License-Identifier: MIT
 *
 * On Linux these are bare system calls (where osdep_syscall() is not inline, by the
 * C library's syscall(), which keeps nothing but errno).  The C library's
 * functions of these names, or what is put in front of them (LD_PRELOAD,
 * sanitizers), may keep tables, take locks or be bound only when they are first
 * called, and in a child that shares memory all of that is the parent's;
 * tests/test-child.c has such a library.  Elsewhere these are the C library's
 * functions: the BSDs' are thin wrappers, of which those that have to do with
 * signals are in osdep-child-bsd.c, and on macOS the child has a memory of its own.
 *
 * All return what the system call does, or an errno negated.
 */
#ifndef UTIL_OSDEP_CHILD_CALLS_H
#define UTIL_OSDEP_CHILD_CALLS_H

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__

#include "util/osdep-syscall-linux.h"

static inline int osdep_bare_open(const char *path, int flags)
{
    return (int)osdep_syscall(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0);
}

static inline int osdep_bare_close(int fd)
{
    return (int)osdep_syscall(SYS_close, fd, 0, 0, 0, 0);
}

/* @from and @to differ. */
static inline int osdep_bare_dup2(int from, int to)
{
#ifdef SYS_dup2 /* newer architectures have dup3() alone, Linux 2.6.27 */
    return (int)osdep_syscall(SYS_dup2, from, to, 0, 0, 0);
#else
    return (int)osdep_syscall(SYS_dup3, from, to, 0, 0, 0);
#endif
}

static inline int osdep_bare_fcntl(int fd, int command, int argument)
{
    return (int)osdep_syscall(SYS_fcntl, fd, command, argument, 0, 0);
}

static inline int osdep_bare_setsid(void)
{
    return (int)osdep_syscall(SYS_setsid, 0, 0, 0, 0, 0);
}

static inline int osdep_bare_setpgid(int pid, int group)
{
    return (int)osdep_syscall(SYS_setpgid, pid, group, 0, 0, 0);
}

static inline int osdep_bare_getppid(void)
{
#ifdef SYS_getppid
    return (int)osdep_syscall(SYS_getppid, 0, 0, 0, 0, 0);
#else /* Alpha: in a register that is not the usual one */
    return getppid();
#endif
}

static inline int osdep_bare_chdir(const char *path)
{
    return (int)osdep_syscall(SYS_chdir, (long)path, 0, 0, 0, 0);
}

static inline int osdep_bare_write(int fd, const void *data, size_t size)
{
    return (int)osdep_syscall(SYS_write, fd, (long)data, (long)size, 0, 0);
}

static inline int osdep_bare_execve(const char *path, char *const *argv,
                                    char *const *env)
{
    return (int)osdep_syscall(SYS_execve, (long)path, (long)argv, (long)env, 0,
                              0);
}

static inline _Noreturn void osdep_bare_exit(int status)
{
    for (;;) {
        osdep_syscall(SYS_exit_group, status, 0, 0, 0, 0);
    }
}

#else

static inline int osdep_bare_open(const char *path, int flags)
{
    int fd = open(path, flags);

    return fd < 0 ? -errno : fd;
}

static inline int osdep_bare_close(int fd)
{
    return close(fd) < 0 ? -errno : 0;
}

static inline int osdep_bare_dup2(int from, int to)
{
    int fd = dup2(from, to);

    return fd < 0 ? -errno : fd;
}

static inline int osdep_bare_fcntl(int fd, int command, int argument)
{
    int result = fcntl(fd, command, argument);

    return result < 0 ? -errno : result;
}

static inline int osdep_bare_setsid(void)
{
    return setsid() < 0 ? -errno : 0;
}

static inline int osdep_bare_setpgid(int pid, int group)
{
    return setpgid(pid, group) < 0 ? -errno : 0;
}

static inline int osdep_bare_chdir(const char *path)
{
    return chdir(path) < 0 ? -errno : 0;
}

static inline int osdep_bare_write(int fd, const void *data, size_t size)
{
    ssize_t n = write(fd, data, size);

    return n < 0 ? -errno : (int)n;
}

static inline int osdep_bare_execve(const char *path, char *const *argv,
                                    char *const *env)
{
    execve(path, argv, env);
    return -errno;
}

static inline _Noreturn void osdep_bare_exit(int status)
{
    _exit(status);
}

#endif

#endif
