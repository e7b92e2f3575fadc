/*
 * Tests of the streams and pass_fds of osdep/process.h on POSIX systems: what a
 * child has is compared with a model, however it is started
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing in this program starts a child before these tests do, so that they can
 * have the library's first child, too.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "osdep/process.h"
#include "tests/cases.h"
#include "tests/helpers/by-fork.h"
#include "tests/helpers/launch.h"
#include "tests/helpers/posix.h"
#include "tests/helpers/random-args.h"
#include "tests/helpers/table.h"
#include "tests/helpers/trial.h"
#include "util/osdep-moves.h"
#include "util/osdep-process-posix.h"

/* = Ways to start a child = */

typedef enum Way {
    FIRST_CHILD, /* of all: it reports through a pipe */
    AS_HERE,     /* on Linux by clone(2), with shared descriptors */
    BY_VFORK,
    BY_FORK,
    N_WAYS,
} Way;

#define BEYOND_THE_LIMIT "pass_fds[1]: the child cannot have descriptor 200"

static const char *const way_names[N_WAYS] = { "the first child",
                                               "children as they are made here",
                                               "children of vfork()",
                                               "children of fork()" };

/* False if it cannot be had here. */
static bool choose_way(Way way)
{
    PUPPET(argv, "exit", "0");
    OsdepProcess *process;

    if (way == BY_FORK) {
        children_by_fork = HAVE_LINKER_WRAP;
        return children_by_fork;
    }
    if (way == BY_VFORK && !deny_syscall(nr_close_range, 1, EPERM)) {
        return false; /* the first argument with which the library asks */
    }
    for (int i = 0; i < 2 && way != FIRST_CHILD; i++) {
        process =
            osdep_spawn(&(OsdepSpawnOptions){ .argv = argv }, &error_warn);
        osdep_process_wait(process, -1, NULL, &error_warn);
        osdep_process_free(process);
    }
    return true;
}

/* = The model = */

enum {
    N_FILES = 20, /* open as 0 to 19; file i holds the int i */
    SAVED_STDERR = 60,
    REPORT_READ = 61, /* a pipe by which a child tells what it has */
    REPORT_WRITE = 62,
    FILES = 100, /* and on: the files to set up 0 to 19 from */
    END = 130,
    MOST_PASSED = 8,
};

/* What a child's descriptor is, if it is not the file of that number. */
enum {
    CLOSED = -1,
    REPORT = -3,
    NULL_TO_READ = -4,
    NULL_TO_WRITE = -5,
    PIPE_OF = -10, /* down to -12: of stream 0, 1, 2 */
    FILE_OF = -20,
};

/* What we have, and what is asked for. */
typedef struct Map {
    bool is_open[N_FILES];
    bool is_cloexec[N_FILES];
    OsdepStdio streams[3];
    OsdepPassFd pass[MOST_PASSED + 1];
    size_t n_pass;
    unsigned int flags;
    int report; /* the child's number for REPORT_WRITE */
} Map;

static const char *const stream_files[3] = { "descriptors-in",
                                             "descriptors-out",
                                             "descriptors-err" };

static bool is_ours(const Map *map, int fd)
{
    return fd == REPORT_WRITE || (fd >= 0 && fd < N_FILES && map->is_open[fd]);
}

/* Which of ours is passed as @theirs; -1: none. */
static int passed_as(const Map *map, int theirs)
{
    for (size_t i = 0; i < map->n_pass; i++) {
        if (map->pass[i].theirs == theirs) {
            return map->pass[i].ours;
        }
    }
    return -1;
}

static bool is_inherited(const Map *map, int stream)
{
    const OsdepStdioKind kind = map->streams[stream].kind;

    return kind == OSDEP_STDIO_INHERIT ||
           (kind == OSDEP_STDIO_DEFAULT && passed_as(map, stream) < 0);
}

/* What child gets that inherits our descriptor @fd. */
static int model_of_inherited(const Map *map, int fd)
{
    return fd < N_FILES && map->is_open[fd] && !map->is_cloexec[fd] ? fd
                                                                    : CLOSED;
}

static int model_of_stream(const Map *map, int stream)
{
    const OsdepStdio *stdio = &map->streams[stream];
    int passed = passed_as(map, stream);

    switch (stdio->kind) {
    case OSDEP_STDIO_FD:
        return stdio->fd;
    case OSDEP_STDIO_NULL:
        return stream == 0 ? NULL_TO_READ : NULL_TO_WRITE;
    case OSDEP_STDIO_PIPE:
        return PIPE_OF - stream;
    case OSDEP_STDIO_FILE:
        return FILE_OF - stream;
    case OSDEP_STDIO_STDOUT:
        return model_of_stream(map, 1);
    default:
        return passed == REPORT_WRITE ? REPORT
               : passed >= 0          ? passed
                                      : model_of_inherited(map, stream);
    }
}

static void model_of_child(const Map *map, int expected[END])
{
    for (int fd = 0; fd < END; fd++) {
        expected[fd] = map->flags & OSDEP_SPAWN_INHERIT_FDS
                           ? model_of_inherited(map, fd)
                           : CLOSED;
    }
    for (size_t i = 0; i < map->n_pass; i++) {
        int ours = map->pass[i].ours;

        expected[map->pass[i].theirs] = ours == REPORT_WRITE ? REPORT : ours;
    }
    for (int i = 0; i < 3; i++) {
        expected[i] = model_of_stream(map, i);
    }
}

/*
 * Which errnos a map is refused with, any of them if it has several mistakes, as
 * bits; 0: it is not.
 */
enum { IS_EBADF = 1, IS_EINVAL = 2 };

