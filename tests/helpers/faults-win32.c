/*
 * Making calls of Windows and of its C runtime fail, one by one
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/faults-win32.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <wchar.h>

#include "tests/cases.h"

/* The one fault that is planned, and whether it has come. */
static struct {
    FaultyFunction *function; /* NULL: none */
    int nth;                  /* of its calls, counted from 1 */
    bool and_later;           /* all calls after that one, too */
    int code;
    bool hit;
    bool hit_silently;
} fault;

static bool armed, silent;
static DWORD tester;
static int findings;
static bool quiet;

/* A run that takes longer than this hangs. */
enum { HANG_MS = 120000 };

static const FaultCase *running;
static volatile ULONGLONG running_since; /* 0: nothing runs */

jmp_buf abort_goes_here;
bool abort_jumps;
bool fake_console;
char fake_console_text[1024];
bool immortal;
Seen seen;

static void print_fault(void)
{
    printf("# %s: ", running->name);
    if (fault.function) {
        printf("call %d of %s fails with %d: ", fault.nth, fault.function->name,
               fault.code);
    } else {
        printf("without a fault: ");
    }
}

OSDEP_PRINTF(1, 2)
static void find(const char *fmt, ...)
{
    va_list ap;

    findings++;
    if (quiet) {
        return;
    }
    print_fault();
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
}

void arm(void)
{
    armed = true;
    silent = false;
}

void arm_silently(void)
{
    armed = silent = true;
}

void disarm(void)
{
    armed = false;
}

int planned_code(void)
{
    return fault.function ? fault.code : 0;
}

bool stream_was_missing(const FaultCase *c)
{
    return fault.hit && fault.code == ERROR_INVALID_HANDLE &&
           c->finds_streams && strstr(c->finds_streams, fault.function->name);
}

static bool counts(void)
{
    return armed && GetCurrentThreadId() == tester;
}

/* Count a call of @f; is it the one that fails? */
static bool fails(FaultyFunction *f)
{
    if (!counts()) {
        return false;
    }
    f->calls++;
    if (f != fault.function || f->calls < fault.nth ||
        (f->calls > fault.nth && !fault.and_later)) {
        return false;
    }
    fault.hit = true;
    fault.hit_silently = silent;
    if (f->sets_errno) {
        errno = fault.code;
    } else {
        SetLastError((DWORD)fault.code);
    }
    return true;
}

/* What the code under test has and must give back */

typedef struct Held {
    HANDLE handle;
    const char *from;
} Held;

static Held held[256];
static HANDLE processes[64];
static int n_processes;
static long heap_blocks;

static void hold(HANDLE handle, const char *from)
{
    for (size_t i = 0; counts() && i < sizeof(held) / sizeof(held[0]); i++) {
        if (!held[i].handle) {
            held[i] = (Held){ handle, from };
            return;
        }
    }
}

static void let_go(HANDLE handle)
{
    for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
        if (held[i].handle == handle) {
            held[i].handle = NULL;
        }
    }
}

/*
 * The functions.  FAULT(TYPE, NAME, PARAMETERS, ARGUMENTS, WHAT IT RETURNS WHEN
 * IT FAILS, what else FaultyFunction says of it).  The codes are those that its
 * page on learn.microsoft.com names or, where that names none, those of a lack
 * of memory, of a bad handle or parameter, and of a refusal.
 */
#define REAL(fn) ((__typeof__(&fn))(fn_##fn.real))

#define DEFINE(type, fn, params, ...)                                       \
    static type fault_##fn params;                                          \
    static FaultyFunction fn_##fn = { .name = #fn,                          \
                                      .wrapper = (AnyFunction *)fault_##fn, \
                                      __VA_ARGS__ };                        \
    static type fault_##fn params

