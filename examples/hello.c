/*
 * Start a program with qemu_fork(), and say what went wrong if it did
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <sys/wait.h>

#include "osdep/fd.h"

/* Start @path with no signal blocked, none handled, and no descriptor above 2. */
static pid_t start(const char *path, Error **errp)
{
    const int keep[] = { 0, 1, 2 };
    pid_t pid = qemu_fork(errp);

    if (pid == 0) {
        qemu_close_all_open_fd(keep, 3);
        execl(path, path, "Hello, clean world", (char *)NULL);
        _exit(127);
    }
    return pid;
}

int main(void)
{
    Error *err = NULL;
    int status = 1;
    pid_t pid = start("/bin/echo", &err);

    if (pid < 0) {
        error_reportf_err(err, "no greeting today: ");
        return 1;
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
