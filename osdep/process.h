/*
 * Processes: start a program that inherits nothing by accident, feed it, wait
 * for it, stop it
 *
 * SPDX-License-Identifier: MIT
 *
 * = By example =
 *
 * Run a program to its end and look at what it said:
 *     const char *argv[] = { "qemu-img", "info", "--output=json", disk, NULL };
 *     OsdepSpawnOptions options = { .argv = argv };
 *     OsdepRunResult result;
 *
 *     if (!osdep_run(&options, NULL, 0, 5000, &result, errp)) {
 *         return false;                    // it was not run; *errp says why
 *     }
 *     if (result.timed_out || result.exit.kind != OSDEP_EXITED ||
 *         result.exit.code != 0) {
 *         error_setg(errp, "qemu-img failed: %s", result.err);
 *     }
 *     osdep_run_result_clear(&result);
 *
 * Start one and go on, with its standard output in a pipe and descriptor
 * @tap open in it under the same number:
 *     OsdepSpawnOptions options = {
 *         .argv = argv,
 *         .out = { .kind = OSDEP_STDIO_PIPE },
 *         .keep_fds = &tap,
 *         .n_keep_fds = 1,
 *     };
 *     OsdepProcess *process = osdep_spawn(&options, errp);
 *     ...
 *     n = read(osdep_process_fd(process, 1), buf, sizeof(buf));
 *     ...
 *     osdep_process_wait(process, -1, &how, errp);
 *     osdep_process_free(process);
 *
 * = What holds for every function here =
 *
 * - No signal handler is installed, waitpid(-1) is never called, no thread is
 *   started, no global lock is held, nothing happens at load time or at exit.
 * - Any thread may call any function, several at once for the same process too;
 *   but osdep_process_free() must be the last, and the descriptors of a process
 *   are used and taken by one thread at a time.  None is async-signal-safe, and
 *   none is a cancellation point (pthreads(7)).
 * - Text is UTF-8; on POSIX systems it is passed on as it is, byte for byte.
 * - errno may change.
 * - The environment must not change meanwhile, as with all that reads it.
 */
#ifndef OSDEP_PROCESS_H
#define OSDEP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h> /* pid_t, on Windows with MinGW-w64 too */

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_DECLS

/* What a standard stream of the child is. */
typedef enum OsdepStdioKind {
    OSDEP_STDIO_INHERIT, /* the parent's; none if that is closed on exec */
    OSDEP_STDIO_NULL,    /* the null device */
    OSDEP_STDIO_PIPE,    /* a pipe; its other end is osdep_process_fd() */
    OSDEP_STDIO_FD,      /* the parent's descriptor @fd, which stays open */
    OSDEP_STDIO_FILE,    /* the file @path, opened as @mode says */
    OSDEP_STDIO_STDOUT,  /* for err: where out goes */
} OsdepStdioKind;

/* How a file is opened; truncate and append create it (0666 & ~umask). */
typedef enum OsdepFileMode {
    OSDEP_FILE_READ,     /* for in */
    OSDEP_FILE_TRUNCATE, /* for out and err: begin anew */
    OSDEP_FILE_APPEND,   /* for out and err: write at the end */
} OsdepFileMode;

typedef struct OsdepStdio {
    OsdepStdioKind kind;
    int fd;             /* for OSDEP_STDIO_FD; may be 0, 1 or 2 too */
    const char *path;   /* for OSDEP_STDIO_FILE; relative to our directory.  It
                           is opened first; a FIFO waits for its other end */
    OsdepFileMode mode; /* for OSDEP_STDIO_FILE */
} OsdepStdio;

