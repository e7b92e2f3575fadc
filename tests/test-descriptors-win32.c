/*
 * Tests of pass_fds of osdep/process.h: what only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 *
 * What is Windows' own is in test-process-win32.c.
 */
#include "tests/cases.h"

#define SKIP_REASON "about what is done between fork and exec"
DESCRIPTORS_POSIX_CASES(TEST_SKIP)
