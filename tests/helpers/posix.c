/*
 * What the tests of the POSIX world share
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <sys/mman.h>

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#ifndef __has_feature /* Clang's; GCC defines macros */
#define __has_feature(feature) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer)
const bool under_tsan = true;
#else
const bool under_tsan = false;
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
const bool under_asan = true;
#else
const bool under_asan = false;
#endif

const bool under_emulator = UNDER_EMULATOR;

#ifdef VALGRIND
const bool under_valgrind = true;
#else
const bool under_valgrind = false;
#endif

#ifdef UNDER_COVERAGE
const bool under_coverage = true;
#else
const bool under_coverage = false;
#endif

bool programs_start_slowly(void)
{
    return under_tsan || under_asan || under_emulator || under_valgrind;
}

bool is_the_librarys(int sig)
{
#ifdef SIGLIBRT
    return sig == SIGLIBRT;
#else
    return sig < 0;
#endif
}

#ifdef VALGRIND

int exec_argv(const char *const *argv)
{
    static const char *const valgrind[] = { VALGRIND };
    enum { N = sizeof(valgrind) / sizeof(valgrind[0]) };
    char log[sizeof(VALGRIND_LOGS) + 64];
    const char *words[N + 64];
    size_t n = 0;

    if (strcmp(argv[0], PROGRAM("osdep-run")) != 0) {
        return execv(argv[0], (char *const *)argv);
    }
    snprintf(log, sizeof(log), "--log-file=" VALGRIND_LOGS "/osdep-run.%ld.log",
             (long)getpid());
    for (; n < N; n++) {
        words[n] = valgrind[n];
    }
    words[n++] = log;
    do {
        words[n++] = *argv;
    } while (*argv++ && n < sizeof(words) / sizeof(words[0]));
    return execvp(words[0], (char *const *)words);
}

#else

int exec_argv(const char *const *argv)
{
    return execv(argv[0], (char *const *)argv);
}

#endif

int set_all_signals(void (*handler)(int))
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
    int n = 0;

    sigemptyset(&sa.sa_mask);
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP && !is_the_librarys(sig)) {
            n += sigaction(sig, &sa, NULL) == 0;
        }
    }
    return n;
}

void make_signals_clean(void)
{
    sigset_t none;

    set_all_signals(SIG_DFL);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void handler(int sig)
{
    (void)sig;
}

void make_signals_nasty(void)
{
    sigset_t mask;

    make_signals_clean();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, handler);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGUSR2);
#ifdef SIGRTMIN
    signal(SIGRTMIN + 5, SIG_IGN);
    sigaddset(&mask, SIGRTMIN + 1);
#endif
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

void make_all_nasty(void)
{
    make_signals_nasty();
    open_at(7);
    open_at(9);
}

#ifdef __linux__

void ignore_signal_32(void)
{
    /* The kernel's struct sigaction, whose second word it is on MIPS. */
    long sa[16] = { 0 };

#ifdef __mips__
    sa[1] = (long)SIG_IGN;
#else
    sa[0] = (long)SIG_IGN;
#endif
    signal(SIGHUP, SIG_IGN);
    if (syscall(SYS_rt_sigaction, 32, sa, NULL, _NSIG / 8) < 0) {
        _exit(SKIPPED);
    }
}

#else

void ignore_signal_32(void)
{
    _exit(SKIPPED);
}

#endif

void write_to_full_disk(void)
{
    int full = open("/dev/full", O_WRONLY);

    if (full < 0) {
        _exit(SKIPPED);
    }
    dup2(full, 1);
    close(full);
}

void open_at(int fd)
{
    int null = open("/dev/null", O_RDWR);

    if (null != fd) {
        dup2(null, fd);
        close(null);
    }
}

int broken(const char *what, long value)
{
    fprintf(stderr, "%s (%ld)", what, value);
    return 1;
}

void *shared_memory(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

bool same_mask(const bool before[MAX_SIGNALS])
{
    Inspection in;
    bool same;

    if (!inspect(&in, true, NULL)) {
        return false;
    }
    same = memcmp(before, in.blocked, sizeof(in.blocked)) == 0;
    inspection_clear(&in);
    return same;
}

bool limit_processes(rlim_t n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NPROC, &limit) < 0) {
        return false;
    }
    limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
    return setrlimit(RLIMIT_NPROC, &limit) == 0;
}

/*
 * Valgrind (3.19) leaves all signals blocked after a fork that failed, and dies
 * of the SIGSEGV by which it learns that the stack grows: let it grow before.
 */
static void grow_stack(void)
{
    volatile char deep[65536];

    for (size_t i = 0; i < sizeof(deep); i += 1024) {
        deep[i] = 0;
    }
}

bool be_nobody(void)
{
    enum { NOBODY = 65534 };

    return geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

bool forbid_fork(void)
{
    if (under_valgrind) {
        grow_stack();
    }
    return be_nobody() && limit_processes(0);
}

bool vfork_is_fork(void)
{
    static volatile bool was_here;
    pid_t pid;

    was_here = false;
    pid = vfork();
    if (pid == 0) {
        was_here = true;
        _exit(0);
    }
    if (pid > 0) {
        wait_status(pid);
    }
    return !was_here;
}

size_t count_fds(void)
{
    Inspection in;
    size_t n;

    if (!inspect(&in, true, NULL)) {
        return 0;
    }
    n = in.n_fds;
    inspection_clear(&in);
    return n;
}

#ifdef __linux__

const long nr_close_range =
#ifdef SYS_close_range
    SYS_close_range;
#else
    -1;
#endif
const long nr_getdents = SYS_getdents64;
const long nr_pidfd_open =
#ifdef SYS_pidfd_open
    SYS_pidfd_open;
#else
    -1;
#endif
const long nr_rt_sigaction = SYS_rt_sigaction;
const long nr_rt_sigprocmask = SYS_rt_sigprocmask;

bool deny_syscall(long nr, long arg0, int err)
{
    const unsigned int error =
        err ? SECCOMP_RET_ERRNO | (unsigned int)err : SECCOMP_RET_KILL_PROCESS;
    const unsigned int low = /* of the 64-bit argument: seccomp(2) */
        (unsigned int)offsetof(struct seccomp_data, args) +
        (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nr, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)arg0, 0,
                 (arg0 == -1 ? 0 : 1)),
        BPF_STMT(BPF_RET | BPF_K, error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
                                        filter };

    return nr >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

const long nr_close_range = -1;
const long nr_getdents = -1;
const long nr_pidfd_open = -1;
const long nr_rt_sigaction = -1;
const long nr_rt_sigprocmask = -1;

bool deny_syscall(long nr, long arg0, int err)
{
    (void)nr, (void)arg0, (void)err;
    return false;
}

#endif
