/*
 * Starting a process on Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * Only the handles that are named in a PROC_THREAD_ATTRIBUTE_HANDLE_LIST are
 * inherited.  They have to be inheritable, too; so they are duplicates of our
 * own, and the caller's are left as they are.
 */
#include "osdep/osdep.h"

#include <fcntl.h>
#include <io.h>

#include "util/cmdline-win32.h"
#include "util/fd-win32.h"
#include "util/process-os.h"
#include "util/process-win32.h"

enum {
    PIPE_SIZE = 65536,
    /* What CreateProcessW() is given to hand on is counted in 16 bits. */
    MAX_KEPT = (UINT16_MAX - (int)sizeof(int)) / (1 + (int)sizeof(HANDLE)),
};

static const char *const stream_names[] = { "in", "out", "err" };

/* All that CreateProcessW() is given. */
typedef struct Plan {
    const OsdepSpawnOptions *options;
    const char *name; /* of the program, for messages */
    WCHAR *cwd;
    WCHAR *environment;
    WCHAR *path; /* what is in PATH, NULL if it does not exist */
    WCHAR *program;
    WCHAR *command;
    HANDLE streams[3]; /* INVALID_HANDLE_VALUE: none */
    HANDLE *kept;      /* by descriptor, NULL for those that are not kept */
    size_t n_kept;
    HANDLE *inherited; /* all of these, each once */
    size_t n_inherited;
    BYTE *reserved; /* for the child's C runtime */
    size_t reserved_size;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
} Plan;

bool osdep_fd_is_open(int fd)
{
    return osdep_fd_handle(fd) != NULL;
}

bool osdep_spawn_check_os(const OsdepSpawnOptions *options, Error **errp)
{
    if (options->n_ignore_signals) {
        error_setg_errno(errp, EINVAL,
                         "ignore_signals: Windows has no signals to ignore");
        return false;
    }
    for (size_t i = 0; i < options->n_keep_fds; i++) {
        if (options->keep_fds[i] >= MAX_KEPT) {
            error_setg_errno(errp, EINVAL,
                             "keep_fds[%zu]: descriptor %d cannot be handed "
                             "on, the limit is %d",
                             i, options->keep_fds[i], MAX_KEPT - 1);
            return false;
        }
    }
    return true;
}

static bool no_memory(const Plan *plan, Error **errp)
{
    error_setg_errno(errp, ENOMEM, "cannot prepare to execute '%s'",
                     plan->name);
    return false;
}

static bool cannot_prepare(const Plan *plan, DWORD error, Error **errp)
{
    error_setg_win32(errp, (int)error, "cannot prepare to execute '%s'",
                     plan->name);
    return false;
}

static void set_cannot_execute(const Plan *plan, DWORD error, Error **errp)
{
    if (plan->options->cannot_execute) {
        *plan->options->cannot_execute = true;
    }
    error_setg_win32(errp, (int)error, "cannot execute '%s'", plan->name);
}

static void set_cannot_change_directory(const Plan *plan, DWORD error,
                                        Error **errp)
{
    error_setg_win32(errp, (int)error, "cannot change directory to '%s'",
                     plan->options->cwd);
}

/*
 * The working directory.  CreateProcessW() would say the same of a missing one
 * as of a missing program.
 */
static bool plan_cwd(Plan *plan, Error **errp)
{
    const char *cwd = plan->options->cwd;
    DWORD attributes, error;
    WCHAR *wide;

    if (!cwd) {
        return true;
    }
    if (!*cwd) {
        set_cannot_change_directory(plan, ERROR_PATH_NOT_FOUND, errp);
        return false;
    }
    wide = osdep_utf16(errp, cwd, "cwd");
    if (!wide) {
        return false;
    }
    plan->cwd = osdep_full_path(NULL, wide, &error);
    free(wide);
    if (plan->cwd) {
        attributes = GetFileAttributesW(plan->cwd);
        if (attributes == INVALID_FILE_ATTRIBUTES) {
            error = GetLastError();
        } else if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            error = ERROR_DIRECTORY;
        } else {
            return true;
        }
    } else if (error == ERROR_NOT_ENOUGH_MEMORY) {
        return no_memory(plan, errp);
    }
    set_cannot_change_directory(plan, error, errp);
    return false;
}

