/*
 * Starting a process on Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * Only the handles that are named in a PROC_THREAD_ATTRIBUTE_HANDLE_LIST are
 * inherited.  They have to be inheritable, too; so they are duplicates of our
 * own, and the caller's are left as they are.  They become inheritable just
 * before CreateProcessW() and are closed just after it, under start_lock.  The
 * runtime's begin_write() makes one that is inheritable from the start: it is
 * called under start_lock, too.
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include "util/osdep-cmdline-win32.h"
#include "util/osdep-fd-win32.h"
#include "util/osdep-process-os.h"
#include "util/osdep-process-win32.h"

enum {
    PIPE_SIZE = 65536,
    /* How often to try another name for a pipe, if one is taken. */
    PIPE_TRIES = 8,
    /* A current directory has fewer units, with its "\\" (CreateProcessW). */
    MAX_CWD = MAX_PATH - 2,
    /* STARTUPINFO has 16 bits for the size of what plan_reserved() makes. */
    MAX_PASSED = (UINT16_MAX - (int)sizeof(int)) / (1 + (int)sizeof(HANDLE)),
};

static const char *const std_names[] = { "in", "out", "err" };

/*
 * Held while handles of ours are inheritable: shared by starts that have a list
 * of handles, alone by those that inherit everything (OSDEP_SPAWN_INHERIT_FDS).
 */
static SRWLOCK start_lock = SRWLOCK_INIT;

/* The arguments of CreateProcessW(). */
typedef struct Plan {
    const OsdepSpawnOptions *options;
    const OsdepRuntime *runtime;
    const char *name; /* of the program, for messages */
    WCHAR *cwd;
    WCHAR *environment;
    WCHAR *path; /* the value of PATH; NULL: there is none */
    WCHAR *program;
    bool is_batch_file;
    WCHAR *command;
    HANDLE streams[3]; /* NULL: none */
    HANDLE *passed;    /* by the child's descriptor; NULL: none */
    size_t n_passed;
    HANDLE *inherited; /* all of these, each once */
    size_t n_inherited;
    BYTE *reserved; /* for the child's C runtime */
    size_t reserved_size;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
} Plan;

bool osdep_spawn_check_fd(const char *what, int fd, const OsdepRuntime *runtime,
                          OsdepError **errp)
{
    if (!runtime) {
        osdep_error_setg_errno(errp, EINVAL,
                               "%s: descriptor %d belongs to a C runtime that "
                               "the library was not told: use "
                               "OSDEP_STDIO_HANDLE",
                               what, fd);
        return false;
    }
    if (!osdep_fd_handle(fd, runtime)) {
        osdep_error_setg_errno(errp, EBADF, "%s: descriptor %d is not open",
                               what, fd);
        return false;
    }
    return true;
}

/*
 * NULL is no handle, and -1 to -6 are none of a stream: they stand for the process
 * itself and its kin (GetCurrentProcess()).
 */
static bool is_real_handle(HANDLE handle)
{
    return (intptr_t)handle > 0;
}

static void handle_is_not_open(const char *what, HANDLE handle,
                               OsdepError **errp)
{
    osdep_error_setg_errno(errp, EBADF, "%s: handle 0x%llx is not open", what,
                           (unsigned long long)(uintptr_t)handle);
}

/* The rest, whether it is open, DuplicateHandle() finds out. */
bool osdep_spawn_check_handle(const char *what, void *handle, OsdepError **errp)
{
    if (!is_real_handle(handle)) {
        handle_is_not_open(what, handle, errp);
        return false;
    }
    return true;
}

bool osdep_spawn_check_os(const OsdepSpawnOptions *options, OsdepError **errp)
{
    uint8_t seen[MAX_PASSED / 8 + 1] = { 0 }; /* a bit for each of theirs */

    if (options->n_ignore_signals) {
        osdep_error_setg_errno(errp, EINVAL,
                               "ignore_signals: Windows has no signals to "
                               "ignore");
        return false;
    }
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        int theirs = options->pass_fds[i].theirs;

        if (theirs >= MAX_PASSED) {
            osdep_error_setg_errno(errp, EINVAL,
                                   "pass_fds[%zu]: the child cannot have "
                                   "descriptor %d, the limit is %d",
                                   i, theirs, MAX_PASSED - 1);
            return false;
        }
        if (seen[theirs / 8] & 1 << theirs % 8) {
            osdep_error_setg_errno(errp, EINVAL,
                                   "pass_fds[%zu]: the child's descriptor %d "
                                   "is there twice",
                                   i, theirs);
            return false;
        }
        seen[theirs / 8] |= (uint8_t)(1 << theirs % 8);
    }
    return true;
}

static bool no_memory(const Plan *plan, OsdepError **errp)
{
    osdep_error_setg_errno(errp, ENOMEM, "cannot prepare to execute '%s'",
                           plan->name);
    return osdep_failed_at(errp, OSDEP_STEP_PREPARE);
}

static bool cannot_prepare(const Plan *plan, DWORD error, OsdepError **errp)
{
    osdep_error_setg_win32(errp, (int)error, "cannot prepare to execute '%s'",
                           plan->name);
    return osdep_failed_at(errp, OSDEP_STEP_PREPARE);
}

