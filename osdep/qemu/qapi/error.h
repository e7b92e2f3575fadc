/*
 * QEMU's names for osdep/error.h: a shim for its include/qapi/error.h
 *
 * SPDX-License-Identifier: MIT
 *
 * Every name of QEMU's header is here, with QEMU's contract.  What differs is
 * said in osdep/error.h: where QEMU's functions abort or crash on a NULL error,
 * error_prepend(), error_append_hint(), error_report_err() and their kin do
 * nothing, and control characters in messages become escape sequences.
 *
 * error_warn left QEMU in October 2025; it is here for code written before.
 * GLib's g_autoptr(Error) and g_auto(ErrorPropagator) work if GLib's headers
 * were included before this one.
 */
#ifndef OSDEP_QEMU_QAPI_ERROR_H
#define OSDEP_QEMU_QAPI_ERROR_H

#include "osdep/error.h"

OSDEP_BEGIN_DECLS

typedef OsdepError Error;

typedef enum ErrorClass {
    ERROR_CLASS_GENERIC_ERROR = OSDEP_ERROR_CLASS_GENERIC_ERROR,
    ERROR_CLASS_COMMAND_NOT_FOUND = OSDEP_ERROR_CLASS_COMMAND_NOT_FOUND,
    ERROR_CLASS_DEVICE_NOT_ACTIVE = OSDEP_ERROR_CLASS_DEVICE_NOT_ACTIVE,
    ERROR_CLASS_DEVICE_NOT_FOUND = OSDEP_ERROR_CLASS_DEVICE_NOT_FOUND,
    ERROR_CLASS_KVM_MISSING_CAP = OSDEP_ERROR_CLASS_KVM_MISSING_CAP,
} ErrorClass;

#define error_abort osdep_error_abort
#define error_fatal osdep_error_fatal
#define error_warn osdep_error_warn

#define error_setg osdep_error_setg
#define error_setg_errno osdep_error_setg_errno
#define error_setg_file_open osdep_error_setg_file_open
#define error_set(errp, err_class, ...) \
    osdep_error_set((errp), (OsdepErrorClass)(err_class), __VA_ARGS__)
#define error_setg_internal osdep_error_setg_internal
#define error_setg_errno_internal osdep_error_setg_errno_internal
#define error_setg_file_open_internal osdep_error_setg_file_open_internal
#define error_set_internal(errp, src, line, func, err_class, ...) \
    osdep_error_set_internal((errp), (src), (line), (func),       \
                             (OsdepErrorClass)(err_class), __VA_ARGS__)
#ifdef _WIN32
#define error_setg_win32 osdep_error_setg_win32
#define error_setg_win32_internal osdep_error_setg_win32_internal
#endif

#define error_get_pretty osdep_error_get_pretty
#define error_copy osdep_error_copy
#define error_free osdep_error_free
#define error_free_or_abort osdep_error_free_or_abort
#define error_propagate osdep_error_propagate
#define error_propagate_prepend osdep_error_propagate_prepend
#define error_prepend osdep_error_prepend
#define error_vprepend osdep_error_vprepend
#define error_append_hint osdep_error_append_hint

#define error_report_err osdep_error_report_err
#define error_reportf_err osdep_error_reportf_err
#define warn_report_err osdep_warn_report_err
#define warn_reportf_err osdep_warn_reportf_err
#define warn_report_err_once_cond osdep_warn_report_err_once_cond

/*
 * warn_report_err(@err), but only the first time.  @err is evaluated each time,
 * and freed each time.  Evaluates to whether it was reported.
 *
 * Other compilers than GCC and Clang: a statement without a value.
 */
#if defined __GNUC__ || defined __clang__
#define warn_report_err_once(err)                             \
    __extension__({                                           \
        static bool print_once_;                              \
        osdep_warn_report_err_once_cond(&print_once_, (err)); \
    })
#else
#define warn_report_err_once(err)                             \
    do {                                                      \
        static bool print_once_;                              \
        osdep_warn_report_err_once_cond(&print_once_, (err)); \
    } while (0)
#endif

/* GCC and Clang only, as OSDEP_ERRP_GUARD(). */
#define ERRP_GUARD OSDEP_ERRP_GUARD
typedef OsdepErrorPropagator ErrorPropagator;
#define error_propagator_cleanup osdep_error_propagator_cleanup

static inline ErrorClass error_get_class(const Error *err)
{
    return (ErrorClass)osdep_error_get_class(err);
}

#ifdef G_DEFINE_AUTOPTR_CLEANUP_FUNC
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Error, osdep_error_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ErrorPropagator,
                                 osdep_error_propagator_cleanup)
#endif

OSDEP_END_DECLS

#endif
