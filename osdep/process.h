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
 *     OsdepSpawnOptions spawn = { .argv = argv };
 *     OsdepRunOptions run = { .timeout_ms = 5000 };
 *     OsdepRunResult result;
 *
 *     if (!osdep_run(&spawn, &run, &result, errp)) {
 *         return false;                    // it was not run; *errp says why
 *     }
 *     if (result.timed_out || result.exit.kind != OSDEP_EXITED ||
 *         result.exit.code != 0) {
 *         osdep_error_setg(errp, "qemu-img failed: %s", result.err);
 *     }
 *     osdep_run_result_clear(&result);
 *
 * Start one and go on, with its standard output in a pipe and our descriptor
 * @tap open in it as descriptor 3:
 *     OsdepPassFd pass = { .ours = tap, .theirs = 3 };
 *     OsdepSpawnOptions options = {
 *         .argv = argv,
 *         .out = { .kind = OSDEP_STDIO_PIPE },
 *         .pass_fds = &pass,
 *         .n_pass_fds = 1,
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
 * - No signal handler is installed, waitpid(-1) is not called, no thread is
 *   started, nothing happens at load time or at exit.  There is no lock but one in
 *   each OsdepProcess, which starting a child does not take.  (Windows: and one
 *   that keeps starts with OSDEP_SPAWN_INHERIT_FDS from all others.)
 * - Any thread may call any function, several at once for the same process too;
 *   but osdep_process_free() must be the last, and the descriptors of a process
 *   are used and taken by one thread at a time.  None is async-signal-safe, and
 *   none is a cancellation point (pthreads(7)).
 * - Text is UTF-8; on POSIX systems it is passed on as it is, byte for byte.
 * - errno may change.
 * - No other thread may modify the environment during the call (getenv(3)).
 *
 * = Structures =
 *
 * A structure that is all zero, but for argv, is a sensible default; initialise
 * it with { 0 } or designated initialisers.  Later versions add members at the
 * end.  The inlines below tell the library how large the caller's structure is:
 * a newer library takes what is missing for zero; an older one refuses with
 * EINVAL what it does not know, unless that is zero.  The structures that are
 * members of others (OsdepStdio, OsdepExit) and OsdepPassFd keep their size.
 */
#ifndef OSDEP_PROCESS_H
#define OSDEP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "osdep/compiler.h"
#include "osdep/error.h"
#include "osdep/fork.h" /* osdep_pid */
#include "osdep/runtime.h"

OSDEP_BEGIN_DECLS

/* What a standard stream of the child is. */
typedef enum OsdepStdioKind {
    OSDEP_STDIO_DEFAULT, /* osdep_spawn(): INHERIT; osdep_run(): see there */
    OSDEP_STDIO_INHERIT, /* the parent's; closed if that is closed on exec */
    OSDEP_STDIO_NULL,    /* the null device */
    OSDEP_STDIO_PIPE,    /* a pipe; its other end is osdep_process_fd() */
    OSDEP_STDIO_FD,      /* the parent's descriptor @fd, which stays open */
    OSDEP_STDIO_HANDLE,  /* Windows: @handle, which stays open */
    OSDEP_STDIO_FILE,    /* the file @path, opened as @mode says */
    OSDEP_STDIO_STDOUT,  /* for err: where out goes; EBADF if that is nowhere,
                            as an inherited one that is closed on exec */
} OsdepStdioKind;

/* How a file is opened; truncate and append create it (0666 & ~umask). */
typedef enum OsdepFileMode {
    OSDEP_FILE_READ,     /* for in */
    OSDEP_FILE_TRUNCATE, /* for out and err: begin anew */
    OSDEP_FILE_APPEND,   /* for out and err: write at the end */
} OsdepFileMode;

/*
 * Windows: a descriptor that was opened for appending, _O_APPEND or fopen("a"),
 * has that in the C runtime alone; its HANDLE would write over what is there,
 * as those of other libraries do.  Where such a descriptor is a stream of the
 * child, or passed or inherited as one, the child gets a HANDLE by which the
 * system itself appends.  That it appends can be found out only while its
 * position is *not* at the end of the file.  So if others write to the same
 * file as well, say it: set mode to OSDEP_FILE_APPEND with OSDEP_STDIO_FD or
 * OSDEP_STDIO_HANDLE, too.  A descriptor of pass_fds or an inherited one that
 * is at the end when the child is started continues there, over what others
 * write meanwhile.  A child cannot shorten a file that it appends to, nor lock
 * it (LockFileEx()) if our descriptor or handle is write-only.  Pipes and
 * devices are passed as they are, and so is in, whatever its mode is.  POSIX:
 * the mode of a descriptor is its own.
 */

typedef struct OsdepStdio {
    OsdepStdioKind kind;
    int fd;             /* for OSDEP_STDIO_FD; may be 0, 1 or 2 too */
    void *handle;       /* for OSDEP_STDIO_HANDLE */
    const char *path;   /* for OSDEP_STDIO_FILE; relative to our directory.  The
                           file is opened before the child is created; opening
                           a FIFO waits until its other end is open: in
                           osdep_run() until the deadline, then it is an error
                           (ETIMEDOUT), as nothing was started */
    OsdepFileMode mode; /* for OSDEP_STDIO_FILE; Windows: OSDEP_FILE_APPEND for
                           OSDEP_STDIO_FD and OSDEP_STDIO_HANDLE too */
    uintptr_t reserved[2]; /* must be 0 */
} OsdepStdio;

/* Our descriptor @ours is the child's descriptor @theirs. */
typedef struct OsdepPassFd {
    int ours;
    int theirs;
} OsdepPassFd;

/* The flags of osdep_spawn(). */
enum {
    /*
     * The child leads a new session without a controlling terminal (setsid(2)),
     * and so a new process group too.
     * Windows: it has a console of its own that has no window, shared by what
     * it starts (CREATE_NO_WINDOW), and is the first of a new process group.  A
     * stream that it inherits from our console is of no use to it.
     */
    OSDEP_SPAWN_NEW_SESSION = 1 << 0,
    /*
     * The child leads a new process group (setpgid(2)): signals from the
     * terminal do not reach it, and as long as it is not the terminal's
     * foreground group it stops if it reads from there (SIGTTIN, termios(3)).
     * Windows: Ctrl-C does not reach it.
     */
    OSDEP_SPAWN_NEW_GROUP = 1 << 1,
    /*
     * osdep_process_kill_tree() can be used.
     * POSIX: implies OSDEP_SPAWN_NEW_GROUP, unless OSDEP_SPAWN_NEW_SESSION is
     * there.
     * Windows: the child and all that it starts are in a job object, but for
     * what is started with CREATE_BREAKAWAY_FROM_JOB, which
     * OSDEP_SPAWN_DIE_WITH_PARENT forbids.
     */
    OSDEP_SPAWN_TREE = 1 << 2,
    /*
     * The child is killed when its parent dies.  ENOTSUP on other systems than:
     * Linux: when the *thread* dies that called osdep_spawn(), PR_SET_PDEATHSIG
     * of prctl(2); executing a set-user-ID program undoes it, and the child's
     * own children live on.
     * FreeBSD, DragonFly: PROC_PDEATHSIG_CTL of procctl(2).
     * Windows: with all that it started, whether it has ended itself or not,
     * and whether its OsdepProcess was freed or not.  The system refuses to
     * start what is to break away from the job.
     */
    OSDEP_SPAWN_DIE_WITH_PARENT = 1 << 3,
    /*
     * All descriptors that are not close-on-exec are inherited, as by fork and
     * exec.  Windows: all handles that are inheritable.
     */
    OSDEP_SPAWN_INHERIT_FDS = 1 << 4,
    /*
     * Windows: no console window, first window hidden; but a child that has a
     * stream of our console shares that, since the stream would be of no use to
     * it in another console.  Elsewhere no effect.
     */
    OSDEP_SPAWN_HIDE_WINDOW = 1 << 5,
};

/*
 * What to start, and how.  Nothing that it points to is needed after the call.
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
     * Descriptors that the child has besides its standard streams, whether they
     * are close-on-exec here or not.  Any mapping is possible, also of numbers
     * that are open here; each number of theirs is there once at most.  0, 1 and
     * 2 of theirs are possible where the stream is OSDEP_STDIO_DEFAULT and
     * osdep_spawn() is called.
     * POSIX: a mapping with a cycle needs one free descriptor below the limit of
     * open files while the child is set up (EMFILE).
     * Windows: the C runtime of the child takes them over, in binary mode.
     * EINVAL if the program is a 32-bit one and we are not, or the other way
     * round: it would get other objects under these numbers.
     */
    const OsdepPassFd *pass_fds;
    size_t n_pass_fds;
    /* Signals that the child starts with ignored.  Windows has none: EINVAL. */
    const int *ignore_signals;
    size_t n_ignore_signals;
    /* OSDEP_SPAWN_... or-ed together */
    unsigned int flags;
    unsigned int reserved; /* must be 0 */
} OsdepSpawnOptions;

