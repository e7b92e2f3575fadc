/*
 * Tests of osdep-inspect that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define INSPECT_AFTER(prepare, output, ...) \
    RUN_AFTER((prepare), (output), PROGRAM("osdep-inspect"), __VA_ARGS__)

static void nothing(void)
{
}

void inspect_shows_nasty_state(void)
{
    const bool usr2_first = SIGUSR2 < SIGTERM; /* but on MIPS */
    char output[8192];
#ifdef __linux__
    char expected[256];
#endif

    INSPECT_AFTER(make_all_nasty, output, "--json");
#ifdef __linux__
    snprintf(expected, sizeof(expected),
             "  \"blocked\": [{\"number\": %d, \"name\": \"%s\"}, "
             "{\"number\": %d, \"name\": \"%s\"}, ",
             usr2_first ? SIGUSR2 : SIGTERM, usr2_first ? "SIGUSR2" : "SIGTERM",
             usr2_first ? SIGTERM : SIGUSR2,
             usr2_first ? "SIGTERM" : "SIGUSR2");
    CHECK_CONTAINS(output, expected);
    CHECK_CONTAINS(output, "\"name\": \"SIGRTMIN+1\"}],\n");
    CHECK_CONTAINS(output, "  \"ignored\": [{\"number\": 1, \"name\": "
                           "\"SIGHUP\"}, {\"number\": 13, \"name\": "
                           "\"SIGPIPE\"}, ");
    CHECK_CONTAINS(output, "\"name\": \"SIGRTMIN+5\"}],\n");
    CHECK_CONTAINS(output, "{\"fd\": 7, \"access\": \"rw\", \"kind\": "
                           "\"character device\", \"cloexec\": false, "
                           "\"name\": \"/dev/null\"}");
#endif
    INSPECT_AFTER(make_all_nasty, output, "--check");
    CHECK_CONTAINS(output,
                   usr2_first ? " SIGUSR2 SIGTERM" : " SIGTERM SIGUSR2");
    CHECK_CONTAINS(output, " SIGHUP SIGPIPE");
    CHECK_CONTAINS(output, "descriptors 5, 2 above 2\n");
    CHECK_CONTAINS(output, "osdep-inspect: SIGTERM is blocked\n");
    CHECK_CONTAINS(output, "osdep-inspect: SIGHUP is ignored\n");
    CHECK_CONTAINS(output, "osdep-inspect: descriptor 9 is open");
}

/*
 * Up to the names of descriptors, which only /proc knows, but on macOS, where
 * fcntl(2) does.  The pipes of FreeBSD, OpenBSD and DragonFly go both ways.
 */
