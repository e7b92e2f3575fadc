/*
 * Processes that were started, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <io.h>
#include <signal.h>

#include "util/process-os.h"
#include "util/process-win32.h"

enum {
    SIGNAL_KILL = 9, /* Microsoft's signal.h has no SIGKILL. */
    /* How long a process that is ending may take; under load, and no more. */
    ENDING_MS = 1000,
};

/* Windows has no such thing. */
int osdep_cancel_disable(void)
{
    return 0;
}

void osdep_cancel_restore(int state)
{
    (void)state;
}

pid_t osdep_process_pid(const OsdepProcess *process)
{
    return (pid_t)process->pid;
}

int osdep_process_fd(const OsdepProcess *process, int stream)
{
    return stream >= 0 && stream <= 2 ? process->fds[stream] : -1;
}

int osdep_process_take_fd(OsdepProcess *process, int stream)
{
    int fd = osdep_process_fd(process, stream);

    if (fd >= 0) {
        process->fds[stream] = -1;
    }
    return fd;
}

static bool has_ended(const OsdepProcess *process)
{
    return WaitForSingleObject(process->handle, 0) == WAIT_OBJECT_0;
}

/* What our TerminateProcess() makes a process exit with; as a shell's $?. */
static UINT code_of_signal(int sig)
{
    return 128 + (UINT)sig;
}

static bool was_ended_by(const OsdepProcess *process, DWORD code, int sig)
{
    return (process->sent & 1u << sig) && code == code_of_signal(sig);
}

/*
 * An exit code that is an NTSTATUS: any error ("NTSTATUS values", [MS-ERREF]
 * 2.3), and of the warnings the few that are exceptions, since what else begins
 * with 8 is an HRESULT that a program returned.
 */
static bool is_crash(DWORD code)
{
    return code >> 28 == 0xc || code >> 8 == 0x800000;
}

int osdep_process_wait(OsdepProcess *process, int timeout_ms, OsdepExit *how,
                       Error **errp)
{
    OsdepExit ended = { .kind = OSDEP_EXITED };
    DWORD code;

    switch (WaitForSingleObject(
        process->handle, timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms)) {
    case WAIT_TIMEOUT:
        return 0;
    case WAIT_OBJECT_0:
        if (GetExitCodeProcess(process->handle, &code)) {
            break;
        }
        /* fall through */
    default:
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot wait for process %lu", process->pid);
        return -1;
    }
    process->waited = true;
    ended.code = code;
    if (was_ended_by(process, code, SIGTERM)) {
        ended.kind = OSDEP_SIGNALLED;
        ended.code = SIGTERM;
    } else if (was_ended_by(process, code, SIGNAL_KILL)) {
        ended.kind = OSDEP_SIGNALLED;
        ended.code = SIGNAL_KILL;
    } else if (is_crash(code)) {
        ended.kind = OSDEP_CRASHED;
    }
    if (how) {
        *how = ended;
    }
    return 1;
}

/* End the process as if by @sig; no error if it has ended. */
static bool end_process(OsdepProcess *process, int sig, Error **errp)
{
    DWORD error;

    if (has_ended(process)) {
        return true;
    }
    process->sent |= 1u << sig; /* first, for who is waiting already */
    if (TerminateProcess(process->handle, code_of_signal(sig))) {
        return true;
    }
    error = GetLastError();
    /* To one that is just ending, too; that does not take it long. */
    if (error == ERROR_ACCESS_DENIED &&
        WaitForSingleObject(process->handle, ENDING_MS) == WAIT_OBJECT_0) {
        return true;
    }
    error_setg_win32(errp, (int)error, "cannot end process %lu", process->pid);
    return false;
}

bool osdep_process_signal(OsdepProcess *process, int sig, Error **errp)
{
    bool has_our_console =
        (process->flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION |
                           OSDEP_SPAWN_HIDE_WINDOW)) == OSDEP_SPAWN_NEW_GROUP;

    if (sig != SIGTERM && sig != SIGNAL_KILL &&
        (sig != SIGBREAK || !has_our_console)) {
        error_setg_errno(errp, EINVAL, "cannot send signal %d to process %lu",
                         sig, process->pid);
        return false;
    }
    if (process->waited) {
        error_setg_errno(errp, ESRCH, "cannot send signal %d to process %lu",
                         sig, process->pid);
        return false;
    }
    if (sig != SIGBREAK) {
        return end_process(process, sig, errp);
    }
    if (!has_ended(process) &&
        !GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, process->pid)) {
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot send signal %d to process %lu", sig,
                         process->pid);
        return false;
    }
    return true;
}

bool osdep_process_terminate(OsdepProcess *process, Error **errp)
{
    return end_process(process, SIGTERM, errp);
}

bool osdep_process_kill(OsdepProcess *process, Error **errp)
{
    return end_process(process, SIGNAL_KILL, errp);
}

bool osdep_process_kill_tree(OsdepProcess *process, Error **errp)
{
    if (!(process->flags & (OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_NEW_SESSION))) {
        error_setg_errno(errp, EINVAL,
                         "process %lu was started without "
                         "OSDEP_SPAWN_NEW_GROUP or OSDEP_SPAWN_NEW_SESSION",
                         process->pid);
        return false;
    }
    if (!has_ended(process)) {
        process->sent |= 1u << SIGNAL_KILL;
    }
    if (!TerminateJobObject(process->job, code_of_signal(SIGNAL_KILL))) {
        error_setg_win32(errp, (int)GetLastError(),
                         "cannot kill the tree of process %lu", process->pid);
        return false;
    }
    return true;
}

intptr_t osdep_process_pollable(const OsdepProcess *process)
{
    return (intptr_t)process->handle;
}

/* Close the job without an end for who is still in it. */
static void release_job(OsdepProcess *process)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION none = { 0 };

    if (process->handle && (process->flags & OSDEP_SPAWN_DIE_WITH_PARENT)) {
        /*
         * One that runs is to die when we do, and not before: the handle is
         * left to the system, which closes it at our end.  The same if it
         * cannot be told, or those that it has started would die now.
         */
        if ((!process->waited && !has_ended(process)) ||
            !SetInformationJobObject(process->job,
                                     JobObjectExtendedLimitInformation, &none,
                                     sizeof(none))) {
            return;
        }
    }
    CloseHandle(process->job);
}

void osdep_process_free(OsdepProcess *process)
{
    if (!process) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        if (process->fds[i] >= 0) {
            _close(process->fds[i]);
        }
        if (process->pipes[i]) {
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
