/*
 * A C library with something in front of it that keeps tables and takes a lock
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/interposed-libc.h"

#include "tests/helpers/harness.h"

#if HAVE_LINKER_WRAP

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "tools/inspect.h"

typedef void Handler(int);

enum { N_FDS = 256, PATH_SIZE = 200 };

/* In memory that a child of a vfork() shares, which is the point. */
typedef struct Tables {
    Handler *handlers[MAX_SIGNALS];
    sigset_t mask;
    bool fds[N_FDS]; /* opened here */
    unsigned int sessions, groups;
    unsigned int controls; /* of prctl() */
    char directory[PATH_SIZE];
    char program[PATH_SIZE];
} Tables;

static Tables tables, before;
static bool reserved[MAX_SIGNALS];
static pid_t parent; /* 0: nothing is kept */
static atomic_int lock;

/* The functions that children called, in turn. */
static const char *called[64];
static unsigned int n_called;

/* Not the C library's, which we may be in front of. */
static pid_t own_pid(void)
{
#ifdef __linux__
    return (pid_t)syscall(SYS_getpid);
#else
    return getpid();
#endif
}

/*
 * Take the lock.  In a child another thread of the parent may have it, which is
 * what is found out here, so a child only says that it would.
 */
static void enter(const char *function)
{
    bool is_known = false;

    if (!parent) {
        return;
    }
    if (own_pid() == parent) {
        while (atomic_exchange(&lock, 1)) {
            sched_yield();
        }
        return;
    }
    for (unsigned int i = 0; i < n_called; i++) {
        is_known |= strcmp(called[i], function) == 0;
    }
    if (!is_known && n_called < sizeof(called) / sizeof(called[0])) {
        called[n_called++] = function;
    }
}

static void leave(void)
{
    if (parent && own_pid() == parent) {
        atomic_store(&lock, 0);
    }
}

/* = In front of the C library's functions = */

int __real_sigaction(int sig, const struct sigaction *act,
                     struct sigaction *old);
int __wrap_sigaction(int sig, const struct sigaction *act,
                     struct sigaction *old);
Handler *__wrap_signal(int sig, Handler *handler);
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old);

static void call_handler(int sig)
{
    Handler *handler = tables.handlers[sig];

    if (handler && handler != SIG_IGN) {
        handler(sig);
    }
}

int __wrap_sigaction(int sig, const struct sigaction *act,
                     struct sigaction *old)
{
    const bool is_kept = parent && sig > 0 && sig < MAX_SIGNALS &&
                         !(act && act->sa_flags & SA_SIGINFO);
    struct sigaction actual;
    int result = 0;

    enter("sigaction");
    if (act) {
        actual = *act;
        if (is_kept && act->sa_handler != SIG_DFL &&
            act->sa_handler != SIG_IGN) {
            actual.sa_handler = call_handler;
        }
    }
    if (!is_kept || !reserved[sig]) {
        result = __real_sigaction(sig, act ? &actual : NULL, old);
    }
    if (is_kept && result == 0) {
        if (old && reserved[sig]) {
            memset(old, 0, sizeof(*old));
        }
        if (old && (reserved[sig] || old->sa_handler == call_handler)) {
            old->sa_handler = tables.handlers[sig];
        }
        if (act) {
            tables.handlers[sig] = act->sa_handler;
        }
    }
    leave();
    return result;
}

Handler *__wrap_signal(int sig, Handler *handler)
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
    struct sigaction old = { .sa_handler = SIG_DFL };

    sigemptyset(&sa.sa_mask);
    return __wrap_sigaction(sig, &sa, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    int err;

    enter("pthread_sigmask");
    err = __real_pthread_sigmask(how, set, old);
    if (parent) {
        __real_pthread_sigmask(SIG_SETMASK, NULL, &tables.mask);
    }
    leave();
    return err;
}

int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    int err = __wrap_pthread_sigmask(how, set, old);

    errno = err ? err : errno;
    return err ? -1 : 0;
}

static void note_fd(int fd, bool is_open)
{
    if (parent && fd >= 0 && fd < N_FDS) {
        tables.fds[fd] = is_open;
    }
}

/*
 * @call is what is done in between, with the function's result in @result; the
 * parentheses are those of a parameter list.
 */
