/*
 * Error objects: failures that carry their reason
 *
 * SPDX-License-Identifier: MIT
 *
 * The functions and their contracts follow QEMU's include/qapi/error.h and
 * include/qemu/error-report.h.  The headers of these names under osdep/qemu/
 * declare them under QEMU's names.
 *
 * = The rules, by example =
 *
 * A function that can fail takes "OsdepError **errp" as its last parameter.
 * Its return value shows failure as well: false, NULL or -1.
 *
 * Fail:
 *     bool disk_open(const char *path, OsdepError **errp)
 *     {
 *         int fd = open(path, O_RDONLY | O_CLOEXEC);
 *
 *         if (fd < 0) {
 *             osdep_error_setg_file_open(errp, errno, path);
 *             return false;
 *         }
 *         ...
 *         return true;
 *     }
 *
 * The message is one line without a full stop or newline.  Advice that would
 * make it longer goes into a hint: osdep_error_append_hint().
 *
 * Receive an error and handle it:
 *     OsdepError *err = NULL;                 // must be NULL
 *
 *     if (!disk_open(path, &err)) {
 *         if (osdep_error_get_errno(err) == ENOENT) {
 *             osdep_error_free(err);          // handled: free it, or ...
 *         } else {
 *             osdep_error_report_err(err);    // ... report it, which frees it
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
 * Let it end the program, or make it a warning:
 *     disk_open(path, &osdep_error_fatal);    // report, exit(1)
 *     disk_open(path, &osdep_error_abort);    // a bug: report where, abort()
 *     disk_open(path, &osdep_error_warn);     // report as a warning, go on
 *
 * Add to it on its way up.  After OSDEP_ERRP_GUARD(), *errp can be read and
 * added to, whatever the caller passed.  Without it, the error may already be
 * lost (errp is NULL) or have ended the program (&osdep_error_fatal):
 *     bool machine_init(Machine *m, OsdepError **errp)
 *     {
 *         OSDEP_ERRP_GUARD();
 *
 *         if (!disk_open(m->disk, errp)) {
 *             osdep_error_prepend(errp, "machine '%s': ", m->name);
 *             osdep_error_append_hint(errp, "See the option --disk.\n");
 *             return false;
 *         }
 *         return true;
 *     }
 *
 * Try everything and keep the first error:
 *     OsdepError *err = NULL, *local_err = NULL;
 *
 *     disk_open(a, &local_err);
 *     osdep_error_propagate(&err, local_err);
 *     local_err = NULL;                       // it is no longer ours
 *     disk_open(b, &local_err);
 *     osdep_error_propagate(&err, local_err); // freed if err is set already
 *
 * = What holds for every function here =
 *
 * - errno, and GetLastError() on Windows, are the same after as before.
 * - Running out of memory neither aborts nor loses the error: a static error
 *   object "out of memory" (ENOMEM) takes its place.  It may be freed, copied,
 *   added to (no effect) and reported like any other.  A report that there is
 *   no memory for is cut.  One exception: where the C library allocates a
 *   thread's variables on first use, a thread's first use of an OsdepLocation
 *   or of a reporter needs memory.
 * - Text is UTF-8.
 * - Messages are one line: a control character in a message (a byte below 0x20,
 *   0x7f, or U+0080 to U+009F in UTF-8) is replaced by its escape sequence in C:
 *   \n, \t, \x1b, \u009b.  Hints keep their newlines and tabs.
 * - Any thread may call any function, but one OsdepError object belongs to one
 *   thread at a time.  None is async-signal-safe: they must not be called in a
 *   signal handler, nor in the child of a fork of a multi-threaded process.
 */
#ifndef OSDEP_ERROR_H
#define OSDEP_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "osdep/compiler.h"

#ifdef OSDEP_ERROR_IS_QEMUS

/*
 * Inside QEMU: errors are QEMU's own objects, made by QEMU's own functions.
 * The library is compiled with this macro as well, with QEMU's include folder
 * in the path and without osdep/qemu.  The rest of the library uses no other
 * names than these.
 */
#include "qapi/error.h"
typedef Error OsdepError;
#define osdep_error_abort error_abort
#define osdep_error_setg error_setg
#define osdep_error_setg_errno error_setg_errno
#define osdep_error_setg_win32 error_setg_win32
#define osdep_error_setg_file_open error_setg_file_open
#define osdep_error_propagate error_propagate
#define osdep_error_free error_free

