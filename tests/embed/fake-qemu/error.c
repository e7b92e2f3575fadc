/*
 * A stand-in for QEMU's util/error.c
 *
 * SPDX-License-Identifier: MIT
 */
#include "qemu/osdep.h"
#include "qapi/error.h"

struct Error {
    char text[500];
};

Error *error_abort;
Error *error_fatal;

static void set(Error **errp, const char *text)
{
    if (errp == &error_abort) {
        fprintf(stderr, "QEMU aborts: %s\n", text);
        abort();
    }
    if (errp == &error_fatal) {
        fprintf(stderr, "QEMU exits: %s\n", text);
        exit(1);
    }
    if (errp) {
        *errp = calloc(1, sizeof(Error));
        snprintf((*errp)->text, sizeof((*errp)->text), "%s", text);
    }
}

void error_setg_internal(Error **errp, const char *src, int line,
                         const char *func, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    (void)src, (void)line, (void)func;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    set(errp, text);
}

void error_setg_errno_internal(Error **errp, const char *src, int line,
                               const char *func, int os_error, const char *fmt,
                               ...)
{
    char text[400];
    va_list ap;

    (void)src, (void)line, (void)func;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (os_error) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ": %s",
                 strerror(os_error));
    }
    set(errp, text);
}

void error_setg_file_open_internal(Error **errp, const char *src, int line,
                                   const char *func, int os_errno,
                                   const char *filename)
{
    error_setg_errno_internal(errp, src, line, func, os_errno,
                              "Could not open '%s'", filename);
}

const char *error_get_pretty(const Error *err)
{
    return err->text;
}

void error_propagate(Error **dst_errp, Error *local_err)
{
    if (local_err) {
        set(dst_errp, local_err->text);
        free(local_err);
    }
}

void error_free(Error *err)
{
    free(err);
}

void error_report_err(Error *err)
{
    fprintf(stderr, "QEMU reports: %s\n", err->text);
    free(err);
}
