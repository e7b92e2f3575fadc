/*
 * newborn [FD]: says by its exit status what it was started with (newborn.h)
 *
 * SPDX-License-Identifier: MIT
 *
 * Of descriptors it wants 0, 1, 2 and FD.  It is started so often that it does
 * nothing else.
 */
#include <stdlib.h>

#include "tests/helpers/newborn.h"

int main(int argc, char **argv)
{
    return newborn_signal_faults(true) |
           newborn_fd_faults(argc > 1 ? atoi(argv[1]) : -1);
}
