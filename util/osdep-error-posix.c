/*
 * Error objects on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

#if !defined _WIN32 && !defined OSDEP_ERROR_IS_QEMUS

#include <time.h>

#include "util/osdep-error-os.h"

OsdepOsCodes osdep_os_codes_save(void)
{
    return (OsdepOsCodes){ .errnum = errno };
}

void osdep_os_codes_restore(OsdepOsCodes codes)
{
    errno = codes.errnum;
}

/*
 * strerror_r() comes in two kinds, and glibc has both (strerror_r(3)): POSIX's
 * fills the buffer, the GNU one returns the text, in the buffer or elsewhere.
 */
static const char *text_of_posix(int result, const char *buf)
{
    (void)result;
    return buf;
}

static const char *text_of_gnu(const char *result, const char *buf)
{
    (void)buf;
    return result;
}

#define TEXT_OF(result, buf) \
    _Generic((result), int : text_of_posix, char * : text_of_gnu)(result, buf)

void osdep_os_strerror(int errnum, char *buf, size_t size)
{
    char text[128] = "";

    snprintf(buf, size, "%s",
             TEXT_OF(strerror_r(errnum, text, sizeof(text)), text));
}

const char *osdep_os_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

#if defined __linux__ && !defined __ANDROID__
static const char *name_of_the_system(void)
{
    return program_invocation_short_name;
}
#elif defined __APPLE__ || defined __FreeBSD__ || defined __NetBSD__ || \
    defined __OpenBSD__ || defined __DragonFly__ || defined __ANDROID__
static const char *name_of_the_system(void)
{
    return getprogname();
}
#else
static const char *name_of_the_system(void)
{
    return NULL;
}
#endif

void osdep_os_program_name(char *buf, size_t size)
{
    const char *name = name_of_the_system();

    snprintf(buf, size, "%s", name ? name : "");
}

void osdep_os_timestamp(char *buf, size_t size)
{
    struct timespec now = { 0 };
    struct tm utc = { 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ",
             utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
             utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
}

bool osdep_os_print(const char *text)
{
    return fputs(text, stderr) >= 0;
}

#endif