/* A process that was started; opaque. */
typedef struct OsdepProcess OsdepProcess;

/* How a process ended. */
typedef enum OsdepExitKind {
    OSDEP_EXITED, /* code: what it passed to exit() or returned from main(), on
                     POSIX systems its last 8 bits */
    OSDEP_SIGNALLED, /* code: the signal that ended it */
    OSDEP_CRASHED, /* Windows: by an exception that nobody handled, or it could
                        not be loaded; code: 0xC000...., 0xC015...., 0x80000001 to
                        4, C++ 0xE06D7363, .NET 0xE0434352 and a few more */
    OSDEP_EXIT_UNKNOWN, /* it ended, and how cannot be known; code: UINT32_MAX,
                           never 0.  osdep_run() on POSIX systems alone */
} OsdepExitKind;

typedef struct OsdepExit {
    OsdepExitKind kind;
    uint32_t code;
    bool core_dumped;
    uint64_t reserved[6]; /* 0 */
} OsdepExit;

/* What osdep_process_wait() says. */
typedef enum OsdepWait {
    OSDEP_WAIT_FAILED = -1,
    OSDEP_WAIT_TIMED_OUT = 0,
    OSDEP_WAIT_ENDED = 1,
} OsdepWait;

/* How to run a program to its end. */
typedef struct OsdepRunOptions {
    /* What it reads from its standard input; NULL: the null device. */
    const void *input;
    size_t input_len; /* bytes */
    int timeout_ms;   /* milliseconds from the call on; 0: no limit */
    int reserved;     /* must be 0 */
} OsdepRunOptions;

