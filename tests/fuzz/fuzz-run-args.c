/*
 * Fuzz target: osdep-run's command line
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is the words behind "osdep-run".  They have to mean what a reader
 * of its own makes of them by what "osdep-run --help" says, and what is wrong
 * has to be named.  Nothing is run.
 */
#include "tests/fuzz/fuzz.h"

#include <getopt.h>
#include <limits.h>

#include "tools/run.h"
#include "tools/signames.h"

static const char *const wrong[] = {
    "options are looked for behind the command, too",
    "numbers are what atoi() makes of them",
    "what -e and -u are given is not looked at",
    NULL,
};

/* = A reader of options, by getopt_long(3)'s description = */

static const struct {
    const char *name;
    char letter;
    bool has_value;
} known[] = {
    { "chdir", 'C', true },
    { "env", 'e', true },
    { "unset", 'u', true },
    { "ignore-environment", 'i', false },
    { "keep-fd", 'k', true },
    { "output", 'o', true },
    { "error", 'E', true },
    { "ignore-signal", 'I', true },
    { "new-group", 'g', false },
    { "new-session", 's', false },
    { "die-with-parent", 'p', false },
    { "timeout", 't', true },
    { "kill-after", 'K', true },
    { "fork", 'F', false },
    { "help", 'h', false },
    { "version", 'V', false },
};
enum { N_KNOWN = sizeof(known) / sizeof(known[0]) };

/* The option whose name begins with these @len characters, and is the only one
 * or has no more; -1: there is none. */
static int find_long(const char *name, size_t len)
{
    int found = -1, n = 0;

    for (int i = 0; i < N_KNOWN; i++) {
        if (strncmp(known[i].name, name, len) == 0) {
            if (!known[i].name[len]) {
                return i;
            }
            found = i;
            n++;
        }
    }
    return n == 1 ? found : -1;
}

static int find_short(char letter)
{
    for (int i = 0; i < N_KNOWN; i++) {
        if (known[i].letter == letter && letter != 'F') {
            return i;
        }
    }
    return -1;
}

/* Where the reader is: at word @at, within it if @rest is not empty. */
typedef struct Reader {
    char **argv;
    int at;
    const char *rest;
} Reader;

/*
 * The next option's letter, with its @value.  0: there are no more, and @at is
 * where the command begins.  '?': it is no option, or without its value, or
 * with one that it does not take.  '-': that, for glibc and musl; the BSDs, and
 * MinGW with them, take the rest of the word for the name of a long option.
 */
static char next_option(Reader *reader, const char **value)
{
    const char *word = reader->rest;
    int option;

    *value = NULL;
    if (!*word) {
        word = reader->argv[reader->at];
        if (!word || word[0] != '-' || !word[1]) {
            return 0;
        }
        reader->at++;
        if (strcmp(word, "--") == 0) {
            return 0;
        }
        word++;
        if (*word == '-') {
            size_t len = strcspn(++word, "=");

            option = find_long(word, len);
            if (option < 0 || (word[len] && !known[option].has_value)) {
                return '?';
            }
            *value = word[len] ? word + len + 1 : NULL;
            word = "";
            goto found;
        }
    }
    option = find_short(*word++);
    if (option < 0) {
        return word[-1] == '-' ? '-' : '?';
    }
    if (known[option].has_value && *word) {
        *value = word;
        word = "";
    }
found:
    reader->rest = word;
    if (known[option].has_value && !*value) {
        *value = reader->argv[reader->at];
        if (!*value) {
            return '?';
        }
        reader->at++;
    }
    return known[option].letter;
}

/* = What they mean = */

/* A number of digits alone, up to @max; -1 if it is something else. */
static int64_t number(const char *text, int64_t max)
{
    int64_t value = 0;

    if (!*text || text[strspn(text, "0123456789")]) {
        return -1;
    }
    for (; *text && value <= max; text++) {
        value = value * 10 + (*text - '0');
        if (value > max) {
            return -1;
        }
    }
    return value;
}

/*
 * Seconds as milliseconds, a part of one counting as one; -1 if they are none,
 * -2 if more than a thousand million.  By its digits: no floating point.
 */
