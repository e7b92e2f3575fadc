/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_LIMITS_H
#define STUB_LIMITS_H

#define INT_MAX 2147483647
#define UINT_MAX 0xffffffffU

#endif