static unsigned int model_of_refusal(const Map *map)
{
    unsigned int refusal = 0;
    int stdout_fd = model_of_inherited(map, 1);

    for (int i = 0; i < 3; i++) {
        if (map->streams[i].kind == OSDEP_STDIO_FD &&
            !is_ours(map, map->streams[i].fd)) {
            refusal |= IS_EBADF;
        }
        if (map->streams[i].kind == OSDEP_STDIO_STDOUT) {
            /* There has to be a stream for err to go to. */
            refusal |= i < 2                                         ? IS_EINVAL
                       : is_inherited(map, 1) && stdout_fd == CLOSED ? IS_EBADF
                                                                     : 0;
        }
    }
    for (size_t i = 0; i < map->n_pass; i++) {
        int theirs = map->pass[i].theirs;

        if (!is_ours(map, map->pass[i].ours)) {
            refusal |= IS_EBADF;
        }
        if (theirs < 0 ||
            (theirs <= 2 && map->streams[theirs].kind != OSDEP_STDIO_DEFAULT)) {
            refusal |= IS_EINVAL;
        }
        for (size_t j = 0; j < i; j++) {
            refusal |= map->pass[j].theirs == theirs ? IS_EINVAL : 0;
        }
    }
    return refusal;
}

/* = Random maps = */

static uint32_t random_state;

static bool one_in(uint32_t n)
{
    return random_below(&random_state, n) == 0;
}

static int random_open(const Map *map)
{
    int fd;

    do {
        fd = (int)random_below(&random_state, N_FILES);
    } while (!map->is_open[fd]);
    return fd;
}

/* Mostly onto numbers that are open here or become free for the library. */
static void pass_random(Map *map, int ours)
{
    int theirs;

    do {
        theirs = (int)random_below(&random_state, 25);
    } while (
        passed_as(map, theirs) >= 0 ||
        (theirs <= 2 &&
         (map->streams[theirs].kind != OSDEP_STDIO_DEFAULT || !one_in(3))));
    map->pass[map->n_pass++] = (OsdepPassFd){ ours, theirs };
    if (ours == REPORT_WRITE) {
        map->report = theirs;
    }
}

static OsdepStdio random_stream(const Map *map, int stream)
{
    static const OsdepStdioKind kinds[] = {
        OSDEP_STDIO_DEFAULT, OSDEP_STDIO_DEFAULT, OSDEP_STDIO_INHERIT,
        OSDEP_STDIO_FD,      OSDEP_STDIO_FD,      OSDEP_STDIO_NULL,
        OSDEP_STDIO_PIPE,    OSDEP_STDIO_FILE,    OSDEP_STDIO_STDOUT,
    };
    /* Only err can go where out goes. */
    OsdepStdio stdio = {
        .kind = kinds[random_below(&random_state, stream == 2 ? 9 : 8)]
    };

    if (stdio.kind == OSDEP_STDIO_FD) {
        stdio.fd = random_open(map);
    } else if (stdio.kind == OSDEP_STDIO_FILE) {
        stdio.path = stream_files[stream];
        stdio.mode = stream == 0 ? OSDEP_FILE_READ
                     : one_in(2) ? OSDEP_FILE_APPEND
                                 : OSDEP_FILE_TRUNCATE;
    }
    return stdio;
}

/* What is refused, unless the model says that it happens to be right. */
static void make_a_mistake(Map *map)
{
    OsdepPassFd *pass =
        &map->pass[random_below(&random_state, (uint32_t)map->n_pass)];
    OsdepStdio *stdio = &map->streams[random_below(&random_state, 3)];

    switch (random_below(&random_state, 5)) {
    case 0: /* perhaps closed */
        *stdio = (OsdepStdio){ .kind = OSDEP_STDIO_FD,
                               .fd = (int)random_below(&random_state, 30) };
        break;
    case 1:
        if (pass->ours != REPORT_WRITE) {
            pass->ours = (int)random_below(&random_state, 30);
        }
        break;
    case 2: /* perhaps there twice, or a stream that is something else */
        pass->theirs = (int)random_below(&random_state, 6) - 1;
        break;
    case 3:
        *stdio = (OsdepStdio){ .kind = OSDEP_STDIO_STDOUT };
        break;
    default:
        map->is_open[1] = false;
        break;
    }
}

static void make_random_map(Map *map)
{
    uint32_t n = random_below(&random_state, MOST_PASSED + 1), report_at;

    *map = (Map){ .flags = one_in(3) ? OSDEP_SPAWN_INHERIT_FDS : 0 };
    for (int i = 0; i < N_FILES; i++) {
        map->is_open[i] = !one_in(i < 3 ? 6 : 3);
        map->is_cloexec[i] = one_in(i < 3 ? 4 : 2);
    }
    map->is_open[N_FILES - 1] = true;
    for (int i = 0; i < 3; i++) {
        map->streams[i] = random_stream(map, i);
    }
    report_at = random_below(&random_state, n + 1);
    for (uint32_t i = 0; i <= n; i++) {
        pass_random(map, i == report_at ? REPORT_WRITE : random_open(map));
    }
    if (one_in(10)) {
        make_a_mistake(map);
        for (map->report = 0; map->report < END &&
                              passed_as(map, map->report) != REPORT_WRITE;) {
            map->report++;
        }
    }
}

/* = A child that has it = */

/* A file without a name that holds @number, close-on-exec, as descriptor @fd. */
static void open_number_at(int fd, int number)
{
    char path[] = "osdep-number-XXXXXX";
    int file = mkstemp(path);

    if (file < 0 || unlink(path) < 0 ||
        write(file, &number, sizeof(number)) != (ssize_t)sizeof(number) ||
        (file != fd && dup2(file, fd) < 0)) {
        _exit(broken("no file", errno));
    }
    if (file != fd) {
        close(file);
    }
    qemu_set_cloexec(fd);
}

static void move_to(int from, int to)
{
    if (dup2(from, to) < 0) {
        _exit(broken("no descriptor", to));
    }
    close(from);
    qemu_set_cloexec(to);
}