#define FAULT(type, fn, params, args, failure, ...)         \
    DEFINE(type, fn, params, __VA_ARGS__)                   \
    {                                                       \
        return fails(&fn_##fn) ? (failure) : REAL(fn) args; \
    }

/* What it does is done all the same, as far as it can. */
#define FAULT_AFTER(type, fn, params, args, failure, ...) \
    DEFINE(type, fn, params, __VA_ARGS__)                 \
    {                                                     \
        __auto_type done = REAL(fn) args;                 \
        return fails(&fn_##fn) ? (failure) : done;        \
    }

#define CODES(...) .codes = { __VA_ARGS__ }
#define STEPS(text) .steps = text, .must_fail = true
#define MAYBE(text) .steps = text
#define RETRIED(...) .retried = { __VA_ARGS__ }
#define ERRNO .sets_errno = true
#define NO_ROOM ERROR_NOT_ENOUGH_MEMORY, ERROR_NO_SYSTEM_RESOURCES

/* clang-format off */
#define PIPE_STEPS "cannot create a pipe"
#define PREPARE "cannot prepare to execute '"
#define EXECUTE "cannot execute '"
#define CWD "cannot change directory to '"
/* clang-format on */

/* Those that make a handle. */

DEFINE(BOOL WINAPI, CreatePipe,
       (PHANDLE in, PHANDLE out, LPSECURITY_ATTRIBUTES s, DWORD size),
       CODES(NO_ROOM, ERROR_TOO_MANY_OPEN_FILES), STEPS(PIPE_STEPS))
{
    BOOL ok = !fails(&fn_CreatePipe) && REAL(CreatePipe)(in, out, s, size);

    if (ok) {
        hold(*in, "CreatePipe");
        hold(*out, "CreatePipe");
    }
    return ok;
}

DEFINE(HANDLE WINAPI, CreateNamedPipeW,
       (LPCWSTR name, DWORD mode, DWORD pipe, DWORD max, DWORD out, DWORD in,
        DWORD timeout, LPSECURITY_ATTRIBUTES s),
       CODES(NO_ROOM, ERROR_PIPE_BUSY, ERROR_ACCESS_DENIED), STEPS(PIPE_STEPS),
       RETRIED(ERROR_PIPE_BUSY, ERROR_ACCESS_DENIED))
{
    HANDLE h;

    if (counts() && seen.n_pipes++ < MAX_SEEN_PIPES) {
        wcscpy(seen.pipes[seen.n_pipes - 1], name);
        seen.pipe_open[seen.n_pipes - 1] = mode;
        seen.pipe_mode[seen.n_pipes - 1] = pipe;
        if (s && s->lpSecurityDescriptor) {
            seen.descriptor = *(SECURITY_DESCRIPTOR *)s->lpSecurityDescriptor;
            memcpy(seen.list, seen.descriptor.Dacl,
                   seen.descriptor.Dacl->AclSize);
        }
    }
    h = fails(&fn_CreateNamedPipeW)
            ? INVALID_HANDLE_VALUE
            : REAL(CreateNamedPipeW)(name, mode, pipe, max, out, in, timeout,
                                     s);

    if (h != INVALID_HANDLE_VALUE) {
        hold(h, "CreateNamedPipeW");
    }
    return h;
}

DEFINE(HANDLE WINAPI, CreateFileW,
       (LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES s,
        DWORD how, DWORD flags, HANDLE template),
       CODES(ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_ACCESS_DENIED,
             ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES,
             ERROR_PIPE_BUSY),
       STEPS(PIPE_STEPS "|Could not open '|pass_fds: cannot read '"),
       RETRIED(ERROR_PIPE_BUSY))
{
    HANDLE h;

    if (counts() && wcslen(name) < sizeof(seen.file) / sizeof(WCHAR)) {
        wcscpy(seen.file, name);
    }
    h = fails(&fn_CreateFileW)
            ? INVALID_HANDLE_VALUE
            : REAL(CreateFileW)(name, access, share, s, how, flags, template);

    if (h != INVALID_HANDLE_VALUE) {
        hold(h, "CreateFileW");
    }
    return h;
}

DEFINE(BOOL WINAPI, DuplicateHandle,
       (HANDLE from, HANDLE h, HANDLE to, LPHANDLE copy, DWORD access,
        BOOL inherit, DWORD options),
       CODES(NO_ROOM, ERROR_INVALID_HANDLE),
       STEPS(": cannot hand on descriptor |: cannot hand on our own stream|"
             ": cannot hand on handle | is not open"))
{
    BOOL ok =
        !fails(&fn_DuplicateHandle) &&
        REAL(DuplicateHandle)(from, h, to, copy, access, inherit, options);

    if (counts() && !(options & DUPLICATE_SAME_ACCESS)) {
        seen.n_other_access++;
    }
    if (ok) {
        hold(*copy, "DuplicateHandle");
    }
    return ok;
}

DEFINE(HANDLE WINAPI, CreateEventW,
       (LPSECURITY_ATTRIBUTES s, BOOL manual, BOOL state, LPCWSTR name),
       CODES(NO_ROOM), STEPS("cannot create an event"))
{
    HANDLE h = fails(&fn_CreateEventW)
                   ? NULL
                   : REAL(CreateEventW)(s, manual, state, name);

    if (h) {
        hold(h, "CreateEventW");
    }
    return h;
}

DEFINE(HANDLE WINAPI, CreateJobObjectW, (LPSECURITY_ATTRIBUTES s, LPCWSTR name),
       CODES(NO_ROOM, ERROR_ACCESS_DENIED),
       STEPS("cannot create a job object for '"))
{
    HANDLE h =
        fails(&fn_CreateJobObjectW) ? NULL : REAL(CreateJobObjectW)(s, name);

    if (h) {
        hold(h, "CreateJobObjectW");
    }
    return h;
}

/*
 * On a machine under load Wine's fails now and then with ERROR_INTERNAL_ERROR,
 * 3 of 5,000 times; that is no fault of ours, so it is made again.
 */
DEFINE(BOOL WINAPI, CreateProcessW,
       (LPCWSTR program, LPWSTR command, LPSECURITY_ATTRIBUTES p,
        LPSECURITY_ATTRIBUTES t, BOOL inherit, DWORD flags, LPVOID env,
        LPCWSTR cwd, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION info),
       CODES(ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_BAD_EXE_FORMAT,
             740 /* ERROR_ELEVATION_REQUIRED */, ERROR_DIRECTORY,
             ERROR_NOT_ENOUGH_MEMORY, ERROR_COMMITMENT_LIMIT,
             ERROR_FILENAME_EXCED_RANGE, ERROR_NOT_SUPPORTED),
       STEPS(EXECUTE "|cannot create a process for '|" CWD))
{
    BOOL ok = false;

    if (counts()) {
        seen.creation = flags;
        seen.startup = *startup;
        if (wcslen(program) < sizeof(seen.program) / sizeof(WCHAR)) {
            wcscpy(seen.program, program);
        }
    }
    if (fails(&fn_CreateProcessW)) {
        return FALSE;
    }
    for (int i = 0; i < 5 && !ok; i++) {
        ok = REAL(CreateProcessW)(program, command, p, t, inherit, flags, env,
                                  cwd, startup, info);
        if (!ok && GetLastError() != ERROR_INTERNAL_ERROR) {
            break;
        }
    }
    if (ok) {
        hold(info->hProcess, "CreateProcessW");
        hold(info->hThread, "CreateProcessW");
        seen.pid = (long)info->dwProcessId;
        REAL(DuplicateHandle)
        (GetCurrentProcess(), info->hProcess, GetCurrentProcess(),
         &processes[n_processes++], 0, FALSE, DUPLICATE_SAME_ACCESS);
    }
    return ok;
}

DEFINE(BOOL WINAPI, CloseHandle, (HANDLE h), CODES(ERROR_INVALID_HANDLE))
{
    BOOL done = REAL(CloseHandle)(h);

    let_go(h);
    if (!done && counts()) {
        find("a handle was closed that is not open");
    }
    return fails(&fn_CloseHandle) ? FALSE : done;
}

/* The handle now belongs to the descriptor. */
DEFINE(int __cdecl, _open_osfhandle, (intptr_t h, int flags),
       CODES(EMFILE, EBADF),
       STEPS("cannot create a pipe|: cannot open a descriptor"), ERRNO)
{
    int fd = fails(&fn__open_osfhandle) ? -1 : REAL(_open_osfhandle)(h, flags);

    if (fd >= 0) {
        let_go((HANDLE)h);
    }
    return fd;
}

/* The others, as the library calls them from spawn to free. */

FAULT(BOOL WINAPI, SetHandleInformation, (HANDLE h, DWORD mask, DWORD flags),
      (h, mask, flags), FALSE,
      CODES(ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_ACCESS_DENIED),
      STEPS(PREPARE "|cannot make descriptor "))
FAULT(BOOL WINAPI, GetHandleInformation, (HANDLE h, LPDWORD flags), (h, flags),
      FALSE, CODES(ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED),
      STEPS(": cannot hand on our own stream"))
FAULT(BOOL WINAPI, SetFilePointerEx,
      (HANDLE h, LARGE_INTEGER to, PLARGE_INTEGER at, DWORD from),
      (h, to, at, from), FALSE,
      CODES(ERROR_INVALID_PARAMETER, ERROR_ACCESS_DENIED),
      MAYBE(": cannot hand on descriptor |: cannot hand on our own stream"))
FAULT(BOOL WINAPI, GetFileSizeEx, (HANDLE h, PLARGE_INTEGER size), (h, size),
      FALSE, CODES(ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_MEMORY),
      STEPS(": cannot hand on descriptor |: cannot hand on our own stream"))
FAULT(BOOL WINAPI, QueryInformationJobObject,
      (HANDLE job, JOBOBJECTINFOCLASS what, LPVOID info, DWORD size, LPDWORD n),
      (job, what, info, size, n), FALSE,
      CODES(ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER))
FAULT(BOOL WINAPI, SetInformationJobObject,
      (HANDLE job, JOBOBJECTINFOCLASS what, LPVOID info, DWORD len),
      (job, what, info, len), FALSE,
      CODES(ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_BAD_LENGTH),
      STEPS("cannot set up the job object for '"))
FAULT(BOOL WINAPI, InitializeProcThreadAttributeList,
      (LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD n, DWORD flags, PSIZE_T size),
      (list, n, flags, size), FALSE,
      CODES(ERROR_NOT_ENOUGH_MEMORY, ERROR_INVALID_PARAMETER), STEPS(PREPARE))
FAULT(BOOL WINAPI, UpdateProcThreadAttribute,
      (LPPROC_THREAD_ATTRIBUTE_LIST list, DWORD flags, DWORD_PTR attribute,
       PVOID value, SIZE_T size, PVOID previous, PSIZE_T returned),
      (list, flags, attribute, value, size, previous, returned), FALSE,
      CODES(ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_SUPPORTED,
            ERROR_INVALID_PARAMETER, ERROR_BAD_LENGTH),
      STEPS(PREPARE))
FAULT(int WINAPI, MultiByteToWideChar,
      (UINT page, DWORD flags, LPCSTR from, int n, LPWSTR to, int size),
      (page, flags, from, n, to, size), 0,
      CODES(ERROR_NO_UNICODE_TRANSLATION, ERROR_INVALID_PARAMETER,
            ERROR_NOT_ENOUGH_MEMORY),
      STEPS(": not valid UTF-8|: cannot convert to UTF-16"), .makes_text = true)
FAULT(int WINAPI, WideCharToMultiByte,
      (UINT page, DWORD flags, LPCWCH from, int n, LPSTR to, int size,
       LPCCH unknown, LPBOOL used),
      (page, flags, from, n, to, size, unknown, used), 0,
      CODES(ERROR_INVALID_PARAMETER, ERROR_NO_UNICODE_TRANSLATION),
      STEPS(PREPARE), .makes_text = true)
FAULT(DWORD WINAPI, GetFileAttributesW, (LPCWSTR path), (path),
      INVALID_FILE_ATTRIBUTES,
      CODES(ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_BAD_NETPATH,
            ERROR_NOT_READY),
      MAYBE(CWD "|" EXECUTE))
FAULT(DWORD WINAPI, GetFullPathNameW,
      (LPCWSTR path, DWORD size, LPWSTR to, LPWSTR *part),
      (path, size, to, part), 0,
      CODES(ERROR_NOT_ENOUGH_MEMORY, ERROR_INVALID_NAME,
            ERROR_FILENAME_EXCED_RANGE),
      MAYBE(CWD "|" EXECUTE "|" PREPARE "|Could not open '"))
FAULT(DWORD WINAPI, GetEnvironmentVariableW,
      (LPCWSTR name, LPWSTR to, DWORD size), (name, to, size), 0,
      CODES(ERROR_ENVVAR_NOT_FOUND, NO_ROOM),
      MAYBE(EXECUTE "|" PREPARE "|cannot build the environment"))
FAULT(UINT WINAPI, GetSystemDirectoryW, (LPWSTR to, UINT size), (to, size), 0,
      CODES(ERROR_NOT_ENOUGH_MEMORY, ERROR_ACCESS_DENIED),
      STEPS(EXECUTE "|" PREPARE))
FAULT(HANDLE WINAPI, GetStdHandle, (DWORD which), (which), INVALID_HANDLE_VALUE,
      CODES(ERROR_INVALID_HANDLE))
FAULT(DWORD WINAPI, GetFileType, (HANDLE h), (h), FILE_TYPE_UNKNOWN,
      CODES(ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY))
DEFINE(DWORD WINAPI, WaitForSingleObject, (HANDLE h, DWORD ms),
       CODES(ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED,
             ERROR_NOT_ENOUGH_MEMORY),
       MAYBE("cannot wait for |cannot read from a process|cannot write to a "
             "process"))
{
    DWORD got = fails(&fn_WaitForSingleObject)
                    ? WAIT_FAILED
                    : REAL(WaitForSingleObject)(h, ms);

    if (counts() && got == WAIT_TIMEOUT) {
        seen.waited_ms += ms;
    }
    return got;
}
FAULT(DWORD WINAPI, WaitForMultipleObjects,
      (DWORD n, const HANDLE *h, BOOL all, DWORD ms), (n, h, all, ms),
      WAIT_FAILED,
      CODES(ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER),
      STEPS("cannot wait for a process"))
FAULT(BOOL WINAPI, GetExitCodeProcess, (HANDLE h, LPDWORD code), (h, code),
      FALSE, CODES(ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED),
      STEPS("cannot wait for process "))
DEFINE(BOOL WINAPI, TerminateProcess, (HANDLE h, UINT code),
       CODES(ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE),
       STEPS("cannot end process "))
{
    return !fails(&fn_TerminateProcess) &&
           (immortal || REAL(TerminateProcess)(h, code));
}
FAULT(BOOL WINAPI, TerminateJobObject, (HANDLE h, UINT code), (h, code), FALSE,
      CODES(ERROR_ACCESS_DENIED, ERROR_INVALID_HANDLE),
      STEPS("cannot kill the tree of process "))
DEFINE(BOOL WINAPI, GenerateConsoleCtrlEvent, (DWORD event, DWORD group),
       CODES(ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER),
       STEPS("cannot send signal "))
{
    return !fails(&fn_GenerateConsoleCtrlEvent) &&
           (fake_console || REAL(GenerateConsoleCtrlEvent)(event, group));
}

/*
 * Those of osdep_run().  That the other end of a pipe is gone
 * (ERROR_BROKEN_PIPE, ERROR_NO_DATA) is no fault but the end of what there is to
 * read or write, and ERROR_OPERATION_ABORTED is what CancelIoEx() does.
 */
FAULT(BOOL WINAPI, ReadFile,
      (HANDLE h, LPVOID to, DWORD size, LPDWORD n, LPOVERLAPPED o),
      (h, to, size, n, o), FALSE,
      CODES(ERROR_INVALID_USER_BUFFER, ERROR_NOT_ENOUGH_MEMORY,
            ERROR_NOT_ENOUGH_QUOTA),
      STEPS("cannot read from a process|pass_fds: cannot read '"))
FAULT(BOOL WINAPI, WriteFile,
      (HANDLE h, LPCVOID from, DWORD size, LPDWORD n, LPOVERLAPPED o),
      (h, from, size, n, o), FALSE,
      CODES(ERROR_INVALID_USER_BUFFER, ERROR_NOT_ENOUGH_MEMORY,
            ERROR_NOT_ENOUGH_QUOTA),
      STEPS("cannot write to a process"))
FAULT_AFTER(BOOL WINAPI, GetOverlappedResult,
            (HANDLE h, LPOVERLAPPED o, LPDWORD n, BOOL wait), (h, o, n, wait),
            FALSE, CODES(ERROR_IO_DEVICE, ERROR_NOT_ENOUGH_QUOTA),
            STEPS("cannot read from a process|cannot write to a process"))
FAULT(BOOL WINAPI, PeekNamedPipe,
      (HANDLE h, LPVOID to, DWORD size, LPDWORD n, LPDWORD total, LPDWORD left),
      (h, to, size, n, total, left), FALSE,
      CODES(ERROR_BAD_PIPE, ERROR_INVALID_HANDLE),
      STEPS("cannot read from a process"))
/* It may find that the operation is done. */
DEFINE(BOOL WINAPI, CancelIoEx, (HANDLE h, LPOVERLAPPED o),
       CODES(ERROR_NOT_FOUND, ERROR_INVALID_PARAMETER, ERROR_INVALID_HANDLE),
       MAYBE("cannot read from a process|cannot write to a process"))
{
    if (!fails(&fn_CancelIoEx)) {
        return REAL(CancelIoEx)(h, o);
    }
    if (fault.code == ERROR_NOT_FOUND) {
        REAL(CancelIoEx)(h, o);
        SetLastError(ERROR_NOT_FOUND);
    }
    return FALSE;
}

/* Those of the C runtime. */

FAULT(intptr_t __cdecl, _get_osfhandle, (int fd), (fd), -1, CODES(EBADF),
      MAYBE(" is not open|: cannot hand on descriptor |"
            "cannot make descriptor "),
      ERRNO)
FAULT(int __cdecl, _dup, (int fd), (fd), -1, CODES(EMFILE),
      STEPS(": cannot hand on descriptor |: cannot hand on our own stream"),
      ERRNO)
FAULT_AFTER(int __cdecl, _close, (int fd), (fd), -1, CODES(EBADF), ERRNO)

DEFINE(void *__cdecl, malloc, (size_t size), CODES(ENOMEM), MAYBE(""), ERRNO)
{
    void *p = fails(&fn_malloc) ? NULL : REAL(malloc)(size);

    heap_blocks += p != NULL;
    return p;
}

DEFINE(void *__cdecl, calloc, (size_t n, size_t size), CODES(ENOMEM), MAYBE(""),
       ERRNO)
{
    void *p = fails(&fn_calloc) ? NULL : REAL(calloc)(n, size);

    heap_blocks += p != NULL;
    return p;
}

DEFINE(void *__cdecl, realloc, (void *old, size_t size), CODES(ENOMEM),
       MAYBE(""), ERRNO)
{
    bool had = old != NULL;
    void *p = fails(&fn_realloc) ? NULL : REAL(realloc)(old, size);

    heap_blocks += p && !had;
    return p;
}

DEFINE(wchar_t *__cdecl, _wcsdup, (const wchar_t *text), CODES(ENOMEM),
       MAYBE(""), ERRNO)
{
    wchar_t *p = fails(&fn__wcsdup) ? NULL : REAL(_wcsdup)(text);

    heap_blocks += p != NULL;
    return p;
}

/* Those of RAM. */

DEFINE(LPVOID WINAPI, VirtualAlloc,
       (LPVOID at, SIZE_T size, DWORD type, DWORD protect),
       CODES(NO_ROOM, ERROR_COMMITMENT_LIMIT),
       STEPS("cannot reserve addresses for |cannot allocate "))
{
    void *p = fails(&fn_VirtualAlloc)
                  ? NULL
                  : REAL(VirtualAlloc)(at, size, type, protect);

    heap_blocks += p && type & MEM_RESERVE;
    return p;
}

DEFINE(BOOL WINAPI, VirtualFree, (LPVOID at, SIZE_T size, DWORD type), CODES(0))
{
    BOOL ok = REAL(VirtualFree)(at, size, type);

    heap_blocks -= ok && type & MEM_RELEASE;
    return ok;
}

DEFINE(void *__cdecl, _aligned_malloc, (size_t size, size_t alignment),
       CODES(ENOMEM), STEPS("cannot allocate "), ERRNO)
{
    void *p = fails(&fn__aligned_malloc)
                  ? NULL
                  : REAL(_aligned_malloc)(size, alignment);

    heap_blocks += p != NULL;
    return p;
}

DEFINE(void __cdecl, _aligned_free, (void *p), CODES(0))
{
    heap_blocks -= p != NULL;
    REAL(_aligned_free)(p);
}

/* Those of messages and reports. */

FAULT(DWORD WINAPI, FormatMessageW,
      (DWORD flags, LPCVOID source, DWORD code, DWORD language, LPWSTR to,
       DWORD size, va_list *args),
      (flags, source, code, language, to, size, args), 0,
      CODES(ERROR_MR_MID_NOT_FOUND, ERROR_NOT_ENOUGH_MEMORY,
            ERROR_RESOURCE_LANG_NOT_FOUND))
FAULT(DWORD WINAPI, GetModuleFileNameW, (HMODULE module, LPWSTR to, DWORD size),
      (module, to, size), 0, CODES(ERROR_MOD_NOT_FOUND, ERROR_ACCESS_DENIED))

DEFINE(BOOL WINAPI, GetConsoleMode, (HANDLE h, LPDWORD mode),
       CODES(ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED))
{
    return !fails(&fn_GetConsoleMode) &&
           (fake_console || REAL(GetConsoleMode)(h, mode));
}

DEFINE(UINT WINAPI, GetConsoleCP, (void), CODES(ERROR_INVALID_HANDLE))
{
    return fails(&fn_GetConsoleCP) ? 0
           : fake_console          ? 437
                                   : REAL(GetConsoleCP)();
}

DEFINE(BOOL WINAPI, WriteConsoleW,
       (HANDLE h, const VOID *text, DWORD n, LPDWORD written, LPVOID reserved),
       CODES(ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY))
{
    if (fails(&fn_WriteConsoleW)) {
        return FALSE;
    }
    if (!fake_console) {
        return REAL(WriteConsoleW)(h, text, n, written, reserved);
    }
    REAL(WideCharToMultiByte)
    (CP_UTF8, 0, text, (int)n, fake_console_text, sizeof(fake_console_text) - 1,
     NULL, NULL);
    *written = n;
    return TRUE;
}

/* These do not fail; we want to know of them. */

DEFINE(void __cdecl, free, (void *p), CODES(0))
{
    heap_blocks -= p != NULL;
    REAL(free)(p);
}

/* Of no use to the caller if it returned, so it is left by longjmp(). */
DEFINE(void __cdecl, abort, (void), CODES(0))
{
    if (counts() && abort_jumps) {
        abort_jumps = false;
        longjmp(abort_goes_here, 1);
    }
    REAL(abort)();
}

static FaultyFunction *const functions[] = {
    &fn_CreatePipe,
    &fn_CreateNamedPipeW,
    &fn_CreateFileW,
    &fn_DuplicateHandle,
    &fn_CreateEventW,
    &fn_CreateJobObjectW,
    &fn_CreateProcessW,
    &fn_CloseHandle,
    &fn__open_osfhandle,
    &fn_SetHandleInformation,
    &fn_GetHandleInformation,
    &fn_SetFilePointerEx,
    &fn_GetFileSizeEx,
    &fn_QueryInformationJobObject,
    &fn_SetInformationJobObject,
    &fn_InitializeProcThreadAttributeList,
    &fn_UpdateProcThreadAttribute,
    &fn_MultiByteToWideChar,
    &fn_WideCharToMultiByte,
    &fn_GetFileAttributesW,
    &fn_GetFullPathNameW,
    &fn_GetEnvironmentVariableW,
    &fn_GetSystemDirectoryW,
    &fn_GetStdHandle,
    &fn_GetFileType,
    &fn_WaitForSingleObject,
    &fn_WaitForMultipleObjects,
    &fn_GetExitCodeProcess,
    &fn_TerminateProcess,
    &fn_TerminateJobObject,
    &fn_GenerateConsoleCtrlEvent,
    &fn_ReadFile,
    &fn_WriteFile,
    &fn_GetOverlappedResult,
    &fn_PeekNamedPipe,
    &fn_CancelIoEx,
    &fn__get_osfhandle,
    &fn__dup,
    &fn__close,
    &fn_malloc,
    &fn_calloc,
    &fn_realloc,
    &fn__wcsdup,
    &fn_VirtualAlloc,
    &fn_VirtualFree,
    &fn__aligned_malloc,
    &fn__aligned_free,
    &fn_FormatMessageW,
    &fn_GetModuleFileNameW,
    &fn_GetConsoleMode,
    &fn_GetConsoleCP,
    &fn_WriteConsoleW,
    &fn_free,
    &fn_abort,
};
enum { N_FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

/* Put ourselves in front of @f in the table of this program. */
static void put_in_front(FaultyFunction *f)
{
    char *base = (char *)GetModuleHandleW(NULL);
    IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)base;
    IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)(base + dos->e_lfanew);
    IMAGE_DATA_DIRECTORY *imports =
        &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    IMAGE_IMPORT_DESCRIPTOR *dll =
        (IMAGE_IMPORT_DESCRIPTOR *)(base + imports->VirtualAddress);

    for (; dll->Name; dll++) {
        IMAGE_THUNK_DATA *name =
            (IMAGE_THUNK_DATA *)(base + dll->OriginalFirstThunk);
        IMAGE_THUNK_DATA *slot = (IMAGE_THUNK_DATA *)(base + dll->FirstThunk);

        for (; name->u1.AddressOfData; name++, slot++) {
            IMAGE_IMPORT_BY_NAME *import =
                (IMAGE_IMPORT_BY_NAME *)(base + name->u1.AddressOfData);
            DWORD old;

            if (!IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal) &&
                strcmp((char *)import->Name, f->name) == 0 &&
                VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &old)) {
                f->real = (AnyFunction *)slot->u1.Function;
                slot->u1.Function = (ULONG_PTR)f->wrapper;
                VirtualProtect(slot, sizeof(*slot), old, &old);
            }
        }
    }
}

