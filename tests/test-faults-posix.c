/*
 * Every system call that osdep makes, failing one at a time with every error
 * that its man page documents; and every allocation
 *
 * SPDX-License-Identifier: MIT
 *
 * A case is one call of osdep.  It runs once as it is, and all system calls that
 * it makes, in its children too, are recorded (tests/helpers/faults.h).  Then it
 * runs once for each of these and each of its errors, and either is true to what
 * it promises, or says which step failed, and why; and leaves all as it was.
 *
 * Without more, of a call that is made in a row more than three times the first,
 * the middle and the last fail, and but in the row native each with its first
 * error alone, and EINTR.  OSDEP_TEST_FAULTS=all has all of them fail, with all
 * errors but where programs start slowly, and each case with all ways to start a
 * child.  OSDEP_TEST_FAULTS_TABLE=FILE: all that was tried goes to that file.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/by-fork.h"
#include "tests/helpers/faults.h"
#include "tests/helpers/naive-spawn.h"
#include "tests/helpers/posix.h"
#include "util/osdep-process-posix.h"

#define SKIP_REASON "a matter of Windows"
FAULTS_WIN32_CASES(TEST_SKIP)

/* = Allocations: ld's --wrap = */

#if HAVE_LINKER_WRAP || defined __linux__
static long live_blocks;
static int allocations, failing_allocation;
static bool all_after_fail;
#endif

#if HAVE_LINKER_WRAP

void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static bool allocation_fails(void)
{
    bool fails = failing_allocation &&
                 (++allocations == failing_allocation ||
                  (all_after_fail && allocations > failing_allocation));

    if (fails) {
        errno = ENOMEM;
    }
    return fails;
}

static void *counted(void *p)
{
    live_blocks += p != NULL;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : counted(__real_malloc(size));
}

