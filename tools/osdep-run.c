/*
 * osdep-run: run a command in a clean environment
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include "tools/run.h"
#include "tools/tool.h"

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
    "  -K, --kill-after=SECONDS  send KILL to what is left SECONDS after TERM\n"
    "                            (default: " RUN_KILL_AFTER ")\n"
    "      --fork                start it by fork, where the system can\n"
    "  -h, --help                show this help\n"
    "  -V, --version             show the version\n"
    "\n"
    "COMMAND, unless it has a slash, is searched in the PATH of its environment,\n"
    "or in ours if that has none.  A FILE is created or emptied, relative to our\n"
    "directory, and opened before the time of -t begins.  SECONDS may have\n"
    "decimals.\n"
    "\n"
    "-t does not reach processes that have left the group or session of COMMAND.\n"
    "Ctrl-Z does not stop a group of its own; reading from the terminal does.\n"
    "\n"
    "TERM, INT, HUP and QUIT are passed on to COMMAND, to all of its group if it\n"
    "has its own, unless osdep-run was started with them ignored.\n"
    "\n"
    "--fork takes none of -o -E -I -g -s -p -t -K and passes no signals on.\n"
    "\n"
    "On Windows -t ends all at once, -I and --fork are errors, and Ctrl-C is for\n"
    "COMMAND alone.\n"
    "\n"
    "Exit status: that of COMMAND; 128+N if signal N ended it; 124 if it reached\n"
    "its time limit; 125 if osdep-run itself failed; 126 if COMMAND cannot be\n"
    "executed, 127 if it is not found.";

/* Print @text and exit. */
static _Noreturn void print_and_exit(const char *text)
{
    if (puts(text) < 0 || fflush(stdout) != 0) {
        error_report("cannot write: %s", strerror(errno));
        exit(RUN_FAILED);
    }
    exit(0);
}

/* The rest of tool_main(), once the lists of @options have room. */
static int parse_and_run(int argc, char **argv, RunOptions *options)
{
    Error *err = NULL;
    int status;

    switch (run_parse(argc, argv, options)) {
    case RUN_HELP:
        print_and_exit(usage);
    case RUN_VERSION:
        print_and_exit("osdep-run " OSDEP_VERSION);
    case RUN_BAD_USAGE:
        fprintf(stderr, "Try 'osdep-run --help'.\n");
        return RUN_FAILED;
    case RUN_PARSED:
        break;
    }
    status = run_command(options, &err);
    error_report_err(err);
    return status;
}

int tool_main(int argc, char **argv)
{
    RunOptions options = { 0 };
    int status = RUN_FAILED;

    if (run_options_init(&options, argc)) {
        status = parse_and_run(argc, argv, &options);
    } else {
        error_report("out of memory");
    }
    run_options_clear(&options);
    return status;
}