static DWORD WINAPI watch(LPVOID unused)
{
    (void)unused;
    for (;;) {
        ULONGLONG since = running_since;

        Sleep(500);
        if (since && since == running_since &&
            GetTickCount64() - since > HANG_MS) {
            print_fault();
            printf("it hangs\n");
            for (int i = 0; i < n_processes; i++) {
                REAL(TerminateProcess)(processes[i], 1);
            }
            REAL(TerminateProcess)(GetCurrentProcess(), 1);
        }
    }
    return 0;
}

static void prepare(void)
{
    static bool done;

    if (done) {
        return;
    }
    done = true;
    tester = GetCurrentThreadId();
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        put_in_front(functions[i]);
        if (!functions[i]->real) {
            printf("# %s is not imported\n", functions[i]->name);
        }
        CU_ASSERT_PTR_NOT_NULL_FATAL(functions[i]->real);
    }
    REAL(CloseHandle)(CreateThread(NULL, 0, watch, NULL, 0, NULL));
}

void plan_fault(const char *function, int nth, int code)
{
    prepare();
    fault.function = NULL;
    fault.nth = nth;
    fault.and_later = false;
    fault.code = code;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        functions[i]->calls = 0;
        if (function && strcmp(functions[i]->name, function) == 0) {
            fault.function = functions[i];
        }
    }
    CU_ASSERT_FATAL(!function || fault.function != NULL);
    memset(&seen, 0, sizeof(seen));
}

