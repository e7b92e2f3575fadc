/*
 * Trials: what must hold of osdep/process.h in a process of its own, which may
 * be put into any state, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "osdep/osdep.h"

#include "osdep/process.h"

/*
 * Run @fn(@arg) in a process whose signals are clean.  True if it returned 0,
 * which it does if what it tries holds; else it says on stderr what did not.
 * SKIPPED marks the test as skipped, for the reason on stderr.
 */
bool holds(int (*fn)(void *), void *arg);

/* The same; after @seconds it counts as hung, and is killed with its group. */
bool holds_within(unsigned int seconds, int (*fn)(void *), void *arg);

/* For controls: true if it did not hold, or was skipped. */
bool fails_within(unsigned int seconds, int (*fn)(void *), void *arg);

/* The same, if it can also fail for want of what it needs: by this status. */
bool fails_by(int status, unsigned int seconds, int (*fn)(void *), void *arg);

/* What it is for one that hung: for fails_by(). */
#define HUNG (128 + SIGKILL)

/* For these: say @err, which may be NULL, and free it.  Returns: 1 */
int broken_by(Error *err);

/*
 * Call @fn(@arg), which returns 0 if all is well; it must change nothing: the
 * mask, dispositions, descriptors, the directory, and there is no child.
 */
int changes_nothing(int (*fn)(void *), void *arg);

/* osdep_spawn() fails with @code and a message that begins with @expected. */
int says(const OsdepSpawnOptions *options, const char *expected, int code);

/* The same; and the error tells of @step. */
int says_in_step(const OsdepSpawnOptions *options, const char *expected,
                 int code, OsdepStep step);

/* Make a file anew; for subjects, which end if that cannot be. */
void make_file(const char *name, const char *text, mode_t mode);

#endif
