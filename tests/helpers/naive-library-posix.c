/*
 * The control of test-symbols: all that a library must not do to the program
 * that it is part of
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

void naive_library(void);

static pthread_mutex_t lock_of_all = PTHREAD_MUTEX_INITIALIZER;

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

static void *thread(void *arg)
{
    return arg;
}

void naive_library(void)
{
    struct sigaction sa = { .sa_handler = on_signal };
    siginfo_t info;
    pthread_t id;

    pthread_mutex_lock(&lock_of_all);
    atexit(at_end);
    signal(SIGTERM, on_signal);
    sigaction(SIGTERM, &sa, NULL);
    pthread_create(&id, NULL, thread, NULL);
    if (system("exit") || !popen("exit", "r")) {
        puts("no shell");
    }
    /* Children that someone else has started. */
    wait(NULL);
    wait3(NULL, 0, NULL);
    waitpid(-1, NULL, 0);
    waitpid(0 /* of the group */, NULL, WNOHANG);
    waitid(P_ALL, 0, &info, WEXITED);
    pthread_mutex_unlock(&lock_of_all);
}
