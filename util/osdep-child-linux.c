/*
 * The child room: Linux's calls
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __linux__

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "util/osdep-child.h"
#include "util/osdep-syscall-linux.h"

/*
 * What the kernel takes for the size of a signal set: 8, on MIPS 16.  (Most
 * have it as the fourth argument of rt_sigaction, SPARC as the fifth, so it is
 * passed as both; SPARC's fourth is of no use to SIG_DFL.)
 */
enum { KERNEL_SIGSET_SIZE = _NSIG / 8 };

/*
 * The constants of these two are on the stack, which the child has at hand
 * already; static ones would cost it a page fault.
 */
int osdep_child_unblock_all(void)
{
    const uint64_t none[2] = { 0 }; /* 64 signals, on MIPS 128 */

    return -(int)osdep_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)none, 0,
                               KERNEL_SIGSET_SIZE, 0);
}

int osdep_child_set_default(int sig)
{
    /* The kernel's struct sigaction: at most 32 bytes, whose order depends on
     * the architecture, but all zero is SIG_DFL without flags on each. */
    const uint64_t sig_dfl[4] = { 0 };

    return -(int)osdep_syscall(SYS_rt_sigaction, sig, (long)sig_dfl, 0,
                               KERNEL_SIGSET_SIZE, KERNEL_SIGSET_SIZE);
}

int osdep_child_set_handler(int sig, void (*handler)(int))
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

    sigemptyset(&sa.sa_mask);
    return sigaction(sig, &sa, NULL) < 0 ? errno : 0;
}

bool osdep_child_is_unknown(int sig)
{
    uint64_t sa[8]; /* twice what the kernel has, see above */

    return osdep_syscall(SYS_rt_sigaction, sig, 0, (long)sa, KERNEL_SIGSET_SIZE,
                         KERNEL_SIGSET_SIZE) == -EINVAL;
}

/*
 * 32 and 33 with glibc (nptl(7)), 32 to 34 with musl (its
 * src/signal/sigaction.c refuses them).  SIGRTMIN does not tell: what a program
 * gets from glibc's __libc_allocate_rtsig() raises it.
 */
bool osdep_child_is_reserved(int sig)
{
#ifdef __GLIBC__
    return sig == 32 || sig == 33;
#else
    return sig >= 32 && sig <= 34;
#endif
}

/* close_range(2), Linux 5.9.  Returns: 0 or an errno. */
static int close_range_with(unsigned int first, unsigned int last, long flags)
{
    return -(int)osdep_syscall(SYS_close_range, (long)first, (long)last, flags,
                               0, 0);
}

bool osdep_child_close_span(unsigned int first, unsigned int last)
{
    return close_range_with(first, last, 0) == 0;
}

/* Linux 5.11 */
bool osdep_child_mark_span(unsigned int first, unsigned int last)
{
    enum { CLOEXEC = 1 << 2 }; /* linux/close_range.h */

    return close_range_with(first, last, CLOEXEC) == 0;
}

int osdep_child_unshare_fds(int highest)
{
    enum { UNSHARE = 1 << 1 }; /* linux/close_range.h */

    return close_range_with((unsigned int)highest + 1, UINT_MAX, UNSHARE);
}

int osdep_child_die_with_parent(pid_t parent)
{
    int err =
        -(int)osdep_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pid_t now = getppid();

    /* It may have died before that.  0: it is outside of our PID namespace. */
    if (err == 0 && now != parent && now != 0) {
        _exit(1);
    }
    return err;
}

/*
 * Closes what /proc/thread-self/fd (Linux 3.17) lists; false if it cannot be
 * read.  /proc/self/fd would be the first thread's.  Closing while reading
 * skips nothing: the place in the list is a descriptor number (fs/proc/fd.c).
 */
bool osdep_child_close_listed(const OsdepFdList *kept)
{
    /* struct linux_dirent64, getdents64(2) */
    enum { RECLEN_AT = 16, NAME_AT = 19 };
    _Alignas(uint64_t) char buf[2048];
    unsigned short reclen;
    long size;
    int dir;

    dir = open("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return false;
    }
    while ((size = osdep_syscall(SYS_getdents64, dir, (long)buf, sizeof(buf), 0,
                                 0)) > 0) {
        for (long at = 0; at < size; at += reclen) {
            const char *name = buf + at + NAME_AT;
            int fd = 0;

            memcpy(&reclen, buf + at + RECLEN_AT, sizeof(reclen));
            /* What the system call wrote, which the checker cannot see. */
            /* NOLINTNEXTLINE(clang-analyzer-core.*) */
            if (*name == '.') {
                continue;
            }
            for (; *name; name++) {
                fd = fd * 10 + (*name - '0');
            }
            if (fd != dir && !osdep_fd_list_has(kept, fd)) {
                close(fd);
            }
        }
    }
    close(dir);
    return size == 0;
}

/*
 * One past the highest number that a descriptor may have.  Programs lower the
 * soft limit, so the hard one counts; but that may be a thousand million, and
 * few descriptors are above fs.nr_open's default (proc(5)) of 1,048,576.
 */
unsigned int osdep_child_fd_limit(void)
{
    enum { SOFT, HARD, NR_OPEN = 1048576 };
    uint64_t limit[2]; /* the kernel's struct rlimit64 */

    if (osdep_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)limit, 0) < 0) {
        return NR_OPEN;
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.*): the system call wrote it */
    if (limit[HARD] > NR_OPEN) {
        limit[HARD] = limit[SOFT] > NR_OPEN ? limit[SOFT] : NR_OPEN;
    }
    return limit[HARD] < INT_MAX ? (unsigned int)limit[HARD] : INT_MAX;
}

/* glibc's closefrom() may abort. */
void osdep_child_close_above(unsigned int first)
{
    (void)first;
}

#endif
