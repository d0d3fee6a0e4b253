"""Who is in what: a table of names and marks, as HTML, as text and as rows of data.

Lessons 11 and 12.  Builds on: `markup`.  Used by: `plot_grid`, `lab._room_map`.

    /        news   cats   muted          IN    ●   is a member
    Ada       ●                           OUT   ✕   is kept out
    Kim       ●      ●                    GETS  ▶   gets it
    and 480 more  210  12                 BET   ★   your bet

New here: many rows become one, which counts the marks of each column.
Left out: what the columns mean; whoever makes the table knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .markup import FAINT, LINE, columns_of, escape

IN, OUT, GETS, BET = "●", "✕", "▶", "★"
WORDS = {IN: "is in", OUT: "is kept out", GETS: "gets it", BET: "your bet"}
MOST_ROWS, MOST_COLUMNS = 20, 5
LETTERS = 24  # of a name
CELL = "padding:2px 4px;text-align:center"
HEAD = "min-width:2.5em;overflow-wrap:break-word;white-space:normal;vertical-align:bottom"


@dataclass(slots=True)
class Grid:
    """Rows of (name, a mark or a short text for each column); "" is an empty cell."""

    title: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    about: str = ""  # beside the title
    folded: int = 0  # rows that the last one stands for

    def members(self, column: int, mark: str = IN) -> list[str]:
        """The names that have this mark in a column."""
        return [name for name, marks in self.rows if marks[column] == mark]


def short(text: str) -> str:
    """A name that is not too long for a table."""
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def fold(grid: Grid, most: int = MOST_ROWS) -> Grid:
    """The same with at most `most` rows, and one that counts the marks of the others."""
    more = len(grid.rows) - most
    if more <= 1:
        return grid
    kept, rest = grid.rows[:most], grid.rows[most:]
    counts = [sum(marks[i] != "" for _, marks in rest) for i in range(len(grid.columns))]
    last = (f"and {more:,} more", [f"{count:,}" if count else "" for count in counts])
    return Grid(grid.title, grid.columns, [*kept, last], grid.about, more)


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names in a sentence: "Ada, Kim", "nobody", "Ada, Kim and 480 more"."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return ", ".join(names) or "nobody"


def text(grid: Grid) -> str:
    """The table in fixed-width letters."""
    title = f"{grid.title}  {grid.about}".rstrip()
    if not grid.rows:
        return title
    lines = [["", *map(short, grid.columns)]] if grid.columns else []
    lines += [[short(name), *marks] for name, marks in grid.rows]
    widths = [max(columns_of(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = (
        "  ".join(
            cell + " " * (width - columns_of(cell))
            for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    )
    return "\n".join([title, *(f"  {line}".rstrip() for line in padded)])


def html(grid: Grid) -> str:
    """The table for a notebook; heads break where it is narrow, and at last it scrolls."""
    about = f' <span style="{FAINT}">{escape(grid.about)}</span>' if grid.about else ""
    caption = (
        f'<caption style="text-align:left;padding:4px 8px;white-space:nowrap"><b>'
        f"{escape(grid.title)}</b>{about}</caption>"
    )
    look = f"{CELL};{HEAD};border-bottom:1px solid {LINE}"
    heads = "".join(
        f'<th scope="col" title="{escape(name)}" style="{look}">{escape(short(name))}</th>'
        for name in grid.columns
    )
    head = f"<thead><tr><td></td>{heads}</tr></thead>" if grid.columns and grid.rows else ""
    body = "".join(_row(name, marks) for name, marks in grid.rows)
    return (
        f'<div role="group" tabindex="0" aria-label="{escape(grid.title)}" '
        f'style="overflow-x:auto;max-width:100%">'
        f'<table style="border-collapse:collapse">{caption}{head}<tbody>{body}</tbody></table>'
        "</div>"
    )


def _row(name: str, marks: Sequence[str]) -> str:
    cells = "".join(f'<td style="{CELL}">{_mark(mark)}</td>' for mark in marks)
    head = (
        f'<th scope="row" title="{escape(name)}" style="{CELL};text-align:left;white-space:nowrap">'
    )
    return (
        f'<tr style="border-bottom:1px solid {LINE}">{head}{escape(short(name))}</th>{cells}</tr>'
    )


def _mark(mark: str) -> str:
    if mark not in WORDS:
        return escape(mark)
    return f'<span role="img" aria-label="{WORDS[mark]}">{mark}</span>'


def data(grids: Sequence[Grid], group: str, row: str, columns: str) -> list[dict[str, Any]]:
    """A row of data for each row: the names of the columns in which it has a mark."""
    found: list[dict[str, Any]] = []
    for grid in grids:
        for name, marks in grid.rows:
            named = [
                column if mark in WORDS else f"{column}: {mark}"
                for column, mark in zip(grid.columns, marks, strict=True)
                if mark
            ]
            found.append({group: grid.title, row: name, columns: ", ".join(named)})
        if not grid.rows:
            found.append({group: grid.title, row: grid.about, columns: ""})
    return found
