/*
 * The child room: all that runs between fork and exec
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include "config.h"
#include "osdep/fd.h"
#include "util/child-posix.h"

#ifdef __linux__
#include <sys/resource.h>

#include <sys/prctl.h>

#include "util/syscall-linux.h"
#elif defined __APPLE__
#include <libproc.h>
#elif OSDEP_HAVE_DIE_WITH_PARENT
#include <sys/wait.h> /* P_PID */
#endif

/* The lowest descriptor in @skip that is not below @from; -1 if there is none. */
static int next_skipped(unsigned int from, const int *skip, unsigned int nskip)
{
    int next = -1;

    for (unsigned int i = 0; i < nskip; i++) {
        if (skip[i] >= 0 && (unsigned int)skip[i] >= from &&
            (next < 0 || skip[i] < next)) {
            next = skip[i];
        }
    }
    return next;
}

/* First Linux, then the others: what differs between the two. */

#ifdef __linux__

/*
 * What the kernel takes for the size of a signal set: 8, on MIPS 16.  (Most
 * have it as the fourth argument of rt_sigaction, SPARC as the fifth, so it is
 * passed as both; SPARC's fourth is of no use to SIG_DFL.)
 */
enum { KERNEL_SIGSET_SIZE = _NSIG / 8 };

/*
 * Returns: 0 or an errno.  The constants of these two are on the stack, which
 * the child has at hand already; static ones would cost it a page fault.
 */
static int unblock_all(void)
{
    const uint64_t none[2] = { 0 }; /* 64 signals, on MIPS 128 */

    return -(int)osdep_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)none, 0,
                               KERNEL_SIGSET_SIZE, 0);
}

/* Returns: 0 or an errno; EINVAL if there is no such signal. */
static int set_default(int sig)
{
    /* The kernel's struct sigaction: at most 32 bytes, whose order depends on
     * the architecture, but all zero is SIG_DFL without flags on each. */
    const uint64_t sig_dfl[4] = { 0 };

    return -(int)osdep_syscall(SYS_rt_sigaction, sig, (long)sig_dfl, 0,
                               KERNEL_SIGSET_SIZE, KERNEL_SIGSET_SIZE);
}

/*
 * Is there no such signal?  Asks without setting it: EINVAL may also be what a
 * sandbox says of one that is there, which then is as it was.
 */
static bool is_unknown(int sig)
{
    uint64_t sa[8]; /* twice what the kernel has, see above */

    return osdep_syscall(SYS_rt_sigaction, sig, 0, (long)sa, KERNEL_SIGSET_SIZE,
                         KERNEL_SIGSET_SIZE) == -EINVAL;
}

/*
 * Does the C library keep @sig for itself?  32 and 33 with glibc (nptl(7)), 32
 * to 34 with musl (its src/signal/sigaction.c refuses them).  SIGRTMIN does not
 * tell: what a program gets from glibc's __libc_allocate_rtsig() raises it.
 */
static bool is_reserved(int sig)
{
#ifdef __GLIBC__
    return sig == 32 || sig == 33;
#else
    return sig >= 32 && sig <= 34;
#endif
}

/* close_range(2), which older headers do not have.  Returns: 0 or an errno. */
static int close_span_with(unsigned int first, unsigned int last, long flags)
{
#ifdef SYS_close_range
    return -(int)osdep_syscall(SYS_close_range, (long)first, (long)last, flags,
                               0, 0);
#else
    (void)first, (void)last, (void)flags;
    return ENOSYS;
#endif
}

/* Close @first to @last with one call; false if the system does not. */
static bool close_span(unsigned int first, unsigned int last)
{
    return close_span_with(first, last, 0) == 0;
}

/*
 * Make @first to @last close-on-exec with one call (Linux 5.11); false if the
 * system does not.
 */
static bool mark_span(unsigned int first, unsigned int last)
{
    enum { CLOEXEC = 1 << 2 }; /* linux/close_range.h */

    return close_span_with(first, last, CLOEXEC) == 0;
}

/*
 * From a table of descriptors that is shared with the parent to one of its own,
 * with those up to @highest.  Returns: 0 or an errno.
 */
static int unshare_fds(int highest)
{
    enum { UNSHARE = 1 << 1 }; /* linux/close_range.h */

    return close_span_with((unsigned int)highest + 1, UINT_MAX, UNSHARE);
}

