"""The runs as a table for a person: units beside values, numbers under each other.

Lesson 06.  Builds on: `figures`.  Used by: `results`.

    run  transport       delivered  lost   median     90 %     99 %   requests  bytes
      2  long polling        1,178     0    48 ms    69 ms    74 ms      0.481  131 B

New here: nothing is computed; `Run.costs` has the numbers, and the CSV has all of them.
Left out: sorting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..figures.figure import duration
from ..figures.markup import LINE, escape

CELL = "padding:2px 6px;text-align:right;white-space:nowrap"
GROUPS = (("", 4), ("latency", 3), ("per delivered message", 3))
COLUMNS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("number", "run", str),
    ("run", "transport", str),
    ("delivered", "delivered", "{:,}".format),
    ("lost", "lost", "{:,}".format),
    ("p50_s", "median", duration),
    ("p90_s", "90 %", duration),
    ("p99_s", "99 %", duration),
    ("requests_per_message", "requests", "{:,.3g}".format),
    ("bytes_per_message", "bytes", "{:,.0f} B".format),
    ("cpu_per_message_s", "CPU", lambda seconds: f"{seconds * 1000:.2g} ms"),
)


def as_html(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table; it scrolls sideways, by keyboard, too, where there is no room for it."""
    groups = "".join(
        f'<th scope="colgroup" colspan="{span}" style="text-align:center">{escape(name)}</th>'
        for name, span in GROUPS
    )
    heads = "".join(
        f'<th scope="col" style="{_style(key)}">{name}</th>' for key, name, _ in COLUMNS
    )
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
    return (
        '<div role="group" tabindex="0" aria-label="The runs as a table" style="overflow-x:auto">'
        f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f'<thead><tr>{groups}</tr><tr style="border-bottom:1px solid {LINE}">{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        f'<td style="{_style(key)}">{"" if row[key] is None else escape(said(row[key]))}</td>'
        for key, _, said in COLUMNS
    ]


def _style(key: str) -> str:
    return CELL.replace("right", "left") if key == "run" else CELL
