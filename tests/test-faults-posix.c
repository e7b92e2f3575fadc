/*
 * Every system call failing in turn, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#define SKIP_REASON "about the calls of Windows"
FAULTS_WIN32_CASES(TEST_SKIP)

void every_call_fails_one_by_one(void)
{
    skip("not here yet");
}