/* Returns: 0 or an errno. */
static int die_with_parent(pid_t parent)
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
 * Close what /proc/thread-self/fd (Linux 3.17) lists; false if it cannot be
 * read.  /proc/self/fd would be the first thread's.  Closing while reading
 * skips nothing: the place in the list is a descriptor number (fs/proc/fd.c).
 */
static bool close_listed(const int *skip, unsigned int nskip)
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
            if (fd != dir &&
                next_skipped((unsigned int)fd, skip, nskip) != fd) {
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
static unsigned int fd_limit(void)
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

#else

static int unblock_all(void)
{
    sigset_t none;

    sigemptyset(&none);
    return pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static int set_default(int sig)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };

    sigemptyset(&sa.sa_mask);
    return sigaction(sig, &sa, NULL) < 0 ? errno : 0;
}

/* Is there no such signal, or none that a program may set? */
static bool is_unknown(int sig)
{
    struct sigaction sa;

    return sigaction(sig, NULL, &sa) < 0 && errno == EINVAL;
}

/*
 * FreeBSD's SIGTHR and SIGLIBRT ("reserved by thread library", "by real-time
 * library") and OpenBSD's SIGTHR ("thread library AST"), by their sys/signal.h.
 */
static bool is_reserved(int sig)
{
    bool reserved = false;

    (void)sig;
#ifdef SIGTHR
    reserved |= sig == SIGTHR;
#endif
#ifdef SIGLIBRT
    reserved |= sig == SIGLIBRT;
#endif
    return reserved;
}

static bool close_span(unsigned int first, unsigned int last)
{
#ifdef HAVE_CLOSE_RANGE
    return close_range(first, last, 0) == 0;
#else
    (void)first, (void)last;
    return false;
#endif
}

/* FreeBSD's close_range(2) can, from 13.1 on; to close costs no more there. */
static bool mark_span(unsigned int first, unsigned int last)
{
    (void)first, (void)last;
    return false;
}

/* No plan asks for it. */
static int unshare_fds(int highest)
{
    (void)highest;
    return ENOSYS;
}

static int die_with_parent(pid_t parent)
{
#if OSDEP_HAVE_DIE_WITH_PARENT
    int sig = SIGKILL;

    if (procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &sig) < 0) {
        return errno;
    }
    if (getppid() != parent) { /* it died before that */
        _exit(1);
    }
    return 0;
#else
    (void)parent;
    return ENOTSUP;
#endif
}

#ifdef __APPLE__

/*
 * Close what proc_pidinfo() lists; false if not all can be.  It is a bare
 * system call that fills in as many as fit (xnu, libproc.c and proc_info.c), so
 * it is asked again until they do.
 */
static bool close_listed(const int *skip, unsigned int nskip)
{
    struct proc_fdinfo listed[256];
    bool some_closed = true;
    int size = sizeof(listed);

    while (some_closed && size == sizeof(listed)) {
        some_closed = false;
        size = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, listed, size);
        for (size_t i = 0; (i + 1) * sizeof(listed[0]) <= (size_t)size; i++) {
            int fd = listed[i].proc_fd;

            if (next_skipped((unsigned int)fd, skip, nskip) != fd) {
                some_closed |= close(fd) == 0;
            }
        }
    }
    return size > 0 && size < (int)sizeof(listed);
}

#else

/* Nothing that can be listed without the heap. */
static bool close_listed(const int *skip, unsigned int nskip)
{
    (void)skip, (void)nskip;
    return false;
}

#endif

/* Where a loop has to end: closefrom(2) does what is above. */
static unsigned int fd_limit(void)
{
#ifdef HAVE_CLOSEFROM
    return 0;
#else
    return (unsigned int)getdtablesize();
#endif
}

#endif

/* After a loop to @first. */
static void close_above(unsigned int first)
{
#if defined HAVE_CLOSEFROM && !defined __linux__ /* glibc's may abort */
    closefrom((int)first);
#else
    (void)first; /* nothing, but what was opened under another limit */
#endif
}

/*
 * The same one by one.  Below a skipped one that is open all are closed, since
 * the limit may have been lowered after it was opened.
 */