enum {
    /*
     * The child leads a new session without a controlling terminal (setsid(2)),
     * and so a new process group too.  Windows: it has no console and is the
     * first of a new process group.
     */
    OSDEP_SPAWN_NEW_SESSION = 1 << 0,
    /*
     * The child leads a new process group (setpgid(2)): signals from the
     * terminal do not reach it, and as long as it is not the terminal's
     * foreground group it stops if it reads from there (SIGTTIN, termios(3)).
     */
    OSDEP_SPAWN_NEW_GROUP = 1 << 1,
    /*
     * The child is killed when its parent dies.  Linux: when the *thread* dies
     * that called osdep_spawn(), PR_SET_PDEATHSIG of prctl(2); executing a
     * set-user-ID program undoes it, and the child's own children live on.
     * FreeBSD, DragonFly: PROC_PDEATHSIG_CTL of procctl(2).  Windows: with all
     * that it started.  Elsewhere ENOTSUP.
     */
    OSDEP_SPAWN_DIE_WITH_PARENT = 1 << 2,
    /*
     * All descriptors that are not close-on-exec are inherited, as by fork and
     * exec.  Windows: all handles that are inheritable.
     */
    OSDEP_SPAWN_INHERIT_FDS = 1 << 3,
    /* Windows: no console window, first window hidden.  Elsewhere nothing. */
    OSDEP_SPAWN_HIDE_WINDOW = 1 << 4,
};

/*
 * What to start, and how.  All zero but @argv is a sensible default: the
 * parent's environment, directory and standard streams, and nothing else.
 * Nothing that it points to is needed after the call.
 */
typedef struct OsdepSpawnOptions {
    /*
     * The arguments, ended by a NULL.  The first one names the program: without
     * a slash (Windows: slash, backslash or colon) it is searched in PATH, that
     * of @env if it has one, else ours, else the system's default.  Relative
     * paths, in PATH too, are seen from @cwd.
     */
    const char *const *argv;
    /* Execute this file, not searched for; argv[0] is passed on as it is. */
    const char *program;
    /* "NAME=VALUE" strings, ended by a NULL; NULL: our environment. */
    const char *const *env;
    /* The child's working directory; NULL: ours. */
    const char *cwd;
    OsdepStdio in;
    OsdepStdio out;
    OsdepStdio err;
    /*
     * Descriptors that stay open in the child under the same number, be they
     * close-on-exec here or not.  Windows: descriptors of the C runtime, which
     * that of the child takes over, in binary mode, if its program has as many
     * bits as ours.
     */
    const int *keep_fds;
    size_t n_keep_fds;
    /* Signals that the child starts with ignored.  Windows has none. */
    const int *ignore_signals;
    size_t n_ignore_signals;
    /* OSDEP_SPAWN_... or-ed together */
    unsigned int flags;
    /*
     * If not NULL, set by every call: did it fail because the program is not
     * there or the system did not execute it?  error_get_os_error() of that
     * error tells which: ENOENT (Windows: ERROR_FILE_NOT_FOUND), EACCES, ...
     */
    bool *cannot_execute;
} OsdepSpawnOptions;

/* A process that was started; opaque. */
typedef struct OsdepProcess OsdepProcess;

/* How a process ended. */
typedef enum OsdepExitKind {
    OSDEP_EXITED, /* code: what it passed to exit() or returned from main(), on
                     POSIX systems its last 8 bits */
    OSDEP_SIGNALLED, /* code: the signal that ended it */
    OSDEP_CRASHED,   /* Windows; code: the NTSTATUS, 0xC....... or 0x800000.. */
} OsdepExitKind;

typedef struct OsdepExit {
    OsdepExitKind kind;
    uint32_t code;
    bool core_dumped;
} OsdepExit;

