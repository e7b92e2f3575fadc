/*
 * Runs a command as if the kernel had no close_range(2), no pidfd_open(2), no
 * waitid(2) with P_PIDFD and no pipe2(2) with flags
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What older headers do not have. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
enum { BY_PIDFD = 3 }; /* P_PIDFD, waitid(2) */

/* The low half of an argument, which is 64 bits wide: seccomp(2). */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARGUMENT(n) (offsetof(struct seccomp_data, args[n]) + 4)
#else
#define ARGUMENT(n) offsetof(struct seccomp_data, args[n])
#endif

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define SKIP_UNLESS(value, n) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define REFUSE \
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)ENOSYS)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* pipe2() without flags is what glibc's pipe() calls. */
static struct sock_filter filter[] = {
    LOAD(offsetof(struct seccomp_data, nr)),
    SKIP_UNLESS(SYS_close_range, 1),
    REFUSE,
    SKIP_UNLESS(SYS_pidfd_open, 1),
    REFUSE,
    SKIP_UNLESS(SYS_waitid, 4),
    LOAD(ARGUMENT(0)),
    SKIP_UNLESS(BY_PIDFD, 1),
    REFUSE,
    ALLOW,
    SKIP_UNLESS(SYS_pipe2, 4),
    LOAD(ARGUMENT(1)),
    SKIP_UNLESS(0, 1),
    ALLOW,
    REFUSE,
    ALLOW,
};

int main(int argc, char **argv)
{
    const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]),
                                        filter };

    if (argc < 2) {
        fprintf(stderr, "Usage: old-kernel COMMAND [ARG]...\n");
        return 125;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        perror("old-kernel: seccomp");
        return 125;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}

#else

int main(void)
{
    fprintf(stderr, "old-kernel: there are seccomp filters on Linux alone\n");
    return 125;
}

#endif
