/*
 * Between osdep-error.c and its two worlds, osdep-error-posix.c and
 * osdep-error-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_ERROR_OS_H
#define UTIL_OSDEP_ERROR_OS_H

#include "osdep/error.h"

OSDEP_BEGIN_INTERNAL

/* The calling thread's last error codes; GetLastError() is 0 on POSIX. */
typedef struct OsdepOsCodes {
    int errnum;
    unsigned long win32_err;
} OsdepOsCodes;

OsdepOsCodes osdep_os_codes_save(void);
void osdep_os_codes_restore(OsdepOsCodes codes);

/* The text of errno @errnum into @buf of @size bytes; thread-safe. */
void osdep_os_strerror(int errnum, char *buf, size_t size);

/* The errno that the Win32 code @code means.  In osdep-error-win32.c only. */
int osdep_errno_of_win32(unsigned long code);

/* The part of @path behind its last folder. */
const char *osdep_os_base_name(const char *path);

/*
 * The system's name for this program, without its folder, into @buf of @size
 * bytes; "" if it has none.
 */
void osdep_os_program_name(char *buf, size_t size);

/* The time in UTC, as ISO 8601 has it, into @buf of @size bytes. */
void osdep_os_timestamp(char *buf, size_t size);

/*
 * Print @text on standard error with a single stdio call, so that threads do
 * not mix lines.  Returns: false on failure.
 */
bool osdep_os_print(const char *text);

/*
 * Set an error as the public setters do.  @tail goes behind the formatted
 * message.  @errp is not NULL.  In osdep-error.c.
 */
void osdep_error_setv(OsdepError **errp, const char *src, int line,
                      const char *func, OsdepErrorClass err_class, int os_errno,
                      unsigned long win32_err, const char *tail,
                      const char *fmt, va_list ap) OSDEP_PRINTF(9, 0);

OSDEP_END_INTERNAL

#endif
