/*
 * Error objects on Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

/* Tests compile this file on POSIX systems, too. */
#if (defined _WIN32 || defined OSDEP_TEST_WIN32_CODE) && \
    !defined OSDEP_ERROR_IS_QEMUS

#include <windows.h>

#include "util/osdep-error-os.h"

OsdepOsCodes osdep_os_codes_save(void)
{
    return (OsdepOsCodes){ .errnum = errno, .win32_err = GetLastError() };
}

void osdep_os_codes_restore(OsdepOsCodes codes)
{
    errno = codes.errnum;
    SetLastError(codes.win32_err);
}

/*
 * The errnos that POSIX has and msvcrt.dll does not: its strerror() says "Unknown
 * error" to them.  The Universal CRT knows them under other words, so these
 * texts are used with both.
 */
static const struct {
    int errnum;
    const char *text;
} texts[] = {
    { EADDRINUSE, "Address already in use" },
    { EADDRNOTAVAIL, "Address not available" },
    { EAFNOSUPPORT, "Address family not supported" },
    { EALREADY, "Operation already in progress" },
    { EBADMSG, "Bad message" },
    { ECANCELED, "Operation canceled" },
    { ECONNABORTED, "Connection aborted" },
    { ECONNREFUSED, "Connection refused" },
    { ECONNRESET, "Connection reset" },
    { EDESTADDRREQ, "Destination address required" },
    { EHOSTUNREACH, "Host is unreachable" },
    { EIDRM, "Identifier removed" },
    { EINPROGRESS, "Operation in progress" },
    { EISCONN, "Socket is connected" },
    { ELOOP, "Too many levels of symbolic links" },
    { EMSGSIZE, "Message too long" },
    { ENETDOWN, "Network is down" },
    { ENETRESET, "Connection aborted by network" },
    { ENETUNREACH, "Network is unreachable" },
    { ENOBUFS, "No buffer space available" },
    { ENOMSG, "No message of the desired type" },
    { ENOPROTOOPT, "Protocol not available" },
    { ENOTCONN, "Socket is not connected" },
    { ENOTRECOVERABLE, "State not recoverable" },
    { ENOTSOCK, "Not a socket" },
    { ENOTSUP, "Not supported" },
    { EOPNOTSUPP, "Operation not supported" },
    { EOVERFLOW, "Value too large" },
    { EOWNERDEAD, "Previous owner died" },
    { EPROTO, "Protocol error" },
    { EPROTONOSUPPORT, "Protocol not supported" },
    { EPROTOTYPE, "Wrong protocol type for socket" },
    { ETIMEDOUT, "Connection timed out" },
    { ETXTBSY, "Text file busy" },
    { EWOULDBLOCK, "Operation would block" },
};

void osdep_os_strerror(int errnum, char *buf, size_t size)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].errnum == errnum) {
            snprintf(buf, size, "%s", texts[i].text);
            return;
        }
    }
    if (strerror_s(buf, size, errnum) != 0) {
        snprintf(buf, size, "error %d", errnum);
    }
}

/*
 * What Win32 codes mean, as errnos.
 *
 * The first part is what Microsoft's C runtime makes of them when one of its own
 * functions fails (_dosmaperr(), learn.microsoft.com; its table is in
 * dosmaperr.cpp of the Universal CRT's sources), which is where the errnos of
 * programs on Windows come from.  The codes in the second part are ones that it
 * lumps together as EINVAL or EACCES; the errnos are those that libuv
 * (src/win/error.c), CPython (PC/errmap.h) or Go (syscall.Errno.Is() in
 * syscall_windows.go) chose, or else those of the POSIX function that fails in
 * the same way.
 */