static int64_t milliseconds(const char *text)
{
    const char *point = text + strcspn(text, ".");
    int64_t ms = 0;
    int digits = 0;

    for (const char *s = text; s < point; s++, digits++) {
        if (*s < '0' || *s > '9') {
            return -1;
        }
        /* Once it is too much it stays so. */
        ms = ms > 1000000000 ? ms : ms * 10 + (*s - '0');
    }
    ms *= 1000;
    if (*point) {
        int64_t unit = 100;
        bool rest = false;

        for (const char *s = point + 1; *s; s++, digits++, unit /= 10) {
            if (*s < '0' || *s > '9') {
                return -1;
            }
            ms += unit * (*s - '0');
            rest = rest || (unit == 0 && *s != '0');
        }
        ms += rest;
    }
    return digits == 0 ? -1 : ms > 1000000000000 ? -2 : ms;
}

/* Is @sig what @text names?  By its number, or its usual name. */
static bool is_signal(const char *text, int sig)
{
    int64_t value = number(text, 1000);

    if (value >= 0) {
        return value == sig;
    }
    return signal_number(text) == sig; /* what names there are is its affair */
}

/* What is wrong with the @value of option @letter; NULL: nothing. */
static const char *fault_of(char letter, const char *value)
{
    switch (letter) {
    case 'e':
        return strchr(value, '=') && value[0] != '='
                   ? NULL
                   : "not of the form NAME=VALUE";
    case 'u':
        return value[0] && !strchr(value, '=') ? NULL : "not a variable's name";
    case 'k':
        return number(value, INT_MAX) >= 0 ? NULL : "not a descriptor's number";
    case 'I':
        return signal_number(value) > 0 ? NULL : "no such signal";
    case 't':
    case 'K':
        return milliseconds(value) == -1   ? "not a number of seconds"
               : milliseconds(value) == -2 ? "more than 1000000000 seconds"
               : milliseconds(value) == 0 && letter == 't' ? "not more than 0"
                                                           : NULL;
    }
    return NULL;
}

/* = What came of it = */

static char reported[65536];
static int n_reports;

static void on_report(OsdepReportKind kind, const char *message,
                      const char *hint, void *opaque)
{
    (void)kind, (void)hint, (void)opaque;
    snprintf(reported, sizeof(reported), "%s", message);
    n_reports++;
}

/* Was it said of option @letter and @value that there is @what? */
static const char *judge_refusal(RunParsed parsed, char letter,
                                 const char *value, const char *what)
{
    char *shown = fuzz_escaped(value, false);
    size_t size = strlen(shown) + strlen(what) + 16;
    char *expected = malloc(size);
    bool ok;

    snprintf(expected, size, "-%c '%s': %s", letter, shown, what);
    ok = parsed == RUN_BAD_USAGE && n_reports == 1 &&
         strcmp(reported, expected) == 0;
    free(expected);
    free(shown);
    return ok ? NULL
              : fuzz_fault("not -%c '%s': %s, but '%s'", letter, value, what,
                           reported);
}

/* A time as strtod() and a double have it is off by some 1e-16 of it. */
static bool is_close(int64_t actual, int64_t expected)
{
    return actual - expected <= 1 && expected - actual <= 1;
}

/* Is descriptor @fd among the @n ones of @fds, under its own number? */
static bool is_among(const OsdepPassFd *fds, size_t n, int64_t fd)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i].ours == fd && fds[i].theirs == fd) {
            return true;
        }
    }
    return false;
}

/*
 * Read @argv anew, and see that @parsed and @options are what it says.  The
 * lists of @options are compared as far as they go, one by one.
 */
