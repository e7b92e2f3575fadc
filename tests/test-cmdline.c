/*
 * Tests of util/osdep-cmdline-win32.h, which is the same everywhere
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/helpers/cmdline-reader.h"
#include "tests/helpers/harness.h"
#include "tests/helpers/random-args.h"

#include <stdarg.h>
#include <time.h>

#include "util/osdep-cmdline-win32.h"

enum { VECTORS = 20000 };

static bool comes_back_by(CmdlineRules rules, const char *line,
                          const char *const *argv)
{
    const char *words[64];
    char buffer[4096];
    size_t i;

    cmdline_read(rules, line, words, buffer);
    for (i = 0; argv[i] && words[i]; i++) {
        if (strcmp(argv[i], words[i]) != 0) {
            return false;
        }
    }
    return !argv[i] && !words[i];
}

/* By the rules of all readers. */
static bool comes_back(const char *line, const char *const *argv)
{
    for (int rules = CMDLINE_CRT; rules <= CMDLINE_CYGWIN; rules++) {
        if (!comes_back_by((CmdlineRules)rules, line, argv)) {
            return false;
        }
    }
    return true;
}

/* The control: quotes around everything. */
static char *naive_cmdline(const char *const *argv, Error **errp)
{
    static char line[4096];

    (void)errp;
    line[0] = '\0';
    for (; *argv; argv++) {
        strcat(strcat(strcat(line, "\""), *argv), "\" ");
    }
    return strdup(line);
}

/*
 * How many of the random vectors do not come back from the lines that @cmdline
 * makes; the first one of them in @bad.
 */
static int count_bad(char *(*cmdline)(const char *const *, Error **),
                     uint32_t seed, RandomArgs *bad)
{
    RandomArgs args = { .state = seed };
    int n = 0;

    for (int i = 0; i < VECTORS; i++) {
        char *line, *quote;

        random_args(&args);
        while ((quote = strchr(args.text[0], '"'))) {
            *quote = '_'; /* cannot be in the first one */
        }
        line = cmdline(args.argv, NULL);
        if ((!line || !comes_back(line, args.argv)) && n++ == 0) {
            *bad = args;
        }
        free(line);
    }
    return n;
}

static void random_vectors_come_back(void)
{
    uint32_t seed = random_seed((int)time(NULL));
    RandomArgs bad;
    int n = count_bad(osdep_cmdline, seed, &bad);

    CHECK_INT(n, 0);
    if (n) {
        printf("# OSDEP_TEST_SEED=%u\n", seed);
        for (int i = 0; i < bad.argc; i++) {
            printf("# [%s]\n", bad.text[i]);
        }
    }
    CU_ASSERT(count_bad(naive_cmdline, seed, &bad) > 0);
}