void plan_faults(const char *function, int nth, int code)
{
    plan_fault(function, nth, code);
    fault.and_later = true;
}

void forget_held(void)
{
    memset(held, 0, sizeof(held));
    for (int i = 0; i < n_processes; i++) {
        REAL(CloseHandle)(processes[i]);
    }
    n_processes = 0;
}

/* What has to be the same after as before. */
typedef struct World {
    long heap_blocks;
    uint64_t fds;
    WCHAR cwd[MAX_PATH];
} World;

static void look(World *world)
{
    *world = (World){ .heap_blocks = heap_blocks };
    GetCurrentDirectoryW(MAX_PATH, world->cwd);
    for (int fd = 0; fd < 64; fd++) {
        world->fds |= (uint64_t)(_get_osfhandle(fd) > 0) << fd;
    }
}

/* How many handles we have; Wine's GetProcessHandleCount() says 0. */
static unsigned int count_handles(void)
{
    unsigned int n = 0;
    DWORD flags;

    for (uintptr_t i = 4; i < 0x2000; i += 4) {
        n += GetHandleInformation((HANDLE)i, &flags) != 0;
    }
    return n;
}

static void compare(const FaultCase *c, const World *before, bool failed)
{
    World after;

    look(&after);
    if (failed && c->aborts) {
        heap_blocks = before->heap_blocks;
    } else if (after.heap_blocks != before->heap_blocks) {
        find("%ld blocks of memory more than before",
             after.heap_blocks - before->heap_blocks);
    }
    if (after.fds != before->fds) {
        find("other descriptors are open: %" PRIx64 ", not %" PRIx64, after.fds,
             before->fds);
    }
    if (wcscmp(after.cwd, before->cwd) != 0) {
        find("another working directory");
        SetCurrentDirectoryW(before->cwd);
    }
    for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
        if (!held[i].handle) {
            continue;
        }
        if ((failed || !(c->keeps_job || fault.hit_silently)) ||
            strcmp(held[i].from, "CreateJobObjectW") != 0) {
            find("a handle of %s is open", held[i].from);
        }
        CloseHandle(held[i].handle);
    }
    for (int i = 0; i < n_processes; i++) {
        if (REAL(WaitForSingleObject)(processes[i], 0) != WAIT_OBJECT_0) {
            find("a process is left running");
            REAL(TerminateProcess)(processes[i], 1);
        }
        REAL(CloseHandle)(processes[i]);
    }
    n_processes = 0;
}