static void close_one_by_one(const int *skip, unsigned int nskip)
{
    unsigned int end = fd_limit();

    for (unsigned int i = 0; i < nskip; i++) {
        if (skip[i] >= 0 && (unsigned int)skip[i] >= end &&
            fcntl(skip[i], F_GETFD) >= 0) {
            end = (unsigned int)skip[i] + 1;
        }
    }
    for (unsigned int fd = 0; fd < end; fd++) {
        int next = next_skipped(fd, skip, nskip);
        unsigned int gap_end =
            next < 0 || (unsigned int)next > end ? end : (unsigned int)next;

        while (fd < gap_end) {
            close((int)fd++);
        }
    }
    close_above(end);
}

/* Call @span for each gap between the skipped ones; stop if it returns false. */
static bool close_gaps(bool (*span)(unsigned int first, unsigned int last),
                       const int *skip, unsigned int nskip)
{
    unsigned int first = 0;
    int next;

    while ((next = next_skipped(first, skip, nskip)) >= 0) {
        if ((unsigned int)next > first &&
            !span(first, (unsigned int)next - 1)) {
            return false;
        }
        first = (unsigned int)next + 1;
    }
    return span(first, UINT_MAX);
}

void qemu_close_all_open_fd(const int *skip, unsigned int nskip)
{
    int saved_errno = errno;

    if (!close_gaps(close_span, skip, nskip) && !close_listed(skip, nskip)) {
        close_one_by_one(skip, nskip);
    }
    errno = saved_errno;
}

/* Say why on descriptor 2, without stdio or the heap, and leave. */
static _Noreturn void die(const char *what, int err)
{
    char msg[128] = "osdep: child of a fork: cannot ";
    char number[16] = "";
    size_t at = sizeof(number) - 1;

    number[--at] = '\n';
    do {
        number[--at] = (char)('0' + err % 10);
        err /= 10;
    } while (err > 0);
    strcat(msg, what);
    strcat(msg, ": errno ");
    strcat(msg, number + at);
    if (write(2, msg, strlen(msg)) < 0) {
        /* There is nobody else to tell. */
    }
    _exit(1);
}

/* Returns: 0 or an errno. */
static int set_all_default(bool reserved_too)
{
    int err;

    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (sig == SIGKILL || sig == SIGSTOP ||
            (!reserved_too && is_reserved(sig))) {
            continue;
        }
        err = set_default(sig);
        if (err && !(err == EINVAL && is_unknown(sig))) {
            return err;
        }
    }
    return 0;
}

void osdep_child_reset_signals(void)
{
    int err = set_all_default(false);

    if (err) {
        die("reset signals", err);
    }
    err = unblock_all();
    if (err) {
        die("unblock signals", err);
    }
}

void osdep_child_reset_reserved_signals(void)
{
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (is_reserved(sig)) {
            set_default(sig);
        }
    }
}

/* Say what failed, and leave. */
static _Noreturn void give_up(OsdepChildPlan *plan, OsdepChildStep step,
                              int err, int which)
{
    OsdepChildFailure failure = { step, err, which };

    plan->failure = failure;
    while (plan->report >= 0 &&
           write(plan->report, &failure, sizeof(failure)) < 0 &&
           errno == EINTR) { /* else there is nobody to tell */
        continue;
    }
    _exit(127);
}

static void do_nothing(int sig)
{
    (void)sig;
}

/*
 * Ctrl-Z and its kin do not stop us before the exec, which gives a signal that is
 * caught its default (execve(2)).  Else our parent would wait in vfork(2), where
 * it cannot be stopped itself, so that no shell learns of it; and who has left
 * the group is not there any more when the shell wakes it.  SIGSTOP does stop us.
 */
static void catch_stops(OsdepChildPlan *plan)
{
    static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
    struct sigaction catch = { .sa_handler = do_nothing,
                               .sa_flags = SA_RESTART };

    sigemptyset(&catch.sa_mask);
    for (int i = 0; i < 3; i++) {
        if (sigaction(stops[i], &catch, NULL) < 0) {
            give_up(plan, OSDEP_CHILD_RESET_SIGNALS, errno, 0);
        }
    }
}

