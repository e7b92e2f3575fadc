/*
 * A stranger with functions and variables of its own under QEMU's names, among
 * them those that osdep 0.1 used in object code
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/process.h"
#include "osdep/ram.h"

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

/* How many of this program's functions were called. */
static int called;

/* Each takes other arguments than QEMU's function of that name. */
#define OWN(name)  \
    int name(void) \
    {              \
        called++;  \
        return 1;  \
    }

#define FOR_EACH_NAME(X)         \
    X(error_report)              \
    X(error_report_err)          \
    X(error_free)                \
    X(error_copy)                \
    X(error_prepend)             \
    X(error_propagate)           \
    X(error_get_pretty)          \
    X(error_setg_internal)       \
    X(error_setg_errno_internal) \
    X(error_set_internal)        \
    X(error_append_hint)         \
    X(warn_report)               \
    X(info_report)               \
    X(qemu_fork)                 \
    X(qemu_set_cloexec)          \
    X(qemu_close_all_open_fd)    \
    X(qemu_anon_ram_alloc)       \
    X(qemu_anon_ram_free)        \
    X(qemu_madvise)              \
    X(qemu_memalign)             \
    X(qemu_vfree)                \
    X(error_set_reporter)        \
    X(error_setg_win32_internal) \
    X(spawn)                     \
    X(communicate)

#define DECLARE(name) int name(void);
FOR_EACH_NAME(DECLARE)
FOR_EACH_NAME(OWN)

/* QEMU's error_abort is an object, and so are these. */
int error_abort = 11, error_fatal = 12, error_warn = 13;

static char reported[200];

static void keep_report(OsdepReportKind kind, const char *message,
                        const char *hint, void *opaque)
{
    (void)opaque, (void)hint;
    snprintf(reported, sizeof(reported), "%d %s", (int)kind, message);
}

#define CALL(name) +name()

int main(void)
{
    const char *argv[] = { "./no-such-program", NULL };
    OsdepSpawnOptions options = { .argv = argv };
    OsdepError *err = NULL, *copy;
    int fds[2], all;
    void *ram;
    osdep_pid pid;

    osdep_error_set_reporter(keep_report, NULL);
    if (osdep_spawn(&options, &err)) {
        return 2;
    }
    osdep_error_prepend(&err, "here: ");
    copy = osdep_error_copy(err);
    osdep_error_free(err);
    osdep_error_report_err(copy);
    osdep_spawn(&options, &osdep_error_warn);
    if (strncmp(reported, "1 cannot execute", 16) != 0) {
        printf("the report: %s\n", reported);
        return 3;
    }
    if (!osdep_pipe(fds, &osdep_error_fatal)) {
        return 4;
    }
    osdep_set_cloexec(fds[0]);
    ram = osdep_ram_alloc(4096, 0, &osdep_error_abort);
    osdep_ram_free(ram, 4096);
    osdep_vfree(osdep_memalign(64, 100));
    pid = osdep_fork(NULL);
#ifndef _WIN32
    if (pid == 0) {
        osdep_close_all_open_fd(NULL, 0);
        _exit(called);
    }
    if (pid < 0 || waitpid(pid, &all, 0) != pid || all != 0) {
        return 5;
    }
#else
    if (pid != -1) {
        return 5;
    }
#endif
    if (called != 0) {
        printf("osdep called %d functions of the program\n", called);
        return 6;
    }
    all = 0 FOR_EACH_NAME(CALL);
    printf("own functions: %d of %d; own objects: %d\n", called, all,
           error_abort + error_fatal + error_warn);
    return called == all ? 0 : 7;
}
