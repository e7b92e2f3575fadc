/*
 * Fuzz target: what is handed to batch files
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is the path of a program and the arguments for it.  Is it seen that
 * it is a batch file?  If so, either the arguments are refused, and for a
 * reason, or cmd.exe finds nothing of its own in the line, hands each on as one
 * word and each arrives at the program that the batch file starts with it.
 *
 * The model of cmd.exe is the answers to "How does the Windows Command
 * Interpreter (CMD.EXE) parse scripts?" (stackoverflow.com/q/4094699), with
 * what differs by settings or versions (delayed expansion, parentheses) taken
 * for dangerous.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/helpers/cmdline-reader.h"

#include "util/osdep-cmdline-win32.h"

static const char *const wrong[] = {
    "the quoting of CommandLineToArgvW()",
    "quotes are doubled",
    "carets in front of what is special",
    "the name's last four characters",
    "a backslash at the end is not in quotes",
    "percent signs of the path",
    "cmd.exe is left to its settings",
    NULL,
};

/* What we have cmd.exe do with the line that follows; it ends with a quote. */
static const char command[] = "cmd.exe /d /e:on /v:off /c \"";

/* Where cmd.exe has a line from: its options, or any batch file. */
typedef enum Source { OPTION, BATCH_FILE } Source;

/*
 * What cmd.exe takes for its own, quotes or not.  In an option a '%' needs a
 * second one, so the second one is dangerous.
 */
static bool is_dangerous_anywhere(unsigned char c, Source source, int *percents)
{
    return (c < ' ' && c != '\t') || c == 0x7f ||
           (c == '%' && (++*percents > 1 || source == BATCH_FILE)) ||
           (c == '!' && source == BATCH_FILE);
}

/* And what only quotes protect; those of other alphabets are unknown to us. */
static bool is_dangerous_outside(unsigned char c)
{
    return strchr("&|<>^()", c) || c >= 0x80;
}

static bool is_separator(char c)
{
    return c && strchr(" \t,;=", c);
}

/*
 * What cmd.exe has as %0 %1 ... of @line: the words, as they stand there, in
 * @buffer, each ended by a NUL; their number goes to @n.  Returns: NULL, or
 * what cmd.exe takes for its own.
 */
static const char *read_as_cmd(const char *line, Source source, char *buffer,
                               int *n)
{
    bool quoted = false;
    int percents = 0;

    *n = 0;
    while (*line) {
        while (is_separator(*line)) {
            line++;
        }
        if (!*line) {
            break;
        }
        ++*n;
        for (; *line && (quoted || !is_separator(*line)); line++) {
            unsigned char c = (unsigned char)*line;

            if (is_dangerous_anywhere(c, source, &percents) ||
                (!quoted && is_dangerous_outside(c))) {
                return fuzz_fault("cmd.exe takes 0x%02x for its own", c);
            }
            quoted = quoted != (c == '"');
            *buffer++ = *line;
        }
        *buffer++ = '\0';
    }
    return quoted ? fuzz_fault("cmd.exe sees quotes that do not end") : NULL;
}

/* Does @word, put behind a program's name, come out as @arg? */
static bool is_read_as(const char *word, const char *arg)
{
    size_t room = strlen(word) + 4;
    const char **words = malloc((room + 2) * sizeof(*words));
    char *line = malloc(room), *buffer = malloc(room);
    bool same;

    strcat(strcpy(line, "p "), word);
    cmdline_read(CMDLINE_CRT, line, words, buffer);
    same = words[1] && !words[2] && strcmp(words[1], arg) == 0;
    free(buffer);
    free(line);
    free(words);
    return same;
}

/* The @n words in @words as "%~1" "%~2" ..., to be freed. */
static char *quoted_again(const char *words, int n, size_t size)
{
    char *line = malloc(size + 3 * (size_t)n + 2), *to = line;

    to += sprintf(to, "p");
    for (int i = 1; i < n; i++) {
        size_t len;
        bool quoted;

        words += strlen(words) + 1;
        len = strlen(words);
        quoted = len > 1 && words[0] == '"' && words[len - 1] == '"';
        to += sprintf(to, " \"%.*s\"", (int)(len - 2 * quoted), words + quoted);
    }
    return line;
}

/*
 * Many batch files hand their arguments on as "%~1" "%~2": without the quotes
 * that they came with, in new ones.
 */