/* What a program that was run to its end left. */
typedef struct OsdepRunResult {
    char *out; /* its standard output, and a NUL that out_len does not count */
    size_t out_len;
    char *err; /* its standard error, in the same way */
    size_t err_len;
    OsdepExit exit;
    bool timed_out;
    char reserved[7]; /* 0 */
} OsdepRunResult;

/* What the inlines below call: sizes are those of the caller's structures. */
OSDEP_API OsdepProcess *osdep_spawn_sized(const OsdepSpawnOptions *options,
                                          size_t options_size,
                                          const OsdepRuntime *runtime,
                                          OsdepError **errp);
OSDEP_API bool osdep_run_sized(const OsdepSpawnOptions *spawn,
                               size_t spawn_size, const OsdepRunOptions *run,
                               size_t run_size, OsdepRunResult *result,
                               size_t result_size, const OsdepRuntime *runtime,
                               OsdepError **errp);
OSDEP_API void osdep_run_result_clear_sized(OsdepRunResult *result,
                                            size_t result_size);
OSDEP_API OsdepWait osdep_process_wait_sized(OsdepProcess *process,
                                             int timeout_ms, OsdepExit *how,
                                             size_t how_size,
                                             OsdepError **errp);
OSDEP_API int osdep_process_fd_in(OsdepProcess *process, int stream,
                                  const OsdepRuntime *runtime);
OSDEP_API int osdep_process_take_fd_in(OsdepProcess *process, int stream,
                                       const OsdepRuntime *runtime);