/* musl's own calloc() calls malloc(), and in a static program ours. */
void *__wrap_calloc(size_t n, size_t size)
{
    void *p = __wrap_malloc(n * size);

    return p ? memset(p, 0, n * size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *p = allocation_fails() ? NULL : __real_realloc(old, size);

    live_blocks += p && !old;
    return p;
}

void __wrap_free(void *p)
{
    live_blocks -= p != NULL;
    __real_free(p);
}

#endif

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/syscall.h>

/* = The calls and their errors = */

typedef struct ErrorName {
    int err;
    const char *name;
} ErrorName;

enum { MOST_ERRORS = 28 };

/*
 * What can fail, by the man pages' section ERRORS (man-pages 6.03), and what
 * sandboxes and older kernels say besides: EPERM and ENOSYS.  EINTR is with all
 * calls that can give it, and must never be what comes of it.  Or why it is not
 * made to fail.
 */
typedef struct CallErrors {
    const char *name;
    long nr;
    const char *why_not; /* NULL: it fails */
    const char *where;   /* where alone it is made; NULL: everywhere */
    ErrorName errors[MOST_ERRORS];
} CallErrors;

/* clang-format off */
#define E(name) { name, #name }
#define CALL(name, ...) { #name, SYS_##name, NULL, NULL, { __VA_ARGS__ } }
#define ELSEWHERE(name, where, ...) \
    { #name, SYS_##name, NULL, where, { __VA_ARGS__ } }
#define NOT(name, why) { #name, SYS_##name, why, NULL, { { 0, NULL } } }
#define SANDBOX E(EPERM), E(ENOSYS)

#define FORK_ERRORS E(EAGAIN), E(ENOMEM), E(ENOSPC), E(EINVAL), SANDBOX
#define OPEN_ERRORS \
    E(EACCES), E(EBADF), E(EBUSY), E(EDQUOT), E(EEXIST), E(EFAULT), E(EFBIG), \
    E(EINTR), E(EINVAL), E(EISDIR), E(ELOOP), E(EMFILE), E(ENAMETOOLONG), \
    E(ENFILE), E(ENODEV), E(ENOENT), E(ENOMEM), E(ENOSPC), E(ENOTDIR), \
    E(ENXIO), E(EOPNOTSUPP), E(EOVERFLOW), E(EPERM), E(EROFS), E(ETXTBSY), \
    E(EAGAIN)
#define PIPE_ERRORS \
    E(EFAULT), E(EINVAL), E(EMFILE), E(ENFILE), E(ENOPKG), SANDBOX
#define DUP_ERRORS \
    E(EBADF), E(EBUSY), E(EINTR), E(EINVAL), E(EMFILE), SANDBOX
#define POLL_ERRORS E(EFAULT), E(EINTR), E(EINVAL), E(ENOMEM), SANDBOX
#define WAIT_ERRORS \
    E(EAGAIN), E(ECHILD), E(EINTR), E(EINVAL), E(ESRCH), SANDBOX
#define STAT_ERRORS \
    E(EACCES), E(EBADF), E(EFAULT), E(ELOOP), E(ENAMETOOLONG), E(ENOENT), \
    E(ENOMEM), E(ENOTDIR), E(EOVERFLOW), SANDBOX
#define SLEEP_ERRORS E(EFAULT), E(EINTR), E(EINVAL), E(EOPNOTSUPP), SANDBOX

#define NO_ERRORS "it cannot fail"
#define NO_RETURN "it does not return"
#define BY_WRAP "of malloc(): allocations fail one by one instead"
#define OF_LIBC "the C library's own, at a fork, which nobody hears of"

#define MUSLS "musl makes it"
#define OTHER_MACHINES "machines without an older call, or 32 bits wide, make it"
#define OTHER_LIBCS "other versions of the C library make it"

static const CallErrors calls[] = {
#ifdef SYS_open
    ELSEWHERE(open, MUSLS, OPEN_ERRORS),
#endif
    CALL(openat, OPEN_ERRORS),
    CALL(execve, E(E2BIG), E(EACCES), E(EAGAIN), E(EFAULT), E(EINVAL), E(EIO),
         E(EISDIR), E(ELIBBAD), E(ELOOP), E(EMFILE), E(ENAMETOOLONG),
         E(ENFILE), E(ENOENT), E(ENOEXEC), E(ENOMEM), E(ENOTDIR), E(EPERM),
         E(ETXTBSY), E(ENOSYS)),
    CALL(clone, FORK_ERRORS, E(EACCES), E(EBUSY), E(EEXIST), E(EOPNOTSUPP),
         E(EUSERS), E(EMFILE)),
#ifdef SYS_vfork
    CALL(vfork, FORK_ERRORS),
#endif
#ifdef SYS_fork
    ELSEWHERE(fork, MUSLS, FORK_ERRORS),
#endif
#ifdef SYS_pipe
    ELSEWHERE(pipe, MUSLS, PIPE_ERRORS),
#endif
    CALL(pipe2, PIPE_ERRORS),
    /* What F_GETFD, F_SETFD, F_SETFL and F_DUPFD can say, not locks and leases */
    CALL(fcntl, E(EBADF), E(EINVAL), E(EMFILE), SANDBOX),
#ifdef SYS_fcntl64
    ELSEWHERE(fcntl64, OTHER_MACHINES, E(EBADF), E(EINVAL), E(EMFILE), SANDBOX),
#endif
#ifdef SYS_dup2
    CALL(dup2, DUP_ERRORS),
#endif
    ELSEWHERE(dup3, OTHER_MACHINES, DUP_ERRORS),
    /* Not EPERM or ENOSYS, for which it does not close. */
    CALL(close, E(EBADF), E(EINTR), E(EIO), E(ENOSPC), E(EDQUOT)),
#ifdef SYS_close_range
    CALL(close_range, E(EINVAL), E(EMFILE), E(ENOMEM), SANDBOX),
#endif
    CALL(rt_sigaction, E(EFAULT), E(EINVAL), SANDBOX),
    CALL(rt_sigprocmask, E(EFAULT), E(EINVAL), SANDBOX),
    CALL(rt_sigpending, E(EFAULT), E(EINVAL), SANDBOX),
    CALL(rt_sigtimedwait, E(EAGAIN), E(EINTR), E(EINVAL), SANDBOX),
#ifdef SYS_rt_sigtimedwait_time64
    ELSEWHERE(rt_sigtimedwait_time64, OTHER_MACHINES, E(EAGAIN), E(EINTR),
              E(EINVAL), SANDBOX),
#endif
    CALL(setsid, SANDBOX),
    CALL(setpgid, E(EACCES), E(EINVAL), E(ESRCH), SANDBOX),
    CALL(prctl, E(EACCES), E(EBADF), E(EBUSY), E(EFAULT), E(EINVAL), E(ENODEV),
         E(ENXIO), E(EOPNOTSUPP), E(ERANGE), SANDBOX),
    CALL(chdir, E(EACCES), E(EBADF), E(EFAULT), E(EIO), E(ELOOP),
         E(ENAMETOOLONG), E(ENOENT), E(ENOMEM), E(ENOTDIR), SANDBOX),
    CALL(write, E(EAGAIN), E(EBADF), E(EDESTADDRREQ), E(EDQUOT), E(EFAULT),
         E(EFBIG), E(EINTR), E(EINVAL), E(EIO), E(ENOSPC), E(EPIPE), SANDBOX),
    CALL(read, E(EAGAIN), E(EBADF), E(EFAULT), E(EINTR), E(EINVAL), E(EIO),
         E(EISDIR), SANDBOX),
#ifdef SYS_poll
    CALL(poll, POLL_ERRORS),
#endif
#ifdef SYS_ppoll
    ELSEWHERE(ppoll, OTHER_MACHINES, POLL_ERRORS),
#endif
#ifdef SYS_ppoll_time64
    ELSEWHERE(ppoll_time64, OTHER_MACHINES, POLL_ERRORS),
#endif
    CALL(waitid, WAIT_ERRORS),
    CALL(wait4, WAIT_ERRORS),
    CALL(kill, E(EINVAL), E(ESRCH), SANDBOX),
#ifdef SYS_pidfd_open
    CALL(pidfd_open, E(EINVAL), E(EMFILE), E(ENFILE), E(ENODEV), E(ENOMEM),
         E(ESRCH), SANDBOX),
#endif
#ifdef SYS_pidfd_send_signal
    CALL(pidfd_send_signal, E(EBADF), E(EINVAL), E(ESRCH), SANDBOX),
#endif
    CALL(getdents64, E(EBADF), E(EFAULT), E(EINVAL), E(ENOENT), E(ENOTDIR),
         SANDBOX),
    CALL(prlimit64, E(EFAULT), E(EINVAL), E(ESRCH), SANDBOX),
    CALL(uname, E(EFAULT), SANDBOX),
    CALL(tee, E(EAGAIN), E(EBADF), E(EINVAL), E(ENOMEM), E(EPIPE), E(ESPIPE),
         SANDBOX),
#ifdef SYS_fstat
    ELSEWHERE(fstat, OTHER_LIBCS, STAT_ERRORS),
#endif
#ifdef SYS_newfstatat
    ELSEWHERE(newfstatat, OTHER_LIBCS, STAT_ERRORS, E(EINVAL)),
#endif
#ifdef SYS_fstat64
    ELSEWHERE(fstat64, OTHER_MACHINES, STAT_ERRORS),
#endif
#ifdef SYS_statx
    ELSEWHERE(statx, OTHER_MACHINES, STAT_ERRORS, E(EINVAL)),
#endif
#ifdef SYS_nanosleep
    ELSEWHERE(nanosleep, OTHER_LIBCS, SLEEP_ERRORS),
#endif
#ifdef SYS_clock_nanosleep
    CALL(clock_nanosleep, SLEEP_ERRORS),
#endif
#ifdef SYS_clock_nanosleep_time64
    ELSEWHERE(clock_nanosleep_time64, OTHER_MACHINES, SLEEP_ERRORS),
#endif
    NOT(getpid, NO_ERRORS),
    NOT(getppid, NO_ERRORS),
    NOT(gettid, NO_ERRORS),
    NOT(set_tid_address, NO_ERRORS),
    NOT(exit_group, NO_RETURN),
    NOT(exit, NO_RETURN),
    NOT(brk, BY_WRAP),
#ifdef SYS_mmap
    NOT(mmap, BY_WRAP),
#endif
#ifdef SYS_mmap2
    NOT(mmap2, BY_WRAP),
#endif
    NOT(munmap, BY_WRAP),
    NOT(mprotect, BY_WRAP),
    NOT(madvise, BY_WRAP),
    NOT(mremap, BY_WRAP),
    NOT(set_robust_list, OF_LIBC),
    NOT(clock_gettime, "on most machines no system call; its arguments are right"),
    NOT(sigaltstack, "AddressSanitizer's, in a child of vfork()"),
    NOT(tgkill, "of abort(), which does not return"),
};
/* clang-format on */

enum { N_CALLS = sizeof(calls) / sizeof(calls[0]) };

/* Those that fail, but not everywhere, and why. */
#define RESTORES_MASK "rt_sigprocmask(SIG_UNBLOCK): there is no other way back"
#define OF_MUSL "musl's own, in fork() and pipe2(), which takes them for done"

/* = What is tried = */

/* How a child is started; the library finds out at the first ones. */
typedef enum Way {
    FIRST_CHILD, /* vfork(), with a pipe to tell whether that shares memory */
    BY_CLONE,    /* descriptors are shared, too */
    BY_VFORK,
    BY_FORK,
    WAYS
} Way;

static const char *const way_names[] = { "first child", "clone", "vfork",
                                         "fork" };

typedef struct Case Case;

/* In the subject. */
typedef struct Trial {
    const Case *what;
    OsdepSpawnOptions options;
    OsdepProcess *process;
    OsdepRunResult result;
    OsdepExit how;
    int ended;
    pid_t pid;
    int fds[2];
    Error *err, **errp; /* &err, or &error_fatal */
    long blocks;        /* at the start */
} Trial;

struct Case {
    const char *name;
    bool (*prepare)(Trial *t); /* NULL: nothing to do */
    bool (*act)(Trial *t);     /* the one call; false with t->err */
    /* If @ok: what is not as it should be after success, or NULL.  And undo. */
    const char *(*finish)(Trial *t, bool ok);
    OsdepSpawnOptions options;
    const char *out, *err; /* what the program prints */
    const char *input;
    int timeout_ms;
    bool in_time;          /* there is a deadline, which does not come */
    const char *natural;   /* the error without a fault: ENOENT; NULL: none */
    unsigned int mistakes; /* of naive_spawn() */
    const long *refused;
    bool all_ways;     /* not just by one */
    bool ends_program; /* which is looked at when it ends */
    bool may_abort;
    bool closes;  /* descriptors are not as at the start */
    bool is_fifo; /* in is one, for which a pipe is made at first */
};

/* What the subject tells, in memory that is shared. */
typedef struct Outcome {
    bool acted, done, ok;
    bool is_fatal; /* &error_fatal ended it: the message is all there is */
    int code;
    OsdepStep step;
    int allocations;
    long leaked_blocks;
    bool has_children;
    char message[512];
    char wrong[512]; /* what is not true though it succeeded */
} Outcome;

/* What a check finds. */
typedef enum Finding {
    HANGS,
    CRASHES,
    IS_UNTRUE,  /* it succeeded, and did not do it */
    WRONG_STEP, /* the message names none, or another one */
    WRONG_CODE,
    WRONG_TEXT,
    INTERRUPTED, /* EINTR came out */
    LEAVES_FDS,
    LEAVES_CHILD,
    LEAVES_SIGNALS, /* mask, dispositions, pending ones */
    LEAVES_DIRECTORY,
    LEAVES_MEMORY,
    WRONG_CHILD, /* the program did not start as it does without a fault */
    UNKNOWN_CALL,
    FINDINGS
} Finding;

static const char *const finding_names[] = {
    "hangs",
    "crashes",
    "succeeds untruly",
    "names a wrong step",
    "gives a wrong code",
    "gives a wrong text",
    "is interrupted",
    "leaves descriptors",
    "leaves a child",
    "leaves signals",
    "leaves the directory",
    "leaves memory",
    "starts the program in a wrong state",
    "makes a call that no list has",
};

/* What came of it all, in memory that is shared, too. */
typedef struct Tally {
    unsigned int n_cases, n_runs, n_missed, n_memory;
    unsigned int tried[N_CALLS][MOST_ERRORS];
    unsigned int not_tried[N_CALLS];
    unsigned int n_restores, n_of_musl;
    unsigned int n_fatal; /* it ended there */
    unsigned int found[FINDINGS];
    unsigned int n_found;
} Tally;

static const long no_pipe2[] = { SYS_pipe2, 0 };
/* Without close_range() no child comes from the clone() that gives a pidfd. */
static const long no_pidfd[] = {
#ifdef SYS_close_range
    SYS_close_range,
#endif
#ifdef SYS_pidfd_open
    SYS_pidfd_open,
#endif
    0
};

static Outcome *outcome;
static Tally *tally;
static bool try_all_of_them;
static bool few_errors; /* the first of each call, and EINTR */
static FILE *table;     /* OSDEP_TEST_FAULTS_TABLE */
/* More than a pipe holds, which is 16 pages: pipe(7). */
static char much_input[(1 << 20) + 2];
static char puppet[512], path_of_puppet[600], folder[512];

static const char *const searched_argv[] = { "puppet", "puts", "hi", NULL };

enum { FD_OUT = 1, FD_ERR = 2, FD_EXTRA = 8, FD_KEPT = 9 };
#define FILE_NAME "faults-file"
#define FIFO_NAME "faults-fifo"

/* = In the subject: the cases = */

static char *slurp(int fd, char *text, size_t size)
{
    size_t len = 0;
    ssize_t n;

    while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0) {
        len += (size_t)n;
    }
    text[len] = '\0';
    return text;
}

static const char *wrong(const char *what, const char *is, const char * not )
{
    static char text[512];

    snprintf(text, sizeof(text), "%s is '%.150s', not '%.150s'", what, is,
             not );
    return text;
}

/* What went through stream @stream of the program, however it is made. */
static const char *check_stream(Trial *t, int stream, const char *expected)
{
    const OsdepStdio *stdio = stream == 1 ? &t->options.out : &t->options.err;
    int fd = t->process ? osdep_process_fd(t->process, stream) : -1;
    char text[512];
    int file = -1;

    if (fd < 0) {
        fd = stdio->kind == OSDEP_STDIO_FD ? stdio->fd : stream;
        if (stdio->kind == OSDEP_STDIO_FILE) {
            fd = file = open(stdio->path, O_RDONLY);
        }
        lseek(fd, 0, SEEK_SET);
    }
    slurp(fd, text, sizeof(text));
    if (file >= 0) {
        close(file);
    }
    return strcmp(text, expected) == 0
               ? NULL
               : wrong(stream == 1 ? "output" : "error output", text, expected);
}

/* No pidfd is there where the kernel has none. */
static const char *check_no_pidfd(const Trial *t)
{
    return t->process && t->what->refused == no_pidfd &&
                   osdep_process_pollable(t->process) >= 0
               ? "it has a pidfd"
               : NULL;
}

static const char *check_exit(const OsdepExit *how, OsdepExitKind kind,
                              uint32_t code)
{
    char is[32], not [32];

    snprintf(is, sizeof(is), "%d:%u", (int)how->kind, (unsigned int)how->code);
    snprintf(not, sizeof(not ), "%d:%u", (int)kind, (unsigned int)code);
    return strcmp(is, not ) == 0 ? NULL : wrong("exit", is, not );
}

static bool fresh_file(Trial *t)
{
    int fd = open(FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    bool ok = fd >= 0 && write(fd, "old\n", 4) == 4;

    (void)t;
    close(fd);
    return ok;
}

static bool empty_extra(Trial *t)
{
    (void)t;
    return ftruncate(FD_EXTRA, 0) == 0;
}

static bool act_spawn(Trial *t)
{
    t->process = osdep_spawn(&t->options, t->errp);
    return t->process != NULL;
}

static const char *finish_spawn(Trial *t, bool ok)
{
    const char *bad = NULL;

    if (!ok) {
        return NULL;
    }
    if (osdep_process_fd(t->process, 0) >= 0) {
        int fd = osdep_process_take_fd(t->process, 0);

        bad = write(fd, "input\n", 6) == 6 ? NULL : "it takes no input";
        close(fd);
    }
    if (osdep_process_wait(t->process, -1, &t->how, NULL) != 1) {
        bad = "it cannot be waited for";
    }
    bad = bad ? bad : check_exit(&t->how, OSDEP_EXITED, 0);
    bad = bad ? bad : check_stream(t, 1, t->what->out);
    bad = bad ? bad : check_stream(t, 2, t->what->err);
    osdep_process_free(t->process);
    return bad;
}

static bool act_naive(Trial *t)
{
    return naive_spawn(t->options.argv, t->what->mistakes, t->errp);
}

static const char *finish_naive(Trial *t, bool ok)
{
    const char *bad;

    if (!ok) {
        return NULL;
    }
    bad = check_stream(t, 1, t->what->out);
    return bad ? bad : check_stream(t, 2, t->what->err);
}

static bool act_run(Trial *t)
{
    const char *input = t->what->input;

    return osdep_run(
        &t->options,
        &(OsdepRunOptions){
            .input = input,
            .input_len = input ? strlen(input) : 0,
            .timeout_ms = t->what->in_time ? 60000 : t->what->timeout_ms },
        &t->result, t->errp);
}

static const char *finish_run(Trial *t, bool ok)
{
    bool timed_out = t->what->timeout_ms > 0;
    const char *bad = NULL;

    if (!ok) {
        return t->result.out || t->result.err ? "there is a result" : NULL;
    }
    if (timed_out != t->result.timed_out) {
        bad = timed_out ? "no deadline" : "a deadline";
    }
    if (!bad) {
        bad = timed_out ? check_exit(&t->result.exit, OSDEP_SIGNALLED, SIGKILL)
                        : check_exit(&t->result.exit, OSDEP_EXITED, 0);
    }
    if (!bad && strcmp(t->result.out, t->what->out) != 0) {
        bad = wrong("output", t->result.out, t->what->out);
    }
    if (!bad && strcmp(t->result.err, t->what->err) != 0) {
        bad = wrong("error output", t->result.err, t->what->err);
    }
    osdep_run_result_clear(&t->result);
    return bad;
}

/* On the stage SIGPIPE is ignored; here it would be the end. */
static bool heed_sigpipe(Trial *t)
{
    (void)t;
    return signal(SIGPIPE, SIG_DFL) == SIG_IGN;
}

static const char *finish_unread(Trial *t, bool ok)
{
    const char *bad = finish_run(t, ok);

    return signal(SIGPIPE, SIG_IGN) == SIG_DFL ? bad
                                               : "SIGPIPE is not as it was";
}

/* A writer that writes nothing; it is also one that reads, so this does not wait. */
static bool open_fifo(Trial *t)
{
    unlink(FIFO_NAME);
    t->fds[0] =
        mkfifo(FIFO_NAME, 0600) < 0 ? -1 : open(FIFO_NAME, O_RDWR | O_CLOEXEC);
    return t->fds[0] >= 0;
}

static const char *finish_fifo(Trial *t, bool ok)
{
    close(t->fds[0]);
    unlink(FIFO_NAME);
    return finish_run(t, ok);
}

static bool act_fork(Trial *t)
{
    t->pid = qemu_fork(t->errp);
    if (t->pid == 0) {
        fault_mark(FAULTS_END);
        _exit(42);
    }
    return t->pid > 0;
}

/* A child that cannot be made clean says so on descriptor 2. */
static const char *finish_fork(Trial *t, bool ok)
{
    static const char prefix[] = "osdep: child of a fork: ";
    int status;
    char text[256];

    if (!ok) {
        return NULL;
    }
    status = wait_status(t->pid);
    lseek(FD_ERR, 0, SEEK_SET);
    slurp(FD_ERR, text, sizeof(text));
    if (status == 1 && strncmp(text, prefix, strlen(prefix)) == 0 &&
        strstr(text, "errno ")) {
        outcome->ok = false;
        outcome->code = atoi(strstr(text, "errno ") + strlen("errno "));
        snprintf(outcome->message, sizeof(outcome->message), "%s: %s",
                 text + strlen(prefix), strerror(outcome->code));
        return NULL;
    }
    return status == 42 ? NULL : wrong("what the child says", text, "nothing");
}

static bool start_puppet(Trial *t)
{
    return act_spawn(t);
}

/* Whatever became of it, it ends here. */
static void end_process(Trial *t)
{
    osdep_process_kill(t->process, NULL);
    osdep_process_wait(t->process, -1, NULL, NULL);
    osdep_process_free(t->process);
}

static bool act_wait(Trial *t)
{
    t->ended =
        osdep_process_wait(t->process, t->what->timeout_ms, &t->how, t->errp);
    return t->ended >= 0;
}

static const char *finish_wait_for_end(Trial *t, bool ok)
{
    const char *bad = !ok             ? NULL
                      : t->ended != 1 ? "it has not ended"
                                      : check_exit(&t->how, OSDEP_EXITED, 7);

    end_process(t);
    return bad;
}

static const char *finish_wait_in_vain(Trial *t, bool ok)
{
    const char *bad = ok && t->ended != 0 ? "it has ended" : NULL;

    end_process(t);
    return bad;
}

static bool act_signal(Trial *t)
{
    return osdep_process_signal(t->process, SIGUSR1, t->errp);
}

static bool act_terminate(Trial *t)
{
    return osdep_process_terminate(t->process, t->errp);
}

static bool act_kill(Trial *t)
{
    return osdep_process_kill(t->process, t->errp);
}

static bool act_kill_tree(Trial *t)
{
    return osdep_process_kill_tree(t->process, t->errp);
}

static const char *finish_signal(Trial *t, bool ok)
{
    const uint32_t sig = t->what->act == act_signal      ? SIGUSR1
                         : t->what->act == act_terminate ? SIGTERM
                                                         : SIGKILL;
    const char *bad = NULL;

    if (ok) {
        bad = osdep_process_wait(t->process, -1, &t->how, NULL) == 1
                  ? check_exit(&t->how, OSDEP_SIGNALLED, sig)
                  : "it cannot be waited for";
    }
    end_process(t);
    return bad;
}

/* Leave a zombie for osdep_process_free(). */
static bool start_and_let_end(Trial *t)
{
    siginfo_t info;

    return act_spawn(t) && waitid(P_PID, (id_t)osdep_process_pid(t->process),
                                  &info, WEXITED | WNOWAIT) == 0;
}

static bool act_free(Trial *t)
{
    osdep_process_free(t->process);
    return true;
}

static const char *finish_nothing(Trial *t, bool ok)
{
    (void)t, (void)ok;
    return NULL;
}

static bool act_pipe(Trial *t)
{
    t->fds[0] = t->fds[1] = -1;
    return osdep_pipe(t->fds, t->errp);
}

static const char *finish_pipe(Trial *t, bool ok)
{
    const char *bad = NULL;
    char c = 'x';

    if (!ok) {
        return t->fds[0] != -1 || t->fds[1] != -1 ? "fds have changed" : NULL;
    }
    if (write(t->fds[1], &c, 1) != 1 || read(t->fds[0], &c, 1) != 1) {
        bad = "it is no pipe";
    } else if (!(fcntl(t->fds[0], F_GETFD) & FD_CLOEXEC) ||
               !(fcntl(t->fds[1], F_GETFD) & FD_CLOEXEC)) {
        bad = "it is not close-on-exec";
    }
    close(t->fds[0]);
    close(t->fds[1]);
    return bad;
}

static bool act_set_cloexec(Trial *t)
{
    (void)t;
    qemu_set_cloexec(FD_KEPT);
    return true;
}

static const char *finish_set_cloexec(Trial *t, bool ok)
{
    const char *bad =
        fcntl(FD_KEPT, F_GETFD) & FD_CLOEXEC ? NULL : "it is not close-on-exec";

    (void)t, (void)ok;
    fcntl(FD_KEPT, F_SETFD, 0);
    return bad;
}

/* So that a loop to the limit is a short one. */
static bool have_few_descriptors(Trial *t)
{
    const struct rlimit few = { 24, 24 };

    (void)t;
    return setrlimit(RLIMIT_NOFILE, &few) == 0;
}

static bool act_close_all(Trial *t)
{
    const int kept[] = { 0, 1, 2, FD_KEPT };

    (void)t;
    qemu_close_all_open_fd(kept, 4);
    return true;
}

/* A record of the last report, for who aborts. */
static void keep_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)kind, (void)hint, (void)opaque;
    snprintf(outcome->message, sizeof(outcome->message), "%s", message);
}

