/*
 * Tests of what a child does between fork and exec, on POSIX systems: that it
 * leaves what the parent's C library keeps alone, that a signal to it does not
 * reach the parent, and that its end is reported whenever it comes
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#endif

#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/by-fork.h"
#include "tests/helpers/interposed-libc.h"
#include "tests/helpers/launch.h"
#include "tests/helpers/newborn.h"
#include "tests/helpers/posix.h"
#include "util/osdep-child.h"
#include "util/osdep-process-posix.h"

extern char **environ;

static const char *const newborn_argv[] = { PROGRAM("newborn"), NULL };

/* = The handlers that a program has set = */

static volatile sig_atomic_t runs[MAX_SIGNALS];

static void count_run(int sig)
{
    runs[sig]++;
}

/* A handler that does not return to a fault would loop. */
static bool can_be_raised(int sig)
{
    struct sigaction sa;

    return sig != SIGKILL && sig != SIGSTOP && sig != SIGCHLD &&
           !is_the_librarys(sig) && sigaction(sig, NULL, &sa) == 0;
}

/* Raise all, and see whether the handlers of those in @expected run. */
static int raise_all(const bool *expected)
{
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (can_be_raised(sig)) {
            runs[sig] = 0;
            raise(sig);
            if (expected && expected[sig] && runs[sig] != 1) {
                return broken("a handler is gone, of signal", sig);
            }
        }
    }
    return 0;
}

static int handlers_survive(void *launch)
{
    const int ignored[] = { SIGHUP, SIGPIPE };
    OsdepSpawnOptions options = { .argv = newborn_argv };
    bool expected[MAX_SIGNALS];

    make_signals_clean();
    for (int sig = 1; sig < OSDEP_SIGNAL_END; sig++) {
        if (can_be_raised(sig)) {
            signal(sig, count_run);
        }
    }
    raise_all(NULL); /* an emulator keeps some for itself */
    for (int sig = 0; sig < MAX_SIGNALS; sig++) {
        expected[sig] = runs[sig] == 1;
    }
    if (!expected[SIGTSTP] || !expected[SIGQUIT] || !expected[SIGHUP]) {
        return broken("no handler runs", 0);
    }
    for (int i = 0; i < 4; i++) {
        options.n_ignore_signals = i % 2 ? 2 : 0;
        options.ignore_signals = ignored;
        ((Launcher *)launch)(&options);
        if (raise_all(expected)) {
            return 1;
        }
    }
    return 0;
}

/*
 * Under MemorySanitizer the control is a child that calls the C library's
 * sigaction(), which the sanitizer is in front of; else nobody keeps a table here.
 */
void handlers_of_the_parent_survive(void)
{
    char output[4096];

    CHECK_INT(in_child(handlers_survive, (void *)osdep_launch, output,
                       sizeof(output)),
              0);
    if (output[0]) {
        printf("# %s\n", output);
    }
}

#if HAVE_LINKER_WRAP

/* = Under an interposed C library = */

static const char why_moot[] = "a child has a memory of its own here";

/* False, with the test skipped, where a child shares nothing of ours. */
static bool shares_memory(void)
{
    if (vfork_is_fork()) {
        skip(why_moot);
        return false;
    }
    return true;
}

static int unharmed(const char *what)
{
    const char *damage = interposed_damage();

    if (damage[0]) {
        fprintf(stderr, "%s: %s", what, damage);
        return 1;
    }
    return 0;
}

/* Start it and wait for it; whether that works is another matter. */
static void start(const OsdepSpawnOptions *options)
{
    OsdepProcess *process = osdep_spawn(options, NULL);

    if (process) {
        osdep_process_wait(process, -1, NULL, NULL);
        osdep_process_free(process);
    }
}

/*
 * With what a child may do.  The last two end in a failure, which the child has
 * to report.
 */
