/*
 * File descriptors: close-on-exec, pipes, and closing all the others
 *
 * SPDX-License-Identifier: MIT
 *
 * Windows: descriptors are those of the caller's C runtime (osdep/runtime.h).
 */
#ifndef OSDEP_FD_H
#define OSDEP_FD_H

#include <stdbool.h>

#include "osdep/compiler.h"
#include "osdep/error.h"
#include "osdep/runtime.h"

OSDEP_BEGIN_DECLS

/* What the inlines below call. */
OSDEP_API void osdep_set_cloexec_in(int fd, const OsdepRuntime *runtime);
OSDEP_API bool osdep_pipe_in(int fds[2], const OsdepRuntime *runtime,
                             OsdepError **errp);
OSDEP_API void osdep_close_all_open_fd_in(const int *skip, unsigned int nskip,
                                          const OsdepRuntime *runtime);

/*
 * Make @fd close-on-exec.
 *
 * @fd must be an open descriptor: anything else is a bug in the caller, and
 * aborts with a message.  Thread-safe; errno may change.
 *
 * Windows: its handle is made not inheritable.
 */
static inline void osdep_set_cloexec(int fd)
{
    osdep_set_cloexec_in(fd, osdep_runtime());
}

/*
 * Make a pipe: what is written to @fds[1] can be read from @fds[0].  Both are
 * close-on-exec.
 *
 * Returns: true.  On failure false, with @errp set, and @fds unchanged.
 *
 * Thread-safe.  errno may change.
 *
 * POSIX: both are 3 or higher.  On failure errno is set, too.
 *
 * Linux, FreeBSD, NetBSD, OpenBSD, DragonFly: both ends are created
 * close-on-exec, by pipe2(2).
 *
 * macOS: has no pipe2(2).  For a moment both are inherited by a child that
 * another thread starts by other means than osdep.
 *
 * Windows: the handles are not inheritable; both ends are in binary mode.
 */
static inline bool osdep_pipe(int fds[2], OsdepError **errp)
{
    return osdep_pipe_in(fds, osdep_runtime(), errp);
}

/*
 * Close all open descriptors but the @nskip ones in @skip: 0, 1 and 2 too
 * unless they are there.  @skip may be in any order; entries that are negative,
 * not open or there twice do no harm.  @skip may be NULL if @nskip is 0.
 *
 * Cannot fail.  errno is unchanged.  Async-signal-safe: made for the child
 * of a fork.  Elsewhere it closes descriptors that other threads use.
 *
 * Cost: linear in @nskip if @skip is in ascending order; otherwise it grows with
 * the square of @nskip.
 *
 * Linux: close_range(2) (5.9) for each gap between the skipped ones.  Where that
 * is missing or refused, what getdents64(2) lists in /proc/thread-self/fd is
 * closed.  The last resort is a loop up to the highest open one in @skip, and
 * above that to the hard RLIMIT_NOFILE, or 1,048,576 if that is lower; only there
 * can a descriptor stay open, one that was opened before the limit was lowered
 * to below it.
 *
 * FreeBSD, NetBSD, OpenBSD, DragonFly: close_range(2) (FreeBSD 13), else a loop
 * and closefrom(2).
 *
 * macOS: what proc_pidinfo() lists, else a loop up to getdtablesize().
 *
 * Windows: closes the descriptors of the C runtime, with their handles.
 * Handles that are no descriptors stay open.  Not safe while other threads use
 * descriptors.
 */
static inline void osdep_close_all_open_fd(const int *skip, unsigned int nskip)
{
    osdep_close_all_open_fd_in(skip, nskip, osdep_runtime());
}

OSDEP_END_DECLS

#endif
