/*
 * Processes that were started, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#ifdef _WIN32

#include <signal.h>

#include "util/osdep-process-os.h"
#include "util/osdep-process-win32.h"

enum {
    SIGNAL_KILL = 9, /* Microsoft's signal.h has no SIGKILL. */
    /* How long to wait for the end of a process that cannot be terminated. */
    ENDING_MS = 1000,
};

/* Windows has no cancellation of threads. */
int osdep_cancel_disable(void)
{
    return 0;
}

void osdep_cancel_restore(int state)
{
    (void)state;
}

osdep_pid osdep_process_pid(const OsdepProcess *process)
{
    return (osdep_pid)process->pid;
}

void *osdep_process_handle(OsdepProcess *process, int stream)
{
    return stream >= 0 && stream <= 2 ? process->pipes[stream] : NULL;
}

void *osdep_process_take_handle(OsdepProcess *process, int stream)
{
    HANDLE handle = osdep_process_handle(process, stream);

    if (!handle) {
        return NULL;
    }
    if (process->fds[stream] >= 0) {
        /* A C runtime cannot release a descriptor's handle without closing it. */
        if (!DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(),
                             &handle, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
            return NULL;
        }
        process->close_fds[stream](process->fds[stream]);
        process->fds[stream] = -1;
    }
    process->pipes[stream] = NULL;
    return handle;
}

int osdep_process_fd_in(OsdepProcess *process, int stream,
                        const OsdepRuntime *runtime)
{
    HANDLE handle = osdep_process_handle(process, stream);

    if (!handle || !runtime) {
        return -1;
    }
    if (process->fds[stream] < 0) {
        process->fds[stream] = runtime->open_fd((intptr_t)handle, stream == 0);
        process->close_fds[stream] = runtime->close_fd;
    } else if (runtime->get_handle(process->fds[stream]) != (intptr_t)handle) {
        /* It is a descriptor of another C runtime: sets the caller's errno. */
        return runtime->open_fd(-1, stream == 0);
    }
    return process->fds[stream];
}

int osdep_process_take_fd_in(OsdepProcess *process, int stream,
                             const OsdepRuntime *runtime)
{
    int fd = osdep_process_fd_in(process, stream, runtime);

    if (fd >= 0) {
        process->pipes[stream] = NULL;
        process->fds[stream] = -1;
    }
    return fd;
}

static bool has_ended(const OsdepProcess *process)
{
    return WaitForSingleObject(process->handle, 0) == WAIT_OBJECT_0;
}

/* The exit code that our TerminateProcess() gives, as in a shell's $?. */
static UINT code_of_signal(int sig)
{
    return 128 + (UINT)sig;
}

static bool was_ended_by(const OsdepProcess *process, DWORD code, int sig)
{
    return (process->sent & 1u << sig) && code == code_of_signal(sig);
}

/*
 * Returns whether an exit code is that of an exception that nobody handled, or
 * of a program that could not be loaded.  Others that begin with 8 or C are
 * HRESULTs, which programs return: 0xC00Dxxxx are those of Media Foundation
 * (mferror.h).
 */
static bool is_crash(DWORD code)
{
    switch (code) {
    /* The warnings that are exceptions (ntstatus.h). */
    case 0x80000001: /* STATUS_GUARD_PAGE_VIOLATION */
    case 0x80000002: /* STATUS_DATATYPE_MISALIGNMENT */
    case 0x80000003: /* STATUS_BREAKPOINT */
    case 0x80000004: /* STATUS_SINGLE_STEP */
    /* Those that compilers and their runtimes raise. */
    case 0xc06d007e: /* Visual C++: a DLL that was to be loaded late is missing */
    case 0xc06d007f: /* ... or a function in it is (delayimp.h) */
    case 0xe06d7363: /* Visual C++: "msc", a C++ exception (ehdata.h) */
    case 0xe0434352: /* .NET: "CCR" (EXCEPTION_COMPLUS, corexcep.h) */
    case 0xe0434f4d: /* .NET before 4.0: "COM" */
        return true;
    default:
        /* The system's errors ([MS-ERREF] 2.3), facilities 0 and "SXS". */
        return code >> 16 == 0xc000 || code >> 16 == 0xc015;
    }
}

/* The signal that a console's event, which no handler took, stands for; 0: none. */
static uint32_t signal_of_console(const OsdepProcess *process, DWORD code)
{
    if (code != STATUS_CONTROL_C_EXIT) {
        return 0;
    }
    return process->sent & 1u << SIGBREAK ? SIGBREAK : SIGINT;
}

