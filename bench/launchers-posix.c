/*
 * The launchers of POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench/launchers.h"
#include "osdep/fd.h"
#include "util/osdep-pollable.h"

extern char **environ;

#ifdef __APPLE__ /* vfork(2) there: since macOS 12 the same, and deprecated */
#define vfork fork
#endif

static bool wait_pid(Child *child)
{
    int status;

    return waitpid(child->pid, &status, 0) >= 0 && status == 0;
}

/* In a child. */
static void execute(const char *program)
{
    char *argv[] = { (char *)program, NULL };

    execve(program, argv, environ);
    _exit(127);
}

static bool vfork_exec(const char *program, Child *child)
{
    child->pid = vfork();
    if (child->pid == 0) {
        execute(program);
    }
    return child->pid > 0;
}

#if defined __GLIBC__ && defined CLOSE_RANGE_CLOEXEC /* glibc 2.34 */
#define HAVE_ALL_ON

static bool close_fds(Child *child)
{
    for (int i = 0; i < 3; i++) {
        close(child->fds[i]);
    }
    return true;
}

static bool wait_pid_and_close(Child *child)
{
    return wait_pid(child) && close_fds(child);
}

/* Pipes for all streams of the child: its own ends are in @theirs. */
static bool open_pipes(Child *child, int theirs[3])
{
    for (int i = 0; i < 3; i++) {
        int fds[2];

        if (!osdep_pipe(fds, NULL)) {
            return false;
        }
        child->fds[i] = fds[i == 0];
        theirs[i] = fds[i != 0];
    }
    return true;
}

/*
 * Parts of the work of osdep_spawn_all(), in bare system calls: no signals are
 * blocked meanwhile, and no result is checked.
 */
enum {
    SIGNALS = 1 << 0,
    PIPES = 1 << 1,
    SESSION = 1 << 2,
    CLOSING = 1 << 3,
    CWD = 1 << 4,
    ALL = SIGNALS | PIPES | SESSION | CLOSING | CWD,
    PIDFD = 1 << 5, /* what osdep_process_pollable() returns */
};

/* In the child. */
static void do_parts(int parts, const int theirs[3])
{
    struct sigaction sa = { .sa_handler = SIG_DFL };

    if (parts & SIGNALS) {
        for (int sig = 1; sig < NSIG; sig++) {
            sigaction(sig, &sa, NULL);
        }
        pthread_sigmask(SIG_SETMASK, &sa.sa_mask, NULL);
    }
    if (parts & SESSION) {
        setsid();
    }
    for (int i = 0; parts & PIPES && i < 3; i++) {
        dup2(theirs[i], i);
    }
    if (parts & CLOSING) {
        fcntl(bench_kept_fd, F_SETFD, 0);
        close_range((unsigned int)bench_kept_fd + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    }
    if (parts & CWD && chdir("/") < 0) {
        _exit(127);
    }
}

static bool vfork_exec_parts(const char *program, Child *child, int parts)
{
    int theirs[3] = { -1, -1, -1 };

    if (parts & PIPES && !open_pipes(child, theirs)) {
        return false;
    }
    child->pid = vfork();
    if (child->pid == 0) {
        do_parts(parts, theirs);
        execute(program);
    }
    for (int i = 0; parts & PIPES && i < 3; i++) {
        close(theirs[i]);
    }
    if (parts & PIDFD && child->pid > 0) {
        close(osdep_pollable_open(child->pid));
    }
    return child->pid > 0;
}

static bool vfork_exec_all(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, ALL);
}

static bool vfork_exec_signals(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, SIGNALS);
}

static bool vfork_exec_pipes(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, PIPES);
}

static bool vfork_exec_session(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, SESSION);
}

static bool vfork_exec_closing(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, CLOSING);
}

static bool vfork_exec_pidfd(const char *program, Child *child)
{
    return vfork_exec_parts(program, child, PIDFD);
}
#endif

static bool fork_exec(const char *program, Child *child)
{
    child->pid = fork();
    if (child->pid == 0) {
        execute(program);
    }
    return child->pid > 0;
}

static bool qemu_fork_exec(const char *program, Child *child)
{
    child->pid = qemu_fork(NULL);
    if (child->pid == 0) {
        execute(program);
    }
    return child->pid > 0;
}

static bool fork_exit(const char *program, Child *child)
{
    (void)program;
    child->pid = fork();
    if (child->pid == 0) {
        _exit(0);
    }
    return child->pid > 0;
}