static int do_all(void)
{
    static const int ignored[] = { SIGHUP, SIGINT, SIGTERM };
    static const char *const missing_argv[] = { "/nope/nope", NULL };
    static const char *const searched_argv[] = { "newborn", NULL };
    static const char *const env[] = { "PATH=/nope:/:.", NULL };
    const OsdepPassFd swapped[] = { { 10, 11 }, { 11, 10 }, { 12, 5 } };
    OsdepSpawnOptions options;

    start(&(OsdepSpawnOptions){ .argv = newborn_argv });
    for (unsigned int flags = 0; flags < OSDEP_SPAWN_INHERIT_FDS * 2; flags++) {
        start(&(OsdepSpawnOptions){ .argv = newborn_argv, .flags = flags });
    }
    options = (OsdepSpawnOptions){
        .argv = newborn_argv,
        .cwd = ".",
        .ignore_signals = ignored,
        .n_ignore_signals = 3,
        .pass_fds = swapped,
        .n_pass_fds = 3,
        .in = { .kind = OSDEP_STDIO_NULL },
        .out = { .kind = OSDEP_STDIO_PIPE },
        .err = { .kind = OSDEP_STDIO_STDOUT },
    };
    start(&options);
    options.flags = OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_DIE_WITH_PARENT;
    start(&options);
    start(&(OsdepSpawnOptions){ .argv = searched_argv, .env = env });
    start(&(OsdepSpawnOptions){ .argv = newborn_argv, .cwd = "/nope" });
    start(&(OsdepSpawnOptions){ .argv = missing_argv });
    return 0;
}

/* What the system lacks, for the ways to close descriptors. */
typedef enum Lack {
    NOTHING,
    CLOSE_RANGE,
    LISTS_TOO,
    N_LACKS,
} Lack;

static const char *const lack_names[N_LACKS] = { "as it is",
                                                 "without close_range()",
                                                 "without getdents() too" };

static int leaves_the_library_alone(void *opaque)
{
    const Lack *lack = opaque;

    limit_processes(RLIM_INFINITY);
    make_signals_nasty();
    for (int fd = 10; fd < 13; fd++) {
        open_at(fd);
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 200, 200 });
    if ((*lack >= CLOSE_RANGE && !deny_syscall(nr_close_range, -1, ENOSYS)) ||
        (*lack >= LISTS_TOO && !deny_syscall(nr_getdents, -1, ENOSYS))) {
        return SKIPPED;
    }
    interposed_begin();
    do_all();
    return unharmed(lack_names[*lack]);
}

/*
 * On Linux a child calls no function of the C library that keeps anything.
 * Elsewhere descriptors, groups and directories are set by thin wrappers of the
 * system's, see osdep-child-bsd.c.
 */
void child_leaves_the_c_library_alone(void)
{
    char output[4096];

#ifndef __linux__
    skip("the C library's wrappers of system calls are used here");
    return;
#endif
    if (!shares_memory()) {
        return;
    }
    for (Lack lack = NOTHING; lack < N_LACKS; lack++) {
        int status =
            in_child(leaves_the_library_alone, &lack, output, sizeof(output));

        if (status == SKIPPED) {
            printf("# %s: cannot be had here\n", lack_names[lack]);
            continue;
        }
        CHECK_INT(status, 0);
        CHECK_STR(output, "");
    }
}

/* The controls: a child that makes one call of the C library's. */
typedef struct Careless {
    const char *call;
    void (*make)(void);
    bool may_be_harmless; /* a call that keeps nothing, and takes the lock */
} Careless;

static void set_action(void)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };

    sigaction(SIGUSR1, &sa, NULL);
}

static void set_signal(void)
{
    signal(SIGTERM, SIG_IGN);
}

