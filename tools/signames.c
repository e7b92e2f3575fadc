/*
 * Names of signals
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <limits.h>
#include <signal.h>
#include <strings.h>

#include "tools/signames.h"

/* clang-format off */
static const struct {
    int sig;
    const char *name;
} names[] = {
#define NAME(sig) { sig, #sig }
    /* C11 */
    NAME(SIGABRT),
    NAME(SIGFPE),
    NAME(SIGILL),
    NAME(SIGINT),
    NAME(SIGSEGV),
    NAME(SIGTERM),
/* POSIX */
#ifdef SIGALRM
    NAME(SIGALRM),
    NAME(SIGBUS),
    NAME(SIGCHLD),
    NAME(SIGCONT),
    NAME(SIGHUP),
    NAME(SIGKILL),
    NAME(SIGPIPE),
    NAME(SIGPROF),
    NAME(SIGQUIT),
    NAME(SIGSTOP),
    NAME(SIGSYS),
    NAME(SIGTRAP),
    NAME(SIGTSTP),
    NAME(SIGTTIN),
    NAME(SIGTTOU),
    NAME(SIGURG),
    NAME(SIGUSR1),
    NAME(SIGUSR2),
    NAME(SIGVTALRM),
    NAME(SIGXCPU),
    NAME(SIGXFSZ),
#endif
/* Some systems */
#ifdef SIGBREAK
    NAME(SIGBREAK),
#endif
#ifdef SIGEMT
    NAME(SIGEMT),
#endif
#ifdef SIGINFO
    NAME(SIGINFO),
#endif
#ifdef SIGIO
    NAME(SIGIO),
#endif
#ifdef SIGLIBRT
    NAME(SIGLIBRT),
#endif
#ifdef SIGPWR
    NAME(SIGPWR),
#endif
#ifdef SIGSTKFLT
    NAME(SIGSTKFLT),
#endif
#ifdef SIGTHR
    NAME(SIGTHR),
#endif
#ifdef SIGWINCH
    NAME(SIGWINCH),
#endif
/* Other names of some */
#ifdef SIGCLD
    NAME(SIGCLD),
#endif
#ifdef SIGIOT
    NAME(SIGIOT),
#endif
#ifdef SIGPOLL
    NAME(SIGPOLL),
#endif
#undef NAME
};
/* clang-format on */

const char *signal_name(int sig, char buf[SIGNAL_NAME_SIZE])
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].sig == sig) {
            snprintf(buf, SIGNAL_NAME_SIZE, "%s", names[i].name);
            return buf;
        }
    }
#ifdef SIGRTMIN
    if (sig == SIGRTMIN) {
        snprintf(buf, SIGNAL_NAME_SIZE, "SIGRTMIN");
        return buf;
    }
    if (sig > SIGRTMIN && sig <= SIGRTMAX) {
        snprintf(buf, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", sig - SIGRTMIN);
        return buf;
    }
#endif
    snprintf(buf, SIGNAL_NAME_SIZE, "%d", sig);
    return buf;
}

/* The highest number that a signal has. */
static int last_signal(void)
{
#ifdef SIGRTMAX
    return SIGRTMAX;
#else
    return NSIG - 1;
#endif
}

/* Digits alone, up to @max; -1 if @text is something else. */
static int parse_number(const char *text, int max)
{
    int value = 0;

    if (!*text) {
        return -1;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (INT_MAX - 9) / 10) {
            return -1;
        }
        value = 10 * value + (*text - '0');
    }
    return value <= max ? value : -1;
}

#ifdef SIGRTMIN
/* "RTMIN", "RTMIN+n", "RTMAX", "RTMAX-n"; -1 if @text is something else. */
static int real_time_signal(const char *text)
{
    const int room = SIGRTMAX - SIGRTMIN;
    bool from_min = strncasecmp(text, "RTMIN", 5) == 0;
    int n = 0;

    if (!from_min && strncasecmp(text, "RTMAX", 5) != 0) {
        return -1;
    }
    if (text[5]) {
        n = text[5] == (from_min ? '+' : '-') ? parse_number(text + 6, room)
                                              : -1;
    }
    return n < 0 ? -1 : from_min ? SIGRTMIN + n : SIGRTMAX - n;
}
#else
static int real_time_signal(const char *text)
{
    (void)text;
    return -1;
}
#endif

int signal_number(const char *text)
{
    int number = parse_number(text, last_signal());

    if (number >= 0) {
        return number > 0 ? number : -1;
    }
    if (strncasecmp(text, "SIG", 3) == 0) {
        text += 3;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(names[i].name + 3, text) == 0) {
            return names[i].sig;
        }
    }
    return real_time_signal(text);
}
