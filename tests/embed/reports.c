/*
 * A stranger whose reports are to begin with its own name
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/error.h"
#include "osdep/fd.h"

#include <fcntl.h>

int main(void)
{
    int fds[2];

    osdep_error_report("a report");
    return osdep_pipe(fds, &osdep_error_fatal) ? 0 : 1;
}