static const char *judge_quoted_again(const char *words, int n, size_t size,
                                      const char *const *argv)
{
    char *line = quoted_again(words, n, size);
    size_t room = strlen(line) + 4;
    const char **read = malloc((room + 2) * sizeof(*read));
    char *buffer = malloc(room);
    const char *fault;
    int n_read, i = 1;

    fault = read_as_cmd(line, BATCH_FILE, buffer, &n_read);
    cmdline_read(CMDLINE_CRT, line, read, buffer);
    while (argv[i] && read[i] && strcmp(argv[i], read[i]) == 0) {
        i++;
    }
    if (!fault && (argv[i] || read[i])) {
        fault = fuzz_fault("with \"%%~%d\" it is another line: %s", i, line);
    }
    free(buffer);
    free(read);
    free(line);
    return fault;
}

/*
 * What cmd.exe runs of the command line @line, to be freed: what follows its
 * options without the first quote and the last, which it removes if there are
 * others, or else if it likes.  NULL if that is not asked for.
 */
static char *find_command(const char *line)
{
    size_t len = strlen(line), n = strlen(command);
    char *inner;

    if (strncmp(line, command, n) != 0 || len <= n || line[len - 1] != '"' ||
        !memchr(line + n, '"', len - n - 1)) {
        return NULL;
    }
    inner = strdup(line + n);
    inner[len - n - 1] = '\0';
    return inner;
}

static const char *judge_line(const char *line, const char *path,
                              const char *const *argv)
{
    char *buffer = malloc(strlen(line) + 2), *word = buffer;
    char *inner = find_command(line);
    const char *fault;
    int n = 0, i;

    fault = inner ? read_as_cmd(inner, OPTION, buffer, &n)
                  : fuzz_fault("cmd.exe is not told enough: %s", line);
    free(inner);
    /* The first is the path: quotes and what is in it. */
    if (!fault && (n == 0 || strlen(word) != strlen(path) + 2 ||
                   memcmp(word + 1, path, strlen(path)) != 0)) {
        fault = fuzz_fault("cmd.exe runs another file: %s", line);
    }
    for (i = 1; !fault && i < n && argv[i]; i++) {
        word += strlen(word) + 1;
        if (!is_read_as(word, argv[i])) {
            fault = fuzz_fault("'%s' arrives as %s", argv[i], word);
        }
    }
    if (!fault && (i != n || argv[i])) {
        fault = fuzz_fault("more or fewer words: %s", line);
    }
    if (!fault) {
        fault = judge_quoted_again(buffer, n, strlen(line), argv);
    }
    if (!fault && fuzz_utf16_len(line) > 8191) {
        fault = fuzz_fault("it is too long for cmd.exe");
    }
    free(buffer);
    return fault;
}

/* Is there something in @arg for which it may be refused? */
static bool has_reason(const char *arg)
{
    int percents = 0;

    for (; *arg; arg++) {
        if (is_dangerous_anywhere((unsigned char)*arg, BATCH_FILE, &percents) ||
            strchr("\"&|<>^()", *arg)) {
            return true;
        }
    }
    return false;
}

static bool path_has_reason(const char *path)
{
    int percents = 0;

    for (; *path; path++) {
        if (is_dangerous_anywhere((unsigned char)*path, OPTION, &percents) ||
            *path == '"') {
            return true;
        }
    }
    return false;
}

static const char *judge_refusal(Error *err, const char *path,
                                 const char *const *argv)
{
    size_t most = strlen(command) + strlen(path) + 4;
    bool reason = path_has_reason(path);

    for (int i = 1; argv[i]; i++) {
        reason = reason || has_reason(argv[i]);
        most += 2 * strlen(argv[i]) + 4;
    }
    if (reason ? osdep_error_get_errno(err) != EINVAL
               : osdep_error_get_errno(err) != E2BIG || most < 8191) {
        return fuzz_fault("refused: %s", error_get_pretty(err));
    }
    return NULL;
}

/* The line for arguments that were checked, as osdep 0.1 made it. */
static char *wrong_checked_line(const char *path, const char *const *argv,
                                int which)
{
    static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789#$+-./:@\\_";
    size_t size = strlen(command) + strlen(path) + 4;
    char *line, *to;

    for (int i = 1; argv[i]; i++) {
        size += 2 * strlen(argv[i]) + 4;
    }
    line = malloc(size);
    to = line + sprintf(line, "%s\"%s\"", which == 7 ? "" : command, path);
    for (int i = 1; argv[i]; i++) {
        const char *arg = argv[i];
        size_t len = strlen(arg), n = 0;

        while (n < len && arg[len - n - 1] == '\\') {
            n++;
        }
        if (len && !arg[strspn(arg, harmless)] && (which == 5 || n == 0)) {
            to += sprintf(to, " %s", arg);
        } else {
            to += sprintf(to, " \"%s%s\"", arg, arg + len - n);
        }
    }
    strcpy(to, which == 7 ? "" : "\"");
    return line;
}

