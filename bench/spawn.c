/*
 * What starting a program costs: all launchers, called by one process
 *
 * SPDX-License-Identifier: MIT
 *
 * bench/run starts this program for each of its scenarios and reads the lines
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

typedef enum Mode { LIST, TIME, GAPS, THREADS, COUNT, N_MODES } Mode;

static const char *const mode_names[] = { "list", "time", "gaps", "threads",
                                          "count" };

static const char *const ram_kinds[] = { "normal", "thp", "malloc", "osdep" };

typedef struct Settings {
    Mode mode;
    const char *program;
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

/*
 * Fill @order with the launchers of round @round.  The order changes each
 * round, because a launcher that runs after a fork pays for the fork's page
 * faults.  The @slow ones, such as a fork() of a large parent, take part in
 * every tenth round only, so that most of the time goes to the others.
 *
 * Returns: the number of launchers in @order.
 */
static size_t choose(const Launcher *const *chosen, size_t n, const bool *slow,
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

static void print_one(const Settings *settings, const Launcher *launcher)
{
    const char *program = settings->program;

    if (settings->mode == GAPS) {
        print_gap(launcher, program);
    } else if (settings->mode == THREADS) {
        printf("%s\t%.1f\n", launcher->name,
               spawns_per_second(launcher, program, settings->n_threads));
    } else {
        printf("%s\t%.2f\n", launcher->name, time_once(launcher, program));
    }
}

static void measure(const Settings *settings, const Launcher *const *chosen,
                    size_t n)
{
    const Launcher **order = calloc(n, sizeof(*order));
    bool *slow = calloc(n, sizeof(*slow));

    if (!order || !slow) {
        fail("memory");
    }
    find_slow(chosen, n, settings->program, slow);
    for (size_t round = 0; round < settings->rounds; round++) {
        size_t n_now = choose(chosen, n, slow, round, order);

        if (settings->mode == GAPS) {
            print_gap(NULL, settings->program);
        }
        for (size_t i = 0; i < n_now; i++) {
            print_one(settings, order[i]);
        }
        puts("");
        fflush(stdout);
    }
    free(order);
    free(slow);
}

/* The first start is not counted: it may allocate what later ones use again. */
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

static Mode find_mode(const char *name)
{
    for (int mode = 0; mode < N_MODES; mode++) {
        if (strcmp(name, mode_names[mode]) == 0) {
            return (Mode)mode;
        }
    }
    misuse("not known", name);
}

static void list(void)
{
    for (const Launcher *launcher = launchers; launcher->name; launcher++) {
        puts(launcher->name);
    }
}

int main(int argc, char **argv)
{
    Mode mode = find_mode(argc > 1 ? argv[1] : "");
    const Launcher **chosen;
    Settings settings;
    char *program, *ram;
    size_t n;

    if (mode == LIST) {
        list();
        return 0;
    }
    settings = parse(argc - 1, argv + 1);
    argc -= optind + 1;
    argv += optind + 1;
    if (argc < 2) {
        misuse(mode_names[mode], "needs PROGRAM and LAUNCHER");
    }
    program = full_path(argv[0]);
    if (!program) {
        fail(argv[0]);
    }
    n = (size_t)argc - 1;
    if (mode == COUNT && n > 1) {
        misuse("one LAUNCHER only", argv[2]);
    }
    chosen = calloc(n, sizeof(*chosen));
    if (!chosen) {
        fail("memory");
    }
    for (size_t i = 0; i < n; i++) {
        chosen[i] = find(argv[i + 1]);
        if (chosen[i]->prepare && !chosen[i]->prepare(program)) {
            fail(chosen[i]->name);
        }
    }
    settings.mode = mode;
    settings.program = program;
    ram = grow(settings.mib, settings.ram);
    settings.n_fds = open_descriptors(settings.n_fds, settings.cloexec);

    if (mode == COUNT) {
        count_allocations(chosen[0], settings.rounds, program);
    } else {
        printf("# resident KiB\t%zu\n# huge KiB\t%zu\n# descriptors\t%d\n",
               resident_kib(), huge_kib(), settings.n_fds);
        if (mode == GAPS) {
            start_ticking(ram, settings.mib << 20);
        }
        measure(&settings, chosen, n);
    }
    free(chosen);
    free(program);
    return 0; /* the system takes the rest */
}
