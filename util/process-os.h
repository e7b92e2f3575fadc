/*
 * Between process.c and its two worlds, process-posix.c and process-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_PROCESS_OS_H
#define UTIL_PROCESS_OS_H

#include "osdep/process.h"

/* Is descriptor @fd open? */
bool osdep_fd_is_open(int fd);

/*
 * Check what only this world knows: signals, which flags it has.  process.c has
 * checked the rest.
 */
bool osdep_spawn_check_os(const OsdepSpawnOptions *options, Error **errp);

/*
 * osdep_spawn() with options that were checked.  @for_run: our ends of the
 * pipes are for osdep_communicate() alone.
 */
OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options, bool for_run,
                             Error **errp);

/* Keep the calling thread from being cancelled, and let it be as it was. */
int osdep_cancel_disable(void);
void osdep_cancel_restore(int state);

/* Text or bytes that grow; all zero is empty. */
typedef struct OsdepBuffer {
    char *data;
    size_t len;
    size_t size;
} OsdepBuffer;

/*
 * Make room for at least 4 KiB, and a NUL, behind the @len bytes of @buffer.
 * Returns: where, and in @room how much, the NUL not counted; NULL if there is
 * no memory.  The caller then adds to @len.
 */
char *osdep_buffer_room(OsdepBuffer *buffer, size_t *room);

/*
 * Feed the process @input (NULL: nothing) through the pipe of its stdin,
 * collect its stdout and stderr, where these are pipes, in @out and @err, and
 * wait for its end, as osdep_run() says; at the deadline kill it.
 *
 * Returns: false with @errp set if that fails; the process is then to be
 * killed.
 */
bool osdep_communicate(OsdepProcess *process, const void *input,
                       size_t input_len, int timeout_ms, OsdepBuffer *out,
                       OsdepBuffer *err, OsdepExit *how, bool *timed_out,
                       Error **errp);

#endif