/* Is one of the words of @steps in @message? */
static bool names_step(const char *message, const char *steps)
{
    char copy[256], *at = copy, *bar;

    snprintf(copy, sizeof(copy), "%s", steps);
    do {
        bar = strchr(at, '|');
        if (bar) {
            *bar = '\0';
        }
        if (strstr(message, at)) {
            return true;
        }
        at = bar + 1;
    } while (bar);
    return false;
}

/* Can a folder in PATH be like that, and the search goes on? */
static bool is_unreachable(int code)
{
    return code == ERROR_BAD_NETPATH || code == ERROR_NOT_READY ||
           code == ERROR_INVALID_NAME || code == ERROR_FILENAME_EXCED_RANGE;
}

/* Is that how the library says what the fault was? */
static bool is_right_code(const FaultCase *c, const Error *err)
{
    const char *name = fault.function->name;
    int code = osdep_error_get_errno(err);
    int win32_err = (int)osdep_error_get_win32(err);

    if (fault.function->sets_errno) {
        /* There is one reason; Wine says ENFILE to it. */
        return code == fault.code ||
               (strcmp(name, "_open_osfhandle") == 0 && code == EMFILE);
    }
    if (win32_err) {
        return win32_err == fault.code ||
               ((fault.code == ERROR_ENVVAR_NOT_FOUND ||
                 (c->searches && is_unreachable(fault.code))) &&
                win32_err == ERROR_FILE_NOT_FOUND);
    }
    /* The codes of errno that osdep/process.h names. */
    return (fault.code == ERROR_NOT_ENOUGH_MEMORY && code == ENOMEM) ||
           (fault.code == ERROR_NO_UNICODE_TRANSLATION && code == EINVAL) ||
           (fault.code == ERROR_INVALID_HANDLE && code == EBADF);
}