static void prepare_table(void)
{
    int report[2];

    if (pipe(report) < 0) {
        _exit(broken("no pipe", errno));
    }
    move_to(report[0], REPORT_READ);
    move_to(report[1], REPORT_WRITE);
    fcntl(REPORT_READ, F_SETFL, O_NONBLOCK);
    dup2(2, SAVED_STDERR);
    qemu_set_cloexec(SAVED_STDERR);
    qemu_close_all_open_fd(
        (const int[]){ 0, 1, 2, SAVED_STDERR, REPORT_READ, REPORT_WRITE }, 6);
    for (int i = 0; i < N_FILES; i++) {
        open_number_at(FILES + i, i);
    }
}

static void set_up_table(const Map *map)
{
    for (int i = 0; i < N_FILES; i++) {
        close(i);
        if (map->is_open[i] &&
            (dup2(FILES + i, i) < 0 ||
             fcntl(i, F_SETFD, map->is_cloexec[i] ? FD_CLOEXEC : 0) < 0)) {
            _exit(SKIPPED);
        }
    }
}

/* Say what did not hold, where that can be seen. */
static int broken_map(const char *what, long value)
{
    dup2(SAVED_STDERR, 2);
    return broken(what, value);
}

/* The control: each in its turn, as it is given. */
static pid_t naive_start(const Map *map, const char *const *argv)
{
    pid_t pid = fork();
    int keep[3 + MOST_PASSED + 1] = { 0, 1, 2 };

    if (pid != 0) {
        return pid;
    }
    for (int i = 0; i < 3; i++) {
        int fd = map->streams[i].fd;

        if (map->streams[i].kind == OSDEP_STDIO_FD) {
            fd == i ? fcntl(fd, F_SETFD, 0) : dup2(fd, i);
        } else if (map->streams[i].kind == OSDEP_STDIO_STDOUT) {
            dup2(1, i);
        } else if (map->streams[i].kind != OSDEP_STDIO_DEFAULT &&
                   map->streams[i].kind != OSDEP_STDIO_INHERIT) {
            int file = map->streams[i].kind == OSDEP_STDIO_FILE
                           ? open(stream_files[i], O_RDWR)
                           : open("/dev/null", O_RDWR);

            if (file != i) {
                dup2(file, i);
                close(file);
            }
        }
    }
    for (size_t i = 0; i < map->n_pass; i++) {
        const OsdepPassFd *pass = &map->pass[i];

        pass->ours == pass->theirs ? fcntl(pass->ours, F_SETFD, 0)
                                   : dup2(pass->ours, pass->theirs);
        keep[3 + i] = pass->theirs;
    }
    if (!(map->flags & OSDEP_SPAWN_INHERIT_FDS)) {
        qemu_close_all_open_fd(keep, (unsigned int)(3 + map->n_pass));
    }
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

/* Read what the child told; the entry of a closed descriptor has -1 for it. */
static void read_table(TableEntry *table, size_t end)
{
    TableEntry entry;

    for (size_t fd = 0; fd < end; fd++) {
        table[fd] = (TableEntry){ .fd = -1, .number = -1 };
    }
    while (read(REPORT_READ, &entry, sizeof(entry)) == sizeof(entry)) {
        if (entry.fd >= 0 && (size_t)entry.fd < end) {
            table[entry.fd] = entry;
        }
    }
}

/* By an end of it; everywhere but on Linux the two may have different ones. */
static uint64_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* The inodes by which the descriptors of a child are known. */
typedef struct Inodes {
    uint64_t report, pipes[3], files[3];
} Inodes;

static bool is_pipe(const TableEntry *entry, uint64_t inode, char access)
{
#ifdef __linux__
    return entry->kind == 'p' && entry->access == access &&
           entry->inode == inode;
#else
    (void)inode;
    return entry->kind == 'p' && entry->access == access;
#endif
}

/* Is what the child has what the model says? */
static bool is_what(const TableEntry *entry, int expected, const Map *map,
                    const Inodes *inodes)
{
    if (expected == CLOSED || entry->fd < 0) {
        return expected == CLOSED && entry->fd < 0;
    } else if (expected >= 0) {
        return entry->kind == 'r' && entry->access == 'b' &&
               entry->number == expected;
    } else if (expected == NULL_TO_READ || expected == NULL_TO_WRITE) {
        return entry->kind == 'n' &&
               entry->access == (expected == NULL_TO_READ ? 'r' : 'w');
    } else if (expected == REPORT) {
        return is_pipe(entry, inodes->report, 'w');
    }
    for (int i = 0; i < 3; i++) {
        char access = i == 0 ? 'r' : 'w';

        if (expected == PIPE_OF - i) {
            return is_pipe(entry, inodes->pipes[i], access);
        } else if (expected == FILE_OF - i) {
            return entry->kind == 'r' && entry->access == access &&
                   entry->inode == inodes->files[i] &&
                   entry->appends ==
                       (map->streams[i].mode == OSDEP_FILE_APPEND);
        }
    }
    return false;
}

enum { FILE_SIZE = 8 };

/* The files that streams are to be, with something in them. */
static void make_stream_files(const Map *map, Inodes *inodes)
{
    for (int i = 0; i < 3; i++) {
        if (map->streams[i].kind == OSDEP_STDIO_FILE) {
            int fd = open(stream_files[i], O_WRONLY | O_CREAT | O_TRUNC, 0666);

            if (fd < 0 ||
                write(fd, "\377\377\377\377....", FILE_SIZE) != FILE_SIZE) {
                _exit(broken("no file", errno));
            }
            inodes->files[i] = inode_of(fd);
            close(fd);
        }
    }
}

static bool stream_files_are_right(const Map *map, bool refused)
{
    struct stat st;
    bool ok = true;

    for (int i = 0; i < 3; i++) {
        const OsdepStdio *stdio = &map->streams[i];
        bool is_emptied = stdio->mode == OSDEP_FILE_TRUNCATE && !refused;

        if (stdio->kind == OSDEP_STDIO_FILE) {
            ok &= stat(stream_files[i], &st) == 0 &&
                  st.st_size == (is_emptied ? 0 : FILE_SIZE);
            unlink(stream_files[i]);
        }
    }
    return ok;
}

/* Spawn it, and note in @inodes which are our ends of its pipes. */
static int spawn_and_check_ours(const OsdepSpawnOptions *options,
                                unsigned int refusal, Inodes *inodes)
{
    Error *err = NULL;
    OsdepProcess *process = osdep_spawn(options, &err);
    const OsdepStdio *const streams[] = { &options->in, &options->out,
                                          &options->err };
    intptr_t pollable = process ? osdep_process_pollable(process) : -1;
    int code = err ? osdep_error_get_errno(err) : 0, status = 0;

    if (!process && ((code == EBADF && refusal & IS_EBADF) ||
                     (code == EINVAL && refusal & IS_EINVAL))) {
        error_free(err);
        return 0;
    } else if (!process) {
        dup2(SAVED_STDERR, 2);
        return broken_by(err);
    }
    if (refusal) {
        status = broken_map("not refused", (long)refusal);
    }
    if (pollable >= 0 &&
        (pollable < 3 || fcntl((int)pollable, F_GETFD) != FD_CLOEXEC)) {
        status = broken_map("pollable", (long)pollable);
    }
    for (int i = 0; i < 3; i++) {
        int fd = osdep_process_fd(process, i);

        if (streams[i]->kind == OSDEP_STDIO_PIPE
                ? fd < 3 || fcntl(fd, F_GETFD) != FD_CLOEXEC
                : fd != -1) {
            status = broken_map("our end of a pipe", fd);
        }
        inodes->pipes[i] = inode_of(fd);
    }
    if (osdep_process_wait(process, -1, NULL, &err) != OSDEP_WAIT_ENDED) {
        dup2(SAVED_STDERR, 2);
        status = broken_by(err);
    }
    osdep_process_free(process);
    return status;
}

/* What fcntl(2) says of each of our descriptors. */
static void list_ours(int flags[END])
{
    for (int fd = 0; fd < END; fd++) {
        flags[fd] = fcntl(fd, F_GETFD);
    }
}

static bool holds_its_number(int fd)
{
    int number = -1;

    return pread(fd, &number, sizeof(number), 0) == (ssize_t)sizeof(number) &&
           number == fd;
}

/*
 * For a control: err goes where our descriptor 1 does, as in 0.1, and not where
 * the child's does.
 */
static bool err_goes_to_ours;

/* 0 if the child has what the model says, and we have what we had. */
static int map_comes_out_right(const Map *map, bool naive)
{
    char report[20], end[20];
    PUPPET(argv, "table", report, end);
    OsdepSpawnOptions options = {
        .argv = argv,
        .in = map->streams[0],
        .out = map->streams[1],
        .err = map->streams[2],
        .pass_fds = map->pass,
        .n_pass_fds = map->n_pass,
        .flags = map->flags,
    };
    const unsigned int refusal = model_of_refusal(map);
    int expected[END], before[END], after[END];
    Inodes inodes = { .report = inode_of(REPORT_READ) };
    TableEntry got[END];

    snprintf(report, sizeof(report), "%d", map->report);
    snprintf(end, sizeof(end), "%d", END);
    if (err_goes_to_ours && options.err.kind == OSDEP_STDIO_STDOUT &&
        is_inherited(map, 1)) {
        options.err = (OsdepStdio){ .kind = OSDEP_STDIO_FD, .fd = 1 };
    }
    make_stream_files(map, &inodes);
    set_up_table(map);
    list_ours(before);
    if (naive) {
        wait_status(naive_start(map, argv));
    } else if (spawn_and_check_ours(&options, refusal, &inodes)) {
        return 1;
    }
    if (!stream_files_are_right(map, refusal)) {
        return naive ? 1 : broken_map("a file of a stream", 0);
    }
    read_table(got, END);
    if (!refusal) {
        model_of_child(map, expected);
    }
    for (int fd = 0; fd < END && !refusal; fd++) {
        if (!is_what(&got[fd], expected[fd], map, &inodes)) {
            if (!naive) {
                dprintf(SAVED_STDERR,
                        "descriptor %d is not %d: %d, %d, '%c', '%c': ", fd,
                        expected[fd], (int)got[fd].fd, (int)got[fd].number,
                        got[fd].kind ? got[fd].kind : ' ',
                        got[fd].access ? got[fd].access : ' ');
            }
            return naive ? 1 : broken_map("another table", fd);
        }
    }
    list_ours(after);
    for (int fd = 0; fd < END; fd++) {
        if (after[fd] != before[fd] ||
            (fd < N_FILES && map->is_open[fd] && !holds_its_number(fd))) {
            return naive ? 1 : broken_map("ours changed", fd);
        }
    }
    return 0;
}

/* = Maps that are easily got wrong = */

#define STREAM_FD(n)                      \
    {                                     \
        .kind = OSDEP_STDIO_FD, .fd = (n) \
    }
#define A_PIPE                   \
    {                            \
        .kind = OSDEP_STDIO_PIPE \
    }
#define NULL_DEVICE              \
    {                            \
        .kind = OSDEP_STDIO_NULL \
    }

#define WHERE_OUT_GOES             \
    {                              \
        .kind = OSDEP_STDIO_STDOUT \
    }
#define A_FILE                                               \
    {                                                        \
        .kind = OSDEP_STDIO_FILE, .path = "descriptors-out", \
        .mode = OSDEP_FILE_APPEND                            \
    }

typedef struct Odd {
    const char *name;
    OsdepPassFd pass[MOST_PASSED];
    size_t n_pass;
    OsdepStdio streams[3];
    unsigned int flags;
    unsigned int closed;  /* bits: which of ours are */
    unsigned int cloexec; /* bits: which of ours are in any case */
} Odd;

#define PASS(...) .pass = { __VA_ARGS__ }
#define LOW_ONES_CLOSED 0x3f8 /* 3 to 9: where the library's own come to be */

/* clang-format off */
static const Odd odd_maps[] = {
    { "swap", PASS({ 5, 6 }, { 6, 5 }), .n_pass = 2 },
    { "two swaps", PASS({ 5, 6 }, { 7, 8 }, { 8, 7 }, { 6, 5 }), .n_pass = 4 },
    { "cycle of 3", PASS({ 5, 6 }, { 6, 7 }, { 7, 5 }), .n_pass = 3 },
    { "cycle with a tail", PASS({ 5, 6 }, { 6, 7 }, { 7, 5 }, { 7, 20 },
                                { 6, 21 }), .n_pass = 5 },
    { "chain", PASS({ 5, 6 }, { 6, 7 }, { 7, 8 }, { 8, 20 }), .n_pass = 4 },
    { "chain, backwards", PASS({ 8, 20 }, { 7, 8 }, { 6, 7 }, { 5, 6 }),
      .n_pass = 4 },
    { "one to many", PASS({ 5, 6 }, { 5, 7 }, { 5, 20 }, { 5, 5 }),
      .n_pass = 4 },
    { "many onto open ones", PASS({ 15, 3 }, { 16, 4 }, { 17, 5 }, { 18, 6 },
                                  { 19, 7 }), .n_pass = 5 },
    { "onto 0, 1 and 2", PASS({ 5, 0 }, { 6, 1 }, { 7, 2 }), .n_pass = 3 },
    { "0, 1 and 2 go round", PASS({ 0, 1 }, { 1, 2 }, { 2, 0 }), .n_pass = 3 },
    { "0, 1 and 2 elsewhere", PASS({ 0, 20 }, { 1, 21 }, { 2, 5 }),
      .n_pass = 3 },
    { "streams crossing", .streams = { STREAM_FD(1), STREAM_FD(0), STREAM_FD(0) } },
    { "streams and others crossing", PASS({ 0, 5 }, { 1, 6 }),
      .n_pass = 2, .streams = { STREAM_FD(5), STREAM_FD(2), STREAM_FD(1) } },
    { "pipes, and 0, 1, 2 elsewhere", PASS({ 0, 3 }, { 1, 4 }, { 2, 5 }),
      .n_pass = 3, .streams = { A_PIPE, A_PIPE, A_PIPE },
      .closed = LOW_ONES_CLOSED },
    { "onto the library's own", PASS({ 15, 3 }, { 16, 4 }, { 17, 5 }, { 18, 6 },
                                     { 19, 7 }, { 14, 8 }, { 13, 9 }),
      .n_pass = 7, .closed = LOW_ONES_CLOSED },
    { "onto the library's own, with pipes",
      PASS({ 15, 3 }, { 16, 4 }, { 17, 5 }, { 18, 6 }, { 19, 7 }, { 14, 8 },
           { 13, 9 }), .n_pass = 7, .closed = LOW_ONES_CLOSED,
      .streams = { A_PIPE, NULL_DEVICE, A_PIPE } },
    { "a cycle, and only one number free", PASS({ 15, 16 }, { 16, 15 }, { 5, 4 }),
      .n_pass = 3, .closed = 1 << 3 },
    { "all inherited, some others", PASS({ 5, 6 }, { 6, 5 }, { 7, 20 }),
      .n_pass = 3, .flags = OSDEP_SPAWN_INHERIT_FDS },
    { "nothing but the report", .n_pass = 0 },
    { "0, 1 and 2 closed", PASS({ 5, 3 }), .n_pass = 1, .closed = 7 },
    { "0, 1 and 2 closed, and passed", PASS({ 5, 0 }, { 6, 1 }, { 7, 2 }),
      .n_pass = 3, .closed = 7 },
    { "0, 1 and 2 closed, pipes", .closed = 7 | LOW_ONES_CLOSED,
      .streams = { A_PIPE, A_PIPE, A_PIPE } },
    { "err where out goes, inherited", .streams = { [2] = WHERE_OUT_GOES } },
    { "err where out goes, closed", .streams = { [2] = WHERE_OUT_GOES },
      .closed = 1 << 1 },
    { "err where out goes, closed on exec", .streams = { [2] = WHERE_OUT_GOES },
      .cloexec = 1 << 1 },
    { "err where out goes, passed", PASS({ 5, 1 }), .n_pass = 1,
      .streams = { [2] = WHERE_OUT_GOES }, .cloexec = 1 << 1 },
    { "err where out goes, a file",
      .streams = { [1] = A_FILE, [2] = WHERE_OUT_GOES }, .closed = 7 },
};
/* clang-format on */

static void make_odd_map(Map *map, const Odd *odd, bool cloexec)
{
    *map = (Map){ .n_pass = odd->n_pass, .flags = odd->flags };
    memcpy(map->streams, odd->streams, sizeof(map->streams));
    memcpy(map->pass, odd->pass, sizeof(odd->pass));
    for (int i = 0; i < N_FILES; i++) {
        map->is_open[i] = !(odd->closed & 1u << i);
        map->is_cloexec[i] = (i > 2 && cloexec) || odd->cloexec & 1u << i;
    }
    map->report = 24;
    map->pass[map->n_pass++] = (OsdepPassFd){ REPORT_WRITE, map->report };
}

/* = All maps in all ways = */

typedef struct Job {
    Way way;
    bool naive;
    int n_random;
} Job;

/* In all ways the same. */
static uint32_t seed;

/* One map, by a process that never had a child if that is to be its first. */
static int try_map(const Job *job, const Map *map)
{
    int status;

    if (job->way != FIRST_CHILD) {
        return map_comes_out_right(map, job->naive);
    }
    status = fork();
    if (status == 0) {
        _exit(map_comes_out_right(map, job->naive));
    }
    return wait_status(status);
}

static int try_maps(void *opaque)
{
    const Job *job = opaque;
    Map map;

    if (!choose_way(job->way)) {
        fprintf(stderr, "%s cannot be had here", way_names[job->way]);
        return SKIPPED;
    }
    prepare_table();
    for (size_t i = 0; i < 2 * sizeof(odd_maps) / sizeof(odd_maps[0]); i++) {
        make_odd_map(&map, &odd_maps[i / 2], i % 2);
        if (try_map(job, &map)) {
            return broken_map(odd_maps[i / 2].name, (long)(i % 2));
        }
    }
    random_state = seed;
    for (int i = 0; i < job->n_random; i++) {
        make_random_map(&map);
        if (try_map(job, &map)) {
            return broken_map("random map", i);
        }
    }
    return 0;
}

/* OSDEP_TEST_MAPS says how many. */
static int how_many_random(void)
{
    return number_from_env("OSDEP_TEST_MAPS",
                           programs_start_slowly() ? 30 : 300);
}

static void check_way(Way way)
{
    Job job = { .way = way, .n_random = how_many_random() };

    seed = random_seed(4711);
    CU_ASSERT_TRUE(holds(try_maps, &job));
}

void maps_of_a_first_child_come_out_right(void)
{
    check_way(FIRST_CHILD);
}

void maps_come_out_right(void)
{
    check_way(AS_HERE);
}

void maps_by_vfork_come_out_right(void)
{
    check_way(BY_VFORK);
}

void maps_by_fork_come_out_right(void)
{
    check_way(BY_FORK);
}

/* The controls: how many of the same maps come out wrong; at least some. */
static int count_wrong(void *opaque)
{
    Job *job = opaque;
    const int n_odd = sizeof(odd_maps) / sizeof(odd_maps[0]);
    int n_wrong_odd = 0, n_wrong = 0, report;
    Map map;

    prepare_table();
    report = fcntl(SAVED_STDERR, F_DUPFD_CLOEXEC, SAVED_STDERR + 3);
    dup2(open("/dev/null", O_WRONLY), SAVED_STDERR); /* it is as expected */
    qemu_set_cloexec(SAVED_STDERR);
    err_goes_to_ours = !job->naive;
    for (int i = 0; i < n_odd; i++) {
        make_odd_map(&map, &odd_maps[i], false);
        n_wrong_odd += map_comes_out_right(&map, job->naive) != 0;
    }
    random_state = seed;
    for (int i = 0; i < job->n_random; i++) {
        make_random_map(&map);
        n_wrong += map_comes_out_right(&map, job->naive) != 0;
    }
    dprintf(report, "%d of %d odd maps and %d of %d random ones", n_wrong_odd,
            n_odd, n_wrong, job->n_random);
    return n_wrong_odd && (n_wrong || !job->naive) ? 0 : 1;
}

void naive_maps_come_out_wrong(void)
{
    Job job = { .naive = true, .n_random = how_many_random() };
    char output[200];

    seed = random_seed(4711);
    CHECK_INT(in_child(count_wrong, &job, output, sizeof(output)), 0);
    printf("# count: by dup2() in the order given, wrong: %s\n", output);
    job.naive = false;
    CHECK_INT(in_child(count_wrong, &job, output, sizeof(output)), 0);
    printf("# count: with err as in 0.1, wrong: %s\n", output);
}

/* = Failures = */

/* Onto all low numbers, so onto that of the pipe by which a child reports. */
static int failures_are_told(void *way)
{
    static const char *const nope[] = { "/no/such/program", NULL };
    PUPPET(argv, "exit", "0");
    static const OsdepPassFd pass[] = { { 15, 3 }, { 16, 4 }, { 17, 5 },
                                        { 18, 6 }, { 19, 7 }, { 14, 8 },
                                        { 13, 9 }, { 12, 10 } };
    OsdepSpawnOptions options = { .argv = nope,
                                  .pass_fds = pass,
                                  .n_pass_fds = 8 };
    Map map = { .n_pass = 0 };

    if (!choose_way(*(Way *)way)) {
        fprintf(stderr, "%s cannot be had here", way_names[*(Way *)way]);
        return SKIPPED;
    }
    prepare_table();
    for (int closed = 0; closed < 8; closed++) {
        for (int i = 0; i < N_FILES; i++) {
            map.is_open[i] = i < 3 ? !(closed & 1 << i) : i >= 11;
            map.is_cloexec[i] = false;
        }
        set_up_table(&map);
        options.argv = nope;
        options.cwd = NULL;
        if (says_in_step(&options, "cannot execute '/no/such/program': ",
                         ENOENT, OSDEP_STEP_EXECUTE)) {
            return broken_map("closed", closed);
        }
        options.argv = argv;
        options.cwd = "/no/such/folder";
        if (says_in_step(&options,
                         "cannot change directory to '/no/such/folder': ",
                         ENOENT, OSDEP_STEP_DIRECTORY)) {
            return broken_map("closed", closed);
        }
    }
    return 0;
}

void failures_are_told_whatever_is_passed(void)
{
    for (Way way = FIRST_CHILD; way < N_WAYS; way++) {
        CU_ASSERT_TRUE(holds(failures_are_told, &way));
    }
}

static bool limit_descriptors_to(rlim_t n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return false;
    }
    limit.rlim_cur = n;
    if (limit.rlim_max < n) {
        limit.rlim_max = n;
    }
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* What is refused, and that nothing is left behind then. */
static int is_refused(void *opaque)
{
    PUPPET(argv, "exit", "0");
    static const struct {
        OsdepPassFd pass[2];
        const char *message;
        int code;
    } bad[] = {
        { { { 15, 9 }, { 16, 9 } },
          "pass_fds[1]: the child's descriptor 9 is there twice",
          EINVAL },
        { { { 15, 9 }, { 15, 9 } },
          "pass_fds[1]: the child's descriptor 9 is there twice",
          EINVAL },
        { { { 15, 9 }, { 16, -1 } },
          "pass_fds[1]: the child cannot have descriptor -1",
          EINVAL },
        { { { 15, 9 }, { 16, 200 } }, BEYOND_THE_LIMIT, EINVAL },
        { { { 15, 9 }, { 50, 10 } },
          "pass_fds[1]: descriptor 50 is not open",
          EBADF },
        { { { 15, 9 }, { -1, 10 } },
          "pass_fds[1]: descriptor -1 is not open",
          EBADF },
    };

    (void)opaque;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OsdepSpawnOptions options = { .argv = argv,
                                      .pass_fds = bad[i].pass,
                                      .n_pass_fds = 2 };

        if (says_in_step(&options, bad[i].message, bad[i].code,
                         OSDEP_STEP_CHECK)) {
            return broken_map("not refused", (long)i);
        }
    }
    return 0;
}

