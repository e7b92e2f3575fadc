/*
 * The frame of every test program: CUnit inside, TAP outside
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/harness.h"

#include <CUnit/Automated.h>
#include <CUnit/TestRun.h>

static const char *skipped; /* why the running test is skipped */
static int test_number;

/* What failed, for CUnit's report, which comes when CUnit has freed its own. */
typedef struct Failure {
    int test;
    unsigned int line;
    char *file;
    char *condition;
} Failure;

static Failure *failures;
static size_t n_failures;
static unsigned int n_asserts[256]; /* up to the end of each test */

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

static void keep(const CU_pFailureRecord f)
{
    Failure *more = realloc(failures, (n_failures + 1) * sizeof(*more));

    if (more) {
        failures = more;
        failures[n_failures++] =
            (Failure){ test_number, f->uiLineNumber, strdup(f->strFileName),
                       strdup(f->strCondition) };
    }
}

static void on_complete(const CU_pTest test, const CU_pSuite suite,
                        const CU_pFailureRecord first)
{
    (void)suite;
    for (CU_pFailureRecord f = first; f; f = f->pNext) {
        printf("# %s:%u: failed: %s\n", f->strFileName, f->uiLineNumber,
               f->strCondition);
        keep(f);
    }
    n_asserts[test_number] = CU_get_number_of_asserts();
    if (skipped) { /* so that the report does not have it as passed */
        CU_set_test_active(test, CU_FALSE);
    }
    printf("%s %d - %s%s%s\n", first ? "not ok" : "ok", test_number,
           test->pName, skipped && !first ? " # SKIP " : "",
           skipped && !first ? skipped : "");
}

/* Assert what the test did. */
static void repeat(void)
{
    CU_pTest test = CU_get_current_test();
    CU_pSuite suite = CU_get_current_suite();
    int number = (int)CU_get_test_pos_by_name(suite, test->pName);
    unsigned int n = n_asserts[number] - n_asserts[number - 1];

    for (size_t i = 0; i < n_failures; i++) {
        if (failures[i].test == number) {
            CU_assertImplementation(CU_FALSE, failures[i].line,
                                    failures[i].condition, failures[i].file, "",
                                    CU_FALSE);
            n--;
        }
    }
    for (; n > 0; n--) {
        CU_assertImplementation(CU_TRUE, 0, "", "", "", CU_FALSE);
    }
}

/*
 * Have CUnit write its report: of tests that only repeat what was found.  While
 * the real ones run, its file would be one more descriptor in every child.
 */
static void write_report(const char *name, CU_pSuite suite)
{
    char root[64];

    snprintf(root, sizeof(root), "test-%s", name);
    CU_set_output_filename(root);
    for (CU_pTest test = suite->pTest; test; test = test->pNext) {
        CU_set_test_func(test, repeat);
    }
    CU_set_fail_on_inactive(CU_FALSE);
    CU_automated_run_tests();
}

int run_suite(const char *suite, const TestCase *cases, size_t n_cases)
{
    unsigned int failed;
    CU_pSuite cu_suite;

    if (CU_initialize_registry() != CUE_SUCCESS ||
        !(cu_suite = CU_add_suite(suite, NULL, NULL))) {
        fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
        return 2;
    }
    if (n_cases >= sizeof(n_asserts) / sizeof(n_asserts[0])) {
        fprintf(stderr, "too many tests for n_asserts[]\n");
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
    print_system();
    printf("1..%zu\n", n_cases);
    CU_set_test_start_handler(on_start);
    CU_set_test_complete_handler(on_complete);
    CU_run_all_tests();
    failed = CU_get_number_of_failures();
    write_report(suite, cu_suite);
    CU_cleanup_registry();
    return failed ? 1 : 0;
}
