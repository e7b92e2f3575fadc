/*
 * System calls without the C library
 *
 * SPDX-License-Identifier: MIT
 *
 * For the child room, which needs calls that the C library wraps too well (its
 * sigaction() refuses its own signals) or not at all, and needs them cheap: a
 * fresh child faults in every part of the C library that it touches, some 6 us
 * each, and a parent linked lazily makes each child look up its symbols anew.
 * bench/fork measures what this saves: its "loop" goes through the C library,
 * and takes 1.30 times as long as fork() from a small parent; osdep_fork() 1.10.
 *
 * Sources: syscall(2) for the registers, the kernel's
 * Documentation/arch/ for what a call may overwrite.
 */
#ifndef UTIL_OSDEP_SYSCALL_LINUX_H
#define UTIL_OSDEP_SYSCALL_LINUX_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Numbers of system calls that older headers lack.  From 424 on they are the same
 * on all architectures (the kernel's scripts/syscall.tbl), but for what some add
 * to all of their numbers.
 */
#if defined __mips__
#define OSDEP_SYSCALL_BASE __NR_Linux
#elif defined __alpha__
#define OSDEP_SYSCALL_BASE 110
#elif defined __ia64__
#define OSDEP_SYSCALL_BASE 1024
#elif defined __x86_64__ && !defined __LP64__
#define OSDEP_SYSCALL_BASE __X32_SYSCALL_BIT
#else
#define OSDEP_SYSCALL_BASE 0
#endif
#ifndef SYS_getpid /* Alpha, whose call gives more */
#define SYS_getpid SYS_getxpid
#endif
#ifndef SYS_pidfd_send_signal /* Linux 5.1 */
#define SYS_pidfd_send_signal (OSDEP_SYSCALL_BASE + 424)
#endif
#ifndef SYS_pidfd_open /* Linux 5.3 */
#define SYS_pidfd_open (OSDEP_SYSCALL_BASE + 434)
#endif
#ifndef SYS_close_range /* Linux 5.9 */
#define SYS_close_range (OSDEP_SYSCALL_BASE + 436)
#endif

/* Is it inline, so that a child on its parent's stack may make it? */
#if (defined __x86_64__ || defined __aarch64__) && defined __LP64__
#define OSDEP_SYSCALL_IS_INLINE 1
#endif

/*
 * Make system call @nr.  Returns: its result, or an errno negated.  Inline also
 * without optimisation (-O0), since a child on its parent's stack must not return
 * from a function that the parent called.
 */
static inline __attribute__((always_inline)) long
osdep_syscall(long nr, long a, long b, long c, long d, long e)
{
#if defined __x86_64__ && defined __LP64__
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return ret;
#elif defined __aarch64__ && defined __LP64__
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;

    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
#else
    long ret = syscall(nr, a, b, c, d, e);

    return ret == -1 ? -errno : ret;
#endif
}

#endif