#else

OSDEP_BEGIN_DECLS

/* An error object; opaque. */
typedef struct OsdepError OsdepError;

/*
 * Which step of osdep_spawn() or osdep_run() failed; OSDEP_STEP_NONE for errors
 * of other functions.  See osdep_error_get_step().
 */
typedef enum OsdepStep {
    OSDEP_STEP_NONE,
    OSDEP_STEP_CHECK,     /* the options were refused: nothing was tried */
    OSDEP_STEP_PREPARE,   /* memory, process attributes, job objects */
    OSDEP_STEP_STREAM,    /* a file, pipe or descriptor of the child */
    OSDEP_STEP_CREATE,    /* the process itself: fork, CreateProcess */
    OSDEP_STEP_SIGNALS,   /* its dispositions and mask */
    OSDEP_STEP_SESSION,   /* session, process group, bond to the parent */
    OSDEP_STEP_DIRECTORY, /* its working directory */
    OSDEP_STEP_EXECUTE,   /* the program is missing or cannot be executed */
    OSDEP_STEP_SERVE,     /* feeding it, reading from it, waiting for it */
} OsdepStep;

/* QEMU's error classes, for code that uses them. */
typedef enum OsdepErrorClass {
    OSDEP_ERROR_CLASS_GENERIC_ERROR,
    OSDEP_ERROR_CLASS_COMMAND_NOT_FOUND,
    OSDEP_ERROR_CLASS_DEVICE_NOT_ACTIVE,
    OSDEP_ERROR_CLASS_DEVICE_NOT_FOUND,
    OSDEP_ERROR_CLASS_KVM_MISSING_CAP,
} OsdepErrorClass;

/*
 * Special destinations: pass &osdep_error_abort, &osdep_error_fatal or
 * &osdep_error_warn as an errp.  Their values stay NULL.
 *
 * osdep_error_abort: report the function, file and line that set the error,
 * then the error, and abort().
 * osdep_error_fatal: report the error and exit(1).
 * osdep_error_warn: report the error as a warning and go on.
 */
extern OSDEP_API OsdepError *osdep_error_abort;
extern OSDEP_API OsdepError *osdep_error_fatal;
extern OSDEP_API OsdepError *osdep_error_warn;

/*
 * osdep_error_setg(OsdepError **errp, const char *fmt, ...)
 *
 * Make an error of class OSDEP_ERROR_CLASS_GENERIC_ERROR from @fmt and pass it
 * to @errp.  NULL ignores the error.  The special destinations do as said
 * above.  Anything else is the address of an OsdepError * that is NULL; it owns
 * the error from then on.  An OsdepError * that is not NULL is a bug in the
 * caller: the error that it holds and the place of the second one are reported,
 * and the program aborts.
 */
#define osdep_error_setg(errp, ...) \
    osdep_error_setg_internal((errp), __FILE__, __LINE__, __func__, __VA_ARGS__)

/*
 * osdep_error_setg_errno(OsdepError **errp, int os_errno, const char *fmt, ...)
 *
 * Like osdep_error_setg(), with ": " and the text of @os_errno added unless
 * @os_errno is 0.  osdep_error_get_errno() returns @os_errno.
 */
#define osdep_error_setg_errno(errp, os_errno, ...)                       \
    osdep_error_setg_errno_internal((errp), __FILE__, __LINE__, __func__, \
                                    (os_errno), __VA_ARGS__)

#ifdef _WIN32
/*
 * osdep_error_setg_win32(OsdepError **errp, int win32_err,
 *                        const char *fmt, ...)
 *
 * Windows only.  Like osdep_error_setg(), with ": " and the system's text for
 * @win32_err, a code of GetLastError(), added unless @win32_err is 0.
 * osdep_error_get_win32() returns @win32_err, and osdep_error_get_errno() the
 * errno that it means.
 */
#define osdep_error_setg_win32(errp, win32_err, ...)                      \
    osdep_error_setg_win32_internal((errp), __FILE__, __LINE__, __func__, \
                                    (win32_err), __VA_ARGS__)
#endif

/*
 * osdep_error_setg_file_open(OsdepError **errp, int os_errno,
 *                            const char *filename)
 *
 * The error of an open() of @filename that failed with @os_errno.
 */