static void set_thread_mask(void)
{
    sigset_t none;

    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void set_mask(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_session(void)
{
    setsid();
}

static void set_group(void)
{
    setpgid(0, 0);
}

static void copy_fd(void)
{
    dup2(0, 77);
}

static void close_fd(void)
{
    close(78);
}

static void copy_by_fcntl(void)
{
    fcntl(0, F_DUPFD_CLOEXEC, 79);
}

static void open_file(void)
{
    if (open("/dev/null", O_RDONLY) < 0) {
        _exit(1);
    }
}

static void set_directory(void)
{
    if (chdir("/") < 0) {
        _exit(1);
    }
}

static void write_nothing(void)
{
    if (write(2, "", 0) < 0) {
        _exit(1);
    }
}

static void execute(void)
{
    execve(newborn_argv[0], (char *const *)newborn_argv, environ);
}

static const Careless careless[] = {
    { "sigaction", set_action, false },
    { "sigaction", set_signal, false },
    { "pthread_sigmask", set_thread_mask, false },
    { "pthread_sigmask", set_mask, false },
    { "setsid", set_session, false },
    { "setpgid", set_group, false },
    { "dup2", copy_fd, false },
    { "close", close_fd, false },
    { "fcntl", copy_by_fcntl, false },
    { "open", open_file, false },
    { "chdir", set_directory, false },
    { "write", write_nothing, true },
    { "execve", execute, false },
};

enum { N_CARELESS = sizeof(careless) / sizeof(careless[0]) };

static __attribute__((noinline)) pid_t vfork_and_do(void (*make)(void))
{
    pid_t pid = vfork();

    if (pid == 0) {
        make();
        _exit(0);
    }
    return pid;
}

static int does_one_thing(void *opaque)
{
    const Careless *what = opaque;

    make_signals_nasty();
    interposed_begin();
    wait_status(vfork_and_do(what->make));
    return unharmed(what->call);
}

void careless_child_changes_the_c_library(void)
{
    char output[4096], expected[100];

    if (!shares_memory()) {
        return;
    }
    for (int i = 0; i < N_CARELESS; i++) {
        CHECK_INT(in_child(does_one_thing, (void *)&careless[i], output,
                           sizeof(output)),
                  1);
        snprintf(expected, sizeof(expected), "a child took the lock of %s",
                 careless[i].call);
        CHECK_CONTAINS(output, expected);
        if (!careless[i].may_be_harmless) {
            /* and a table, behind the locks of this and of _exit() */
            CU_ASSERT(strstr(output, "another ") != NULL ||
                      strstr(output, "descriptor opened or closed") != NULL ||
                      strcmp(careless[i].call, "close") == 0);
        }
    }
}

/* vfork() and the C library's sigaction(). */
static int careless_ignoring_launch(const OsdepSpawnOptions *options)
{
    pid_t pid = vfork();

    if (pid == 0) {
        for (size_t i = 0; i < options->n_ignore_signals; i++) {
            signal(options->ignore_signals[i], SIG_IGN);
        }
        execve(options->argv[0], (char *const *)options->argv, environ);
        _exit(127);
    }
    return wait_status(pid);
}

/* SIGHUP is to be ignored, and the kernel has to hear of that. */
static int ignores_in_spite(void *launch)
{
    static const int ignored[] = { SIGHUP };
    const OsdepSpawnOptions options = {
        .argv = newborn_argv,
        .ignore_signals = ignored,
        .n_ignore_signals = 1,
    };

    make_signals_clean();
    interposed_begin();
    interposed_reserve(SIGHUP);
    for (int i = 0; i < 3; i++) {
        int status = ((Launcher *)launch)(&options);

        if (!(status & NEWBORN_IGNORED)) {
            return broken("SIGHUP is not ignored", status);
        }
    }
    return 0;
}

static int handlers_survive_interposed(void *launch)
{
    interposed_begin();
    return handlers_survive(launch);
}

void signals_are_set_under_an_interposed_c_library(void)
{
    char output[4096];

    if (!shares_memory()) {
        return;
    }
    CHECK_INT(in_child(ignores_in_spite, (void *)osdep_launch, output,
                       sizeof(output)),
              0);
    CHECK_STR(output, "");
    CHECK_INT(in_child(handlers_survive_interposed, (void *)osdep_launch,
                       output, sizeof(output)),
              0);
    CHECK_STR(output, "");
    /* The controls */
    CHECK_INT(in_child(ignores_in_spite, (void *)careless_ignoring_launch,
                       output, sizeof(output)),
              1);
    CHECK_CONTAINS(output, "SIGHUP is not ignored");
    CHECK_INT(in_child(handlers_survive_interposed,
                       (void *)careless_ignoring_launch, output,
                       sizeof(output)),
              1);
    CHECK_CONTAINS(output, "a handler is gone, of signal");
}

#else

#define SKIPPED_WITHOUT_WRAP(name)         \
    void name(void)                        \
    {                                      \
        skip("this linker has no --wrap"); \
    }
SKIPPED_WITHOUT_WRAP(child_leaves_the_c_library_alone)
SKIPPED_WITHOUT_WRAP(careless_child_changes_the_c_library)
SKIPPED_WITHOUT_WRAP(signals_are_set_under_an_interposed_c_library)

#endif

/* = Handlers that the kernel calls = */

/*
 * The layout of the kernel's structure and how a handler returns depend on the
 * architecture, so this runs on all of them.  It ends with the status that
 * @opaque, an int, says.
 */
static int comes_back_from_handlers(void *opaque)
{
    static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
    volatile double sum = 0;

    make_signals_clean();
    for (int i = 0; i < 300; i++) {
        if (osdep_child_set_until_exec(stops[i % 3])) {
            return broken("cannot be caught", stops[i % 3]);
        }
        sum += 0.5;
        raise(stops[i % 3]);
        sum += 0.5;
    }
    if (osdep_child_ignore(SIGTERM) || osdep_child_ignore(SIGQUIT)) {
        return broken("cannot be ignored", SIGTERM);
    }
    raise(SIGTERM);
    raise(SIGQUIT);
    return sum == 300 ? *(const int *)opaque : broken("sum", (long)sum);
}

static int is_ended_by(void *opaque)
{
    const int *sig = opaque;

    make_signals_clean();
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    if (osdep_child_ignore(*sig) || osdep_child_set_until_exec(*sig)) {
        return broken("cannot be set", *sig);
    }
    raise(*sig);
    return 0;
}

#ifdef __linux__

static const int dumping[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                               SIGFPE,  SIGSEGV, SIGSYS,  SIGXCPU, SIGXFSZ };
enum { N_DUMPING = sizeof(dumping) / sizeof(dumping[0]) };

static int is_ended_by_its_own_fault(void *opaque)
{
    /* Not NULL, which UBSan looks for. */
    char *volatile nowhere =
        mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)opaque;
    osdep_child_set_until_exec(SIGSEGV);
    *nowhere = 1;
    return 0;
}

#ifdef __x86_64__

/* The control: what happens without the code by which a handler returns. */
static int has_no_restorer(void *opaque)
{
    static void (*const sa[8])(int) = { count_run };

    (void)opaque;
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    syscall(SYS_rt_sigaction, SIGTSTP, sa, NULL, _NSIG / 8);
    raise(SIGTSTP);
    return 0;
}

#endif

static void check_dumping_signals(char *output, size_t size)
{
    for (int i = 0; i < N_DUMPING; i++) {
        int sig = dumping[i];

        CHECK_INT(in_child(is_ended_by, &sig, output, size), 128 + SIGKILL);
    }
    if (!under_valgrind) { /* which takes the fault for a mistake */
        CHECK_INT(in_child(is_ended_by_its_own_fault, NULL, output, size),
                  128 + SIGKILL);
    }
#if defined __x86_64__
    if (!under_emulator && !under_valgrind) {
        /* SIGSEGV, which sanitizers make an exit status of */
        CU_ASSERT(in_child(has_no_restorer, NULL, output, size) != 0);
    }
#endif
}

#else

static void check_dumping_signals(char *output, size_t size)
{
    (void)output, (void)size;
}

#endif

void handlers_of_the_child_return_or_end_it(void)
{
    char output[4096];
    int status = 7, sig = SIGTERM;

    CHECK_INT(
        in_child(comes_back_from_handlers, &status, output, sizeof(output)), 7);
    CHECK_STR(output, "");
    CHECK_INT(in_child(is_ended_by, &sig, output, sizeof(output)),
              128 + SIGTERM);
    check_dumping_signals(output, sizeof(output));
}

/* = Under a tracer, which stops the child where it likes = */

#if defined __linux__ && HAVE_LINKER_WRAP

typedef enum Way {
    FIRST_CHILD, /* of all: it reports through a pipe */
    AS_HERE,     /* by clone(2), with shared descriptors */
    BY_VFORK,
    BY_FORK,
    N_WAYS,
} Way;

static const char *const way_names[N_WAYS] = { "first child", "clone", "vfork",
                                               "fork" };

typedef enum Moment {
    AT_BIRTH,   /* before its first instruction */
    AT_UNBLOCK, /* as it empties its mask */
    AT_EXECUTE,
    N_MOMENTS,
} Moment;

static const char *const moment_names[N_MOMENTS] = { "at birth", "at unblock",
                                                     "at execve" };

/* At @moment the child gets signal @sig, 0 for none. */
typedef struct Traced {
    Way way;
    Moment moment;
    int sig;
    unsigned long long *caught, *blocked; /* by the child then; shared */
} Traced;

/* The process that starts the child says what came of it. */
static _Noreturn void be_subject(const Traced *traced)
{
    OsdepSpawnOptions options = { .argv = newborn_argv };
    OsdepError *err = NULL;
    OsdepProcess *process;
    OsdepExit how;

    make_signals_clean();
    children_by_fork = traced->way == BY_FORK;
    options.flags = traced->way == BY_VFORK ? OSDEP_SPAWN_INHERIT_FDS : 0;
    for (int i = 0; i < 2 && traced->way != FIRST_CHILD; i++) {
        osdep_launch(&options);
    }
    raise(SIGSTOP); /* until the tracer is there */
    process = osdep_spawn(&options, &err);
    if (!process) {
        fprintf(stderr, "%s", osdep_error_get_pretty(err));
        _exit(0);
    }
    osdep_process_wait(process, -1, &how, &error_fatal);
    fprintf(stderr, "%s %u",
            how.kind == OSDEP_SIGNALLED ? "killed by" : "exited with",
            how.code);
    _exit(0);
}

/* The system call that @pid is about to make; -1 if that cannot be known. */
static long syscall_of(pid_t pid)
{
    char path[64];
    long nr = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/syscall", (long)pid);
    f = fopen(path, "re");
    if (f) {
        if (fscanf(f, "%ld", &nr) != 1) {
            nr = -1;
        }
        fclose(f);
    }
    return nr;
}

static void note_signals_of(pid_t pid, const Traced *traced)
{
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f)) {
        sscanf(line, "SigCgt: %llx", traced->caught);
        sscanf(line, "SigBlk: %llx", traced->blocked);
    }
    if (f) {
        fclose(f);
    }
}

