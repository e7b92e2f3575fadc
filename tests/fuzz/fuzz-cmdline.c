/*
 * Fuzz target: the command lines of Windows
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is an argument vector.  The line that is made of it has to be read
 * as that by all who read such lines.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/system.h"
#include "tests/helpers/cmdline-reader.h"

#include "util/osdep-cmdline-win32.h"

static const char *const wrong[] = {
    "quotes around each word, and no more",
    "backslashes in front of quotes do not count double",
    "quotes are doubled",
    "only blanks are put in quotes",
    "Microsoft's rules and no others",
    "what Microsoft's rules and wildcards need is put in quotes",
    NULL,
};

static char *wrong_cmdline(const char *const *argv, int which)
{
    static const char blanks[] = "\"*?[\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r"
                                 "\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
                                 "\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ";
    size_t size = 1;
    char *line, *to;

    for (size_t i = 0; argv[i]; i++) {
        size += 2 * strlen(argv[i]) + 4;
    }
    line = to = malloc(size);
    for (size_t i = 0; argv[i]; i++) {
        bool quote = which < 4 || which == 5 || !*argv[i] ||
                     strpbrk(argv[i], which == 4 ? " \t\"" : blanks);

        to = i ? strcpy(to, " ") + 1 : to;
        to = quote ? strcpy(to, "\"") + 1 : to;
        for (const char *s = argv[i]; *s; s++) {
            if (*s == '"' && which > 1) {
                *to++ = which == 3 ? '"' : '\\';
            } else if (*s == '\\' && quote && which > 2 && i &&
                       strchr("\"", s[1 + strspn(s + 1, "\\")])) {
                *to++ = '\\';
            }
            *to++ = *s;
        }
        to = quote ? strcpy(to, "\"") + 1 : to;
    }
    *to = '\0';
    return line;
}

static bool reads(CmdlineRules rules, const char *line, const char *const *argv)
{
    size_t room = strlen(line) + 2, i = 0;
    const char **words = malloc((room + 2) * sizeof(*words));
    char *buffer = malloc(room);

    cmdline_read(rules, line, words, buffer);
    while (argv[i] && words[i] && strcmp(argv[i], words[i]) == 0) {
        i++;
    }
    i = argv[i] || words[i];
    free(buffer);
    free(words);
    return i == 0;
}

/* Does osdep_cmdline_words() find @argv in @line? */
static bool is_split(const char *line, const char *const *argv)
{
    int n, i = 0;
    char **words = osdep_cmdline_words(line, &n);

    while (argv[i] && words[i] && strcmp(argv[i], words[i]) == 0) {
        i++;
    }
    i = !argv[i] && !words[i] && n == i;
    free(words);
    return i;
}

/* Does it read any line as the C runtime does? */
static const char *judge_words(const char *line)
{
    size_t room = strlen(line) + 2;
    const char **words = malloc((room + 2) * sizeof(*words));
    char *buffer = malloc(room);
    bool same;

    cmdline_read(CMDLINE_CRT, line, words, buffer);
    same = is_split(line, words);
    free(buffer);
    free(words);
    return same ? NULL
                : fuzz_fault("osdep_cmdline_words() reads it in another way: "
                             "%s",
                             line);
}

static const char *judge(const char *line, const char *const *argv,
                         bool is_utf8)
{
    static const char *const names[] = {
        [CMDLINE_CRT] = "the C runtime",
        [CMDLINE_OLD_CRT] = "the C runtime before 2008",
        [CMDLINE_SHELL] = "CommandLineToArgvW()",
        [CMDLINE_CYGWIN] = "Cygwin",
    };

    for (int rules = CMDLINE_CRT; rules <= CMDLINE_CYGWIN; rules++) {
        if (!reads((CmdlineRules)rules, line, argv)) {
            return fuzz_fault("by the rules of %s it is another one: %s",
                              names[rules], line);
        }
    }
    if (!is_split(line, argv)) {
        return fuzz_fault("osdep_cmdline_words() has other words of it: %s",
                          line);
    }
    if (is_utf8 && fuzz_utf16_len(line) + 1 > 32767) {
        return fuzz_fault("it is too long for CreateProcessW()");
    }
    if (is_utf8 && !system_reads(line, argv)) {
        return fuzz_fault("the system reads another one: %s", line);
    }
    return NULL;
}

/* Was there a reason to refuse @argv? */
static const char *judge_refusal(Error *err, const char *const *argv)
{
    bool has_quote = strchr(argv[0], '"') != NULL;
    size_t most = 1;

    for (size_t i = 0; argv[i]; i++) {
        most += 3 * strlen(argv[i]) + 3;
    }
    if (has_quote ? osdep_error_get_errno(err) != EINVAL ||
                        strncmp(error_get_pretty(err), "argv[0]: ", 9) != 0
                  : osdep_error_get_errno(err) != E2BIG || most < 32767) {
        return fuzz_fault("refused: %s", error_get_pretty(err));
    }
    return NULL;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    FuzzWords words = fuzz_words(data, size);
    const char *const *argv = (const char *const *)words.argv;
    const char *fault = NULL;
    Error *err = NULL;

    if (words.argc > 0) {
        bool is_utf8 = true;
        char *line;

        for (int i = 0; i < words.argc; i++) {
            is_utf8 = is_utf8 && fuzz_utf16_len(argv[i]) >= 0;
        }
        /* That none can express is no fault of theirs. */
        line = which && !strchr(argv[0], '"') ? wrong_cmdline(argv, which)
                                              : osdep_cmdline(argv, &err);
        fault = line ? judge(line, argv, is_utf8) : judge_refusal(err, argv);
        fault = fault || which ? fault : judge_words(argv[0]);
        free(line);
        error_free(err);
    }
    fuzz_words_free(&words);
    return fault;
}

static const char *const parts[] = {
    "\"",       "\"",
    "\\",       "\\",
    " ",        "\t",
    "a",        "'",
    "*",        "?",
    "[",        "\n",
    "\xc3\xa9", "\xe2\x82\xac",
    "\xc2\xa0", "^",
    "%",        "&",
    "\\\\",     "/",
    "\x01",     "\v",
    "=",        "\xf0\x9d\x84\x9e",
    "{",        "}",
    "~",        "@",
    "C:",       "\\\\s\\",
    NULL,
};

const FuzzTarget fuzz_cmdline = { "cmdline", test, wrong, parts };
