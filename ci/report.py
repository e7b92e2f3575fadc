#!/usr/bin/env python3
"""The results of the test matrix as one page, and as JUnit XML for CI services.

Usage: ci/report.py [FOLDER]

Reads FOLDER/rows/*.json (default: build/report), a file for each row of the
matrix, and writes FOLDER/index.html and FOLDER/junit.xml.  Both show what is so:
green is what ran and passed, nothing else.  A row file that cannot be used makes
a failed row and exit status 1.
"""

import glob
import html
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

SYMBOLS = {"passed": "✓", "failed": "✗", "not built": "⊘", "hung": "∞", "linked": "○", "skipped": "–"}
MEANINGS = {
    "passed": "all that ran passed",
    "failed": "a test or the run failed",
    "not built": "the build failed",
    "hung": "stopped when its time was over",
    "linked": "built and linked, not run here",
    "skipped": "not even built here",
}
VERSIONS = ("machine", "kernel", "libc", "compiler", "emulator")
TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ$")
NUMBER = (int, float)
# What a row file has, and what it may lack.
ROW = {"row": str, "order": NUMBER, "title": str, "state": str, "commit": str, "current": bool, "tests": list}
ROW_MAY = {"how": str, "reason": str, "host": str, "started": str, "seconds": NUMBER, "versions": dict, "log": str}
ROW_MAY["check"] = bool  # it is no target
TEST = {"suite": str, "test": str, "outcome": str}
TEST_MAY = {"reason": str, "seconds": NUMBER, "counts": list}


# Reading


def clean(value):
    """A text, or all those in @value, without what neither HTML nor XML can hold."""
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, str):
        value = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", value).replace("\r\n", "\n")  # colours of a terminal
        return re.sub("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", value)
    return value


def no_number(constant):
    raise ValueError(f"{constant} is no number")


def check(found, needed, optional, what):
    if not isinstance(found, dict):
        raise ValueError(f"{what} is not an object")
    for key, kind in {**needed, **optional}.items():
        if found.get(key) is None:
            if key in needed:
                raise ValueError(f"{what} lacks '{key}'")
            found[key] = None if kind is NUMBER else kind()
        elif not isinstance(found[key], kind) or (kind is NUMBER and isinstance(found[key], bool)):
            raise ValueError(f"'{key}' of {what} is {json.dumps(found[key])[:40]}")


def read(path):
    """The row in file @path; ValueError or OSError says why there is none."""
    with open(path, encoding="utf-8") as f:
        row = clean(json.load(f, parse_constant=no_number))
    check(row, ROW, ROW_MAY, "the row")
    if row["state"] not in SYMBOLS:
        raise ValueError(f"no such state: '{row['state']}'")
    for number, test in enumerate(row["tests"], 1):
        check(test, TEST, TEST_MAY, f"test {number}")
        if test["outcome"] not in ("passed", "failed", "skipped"):
            raise ValueError(f"no such outcome: '{test['outcome']}' of test {number}")
    outcome = verdict(row["tests"])
    if row["state"] == "passed" and outcome != "passed":
        row["reason"] = row["reason"] or ("" if outcome == "failed" else "it is said to have passed, but no test did")
        row["state"] = "failed"
    if row["state"] in ("not built", "linked", "skipped") and row["tests"]:
        raise ValueError(f"its state is '{row['state']}', but it has tests")
    return row


def load(folder):
    """The rows in their order, and what is wrong with their files."""
    rows, errors = [], []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "rows", "*.json"))):
        name = os.path.basename(path)
        try:
            row = read(path)
            if any(row["row"] == other["row"] for other in rows):
                raise ValueError(f"row '{row['row']}' is in another file, too")
        except (OSError, ValueError, RecursionError) as e:
            why = clean(e.strerror if isinstance(e, OSError) else str(e))
            errors.append(f"{path}: {why}")
            row = {"row": clean(name[: -len(".json")]), "order": float("inf"), "state": "failed", "current": True}
            row.update(title=row["row"], commit="", tests=[], reason=f"bad row file {clean(name)}: {why}")
            check(row, ROW, ROW_MAY, "the row")
        rows.append(row)
    if not rows:
        errors.append(f"{folder}/rows has no row file")
    return sorted(rows, key=lambda row: (row["order"], row["row"])), errors


def count(tests):
    return {outcome: sum(t["outcome"] == outcome for t in tests) for outcome in ("passed", "failed", "skipped")}


def verdict(tests):
    """The state of these tests: passed only if one passed and none failed."""
    n = count(tests)
    return "failed" if n["failed"] else "passed" if n["passed"] else "skipped"


