/*
 * osdep-run: run a command in a clean environment
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>

#include "tools/run.h"

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
    "  -h, --help                show this help\n"
    "  -V, --version             show the version\n"
    "\n"
    "COMMAND, unless it has a slash, is searched in the PATH of its environment,\n"
    "or in ours if that has none.\n"
    "\n"
    "Exit status: that of COMMAND; 128+N if signal N ended it; 125 if osdep-run\n"
    "itself failed, 126 if COMMAND cannot be executed, 127 if it is not found.";

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

/* Fill @options from the command line, or say what is wrong with it. */
static bool parse(int argc, char **argv, RunOptions *options)
{
    static const struct option long_options[] = {
        { "chdir", required_argument, NULL, 'C' },
        { "env", required_argument, NULL, 'e' },
        { "unset", required_argument, NULL, 'u' },
        { "ignore-environment", no_argument, NULL, 'i' },
        { "keep-fd", required_argument, NULL, 'k' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    int opt, fd;

    /* "+": the command's own options are none of ours. */
    while ((opt = getopt_long(argc, argv, "+C:e:u:ik:hV", long_options,
                              NULL)) >= 0) {
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
        case 'h':
            print_and_exit(usage);
        case 'V':
            print_and_exit("osdep-run " OSDEP_VERSION);
        default: /* getopt_long() has said what is wrong */
            return false;
        }
    }
    if (optind >= argc) {
        error_report("no command given");
        return false;
    }
    options->argv = argv + optind;
    return true;
}

int main(int argc, char **argv)
{
    RunOptions options = { 0 };
    Error *err = NULL;
    int status = RUN_FAILED;

#ifdef SIGCHLD
    /* If our parent ignored it, we could not wait (waitpid(2), ECHILD). */
    signal(SIGCHLD, SIG_DFL);
#endif
    options.env_edits = calloc((size_t)argc + 1, sizeof(*options.env_edits));
    options.keep_fds = calloc((size_t)argc + 1, sizeof(*options.keep_fds));
    if (!options.env_edits || !options.keep_fds) {
        error_report("out of memory");
    } else if (!parse(argc, argv, &options)) {
        fprintf(stderr, "Try 'osdep-run --help'.\n");
    } else {
        status = run_command(&options, &err);
        error_report_err(err);
    }
    free(options.env_edits);
    free(options.keep_fds);
    return status;
}