static bool cannot_execute(const Plan *plan, DWORD error, OsdepError **errp)
{
    osdep_error_setg_win32(errp, (int)error, "cannot execute '%s'", plan->name);
    return osdep_failed_at(errp, OSDEP_STEP_EXECUTE);
}

static bool cannot_change_directory(const Plan *plan, DWORD error,
                                    OsdepError **errp)
{
    osdep_error_setg_win32(errp, (int)error, "cannot change directory to '%s'",
                           plan->options->cwd);
    return osdep_failed_at(errp, OSDEP_STEP_DIRECTORY);
}

/*
 * The working directory.  The errors of CreateProcessW() do not tell a missing
 * directory from a missing program.
 */
static bool plan_cwd(Plan *plan, OsdepError **errp)
{
    const char *cwd = plan->options->cwd;
    DWORD attributes, error;
    WCHAR *wide;

    if (!cwd) {
        return true;
    }
    if (!*cwd) {
        return cannot_change_directory(plan, ERROR_PATH_NOT_FOUND, errp);
    }
    wide = osdep_utf16(errp, cwd, "cwd");
    if (!wide) {
        return false;
    }
    plan->cwd = osdep_full_path(NULL, wide, &error);
    free(wide);
    if (plan->cwd && wcslen(plan->cwd) > MAX_CWD) {
        error = ERROR_FILENAME_EXCED_RANGE; /* also as "\\\\?\\..." */
    } else if (plan->cwd) {
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
    return cannot_change_directory(plan, error, errp);
}

static bool plan_environment(Plan *plan, OsdepError **errp)
{
    const char *const *env = plan->options->env;

    if (env) {
        plan->environment = osdep_environment(env, &plan->path, errp);
    }
    return !env || plan->environment;
}

static bool plan_program(Plan *plan, OsdepError **errp)
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
    return cannot_execute(plan, error, errp);
}

/* The path @wide in UTF-8, to be freed; NULL with @errp set. */
static char *path_utf8(const Plan *plan, const WCHAR *wide, OsdepError **errp)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    DWORD error;

    if (text &&
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL)) {
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

/*
 * cmd.exe knows neither "\\\\?\\" nor a working directory without a drive: it
 * would complain and go on in the Windows directory.
 */
static bool plan_batch_cwd(Plan *plan, OsdepError **errp)
{
    const char *given = plan->options->cwd;
    WCHAR *cwd = plan->cwd;
    char *text;
    DWORD error;

    if (!cwd) {
        cwd = osdep_full_path(NULL, L".", &error);
        if (!cwd) {
            return cannot_prepare(plan, error, errp);
        }
    }
    if (osdep_plain_path(cwd)) {
        plan->cwd = cwd;
    }
    if (cwd[0] != L'\\' || cwd[1] != L'\\') {
        if (cwd != plan->cwd) {
            free(cwd); /* The child inherits our directory. */
        }
        return true;
    }
    text = path_utf8(plan, cwd, errp);
    if (text) {
        osdep_error_setg_errno(errp, EINVAL,
                               "cwd: cmd.exe cannot run '%s' in %s'%s', which "
                               "has no drive",
                               plan->name, given ? "" : "our directory, ",
                               given ? given : text);
    }
    if (cwd != plan->cwd) {
        free(cwd);
    }
    free(text);
    return false;
}

/*
 * The command line by which cmd.exe runs the batch file that is the program,
 * which is cmd.exe then.  NULL with @errp set.
 */
static char *plan_batch_file(Plan *plan, OsdepError **errp)
{
    DWORD error = ERROR_SUCCESS;
    char *path, *line;
    WCHAR *cmd;

    osdep_plain_path(plan->program);
    if (!plan_batch_cwd(plan, errp)) {
        return NULL;
    }
    path = path_utf8(plan, plan->program, errp);
    if (!path) {
        return NULL;
    }
    if (strncmp(path, "\\\\?\\", 4) == 0 || strncmp(path, "\\\\.\\", 4) == 0) {
        osdep_error_setg_errno(errp, EINVAL,
                               "batch file: cmd.exe cannot run '%s', whose "
                               "path is too long or not a usual one",
                               path);
        free(path);
        return NULL;
    }
    line = osdep_batch_cmdline(path, plan->options->argv, errp);
    free(path);
    cmd = line ? osdep_cmd_exe(&error) : NULL;
    if (line && !cmd) {
        cannot_prepare(plan, error, errp);
        free(line);
        return NULL;
    }
    if (cmd) {
        free(plan->program);
        plan->program = cmd;
    }
    return line;
}

static bool plan_command(Plan *plan, OsdepError **errp)
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
    program = path_utf8(plan, plan->program, errp);
    if (!program) {
        return false;
    }
    plan->is_batch_file = osdep_is_batch_file(program);
    free(program);
    line = plan->is_batch_file ? plan_batch_file(plan, errp)
                               : osdep_cmdline(argv, errp);
    if (line) {
        plan->command = osdep_utf16(errp, line, "command line");
        free(line);
    }
    return plan->command != NULL;
}