static bool qemu_fork_exit(const char *program, Child *child)
{
    (void)program;
    child->pid = qemu_fork(NULL);
    if (child->pid == 0) {
        _exit(0);
    }
    return child->pid > 0;
}

/* osdep_fork() by the C library's functions, as QEMU's qemu_fork() was. */
static bool loop_fork_exit(const char *program, Child *child)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };
    sigset_t all, none, old;

    (void)program;
    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    child->pid = fork();
    if (child->pid == 0) {
        for (int sig = 1; sig < NSIG; sig++) {
            sigaction(sig, &sa, NULL);
        }
        pthread_sigmask(SIG_SETMASK, &none, NULL);
        _exit(0);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return child->pid > 0;
}

static bool posix_spawn_plain(const char *program, Child *child)
{
    char *argv[] = { (char *)program, NULL };

    return posix_spawn(&child->pid, program, NULL, NULL, argv, environ) == 0;
}

static void set_signals(posix_spawnattr_t *attr, short flags)
{
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(attr);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setflags(
        attr, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | flags));
}

static bool posix_spawn_signals(const char *program, Child *child)
{
    char *argv[] = { (char *)program, NULL };
    posix_spawnattr_t attr;
    int err;

    set_signals(&attr, 0);
    err = posix_spawn(&child->pid, program, NULL, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    return err == 0;
}

#ifdef HAVE_ALL_ON
/* As much as it can do of what osdep_spawn_all() does. */
static bool posix_spawn_all(const char *program, Child *child)
{
    char *argv[] = { (char *)program, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int theirs[3], err;

    if (!open_pipes(child, theirs)) {
        return false;
    }
    set_signals(&attr, POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++) {
        posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    }
    posix_spawn_file_actions_adddup2(&actions, bench_kept_fd, bench_kept_fd);
    posix_spawn_file_actions_addclosefrom_np(&actions, bench_kept_fd + 1);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    err = posix_spawn(&child->pid, program, &actions, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    for (int i = 0; i < 3; i++) {
        close(theirs[i]);
    }
    return err == 0 || (close_fds(child), false);
}
#endif

static bool system_start(const char *program, Child *child)
{
    (void)child;
    return system(program) == 0;
}

static bool is_finished(Child *child)
{
    (void)child;
    return true;
}

const Launcher launchers[] = {
    { "vfork + exec", vfork_exec, wait_pid, NULL },
    /* How far from 1 chance can take a ratio. */
    { "vfork + exec, again", vfork_exec, wait_pid, NULL },
#ifdef HAVE_ALL_ON
    { "vfork + exec, all on", vfork_exec_all, wait_pid_and_close,
      osdep_prepare },
    { "vfork + exec, signals", vfork_exec_signals, wait_pid, NULL },
    { "vfork + exec, pipes", vfork_exec_pipes, wait_pid_and_close, NULL },
    { "vfork + exec, session", vfork_exec_session, wait_pid, NULL },
    { "vfork + exec, closing", vfork_exec_closing, wait_pid, osdep_prepare },
    { "vfork + exec, pidfd", vfork_exec_pidfd, wait_pid, NULL },
#endif
    { "posix_spawn", posix_spawn_plain, wait_pid, NULL },
    { "posix_spawn, signals", posix_spawn_signals, wait_pid, NULL },
#ifdef HAVE_ALL_ON
    { "posix_spawn, all on", posix_spawn_all, wait_pid_and_close,
      osdep_prepare },
#endif
    { "osdep_spawn", osdep_spawn_plain, osdep_finish, NULL },
    { "osdep_spawn, all on", osdep_spawn_all, osdep_finish, osdep_prepare },
    { "qemu_fork + exec", qemu_fork_exec, wait_pid, NULL },
    { "fork + exec", fork_exec, wait_pid, NULL },
    { "system", system_start, is_finished, NULL },
#ifdef HAVE_GLIB
    { "GLib", glib_start, wait_pid, NULL },
    { "GLib, fds open", glib_start_leaving_open, wait_pid, NULL },
#endif
#ifdef HAVE_LIBUV
    { "libuv", uv_start, uv_finish, NULL },
#endif
#ifdef HAVE_PYTHON
    { "CPython subprocess", python_start, python_finish, python_prepare },
#endif
    { "fork + _exit", fork_exit, wait_pid, NULL },
    { "fork, loop + _exit", loop_fork_exit, wait_pid, NULL },
    { "qemu_fork + _exit", qemu_fork_exit, wait_pid, NULL },
    { NULL, NULL, NULL, NULL },
};