/*
 * Start a program with no signal blocked or ignored, none handled, and no
 * descriptor open but 0, 1, 2 and the ones named.
 *
 * Returns: the process, the caller's until osdep_process_free(), once its
 * program is executing.  On failure NULL with @errp set: nothing was started
 * and nothing is left behind.  The message names the step and the thing:
 *     env[2]: 'FOO' is not of the form NAME=VALUE          (EINVAL)
 *     keep_fds[0]: descriptor 77 is not open               (EBADF)
 *     cannot change directory to '/nope': No such file or directory
 *     cannot execute 'qemu-img': Permission denied
 *
 * POSIX: vfork(2) and execve(2), so the calling thread waits for the exec and
 * nothing is copied: the cost does not grow with our memory.  (Not on OpenBSD
 * and macOS 12 and later, whose vfork() is a fork().)  A script without a "#!"
 * line is ENOEXEC: no shell steps in.  All signals and cancellation are blocked
 * in the calling thread meanwhile.  SIGTSTP, SIGTTIN and SIGTTOU do not stop the
 * child before it executes; a SIGSTOP would, and us with it.  Where vfork() is a fork(), as under
 * emulators and valgrind too, success is known when a pipe closes; a process
 * that another thread forks at that moment without executing anything can delay
 * it.
 *
 * Windows: CreateProcessW.  A program without an extension is NAME.com or
 * NAME.exe, searched in PATH alone: not in the current directory, nor in that
 * of our program.  The arguments of a batch file (.bat, .cmd) must not hold
 * what cmd.exe can take for its own (any of "%!^&|<>() and line ends): EINVAL.
 * With @env, SystemRoot, SystemDrive and windir are added if they are missing.
 * That Ctrl-C is ignored is inherited (SetConsoleCtrlHandler).  Of the handles
 * that are passed there are inheritable duplicates during the call, which a
 * CreateProcess() in another thread inherits if it has no list of its own.
 * Windows 10 and later.
 */
OSDEP_API OsdepProcess *osdep_spawn(const OsdepSpawnOptions *options,
                                    Error **errp);

/* Its process ID, which may be another's once it was waited for. */
OSDEP_API pid_t osdep_process_pid(const OsdepProcess *process);

/*
 * Our end of the pipe that is the child's stream @stream, 0, 1 or 2; -1 if that
 * is none, or was taken.  Close-on-exec, blocking, on Windows in binary mode.
 * osdep_process_free() closes it.  Writing into a pipe that nobody reads any
 * more raises SIGPIPE, as any write(2) does.
 */
OSDEP_API int osdep_process_fd(const OsdepProcess *process, int stream);

/*
 * The same, and it is the caller's to close from now on.  To send end-of-file:
 *     close(osdep_process_take_fd(process, 0));
 */
OSDEP_API int osdep_process_take_fd(OsdepProcess *process, int stream);

/*
 * Wait until the process has ended, at most @timeout_ms milliseconds; -1, as
 * any negative: for ever, 0: just look.
 *
 * Returns: 1 if it ended, with @how saying how (which may be NULL), also if it
 * was waited for before; 0 if it did not within that time; -1 with @errp set if
 * that cannot be known: ECHILD if this process ignores SIGCHLD (or set
 * SA_NOCLDWAIT) or someone else waited for the child.
 *
 * Signal handlers run meanwhile and do not end the wait.  On Linux before 5.3
 * and emulators without pidfd_open(2), a wait with a timeout looks every 1 to
 * 20 milliseconds.
 */
OSDEP_API int osdep_process_wait(OsdepProcess *process, int timeout_ms,
                                 OsdepExit *how, Error **errp);

/*
 * Send signal @sig to the process, by its pidfd where there is one, and never
 * to another one that got its number.
 *
 * Returns: true; false with @errp set: ESRCH if it has ended.
 *
 * Windows: SIGTERM and 9 end the process at once, and osdep_process_wait() will
 * say OSDEP_SIGNALLED; SIGBREAK sends CTRL_BREAK_EVENT to a process that was
 * started with OSDEP_SPAWN_NEW_GROUP and shares our console; all else is
 * EINVAL.
 */
OSDEP_API bool osdep_process_signal(OsdepProcess *process, int sig,
                                    Error **errp);