void inspect_shows_the_same_without_proc(void)
{
    char with[8192], without[8192];
    char *end_with, *end_without;

    INSPECT_AFTER(make_all_nasty, with, "--check");
    INSPECT_AFTER(make_all_nasty, without, "--check", "--no-proc");
    end_with = strstr(with, "\n      0 ");
    end_without = strstr(without, "\n      0 ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(end_with);
    CU_ASSERT_PTR_NOT_NULL_FATAL(end_without);
    *end_with = *end_without = '\0';
    CHECK_STR(without, with);
    CU_ASSERT(strstr(end_without + 1, "\n      1 w  pipe\n") ||
              strstr(end_without + 1, "\n      1 rw pipe\n"));
#ifdef F_GETPATH
    CHECK_CONTAINS(end_without + 1,
                   "\n      7 rw character device /dev/null\n");
#else
    CHECK_CONTAINS(end_without + 1, "\n      7 rw character device\n");
#endif
    CHECK_CONTAINS(end_without + 1, "descriptor 9 is open");
}

void inspect_sees_signals_of_the_c_library(void)
{
    char output[8192];

    if (INSPECT_AFTER(ignore_signal_32, output, "--check") == SKIPPED) {
        skip("a matter of Linux's C libraries");
        return;
    }
    CHECK_CONTAINS(output, "ignored     2 SIGHUP 32\n");
    CHECK_CONTAINS(output, "osdep-inspect: 32 is ignored\n");
}

static void be_someone(void)
{
    umask(027);
    setsid();
}

void inspect_shows_ids_and_umask(void)
{
    char output[8192], expected[128];
    long pid, parent;

    CHECK_INT(INSPECT_AFTER(be_someone, output, "--json"), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(output, "\"process\": "));
    CHECK_INT(sscanf(strstr(output, "\"process\": "),
                     "\"process\": %ld,\n  \"parent\": %ld", &pid, &parent),
              2);
    CHECK_INT(parent, getpid());
    snprintf(expected, sizeof(expected),
             "\"group\": %ld,\n  \"session\": %ld\n", pid, pid);
    CHECK_CONTAINS(output, expected);
    CHECK_CONTAINS(output, "\"umask\": 23,\n");
}

static void block_one(void)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

static void ignore_one(void)
{
    signal(SIGUSR1, SIG_IGN);
}

static void open_one(void)
{
    open_at(3);
}

void inspect_check_finds_each_kind(void)
{
    char output[8192];

    CHECK_INT(INSPECT_AFTER(nothing, output, "--check"), 0);
    CHECK_INT(INSPECT_AFTER(nothing, output, "--check", "--no-proc"), 0);
    CHECK_INT(INSPECT_AFTER(block_one, output, "--check"), 1);
    CHECK_INT(INSPECT_AFTER(ignore_one, output, "--check"), 1);
    CHECK_INT(INSPECT_AFTER(open_one, output, "--check"), 1);
    CHECK_INT(INSPECT_AFTER(block_one, output, "--check", "--no-proc"), 1);
    CHECK_INT(INSPECT_AFTER(ignore_one, output, "--check", "--no-proc"), 1);
    CHECK_INT(INSPECT_AFTER(open_one, output, "--check", "--no-proc"), 1);
    CHECK_INT(INSPECT_AFTER(open_one, output, "--json"), 0);
}

/*
 * Run osdep-inspect --json in folder @name, or a removed one.  False, and the
 * test is skipped, if there can be no such name, as on macOS if it is no UTF-8.
 */
static bool inspect_in(const char *name, bool remove, char *output, size_t size)
{
    char home[PATH_MAX], program[PATH_MAX + 32];
    const char *argv[] = { program, "--json", NULL };

    CU_ASSERT_FATAL(getcwd(home, sizeof(home)) != NULL);
    snprintf(program, sizeof(program), "%s/osdep-inspect", home);
    rmdir(name);
    if (mkdir(name, 0700) < 0 && errno == EILSEQ) {
        skip("this file system takes no such names");
        return false;
    }
    CU_ASSERT_FATAL(chdir(name) == 0);
    if (remove) {
        rmdir(strcat(strcat(strcpy(program, home), "/"), name));
        snprintf(program, sizeof(program), "%s/osdep-inspect", home);
    }
    CHECK_INT(run_program(argv, output, size), 0);
    CU_ASSERT_FATAL(chdir(home) == 0);
    rmdir(name);
    return true;
}

void inspect_json_escapes_names(void)
{
    char output[8192];

    /* A quote, a backslash, a newline, UTF-8, bytes that are none. */
    if (!inspect_in("j\"\\\n\xc3\xa9\xff", false, output, sizeof(output))) {
        return;
    }
    CHECK_CONTAINS(output, "/j\\\"\\\\\\u000a\xc3\xa9\\udcff\",\n");
    /* Control characters, a surrogate, too long a form, beyond Unicode. */
    inspect_in("j\x1f\x7f\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80", false, output,
               sizeof(output));
    CHECK_CONTAINS(output, "/j\\u001f\\u007f\\udced\\udca0\\udc80\\udcc0"
                           "\\udcaf\\udcf4\\udc90\\udc80\\udc80\",\n");
}

void inspect_in_a_removed_directory(void)
{
    char output[8192];

    inspect_in("removed", true, output, sizeof(output));
    CHECK_CONTAINS(output, "\"directory\": null,\n");
}

void inspect_reports_full_disk(void)
{
    char output[8192];
    int status = INSPECT_AFTER(write_to_full_disk, output, "--json");

    if (status == SKIPPED) {
        skip("no /dev/full here");
        return;
    }
    CHECK_INT(status, 2);
    CHECK_STR(output, "osdep-inspect: cannot write: No space left on device\n");
}