/*
 * Child @pid has stopped: let it go on, and do what is to be done to it if this
 * is the moment.  @resets: it has begun to set signals.
 */
static void go_on(pid_t pid, int status, const Traced *traced, bool *was_told,
                  bool *resets)
{
    const bool is_event = status >> 16 != 0;
    const bool is_call = !is_event && WSTOPSIG(status) == (SIGTRAP | 0x80);
    const long nr = is_call ? syscall_of(pid) : -1;
    const bool is_moment = traced->moment == AT_BIRTH ? true
                           : traced->moment == AT_UNBLOCK
                               ? *resets && is_call && nr == SYS_rt_sigprocmask
                               : is_call && nr == SYS_execve;
    int sig = is_event || is_call ? 0 : WSTOPSIG(status);

    *resets |= nr == SYS_rt_sigaction;
    if (!*was_told && is_moment) {
        *was_told = true;
        note_signals_of(pid, traced);
        if (traced->sig) {
            kill(pid, traced->sig);
        }
    }
    ptrace(*was_told ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL, (long)sig);
}

static int trace(void *opaque)
{
    const long options = PTRACE_O_TRACEVFORK | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD |
                         PTRACE_O_EXITKILL;
    const Traced *traced = opaque;
    bool was_told = false, resets = false;
    pid_t subject = fork(), pid;
    int status;

    if (subject == 0) {
        be_subject(traced);
    }
    alarm(120);
    if (waitpid(subject, &status, WUNTRACED) != subject ||
        !WIFSTOPPED(status) ||
        ptrace(PTRACE_SEIZE, subject, NULL, options) < 0) {
        kill(subject, SIGKILL);
        wait_status(subject);
        return SKIPPED;
    }
    kill(subject, SIGCONT);
    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (pid == subject && !WIFSTOPPED(status)) {
            break;
        } else if (pid > 0 && pid != subject && WIFSTOPPED(status)) {
            go_on(pid, status, traced, &was_told, &resets);
        } else if (pid == subject) {
            int sig = status >> 16 ? 0 : WSTOPSIG(status);

            ptrace(PTRACE_CONT, pid, NULL, (long)(sig == SIGSTOP ? 0 : sig));
        }
    }
    return !WIFEXITED(status)
               ? broken("the parent ended as well, status", status)
           : was_told ? WEXITSTATUS(status)
                      : broken("the moment did not come", 0);
}

