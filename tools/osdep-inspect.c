/*
 * osdep-inspect: show what this process inherited
 *
 * SPDX-License-Identifier: MIT
 */
#include "osdep/osdep.h"

#include <getopt.h>

#include "tools/inspect.h"
#include "tools/json.h"
#include "tools/signames.h"
#include "tools/tool.h"

static const char usage[] =
    "Usage: osdep-inspect [--json] [--check]\n"
    "Show what this process inherited: signals that are blocked, ignored or\n"
    "caught, open descriptors, working directory, umask, session, process\n"
    "group and parent.\n"
    "\n"
    "      --json     as one JSON object\n"
    "      --check    exit 1 unless no signal is blocked or ignored and no\n"
    "                 descriptor above 2 is open\n"
    "      --no-proc  ask by system calls alone, without /proc\n"
    "  -h, --help     show this help\n"
    "  -V, --version  show the version\n"
    "\n"
    "Exit status: 0, 1 if --check found something, 2 on an error.\n";

static int count(const bool set[MAX_SIGNALS])
{
    int n = 0;

    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        n += set[sig];
    }
    return n;
}

static int count_fds_above_2(const Inspection *in)
{
    int n = 0;

    for (size_t i = 0; i < in->n_fds; i++) {
        n += in->fds[i].fd > 2;
    }
    return n;
}

/*
 * @name fit for a line of text: what could forge one, or move the cursor, as
 * \\xNN.  Good until the next call.
 */
static const char *printable(const char *name)
{
    static char buf[4 * 4096 + 1];
    size_t len = 0;

    for (; *name && len + 4 < sizeof(buf); name++) {
        unsigned char c = (unsigned char)*name;

        if (c < 0x20 || c == 0x7f) {
            len += (size_t)sprintf(buf + len, "\\x%02x", c);
        } else {
            buf[len++] = *name;
        }
    }
    buf[len] = '\0';
    return buf;
}

static void text_signals(const char *what, const bool set[MAX_SIGNALS])
{
    char name[SIGNAL_NAME_SIZE];

    printf("%-12s%d", what, count(set));
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (set[sig]) {
            printf(" %s", signal_name(sig, name));
        }
    }
    putchar('\n');
}

static void show_text(const Inspection *in)
{
    if (in->has_signals) {
        text_signals("blocked", in->blocked);
        text_signals("ignored", in->ignored);
        text_signals("caught", in->caught);
    }
    printf("%-12s%zu, %d above 2\n", "descriptors", in->n_fds,
           count_fds_above_2(in));
    for (size_t i = 0; i < in->n_fds; i++) {
        const InspectedFd *fd = &in->fds[i];

        printf("  %5d %-2s %s%s%s%s\n", fd->fd, fd->access, fd->kind,
               fd->name ? " " : "", fd->name ? printable(fd->name) : "",
               fd->cloexec ? " (close-on-exec)" : "");
    }
    printf("%-12s%s\n", "directory",
           in->directory ? printable(in->directory) : "unknown");
    printf("%-12s%04o\n", "umask", in->umask);
    printf("%-12s%ld\n", "process", in->pid);
    if (in->has_ids) {
        printf("%-12s%ld\n", "parent", in->parent);
        printf("%-12s%ld\n", "group", in->group);
        printf("%-12s%ld\n", "session", in->session);
    }
}

static void json_signals(const char *what, const bool set[MAX_SIGNALS])
{
    char name[SIGNAL_NAME_SIZE];
    const char *comma = "";

    printf("  \"%s\": [", what);
    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (set[sig]) {
            printf("%s{\"number\": %d, \"name\": \"%s\"}", comma, sig,
                   signal_name(sig, name));
            comma = ", ";
        }
    }
    printf("],\n");
}

static void json_string_or_null(const char *text)
{
    if (text) {
        json_write_string(stdout, text);
    } else {
        printf("null");
    }
}

static void show_json(const Inspection *in)
{
    printf("{\n");
    if (in->has_signals) {
        json_signals("blocked", in->blocked);
        json_signals("ignored", in->ignored);
        json_signals("caught", in->caught);
    }
    printf("  \"descriptors\": [");
    for (size_t i = 0; i < in->n_fds; i++) {
        const InspectedFd *fd = &in->fds[i];

        printf("%s\n    {\"fd\": %d, \"access\": \"%s\", \"kind\": \"%s\", "
               "\"cloexec\": %s, \"name\": ",
               i ? "," : "", fd->fd, fd->access, fd->kind,
               fd->cloexec ? "true" : "false");
        json_string_or_null(fd->name);
        putchar('}');
    }
    printf("%s],\n  \"directory\": ", in->n_fds ? "\n  " : "");
    json_string_or_null(in->directory);
    printf(",\n  \"umask\": %u,\n  \"process\": %ld", in->umask, in->pid);
    if (in->has_ids) {
        printf(",\n  \"parent\": %ld,\n  \"group\": %ld,\n  \"session\": %ld",
               in->parent, in->group, in->session);
    }
    printf("\n}\n");
}

/* Report what is not clean; true if all is. */
static bool check(const Inspection *in)
{
    char name[SIGNAL_NAME_SIZE];
    bool clean = true;

    for (int sig = 1; sig < MAX_SIGNALS; sig++) {
        if (in->blocked[sig]) {
            error_report("%s is blocked", signal_name(sig, name));
            clean = false;
        }
        if (in->ignored[sig]) {
            error_report("%s is ignored", signal_name(sig, name));
            clean = false;
        }
    }
    for (size_t i = 0; i < in->n_fds; i++) {
        if (in->fds[i].fd > 2) {
            error_report("descriptor %d is open (%s%s%s)", in->fds[i].fd,
                         in->fds[i].kind, in->fds[i].name ? " " : "",
                         in->fds[i].name ? printable(in->fds[i].name) : "");
            clean = false;
        }
    }
    return clean;
}

/* @status, unless what was printed did not get out. */
static int after_printing(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        error_report("cannot write: %s", strerror(errno));
        return 2;
    }
    return status;
}

int tool_main(int argc, char **argv)
{
    enum { JSON = 256, CHECK, NO_PROC };
    static const struct option options[] = {
        { "json", no_argument, NULL, JSON },
        { "check", no_argument, NULL, CHECK },
        { "no-proc", no_argument, NULL, NO_PROC },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    bool json = false, checked = false, use_proc = true;
    Error *err = NULL;
    Inspection in;
    int opt, status;

    while ((opt = getopt_long(argc, argv, "hV", options, NULL)) >= 0) {
        switch (opt) {
        case JSON:
            json = true;
            break;
        case CHECK:
            checked = true;
            break;
        case NO_PROC:
            use_proc = false;
            break;
        case 'h':
            fputs(usage, stdout);
            return after_printing(0);
        case 'V':
            puts("osdep-inspect " OSDEP_VERSION);
            return after_printing(0);
        default: /* getopt_long() has said what is wrong */
            return 2;
        }
    }
    if (optind < argc) {
        error_report("'%s': no such argument", argv[optind]);
        return 2;
    }
    if (!inspect(&in, use_proc, &err)) {
        error_report_err(err);
        return 2;
    }
    if (json) {
        show_json(&in);
    } else {
        show_text(&in);
    }
    status = after_printing(0);
    if (status == 0 && checked && !check(&in)) {
        status = 1;
    }
    inspection_clear(&in);
    return status;
}
