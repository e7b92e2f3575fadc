/*
 * Tests of osdep-run that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define SKIP_REASON "a POSIX system has fork"
RUN_WIN32_CASES(TEST_SKIP)

/* Ours may have folders that may not be searched, and those are not "not found". */
#define SAFE_PATH "PATH=/usr/bin:/bin"

#define RUN_CLEAN(output, ...) RUN(output, PROGRAM("osdep-run"), __VA_ARGS__)

void run_gives_clean_environment(void)
{
    char output[8192];

    CHECK_INT(RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-run"),
                        PROGRAM("osdep-inspect"), "--check"),
              0);
    /* The control: the same without osdep-run. */
    CHECK_INT(
        RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-inspect"), "--check"),
        1);
}

void run_keeps_named_descriptors(void)
{
    char output[8192];

    CHECK_INT(RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-run"), "-k", "9",
                        PROGRAM("osdep-inspect"), "--check"),
              1);
    CHECK_CONTAINS(output, "descriptors 4, 1 above 2\n");
    CHECK_CONTAINS(output, "osdep-inspect: descriptor 9 is open");
    CHECK_INT(RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-run"), "-k", "9",
                        "-k", "7", PROGRAM("osdep-inspect"), "--check"),
              1);
    CHECK_CONTAINS(output, "descriptors 5, 2 above 2\n");
    CHECK_INT(RUN_AFTER(make_all_nasty, output, PROGRAM("osdep-run"), "-k", "8",
                        PROGRAM("osdep-inspect")),
              125);
    CHECK_STR(output, "osdep-run: cannot keep descriptor 8: "
                      "Bad file descriptor\n");
}

void run_passes_exit_status(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "echo hello; exit 7"), 7);
    CHECK_STR(output, "hello\n");
    CHECK_INT(RUN_CLEAN(output, "--", "true"), 0);
    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "exit 125"), 125);
    CHECK_STR(output, "");
}

void run_passes_signal(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "kill -9 $$"), 128 + 9);
}

void run_not_found(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", SAFE_PATH, "no-such-command"), 127);
    CHECK_STR(output, "osdep-run: cannot execute 'no-such-command': "
                      "No such file or directory\n");
    CHECK_INT(RUN_CLEAN(output, "/no/such/command"), 127);
    CHECK_INT(RUN_CLEAN(output, ""), 127);
}

static void make_file(const char *name, const char *text, mode_t mode)
{
    int fd;

    unlink(name);
    fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) >= 0);
    close(fd);
}

void run_not_executable(void)
{
    char output[8192];

    make_file("plain-file", "no program\n", 0600);
    CHECK_INT(RUN_CLEAN(output, "./plain-file"), 126);
    CHECK_STR(output,
              "osdep-run: cannot execute './plain-file': Permission denied\n");
    CHECK_INT(RUN_CLEAN(output, "./plain-file/x"), 126);
    CHECK_CONTAINS(output, "'./plain-file/x': Not a directory\n");
    unlink("plain-file");
}

/* No shell is slipped in, as execvp() does. */
void run_script_without_interpreter(void)
{
    char output[8192];

    make_file("no-interpreter", "echo surprise\n", 0700);
    CHECK_INT(RUN_CLEAN(output, "./no-interpreter"), 126);
    CHECK_STR(output, "osdep-run: cannot execute './no-interpreter': "
                      "Exec format error\n");
    unlink("no-interpreter");
}

void run_remembers_what_may_not_be_executed(void)
{
    char output[8192];

    mkdir("first", 0700);
    mkdir("second", 0700);
    make_file("first/some-command", "", 0600);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=first:second", "some-command"),
              126);
    CHECK_CONTAINS(output, "Permission denied");
    make_file("second/some-command", "#!/bin/sh\necho second\n", 0700);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=first:second", "some-command"), 0);
    CHECK_STR(output, "second\n");
    unlink("first/some-command");
    unlink("second/some-command");
    rmdir("first");
    rmdir("second");
}

