/*
 * What starting a program costs: one process image, all launchers
 *
 * SPDX-License-Identifier: MIT
 *
 * bench/run calls this for each of its scenarios, and makes sense of the lines
 * that it prints: fields with tabs between them.
 */
#include <getopt.h>

#include "bench/parent.h"

static const char usage[] =
    "Usage: spawn list\n"
    "       spawn time [OPTION]... PROGRAM LAUNCHER...\n"
    "       spawn gaps [OPTION]... PROGRAM LAUNCHER...\n"
    "       spawn threads [OPTION]... PROGRAM LAUNCHER...\n"
    "       spawn count [OPTION]... PROGRAM LAUNCHER\n"
    "\n"
    "list prints the launchers there are.  The others start PROGRAM, wait for its\n"
    "end, and print a line for each time: the launcher, then\n"
    "  time     the microseconds from start to reaped\n"
    "  gaps     the longest time without a tick while it is started, in the same\n"
    "           thread and in another one\n"
    "  threads  spawns a second, with many threads at it\n"
    "  count    allocations (for one LAUNCHER only; strace -c counts calls)\n"
    "\n"
    "  --rounds N     of one start by each launcher (with threads: of many), in\n"
    "                 another order each round (default: 100)\n"
    "  --mib N        memory that the parent has and has written to\n"
    "  --ram KIND     what memory: normal (default), thp, malloc, osdep\n"
    "  --fds N        descriptors that the parent has open\n"
    "  --cloexec      with close-on-exec\n"
    "  --threads N    (default: 1)\n";

static const char *const ram_kinds[] = { "normal", "thp", "malloc", "osdep" };

typedef struct Settings {
    size_t rounds, mib;
    RamKind ram;
    int n_fds, n_threads;
    bool cloexec;
} Settings;

_Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench/spawn: %s: %s\n", what, strerror(errno));
    exit(1);
}

static _Noreturn void misuse(const char *what, const char *value)
{
    fprintf(stderr, "bench/spawn: %s: %s\n%s", what, value, usage);
    exit(2);
}

_Noreturn void fail_to_launch(const Launcher *launcher, const char *program)
{
    fprintf(stderr, "bench/spawn: %s: '%s' was not started, or failed\n",
            launcher->name, program);
    exit(1);
}

void launch_once(const Launcher *launcher, const char *program)
{
    Child child = { .pid = -1 };

    if (!launcher->start(program, &child) || !launcher->finish(&child)) {
        fail_to_launch(launcher, program);
    }
}

static double time_once(const Launcher *launcher, const char *program)
{
    double start = now();

    launch_once(launcher, program);
    return now() - start;
}

static void find_slow(const Launcher *const *chosen, size_t n,
                      const char *program, bool *slow)
{
    const double times_as_long = 20;
    double first = 0;

    for (size_t i = 0; i < n; i++) {
        double took;

        launch_once(chosen[i], program); /* which fills its caches */
        took = time_once(chosen[i], program);
        for (int again = 0; again < 2; again++) {
            double other = time_once(chosen[i], program);

            took = other < took ? other : took;
        }
        first = i == 0 ? took : first;
        slow[i] = took > times_as_long * first;
    }
}

size_t choose(const Launcher *const *chosen, size_t n, const bool *slow,
              size_t round, const Launcher **order)
{
    const size_t seldom = 10;
    size_t n_now = 0;

    for (size_t i = 0; i < n; i++) {
        if (!slow[i] || round % seldom == 0) {
            order[n_now++] = chosen[i];
        }
    }
    for (size_t i = n_now; i > 1; i--) {
        size_t j = (size_t)rand() % i;
        const Launcher *swapped = order[i - 1];

        order[i - 1] = order[j];
        order[j] = swapped;
    }
    return n_now;
}

static void measure_times(const Launcher *const *chosen, size_t n,
                          const bool *slow, size_t rounds, const char *program)
{
    const Launcher **order = calloc(n, sizeof(*order));

    if (!order) {
        fail("memory");
    }
    for (size_t round = 0; round < rounds; round++) {
        size_t n_now = choose(chosen, n, slow, round, order);

        for (size_t i = 0; i < n_now; i++) {
            printf("%s\t%.2f\n", order[i]->name, time_once(order[i], program));
        }
        puts("");
        fflush(stdout);
    }
    free(order);
}

