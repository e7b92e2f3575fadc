/*
 * The program that the tests start, on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/puppet.h"

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

/*
 * Write to @out, for each of the descriptors 0 to @end - 1 that is open, its
 * number and the int at the beginning of its file, which is to tell which file it
 * is; -1 if it has none.
 */
static int tell_table(int out, int end)
{
    int entries[2 * 512], n = 0;
    bool ok = true;

    for (int fd = 0; fd < end && ok; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            int *entry = entries + n;

            entry[0] = fd;
            if (pread(fd, &entry[1], sizeof(int), 0) != (ssize_t)sizeof(int)) {
                entry[1] = -1;
            }
            n += 2;
        }
        if (n == 2 * 512 || fd == end - 1) {
            ssize_t size = (ssize_t)sizeof(int) * n;

            ok = write(out, entries, (size_t)size) == size;
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

int puppet_own(int argc, char **argv)
{
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
