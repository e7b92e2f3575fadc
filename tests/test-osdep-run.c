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
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(run_options),
        TEST_ENTRY(run_refuses_bad_options),
        RUN_POSIX_CASES(TEST_LISTED)
        RUN_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("osdep-run", cases, sizeof(cases) / sizeof(cases[0]));
}
