/*
 * demo PROGRAM: what a child inherits, by the way it is started
 *
 * SPDX-License-Identifier: MIT
 *
 * Puts itself in a nasty state: signals ignored, handled and blocked, leaky
 * descriptors, and another process that sends signals to the whole group as
 * fast as it can.  Then starts PROGRAM, which is osdep-inspect, in four ways,
 * and shows what that reports, and how often a handler of ours ran in the child
 * before it became PROGRAM.  Exits 1 unless the last two rows are all zero.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "osdep/fd.h"
#include "osdep/process.h"

extern char **environ;

enum { STARTS = 200 };

/* What a child inherited, by osdep-inspect; the maximum of all starts. */
typedef struct Inherited {
    int blocked;
    int ignored;
    int leaked;
    int handler_runs; /* in all starts */
} Inherited;

/* Seen by parent and children. */
typedef struct Shared {
    pid_t parent;
    atomic_int handler_runs;
} Shared;
static Shared *shared;

/* Only a parent's own handlers should ever get here in the parent. */
static void handler(int sig)
{
    (void)sig;
    if (getpid() != shared->parent) {
        atomic_fetch_add(&shared->handler_runs, 1);
    }
}

static void out_of_luck(const char *what)
{
    error_setg_errno(&error_fatal, errno, "%s", what);
}

/* Forget what we inherited ourselves: the table is to show our doing. */
static void start_clean(void)
{
    const int streams[] = { 0, 1, 2 };
    sigset_t none;

    qemu_close_all_open_fd(streams, 3);
    for (int sig = 1; sig < NSIG; sig++) {
        signal(sig, SIG_DFL);
    }
#ifdef __linux__
    /* glibc refuses 32 and 33, which its posix_spawn() leaves ignored. */
    for (int sig = 32; sig < SIGRTMIN; sig++) {
        static const long sig_dfl[4];

        syscall(SYS_rt_sigaction, sig, sig_dfl, NULL, _NSIG / 8);
    }
#endif
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void get_nasty(void)
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigset_t mask;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
#ifdef SIGRTMIN
    signal(SIGRTMIN + 5, SIG_IGN);
    sigaddset(&mask, SIGRTMIN + 1);
#endif
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGUSR1, &sa, NULL);
    sigaction(SIGURG, &sa, NULL); /* by default it is ignored: no child dies */
    if (open("/dev/null", O_RDONLY) < 0 || open("/dev/null", O_WRONLY) < 0) {
        out_of_luck("cannot open /dev/null");
    }
}

/* Send SIGURG to the whole process group for as long as the parent lives. */
static pid_t start_storm(void)
{
    pid_t pid;

    setpgid(0, 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGURG, SIG_IGN);
        while (getppid() == shared->parent) {
            kill(0, SIGURG);
        }
        _exit(0);
    }
    return pid;
}

/* The four ways; each gives the program @out as its standard output. */

static pid_t fork_and_exec(char *const *argv, int out)
{
    pid_t pid = fork();

    if (pid == 0) {
        dup2(out, 1);
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

static pid_t spawn(char *const *argv, int out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return errno ? -1 : pid;
}

static pid_t qemu_fork_and_exec(char *const *argv, int out)
{
    const int streams[] = { 0, 1, 2 };
    pid_t pid = qemu_fork(&error_fatal);

    if (pid == 0) {
        dup2(out, 1);
        qemu_close_all_open_fd(streams, 3);
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

static OsdepProcess *process;

static pid_t osdep_way(char *const *argv, int out)
{
    OsdepSpawnOptions options = {
        .argv = (const char *const *)argv,
        .out = { .kind = OSDEP_STDIO_FD, .fd = out },
    };

    process = osdep_spawn(&options, &error_fatal);
    return osdep_process_pid(process);
}

static void wait_for(pid_t pid)
{
    if (process) {
        osdep_process_wait(process, -1, NULL, &error_fatal);
        osdep_process_free(process);
        process = NULL;
    } else {
        waitpid(pid, NULL, 0);
    }
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Read osdep-inspect's report; false if it is none. */
static bool read_report(FILE *report, Inherited *in)
{
    int found = 0, n, all;
    char line[512];

    while (fgets(line, sizeof(line), report)) {
        if (sscanf(line, "blocked %d", &n) == 1) {
            in->blocked = most(in->blocked, n);
            found++;
        } else if (sscanf(line, "ignored %d", &n) == 1) {
            in->ignored = most(in->ignored, n);
            found++;
        } else if (sscanf(line, "descriptors %d, %d above 2", &all, &n) == 2) {
            in->leaked = most(in->leaked, n);
            found++;
        }
    }
    return found == 3;
}

static Inherited try_way(pid_t (*start)(char *const *argv, int out),
                         char *program)
{
    char *argv[] = { program, NULL };
    Inherited in = { 0 };

    atomic_store(&shared->handler_runs, 0);
    for (int i = 0; i < STARTS; i++) {
        FILE *report;
        int fds[2];
        pid_t pid;

        osdep_pipe(fds, &error_fatal);
        pid = start(argv, fds[1]);
        if (pid < 0) {
            out_of_luck("cannot start a child");
        }
        close(fds[1]);
        report = fdopen(fds[0], "r");
        if (!report || !read_report(report, &in)) {
            error_setg(&error_fatal, "'%s' did not report", program);
        }
        fclose(report);
        wait_for(pid);
    }
    in.handler_runs = atomic_load(&shared->handler_runs);
    return in;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        pid_t (*start)(char *const *argv, int out);
    } ways[] = {
        { "fork + exec", fork_and_exec },
        { "posix_spawn", spawn },
        { "qemu_fork + exec", qemu_fork_and_exec }, /* osdep from here on */
        { "osdep_spawn", osdep_way },
    };
    bool clean = true;
    pid_t storm;

    if (argc != 2) {
        fprintf(stderr, "Usage: demo OSDEP-INSPECT\n");
        return 2;
    }
    start_clean();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        out_of_luck("cannot share memory");
    }
    shared->parent = getpid();
    get_nasty();
    storm = start_storm();
    if (storm < 0) {
        out_of_luck("cannot start the sender");
    }

    printf("What children inherit from a parent with ignored, blocked and\n"
           "handled signals and two leaky descriptors, while signals rain on\n"
           "the whole process group (%d starts each):\n\n",
           STARTS);
    printf("%-18s %8s %8s %8s %20s\n", "", "blocked", "ignored", "leaked",
           "handler runs");
    printf("%-18s %8s %8s %8s %20s\n", "started by", "signals", "signals",
           "fds", "in the child");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        Inherited in = try_way(ways[i].start, argv[1]);

        printf("%-18s %8d %8d %8d %20d\n", ways[i].name, in.blocked, in.ignored,
               in.leaked, in.handler_runs);
        fflush(stdout);
        if (i >= 2 && in.blocked + in.ignored + in.leaked + in.handler_runs) {
            clean = false;
        }
    }
    kill(storm, SIGKILL);
    waitpid(storm, NULL, 0);
    if (!clean) {
        error_report("the last two rows are not clean");
    }
    return clean ? 0 : 1;
}
