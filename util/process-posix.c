/*
 * Processes on POSIX systems; the child's side is in child-posix.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "util/pollable-posix.h"
#include "util/process-posix.h"

#ifdef __APPLE__ /* its shared libraries have no environ: environ(7) there */
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#else
extern char **environ;
#endif

/* = Before the start: what the child needs, thought out = */

bool osdep_fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

bool osdep_spawn_check_os(const OsdepSpawnOptions *options, Error **errp)
{
    for (size_t i = 0; i < options->n_ignore_signals; i++) {
        int sig = options->ignore_signals[i];
        struct sigaction sa;

        if (sig == SIGKILL || sig == SIGSTOP || sigaction(sig, NULL, &sa) < 0) {
            error_setg_errno(errp, EINVAL,
                             "ignore_signals[%zu]: signal %d cannot be ignored",
                             i, sig);
            return false;
        }
    }
    if (options->err.kind == OSDEP_STDIO_STDOUT &&
        options->out.kind == OSDEP_STDIO_INHERIT && !osdep_fd_is_open(1)) {
        error_setg_errno(errp, EBADF, "err: there is no out to go to");
        return false;
    }
    if (options->flags & OSDEP_SPAWN_DIE_WITH_PARENT &&
        !OSDEP_HAVE_DIE_WITH_PARENT) {
        error_setg_errno(errp, ENOTSUP, "flags: OSDEP_SPAWN_DIE_WITH_PARENT");
        return false;
    }
    return true;
}

/* The value of PATH in @env; NULL if there is none. */
static const char *path_in(const char *const *env)
{
    for (; env && *env; env++) {
        if (strncmp(*env, "PATH=", 5) == 0) {
            return *env + 5;
        }
    }
    return NULL;
}

/*
 * Make @plan's lists, in one block of memory that is the caller's: the files
 * that the program may be, and the descriptors that stay open.  Each candidate
 * but the program itself is a folder of @path, an empty one being the current
 * (POSIX.1-2017, XBD 8.3), and the name.
 *
 * Returns: the block; NULL if there is no memory.
 */
static void *make_lists(OsdepChildPlan *plan, const OsdepSpawnOptions *options,
                        const char *path)
{
    const char *name = options->program ? options->program : options->argv[0];
    size_t name_size = strlen(name) + 1, n = 2, text_size = 0;
    char **candidates, *text;
    void *block;

    if (path) {
        for (const char *p = path; *p; p++) {
            n += *p == ':';
        }
        text_size = n * (name_size + 2) + strlen(path);
    }
    block = malloc(n * sizeof(*candidates) + text_size +
                   (options->n_keep_fds + 4) * sizeof(int));
    if (!block) {
        return NULL;
    }
    candidates = block;
    plan->open_fds = (int *)(candidates + n);
    plan->candidates = candidates;
    text = (char *)(plan->open_fds + options->n_keep_fds + 4);

    for (int fd = 0; fd < 3; fd++) {
        plan->open_fds[plan->n_open_fds++] = fd;
    }
    for (size_t i = 0; i < options->n_keep_fds; i++) {
        plan->open_fds[plan->n_open_fds++] = options->keep_fds[i];
    }
    if (!path) {
        *candidates++ = (char *)name;
    }
    while (path) {
        size_t len = strcspn(path, ":");

        *candidates++ = text;
        if (len == 0) {
            *text++ = '.';
        }
        memcpy(text, path, len);
        text += len;
        *text++ = '/';
        memcpy(text, name, name_size);
        text += name_size;
        path = path[len] ? path + len + 1 : NULL;
    }
    *candidates = NULL;
    return block;
}

/* Where to search the program; NULL: nowhere, it is a path already. */
static const char *search_path(const OsdepSpawnOptions *options, char *fallback,
                               size_t size)
{
    const char *path;

    if (options->program || strchr(options->argv[0], '/') ||
        !*options->argv[0]) {
        return NULL;
    }
    path = path_in(options->env);
    if (!path) {
        path = getenv("PATH");
    }
    if (!path) {
        path = confstr(_CS_PATH, fallback, size) ? fallback : "/bin:/usr/bin";
    }
    return path;
}

static const char *const stream_names[] = { "standard input", "standard output",
                                            "standard error" };

static int open_file(const char *path, int flags, Error **errp)
{
    int fd;

    do { /* a FIFO waits for its other end */
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        error_setg_file_open(errp, errno, path);
    }
    return fd;
}

