/*
 * A plugin with its own copy of osdep, and what its host knows of it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STRANGER_PLUGIN_H
#define STRANGER_PLUGIN_H

/* What a copy of osdep is asked to do. */
typedef struct Copy {
    /* Report @message; the copy's reporter notes it in @last. */
    void (*report)(const char *message);
    /* What the copy's reporter was called with last. */
    const char *(*last)(void);
    /* Fail with &osdep_error_fatal: exits with status 1 after a report. */
    void (*fail)(void);
    /* Spawn a program to its end; whether that worked. */
    int (*run)(void);
    /* The copy's &osdep_error_fatal. */
    const void *(*fatal)(void);
} Copy;

#endif
