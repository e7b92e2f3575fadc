/*
 * The order in which descriptors are moved to other numbers
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_MOVES_H
#define UTIL_OSDEP_MOVES_H

#include "util/osdep-child.h"

OSDEP_BEGIN_INTERNAL

/* An OsdepFdMove that is wanted, and what osdep_order_moves() notes for it. */
typedef struct OsdepWantedMove {
    OsdepFdMove move;
    unsigned int readers; /* moves still to come that read from its @to */
    bool is_done;
} OsdepWantedMove;

/*
 * Put moves that are wanted at the same time in an order in which none overwrites
 * a source that another still needs; cycles go through OSDEP_FD_SPARE.  @wanted has
 * @n entries, sorted by @to, each @to once; none is negative.  A move onto itself
 * is allowed.  @readers and @is_done are 0 on entry.
 *
 * Returns: how many there are in @ordered, which has room for n + n / 2.
 */
unsigned int osdep_order_moves(OsdepWantedMove *wanted, unsigned int n,
                               OsdepFdMove *ordered);

OSDEP_END_INTERNAL

#endif
