/*
 * Running a command by qemu_fork() and execve()
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

#include <signal.h>
#include <sys/wait.h>

#include "osdep/fd.h"
#include "util/osdep-child.h"

extern char **environ;

/* The system's default PATH, to be freed. */
static char *default_path(void)
{
    size_t size = confstr(_CS_PATH, NULL, 0);
    char *path = size ? malloc(size) : NULL;

    if (path) {
        confstr(_CS_PATH, path, size);
    }
    return path;
}

/* In the child: writes 0 when it is clean, then the errno of a failed exec. */
static _Noreturn void child(const RunOptions *options, int status_fd,
                            const int *keep, unsigned int n_keep,
                            const OsdepCandidates *candidates, char *const *env)
{
    int err = 0;

    osdep_child_reset_reserved_signals();
    qemu_close_all_open_fd(keep, n_keep);
    if (write(status_fd, &err, sizeof(err)) == sizeof(err)) {
        err = osdep_child_exec(candidates, options->argv, env);
        if (write(status_fd, &err, sizeof(err)) < 0) {
            /* Nothing can be done; the child's exit status tells. */
        }
    }
    _exit(RUN_FAILED);
}

/* Read an int from @fd; false at its end. */
static bool read_int(int fd, int *value)
{
    ssize_t n;

    do {
        n = read(fd, value, sizeof(*value));
    } while (n < 0 && errno == EINTR);
    return n == sizeof(*value);
}

static bool wait_for(pid_t pid, int *status, Error **errp)
{
    int wstatus;

    while (waitpid(pid, &wstatus, 0) < 0) {
        if (errno != EINTR) {
            error_setg_errno(errp, errno, "cannot wait for process %ld",
                             (long)pid);
            return false;
        }
    }
    *status = WIFSIGNALED(wstatus) ? RUN_SIGNAL_BASE + WTERMSIG(wstatus)
                                   : WEXITSTATUS(wstatus);
    return true;
}

/* Start the child, read what it reports, and wait for it. */
static int fork_and_wait(const RunOptions *options,
                         const OsdepCandidates *candidates, char *const *env,
                         int *keep, unsigned int n_keep, Error **errp)
{
    int fds[2], ready, err, status;
    bool is_ready, is_error;
    pid_t pid;

    if (!osdep_pipe(fds, errp)) {
        return RUN_FAILED;
    }
    keep[n_keep++] = fds[1];
    pid = qemu_fork(errp);
    if (pid == 0) {
        child(options, fds[1], keep, n_keep, candidates, env);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return RUN_FAILED;
    }
    is_ready = read_int(fds[0], &ready);
    is_error = is_ready && read_int(fds[0], &err);
    close(fds[0]);
    if (!wait_for(pid, &status, errp)) {
        return RUN_FAILED;
    }
    if (!is_ready) {
        error_setg(errp, "cannot prepare child process");
        return RUN_FAILED;
    }
    if (is_error) {
        error_setg_errno(errp, err, "cannot execute '%s'", options->argv[0]);
        return err == ENOENT ? RUN_NOT_FOUND : RUN_CANNOT_EXECUTE;
    }
    return status;
}

/* The value of PATH in @env; NULL if there is none. */
static const char *path_in(char *const *env)
{
    for (; *env; env++) {
        if (strncmp(*env, "PATH=", 5) == 0) {
            return *env + 5;
        }
    }
    return NULL;
}

int run_by_fork(const RunOptions *options, char *const *env, Error **errp)
{
    const char *path = env ? path_in(env) : NULL, *name = options->argv[0];
    char *fallback = default_path(), *room = NULL;
    OsdepCandidates candidates;
    unsigned int n_keep = 3;
    int status = RUN_FAILED;
    int *keep = NULL;

    if (options->directory && chdir(options->directory) < 0) {
        error_setg_errno(errp, errno, "cannot change directory to '%s'",
                         options->directory);
        goto out;
    }
    if (!path) {
        path = getenv("PATH");
    }
    if (!path) {
        path = fallback ? fallback : "/bin:/usr/bin";
    }
    if (strchr(name, '/') || !*name) { /* it is a path already */
        path = NULL;
    }
    room = malloc(osdep_candidates_size(name, path) + 1);
    keep = malloc((options->n_pass_fds + 4) * sizeof(*keep));
    if (!room || !keep) {
        error_setg_errno(errp, errno, "cannot run '%s'", options->argv[0]);
        goto out;
    }
    osdep_candidates_init(&candidates, room, name, path);
    for (int fd = 0; fd < 3; fd++) {
        keep[fd] = fd;
    }
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        keep[n_keep++] = options->pass_fds[i].ours;
    }
    status = fork_and_wait(options, &candidates, env ? env : environ, keep,
                           n_keep, errp);
out:
    free(keep);
    free(room);
    free(fallback);
    return status;
}