/*
 * Allocation number @failing fails (0: none), and maybe all after it.  @is_fatal:
 * with &error_fatal.
 */
typedef struct Attempt {
    const Case *what;
    int failing;
    bool all_after;
    bool is_fatal;
} Attempt;

/* After the call: what it left. */
static void look_at_the_end(Trial *t, bool ok)
{
    const char *bad, *has_pidfd;
    siginfo_t info;

    fault_mark(FAULTS_END);
    outcome->allocations = allocations;
    failing_allocation = 0;
    outcome->acted = true;
    outcome->ok = ok;
    if (!ok && t->err) {
        outcome->code = osdep_error_get_errno(t->err);
        outcome->step = osdep_error_get_step(t->err);
        snprintf(outcome->message, sizeof(outcome->message), "%s",
                 error_get_pretty(t->err));
    }
    error_free(t->err);
    has_pidfd = check_no_pidfd(t);
    bad = t->what->finish(t, ok);
    bad = has_pidfd ? has_pidfd : bad;
    snprintf(outcome->wrong, sizeof(outcome->wrong), "%s", bad ? bad : "");
    outcome->leaked_blocks = live_blocks - t->blocks;
    outcome->has_children =
        waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    outcome->done = true;
    fault_mark(FAULTS_DONE);
}

static Trial *fatal_trial;

/* The call has not returned.  What it had of memory is nobody's business now. */
static void exit_fatally(void)
{
    fatal_trial->blocks = live_blocks;
    outcome->is_fatal = true;
    look_at_the_end(fatal_trial, false);
    outcome->leaked_blocks = 0;
    _exit(1);
}

