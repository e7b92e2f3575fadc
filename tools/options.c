/*
 * osdep-run: its command line
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <getopt.h>
#include <limits.h>

#include "tools/run.h"
#include "tools/signames.h"

/* 31 years; in milliseconds it is far from any limit. */
enum { MAX_SECONDS = 1000000000 };

bool run_options_init(RunOptions *options, int argc)
{
    size_t n = (size_t)argc + 1;

    *options = (RunOptions){ 0 };
    options->env_edits = calloc(n, sizeof(*options->env_edits));
    options->pass_fds = calloc(n, sizeof(*options->pass_fds));
    options->ignore_signals = calloc(n, sizeof(*options->ignore_signals));
    return options->env_edits && options->pass_fds && options->ignore_signals;
}

void run_options_clear(RunOptions *options)
{
    free(options->env_edits);
    free(options->pass_fds);
    free(options->ignore_signals);
}

/* A descriptor's number: digits alone. */
static bool parse_fd(const char *text, int *fd)
{
    char *end;
    long value;

    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || *end || value > INT_MAX) {
        return false;
    }
    *fd = (int)value;
    return true;
}

/* Add @fd to the descriptors that are kept, unless it is there already. */
static void keep_fd(RunOptions *options, int fd)
{
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        if (options->pass_fds[i].ours == fd) {
            return;
        }
    }
    options->pass_fds[options->n_pass_fds++] =
        (OsdepPassFd){ .ours = fd, .theirs = fd };
}

/* A number of seconds: digits, maybe with a point.  In milliseconds. */
static bool parse_seconds(char opt, const char *text, int64_t *ms)
{
    bool is_number = text[strspn(text, "0123456789.")] == '\0';
    double seconds;
    char *end;

    seconds = strtod(text, &end);
    if (!is_number || end == text || *end) {
        error_report("-%c '%s': not a number of seconds", opt, text);
        return false;
    }
    if (seconds > (double)MAX_SECONDS) {
        error_report("-%c '%s': more than %d seconds", opt, text, MAX_SECONDS);
        return false;
    }
    *ms = (int64_t)(seconds * 1000);
    *ms += (double)*ms < seconds * 1000;
    return true;
}

/* What options there may not be together. */
static bool check(const RunOptions *options, char spawn_only, bool has_K)
{
    for (size_t i = 0; i < options->n_pass_fds; i++) {
        int fd = options->pass_fds[i].ours;

        if ((fd == 1 && options->output) || (fd == 2 && options->error)) {
            error_report("-k %d: not with -%c", fd, fd == 1 ? 'o' : 'E');
            return false;
        }
    }
    if (options->fork && spawn_only) {
        error_report("--fork: not with -%c", spawn_only);
        return false;
    }
    if (has_K && !options->timeout_ms) {
        error_report("-K: only with -t");
        return false;
    }
    return true;
}

RunParsed run_parse(int argc, char **argv, RunOptions *options)
{
    enum { FORK = 256 };
    static const struct option long_options[] = {
        { "chdir", required_argument, NULL, 'C' },
        { "env", required_argument, NULL, 'e' },
        { "unset", required_argument, NULL, 'u' },
        { "ignore-environment", no_argument, NULL, 'i' },
        { "keep-fd", required_argument, NULL, 'k' },
        { "output", required_argument, NULL, 'o' },
        { "error", required_argument, NULL, 'E' },
        { "ignore-signal", required_argument, NULL, 'I' },
        { "new-group", no_argument, NULL, 'g' },
        { "new-session", no_argument, NULL, 's' },
        { "die-with-parent", no_argument, NULL, 'p' },
        { "timeout", required_argument, NULL, 't' },
        { "kill-after", required_argument, NULL, 'K' },
        { "fork", no_argument, NULL, FORK },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    const char *kill_after = NULL;
    char spawn_only = '\0';
    int opt, fd, sig;

    /* "+": the command's own options are none of ours. */
    while ((opt = getopt_long(argc, argv, "+C:e:u:ik:o:E:I:gspt:K:hV",
                              long_options, NULL)) >= 0) {
        if (opt < FORK && strchr("oEIgsptK", opt) && !spawn_only) {
            spawn_only = (char)opt;
        }
        switch (opt) {
        case 'C':
            options->directory = optarg;
            break;
        case 'e':
            if (!strchr(optarg, '=') || *optarg == '=') {
                error_report("-e '%s': not of the form NAME=VALUE", optarg);
                return RUN_BAD_USAGE;
            }
            options->env_edits[options->n_env_edits++] = optarg;
            break;
        case 'u':
            if (!*optarg || strchr(optarg, '=')) {
                error_report("-u '%s': not a variable's name", optarg);
                return RUN_BAD_USAGE;
            }
            options->env_edits[options->n_env_edits++] = optarg;
            break;
        case 'i':
            options->clear_env = true;
            break;
        case 'k':
            if (!parse_fd(optarg, &fd)) {
                error_report("-k '%s': not a descriptor's number", optarg);
                return RUN_BAD_USAGE;
            }
            keep_fd(options, fd);
            break;
        case 'o':
            options->output = optarg;
            break;
        case 'E':
            options->error = optarg;
            break;
        case 'I':
            sig = signal_number(optarg);
            if (sig < 0) {
                error_report("-I '%s': no such signal", optarg);
                return RUN_BAD_USAGE;
            }
            options->ignore_signals[options->n_ignore_signals++] = sig;
            break;
        case 'g':
            options->flags |= OSDEP_SPAWN_NEW_GROUP;
            break;
        case 's':
            /* A tree, too: on Windows Ctrl-C has all of it killed. */
            options->flags |= OSDEP_SPAWN_NEW_SESSION | OSDEP_SPAWN_TREE;
            break;
        case 'p':
            options->flags |= OSDEP_SPAWN_DIE_WITH_PARENT;
            break;
        case 't':
            if (!parse_seconds('t', optarg, &options->timeout_ms)) {
                return RUN_BAD_USAGE;
            }
            if (options->timeout_ms == 0) {
                error_report("-t '%s': not more than 0", optarg);
                return RUN_BAD_USAGE;
            }
            break;
        case 'K':
            kill_after = optarg;
            break;
        case FORK:
            options->fork = true;
            break;
        case 'h':
            return RUN_HELP;
        case 'V':
            return RUN_VERSION;
        default: /* getopt_long() has said what is wrong */
            return RUN_BAD_USAGE;
        }
    }
    if (!parse_seconds('K', kill_after ? kill_after : RUN_KILL_AFTER,
                       &options->kill_after_ms) ||
        !check(options, spawn_only, kill_after != NULL)) {
        return RUN_BAD_USAGE;
    }
    if (options->timeout_ms && !(options->flags & OSDEP_SPAWN_NEW_SESSION)) {
        options->flags |= OSDEP_SPAWN_NEW_GROUP | OSDEP_SPAWN_TREE;
    }
    if (optind >= argc) {
        error_report("no command given");
        return RUN_BAD_USAGE;
    }
    options->argv = argv + optind;
    return RUN_PARSED;
}