static int is_refused_without_a_trace(void *opaque)
{
    Map map = { .n_pass = 0 };

    (void)opaque;
    prepare_table();
    for (int i = 0; i < N_FILES; i++) {
        map.is_open[i] = true;
    }
    set_up_table(&map);
    return limit_descriptors_to(200) ? changes_nothing(is_refused, NULL)
                                     : SKIPPED;
}

void bad_maps_are_refused(void)
{
    if (under_valgrind) {
        skip("valgrind keeps the limit to itself");
        return;
    }
    CU_ASSERT_TRUE(holds(is_refused_without_a_trace, NULL));
}

/* = Other threads, where 0, 1 and 2 are closed = */

enum { MOST_WORKERS = 3 };

static atomic_bool is_done;
static atomic_int n_astray;

/* What is printed there must go nowhere, and there is nothing to read. */
static void *print_and_read(void *opaque)
{
    char c;

    while (!is_done) {
        n_astray += write(1, "X", 1) == 1 || write(2, "X", 1) == 1 ||
                    read(0, &c, 1) == 1;
    }
    return opaque;
}

static char failure[300];

static void *run_often(void *opaque)
{
    PUPPET(argv, "cat");
    const OsdepSpawnOptions spawn = {
        .argv = argv,
        .err = { .kind = OSDEP_STDIO_FILE,
                 .path = stream_files[2],
                 .mode = OSDEP_FILE_APPEND },
    };
    const OsdepRunOptions run = { .input = "hello", .input_len = 5 };
    int n_runs = programs_start_slowly() ? 20 : 300;

    for (int i = 0; i < n_runs && !n_astray; i++) {
        OsdepRunResult result;
        Error *err = NULL;

        if (!osdep_run(&spawn, &run, &result, &err)) {
            snprintf(failure, sizeof(failure), "%s", error_get_pretty(err));
            return failure;
        }
        n_astray += result.out_len != 5;
        osdep_run_result_clear(&result);
    }
    (void)opaque;
    return NULL;
}

