/*
 * The seed corpora in a program: the build makes corpus.c of corpus/
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_FUZZ_CORPUS_H
#define TESTS_FUZZ_CORPUS_H

#include <stddef.h>
#include <stdint.h>

typedef struct FuzzInput {
    const char *target; /* the folder: the name of a FuzzTarget */
    const char *name;
    const uint8_t *data;
    size_t size;
} FuzzInput;

/* All of them, ended by one without a name. */
extern const FuzzInput fuzz_corpus[];

#endif