static bool plan_environment(Plan *plan, Error **errp)
{
    const char *const *env = plan->options->env;

    if (env) {
        plan->environment = osdep_environment(env, &plan->path, errp);
    }
    return !env || plan->environment;
}

static bool plan_program(Plan *plan, Error **errp)
{
    bool searched = !plan->options->program;
    DWORD error = ERROR_SUCCESS;
    WCHAR *name;

    name = osdep_utf16(errp, plan->name, searched ? "argv[0]" : "program");
    if (!name) {
        return false;
    }
    if (searched && !plan->path) {
        plan->path = osdep_getenv(L"PATH", &error);
        if (!plan->path && error != ERROR_ENVVAR_NOT_FOUND) {
            free(name);
            return error == ERROR_NOT_ENOUGH_MEMORY
                       ? no_memory(plan, errp)
                       : cannot_prepare(plan, error, errp);
        }
    }
    plan->program =
        osdep_find_program(name, searched, plan->path, plan->cwd, &error);
    free(name);
    if (plan->program) {
        return true;
    }
    if (error == ERROR_NOT_ENOUGH_MEMORY) {
        return no_memory(plan, errp);
    }
    set_cannot_execute(plan, error, errp);
    return false;
}

/* The program in UTF-8, to be freed; NULL with @errp set. */
static char *program_utf8(const Plan *plan, Error **errp)
{
    int size =
        WideCharToMultiByte(CP_UTF8, 0, plan->program, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    DWORD error;

    if (text && WideCharToMultiByte(CP_UTF8, 0, plan->program, -1, text, size,
                                    NULL, NULL)) {
        return text;
    }
    error = GetLastError();
    if (size > 0 && !text) {
        no_memory(plan, errp);
    } else {
        cannot_prepare(plan, error, errp);
    }
    free(text);
    return NULL;
}

static bool plan_command(Plan *plan, Error **errp)
{
    const char *const *argv = plan->options->argv;
    char *program, *line;
    bool ok = true;

    for (size_t i = 0; ok && argv[i]; i++) {
        WCHAR *checked = osdep_utf16(errp, argv[i], "argv[%zu]", i);

        ok = checked != NULL;
        free(checked);
    }
    if (!ok) {
        return false;
    }
    program = program_utf8(plan, errp);
    if (!program) {
        return false;
    }
    if (osdep_is_batch_file(program) && plan->cwd && plan->cwd[0] == L'\\' &&
        plan->cwd[1] == L'\\') {
        /* It would say so, and go on in the Windows directory. */
        error_setg_errno(errp, EINVAL,
                         "cwd: cmd.exe cannot run '%s' in '%s', which has no "
                         "drive",
                         plan->name, plan->options->cwd);
        free(program);
        return false;
    }
    line = osdep_is_batch_file(program)
               ? osdep_batch_cmdline(program, argv, errp)
               : osdep_cmdline(argv, errp);
    free(program);
    if (line) {
        plan->command = osdep_utf16(errp, line, "command line");
        free(line);
    }
    return plan->command != NULL;
}

/* A duplicate of @handle that can be inherited; NULL with GetLastError(). */
static HANDLE inheritable(HANDLE handle)
{
    HANDLE duplicate;

    return DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(),
                           &duplicate, 0, TRUE, DUPLICATE_SAME_ACCESS)
               ? duplicate
               : NULL;
}

/*
 * Our standard stream @i; the child has none either if that is not there.  False
 * with @errp set if it cannot be handed on.
 */
static bool plan_inherited_stream(Plan *plan, int i, Error **errp)
{
    static const DWORD ids[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
                                 STD_ERROR_HANDLE };
    HANDLE handle = osdep_fd_handle(i);

    if (!handle) {
        handle = GetStdHandle(ids[i]);
    }
    /* The pseudo handle of the process itself is INVALID_HANDLE_VALUE, too. */
    if (!handle || handle == INVALID_HANDLE_VALUE) {
        return true;
    }
    handle = inheritable(handle);
    if (handle) {
        plan->streams[i] = handle;
        return true;
    }
    /* What a program that was started without a stream may have for one. */
    if (GetLastError() == ERROR_INVALID_HANDLE) {
        return true;
    }
    error_setg_win32(errp, (int)GetLastError(),
                     "%s: cannot hand on our own stream", stream_names[i]);
    return false;
}

