"""The report as JSON, and as tables for spreadsheets and for an LMS.

    report.json   everything        grades.csv   a row for each learner: points, and those in core
                                    results.csv  a row for each learner and exercise
                                    canvas.csv, moodle.csv       see `roster`

Exercises.  Builds on: report.
What is new here: a cell without points has a word that says why.  Learners choose names that a
spreadsheet would run as a formula, or that cannot be encoded; a formula gets an apostrophe and
becomes text, a lone surrogate becomes an escape.
Left out: what the values mean; see `report`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .report import STATES


def as_json(report: Mapping[str, Any]) -> bytes:
    text = json.dumps(report, ensure_ascii=False, indent=1)
    return text.encode("utf-8", errors="backslashreplace") + b"\n"  # a lone surrogate: \ud83d


def grades_csv(report: Mapping[str, Any]) -> bytes:
    """The grid of points; where there are none, the state: not answered, not submitted, ….

    Then the points in all exercises and in core ones, and how many exercises are in each state.
    """
    numbers = [exercise["number"] for exercise in report["exercises"]]
    sums = ("points", "of", "core_points", "core_of")
    rows = [["learner", *numbers, *sums, *STATES.values()]]
    for learner in report["learners"]:
        results = [learner["results"][number] for number in numbers]
        cells = [_cell(result) for result in results]
        rows.append(
            [learner["name"], *cells, *(learner[name] for name in sums)]
            + [learner["states"][state] for state in STATES]
        )
    return as_csv(rows, mark=True)


def results_csv(report: Mapping[str, Any]) -> bytes:
    """A row for each learner and exercise."""
    columns = ("points", "of", "wrong_idea", "submissions", "notebook", "sha256")
    kinds = {e["number"]: "core" if e["core"] else "practice" for e in report["exercises"]}
    rows = [["learner", "exercise", "state", *columns, "kind"]]
    for learner in report["learners"]:
        for number, result in learner["results"].items():
            values = (result[name] for name in columns)
            state = STATES[result["state"]]
            rows.append([learner["name"], number, state, *values, kinds[number]])
    return as_csv(rows, mark=True)


def as_csv(rows: Iterable[Sequence[Any]], *, mark: bool) -> bytes:
    """The rows as CSV without formulas.

    `mark`: with the byte order mark, by which spreadsheets know UTF-8.  An LMS knows it without,
    and could take it for a letter of the first heading.
    """
    out = io.StringIO()
    csv.writer(out).writerows([[_inert(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8", errors="backslashreplace")


def _cell(result: Mapping[str, Any]) -> Any:
    return STATES[result["state"]] if result["points"] is None else result["points"]


def _inert(value: Any) -> Any:
    """A text that begins like a formula gets an apostrophe, which spreadsheets do not show.

    In Korean and Japanese settings the full-width forms of these signs begin a formula, too.
    """
    signs = tuple("=+-@＝＋－＠")  # noqa: RUF001
    formula = isinstance(value, str) and value != "-" and value.lstrip().startswith(signs)
    return f"'{value}" if formula else value
