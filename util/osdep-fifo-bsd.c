/*
 * FIFOs on the BSDs, macOS and other POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#if !defined _WIN32 && !defined __linux__

#ifdef __sun
#include <sys/filio.h>
#endif
#include <sys/ioctl.h>

#include "util/osdep-fifo.h"

/*
 * Only data tell: these systems' poll(2) takes a FIFO that never had a writer
 * for one whose writer has gone, or does not tell of a silent one.
 */
bool osdep_fifo_has_writer(int fd)
{
    int n = 0;

    return ioctl(fd, FIONREAD, &n) == 0 && n > 0;
}

#endif