/*
 * Start a program with no signal blocked or ignored, none handled, and no
 * descriptor open but 0, 1, 2 and the ones named.
 *
 * Returns: the process, the caller's until osdep_process_free(), once its
 * program is executing.  On failure NULL with @errp set: nothing was started
 * and nothing is left behind.  osdep_error_get_step() tells which step failed
 * (OSDEP_STEP_EXECUTE: the program is missing or the system did not execute it),
 * osdep_error_get_errno() why, and the message names the step and the thing:
 *     env[2]: 'FOO' is not of the form NAME=VALUE          (EINVAL)
 *     pass_fds[0]: descriptor 77 is not open               (EBADF)
 *     cannot change directory to '/nope': No such file or directory
 *     cannot execute 'qemu-img': Permission denied
 *
 * POSIX: vfork(2) and execve(2), so the calling thread waits for the exec and
 * nothing is copied: the cost does not grow with our memory.  (Not on OpenBSD
 * and macOS 12 and later, whose vfork() is a fork().)  A script without a "#!"
 * line is ENOEXEC: no shell steps in.  All signals and cancellation are blocked
 * in the calling thread meanwhile.  SIGTSTP, SIGTTIN and SIGTTOU do not stop the
 * child before it executes; a SIGSTOP would, and the calling thread with it.
 * Linux: SIGQUIT, SIGABRT and the others that dump core end a child that has not
 * executed its program yet as SIGKILL would, since the dump would be of our memory
 * and, before Linux 5.16, end us as well.  The SIGSYS of a seccomp(2) filter cannot
 * be caught: on such a kernel do not start children under a filter that kills or
 * traps for a system call that the child makes.  On Linux the child makes its
 * system calls by themselves or by syscall(3), so a library that is preloaded for
 * chdir() and the like does not see them.
 * Where vfork() is a fork(), as under emulators and valgrind too, success is
 * known when a pipe closes; a process that another thread forks at that moment
 * without executing anything can delay it.  There, a pipe's two descriptors must be
 * free, else EMFILE; elsewhere none but those of the streams.  What the child
 * inherits besides is listed in docs/inherits.md.
 *
 * Windows: CreateProcessW.  A program without an extension is NAME.com or
 * NAME.exe, searched in PATH alone: not in the current directory, nor in that
 * of our program.  Arguments arrive as they are in
 * programs that read their command line by the rules of Microsoft's C runtime, of
 * CommandLineToArgvW() or of Cygwin and MSYS2.  (Not in one of Cygwin if the
 * environment variable CYGWIN says "noglob": it knows no way to express quotes
 * then.)
 * A batch file (.bat, .cmd) is run by the system's cmd.exe, without commands of
 * the registry (AutoRun).  Its arguments must not hold what cmd.exe can take for
 * its own (any of "%!^&|<>() and control characters): EINVAL.  A path with more
 * than one '%' is EINVAL too; so is one of more than 259 units, one that begins
 * with \\?\ or \\.\ and has no plain form, and a working directory without a
 * drive, ours too.
 * With @env, SystemRoot, SystemDrive and windir are added if they are missing.
 * Streams that are inherited are those of GetStdHandle(); one that is not
 * inheritable is closed in the child.  If we have no console and no stream, as
 * a program with windows, a child that inherits all three gets the streams of
 * its own console.  In a job (OSDEP_SPAWN_TREE or _DIE_WITH_PARENT) some
 * packaged programs cannot be started.  If access is denied there, the message
 * has "in a job object", whatever the reason was.
 *
 * Windows: the child inherits our environment, current directory and token;
 * that Ctrl-C is ignored (SetConsoleCtrlHandler); our processor affinity, and
 * our priority class if that is below normal; the folder of SetDllDirectory(),
 * in which it looks for DLLs.  It does not inherit our error mode
 * (SetErrorMode).  A current directory of more than 258 units is refused; other
 * paths may be longer.
 *
 * Windows: of the handles that are passed there are inheritable duplicates
 * while CreateProcessW() runs, and for a moment while a descriptor of a file is
 * examined (_dup()).  A lock keeps them from what is started meanwhile with
 * OSDEP_SPAWN_INHERIT_FDS, by the same copy of this library.  A CreateProcess()
 * of others, in another thread, that inherits all handles without a list of its
 * own inherits them as well: osdep_run() then reads until that child has ended,
 * or its deadline.  Windows 10 and later.
 */
static inline OsdepProcess *osdep_spawn(const OsdepSpawnOptions *options,
                                        OsdepError **errp)
{
    return osdep_spawn_sized(options, sizeof(*options), osdep_runtime(), errp);
}

/*
 * Its process ID.  After a successful wait the system may give this ID to another
 * process, unless it leads a tree (OSDEP_SPAWN_TREE; osdep_process_kill_tree()).
 */
OSDEP_API osdep_pid osdep_process_pid(const OsdepProcess *process);

/*
 * Our end of the pipe that is the child's stream @stream, 0, 1 or 2; -1 if that
 * is none, or was taken.  Close-on-exec, blocking, on Windows in binary mode.
 * osdep_process_free() closes it.
 *
 * POSIX: it is 3 or higher.  Writing into a pipe that nobody reads any more
 * raises SIGPIPE, as any write(2) does.
 *
 * Windows: the first call makes a descriptor of the caller's C runtime for it; -1
 * with errno set if there is none left (EMFILE), or if there is one of another C
 * runtime already (EBADF).  osdep_process_free() closes it with a function of the
 * module (program or DLL) that called this one first, which must still be loaded.
 */