void run_searches_the_childs_path(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where", "true"), 127);
    CHECK_INT(RUN_CLEAN(output, "-i", "true"), 0); /* ours */
    CHECK_INT(RUN_CLEAN(output, "-u", "PATH", "true"), 0);
    CHECK_INT(
        RUN_CLEAN(output, PROGRAM("osdep-run"), "-i", "true"), /* system's */
        0);
}

void run_searches_the_current_directory_if_path_says_so(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where", "osdep-inspect"), 127);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=/no/where:", "osdep-inspect"), 0);
    CHECK_INT(RUN_CLEAN(output, "-e", "PATH=", "osdep-inspect"), 0);
}

void run_changes_directory(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-C", "/", "pwd"), 0);
    CHECK_STR(output, "/\n");
    CHECK_INT(RUN_CLEAN(output, "-C", "/nope", "pwd"), 125);
    CHECK_STR(output, "osdep-run: cannot change directory to '/nope': "
                      "No such file or directory\n");
}

void run_changes_environment(void)
{
    char output[8192];

    CHECK_INT(RUN_CLEAN(output, "-i", "-e", "B=2", "-e", "A=x=y", "-u", "B",
                        "-e", "C=", "env"),
              0);
    CHECK_STR(output, "A=x=y\nC=\n");
    CHECK_INT(RUN_CLEAN(output, "sh", "-c", "echo ${PATH:+inherited}"), 0);
    CHECK_STR(output, "inherited\n");
}

static void ignore_sigchld(void)
{
    signal(SIGCHLD, SIG_IGN);
}

void run_with_ignored_sigchld(void)
{
    char output[8192];

    CHECK_INT(RUN_AFTER(ignore_sigchld, output, PROGRAM("osdep-run"), "sh",
                        "-c", "exit 3"),
              3);
}

static void close_streams(void)
{
    close(0);
    close(1);
}

/* The pipe for errors then takes the numbers of the streams. */
void run_with_closed_standard_streams(void)
{
    char output[8192];

    CHECK_INT(RUN_AFTER(close_streams, output, PROGRAM("osdep-run"), "sh", "-c",
                        "exit 3"),
              3);
    CHECK_INT(RUN_AFTER(close_streams, output, PROGRAM("osdep-run"), "-e",
                        SAFE_PATH, "no-such-command"),
              127);
    CHECK_CONTAINS(output, "cannot execute 'no-such-command'");
}

void run_resets_signals_of_the_c_library(void)
{
    char output[8192];
    int status = RUN_AFTER(ignore_signal_32, output, PROGRAM("osdep-run"),
                           PROGRAM("osdep-inspect"), "--check");

    if (status == SKIPPED) {
        skip("a matter of Linux's C libraries");
        return;
    }
    CHECK_INT(status, 0);
}

static void refuse_sigaction(void)
{
    if (!deny_syscall(nr_rt_sigaction, -1, EPERM)) {
        _exit(SKIPPED);
    }
}

void run_reports_child_that_cannot_be_cleaned(void)
{
    char output[8192];
    int status;

    if (under_tsan || under_asan) {
        skip("sanitizers need sigaction() to start");
        return;
    }
    status = RUN_AFTER(refuse_sigaction, output, PROGRAM("osdep-run"), "true");
    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 125);
    CHECK_CONTAINS(output, "osdep: child of a fork: cannot reset signals: "
                           "errno 1\n"
                           "osdep-run: cannot prepare child process\n");
}

void run_reports_full_disk(void)
{
    char output[8192];
    int status =
        RUN_AFTER(write_to_full_disk, output, PROGRAM("osdep-run"), "-h");

    if (status == SKIPPED) {
        skip("no /dev/full here");
        return;
    }
    CHECK_INT(status, 125);
    CHECK_STR(output, "osdep-run: cannot write: No space left on device\n");
}
