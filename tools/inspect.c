/*
 * What a process inherited
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/inspect.h"

bool inspection_add_fd(Inspection *in, InspectedFd fd, Error **errp)
{
    InspectedFd *fds = realloc(in->fds, (in->n_fds + 1) * sizeof(*fds));

    if (!fds) {
        error_setg_errno(errp, errno, "cannot list descriptor %d", fd.fd);
        free(fd.name);
        return false;
    }
    in->fds = fds;
    in->fds[in->n_fds++] = fd;
    return true;
}

void inspection_clear(Inspection *in)
{
    for (size_t i = 0; i < in->n_fds; i++) {
        free(in->fds[i].name);
    }
    free(in->fds);
    free(in->directory);
    *in = (Inspection){ 0 };
}
