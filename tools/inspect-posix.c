/*
 * What a process inherited, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/inspect.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

/* Read a line "NAME:<tab>HEX" of /proc/self/status (proc(5)) into @set. */
static bool read_signal_line(const char *line, const char *name,
                             bool set[MAX_SIGNALS])
{
    size_t len = strlen(name);
    size_t ndigits;

    if (strncmp(line, name, len) != 0) {
        return false;
    }
    line += len;
    line += strspn(line, ":\t ");
    ndigits = strspn(line, "0123456789abcdef");
    for (size_t i = 0; i < ndigits; i++) {
        char c = line[ndigits - 1 - i];
        int digit = c <= '9' ? c - '0' : c - 'a' + 10;

        for (size_t bit = 0; bit < 4; bit++) {
            if (digit & (1 << bit) && i * 4 + bit + 1 < MAX_SIGNALS) {
                set[i * 4 + bit + 1] = true;
            }
        }
    }
    return true;
}

/* Linux; false elsewhere, and where there is no /proc. */
static bool inspect_signals_in_proc(Inspection *in)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    int found = 0;

    if (!f) {
        return false;
    }
    while (fgets(line, sizeof(line), f)) {
        found += read_signal_line(line, "SigBlk", in->blocked);
        found += read_signal_line(line, "SigIgn", in->ignored);
        found += read_signal_line(line, "SigCgt", in->caught);
    }
    fclose(f);
    return found == 3;
}

#ifdef __linux__

/*
 * The same by the system calls themselves, which tell of the C library's own
 * signals, too; false if they are refused.
 */
static bool inspect_signals_raw(Inspection *in)
{
    /* struct sigaction of the kernel: the handler is first, but on MIPS, where
     * it is behind the flags (arch/mips/include/uapi/asm/signal.h). */
#ifdef __mips__
    enum { HANDLER = 1 };
#else
    enum { HANDLER = 0 };
#endif
    enum { BITS = CHAR_BIT * sizeof(unsigned long) };
    unsigned long sa[16], mask[_NSIG / BITS + 1] = { 0 };

    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, mask, _NSIG / 8) < 0) {
        return false;
    }
    for (int sig = 1; sig < _NSIG && sig < MAX_SIGNALS; sig++) {
        if (syscall(SYS_rt_sigaction, sig, NULL, sa, _NSIG / 8) == 0) {
            in->blocked[sig] = mask[(sig - 1) / BITS] >> (sig - 1) % BITS & 1;
            in->ignored[sig] = sa[HANDLER] == (uintptr_t)SIG_IGN;
            in->caught[sig] = !in->ignored[sig] && sa[HANDLER] != 0;
        } else if (errno != EINVAL) {
            return false;
        }
    }
    return true;
}

#else

static bool inspect_signals_raw(Inspection *in)
{
    (void)in;
    return false;
}

#endif

static void inspect_signals(Inspection *in)
{
    struct sigaction sa;
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (sigaction(sig, NULL, &sa) < 0) {
            continue;
        }
        in->blocked[sig] = sigismember(&mask, sig) == 1;
        in->ignored[sig] = sa.sa_handler == SIG_IGN;
        in->caught[sig] = sa.sa_handler != SIG_IGN && sa.sa_handler != SIG_DFL;
    }
}

static const char *kind_of(const struct stat *st)
{
    switch (st->st_mode & S_IFMT) {
    case S_IFREG:
        return "regular file";
    case S_IFDIR:
        return "directory";
    case S_IFCHR:
        return "character device";
    case S_IFBLK:
        return "block device";
    case S_IFIFO:
        return "pipe";
    case S_IFSOCK:
        return "socket";
    default: /* what Linux calls anon_inode: eventfd, epoll, ... */
        return "other";
    }
}

/* What @fd is called: NULL if nothing says so. */
static char *name_of(int fd, bool use_proc)
{
    char link[64], name[4096];
    ssize_t len = -1;

#ifdef F_GETPATH /* macOS fcntl(2): a buffer of MAXPATHLEN, 1024 */
    if (fcntl(fd, F_GETPATH, name) == 0) {
        return strdup(name);
    }
#endif
    if (use_proc) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        len = readlink(link, name, sizeof(name) - 1);
    }
    if (len < 0) {
        return NULL;
    }
    name[len] = '\0';
    return strdup(name);
}

/* Add @fd, unless it is not open. */
static bool inspect_fd(Inspection *in, int fd, bool use_proc, Error **errp)
{
    static const char *const modes[] = {
        [O_RDONLY] = "r", [O_WRONLY] = "w", [O_RDWR] = "rw"
    };
    int fd_flags = fcntl(fd, F_GETFD), flags = fcntl(fd, F_GETFL);
    InspectedFd found = { .fd = fd, .access = "", .kind = "other" };
    struct stat st;

    if (fd_flags < 0) {
        return true;
    }
    if (flags >= 0 && (flags & O_ACCMODE) <= O_RDWR) {
        found.access = modes[flags & O_ACCMODE];
    }
    if (fstat(fd, &st) == 0) {
        found.kind = kind_of(&st);
    }
    found.cloexec = fd_flags & FD_CLOEXEC;
    found.name = name_of(fd, use_proc);
    return inspection_add_fd(in, found, errp);
}

static int compare_fds(const void *a, const void *b)
{
    const InspectedFd *fa = a, *fb = b;

    return (fa->fd > fb->fd) - (fa->fd < fb->fd);
}

static bool inspect_fds(Inspection *in, bool use_proc, Error **errp)
{
    DIR *dir = use_proc ? opendir("/proc/self/fd") : NULL;
    int limit = getdtablesize();
    bool ok = true;

    if (dir) {
        struct dirent *entry;

        while (ok && (entry = readdir(dir))) {
            int fd = atoi(entry->d_name);

            if (entry->d_name[0] != '.' && fd != dirfd(dir)) {
                ok = inspect_fd(in, fd, use_proc, errp);
            }
        }
        closedir(dir);
        qsort(in->fds, in->n_fds, sizeof(*in->fds), compare_fds);
    } else {
        for (int fd = 0; ok && fd < limit; fd++) {
            ok = inspect_fd(in, fd, use_proc, errp);
        }
    }
    return ok;
}

bool inspect(Inspection *in, bool use_proc, Error **errp)
{
    mode_t mask = umask(0);
    Inspection asked = { 0 };

    umask(mask);
    *in = (Inspection){
        .has_signals = true,
        .umask = mask,
        .pid = getpid(),
        .has_ids = true,
        .parent = getppid(),
        .group = getpgrp(),
        .session = getsid(0),
    };
    if (!use_proc || !inspect_signals_in_proc(in)) {
        inspect_signals(in);
    } else if (inspect_signals_raw(&asked) &&
               (memcmp(asked.ignored, in->ignored, sizeof(in->ignored)) != 0 ||
                memcmp(asked.caught, in->caught, sizeof(in->caught)) != 0)) {
        /* An emulator's /proc tells of the emulator, as qemu-user's does. */
        memcpy(in->blocked, asked.blocked, sizeof(in->blocked));
        memcpy(in->ignored, asked.ignored, sizeof(in->ignored));
        memcpy(in->caught, asked.caught, sizeof(in->caught));
    }
    in->directory = realpath(".", NULL);
    if (!inspect_fds(in, use_proc, errp)) {
        inspection_clear(in);
        return false;
    }
    return true;
}