/* clang-format off */
#define WRAP(type, name, parameters, arguments, note) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters \
    { \
        type result; \
        enter(#name); \
        result = __real_##name arguments; \
        if (parent) { \
            note; \
        } \
        leave(); \
        return result; \
    }

WRAP(pid_t, setsid, (void), (), tables.sessions++)
WRAP(int, setpgid, (pid_t pid, pid_t group), (pid, group), tables.groups++)
WRAP(int, dup2, (int from, int to), (from, to), note_fd(to, true))
WRAP(int, dup3, (int from, int to, int flags), (from, to, flags),
     note_fd(to, true))
WRAP(int, close, (int fd), (fd), note_fd(fd, false))
WRAP(int, chdir, (const char *path), (path),
     strncpy(tables.directory, path, PATH_SIZE - 1))
WRAP(pid_t, getppid, (void), (), (void)0)
WRAP(int, kill, (pid_t pid, int sig), (pid, sig), (void)0)
WRAP(ssize_t, write, (int fd, const void *data, size_t size),
     (fd, data, size), (void)0)

/* It does not return if all is well, so it takes notes before. */
#define WRAP_EXECUTE(name, parameters, arguments) \
    int __real_##name parameters; \
    int __wrap_##name parameters; \
    int __wrap_##name parameters \
    { \
        enter(#name); \
        if (parent) { \
            strncpy(tables.program, path, PATH_SIZE - 1); \
        } \
        leave(); \
        return __real_##name arguments; \
    }

WRAP_EXECUTE(execve, (const char *path, char *const *argv, char *const *env),
             (path, argv, env))

#define WRAP_VARIADIC(name, first, last, real, note) \
    int __real_##name(first a, last b, ...); \
    int __wrap_##name(first a, last b, ...); \
    int __wrap_##name(first a, last b, ...) \
    { \
        va_list ap; \
        int result; \
        long c; \
        va_start(ap, b); \
        c = va_arg(ap, long); \
        va_end(ap); \
        enter(#name); \
        result = __real_##name real; \
        if (parent) { \
            note; \
        } \
        leave(); \
        return result; \
    }
/* clang-format on */

/* As it is called: with an int, a pointer, or nothing at all. */
static bool is_about_copy(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

WRAP_VARIADIC(fcntl, int, int, (a, b, c),
              note_fd(is_about_copy(b) ? result : -1, true))
WRAP_VARIADIC(open, const char *, int, (a, b, c), note_fd(result, true))
#ifdef __GLIBC__
WRAP_VARIADIC(fcntl64, int, int, (a, b, c),
              note_fd(is_about_copy(b) ? result : -1, true))
WRAP_VARIADIC(open64, const char *, int, (a, b, c), note_fd(result, true))
#endif

#ifdef __linux__
int __real_prctl(int option, ...);
int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c,
                 unsigned long d);

int __wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c,
                 unsigned long d)
{
    int result;

    enter("prctl");
    result = __real_prctl(option, a, b, c, d);
    tables.controls += parent != 0;
    leave();
    return result;
}
#endif

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
    enter("_exit");
    leave();
    __real__exit(status);
}

/* = What came of it = */

void interposed_begin(void)
{
    struct sigaction sa;

    parent = 0;
    memset(&tables, 0, sizeof(tables));
    memset(reserved, 0, sizeof(reserved));
    n_called = 0;
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (__real_sigaction(sig, NULL, &sa) == 0) {
            tables.handlers[sig] = sa.sa_handler;
        }
    }
    __real_pthread_sigmask(SIG_SETMASK, NULL, &tables.mask);
    parent = own_pid();
    before = tables;
}

void interposed_reserve(int sig)
{
    reserved[sig] = true;
}

static void say(char *text, size_t size, const char *what, const char *more)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len, "%s%s%.100s", len ? "; " : "", what, more);
}

const char *interposed_damage(void)
{
    static char text[2048];
    char number[64];

    text[0] = '\0';
    for (unsigned int i = 0; i < n_called; i++) {
        say(text, sizeof(text), "a child took the lock of ", called[i]);
    }
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (tables.handlers[sig] != before.handlers[sig]) {
            snprintf(number, sizeof(number), "%d", sig);
            say(text, sizeof(text), "another handler for signal ", number);
        }
    }
    for (int fd = 0; fd < N_FDS; fd++) {
        if (tables.fds[fd] != before.fds[fd]) {
            snprintf(number, sizeof(number), "%d", fd);
            say(text, sizeof(text), "descriptor opened or closed: ", number);
        }
    }
    if (memcmp(&tables.mask, &before.mask, sizeof(tables.mask)) != 0) {
        say(text, sizeof(text), "another mask", "");
    }
    if (tables.sessions != before.sessions || tables.groups != before.groups) {
        say(text, sizeof(text), "another session or group", "");
    }
    if (tables.controls != before.controls) {
        say(text, sizeof(text), "a prctl()", "");
    }
    if (strcmp(tables.directory, before.directory) != 0) {
        say(text, sizeof(text), "another directory: ", tables.directory);
    }
    if (strcmp(tables.program, before.program) != 0) {
        say(text, sizeof(text), "another program: ", tables.program);
    }
    return text;
}

#endif