static HANDLE duplicate(HANDLE handle, DWORD access, DWORD options)
{
    HANDLE copy;

    return DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(),
                           &copy, access, FALSE, options)
               ? copy
               : NULL;
}

/*
 * A duplicate of the file @handle by which the system writes at the end alone:
 * one that may append and not write (NtWriteFile).  In @can_read whether it may
 * read. NULL with GetLastError(): ERROR_ACCESS_DENIED if @handle may not
 * append.
 */
static HANDLE appending_duplicate(HANDLE handle, bool *can_read)
{
    const DWORD append = FILE_GENERIC_WRITE & ~(DWORD)FILE_WRITE_DATA;
    /* A duplicate of a file cannot have more access than the original. */
    const DWORD accesses[] = { FILE_GENERIC_READ | append, append,
                               FILE_APPEND_DATA | SYNCHRONIZE };
    HANDLE copy = NULL;

    for (int i = 0; i < 3 && !copy; i++) {
        copy = duplicate(handle, accesses[i], 0);
        *can_read = i == 0;
        if (!copy && GetLastError() != ERROR_ACCESS_DENIED) {
            break;
        }
    }
    return copy;
}

static bool position_of(HANDLE file, LONGLONG *position)
{
    LARGE_INTEGER zero = { 0 }, where;

    if (!SetFilePointerEx(file, zero, &where, FILE_CURRENT)) {
        return false;
    }
    *position = where.QuadPart;
    return true;
}

/*
 * Returns whether the C runtime appends what is written to @fd, whose handle is
 * @file: 1 if it does; 0 if not or it cannot be known, as when the position is
 * at the end of the file already; -1 with GetLastError() if it cannot be asked.
 *
 * _O_APPEND is a flag of the descriptor, which the runtime tells nobody; but it
 * moves the position to the end before it writes.
 */
static int descriptor_appends(const OsdepRuntime *runtime, int fd, HANDLE file,
                              bool can_read)
{
    LONGLONG before, after;
    LARGE_INTEGER size, back;
    int began;

    if (runtime->size <= offsetof(OsdepRuntime, begin_write)) {
        return 0;
    }
    if (!position_of(file, &before) || !GetFileSizeEx(file, &size)) {
        return -1;
    }
    if (before == size.QuadPart) {
        return 0;
    }
    /* The runtime makes a descriptor whose handle is inheritable. */
    AcquireSRWLockShared(&start_lock);
    began = runtime->begin_write(fd);
    ReleaseSRWLockShared(&start_lock);
    if (began < 0) {
        SetLastError(ERROR_TOO_MANY_OPEN_FILES);
        return -1;
    }
    if (!position_of(file, &after)) {
        return -1;
    }
    /*
     * Not compared with the size of now: others may have appended since the
     * runtime moved the position, which is past the old end then all the same.
     */
    if (after == before || after < size.QuadPart) {
        return 0; /* or another thread has moved it */
    }
    if (can_read) {
        /* Whoever reads from it is not to notice. */
        back.QuadPart = before;
        SetFilePointerEx(file, back, NULL, FILE_BEGIN);
    }
    return 1;
}

/*
 * A duplicate of @handle for the child; @fd is the descriptor that it belongs
 * to, -1: none.  @appends: the caller says that it appends.  NULL with
 * GetLastError().
 */
static HANDLE childs_duplicate(const Plan *plan, HANDLE handle, int fd,
                               bool appends)
{
    /*
     * What is written to a pipe or a device comes after what was.  Whoever may
     * only append to a pipe cannot write to it: that right has the bit of
     * FILE_CREATE_PIPE_INSTANCE ("Named Pipe Security and Access Rights").
     */
    bool is_file = GetFileType(handle) == FILE_TYPE_DISK, can_read = false;
    DWORD error;
    HANDLE copy;
    int found;

    if (is_file && (appends || fd >= 0)) {
        copy = appending_duplicate(handle, &can_read);
        if (appends || (!copy && GetLastError() != ERROR_ACCESS_DENIED)) {
            return copy;
        }
        found =
            copy ? descriptor_appends(plan->runtime, fd, handle, can_read) : 0;
        if (found > 0) {
            return copy;
        }
        error = GetLastError();
        if (copy) {
            CloseHandle(copy);
        }
        if (found < 0) {
            SetLastError(error);
            return NULL;
        }
    }
    return duplicate(handle, 0, DUPLICATE_SAME_ACCESS);
}

/*
 * Our standard stream @i, as GetStdHandle() has it.  If we do not have it, or
 * it is not inheritable, the child does not have it either.  False with @errp
 * set if it cannot be handed on.
 */
static bool plan_inherited_stream(Plan *plan, int i, OsdepError **errp)
{
    static const DWORD ids[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
                                 STD_ERROR_HANDLE };
    HANDLE handle = GetStdHandle(ids[i]);
    DWORD flags = 0;

    if (!is_real_handle(handle)) {
        return true;
    }
    if (GetHandleInformation(handle, &flags)) {
        if (!(flags & HANDLE_FLAG_INHERIT)) {
            return true;
        }
        plan->streams[i] = childs_duplicate(
            plan, handle,
            i > 0 && osdep_fd_handle(i, plan->runtime) == handle ? i : -1,
            false);
        if (plan->streams[i]) {
            return true;
        }
    }
    /* A program that was started without a stream may have any number there. */
    if (GetLastError() == ERROR_INVALID_HANDLE) {
        return true;
    }
    osdep_error_setg_win32(errp, (int)GetLastError(),
                           "%s: cannot hand on our own stream", std_names[i]);
    return false;
}