static void be_subject(void *opaque)
{
    const Attempt *attempt = opaque;
    const Case *what = attempt->what;
    static Trial t;

    t = (Trial){ .what = what, .options = what->options, .errp = &t.err };
    osdep_error_set_reporter(keep_report, NULL);
    fault_mark(FAULTS_START);
    t.blocks = live_blocks;
    if (what->prepare && !what->prepare(&t)) {
        _exit(126);
    }
    if (attempt->is_fatal) {
        fatal_trial = &t;
        atexit(exit_fatally);
        t.errp = &error_fatal;
    }
    failing_allocation = attempt->failing;
    all_after_fail = attempt->all_after;
    allocations = 0;
    fault_mark(FAULTS_BEGIN);
    look_at_the_end(&t, what->act(&t));
}

/* = The supervisor: one run = */

static FaultReport report, baseline;

static const CallErrors *find_call(long nr)
{
    for (size_t i = 0; i < N_CALLS; i++) {
        if (calls[i].nr == nr) {
            return &calls[i];
        }
    }
    return NULL;
}

static const char *error_name(int err)
{
    for (size_t i = 0; i < N_CALLS; i++) {
        for (const ErrorName *e = calls[i].errors; e->name; e++) {
            if (e->err == err) {
                return e->name;
            }
        }
    }
    return "?";
}

static const char *call_name(const FaultCall *call)
{
    static char text[100];
    const CallErrors *found = find_call(call->nr);
    const char *const roles[] = { "", "child's ", "program's " };

    snprintf(text, sizeof(text), "%s%s(%ld, %ld) #%u", roles[call->role],
             found ? found->name : "system call", (long)call->args[0],
             (long)call->args[1], call->nth);
    if (!found) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " (%ld)",
                 call->nr);
    }
    return text;
}

/* Files of the subject's that are empty but for descriptor 8, and known. */
static void refresh_streams(void)
{
    const int streams[] = { FD_OUT, FD_ERR, FD_EXTRA };

    for (int i = 0; i < 3; i++) {
        if (ftruncate(streams[i], 0) < 0) {
            _exit(126);
        }
        lseek(streams[i], 0, SEEK_SET);
    }
    if (write(FD_EXTRA, "input\n", 6) != 6) {
        _exit(126);
    }
    lseek(FD_EXTRA, 0, SEEK_SET);
    lseek(0, 0, SEEK_SET);
}

/* The supervisor's stderr, since 2 is the subject's. */
static FILE *diagnostics;

static void run_once(Attempt *attempt, const Fault *fault, FaultReport *to)
{
    FaultTrial trial = {
        .run = be_subject,
        .arg = attempt,
        .fault = fault,
        .refused = attempt->what->refused,
        /* Only who is to hang is not given much time. */
        .seconds = attempt->what->mistakes & NAIVE_LISTENS_TO_NOBODY ? 3 : 60,
    };

    memset(outcome, 0, sizeof(*outcome));
    refresh_streams();
    tally->n_runs++;
    fault_supervise(&trial, to);
}

static void found(Finding finding, const Attempt *attempt, const Fault *fault,
                  const char *detail)
{
    tally->found[finding]++;
    if (tally->n_found++ >= 20 || attempt->what->mistakes) {
        return; /* a control's findings are as they should be */
    }
    if (attempt->is_fatal) {
        fprintf(diagnostics, "fatal: ");
    }
    if (fault) {
        fprintf(diagnostics, "%s: %s: %s: it %s: %s\n", attempt->what->name,
                call_name(&fault->call), error_name(fault->err),
                finding_names[finding], detail);
    } else if (attempt->failing == 0) {
        fprintf(diagnostics, "%s: without a fault: it %s: %s\n",
                attempt->what->name, finding_names[finding], detail);
    } else {
        fprintf(diagnostics, "%s: allocation %d%s: it %s: %s\n",
                attempt->what->name, attempt->failing,
                attempt->all_after ? " and all after it" : "",
                finding_names[finding], detail);
    }
}

/* The first line in which the states differ, as it is in @now. */
static const char *difference(const char *before, const char *now)
{
    static char text[300];
    const char *line = now;

    while (*before && *before == *now) {
        line = *now == '\n' ? now + 1 : line;
        before++, now++;
    }
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
    return text;
}

/* Where "in /folder" begins, and where the descriptors do. */
static size_t signals_end(const char *state)
{
    const char *in = strstr(state, "\nin ");

    return in ? (size_t)(in - state) + 1 : 0;
}

static size_t directory_end(const char *state)
{
    size_t at = signals_end(state);

    return at + strcspn(state + at, "\n");
}

static void compare(const Attempt *attempt, const Fault *fault)
{
    const char *before = attempt->what->closes ? baseline.after : report.before;
    const char *after = report.after;
    size_t in = signals_end(before), fds = directory_end(before);
    bool same_length = signals_end(after) == in;

    if (!same_length || strncmp(before, after, in) != 0) {
        found(LEAVES_SIGNALS, attempt, fault, difference(before, after));
    }
    if (directory_end(after) - signals_end(after) != fds - in ||
        strncmp(before + in, after + signals_end(after), fds - in) != 0) {
        found(LEAVES_DIRECTORY, attempt, fault, after + signals_end(after));
    }
    if (strcmp(before + fds, after + directory_end(after)) != 0) {
        found(LEAVES_FDS, attempt, fault,
              difference(before + fds, after + directory_end(after)));
    }
}

/* = What may be said when a call fails = */

static bool is_child_start(const FaultCall *call)
{
    return call->role == FAULT_IN_PARENT && (call->nr == SYS_clone
#ifdef SYS_vfork
                                             || call->nr == SYS_vfork
#endif
#ifdef SYS_fork
                                             || call->nr == SYS_fork
#endif
                                            );
}

static bool is_call(const FaultCall *call, const char *name)
{
    const CallErrors *found_call = find_call(call->nr);

    return found_call && strcmp(found_call->name, name) == 0;
}

static bool makes_pipe(const FaultCall *call)
{
    return is_call(call, "pipe2") || is_call(call, "pipe");
}

/*
 * Is @call about the pipe by which a child reports?  That is the last one made
 * before the child is, if more are made than the options ask for.
 */
static bool is_about_report(const Case *what, const FaultCall *call)
{
    const OsdepStdio *stdios[] = { &what->options.in, &what->options.out,
                                   &what->options.err };
    unsigned int asked = 0, made = 0;

    if (what->act != act_spawn && what->act != act_run) {
        return false;
    }
    asked = what->is_fifo;
    for (int i = 0; i < 3; i++) {
        asked += stdios[i]->kind == OSDEP_STDIO_PIPE;
        if (what->act == act_run && stdios[i]->kind == OSDEP_STDIO_DEFAULT) {
            asked += i > 0 || what->input;
        }
    }
    for (size_t i = 0; i < baseline.n_calls; i++) {
        const FaultCall *one = &baseline.calls[i];

        made += one->role == FAULT_IN_PARENT && makes_pipe(one);
        if (one->role == call->role && one->nr == call->nr &&
            one->nth == call->nth) {
            return made > asked;
        }
    }
    return false;
}

/* Does the parent read what the child reports, and not yet what it prints? */
static bool reads_report(const FaultCall *call)
{
    bool is_started = false;

    for (size_t i = 0; i < baseline.n_calls; i++) {
        const FaultCall *one = &baseline.calls[i];

        is_started |= is_child_start(one); /* it may poll a FIFO before */
        if (is_started && (is_call(one, "poll") || is_call(one, "ppoll") ||
                           is_call(one, "ppoll_time64"))) {
            return false;
        }
        if (one->role == call->role && one->nr == call->nr &&
            one->nth == call->nth) {
            return true;
        }
    }
    return false;
}

/* Of the parent.  NULL: it is to succeed. */
static const char *parent_step(const Case *what, const FaultCall *call)
{
    const bool runs = what->act == act_run;

    if (makes_pipe(call) || is_call(call, "fcntl") ||
        is_call(call, "fcntl64")) {
        if (what->act == act_set_cloexec) {
            return "cannot make descriptor 9 close-on-exec";
        } else if (!makes_pipe(call) && call->args[1] == F_SETFL) {
            return call->args[2] & O_NONBLOCK ? "cannot set up a pipe"
                                              : "Could not open '";
        } else if (is_about_report(what, call)) {
            return "cannot create child process";
        } else if (!makes_pipe(call) && call->args[1] == F_GETFD &&
                   (call->args[0] <= 2 || call->args[0] == FD_EXTRA ||
                    call->args[0] == FD_KEPT)) {
            return what->options.err.kind == OSDEP_STDIO_STDOUT
                       ? "standard output is closed"
                       : "is not open";
        }
        return "cannot create a pipe";
    } else if (is_child_start(call)) {
        return what->act == act_fork ? "cannot fork child process"
                                     : "cannot create child process";
    } else if (is_call(call, "openat") || is_call(call, "open")) {
        return what->act == act_close_all ? NULL : "Could not open '";
    } else if (is_call(call, "rt_sigaction")) {
        return "cannot be ignored";
    } else if (is_call(call, "rt_sigprocmask")) {
        return runs && call->nth > 2   ? "cannot read from or write to process "
               : what->act == act_fork ? "cannot block signals"
                                       : "cannot create child process";
    } else if (is_call(call, "waitid") || is_call(call, "wait4")) {
        return "process ";
    } else if (is_call(call, "poll") || is_call(call, "ppoll") ||
               is_call(call, "ppoll_time64")) {
        return runs ? "process " : "cannot wait for process ";
    } else if (is_call(call, "read") && reads_report(call)) {
        return "cannot create child process";
    } else if (is_call(call, "read") || is_call(call, "write") ||
               is_call(call, "rt_sigpending")) {
        return runs ? "cannot read from or write to process " : NULL;
    } else if (is_call(call, "kill") || is_call(call, "pidfd_send_signal")) {
        return "cannot send signal ";
    }
    return NULL;
}

