/*
 * Tests of osdep/fd.h that only POSIX systems can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"
#include "tests/helpers/posix.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "osdep/fd.h"

#ifdef __APPLE__
#define HAS_PIPE2 0
#else
#define HAS_PIPE2 1
#endif

#define SKIP_REASON "only Windows has handles"
FD_WIN32_CASES(TEST_SKIP)

static bool no_pipe2;

#if HAS_PIPE2 && HAVE_LINKER_WRAP

int __real_pipe2(int fds[2], int flags);
int __wrap_pipe2(int fds[2], int flags);

int __wrap_pipe2(int fds[2], int flags)
{
    if (no_pipe2) {
        errno = ENOSYS;
        return -1;
    }
    return __real_pipe2(fds, flags);
}

#endif

static bool is_cloexec(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    return flags >= 0 && flags & FD_CLOEXEC;
}

void cloexec_closes_on_exec(void)
{
    int fd = open("/dev/null", O_RDONLY);
    char output[4096], line[64];

    CU_ASSERT_FALSE(is_cloexec(fd));
    snprintf(line, sizeof(line), "\n  %5d r  character device", fd);
    RUN(output, PROGRAM("osdep-inspect"));
    CHECK_CONTAINS(output, line);
    qemu_set_cloexec(fd);
    CU_ASSERT_TRUE(is_cloexec(fd));
    RUN(output, PROGRAM("osdep-inspect"));
    CU_ASSERT_PTR_NULL(strstr(output, line));
    qemu_set_cloexec(fd);
    CU_ASSERT_TRUE(is_cloexec(fd));
    close(fd);
}

static void check_pipe(void)
{
    int fds[2] = { -1, -1 };

    CU_ASSERT_TRUE_FATAL(osdep_pipe(fds, NULL));
    CU_ASSERT_TRUE(is_cloexec(fds[0]));
    CU_ASSERT_TRUE(is_cloexec(fds[1]));
    CHECK_INT(write(fds[1], "x", 1), 1);
    close(fds[0]);
    close(fds[1]);
}

/* Whichever of 0, 1 and 2 are free. */
static int pipe_is_above_2(void *opaque)
{
    (void)opaque;
    for (int closed = 0; closed < 8; closed++) {
        int saved[3], fds[2] = { -1, -1 };
        size_t before;

        for (int i = 0; i < 3; i++) {
            saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
            if (closed & 1 << i) {
                close(i);
            }
        }
        before = count_fds();
        if (!osdep_pipe(fds, NULL) || fds[0] < 3 || fds[1] < 3 ||
            !is_cloexec(fds[0]) || !is_cloexec(fds[1]) ||
            write(fds[1], "x", 1) != 1) {
            dup2(saved[2], 2);
            return broken("closed", closed);
        }
        close(fds[0]);
        close(fds[1]);
        before -= count_fds();
        for (int i = 0; i < 3; i++) {
            dup2(saved[i], i);
            close(saved[i]);
        }
        if (before) {
            return broken("descriptors are left", closed);
        }
    }
    return 0;
}

static void check_pipe_is_above_2(void)
{
    char output[256];

    CHECK_INT(in_child(pipe_is_above_2, NULL, output, sizeof(output)), 0);
    CHECK_STR(output, "");
}

void pipe_without_pipe2(void)
{
    check_pipe();
    check_pipe_is_above_2();
#if HAS_PIPE2
    SKIP_WITHOUT_WRAP();
#endif
    no_pipe2 = true;
    check_pipe();
    check_pipe_is_above_2();
    no_pipe2 = false;
}

static int pipe_at_the_limit(void *opaque)
{
    struct rlimit few;
    int fds[2] = { 77, 78 };
    Error *err = NULL;

    (void)opaque;
    getrlimit(RLIMIT_NOFILE, &few);
    few.rlim_cur = 3; /* valgrind keeps the hard one */
    setrlimit(RLIMIT_NOFILE, &few);
    errno = 0;
    if (osdep_pipe(fds, &err) || errno != EMFILE ||
        osdep_error_get_errno(err) != EMFILE || fds[0] != 77 || fds[1] != 78 ||
        osdep_pipe(fds, NULL)) {
        return 1;
    }
    fprintf(stderr, "%s", error_get_pretty(err));
    error_free(err);
    return 0;
}

void pipe_fails_without_descriptors(void)
{
    char output[4096], expected[256];

    CHECK_INT(in_child(pipe_at_the_limit, NULL, output, sizeof(output)), 0);
    snprintf(expected, sizeof(expected), "cannot create a pipe: %s",
             strerror(EMFILE));
    CHECK_STR(output, expected);
}

/* A way to close all descriptors but some, and what it has to do without. */
typedef struct Closer {
    void (*close_all)(const int *skip, unsigned int nskip);
    bool no_close_range;
    bool no_getdents;
    bool no_free_descriptor;
    bool none_above; /* the highest that stays open */
    int soft_limit;  /* lowered before, if not 0, as programs do */
    int hard_limit;
} Closer;