/* The file @path; NULL with @errp set. */
static HANDLE open_file(const char *what, const char *path, OsdepFileMode mode,
                        OsdepError **errp)
{
    static const struct {
        DWORD access, disposition;
    } modes[] = {
        [OSDEP_FILE_READ] = { GENERIC_READ, OPEN_EXISTING },
        [OSDEP_FILE_TRUNCATE] = { GENERIC_WRITE, CREATE_ALWAYS },
        [OSDEP_FILE_APPEND] = { FILE_APPEND_DATA, OPEN_ALWAYS },
    };
    WCHAR *wide = osdep_utf16(errp, path, "%s", what), *full;
    HANDLE handle = INVALID_HANDLE_VALUE;
    DWORD error;

    if (!wide) {
        return NULL;
    }
    full = osdep_full_path(NULL, wide, &error);
    full = full ? osdep_long_path(full, &error) : NULL;
    free(wide);
    if (full) {
        handle = CreateFileW(
            full, modes[mode].access,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
            modes[mode].disposition, FILE_ATTRIBUTE_NORMAL, NULL);
        error = GetLastError();
        free(full);
    }
    if (handle == INVALID_HANDLE_VALUE) {
        osdep_error_setg_win32(errp, (int)error, "Could not open '%s'", path);
        handle = NULL;
    }
    return handle;
}

/* A pipe, @ends[0] to read from; neither end can be inherited. */
static bool plain_pipe(HANDLE ends[2])
{
    return CreatePipe(&ends[0], &ends[1], NULL, PIPE_SIZE);
}

/* An access control list with one entry, as AddAccessAllowedAce() makes it. */
typedef struct OwnersAcl {
    ACL acl;
    ACCESS_ALLOWED_ACE entry;
    DWORD more; /* of the SID that begins in entry.SidStart */
    DWORD and_more;
} OwnersAcl;

/*
 * All access for who owns the object, and none for others: "OWNER RIGHTS",
 * S-1-3-4 ("Well-known SIDs", learn.microsoft.com).  By default all may read
 * from a pipe.
 */
static void allow_owner(SECURITY_DESCRIPTOR *descriptor, OwnersAcl *list)
{
    const SID sid = { .Revision = SID_REVISION,
                      .SubAuthorityCount = 1,
                      .IdentifierAuthority = { { 0, 0, 0, 0, 0, 3 } },
                      .SubAuthority = { 4 } };

    *list = (OwnersAcl){
        .acl = { .AclRevision = ACL_REVISION, .AceCount = 1 },
        .entry = { .Header = { .AceType = ACCESS_ALLOWED_ACE_TYPE },
                   .Mask = FILE_ALL_ACCESS },
    };
    list->entry.Header.AceSize =
        (WORD)(offsetof(ACCESS_ALLOWED_ACE, SidStart) + sizeof(sid));
    list->acl.AclSize = (WORD)(sizeof(list->acl) + list->entry.Header.AceSize);
    memcpy((char *)list + offsetof(OwnersAcl, entry.SidStart), &sid,
           sizeof(sid));
    *descriptor = (SECURITY_DESCRIPTOR){
        .Revision = SECURITY_DESCRIPTOR_REVISION,
        .Control = SE_DACL_PRESENT | SE_DACL_PROTECTED,
        .Dacl = &list->acl,
    };
}

/* A name that no other program can guess and use before us. */
static void pipe_name(WCHAR *name, size_t size)
{
    static _Atomic unsigned int counter;
    unsigned int random[4] = { 0 };
    LARGE_INTEGER now;

    for (int i = 0; i < 4; i++) {
        rand_s(&random[i]); /* if it fails, the rest makes the name ours */
    }
    QueryPerformanceCounter(&now);
    swprintf(name, size, L"\\\\.\\pipe\\osdep-%lx-%x-%llx-%08x%08x%08x%08x",
             GetCurrentProcessId(), counter++, (unsigned long long)now.QuadPart,
             random[0], random[1], random[2], random[3]);
}

/*
 * Returns whether another program has the pipe, if @error is that of creating
 * it (@ours) or opening its other end.
 */
static bool pipe_is_taken(DWORD error, bool ours)
{
    return error == ERROR_PIPE_BUSY ||
           (ours &&
            (error == ERROR_ACCESS_DENIED || error == ERROR_ALREADY_EXISTS));
}

/*
 * As plain_pipe(), with an end @ours for overlapped operations, which pipes of
 * CreatePipe() do not have: a named pipe.
 */
