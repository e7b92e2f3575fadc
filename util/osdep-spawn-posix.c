/*
 * osdep_spawn() on POSIX systems: what the child needs, prepared by the parent
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything that can allocate, search, sort or fail for a reason worth a
 * sentence happens here.  osdep-child.c carries out the plan.
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "osdep/fd.h"
#include "util/osdep-fd-posix.h"
#include "util/osdep-fifo.h"
#include "util/osdep-moves.h"
#include "util/osdep-process-posix.h"
#include "util/osdep-step.h"

#ifdef __APPLE__ /* its shared libraries have no environ: environ(7) there */
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#else
extern char **environ;
#endif

/* = Checks = */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

bool osdep_spawn_check_fd(const char *what, int fd, const OsdepRuntime *runtime,
                          OsdepError **errp)
{
    (void)runtime;
    if (!is_open(fd)) {
        osdep_error_setg_errno(errp, EBADF, "%s: descriptor %d is not open",
                               what, fd);
        return false;
    }
    return true;
}

bool osdep_spawn_check_handle(const char *what, void *handle, OsdepError **errp)
{
    (void)handle;
    osdep_error_setg_errno(errp, EINVAL, "%s: only Windows has handles", what);
    return false;
}

static void set_no_memory(const OsdepSpawnOptions *options, OsdepError **errp)
{
    osdep_error_setg_errno(errp, ENOMEM, "cannot start '%s'", options->argv[0]);
    osdep_error_set_step(*errp, OSDEP_STEP_PREPARE);
}

/* By theirs, then in the order given. */
static int compare_passed(const void *left, const void *right)
{
    const OsdepPassFd *a = *(const OsdepPassFd *const *)left;
    const OsdepPassFd *b = *(const OsdepPassFd *const *)right;

    if (a->theirs != b->theirs) {
        return a->theirs < b->theirs ? -1 : 1;
    }
    return (a > b) - (a < b);
}

/* Is each number of theirs there once? */
static bool check_theirs(const OsdepSpawnOptions *options, OsdepError **errp)
{
    const size_t n = options->n_pass_fds;
    const OsdepPassFd **sorted;
    bool ok = true;

    if (n < 2) {
        return true;
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are what is sorted */
    sorted = calloc(n, sizeof(*sorted));
    if (!sorted) {
        set_no_memory(options, errp);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &options->pass_fds[i];
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): the same */
    qsort(sorted, n, sizeof(*sorted), compare_passed);
    for (size_t i = 1; i < n && ok; i++) {
        ok = sorted[i]->theirs != sorted[i - 1]->theirs;
        if (!ok) {
            osdep_error_setg_errno(
                errp, EINVAL,
                "pass_fds[%zu]: the child's descriptor %d is there twice",
                (size_t)(sorted[i] - options->pass_fds), sorted[i]->theirs);
        }
    }
    free(sorted);
    return ok;
}

/* Are the numbers of theirs below the limit of open files? */
static bool check_limit(const OsdepSpawnOptions *options, OsdepError **errp)
{
    struct rlimit limit;

    if (!options->n_pass_fds || getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return true;
    }
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        const OsdepPassFd *pass = &options->pass_fds[i];

        /* A descriptor that keeps its number may be above the limit: the limit
         * may have been lowered after it was opened. */
        if (pass->theirs != pass->ours &&
            (rlim_t)pass->theirs >= limit.rlim_cur) {
            osdep_error_setg_errno(
                errp, EINVAL,
                "pass_fds[%zu]: the child cannot have descriptor %d, the "
                "limit of open files is %ld",
                i, pass->theirs, (long)limit.rlim_cur);
            return false;
        }
    }
    return true;
}

/* Does a child that inherits standard output have one for err to go to? */
static bool check_stdout(OsdepError **errp)
{
    int flags = fcntl(1, F_GETFD);

    if (flags < 0 || flags & FD_CLOEXEC) {
        osdep_error_setg_errno(errp, EBADF, "err: standard output is closed%s",
                               flags < 0 ? "" : " on exec");
        return false;
    }
    return true;
}