#define osdep_error_setg_file_open(errp, os_errno, filename)                  \
    osdep_error_setg_file_open_internal((errp), __FILE__, __LINE__, __func__, \
                                        (os_errno), (filename))

/*
 * osdep_error_set(OsdepError **errp, OsdepErrorClass err_class,
 *                 const char *fmt, ...)
 *
 * Like osdep_error_setg(), with class @err_class.
 */
#define osdep_error_set(errp, err_class, ...)                      \
    osdep_error_set_internal((errp), __FILE__, __LINE__, __func__, \
                             (err_class), __VA_ARGS__)

/* The class that @err was set with. */
OSDEP_API OsdepErrorClass osdep_error_get_class(const OsdepError *err);

/* The message of @err, without its hint; owned by @err. */
OSDEP_API const char *osdep_error_get_pretty(const OsdepError *err);

/*
 * The errno that @err was set with, or that the Win32 code of
 * osdep_error_setg_win32() means (ERROR_FILE_NOT_FOUND is ENOENT).  0 if the
 * error was set without a code.
 */
OSDEP_API int osdep_error_get_errno(const OsdepError *err);

/*
 * The Win32 code that @err was set with.  0 if there is none, as always on
 * POSIX systems.
 */
OSDEP_API unsigned long osdep_error_get_win32(const OsdepError *err);

/* The step of osdep_spawn() or osdep_run() that failed. */
OSDEP_API OsdepStep osdep_error_get_step(const OsdepError *err);

/* Returns: a copy of @err with its hint, owned by the caller; never NULL. */
OSDEP_API OsdepError *osdep_error_copy(const OsdepError *err);

/* Free @err.  NULL does nothing. */
OSDEP_API void osdep_error_free(OsdepError *err);

/*
 * Free *@errp and set it to NULL; abort() if there is no error.  For tests that
 * expect an error.
 */
OSDEP_API void osdep_error_free_or_abort(OsdepError **errp);

/*
 * Pass @local_err on to @dst_errp, which owns it from then on.  NULL does
 * nothing.  If @dst_errp is NULL or holds an error already, @local_err is
 * freed: the first error is kept.
 */
OSDEP_API void osdep_error_propagate(OsdepError **dst_errp,
                                     OsdepError *local_err);

/* Like osdep_error_propagate(), with @fmt put before the message. */
OSDEP_API void osdep_error_propagate_prepend(OsdepError **dst_errp,
                                             OsdepError *local_err,
                                             const char *fmt, ...)
    OSDEP_PRINTF(3, 4);

/*
 * Put @fmt before the message of *@errp.  See OSDEP_ERRP_GUARD().
 *
 * Does nothing if @errp or *@errp is NULL.  (QEMU's function crashes if *@errp
 * is NULL.)
 */
OSDEP_API void osdep_error_prepend(OsdepError *const *errp, const char *fmt,
                                   ...) OSDEP_PRINTF(2, 3);
OSDEP_API void osdep_error_vprepend(OsdepError *const *errp, const char *fmt,
                                    va_list ap) OSDEP_PRINTF(2, 0);

/*
 * Add @fmt, whole lines with their newlines, to the hint of *@errp.  A hint is
 * advice that is reported below the message and is not part of it.  See
 * OSDEP_ERRP_GUARD().
 *
 * Does nothing if @errp or *@errp is NULL.  (QEMU's function aborts if *@errp
 * is NULL.  Here a hint that is not shown does not end a program.)
 */
OSDEP_API void osdep_error_append_hint(OsdepError *const *errp, const char *fmt,
                                       ...) OSDEP_PRINTF(2, 3);

/*
 * = Reports =
 *
 * A report goes to the reporter, if osdep_error_set_reporter() set one, and
 * else to standard error as
 *     PROGRAM: [LOCATION: ][warning: |info: ]MESSAGE
 * followed by the hint.  It is written with a single stdio call, so that
 * threads do not mix their lines.  See osdep_error_init() for PROGRAM,
 * OsdepLocation for LOCATION and osdep_message_with_timestamp.
 */

/* Report @fmt, one line without a newline, as an error, a warning, or news. */
OSDEP_API void osdep_error_report(const char *fmt, ...) OSDEP_PRINTF(1, 2);
OSDEP_API void osdep_warn_report(const char *fmt, ...) OSDEP_PRINTF(1, 2);
OSDEP_API void osdep_info_report(const char *fmt, ...) OSDEP_PRINTF(1, 2);
OSDEP_API void osdep_error_vreport(const char *fmt, va_list ap)
    OSDEP_PRINTF(1, 0);
