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

int puppet_own(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "files") == 0) {
        return tell_files(atoi(argv[2]));
    }
    fprintf(stderr, "puppet: unknown: '%s'\n", argc > 1 ? argv[1] : "");
    return 99;
}

int main(int argc, char **argv)
{
    return puppet(argc, argv);
}