static inline int osdep_process_fd(OsdepProcess *process, int stream)
{
    return osdep_process_fd_in(process, stream, osdep_runtime());
}

/*
 * The same, and it is the caller's to close from now on.  To send end-of-file:
 *     close(osdep_process_take_fd(process, 0));
 */
static inline int osdep_process_take_fd(OsdepProcess *process, int stream)
{
    return osdep_process_take_fd_in(process, stream, osdep_runtime());
}

#ifdef _WIN32
/*
 * Windows: the HANDLE of our end of that pipe; NULL if there is none, or it was
 * taken.  osdep_process_free() closes it, or with _take_handle() the caller.
 * _take_handle() closes the descriptor of osdep_process_fd(), if there is one, and
 * returns a duplicate of its handle; NULL if the system cannot make that.
 */
OSDEP_API void *osdep_process_handle(OsdepProcess *process, int stream);
OSDEP_API void *osdep_process_take_handle(OsdepProcess *process, int stream);
#endif

/*
 * Wait until the process has ended, at most @timeout_ms milliseconds; negative:
 * for ever; 0: do not wait.
 *
 * Returns: OSDEP_WAIT_ENDED (1) with @how, which may be NULL, filled in, also if
 * the process was waited for before; OSDEP_WAIT_TIMED_OUT (0);
 * OSDEP_WAIT_FAILED (-1) with @errp set if the exit status cannot be known:
 * ECHILD if this process ignores SIGCHLD (or set SA_NOCLDWAIT) or someone else
 * waited for the child.
 *
 * Signal handlers run meanwhile and do not end the wait.
 *
 * POSIX: the process has ended for us when we can reap it.  One that a debugger
 * holds (ptrace(2)) may have ended before, and osdep_process_pollable() may say
 * so: until the debugger has seen its end, it is still OSDEP_WAIT_TIMED_OUT.  A
 * process of several threads has ended when all of them have.
 *
 * Linux before 5.3, and emulators without pidfd_open(2): a wait with a timeout
 * polls every 1 to 20 milliseconds.
 */
static inline OsdepWait osdep_process_wait(OsdepProcess *process,
                                           int timeout_ms, OsdepExit *how,
                                           OsdepError **errp)
{
    return osdep_process_wait_sized(process, timeout_ms, how, sizeof(*how),
                                    errp);
}

/*
 * Send signal @sig to the process, by its pidfd where there is one, and never
 * to another one that got its number.
 *
 * Returns: true; false with @errp set: ESRCH if it has ended.
 *
 * Windows: SIGTERM and 9 end the process at once, and osdep_process_wait() will
 * say OSDEP_SIGNALLED; SIGBREAK sends CTRL_BREAK_EVENT to a process that was
 * started with OSDEP_SPAWN_NEW_GROUP and shares our console; all else is
 * EINVAL.  A process that such an event or Ctrl-C has ended is OSDEP_SIGNALLED,
 * by SIGBREAK if that was sent here, else by SIGINT.
 */
OSDEP_API bool osdep_process_signal(OsdepProcess *process, int sig,
                                    OsdepError **errp);

/*
 * Ask the process to end (SIGTERM), or end it (SIGKILL).  It is no error if the
 * process has ended already.
 *
 * Windows: both end it at once; a process that refuses is given a second to be
 * seen ending, before that is an error.
 */
OSDEP_API bool osdep_process_terminate(OsdepProcess *process,
                                       OsdepError **errp);
OSDEP_API bool osdep_process_kill(OsdepProcess *process, OsdepError **errp);

/*
 * Kill the process, which was started with OSDEP_SPAWN_TREE (else EINVAL), and
 * all that it started, whether the process itself has ended or not.  It is still
 * to be waited for.
 *
 * POSIX: kills the process group.  Processes that left the group are not reached,
 * nor those that may not be killed (a set-user-ID program); if the process itself
 * may not be killed, that is EPERM.  The process group leader stays a zombie
 * until osdep_process_free() is called, even after a successful wait.  Its
 * process group ID is therefore not reused.
 *
 * Windows: ends all processes of the job.
 */
OSDEP_API bool osdep_process_kill_tree(OsdepProcess *process,
                                       OsdepError **errp);

