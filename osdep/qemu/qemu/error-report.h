/*
 * QEMU's names for the reports of osdep/error.h: a shim for its
 * include/qemu/error-report.h
 *
 * SPDX-License-Identifier: MIT
 *
 * Every name of QEMU's header is here, with QEMU's contract, but for two:
 * - error_with_guestname and error_guest_name: they put the name of QEMU's
 *   guest before reports.  What is no emulator has no guest, and another
 *   program can name itself with error_init().
 *
 * What differs: a report is written with a single stdio call; each thread has a
 * location stack of its own; error_init() does not touch GLib's program name
 * and log handler.  There is no monitor: reports and error_printf() go to
 * standard error, error_printf_unless_qmp() is error_printf(), and a reporter
 * that osdep_error_set_reporter() set gets the reports instead.
 */
#ifndef OSDEP_QEMU_ERROR_REPORT_H
#define OSDEP_QEMU_ERROR_REPORT_H

#include "osdep/error.h"

#define LOC_NONE OSDEP_LOC_NONE
#define LOC_CMDLINE OSDEP_LOC_CMDLINE
#define LOC_FILE OSDEP_LOC_FILE

typedef OsdepLocation Location;

#define loc_push_restore osdep_loc_push_restore
#define loc_push_none osdep_loc_push_none
#define loc_pop osdep_loc_pop
#define loc_save osdep_loc_save
#define loc_restore osdep_loc_restore
#define loc_set_none osdep_loc_set_none
#define loc_set_cmdline osdep_loc_set_cmdline
#define loc_set_file osdep_loc_set_file

#define error_vprintf osdep_error_vprintf
#define error_printf osdep_error_printf
#define error_vprintf_unless_qmp osdep_error_vprintf
#define error_printf_unless_qmp osdep_error_printf

#define error_vreport osdep_error_vreport
#define warn_vreport osdep_warn_vreport
#define info_vreport osdep_info_vreport
#define error_report osdep_error_report
#define warn_report osdep_warn_report
#define info_report osdep_info_report
#define error_report_once_cond osdep_error_report_once_cond
#define warn_report_once_cond osdep_warn_report_once_cond

/*
 * error_report_once(const char *fmt, ...)
 * warn_report_once(const char *fmt, ...)
 *
 * Like error_report() and warn_report(), but only the first time that this
 * place in the source is reached.  Evaluates to whether it was reported.
 *
 * Other compilers than GCC and Clang: a statement without a value.
 */
#if defined __GNUC__ || defined __clang__
#define error_report_once(...)                                   \
    __extension__({                                              \
        static bool print_once_;                                 \
        osdep_error_report_once_cond(&print_once_, __VA_ARGS__); \
    })
#define warn_report_once(...)                                   \
    __extension__({                                             \
        static bool print_once_;                                \
        osdep_warn_report_once_cond(&print_once_, __VA_ARGS__); \
    })
#else
#define error_report_once(...)                                   \
    do {                                                         \
        static bool print_once_;                                 \
        osdep_error_report_once_cond(&print_once_, __VA_ARGS__); \
    } while (0)
#define warn_report_once(...)                                   \
    do {                                                        \
        static bool print_once_;                                \
        osdep_warn_report_once_cond(&print_once_, __VA_ARGS__); \
    } while (0)
#endif

#define error_init osdep_error_init
#define message_with_timestamp osdep_message_with_timestamp

#endif
