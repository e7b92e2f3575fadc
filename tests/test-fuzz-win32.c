/*
 * Tests with what fuzz targets try that only Windows can have: the real readers
 *
 * SPDX-License-Identifier: MIT
 *
 * OSDEP_TEST_SEED=N has other random arguments, OSDEP_TEST_BATCHES=N so many.
 */
#include "tests/cases.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/helpers/process.h"
#include "tests/helpers/random-args.h"

#include <windows.h>

#include "util/osdep-cmdline-win32.h"
#include "util/osdep-process-win32.h"

#define PUPPET_EXE PROGRAM("puppet")
#define BATCH_FILE "fuzz-args.bat"
#define BATCH_FILE_W L"fuzz-args.bat"
#define EACH_FILE "fuzz-each.bat"
#define CANARY "fuzz-canary.txt"
/* What nobody is to run. */
#define CHIRP "echo x>" CANARY

enum { MAX_WORDS = 16 };

/* cmd.exe: the program that a batch file names could not be started. */
enum { NOT_STARTED = 9009 };

/* What came of arguments: refused for themselves, handed on, or lost. */
typedef enum Outcome { REFUSED, ARRIVED, LOST } Outcome;

static bool canary_sang(void)
{
    bool sang = GetFileAttributesA(CANARY) != INVALID_FILE_ATTRIBUTES;

    DeleteFileA(CANARY);
    return sang;
}

