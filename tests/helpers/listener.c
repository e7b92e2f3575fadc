/*
 * listener N [late]: a program that says which signals it gets
 *
 * SPDX-License-Identifier: MIT
 *
 * Prints "ready", then the number of each signal in a line of its own, and
 * exits with 7 after N of them.  With "late" it starts one that prints "late" when we
 * have ended, and a while later "clean" and ends by itself; that one ignores
 * TERM.  CONT goes unnoticed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0) {
        _exit(1);
    }
}

static void start_late_one(void)
{
    pid_t parent = getpid();

    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        while (getppid() == parent) {
            usleep(1000);
        }
        say("late\n");
        sleep(1);
        say("clean\n");
        _exit(0);
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
        start_late_one();
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
