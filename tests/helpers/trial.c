/*
 * Trials: what must hold of osdep/process.h in a process of its own
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/trial.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "tests/helpers/harness.h"
#include "tests/helpers/posix.h"

typedef struct Trial {
    int (*fn)(void *);
    void *arg;
    unsigned int seconds;
} Trial;

static int try_it(void *opaque)
{
    Trial *trial = opaque;

    make_signals_clean();
    return trial->fn(trial->arg);
}

static volatile pid_t guarded;

static void end_guarded(int sig)
{
    (void)sig;
    kill(-guarded, SIGKILL);
}

/*
 * The same in a process group that is killed when its time is over.  An alarm of
 * its own would do nothing while osdep_spawn() blocks all signals.
 */
static int try_it_guarded(void *opaque)
{
    Trial *trial = opaque;
    siginfo_t info;
    pid_t pid;

    make_signals_clean();
    pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        _exit(try_it(opaque));
    }
    if (pid < 0) {
        return broken("no process", errno);
    }
    setpgid(pid, pid);
    guarded = pid;
    signal(SIGALRM, end_guarded);
    alarm(trial->seconds);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 &&
           errno == EINTR) {
        continue;
    }
    kill(-pid, SIGKILL); /* whoever it left behind in its group */
    return wait_status(pid);
}

/* Returns: its status; it says what is not 0. */
static int trial_status(unsigned int seconds, int (*fn)(void *), void *arg)
{
    static char output[16384], reason[256]; /* skip() keeps that */
    Trial trial = { fn, arg, seconds };
    int status = in_child(seconds ? try_it_guarded : try_it, &trial, output,
                          sizeof(output));

    if (status == SKIPPED) {
        snprintf(reason, sizeof(reason), "%.255s",
                 output[0] ? output : "cannot be tried here");
        skip(reason);
    } else if (status != 0) {
        printf("# status %d: %.400s\n", status, output);
    }
    return status;
}

bool holds_within(unsigned int seconds, int (*fn)(void *), void *arg)
{
    int status = trial_status(seconds, fn, arg);

    return status == 0 || status == SKIPPED;
}

bool fails_within(unsigned int seconds, int (*fn)(void *), void *arg)
{
    return trial_status(seconds, fn, arg) != 0;
}

bool fails_by(int wanted, unsigned int seconds, int (*fn)(void *), void *arg)
{
    int status = trial_status(seconds, fn, arg);

    return status == wanted || status == SKIPPED;
}

bool holds(int (*fn)(void *), void *arg)
{
    return holds_within(0, fn, arg);
}

int broken_by(Error *err)
{
    fprintf(stderr, "%s\n", err ? error_get_pretty(err) : "no error");
    error_free(err);
    return 1;
}

static int differs(const Inspection *a, const Inspection *b)
{
    if (memcmp(a->blocked, b->blocked, sizeof(a->blocked)) != 0) {
        return broken("the mask changed", 0);
    }
    if (memcmp(a->ignored, b->ignored, sizeof(a->ignored)) != 0 ||
        memcmp(a->caught, b->caught, sizeof(a->caught)) != 0) {
        return broken("dispositions changed", 0);
    }
    for (size_t i = 0; i < a->n_fds || i < b->n_fds; i++) {
        if (i >= a->n_fds || i >= b->n_fds || a->fds[i].fd != b->fds[i].fd ||
            a->fds[i].cloexec != b->fds[i].cloexec ||
            strcmp(a->fds[i].kind, b->fds[i].kind) != 0) {
            return broken("descriptors changed, at",
                          i < b->n_fds ? b->fds[i].fd : -1);
        }
    }
    if (!a->directory != !b->directory ||
        (a->directory && strcmp(a->directory, b->directory) != 0)) {
        return broken("the directory changed", 0);
    }
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        return broken("there is a child", 0);
    }
    return 0;
}

int changes_nothing(int (*fn)(void *), void *arg)
{
    Inspection before, after;
    int status;

    if (!inspect(&before, true, NULL)) {
        return broken("cannot inspect", 0);
    }
    status = fn(arg);
    if (!status) {
        status = inspect(&after, true, NULL) ? differs(&before, &after)
                                             : broken("cannot inspect", 0);
        inspection_clear(&after);
    }
    inspection_clear(&before);
    return status;
}

int says_in_step(const OsdepSpawnOptions *options, const char *expected,
                 int code, OsdepStep step)
{
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(options, &err);
    int status = 0;

    if (process) {
        osdep_process_wait(process, -1, NULL, NULL);
        osdep_process_free(process);
        return broken("it was started", 0);
    }
    if (strncmp(error_get_pretty(err), expected, strlen(expected)) != 0 ||
        osdep_error_get_errno(err) != code) {
        status = broken(error_get_pretty(err), osdep_error_get_errno(err));
    } else if (step != OSDEP_STEP_NONE && osdep_error_get_step(err) != step) {
        status = broken("it is another step", (long)osdep_error_get_step(err));
    }
    error_free(err);
    return status;
}

int says(const OsdepSpawnOptions *options, const char *expected, int code)
{
    return says_in_step(options, expected, code, OSDEP_STEP_NONE);
}

void make_file(const char *name, const char *text, mode_t mode)
{
    int fd;

    unlink(name);
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        _exit(broken(name, errno));
    }
    close(fd);
}