/* Does what comes without the fault come with it, too? */
static bool changes_nothing(const FaultCase *c)
{
    const FaultyFunction *f = fault.function;

    return fault.hit_silently || f->makes_text || !f->steps ||
           fault.code == ERROR_FILE_NOT_FOUND ||
           fault.code == ERROR_ENVVAR_NOT_FOUND ||
           (c->searches && is_unreachable(fault.code));
}

/* Has the library another try after that? */
static bool is_retried(const FaultyFunction *f)
{
    for (int i = 0; i < MAX_CODES; i++) {
        if (fault.code && f->retried[i] == fault.code) {
            return true;
        }
    }
    return false;
}

static void judge(const FaultCase *c, const Outcome *o)
{
    const FaultyFunction *f = fault.function;
    const char *message = o->err ? error_get_pretty(o->err) : "";
    int code = o->err ? osdep_error_get_errno(o->err) : 0;
    bool natural = code == c->error;

    if (o->wrong) {
        find("%s", o->wrong);
    }
    if (!fault.hit) {
        if (!natural) {
            find("%s", o->err ? message : "there is no error");
        }
        return;
    }
    if (!o->err) {
        if (f->must_fail && !fault.hit_silently && !stream_was_missing(c) &&
            !is_retried(f)) {
            find("that was not reported");
        }
        return;
    }
    if (natural && code && changes_nothing(c)) {
        return;
    }
    if (!f->steps) {
        find("that is no reason for: %s", message);
    } else if (!is_right_code(c, o->err)) {
        find("another code, %d: %s", code, message);
    } else if (!names_step(message, f->steps)) {
        find("another step: %s", message);
    }
}

