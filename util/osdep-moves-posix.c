/*
 * The order in which descriptors are moved to other numbers
 *
 * SPDX-License-Identifier: MIT
 *
 * A move may be done when no other one that is still to come reads from its
 * target.  Each target has one source, so what is left when no such move remains
 * are cycles.
 */
#include "util/osdep-prelude.h"

#ifndef _WIN32

#include "util/osdep-moves.h"

/* The move to @fd that overwrites it; NULL if there is none. */
static OsdepWantedMove *find_overwriting(OsdepWantedMove *wanted,
                                         unsigned int n, int fd)
{
    unsigned int low = 0, high = n;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;

        if (wanted[middle].move.to < fd) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < n && wanted[low].move.to == fd && wanted[low].move.from != fd
               ? &wanted[low]
               : NULL;
}

/* @first, then what can be done because of that.  Returns: how many. */
static unsigned int order_chain(OsdepWantedMove *first, OsdepWantedMove *wanted,
                                unsigned int n, OsdepFdMove *ordered)
{
    unsigned int count = 0;

    for (OsdepWantedMove *w = first; w && w->readers == 0;) {
        ordered[count++] = w->move;
        w->is_done = true;
        w = find_overwriting(wanted, n, w->move.from);
        if (w) {
            w->readers--;
        }
    }
    return count;
}

/* The cycle that @first is part of. */
static unsigned int order_cycle(OsdepWantedMove *first, OsdepWantedMove *wanted,
                                unsigned int n, OsdepFdMove *ordered)
{
    OsdepWantedMove *w = first;
    unsigned int count = 0;

    ordered[count++] = (OsdepFdMove){ first->move.to, OSDEP_FD_SPARE };
    while (w->move.from != first->move.to) {
        ordered[count++] = w->move;
        w->is_done = true;
        w = find_overwriting(wanted, n, w->move.from);
    }
    ordered[count++] = (OsdepFdMove){ OSDEP_FD_SPARE, w->move.to };
    w->is_done = true;
    return count;
}

unsigned int osdep_order_moves(OsdepWantedMove *wanted, unsigned int n,
                               OsdepFdMove *ordered)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < n; i++) {
        OsdepWantedMove *overwriting =
            find_overwriting(wanted, n, wanted[i].move.from);

        if (overwriting) {
            overwriting->readers++;
        }
    }
    for (unsigned int i = 0; i < n; i++) {
        if (!wanted[i].is_done && wanted[i].readers == 0) {
            count += order_chain(&wanted[i], wanted, n, ordered + count);
        }
    }
    for (unsigned int i = 0; i < n; i++) {
        if (!wanted[i].is_done) {
            count += order_cycle(&wanted[i], wanted, n, ordered + count);
        }
    }
    return count;
}

#endif
