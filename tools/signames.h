/*
 * Names of signals
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_SIGNAMES_H
#define TOOLS_SIGNAMES_H

/* Enough for "SIGRTMIN+62". */
enum { SIGNAL_NAME_SIZE = 16 };

/*
 * The name of signal @sig into @buf: "SIGTERM", "SIGRTMIN+5"; its number if it
 * has none, as those that the C library keeps for itself.  Returns: @buf.
 */
const char *signal_name(int sig, char buf[SIGNAL_NAME_SIZE]);

/*
 * The signal that @text names: "TERM", "SIGTERM", "15", "RTMIN+5", "RTMAX-1",
 * in any case.  -1 if it names none.
 */
int signal_number(const char *text);

#endif
