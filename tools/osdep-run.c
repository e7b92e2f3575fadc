/*
 * osdep-run: run a command in a clean environment
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <getopt.h>
#include <limits.h>

#include "tools/run.h"
#include "tools/signames.h"
#include "tools/tool.h"

/* How long a tree of processes has between TERM and KILL, unless -K says. */
#define KILL_AFTER "5"

/* 31 years; in milliseconds it is far from any limit. */
enum { MAX_SECONDS = 1000000000 };

static const char usage[] =
    "Usage: osdep-run [OPTION]... [--] COMMAND [ARG]...\n"
    "Run COMMAND with nothing inherited by accident: no signal blocked or\n"
    "ignored, no descriptor above 2 open but those named.\n"
    "\n"
    "  -C, --chdir=DIR           run it in DIR\n"
    "  -e, --env=NAME=VALUE      set a variable in its environment\n"
    "  -u, --unset=NAME          remove a variable from its environment\n"
    "  -i, --ignore-environment  start with an empty environment\n"
    "  -k, --keep-fd=FD          keep descriptor FD open\n"
    "  -o, --output=FILE         write its standard output to FILE\n"
    "  -E, --error=FILE          write its standard error to FILE, which may be\n"
    "                            that of -o, too\n"
    "  -I, --ignore-signal=SIG   start it with SIG ignored: INT, SIGINT, 2,\n"
    "                            RTMIN+1, RTMAX-1, ...\n"
    "  -g, --new-group           in a process group of its own\n"
    "  -s, --new-session         in a session of its own, without a terminal\n"
    "  -p, --die-with-parent     kill it when osdep-run dies\n"
    "  -t, --timeout=SECONDS     end it, and all that it started, after SECONDS:\n"
    "                            by TERM, then by KILL; implies -g, unless -s is\n"
    "                            given\n"
    "  -K, --kill-after=SECONDS  how long after TERM who is left gets KILL; if not\n"
    "                            given " KILL_AFTER "\n"
    "      --fork                start it by fork, where the system can\n"
    "  -h, --help                show this help\n"
    "  -V, --version             show the version\n"
    "\n"
    "COMMAND, unless it has a slash, is searched in the PATH of its environment,\n"
    "or in ours if that has none.  A FILE is created, or emptied, seen from our\n"
    "directory, and opened before the time of -t begins.  SECONDS may have\n"
    "decimals.\n"
    "\n"
    "What can leave the group or session that -t made for COMMAND is not ended\n"
    "with it.  A group of its own is not stopped by Ctrl-Z, and is stopped when\n"
    "it reads from the terminal.\n"
    "\n"
    "TERM, INT, HUP and QUIT are passed on to COMMAND, to all of its group if it\n"
    "has its own, unless osdep-run was started with them ignored.\n"
    "\n"
    "--fork takes none of -o -E -I -g -s -p -t -K and passes no signals on.\n"
    "\n"
    "On Windows -t ends all at once, -I and --fork are errors, and Ctrl-C is for\n"
    "COMMAND alone.\n"
    "\n"
    "Exit status: that of COMMAND; 128+N if signal N ended it; 124 if its time\n"
    "was over; 125 if osdep-run itself failed, 126 if COMMAND cannot be executed,\n"
    "127 if it is not found.";

/* Print @text and leave. */
static _Noreturn void print_and_exit(const char *text)
{
    if (puts(text) < 0 || fflush(stdout) != 0) {
        error_report("cannot write: %s", strerror(errno));
        exit(RUN_FAILED);
    }
    exit(0);
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
    for (size_t i = 0; i < options->n_keep_fds; i++) {
        if ((options->keep_fds[i] == 1 && options->output) ||
            (options->keep_fds[i] == 2 && options->error)) {
            error_report("-k %d: not with -%c", options->keep_fds[i],
                         options->keep_fds[i] == 1 ? 'o' : 'E');
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

/* Fill @options from the command line, or say what is wrong with it. */
static bool parse(int argc, char **argv, RunOptions *options)
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
                return false;
            }
            options->env_edits[options->n_env_edits++] = optarg;
            break;
        case 'u':
            if (!*optarg || strchr(optarg, '=')) {
                error_report("-u '%s': not a variable's name", optarg);
                return false;
            }
            options->env_edits[options->n_env_edits++] = optarg;
            break;
        case 'i':
            options->clear_env = true;
            break;
        case 'k':
            if (!parse_fd(optarg, &fd)) {
                error_report("-k '%s': not a descriptor's number", optarg);
                return false;
            }
            options->keep_fds[options->n_keep_fds++] = fd;
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
                return false;
            }
            options->ignore_signals[options->n_ignore_signals++] = sig;
            break;
        case 'g':
            options->flags |= OSDEP_SPAWN_NEW_GROUP;
            break;
        case 's':
            options->flags |= OSDEP_SPAWN_NEW_SESSION;
            break;
        case 'p':
            options->flags |= OSDEP_SPAWN_DIE_WITH_PARENT;
            break;
        case 't':
            if (!parse_seconds('t', optarg, &options->timeout_ms)) {
                return false;
            }
            if (options->timeout_ms == 0) {
                error_report("-t '%s': not more than 0", optarg);
                return false;
            }
            break;
        case 'K':
            kill_after = optarg;
            break;
        case FORK:
            options->fork = true;
            break;
        case 'h':
            print_and_exit(usage);
        case 'V':
            print_and_exit("osdep-run " OSDEP_VERSION);
        default: /* getopt_long() has said what is wrong */
            return false;
        }
    }
    if (!parse_seconds('K', kill_after ? kill_after : KILL_AFTER,
                       &options->kill_after_ms) ||
        !check(options, spawn_only, kill_after != NULL)) {
        return false;
    }
    if (options->timeout_ms && !(options->flags & OSDEP_SPAWN_NEW_SESSION)) {
        options->flags |= OSDEP_SPAWN_NEW_GROUP;
    }
    if (optind >= argc) {
        error_report("no command given");
        return false;
    }
    options->argv = argv + optind;
    return true;
}

int tool_main(int argc, char **argv)
{
    RunOptions options = { 0 };
    Error *err = NULL;
    int status = RUN_FAILED;

    options.env_edits = calloc((size_t)argc + 1, sizeof(*options.env_edits));
    options.keep_fds = calloc((size_t)argc + 1, sizeof(*options.keep_fds));
    options.ignore_signals =
        calloc((size_t)argc + 1, sizeof(*options.ignore_signals));
    if (!options.env_edits || !options.keep_fds || !options.ignore_signals) {
        error_report("out of memory");
    } else if (!parse(argc, argv, &options)) {
        fprintf(stderr, "Try 'osdep-run --help'.\n");
    } else {
        status = run_command(&options, &err);
        error_report_err(err);
    }
    free(options.env_edits);
    free(options.keep_fds);
    free(options.ignore_signals);
    return status;
}
