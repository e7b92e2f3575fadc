/*
 * What the files of osdep/process.h share on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef UTIL_OSDEP_PROCESS_WIN32_H
#define UTIL_OSDEP_PROCESS_WIN32_H

#include "osdep/process.h"
#include "util/osdep-step.h"

#include <windows.h>

OSDEP_BEGIN_INTERNAL

#define OSDEP_NO_DEADLINE UINT64_MAX

struct OsdepProcess {
    HANDLE handle;
    HANDLE job; /* NULL without a flag that needs one */
    DWORD pid;
    unsigned int flags;
    bool has_our_console;
    ULONGLONG deadline; /* osdep_run()'s, in ticks; OSDEP_NO_DEADLINE: none */
    /* Our ends of the pipes, NULL: none; overlapped if they are osdep_run()'s. */
    HANDLE pipes[3];
    /*
     * The descriptors that own these handles, -1: none yet, and what closes
     * them.  No OsdepRuntime is kept: the caller's may be shorter than ours.
     */
    int fds[3];
    int (*close_fds[3])(int fd);
    _Atomic unsigned int sent; /* 1 << signal for those that we sent */
    _Atomic bool waited;
};

/* Set the step of *@errp, if there is an error that has none; for "return". */
static inline bool osdep_failed_at(OsdepError **errp, OsdepStep step)
{
    if (errp) {
        osdep_error_set_step(*errp, step);
    }
    return false;
}

/*
 * @text in UTF-16, to be freed.  NULL with @errp set if it is not UTF-8
 * (EINVAL, OSDEP_STEP_CHECK) or there is no memory; @fmt says what it is:
 * "argv[3]".
 */
WCHAR *osdep_utf16(OsdepError **errp, const char *text, const char *fmt, ...)
    OSDEP_PRINTF(3, 4);

/*
 * An environment variable of ours, to be freed; NULL with @error set, which is
 * ERROR_ENVVAR_NOT_FOUND if there is none.
 */
WCHAR *osdep_getenv(const WCHAR *name, DWORD *error);

/*
 * What CreateProcessW() takes as an environment, of the strings @env: sorted as
 * "Changing Environment Variables" (learn.microsoft.com) demands, by name,
 * without regard to case or locale.  If they are missing, SystemRoot, without
 * which sockets and much else do not work, SystemDrive and windir are added.
 *
 * Returns: it, to be freed, and in @path, too, the value of PATH, NULL if there
 * is none.  NULL with @errp set, and maybe @path.
 */
WCHAR *osdep_environment(const char *const *env, WCHAR **path,
                         OsdepError **errp);

/*
 * The full path of @path, which is seen from the folder @base (a full path;
 * NULL: the current one), to be freed; NULL with @error set.
 */
WCHAR *osdep_full_path(const WCHAR *base, const WCHAR *path, DWORD *error);

/*
 * @path, a full one that was allocated, or a copy with "\\?\" in front,
 * instead, if the system's functions would not take it for its length.  NULL
 * with @error set if there is no memory.
 */
WCHAR *osdep_long_path(WCHAR *path, DWORD *error);

/*
 * Turn @path, a full one, into one without "\\\\?\\" or "\\\\.\\", in place, if
 * that is a path to the same file.  Returns whether it did.
 */
bool osdep_plain_path(WCHAR *path);

/* The path of the system's cmd.exe, to be freed; NULL with @error set. */
WCHAR *osdep_cmd_exe(DWORD *error);

/*
 * Find the program @name as osdep_spawn() does: if @searched is set and it is a
 * bare name, in the folders of @path (what is in PATH; NULL: the system's
 * folder), else as a path; seen from @cwd (NULL: the current directory).
 *
 * Returns: its full path, to be freed; NULL with @error set.
 */
WCHAR *osdep_find_program(const WCHAR *name, bool searched, const WCHAR *path,
                          const WCHAR *cwd, DWORD *error);

OSDEP_END_INTERNAL

#endif
