/*
 * The command lines of Windows
 *
 * SPDX-License-Identifier: MIT
 */
#include "util/osdep-prelude.h"

/* Tests compile this file on POSIX systems, too. */
#if defined _WIN32 || defined OSDEP_TEST_WIN32_CODE

#include "util/osdep-cmdline-win32.h"
#include "util/osdep-step.h"

/*
 * Characters that need quotes: the quote itself, and wildcards, which programs
 * that were linked with setargv.obj (or by some MinGW) expand.  For blanks see
 * below.
 */
static const char special[] = "\"*?[";

/* CommandLineToArgvW() ends argv[0] at any character up to a blank. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static bool needs_quotes(const char *arg)
{
    const char *s = arg;

    while (*s && !is_blank(*s) && !strchr(special, *s)) {
        s++;
    }
    return *s || !*arg;
}

/*
 * For cmd.exe all characters need quotes but those known to be harmless: ",", ";"
 * and "=" separate like blanks, and in some code pages a no-break space does, too.
 */
static bool needs_batch_quotes(const char *arg)
{
    static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789#$+-./:@\\_";

    return !*arg || arg[strspn(arg, harmless)];
}

static char *append_repeated(char *to, char c, size_t n)
{
    memset(to, c, n);
    return to + n;
}

/*
 * Append @arg in quotes.  Backslashes stand for themselves, but those in front of
 * a quote are doubled.
 */
static char *append_quoted(char *to, const char *arg)
{
    *to++ = '"';
    for (;;) {
        size_t n = strspn(arg, "\\");

        arg += n;
        if (!*arg) {
            to = append_repeated(to, '\\', 2 * n);
            break;
        }
        to = append_repeated(to, '\\', *arg == '"' ? 2 * n + 1 : n);
        *to++ = *arg++;
    }
    *to++ = '"';
    return to;
}

static char *append(char *to, const char *text)
{
    size_t len = strlen(text);

    memcpy(to, text, len);
    return to + len;
}

/* In argv[0] a backslash is never special; the next quote ends it. */
static char *append_first(char *to, const char *arg, bool quote)
{
    if (quote) {
        *to++ = '"';
    }
    to = append(to, arg);
    if (quote) {
        *to++ = '"';
    }
    return to;
}

/* Room for the line, with each character escaped. */
static char *line_new(const char *first, const char *const *argv,
                      OsdepError **errp)
{
    size_t size = 2 * strlen(first) + 4;
    char *line;

    for (size_t i = 1; argv[i]; i++) {
        size += 2 * strlen(argv[i]) + 4;
    }
    line = malloc(size);
    if (!line) {
        osdep_error_setg_errno(errp, ENOMEM, "cannot build the command line");
        if (errp) {
            osdep_error_set_step(*errp, OSDEP_STEP_PREPARE);
        }
    }
    return line;
}

/* In UTF-16 units, of valid UTF-8: four bytes are two units. */
static size_t utf16_len(const char *text)
{
    size_t len = 0;

    for (; *text; text++) {
        len += ((unsigned char)*text & 0xc0) != 0x80;
        len += (unsigned char)*text >= 0xf0;
    }
    return len;
}

/* @line if it is short enough; else it is freed. */
static char *line_check(char *line, size_t max, OsdepError **errp)
{
    size_t len = utf16_len(line) + 1;

    if (len > max) {
        osdep_error_setg_errno(
            errp, E2BIG,
            "the command line has %zu UTF-16 units, the limit is "
            "%zu",
            len, max);
        free(line);
        return NULL;
    }
    return line;
}

char *osdep_cmdline(const char *const *argv, OsdepError **errp)
{
    char *line, *end;

    if (strchr(argv[0], '"')) {
        osdep_error_setg_errno(errp, EINVAL,
                               "argv[0]: '%s' holds '\"', which a command line "
                               "cannot express there",
                               argv[0]);
        return NULL;
    }
    line = line_new(argv[0], argv, errp);
    if (!line) {
        return NULL;
    }
    end = append_first(line, argv[0], needs_quotes(argv[0]));
    for (size_t i = 1; argv[i]; i++) {
        *end++ = ' ';
        end = needs_quotes(argv[i]) ? append_quoted(end, argv[i])
                                    : append(end, argv[i]);
    }
    *end = '\0';
    return line_check(line, OSDEP_CMDLINE_MAX, errp);
}

/* Do the @len bytes of @name, but for blanks and full stops, end in @suffix? */
static bool has_suffix(const char *name, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);

    while (len > 0 && (name[len - 1] == '.' || name[len - 1] == ' ')) {
        len--;
    }
    if (len < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = name[len - n + i];

        if (c != suffix[i] && (c < 'A' || c > 'Z' || c + 32 != suffix[i])) {
            return false;
        }
    }
    return true;
}

bool osdep_is_batch_file(const char *path)
{
    size_t len = strlen(path), start;

    /* "x.bat\." is a way to say "x.bat". */
    while (len > 0 && strchr("/\\. ", path[len - 1])) {
        len--;
    }
    for (start = len; start > 0 && !strchr("/\\", path[start - 1]); start--) {
    }
    /* The name and those of its streams. */
    while (start < len) {
        const char *name = path + start;
        size_t n = 0;

        while (start + n < len && name[n] != ':') {
            n++;
        }
        if (has_suffix(name, n, ".bat") || has_suffix(name, n, ".cmd")) {
            return true;
        }
        start += n + 1;
    }
    return false;
}

/*
 * Check that @text has no character of @reserved, nor a control character but the
 * tab.
 */
static bool check_batch_text(const char *what, const char *text,
                             const char *reserved, OsdepError **errp)
{
    for (const char *s = text; *s; s++) {
        unsigned char c = (unsigned char)*s;

        /* Line ends; 0x1a is one in batch files. */
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            osdep_error_setg_errno(
                errp, EINVAL,
                "%s: control character 0x%02x, which cmd.exe "
                "would take for its own",
                what, c);
            return false;
        }
        if (strchr(reserved, *s)) {
            osdep_error_setg_errno(
                errp, EINVAL,
                "%s: '%s' holds '%c', which cmd.exe would take "
                "for its own",
                what, text, *s);
            return false;
        }
    }
    return true;
}

char *osdep_batch_cmdline(const char *path, const char *const *argv,
                          OsdepError **errp)
{
    char *line, *end, what[32];

    /* Parentheses mean nothing in quotes; "Program Files (x86)" has some. */
    if (!check_batch_text("batch file", path, "\"%!^&|<>", errp)) {
        return NULL;
    }
    for (size_t i = 1; argv[i]; i++) {
        snprintf(what, sizeof(what), "argv[%zu]", i);
        if (!check_batch_text(what, argv[i], "\"%!^&|<>()", errp)) {
            return NULL;
        }
    }
    line = line_new(path, argv, errp);
    if (!line) {
        return NULL;
    }
    end = append_first(line, path, true);
    for (size_t i = 1; argv[i]; i++) {
        *end++ = ' ';
        /* Batch files often pass them to a program: quote for that, too. */
        end = needs_batch_quotes(argv[i]) ? append_quoted(end, argv[i])
                                          : append(end, argv[i]);
    }
    *end = '\0';
    return line_check(line, OSDEP_BATCH_CMDLINE_MAX, errp);
}

#endif