/*
 * Ask the process to end (SIGTERM), or end it (SIGKILL).  To do so to one that
 * has ended is no error.  Windows: both end it at once; one that refuses is given
 * a second to be seen ending, before that is an error.
 */
OSDEP_API bool osdep_process_terminate(OsdepProcess *process, Error **errp);
OSDEP_API bool osdep_process_kill(OsdepProcess *process, Error **errp);

/*
 * Kill the process, which was started with OSDEP_SPAWN_NEW_GROUP or
 * OSDEP_SPAWN_NEW_SESSION (else EINVAL), and all that it started, whether
 * itself has ended or not.  POSIX: all of its process group; who left that is
 * not reached, nor is one of them that may not be killed (a set-user-ID
 * program); if that is the process itself it is EPERM.  Windows: all of its job.  It is still to
 * be waited for.
 *
 * So that the number of its group goes to no other one, the leader stays a
 * zombie until osdep_process_free(), waited for or not (POSIX).
 */
OSDEP_API bool osdep_process_kill_tree(OsdepProcess *process, Error **errp);

/*
 * What an event loop can wait on: it becomes readable (Windows: signalled) when
 * the process has ended.  A pidfd, a kqueue, a HANDLE; -1 where there is none
 * (Linux before 5.3, some emulators, no free descriptor).  It belongs to
 * @process; do not read from it or close it.
 */
OSDEP_API intptr_t osdep_process_pollable(const OsdepProcess *process);

/*
 * Close our ends of its pipes and free @process; NULL does nothing.
 *
 * The process is not touched: if it still runs, it goes on.  Nobody can wait
 * for it then, and when it ends it stays a zombie as long as we live (POSIX),
 * so wait first, or kill and wait.  One that has ended already is reaped here
 * if it was not waited for.  (Windows: with OSDEP_SPAWN_DIE_WITH_PARENT the
 * handle of its job stays open until we end.)
 */
OSDEP_API void osdep_process_free(OsdepProcess *process);

/* What a program that was run to its end left. */
typedef struct OsdepRunResult {
    char *out; /* its standard output, and a NUL that out_len does not count */
    size_t out_len;
    char *err; /* its standard error, in the same way */
    size_t err_len;
    OsdepExit exit;
    bool timed_out;
} OsdepRunResult;

/*
 * Start a program, feed it @input_len bytes of @input, collect what it writes,
 * and wait for its end, without a deadlock however much that is.
 *
 * The zero value of a stream means here: in comes from @input, or from the null
 * device if @input is NULL; out and err are collected.  A stream that is asked
 * for as OSDEP_STDIO_PIPE is the same (in without @input then reads nothing);
 * one that is something else is left to that, with an empty string in the
 * result.  To let the program inherit a stream of ours use OSDEP_STDIO_FD.
 *
 * @timeout_ms: how long that may take from its start on; -1: for ever.  Then
 * the program is killed, its whole tree if it has OSDEP_SPAWN_NEW_GROUP or
 * OSDEP_SPAWN_NEW_SESSION, and @result->timed_out is set, with what came until
 * then.  That happens too if the program itself ended in time but something
 * that it started keeps out or err open: @result->exit then tells how it ended.
 *
 * A program that ends, or closes its stdin, without reading all of @input is no
 * error, and raises no SIGPIPE here.
 *
 * Returns: true if the program was started and has ended, and *@result, which
 * need not be initialised, is the caller's until osdep_run_result_clear(); out
 * and err are never NULL then.  On failure false with @errp set, *@result all
 * zero, and no child left, unless it is one that we may not kill (EPERM: a
 * set-user-ID program).
 */
OSDEP_API bool osdep_run(const OsdepSpawnOptions *options, const void *input,
                         size_t input_len, int timeout_ms,
                         OsdepRunResult *result, Error **errp);

/* Free what @result holds and zero it. */
OSDEP_API void osdep_run_result_clear(OsdepRunResult *result);

OSDEP_END_DECLS

#endif
