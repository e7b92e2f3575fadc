/*
 * A program whose C runtime is not that of the osdep DLL; prints TAP
 *
 * SPDX-License-Identifier: MIT
 *
 * Each C runtime has descriptors of its own.  Descriptor 3 is opened in both, as
 * another file in each; all that is done with descriptors must be about this
 * program's.  The control does the same as osdep 0.1 did: it has the library use
 * the descriptors of its own C runtime.
 *
 *     runtime-win32             run the tests
 *     runtime-win32 copy N      the child: copy descriptor N to stdout
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "osdep/process.h"

#ifdef _UCRT
#define THEIR_RUNTIME L"msvcrt.dll"
#else
#define THEIR_RUNTIME L"ucrtbase.dll"
#endif

#define OUR_FILE "runtime-ours"
#define THEIR_FILE "runtime-theirs"

static char program[MAX_PATH];
static int n_tests, n_failed;

/* The functions of the C runtime of the DLL. */
static struct {
    intptr_t(__cdecl *get_osfhandle)(int fd);
    int(__cdecl *open_osfhandle)(intptr_t handle, int flags);
    int(__cdecl *open)(const char *path, int flags, ...);
    int(__cdecl *close)(int fd);
} theirs;

static void check(bool ok, const char *name)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++n_tests, name);
    n_failed += !ok;
}

static void *their_function(const char *name)
{
    void *function = (void *)GetProcAddress(LoadLibraryW(THEIR_RUNTIME), name);

    if (!function) {
        printf("Bail out! %s is missing\n", name);
        exit(2);
    }
    return function;
}

static void find_their_runtime(void)
{
    *(void **)&theirs.get_osfhandle = their_function("_get_osfhandle");
    *(void **)&theirs.open_osfhandle = their_function("_open_osfhandle");
    *(void **)&theirs.open = their_function("_open");
    *(void **)&theirs.close = their_function("_close");
}

static intptr_t their_get_handle(int fd)
{
    return theirs.get_osfhandle(fd);
}

static int their_open_fd(intptr_t handle, int writable)
{
    return theirs.open_osfhandle(
        handle, _O_BINARY | _O_NOINHERIT | (writable ? _O_WRONLY : _O_RDONLY));
}

static int their_close_fd(int fd)
{
    return theirs.close(fd);
}

/* What osdep 0.1 did: the library's own C runtime. */
static const OsdepRuntime naive = {
    .size = offsetof(OsdepRuntime, begin_write), /* which it had not */
    .get_handle = their_get_handle,
    .open_fd = their_open_fd,
    .close_fd = their_close_fd,
};

static void write_file(const char *path)
{
    FILE *f = fopen(path, "wb");

    fputs(path, f);
    fclose(f);
}

/* Descriptor 3 is one file here and another one there. */
static bool open_threes(void)
{
    int ours = -1, their = -1, fd;

    write_file(OUR_FILE);
    write_file(THEIR_FILE);
    while (ours < 3 && (fd = _open(OUR_FILE, _O_RDONLY | _O_BINARY)) >= 0) {
        ours = fd;
    }
    while (their < 3 && (fd = theirs.open(THEIR_FILE, _O_RDONLY | _O_BINARY |
                                                          _O_NOINHERIT)) >= 0) {
        their = fd;
    }
    return ours == 3 && their == 3;
}

static const char *read_fd(int fd)
{
    static char text[200];
    size_t len = 0;
    int n;

    while ((n = _read(fd, text + len, (unsigned)(sizeof(text) - 1 - len))) >
           0) {
        len += (size_t)n;
    }
    text[len] = '\0';
    return text;
}

/* Start `program copy FD`; NULL with a line about it on failure. */
static OsdepProcess *start_copy(const char *fd, OsdepSpawnOptions options,
                                const OsdepRuntime *runtime)
{
    const char *argv[] = { program, "copy", fd, NULL };
    OsdepProcess *process = NULL;
    Error *err = NULL;

    options.argv = argv;
    options.out = (OsdepStdio){ .kind = OSDEP_STDIO_PIPE };
    _lseek(3, 0, SEEK_SET);
    SetFilePointer((HANDLE)theirs.get_osfhandle(3), 0, NULL, FILE_BEGIN);
    /* Wine cannot always start a program on a machine under load. */
    for (int i = 0; i < 3 && !process; i++) {
        error_free(err);
        err = NULL;
        process = osdep_spawn_sized(&options, sizeof(options), runtime, &err);
        if (err && osdep_error_get_win32(err) != ERROR_INTERNAL_ERROR) {
            break;
        }
    }
    if (!process) {
        printf("# %s\n", error_get_pretty(err));
    }
    error_free(err);
    return process;
}