static bool overlapped_pipe(HANDLE ends[2], int ours)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES owner_only = { .nLength = sizeof(owner_only),
                                       .lpSecurityDescriptor = &descriptor };
    OwnersAcl list;
    DWORD error = ERROR_SUCCESS;
    WCHAR name[120];

    allow_owner(&descriptor, &list);
    for (int i = 0; i < PIPE_TRIES; i++) {
        pipe_name(name, sizeof(name) / sizeof(name[0]));
        ends[ours] = CreateNamedPipeW(
            name,
            (ours == 0 ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) |
                FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
            PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1,
            PIPE_SIZE, PIPE_SIZE, 0, &owner_only);
        if (ends[ours] == INVALID_HANDLE_VALUE) {
            error = GetLastError();
            if (pipe_is_taken(error, true)) {
                continue;
            }
            break;
        }
        ends[!ours] =
            CreateFileW(name,
                        ours == 0 ? GENERIC_WRITE | FILE_READ_ATTRIBUTES
                                  : GENERIC_READ | FILE_WRITE_ATTRIBUTES,
                        0, NULL, OPEN_EXISTING, 0, NULL);
        if (ends[!ours] != INVALID_HANDLE_VALUE) {
            return true;
        }
        error = GetLastError();
        CloseHandle(ends[ours]);
        if (!pipe_is_taken(error, false)) {
            break;
        }
    }
    SetLastError(error);
    return false;
}

static bool open_pipe(OsdepProcess *process, int i, bool for_run,
                      HANDLE *childs, OsdepError **errp)
{
    int ours = i == 0 ? 1 : 0; /* We write to the child's stream 0. */
    HANDLE ends[2];

    if (!(for_run ? overlapped_pipe(ends, ours) : plain_pipe(ends))) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "%s: cannot create a pipe", std_names[i]);
        return false;
    }
    *childs = ends[!ours];
    process->pipes[i] = ends[ours];
    return true;
}

/* The caller's descriptor @fd; NULL with @errp set if it cannot be handed on. */
static HANDLE open_fd(const Plan *plan, const char *what, int fd, bool is_read,
                      bool appends, OsdepError **errp)
{
    HANDLE handle = childs_duplicate(plan, osdep_fd_handle(fd, plan->runtime),
                                     is_read ? -1 : fd, appends);

    if (!handle) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "%s: cannot hand on descriptor %d", what, fd);
    }
    return handle;
}

/* The caller's handle @ours; NULL with @errp set if it cannot be handed on. */
static HANDLE open_handle(const Plan *plan, const char *what, HANDLE ours,
                          bool appends, OsdepError **errp)
{
    HANDLE handle = childs_duplicate(plan, ours, -1, appends);

    if (!handle && GetLastError() == ERROR_INVALID_HANDLE) {
        handle_is_not_open(what, ours, errp);
    } else if (!handle) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "%s: cannot hand on handle 0x%llx", what,
                               (unsigned long long)(uintptr_t)ours);
    }
    return handle;
}

static const OsdepStdio *stream_options(const OsdepSpawnOptions *options, int i)
{
    return i == 0 ? &options->in : i == 1 ? &options->out : &options->err;
}

static bool plan_stream(Plan *plan, OsdepProcess *process, int i, bool for_run,
                        OsdepError **errp)
{
    const OsdepStdio *stdio = stream_options(plan->options, i);
    /* The mode is for out and err; in may be read-only. */
    bool appends = i > 0 && stdio->mode == OSDEP_FILE_APPEND;
    HANDLE *handle = &plan->streams[i];

    switch (stdio->kind) {
    case OSDEP_STDIO_DEFAULT:
    case OSDEP_STDIO_INHERIT:
        return true; /* plan_inherited_stream() has done it. */
    case OSDEP_STDIO_NULL:
        *handle = open_file(std_names[i], "NUL",
                            i ? OSDEP_FILE_TRUNCATE : OSDEP_FILE_READ, errp);
        return *handle != NULL;
    case OSDEP_STDIO_PIPE:
        return open_pipe(process, i, for_run, handle, errp);
    case OSDEP_STDIO_FD:
        *handle = open_fd(plan, std_names[i], stdio->fd, i == 0, appends, errp);
        return *handle != NULL;
    case OSDEP_STDIO_HANDLE:
        *handle = open_handle(plan, std_names[i], stdio->handle, appends, errp);
        return *handle != NULL;
    case OSDEP_STDIO_FILE:
        *handle = open_file(std_names[i], stdio->path, stdio->mode, errp);
        return *handle != NULL;
    case OSDEP_STDIO_STDOUT:
        *handle = plan->streams[1];
        if (!*handle) {
            osdep_error_setg_errno(errp, EBADF,
                                   "err: standard output is closed");
            return osdep_failed_at(errp, OSDEP_STEP_CHECK);
        }
        return true;
    }
    return false;
}

