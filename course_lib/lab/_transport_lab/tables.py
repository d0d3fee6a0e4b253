"""The runs as a table for a person: units beside values, numbers under each other.

Lesson 06.  Builds on: `figures`.  Used by: `results`.

    run  transport       delivered    median     90 %     99 %    requests  bytes
      2  long polling        1,178     48 ms    69 ms    74 ms       0.481  131 B

New here: nothing is computed; `Run.costs` has the numbers, and the CSV has all of them.  Lost
messages and processor time have a column only where a run has any.
Left out: sorting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..figures.figure import duration
from ..figures.markup import LINE, escape

CELL = "padding:2px 6px;text-align:right;white-space:nowrap"
LATENCY, COST = "latency", "per delivered message"
Column = tuple[str, str, str, Callable[[Any], str]]  # group, key, name, how a value is formatted
COLUMNS: tuple[Column, ...] = (
    ("", "number", "run", str),
    ("", "run", "transport", str),
    ("", "delivered", "delivered", "{:,}".format),
    ("", "lost", "lost", "{:,}".format),
    (LATENCY, "p50_s", "median", duration),
    (LATENCY, "p90_s", "90 %", duration),
    (LATENCY, "p99_s", "99 %", duration),
    (COST, "requests_per_message", "requests", "{:,.3g}".format),
    (COST, "bytes_per_message", "bytes", "{:,.0f} B".format),
    (COST, "cpu_per_message_s", "CPU", lambda seconds: f"{seconds * 1000:.2g} ms"),
)
WHERE_THERE_IS_ANY = ("lost", "cpu_per_message_s")


def as_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table; where it is too wide it scrolls sideways, also by keyboard."""
    columns = [
        column
        for column in COLUMNS
        if column[1] not in WHERE_THERE_IS_ANY or any(row[column[1]] for row in rows)
    ]
    groups = "".join(
        f'<th scope="colgroup" colspan="{sum(group == each for each, *_ in columns)}" '
        f'style="text-align:center">{group}</th>'
        for group in ("", LATENCY, COST)
    )
    heads = "".join(
        f'<th scope="col" style="{_style(key)}">{name}</th>' for _, key, name, _ in columns
    )
    body = "".join(f"<tr>{''.join(_cells(row, columns))}</tr>" for row in rows)
    return (
        '<div role="group" tabindex="0" aria-label="The runs as a table" style="overflow-x:auto">'
        f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f'<thead><tr>{groups}</tr><tr style="border-bottom:1px solid {LINE}">{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Mapping[str, Any], columns: Sequence[Column]) -> list[str]:
    return [
        f'<td style="{_style(key)}">{"" if row[key] is None else escape(said(row[key]))}</td>'
        for _, key, _, said in columns
    ]


def _style(key: str) -> str:
    return CELL.replace("right", "left") if key == "run" else CELL