/* The control: what the library did before, each pipe to be moved above 2. */
static bool moved_pipe(int fds[2])
{
    int low[2];

    if (pipe(low) < 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        fds[i] = fcntl(low[i], F_DUPFD, 3);
        close(low[i]);
    }
    return true;
}

/*
 * For several at once, which can find 0 to 2 open and lose them: what is printed
 * may go into a pipe, but not into one that anybody gets.
 */
static void *make_and_read_pipes(void *opaque)
{
    const bool naive = *(const bool *)opaque;
    const time_t end = time(NULL) + (naive ? 20 : 3);
    int fds[2];
    char c;

    while (!n_astray && time(NULL) < end) {
        if (naive ? !moved_pipe(fds) : !osdep_pipe(fds, NULL)) {
            return (void *)"no pipe";
        }
        fcntl(fds[0], F_SETFL, O_NONBLOCK);
        n_astray += fds[0] < 3 || fds[1] < 3 || read(fds[0], &c, 1) == 1;
        close(fds[1]);
        close(fds[0]);
    }
    return NULL;
}

static void *print(void *opaque)
{
    while (!is_done) {
        if (write(1, "X", 1) < 0) {
            continue; /* closed, or covered */
        }
    }
    return opaque;
}

typedef struct Workers {
    void *(*print)(void *);
    void *(*work)(void *);
    bool naive;
    int n;
} Workers;