static bool plan_streams(Plan *plan, OsdepProcess *process, bool for_run,
                         OsdepError **errp)
{
    /*
     * Our own streams come first: a handle that is opened below may get the value
     * that GetStdHandle() returns for a stream that was closed.
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
 * The block of descriptors in lpReserved2: Microsoft's C runtime makes one in
 * _spawnv(), and a program's C runtime takes its descriptors from there at its
 * start.  It is an int, the number of descriptors; a byte for each with its
 * flags; a HANDLE for each, not aligned.  (The sources of the Universal CRT,
 * exec/spawnv.cpp and lowio/ioinit.cpp, come with the Windows SDK.)  0, 1 and 2
 * are left out: they are standard handles.
 */
static bool plan_reserved(Plan *plan, OsdepError **errp)
{
    enum { FOPEN = 0x01, FPIPE = 0x08, FDEV = 0x40 };
    int n = (int)plan->n_passed;
    BYTE *flags, *handles;

    plan->reserved_size = sizeof(n) + plan->n_passed * (1 + sizeof(HANDLE));
    plan->reserved = calloc(1, plan->reserved_size);
    if (!plan->reserved) {
        return no_memory(plan, errp);
    }
    memcpy(plan->reserved, &n, sizeof(n));
    flags = plan->reserved + sizeof(n);
    handles = flags + n;
    for (int fd = 0; fd < n; fd++) {
        HANDLE handle =
            plan->passed[fd] ? plan->passed[fd] : INVALID_HANDLE_VALUE;

        if (plan->passed[fd]) {
            DWORD type = GetFileType(handle);

            flags[fd] = (BYTE)(FOPEN | (type == FILE_TYPE_PIPE   ? FPIPE
                                        : type == FILE_TYPE_CHAR ? FDEV
                                                                 : 0));
        }
        memcpy(handles + (size_t)fd * sizeof(handle), &handle, sizeof(handle));
    }
    return true;
}

/* Read @size bytes of @file at @offset; false with GetLastError(). */
static bool read_at(HANDLE file, DWORD offset, void *buf, DWORD size)
{
    OVERLAPPED place = { .Offset = offset };
    DWORD n = 0;

    if (!ReadFile(file, buf, size, &n, &place)) {
        return false;
    }
    SetLastError(ERROR_HANDLE_EOF);
    return n == size;
}

/*
 * Whether the program @path has pointers of another size than we; false if it is
 * no program at all.  ("PE Format", learn.microsoft.com)  @error is set if it
 * cannot be read.
 */
static bool has_other_pointers(const WCHAR *path, DWORD *error)
{
    const DWORD size = offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                       sizeof(((IMAGE_NT_HEADERS *)NULL)->OptionalHeader.Magic);
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    bool other = false;
    HANDLE file =
        CreateFileW(path, GENERIC_READ,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);

    *error = ERROR_SUCCESS;
    if (file == INVALID_HANDLE_VALUE) {
        *error = GetLastError();
        return false;
    }
    if (!read_at(file, 0, &dos, sizeof(dos))) {
        *error = GetLastError();
    } else if (dos.e_magic == IMAGE_DOS_SIGNATURE) {
        if (!read_at(file, (DWORD)dos.e_lfanew, &nt, size)) {
            *error = GetLastError();
        } else {
            other = nt.Signature == IMAGE_NT_SIGNATURE &&
                    nt.OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC;
        }
    }
    if (*error == ERROR_HANDLE_EOF) {
        *error = ERROR_SUCCESS; /* CreateProcessW() will refuse the file. */
    }
    CloseHandle(file);
    return other;
}

/*
 * The block of descriptors has handles in it, so it is another one for a program
 * with pointers of another size, whose C runtime would take other objects from
 * it.  cmd.exe, which runs batch files, has pointers of our size.
 */
static bool check_pointers(const Plan *plan, OsdepError **errp)
{
    const int bits = 8 * (int)sizeof(void *);
    DWORD error;

    if (plan->is_batch_file) {
        return true;
    }
    if (has_other_pointers(plan->program, &error)) {
        osdep_error_setg_errno(errp, EINVAL,
                               "pass_fds: '%s' is a %d-bit program, and this "
                               "one, of %d bits, cannot pass it descriptors",
                               plan->name, 96 - bits, bits);
        return osdep_failed_at(errp, OSDEP_STEP_CHECK);
    }
    if (error) {
        osdep_error_setg_win32(errp, (int)error,
                               "pass_fds: cannot read '%s' to see whether it "
                               "is a %d-bit program",
                               plan->name, bits);
        return osdep_failed_at(errp, OSDEP_STEP_STREAM);
    }
    return true;
}

static bool plan_passed(Plan *plan, OsdepError **errp)
{
    const OsdepSpawnOptions *options = plan->options;

    for (size_t i = 0; i < options->n_pass_fds; i++) {
        if (options->pass_fds[i].theirs >= (int)plan->n_passed) {
            plan->n_passed = (size_t)options->pass_fds[i].theirs + 1;
        }
    }
    if (plan->n_passed <= 3) {
        plan->n_passed = 0; /* All are standard streams. */
        return true;
    }
    plan->passed = calloc(plan->n_passed, sizeof(*plan->passed));
    if (!plan->passed) {
        return no_memory(plan, errp);
    }
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        OsdepPassFd pass = options->pass_fds[i];
        char what[32];

        if (pass.theirs <= 2) {
            continue;
        }
        snprintf(what, sizeof(what), "pass_fds[%zu]", i);
        plan->passed[pass.theirs] =
            open_fd(plan, what, pass.ours, false, false, errp);
        if (!plan->passed[pass.theirs]) {
            return false;
        }
    }
    return check_pointers(plan, errp) && plan_reserved(plan, errp);
}

