/*
 * puppet WHAT ...: the program that the tests of osdep/process.h start
 *
 * SPDX-License-Identifier: MIT
 *
 *   args ...                  print each argument, ended by a NUL
 *   argv0                     print what this program was called
 *   puts TEXT                 TEXT and a newline, "err:" and the same to stderr
 *   exit N
 *   sleep SECONDS
 *   crash                     write through a null pointer
 *   cat                       copy stdin to stdout
 *   count                     how many bytes there are to read from stdin
 *   close-stdin TEXT          after a byte of it, then print TEXT and a newline
 *   close-stdin-then-sleep SECONDS
 *   write STREAM N            N bytes to descriptor STREAM: byte i is i % 251
 *   both N                    the same to stdout and stderr, by turns of 1000
 *   env NAME                  its value; if there is none nothing, with exit 1
 *   cwd                       the current directory
 *   fds                       the open descriptors, 0 to 255, in one line
 *   read-fd N                 copy descriptor N to stdout
 *   write-fd N TEXT           write TEXT to descriptor N
 *   tree                      start two that sleep for 100 seconds and inherit
 *                             our streams, print their process IDs, do the same
 *   tree-and-exit             the same, and exit with 0 at once
 *   environment               POSIX: each entry, ended by a NUL
 *   as-root WHAT ...          POSIX: setuid(0), print "root", then WHAT
 *   as-root-with-helper WHAT ... POSIX: with a child that sleeps for 100 seconds
 *   join-group ID             POSIX: go there, print "joined", sleep for 100
 *                             seconds
 *   inherited                 Linux: our umask and how we are scheduled
 *   files FD                  POSIX: the inodes of 0, 1 and 2 to descriptor FD
 *   table FD END              POSIX: a TableEntry (table.h) to descriptor FD for
 *                             each descriptor below END that is open
 *   handle HEX                Windows: 0 if we have that handle, else 1
 *   has-file N                Windows: 1 if one of our handles, which are not
 *                             many, is a file of N bytes, else 0
 *   breakaway                 Windows: as tree, and the second one leaves our job
 *   shell-args ...            Windows: like args, by CommandLineToArgvW()
 *
 * Text is UTF-8.  Nothing of osdep is in here.
 */
#include "tests/helpers/puppet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USAGE = 99, FAILED = 98 };

static bool put(int fd, const char *data, size_t len)
{
    while (len > 0) {
        long n = (long)write(fd, data, (unsigned int)len);

        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool put_pattern(int fd, size_t from, size_t to)
{
    char buf[4096];

    while (from < to) {
        size_t n = 0;

        while (n < sizeof(buf) && from < to) {
            buf[n++] = (char)(from++ % 251);
        }
        if (!put(fd, buf, n)) {
            return false;
        }
    }
    return true;
}

/* Returns: how many bytes were copied to @to, or just read (-1); -1: error */
static long copy(int from, int to)
{
    char buf[16384];
    long n, total = 0;

    while ((n = (long)read(from, buf, sizeof(buf))) > 0) {
        if (to >= 0 && !put(to, buf, (size_t)n)) {
            return -1;
        }
        total += n;
    }
    return n < 0 ? -1 : total;
}

static int print(const char *text)
{
    return text && put(1, text, strlen(text)) ? 0 : 1;
}

static int print_args(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (!put(1, argv[i], strlen(argv[i]) + 1)) {
            return FAILED;
        }
    }
    return 0;
}

static int print_both(size_t total)
{
    for (size_t done = 0; done < total;) {
        size_t next = total - done < 1000 ? total : done + 1000;

        if (!put_pattern(1, done, next) || !put_pattern(2, done, next)) {
            return FAILED;
        }
        done = next;
    }
    return 0;
}

static int print_fds(void)
{
    char line[2048] = "";

    for (int fd = 0; fd < 256; fd++) {
        if (puppet_fd_is_open(fd)) {
            sprintf(line + strlen(line), line[0] ? " %d" : "%d", fd);
        }
    }
    strcat(line, "\n");
    return print(line);
}

static int start_tree(void)
{
    long a = puppet_start_sleeper(), b = puppet_start_sleeper();
    char line[100];

    sprintf(line, "%ld %ld\n", a, b);
    return a < 0 || b < 0 ? FAILED : print(line);
}

int puppet(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *arg = argc > 2 ? argv[2] : "";
    char text[100];

    puppet_binary();
    if (strcmp(what, "args") == 0) {
        return print_args(argc, argv);
    } else if (strcmp(what, "argv0") == 0) {
        return print(argv[0]);
    } else if (strcmp(what, "puts") == 0) {
        return put(1, arg, strlen(arg)) && put(1, "\n", 1) &&
                       put(2, "err:", 4) && put(2, arg, strlen(arg)) &&
                       put(2, "\n", 1)
                   ? 0
                   : FAILED;
    } else if (strcmp(what, "exit") == 0) {
        return (int)strtoul(arg, NULL, 0);
    } else if (strcmp(what, "sleep") == 0) {
        puppet_sleep(atof(arg));
        return 0;
    } else if (strcmp(what, "crash") == 0) {
        *(volatile int *)(argc > 100 ? &argc : NULL) = 1;
    } else if (strcmp(what, "cat") == 0) {
        return copy(0, 1) < 0 ? FAILED : 0;
    } else if (strcmp(what, "count") == 0) {
        sprintf(text, "%ld", copy(0, -1));
        return print(text);
    } else if (strcmp(what, "close-stdin") == 0) {
        bool had_byte = read(0, text, 1) >= 0;

        close(0);
        return had_byte && print(arg) == 0 && print("\n") == 0 ? 0 : FAILED;
    } else if (strcmp(what, "close-stdin-then-sleep") == 0) {
        close(0);
        puppet_sleep(atof(arg));
        return 0;
    } else if (strcmp(what, "write") == 0 && argc == 4) {
        return put_pattern(atoi(arg), 0, strtoul(argv[3], NULL, 0)) ? 0
                                                                    : FAILED;
    } else if (strcmp(what, "both") == 0) {
        return print_both(strtoul(arg, NULL, 0));
    } else if (strcmp(what, "env") == 0) {
        return print(puppet_env(arg));
    } else if (strcmp(what, "cwd") == 0) {
        return print(puppet_cwd());
    } else if (strcmp(what, "fds") == 0) {
        return print_fds();
    } else if (strcmp(what, "read-fd") == 0) {
        return copy(atoi(arg), 1) < 0 ? FAILED : 0;
    } else if (strcmp(what, "write-fd") == 0 && argc == 4) {
        return put(atoi(arg), argv[3], strlen(argv[3])) ? 0 : FAILED;
    } else if (strcmp(what, "tree") == 0) {
        int status = start_tree();

        if (status == 0) {
            puppet_sleep(100);
        }
        return status;
    } else if (strcmp(what, "tree-and-exit") == 0) {
        return start_tree();
    }
    return puppet_own(argc, argv);
}
