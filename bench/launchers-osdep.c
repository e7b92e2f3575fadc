/*
 * osdep_spawn(), plain and with everything on
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>

#include "bench/launchers.h"
#include "osdep/fd.h"
#include "osdep/process.h"

#ifdef _WIN32
#define NULL_DEVICE "NUL"
#else
#define NULL_DEVICE "/dev/null"
#endif

int bench_kept_fd = -1;

bool osdep_prepare(const char *program)
{
    (void)program;
    if (bench_kept_fd < 0) {
        bench_kept_fd = open(NULL_DEVICE, O_RDONLY);
        if (bench_kept_fd >= 0) {
            qemu_set_cloexec(bench_kept_fd);
        }
    }
    return bench_kept_fd >= 0;
}

bool osdep_spawn_plain(const char *program, Child *child)
{
    const char *argv[] = { program, NULL };
    OsdepSpawnOptions options = { .argv = argv };

    child->object = osdep_spawn(&options, &error_warn);
    return child->object != NULL;
}

bool osdep_spawn_all(const char *program, Child *child)
{
    const char *argv[] = { program, NULL };
    const OsdepPassFd pass = { .ours = bench_kept_fd, .theirs = bench_kept_fd };
    OsdepSpawnOptions options = {
        .argv = argv,
        .cwd = "/",
        .in = { .kind = OSDEP_STDIO_PIPE },
        .out = { .kind = OSDEP_STDIO_PIPE },
        .err = { .kind = OSDEP_STDIO_PIPE },
        .pass_fds = &pass,
        .n_pass_fds = 1,
        .flags = OSDEP_SPAWN_NEW_SESSION,
    };

    child->object = osdep_spawn(&options, &error_warn);
    return child->object != NULL;
}

bool osdep_finish(Child *child)
{
    OsdepExit how;
    OsdepWait ended = osdep_process_wait(child->object, -1, &how, &error_warn);

    osdep_process_free(child->object);
    return ended == OSDEP_WAIT_ENDED && how.kind == OSDEP_EXITED &&
           how.code == 0;
}
