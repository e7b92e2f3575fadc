/*
 * A source of QEMU that spawns: errors are QEMU's own objects
 *
 * SPDX-License-Identifier: MIT
 */
#include "qemu/osdep.h"
#include "qapi/error.h"

#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/process.h"
#include "osdep/ram.h"

/* QEMU's own, which osdep must not replace. */
void qemu_set_cloexec(int fd)
{
    printf("QEMU's qemu_set_cloexec(%d)\n", fd);
}

int qemu_madvise(void *addr, size_t len, int advice)
{
    (void)addr, (void)len;
    return advice;
}

static bool spawn(const char *program, Error **errp)
{
    const char *argv[] = { program, "hello", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepRunResult result;

    if (!osdep_run(&options, NULL, &result, errp)) {
        return false;
    }
    fputs(result.out, stdout);
    osdep_run_result_clear(&result);
    return true;
}

int main(int argc, char **argv)
{
    Error *err = NULL;
    int fds[2];

    (void)argv;
    qemu_set_cloexec(3);
    if (!spawn("echo", &err) || !osdep_pipe(fds, &err)) {
        error_report_err(err);
        return 2;
    }
    if (!spawn("./no-such-program", &err)) {
        printf("QEMU has: %s\n", error_get_pretty(err));
        error_free(err);
    }
    fflush(stdout);
    if (argc > 1) {
        spawn("./no-such-program", &error_fatal);
    }
    return 0;
}
