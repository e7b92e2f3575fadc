/*
 * Error objects: failures that carry their reason
 *
 * SPDX-License-Identifier: MIT
 *
 * The names and contracts are those of QEMU's include/qapi/error.h, so that code
 * written against that builds unchanged, with the reports of its
 * include/qemu/error-report.h that are here.  What is new is marked "new".
 *
 * = The rules, by example =
 *
 * A function that can fail takes "Error **errp" as its last parameter, and its
 * return value tells failure too: false, NULL or -1.
 *
 * Fail:
 *     bool disk_open(const char *path, Error **errp)
 *     {
 *         int fd = open(path, O_RDONLY | O_CLOEXEC);
 *
 *         if (fd < 0) {
 *             error_setg_file_open(errp, errno, path);
 *             return false;
 *         }
 *         ...
 *         return true;
 *     }
 *
 * The message is one line without a full stop or newline.  Advice that would
 * make it longer goes into a hint: error_append_hint().
 *
 * Receive an error and deal with it:
 *     Error *err = NULL;                   // must be NULL
 *
 *     if (!disk_open(path, &err)) {
 *         if (error_get_os_error(err) == ENOENT) {
 *             error_free(err);             // dealt with: free it, or ...
 *         } else {
 *             error_report_err(err);       // ... report it, which frees it
 *         }
 *     }
 *
 * Pass it on to the caller (nothing to do but return):
 *     if (!disk_open(path, errp)) {
 *         return false;
 *     }
 *
 * Ignore it:
 *     disk_open(path, NULL);
 *
 * Make it the end of the program, or a warning:
 *     disk_open(path, &error_fatal);       // report, exit(1)
 *     disk_open(path, &error_abort);       // a bug: report where, abort()
 *     disk_open(path, &error_warn);        // report as a warning, go on
 *
 * Add to it on its way up.  ERRP_GUARD() makes *errp good to look at and to add
 * to whatever the caller passed; without it, the error may be gone already
 * (NULL) or have ended the program (&error_fatal) by the time you add to it:
 *     bool machine_init(Machine *m, Error **errp)
 *     {
 *         ERRP_GUARD();
 *
 *         if (!disk_open(m->disk, errp)) {
 *             error_prepend(errp, "machine '%s': ", m->name);
 *             error_append_hint(errp, "See the option --disk.\n");
 *             return false;
 *         }
 *         return true;
 *     }
 *
 * Collect: try everything, keep the first error.
 *     Error *err = NULL, *local_err = NULL;
 *
 *     disk_open(a, &local_err);
 *     error_propagate(&err, local_err);
 *     local_err = NULL;                    // it is no longer ours
 *     disk_open(b, &local_err);
 *     error_propagate(&err, local_err);    // freed if err is set already
 *
 * = What holds for every function here =
 *
 * - errno, and GetLastError() on Windows, are the same after as before.
 * - Running out of memory neither aborts nor loses the error: a static error
 *   object "out of memory" (ENOMEM) takes its place.  It may be freed, copied,
 *   added to (no effect) and reported like any other.
 * - Text is UTF-8.
 * - Any thread may call any function, but one Error object belongs to one
 *   thread at a time.  None is async-signal-safe: not for signal handlers, nor
 *   for the child of a fork of a multi-threaded process.
 */
#ifndef OSDEP_ERROR_H
#define OSDEP_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#include "osdep/compiler.h"

OSDEP_BEGIN_DECLS

/* An error object; opaque. */
typedef struct Error Error;

/* What a caller may want to tell apart; QEMU's classes, for its code. */
typedef enum {
    ERROR_CLASS_GENERIC_ERROR,
    ERROR_CLASS_COMMAND_NOT_FOUND,
    ERROR_CLASS_DEVICE_NOT_ACTIVE,
    ERROR_CLASS_DEVICE_NOT_FOUND,
    ERROR_CLASS_KVM_MISSING_CAP,
} ErrorClass;

