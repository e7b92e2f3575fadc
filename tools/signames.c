/*
 * Names of signals
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <signal.h>

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
