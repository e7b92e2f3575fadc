/*
 * The child room: all that runs between fork and exec
 *
 * SPDX-License-Identifier: MIT
 *
 * child-posix.c may import only async-signal-safe functions, since another
 * thread may have held any lock at the fork; tests/test-symbols.c reads its
 * object file and fails on any other.  qemu_close_all_open_fd() of osdep/fd.h is
 * there too, for that reason.
 */
#ifndef UTIL_CHILD_POSIX_H
#define UTIL_CHILD_POSIX_H

#include <signal.h>

/*
 * Set the calling thread's signal mask to exactly @mask, unless that is NULL,
 * and tell what it was in @old, unless that is NULL.  pthread_sigmask() does
 * not do: glibc's takes its own signals out of what it sets, and musl's out of
 * what it tells, so a mask in which the program was started with these blocked
 * would not come back.
 *
 * Returns: 0 or an errno; errno may change.
 */
int osdep_sigmask(const sigset_t *mask, sigset_t *old);

/*
 * In the child of a fork, all signals blocked: give each signal its default
 * disposition, then empty the mask.  Says why on descriptor 2 and leaves with
 * _exit(1) if the system does not let it.
 *
 * @rtmin: SIGRTMIN, as the parent knows it, on Linux: the signals from 32 to it
 * are the C library's and keep their disposition.  Not looked at elsewhere.
 */
void osdep_child_reset_signals(int rtmin);

/*
 * After that, and only before exec: give the C library's own signals their
 * default disposition too.  One that is ignored would stay so in the program;
 * glibc's posix_spawn() ignores them in every child that it makes.
 */
void osdep_child_reset_reserved_signals(int rtmin);

#endif