static bool can_trace(const Traced *traced)
{
    char output[4096];
    bool can =
        !under_valgrind && !under_emulator &&
        in_child(trace, (void *)traced, output, sizeof(output)) != SKIPPED;

    if (!can) {
        skip("no process can be traced here");
    }
    return can;
}

/* A child that is killed was started or not, however it reports. */
void killed_child_is_reported_whenever_it_is(void)
{
    unsigned long long *sets = shared_memory(2 * sizeof(*sets));
    const Traced probe = { AS_HERE, AT_BIRTH, 0, &sets[0], &sets[1] };
    unsigned int n = 0;

    if (under_tsan) {
        skip("TSan makes system calls of its own");
        return;
    }
    if (!can_trace(&probe)) {
        return;
    }
    for (Way way = FIRST_CHILD; way < N_WAYS; way++) {
        for (Moment moment = AT_BIRTH; moment < N_MOMENTS; moment++) {
            Traced traced = { way, moment, SIGKILL, &sets[0], &sets[1] };
            char output[4096];

            CHECK_INT(in_child(trace, &traced, output, sizeof(output)), 0);
            if (moment == AT_BIRTH) {
                CHECK_STR(output, "child process was killed before it could "
                                  "execute './newborn'");
            } else {
                CHECK_STR(output, "killed by 9");
            }
            printf("# %s, killed %s: %s\n", way_names[way],
                   moment_names[moment], output);
            n++;
        }
    }
    printf("# count: %u children killed under a tracer\n", n);
}