static const struct {
    uint16_t win32_err;
    uint8_t os_errno;
} errnos[] = {
    { ERROR_FILE_NOT_FOUND, ENOENT },
    { ERROR_PATH_NOT_FOUND, ENOENT },
    { ERROR_TOO_MANY_OPEN_FILES, EMFILE },
    { ERROR_ACCESS_DENIED, EACCES },
    { ERROR_INVALID_HANDLE, EBADF },
    { ERROR_ARENA_TRASHED, ENOMEM },
    { ERROR_NOT_ENOUGH_MEMORY, ENOMEM },
    { ERROR_INVALID_BLOCK, ENOMEM },
    { ERROR_BAD_ENVIRONMENT, E2BIG },
    { ERROR_BAD_FORMAT, ENOEXEC },
    { ERROR_INVALID_DRIVE, ENOENT },
    { ERROR_CURRENT_DIRECTORY, EACCES },
    { ERROR_NOT_SAME_DEVICE, EXDEV },
    { ERROR_NO_MORE_FILES, ENOENT },
    { ERROR_BAD_NETPATH, ENOENT },
    { ERROR_NETWORK_ACCESS_DENIED, EACCES },
    { ERROR_BAD_NET_NAME, ENOENT },
    { ERROR_FILE_EXISTS, EEXIST },
    { ERROR_CANNOT_MAKE, EACCES },
    { ERROR_FAIL_I24, EACCES },
    { ERROR_NO_PROC_SLOTS, EAGAIN },
    { ERROR_DRIVE_LOCKED, EACCES },
    { ERROR_BROKEN_PIPE, EPIPE },
    { ERROR_DISK_FULL, ENOSPC },
    { ERROR_INVALID_TARGET_HANDLE, EBADF },
    { ERROR_WAIT_NO_CHILDREN, ECHILD },
    { ERROR_CHILD_NOT_COMPLETE, ECHILD },
    { ERROR_DIRECT_ACCESS_HANDLE, EBADF },
    { ERROR_SEEK_ON_DEVICE, EACCES },
    { ERROR_DIR_NOT_EMPTY, ENOTEMPTY },
    { ERROR_NOT_LOCKED, EACCES },
    { ERROR_BAD_PATHNAME, ENOENT },
    { ERROR_MAX_THRDS_REACHED, EAGAIN },
    { ERROR_LOCK_FAILED, EACCES },
    { ERROR_ALREADY_EXISTS, EEXIST },
    { ERROR_NESTING_NOT_ALLOWED, EAGAIN },
    { ERROR_NO_UNICODE_TRANSLATION, EILSEQ },
    { ERROR_NOT_ENOUGH_QUOTA, ENOMEM },

    { ERROR_OUTOFMEMORY, ENOMEM },
    { ERROR_NO_SYSTEM_RESOURCES, ENOMEM },
    { ERROR_COMMITMENT_LIMIT, ENOMEM },
    { ERROR_WORKING_SET_QUOTA, ENOMEM },
    { ERROR_PAGEFILE_QUOTA, ENOMEM },
    /* "too many outstanding asynchronous requests" (ReadFile()) */
    { ERROR_INVALID_USER_BUFFER, ENOMEM },
    { ERROR_WRITE_PROTECT, EROFS },
    { ERROR_CRC, EIO },
    { ERROR_GEN_FAILURE, EIO },
    { ERROR_IO_DEVICE, EIO },
    { ERROR_DISK_CORRUPT, EIO },
    { ERROR_FILE_CORRUPT, EIO },
    { ERROR_OPEN_FAILED, EIO },
    { ERROR_INTERNAL_ERROR, EIO },
    { ERROR_HANDLE_DISK_FULL, ENOSPC },
    { 1295, ENOSPC }, /* ERROR_DISK_QUOTA_EXCEEDED */
    { ERROR_FILE_TOO_LARGE, EFBIG },
    { ERROR_NOT_SUPPORTED, ENOTSUP },
    { ERROR_CALL_NOT_IMPLEMENTED, ENOTSUP },
    { ERROR_SEM_TIMEOUT, ETIMEDOUT },
    { WAIT_TIMEOUT, ETIMEDOUT },
    { ERROR_TIMEOUT, ETIMEDOUT },
    { ERROR_PIPE_BUSY, EBUSY },
    { ERROR_BUSY, EBUSY },
    { ERROR_PATH_BUSY, EBUSY },
    { ERROR_BAD_PIPE, EPIPE },
    { ERROR_NO_DATA, EPIPE },
    { ERROR_PIPE_NOT_CONNECTED, EPIPE },
    { ERROR_OPERATION_ABORTED, ECANCELED },
    { ERROR_CANCELLED, ECANCELED },
    { ERROR_REQUEST_ABORTED, ECANCELED },
    { ERROR_NOACCESS, EFAULT },
    { ERROR_INVALID_ADDRESS, ENOMEM }, /* VirtualAlloc(): as of mmap(2) */
    { ERROR_INVALID_NAME, ENOENT },
    { ERROR_MOD_NOT_FOUND, ENOENT },
    { ERROR_ENVVAR_NOT_FOUND, ENOENT },
    { ERROR_NOT_FOUND, ENOENT },
    { ERROR_DELETE_PENDING, ENOENT },
    { ERROR_DIRECTORY, ENOTDIR },
    { 336, EISDIR }, /* ERROR_DIRECTORY_NOT_SUPPORTED */
    { ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG },
    { ERROR_BUFFER_OVERFLOW, ENAMETOOLONG },
    { ERROR_CANT_RESOLVE_FILENAME, ELOOP },
    { ERROR_TOO_MANY_LINKS, EMLINK },
    { ERROR_INVALID_ORDINAL, ENOEXEC },
    { ERROR_PROC_NOT_FOUND, ENOEXEC },
    { ERROR_EXE_MACHINE_TYPE_MISMATCH, ENOEXEC },
    { 308, ENOEXEC }, /* ERROR_IMAGE_SUBSYSTEM_NOT_PRESENT */
    { ERROR_SXS_CANT_GEN_ACTCTX, ENOEXEC },
    { 225, EACCES }, /* ERROR_VIRUS_INFECTED */
    { 226, EACCES }, /* ERROR_VIRUS_DELETED */
    { ERROR_ACCESS_DISABLED_BY_POLICY, EACCES },
    { ERROR_CANT_ACCESS_FILE, EACCES },
    { 740, EACCES }, /* ERROR_ELEVATION_REQUIRED */
    { ERROR_LOGON_FAILURE, EACCES },
    { ERROR_ACCOUNT_RESTRICTION, EACCES },
    { ERROR_PRIVILEGE_NOT_HELD, EPERM },
    { ERROR_NOT_OWNER, EPERM },
    { ERROR_NETNAME_DELETED, ECONNRESET },
    { ERROR_CONNECTION_REFUSED, ECONNREFUSED },
    { ERROR_CONNECTION_ABORTED, ECONNABORTED },
    { ERROR_NOT_CONNECTED, ENOTCONN },
    { ERROR_NETWORK_UNREACHABLE, ENETUNREACH },
    { ERROR_HOST_UNREACHABLE, EHOSTUNREACH },
};

