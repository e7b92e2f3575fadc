/*
 * The controls: forks that get it wrong, for which the tests must fail
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_NAIVE_FORK_H
#define TESTS_NAIVE_FORK_H

#include "osdep/osdep.h"

typedef pid_t Forker(Error **errp);

/* fork() and nothing else. */
pid_t naive_fork(Error **errp);

/* Blocks and cleans, but for real-time signals: a loop to 32, FreeBSD's NSIG. */
pid_t naive_nsig_fork(Error **errp);

/* Cleans all, and takes from the C library what is its own. */
pid_t naive_greedy_fork(Error **errp);

/* Blocks and cleans, and does not restore the parent's mask. */
pid_t naive_forgetful_fork(Error **errp);

/* Ignores signals across the fork instead of blocking them. */
pid_t naive_ignoring_fork(Error **errp);

/* Restores the mask by pthread_sigmask(). */
pid_t naive_pthread_fork(Error **errp);

#endif