/*
 * Special destinations: pass &error_abort, &error_fatal or &error_warn as an
 * errp.  Their values stay NULL.
 *
 * error_abort: print the function, file and line that set the error, then the
 * error, and abort().
 * error_fatal: report the error and exit(1).
 * error_warn: report the error as a warning and go on.
 */
extern OSDEP_API Error *error_abort;
extern OSDEP_API Error *error_fatal;
extern OSDEP_API Error *error_warn;

/*
 * error_setg(Error **errp, const char *fmt, ...)
 *
 * Make an error of class ERROR_CLASS_GENERIC_ERROR from @fmt and pass it to
 * @errp: NULL ignores it, the special destinations do as said above, and
 * anything else is the address of an Error * that is NULL and now owns it.  An
 * Error * that is not NULL is a bug in the caller and aborts.
 */
#define error_setg(errp, ...) \
    error_setg_internal((errp), __FILE__, __LINE__, __func__, __VA_ARGS__)

/*
 * error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
 *
 * Like error_setg(), with ": " and the text of @os_errno added unless it is 0.
 * error_get_os_error() gives @os_errno.
 */
#define error_setg_errno(errp, os_errno, ...)                       \
    error_setg_errno_internal((errp), __FILE__, __LINE__, __func__, \
                              (os_errno), __VA_ARGS__)

#ifdef _WIN32
/*
 * error_setg_win32(Error **errp, int win32_err, const char *fmt, ...)
 *
 * Like error_setg(), with ": " and the system's text for @win32_err, a code of
 * GetLastError(), added unless it is 0.  error_get_os_error() gives
 * @win32_err.  Windows only.
 */
#define error_setg_win32(errp, win32_err, ...)                      \
    error_setg_win32_internal((errp), __FILE__, __LINE__, __func__, \
                              (win32_err), __VA_ARGS__)
#endif

/*
 * error_setg_file_open(Error **errp, int os_errno, const char *filename)
 *
 * The error of an open() of @filename that failed with @os_errno.
 */
#define error_setg_file_open(errp, os_errno, filename)                  \
    error_setg_file_open_internal((errp), __FILE__, __LINE__, __func__, \
                                  (os_errno), (filename))

/*
 * error_set(Error **errp, ErrorClass err_class, const char *fmt, ...)
 *
 * Like error_setg(), with class @err_class.
 */
#define error_set(errp, err_class, ...)                                   \
    error_set_internal((errp), __FILE__, __LINE__, __func__, (err_class), \
                       __VA_ARGS__)

/* The class @err was set with. */
OSDEP_API ErrorClass error_get_class(const Error *err);

/* The message of @err, without its hint; owned by @err. */
OSDEP_API const char *error_get_pretty(const Error *err);

/*
 * New: the code @err was set with, so that callers can branch without reading
 * text: an errno from error_setg_errno() and error_setg_file_open(), a Win32
 * code from error_setg_win32(), 0 from the others.
 */
OSDEP_API int error_get_os_error(const Error *err);

/* A copy of @err, hint and all; the caller owns it.  Never NULL. */
OSDEP_API Error *error_copy(const Error *err);

/* Free @err; NULL is fine. */
OSDEP_API void error_free(Error *err);

/* Free *@errp and make it NULL; abort() if there is no error.  For tests. */
OSDEP_API void error_free_or_abort(Error **errp);

/*
 * Pass @local_err on to @dst_errp, which owns it then; NULL does nothing.  If
 * @dst_errp is NULL or holds an error already, @local_err is freed: the first
 * error is kept.
 */
OSDEP_API void error_propagate(Error **dst_errp, Error *local_err);

/* Like error_propagate(), with @fmt put before the message. */
OSDEP_API void error_propagate_prepend(Error **dst_errp, Error *local_err,
                                       const char *fmt, ...) OSDEP_PRINTF(3, 4);

/*
 * Put @fmt before the message of *@errp.  Does nothing if there is no error
 * there; see ERRP_GUARD().
 */