/*
 * Linux before 5.16 ends the parent with a child that dumps core.  On any kernel
 * this can be seen: no signal that dumps has its default disposition when it can
 * come.
 */
void signals_that_dump_core_are_caught_until_exec(void)
{
    static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
    unsigned long long *sets = shared_memory(2 * sizeof(*sets));
    const Traced probe = { AS_HERE, AT_BIRTH, 0, &sets[0], &sets[1] };
    char output[4096];

    if (under_tsan) {
        skip("TSan makes system calls of its own");
        return;
    }
    if (!can_trace(&probe)) {
        return;
    }
    for (Way way = FIRST_CHILD; way < N_WAYS; way++) {
        unsigned long long wanted = 0;
        Traced traced = { way, AT_EXECUTE, 0, &sets[0], &sets[1] };

        for (int i = 0; i < N_DUMPING; i++) {
            wanted |= 1ULL << (dumping[i] - 1);
        }
        for (int i = 0; i < 3; i++) {
            wanted |= 1ULL << (stops[i] - 1);
        }
        sets[0] = 0;
        sets[1] = 1;
        CHECK_INT(in_child(trace, &traced, output, sizeof(output)), 0);
        CHECK_INT(sets[0] & wanted, wanted);
        CHECK_INT(sets[1], 0);

        traced.moment = AT_UNBLOCK;
        for (int i = 0; i < N_DUMPING; i++) {
            traced.sig = dumping[i];
            CHECK_INT(in_child(trace, &traced, output, sizeof(output)), 0);
            CHECK_STR(output, "killed by 9");
        }
        for (int i = 0; i < 3; i++) {
            traced.sig = stops[i];
            CHECK_INT(in_child(trace, &traced, output, sizeof(output)), 0);
            CHECK_CONTAINS(output, "exited with ");
        }
    }
}

#else

#define NO_TRACER(name)                                         \
    void name(void)                                             \
    {                                                           \
        skip("a matter of Linux, and of a linker with --wrap"); \
    }
NO_TRACER(killed_child_is_reported_whenever_it_is)
NO_TRACER(signals_that_dump_core_are_caught_until_exec)

#endif
