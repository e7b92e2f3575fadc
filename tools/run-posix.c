/*
 * Running a command on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/run.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "osdep/fd.h"
#include "tools/signames.h"

extern char **environ;

/* The interval at which we poll what cannot be waited for, in milliseconds. */
enum { NAP_MS = 10 };

bool run_prepare(const RunOptions *options, Error **errp)
{
    char name[SIGNAL_NAME_SIZE];
    struct sigaction sa;

    for (size_t i = 0; i < options->n_pass_fds; i++) {
        if (fcntl(options->pass_fds[i].ours, F_GETFD) < 0) {
            error_setg_errno(errp, errno, "cannot keep descriptor %d",
                             options->pass_fds[i].ours);
            return false;
        }
    }
    for (size_t i = 0; i < options->n_ignore_signals; i++) {
        int sig = options->ignore_signals[i];

        if (sig == SIGKILL || sig == SIGSTOP || sigaction(sig, NULL, &sa) < 0) {
            error_setg(errp, "-I: %s cannot be ignored",
                       signal_name(sig, name));
            return false;
        }
    }
    /* If our parent ignored it, we could not wait (waitpid(2), ECHILD). */
    signal(SIGCHLD, SIG_DFL);
    return true;
}

/* = The environment = */

char **run_environment(size_t n_more)
{
    size_t n = 0;
    char **env;

    while (environ[n]) {
        n++;
    }
    env = malloc((n + n_more + 1) * sizeof(*env));
    if (!env) {
        return NULL;
    }
    n = 0;
    for (char **entry = environ; *entry; entry++) {
        if (**entry && strchr(*entry + 1, '=')) {
            env[n++] = *entry;
        }
    }
    env[n] = NULL;
    return env;
}

bool run_is_same_variable(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");

    return len == strcspn(b, "=") && strncmp(a, b, len) == 0;
}

/* = Signals that are for the child = */

static const int forwarded[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

/* A signal that arrived, written by the handler to a pipe. */
typedef struct Note {
    int sig;
    int is_for_us_alone; /* else the terminal sent it to our group */
} Note;

static int note_pipe[2];

/*
 * Set just before the child is started, which then gets what the terminal
 * sends.  After the start would be too late: the child may run before we do, and
 * a Ctrl-C in that time would reach it twice.  A Ctrl-C between this and the
 * fork does not reach the child.
 */
static volatile sig_atomic_t is_starting;

static void on_signal(int sig, siginfo_t *info, void *context)
{
    /* A signal that a process sent has an si_code of 0 or below on Linux
     * (sigaction(2)); on FreeBSD SI_USER and SI_QUEUE are above 0.  macOS,
     * OpenBSD and DragonFly have 0 for the terminal's signals, too (their
     * kernels' sendsig()): there a child in our group gets these twice, because
     * a signal sent to us alone must not be lost. */
    Note note = { .sig = sig,
                  .is_for_us_alone = !is_starting || info->si_code <= 0 ||
                                     info->si_code == SI_USER ||
                                     info->si_code == SI_QUEUE };
    int saved_errno = errno;

    (void)context;
    /* If the pipe is full, it holds thousands of signals already. */
    (void)!write(note_pipe[1], &note, sizeof(note));
    errno = saved_errno;
}

static bool catch_signals(Error **errp)
{
    struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    struct sigaction old;

    if (!osdep_pipe(note_pipe, errp)) {
        return false;
    }
    sigfillset(&sa.sa_mask);
    for (int i = 0; i < 2; i++) {
        fcntl(note_pipe[i], F_SETFL, O_NONBLOCK);
    }
    for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        int sig = forwarded[i];
        char name[SIGNAL_NAME_SIZE];

        /* A signal that we were started with ignored, as by nohup(1), is not
         * passed on. */
        if (sigaction(sig, NULL, &old) < 0 ||
            (old.sa_handler != SIG_IGN && sigaction(sig, &sa, NULL) < 0)) {
            error_setg_errno(errp, errno, "cannot catch %s",
                             signal_name(sig, name));
            return false;
        }
    }
    return true;
}

/* Our parent may have blocked them. */
static void unblock_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        sigaddset(&set, forwarded[i]);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* = The start = */