/* Returns: was a process started? */
static bool try_once(const FaultCase *c)
{
    Outcome o = { 0 };
    World before;
    bool started;

    running = c;
    running_since = GetTickCount64();
    fault.hit = fault.hit_silently = false;
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        functions[i]->calls = 0;
    }
    look(&before);
    c->run(c, &o);
    disarm();
    judge(c, &o);
    error_free(o.err);
    started = n_processes > 0;
    compare(c, &before, o.err != NULL);
    running_since = 0;
    return started;
}

/* Is it a power of two? */
static bool is_round(int n)
{
    return (n & (n - 1)) == 0;
}

/*
 * Those of @calls calls of @f.  What fails before a process is started costs
 * nothing; of the others, unless OSDEP_TEST_FAULTS is "all", a share is taken:
 * one code, and call 1, 2, 4, 8...
 */
static void try_function(const FaultCase *c, FaultyFunction *f, int calls)
{
    const char *wanted = getenv("OSDEP_TEST_FAULTS");
    bool all = wanted && strcmp(wanted, "all") == 0, costly = false;

    for (int n = 1; n <= calls; n++) {
        if (costly && !all && !is_round(n)) {
            continue;
        }
        for (int k = 0; k < MAX_CODES && f->codes[k]; k++) {
            fault.function = f;
            fault.nth = n;
            fault.code = f->codes[k];
            costly = try_once(c);
            f->tried[k] += fault.hit;
            if (costly && !all) {
                break;
            }
        }
    }
    fault.function = NULL;
}

