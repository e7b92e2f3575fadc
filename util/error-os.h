/*
 * Between error.c and its two worlds, error-posix.c and error-win32.c
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_ERROR_OS_H
#define UTIL_ERROR_OS_H

#include "osdep/error.h"

/* The calling thread's last error codes; GetLastError() is 0 on POSIX. */
typedef struct OsdepOsCodes {
    int errnum;
    unsigned long win32_err;
} OsdepOsCodes;

OsdepOsCodes osdep_os_codes_save(void);
void osdep_os_codes_restore(OsdepOsCodes codes);

/* The text of errno @errnum into @buf of @size bytes; thread-safe. */
void osdep_os_strerror(int errnum, char *buf, size_t size);

/*
 * Print "PROGRAM: @label@message", a newline and @hint (which may be NULL) on
 * standard error, with a single stdio call so that threads do not mix lines.
 */
void osdep_os_report(const char *label, const char *message, const char *hint);

/*
 * Set an error as the public setters do: @tail goes behind the formatted
 * message.  @errp is not NULL.  In error.c.
 */
void osdep_error_setv(Error **errp, const char *src, int line, const char *func,
                      ErrorClass err_class, int os_error, const char *tail,
                      const char *fmt, va_list ap) OSDEP_PRINTF(8, 0);

#endif
