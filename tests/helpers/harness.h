/*
 * The frame of every test program: CUnit inside, TAP outside
 *
 * SPDX-License-Identifier: MIT
 *
 * A test program prints the plan, "# start NAME" before each test and "ok" or
 * "not ok" after it (https://testanything.org), so that tests/run-tests can
 * name the test that took the program down.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "osdep/osdep.h"

#include <CUnit/CUnit.h>

typedef struct TestCase {
    const char *name;
    void (*run)(void);
} TestCase;

/*
 * Run the @n_cases of @suite; for main() to return.  CUnit's report goes to
 * test-@suite-Results.xml in the current directory.
 */
int run_suite(const char *suite, const TestCase *cases, size_t n_cases);

/*
 * Print "# system: KEY=VALUE; KEY=VALUE...", what we run on: the kernel, the C
 * library, the machine, and what is lacking of what the library would use.
 */
void print_system(void);

/*
 * Mark the running test as skipped; to be followed by a return.  @reason says
 * what is missing here.
 */
void skip(const char *reason);

/* A line in a table of TestCase. */
/* clang-format off */
#define TEST_ENTRY(name) { #name, name }
/* clang-format on */

/*
 * For the lists of tests in tests/cases.h: TEST_DECLARE declares each,
 * TEST_LISTED is its line in a table, and TEST_SKIP defines it on a system that
 * cannot have it, for the reason SKIP_REASON.
 */
#define TEST_DECLARE(name) void name(void);
#define TEST_LISTED(name) TEST_ENTRY(name),
#define TEST_SKIP(name)    \
    void name(void)        \
    {                      \
        skip(SKIP_REASON); \
    }

/*
 * Can the linker put a test program in front of a function that the library
 * calls, to make it fail (ld(1), --wrap)?  The build says 0 where it cannot, as
 * on macOS; a test that needs it then begins with SKIP_WITHOUT_WRAP().
 */
#ifndef HAVE_LINKER_WRAP
#define HAVE_LINKER_WRAP 1
#endif
#define SKIP_WITHOUT_WRAP()                    \
    do {                                       \
        if (!HAVE_LINKER_WRAP) {               \
            skip("this linker has no --wrap"); \
            return;                            \
        }                                      \
    } while (0)

/*
 * The strings are equal; shows both if not.  Other checks are CUnit's, such as
 * CU_ASSERT(), which go on after a failure, and CU_ASSERT_FATAL(), which do not.
 */
#define CHECK_STR(actual, expected) \
    check_str((actual), (expected), true, __FILE__, __LINE__)
/* @expected is part of @actual. */
#define CHECK_CONTAINS(actual, expected) \
    check_str((actual), (expected), false, __FILE__, __LINE__)
/* The integers are equal; shows both if not. */
#define CHECK_INT(actual, expected)                                          \
    check_int((long long)(actual), (long long)(expected), #actual, __FILE__, \
              __LINE__)

void check_str(const char *actual, const char *expected, bool whole,
               const char *file, unsigned int line);
void check_int(long long actual, long long expected, const char *what,
               const char *file, unsigned int line);

#endif