/* What it copies, read from osdep_process_fd(). */
static const char *copied(const char *fd, OsdepSpawnOptions options,
                          const OsdepRuntime *runtime)
{
    OsdepProcess *process = start_copy(fd, options, runtime);
    const char *text = "";

    if (process) {
        text = read_fd(osdep_process_fd_in(process, 1, runtime));
        osdep_process_wait(process, 30000, NULL, NULL);
    }
    osdep_process_free(process);
    printf("# copied: '%s'\n", text);
    return text;
}

static void test_streams(void)
{
    const OsdepPassFd pass = { 3, 5 };
    const OsdepSpawnOptions stream = {
        .in = { .kind = OSDEP_STDIO_FD, .fd = 3 },
    };
    const OsdepSpawnOptions passed = {
        .in.kind = OSDEP_STDIO_NULL,
        .pass_fds = &pass,
        .n_pass_fds = 1,
    };
    const OsdepSpawnOptions handle = {
        .in = { .kind = OSDEP_STDIO_HANDLE,
                .handle = (void *)_get_osfhandle(3) },
    };

    check(strcmp(copied("0", stream, osdep_runtime()), OUR_FILE) == 0,
          "descriptor 3 as a stream is our file");
    check(strcmp(copied("5", passed, osdep_runtime()), OUR_FILE) == 0,
          "descriptor 3 passed as 5 is our file");
    check(strcmp(copied("0", handle, osdep_runtime()), OUR_FILE) == 0,
          "a handle as a stream is our file");
    check(strcmp(copied("0", stream, &naive), OUR_FILE) != 0,
          "control: osdep_process_fd() of the library's runtime is unreadable");
}

/* The child's output read as a handle, whatever the descriptors are. */
static void test_control_of_streams(void)
{
    const OsdepPassFd pass = { 3, 5 };
    const OsdepSpawnOptions options[] = {
        { .in = { .kind = OSDEP_STDIO_FD, .fd = 3 } },
        { .in.kind = OSDEP_STDIO_NULL, .pass_fds = &pass, .n_pass_fds = 1 },
    };

    for (int i = 0; i < 2; i++) {
        OsdepProcess *process = start_copy(i ? "5" : "0", options[i], &naive);
        char text[100] = "";
        DWORD n = 0;

        if (process) {
            ReadFile(osdep_process_handle(process, 1), text, 99, &n, NULL);
            osdep_process_wait(process, 30000, NULL, NULL);
        }
        osdep_process_free(process);
        printf("# copied: '%s'\n", text);
        check(strcmp(text, THEIR_FILE) == 0,
              i ? "control: descriptor 3 passed is the library's file"
                : "control: descriptor 3 as a stream is the library's file");
    }
}

static void test_pipes_of_a_process(void)
{
    OsdepProcess *process =
        start_copy("0", (OsdepSpawnOptions){ .in.kind = OSDEP_STDIO_PIPE },
                   osdep_runtime());
    int in, out;

    if (!process) {
        check(false, "a process with pipes");
        return;
    }
    in = osdep_process_take_fd(process, 0);
    out = osdep_process_fd(process, 1);
    check(_write(in, "hello", 5) == 5 && _close(in) == 0,
          "a taken descriptor can be written to and closed");
    check(strcmp(read_fd(out), "hello") == 0, "it arrives, and its end");
    check(osdep_process_fd(process, 0) == -1, "it is not there any more");
    errno = 0;
    check(osdep_process_fd_in(process, 1, &naive) == -1,
          "a descriptor of ours is none of theirs");
    osdep_process_wait(process, 30000, NULL, NULL);
    osdep_process_free(process);
    check(osdep_runtime()->get_handle(out) == -1,
          "osdep_process_free() closes our descriptor");
}

static void test_run(void)
{
    const char *argv[] = { program, "copy", "0", NULL };
    const OsdepSpawnOptions spawn = {
        .argv = argv,
        .in = { .kind = OSDEP_STDIO_FD, .fd = 3 },
    };
    OsdepRunResult result = { 0 };
    bool ran = false;

    for (int i = 0; i < 3 && !ran; i++) {
        _lseek(3, 0, SEEK_SET);
        ran = osdep_run(&spawn, NULL, &result, &error_warn);
    }
    check(ran && strcmp(result.out, OUR_FILE) == 0,
          "osdep_run() with descriptor 3 as stdin reads our file");
    osdep_run_result_clear(&result);
}