bool osdep_spawn_check_os(const OsdepSpawnOptions *options, OsdepError **errp)
{
    for (size_t i = 0; i < options->n_ignore_signals; i++) {
        int sig = options->ignore_signals[i];
        struct sigaction sa;

        if (sig == SIGKILL || sig == SIGSTOP || sigaction(sig, NULL, &sa) < 0) {
            osdep_error_setg_errno(
                errp, EINVAL,
                "ignore_signals[%zu]: signal %d cannot be ignored", i, sig);
            return false;
        }
    }
    if (options->err.kind == OSDEP_STDIO_STDOUT &&
        options->out.kind == OSDEP_STDIO_INHERIT && !check_stdout(errp)) {
        return false;
    }
    if (options->flags & OSDEP_SPAWN_DIE_WITH_PARENT &&
        !OSDEP_CAN_DIE_WITH_PARENT) {
        osdep_error_setg_errno(errp, ENOTSUP,
                               "flags: OSDEP_SPAWN_DIE_WITH_PARENT");
        return false;
    }
    return check_theirs(options, errp) && check_limit(options, errp);
}

/* = The program = */

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

/* Where to search the program; NULL: nowhere, it is a path already. */
static const char *search_path(const OsdepSpawnOptions *options, char *fallback,
                               size_t size)
{
    const char *path;

    /* No file has a longer name; execve(2) says ENAMETOOLONG. */
    if (options->program || strchr(options->argv[0], '/') ||
        !*options->argv[0] || strlen(options->argv[0]) > NAME_MAX) {
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

/* The length of the longest folder of @path; an empty one is ".". */
static size_t longest_folder(const char *path)
{
    size_t longest = 1;

    while (path) {
        size_t len = strcspn(path, ":");

        longest = len > longest ? len : longest;
        path = path[len] ? path + len + 1 : NULL;
    }
    return longest;
}

size_t osdep_candidates_size(const char *name, const char *path)
{
    return path ? longest_folder(path) + 1 + strlen(name) + 1 : 0;
}

void osdep_candidates_init(OsdepCandidates *candidates, char *room,
                           const char *name, const char *path)
{
    candidates->path = path;
    candidates->file = (char *)name;
    if (path) {
        candidates->file = room + longest_folder(path);
        *candidates->file = '/';
        strcpy(candidates->file + 1, name);
    }
}

/* = Descriptors = */

static int compare_moves(const void *left, const void *right)
{
    const OsdepWantedMove *a = left, *b = right;

    return (a->move.to > b->move.to) - (a->move.to < b->move.to);
}

/*
 * Write the moves of the standard streams, @streams (-1: stays as it is), and of
 * pass_fds to @wanted, sorted by their target.  Returns: how many.
 */
static unsigned int list_wanted(OsdepWantedMove *wanted, const int *streams,
                                const OsdepSpawnOptions *options)
{
    unsigned int n = 0;

    for (int i = 0; i < 3; i++) {
        if (streams[i] >= 0) {
            wanted[n++] = (OsdepWantedMove){ .move = { streams[i], i } };
        }
    }
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        const OsdepPassFd *pass = &options->pass_fds[i];

        if (pass->theirs > 2) { /* else it is one of the streams */
            wanted[n++] =
                (OsdepWantedMove){ .move = { pass->ours, pass->theirs } };
        }
    }
    if (options->n_pass_fds > 1) {
        qsort(wanted, n, sizeof(*wanted), compare_moves);
    }
    return n;
}

/* Write what stays open to plan->open_fds, in ascending order. */
static void list_open_fds(OsdepChildPlan *plan, const OsdepWantedMove *wanted,
                          unsigned int n)
{
    for (int fd = 0; fd < 3; fd++) {
        plan->open_fds[plan->n_open_fds++] = fd;
    }
    for (unsigned int i = 0; i < n; i++) {
        if (wanted[i].move.to > 2) {
            plan->open_fds[plan->n_open_fds++] = wanted[i].move.to;
        }
    }
}

/* = The plan = */

/*
 * Make @plan's lists, in one block of memory that is the caller's: the moves, the
 * descriptors that stay open, and room for the files that the program may be.
 * @default_path is memory of that size for a PATH that is needed as long.
 * Returns: the block; NULL with @errp set.
 */
static void *make_lists(OsdepChildPlan *plan, const int *streams,
                        const OsdepSpawnOptions *options, char *default_path,
                        size_t default_path_size, OsdepError **errp)
{
    const char *name = options->program ? options->program : options->argv[0];
    const char *path = search_path(options, default_path, default_path_size);
    const size_t n_moves = options->n_pass_fds + 3;
    const size_t move_size =
        sizeof(OsdepWantedMove) + 2 * sizeof(OsdepFdMove) + sizeof(int);
    OsdepWantedMove *wanted;
    OsdepFdMove *moves;
    unsigned int n;

    /* n wanted moves, 3/2 n moves (osdep_order_moves()), n + 1 open descriptors
     * and the room for the files. */
    wanted = n_moves < INT_MAX / move_size
                 ? malloc((n_moves + 1) * move_size +
                          osdep_candidates_size(name, path))
                 : NULL;
    if (!wanted) {
        set_no_memory(options, errp);
        return NULL;
    }
    moves = (OsdepFdMove *)(wanted + n_moves);
    plan->open_fds = (int *)(moves + n_moves + n_moves / 2);

    n = list_wanted(wanted, streams, options);
    list_open_fds(plan, wanted, n);
    plan->n_moves = osdep_order_moves(wanted, n, moves);
    plan->moves = moves;
    osdep_candidates_init(&plan->candidates,
                          (char *)(plan->open_fds + n_moves + 4), name, path);
    return wanted;
}

static const char *const stream_titles[] = { "standard input",
                                             "standard output",
                                             "standard error" };

static bool is_fifo(int error, const struct stat *st)
{
    return error == 0 && S_ISFIFO(st->st_mode);
}

/* Wait until FIFO @fd, open for reading, has a writer; false at @deadline. */
static bool await_writer(int fd, const OsdepDeadline *deadline)
{
    long nap_us = 1000;

    while (!osdep_fifo_has_writer(fd)) {
        if (osdep_deadline_left(deadline) == 0) {
            errno = ETIMEDOUT;
            return false;
        }
        osdep_nap(&nap_us, deadline);
    }
    return true;
}

/*
 * Open @path without a wait in open(2), which would know no deadline: that of a
 * FIFO for its other end (fifo(7)), that for a lease to be given up (fcntl(2),
 * F_SETLEASE).  Returns: a blocking descriptor; -1 with errno set.
 */
static int open_until(const char *path, int flags,
                      const OsdepDeadline *deadline)
{
    long nap_us = 1000;
    struct stat st;
    int fd, err;

    for (;;) {
        fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0666);
        if (fd >= 0) {
            break;
        }
        err = errno;
        if (err != EINTR && err != EAGAIN && err != EWOULDBLOCK &&
            !(err == ENXIO && is_fifo(stat(path, &st), &st))) {
            errno = err;
            return -1;
        }
        if (osdep_deadline_left(deadline) == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (err != EINTR) {
            osdep_nap(&nap_us, deadline);
        }
    }
    if ((flags & O_ACCMODE) == O_RDONLY && is_fifo(fstat(fd, &st), &st) &&
        !await_writer(fd, deadline)) {
        close(fd);
        errno = ETIMEDOUT;
        return -1;
    }
    if (fcntl(fd, F_SETFL, flags & O_APPEND) < 0) {
        err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static int open_file(const char *path, int flags, const OsdepDeadline *deadline,
                     OsdepError **errp)
{
    int fd;

    if (deadline->is_never) {
        do { /* a FIFO waits for its other end */
            fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
        } while (fd < 0 && errno == EINTR);
    } else {
        fd = open_until(path, flags, deadline);
    }
    fd = osdep_fd_above_2(fd);
    if (fd < 0) {
        osdep_error_setg_file_open(errp, errno, path);
    }
    return fd;
}

/*
 * Open what stream @stream of the child is made of: its descriptor goes to
 * @source, -1 if our own is inherited, and to @opened if it is to be closed after
 * the start; our end of a pipe goes to @process.
 */
static bool open_stream(const OsdepStdio *stdio, int stream, int *sources,
                        int *opened, OsdepProcess *process, OsdepError **errp)
{
    static const int flags[] = {
        [OSDEP_FILE_READ] = O_RDONLY,
        [OSDEP_FILE_TRUNCATE] = O_WRONLY | O_CREAT | O_TRUNC,
        [OSDEP_FILE_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
    };
    const OsdepDeadline never = { .is_never = true };
    int fds[2];

    switch (stdio->kind) {
    case OSDEP_STDIO_DEFAULT:
    case OSDEP_STDIO_INHERIT:
    case OSDEP_STDIO_HANDLE:
        return true;
    case OSDEP_STDIO_FD:
        sources[stream] = stdio->fd;
        return true;
    case OSDEP_STDIO_STDOUT:
        sources[stream] = sources[1] >= 0 ? sources[1] : 1;
        return true;
    case OSDEP_STDIO_NULL:
        *opened = open_file("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY,
                            &never, errp);
        break;
    case OSDEP_STDIO_FILE:
        *opened = open_file(stdio->path, flags[stdio->mode], &process->deadline,
                            errp);
        break;
    case OSDEP_STDIO_PIPE:
        if (osdep_pipe_above_2(fds, errp)) {
            *opened = fds[stream != 0];
            process->fds[stream] = fds[stream == 0];
        }
        break;
    }
    sources[stream] = *opened;
    return *opened >= 0;
}

/* = The start = */

static void set_failure(const OsdepChildFailure *failure,
                        const OsdepSpawnOptions *options, OsdepError **errp)
{
    int err = failure->err, ours = -1;
    OsdepStep step = OSDEP_STEP_CREATE;

    switch (failure->step) {
    case OSDEP_CHILD_OK:
    case OSDEP_CHILD_UNSHARE_FDS: /* after which vfork() was tried */
    case OSDEP_CHILD_REPORT:
        osdep_error_setg_errno(errp, err, "cannot create child process");
        break;
    case OSDEP_CHILD_RESET_SIGNALS:
        step = OSDEP_STEP_SIGNALS;
        osdep_error_setg_errno(errp, err, "cannot reset signals");
        break;
    case OSDEP_CHILD_IGNORE_SIGNAL:
        step = OSDEP_STEP_SIGNALS;
        osdep_error_setg_errno(errp, err, "cannot ignore signal %d",
                               failure->which);
        break;
    case OSDEP_CHILD_SET_SESSION:
        step = OSDEP_STEP_SESSION;
        osdep_error_setg_errno(errp, err, "cannot create a session");
        break;
    case OSDEP_CHILD_SET_GROUP:
        step = OSDEP_STEP_SESSION;
        osdep_error_setg_errno(errp, err, "cannot create a process group");
        break;
    case OSDEP_CHILD_DIE_WITH_PARENT:
        step = OSDEP_STEP_SESSION;
        osdep_error_setg_errno(errp, err,
                               "cannot make the child die with its parent");
        break;
    case OSDEP_CHILD_MOVE_FD:
        step = OSDEP_STEP_STREAM;
        if (failure->which <= 2) {
            osdep_error_setg_errno(errp, err, "cannot set up %s",
                                   stream_titles[failure->which]);
            break;
        }
        for (size_t i = 0; i < options->n_pass_fds; i++) {
            if (options->pass_fds[i].theirs == failure->which) {
                ours = options->pass_fds[i].ours;
            }
        }
        osdep_error_setg_errno(errp, err, "cannot pass descriptor %d as %d",
                               ours, failure->which);
        break;
    case OSDEP_CHILD_CHANGE_DIRECTORY:
        step = OSDEP_STEP_DIRECTORY;
        osdep_error_setg_errno(errp, err, "cannot change directory to '%s'",
                               options->cwd);
        break;
    case OSDEP_CHILD_UNBLOCK_SIGNALS:
        step = OSDEP_STEP_SIGNALS;
        osdep_error_setg_errno(errp, err, "cannot unblock signals");
        break;
    case OSDEP_CHILD_VANISHED:
        osdep_error_setg_errno(errp, err,
                               "child process was killed before it could "
                               "execute '%s'",
                               options->argv[0]);
        break;
    case OSDEP_CHILD_EXECUTE:
        step = OSDEP_STEP_EXECUTE;
        osdep_error_setg_errno(errp, err, "cannot execute '%s'",
                               options->program ? options->program
                                                : options->argv[0]);
        break;
    }
    osdep_error_set_step(*errp, step);
}

/*
 * Open what the child's streams are made of, into @sources; those in @opened are
 * to be closed after the start (-1: none).
 */
static bool open_streams(const OsdepSpawnOptions *options, int *sources,
                         int *opened, OsdepProcess *process, OsdepError **errp)
{
    const OsdepStdio *const streams[] = { &options->in, &options->out,
                                          &options->err };

    unsigned int covered = 0;
    bool opens_some = false, ok = true;

    for (int i = 0; i < 3; i++) {
        opens_some |= streams[i]->kind == OSDEP_STDIO_NULL ||
                      streams[i]->kind == OSDEP_STDIO_FILE ||
                      streams[i]->kind == OSDEP_STDIO_PIPE;
    }
    if (opens_some) {
        covered = osdep_cover_standard_fds();
    }
    for (int i = 0; i < 3 && ok; i++) {
        ok = open_stream(streams[i], i, sources, &opened[i], process, errp);
    }
    osdep_uncover_standard_fds(covered);
    if (!ok) {
        osdep_error_set_step(*errp, OSDEP_STEP_STREAM);
    }
    return ok;
}

OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options,
                             const OsdepRunOptions *run,
                             const OsdepRuntime *runtime, OsdepError **errp)
{
    const unsigned int flags = options->flags;
    OsdepChildPlan plan = {
        .argv = (char *const *)options->argv,
        .env = options->env ? (char *const *)options->env : environ,
        .cwd = options->cwd,
        .ignore_signals = options->ignore_signals,
        .n_ignore_signals = (unsigned int)options->n_ignore_signals,
        .inherit_fds = flags & OSDEP_SPAWN_INHERIT_FDS,
        .new_session = flags & OSDEP_SPAWN_NEW_SESSION,
        .new_group = (flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_TREE)) &&
                     !(flags & OSDEP_SPAWN_NEW_SESSION),
        .die_with_parent = flags & OSDEP_SPAWN_DIE_WITH_PARENT,
        .parent = flags & OSDEP_SPAWN_DIE_WITH_PARENT ? getpid() : 0,
        .report = -1,
    };
    int sources[3] = { -1, -1, -1 }, opened[3] = { -1, -1, -1 };
    OsdepProcess *process = malloc(sizeof(*process));
    OsdepChildFailure failure;
    char default_path[256];
    void *lists = NULL;

    (void)runtime;
    if (!process) {
        set_no_memory(options, errp);
        return NULL;
    }
    *process = (OsdepProcess){
        .pid = -1,
        .pollable = -1,
        .fds = { -1, -1, -1 },
        .deadline =
            osdep_deadline_in(run && run->timeout_ms ? run->timeout_ms : -1),
        .leads_tree = flags & OSDEP_SPAWN_TREE,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    if (open_streams(options, sources, opened, process, errp)) {
        lists = make_lists(&plan, sources, options, default_path,
                           sizeof(default_path), errp);
    }
    if (lists) {
        process->pid = osdep_start_child(&plan, &process->pollable, &failure);
        if (process->pid < 0) {
            set_failure(&failure, options, errp);
        }
        free(lists);
    }
    for (int i = 0; i < 3; i++) {
        if (opened[i] >= 0) {
            close(opened[i]);
        }
    }
    if (process->pid < 0) {
        osdep_process_free(process);
        return NULL;
    }
    return process;
}

#endif