/* The control: lines that follow Microsoft's rules, and no others. */
static void cygwin_has_rules_of_its_own(void)
{
    static const struct {
        const char *line, *word;
    } cases[] = {
        { "p it's z", "it's" },
        { "p {a,b} z", "{a,b}" },
        { "p ~ z", "~" },
        { "p @file z", "@file" },
        { "p *.c z", "*.c" },
        { "p \"a\\\\ b\" z", "a\\\\ b" },
        { "p \"C:\\a b\\\\\" z", "C:\\a b\\" },
        { "p \"C:\\a\\\" b\" z", "C:\\a\" b" },
        { "p \"\\\\a\\b c\\\\\" z", "\\\\a\\b c\\" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *argv[] = { "p", cases[i].word, "z", NULL };

        CU_ASSERT(comes_back_by(CMDLINE_CRT, cases[i].line, argv));
        CU_ASSERT(!comes_back_by(CMDLINE_CYGWIN, cases[i].line, argv));
    }
}

/* The line for the words that follow @expected. */
#define CHECK_LINE(expected, ...)                               \
    check_line(                                                 \
        (expected), (const char *const[]){ __VA_ARGS__, NULL }, \
        osdep_cmdline((const char *const[]){ __VA_ARGS__, NULL }, NULL))

static void check_line(const char *expected, const char *const *argv,
                       char *line)
{
    CHECK_STR(line, expected);
    CU_ASSERT(line && comes_back(line, argv));
    free(line);
}

static void words_are_quoted_if_need_be(void)
{
    CHECK_LINE("a", "a");
    CHECK_LINE("a b c", "a", "b", "c");
    CHECK_LINE("a \"\"", "a", "");
    CHECK_LINE("a \"b c\"", "a", "b c");
    CHECK_LINE("a \"b\tc\"", "a", "b\tc");
    CHECK_LINE("a \"b\nc\"", "a", "b\nc");
    CHECK_LINE("a \"\x01\"", "a", "\x01");
    CHECK_LINE("a \"h\xc3\xa9\" \"\xf0\x9d\x84\x9e\"", "a", "h\xc3\xa9",
               "\xf0\x9d\x84\x9e");
    CHECK_LINE("a \"'b'\" \"%c%\" \"^&\"", "a", "'b'", "%c%", "^&");
    CHECK_LINE("C:\\a.exe /b:c,d --e=+f_-1 C:\\g\\", "C:\\a.exe", "/b:c,d",
               "--e=+f_-1", "C:\\g\\");
    /* Or else programs that expand wildcards do so. */
    CHECK_LINE("a \"*.c\" \"?\" \"[a]\"", "a", "*.c", "?", "[a]");
}

static void quotes_are_escaped(void)
{
    CHECK_LINE("a \"\\\"\"", "a", "\"");
    CHECK_LINE("a \"b\\\"c\"", "a", "b\"c");
    CHECK_LINE("a \"\\\"\\\"\"", "a", "\"\"");
    CHECK_LINE("a \"\\\\\\\"\"", "a", "\\\"");
    CHECK_LINE("a \"\\\\\\\\\\\"x\"", "a", "\\\\\"x");
}

static void backslashes_are_kept(void)
{
    CHECK_LINE("a \\", "a", "\\");
    CHECK_LINE("a \\\\server\\share\\", "a", "\\\\server\\share\\");
    CHECK_LINE("a \"b c\\\\\"", "a", "b c\\");
    CHECK_LINE("a \"b\\c d\\\\\\\\\"", "a", "b\\c d\\\\");
}

static void cygwin_gets_what_it_reads(void)
{
    CHECK_LINE("\"it's\" \"it's\" \"{a,b}\" \"~\" \"@file\" \"(c)\"", "it's",
               "it's", "{a,b}", "~", "@file", "(c)");
    /* Paths: all backslashes are literal, also in front of a quote. */
    CHECK_LINE("a \"C:\\b c\" \"C:\\b c\"\\ C\":\\b\\\"c\\\\\"", "a", "C:\\b c",
               "C:\\b c\\", "C:\\b\"c\\");
    CHECK_LINE("a \"\\\\s\\b c\" \"\\\\s\\b c\"\\\\", "a", "\\\\s\\b c",
               "\\\\s\\b c\\\\");
    CHECK_LINE("a \"\\\\\"\\\\\"s\\b\\\"c\"", "a", "\\\\s\\b\"c");
    /* Else two are one. */
    CHECK_LINE("a \"b\\\\\"\\\\\" c\" \"\\\\\"\\\\\\\\\"'\"", "a", "b\\\\ c",
               "\\\\\\'");
}

static void check_words(const char *line, ...)
{
    int n = 0, n_read;
    char **words = osdep_cmdline_words(line, &n_read);
    const char *expected;
    va_list ap;

    va_start(ap, line);
    while ((expected = va_arg(ap, const char *))) {
        CU_ASSERT_FATAL(n < n_read);
        CHECK_STR(words[n++], expected);
    }
    va_end(ap);
    CHECK_INT(n_read, n);
    CU_ASSERT_PTR_NULL(words[n]);
    free(words);
}

/* The examples of "Parsing C command-line arguments", and beyond. */
static void lines_are_read_as_by_the_runtime(void)
{
    check_words("p \"a b c\" d e", "p", "a b c", "d", "e", NULL);
    check_words("p \"ab\\\"c\" \"\\\\\" d", "p", "ab\"c", "\\", "d", NULL);
    check_words("p a\\\\\\b d\"e f\"g h", "p", "a\\\\\\b", "de fg", "h", NULL);
    check_words("p a\\\\\\\"b c d", "p", "a\\\"b", "c", "d", NULL);
    check_words("p a\\\\\\\\\"b c\" d e", "p", "a\\\\b c", "d", "e", NULL);
    check_words("p a\"b\"\" c d", "p", "ab\" c d", NULL);
    check_words("\"C:\\a b\\\" \t c\t", "C:\\a b\\", "c", NULL);
    check_words("a\" \"b\\\"c d", "a b\\c d", NULL);
    check_words("", "", NULL);
    check_words(" a", "", "a", NULL);
    check_words("p \"\" \"", "p", "", "", NULL);
    check_words("p \xc3\xa9", "p", "\xc3\xa9", NULL);
}

static void first_word_has_its_own_rules(void)
{
    Error *err = NULL;

    CHECK_LINE("\"\" b", "", "b");
    CHECK_LINE("\"C:\\a b\\\" c", "C:\\a b\\", "c");
    CHECK_LINE("C:\\a\\ \"\"", "C:\\a\\", "");
    CHECK_LINE("\"a\nb\"", "a\nb");
    CU_ASSERT_PTR_NULL(osdep_cmdline((const char *[]){ "a\"b", NULL }, &err));
    CHECK_STR(error_get_pretty(err),
              "argv[0]: 'a\"b' holds '\"', which a command line cannot express "
              "there: Invalid argument");
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free(err);
}

/* What begins the line for a batch file. */
#define CMD "cmd.exe /d /e:on /v:off /c \""

/* A word of @n times @part; to be freed. */
static char *repeat(const char *part, size_t n)
{
    size_t len = strlen(part);
    char *text = calloc(n + 1, len);

    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * len, part, len);
    }
    return text;
}

