/*
 * Tests of osdep/error.h that only Windows can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include <windows.h>

#define SKIP_REASON "it needs POSIX threads or locales"
ERROR_POSIX_CASES(TEST_SKIP)

void spoil_error_codes(int errnum)
{
    errno = errnum;
    SetLastError(ERROR_INVALID_HANDLE);
}

#define CHECK_LAST_ERROR_KEPT() \
    CHECK_INT(GetLastError(), ERROR_SHARING_VIOLATION)

void last_error_is_kept(void)
{
    Error *err = NULL, *copy;

    SetLastError(ERROR_SHARING_VIOLATION);
    error_setg_win32(&err, ERROR_ACCESS_DENIED, "c");
    CHECK_LAST_ERROR_KEPT();
    error_prepend(&err, "b");
    CHECK_LAST_ERROR_KEPT();
    error_append_hint(&err, "d\n");
    CHECK_LAST_ERROR_KEPT();
    copy = error_copy(err);
    CHECK_LAST_ERROR_KEPT();
    error_free(copy);
    CHECK_LAST_ERROR_KEPT();
    error_propagate(NULL, err);
    CHECK_LAST_ERROR_KEPT();
    err = NULL;
    error_setg(&err, "a");
    CHECK_LAST_ERROR_KEPT();
    error_free_or_abort(&err);
    CHECK_LAST_ERROR_KEPT();
    error_init("a\\b.exe");
    CHECK_LAST_ERROR_KEPT();
    error_init(NULL);
    CHECK_LAST_ERROR_KEPT();
    error_setg_win32(NULL, ERROR_ACCESS_DENIED, "nobody");
    CHECK_LAST_ERROR_KEPT();
}

void win32_message(void)
{
    Error *err = NULL;
    const char *text;
    size_t len;

    error_setg_win32(&err, ERROR_ACCESS_DENIED, "cannot open %s", "it");
    text = error_get_pretty(err);
    len = strlen(text);
    CHECK_CONTAINS(text, "cannot open it: ");
    CU_ASSERT(len > strlen("cannot open it: "));
    CU_ASSERT_PTR_NULL(strpbrk(text, "\r\n"));
    CU_ASSERT(text[len - 1] != '.' && text[len - 1] != ' ');
    CHECK_INT(osdep_error_get_win32(err), ERROR_ACCESS_DENIED);
    CHECK_INT(osdep_error_get_errno(err), EACCES);
    error_free_or_abort(&err);

    error_setg_win32(&err, 0, "nothing");
    CHECK_STR(error_get_pretty(err), "nothing");
    CHECK_INT(osdep_error_get_win32(err), 0);
    CHECK_INT(osdep_error_get_errno(err), 0);
    error_free_or_abort(&err);
}

void win32_message_of_unknown_code(void)
{
    Error *err = NULL;

    error_setg_win32(&err, 0x2000ABCD, "odd");
    CHECK_STR(error_get_pretty(err), "odd: Windows error 0x2000abcd");
    CHECK_INT(osdep_error_get_win32(err), 0x2000ABCD);
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free_or_abort(&err);

    /* A code with its highest bit set is no negative number. */
    error_setg_win32(&err, (int)0xA000ABCD, "odd");
    CHECK_STR(error_get_pretty(err), "odd: Windows error 0xa000abcd");
    CU_ASSERT_TRUE(osdep_error_get_win32(err) == 0xA000ABCD);
    error_free_or_abort(&err);
}

/* The errnos that users of the library ask for. */
void win32_codes_are_errnos(void)
{
    static const struct {
        DWORD code;
        int os_errno;
    } table[] = {
        { ERROR_FILE_NOT_FOUND, ENOENT },
        { ERROR_PATH_NOT_FOUND, ENOENT },
        { ERROR_ACCESS_DENIED, EACCES },
        { ERROR_SHARING_VIOLATION, EACCES },
        { ERROR_INVALID_HANDLE, EBADF },
        { ERROR_NOT_ENOUGH_MEMORY, ENOMEM },
        { ERROR_TOO_MANY_OPEN_FILES, EMFILE },
        { ERROR_BAD_EXE_FORMAT, ENOEXEC },
        { ERROR_EXE_MACHINE_TYPE_MISMATCH, ENOEXEC },
        { ERROR_DIRECTORY, ENOTDIR },
        { ERROR_BROKEN_PIPE, EPIPE },
        { ERROR_FILE_EXISTS, EEXIST },
        { ERROR_DISK_FULL, ENOSPC },
        { ERROR_NOT_SUPPORTED, ENOTSUP },
        { ERROR_PRIVILEGE_NOT_HELD, EPERM },
        { ERROR_INVALID_PARAMETER, EINVAL },
        { ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG },
        { ERROR_NO_DATA, EPIPE },
        { ERROR_OPERATION_ABORTED, ECANCELED },
        { ERROR_COMMITMENT_LIMIT, ENOMEM },
        { WAIT_TIMEOUT, ETIMEDOUT },
        /* Ranges, with codes in them that mean something else. */
        { ERROR_WRITE_PROTECT, EROFS },
        { ERROR_NOT_READY, EACCES },
        { ERROR_SHARING_BUFFER_EXCEEDED, EACCES },
        { ERROR_SHARING_BUFFER_EXCEEDED + 1, EINVAL },
        { ERROR_INVALID_STARTING_CODESEG - 1, EINVAL },
        { ERROR_INVALID_STARTING_CODESEG, ENOEXEC },
        { ERROR_INFLOOP_IN_RELOC_CHAIN, ENOEXEC },
        { ERROR_ENVVAR_NOT_FOUND, ENOENT },
        { 0xffff, EINVAL },
        { 0x10002, EINVAL },
        { 0, 0 },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        Error *err = NULL, *copy;

        error_setg_win32(&err, (int)table[i].code, "%zu", i);
        copy = error_copy(err);
        CHECK_INT(osdep_error_get_errno(err), table[i].os_errno);
        CHECK_INT(osdep_error_get_win32(err), table[i].code);
        CHECK_INT(osdep_error_get_errno(copy), table[i].os_errno);
        CHECK_INT(osdep_error_get_win32(copy), table[i].code);
        error_free(copy);
        error_free(err);
    }
}
