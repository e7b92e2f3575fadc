/*
 * What "puppet table" tells of each of its descriptors, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_TABLE_H
#define TESTS_TABLE_H

#include <stdint.h>

typedef struct TableEntry {
    int32_t fd;
    int32_t number; /* the int at the beginning of its file; -1: it has none */
    uint64_t inode;
    char kind;        /* 'r'egular file, 'p'ipe, 'n'ull device, '?' */
    char access;      /* 'r'ead, 'w'rite, 'b'oth */
    char appends;     /* 1: it does (O_APPEND) */
    char reserved[5]; /* 0 */
} TableEntry;

#endif
