/*
 * A stand-in for QEMU's qapi/error.h: as many of its names as osdep needs, with
 * its prototypes
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_H
#define ERROR_H

typedef struct Error Error;

typedef enum ErrorClass {
    ERROR_CLASS_GENERIC_ERROR = 5,
} ErrorClass;

#define error_setg(errp, fmt, ...)                                 \
    error_setg_internal((errp), __FILE__, __LINE__, __func__, fmt, \
                        ##__VA_ARGS__)
#define error_setg_errno(errp, os_error, fmt, ...)                  \
    error_setg_errno_internal((errp), __FILE__, __LINE__, __func__, \
                              (os_error), fmt, ##__VA_ARGS__)
#define error_setg_file_open(errp, os_errno, filename)                  \
    error_setg_file_open_internal((errp), __FILE__, __LINE__, __func__, \
                                  (os_errno), (filename))

void error_setg_internal(Error **errp, const char *src, int line,
                         const char *func, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void error_setg_errno_internal(Error **errp, const char *src, int line,
                               const char *func, int os_error, const char *fmt,
                               ...) __attribute__((format(printf, 6, 7)));
void error_setg_file_open_internal(Error **errp, const char *src, int line,
                                   const char *func, int os_errno,
                                   const char *filename);
const char *error_get_pretty(const Error *err);
void error_propagate(Error **dst_errp, Error *local_err);
void error_free(Error *err);
void error_report_err(Error *err);

extern Error *error_abort;
extern Error *error_fatal;

#endif
