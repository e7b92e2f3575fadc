/*
 * Random argument vectors, of what is hard to quote
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_RANDOM_ARGS_H
#define TESTS_RANDOM_ARGS_H

#include <stdint.h>

enum { MAX_RANDOM_ARGS = 6 };

typedef struct RandomArgs {
    uint32_t state; /* begin with any number but 0 */
    int argc;
    const char *argv[MAX_RANDOM_ARGS + 1];
    char text[MAX_RANDOM_ARGS][64];
} RandomArgs;

/* A random number below @below; @state begins with any number but 0. */
uint32_t random_below(uint32_t *state, uint32_t below);

/* The next vector of @args: 1 to MAX_RANDOM_ARGS of them, ended by a NULL. */
void random_args(RandomArgs *args);

/*
 * What to begin with: the environment variable OSDEP_TEST_SEED, else @otherwise.
 * Never 0.
 */
uint32_t random_seed(int otherwise);

/* A number from the environment; @otherwise if it is not there. */
int number_from_env(const char *name, int otherwise);

#endif