static HANDLE open_file(const char *what, const char *path, OsdepFileMode mode,
                        Error **errp)
{
    static const struct {
        DWORD access, disposition;
    } modes[] = {
        [OSDEP_FILE_READ] = { GENERIC_READ, OPEN_EXISTING },
        [OSDEP_FILE_TRUNCATE] = { GENERIC_WRITE, CREATE_ALWAYS },
        [OSDEP_FILE_APPEND] = { FILE_APPEND_DATA, OPEN_ALWAYS },
    };
    SECURITY_ATTRIBUTES inherit = { .nLength = sizeof(inherit),
                                    .bInheritHandle = TRUE };
    WCHAR *wide = osdep_utf16(errp, path, "%s", what);
    HANDLE handle;

    if (!wide) {
        return INVALID_HANDLE_VALUE;
    }
    handle = CreateFileW(wide, modes[mode].access,
                         FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                         &inherit, modes[mode].disposition,
                         FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        error_setg_win32(errp, (int)GetLastError(), "Could not open '%s'",
                         path);
    }
    free(wide);
    return handle;
}

/* A pipe, @ends[0] to read from; neither end can be inherited. */
static bool plain_pipe(HANDLE ends[2])
{
    return CreatePipe(&ends[0], &ends[1], NULL, PIPE_SIZE);
}

/*
 * The same, with an end @ours that knows overlapped operations; those of
 * CreatePipe() do not, so it has a name, which nobody else can have used.
 */
static bool overlapped_pipe(HANDLE ends[2], int ours)
{
    static _Atomic unsigned int counter;
    LARGE_INTEGER now;
    WCHAR name[100];

    QueryPerformanceCounter(&now);
    swprintf(name, sizeof(name) / sizeof(name[0]),
             L"\\\\.\\pipe\\osdep-%lx-%x-%llx", GetCurrentProcessId(),
             counter++, (unsigned long long)now.QuadPart);
    ends[ours] = CreateNamedPipeW(
        name,
        (ours == 0 ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) |
            FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_SIZE,
        PIPE_SIZE, 0, NULL);
    if (ends[ours] == INVALID_HANDLE_VALUE) {
        return false;
    }
    ends[!ours] = CreateFileW(name,
                              ours == 0 ? GENERIC_WRITE | FILE_READ_ATTRIBUTES
                                        : GENERIC_READ | FILE_WRITE_ATTRIBUTES,
                              0, NULL, OPEN_EXISTING, 0, NULL);
    if (ends[!ours] == INVALID_HANDLE_VALUE) {
        DWORD error = GetLastError();

        CloseHandle(ends[ours]);
        SetLastError(error);
        return false;
    }
    return true;
}

static bool open_pipe(OsdepProcess *process, int i, bool for_run,
                      HANDLE *childs, Error **errp)
{
    int ours = i == 0 ? 1 : 0; /* We write to the child's stream 0. */
    HANDLE ends[2];
    int fd;

    if (!(for_run ? overlapped_pipe(ends, ours) : plain_pipe(ends))) {
        error_setg_win32(errp, (int)GetLastError(), "%s: cannot create a pipe",
                         stream_names[i]);
        return false;
    }
    *childs = ends[!ours];
    if (!SetHandleInformation(*childs, HANDLE_FLAG_INHERIT,
                              HANDLE_FLAG_INHERIT)) {
        error_setg_win32(errp, (int)GetLastError(), "%s: cannot hand on a pipe",
                         stream_names[i]);
        CloseHandle(ends[ours]);
        return false;
    }
    if (for_run) {
        process->pipes[i] = ends[ours];
        return true;
    }
    fd = _open_osfhandle((intptr_t)ends[ours],
                         _O_BINARY | _O_NOINHERIT |
                             (ours ? _O_WRONLY : _O_RDONLY));
    if (fd < 0) {
        /* The only reason; Wine's C runtime says ENFILE. */
        error_setg_errno(errp, EMFILE, "%s: cannot open a descriptor",
                         stream_names[i]);
        CloseHandle(ends[ours]);
        return false;
    }
    process->fds[i] = fd;
    return true;
}

