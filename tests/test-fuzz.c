/*
 * The fuzz targets without libFuzzer: their seeds, and random inputs
 *
 * SPDX-License-Identifier: MIT
 *
 * OSDEP_TEST_SEED=N has other random inputs, OSDEP_TEST_FUZZ_INPUTS=N so many.
 */
#include "tests/cases.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/helpers/random-args.h"

enum { LONGEST = 1024 };

#define FUZZ_TARGETS(X) \
    X(cmdline)          \
    X(utf16)            \
    X(batch)            \
    X(environment)      \
    X(error)            \
    X(run_args)         \
    X(json)             \
    X(win32_error)

#define DECLARE(name) extern const FuzzTarget fuzz_##name;
FUZZ_TARGETS(DECLARE)

/* An input being made. */
typedef struct Random {
    uint32_t state;
    uint8_t data[LONGEST];
    size_t size;
} Random;

/* Put @len bytes at @data where @at is, as far as there is room. */
static void insert(Random *input, size_t at, const void *data, size_t len)
{
    if (input->size + len <= LONGEST) {
        memmove(input->data + at + len, input->data + at, input->size - at);
        memcpy(input->data + at, data, len);
        input->size += len;
    }
}

static void insert_part(Random *input, size_t at, const FuzzTarget *target)
{
    uint32_t n = 0;
    const char *part;

    while (target->parts[n]) {
        n++;
    }
    /* One in four ends a word. */
    part = random_below(&input->state, 4)
               ? target->parts[random_below(&input->state, n)]
               : "";
    insert(input, at, part, *part ? strlen(part) : 1);
}

/* One of the seeds with some changes. */
static void mutate(Random *input, const FuzzTarget *target)
{
    uint32_t n_seeds = 0, n = 1 + random_below(&input->state, 4);
    const FuzzInput *seed = fuzz_corpus;

    while (strcmp(seed->target, target->name) != 0) {
        seed++;
    }
    while (seed[n_seeds].name &&
           strcmp(seed[n_seeds].target, target->name) == 0) {
        n_seeds++;
    }
    seed += random_below(&input->state, n_seeds);
    insert(input, 0, seed->data, seed->size);
    for (; n > 0; n--) {
        size_t at = random_below(&input->state, (uint32_t)input->size + 1);
        uint8_t byte = (uint8_t)random_below(&input->state, 256);

        switch (random_below(&input->state, 4)) {
        case 0:
            insert(input, at, &byte, 1);
            break;
        case 1:
            if (at < input->size) {
                input->data[at] = byte;
            }
            break;
        case 2:
            if (at < input->size) {
                memmove(input->data + at, input->data + at + 1,
                        input->size - at - 1);
                input->size--;
            }
            break;
        case 3:
            insert_part(input, at, target);
            break;
        }
    }
}

/* The next random input: a seed that has changed, or parts put together. */
static void next_input(Random *input, const FuzzTarget *target)
{
    input->size = 0;
    if (random_below(&input->state, 2)) {
        mutate(input, target);
        return;
    }
    for (uint32_t n = random_below(&input->state, 24); n > 0; n--) {
        insert_part(input, input->size, target);
    }
}

static void show(const char *name, const char *fault, const uint8_t *data,
                 size_t size)
{
    printf("# %s: %s\n# ", name, fault);
    for (size_t i = 0; i < size; i++) {
        printf(data[i] > ' ' && data[i] < 0x7f && data[i] != '\\' ? "%c"
                                                                  : "\\%03o",
               data[i]);
    }
    printf("\n");
}

/*
 * Try implementation @which of @target on all seeds, then on random inputs, up
 * to @max faults; ours shows them.  Returns: how many there were; the first in
 * @first.
 */
static int count_faults(const FuzzTarget *target, int which, int max,
                        char *first, size_t size)
{
    const int n_inputs = number_from_env("OSDEP_TEST_FUZZ_INPUTS", 3000);
    Random input = { .state = random_seed(1) };
    int n = 0, n_seeds = 0;
    const char *fault;

    for (const FuzzInput *seed = fuzz_corpus; seed->name; seed++) {
        if (strcmp(seed->target, target->name) != 0) {
            continue;
        }
        n_seeds++;
        fault = n < max ? target->test(seed->data, seed->size, which) : NULL;
        if (fault && n++ == 0) {
            snprintf(first, size, "%s: %s", seed->name, fault);
        }
        if (fault && which == 0) {
            show(seed->name, fault, seed->data, seed->size);
        }
    }
    CU_ASSERT(n_seeds >= 30);
    for (int i = 0; n < max && i < n_inputs; i++) {
        uint8_t *data;

        next_input(&input, target);
        /* In memory of its own, so that ASan sees who reads on behind it. */
        data = malloc(input.size ? input.size : 1);
        memcpy(data, input.data, input.size);
        fault = target->test(data, input.size, which);
        if (fault && n++ == 0) {
            snprintf(first, size, "random input %d: %s", i, fault);
        }
        if (fault && which == 0) {
            show("random input", fault, data, input.size);
        }
        free(data);
    }
    if (which == 0) {
        printf("# count: %d seeds, %d random inputs\n", n_seeds, n_inputs);
    }
    return n;
}

static void check_ours(const FuzzTarget *target)
{
    char first[512];

    CHECK_INT(count_faults(target, 0, 3, first, sizeof(first)), 0);
}

static void check_wrong(const FuzzTarget *target)
{
    for (int i = 0; target->wrong[i]; i++) {
        char first[512] = "";

        CU_ASSERT(count_faults(target, i + 1, 1, first, sizeof(first)) > 0);
        printf("# %s: %s\n", target->wrong[i], first[0] ? first : "no fault");
    }
}

#define DEFINE(name)                  \
    static void name##_holds(void)    \
    {                                 \
        check_ours(&fuzz_##name);     \
    }                                 \
    static void name##_controls(void) \
    {                                 \
        check_wrong(&fuzz_##name);    \
    }
FUZZ_TARGETS(DEFINE)

/* Or some of them would be tried in the row fuzz alone. */
static void every_seed_has_a_target(void)
{
    static const FuzzTarget *const targets[] = {
#define ADDRESS(name) &fuzz_##name,
        FUZZ_TARGETS(ADDRESS)
    };

    for (const FuzzInput *seed = fuzz_corpus; seed->name; seed++) {
        bool has_one = false;

        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
            has_one = has_one || strcmp(seed->target, targets[i]->name) == 0;
        }
        if (!has_one) {
            printf("# %s: no such target\n", seed->target);
        }
        CU_ASSERT_TRUE(has_one);
    }
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
#define LIST(name) TEST_ENTRY(name##_holds), TEST_ENTRY(name##_controls),
        FUZZ_TARGETS(LIST)
        TEST_ENTRY(every_seed_has_a_target),
        FUZZ_WIN32_CASES(TEST_LISTED)
    };
    /* clang-format on */

    return run_suite("fuzz", cases, sizeof(cases) / sizeof(cases[0]));
}
