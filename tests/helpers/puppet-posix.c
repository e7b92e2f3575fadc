/*
 * The program that the tests start, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/puppet.h"
#include "tests/helpers/table.h"

#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#endif

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void puppet_binary(void)
{
}

const char *puppet_env(const char *name)
{
    return getenv(name);
}

const char *puppet_cwd(void)
{
    static char buf[4096];

    return getcwd(buf, sizeof(buf));
}

bool puppet_fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

void puppet_sleep(double seconds)
{
    struct timespec ts = { .tv_sec = (time_t)seconds };

    ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
    nanosleep(&ts, NULL);
}

long puppet_start_sleeper(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        puppet_sleep(100);
        _exit(0);
    }
    return (long)pid;
}

/* Write to @fd which files 0, 1 and 2 are, by inode and kind; 0: closed. */
static int tell_files(int fd)
{
    uint64_t files[3];
    struct stat st;

    for (int i = 0; i < 3; i++) {
        files[i] = fstat(i, &st) == 0
                       ? (uint64_t)st.st_ino << 16 | (st.st_mode & S_IFMT)
                       : 0;
    }
    return write(fd, files, sizeof(files)) == sizeof(files) ? 0 : 98;
}

/* False if it is closed. */
static bool look_at(int fd, TableEntry *entry)
{
    const int flags = fcntl(fd, F_GETFL);
    struct stat st, null;
    int number;

    if (flags < 0 || fstat(fd, &st) < 0) {
        return false;
    }
    *entry = (TableEntry){
        .fd = fd,
        .number = -1,
        .inode = (uint64_t)st.st_ino,
        .kind = '?',
        .access = (flags & O_ACCMODE) == O_RDONLY   ? 'r'
                  : (flags & O_ACCMODE) == O_WRONLY ? 'w'
                                                    : 'b',
        .appends = (flags & O_APPEND) != 0,
    };
    if (S_ISREG(st.st_mode)) {
        entry->kind = 'r';
    } else if (S_ISFIFO(st.st_mode)) {
        entry->kind = 'p';
    } else if (S_ISCHR(st.st_mode) && stat("/dev/null", &null) == 0 &&
               st.st_rdev == null.st_rdev) {
        entry->kind = 'n';
    }
    if (pread(fd, &number, sizeof(number), 0) == (ssize_t)sizeof(number)) {
        entry->number = number;
    }
    return true;
}

/*
 * Write to @out a TableEntry for each of the descriptors 0 to @end - 1 that is
 * open.
 */
static int tell_table(int out, int end)
{
    enum { ROOM = 100 };
    TableEntry entries[ROOM];
    size_t n = 0;
    bool ok = true;

    for (int fd = 0; fd < end && ok; fd++) {
        n += look_at(fd, &entries[n]);
        if (n == ROOM || fd == end - 1) {
            ok = write(out, entries, n * sizeof(entries[0])) ==
                 (ssize_t)(n * sizeof(entries[0]));
            n = 0;
        }
    }
    return ok ? 0 : 98;
}

/* Our environment as it is, each entry ended by a NUL. */
static int print_environment(void)
{
    for (char **entry = environ; *entry; entry++) {
        size_t size = strlen(*entry) + 1;

        if (write(1, *entry, size) != (ssize_t)size) {
            return 98;
        }
    }
    return 0;
}

/*
 * Being set-user-ID root, become root altogether and do something else; with a
 * helper that is not, and may be killed.
 */
static int do_as_root(bool with_helper, int argc, char **argv)
{
    if (geteuid() != 0) {
        return 97;
    }
    if (with_helper && fork() == 0) {
        close(0);
        puppet_sleep(100);
        _exit(0);
    }
    return setuid(0) < 0 || write(1, "root\n", 5) != 5 ? 97
                                                       : puppet(argc, argv);
}

#ifdef __linux__

/* What docs/inherits.md says a child has from the thread that starts it. */
static int print_inherited(void)
{
    mode_t mask = umask(0);
    cpu_set_t cpus;

    sched_getaffinity(0, sizeof(cpus), &cpus);
    printf("umask %03o nice %d policy %d cpus %d ioprio %ld no_new_privs %d\n",
           (unsigned int)mask, getpriority(PRIO_PROCESS, 0),
           sched_getscheduler(0), CPU_COUNT(&cpus),
           syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, 0),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    return 0;
}

#else

static int print_inherited(void)
{
    return 98;
}

#endif

int puppet_own(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "inherited") == 0) {
        return print_inherited();
    }
    if (argc == 2 && strcmp(argv[1], "environment") == 0) {
        return print_environment();
    } else if (argc > 2 && strcmp(argv[1], "as-root") == 0) {
        return do_as_root(false, argc - 1, argv + 1);
    } else if (argc > 2 && strcmp(argv[1], "as-root-with-helper") == 0) {
        return do_as_root(true, argc - 1, argv + 1);
    }
    if (argc == 3 && strcmp(argv[1], "join-group") == 0) {
        /* Leave the group that we lead, which is empty then. */
        return setpgid(0, atoi(argv[2])) < 0 || write(1, "joined\n", 7) != 7
                   ? 98
                   : (puppet_sleep(100), 0);
    }
    if (argc == 3 && strcmp(argv[1], "files") == 0) {
        return tell_files(atoi(argv[2]));
    }
    if (argc == 4 && strcmp(argv[1], "table") == 0) {
        return tell_table(atoi(argv[2]), atoi(argv[3]));
    }
    fprintf(stderr, "puppet: unknown: '%s'\n", argc > 1 ? argv[1] : "");
    return 99;
}

int main(int argc, char **argv)
{
    return puppet(argc, argv);
}
