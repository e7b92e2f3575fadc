/*
 * What the tests of the POSIX world share
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_POSIX_H
#define TESTS_POSIX_H

#include "osdep/osdep.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/helpers/process.h"
#include "tools/inspect.h"

#ifdef __APPLE__ /* vfork(2) there: since macOS 12 the same, and deprecated */
#define vfork fork
#endif

/*
 * Run @fn(@arg) in a child of a plain fork() and wait for it.  What it writes
 * on descriptor 2 goes to @output.  Returns: what @fn returned (0 to 125), or
 * 128 + n if signal n ended it.
 */
int in_child(int (*fn)(void *), void *arg, char *output, size_t size);

/*
 * Run @argv as run_program() does, from a process that is clean but for what
 * @prepare does to it: whoever started the tests may have left something
 * (glibc's posix_spawn() ignores signals 32 and 33 in its children).
 */
int run_after(void (*prepare)(void), const char *const *argv, char *output,
              size_t size);
#define RUN_AFTER(prepare, output, ...)                                        \
    run_after((prepare), (const char *const[]){ __VA_ARGS__, NULL }, (output), \
              sizeof(output))

/* execv(), but that under valgrind it has osdep-run run under valgrind, too. */
int exec_argv(const char *const *argv);

/* Wait for @pid; as in_child(). */
int wait_status(pid_t pid);

/* FreeBSD's SIGLIBRT: the C library's own, though sigaction() takes it. */
bool is_the_librarys(int sig);

/* Set the disposition of all signals that can be caught; how many those are. */
int set_all_signals(void (*handler)(int));

/*
 * SIGPIPE, SIGHUP and SIGRTMIN+5 ignored, a handler on SIGUSR1, SIGTERM, SIGUSR2
 * and SIGRTMIN+1 blocked; nothing else, whatever we were started with.  Where
 * there are no real-time signals, without those.
 */
void make_signals_nasty(void);

/* That, and descriptors 7 and 9 open: for run_after(). */
void make_all_nasty(void);

/* All signals at their default, none blocked. */
void make_signals_clean(void);

/*
 * SIGHUP ignored, and 32, one of the C library's own, as glibc's posix_spawn()
 * leaves it: for run_after().  Ends with SKIPPED where that cannot be.
 */
void ignore_signal_32(void);

/* Standard output to /dev/full: for run_after().  SKIPPED where there is none. */
void write_to_full_disk(void);

/* What a child's status says if it could not try. */
enum { SKIPPED = 99 };

/* Open /dev/null as descriptor @fd, without close-on-exec. */
void open_at(int fd);

/*
 * From now on system call @nr fails with @err in this process and its children,
 * or if that is 0 is the end of who makes it;
 * with @arg0 only if its first argument is that (-1: always).  False where
 * there is no seccomp(2) for it.
 */
bool deny_syscall(long nr, long arg0, int err);

/* The numbers of those calls, -1 where there is none. */
extern const long nr_close_range, nr_getdents, nr_pidfd_open, nr_rt_sigaction,
    nr_rt_sigprocmask;

/* Say on stderr what did not hold.  Returns: 1 */
int broken(const char *what, long value);

/* Is the mask that the kernel has for us this one? */
bool same_mask(const bool before[MAX_SIGNALS]);

/* Memory, all 0, that our children share with us; NULL if there is none. */
void *shared_memory(size_t size);

/* How many descriptors are open. */
size_t count_fds(void);

/* RLIMIT_NPROC; false if that cannot be. */
bool limit_processes(rlim_t n);

/*
 * Be nobody if we are root, who may do what is to be refused; false if that
 * cannot be.
 */
bool be_nobody(void);

/* Be nobody; from now on this process cannot fork: fork(2), EAGAIN. */
bool forbid_fork(void);

/* Has the child of a vfork() a memory of its own?  Under TSan it has. */
bool vfork_is_fork(void);

/*
 * Are we, and the programs we start, under ThreadSanitizer, AddressSanitizer, an
 * emulator?
 */
extern const bool under_tsan, under_asan, under_emulator;

/* Are we, and osdep-run if we start it, under valgrind? */
extern const bool under_valgrind;

/* Is it counted what runs (ci/coverage)? */
extern const bool under_coverage;
#define COVERAGE_HAS_A_VARIABLE \
    "LLVM's counters leave a variable in the environment"

/* With any of these but the last: then what is done often is done less often. */
bool programs_start_slowly(void);

/*
 * What qemu-user (7.2) cannot: it keeps signals 63 and 64 from the program (of 64
 * it needs two for itself), and takes what is no variable, or one twice, out of
 * the environment.
 */
#define NOT_ALL_SIGNALS "the emulator keeps some signals from the program"
#define NO_ODD_ENVIRONMENT "the emulator puts the environment in order"

/*
 * What valgrind (3.19) cannot.  It makes the system calls of signals itself, at
 * other times than the program and whatever a sandbox refuses, and looks for
 * signals that came at few places, none of which a short-lived child comes to.
 */
#define SIGNAL_CALLS_ARE_EMULATED "valgrind needs sigaction() and sigprocmask()"
#define NO_HANDLER_SO_EARLY \
    "valgrind runs no handler early in a child, not even in the control"

#endif