/*
 * What an event loop can wait on: it becomes readable (Windows: signalled) when
 * the process has ended, at times a moment before osdep_process_wait() says so.
 * A pidfd, a kqueue, a HANDLE; -1 where there is none
 * (Linux before 5.3, some emulators, no free descriptor).  It belongs to
 * @process; do not read from it or close it.
 */
OSDEP_API intptr_t osdep_process_pollable(const OsdepProcess *process);

/*
 * Close our ends of its pipes and free @process; NULL does nothing.
 *
 * The process is not touched: if it still runs, it goes on.
 *
 * POSIX: if the process has exited and was never waited for, this function reaps
 * it.  Nobody can wait for one that still runs; when it ends it stays a zombie as
 * long as we live, so wait first, or kill and wait.
 *
 * Windows: with OSDEP_SPAWN_DIE_WITH_PARENT the handle of its job stays open until
 * we end, if the process or any that it started still runs.
 */
OSDEP_API void osdep_process_free(OsdepProcess *process);

/*
 * Start a program, feed it run->input, collect what it writes, and wait for its
 * end, without a deadlock however much that is.  @run may be NULL: no input, no
 * timeout.
 *
 * OSDEP_STDIO_DEFAULT means here: in comes from run->input, or from the null
 * device if that is NULL; out and err are collected.  A stream that is asked
 * for as OSDEP_STDIO_PIPE is the same (in without input then reads nothing);
 * one that is something else is left to that, with an empty string in the
 * result.
 *
 * After run->timeout_ms the program is killed, its whole tree if it has
 * OSDEP_SPAWN_TREE, and @result->timed_out is set, with the output up to then.
 * That happens too if the program itself ended in time but something that it
 * started keeps out or err open: @result->exit then tells how it ended.
 *
 * What is killed is given a second to end.  A process that cannot be reaped then
 * is an error, ETIMEDOUT, with a message that begins with "process PID": a
 * debugger holds it, or it sleeps in the kernel.  It is left as osdep_process_free()
 * leaves one: when it has ended it is a zombie as long as we live, unless the
 * caller waits for that PID.  Nothing else is left.
 *
 * Of out and of err 64 MiB each are kept.  A program that writes more is killed,
 * its whole tree if it has OSDEP_SPAWN_TREE, and that is an error: ENOBUFS.
 *
 * A program that ends, or closes its stdin, without reading all of the input is
 * no error, and raises no SIGPIPE here.
 *
 * Returns: true if the program was started and has ended, and *@result, which
 * need not be initialised, is the caller's until osdep_run_result_clear(); out
 * and err are not NULL then.  On failure false with @errp set, *@result all
 * zero, and no child left, unless it is one that we may not kill (EPERM: a
 * set-user-ID program) or cannot reap (ETIMEDOUT).
 *
 * POSIX: the time limit does not count while the child is created and executes its
 * program: vfork(2) waits for that as long as a debugger of ours, or a file system,
 * holds the child.
 * Where this process ignores SIGCHLD (or set SA_NOCLDWAIT), or someone
 * else waited for the child, @result->exit.kind is OSDEP_EXIT_UNKNOWN, with all of
 * the output.  What such a program leaves of its tree cannot be killed at the
 * deadline.
 */
static inline bool osdep_run(const OsdepSpawnOptions *spawn,
                             const OsdepRunOptions *run, OsdepRunResult *result,
                             OsdepError **errp)
{
    return osdep_run_sized(spawn, sizeof(*spawn), run, sizeof(*run), result,
                           sizeof(*result), osdep_runtime(), errp);
}

/* Free what @result holds and zero it. */
static inline void osdep_run_result_clear(OsdepRunResult *result)
{
    osdep_run_result_clear_sized(result, sizeof(*result));
}

/*
 * The arguments of this program in UTF-8, which main() may not have:
 *     int main(int argc, char **argv)
 *     {
 *         argv = osdep_utf8_args(&argc, argv, &osdep_error_fatal);
 *
 * Returns: the arguments, ended by a NULL, and their number in *@argc.  NULL with
 * @errp set on failure, with *@argc as it was.
 *
 * POSIX: @argv, whatever its bytes are.
 *
 * Windows: the command line as the program got it, read by the rules of the C
 * runtime, wildcards not expanded, into an array that is valid until the program
 * ends.  Each call makes one, so call it once.  @argv is not used.  EINVAL if the
 * command line is not valid UTF-16.
 */
OSDEP_API char **osdep_utf8_args(int *argc, char **argv, OsdepError **errp);

OSDEP_END_DECLS

#endif