static const char *child_step(const Case *what, const FaultCall *call)
{
    static char text[64];
    static const char *const streams[] = { "standard input", "standard output",
                                           "standard error" };

    if (is_call(call, "rt_sigaction")) {
        /* Each of the 62 is reset before any is ignored. */
        if (what->options.n_ignore_signals && call->nth > 62 &&
            (int)call->args[0] == what->options.ignore_signals[0]) {
            snprintf(text, sizeof(text), "cannot ignore signal %d",
                     (int)call->args[0]);
            return text;
        }
        return "cannot reset signals";
    } else if (is_call(call, "rt_sigprocmask")) {
        return "cannot unblock signals";
    } else if (is_call(call, "setsid")) {
        return "cannot create a session";
    } else if (is_call(call, "setpgid")) {
        return "cannot create a process group";
    } else if (is_call(call, "prctl")) {
        return "cannot make the child die with its parent";
    } else if (is_call(call, "dup2") || is_call(call, "dup3")) {
        if (call->args[1] > 2) {
            return "cannot pass descriptor ";
        }
        snprintf(text, sizeof(text), "cannot set up %s",
                 streams[call->args[1] % 3]);
        return text;
    } else if ((is_call(call, "fcntl") || is_call(call, "fcntl64")) &&
               call->args[1] != F_GETFD) {
        return call->args[0] < 3 ? "cannot set up standard "
                                 : "cannot pass descriptor ";
    } else if (is_call(call, "chdir")) {
        return "cannot change directory to '/'";
    } else if (is_call(call, "write") && call->nth == 1) {
        return "cannot create child process"; /* the report that all is well */
    } else if (is_call(call, "execve")) {
        return "cannot execute '";
    }
    return NULL;
}

/* The code that is documented to stand for it. */
static int expected_code(const Case *what, const Fault *fault)
{
    const FaultCall *call = &fault->call;
    const char *step = call->role == FAULT_IN_PARENT ? parent_step(what, call)
                                                     : child_step(what, call);

    if (!step) {
        return fault->err;
    } else if (strcmp(step, "cannot be ignored") == 0) {
        return EINVAL;
    } else if (strcmp(step, "is not open") == 0 ||
               strcmp(step, "standard output is closed") == 0) {
        return EBADF;
    } else if (is_call(call, "waitid") && fault->err == ECHILD &&
               strncmp(outcome->message, "cannot send", 11) == 0) {
        return ESRCH; /* there is nobody to send it to */
    } else if (is_call(call, "execve") &&
               (fault->err == ENOTDIR || fault->err == ELOOP ||
                fault->err == ENAMETOOLONG) &&
               what->options.argv == searched_argv) {
        return ENOENT; /* no folder of PATH has it */
    }
    return fault->err;
}

static bool is_wait(const FaultCall *call)
{
    return call->role == FAULT_IN_PARENT &&
           (is_call(call, "waitid") || is_call(call, "wait4"));
}

/*
 * By its number, and not asked for again: in the run that was made, since how
 * often a process is asked for until its end is a matter of time.
 */
static bool is_last_wait(const FaultCall *call)
{
    unsigned int later = 0;

    for (size_t i = 0; i < report.n_calls; i++) {
        const FaultCall *one = &report.calls[i];

        later += is_wait(one) && one->nr == call->nr && one->nth > call->nth;
    }
    return is_wait(call) && later == 0 &&
           (!is_call(call, "waitid") || call->args[0] == P_PID);
}

/*
 * What cannot be held against who is lied to: an error that says of the outside
 * what is not so, or refuses the only way there is.
 */
static bool is_lied_to(const Fault *fault, Finding finding)
{
    const FaultCall *call = &fault->call;

    if (is_wait(call) && fault->err == ECHILD) {
        /* "You have no such child": then nobody can reap it. */
        return finding == LEAVES_CHILD || finding == IS_UNTRUE;
    }
    if (is_last_wait(call) && fault->err != EINTR) {
        /* A child that is known to have ended, or is about to, is not reaped:
         * there is no other way to, and osdep_process_free() tells nobody. */
        return finding == LEAVES_CHILD;
    }
    if (fault->err == EPIPE && is_call(call, "write")) {
        /* "Nobody reads that any more": then nobody gets it. */
        return finding == IS_UNTRUE;
    }
    if (call->role == FAULT_IN_CHILD && is_call(call, "write") &&
        fault->err != EINTR) {
        /* A child that has a memory of its own has no other way to report. */
        return finding == IS_UNTRUE;
    }
    return false;
}

/* = Judging one run = */

/* Does the error tell of the step that its message names? */
static bool tells_its_step(const Case *what)
{
    static const struct {
        const char *text;
        OsdepStep step;
    } steps[] = {
        { "is not open", OSDEP_STEP_CHECK },
        { "cannot be ignored", OSDEP_STEP_CHECK },
        { "standard output is closed", OSDEP_STEP_CHECK },
        { "cannot start '", OSDEP_STEP_PREPARE },
        { "cannot create a pipe", OSDEP_STEP_STREAM },
        { "Could not open '", OSDEP_STEP_STREAM },
        { "cannot set up standard ", OSDEP_STEP_STREAM },
        { "cannot pass descriptor ", OSDEP_STEP_STREAM },
        { "cannot create child process", OSDEP_STEP_CREATE },
        { "was killed before it could execute", OSDEP_STEP_CREATE },
        { "cannot reset signals", OSDEP_STEP_SIGNALS },
        { "cannot ignore signal ", OSDEP_STEP_SIGNALS },
        { "cannot unblock signals", OSDEP_STEP_SIGNALS },
        { "cannot create a session", OSDEP_STEP_SESSION },
        { "cannot create a process group", OSDEP_STEP_SESSION },
        { "cannot make the child die", OSDEP_STEP_SESSION },
        { "cannot change directory", OSDEP_STEP_DIRECTORY },
        { "cannot execute '", OSDEP_STEP_EXECUTE },
        { "out of memory", OSDEP_STEP_NONE }, /* the object that has no step */
    };

    if (what->act != act_spawn && what->act != act_run) {
        return outcome->step == OSDEP_STEP_NONE;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strstr(outcome->message, steps[i].text)) {
            return outcome->step == steps[i].step;
        }
    }
    return outcome->step == OSDEP_STEP_SERVE;
}

static void judge_error(const Attempt *attempt, const Fault *fault)
{
    const Case *what = attempt->what;
    const char *step = "";
    const char *text;
    size_t len;
    int code = ENOMEM;

    if (what->natural && strstr(outcome->message, what->natural) &&
        (outcome->is_fatal || outcome->code == ENOENT)) {
        return; /* the fault was of no matter */
    }
    if (fault) {
        step = fault->call.role == FAULT_IN_PARENT
                   ? parent_step(what, &fault->call)
                   : child_step(what, &fault->call);
        code = expected_code(what, fault);
    }
    if (!step || !strstr(outcome->message, step) ||
        !(outcome->is_fatal || tells_its_step(what))) {
        found(WRONG_STEP, attempt, fault, outcome->message);
    }
    if (fault && fault->err == EINTR) {
        found(INTERRUPTED, attempt, fault, outcome->message);
    } else if (what->may_abort || outcome->is_fatal) {
        outcome->code = code; /* the text tells */
    } else if (outcome->code != code) {
        found(WRONG_CODE, attempt, fault, outcome->message);
    }
    text = strerror(outcome->code);
    len = strlen(outcome->message);
    if ((len < strlen(text) ||
         strcmp(outcome->message + len - strlen(text), text) != 0) &&
        (fault || strcmp(outcome->message, "out of memory") != 0)) {
        found(WRONG_TEXT, attempt, fault, outcome->message);
    }
}

static void judge(const Attempt *attempt, const Fault *fault)
{
    const Case *what = attempt->what;
    char number[32];

    snprintf(number, sizeof(number), "%d", report.status);
    if (report.hung) {
        found(HANGS, attempt, fault, "");
        return;
    }
    if (!outcome->done) {
        if (what->may_abort && report.status == 128 + SIGABRT) {
            judge_error(attempt, fault);
        } else {
            found(CRASHES, attempt, fault, number);
        }
        return;
    }
    tally->n_fatal += outcome->is_fatal;
    if (!outcome->ok) {
        judge_error(attempt, fault);
    } else if (what->natural && !(fault && is_lied_to(fault, IS_UNTRUE))) {
        found(IS_UNTRUE, attempt, fault, "there is nothing to execute");
    }
    if (outcome->wrong[0] && !(fault && is_lied_to(fault, IS_UNTRUE))) {
        found(IS_UNTRUE, attempt, fault, outcome->wrong);
    }
    if (outcome->ok && !outcome->wrong[0] && what->ends_program &&
        strcmp(report.program, baseline.program) != 0) {
        found(WRONG_CHILD, attempt, fault,
              difference(baseline.program, report.program));
    }
    if (outcome->has_children || report.n_left_behind) {
        if (!fault || !is_lied_to(fault, LEAVES_CHILD)) {
            found(LEAVES_CHILD, attempt, fault, "");
        }
    }
    if (outcome->leaked_blocks != 0) {
        snprintf(number, sizeof(number), "%ld blocks", outcome->leaked_blocks);
        found(LEAVES_MEMORY, attempt, fault, number);
    }
    compare(attempt, fault);
}

/* = All faults of one case = */

static bool is_the_same_step(const FaultCall *a, const FaultCall *b)
{
    return a->role == b->role && a->nr == b->nr &&
           (a->nr == SYS_rt_sigaction || a->nr == SYS_close ||
            a->args[1] == b->args[1]);
}

/* Of a long row of the same: the first, the middle and the last. */
static bool is_chosen(size_t at)
{
    size_t before = 0, all = 0;

    for (size_t i = 0; i < baseline.n_calls; i++) {
        if (is_the_same_step(&baseline.calls[i], &baseline.calls[at])) {
            all++;
            before += i < at;
        }
    }
    return try_all_of_them || all <= 3 || before == 0 || before == all / 2 ||
           before == all - 1;
}

