/*
 * What osdep_spawn() must refuse, on all systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/refused.h"

#include "tests/helpers/harness.h"

void check_refused(const OsdepSpawnOptions *options, int code,
                   const char *message)
{
    Error *err = NULL;

    CU_ASSERT_PTR_NULL(osdep_spawn(options, &err));
    CU_ASSERT_PTR_NOT_NULL_FATAL(err);
    CHECK_INT(osdep_error_get_errno(err), code);
    CHECK_CONTAINS(error_get_pretty(err), message);
    error_free(err);
}
