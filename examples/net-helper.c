/*
 * net-helper SCRIPT INTERFACE: start a network helper script with one
 * descriptor passed to it and all else closed
 *
 * SPDX-License-Identifier: MIT
 *
 * As emulators do with a tap device.  Here the descriptor is one end of a
 * socket pair: the script has it as number 3, and we read the script's answer
 * from the other end.
 */
#include "osdep/osdep.h"

#include <sys/socket.h>

#include "osdep/process.h"

/* Read one line from @fd; false if there is none. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t len = 0;

    while (len < size - 1 && read(fd, line + len, 1) == 1) {
        if (line[len] == '\n') {
            line[len] = '\0';
            return true;
        }
        len++;
    }
    return false;
}

static bool start_interface(const char *script, const char *interface,
                            Error **errp)
{
    const char *argv[] = { script, interface, "3", NULL };
    OsdepPassFd pass = { .theirs = 3 };
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_NULL },
        .pass_fds = &pass,
        .n_pass_fds = 1,
    };
    char line[200];
    OsdepProcess *process;
    OsdepExit how;
    bool is_up;
    int fds[2];

    /* Close-on-exec or not makes no difference: pass_fds alone counts. */
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) {
        error_setg_errno(errp, errno, "cannot create a socket pair");
        return false;
    }
    pass.ours = fds[1];
    process = osdep_spawn(&options, errp);
    close(fds[1]); /* the script's: we see end-of-file when it is done */
    if (!process) {
        close(fds[0]);
        return false;
    }
    is_up = read_line(fds[0], line, sizeof(line));
    if (is_up) {
        printf("%s says: %s\n", script, line);
    }
    close(fds[0]);
    if (osdep_process_wait(process, -1, &how, errp) == OSDEP_WAIT_FAILED) {
        is_up = false;
    } else if (!is_up || how.kind != OSDEP_EXITED || how.code != 0) {
        error_setg(errp, "'%s' did not start %s (%s %u)", script, interface,
                   how.kind == OSDEP_EXITED ? "exit status" : "signal",
                   (unsigned int)how.code);
        is_up = false;
    }
    osdep_process_free(process);
    return is_up;
}

int main(int argc, char **argv)
{
    Error *err = NULL;

    if (argc != 3) {
        fprintf(stderr, "Usage: net-helper SCRIPT INTERFACE\n");
        return 2;
    }
    if (!start_interface(argv[1], argv[2], &err)) {
        error_report_err(err);
        return 1;
    }
    return 0;
}
