/*
 * A second way to start children, for programs that are linked with
 * --wrap=osdep_create_child (tests/SConscript)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BY_FORK_H
#define TESTS_BY_FORK_H

#include <stdbool.h>

/* Whether children are started as where vfork() is a fork(). */
extern bool children_by_fork;

#endif
