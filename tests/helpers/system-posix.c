/*
 * What system the tests run on, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "tests/helpers/harness.h"

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#endif

static const char *libc_version(void)
{
#if defined __GLIBC__
    return gnu_get_libc_version();
#else
    return "";
#endif
}

#if defined __GLIBC__
#define LIBC "glibc"
#elif defined __linux__
#define LIBC "musl"
#else
#define LIBC "the system's"
#endif

/* Adds @name to @list if it @lacks. */
static void add(char *list, size_t size, bool lacks, const char *name)
{
    size_t len = strlen(list);

    if (lacks) {
        snprintf(list + len, size - len, "%s%s", len ? " " : "", name);
    }
}

void print_system(void)
{
    struct utsname name = { 0 };
#ifdef __linux__
    siginfo_t info;
    int fds[2];
#endif
    char lacks[128] = "";

    uname(&name);
#ifdef __linux__
    /* Each of these is an error where the call is there, too, but another. */
    add(lacks, sizeof(lacks),
        nr_close_range < 0 ||
            (syscall(nr_close_range, 1L, 0L, 0L) < 0 && errno == ENOSYS),
        "close_range");
    add(lacks, sizeof(lacks),
        nr_pidfd_open < 0 ||
            (syscall(nr_pidfd_open, -1L, 0L) < 0 && errno == ENOSYS),
        "pidfd_open");
    add(lacks, sizeof(lacks),
        syscall(SYS_waitid, 3L, (long)INT_MAX, &info, (long)WEXITED, 0L) < 0 &&
            errno != EBADF,
        "waitid(P_PIDFD)");
    add(lacks, sizeof(lacks),
        syscall(SYS_pipe2, fds, -1L) < 0 && errno == ENOSYS, "pipe2");
#endif
    add(lacks, sizeof(lacks), vfork_is_fork(), "vfork");
    printf("# system: kernel=%s %s; libc=" LIBC
           " %s; machine=%d-bit %s-endian on %s; "
           "lacks=%s\n",
           name.sysname, name.release, libc_version(),
           (int)sizeof(void *) * CHAR_BIT,
           __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? "big" : "little",
           name.machine, lacks);
}