static void test_refusals(void)
{
    const char *argv[] = { program, NULL };
    const OsdepPassFd pass = { 3, 5 }, bad = { 77, 5 };
    OsdepSpawnOptions options = { .argv = argv,
                                  .in = { .kind = OSDEP_STDIO_FD, .fd = 3 } };
    Error *err = NULL;
    int fds[2] = { -5, -6 };

    check(!osdep_spawn_sized(&options, sizeof(options), NULL, &err) &&
              osdep_error_get_errno(err) == EINVAL &&
              strstr(error_get_pretty(err), "in: descriptor 3 belongs to a C "
                                            "runtime that the library was "
                                            "not told"),
          "without a runtime a stream is refused");
    error_free(err);
    err = NULL;
    options =
        (OsdepSpawnOptions){ .argv = argv, .pass_fds = &pass, .n_pass_fds = 1 };
    check(!osdep_spawn_sized(&options, sizeof(options), NULL, &err) &&
              osdep_error_get_errno(err) == EINVAL &&
              strstr(error_get_pretty(err), "pass_fds[0]: descriptor 3 "
                                            "belongs to a C runtime"),
          "without a runtime pass_fds is refused");
    error_free(err);
    err = NULL;
    check(!osdep_pipe_in(fds, NULL, &err) && fds[0] == -5 &&
              osdep_error_get_errno(err) == EINVAL,
          "without a runtime osdep_pipe() is refused");
    error_free(err);
    err = NULL;
    /* The Universal CRT would end a program that asks it of 77. */
    options.pass_fds = &bad;
    check(!osdep_spawn(&options, &err) && osdep_error_get_errno(err) == EBADF &&
              strstr(error_get_pretty(err),
                     "pass_fds[0]: descriptor 77 is not open"),
          "a descriptor that is not open is refused");
    error_free(err);
}

static bool is_inheritable(int fd)
{
    DWORD flags = 0;

    GetHandleInformation((HANDLE)_get_osfhandle(fd), &flags);
    return flags & HANDLE_FLAG_INHERIT;
}

static void test_fds(void)
{
    char text[6] = "";
    int fds[2] = { -1, -1 }, fd = _dup(3), others[3], n = 0;
    int skip[] = { 0, 1, 2, 3 };

    check(osdep_pipe(fds, NULL) && _write(fds[1], "a\nb\r\n", 5) == 5 &&
              _read(fds[0], text, 5) == 5 && strcmp(text, "a\nb\r\n") == 0,
          "osdep_pipe() carries bytes");
    _close(fds[0]);
    _close(fds[1]);
    check(is_inheritable(fd), "a descriptor of _dup() is inheritable");
    osdep_set_cloexec(fd);
    check(!is_inheritable(fd), "osdep_set_cloexec() is about our descriptor");
    while (n < 3) {
        others[n++] = theirs.open(THEIR_FILE, _O_RDONLY);
    }
    errno = EDOM;
    osdep_close_all_open_fd(skip, 4);
    check(errno == EDOM, "osdep_close_all_open_fd() leaves errno alone");
    check(osdep_runtime()->get_handle(fd) == -1 &&
              osdep_runtime()->get_handle(3) != -1,
          "osdep_close_all_open_fd() closes our descriptors but those skipped");
    check(theirs.get_osfhandle(others[2]) != -1 && others[2] > 3,
          "osdep_close_all_open_fd() leaves those of the library open");
    while (n > 0) {
        theirs.close(others[--n]);
    }
}

static void test_errnos(void)
{
    errno = 0;
    check(qemu_fork(NULL) == -1 && errno == ENOSYS, "errno of qemu_fork()");
    errno = 0;
    check(!qemu_anon_ram_alloc(0, NULL, false, false) && errno == EINVAL,
          "errno of qemu_anon_ram_alloc()");
    errno = 0;
    check(!qemu_try_memalign(3, 1) && errno == EINVAL,
          "errno of qemu_try_memalign()");
    errno = 0;
    check(qemu_madvise(program, 1, QEMU_MADV_INVALID) == -1 && errno == EINVAL,
          "errno of qemu_madvise()");
}

static int copy(int fd)
{
    char text[200];
    int n;

    _setmode(1, _O_BINARY);
    _setmode(fd, _O_BINARY);
    while ((n = _read(fd, text, sizeof(text))) > 0) {
        _write(1, text, (unsigned)n);
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "copy") == 0) {
        return copy(atoi(argv[2]));
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    GetModuleFileNameA(NULL, program, sizeof(program));
    find_their_runtime();
    check(open_threes(), "descriptor 3 is another file in each C runtime");
    test_streams();
    test_control_of_streams();
    test_pipes_of_a_process();
    test_run();
    test_refusals();
    test_fds();
    test_errnos();
    printf("1..%d\n", n_tests);
    _close(3);
    theirs.close(3);
    _unlink(OUR_FILE);
    _unlink(THEIR_FILE);
    return n_failed ? 1 : 0;
}
