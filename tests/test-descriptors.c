/*
 * Tests of pass_fds of osdep/process.h, which is any mapping of descriptors:
 * what holds on every system
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/process.h"

#include <fcntl.h>

#include "tests/cases.h"
#include "tests/helpers/process.h"
#include "tests/helpers/refused.h"

#ifndef O_BINARY
#define O_BINARY 0
#endif

enum { N_FILES = 4 };

static const char *const names[N_FILES] = { "file-a", "file-b", "file-c",
                                            "file-d" };
static const char *const texts[N_FILES] = { "a\n", "b\n", "c\n", "d\n" };

/* Files that hold their names' letters, open as @fds. */
static void open_files(int fds[N_FILES])
{
    for (int i = 0; i < N_FILES; i++) {
        fds[i] = open(names[i], O_RDWR | O_CREAT | O_TRUNC | O_BINARY, 0666);
        CU_ASSERT_FATAL(fds[i] >= 3);
        CHECK_INT(write(fds[i], texts[i], 2), 2);
    }
}

static void close_files(const int fds[N_FILES])
{
    for (int i = 0; i < N_FILES; i++) {
        close(fds[i]);
        unlink(names[i]);
    }
}

/* What a child reads from its descriptor @fd. */
static void check_fd(const OsdepPassFd *pass, size_t n, int fd,
                     const char *expected)
{
    char number[20];
    PUPPET(argv, "read-fd", number);
    const OsdepSpawnOptions options = { .argv = argv,
                                        .pass_fds = pass,
                                        .n_pass_fds = n };
    OsdepRunResult result;

    snprintf(number, sizeof(number), "%d", fd);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(lseek(pass[i].ours, 0, SEEK_SET), 0);
    }
    CU_ASSERT_FATAL(osdep_run(&options, NULL, &result, &error_warn));
    CHECK_STR(result.out, expected);
    CHECK_INT(result.exit.code, 0);
    osdep_run_result_clear(&result);
}

static void descriptors_are_swapped(void)
{
    int fds[N_FILES];

    open_files(fds);
    {
        const OsdepPassFd swap[] = { { fds[0], fds[1] }, { fds[1], fds[0] } };

        check_fd(swap, 2, fds[0], texts[1]);
        check_fd(swap, 2, fds[1], texts[0]);
    }
    close_files(fds);
}

static void descriptors_go_round(void)
{
    int fds[N_FILES];

    open_files(fds);
    {
        const OsdepPassFd round[] = {
            { fds[0], fds[1] },
            { fds[1], fds[2] },
            { fds[2], fds[0] },
            { fds[3], fds[3] },
        };

        check_fd(round, 4, fds[0], texts[2]);
        check_fd(round, 4, fds[1], texts[0]);
        check_fd(round, 4, fds[2], texts[1]);
        check_fd(round, 4, fds[3], texts[3]);
    }
    close_files(fds);
}

/* In the order in which each writes over the one that comes next. */
static void descriptors_make_a_chain(void)
{
    int fds[N_FILES];

    open_files(fds);
    {
        const OsdepPassFd chain[] = {
            { fds[0], fds[1] },
            { fds[1], fds[2] },
            { fds[2], fds[3] },
            { fds[0], 30 },
        };

        check_fd(chain, 4, fds[1], texts[0]);
        check_fd(chain, 4, fds[2], texts[1]);
        check_fd(chain, 4, fds[3], texts[2]);
        check_fd(chain, 4, 30, texts[0]);
    }
    close_files(fds);
}

static void one_descriptor_is_many(void)
{
    int fds[N_FILES];

    open_files(fds);
    {
        const OsdepPassFd many[] = { { fds[2], 20 },
                                     { fds[2], fds[0] },
                                     { fds[2], 21 } };

        check_fd(many, 3, 20, texts[2]);
        check_fd(many, 3, 21, texts[2]);
        check_fd(many, 3, fds[0], texts[2]);
    }
    close_files(fds);
}

static void descriptor_is_a_stream(void)
{
    PUPPET(argv, "puts", "x");
    int fds[N_FILES];

    open_files(fds);
    {
        const OsdepPassFd pass[] = { { fds[0], 1 }, { fds[1], 2 } };
        const OsdepSpawnOptions options = { .argv = argv,
                                            .pass_fds = pass,
                                            .n_pass_fds = 2 };
        OsdepProcess *process = osdep_spawn(&options, &error_warn);
        char text[10] = "";

        CU_ASSERT_PTR_NOT_NULL_FATAL(process);
        CHECK_INT(osdep_process_wait(process, -1, NULL, &error_warn), 1);
        osdep_process_free(process);
        CHECK_INT(lseek(fds[0], 0, SEEK_SET), 0);
        CHECK_INT(read(fds[0], text, 9), 4);
        CHECK_STR(text, "a\nx\n");
    }
    close_files(fds);
}

/* Also, nothing is done: no file is truncated. */
static void bad_descriptors_are_named(void)
{
    PUPPET(argv, "exit", "0");
    int fds[N_FILES];

    open_files(fds);
    {
        OsdepPassFd pass[] = { { fds[0], 20 }, { fds[1], 21 }, { fds[2], 20 } };
        OsdepSpawnOptions options = { .argv = argv,
                                      .err = { .kind = OSDEP_STDIO_FILE,
                                               .path = names[3],
                                               .mode = OSDEP_FILE_TRUNCATE },
                                      .pass_fds = pass,
                                      .n_pass_fds = 3 };

        check_refused(&options, EINVAL,
                      "pass_fds[2]: the child's descriptor 20 is there twice");
        pass[2] = (OsdepPassFd){ fds[2], 1 };
        pass[1] = (OsdepPassFd){ fds[1], 1 };
        check_refused(&options, EINVAL,
                      "pass_fds[2]: the child's descriptor 1 is there twice");
        pass[1] = (OsdepPassFd){ fds[1], -3 };
        check_refused(&options, EINVAL,
                      "pass_fds[1]: the child cannot have descriptor -3");
        pass[1] = (OsdepPassFd){ fds[1], 1 << 30 };
        check_refused(&options, EINVAL,
                      "pass_fds[1]: the child cannot have descriptor "
                      "1073741824");
        pass[1] = (OsdepPassFd){ 222, 21 };
        check_refused(&options, EBADF,
                      "pass_fds[1]: descriptor 222 is not open");
        CHECK_INT(lseek(fds[3], 0, SEEK_END), 2);
    }
    close_files(fds);
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        DESCRIPTORS_POSIX_CASES(TEST_LISTED)
        TEST_ENTRY(descriptors_are_swapped),
        TEST_ENTRY(descriptors_go_round),
        TEST_ENTRY(descriptors_make_a_chain),
        TEST_ENTRY(one_descriptor_is_many),
        TEST_ENTRY(descriptor_is_a_stream),
        TEST_ENTRY(bad_descriptors_are_named),
    };
    /* clang-format on */

    return run_suite("descriptors", cases, sizeof(cases) / sizeof(cases[0]));
}