OSDEP_API void osdep_warn_vreport(const char *fmt, va_list ap)
    OSDEP_PRINTF(1, 0);
OSDEP_API void osdep_info_vreport(const char *fmt, va_list ap)
    OSDEP_PRINTF(1, 0);

/*
 * Like osdep_error_report() and osdep_warn_report(), but only once: if
 * *@printed is false, set it to true and report.  Of several threads that share
 * *@printed, exactly one reports.
 *
 * Returns: whether it was reported.
 */
OSDEP_API bool osdep_error_report_once_cond(bool *printed, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);
OSDEP_API bool osdep_warn_report_once_cond(bool *printed, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);

/*
 * Report @err with its hint as an error or a warning, then free it.  NULL does
 * nothing.
 */
OSDEP_API void osdep_error_report_err(OsdepError *err);
OSDEP_API void osdep_warn_report_err(OsdepError *err);

/* The same, with @fmt put before the message. */
OSDEP_API void osdep_error_reportf_err(OsdepError *err, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);
OSDEP_API void osdep_warn_reportf_err(OsdepError *err, const char *fmt, ...)
    OSDEP_PRINTF(2, 3);

/*
 * The same as osdep_error_report_err() and osdep_warn_report_err(), but only
 * once: see osdep_error_report_once_cond().  @err is freed in any case.
 *
 * Returns: whether it was reported.
 */
OSDEP_API bool osdep_error_report_err_once_cond(bool *printed, OsdepError *err);
OSDEP_API bool osdep_warn_report_err_once_cond(bool *printed, OsdepError *err);

/*
 * Print @fmt on standard error as it is: no program name, no newline, no escape
 * sequences.  A reporter does not see it.
 *
 * Returns: the number of bytes, or a negative number on failure.
 */
OSDEP_API int osdep_error_printf(const char *fmt, ...) OSDEP_PRINTF(1, 2);
OSDEP_API int osdep_error_vprintf(const char *fmt, va_list ap)
    OSDEP_PRINTF(1, 0);

/*
 * Use @argv0 without its folder, at most 255 bytes of it, as the program name
 * of reports.  NULL brings back the default: the name that the system has for
 * the program, or none where it has none.
 *
 * Call it while no other thread reports, at the start of the program.
 */
OSDEP_API void osdep_error_init(const char *argv0);

/*
 * If true, reports on standard error begin with the time:
 * "2026-11-28T12:00:00.123456Z PROGRAM: ...".  False at first.
 *
 * Set it while no other thread reports.
 */
extern OSDEP_API bool osdep_message_with_timestamp;

/* What is being reported. */
typedef enum OsdepReportKind {
    OSDEP_REPORT_ERROR,
    OSDEP_REPORT_WARNING,
    OSDEP_REPORT_INFO,
} OsdepReportKind;

/*
 * A reporter.  @message is one line without a newline; it begins with the
 * location, if there is one.  @hint is NULL or lines that each end in a
 * newline.  @opaque is the argument of osdep_error_set_reporter().
 *
 * It may run in any thread that reports, in several at once.  If it reports
 * itself, that report goes to standard error.
 */
typedef void OsdepReporter(OsdepReportKind kind, const char *message,
                           const char *hint, void *opaque);

/*
 * Send reports to @fn from now on.  NULL brings back the default, standard
 * error.
 *
 * Call it while no other thread reports, at the start of the program.
 */
OSDEP_API void osdep_error_set_reporter(OsdepReporter *fn, void *opaque);

/*
 * = Locations =
 *
 * A location is where the program's input comes from, such as a line of a
 * configuration file.  While it is the current one, reports name it:
 *     PROGRAM: disk.conf:12: warning: unknown key 'colour'
 *     PROGRAM: --disk a.img: cannot open 'a.img': Permission denied
 *
 * Each thread has a stack of locations.  The top of the stack is its current
 * location.  At the bottom is one that the library owns, which is "none" at
 * first.  (QEMU has one stack for all threads.)
 *
 * The strings of a location are not copied: they must live as long as it can be
 * reported.
 */
enum { OSDEP_LOC_NONE, OSDEP_LOC_CMDLINE, OSDEP_LOC_FILE };

