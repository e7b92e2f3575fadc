/*
 * Tests of osdep-inspect
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/process.h"

static void inspect_shows_something(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-inspect")), 0);
    CHECK_CONTAINS(output, "descriptors ");
    CHECK_CONTAINS(output, "directory   ");
    CHECK_INT(RUN(output, PROGRAM("osdep-inspect"), "--json"), 0);
    CHECK_CONTAINS(output, "{\n");
    CHECK_CONTAINS(output, "\"descriptors\": [\n    {\"fd\": 0, ");
    CHECK_CONTAINS(output, "\"process\": ");
    CHECK_CONTAINS(output, "\n}\n");
}

static void inspect_options(void)
{
    char output[8192];

    CHECK_INT(RUN(output, PROGRAM("osdep-inspect"), "--help"), 0);
    CHECK_CONTAINS(output, "Usage: osdep-inspect ");
    CHECK_INT(RUN(output, PROGRAM("osdep-inspect"), "--version"), 0);
    CHECK_CONTAINS(output, "osdep-inspect 0.");
    CHECK_INT(RUN(output, PROGRAM("osdep-inspect"), "--nonsense"), 2);
    CHECK_CONTAINS(output, "nonsense");
    CHECK_INT(RUN(output, PROGRAM("osdep-inspect"), "word"), 2);
    CHECK_STR(output, "osdep-inspect: 'word': no such argument\n");
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(inspect_shows_something),
        TEST_ENTRY(inspect_options),
        INSPECT_POSIX_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("osdep-inspect", cases, sizeof(cases) / sizeof(cases[0]));
}