/* As _dosmaperr(): a code that is in no table is EINVAL. */
int osdep_errno_of_win32(unsigned long code)
{
    for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
        if (errnos[i].win32_err == code) {
            return errnos[i].os_errno;
        }
    }
    if (code >= ERROR_WRITE_PROTECT && code <= ERROR_SHARING_BUFFER_EXCEEDED) {
        return EACCES;
    }
    if (code >= ERROR_INVALID_STARTING_CODESEG &&
        code <= ERROR_INFLOOP_IN_RELOC_CHAIN) {
        return ENOEXEC;
    }
    return code ? EINVAL : 0;
}

/*
 * The system's text for @win32_err: one line, no full stop, UTF-8.  The system
 * ends its texts in ".\r\n" and may break them; FORMAT_MESSAGE_MAX_WIDTH_MASK
 * turns breaks into spaces (FormatMessageW).
 */
static void win32_text(DWORD win32_err, char *buf, int size)
{
    WCHAR text[512];
    DWORD len;

    len = FormatMessageW(
        FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
            FORMAT_MESSAGE_MAX_WIDTH_MASK,
        NULL, win32_err, 0, text, sizeof(text) / sizeof(text[0]), NULL);
    while (len > 0 && wcschr(L" .\r\n", text[len - 1])) {
        len--;
    }
    text[len] = L'\0'; /* for a code it does not know it leaves @text alone */
    for (WCHAR *insert = text; (insert = wcsstr(insert, L"%1"));) {
        memcpy(insert, L"it",
               2 * sizeof(*insert)); /* "%1 is not a valid Win32 application" */
    }
    len = (DWORD)WideCharToMultiByte(CP_UTF8, 0, text, (int)len, buf, size - 1,
                                     NULL, NULL);
    buf[len] = '\0';
    if (len == 0) {
        snprintf(buf, (size_t)size, "Windows error 0x%lx",
                 (unsigned long)win32_err);
    }
}