static void fail_with(Attempt *attempt, Fault *fault, const ErrorName *error)
{
    const CallErrors *call = find_call(fault->call.nr);

    fault->err = error->err;
    for (int i = 0; i < 3; i++) { /* what depends on time may not come up */
        run_once(attempt, fault, &report);
        if (report.injected || report.hung) {
            break;
        }
    }
    if (!report.injected && !report.hung) {
        tally->n_missed++;
        return;
    }
    tally->tried[call - calls][error - call->errors]++;
    judge(attempt, fault);
    if (table) {
        fprintf(table, "%s\t%s\t%s\t%s\n", attempt->what->name,
                call_name(&fault->call), error->name,
                outcome->done && outcome->ok ? "succeeds" : outcome->message);
    }
}

#ifdef __GLIBC__

static bool is_of_musl(size_t at, const Case *what)
{
    (void)at, (void)what;
    return false;
}

#else

/*
 * Does musl make this call for itself, and go on as if it had worked?  Its
 * fork() blocks signals once more and then sets the mask that it was told of;
 * its pipe2(), where the kernel has none, sets the flags one by one.
 */
static bool is_of_musl(size_t at, const Case *what)
{
    const FaultCall *call = &baseline.calls[at];

    if (call->role != FAULT_IN_PARENT) {
        return false;
    }
    if (is_call(call, "fcntl")) {
        return what->refused == no_pipe2 && call->args[1] == F_SETFD;
    }
    for (size_t i = at; is_call(call, "rt_sigprocmask") && call->nth > 1 &&
                        i < baseline.n_calls;
         i++) {
        if (is_child_start(&baseline.calls[i])) {
            return true;
        }
    }
    return false;
}

#endif

static void fail_each(Attempt *attempt)
{
    for (size_t i = 0; i < baseline.n_calls; i++) {
        Fault fault = { baseline.calls[i], 0 };
        const CallErrors *call = find_call(fault.call.nr);

        if (fault.call.nr == SYS_rt_sigprocmask &&
            fault.call.role == FAULT_IN_PARENT &&
            fault.call.args[0] == SIG_UNBLOCK) {
            tally->n_restores++; /* RESTORES_MASK */
        } else if (is_of_musl(i, attempt->what)) {
            tally->n_of_musl++; /* OF_MUSL */
        } else if (!call) {
            found(UNKNOWN_CALL, attempt, &fault, "");
        } else if (call->why_not) {
            tally->not_tried[call - calls]++;
        } else if (is_chosen(i)) {
            for (const ErrorName *e = call->errors; e->name; e++) {
                if (few_errors && e != call->errors && e->err != EINTR) {
                    continue;
                }
                if (attempt->is_fatal && e != call->errors) {
                    break;
                }
                fail_with(attempt, &fault, e);
                if (report.hung && attempt->what->act == act_naive) {
                    return; /* that was a wait for one error, and is enough */
                }
            }
        }
    }
}

/* Of osdep_run(), whose process nobody sees: is there a pidfd? */
static bool uses_pidfd(void)
{
    const uint64_t p_pidfd = 3; /* P_PIDFD, waitid(2) */
    bool uses = false;

    for (size_t i = 0; i < baseline.n_calls; i++) {
        const FaultCall *one = &baseline.calls[i];

        uses |= is_call(one, "pidfd_send_signal") ||
                (is_call(one, "waitid") && one->args[0] == p_pidfd);
    }
    return uses;
}

/* Without a fault; false if that cannot be supervised here. */
static bool record(Attempt *attempt)
{
    run_once(attempt, NULL, &baseline);
    if (baseline.cannot) {
        return false;
    }
    report = baseline;
    tally->n_cases++;
    judge(attempt, NULL);
    if (outcome->ok == (attempt->what->natural != NULL)) {
        found(CRASHES, attempt, NULL, outcome->message);
    }
    if (attempt->what->refused == no_pidfd && uses_pidfd()) {
        found(IS_UNTRUE, attempt, NULL, "it has a pidfd");
    }
    if (attempt->what->ends_program && !baseline.program[0]) {
        found(WRONG_CHILD, attempt, NULL, "there is none to compare with");
    }
    if (baseline.n_calls == FAULT_MOST_CALLS) {
        found(UNKNOWN_CALL, attempt, NULL, "there is no room for it");
    }
    return true;
}

/* Alone, and with all after it. */
static void fail_allocations(Attempt *attempt)
{
    for (int both = 0; both < 2; both++) {
        attempt->all_after = both;
        for (attempt->failing = 1;; attempt->failing++) {
            run_once(attempt, NULL, &report);
            if (outcome->done && outcome->allocations < attempt->failing) {
                break;
            }
            tally->n_memory++;
            judge(attempt, NULL);
            if (report.hung || attempt->failing == 1000) {
                break;
            }
        }
    }
}

/* = The cases = */

static const OsdepPassFd fd_kept = { FD_KEPT, FD_KEPT };
static const OsdepPassFd fds_crossing[] = {
    { FD_KEPT, FD_EXTRA }, { FD_EXTRA, FD_KEPT }, { FD_EXTRA, 20 }, { 1, 21 }
};
static const int signal_ignored = SIGHUP;
static const char *const puts_argv[] = { puppet, "puts", "hi", NULL };
static const char *const nothing_argv[] = { "/no/such/program", NULL };
static const char *const cat_argv[] = { puppet, "cat", NULL };
static const char *const closes_argv[] = { puppet, "close-stdin", "hi", NULL };
static const char *const argv0_argv[] = { "other", "argv0", NULL };
static const char *const env_argv[] = { puppet, "env", "FAULTS", NULL };
static const char *const cwd_argv[] = { puppet, "cwd", NULL };
static const char *const sleep_argv[] = { puppet, "sleep", "100", NULL };
static const char *const exit_argv[] = { puppet, "exit", "7", NULL };
static const char *const searched_env[] = { path_of_puppet, NULL };
static const char *const odd_env[] = { "FAULTS=one by one", NULL };

#ifdef SYS_close_range
static const long no_close_range[] = { SYS_close_range, 0 };
static const long no_listing[] = { SYS_close_range, SYS_getdents64, 0 };
#else
static const long no_close_range[] = { 0 };
static const long no_listing[] = { SYS_getdents64, 0 };
#endif

#define HI .out = "hi\n", .err = "err:hi\n"
#define SPAWN(text, words, ...)                                           \
    {                                                                     \
        .name = "spawn: " text, .act = act_spawn, .finish = finish_spawn, \
        .ends_program = true, .options = {                                \
            .argv = words,                                                \
            __VA_ARGS__                                                   \
        }
#define TRUNCATED                                    \
    {                                                \
        .kind = OSDEP_STDIO_FILE, .path = FILE_NAME, \
        .mode = OSDEP_FILE_TRUNCATE                  \
    }
#define APPENDED                                                               \
    {                                                                          \
        .kind = OSDEP_STDIO_FILE, .path = FILE_NAME, .mode = OSDEP_FILE_APPEND \
    }
#define PIPE                     \
    {                            \
        .kind = OSDEP_STDIO_PIPE \
    }
#define NULL_DEVICE              \
    {                            \
        .kind = OSDEP_STDIO_NULL \
    }
#define EXTRA                                  \
    {                                          \
        .kind = OSDEP_STDIO_FD, .fd = FD_EXTRA \
    }
#define EVERYTHING                                                           \
    .program = puppet, .env = odd_env, .cwd = "/", .in = EXTRA, .out = PIPE, \
    .err = TRUNCATED, .pass_fds = &fd_kept, .n_pass_fds = 1,                 \
    .ignore_signals = &signal_ignored, .n_ignore_signals = 1,                \
    .flags = OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_NEW_GROUP |               \
             OSDEP_SPAWN_DIE_WITH_PARENT

/* clang-format off */
static const Case cases[] = {
    { .name = "qemu_fork", .act = act_fork, .finish = finish_fork,
      .ends_program = true },
    SPAWN("plain", puts_argv), HI, .all_ways = true },
    SPAWN("program", argv0_argv, .program = puppet), .out = "other",
      .err = "" },
    SPAWN("search", searched_argv, .env = searched_env), HI },
    SPAWN("env", env_argv, .env = odd_env), .out = "one by one", .err = "" },
    SPAWN("cwd", cwd_argv, .cwd = "/"), .out = "/", .err = "" },
    SPAWN("in NULL", cat_argv, .in = NULL_DEVICE), .out = "", .err = "" },
    SPAWN("in PIPE", cat_argv, .in = PIPE), .out = "input\n", .err = "" },
    SPAWN("in FD", cat_argv, .in = EXTRA), .out = "input\n", .err = "" },
    SPAWN("in FILE", cat_argv, .in = { .kind = OSDEP_STDIO_FILE,
          .path = FILE_NAME }), .prepare = fresh_file, .out = "old\n",
      .err = "" },
    SPAWN("out NULL", puts_argv, .out = NULL_DEVICE), .out = "",
      .err = "err:hi\n" },
    SPAWN("out PIPE", puts_argv, .out = PIPE), HI },
    SPAWN("out FD", puts_argv, .out = EXTRA), .prepare = empty_extra, HI },
    SPAWN("out truncated", puts_argv, .out = TRUNCATED),
      .prepare = fresh_file, HI },
    SPAWN("out appended", puts_argv, .out = APPENDED), .prepare = fresh_file,
      .out = "old\nhi\n", .err = "err:hi\n" },
    SPAWN("err NULL", puts_argv, .err = NULL_DEVICE), .out = "hi\n",
      .err = "" },
    SPAWN("err PIPE", puts_argv, .err = PIPE), HI },
    SPAWN("err FD", puts_argv, .err = EXTRA), .prepare = empty_extra, HI },
    SPAWN("err truncated", puts_argv, .err = TRUNCATED),
      .prepare = fresh_file, HI },
    SPAWN("err appended", puts_argv, .err = APPENDED), .prepare = fresh_file,
      .out = "hi\n", .err = "old\nerr:hi\n" },
    SPAWN("err STDOUT", puts_argv, .err = { .kind = OSDEP_STDIO_STDOUT }),
      .out = "hi\nerr:hi\n", .err = "" },
    SPAWN("streams swapped", puts_argv,
          .out = { .kind = OSDEP_STDIO_FD, .fd = 2 },
          .err = { .kind = OSDEP_STDIO_FD, .fd = 1 }), HI },
    SPAWN("pass_fds", puts_argv, .pass_fds = &fd_kept, .n_pass_fds = 1), HI },
    SPAWN("pass_fds, crossing", puts_argv, .pass_fds = fds_crossing,
          .n_pass_fds = 4), HI, .all_ways = true },
    SPAWN("ignore_signals", puts_argv, .ignore_signals = &signal_ignored,
          .n_ignore_signals = 1), HI },
    SPAWN("NEW_SESSION", puts_argv, .flags = OSDEP_SPAWN_NEW_SESSION), HI },
    SPAWN("NEW_GROUP", puts_argv, .flags = OSDEP_SPAWN_NEW_GROUP), HI },
    SPAWN("TREE", puts_argv, .flags = OSDEP_SPAWN_TREE), HI },
    SPAWN("DIE_WITH_PARENT", puts_argv, .flags = OSDEP_SPAWN_DIE_WITH_PARENT),
      HI },
    SPAWN("INHERIT_FDS", puts_argv, .flags = OSDEP_SPAWN_INHERIT_FDS), HI },
    SPAWN("all at once", cat_argv, EVERYTHING), .out = "input\n", .err = "",
      .all_ways = true },
    { .name = "spawn: nothing", .act = act_spawn, .finish = finish_spawn,
      .options = { .argv = nothing_argv, .in = PIPE },
      .natural = "cannot execute '/no/such/program': ", .all_ways = true },
    { .name = "run: output", .act = act_run, .finish = finish_run,
      .options = { .argv = puts_argv }, HI,
      .ends_program = true, .all_ways = true },
    { .name = "run: input", .act = act_run, .finish = finish_run,
      .options = { .argv = cat_argv, .out = EXTRA },
      .prepare = empty_extra, .input = "some", .out = "",
      .err = "", .ends_program = true },
    { .name = "run: both", .act = act_run, .finish = finish_run,
      .options = { .argv = cat_argv }, .input = "some",
      .out = "some", .err = "", .ends_program = true },
    { .name = "run: input that nobody takes", .act = act_run,
      .finish = finish_unread, .options = { .argv = closes_argv },
      .prepare = heed_sigpipe, .input = much_input,
      .out = "hi\n", .err = "", .ends_program = true },
    { .name = "run: a FIFO", .act = act_run, .finish = finish_fifo,
      .options = { .argv = puts_argv,
                   .in = { .kind = OSDEP_STDIO_FILE, .path = FIFO_NAME } },
      .prepare = open_fifo, .in_time = true, HI, .is_fifo = true },
    { .name = "run: deadline", .act = act_run, .finish = finish_run,
      .options = { .argv = sleep_argv }, .timeout_ms = 2, .out = "",
      .err = "" },
    { .name = "run: deadline of a group", .act = act_run,
      .finish = finish_run,
      .options = { .argv = sleep_argv, .flags = OSDEP_SPAWN_TREE },
      .timeout_ms = 2, .out = "", .err = "" },