def explained(row):
    """Whether failed tests say why the row failed; else it has to say so itself."""
    return row["state"] == "passed" or (row["state"] == "failed" and verdict(row["tests"]) == "failed")


def story(row):
    """What the row has to say beside its tests."""
    silent = "" if explained(row) or row["log"] else MEANINGS[row["state"]]
    return "\n".join(filter(None, (row["reason"] or silent, row["log"])))


def suites_of(rows):
    return list(dict.fromkeys(t["suite"] for row in rows for t in row["tests"]))


def columns_of(rows):
    """The suites that have a column: not those of a row that has only its own."""
    return suites_of([row for row in rows if len(suites_of([row])) > 1]) or suites_of(rows)


def ran(row):
    return row["state"] in ("passed", "failed") and any(t["outcome"] != "skipped" for t in row["tests"])


# JUnit


def seconds_of(number):
    return {} if number is None else {"time": f"{number:.3f}"}


def junit_suite(parent, row, suite, cases):
    """A <testsuite>; @cases are tests, of a row without them itself."""
    name = f"{row['row']}.{suite}" if suite else row["row"]
    n = count(cases)
    known = [t["seconds"] for t in cases if t.get("seconds") is not None]
    about = {"name": name, "tests": str(len(cases)), "failures": str(n["failed"]), "errors": "0"}
    about.update(skipped=str(n["skipped"]), **seconds_of(sum(known) if known else None))
    if TIME.match(row["started"]):
        about["timestamp"] = row["started"].rstrip("Z")
    if row["host"]:
        about["hostname"] = row["host"]
    element = ET.SubElement(parent, "testsuite", about)
    properties = ET.SubElement(element, "properties")
    facts = {"title": row["title"], "how": row["how"], "commit": row["commit"], "state": row["state"]}
    for key, value in {**facts, "current": str(row["current"]).lower(), **row["versions"]}.items():
        if value:
            ET.SubElement(properties, "property", name=key, value=str(value))
    for test in cases:
        about = {"classname": name, "name": test["test"], **seconds_of(test.get("seconds"))}
        case = ET.SubElement(element, "testcase", about)
        first = (test["reason"].splitlines() or [""])[0]
        if test["outcome"] == "failed":
            ET.SubElement(case, "failure", message=first or "failed", type="failed").text = test["reason"]
        elif test["outcome"] == "skipped":
            ET.SubElement(case, "skipped", message=first or "skipped")


def junit(rows):
    root, tests = ET.Element("testsuites", name="osdep"), []
    for row in rows:
        if not explained(row):
            outcome = "skipped" if row["state"] in ("linked", "skipped") else "failed"
            reason = f"{row['state']}: {story(row)}"
            cases = [{"test": "(row)", "outcome": outcome, "reason": reason, "seconds": row["seconds"]}]
            junit_suite(root, row, "", cases)
            tests += cases
        for suite in suites_of([row]):
            junit_suite(root, row, suite, [t for t in row["tests"] if t["suite"] == suite])
        tests += row["tests"]
    root.attrib.update(tests=str(len(tests)), failures=str(count(tests)["failed"]), errors="0")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


# The page

esc = html.escape


def css(state):
    return state.replace(" ", "-")


def mark(state, text=""):
    """A symbol and words, so that no colour is needed to tell states apart."""
    return f'<span class="mark"><b aria-hidden="true">{SYMBOLS[state]}</b> {esc(text or state)}</span>'


def plural(n, what):
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def result(tests):
    """What a cell says: what is worst in it, large, and the rest small."""
    n = count(tests)
    worst = verdict(tests)
    rest = "".join(f"<small>{n[o]:,} {o}</small>" for o in n if n[o] and o != worst)
    return mark(worst, f"{n[worst]:,} {worst}") + rest


def short_time(text):
    found = TIME.match(text)
    return f"{found.group(1)} {found.group(2)} UTC" if found else text


def short_suite(suite):
    return suite[len("test-") :] if suite.startswith("test-") else suite


def duration(number):
    return "" if number is None else f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def facts(row):
    """A row's versions and where it is from, as a list; what is unknown says so."""
    pairs = [("how", row["how"]), *((key, row["versions"].get(key)) for key in VERSIONS)]
    pairs += [(key, value) for key, value in row["versions"].items() if key not in VERSIONS]
    pairs += [("host", row["host"]), ("commit", row["commit"]), ("started", short_time(row["started"]))]
    pairs += [("seconds", duration(row["seconds"]))]
    shown = ((key, esc(str(value)) if value else '<i class="blank">not known</i>') for key, value in pairs)
    optional = {"emulator": row["versions"].get("emulator"), "how": row["how"], "host": row["host"]}
    items = (f"<dt>{esc(key)}</dt><dd>{value}</dd>" for key, value in shown if optional.get(key, True))
    return f"<dl>{''.join(items)}</dl>"