void osdep_error_setg_win32_internal(OsdepError **errp, const char *src,
                                     int line, const char *func, int win32_err,
                                     const char *fmt, ...)
{
    OsdepOsCodes codes = osdep_os_codes_save();
    char tail[1024] = "";
    va_list ap;

    if (!errp) {
        return;
    }
    if (win32_err) {
        strcpy(tail, ": ");
        win32_text((DWORD)win32_err, tail + 2, sizeof(tail) - 2);
    }
    va_start(ap, fmt);
    osdep_error_setv(errp, src, line, func, OSDEP_ERROR_CLASS_GENERIC_ERROR,
                     osdep_errno_of_win32((uint32_t)win32_err),
                     (uint32_t)win32_err, tail, fmt, ap);
    va_end(ap);
    osdep_os_codes_restore(codes);
}

const char *osdep_os_base_name(const char *path)
{
    const char *name = path;

    for (const char *s = path; *s; s++) {
        if (*s == '/' || *s == '\\' || *s == ':') {
            name = s + 1;
        }
    }
    return name;
}

/* In UTF-8, and without ".exe". */
void osdep_os_program_name(char *buf, size_t size)
{
    WCHAR path[MAX_PATH + 1], *name;
    size_t len;

    path[GetModuleFileNameW(NULL, path, MAX_PATH)] = L'\0';
    name = wcsrchr(path, L'\\');
    name = name ? name + 1 : path;
    len = wcslen(name);
    if (len > 4 && _wcsicmp(name + len - 4, L".exe") == 0) {
        name[len - 4] = L'\0';
    }
    if (!WideCharToMultiByte(CP_UTF8, 0, name, -1, buf, (int)size, NULL,
                             NULL)) {
        buf[0] = '\0';
    }
}

void osdep_os_timestamp(char *buf, size_t size)
{
    SYSTEMTIME now;

    GetSystemTime(&now);
    snprintf(buf, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03u000Z", now.wYear,
             now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond,
             now.wMilliseconds);
}

/* A console takes UTF-16, whatever its code page; false if stderr is none. */
static bool console_write(const char *text)
{
    HANDLE console = GetStdHandle(STD_ERROR_HANDLE);
    DWORD mode, written;
    bool ok = false;
    WCHAR *wide;
    int len;

    if (!GetConsoleMode(console, &mode)) {
        return false;
    }
    len = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wide = len > 0 ? malloc((size_t)len * sizeof(*wide)) : NULL;
    if (wide) {
        ok = MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, len) &&
             WriteConsoleW(console, wide, (DWORD)len - 1, &written, NULL);
        free(wide);
    }
    return ok;
}

/* Wine's C runtime buffers stderr, which Microsoft's does not. */
bool osdep_os_print(const char *text)
{
    return console_write(text) ||
           (fputs(text, stderr) >= 0 && fflush(stderr) == 0);
}

#endif
