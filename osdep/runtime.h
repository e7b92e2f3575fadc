/*
 * Windows: descriptors of the caller's C runtime
 *
 * SPDX-License-Identifier: MIT
 *
 * A program and a DLL can use different C runtimes (msvcrt.dll, the Universal
 * CRT), each with descriptors of its own: number 3 of the one is another file
 * than number 3 of the other.  The library therefore knows HANDLEs alone.  Where
 * one of its functions takes or returns a descriptor, the public function is an
 * inline that is compiled into the caller and passes these functions of the
 * caller's runtime along.
 */
#ifndef OSDEP_RUNTIME_H
#define OSDEP_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "osdep/compiler.h"

/*
 * The functions of a C runtime.  A library function that is called without them
 * (NULL) refuses descriptors with EINVAL and a message.
 *
 * Only open_fd changes errno, and only on failure.  The structure may grow.
 */
typedef struct OsdepRuntime {
    size_t size; /* of this structure */
    /* The HANDLE of descriptor @fd, any number; -1 if it is not open. */
    intptr_t (*get_handle)(int fd);
    /*
     * A descriptor for @handle, which belongs to it from now on: in binary mode,
     * not inherited, to write to if @writable, else to read from.  -1 with the
     * caller's errno set on failure: EMFILE if there is none left; EBADF if
     * @handle is -1.
     */
    int (*open_fd)(intptr_t handle, int writable);
    /* Close @fd and its HANDLE.  -1 on failure. */
    int (*close_fd)(int fd);
    /*
     * Begin to write to the open @fd, and fail before anything is written: the
     * file position is at the end of the file then if @fd appends (_O_APPEND),
     * else where it was.  -1 if that cannot be done for want of a descriptor.
     */
    int (*begin_write)(int fd);
} OsdepRuntime;

#ifdef _WIN32

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>

#if defined _UCRT || (defined _MSC_VER && _MSC_VER >= 1900)
#define OSDEP_HAS_INVALID_PARAMETER_HANDLER 1
OSDEP_BEGIN_DECLS
/* stdlib.h of MinGW-w64 need not declare it, but its import libraries have it. */
/* clang-format off */
_CRTIMP _invalid_parameter_handler __cdecl
_set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);
/* clang-format on */
OSDEP_END_DECLS

static inline void osdep_ignore_invalid_parameter(const wchar_t *expression,
                                                  const wchar_t *function,
                                                  const wchar_t *file,
                                                  unsigned int line,
                                                  uintptr_t reserved)
{
    (void)expression, (void)function, (void)file, (void)line, (void)reserved;
}
#endif

/*
 * _get_osfhandle(), for any number.  The Universal CRT by default ends a program
 * that asks for a descriptor which is not open (learn.microsoft.com, "Parameter
 * validation").
 */
static inline intptr_t osdep_runtime_get_handle(int fd)
{
    int saved_errno = errno;
#ifdef OSDEP_HAS_INVALID_PARAMETER_HANDLER
    _invalid_parameter_handler old =
        _set_thread_local_invalid_parameter_handler(
            osdep_ignore_invalid_parameter);
    intptr_t handle = _get_osfhandle(fd);

    _set_thread_local_invalid_parameter_handler(old);
#else
    intptr_t handle = _get_osfhandle(fd);
#endif
    errno = saved_errno;
    /* -2: a standard stream of a program that was started without it */
    return handle == -2 ? -1 : handle;
}

static inline int osdep_runtime_open_fd(intptr_t handle, int writable)
{
    int fd;

    if (handle == -1) {
        errno = EBADF;
        return -1;
    }
    fd = _open_osfhandle(handle, _O_BINARY | _O_NOINHERIT |
                                     (writable ? _O_WRONLY : _O_RDONLY));
    if (fd < 0) {
        errno = EMFILE; /* the only reason; Wine's runtime says ENFILE */
    }
    return fd;
}

static inline int osdep_runtime_close_fd(int fd)
{
    int saved_errno = errno, result = _close(fd);

    errno = saved_errno;
    return result;
}

/*
 * _write(), with a buffer at an address that belongs to the system.  All
 * runtimes of Microsoft's go to the end first if the descriptor has _O_APPEND
 * (the Universal CRT's lowio/write.cpp comes with the Windows SDK), and
 * WriteFile() then refuses the buffer.  In text mode _write() itself would read
 * it: so another descriptor of the same file is used, whose mode can be set.
 */
static inline int osdep_runtime_begin_write(int fd)
{
    int saved_errno = errno, other = _dup(fd);

    if (other >= 0) {
        _setmode(other, _O_BINARY);
        (void)_write(other, (const void *)~(uintptr_t)0xfff, 1);
        _close(other);
    }
    errno = saved_errno;
    return other < 0 ? -1 : 0;
}

/* The functions of the C runtime that the caller is compiled for. */
static inline const OsdepRuntime *osdep_runtime(void)
{
    static const OsdepRuntime runtime = {
        sizeof(OsdepRuntime),      osdep_runtime_get_handle,
        osdep_runtime_open_fd,     osdep_runtime_close_fd,
        osdep_runtime_begin_write,
    };

    return &runtime;
}

#else

/* Elsewhere a process has one table of descriptors. */
static inline const OsdepRuntime *osdep_runtime(void)
{
    return NULL;
}

#endif
#endif