static void set_signals(OsdepChildPlan *plan)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    int err = set_all_default(true);

    if (err) {
        give_up(plan, OSDEP_CHILD_RESET_SIGNALS, err, 0);
    }
    catch_stops(plan);
    sigemptyset(&ignore.sa_mask);
    for (unsigned int i = 0; i < plan->n_ignore_signals; i++) {
        if (sigaction(plan->ignore_signals[i], &ignore, NULL) < 0) {
            give_up(plan, OSDEP_CHILD_IGNORE_SIGNAL, errno,
                    plan->ignore_signals[i]);
        }
    }
}

static void set_relations(OsdepChildPlan *plan)
{
    int err;

    if (plan->new_session && setsid() < 0) {
        give_up(plan, OSDEP_CHILD_SET_SESSION, errno, 0);
    }
    if (plan->new_group && setpgid(0, 0) < 0) {
        give_up(plan, OSDEP_CHILD_SET_GROUP, errno, 0);
    }
    if (plan->die_with_parent) {
        err = die_with_parent(plan->parent);
        if (err) {
            give_up(plan, OSDEP_CHILD_DIE_WITH_PARENT, err, 0);
        }
    }
}

/* dup2(2) may say EINTR; with all signals blocked a sandbox or FUSE makes it. */
static int put_at(int from, int to)
{
    int fd;

    do {
        fd = from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Sources that are 0, 1 or 2 step aside before one is written over. */
static void set_streams(OsdepChildPlan *plan)
{
    int from[3];

    for (int i = 0; i < 3; i++) {
        from[i] = plan->streams[i];
        if (from[i] >= 0 && from[i] < 3 && from[i] != i) {
            from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 3);
            if (from[i] < 0) {
                give_up(plan, OSDEP_CHILD_SET_STREAM, errno, i);
            }
        }
    }
    for (int i = 0; i < 3; i++) {
        if (from[i] >= 0 && put_at(from[i], i) < 0) {
            give_up(plan, OSDEP_CHILD_SET_STREAM, errno, i);
        }
    }
}

static void set_descriptors(OsdepChildPlan *plan)
{
    for (unsigned int i = 0; i < plan->n_keep_fds; i++) {
        if (fcntl(plan->keep_fds[i], F_SETFD, 0) < 0) {
            give_up(plan, OSDEP_CHILD_KEEP_FD, errno, plan->keep_fds[i]);
        }
    }
    if (!plan->inherit_fds &&
        !close_gaps(mark_span, plan->open_fds, plan->n_open_fds)) {
        qemu_close_all_open_fd(plan->open_fds, plan->n_open_fds);
    }
}

int osdep_child_exec(char *const *candidates, char *const *argv,
                     char *const *env)
{
    bool only_one = !candidates[1];
    int err = 0;

    for (; *candidates; candidates++) {
        execve(*candidates, argv, env);
        if (only_one) {
            return errno;
        }
        switch (errno) {
        case EACCES:
            err = EACCES;
            break;
        case ELOOP: /* no file can be there, nor in a folder like that */
        case ENAMETOOLONG:
            err = err ? err : errno;
            break;
        case ENOENT:
        case ENOTDIR:
        case ENODEV: /* from here on: a folder whose server is gone */
        case ESTALE:
        case ETIMEDOUT:
            err = err == EACCES ? err : ENOENT;
            break;
        default:
            return errno;
        }
    }
    return err;
}

void osdep_child_execute(OsdepChildPlan *plan)
{
    int err;

    plan->was_here = true;
    err = plan->shares_fds ? unshare_fds(plan->highest_fd) : 0;
    if (err) {
        give_up(plan, OSDEP_CHILD_UNSHARE_FDS, err, 0);
    }
    set_signals(plan);
    set_relations(plan);
    set_streams(plan);
    set_descriptors(plan);
    if (plan->cwd && chdir(plan->cwd) < 0) {
        give_up(plan, OSDEP_CHILD_CHANGE_DIRECTORY, errno, 0);
    }
    plan->is_executing = true; /* who is killed from here on was started */
    err = unblock_all();
    if (err) {
        give_up(plan, OSDEP_CHILD_UNBLOCK_SIGNALS, err, 0);
    }
    err = osdep_child_exec(plan->candidates, plan->argv, plan->env);
    give_up(plan, OSDEP_CHILD_EXECUTE, err, 0);
}