/* The first start may allocate what is kept. */
static void count_allocations(const Launcher *launcher, size_t rounds,
                              const char *program)
{
    long before, after;

    launch_once(launcher, program);
    before = allocations();
    for (size_t i = 0; i < rounds; i++) {
        launch_once(launcher, program);
    }
    after = allocations();
    if (after >= 0) {
        printf("%s\t%.2f\n", launcher->name,
               (double)(after - before) / (double)rounds);
    }
}

static const Launcher *find(const char *name)
{
    const Launcher *launcher = launchers;

    while (launcher->name && strcmp(launcher->name, name) != 0) {
        launcher++;
    }
    if (!launcher->name) {
        misuse("no such launcher here", name);
    }
    return launcher;
}

static unsigned long number(const char *option, unsigned long min,
                            unsigned long max)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(optarg, &end, 10);
    if (*optarg < '0' || *optarg > '9' || *end || errno || value < min ||
        value > max) {
        misuse(option, optarg);
    }
    return value;
}

static RamKind ram_kind(void)
{
    for (size_t i = 0; i < sizeof(ram_kinds) / sizeof(ram_kinds[0]); i++) {
        if (strcmp(optarg, ram_kinds[i]) == 0) {
            return (RamKind)i;
        }
    }
    misuse("--ram", optarg);
}

static Settings parse(int argc, char **argv)
{
    static const struct option options[] = {
        { "rounds", required_argument, NULL, 'r' },
        { "mib", required_argument, NULL, 'm' },
        { "ram", required_argument, NULL, 'k' },
        { "fds", required_argument, NULL, 'f' },
        { "cloexec", no_argument, NULL, 'c' },
        { "threads", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };
    Settings settings = { .rounds = 100, .n_threads = 1 };
    int c;

    while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            settings.rounds = number("--rounds", 1, 1000000);
            break;
        case 'm':
            settings.mib = number("--mib", 0, 1ul << 20);
            break;
        case 'k':
            settings.ram = ram_kind();
            break;
        case 'f':
            settings.n_fds = (int)number("--fds", 0, 1000000);
            break;
        case 'c':
            settings.cloexec = true;
            break;
        case 't':
            settings.n_threads = (int)number("--threads", 1, 256);
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    return settings;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    const Launcher **chosen;
    bool *slow;
    Settings settings;
    char *program;
    size_t n;
    char *ram;

    if (strcmp(mode, "list") == 0) {
        for (n = 0; launchers[n].name; n++) {
            puts(launchers[n].name);
        }
        return 0;
    }
    if (strcmp(mode, "time") != 0 && strcmp(mode, "gaps") != 0 &&
        strcmp(mode, "threads") != 0 && strcmp(mode, "count") != 0) {
        misuse("not known", mode);
    }
    argc--;
    argv++;
    settings = parse(argc, argv);
    if (argc - optind < 2) {
        misuse(mode, "needs PROGRAM and LAUNCHER");
    }
    program = full_path(argv[optind]);
    if (!program) {
        fail(argv[optind]);
    }
    optind++;
    n = (size_t)(argc - optind);
    if (strcmp(mode, "count") == 0 && n > 1) {
        misuse("one LAUNCHER only", argv[optind + 1]);
    }
    chosen = calloc(n, sizeof(*chosen));
    slow = calloc(n, sizeof(*slow));
    if (!chosen || !slow) {
        fail("memory");
    }
    for (size_t i = 0; i < n; i++) {
        chosen[i] = find(argv[optind + (int)i]);
        if (chosen[i]->prepare && !chosen[i]->prepare(program)) {
            fail(chosen[i]->name);
        }
    }
    ram = grow(settings.mib, settings.ram);
    settings.n_fds = open_descriptors(settings.n_fds, settings.cloexec);
    if (strcmp(mode, "count") != 0) {
        printf("# resident KiB\t%zu\n# huge KiB\t%zu\n# descriptors\t%d\n",
               resident_kib(), huge_kib(), settings.n_fds);
    }

    if (strcmp(mode, "time") == 0) {
        find_slow(chosen, n, program, slow);
        measure_times(chosen, n, slow, settings.rounds, program);
    } else if (strcmp(mode, "gaps") == 0) {
        find_slow(chosen, n, program, slow);
        measure_gaps(chosen, n, slow, settings.rounds, program, ram,
                     settings.mib << 20);
    } else if (strcmp(mode, "threads") == 0) {
        measure_threads(chosen, n, slow, settings.rounds, program,
                        settings.n_threads);
    } else {
        count_allocations(chosen[0], settings.rounds, program);
    }
    free(chosen);
    free(slow);
    free(program);
    return 0; /* the system takes the memory and the descriptors */
}
