#!/usr/bin/env python3
"""Show what bench/run measured: tables, targets, plots.

Usage: bench/show.py RESULT.json [--plots]

--plots: also draws RESULT-memory and RESULT-descriptors, .svg and .png.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys

SYSTEM_PYTHON = "/usr/bin/python3"

# Statistics


def quantile(values, q):
    """As numpy has it: between the two nearest."""
    values = sorted(values)
    at = (len(values) - 1) * q
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def summary(values, digits=2):
    return {
        "median": round(statistics.median(values), digits),
        "p10": round(quantile(values, 0.1), digits),
        "p90": round(quantile(values, 0.9), digits),
    }


def slices(rounds, n):
    """@rounds in @n parts, in their order."""
    return [rounds[len(rounds) * i // n : len(rounds) * (i + 1) // n] for i in range(n)]


def ratios(rounds, name, base, field=0):
    """Pair by pair: within each round."""
    return [r[name][field] / r[base][field] for r in rounds if name in r and base in r and r[name][field] and r[base][field]]


def statistics_of(passes, floor, peer, n_slices):
    """{launcher: ...} of @passes, each a list of rounds, each {launcher: [number...]}."""
    rounds = [r for one in passes for r in one]
    parts = [part for one in passes for part in slices(one, n_slices)]
    result = {}
    for name in dict.fromkeys(name for r in rounds for name in r):
        values = [r[name][0] for r in rounds if name in r]
        of = result[name] = {"n": len(values), **summary(values)}
        keys = [("to_floor", floor, 0), ("to_peer", peer, 0)]
        others = [r[name][1] for r in rounds if len(r.get(name, ())) > 1]
        if others:
            of["max"], of["other"] = max(values), {**summary(others), "max": max(others)}
            keys.append(("other_to_floor", floor, 1))
        for key, base, field in keys:
            pairs = ratios(rounds, name, base, field)
            if base and pairs:
                medians = [statistics.median(p) for p in (ratios(part, name, base, field) for part in parts) if p]
                of[key] = {**summary(pairs, 4), "noise": noise(medians)}
    return result


def noise(medians):
    """How far the median of a run may be off by chance, nine times in ten: as far as
    those of its parts are from their own median, by the square root of their number.
    None if they are too few to tell."""
    if len(medians) < 3:
        return None
    middle = statistics.median(medians)
    return round(quantile([abs(m - middle) / middle for m in medians], 0.9) / len(medians) ** 0.5, 4)


# Targets


def targets(result):
    """[{what, at_most, is, noise, hit}]: is and hit are None where it was not measured,
    noise where there is none."""
    scenarios = result["scenarios"]

    def value(scenario, launcher, *keys):
        found = scenarios.get(scenario, {}).get("launchers", {}).get(launcher)
        for key in keys:
            found = None if found is None else found.get(key)
        return found

    def quotient(a, b):
        return round(a / b, 3) if a is not None and b else None

    def ratio(what, at_most, scenario, launcher, key):
        return what, at_most, value(scenario, launcher, key, "median"), value(scenario, launcher, key, "noise")

    def growth(launcher):
        return quotient(value("fds-19000-cloexec", launcher, "median"), value("rss-0", launcher, "median"))

    def scaling(launcher):
        return quotient(value("threads-1", launcher, "median"), value("threads-2", launcher, "median"))

    def noise_of(launcher, *names):
        all_of = [value(name, launcher, "to_floor", "noise") for name in names]
        return None if None in all_of else sum(n * n for n in all_of) ** 0.5

    floor, signals, plain, everything = "vfork + exec", "posix_spawn, signals", "osdep_spawn", "osdep_spawn, all on"
    allocations = [result.get("counts", {}).get(n, {}).get("allocations") for n in (plain, everything)]
    rows = [
        ratio("osdep_spawn, all on : posix_spawn, signals", 0.95, "rss-0", everything, "to_peer"),
        ratio("osdep_spawn, all on : vfork + exec", 1.10, "rss-0", everything, "to_floor"),
        ratio("osdep_spawn : vfork + exec, +8 GiB", 1.10, "rss-8", plain, "to_floor"),
        ratio("osdep_spawn, all on : vfork + exec, +8 GiB", 1.10, "rss-8", everything, "to_floor"),
        ratio("gap of another thread, osdep_spawn : vfork + exec, +8 GiB", 1, "gaps-8", plain, "other_to_floor"),
        *(
            (f"{name}, +19,000 descriptors (close-on-exec) : none; at most as vfork + exec",
             growth(floor), growth(name), noise_of(name, "fds-19000-cloexec", "rss-0"))
            for name in (plain, everything)
        ),
        ratio("qemu_fork + _exit : fork + _exit", 1.03, "fork-0", "qemu_fork + _exit", "to_floor"),
        ("osdep_spawn, spawns a second, 1 thread : 2; at most as posix_spawn, signals",
         scaling(signals), scaling(plain), noise_of(plain, "threads-1", "threads-2")),
        ("allocations in osdep_spawn", 2, None if None in allocations else max(allocations), None),
        ("text of libosdep.a, KiB", 32, quotient(result.get("text"), 1024), None),
        (
            "qemu_fork, 8 GiB of osdep_ram_alloc() : none",
            1.2,
            quotient(value("ram-osdep", "qemu_fork + _exit", "median"), value("ram-none", "qemu_fork + _exit", "median")),
            noise_of("qemu_fork + _exit", "ram-osdep", "ram-none"),
        ),
    ]  # fmt: skip
    return [
        {"what": what, "at_most": limit, "is": is_, "noise": noise, "hit": None if is_ is None or limit is None else is_ <= limit}
        for what, limit, is_, noise in rows
    ]


def judgement(target):
    near = target["noise"] is not None and abs(target["is"] / target["at_most"] - 1) <= target["noise"]
    return ("hit" if target["hit"] else "MISSED") + ", within the noise" * near


# Tables


def table(rows, heads):
    """Columns as wide as they need; the first to the left, the others to the right."""
    rows = [heads, *([cell if isinstance(cell, str) else f"{cell:g}" for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    for row in rows:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def number(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def percent(value):
    return "?" if value is None else f"{value:.1%}"


def gaps(of):
    """The cells of a launcher; in the same thread "nothing" takes no time."""
    same = [None] * 3 if of["max"] == 0 else [of[key] for key in ("median", "p90", "max")]
    ratio = of.get("other_to_floor", {})
    return [
        *(number(cell, 0) for cell in [*same, *(of["other"][key] for key in ("median", "p90", "max"))]),
        number(ratio.get("median"), 3),
        percent(ratio.get("noise")),
    ]


def times(of, digits):
    cells = [number(of[key], digits) for key in ("median", "p10", "p90")]
    cells.append(f"{(of['p90'] - of['p10']) / of['median']:.0%}")
    cells += [number(of.get(key, {}).get("median"), 3) for key in ("to_floor", "to_peer")]
    return [*cells, percent(of.get("to_floor", {}).get("noise"))]


def show_scenario(name, scenario):
    facts, mode = scenario["facts"], scenario["mode"]
    size = [f"; {facts['resident KiB'] / 1024:,.0f} MiB resident"] if facts.get("resident KiB") else []
    size += [f", {facts['huge KiB'] / 1024:,.0f} of them in huge pages"] if facts.get("huge KiB") else []
    size += [f"; {facts['descriptors']:,} descriptors more"] if facts.get("descriptors") else []
    print(f"\n{name}: {scenario['title']}{''.join(size)}")
    for key in "skipped", "failed":
        if key in scenario:
            print(f"  {key}: {scenario[key]}")
    if not scenario.get("launchers"):
        if "skipped" not in scenario and "failed" not in scenario:
            print("  not measured")
        return
    cells = gaps if mode == "gaps" else lambda of: times(of, 0 if mode == "threads" else 1)
    rows = [[launcher, *cells(of), f"{of['n']}"] for launcher, of in scenario["launchers"].items()]
    if mode == "gaps":
        heads = ["launcher", "same thread us", "p90", "max", "another us", "p90", "max", "to floor", "noise", "n"]
    else:
        unit = "median /s" if mode == "threads" else "median us"
        heads = ["launcher", unit, "p10", "p90", "spread", "to floor", "to posix_spawn, signals", "noise", "n"]
    table(rows, heads)


def show(result):
    interrupted = "" if result["complete"] else ", INTERRUPTED"
    print(f"{result['date']}, commit {result['commit']}, passes: {result['passes']}{interrupted}")
    for key, value in {**result["machine"], **{k: v or "absent" for k, v in result["peers"].items()}}.items():
        print(f"  {key}: {value}")
    for name, scenario in result["scenarios"].items():
        show_scenario(name, scenario)
    if "counts" in result:
        print("\ncounts: of one start, the program's own included (strace -c; malloc() and its kin)")
        rows = [[n, number(c["calls"], 1), number(c["allocations"], 1)] for n, c in result["counts"].items()]
        table(rows, ["launcher", "system calls", "allocations"])
    measured = [t for t in result["targets"] if t["hit"] is not None]
    if measured:
        print("\ntargets")
        rows = [[t["what"], number(t["at_most"], 3), number(t["is"], 3), judgement(t)] for t in measured]
        table(rows, ["what", "at most", "is", ""])
        if len(measured) < len(result["targets"]):
            print(f"{len(result['targets']) - len(measured)} more were not measured")


# Plots


def lines_of(result, names, x_of):
    """{launcher: [(x, median)...]}"""
    lines = {}
    for name in names:
        scenario = result["scenarios"].get(name, {})
        x = x_of(scenario.get("facts", {}))
        for launcher, of in scenario.get("launchers", {}).items():
            if x and not launcher.endswith("again"):
                lines.setdefault(launcher, []).append((x, of["median"]))
    return {launcher: points for launcher, points in lines.items() if len(points) > 1}


def spread(heights, apart):
    """Places for labels near @heights (ascending), at least @apart: those that are
    too near to each other are spread about their middle."""
    groups = []  # [middle, number]
    for height in heights:
        groups.append([height, 1])
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < apart * (groups[-1][1] + groups[-2][1]) / 2:
            (a, m), (b, n) = groups[-2:]
            groups[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    return [middle + apart * (i - (n - 1) / 2) for middle, n in groups for i in range(n)]


def plot(lines, title, x_label, stem):
    import math

    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "osdep"  # the same numbers give the same file
    from matplotlib import pyplot
    from matplotlib.ticker import LogLocator

    markers, dashes = "osD^v<>pPX*hd", ["-", "--", ":", "-."]
    figure, axes = pyplot.subplots(figsize=(10, 6.5))
    axes.set_xscale("log")
    axes.set_yscale("log")
    order = sorted(lines, key=lambda launcher: lines[launcher][-1][1])
    ends = [math.log10(lines[launcher][-1][1]) for launcher in order]
    low = min(math.log10(y) for points in lines.values() for _, y in points)
    high = max(math.log10(y) for points in lines.values() for _, y in points)
    heights = spread(ends, (high - low) / 24)
    axes.set_ylim(10 ** (min(low, *heights) - 0.05), 10 ** (max(high, *heights) + 0.05))
    for i, (launcher, height) in enumerate(zip(order, heights)):
        x, y = zip(*lines[launcher])
        ours = "osdep" in launcher or "qemu" in launcher
        axes.plot(
            x, y, dashes[i % 4], marker=markers[i % len(markers)], markersize=5, markerfacecolor="black" if ours else "white",
            color="black" if ours else "0.45", linewidth=1.8 if ours else 1,
        )  # fmt: skip
        axes.annotate(
            launcher, (x[-1], y[-1]), (1.02, 10**height), textcoords=axes.get_yaxis_transform(),
            va="center", fontsize=9, annotation_clip=False, weight="bold" if ours else "normal",
            arrowprops={"arrowstyle": "-", "color": "0.7", "linewidth": 0.6, "relpos": (0, 0.5)},
        )  # fmt: skip
    axes.set_title(title, loc="left")
    axes.set_xlabel(x_label)
    axes.set_ylabel("microseconds from start to reaped, median")
    for axis in axes.xaxis, axes.yaxis:
        axis.set_major_formatter("{x:,.0f}")
    if high - low < 1.5:  # there are few powers of ten
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.grid(True, which="major", color="0.9")
    for side in "top", "right":
        axes.spines[side].set_visible(False)
    figure.subplots_adjust(left=0.1, right=0.78, top=0.93, bottom=0.1)
    for suffix, metadata in ("svg", {"Date": None}), ("png", {}):
        figure.savefig(f"{stem}.{suffix}", metadata=metadata, dpi=110)
        print(f"{stem}.{suffix}")
    pyplot.close(figure)


def has_matplotlib():
    return importlib.util.find_spec("matplotlib") is not None


def plots(result, stem):
    memory = lines_of(result, ("rss-0", "rss-1", "rss-4", "rss-8"), lambda f: f.get("resident KiB", 0) / 1024)
    fds = lines_of(result, ("rss-0", "fds-1000", "fds-19000"), lambda f: f.get("descriptors", -3) + 3)
    if memory:
        plot(memory, "Starting a program, by the parent's memory", "MiB resident in the parent", f"{stem}-memory")
    if fds:
        plot(fds, "Starting a program, by the parent's descriptors", "descriptors open in the parent", f"{stem}-descriptors")
    if not memory and not fds:
        print("no plots: they take rss-0 and another rss or fds")
    return True


def draw(path):
    """With the system's Python if this one has no matplotlib."""
    stem = os.path.splitext(path)[0]
    if has_matplotlib():
        plots(load(path), stem)
        return
    code = "import show, sys; show.has_matplotlib() and show.plots(show.load(sys.argv[1]), sys.argv[2]) or sys.exit(3)"
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.executable != SYSTEM_PYTHON and os.path.exists(SYSTEM_PYTHON):
        environment = {**os.environ, "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}
        if subprocess.run([SYSTEM_PYTHON, "-c", code, path, stem], env=environment).returncode != 3:
            return  # it has drawn them, or said why not
    print("no plots: matplotlib is not installed (Debian: python3-matplotlib)")


def load(path):
    try:
        with open(path) as file:
            result = json.load(file)
        for key in "date", "commit", "passes", "complete", "targets":
            result[key]
        result["machine"].items(), result["peers"].items()
        for scenario in result["scenarios"].values():
            scenario["title"], scenario["mode"], scenario["facts"].items(), scenario.get("launchers", {}).items()
    except OSError as e:
        sys.exit(f"{path}: {e.strerror}")
    except (ValueError, TypeError, KeyError, AttributeError):
        sys.exit(f"{path}: not a result of bench/run")
    return result


def main(args):
    if "--help" in args or "-h" in args:
        print(__doc__.strip())
        return 0
    paths = [arg for arg in args if arg != "--plots"]
    if len(paths) != 1 or paths[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    show(load(paths[0]))
    if "--plots" in args:
        print()
        sys.stdout.flush()
        draw(paths[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