static char *wrong_cmdline(const char *path, const char *const *argv, int which)
{
    size_t size = strlen(command) + strlen(path) + 4;
    char *line, *to;

    for (int i = 1; argv[i]; i++) {
        size += 2 * strlen(argv[i]) + 4;
    }
    line = malloc(size);
    to = line + sprintf(line, "%s\"%s\"", command, path);
    for (int i = 1; argv[i]; i++) {
        to = strcpy(to, " \"") + 2;
        for (const char *s = argv[i]; *s; s++) {
            if (strchr(which < 3 ? "\"" : "\"%!^&|<>()", *s)) {
                *to++ = "\\\"^"[which - 1];
            }
            *to++ = *s;
        }
        to = strcpy(to, "\"") + 1;
    }
    strcpy(to, "\"");
    return line;
}

/* The line of implementation @which, to be freed; NULL with @errp set. */
static char *batch_cmdline(const char *path, const char *const *argv, int which,
                           Error **errp)
{
    bool reason = path_has_reason(path);
    bool is_checked = !strchr(path, '"') && !path[strcspn(path, "\n\r\x1a")];

    for (int i = 1; argv[i]; i++) {
        is_checked = is_checked && !has_reason(argv[i]);
    }
    if (which && which < 4 && !reason) {
        return wrong_cmdline(path, argv, which);
    }
    if (which > 4 && is_checked && (which == 6 || !reason)) {
        return wrong_checked_line(path, argv, which);
    }
    return osdep_batch_cmdline(path, argv, errp);
}

static bool wrong_is_batch_file(const char *path)
{
    size_t len = strlen(path);

    return len >= 4 && (strcmp(path + len - 4, ".bat") == 0 ||
                        strcmp(path + len - 4, ".cmd") == 0);
}

/*
 * Would the file system open a batch file as @path?  It drops blanks and full
 * stops from the end of a name, and ":" begins the name of a stream.
 */
static bool opens_batch_file(const char *path)
{
    size_t begin = 0, len = strlen(path), end;
    const char *colon;
    char name[4];

    while (len && strchr("/\\. ", path[len - 1])) {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (path[i] == '/' || path[i] == '\\' || (path[i] == ':' && i == 1)) {
            begin = i + 1;
        }
    }
    colon = memchr(path + begin, ':', len - begin);
    end = colon ? (size_t)(colon - path) : len;
    while (end > begin && strchr(". ", path[end - 1])) {
        end--;
    }
    if (end - begin < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        name[i] = path[end - 4 + (size_t)i];
        name[i] =
            (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | ' ' : name[i]);
    }
    return memcmp(name, ".bat", 4) == 0 || memcmp(name, ".cmd", 4) == 0;
}

/* Is ".bat" or ".cmd" in it anywhere? */
static bool mentions_batch_file(const char *path)
{
    for (; *path; path++) {
        char next[5] = { 0 };

        for (int i = 0; i < 4 && path[i]; i++) {
            next[i] = (char)(path[i] >= 'A' && path[i] <= 'Z' ? path[i] | ' '
                                                              : path[i]);
        }
        if (strcmp(next, ".bat") == 0 || strcmp(next, ".cmd") == 0) {
            return true;
        }
    }
    return false;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    FuzzWords words = fuzz_words(data, size);
    const char *const *argv = (const char *const *)words.argv;
    const char *fault = NULL;
    Error *err = NULL;
    bool is_batch_file;
    char *line;

    if (words.argc == 0) {
        goto out;
    }
    is_batch_file = which == 4 ? wrong_is_batch_file(argv[0])
                               : osdep_is_batch_file(argv[0]);
    if (is_batch_file ? !mentions_batch_file(argv[0])
                      : opens_batch_file(argv[0])) {
        fault =
            fuzz_fault("%s a batch file: '%s'",
                       is_batch_file ? "taken for" : "not seen to be", argv[0]);
        goto out;
    }
    line = batch_cmdline(argv[0], argv, which, &err);
    fault = line ? judge_line(line, argv[0], argv)
                 : judge_refusal(err, argv[0], argv);
    free(line);
    error_free(err);
out:
    fuzz_words_free(&words);
    return fault;
}

static const char *const parts[] = {
    "\"",
    "%",
    "!",
    "^",
    "&",
    "|",
    "<",
    ">",
    "(",
    ")",
    " ",
    "\t",
    ",",
    ";",
    "=",
    "\n",
    "\r",
    "\\",
    "/",
    ".",
    ".bat",
    ".CmD",
    ":",
    "::$DATA",
    "a",
    "~",
    "*",
    "?",
    "'",
    "`",
    "\xc2\xa0",
    "\xef\xbc\x82",
    "%CMDCMDLINE:~-1%",
    "&calc",
    "\x1a",
    "@",
    "[",
    "\x7f",
    NULL,
};

const FuzzTarget fuzz_batch = { "batch", test, wrong, parts };
