/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_INTTYPES_H
#define STUB_INTTYPES_H

#include <stdint.h>

#define PRIu64 "llu"
#define PRId64 "lld"

#endif
