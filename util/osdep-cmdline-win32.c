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
 * Characters that no reader takes for its own, wherever they stand.  All others
 * are put in quotes: Cygwin and MSYS2 have quotes of their own ('), and expand
 * ~, {} and @FILE; CommandLineToArgvW() ends argv[0] at any control character;
 * programs that were linked with setargv.obj expand wildcards.
 */
static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz"
                               "0123456789+,-./:=\\_";

/*
 * The same for cmd.exe: "," and "=" separate like blanks, and in some code
 * pages a no-break space does, too.
 */
static const char batch_harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789#$+-./:@\\_";

/* osdep_batch_cmdline() has the reasons. */
static const char batch_command[] = "cmd.exe /d /e:on /v:off /c \"";

static bool needs_quotes(const char *arg)
{
    return !*arg || arg[strspn(arg, harmless)];
}

/*
 * A batch file may put "%~1" where it was given %1: a backslash at the end
 * would escape the quote behind it, so it is doubled, which is possible in
 * quotes only. (The idea is from make_bat_command_line() of Rust's library.)
 */
static bool needs_batch_quotes(const char *arg)
{
    return !*arg || arg[strspn(arg, batch_harmless)] ||
           arg[strlen(arg) - 1] == '\\';
}

static char *append(char *to, const char *text)
{
    size_t len = strlen(text);

    memcpy(to, text, len);
    return to + len;
}

static char *append_repeated(char *to, char c, size_t n)
{
    memset(to, c, n);
    return to + n;
}

static size_t backslashes_at_end(const char *arg)
{
    size_t len = strlen(arg), n = 0;

    while (n < len && arg[len - n - 1] == '\\') {
        n++;
    }
    return n;
}

/*
 * Append @arg, which has no '"', in quotes for a batch file and the programs that
 * it may start, by Microsoft's rules: the backslashes in front of the quote at the
 * end are doubled, all others stand for themselves.
 */
static char *append_batch_quoted(char *to, const char *arg)
{
    *to++ = '"';
    to = append_repeated(append(to, arg), '\\', backslashes_at_end(arg));
    *to++ = '"';
    return to;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool has_drive(const char *arg)
{
    return is_letter(arg[0]) && arg[1] == ':';
}

/*
 * Is a word that begins with @arg, or a quote and @arg, a path with a drive or
 * a server to Cygwin?  Then it reads all backslashes in it literally.
 */
static bool is_cygwin_dos_path(const char *arg)
{
    return has_drive(arg) || (arg[0] == '\\' && arg[1] == '\\' &&
                              is_letter(arg[2]) && strchr(arg + 3, '\\'));
}

/*
 * Append @arg, which has no '"', in quotes, but for the backslashes at its end:
 * not in quotes they are literal to all readers, if it is a path to Cygwin.
 */
static char *append_quoted_path(char *to, const char *arg)
{
    size_t n = backslashes_at_end(arg);

    *to++ = '"';
    to = append(to, arg) - n;
    *to++ = '"';
    return append_repeated(to, '\\', n);
}

/*
 * Append @arg in quotes, if it is no path to Cygwin.  Backslashes in front of a
 * quote are doubled for all readers.  Several in front of something else stand
 * for themselves by Microsoft's rules, but for half as many by Cygwin's: quotes
 * that end and begin among them make the rules the same.
 */
static char *append_quoted_text(char *to, const char *arg)
{
    *to++ = '"';
    for (;;) {
        size_t n = strspn(arg, "\\");

        arg += n;
        if (!*arg) {
            to = append_repeated(to, '\\', 2 * n);
            break;
        }
        if (*arg == '"') {
            to = append_repeated(to, '\\', 2 * n + 1);
        } else if (n < 2) {
            to = append_repeated(to, '\\', n);
        } else {
            to = append_repeated(to, '\\', 2);
            *to++ = '"';
            to = append_repeated(to, '\\', 2 * n - 2);
            *to++ = '"';
        }
        *to++ = *arg++;
    }
    *to++ = '"';
    return to;
}

/* Append @arg as a word that all readers read as that. */
static char *append_arg(char *to, const char *arg)
{
    if (!needs_quotes(arg)) {
        return append(to, arg);
    }
    if (!is_cygwin_dos_path(arg)) {
        return append_quoted_text(to, arg);
    }
    if (!strchr(arg, '"')) {
        return append_quoted_path(to, arg);
    }
    /* With quotes behind its first character it is no path to Cygwin. */
    if (has_drive(arg)) {
        *to++ = *arg++;
    }
    return append_quoted_text(to, arg);
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

/* Room for the line: three characters for each (append_quoted_text()). */
static char *line_new(const char *first, const char *const *argv,
                      OsdepError **errp)
{
    size_t size = sizeof(batch_command) + strlen(first) + 4;
    char *line;

    for (size_t i = 1; argv[i]; i++) {
        size += 3 * strlen(argv[i]) + 4;
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
        end = append_arg(end, argv[i]);
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
 * Check that @text has no character of @reserved, nor a control character but
 * the tab.
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

/*
 * In quotes cmd.exe takes nothing for its own but the quote and what is between
 * two '%': without a second one the first stands for itself (as it does not in
 * a batch file).  The arguments have none.
 */
static bool check_batch_path(const char *path, OsdepError **errp)
{
    const char *percent = strchr(path, '%');

    if (!check_batch_text("batch file", path, "\"", errp)) {
        return false;
    }
    if (percent && strchr(percent + 1, '%')) {
        osdep_error_setg_errno(
            errp, EINVAL,
            "batch file: '%s' holds '%%' more than once, and "
            "cmd.exe would take what is in between for a "
            "variable",
            path);
        return false;
    }
    return true;
}

char *osdep_batch_cmdline(const char *path, const char *const *argv,
                          OsdepError **errp)
{
    char *line, *end, what[32];

    if (!check_batch_path(path, errp)) {
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
    end = append_first(append(line, batch_command), path, true);
    for (size_t i = 1; argv[i]; i++) {
        *end++ = ' ';
        /* Batch files often pass them to a program: quote for that, too. */
        end = needs_batch_quotes(argv[i]) ? append_batch_quoted(end, argv[i])
                                          : append(end, argv[i]);
    }
    end = append(end, "\"");
    *end = '\0';
    return line_check(line, OSDEP_BATCH_CMDLINE_MAX, errp);
}

/*
 * Read the word at *@in into *@out, with a NUL, as Microsoft's C runtime does
 * since 2008.  @first: it is the program's name, in which no backslash is
 * special.
 */
static void read_word(const char **in, char **out, bool first)
{
    const char *s = *in;
    char *to = *out;
    bool quoted = false;

    while (*s && (quoted || (*s != ' ' && *s != '\t'))) {
        size_t n = first ? 0 : strspn(s, "\\");

        s += n;
        to = append_repeated(to, '\\', n && *s == '"' ? n / 2 : n);
        if (*s == '"' && (n % 2 || (quoted && !first && s[1] == '"'))) {
            s += n % 2 ? 0 : 1;
            *to++ = *s++;
        } else if (*s == '"') {
            quoted = !quoted;
            s++;
        } else if (*s && n == 0) {
            *to++ = *s++;
        }
    }
    *to++ = '\0';
    *in = s;
    *out = to;
}

char **osdep_cmdline_words(const char *line, int *n)
{
    size_t len = strlen(line), most = len / 2 + 3;
    char **words = malloc(most * sizeof(*words) + len + 2), *to;
    size_t i = 0;

    if (!words) {
        return NULL;
    }
    to = (char *)(words + most);
    do {
        words[i] = to;
        read_word(&line, &to, i++ == 0);
        line += strspn(line, " \t");
    } while (*line);
    words[i] = NULL;
    *n = (int)i;
    return words;
}

#endif