/* All handles of the plan, each once: CreateProcessW() refuses doubles. */
static bool plan_inherited(Plan *plan, OsdepError **errp)
{
    plan->inherited = calloc(3 + plan->n_passed, sizeof(HANDLE));
    if (!plan->inherited) {
        return no_memory(plan, errp);
    }
    for (int i = 0; i < 3; i++) {
        if (plan->streams[i] &&
            !(i == 2 && plan->streams[2] == plan->streams[1])) {
            plan->inherited[plan->n_inherited++] = plan->streams[i];
        }
    }
    for (size_t fd = 0; fd < plan->n_passed; fd++) {
        if (plan->passed[fd]) {
            plan->inherited[plan->n_inherited++] = plan->passed[fd];
        }
    }
    return true;
}

static bool plan_job(const Plan *plan, OsdepProcess *process, OsdepError **errp)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
    DWORD *limit_flags = &limits.BasicLimitInformation.LimitFlags;
    unsigned int flags = plan->options->flags;

    if (!(flags & (OSDEP_SPAWN_TREE | OSDEP_SPAWN_DIE_WITH_PARENT))) {
        return true;
    }
    /* What is to die with us, with all that it starts, cannot break away. */
    *limit_flags = flags & OSDEP_SPAWN_DIE_WITH_PARENT
                       ? JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
                       : JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    process->job = CreateJobObjectW(NULL, NULL);
    if (!process->job) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot create a job object for '%s'",
                               plan->name);
        return false;
    }
    if (!SetInformationJobObject(process->job,
                                 JobObjectExtendedLimitInformation, &limits,
                                 sizeof(limits))) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot set up the job object for '%s'",
                               plan->name);
        return false;
    }
    return true;
}

/*
 * The process is created in its job (Windows 10 and later).  If it were started
 * suspended and assigned to the job then, it would stay behind, suspended, if we
 * died in between.
 */
static bool plan_attributes(Plan *plan, OsdepProcess *process,
                            OsdepError **errp)
{
    bool all = plan->options->flags & OSDEP_SPAWN_INHERIT_FDS;
    SIZE_T size = 0;

    /* Asked for the size, it fails with ERROR_INSUFFICIENT_BUFFER. */
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

/* Returns whether @error of CreateProcessW() is not about the program. */
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

static bool is_console(HANDLE handle)
{
    DWORD mode;

    return handle && GetConsoleMode(handle, &mode);
}

/* Returns whether the child has a stream that is one of our console. */
static bool uses_our_console(const Plan *plan)
{
    return is_console(plan->streams[0]) || is_console(plan->streams[1]) ||
           is_console(plan->streams[2]);
}

/*
 * Returns whether the streams are left to the system.  It gives a child of a
 * program that has no console and no stream a console, with streams of its own.
 */
static bool leaves_streams(const Plan *plan)
{
    for (int i = 0; i < 3; i++) {
        if (plan->streams[i] ||
            stream_options(plan->options, i)->kind != OSDEP_STDIO_INHERIT) {
            return false;
        }
    }
    return GetConsoleCP() == 0;
}

static DWORD creation_flags(const Plan *plan)
{
    /* Ours may say that errors are shown to nobody (SetErrorMode()). */
    DWORD creation = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                     CREATE_DEFAULT_ERROR_MODE;
    unsigned int flags = plan->options->flags;

    if (flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION)) {
        creation |= CREATE_NEW_PROCESS_GROUP;
    }
    /*
     * A session has a console that nobody sees, and not none
     * (DETACHED_PROCESS): what the child starts would open one.  Handles of our
     * console are of no use in a process that has another one, so it is not
     * hidden from them.
     */
    if (flags & OSDEP_SPAWN_NEW_SESSION ||
        (flags & OSDEP_SPAWN_HIDE_WINDOW && !uses_our_console(plan))) {
        creation |= CREATE_NO_WINDOW;
    }
    return creation;
}

static bool make_inheritable(const Plan *plan, OsdepError **errp)
{
    for (size_t i = 0; i < plan->n_inherited; i++) {
        if (!SetHandleInformation(plan->inherited[i], HANDLE_FLAG_INHERIT,
                                  HANDLE_FLAG_INHERIT)) {
            return cannot_prepare(plan, GetLastError(), errp);
        }
    }
    return true;
}

static void close_inherited(Plan *plan)
{
    for (int i = 0; i < 3; i++) {
        /* NULL: one that could not be opened */
        if (plan->streams[i] &&
            !(i == 2 && plan->streams[2] == plan->streams[1])) {
            CloseHandle(plan->streams[i]);
        }
    }
    plan->streams[0] = plan->streams[1] = plan->streams[2] = NULL;
    for (size_t fd = 0; plan->passed && fd < plan->n_passed; fd++) {
        if (plan->passed[fd]) {
            CloseHandle(plan->passed[fd]);
            plan->passed[fd] = NULL;
        }
    }
}