static const char *judge(char **argv, RunParsed parsed,
                         const RunOptions *options)
{
    Reader reader = { argv, 1, "" };
    const char *value, *directory = NULL, *output = NULL, *error = NULL;
    size_t n_edits = 0, n_fds = 0, n_signals = 0;
    const char *kill_after = NULL;
    bool clear = false, spawned = false, has_fork = false;
    int64_t timeout = 0;
    unsigned int flags = 0;
    char letter;

    while ((letter = next_option(&reader, &value))) {
        const char *bad =
            value && letter != 'K' ? fault_of(letter, value) : NULL;

        if (letter == 'h' || letter == 'V') {
            return parsed == (letter == 'h' ? RUN_HELP : RUN_VERSION)
                       ? NULL
                       : fuzz_fault("-%c is overlooked", letter);
        }
        if (letter == '-') {
            return NULL;
        }
        if (letter == '?') {
            /* getopt_long() has said so, for itself. */
            return parsed == RUN_BAD_USAGE && n_reports == 0
                       ? NULL
                       : fuzz_fault("word %d is taken for an option",
                                    reader.at);
        }
        if (bad) {
            return judge_refusal(parsed, letter, value, bad);
        }
        spawned = spawned || strchr("oEIgsptK", letter);
        switch (letter) {
        case 'C':
            directory = value;
            break;
        case 'e':
        case 'u':
            if (parsed == RUN_PARSED &&
                (n_edits >= options->n_env_edits ||
                 options->env_edits[n_edits] != value)) {
                return fuzz_fault("edit %zu is another one", n_edits);
            }
            n_edits++;
            break;
        case 'i':
            clear = true;
            break;
        case 'k':
            if (parsed != RUN_PARSED) {
                n_fds++;
            } else if (!is_among(options->pass_fds, n_fds,
                                 number(value, INT_MAX))) {
                if (n_fds >= options->n_pass_fds ||
                    !is_among(options->pass_fds + n_fds, 1,
                              number(value, INT_MAX))) {
                    return fuzz_fault("descriptor %zu is another one", n_fds);
                }
                n_fds++;
            }
            break;
        case 'o':
            output = value;
            break;
        case 'E':
            error = value;
            break;
        case 'I':
            if (parsed == RUN_PARSED &&
                (n_signals >= options->n_ignore_signals ||
                 !is_signal(value, options->ignore_signals[n_signals]))) {
                return fuzz_fault("signal %zu is another one", n_signals);
            }
            n_signals++;
            break;
        case 'g':
            flags |= OSDEP_SPAWN_NEW_GROUP;
            break;
        case 's':
            flags |= OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_TREE;
            break;
        case 'p':
            flags |= OSDEP_SPAWN_DIE_WITH_PARENT;
            break;
        case 't':
            timeout = milliseconds(value);
            break;
        case 'K':
            kill_after = value;
            break;
        case 'F':
            has_fork = true;
            break;
        }
    }
    if (kill_after && fault_of('K', kill_after)) {
        return judge_refusal(parsed, 'K', kill_after,
                             fault_of('K', kill_after));
    }
    if (parsed != RUN_PARSED) {
        /* Nothing was wrong with an option; so it is with all of them. */
        bool reason = (n_fds && (output || error)) || (has_fork && spawned) ||
                      (kill_after && !timeout) || !argv[reader.at];

        return parsed == RUN_BAD_USAGE && reason && n_reports == 1
                   ? NULL
                   : fuzz_fault("refused: '%s'", reported);
    }
    for (size_t i = 0; i < n_fds; i++) {
        int fd = options->pass_fds[i].ours;

        if ((fd == 1 && output) || (fd == 2 && error)) {
            return fuzz_fault("descriptor %d is to be two things", fd);
        }
    }
    if (timeout && !(flags & OSDEP_SPAWN_NEW_SESSION)) {
        flags |= OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_TREE;
    }
    if (n_reports || (has_fork && spawned) || (kill_after && !timeout)) {
        return fuzz_fault("not refused: '%s'", reported);
    }
    if (options->argv != argv + reader.at || !options->argv[0]) {
        return fuzz_fault("the command does not begin at word %d", reader.at);
    }
    if (options->directory != directory || options->output != output ||
        options->error != error || options->clear_env != clear ||
        options->n_env_edits != n_edits || options->n_pass_fds != n_fds ||
        options->n_ignore_signals != n_signals || options->flags != flags ||
        options->fork != has_fork) {
        return fuzz_fault("an option means another thing");
    }
    if (!is_close(options->timeout_ms, timeout) ||
        !is_close(options->kill_after_ms, kill_after
                                              ? milliseconds(kill_after)
                                              : milliseconds(RUN_KILL_AFTER))) {
        return fuzz_fault("a time is %lld or %lld ms",
                          (long long)options->timeout_ms,
                          (long long)options->kill_after_ms);
    }
    return NULL;
}

