/*
 * Tests of osdep/error.h that only Windows can have
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/cases.h"

#include <windows.h>

#define SKIP_REASON "a matter of POSIX C libraries"
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
    CHECK_INT(error_get_os_error(err), ERROR_ACCESS_DENIED);
    error_free_or_abort(&err);

    error_setg_win32(&err, 0, "nothing");
    CHECK_STR(error_get_pretty(err), "nothing");
    error_free_or_abort(&err);
}

void win32_message_of_unknown_code(void)
{
    Error *err = NULL;

    error_setg_win32(&err, 0x2000ABCD, "odd");
    CHECK_STR(error_get_pretty(err), "odd: Windows error 0x2000abcd");
    error_free_or_abort(&err);
}