static void check_limit(const char *part, size_t units, bool batch)
{
    /* What there is but for the word: "p WORD" or CMD" "p" WORD", a NUL. */
    size_t limit = batch ? 8191 : 32767;
    size_t extra = batch ? strlen(CMD "\"p\" \"") + 1 : (*part & 0x80) ? 5 : 3;
    size_t n = (limit - extra) / units;

    for (int over = 0; over < 2; over++) {
        char *word = repeat(part, n + (size_t)over), expected[200];
        const char *argv[] = { "p", word, NULL };
        Error *err = NULL;
        char *line = batch ? osdep_batch_cmdline("p", argv, &err)
                           : osdep_cmdline(argv, &err);

        if (over) {
            CU_ASSERT_PTR_NULL_FATAL(line);
            snprintf(expected, sizeof(expected),
                     "the command line has %zu UTF-16 units, the limit is %zu: "
                     "%s",
                     (n + 1) * units + extra, limit, strerror(E2BIG));
            CHECK_STR(error_get_pretty(err), expected);
            CHECK_INT(osdep_error_get_errno(err), E2BIG);
        } else {
            CU_ASSERT_PTR_NOT_NULL(line);
        }
        error_free(err);
        free(line);
        free(word);
    }
}

static void length_is_limited(void)
{
    check_limit("a", 1, false);
    check_limit("\xc3\xa9", 1, false);
    check_limit("\xe2\x82\xac", 1, false);
    check_limit("\xf0\x9d\x84\x9e", 2, false);
    check_limit("a", 1, true);
}

static void batch_files_are_known_by_name(void)
{
    static const char *const yes[] = {
        "x.bat",          "x.cmd",          "X.BAT",        "x.CmD",
        "C:\\a b\\x.bat", "/a/x.cmd",       "x.bat.",       "x.bat ",
        "x.bat. . .",     "x.cmd  ",        "x.bat\\",      "x.bat/.",
        "x.bat::$DATA",   "x.bat .:stream", "x.exe:y.bat",  "x.exe:y.cmd:$DATA",
        ".bat",           "C:x.bat",        "\xc3\xa9.bat",
    };
    static const char *const no[] = {
        "",       "x",        "bat",         "xbat",  "x.bat.exe", "x.exe",
        "x.batt", "x.bat\\y", "x.cmd/y.exe", "x.ba",  "x.bat.x",   "x.b at",
        ".",      "\\",       "x.bat/y",     "x.com",
    };

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        CU_ASSERT(osdep_is_batch_file(yes[i]));
        if (!osdep_is_batch_file(yes[i])) {
            printf("# no batch file: [%s]\n", yes[i]);
        }
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        CU_ASSERT(!osdep_is_batch_file(no[i]));
        if (osdep_is_batch_file(no[i])) {
            printf("# a batch file: [%s]\n", no[i]);
        }
    }
}

#define CHECK_BATCH_LINE(expected, path, ...) \
    check_batch_line((expected), (path),      \
                     (const char *const[]){ "0", __VA_ARGS__ })

static void check_batch_line(const char *expected, const char *path,
                             const char *const *argv)
{
    char *line = osdep_batch_cmdline(path, argv, NULL);

    CHECK_STR(line, expected);
    free(line);
}

