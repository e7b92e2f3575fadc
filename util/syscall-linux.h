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
 * and takes 1.30 times as long as fork() from a small parent; qemu_fork() 1.10.
 *
 * Sources: syscall(2) for the registers, the kernel's
 * Documentation/arch/ for what a call may overwrite.
 */
#ifndef UTIL_SYSCALL_LINUX_H
#define UTIL_SYSCALL_LINUX_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Is it inline, so that a child on our stack may return from it? */
#if (defined __x86_64__ || defined __aarch64__) && defined __LP64__
#define OSDEP_SYSCALL_IS_INLINE 1
#endif

/*
 * Make system call @nr.  Returns: its result, or an errno negated.  Inline also
 * without optimisation (-O0), or a child on our stack would return from it.
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