OsdepWait osdep_process_wait_os(OsdepProcess *process, int timeout_ms,
                                OsdepExit *how, OsdepError **errp)
{
    DWORD code;

    switch (WaitForSingleObject(
        process->handle, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms)) {
    case WAIT_TIMEOUT:
        return OSDEP_WAIT_TIMED_OUT;
    case WAIT_OBJECT_0:
        if (GetExitCodeProcess(process->handle, &code)) {
            break;
        }
        /* fall through */
    default:
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot wait for process %lu", process->pid);
        return OSDEP_WAIT_FAILED;
    }
    process->waited = true;
    *how = (OsdepExit){ .kind = OSDEP_EXITED, .code = code };
    if (was_ended_by(process, code, SIGTERM)) {
        how->kind = OSDEP_SIGNALLED;
        how->code = SIGTERM;
    } else if (was_ended_by(process, code, SIGNAL_KILL)) {
        how->kind = OSDEP_SIGNALLED;
        how->code = SIGNAL_KILL;
    } else if (signal_of_console(process, code)) {
        how->kind = OSDEP_SIGNALLED;
        how->code = signal_of_console(process, code);
    } else if (is_crash(code)) {
        how->kind = OSDEP_CRASHED;
    }
    return OSDEP_WAIT_ENDED;
}

/* End the process as if by @sig; no error if it has ended. */
static bool end_process(OsdepProcess *process, int sig, OsdepError **errp)
{
    DWORD error;

    if (has_ended(process)) {
        return true;
    }
    process->sent |= 1u << sig; /* first: a thread may be waiting already */
    if (TerminateProcess(process->handle, code_of_signal(sig))) {
        return true;
    }
    error = GetLastError();
    /* A process that is ending refuses, too; its end is a matter of moments. */
    if (error == ERROR_ACCESS_DENIED &&
        WaitForSingleObject(process->handle, ENDING_MS) == WAIT_OBJECT_0) {
        return true;
    }
    osdep_error_setg_win32(errp, (int)error, "cannot end process %lu",
                           process->pid);
    return false;
}

static bool send_break(OsdepProcess *process, OsdepError **errp)
{
    const unsigned int bit = 1u << SIGBREAK;
    bool was_sent = process->sent & bit;
    DWORD error;

    process->sent |= bit; /* first: a thread may be waiting already */
    if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, process->pid)) {
        return true;
    }
    error = GetLastError();
    if (!was_sent) {
        process->sent &= ~bit; /* An end by Ctrl-C is not to be taken for it. */
    }
    osdep_error_setg_win32(errp, (int)error,
                           "cannot send signal %d to process %lu", SIGBREAK,
                           process->pid);
    return false;
}

bool osdep_process_signal(OsdepProcess *process, int sig, OsdepError **errp)
{
    if (sig != SIGTERM && sig != SIGNAL_KILL &&
        (sig != SIGBREAK || !(process->flags & OSDEP_SPAWN_NEW_GROUP) ||
         !process->has_our_console)) {
        osdep_error_setg_errno(errp, EINVAL,
                               "cannot send signal %d to process %lu", sig,
                               process->pid);
        return false;
    }
    if (process->waited || has_ended(process)) {
        osdep_error_setg_errno(errp, ESRCH,
                               "cannot send signal %d to process %lu", sig,
                               process->pid);
        return false;
    }
    return sig == SIGBREAK ? send_break(process, errp)
                           : end_process(process, sig, errp);
}

bool osdep_process_terminate(OsdepProcess *process, OsdepError **errp)
{
    return end_process(process, SIGTERM, errp);
}

bool osdep_process_kill(OsdepProcess *process, OsdepError **errp)
{
    return end_process(process, SIGNAL_KILL, errp);
}

bool osdep_process_kill_tree(OsdepProcess *process, OsdepError **errp)
{
    if (!(process->flags & OSDEP_SPAWN_TREE)) {
        osdep_error_setg_errno(errp, EINVAL,
                               "process %lu was started without "
                               "OSDEP_SPAWN_TREE",
                               process->pid);
        return false;
    }
    if (!has_ended(process)) {
        process->sent |= 1u << SIGNAL_KILL;
    }
    if (!TerminateJobObject(process->job, code_of_signal(SIGNAL_KILL))) {
        osdep_error_setg_win32(errp, (int)GetLastError(),
                               "cannot kill the tree of process %lu",
                               process->pid);
        return false;
    }
    return true;
}

intptr_t osdep_process_pollable(const OsdepProcess *process)
{
    return (intptr_t)process->handle;
}

/* Returns whether a process of the job may run. */
static bool has_processes(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info = { 0 };

    return !QueryInformationJobObject(job, JobObjectBasicAccountingInformation,
                                      &info, sizeof(info), NULL) ||
           info.ActiveProcesses > 0;
}

/*
 * Close the job, but not one that is to die with us and has processes: they are
 * to die then, and not now.  Its handle is left open, and the system closes it
 * at our end.
 */
static void release_job(OsdepProcess *process)
{
    if (!process->handle || !(process->flags & OSDEP_SPAWN_DIE_WITH_PARENT) ||
        !has_processes(process->job)) {
        CloseHandle(process->job);
    }
}

void osdep_process_free(OsdepProcess *process)
{
    if (!process) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0) { /* It owns the handle. */
            process->close_fds[i](process->fds[i]);
        } else if (process->pipes[i]) {
            CloseHandle(process->pipes[i]);
        }
    }
    if (process->job) {
        release_job(process);
    }
    if (process->handle) {
        CloseHandle(process->handle);
    }
    free(process);
}

#endif
