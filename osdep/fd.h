/*
 * File descriptors: close-on-exec, pipes, and closing all the others
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef OSDEP_FD_H
#define OSDEP_FD_H

#include <stdbool.h>

#include "osdep/compiler.h"
#include "osdep/error.h"

OSDEP_BEGIN_DECLS

/*
 * Make @fd close-on-exec.  On Windows its handle is made not inheritable.
 *
 * @fd must be an open descriptor: anything else is a bug in the caller, and
 * aborts with a message.  Thread-safe; errno may change.
 */
OSDEP_API void qemu_set_cloexec(int fd);

/*
 * Make a pipe: what is written to @fds[1] can be read from @fds[0].  Both are
 * close-on-exec; on Windows their handles are not inheritable, and they are in
 * binary mode.
 *
 * Returns: true.  On failure false, with @errp and errno set, and @fds
 * unchanged.
 *
 * They are close-on-exec from birth where the system can (pipe2(2): Linux
 * 2.6.27, FreeBSD 10, NetBSD 6, OpenBSD 5.7; _O_NOINHERIT on Windows).
 * Elsewhere, as on macOS, there is a moment in which a child that another
 * thread starts by other means than osdep can inherit them.
 *
 * Thread-safe.
 */
OSDEP_API bool osdep_pipe(int fds[2], Error **errp);

/*
 * Close all open descriptors but the @nskip ones in @skip: 0, 1 and 2 too
 * unless they are there.  @skip may be in any order; entries that are negative,
 * not open or there twice do no harm.  @skip may be NULL if @nskip is 0.
 *
 * Cannot fail.  errno stays as it was.  Async-signal-safe: made for the child
 * of a fork.  Elsewhere it pulls descriptors from under other threads.
 *
 * How: close_range(2) (Linux 5.9, FreeBSD 13) for each gap between the skipped
 * ones.  Where that is missing or refused, Linux closes what getdents64(2)
 * lists in /proc/thread-self/fd, and macOS what proc_pidinfo() does.  The last
 * resort is a loop up to the highest open one in @skip, and above that
 * closefrom(2) or, on Linux and macOS, a loop up to the hard RLIMIT_NOFILE (but
 * 1,048,576 if only that is higher) or getdtablesize(); only there can a
 * descriptor stay open, one that was opened before the limit was lowered to
 * below it.
 *
 * Cost: grows with the square of @nskip, so keep the list to some hundreds.
 *
 * Windows: closes the descriptors of the C runtime, with their handles.
 * Handles that are no descriptors stay open; what a child process inherits is
 * decided when it is created.  Not safe while other threads use descriptors.
 */
OSDEP_API void qemu_close_all_open_fd(const int *skip, unsigned int nskip);

OSDEP_END_DECLS

#endif
