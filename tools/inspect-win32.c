/*
 * What a process inherited, on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "tools/inspect.h"

#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <sys/stat.h>
#include <windows.h>

/* More than the descriptors that msvcrt.dll has (_setmaxstdio()). */
enum { MAX_FDS = 2048 };

static const char *kind_of(HANDLE handle)
{
    switch (GetFileType(handle)) {
    case FILE_TYPE_DISK:
        return "regular file";
    case FILE_TYPE_CHAR:
        return "character device";
    case FILE_TYPE_PIPE:
        return "pipe";
    default:
        return "other";
    }
}

static char *utf8_directory(void)
{
    WCHAR *wide = _wgetcwd(NULL, 0);
    char *text = NULL;
    int size;

    if (!wide) {
        return NULL;
    }
    size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    if (size > 0) {
        text = malloc((size_t)size);
    }
    if (text) {
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    }
    free(wide);
    return text;
}

bool inspect(Inspection *in, bool use_proc, Error **errp)
{
    unsigned int mask = (unsigned int)_umask(0);

    (void)use_proc;
    _umask((int)mask);
    *in = (Inspection){ .umask = mask, .pid = _getpid() };
    in->directory = utf8_directory();
    for (int fd = 0; fd < MAX_FDS; fd++) {
        intptr_t handle = _get_osfhandle(fd);
        InspectedFd found = { .fd = fd, .access = "" };
        DWORD flags;

        if (handle == -1 || !GetHandleInformation((HANDLE)handle, &flags)) {
            continue;
        }
        found.cloexec = !(flags & HANDLE_FLAG_INHERIT);
        found.kind = kind_of((HANDLE)handle);
        if (!inspection_add_fd(in, found, errp)) {
            inspection_clear(in);
            return false;
        }
    }
    return true;
}
