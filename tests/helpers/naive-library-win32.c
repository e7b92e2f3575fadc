/*
 * The control of test-symbols: all that a library must not do to the program
 * that it is part of
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <signal.h>
#include <windows.h>

void naive_library(void);

static __attribute__((constructor)) void at_load(void)
{
    puts("loaded");
}

static __attribute__((destructor)) void at_unload(void)
{
    puts("unloaded");
}

static void at_end(void)
{
    puts("the end");
}

static void on_signal(int sig)
{
    (void)sig;
}

static DWORD WINAPI thread(void *arg)
{
    (void)arg;
    return 0;
}

static BOOL WINAPI on_ctrl_c(DWORD what)
{
    (void)what;
    return TRUE;
}

static LONG WINAPI on_exception(EXCEPTION_POINTERS *what)
{
    (void)what;
    return EXCEPTION_CONTINUE_SEARCH;
}

void naive_library(void)
{
    atexit(at_end);
    signal(SIGTERM, on_signal);
    CreateThread(NULL, 0, thread, NULL, 0, NULL);
    SetConsoleCtrlHandler(on_ctrl_c, TRUE);
    AddVectoredExceptionHandler(1, on_exception);
    if (system("exit") || !_popen("exit", "r")) {
        puts("no shell");
    }
}
