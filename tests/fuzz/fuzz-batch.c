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
    NULL,
};

/* What cmd.exe takes for its own, quotes or not. */
static bool is_dangerous_anywhere(unsigned char c)
{
    return (c < ' ' && c != '\t') || c == 0x7f || c == '%' || c == '!';
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
 * @buffer, each ended by a NUL; their number goes to @n.  Returns: NULL, or what
 * cmd.exe takes for its own.
 */
static const char *read_as_cmd(const char *line, char *buffer, int *n)
{
    bool quoted = false;

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

            if (is_dangerous_anywhere(c) ||
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

static const char *judge_line(const char *line, const char *path,
                              const char *const *argv)
{
    char *buffer = malloc(strlen(line) + 2), *word = buffer;
    const char *fault;
    int n = 0, i;

    fault = read_as_cmd(line, buffer, &n);
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
    if (!fault && fuzz_utf16_len(line) > 8191) {
        fault = fuzz_fault("it is too long for cmd.exe");
    }
    free(buffer);
    return fault;
}

/* Is there something in @text for which it may be refused? */
static bool has_reason(const char *text, const char *special)
{
    for (; *text; text++) {
        if (is_dangerous_anywhere((unsigned char)*text) ||
            strchr(special, *text)) {
            return true;
        }
    }
    return false;
}

static const char *judge_refusal(Error *err, const char *path,
                                 const char *const *argv)
{
    size_t most = 2 * strlen(path) + 4;
    bool reason = has_reason(path, "\"&|<>^");

    for (int i = 1; argv[i]; i++) {
        reason = reason || has_reason(argv[i], "\"&|<>^()");
        most += 2 * strlen(argv[i]) + 4;
    }
    if (reason ? osdep_error_get_errno(err) != EINVAL
               : osdep_error_get_errno(err) != E2BIG || most < 7500) {
        return fuzz_fault("refused: %s", error_get_pretty(err));
    }
    return NULL;
}

static char *wrong_cmdline(const char *path, const char *const *argv, int which)
{
    size_t size = 2 * strlen(path) + 4;
    char *line, *to;

    for (int i = 1; argv[i]; i++) {
        size += 2 * strlen(argv[i]) + 4;
    }
    line = malloc(size);
    to = line + sprintf(line, "\"%s\"", path);
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
    return line;
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
    /* Its path is a file's, found and full: "x" alone is never said. */
    line = which && which < 4 && !has_reason(argv[0], "\"&|<>^")
               ? wrong_cmdline(argv[0], argv, which)
               : osdep_batch_cmdline(argv[0], argv, &err);
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