static const OsdepStdio *stream_options(const OsdepSpawnOptions *options, int i)
{
    return i == 0 ? &options->in : i == 1 ? &options->out : &options->err;
}

static bool plan_stream(Plan *plan, OsdepProcess *process, int i, bool for_run,
                        Error **errp)
{
    const OsdepStdio *stdio = stream_options(plan->options, i);
    HANDLE *handle = &plan->streams[i];

    switch (stdio->kind) {
    case OSDEP_STDIO_INHERIT:
        return true; /* done already */
    case OSDEP_STDIO_NULL:
        *handle = open_file(stream_names[i], "NUL",
                            i ? OSDEP_FILE_TRUNCATE : OSDEP_FILE_READ, errp);
        return *handle != INVALID_HANDLE_VALUE;
    case OSDEP_STDIO_PIPE:
        return open_pipe(process, i, for_run, handle, errp);
    case OSDEP_STDIO_FD:
        *handle = inheritable(osdep_fd_handle(stdio->fd));
        if (!*handle) {
            error_setg_win32(errp, (int)GetLastError(),
                             "%s: cannot hand on descriptor %d",
                             stream_names[i], stdio->fd);
        }
        return *handle != NULL;
    case OSDEP_STDIO_FILE:
        *handle = open_file(stream_names[i], stdio->path, stdio->mode, errp);
        return *handle != INVALID_HANDLE_VALUE;
    case OSDEP_STDIO_STDOUT:
        *handle = plan->streams[1];
        return true;
    }
    return false;
}

static bool plan_streams(Plan *plan, OsdepProcess *process, bool for_run,
                         Error **errp)
{
    /*
     * First, since a descriptor that we open for a pipe may get the number of a
     * stream of ours that is closed.
     */
    for (int i = 0; i < 3; i++) {
        if (stream_options(plan->options, i)->kind == OSDEP_STDIO_INHERIT &&
            !plan_inherited_stream(plan, i, errp)) {
            return false;
        }
    }
    for (int i = 0; i < 3; i++) {
        if (!plan_stream(plan, process, i, for_run, errp)) {
            return false;
        }
    }
    return true;
}

/*
 * What Microsoft's C runtime gives its child in lpReserved2 when a program
 * calls _spawnv(), and takes from there at its start: an int, how many
 * descriptors; a byte for each with its flags; a HANDLE for each, not aligned.
 * (The sources of the Universal CRT, exec/spawnv.cpp and lowio/ioinit.cpp, come
 * with the Windows SDK.)  0, 1 and 2 are left out: they are standard handles.
 */
static bool plan_reserved(Plan *plan, Error **errp)
{
    enum { FOPEN = 0x01, FPIPE = 0x08, FDEV = 0x40 };
    int n = (int)plan->n_kept;
    BYTE *flags, *handles;

    plan->reserved_size = sizeof(n) + plan->n_kept * (1 + sizeof(HANDLE));
    plan->reserved = calloc(1, plan->reserved_size);
    if (!plan->reserved) {
        return no_memory(plan, errp);
    }
    memcpy(plan->reserved, &n, sizeof(n));
    flags = plan->reserved + sizeof(n);
    handles = flags + n;
    for (int fd = 0; fd < n; fd++) {
        HANDLE handle = plan->kept[fd] ? plan->kept[fd] : INVALID_HANDLE_VALUE;

        if (plan->kept[fd]) {
            DWORD type = GetFileType(handle);

            flags[fd] = (BYTE)(FOPEN | (type == FILE_TYPE_PIPE   ? FPIPE
                                        : type == FILE_TYPE_CHAR ? FDEV
                                                                 : 0));
        }
        memcpy(handles + (size_t)fd * sizeof(handle), &handle, sizeof(handle));
    }
    return true;
}