static void batch_files_get_harmless_lines(void)
{
    const char *path = "C:\\Program Files (x86)\\x.bat";

    CHECK_BATCH_LINE(CMD "\"x.bat\"\"", "x.bat", NULL);
    CHECK_BATCH_LINE(CMD "\"C:\\Program Files (x86)\\x.bat\" a -b C:\\c\"",
                     path, "a", "-b", "C:\\c", NULL);
    CHECK_BATCH_LINE(CMD "\"x.bat\" \"\" \"a b\" \"a\tb\"\"", "x.bat", "",
                     "a b", "a\tb", NULL);
    /* cmd.exe's separators */
    CHECK_BATCH_LINE(CMD "\"x.bat\" \"a,b\" \"a;b\" \"a=b\"\"", "x.bat", "a,b",
                     "a;b", "a=b", NULL);
    CHECK_BATCH_LINE(CMD "\"x.bat\" \"\xc2\xa0\" \"*\" \"'\"\"", "x.bat",
                     "\xc2\xa0", "*", "'", NULL);
    /* The program that gets it next has the usual rules. */
    CHECK_BATCH_LINE(CMD "\"x.bat\" \"a b\\\\\" \"a\\\\\" a\\b\"", "x.bat",
                     "a b\\", "a\\", "a\\b", NULL);
    /* Folders may be called anything. */
    CHECK_BATCH_LINE(CMD "\"C:\\R&D\\100%\\(a)^!\\x.bat\" a\"",
                     "C:\\R&D\\100%\\(a)^!\\x.bat", "a", NULL);
}

static void check_batch_refusal(const char *path, const char *arg,
                                const char *expected)
{
    const char *argv[] = { "\"%", "a", arg, NULL };
    Error *err = NULL;

    CU_ASSERT_PTR_NULL(osdep_batch_cmdline(path, argv, &err));
    CHECK_STR(error_get_pretty(err), expected);
    CHECK_INT(osdep_error_get_errno(err), EINVAL);
    error_free(err);
}

static void batch_files_refuse_what_cmd_could_take(void)
{
    static const char reserved[] = "\"%!^&|<>()",
                      controls[] = "\n\r\x1a\x01\x7f";
    char text[10], expected[300];

    for (const char *c = reserved; *c; c++) {
        snprintf(text, sizeof(text), "a%cb", *c);
        snprintf(expected, sizeof(expected),
                 "argv[2]: '%s' holds '%c', which cmd.exe would take for its "
                 "own: %s",
                 text, *c, strerror(EINVAL));
        check_batch_refusal("x.bat", text, expected);
    }
    snprintf(expected, sizeof(expected),
             "batch file: 'a\"b' holds '\"', which cmd.exe would take for its "
             "own: %s",
             strerror(EINVAL));
    check_batch_refusal("a\"b", "b", expected);
    snprintf(expected, sizeof(expected),
             "batch file: 'C:\\%%a%%\\x.bat' holds '%%' more than once, and "
             "cmd.exe would take what is in between for a variable: %s",
             strerror(EINVAL));
    check_batch_refusal("C:\\%a%\\x.bat", "b", expected);
    for (const char *c = controls; *c; c++) {
        snprintf(text, sizeof(text), "a%cb", *c);
        snprintf(expected, sizeof(expected),
                 "argv[2]: control character 0x%02x, which cmd.exe would take "
                 "for its own: %s",
                 *c, strerror(EINVAL));
        check_batch_refusal("x.bat", text, expected);
    }
}

int main(void)
{
    /* clang-format off */
    static const TestCase cases[] = {
        TEST_ENTRY(random_vectors_come_back),
        TEST_ENTRY(cygwin_has_rules_of_its_own),
        TEST_ENTRY(words_are_quoted_if_need_be),
        TEST_ENTRY(quotes_are_escaped),
        TEST_ENTRY(backslashes_are_kept),
        TEST_ENTRY(cygwin_gets_what_it_reads),
        TEST_ENTRY(lines_are_read_as_by_the_runtime),
        TEST_ENTRY(first_word_has_its_own_rules),
        TEST_ENTRY(length_is_limited),
        TEST_ENTRY(batch_files_are_known_by_name),
        TEST_ENTRY(batch_files_get_harmless_lines),
        TEST_ENTRY(batch_files_refuse_what_cmd_could_take),
    };
    /* clang-format on */

    return run_suite("cmdline", cases, sizeof(cases) / sizeof(cases[0]));
}