/*
 * Open the null device as each of 0, 1 and 2 that is closed, so that no file of
 * ours gets such a number and then our messages.  The child does not inherit
 * it.
 */
static void fill_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } while (fd >= 0 && fd <= 2);
    if (fd >= 0) {
        close(fd);
    }
}

static bool open_file(const char *path, OsdepStdio *stdio, Error **errp)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);

    if (fd < 0) {
        error_setg_file_open(errp, errno, path);
        return false;
    }
    *stdio = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = fd };
    return true;
}

/* Opened twice, a file has two offsets, and output overwrites output. */
static bool is_same_file(int a, int b)
{
    struct stat sta, stb;

    return fstat(a, &sta) == 0 && fstat(b, &stb) == 0 &&
           sta.st_dev == stb.st_dev && sta.st_ino == stb.st_ino;
}

static bool open_files(const RunOptions *options, OsdepSpawnOptions *spawn,
                       Error **errp)
{
    if (options->output && !open_file(options->output, &spawn->out, errp)) {
        return false;
    }
    if (options->error && !open_file(options->error, &spawn->err, errp)) {
        return false;
    }
    if (options->output && options->error &&
        is_same_file(spawn->out.fd, spawn->err.fd)) {
        close(spawn->err.fd);
        spawn->err.kind = OSDEP_STDIO_STDOUT;
    }
    return true;
}

static void close_file(const OsdepStdio *stdio)
{
    if (stdio->kind == OSDEP_STDIO_FD) {
        close(stdio->fd);
    }
}

/*
 * Close the descriptors that we do not need: as long as we hold the end of a
 * pipe open, its reader gets no end-of-file.
 */
static void close_unneeded(const OsdepProcess *process)
{
    const int needed[] = { 2, note_pipe[0], note_pipe[1],
                           (int)osdep_process_pollable(process) };

    qemu_close_all_open_fd(needed, sizeof(needed) / sizeof(needed[0]));
    fill_standard_streams();
}

/*
 * The files are opened here and not by osdep_spawn(), because opening a FIFO
 * can take for ever: it is done before signals are caught, so that they end us.
 */
OsdepProcess *run_start(const RunOptions *options, OsdepSpawnOptions *spawn,
                        Error **errp)
{
    OsdepProcess *process = NULL;

    fill_standard_streams();
    unblock_signals();
    if (open_files(options, spawn, errp) && catch_signals(errp)) {
        is_starting = 1;
        process = osdep_spawn(spawn, errp);
    }
    if (process) {
        close_unneeded(process);
    } else {
        close_file(&spawn->out);
        close_file(&spawn->err);
    }
    return process;
}

/* = After the start = */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool leads_group(const RunOptions *options)
{
    return options->flags &
           (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_TREE);
}

/*
 * Send @sig to the child or, if @to_group, to its process group, and continue
 * stopped processes, so that they see the signal.
 *
 * The group ID cannot be another group's: either the child has not been waited
 * for, or it was started with OSDEP_SPAWN_TREE (osdep_process_kill_tree()).
 */
static void send_signal(OsdepProcess *process, bool to_group, int sig)
{
    pid_t pid = osdep_process_pid(process);
    Error *err = NULL;

    if (!to_group) {
        if (osdep_process_signal(process, sig, &err)) {
            osdep_process_signal(process, SIGCONT, NULL);
        }
    } else if (kill(-pid, sig) < 0) {
        error_setg_errno(&err, errno, "cannot send signal %d to group %ld", sig,
                         (long)pid);
    } else {
        kill(-pid, SIGCONT);
    }
    /* macOS says EPERM if only zombies are left (xnu, killpg1()). */
    if (err && osdep_error_get_errno(err) != ESRCH &&
        !(to_group &&
          osdep_process_wait(process, 0, NULL, NULL) == OSDEP_WAIT_ENDED)) {
        warn_report_err(err);
    } else {
        error_free(err);
    }
}

/*
 * Pass the signals on.  The terminal sends INT and QUIT to its whole foreground
 * group, so a child in our group has them already.  It sends HUP to the session
 * leader alone, which may be us.
 */
static void forward_signals(OsdepProcess *process, bool to_group)
{
    Note note;

    while (read(note_pipe[0], &note, sizeof(note)) == sizeof(note)) {
        bool is_key = note.sig == SIGINT || note.sig == SIGQUIT;

        if (!is_key || note.is_for_us_alone || to_group) {
            send_signal(process, to_group, note.sig);
        }
    }
}

