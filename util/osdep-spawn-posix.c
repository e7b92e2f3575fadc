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

#include "osdep/fd.h"
#include "util/osdep-fd-posix.h"
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
        options->out.kind == OSDEP_STDIO_INHERIT && !is_open(1)) {
        osdep_error_setg_errno(errp, EBADF, "err: standard output is closed");
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

/*
 * Write the paths to try to @candidates, and their text to @text.  Each but the program itself is a folder of @path, an empty one being the
 * current (POSIX.1-2017, XBD 8.3), and the name.
 */
static void list_candidates(char **candidates, char *text, const char *name,
                            const char *path)
{
    size_t name_size = strlen(name) + 1;

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
 * Make @plan's lists, in one block of memory that is the caller's: the files
 * that the program may be, the moves, and the descriptors that stay open.
 * Returns: the block; NULL with @errp set.
 */
static void *make_lists(OsdepChildPlan *plan, const int *streams,
                        const OsdepSpawnOptions *options, OsdepError **errp)
{
    const char *name = options->program ? options->program : options->argv[0];
    const size_t n_moves = options->n_pass_fds + 3;
    const size_t move_size =
        sizeof(OsdepWantedMove) + 2 * sizeof(OsdepFdMove) + sizeof(int);
    size_t n_candidates = 2, text_size = 0;
    char default_path[256];
    const char *path = search_path(options, default_path, sizeof(default_path));
    OsdepWantedMove *wanted;
    OsdepFdMove *moves;
    unsigned int n;
    char **block;

    if (path) {
        for (const char *p = path; *p; p++) {
            n_candidates += *p == ':';
        }
        text_size = n_candidates * (strlen(name) + 3) + strlen(path);
    }
    if (n_moves >= INT_MAX / move_size ||
        n_candidates >= SIZE_MAX / 2 / (NAME_MAX + 3 + sizeof(*block))) {
        set_no_memory(options, errp);
        return NULL;
    }
    /* The candidates, then n wanted moves, 3/2 n moves (osdep_order_moves()),
     * n + 1 open descriptors and the text. */
    block = malloc(n_candidates * sizeof(*block) + (n_moves + 1) * move_size +
                   text_size);
    if (!block) {
        set_no_memory(options, errp);
        return NULL;
    }
    wanted = (OsdepWantedMove *)(block + n_candidates);
    moves = (OsdepFdMove *)(wanted + n_moves);
    plan->open_fds = (int *)(moves + n_moves + n_moves / 2);

    n = list_wanted(wanted, streams, options);
    list_open_fds(plan, wanted, n);
    plan->n_moves = osdep_order_moves(wanted, n, moves);
    plan->moves = moves;
    list_candidates(block, (char *)(plan->open_fds + n_moves + 4), name, path);
    plan->candidates = block;
    return block;
}

static const char *const stream_titles[] = { "standard input",
                                             "standard output",
                                             "standard error" };

static int open_file(const char *path, int flags, OsdepError **errp)
{
    int fd;

    do { /* a FIFO waits for its other end */
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
    } while (fd < 0 && errno == EINTR);
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

    for (int i = 0; i < 3; i++) {
        if (!open_stream(streams[i], i, sources, &opened[i], process, errp)) {
            osdep_error_set_step(*errp, OSDEP_STEP_STREAM);
            return false;
        }
    }
    return true;
}

OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options, bool for_run,
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
    void *lists = NULL;

    (void)for_run, (void)runtime;
    if (!process) {
        set_no_memory(options, errp);
        return NULL;
    }
    *process = (OsdepProcess){
        .pid = -1,
        .pollable = -1,
        .fds = { -1, -1, -1 },
        .leads_tree = flags & OSDEP_SPAWN_TREE,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    if (open_streams(options, sources, opened, process, errp)) {
        lists = make_lists(&plan, sources, options, errp);
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