/* A saved location, or one on the stack.  The members are private. */
typedef struct OsdepLocation {
    int kind; /* OSDEP_LOC_... */
    int num;
    const void *ptr;
    struct OsdepLocation *prev;
} OsdepLocation;

/*
 * Push @loc, which osdep_loc_save() or osdep_loc_pop() filled and which is not
 * on a stack, onto the stack.  osdep_loc_pop() is its counterpart.
 *
 * Returns: @loc.
 */
OSDEP_API OsdepLocation *osdep_loc_push_restore(OsdepLocation *loc);

/* Set @loc to "none" and push it.  Returns: @loc. */
OSDEP_API OsdepLocation *osdep_loc_push_none(OsdepLocation *loc);

/*
 * Remove @loc, which is the top of the stack, from it; abort() if it is not the
 * top.  It keeps the location.
 *
 * Returns: @loc.
 */
OSDEP_API OsdepLocation *osdep_loc_pop(OsdepLocation *loc);

/* Copy the current location to @loc.  Returns: @loc. */
OSDEP_API OsdepLocation *osdep_loc_save(OsdepLocation *loc);

/* Change the current location to that of @loc, which is not on a stack. */
OSDEP_API void osdep_loc_restore(OsdepLocation *loc);

/* Change the current location to "none". */
OSDEP_API void osdep_loc_set_none(void);

/* Change the current location to the @cnt arguments @argv[@idx] and so on. */
OSDEP_API void osdep_loc_set_cmdline(char **argv, int idx, int cnt);

/*
 * Change the current location to line @lno of file @fname, or to the file as a
 * whole if @lno is 0.  If @fname is NULL, the current location is in a file
 * already and only the line changes; abort() if it is not in a file.
 */
OSDEP_API void osdep_loc_set_file(const char *fname, int lno);

#if defined __GNUC__ || defined __clang__
/*
 * OSDEP_ERRP_GUARD(), first in a function with a parameter "OsdepError **errp":
 * from here on, errp is never NULL, and *errp holds the error that was set, to
 * be read, prepended to or given a hint.  When the function returns, the error
 * goes to what the caller passed.  &osdep_error_abort passes through untouched,
 * so that the program aborts where the error is set.
 *
 * GCC and Clang only: it uses their attribute "cleanup".  Elsewhere use a local
 * error and osdep_error_propagate().
 */
#define OSDEP_ERRP_GUARD()                                   \
    __attribute__((cleanup(osdep_error_propagator_cleanup))) \
    OsdepErrorPropagator osdep_errp_guard_ = { NULL, errp }; \
    do {                                                     \
        if (!errp || errp == &osdep_error_fatal ||           \
            errp == &osdep_error_warn) {                     \
            errp = &osdep_errp_guard_.local_err;             \
        }                                                    \
    } while (0)
#endif

/* OSDEP_ERRP_GUARD()'s own. */
typedef struct OsdepErrorPropagator {
    OsdepError *local_err;
    OsdepError **errp;
} OsdepErrorPropagator;

static inline void osdep_error_propagator_cleanup(OsdepErrorPropagator *prop)
{
    osdep_error_propagate(prop->errp, prop->local_err);
}

/* The macros above call these; nothing else should. */
OSDEP_API void osdep_error_setg_internal(OsdepError **errp, const char *src,
                                         int line, const char *func,
                                         const char *fmt, ...)
    OSDEP_PRINTF(5, 6);
OSDEP_API void osdep_error_setg_errno_internal(OsdepError **errp,
                                               const char *src, int line,
                                               const char *func, int os_errno,
                                               const char *fmt, ...)
    OSDEP_PRINTF(6, 7);
#ifdef _WIN32
OSDEP_API void osdep_error_setg_win32_internal(OsdepError **errp,
                                               const char *src, int line,
                                               const char *func, int win32_err,
                                               const char *fmt, ...)
    OSDEP_PRINTF(6, 7);
#endif
OSDEP_API void osdep_error_setg_file_open_internal(OsdepError **errp,
                                                   const char *src, int line,
                                                   const char *func,
                                                   int os_errno,
                                                   const char *filename);
OSDEP_API void osdep_error_set_internal(OsdepError **errp, const char *src,
                                        int line, const char *func,
                                        OsdepErrorClass err_class,
                                        const char *fmt, ...)
    OSDEP_PRINTF(6, 7);

OSDEP_END_DECLS

#endif
#endif
