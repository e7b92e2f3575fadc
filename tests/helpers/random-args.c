/*
 * Random argument vectors, of what is hard to quote
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/random-args.h"

#include <stdlib.h>
#include <string.h>

/* Marsaglia's xorshift, "Xorshift RNGs", 2003 */
uint32_t random_below(uint32_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % below;
}

void random_args(RandomArgs *args)
{
    static const char *const parts[] = {
        "\"",
        "\"",
        "\"",
        "\\",
        "\\",
        "\\",
        " ",
        " ",
        "\t",
        "a",
        "b",
        "'",
        "*",
        "?",
        "%PATH%",
        "^",
        "&",
        "\n",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "$HO",
        "/",
        "[x",
        "\xc2\xa0",
        "\xf0\x9d\x84\x9e",
        "\v",
        "-",
        "=",
        "\xef\xbc\x82" /* a full-width quote */,
        "~",
        "{",
        "@",
        "C:",
        "\\\\s\\"
    };

    args->argc = 1 + (int)random_below(&args->state, MAX_RANDOM_ARGS);
    for (int i = 0; i < args->argc; i++) {
        uint32_t n = random_below(&args->state, 8);

        args->text[i][0] = '\0';
        while (n-- > 0) {
            strcat(args->text[i],
                   parts[random_below(&args->state,
                                      sizeof(parts) / sizeof(parts[0]))]);
        }
        args->argv[i] = args->text[i];
    }
    args->argv[args->argc] = NULL;
}

uint32_t random_seed(int otherwise)
{
    return (uint32_t)number_from_env("OSDEP_TEST_SEED", otherwise) | 1;
}

int number_from_env(const char *name, int otherwise)
{
    const char *value = getenv(name);

    return value && *value ? atoi(value) : otherwise;
}