/* What one would write at first. */
static RunParsed wrong_parse(int argc, char **argv, RunOptions *options,
                             int which)
{
    static const struct option none[] = { { NULL, 0, NULL, 0 } };
    int opt;

    while ((opt = getopt_long(argc, argv, which == 1 ? "e:u:k:" : "+e:u:k:",
                              none, NULL)) >= 0) {
        switch (opt) {
        case 'e':
        case 'u':
            if (which != 3 && fault_of((char)opt, optarg)) {
                error_report("-%c '%s': %s", opt, optarg,
                             fault_of((char)opt, optarg));
                return RUN_BAD_USAGE;
            }
            options->env_edits[options->n_env_edits++] = optarg;
            break;
        case 'k':
            if (which != 2 && fault_of('k', optarg)) {
                error_report("-k '%s': %s", optarg, fault_of('k', optarg));
                return RUN_BAD_USAGE;
            }
            options->pass_fds[options->n_pass_fds++] =
                (OsdepPassFd){ atoi(optarg), atoi(optarg) };
            break;
        default:
            return RUN_BAD_USAGE;
        }
    }
    if (optind >= argc) {
        error_report("no command given");
        return RUN_BAD_USAGE;
    }
    options->kill_after_ms = 5000;
    options->argv = argv + optind;
    return RUN_PARSED;
}

/* Can a wrong implementation, which knows little, take @argv? */
static bool is_for_wrong(char **argv)
{
    for (argv++; *argv; argv++) {
        if (argv[0][0] == '-' && !strchr("euk", argv[0][1])) {
            return false;
        }
    }
    return true;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    FuzzWords words = fuzz_words(data, size);
    /* getopt() may change the order of the words. */
    char **argv = calloc((size_t)words.argc + 2, sizeof(*argv));
    char **seen = calloc((size_t)words.argc + 2, sizeof(*seen));
    const char *fault = NULL;
    RunOptions options;
    RunParsed parsed;

    argv[0] = (char *)"osdep-run";
    memcpy(argv + 1, words.argv, (size_t)words.argc * sizeof(*argv));
    memcpy(seen, argv, ((size_t)words.argc + 2) * sizeof(*argv));
    reported[0] = '\0';
    n_reports = 0;
    opterr = 0;
    optind = 0; /* begin anew: glibc, musl, the BSDs and MinGW all have that */
    osdep_error_set_reporter(on_report, NULL);
    if (run_options_init(&options, words.argc + 1)) {
        parsed = which && is_for_wrong(argv)
                     ? wrong_parse(words.argc + 1, argv, &options, which)
                     : run_parse(words.argc + 1, argv, &options);
        if (parsed == RUN_PARSED) {
            options.argv = seen + (options.argv - argv);
        }
        fault = judge(seen, parsed, &options);
        if (!fault &&
            memcmp(argv, seen, ((size_t)words.argc + 2) * sizeof(*argv)) != 0) {
            fault = fuzz_fault("the words are in another order");
        }
    }
    osdep_error_set_reporter(NULL, NULL);
    run_options_clear(&options);
    free(seen);
    free(argv);
    fuzz_words_free(&words);
    return fault;
}

static const char *const parts[] = {
    "-",
    "--",
    "-e",
    "-u",
    "-k",
    "-C",
    "-i",
    "-o",
    "-E",
    "-I",
    "-g",
    "-s",
    "-p",
    "-t",
    "-K",
    "-h",
    "-V",
    "--fork",
    "--env=",
    "--unset",
    "--keep",
    "--timeout",
    "--kill-after=",
    "--e",
    "--ignore-",
    "--chdir",
    "A=b",
    "=",
    "A",
    "0",
    "1",
    "2",
    "3",
    "2147483648",
    ".",
    "1.5",
    "1000000000.1",
    "TERM",
    "SIGINT",
    "RTMIN+1",
    "KILL",
    "64",
    "x",
    "",
    "\xff",
    "%s",
    NULL,
};

const FuzzTarget fuzz_run_args = { "run-args", test, wrong, parts };
