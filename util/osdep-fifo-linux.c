/*
 * FIFOs on Linux
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef __linux__

#include <fcntl.h>
#include <poll.h>

#include "osdep/fd.h"
#include "util/osdep-fifo.h"

/*
 * poll(2) tells of data, and of a writer that came and went.  tee(2) tells a
 * silent writer, EAGAIN, from none, 0, as read(2) would.
 */
bool osdep_fifo_has_writer(int fd)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    int scratch[2];
    ssize_t n;
    int err;

    if (poll(&polled, 1, 0) > 0) {
        return true;
    }
    if (!osdep_pipe(scratch, NULL)) {
        return false; /* data will tell */
    }
    n = tee(fd, scratch[1], 1, SPLICE_F_NONBLOCK);
    err = errno;
    close(scratch[0]);
    close(scratch[1]);
    return n > 0 || (n < 0 && err == EAGAIN);
}

#endif
