/*
 * Tests of osdep-run
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

static void run_options(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "--help"), 0);
    CHECK_CONTAINS(output, "Usage: osdep-run ");
    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "--version"), 0);
    CHECK_CONTAINS(output, "osdep-run 0.");
}

static void check_refused(const char *option, const char *value,
                          const char *expected)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run"), option, value, "x"), 125);
    CHECK_CONTAINS(output, expected);
    CHECK_CONTAINS(output, "Try 'osdep-run --help'.\n");
}

static void run_refuses_bad_options(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run")), 125);
    CHECK_STR(output, "osdep-run: no command given\n"
                      "Try 'osdep-run --help'.\n");
    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "-e"), 125);
    check_refused("--nonsense", "x", "nonsense");
    check_refused("-e", "NAME", "-e 'NAME': not of the form NAME=VALUE\n");
    check_refused("-e", "=x", "-e '=x': not of the form NAME=VALUE\n");
    check_refused("-u", "A=b", "-u 'A=b': not a variable's name\n");
    check_refused("-k", "-1", "-k '-1': not a descriptor's number\n");
    check_refused("-k", "3x", "-k '3x': not a descriptor's number\n");
    check_refused("-k", "99999999999",
                  "-k '99999999999': not a descriptor's number\n");
    check_refused("-I", "NOPE", "-I 'NOPE': no such signal\n");
    check_refused("-I", "SIG", "-I 'SIG': no such signal\n");
    check_refused("-I", "0", "-I '0': no such signal\n");
    check_refused("-I", "-1", "-I '-1': no such signal\n");
    check_refused("-I", "9999", "-I '9999': no such signal\n");
    check_refused("-I", "99999999999", "-I '99999999999': no such signal\n");
    check_refused("-I", "2x", "-I '2x': no such signal\n");
    check_refused("-K", "1", "osdep-run: -K: only with -t\n");
    check_refused("-ofile", "-k1", "osdep-run: -k 1: not with -o\n");
    check_refused("-Efile", "-k2", "osdep-run: -k 2: not with -E\n");
}

static void run_refuses_bad_times(void)
{
    static const char *const bad[] = { "x",   "-1",  "1x", "1e3",  "0x10",
                                       "inf", "nan", ".",  "1.2.3" };
    char expected[100];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        sprintf(expected, "osdep-run: -t '%s': not a number of seconds\n",
                bad[i]);
        check_refused("-t", bad[i], expected);
        expected[strlen("osdep-run: -")] = 'K';
        check_refused("-K", bad[i], expected);
    }
    check_refused("-t", "0", "-t '0': not more than 0\n");
    check_refused("-t", "0.0", "-t '0.0': not more than 0\n");
    check_refused("-t", "1000000000.1",
                  "-t '1000000000.1': more than 1000000000 seconds\n");
    check_refused("-K", "99999999999999999999",
                  "-K '99999999999999999999': more than 1000000000 seconds\n");
}

static void check_time(const char *option, const char *value)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run"), option, value, "-K", "1000",
                  PROGRAM("puppet"), "exit", "3"),
              3);
    CHECK_STR(output, "");
}

/* Long ones, that is: the program ends in time. */
static void run_takes_times(void)
{
    check_time("-t", "1000");
    check_time("-t", "1000.5");
    check_time("-t", "1000.");
    check_time("--timeout", "1000000000");
}

/* As short as it can be, on any machine. */
static void run_times_out(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "-t", ".0001", "-K", "0",
                  PROGRAM("puppet"), "sleep", "1000"),
              124);
    CHECK_STR(output, "");
    CHECK_INT(RUN(output, PROGRAM("osdep-run"), "--timeout=0.2",
                  "--kill-after=0.2", PROGRAM("puppet"), "tree"),
              124);
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(run_options),
        TEST_ENTRY(run_refuses_bad_options),
        TEST_ENTRY(run_refuses_bad_times),
        TEST_ENTRY(run_takes_times),
        TEST_ENTRY(run_times_out),
        RUN_POSIX_CASES(TEST_LISTED)
        RUN_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("osdep-run", cases, sizeof(cases) / sizeof(cases[0]));
}
