/*
 * A second way to start children
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/by-fork.h"

#include "tests/helpers/harness.h"
#include "util/osdep-process-posix.h"

bool children_by_fork;

#if HAVE_LINKER_WRAP

pid_t __real_osdep_create_child(OsdepChildPlan *plan, int *pollable);
pid_t __wrap_osdep_create_child(OsdepChildPlan *plan, int *pollable);
/* The library's own, compiled with a vfork() that is a fork(): tests/SConscript. */
pid_t create_child_by_fork(OsdepChildPlan *plan, int *pollable);

pid_t __wrap_osdep_create_child(OsdepChildPlan *plan, int *pollable)
{
    return children_by_fork ? create_child_by_fork(plan, pollable)
                            : __real_osdep_create_child(plan, pollable);
}

#endif