/* A batch file that hands its arguments on to the puppet, which prints them. */
static void make_batch_file(void)
{
    FILE *f = fopen(BATCH_FILE, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs("@" PUPPET_EXE " args %*\r\n", f);
    fclose(f);
    DeleteFileA(CANARY);
}

/* One that hands three on in quotes of its own, as many do. */
static void make_each_file(void)
{
    FILE *f = fopen(EACH_FILE, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs("@" PUPPET_EXE " args \"%~1\" \"%~2\" \"%~3\"\r\n", f);
    fclose(f);
}

/* Is @out the words @argv, each ended by a NUL? */
static bool is_printed(const char *out, size_t len, const char *const *argv)
{
    for (; *argv; argv++) {
        size_t size = strlen(*argv) + 1;

        if (size > len || memcmp(out, *argv, size) != 0) {
            return false;
        }
        out += size;
        len -= size;
    }
    return len == 0;
}

/*
 * Run @argv, whose first @n_own words are the puppet's business.  A run that
 * Wine did not manage (tests/test-process-win32.c, process-win32.c) is done again.
 */
static Outcome run(const char *const *argv, int n_own)
{
    const OsdepSpawnOptions options = { .argv = argv };
    const OsdepRunOptions how = { .timeout_ms = 60000 };
    OsdepRunResult result;
    Outcome outcome = LOST;
    Error *err = NULL;
    bool ran = false;

    for (int i = 0; i < 3 && !ran; i++) {
        error_free(err);
        err = NULL;
        ran = osdep_run(&options, &how, &result, &err);
        if (err && osdep_error_get_win32(err) != ERROR_INTERNAL_ERROR) {
            break;
        }
        if (ran && i < 2 && result.exit.code == NOT_STARTED) {
            osdep_run_result_clear(&result);
            ran = false;
        }
    }
    if (!ran) {
        outcome = osdep_error_get_errno(err) == EINVAL ? REFUSED : LOST;
        if (outcome == LOST) {
            printf("# %s\n", error_get_pretty(err));
        }
        error_free(err);
        return outcome;
    }
    if (is_printed(result.out, result.out_len, argv + n_own)) {
        outcome = ARRIVED;
    } else {
        printf("# lost: [%s] of [%s] %s\n", result.out, argv[n_own],
               result.err);
    }
    osdep_run_result_clear(&result);
    return outcome;
}

void command_lines_are_read_by_programs(void)
{
    int n = 0;

    for (const FuzzInput *seed = fuzz_corpus; seed->name; seed++) {
        const char *argv[MAX_WORDS + 3] = { PUPPET_EXE,
                                            n % 2 ? "args" : "shell-args" };
        bool is_utf8 = true;
        FuzzWords words;

        if (strcmp(seed->target, "cmdline") != 0) {
            continue;
        }
        words = fuzz_words(seed->data, seed->size);
        CU_ASSERT_FATAL(words.argc <= MAX_WORDS);
        for (int i = 0; i < words.argc; i++) {
            argv[2 + i] = words.argv[i];
            is_utf8 = is_utf8 && fuzz_utf16_len(words.argv[i]) >= 0;
        }
        CHECK_INT(run(argv, 2), is_utf8 ? ARRIVED : REFUSED);
        fuzz_words_free(&words);
        n++;
    }
    CU_ASSERT(n >= 30);
}

/*
 * Arguments that have got commands past those who call batch files, or would
 * if some character in them was overlooked: "BatBadBut" (flatt.tech, 2024),
 * CVE-2024-24576 (Rust), CVE-2024-1874 (PHP), CVE-2024-43402 (Rust again, by
 * the names below), and what the documentation of cmd.exe suggests.
 */
static const char *const attacks[] = {
    "\"&" CHIRP,
    "\"&" CHIRP "&\"",
    "\\\"&" CHIRP,
    "\\\\\"&" CHIRP,
    "\"\"&" CHIRP,
    "\"\"\"&" CHIRP,
    "a\" &" CHIRP " & \"b",
    "&" CHIRP,
    "&&" CHIRP,
    "||" CHIRP,
    "|" CHIRP,
    "a & " CHIRP,
    "^\"&" CHIRP,
    "^&" CHIRP,
    "^^\"&" CHIRP,
    "\"^&" CHIRP,
    "%CMDCMDLINE:~-1%&" CHIRP,
    "%CMDCMDLINE:~,1%&" CHIRP,
    "\"%CMDCMDLINE:~0,1%&" CHIRP,
    "%COMSPEC:~0,1%&" CHIRP,
    "%\"%&" CHIRP,
    "%%CMDCMDLINE:~,1%%&" CHIRP,
    "%=C:%&" CHIRP,
    "%0&" CHIRP,
    "%~1",
    "%*",
    "%PATH%",
    "100%",
    "!CMDCMDLINE:~,1!&" CHIRP,
    "!PATH!",
    "^!PATH^!",
    "\n" CHIRP,
    "\r\n" CHIRP,
    "\r" CHIRP,
    "a\n" CHIRP,
    "\"\n" CHIRP,
    "\x1a" CHIRP,
    "a\x1a&" CHIRP,
    "\x0b&" CHIRP,
    "\x0c&" CHIRP,
    ">" CANARY,
    "\">" CANARY,
    "1>" CANARY,
    ">>" CANARY,
    "a>" CANARY " b",
    "<nul >" CANARY,
    "2>&1>" CANARY,
    "(" CHIRP ")",
    ")&" CHIRP,
    "\")&(" CHIRP,
    "aaa\"^bbb",
    "\"aaa\"&" CHIRP "|\"bbb",
    "\x01&" CHIRP,
    "\x7f",
    /* What is left of other alphabets in some code page: quotes, ampersands */
    "\xef\xbc\x82&" CHIRP,
    "\xef\xbc\x82\xef\xbc\x86" CHIRP,
    "\xe2\x80\x9d\xef\xbc\x86" CHIRP,
    "\xef\xbc\x85PATH\xef\xbc\x85",
    "\xef\xbc\x9e" CANARY,
    "\xca\xba\xef\xbc\x86" CHIRP,
    /* Separators, and what is special to batch files but harmless */
    "a b",
    "a\tb",
    "a,b;c=d",
    "\xc2\xa0",
    "@" CHIRP,
    ":label",
    "/?",
    "/c",
    "~",
    "*",
    "?",
    "a\\",
    "a b\\",
    "\\\\",
    "'`$#[]{}+-",
    "rem",
    "nul",
    "",
};

void batch_files_run_nothing_else(void)
{
    /* Any of these is the batch file. */
    static const char *const names[] = {
        ".\\" BATCH_FILE,     ".\\FUZZ-ARGS.Bat",     ".\\" BATCH_FILE ".",
        ".\\" BATCH_FILE " ", ".\\" BATCH_FILE ". .", "./" BATCH_FILE "/.",
    };
    const size_t n_names = sizeof(names) / sizeof(names[0]);
    int n[LOST + 1] = { 0 };

    make_batch_file();
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        const bool is_good =
            !strpbrk(attacks[i], "\"%!^&|<>()\n\r\x1a\x01\x0b\x0c\x7f");

        for (size_t k = 0; k < n_names; k++) {
            const char *argv[] = { names[k], "a", attacks[i], "z", NULL };
            Outcome outcome;

            /* Those that run take their time: by one name each. */
            if (is_good && k != i % n_names) {
                continue;
            }
            outcome = run(argv, 1);
            n[outcome]++;
            CHECK_INT(outcome, is_good ? ARRIVED : REFUSED);
            CU_ASSERT_FALSE(canary_sang());
        }
    }
    printf("# count: %d refused, %d arrived, %d lost\n", n[REFUSED], n[ARRIVED],
           n[LOST]);
    DeleteFileA(BATCH_FILE);
}

/* A random argument of at most @max of these. */
static void random_arg(uint32_t *state, const char *const *parts, uint32_t n,
                       char *arg, uint32_t max)
{
    arg[0] = '\0';
    for (max = random_below(state, max + 1); max > 0; max--) {
        strcat(arg, parts[random_below(state, n)]);
    }
}

void batch_files_get_what_is_harmless(void)
{
    static const char *const harmless[] = {
        "a",
        "B",
        "0",
        " ",
        "\t",
        ",",
        ";",
        "=",
        "\\",
        "/",
        ".",
        "-",
        "+",
        "~",
        "*",
        "?",
        "'",
        "`",
        "$",
        "#",
        "@",
        "[",
        "]",
        "{",
        "}",
        "_",
        ":",
        "\\\\",
        "echo",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xc2\xa0",
        "\xf0\x9d\x84\x9e",
        "\xef\xbc\x82",
        "\xe3\x80\x80",
    };
    static const char *const dangerous[] = {
        "\"",      "%",         "^",  "&",
        "|",       "<",         ">",  "(",
        ")",       "!",         "\n", " ",
        "a",       CHIRP,       "\\", "%CMDCMDLINE:~-1%",
        "&" CHIRP, "\"&" CHIRP, ",",  "\x1a",
    };
    const int n_inputs = number_from_env("OSDEP_TEST_BATCHES", 20);
    uint32_t state = random_seed(1);
    char args[2][200];
    const char *argv[] = { ".\\" BATCH_FILE, "a", args[0], args[1], NULL };
    int n[LOST + 1] = { 0 };
    Outcome outcome;

    make_batch_file();
    for (int i = 0; i < n_inputs; i++) {
        for (int k = 0; k < 2; k++) {
            random_arg(&state, harmless, sizeof(harmless) / sizeof(char *),
                       args[k], 8);
        }
        outcome = run(argv, 1);
        n[outcome]++;
        CHECK_INT(outcome, ARRIVED);
        CU_ASSERT_FALSE(canary_sang());
    }
    /* Most of these are refused, which is fast. */
    for (int i = 0; i < 20 * n_inputs; i++) {
        random_arg(&state, dangerous, sizeof(dangerous) / sizeof(char *),
                   args[0], 3);
        random_arg(&state, harmless, sizeof(harmless) / sizeof(char *), args[1],
                   3);
        if (!args[0][strspn(args[0], " a\\,")]) {
            continue;
        }
        outcome = run(argv, 1);
        CU_ASSERT(outcome == REFUSED);
        CU_ASSERT_FALSE(canary_sang());
        n[outcome]++;
    }
    printf("# count: %d refused, %d arrived, %d lost\n", n[REFUSED], n[ARRIVED],
           n[LOST]);
    DeleteFileA(BATCH_FILE);
}

void batch_files_may_quote_once_more(void)
{
    static const char *const words[] = {
        "C:\\dir\\", " --exec=calc.exe x", "\\", "\\\\ \\", "a\\b", "", "x y",
    };
    const size_t n_words = sizeof(words) / sizeof(words[0]);

    make_each_file();
    for (size_t i = 0; i < n_words; i++) {
        const char *argv[] = { ".\\" EACH_FILE, words[i],
                               words[(i + 1) % n_words], "z", NULL };

        CHECK_INT(run(argv, 1), ARRIVED);
    }
    DeleteFileA(EACH_FILE);
}

/* The batch file with @arg in quotes as for any program; does the canary sing? */
static bool naive_run_sings(const char *arg)
{
    const char *argv[] = { BATCH_FILE, "a", arg, NULL };
    char *line = osdep_cmdline(argv, NULL);
    WCHAR *wide = osdep_utf16(NULL, line, "line");
    STARTUPINFOW startup = { .cb = sizeof(startup),
                             .dwFlags = STARTF_USESTDHANDLES };
    PROCESS_INFORMATION info;

    if (CreateProcessW(BATCH_FILE_W, wide, NULL, NULL, FALSE, 0, NULL, NULL,
                       &startup, &info)) {
        WaitForSingleObject(info.hProcess, 60000);
        CloseHandle(info.hThread);
        CloseHandle(info.hProcess);
    } else {
        printf("# CreateProcessW: %lu\n", GetLastError());
    }
    free(wide);
    free(line);
    return canary_sang();
}

/* The control */
void naive_quoting_runs_something_else(void)
{
    /* 18 of 52 do, under Wine 8. */
    const int enough = number_from_env("OSDEP_TEST_BATCHES", 5);
    int n = 0, n_songs = 0;

    make_batch_file();
    CU_ASSERT_FALSE(naive_run_sings("a b"));
    for (size_t i = 0;
         n_songs < enough && i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strstr(attacks[i], CANARY)) {
            bool sings = naive_run_sings(attacks[i]);

            n++;
            n_songs += sings;
            if (sings) {
                printf("# it sings: %s\n", attacks[i]);
            }
        }
    }
    printf("# count: %d of %d sing\n", n_songs, n);
    CU_ASSERT(n_songs > 0);
    DeleteFileA(BATCH_FILE);
}
