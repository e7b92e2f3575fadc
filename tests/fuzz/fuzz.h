/*
 * What the fuzz targets have in common
 *
 * SPDX-License-Identifier: MIT
 *
 * A target, fuzz-NAME.c, takes any bytes, has the library do something with
 * them and judges what comes of it by a reading of its own.  libFuzzer runs it
 * (libfuzzer.c, the row "fuzz"), and tests/test-fuzz.c does everywhere, with
 * what is in corpus/NAME and with random inputs.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "osdep/osdep.h"

typedef struct FuzzTarget {
    const char *name;
    /*
     * Try the input on implementation @which: 0 is ours, 1 and up are the wrong
     * ones.  Returns: NULL if all holds that is to hold, else what does not.
     */
    const char *(*test)(const uint8_t *data, size_t size, int which);
    /*
     * The controls: wrong implementations, by what is wrong with them, ended by
     * a NULL.  test() has to find fault with each.
     */
    const char *const *wrong;
    /* What random inputs are made of; NULL-terminated. */
    const char *const *parts;
} FuzzTarget;

/* Text in memory of the caller's, formatted: what test() returns. */
const char *fuzz_fault(const char *fmt, ...) OSDEP_PRINTF(1, 2);

/*
 * @text as an error message shows it: its control characters are replaced by
 * their escape sequences in C.  In memory of the caller's.
 */
char *fuzz_escaped(const char *text, bool lines);

/*
 * The input as words: each is ended by a NUL, or by the end of the input.  Each
 * is in memory of its own, so that ASan sees who reads on behind it.
 */
typedef struct FuzzWords {
    char **argv; /* NULL-terminated */
    int argc;
} FuzzWords;

FuzzWords fuzz_words(const uint8_t *data, size_t size);
void fuzz_words_free(FuzzWords *words);

/*
 * The code point that the @left bytes at @s begin with, into @code; RFC 3629,
 * read anew.  Returns: how many bytes it has, 0 if they are not UTF-8.
 */
size_t fuzz_utf8(const uint8_t *s, size_t left, uint32_t *code);

/* How many UTF-16 units @text has; -1 if it is not UTF-8. */
long fuzz_utf16_len(const char *text);

#endif
