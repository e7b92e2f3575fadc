/*
 * Running programs from tests, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

#include "osdep/fd.h"
#include "util/osdep-child.h"

const int aborted_status = 128 + SIGABRT;

int wait_status(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Fork, run @fn(@arg) in the child with descriptor 2, and if @both 1 too, being
 * a pipe, and collect what comes through it.
 */
static int collect(int (*fn)(void *), void *arg, bool both, char *output,
                   size_t size)
{
    char buf[4096];
    size_t len = 0;
    int fds[2];
    ssize_t n;
    pid_t pid;

    output[0] = '\0';
    if (pipe(fds) < 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        if (dup2(fds[1], 2) < 0 || (both && dup2(fds[1], 1) < 0)) {
            _exit(126);
        }
        close(fds[0]);
        close(fds[1]);
        _exit(fn(arg));
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return -1;
    }
    while ((n = read(fds[0], buf, sizeof(buf))) != 0) {
        if (n < 0) {
            continue;
        }
        if ((size_t)n > size - 1 - len) {
            n = (ssize_t)(size - 1 - len);
        }
        memcpy(output + len, buf, (size_t)n);
        len += (size_t)n;
    }
    output[len] = '\0';
    close(fds[0]);
    return wait_status(pid);
}

int in_child(int (*fn)(void *), void *arg, char *output, size_t size)
{
    return collect(fn, arg, false, output, size);
}

typedef struct Program {
    void (*prepare)(void);
    const char *const *argv;
} Program;

static int exec_program(void *opaque)
{
    const Program *program = opaque;
    const int streams[] = { 0, 1, 2 };

    if (program->prepare) {
        make_signals_clean();
        osdep_child_reset_reserved_signals();
        qemu_close_all_open_fd(streams, 3);
        program->prepare();
    }
    exec_argv(program->argv);
    return 127;
}

int run_after(void (*prepare)(void), const char *const *argv, char *output,
              size_t size)
{
    Program program = { prepare, argv };

    return collect(exec_program, &program, true, output, size);
}

int run_program(const char *const *argv, char *output, size_t size)
{
    return run_after(NULL, argv, output, size);
}

/* Whoever inherits an orphan may leave it a zombie. */
static bool is_zombie(long pid)
{
    char path[64], state = '?';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    f = fopen(path, "re");
    if (f) {
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) {
            state = '?';
        }
        fclose(f);
    }
    return state == 'Z' || state == 'X';
}

bool process_is_alive(long pid)
{
    return kill((pid_t)pid, 0) == 0 && !is_zombie(pid);
}

bool process_ends(long pid)
{
    const struct timespec nap = { .tv_nsec = 10000000 };

    for (int i = 0; i < 3000 && process_is_alive(pid); i++) {
        nanosleep(&nap, NULL);
    }
    return !process_is_alive(pid);
}

void kill_process(long pid)
{
    if (pid > 1) {
        kill((pid_t)pid, SIGKILL);
    }
}