OSDEP_API void error_prepend(Error *const *errp, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);
OSDEP_API void error_vprepend(Error *const *errp, const char *fmt, va_list ap)
    OSDEP_PRINTF(2, 0);

/*
 * Add @fmt, whole lines with their newlines, to the hint of *@errp: advice that
 * is reported below the message and is no part of it.  Does nothing if there is
 * no error there; see ERRP_GUARD().
 */
OSDEP_API void error_append_hint(Error *const *errp, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);

/* Report an error that is no object: @fmt is one line without a newline. */
OSDEP_API void error_report(const char *fmt, ...) OSDEP_PRINTF(1, 2);

/* Report @err with its hint, then free it.  NULL does nothing. */
OSDEP_API void error_report_err(Error *err);

/* Like error_report_err(), with @fmt put before the message. */
OSDEP_API void error_reportf_err(Error *err, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);

/* The same three, as warnings. */
OSDEP_API void warn_report(const char *fmt, ...) OSDEP_PRINTF(1, 2);
OSDEP_API void warn_report_err(Error *err);
OSDEP_API void warn_reportf_err(Error *err, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);

/* New: what is being reported. */
typedef enum {
    OSDEP_REPORT_ERROR,
    OSDEP_REPORT_WARNING,
} OsdepReportKind;

/*
 * New: a reporter.  @message is one line without a newline.  @hint is NULL or
 * lines that each end in a newline.  @opaque is what error_set_reporter() got.
 * It may run in any thread that reports, in several at once.
 */
typedef void OsdepReporter(OsdepReportKind kind, const char *message,
                           const char *hint, void *opaque);

/*
 * New: send reports to @fn from now on; NULL brings back the default, which
 * prints "PROGRAM: message" or "PROGRAM: warning: message" and then the hint on
 * standard error.
 *
 * To be called while no other thread reports, as a program does at its start:
 * it is the one function here that does not synchronise.
 */
OSDEP_API void error_set_reporter(OsdepReporter *fn, void *opaque);

/*
 * ERRP_GUARD(), first in a function with a parameter "Error **errp": from here
 * on, errp is never NULL and *errp holds the error that was set, to be read,
 * prepended to or given a hint.  When the function returns, the error goes to
 * what the caller passed.  &error_abort passes through untouched, so that it
 * stops where the error is set.
 */
#define ERRP_GUARD()                                                \
    __attribute__((cleanup(error_propagator_cleanup)))              \
    ErrorPropagator errp_guard_ = { NULL, errp };                   \
    do {                                                            \
        if (!errp || errp == &error_fatal || errp == &error_warn) { \
            errp = &errp_guard_.local_err;                          \
        }                                                           \
    } while (0)

/* ERRP_GUARD()'s own. */
typedef struct ErrorPropagator {
    Error *local_err;
    Error **errp;
} ErrorPropagator;

static inline void error_propagator_cleanup(ErrorPropagator *prop)
{
    error_propagate(prop->errp, prop->local_err);
}

/* What the macros above call, and nobody else. */
OSDEP_API void error_setg_internal(Error **errp, const char *src, int line,
                                   const char *func, const char *fmt, ...)
    OSDEP_PRINTF(5, 6);
OSDEP_API void error_setg_errno_internal(Error **errp, const char *src,
                                         int line, const char *func,
                                         int os_errno, const char *fmt, ...)
    OSDEP_PRINTF(6, 7);
#ifdef _WIN32
OSDEP_API void error_setg_win32_internal(Error **errp, const char *src,
                                         int line, const char *func,
                                         int win32_err, const char *fmt, ...)
    OSDEP_PRINTF(6, 7);
#endif
OSDEP_API void error_setg_file_open_internal(Error **errp, const char *src,
                                             int line, const char *func,
                                             int os_errno,
                                             const char *filename);
OSDEP_API void error_set_internal(Error **errp, const char *src, int line,
                                  const char *func, ErrorClass err_class,
                                  const char *fmt, ...) OSDEP_PRINTF(6, 7);

OSDEP_END_DECLS

#endif
