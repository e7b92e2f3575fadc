/*
 * The control of test-symbols: what must not happen between fork and exec
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

void naive_child(void);

void naive_child(void)
{
    char *text = malloc(100);

    if (text) {
        snprintf(text, 100, "%s", strerror(errno));
        fputs(text, stderr);
    }
    exit(1);
}