#define WAIT(text, words, ms, how) \
    { .name = "wait: " text, .prepare = start_puppet, .act = act_wait, \
      .finish = how, .timeout_ms = ms, .options = { .argv = words }
    WAIT("look", sleep_argv, 0, finish_wait_in_vain) },
    WAIT("2 ms", sleep_argv, 2, finish_wait_in_vain) },
    WAIT("a minute", exit_argv, 60000, finish_wait_for_end) },
    WAIT("for ever", exit_argv, -1, finish_wait_for_end) },
#define SIGNAL(text, function, group) \
    { .name = text, .prepare = start_puppet, .act = function, \
      .finish = finish_signal, \
      .options = { .argv = sleep_argv, \
                   .flags = (group) ? OSDEP_SPAWN_TREE : 0 }
    SIGNAL("signal", act_signal, false) },
    SIGNAL("terminate", act_terminate, false) },
    SIGNAL("kill", act_kill, false) },
    SIGNAL("kill the tree", act_kill_tree, true) },
    { .name = "free", .prepare = start_and_let_end, .act = act_free,
      .finish = finish_nothing,
      .options = { .argv = exit_argv, .in = PIPE, .out = PIPE,
                   .err = PIPE } },
    { .name = "pipe", .act = act_pipe, .finish = finish_pipe },
    { .name = "set close-on-exec", .act = act_set_cloexec,
      .finish = finish_set_cloexec, .may_abort = true },
    { .name = "close all", .act = act_close_all, .finish = finish_nothing,
      .closes = true },
};

/* The ways round what an older kernel does not have. */
static const Case old_cases[] = {
    SPAWN("plain, without close_range", puts_argv), HI,
      .refused = no_close_range, .all_ways = true },
    SPAWN("plain, without a list of descriptors", puts_argv), HI,
      .prepare = have_few_descriptors, .refused = no_listing,
      .all_ways = true },
    SPAWN("pass_fds, without close_range", puts_argv, .pass_fds = &fd_kept,
          .n_pass_fds = 1), HI, .refused = no_close_range },
    SPAWN("out PIPE, without pipe2", puts_argv, .out = PIPE), HI,
      .refused = no_pipe2, .all_ways = true },
    { .name = "run: both, without a pidfd", .act = act_run,
      .finish = finish_run, .options = { .argv = cat_argv },
      .input = "some", .out = "some", .err = "",
      .ends_program = true, .refused = no_pidfd },
    { .name = "run: deadline, without a pidfd", .act = act_run,
      .finish = finish_run, .options = { .argv = sleep_argv },
      .timeout_ms = 20, .out = "", .err = "", .refused = no_pidfd },
    WAIT("look, without a pidfd", sleep_argv, 0, finish_wait_in_vain),
      .refused = no_pidfd },
    WAIT("20 ms, without a pidfd", sleep_argv, 20, finish_wait_in_vain),
      .refused = no_pidfd },
    WAIT("a minute, without a pidfd", exit_argv, 60000, finish_wait_for_end),
      .refused = no_pidfd },
    WAIT("for ever, without a pidfd", exit_argv, -1, finish_wait_for_end),
      .refused = no_pidfd },
    SIGNAL("signal, without a pidfd", act_signal, false),
      .refused = no_pidfd },
    SIGNAL("kill, without a pidfd", act_kill, false), .refused = no_pidfd },
    SIGNAL("kill the tree, without a pidfd", act_kill_tree, true),
      .refused = no_pidfd },
    { .name = "pipe, without pipe2", .act = act_pipe, .finish = finish_pipe,
      .refused = no_pipe2 },
    { .name = "close all, without close_range", .act = act_close_all,
      .finish = finish_nothing, .closes = true, .refused = no_close_range },
    { .name = "close all, without a list", .prepare = have_few_descriptors,
      .act = act_close_all, .finish = finish_nothing, .closes = true,
      .refused = no_listing },
};
/* clang-format on */

/* = The process that supervises = */

/* What fails: calls, allocations; or both, with &error_fatal. */
typedef enum What { CALLS, MEMORY, BOTH_FATALLY } What;

typedef struct Job {
    const Case *cases;
    size_t n_cases;
    Way way;
    What what;
} Job;

/* Descriptors 1, 2 and 8 become files that only the subject writes to. */
static bool set_stage(void)
{
    const int streams[] = { FD_OUT, FD_ERR, FD_EXTRA };
    int err = fcntl(2, F_DUPFD_CLOEXEC, 10);
    int null = open("/dev/null", O_RDONLY);

    if (under_asan) {
        /* A program that looks for leaks has a child which does that. */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    }
    diagnostics = err < 0 ? NULL : fdopen(err, "w");
    if (!diagnostics || null < 0) {
        return false;
    }
    setvbuf(diagnostics, NULL, _IOLBF, 0);
    dup2(null, 0);
    qemu_close_all_open_fd((int[]){ 0, 1, 2, err, table ? fileno(table) : -1 },
                           5);
    make_all_nasty();
    for (int i = 0; i < 3; i++) {
        int fd = memfd_create("stage", 0);

        if (fd < 0 || (fd != streams[i] && dup2(fd, streams[i]) < 0)) {
            return false;
        }
        if (fd != streams[i]) {
            close(fd);
        }
    }
    return true;
}

/* Have the library find out how it starts children; subjects inherit that. */
static bool choose_way(Way way)
{
    OsdepSpawnOptions options = { .argv = exit_argv };
    bool ok = true;

    children_by_fork = way == BY_FORK;
    if (way == BY_VFORK && nr_close_range >= 0) {
        /* The first argument with which it asks whether it has it. */
        ok = deny_syscall(nr_close_range, 1, EPERM);
    }
    for (int i = 0; ok && way != FIRST_CHILD && way != BY_FORK &&
                    i < 1 + (way == BY_VFORK);
         i++) {
        OsdepProcess *process = osdep_spawn(&options, NULL);

        ok = process && osdep_process_wait(process, -1, NULL, NULL) == 1;
        osdep_process_free(process);
    }
    return ok;
}

static bool is_for_this_way(const Case *what, Way way)
{
    bool starts = what->act == act_spawn || what->act == act_run;

    return way == BY_CLONE || what->all_ways || (try_all_of_them && starts);
}

static int supervise(void *opaque)
{
    const Job *job = opaque;

    const unsigned int found_before = tally->n_found;

    if (!set_stage() || !choose_way(job->way)) {
        return broken("the stage cannot be set", errno);
    }
    for (size_t i = 0; i < job->n_cases; i++) {
        Attempt attempt = { .what = &job->cases[i] };

        if (!is_for_this_way(attempt.what, job->way)) {
            continue;
        }
        if (!record(&attempt)) {
            fprintf(diagnostics, "%s", baseline.cannot);
            fflush(diagnostics); /* a line without an end */
            return SKIPPED;
        }
        attempt.is_fatal = job->what == BOTH_FATALLY;
        if (job->what != MEMORY) {
            fail_each(&attempt);
        }
        if (job->what != CALLS && HAVE_LINKER_WRAP) {
            fail_allocations(&attempt);
        }
    }
    unlink(FILE_NAME);
    if (table) {
        fflush(table);
    }
    return tally->n_found > found_before;
}