static void lower_limits(const Closer *closer)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (closer->soft_limit) {
        limit.rlim_cur = (rlim_t)closer->soft_limit;
    }
    if (closer->hard_limit) {
        limit.rlim_cur = limit.rlim_max = (rlim_t)closer->hard_limit;
    }
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The control: as many have written it, up to a number high enough. */
static void naive_close_all(const int *skip, unsigned int nskip)
{
    for (int fd = 0; fd < 256; fd++) {
        bool keep = false;

        for (unsigned int i = 0; i < nskip; i++) {
            keep |= skip[i] == fd;
        }
        if (!keep) {
            close(fd);
        }
    }
}

/* Returns 0 if just the right ones are open after, SKIPPED if it cannot be tried. */
static int close_all_but_some(void *opaque)
{
    const Closer *closer = opaque;
    const int skip[] = { 2, 600, -5, 17, 999999, 600, 1, INT_MAX, 20 };
    const int open_before[] = { 3, 4, 17, 20, 21, 255, 599, 600, 601, 1000 };
    int opened = 0, end;

    for (size_t i = 0; i < sizeof(open_before) / sizeof(int); i++) {
        if (open_before[i] <= 600 || !closer->none_above) {
            open_at(open_before[i]);
        }
    }
    for (int fd = 300; fd < 500; fd++) { /* more than are listed at once */
        open_at(fd);
    }
    if (closer->no_free_descriptor) {
        while (opened >= 0) {
            opened = dup(2);
        }
        if (errno != EMFILE) {
            return SKIPPED;
        }
    }
    if ((closer->no_close_range && nr_close_range >= 0 &&
         !deny_syscall(nr_close_range, -1, ENOSYS)) ||
        (closer->no_getdents && !deny_syscall(nr_getdents, -1, ENOSYS))) {
        return SKIPPED;
    }
    end = getdtablesize();
    lower_limits(closer);
    errno = EDOM;
    closer->close_all(skip, sizeof(skip) / sizeof(int));
    if (closer->close_all == qemu_close_all_open_fd && errno != EDOM) {
        return 2;
    }
    for (int fd = 0; fd < end; fd++) {
        bool open = fcntl(fd, F_GETFD) >= 0;
        bool kept = fd == 1 || fd == 2 || fd == 17 || fd == 20 || fd == 600;

        if (open != kept) {
            fprintf(stderr, "descriptor %d is %s", fd,
                    open ? "open" : "closed");
            return 1;
        }
    }
    if (closer->none_above) {
        return 0;
    }
    /* Nothing to keep is right, too. */
    closer->close_all(NULL, 0);
    return fcntl(2, F_GETFD) < 0 && fcntl(600, F_GETFD) < 0 ? 0 : 3;
}

static int close_all_status(Closer closer)
{
    char output[4096];
    int status = in_child(close_all_but_some, &closer, output, sizeof(output));

    if (output[0]) {
        printf("# %s\n", output);
    }
    return status;
}

static void check_close_all(Closer closer)
{
    int status;

    closer.close_all = qemu_close_all_open_fd;
    status = close_all_status(closer);
    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 0);
    closer.close_all = naive_close_all;
    CHECK_INT(close_all_status(closer), 1);
}

void close_all_with_close_range(void)
{
    check_close_all((Closer){ 0 });
    check_close_all((Closer){ .hard_limit = 64 });
}

void close_all_with_getdents(void)
{
    check_close_all((Closer){ .no_close_range = true });
    /* Where the loop would not get them. */
    check_close_all((Closer){ .no_close_range = true, .hard_limit = 64 });
}

void close_all_with_loop(void)
{
    check_close_all((Closer){ .no_close_range = true, .no_getdents = true });
    check_close_all((Closer){
        .no_close_range = true, .no_getdents = true, .soft_limit = 3 });
    check_close_all((Closer){ .no_close_range = true,
                              .no_getdents = true,
                              .none_above = true,
                              .hard_limit = 64 });
}

/* /proc cannot be opened then. */
void close_all_without_a_free_descriptor(void)
{
    check_close_all(
        (Closer){ .no_close_range = true, .no_free_descriptor = true });
}

#ifdef __linux__

/* With a descriptor table of its own, which /proc/self does not show. */
static void *close_all_of_thread(void *status)
{
    const int streams[] = { 0, 1, 2 };

    if (unshare(CLONE_FILES) < 0) {
        *(int *)status = SKIPPED;
        return NULL;
    }
    open_at(9);
    lower_limits(&(Closer){ .hard_limit = 9 }); /* out of the loop's reach */
    qemu_close_all_open_fd(streams, 3);
    *(int *)status = fcntl(9, F_GETFD) >= 0;
    return NULL;
}

static int close_all_in_thread(void *opaque)
{
    pthread_t thread;
    int status = 2;

    (void)opaque;
    if (!deny_syscall(nr_close_range, -1, ENOSYS)) {
        return SKIPPED;
    }
    if (pthread_create(&thread, NULL, close_all_of_thread, &status) == 0) {
        pthread_join(thread, NULL);
    }
    return status;
}

void close_all_in_a_later_thread(void)
{
    char output[4096];
    int status = in_child(close_all_in_thread, NULL, output, sizeof(output));

    if (status == SKIPPED) {
        skip("no seccomp filters here");
        return;
    }
    CHECK_INT(status, 0);
}

#else

void close_all_in_a_later_thread(void)
{
    skip("a matter of Linux");
}

#endif