def outcomes(tests, whole_row=False):
    """Failures with their text, skips by reason, and what passed: in a whole row, how many."""
    parts, skips, passed = [], {}, []
    for t in tests:
        name = f"{short_suite(t['suite'])}: {t['test']}" if whole_row else t["test"]
        if t["outcome"] == "failed":
            text = f"<pre>{esc(t['reason'])}</pre>" if t["reason"] else "<p>It says no reason.</p>"
            parts.append(f'<h4 class="bad">{SYMBOLS["failed"]} failed: <code>{esc(name)}</code></h4>{text}')
        elif t["outcome"] == "skipped":
            skips.setdefault(t["reason"] or "no reason given", []).append(name)
        else:
            took = f" <small>{t['seconds']:.2f} s</small>" if (t["seconds"] or 0) >= 0.1 else ""
            counts = "".join(f"<br>{esc(str(line))}" for line in t["counts"])
            passed.append(f"<li><code>{esc(name)}</code>{took}{counts}")
    for reason, names in skips.items():
        items = "".join(f"<li><code>{esc(name)}</code>" for name in names)
        title = f"{SYMBOLS['skipped']} {len(names):,} skipped: {esc(reason)}"
        parts.append(f'<h4>{title}</h4><ul class="names">{items}</ul>')
    if passed:
        items = "" if whole_row else f'<ul class="names">{"".join(passed)}</ul>'
        parts.append(f"<h4>{SYMBOLS['passed']} {len(passed):,} passed</h4>{items}")
    return "".join(parts)


def remarks(row, about):
    """What must be said in front of a row's results."""
    parts = []
    if not row["current"]:
        parts.append(f'<p class="old">{about}</p>')
    if story(row):
        parts.append(f"<pre>{esc(story(row))}</pre>")
    return "".join(parts)


def panel(place, title, state, body):
    """What opens when the link at-@place is followed: it is the target then."""
    back = f'href="#at-{place}"'
    return (
        f'<div class="panel" id="{place}" tabindex="-1" role="dialog" aria-labelledby="{place}-title">'
        f'<a class="shade" {back} tabindex="-1" aria-hidden="true"></a><div class="sheet">'
        f'<header class="{css(state)}"><h3 id="{place}-title">{esc(title)}</h3>{mark(state)}'
        f'<a class="close" {back}>Close</a></header><div class="body">{body}</div></div></div>\n'
    )


def link(place, inside):
    return f'<a id="at-{place}" href="#{place}">{inside}</a>'


def grid_row(row, place, columns, about):
    """A row of the table, and the panels that its cells open."""
    state = row["state"]
    tests = row["tests"]
    # Who hung may have hung in the build; who passed or failed a test was built.
    built = {"not built": "no", "skipped": "no", "linked": "yes"}.get(state, "yes" if tests else "")
    how = f"<small>{esc(row['how'])}</small>" if row["how"] else ""
    host = f"<small>on {esc(row['host'])}</small>" if row["host"] else ""
    old = f'<small class="old">{about}</small>' if not row["current"] else ""
    cells = [f'<th scope="row">{link(place, esc(row["title"]))}{how}{host}{old}</th>']
    cells.append(f'<td class="state {css(state)}"><a href="#{place}">{mark(state)}</a></td><td>{built}</td>')
    body = remarks(row, about) + facts(row)
    panels = [panel(place, row["title"], state, body + outcomes(tests, whole_row=True))]
    old = f'<p class="old">{about}</p>' if not row["current"] else ""
    own = suites_of([row])
    span = f' colspan="{len(columns)}"'
    if not tests and columns:
        text = f"<span>{esc(row['reason'] or MEANINGS[state])}</span>"
        cells.append(f'<td class="none {css(state)}"{span}>{text}</td>')
    for number, suite in enumerate(columns if set(own) & set(columns) else own):
        found = [t for t in tests if t["suite"] == suite]
        if found:
            at = f"{place}-{number}"
            wide, title = ("", "") if suite in columns else (span, f"<small>{esc(short_suite(suite))}</small>")
            cells.append(f'<td class="cell {verdict(found)}"{wide}>{link(at, result(found) + title)}</td>')
            panels.append(panel(at, f"{row['title']}: {suite}", verdict(found), old + facts(row) + outcomes(found)))
        else:
            cells.append("<td></td>")
    total = f'<td class="cell {verdict(tests)}"><a href="#{place}">{result(tests)}</a></td>' if tests else "<td></td>"
    took = "" if state == "skipped" else duration(row["seconds"])
    cells.append(f'{total}<td class="number">{took}</td>')
    kind = "" if row["current"] else ' class="stale"'
    return f"<tr{kind}>{''.join(cells)}</tr>\n", "".join(panels)