/*
 * Have at hand what stream @stream of the child is made of: the descriptor goes
 * to @plan, and to @opened if it is to be closed after the start; our end of a
 * pipe goes to @process.
 */
static bool open_stream(const OsdepStdio *stdio, int stream,
                        OsdepChildPlan *plan, int *opened,
                        OsdepProcess *process, Error **errp)
{
    static const int flags[] = {
        [OSDEP_FILE_READ] = O_RDONLY,
        [OSDEP_FILE_TRUNCATE] = O_WRONLY | O_CREAT | O_TRUNC,
        [OSDEP_FILE_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
    };
    int fds[2];

    switch (stdio->kind) {
    case OSDEP_STDIO_INHERIT:
        return true;
    case OSDEP_STDIO_FD:
        plan->streams[stream] = stdio->fd;
        return true;
    case OSDEP_STDIO_STDOUT:
        plan->streams[stream] = plan->streams[1] >= 0 ? plan->streams[1] : 1;
        return true;
    case OSDEP_STDIO_NULL:
        *opened =
            open_file("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, errp);
        break;
    case OSDEP_STDIO_FILE:
        *opened = open_file(stdio->path, flags[stdio->mode], errp);
        break;
    case OSDEP_STDIO_PIPE:
        if (osdep_pipe(fds, errp)) {
            *opened = fds[stream != 0];
            process->fds[stream] = fds[stream == 0];
        }
        break;
    }
    plan->streams[stream] = *opened;
    return *opened >= 0;
}

/* = The start = */

static void set_failure(const OsdepChildFailure *failure,
                        const OsdepSpawnOptions *options, Error **errp)
{
    int err = failure->err;

    switch (failure->step) {
    case OSDEP_CHILD_OK:
    case OSDEP_CHILD_UNSHARE_FDS: /* after which vfork() was tried */
        error_setg_errno(errp, err, "cannot create child process");
        break;
    case OSDEP_CHILD_RESET_SIGNALS:
        error_setg_errno(errp, err, "cannot reset signals");
        break;
    case OSDEP_CHILD_IGNORE_SIGNAL:
        error_setg_errno(errp, err, "cannot ignore signal %d", failure->which);
        break;
    case OSDEP_CHILD_SET_SESSION:
        error_setg_errno(errp, err, "cannot create a session");
        break;
    case OSDEP_CHILD_SET_GROUP:
        error_setg_errno(errp, err, "cannot create a process group");
        break;
    case OSDEP_CHILD_DIE_WITH_PARENT:
        error_setg_errno(errp, err, "cannot bind child to its parent's life");
        break;
    case OSDEP_CHILD_SET_STREAM:
        error_setg_errno(errp, err, "cannot set up %s",
                         stream_names[failure->which]);
        break;
    case OSDEP_CHILD_KEEP_FD:
        error_setg_errno(errp, err, "cannot keep descriptor %d open",
                         failure->which);
        break;
    case OSDEP_CHILD_CHANGE_DIRECTORY:
        error_setg_errno(errp, err, "cannot change directory to '%s'",
                         options->cwd);
        break;
    case OSDEP_CHILD_UNBLOCK_SIGNALS:
        error_setg_errno(errp, err, "cannot unblock signals");
        break;
    case OSDEP_CHILD_VANISHED:
        error_setg_errno(errp, err,
                         "child process was killed before it could "
                         "execute '%s'",
                         options->argv[0]);
        break;
    case OSDEP_CHILD_EXECUTE:
        if (options->cannot_execute) {
            *options->cannot_execute = true;
        }
        error_setg_errno(errp, err, "cannot execute '%s'",
                         options->program ? options->program
                                          : options->argv[0]);
        break;
    }
}

/*
 * Start @process as @options and @plan say.  The plan's streams are there; its
 * lists are not.
 */
static bool start_process(OsdepProcess *process, OsdepChildPlan *plan,
                          const OsdepSpawnOptions *options, Error **errp)
{
    OsdepChildFailure failure;
    char default_path[256];
    void *lists;

    lists =
        make_lists(plan, options,
                   search_path(options, default_path, sizeof(default_path)));
    if (!lists) {
        error_setg_errno(errp, errno, "cannot start '%s'", options->argv[0]);
        return false;
    }
    process->pid = osdep_start_child(plan, &process->pollable, &failure);
    free(lists);
    if (process->pid < 0) {
        set_failure(&failure, options, errp);
        return false;
    }
    return true;
}

OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options, bool for_run,
                             Error **errp)
{
    const OsdepStdio *const streams[] = { &options->in, &options->out,
                                          &options->err };
    const unsigned int flags = options->flags;
    OsdepChildPlan plan = {
        .argv = (char *const *)options->argv,
        .env = options->env ? (char *const *)options->env : environ,
        .cwd = options->cwd,
        .streams = { -1, -1, -1 },
        .keep_fds = options->keep_fds,
        .n_keep_fds = (unsigned int)options->n_keep_fds,
        .ignore_signals = options->ignore_signals,
        .n_ignore_signals = (unsigned int)options->n_ignore_signals,
        .inherit_fds = flags & OSDEP_SPAWN_INHERIT_FDS,
        .new_session = flags & OSDEP_SPAWN_NEW_SESSION,
        .new_group = (flags & OSDEP_SPAWN_NEW_GROUP) &&
                     !(flags & OSDEP_SPAWN_NEW_SESSION),
        .die_with_parent = flags & OSDEP_SPAWN_DIE_WITH_PARENT,
        .parent = flags & OSDEP_SPAWN_DIE_WITH_PARENT ? getpid() : 0,
    };
    int opened[3] = { -1, -1, -1 };
    OsdepProcess *process;
    bool ok = true;

    (void)for_run;
    process = malloc(sizeof(*process));
    if (!process) {
        error_setg_errno(errp, errno, "cannot start '%s'", options->argv[0]);
        return NULL;
    }
    *process = (OsdepProcess){
        .pid = -1,
        .pollable = -1,
        .fds = { -1, -1, -1 },
        .leads_group = plan.new_session || plan.new_group,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    for (int i = 0; i < 3 && ok; i++) {
        ok = open_stream(streams[i], i, &plan, &opened[i], process, errp);
    }
    ok = ok && start_process(process, &plan, options, errp);
    for (int i = 0; i < 3; i++) {
        if (opened[i] >= 0) {
            close(opened[i]);
        }
    }
    if (!ok) {
        osdep_process_free(process);
        return NULL;
    }
    return process;
}

int osdep_cancel_disable(void)
{
    int state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

void osdep_cancel_restore(int state)
{
    pthread_setcancelstate(state, NULL);
}

/* = After the start = */

pid_t osdep_process_pid(const OsdepProcess *process)
{
    return process->pid;
}

int osdep_process_fd(const OsdepProcess *process, int stream)
{
    return stream >= 0 && stream < 3 ? process->fds[stream] : -1;
}

int osdep_process_take_fd(OsdepProcess *process, int stream)
{
    int fd = osdep_process_fd(process, stream);

    if (fd >= 0) {
        process->fds[stream] = -1;
    }
    return fd;
}

intptr_t osdep_process_pollable(const OsdepProcess *process)
{
    return process->pollable;
}

OsdepDeadline osdep_deadline_in(int timeout_ms)
{
    OsdepDeadline deadline = { .is_never = timeout_ms < 0 };

    if (timeout_ms >= 0) {
        clock_gettime(CLOCK_MONOTONIC, &deadline.at);
        deadline.at.tv_sec += timeout_ms / 1000;
        deadline.at.tv_nsec += timeout_ms % 1000 * 1000000L;
        if (deadline.at.tv_nsec >= 1000000000L) {
            deadline.at.tv_sec++;
            deadline.at.tv_nsec -= 1000000000L;
        }
    }
    return deadline;
}

int osdep_deadline_left(const OsdepDeadline *deadline)
{
    struct timespec now;
    int64_t ns;

    if (deadline->is_never) {
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    ns = (int64_t)(deadline->at.tv_sec - now.tv_sec) * 1000000000 +
         (deadline->at.tv_nsec - now.tv_nsec);
    return ns <= 0 ? 0 : (int)((ns + 999999) / 1000000);
}

/*
 * waitid() for the process, by its pidfd if it has one (Linux 5.4) and no sandbox
 * refuses that.
 */
static int wait_id(const OsdepProcess *process, siginfo_t *info, int options)
{
    int ret;

    info->si_pid = 0;
    do {
#ifdef __linux__
        const idtype_t p_pidfd = (idtype_t)3; /* P_PIDFD, waitid(2) */

        if (process->pollable >= 0) {
            ret = waitid(p_pidfd, (id_t)process->pollable, info, options);
            if (ret == 0 || errno == ECHILD || errno == EINTR) {
                continue;
            }
        }
#endif
        ret = waitid(P_PID, (id_t)process->pid, info, options);
    } while (ret < 0 && errno == EINTR);
    return ret;
}

/* Whoever saw its end reaped it, and its number may be another child's now. */
static bool is_seen_to_have_ended(OsdepProcess *process)
{
    bool seen;

    pthread_mutex_lock(&process->lock);
    seen = process->state != OSDEP_RUNNING;
    pthread_mutex_unlock(&process->lock);
    return seen;
}

/*
 * Without a descriptor to poll.  Two threads that wait for ever for one process
 * can still meet: one may then learn of its end only when another child ends.
 */
static int nap_until_end(OsdepProcess *process, const OsdepDeadline *deadline)
{
    struct timespec nap = { .tv_nsec = 1000000 };
    siginfo_t info;
    int ret, left;

    while (!is_seen_to_have_ended(process)) {
        ret = wait_id(process, &info, WEXITED | WNOWAIT | WNOHANG);
        if (ret < 0 || info.si_pid) {
            return ret < 0 ? -1 : 1;
        }
        left = osdep_deadline_left(deadline);
        if (left == 0) {
            return 0;
        }
        if (left < nap.tv_nsec / 1000000) {
            nap.tv_nsec = left * 1000000L;
        }
        nanosleep(&nap, NULL);
        nap.tv_nsec = nap.tv_nsec < 10000000 ? 2 * nap.tv_nsec : 20000000;
    }
    return 1;
}

int osdep_process_wait_for_end(OsdepProcess *process,
                               const OsdepDeadline *deadline)
{
    struct pollfd pollable = { .fd = process->pollable, .events = POLLIN };
    siginfo_t info;
    int ret;

    if (is_seen_to_have_ended(process)) {
        return 1;
    } else if (deadline->is_never) {
        return wait_id(process, &info, WEXITED | WNOWAIT) < 0 ? -1 : 1;
    } else if (process->pollable < 0) {
        return nap_until_end(process, deadline);
    }
    do {
        ret = poll(&pollable, 1, osdep_deadline_left(deadline));
    } while (ret < 0 && errno == EINTR);
    return ret;
}

/*
 * With the lock: learn how the process ended, if it has.  The leader of a group
 * stays a zombie until osdep_process_free(), which keeps the number of its
 * group from going to another one that osdep_process_kill_tree() would hit.
 *
 * Returns: 0, or an errno if that cannot be known: then it counts as running, so
 * that it can be signalled.
 */
static int look(OsdepProcess *process)
{
    siginfo_t info;

    if (process->state != OSDEP_RUNNING) {
        return 0;
    }
    if (wait_id(process, &info,
                WEXITED | WNOHANG | (process->leads_group ? WNOWAIT : 0)) < 0) {
        if (errno != ECHILD) {
            return errno;
        }
        process->state = OSDEP_LOST;
        process->is_reaped = true;
    } else if (info.si_pid) {
        process->state = OSDEP_ENDED;
        process->is_reaped = !process->leads_group;
        process->how = (OsdepExit){
            .kind = info.si_code == CLD_EXITED ? OSDEP_EXITED : OSDEP_SIGNALLED,
            /* Linux has no more than 8 bits of it, the BSDs have all, and macOS
             * loses bits after WNOWAIT (xnu, waitid_nocancel()). */
            .code = (uint32_t)info.si_status & 0xff,
            .core_dumped = info.si_code == CLD_DUMPED,
        };
    }
    return 0;
}

int osdep_process_wait_until(OsdepProcess *process,
                             const OsdepDeadline *deadline, OsdepExit *how,
                             Error **errp)
{
    struct timespec nap = { .tv_nsec = 50000 };
    enum OsdepProcessState state;
    int ended, err, look_err;

    for (;;) {
        ended = osdep_process_wait_for_end(process, deadline);
        err = ended < 0 ? errno : 0;
        if (ended == 0) {
            return 0;
        }
        pthread_mutex_lock(&process->lock);
        look_err = look(process);
        err = look_err ? look_err : err;
        state = process->state;
        if (state == OSDEP_ENDED && how) {
            *how = process->how;
        }
        pthread_mutex_unlock(&process->lock);
        if (state != OSDEP_RUNNING || err) {
            break;
        }
        /* A kqueue tells of the end before waitid() does: before the memory of
         * the process is given back (kern_exit.c of OpenBSD and xnu). */
        nanosleep(&nap, NULL);
        nap.tv_nsec = nap.tv_nsec < 5000000 ? 2 * nap.tv_nsec : 5000000;
    }

    if (state == OSDEP_ENDED) { /* maybe seen by another thread */
        return 1;
    } else if (state == OSDEP_LOST) {
        error_setg_errno(errp, ECHILD,
                         "process %ld: its exit status went to someone else, "
                         "or SIGCHLD is ignored",
                         (long)process->pid);
    } else {
        error_setg_errno(errp, err, "cannot wait for process %ld",
                         (long)process->pid);
    }
    return -1;
}

int osdep_process_wait(OsdepProcess *process, int timeout_ms, OsdepExit *how,
                       Error **errp)
{
    OsdepDeadline deadline = osdep_deadline_in(timeout_ms);
    int cancel_state = osdep_cancel_disable();
    int ret = osdep_process_wait_until(process, &deadline, how, errp);

    osdep_cancel_restore(cancel_state);
    return ret;
}

#ifdef __APPLE__ /* xnu, killpg1() */
enum { ONLY_ZOMBIES = EPERM };
#else /* DragonFly, dokillpg(); elsewhere a zombie takes signals */
enum { ONLY_ZOMBIES = ESRCH };
#endif

static int kill_process(const OsdepProcess *process, int sig)
{
    int err = -1;

    if (process->pollable >= 0) {
        err = osdep_pollable_signal(process->pollable, sig);
    }
    if (err < 0) {
        err = kill(process->pid, sig) < 0 ? errno : 0;
    }
    return err;
}

/*
 * To a group, whose leader is a zombie at least: see look().  kill(2) is content
 * if one of the group got it; that the leader did is for us to see, or who waits
 * for it then waits for ever.
 */
static int kill_group(OsdepProcess *process, int sig)
{
    int err = kill(-process->pid, sig) < 0 ? errno : 0;

    if (err == ONLY_ZOMBIES) {
        look(process); /* it may have ended just now */
        err = process->state == OSDEP_ENDED ? 0 : err;
    }
    if ((err == 0 || err == ESRCH) && process->state == OSDEP_RUNNING) {
        err = kill_process(process, sig); /* it may have left its group */
        err = err == ESRCH ? 0 : err;     /* it is gone already */
    }
    return err;
}

static bool send_signal(OsdepProcess *process, int sig, bool to_group,
                        bool may_have_ended, Error **errp)
{
    int cancel_state = osdep_cancel_disable();
    int err;

    pthread_mutex_lock(&process->lock);
    look(process);
    if (to_group) {
        err = process->is_reaped ? ESRCH : kill_group(process, sig);
    } else if (process->state != OSDEP_RUNNING) {
        err = may_have_ended ? 0 : ESRCH;
    } else {
        err = kill_process(process, sig);
    }
    pthread_mutex_unlock(&process->lock);
    if (err) {
        error_setg_errno(errp, err, "cannot send signal %d to process %ld%s",
                         sig, (long)process->pid,
                         to_group ? " and its group" : "");
    }
    osdep_cancel_restore(cancel_state);
    return !err;
}

bool osdep_process_signal(OsdepProcess *process, int sig, Error **errp)
{
    return send_signal(process, sig, false, false, errp);
}

bool osdep_process_terminate(OsdepProcess *process, Error **errp)
{
    return send_signal(process, SIGTERM, false, true, errp);
}

bool osdep_process_kill(OsdepProcess *process, Error **errp)
{
    return send_signal(process, SIGKILL, false, true, errp);
}

bool osdep_process_kill_tree(OsdepProcess *process, Error **errp)
{
    if (!process->leads_group) {
        int cancel_state = osdep_cancel_disable();

        error_setg_errno(errp, EINVAL,
                         "process %ld was started without "
                         "OSDEP_SPAWN_NEW_GROUP or OSDEP_SPAWN_NEW_SESSION",
                         (long)process->pid);
        osdep_cancel_restore(cancel_state);
        return false;
    }
    return send_signal(process, SIGKILL, true, false, errp);
}

void osdep_process_free(OsdepProcess *process)
{
    siginfo_t info;
    int cancel_state;

    if (!process) {
        return;
    }
    cancel_state = osdep_cancel_disable();
    if (process->pid > 0 && !process->is_reaped) {
        wait_id(process, &info, WEXITED | WNOHANG);
    }
    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0) {
            close(process->fds[i]);
        }
    }
    if (process->pollable >= 0) {
        close(process->pollable);
    }
    osdep_cancel_restore(cancel_state);
    pthread_mutex_destroy(&process->lock);
    free(process);
}