static void try_case(const FaultCase *c)
{
    int calls[N_FUNCTIONS];

    try_once(c);
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        calls[i] = functions[i]->calls;
    }
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        if (!c->only || strcmp(c->only, functions[i]->name) == 0) {
            try_function(c, functions[i], calls[i]);
        }
    }
}

static void print_tried(size_t n_cases)
{
    const char *comma;
    int total = 0;

    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        for (int k = 0; k < MAX_CODES; k++) {
            total += functions[i]->tried[k];
        }
    }
    printf("# count: %d faults in %zu cases:", total, n_cases);
    comma = " ";
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        FaultyFunction *f = functions[i];
        bool named = false;

        for (int k = 0; k < MAX_CODES; k++) {
            if (f->tried[k]) {
                printf("%s%s%s%d x %d", comma, named ? "" : f->name,
                       named ? "" : " ", f->codes[k], f->tried[k]);
                named = true;
                comma = ", ";
            }
        }
    }
    printf("\n");
}

int try_faults(const FaultCase *cases, size_t n_cases, bool quietly)
{
    unsigned int handles;

    prepare();
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        memset(functions[i]->tried, 0, sizeof(functions[i]->tried));
    }
    quiet = quietly;
    findings = 0;
    fault.function = NULL;
    fault.and_later = false;
    for (size_t i = 0; i < n_cases; i++) {
        try_once(&cases[i]); /* What the system opens once. */
    }
    handles = count_handles();
    for (size_t i = 0; i < n_cases; i++) {
        try_case(&cases[i]);
    }
    if (!quietly) {
        print_tried(n_cases);
    }
    if (count_handles() != handles) {
        find("%u handles are open, not %u", count_handles(), handles);
    }
    return findings;
}
