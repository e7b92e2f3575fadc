/*
 * The frame of every test program: CUnit inside, TAP outside
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/harness.h"

#include <CUnit/TestRun.h>

static const char *skipped; /* why the running test is skipped */
static int test_number;

void skip(const char *reason)
{
    skipped = reason;
}

void check_str(const char *actual, const char *expected, bool whole,
               const char *file, unsigned int line)
{
    bool ok = actual && (whole ? strcmp(actual, expected) == 0
                               : strstr(actual, expected) != NULL);

    if (!ok) {
        printf("# %s:%u: expected%s \"%s\", got \"%s\"\n", file, line,
               whole ? "" : " in it", expected, actual ? actual : "(null)");
    }
    CU_assertImplementation(ok, line, "strings", file, "", CU_FALSE);
}

void check_int(long long actual, long long expected, const char *what,
               const char *file, unsigned int line)
{
    if (actual != expected) {
        printf("# %s:%u: %s: expected %lld, got %lld\n", file, line, what,
               expected, actual);
    }
    CU_assertImplementation(actual == expected, line, what, file, "", CU_FALSE);
}

static void on_start(const CU_pTest test, const CU_pSuite suite)
{
    (void)suite;
    skipped = NULL;
    test_number++;
    printf("# start %s\n", test->pName);
}

static void on_complete(const CU_pTest test, const CU_pSuite suite,
                        const CU_pFailureRecord failures)
{
    (void)suite;
    for (CU_pFailureRecord f = failures; f; f = f->pNext) {
        printf("# %s:%u: failed: %s\n", f->strFileName, f->uiLineNumber,
               f->strCondition);
    }
    printf("%s %d - %s%s%s\n", failures ? "not ok" : "ok", test_number,
           test->pName, skipped && !failures ? " # SKIP " : "",
           skipped && !failures ? skipped : "");
}

int run_suite(const char *suite, const TestCase *cases, size_t n_cases)
{
    unsigned int failures;
    CU_pSuite cu_suite;

    if (CU_initialize_registry() != CUE_SUCCESS ||
        !(cu_suite = CU_add_suite(suite, NULL, NULL))) {
        fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
        return 2;
    }
    for (size_t i = 0; i < n_cases; i++) {
        if (!CU_add_test(cu_suite, cases[i].name, cases[i].run)) {
            fprintf(stderr, "CUnit: %s: %s\n", cases[i].name,
                    CU_get_error_msg());
            return 2;
        }
    }
    /* Nothing may wait in a buffer when a test forks. */
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("1..%zu\n", n_cases);
    CU_set_test_start_handler(on_start);
    CU_set_test_complete_handler(on_complete);
    CU_run_all_tests();
    failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