/*
 * Does the text of a /proc/PID/stat, "PID (NAME) STATE PARENT GROUP ...", whose
 * 20th field is the number of threads, tell of a process of group @group that is
 * alive?  NAME may hold anything, so its end is the last parenthesis.  A process
 * whose first thread is a zombie is alive if it has more threads.
 */
static bool is_alive_in_group(const char *text, pid_t group)
{
    const char *end = strrchr(text, ')');
    int found = -1, n_threads = 0;
    char state;

    return end &&
           sscanf(end,
                  ") %c %*s %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                  "%*s %*s %*s %*s %d",
                  &state, &found, &n_threads) >= 2 &&
           found == group && ((state != 'Z' && state != 'X') || n_threads > 1);
}

/*
 * Returns whether a process of group @group is alive.  kill(2) cannot tell,
 * since it counts zombies, such as the group's leader.  Without proc(5) the
 * answer is no.
 */
static bool group_is_alive(pid_t group)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    bool is_alive = false;

    while (dir && !is_alive && (entry = readdir(dir))) {
        char path[300], text[1024];
        FILE *f;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') {
            continue;
        }
        snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        f = fopen(path, "re");
        if (!f) {
            continue;
        }
        /* Not by lines: a name may have a newline in it. */
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        is_alive = is_alive_in_group(text, group);
        fclose(f);
    }
    if (dir) {
        closedir(dir);
    }
    return is_alive;
}

static bool tree_is_alive(OsdepProcess *process)
{
    return osdep_process_wait(process, 0, NULL, NULL) == OSDEP_WAIT_TIMED_OUT ||
           group_is_alive(osdep_process_pid(process));
}

/*
 * Kill the tree and wait until it has ended, but at most 10 seconds: a process
 * can sleep uninterruptibly or belong to another user.
 */
static void kill_tree(OsdepProcess *process, Error **errp)
{
    const int64_t deadline = now_ms() + 10000;
    Error *err = NULL;

    osdep_process_kill_tree(process, &err);
    while (tree_is_alive(process)) {
        if (!err && now_ms() > deadline) {
            error_setg(&err, "process %ld, or one of its group, does not end",
                       (long)osdep_process_pid(process));
        }
        if (err) {
            error_propagate(errp, err);
            return;
        }
        poll(NULL, 0, NAP_MS);
    }
    error_free(err); /* All had ended before the kill. */
}

/* Wait for a signal or, if @pollable is not -1, the end of the process. */
static void wait_for_news(int pollable, int64_t left)
{
    struct pollfd fds[] = { { .fd = note_pipe[0], .events = POLLIN },
                            { .fd = pollable, .events = POLLIN } };

    if (pollable < 0 && left > NAP_MS) {
        left = NAP_MS;
    }
    poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left);
}

int run_supervise(OsdepProcess *process, const RunOptions *options,
                  Error **errp)
{
    const bool to_group = leads_group(options);
    const pid_t pid = osdep_process_pid(process);
    int64_t deadline =
        options->timeout_ms ? now_ms() + options->timeout_ms : INT64_MAX;
    bool is_expired = false;
    OsdepWait waited;
    OsdepExit how;

    for (;;) {
        int64_t left = deadline - now_ms();

        waited = osdep_process_wait(process, 0, &how, errp);
        if (waited == OSDEP_WAIT_FAILED) {
            return RUN_FAILED;
        }
        /* What the child leaves behind has until the deadline to end, too. */
        if (waited == OSDEP_WAIT_ENDED &&
            !(is_expired && group_is_alive(pid))) {
            break;
        }
        if (left <= 0) {
            if (is_expired) {
                break;
            }
            is_expired = true;
            deadline = now_ms() + options->kill_after_ms;
            send_signal(process, to_group, SIGTERM);
            continue;
        }
        wait_for_news(waited == OSDEP_WAIT_ENDED
                          ? -1
                          : (int)osdep_process_pollable(process),
                      left);
        forward_signals(process, to_group);
    }
    if (is_expired) {
        kill_tree(process, errp);
        return RUN_TIMED_OUT;
    }
    return run_status(&how);
}
