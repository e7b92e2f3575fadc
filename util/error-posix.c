/*
 * Error objects on POSIX systems
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "config.h"
#include "util/error-os.h"

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

static const char *program_name(void)
{
#if defined HAVE_GETPROGNAME
    const char *name = getprogname();
#elif defined HAVE_DECL_PROGRAM_INVOCATION_SHORT_NAME
    const char *name = program_invocation_short_name;
#else
    const char *name = NULL;
#endif

    return name && *name ? name : "osdep";
}

void osdep_os_report(const char *label, const char *message, const char *hint)
{
    fprintf(stderr, "%s: %s%s\n%s", program_name(), label, message,
            hint ? hint : "");
}
