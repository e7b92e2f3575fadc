/*
 * listener N [late | late-thread | late-name]: a program that says which signals it gets
 *
 * SPDX-License-Identifier: MIT
 *
 * Prints "ready", then the number of each signal in a line of its own, and
 * exits with 7 after N of them.  With "late" it starts one that prints "late" when
 * we have ended, and once there is a file listener-go "clean", and ends by itself;
 * that one ignores TERM.  With "late-thread" it does so in a second thread, the
 * first one being gone; with "late-name" (Linux) under a name that is hard to parse
 * in proc(5).  CONT goes unnoticed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0) {
        _exit(1);
    }
}

static pid_t parent;

static void *be_late(void *opaque)
{
    (void)opaque;
    while (getppid() == parent) {
        usleep(1000);
    }
    say("late\n");
    for (int i = 0; i < 60000 && access("listener-go", F_OK) < 0; i++) {
        usleep(1000);
    }
    say("clean\n");
    _exit(0);
}

/* A newline, and what looks like the end of the name and a zombie. */
static void take_odd_name(void)
{
#ifdef __linux__
    prctl(PR_SET_NAME, "x) Z 1 1\n(y", 0, 0, 0);
#endif
}

static void start_late_one(const char *how)
{
    pthread_t thread;

    parent = getpid();
    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        if (strcmp(how, "late-name") == 0) {
            take_odd_name();
        }
        if (strcmp(how, "late-thread") == 0 &&
            pthread_create(&thread, NULL, be_late, NULL) == 0) {
            pthread_exit(NULL);
        }
        be_late(NULL);
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1, sig;
    char line[20];
    sigset_t all;

    sigfillset(&all);
    sigdelset(&all, SIGCONT);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (argc > 2) {
        start_late_one(argv[2]);
    }
    say("ready\n");
    while (n-- > 0) {
        sigwait(&all, &sig);
        snprintf(line, sizeof(line), "%d\n", sig);
        say(line);
    }
    /* LeakSanitizer, at exit(), needs signals. */
    _exit(7);
}
