/*
 * A stub; see corecrt.h
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_SYS_TYPES_H
#define STUB_SYS_TYPES_H

typedef long _off_t;
typedef unsigned int _dev_t;

#endif