static bool plan_kept(Plan *plan, Error **errp)
{
    const OsdepSpawnOptions *options = plan->options;

    for (size_t i = 0; i < options->n_keep_fds; i++) {
        if (options->keep_fds[i] >= (int)plan->n_kept) {
            plan->n_kept = (size_t)options->keep_fds[i] + 1;
        }
    }
    if (plan->n_kept <= 3) {
        plan->n_kept = 0; /* None but standard streams, which are inherited. */
        return true;
    }
    plan->kept = calloc(plan->n_kept, sizeof(*plan->kept));
    if (!plan->kept) {
        return no_memory(plan, errp);
    }
    for (size_t i = 0; i < options->n_keep_fds; i++) {
        int fd = options->keep_fds[i];

        if (fd <= 2 || plan->kept[fd]) {
            continue;
        }
        plan->kept[fd] = inheritable(osdep_fd_handle(fd));
        if (!plan->kept[fd]) {
            error_setg_win32(errp, (int)GetLastError(),
                             "keep_fds[%zu]: cannot hand on descriptor %d", i,
                             fd);
            return false;
        }
    }
    return plan_reserved(plan, errp);
}

/* The handles of the plan, each once: CreateProcessW() refuses doubles. */
static bool plan_inherited(Plan *plan, Error **errp)
{
    plan->inherited = calloc(3 + plan->n_kept, sizeof(HANDLE));
    if (!plan->inherited) {
        return no_memory(plan, errp);
    }
    for (int i = 0; i < 3; i++) {
        if (plan->streams[i] != INVALID_HANDLE_VALUE &&
            !(i == 2 && plan->streams[2] == plan->streams[1])) {
            plan->inherited[plan->n_inherited++] = plan->streams[i];
        }
    }
    for (size_t fd = 0; fd < plan->n_kept; fd++) {
        if (plan->kept[fd]) {
            plan->inherited[plan->n_inherited++] = plan->kept[fd];
        }
    }
    return true;
}

static bool plan_job(const Plan *plan, OsdepProcess *process, Error **errp)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    };
    unsigned int flags = plan->options->flags;

    if (!(flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION |
                   OSDEP_SPAWN_DIE_WITH_PARENT))) {
        return true;
    }
    process->job = CreateJobObjectW(NULL, NULL);
    if (!process->job) {
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot create a job object for '%s'", plan->name);
        return false;
    }
    if ((flags & OSDEP_SPAWN_DIE_WITH_PARENT) &&
        !SetInformationJobObject(process->job,
                                 JobObjectExtendedLimitInformation, &limits,
                                 sizeof(limits))) {
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot have '%s' die with its parent", plan->name);
        return false;
    }
    return true;
}

/*
 * The process starts in its job (Windows 10 and later).  To start it suspended
 * and assign it then would leave it behind, suspended, if we died in between.
 */
static bool plan_attributes(Plan *plan, OsdepProcess *process, Error **errp)
{
    bool all = plan->options->flags & OSDEP_SPAWN_INHERIT_FDS;
    SIZE_T size = 0;

    /* It says how much it needs, in the form of an error. */
    if (!InitializeProcThreadAttributeList(NULL, 2, 0, &size) &&
        GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
        return cannot_prepare(plan, GetLastError(), errp);
    }
    plan->attributes = malloc(size);
    if (!plan->attributes) {
        return no_memory(plan, errp);
    }
    if (!InitializeProcThreadAttributeList(plan->attributes, 2, 0, &size)) {
        cannot_prepare(plan, GetLastError(), errp);
        free(plan->attributes);
        plan->attributes = NULL;
        return false;
    }
    if ((plan->n_inherited && !all &&
         !UpdateProcThreadAttribute(
             plan->attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
             plan->inherited, plan->n_inherited * sizeof(HANDLE), NULL,
             NULL)) ||
        (process->job &&
         !UpdateProcThreadAttribute(
             plan->attributes, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &process->job,
             sizeof(process->job), NULL, NULL))) {
        return cannot_prepare(plan, GetLastError(), errp);
    }
    return true;
}

/* Is @error of CreateProcessW() about us and not about the program? */
static bool is_our_failure(DWORD error)
{
    switch (error) {
    case ERROR_INVALID_HANDLE:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NOT_SUPPORTED:
    case ERROR_INVALID_PARAMETER:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NOT_ENOUGH_QUOTA:
        return true;
    default:
        return false;
    }
}