/* False if this cannot be here; skip() was called. */
static bool prepare_all(void)
{
    const char *all = getenv("OSDEP_TEST_FAULTS");
    const char *file = getenv("OSDEP_TEST_FAULTS_TABLE");

    if (under_tsan || under_emulator || under_valgrind) {
        skip(under_tsan ? "TSan makes system calls of its own"
             : under_valgrind
                 ? "valgrind makes system calls of its own"
                 : "the emulator makes other system calls than the program");
        return false;
    }
    try_all_of_them = all && strcmp(all, "all") == 0;
    few_errors = programs_start_slowly() || !(NATIVE_ROW || try_all_of_them);
    if (file && !table) {
        table = fopen(file, "ae");
    }
    if (!outcome) {
        outcome = shared_memory(sizeof(*outcome));
        tally = shared_memory(sizeof(*tally));
    }
    if (!outcome || !tally || !getcwd(folder, sizeof(folder))) {
        CU_FAIL("no memory");
        return false;
    }
    memset(tally, 0, sizeof(*tally));
    memset(much_input, 'x', sizeof(much_input) - 1);
    snprintf(puppet, sizeof(puppet), "%.490s/puppet", folder);
    snprintf(path_of_puppet, sizeof(path_of_puppet), "PATH=/nope:%.500s:/",
             folder);
    return true;
}

static int do_job(Job *job)
{
    static char output[32768]; /* skip() keeps it */
    int status = in_child(supervise, job, output, sizeof(output));

    if (status == SKIPPED) {
        skip(output);
    } else if (output[0]) {
        for (char *line = strtok(output, "\n"); line;
             line = strtok(NULL, "\n")) {
            printf("# by %s: %s\n", way_names[job->way], line);
        }
    }
    return status;
}

static bool came_up[N_CALLS]; /* in any test */

/*
 * What was tried, a line for each call; and what was not, and why.  Returns: how
 * many faults of calls were.
 */
static unsigned int print_tally(void)
{
    unsigned int total = 0;

    for (size_t i = 0; i < N_CALLS; i++) {
        char line[1024] = "";

        for (size_t e = 0; e < MOST_ERRORS; e++) {
            if (tally->tried[i][e]) {
                snprintf(line + strlen(line), sizeof(line) - strlen(line),
                         "%s %s %u", line[0] ? "," : "",
                         calls[i].errors[e].name, tally->tried[i][e]);
                total += tally->tried[i][e];
            }
        }
        if (line[0]) {
            printf("# count: %s:%s\n", calls[i].name, line);
        }
        came_up[i] |= line[0] || tally->not_tried[i];
    }
    for (size_t i = 0; i < N_CALLS; i++) {
        if (tally->not_tried[i]) {
            printf("# count: not made to fail: %s, %u calls: %s\n",
                   calls[i].name, tally->not_tried[i], calls[i].why_not);
        }
    }
    if (tally->n_restores) {
        printf("# count: not made to fail: %u calls of " RESTORES_MASK "\n",
               tally->n_restores);
    }
    if (tally->n_of_musl) {
        printf("# count: not made to fail: %u calls that are " OF_MUSL "\n",
               tally->n_of_musl);
    }
    printf(
        "# count: %u faults of calls, %u of allocations, in %u cases; %u did not "
        "come up again\n",
        total, tally->n_memory, tally->n_cases, tally->n_missed);
    return total;
}

/* Is it known which calls the C library makes?  Since 2.31 clock_nanosleep(). */
#if NATIVE_ROW && defined __LP64__ && defined __GLIBC__ && \
    (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 31)
enum { CALLS_ARE_KNOWN = true };
#else
enum { CALLS_ARE_KNOWN = false };
#endif

/* The calls that can fail, and that no case makes: they are made elsewhere. */
static void print_what_never_came_up(void)
{
    for (size_t i = 0; i < N_CALLS; i++) {
        if (came_up[i] || calls[i].why_not) {
            continue;
        }
        printf("# count: never came up: %s%s%s\n", calls[i].name,
               calls[i].where ? ": " : "",
               calls[i].where ? calls[i].where : "");
        if (CALLS_ARE_KNOWN && !few_errors && !calls[i].where) {
            CU_FAIL("a call that is in the list never came up");
        }
    }
}

/* = The tests = */

/* Returns: how many faults were tried; 0 if that cannot be. */
static unsigned int try_cases(const Case *list, size_t n)
{
    unsigned int total;

    if (!prepare_all()) {
        return 0;
    }
    for (Way way = FIRST_CHILD; way < WAYS; way++) {
        Job job = { .cases = list, .n_cases = n, .way = way };
        int status;

        if (way == BY_FORK && !HAVE_LINKER_WRAP) {
            continue;
        }
        status = do_job(&job);
        if (status == SKIPPED) {
            return 0;
        }
        CHECK_INT(status, 0);
    }
    for (int i = 0; i < FINDINGS; i++) {
        if (tally->found[i]) {
            printf("# it %s: %u times\n", finding_names[i], tally->found[i]);
        }
    }
    total = print_tally();
    CU_ASSERT_TRUE(tally->n_missed < total / 20); /* 5 % */
    return total;
}

static bool cases_were_tried;

void calls_fail_one_by_one(void)
{
    unsigned int total = try_cases(cases, sizeof(cases) / sizeof(cases[0]));

    if (total > 0) {
        CU_ASSERT_TRUE(!NATIVE_ROW || few_errors || total > 1000);
        cases_were_tried = true;
    }
}

void calls_fail_where_newer_ones_lack(void)
{
    if (try_cases(old_cases, sizeof(old_cases) / sizeof(old_cases[0])) > 0 &&
        cases_were_tried) {
        print_what_never_came_up();
    }
}

void allocations_fail_one_by_one(void)
{
    Job job = { .cases = cases,
                .n_cases = sizeof(cases) / sizeof(cases[0]),
                .way = BY_CLONE,
                .what = MEMORY };

    SKIP_WITHOUT_WRAP();
    if (!prepare_all()) {
        return;
    }
    if (do_job(&job) != SKIPPED) {
        CHECK_INT(tally->n_found, 0);
        CU_ASSERT_TRUE(tally->n_memory > 100);
        print_tally();
    }
}

/*
 * Whoever exits at the first error has left no child, no descriptor, nothing but
 * memory.
 */
void fatal_faults_leave_nothing(void)
{
    Job job = { .cases = cases,
                .n_cases = sizeof(cases) / sizeof(cases[0]),
                .way = BY_CLONE,
                .what = BOTH_FATALLY };

    if (!prepare_all()) {
        return;
    }
    if (do_job(&job) != SKIPPED) {
        CHECK_INT(tally->n_found, 0);
        CU_ASSERT_TRUE(tally->n_fatal > 100);
        printf("# count: %u faults with error_fatal, in %u of which it ended\n",
               print_tally() + tally->n_memory, tally->n_fatal);
    }
}

/* A mistake, and what is to be found of it. */
typedef struct Control {
    unsigned int mistake;
    Finding finding;
    What what;
} Control;

/* What is found, in tally; false if that cannot be here: skip() was called. */
static bool try_naive(unsigned int mistakes, What what)
{
    const Case naive = { .name = "naive",
                         .act = act_naive,
                         .finish = finish_naive,
                         .ends_program = true,
                         .options = { .argv = puts_argv },
                         HI,
                         .mistakes = mistakes };
    Job job = { &naive, 1, BY_CLONE, what };

    memset(tally, 0, sizeof(*tally));
    return do_job(&job) != SKIPPED;
}

void naive_code_is_caught(void)
{
    static const Control controls[] = {
        { NAIVE_LEAKS_PIPE, LEAVES_FDS, CALLS },
        { NAIVE_LEAVES_BLOCKED, LEAVES_SIGNALS, CALLS },
        { NAIVE_LEAVES_IGNORED, LEAVES_SIGNALS, CALLS },
        { NAIVE_LEAVES_DIRECTORY, LEAVES_DIRECTORY, CALLS },
        { NAIVE_LEAKS_MEMORY, LEAVES_MEMORY, CALLS },
        { NAIVE_LISTENS_TO_NOBODY, HANGS, CALLS },
        { NAIVE_WRONG_STEP, WRONG_STEP, CALLS },
        { NAIVE_WRONG_CODE, WRONG_CODE, CALLS },
        { NAIVE_NO_REASON, WRONG_TEXT, CALLS },
        { NAIVE_LEAVES_ZOMBIE, LEAVES_CHILD, CALLS },
        { NAIVE_LIES, IS_UNTRUE, CALLS },
        { NAIVE_STAYS_BLOCKED, WRONG_CHILD, CALLS },
        { NAIVE_NO_RETRY, INTERRUPTED, CALLS },
        { NAIVE_CRASHES, CRASHES, MEMORY },
        { NAIVE_ODD_CALL, UNKNOWN_CALL, CALLS },
        { NAIVE_REPORTS_FIRST, LEAVES_CHILD, BOTH_FATALLY },
        { NAIVE_REPORTS_FIRST, LEAVES_FDS, BOTH_FATALLY },
    };
    bool has_control[FINDINGS] = { false };

    if (!prepare_all()) {
        return;
    }
    for (What what = CALLS; what <= BOTH_FATALLY; what++) {
        if (!try_naive(NAIVE_RIGHT, what)) {
            return;
        }
        CHECK_INT(tally->n_found, 0);
    }
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        const Control *control = &controls[i];

        CU_ASSERT_TRUE(try_naive(control->mistake, control->what));
        printf("# count: control %x %s %u times\n", control->mistake,
               finding_names[control->finding], tally->found[control->finding]);
        CU_ASSERT_TRUE(tally->found[control->finding] > 0);
        has_control[control->finding] = true;
    }
    for (int i = 0; i < FINDINGS; i++) {
        CU_ASSERT_TRUE(has_control[i]);
    }
}

#else

#undef SKIP_REASON
#define SKIP_REASON "there is no seccomp_unotify(2) here"
FAULTS_POSIX_CASES(TEST_SKIP)

#endif
