/*
 * Between osdep-process.c and the files of the two worlds, POSIX and Windows
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_PROCESS_OS_H
#define UTIL_OSDEP_PROCESS_OS_H

#include "osdep/process.h"

OSDEP_BEGIN_INTERNAL

/*
 * Check that descriptor @fd can be given to the child; @what, "in" or
 * "pass_fds[3]", begins the message.  Windows: it is one of the C runtime
 * @runtime, or with none (NULL) refused: EINVAL.
 */
bool osdep_spawn_check_fd(const char *what, int fd, const OsdepRuntime *runtime,
                          OsdepError **errp);

/* The same for a HANDLE; elsewhere than on Windows EINVAL. */
bool osdep_spawn_check_handle(const char *what, void *handle,
                              OsdepError **errp);

/*
 * Check what only this world knows: signals, which flags it has, and that each
 * number of theirs in pass_fds is there once.  osdep-process.c has checked the
 * rest.
 */
bool osdep_spawn_check_os(const OsdepSpawnOptions *options, OsdepError **errp);

/*
 * osdep_spawn() with options that were checked, none of its streams being
 * OSDEP_STDIO_DEFAULT.  Entries of pass_fds whose @theirs is 0, 1 or 2 are to be
 * left out: the streams have them already.  @run: of osdep_run(), whose time
 * begins now, and our ends of the pipes are for osdep_communicate_os() alone; else
 * NULL.
 */
OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options,
                             const OsdepRunOptions *run,
                             const OsdepRuntime *runtime, OsdepError **errp);

/* osdep_process_wait(); @how is not NULL. */
OsdepWait osdep_process_wait_os(OsdepProcess *process, int timeout_ms,
                                OsdepExit *how, OsdepError **errp);

/*
 * Disable cancellation of the calling thread; returns the state for
 * osdep_cancel_restore().
 */
int osdep_cancel_disable(void);
void osdep_cancel_restore(int state);

/* Text or bytes that grow; all zero is empty. */
typedef struct OsdepBuffer {
    char *data;
    size_t len;
    size_t size;
} OsdepBuffer;

/*
 * What osdep_run() keeps of a stream: 64 MiB.  A buffer that holds more holds too
 * much, which is told by the caller of osdep_communicate_os().
 */
#define OSDEP_BUFFER_MAX ((size_t)64 << 20)

/* Milliseconds that a process which was killed is given to end. */
enum { OSDEP_REAP_MS = 1000 };

/*
 * Make room behind the @len bytes of @buffer: for at least 4 KiB, and a NUL, but
 * for no more than makes it OSDEP_BUFFER_MAX + 1 bytes.
 * Returns: where, and in @room how much, the NUL not counted; NULL with errno set
 * if there is no memory, or the buffer holds too much (ENOBUFS).  The caller then
 * adds to @len.
 */
char *osdep_buffer_room(OsdepBuffer *buffer, size_t *room);

typedef enum OsdepServed {
    OSDEP_SERVED,     /* and it has ended */
    OSDEP_NOT_SERVED, /* @errp is set; it is to be killed */
    OSDEP_NOT_ENDED,  /* @errp is set; it was killed, and had OSDEP_REAP_MS */
} OsdepServed;

/*
 * Feed the process run->input through the pipe of its stdin, collect its stdout
 * and stderr, where these are pipes, in @out and @err, and wait for its end, as
 * osdep_run() says; at the deadline kill it.
 */
OsdepServed osdep_communicate_os(OsdepProcess *process,
                                 const OsdepRunOptions *run, OsdepBuffer *out,
                                 OsdepBuffer *err, OsdepExit *how,
                                 bool *timed_out, OsdepError **errp);

OSDEP_END_INTERNAL

#endif