/* Say why there is no process; @error is that of CreateProcessW(). */
static bool report_no_process(const Plan *plan, const OsdepProcess *process,
                              DWORD error, OsdepError **errp)
{
    if (error == ERROR_DIRECTORY && plan->cwd) {
        return cannot_change_directory(plan, error, errp);
    }
    if (process->job &&
        (error == ERROR_ACCESS_DENIED || error == ERROR_NOT_SUPPORTED)) {
        osdep_error_setg_win32(errp, (int)error,
                               "cannot execute '%s' in a job object",
                               plan->name);
        return osdep_failed_at(errp, OSDEP_STEP_EXECUTE);
    }
    if (!is_our_failure(error)) {
        return cannot_execute(plan, error, errp);
    }
    osdep_error_setg_win32(errp, (int)error, "cannot create a process for '%s'",
                           plan->name);
    return false;
}

static bool create_process(Plan *plan, OsdepProcess *process, OsdepError **errp)
{
    bool inherits_all = plan->options->flags & OSDEP_SPAWN_INHERIT_FDS;
    STARTUPINFOEXW startup = {
        .StartupInfo = {
            .cb = sizeof(startup),
            .hStdInput = plan->streams[0],
            .hStdOutput = plan->streams[1],
            .hStdError = plan->streams[2],
            .cbReserved2 = (WORD)plan->reserved_size,
            .lpReserved2 = plan->reserved,
        },
        .lpAttributeList = plan->attributes,
    };
    DWORD creation = creation_flags(plan), error = ERROR_SUCCESS;
    PROCESS_INFORMATION info;
    bool ok;

    if (!leaves_streams(plan)) {
        startup.StartupInfo.dwFlags |= STARTF_USESTDHANDLES;
    }
    if (plan->options->flags & OSDEP_SPAWN_HIDE_WINDOW) {
        startup.StartupInfo.dwFlags |= STARTF_USESHOWWINDOW;
        startup.StartupInfo.wShowWindow = SW_HIDE;
    }
    /* If we have no console, the system gives the child one of its own. */
    process->has_our_console =
        !(creation & CREATE_NO_WINDOW) && GetConsoleCP() != 0;
    if (inherits_all) {
        AcquireSRWLockExclusive(&start_lock);
    } else {
        AcquireSRWLockShared(&start_lock);
    }
    ok = make_inheritable(plan, errp);
    if (ok) {
        ok = CreateProcessW(plan->program, plan->command, NULL, NULL,
                            plan->n_inherited || inherits_all, creation,
                            plan->environment, plan->cwd, &startup.StartupInfo,
                            &info);
        error = ok ? ERROR_SUCCESS : GetLastError();
    }
    close_inherited(plan);
    if (inherits_all) {
        ReleaseSRWLockExclusive(&start_lock);
    } else {
        ReleaseSRWLockShared(&start_lock);
    }
    if (ok) {
        CloseHandle(info.hThread);
        process->handle = info.hProcess;
        process->pid = info.dwProcessId;
        return true;
    }
    return error ? report_no_process(plan, process, error, errp) : false;
}

static void plan_clear(Plan *plan)
{
    close_inherited(plan);
    if (plan->attributes) {
        DeleteProcThreadAttributeList(plan->attributes);
    }
    free(plan->attributes);
    free(plan->reserved);
    free(plan->inherited);
    free(plan->passed);
    free(plan->command);
    free(plan->program);
    free(plan->path);
    free(plan->environment);
    free(plan->cwd);
}

/* @ok; if that is false, the error is one of @step, unless it has a step. */
static bool at(OsdepStep step, bool ok, OsdepError **errp)
{
    return ok || osdep_failed_at(errp, step);
}

OsdepProcess *osdep_spawn_os(const OsdepSpawnOptions *options,
                             const OsdepRunOptions *run,
                             const OsdepRuntime *runtime, OsdepError **errp)
{
    Plan plan = {
        .options = options,
        .runtime = runtime,
        .name = options->program ? options->program : options->argv[0],
    };
    OsdepProcess *process = calloc(1, sizeof(*process));
    bool ok;

    if (!process) {
        no_memory(&plan, errp);
        return NULL;
    }
    process->flags = options->flags;
    process->deadline = run && run->timeout_ms
                            ? GetTickCount64() + (ULONGLONG)run->timeout_ms
                            : OSDEP_NO_DEADLINE;
    process->fds[0] = process->fds[1] = process->fds[2] = -1;
    ok = at(OSDEP_STEP_DIRECTORY, plan_cwd(&plan, errp), errp) &&
         at(OSDEP_STEP_PREPARE, plan_environment(&plan, errp), errp) &&
         at(OSDEP_STEP_EXECUTE, plan_program(&plan, errp), errp) &&
         at(OSDEP_STEP_CHECK, plan_command(&plan, errp), errp) &&
         at(OSDEP_STEP_STREAM, plan_streams(&plan, process, run != NULL, errp),
            errp) &&
         at(OSDEP_STEP_STREAM, plan_passed(&plan, errp), errp) &&
         at(OSDEP_STEP_PREPARE, plan_inherited(&plan, errp), errp) &&
         at(OSDEP_STEP_PREPARE, plan_job(&plan, process, errp), errp) &&
         at(OSDEP_STEP_PREPARE, plan_attributes(&plan, process, errp), errp) &&
         at(OSDEP_STEP_CREATE, create_process(&plan, process, errp), errp);
    plan_clear(&plan);
    if (!ok) {
        osdep_process_free(process);
        process = NULL;
    }
    return process;
}

#endif