/* Of what went astray: for the control. */
enum { ASTRAY = 3 };

static int prints_astray(void *opaque)
{
    Workers *workers = opaque;
    pthread_t printer, worker[MOST_WORKERS];
    const char *wrong = NULL;
    void *ret;
    int saved = fcntl(2, F_DUPFD_CLOEXEC, SAVED_STDERR);

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++) {
        close(i);
    }
    if (pthread_create(&printer, NULL, workers->print, NULL) != 0) {
        return SKIPPED;
    }
    for (int i = 0; i < workers->n; i++) {
        if (pthread_create(&worker[i], NULL, workers->work, &workers->naive) !=
            0) {
            return SKIPPED;
        }
    }
    for (int i = 0; i < workers->n; i++) {
        pthread_join(worker[i], &ret);
        wrong = ret ? ret : wrong;
    }
    is_done = true;
    pthread_join(printer, NULL);
    unlink(stream_files[2]);
    for (int i = 0; i < 3; i++) {
        if (fcntl(i, F_GETFD) >= 0) {
            wrong = "a standard stream is left open";
        }
    }
    dup2(saved, 2);
    if (wrong) {
        return broken(wrong, 0);
    }
    return n_astray && broken("went astray", n_astray) ? ASTRAY : 0;
}

void closed_streams_lead_nowhere(void)
{
    Workers runs = { print_and_read, run_often, false, 1 };
    Workers pipes = { print, make_and_read_pipes, false, MOST_WORKERS };
    Workers naive = { print_and_read, make_and_read_pipes, true, 1 };

    if (under_tsan) {
        skip("ThreadSanitizer calls a write to what another closes a race");
        return;
    }
    CU_ASSERT_TRUE(holds(prints_astray, &runs));
    CU_ASSERT_TRUE(holds(prints_astray, &pipes));
    if (!under_emulator && !under_valgrind) {
        CU_ASSERT_TRUE(fails_by(ASTRAY, 60, prints_astray, &naive));
    }
}

