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

#include "util/osdep-child-calls.h"
#include "util/osdep-child.h"
#include "util/osdep-syscall-linux.h"

/* What the kernel takes for the size of a signal set: 8, on MIPS 16. */
enum { KERNEL_SIGSET_SIZE = _NSIG / 8 };

/*
 * The kernel's struct sigaction, linux/signal_types.h: on most architectures a
 * restorer follows, and on all the mask.
 */
typedef struct KernelSigaction {
#ifdef __mips__
    unsigned int flags;
    void (*handler)(int);
#else
    void (*handler)(int);
    unsigned long flags;
#endif
    uint64_t more[3];
} KernelSigaction;

/*
 * The last arguments of rt_sigaction(): the size, but SPARC has a restorer in
 * front of that, and Alpha behind it.
 */
#ifdef __sparc__
#define LAST_ARGUMENTS 0, KERNEL_SIGSET_SIZE
#else
#define LAST_ARGUMENTS KERNEL_SIGSET_SIZE, 0
#endif

static int set_action(int sig, const KernelSigaction *sa)
{
    return -(int)osdep_syscall(SYS_rt_sigaction, sig, (long)sa, 0,
                               LAST_ARGUMENTS);
}

/*
 * How a handler returns.  The kernel has code for that (the vDSO's, or on the
 * stack) everywhere but where SA_RESTORER must say (arch/x86/kernel/signal_64.c),
 * as musl's arch/ARCH/ksigaction.h has it, too.
 *
 * Not here: SPARC and ARC, which need a restorer as well.  There no handler is
 * set, so the signals below have their default disposition.
 */
#if defined __sparc__ || defined __arc__
enum { CAN_CATCH = false };
#else
enum { CAN_CATCH = true };
#endif

#ifdef __x86_64__
static inline void set_restorer(KernelSigaction *sa)
{
    enum { WITH_RESTORER = 0x04000000 }; /* asm/signal.h */
    uint64_t restorer;

    /* Between the labels: what debuggers know as the end of a handler. */
    __asm__("jmp 2f\n\t"
            "nop\n" /* unwinders look one byte in front of a return address */
            "1:\tmov %1, %%rax\n\t"
            "syscall\n"
            "2:\tlea 1b(%%rip), %0"
            : "=r"(restorer)
            : "i"(SYS_rt_sigreturn));
    sa->flags |= WITH_RESTORER;
    memcpy(sa->more, &restorer, sizeof(void *));
}
#else
static inline void set_restorer(KernelSigaction *sa)
{
    (void)sa;
}
#endif

static int set_handler(int sig, void (*handler)(int))
{
    KernelSigaction sa = { .handler = CAN_CATCH ? handler : SIG_DFL };

    if (CAN_CATCH) {
        sa.flags = SA_RESTART;
        set_restorer(&sa);
    }
    return set_action(sig, &sa);
}

static void do_nothing(int sig)
{
    (void)sig;
}

static void end_child(int sig)
{
    /* Not the C library's getpid(), which may remember the parent's. */
    osdep_syscall(SYS_kill, osdep_syscall(SYS_getpid, 0, 0, 0, 0, 0), SIGKILL,
                  0, 0, 0);
    osdep_bare_exit(128 + sig); /* a sandbox may refuse kill() */
}

/*
 * The constants of these are on the stack, which the child has at hand already;
 * static ones would cost it a page fault.
 */
int osdep_child_unblock_all(void)
{
    const uint64_t none[2] = { 0 }; /* 64 signals, on MIPS 128 */

    return -(int)osdep_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)none, 0,
                               KERNEL_SIGSET_SIZE, 0);
}

int osdep_child_set_default(int sig)
{
    const KernelSigaction sa = { .handler = SIG_DFL };

    return set_action(sig, &sa);
}

/* A bare call, since there are 62 of them in each child: osdep-syscall-linux.h. */
int osdep_child_set_default_after_fork(int sig)
{
    return osdep_child_set_default(sig);
}

int osdep_child_ignore(int sig)
{
    const KernelSigaction sa = { .handler = SIG_IGN };

    return set_action(sig, &sa);
}

int osdep_child_set_until_exec(int sig)
{
    switch (sig) {
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return set_handler(sig, do_nothing);
    case SIGQUIT: /* from here on: SIG_KERNEL_COREDUMP_MASK, linux/signal.h */
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGSYS:
    case SIGXCPU:
    case SIGXFSZ:
#ifdef SIGEMT
    case SIGEMT:
#endif
        return set_handler(sig, end_child);
    default:
        return osdep_child_set_default(sig);
    }
}

bool osdep_child_is_unknown(int sig)
{
    KernelSigaction sa;

    return osdep_syscall(SYS_rt_sigaction, sig, 0, (long)&sa, LAST_ARGUMENTS) ==
           -EINVAL;
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
    pid_t now = osdep_bare_getppid();

    /* It may have died before that.  0: it is outside of our PID namespace. */
    if (err == 0 && now != parent && now != 0) {
        osdep_bare_exit(1);
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
    /* MemorySanitizer cannot see a system call write to it. */
    _Alignas(uint64_t) char buf[2048] = "";
    unsigned short reclen;
    long size;
    int dir;

    dir = osdep_bare_open("/proc/thread-self/fd",
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
                osdep_bare_close(fd);
            }
        }
    }
    osdep_bare_close(dir);
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
    uint64_t limit[2] = { 0 }; /* the kernel's struct rlimit64 */

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
