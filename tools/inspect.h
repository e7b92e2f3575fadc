/*
 * What a process inherited: inspect-posix.c and inspect-win32.c find it out,
 * osdep-inspect.c shows it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TOOLS_INSPECT_H
#define TOOLS_INSPECT_H

#include "osdep/osdep.h"

/* More signals than any system has. */
enum { MAX_SIGNALS = 256 };

typedef struct InspectedFd {
    int fd;
    const char *access; /* "r", "w", "rw"; "" if unknown */
    bool cloexec;
    const char *kind; /* "pipe", "regular file", ... */
    char *name;       /* a path or "pipe:[1234]"; NULL if unknown */
} InspectedFd;

typedef struct Inspection {
    bool has_signals; /* Windows has no signal state to inherit */
    bool blocked[MAX_SIGNALS];
    bool ignored[MAX_SIGNALS];
    bool caught[MAX_SIGNALS];
    InspectedFd *fds;
    size_t n_fds;
    char *directory; /* NULL if it cannot be named, as when it was removed */
    unsigned int umask;
    long pid;
    bool has_ids; /* Windows has no process groups */
    long parent;
    long group;
    long session;
} Inspection;

/*
 * Look at this process.  @use_proc: believe /proc where there is one; else, and
 * elsewhere, ask with sigaction() and fcntl(), which do not see what became of
 * signals that the C library keeps for itself, nor descriptors above the limit.
 *
 * Returns: true, and *@in is the caller's until inspection_clear().  On failure
 * (out of memory) false with @errp set.
 */
bool inspect(Inspection *in, bool use_proc, Error **errp);

/*
 * In inspect.c: add a descriptor and own @name, which may be NULL.  False if
 * there is no memory, with @name freed and @errp set.
 */
bool inspection_add_fd(Inspection *in, InspectedFd fd, Error **errp);

void inspection_clear(Inspection *in);

#endif