/* = Very many = */

enum { MANY = 2000, FIRST_OF_MANY = 10, END_OF_MANY = FIRST_OF_MANY + MANY };

static int passes_many(void *opaque)
{
    PUPPET(argv, "table", "3", "2010");
    const Way way = *(Way *)opaque;
    OsdepPassFd *pass = calloc(MANY + 1, sizeof(*pass));
    TableEntry *got = calloc(END_OF_MANY, sizeof(*got));
    OsdepSpawnOptions options = { .argv = argv,
                                  .pass_fds = pass,
                                  .n_pass_fds = MANY + 1 };
    struct timespec before, after;
    char path[] = "descriptors-XXXXXX";
    int report;

    if (!limit_descriptors_to(2 * MANY)) {
        fprintf(stderr, "no %d descriptors are to be had here", 2 * MANY);
        return SKIPPED;
    }
    if (!choose_way(way)) {
        fprintf(stderr, "%s cannot be had here", way_names[way]);
        return SKIPPED;
    }
    report = mkstemp(path); /* it holds more than a pipe */
    if (!pass || !got || report < 0 || unlink(path) < 0) {
        return broken("no file", errno);
    }
    move_to(report, END_OF_MANY + 1);
    dup2(2, END_OF_MANY + 2);
    qemu_close_all_open_fd(
        (const int[]){ 0, 1, 2, END_OF_MANY + 1, END_OF_MANY + 2 }, 5);
    for (int i = 0; i < MANY; i++) {
        open_number_at(FIRST_OF_MANY + i, i);
        pass[i] = (OsdepPassFd){ FIRST_OF_MANY + i, FIRST_OF_MANY + i };
    }
    random_state = seed;
    for (uint32_t i = MANY - 1; i > 0; i--) { /* a random permutation */
        uint32_t j = random_below(&random_state, i + 1);
        int theirs = pass[i].theirs;

        pass[i].theirs = pass[j].theirs;
        pass[j].theirs = theirs;
    }
    pass[MANY] = (OsdepPassFd){ END_OF_MANY + 1, 3 };
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (osdep_launch(&options) != 0) {
        return broken("it was not started, or could not tell", 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    lseek(END_OF_MANY + 1, 0, SEEK_SET);
    dup2(END_OF_MANY + 1, REPORT_READ);
    read_table(got, END_OF_MANY);
    for (int i = 0; i < MANY; i++) {
        if (got[pass[i].theirs].number != i) {
            dprintf(END_OF_MANY + 2,
                    "descriptor %d is %d, not %d: ", pass[i].theirs,
                    (int)got[pass[i].theirs].number, i);
            return broken("another table", i);
        }
    }
    dprintf(1,
            "# count: %d descriptors, and all that they are told, in %ld us\n",
            MANY,
            (long)(after.tv_sec - before.tv_sec) * 1000000 +
                (after.tv_nsec - before.tv_nsec) / 1000);
    free(pass);
    free(got);
    return 0;
}

void two_thousand_are_passed(void)
{
    seed = random_seed(4711);
    if (under_valgrind) {
        skip("valgrind keeps the limit to itself");
        return;
    }
    fflush(stdout);
    for (Way way = FIRST_CHILD; way < N_WAYS; way++) {
        CU_ASSERT_TRUE(holds(passes_many, &way));
    }
}

/* = The order of moves, by itself = */

enum { N_SMALL = 5, MOST_ORDERED = N_SMALL + N_SMALL / 2 };

/* What is in @table, being @fd in @fd at first, after these moves. */
static void simulate(const OsdepFdMove *moves, unsigned int n, int *table,
                     int n_table)
{
    int spare = -1;

    for (int fd = 0; fd < n_table; fd++) {
        table[fd] = fd;
    }
    for (unsigned int i = 0; i < n; i++) {
        int what =
            moves[i].from == OSDEP_FD_SPARE ? spare : table[moves[i].from];

        if (moves[i].to == OSDEP_FD_SPARE) {
            spare = what;
        } else {
            table[moves[i].to] = what;
        }
    }
}

/* Of each number below N_SMALL: from which one it comes; N_SMALL: it does not. */
static bool order_is_right(const int from[N_SMALL], bool naive)
{
    OsdepWantedMove wanted[N_SMALL] = { 0 };
    OsdepFdMove ordered[MOST_ORDERED];
    unsigned int n = 0, n_ordered;
    int table[N_SMALL];

    for (int to = 0; to < N_SMALL; to++) {
        if (from[to] < N_SMALL) {
            wanted[n].move = (OsdepFdMove){ from[to], to };
            ordered[n] = wanted[n].move;
            n++;
        }
    }
    n_ordered = naive ? n : osdep_order_moves(wanted, n, ordered);
    if (n_ordered > n + n / 2) {
        return false;
    }
    simulate(ordered, n_ordered, table, N_SMALL);
    for (int to = 0; to < N_SMALL; to++) {
        if (from[to] < N_SMALL && table[to] != from[to]) {
            return false;
        }
    }
    return true;
}

void every_small_map_is_ordered(void)
{
    int from[N_SMALL], n_maps = 1, n_wrong = 0, n_naive = 0;

    for (int i = 0; i < N_SMALL; i++) {
        n_maps *= N_SMALL + 1;
    }
    for (int map = 0; map < n_maps; map++) {
        for (int i = 0, rest = map; i < N_SMALL; i++, rest /= N_SMALL + 1) {
            from[i] = rest % (N_SMALL + 1);
        }
        n_wrong += !order_is_right(from, false);
        n_naive += !order_is_right(from, true);
    }
    CHECK_INT(n_wrong, 0);
    CU_ASSERT(n_naive > n_maps / 10);
    printf("# count: %d maps of %d descriptors; %d wrong in ascending order\n",
           n_maps, N_SMALL, n_naive);
}
