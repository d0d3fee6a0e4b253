"""The report as one page: what to teach next, the grid, each learner, and how to repeat it.

    page(report) ─▶ str        no script, no address, nothing fetched; print it or mail it

Exercises.  Builds on: report, `lab.figures.markup`.
What is new here: everything that learners wrote is escaped, and a Content-Security-Policy in the
page's head forbids scripts and fetching, in case an escape is missing.  A sign and a word show each
state, and colour only in addition; tables have captions and headers for rows and columns.
Left out: sorting and filtering; the tables for spreadsheets can do that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...figures.markup import escape
from . import report as class_report

SIGNS = {
    "passed": "✔",
    "failed": "✘",
    "unanswered": "…",
    "unreadable": "?",
    "absent": "-",
    "error": "!",
}
FEW = 3  # names that stand in a cell; more have to be opened
_HEAD = """\
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="referrer" content="no-referrer">
<style>
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { max-width: 75rem; margin: 1.5rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { border: 1px solid #8888; padding: .25rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #8882; }
.passed { background: #0a72; } .failed { background: #d502; } .error { background: #c7a4; }
.number { text-align: right; white-space: nowrap; }
summary { cursor: pointer; }
.who { min-width: 6rem; }
.grid th:first-child { position: sticky; left: -1px; background: Canvas; }
pre { overflow-x: auto; border: 1px solid #8888; padding: .4rem; white-space: pre-wrap; }
pre.bytes { white-space: pre; }
details { margin: .2rem 0; }
h3 { margin: 1rem 0 .2rem; }
@media print { body { max-width: none; } details { break-inside: avoid; } }
</style>
"""


def page(report: Mapping[str, Any]) -> str:
    """The whole document."""
    title = f"Exercises: {report['folder']}" if report["folder"] else "Exercises"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(summary(report))}</p>",
        _notes("What could not be used", report["problems"]),
        "<h2>What to teach next</h2>",
        _ideas(report["ideas"]),
        _others(report["others"]),
        "<h2>Who has done what</h2>",
        _grid(report),
        '<h2 id="learners">Each learner</h2>',
        *(_learner(place, learner) for place, learner in enumerate(report["learners"], 1)),
        "<h2>To repeat this</h2>",
        _run(report["run"]),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>{escape(title)}</title>\n'
        f"{_HEAD}</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def summary(report: Mapping[str, Any]) -> str:
    """`40 learners, 2 exercises: 51 passed, 20 failed, 9 not submitted.`"""
    counts = {
        said: sum(exercise["states"][state] for exercise in report["exercises"])
        for state, said in class_report.STATES.items()
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    learners, exercises = len(report["learners"]), len(report["exercises"])
    return (
        f"{learners} learner{'s' * (learners != 1)}, "
        f"{exercises} exercise{'s' * (exercises != 1)}: {said}."
    )


def _notes(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<p>{escape(title)}:</p><ul>{items}</ul>"


def _ideas(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>No wrong idea was recognised.</p>"
    body = [
        f'<tr><td class="number">{row["count"]}</td><td>{escape(row["exercise"])}</td>'
        f'<th scope="row">{escape(row["title"])}<br><small>{escape(row["idea"])}</small></th>'
        f"<td>{escape(row['why'])}</td>{_who(row['learners'])}</tr>"
        for row in rows
    ]
    caption = "Wrong ideas, by the number of learners whose best answer shows it"
    return _table(caption, ("learners", "exercise", "wrong idea", "what is so", "who"), body)


def _others(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    body = [
        f'<tr><td class="number">{row["count"]}</td><td>{escape(row["exercise"])}</td>'
        f'<th scope="row">{escape(row["what"])}</th>{_who(row["learners"])}</tr>'
        for row in rows
    ]
    return _table("Other failures", ("learners", "exercise", "the answer", "who"), body)


def _who(names: Sequence[str]) -> str:
    """A cell with the names: as they are, if there are few."""
    said = escape(", ".join(names))
    if len(names) > FEW:
        said = f"<details><summary>names</summary>{said}</details>"
    return f'<td class="who">{said}</td>'


def _grid(report: Mapping[str, Any]) -> str:
    """Learners and exercises.  The sums come first, so that they are in sight on a small screen."""
    exercises = report["exercises"]
    core = any(exercise["core"] for exercise in exercises)
    columns = ["learner", "points", *["core points"] * core, *map(_column, exercises)]
    body = []
    for place, learner in enumerate(report["learners"], 1):
        cells = [
            _state(f"r{place}-{escape(e['number'])}", learner["results"][e["number"]])
            for e in exercises
        ]
        failed = learner["states"]["error"]
        open_ = f"<br>({failed} not graded)" if failed else ""
        body.append(
            f'<tr><th scope="row"><a href="#l{place}">{escape(learner["name"])}</a></th>'
            f'<td class="number">{learner["points"]:g} of {learner["of"]}{open_}</td>'
            + f'<td class="number">{learner["core_points"]:g} of {learner["core_of"]}</td>' * core
            + f"{''.join(cells)}</tr>"
        )
    body += _sums(report, core)
    legend = ", ".join(f"{SIGNS[state]} {said}" for state, said in class_report.STATES.items())
    table = _table("Points of each learner in each exercise", columns, body, "grid")
    return f"<p>{escape(legend)}</p>\n{table}"


def _sums(report: Mapping[str, Any], core: bool) -> list[str]:
    """A row for each state that there is, with percents of all learners, and one for averages."""
    exercises = report["exercises"]
    sums = [report["average"], report["core_average"]][: 1 + core]
    rows = {
        f"{said}, in all": [""] * len(sums)
        + [_part(e["states"][state], len(report["learners"])) for e in exercises]
        for state, said in class_report.STATES.items()
        if any(e["states"][state] for e in exercises)
    }
    rows["average of those graded"] = [
        "" if value is None else f"{value:.0f} %"
        for value in (*sums, *(e["average"] for e in exercises))
    ]
    return [
        f'<tr><th scope="row">{escape(said)}</th>'
        + "".join(f'<td class="number">{escape(value)}</td>' for value in values)
        + "</tr>"
        for said, values in rows.items()
    ]


def _part(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f} %)" if count else "0"


def _column(exercise: Mapping[str, Any]) -> str:
    return f"{exercise['number']} {exercise['title']}{' (core)' if exercise['core'] else ''}"


def _state(name: str, result: Mapping[str, Any]) -> str:
    said = class_report.STATES[result["state"]]
    points = "" if result["points"] is None else f" {result['points']:g} of {result['of']}"
    number = " number" if result["points"] is not None else ""
    inner = f'{SIGNS[result["state"]]} <span aria-label="{escape(said)}">{points or said}</span>'
    if result["state"] in ("failed", "error"):
        inner = f'<a href="#{name}">{inner}</a>'
    return f'<td class="{escape(result["state"])}{number}">{inner}</td>'


def _table(caption: str, columns: Iterable[str], rows: Iterable[str], kind: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    return (
        f'<div class="wide {kind}" role="group" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def _learner(place: int, learner: Mapping[str, Any]) -> str:
    shown = [
        _result(f"r{place}-{escape(number)}", number, result)
        for number, result in learner["results"].items()
        if result["state"] in ("failed", "error")
    ]
    states = {said: learner["states"][state] for state, said in class_report.STATES.items()}
    counts = ", ".join(f"{count} {said}" for said, count in states.items() if count)
    notes = _notes("Notes on what was handed in", learner["problems"])
    head = f'<h3 id="l{place}">{escape(learner["name"])}</h3>\n<p>{escape(counts)}.</p>'
    return f"{head}\n{notes}\n" + "\n".join(shown)


def _result(name: str, number: str, result: Mapping[str, Any]) -> str:
    idea = f"{result['wrong_idea']}: {result['idea_title']}" if result["wrong_idea"] else ""
    cases = "; ".join(
        f"{'right' if case['passed'] else 'wrong'}: {case['title']}" for case in result["cases"]
    )
    rows = {
        "wrong idea": idea,
        "observed": result["observed"],
        "expected": result["expected"],
        "why": result["why"],
        "cases": cases,
        "error": result["error"],
        "bytes": result["tape_text"],
        "it printed": result["output"][:2000],
        "graded": f"{result['notebook']}: {result['graded']}" if result["notebook"] else "",
    }
    said = "".join(
        f"<dt>{escape(key)}</dt><dd><pre class='{key}'>{escape(value)}</pre></dd>"
        for key, value in rows.items()
        if value
    )
    state = class_report.STATES[result["state"]]
    points = "" if result["points"] is None else f", {result['points']:g} of {result['of']}"
    title = f"{number} {state}{points}" + (f": {result['idea_title']}" if idea else "")
    return f'<details id="{name}"><summary>{escape(title)}</summary><dl>{said}</dl></details>'


def _run(run: Mapping[str, Any]) -> str:
    lines = [
        f"seed {run['seed']} (the command's option --seed)",
        f"graded {run['at']} in {run['seconds']} s by {run['jobs']} at once, "
        f"Python {run['python']} on {run['platform']}",
        f"wall clock for one question: {run['wall']}",
    ]
    if run["limits_missing"]:
        lines.append("this system did not limit: " + "; ".join(run["limits_missing"]))
    elif run["answers"]:
        lines.append("this system kept every limit")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    rows = [
        f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(value)}</code></td></tr>'
        for name, value in run["files"].items()
    ]
    return f"<ul>{items}</ul>" + _table("SHA-256 of the graders", ("files", "hash"), rows)