# Only comforts, all of the page works without: Escape closes, and nothing moves then.
SCRIPT = """
addEventListener("keydown", function (e) {
  var close = e.key === "Escape" && document.querySelector(".panel:target .close");
  if (close) close.click();
});
addEventListener("click", function (e) {
  var x = scrollX, y = scrollY;
  if (e.target.closest(".close, .shade")) setTimeout(function () { scrollTo(x, y); });
});
"""


def summary(rows):
    """The sentences on top."""
    live = [row for row in rows if row["current"] and row["commit"]]
    targets = [row for row in rows if not row["check"]]
    n = {"all": len(targets), "ran": sum(map(ran, targets)), "linked": sum(t["state"] == "linked" for t in targets)}
    rest = n["all"] - n["ran"] - n["linked"]
    total = count([t for row in rows for t in row["tests"]])
    last = max(live, key=lambda row: row["started"], default=None)
    when = "Commit not known."
    if last:
        when = f"Commit {last['commit']}, {short_time(last['started']) or 'date not known'}."
    old = sum(not row["current"] for row in rows)
    shown = f' <span class="old">{plural(old, "target")} shown from earlier runs.</span>' if old else ""
    return (
        f'<p class="lead">The tests ran on <strong>{n["ran"]} of {plural(n["all"], "target")}</strong>;'
        f" {n['linked']} only linked, {rest} without a full run.</p>"
        f"<p>{plural(total['passed'], 'test')} passed, {total['failed']:,} failed, {total['skipped']:,} skipped."
        f" {esc(when)}{shown}</p>"
    ), last


def page(rows):
    columns = columns_of(rows)
    told, last = summary(rows)
    keys, lines, panels, bad = [], [], [], []
    for state, meaning in MEANINGS.items():
        n = sum(row["state"] == state for row in rows)
        text = f'<span class="mark"><b aria-hidden="true">{SYMBOLS[state]}</b> <strong>{n}</strong> {state}</span>'
        look = css(state) if n else "zero"
        keys.append(f'<li class="{look}">{text}<small>{meaning}</small></li>')
    for number, row in enumerate(rows):
        about = f"from an earlier run, at {esc(row['commit'])}"
        if last and row["commit"] == last["commit"]:
            about = "from an earlier run, with other uncommitted changes"
        line, more = grid_row(row, f"row{number}", columns, about)
        lines.append(line)
        panels.append(more)
        if row["state"] in ("failed", "not built", "hung"):
            state = f'<span class="{css(row["state"])} mark">{SYMBOLS[row["state"]]} {row["state"]}</span>'
            failed = outcomes([t for t in row["tests"] if t["outcome"] == "failed"], whole_row=True)
            told_of = f"<h3>{esc(row['title'])} {state}</h3>{remarks(row, about)}{failed}"
            bad.append(f'<section class="case">{told_of}</section>')
    heads = ["target", "state", "built", *map(short_suite, columns), "total", "seconds"]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.css"), encoding="utf-8") as f:
        style = f.read().replace("@WIDE@", str(31.5 + 6.6 * len(columns)))  # from here on all columns fit
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>osdep: test matrix</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>osdep: test matrix</h1>
{told}
<ul class="key" aria-label="States, and how many targets are in each">{"".join(keys)}</ul>
<div class="box" role="region" aria-label="Results by target and suite" tabindex="0"><table>
<caption><span>Results by target and suite. A cell opens what ran, what was skipped and why.</span></caption>
<thead><tr>{"".join(f'<th scope="col">{esc(head)}</th>' for head in heads)}</tr></thead>
<tbody>
{"".join(lines)}</tbody></table></div>
{f'<h2>What failed</h2>{"".join(bad)}' if bad else ""}
</main>
{"".join(panels)}<script>{SCRIPT}</script></body></html>
"""


def write(folder):
    """Write index.html and junit.xml from the rows in @folder; what was wrong with them."""
    rows, errors = load(folder)
    os.makedirs(folder, exist_ok=True)
    for name, data in (("index.html", page(rows).encode()), ("junit.xml", junit(rows))):
        path = os.path.join(folder, name)
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.replace(path + ".new", path)
    return errors


def main(argv):
    if len(argv) > 1 or argv and argv[0].startswith("-"):
        print(__doc__)
        return 0 if argv[0] in ("-h", "--help") else 2
    errors = write(argv[0] if argv else "build/report")
    for error in errors:
        print(f"ci/report.py: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