static bool create_process(const Plan *plan, OsdepProcess *process,
                           Error **errp)
{
    unsigned int flags = plan->options->flags;
    STARTUPINFOEXW startup = {
        .StartupInfo = {
            .cb = sizeof(startup),
            .dwFlags = STARTF_USESTDHANDLES,
            .hStdInput = plan->streams[0],
            .hStdOutput = plan->streams[1],
            .hStdError = plan->streams[2],
            .cbReserved2 = (WORD)plan->reserved_size,
            .lpReserved2 = plan->reserved,
        },
        .lpAttributeList = plan->attributes,
    };
    DWORD creation = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT;
    PROCESS_INFORMATION info;
    DWORD error;

    if (flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION)) {
        creation |= CREATE_NEW_PROCESS_GROUP;
    }
    if (flags & OSDEP_SPAWN_NEW_SESSION) {
        creation |= DETACHED_PROCESS;
    }
    if (flags & OSDEP_SPAWN_HIDE_WINDOW) {
        startup.StartupInfo.dwFlags |= STARTF_USESHOWWINDOW;
        startup.StartupInfo.wShowWindow = SW_HIDE;
        if (!(creation & DETACHED_PROCESS)) {
            creation |= CREATE_NO_WINDOW;
        }
    }
    if (CreateProcessW(plan->program, plan->command, NULL, NULL,
                       plan->n_inherited || (flags & OSDEP_SPAWN_INHERIT_FDS),
                       creation, plan->environment, plan->cwd,
                       &startup.StartupInfo, &info)) {
        CloseHandle(info.hThread);
        process->handle = info.hProcess;
        process->pid = info.dwProcessId;
        return true;
    }
    error = GetLastError();
    if (error == ERROR_DIRECTORY && plan->cwd) {
        set_cannot_change_directory(plan, error, errp);
    } else if (is_our_failure(error)) {
        error_setg_win32(errp, (int)error, "cannot create a process for '%s'",
                         plan->name);
    } else {
        set_cannot_execute(plan, error, errp);
    }
    return false;
}

static void plan_clear(Plan *plan)
{
    for (int i = 0; i < 3; i++) {
        /* NULL: one that could not be duplicated */
        if (plan->streams[i] && plan->streams[i] != INVALID_HANDLE_VALUE &&
            !(i == 2 && plan->streams[2] == plan->streams[1])) {
            CloseHandle(plan->streams[i]);
        }
    }
    for (size_t fd = 0; plan->kept && fd < plan->n_kept; fd++) {
        if (plan->kept[fd]) {
            CloseHandle(plan->kept[fd]);
        }
    }
    if (plan->attributes) {
        DeleteProcThreadAttributeList(plan->attributes);
    }
    free(plan->attributes);
    free(plan->reserved);
    free(plan->inherited);
    free(plan->kept);
    free(plan->command);
    free(plan->program);
    free(plan->path);
    free(plan->environment);
    free(plan->cwd);
}

OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options, bool for_run,
                             Error **errp)
{
    Plan plan = {
        .options = options,
        .name = options->program ? options->program : options->argv[0],
        .streams = { INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE,
                     INVALID_HANDLE_VALUE },
    };
    OsdepProcess *process = calloc(1, sizeof(*process));
    bool ok;

    if (!process) {
        no_memory(&plan, errp);
        return NULL;
    }
    process->flags = options->flags;
    process->fds[0] = process->fds[1] = process->fds[2] = -1;
    ok = plan_cwd(&plan, errp) && plan_environment(&plan, errp) &&
         plan_program(&plan, errp) && plan_command(&plan, errp) &&
         plan_streams(&plan, process, for_run, errp) &&
         plan_kept(&plan, errp) && plan_inherited(&plan, errp) &&
         plan_job(&plan, process, errp) &&
         plan_attributes(&plan, process, errp) &&
         create_process(&plan, process, errp);
    plan_clear(&plan);
    if (!ok) {
        osdep_process_free(process);
        process = NULL;
    }
    return process;
}
