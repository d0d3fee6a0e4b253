"""The tables and a path as HTML and as text.

    namespace /     cats   news   muted
    Ada              ·      ●      ·
    Kim              ●      ●      ·

Lesson 11.  Builds on: `tables`, `figures.markup`.  Used by: `lab.room_map`.
New here: a table, which a screen reader can read cell by cell; a member is a sign, not a colour.
Left out: more than some sockets and rooms; the rest is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..figures.markup import FAINT, LINE, Shown, columns_of, escape, heading
from .tables import Part, Path

MEMBER, NOBODY = "●", "·"
ROWS, COLUMNS = 12, 10  # in sight
CELL = "padding:2px 10px;text-align:center"
WARN = "border-left:4px solid;padding-left:8px;font-weight:bold"


def shown(parts: Sequence[Part]) -> Shown:
    """All namespaces, one under the other."""
    with_people = [part for part in parts if part.members]
    if not with_people:
        return Shown("nobody is connected", "<p>Nobody is connected.</p>")
    return Shown("\n\n".join(map(_text, with_people)), "".join(map(_table, with_people)))


def _rows(part: Part) -> tuple[list[str], list[list[str]]]:
    """The heads of the columns, and the rows."""
    rooms, rest = part.rooms[:COLUMNS], part.rooms[COLUMNS:]
    heads = [f"namespace {part.name}", *rooms] + ([f"+ {len(rest)} rooms"] if rest else [])
    people = list(part.members.items())
    rows = []
    for name, own in people[:ROWS]:
        more = [str(sum(room in own for room in rest))] if rest else []
        rows.append([name, *(MEMBER if room in own else NOBODY for room in rooms), *more])
    if hidden := people[ROWS:]:
        more = [str(sum(room in own for _, own in hidden for room in rest))] if rest else []
        counts = [str(sum(room in own for _, own in hidden)) for room in rooms]
        rows.append([f"and {len(hidden)} more", *counts, *more])
    return heads, rows


def _text(part: Part) -> str:
    heads, rows = _rows(part)
    lines = [heads, *rows]
    widths = [max(columns_of(line[at]) for line in lines) for at in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        first = cells[0] + " " * (widths[0] - columns_of(cells[0]))
        return "   ".join([first, *map(_centred, cells[1:], widths[1:])]).rstrip()

    return "\n".join(map(line, lines))


def _centred(cell: str, width: int) -> str:
    left = (width - columns_of(cell)) // 2
    return " " * left + cell + " " * (width - columns_of(cell) - left)


def _table(part: Part) -> str:
    heads, rows = _rows(part)
    top = "".join(f'<th scope="col" style="{CELL}">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row" style="{CELL};text-align:left">{escape(name)}</th>'
        + "".join(f'<td style="{CELL}">{_cell(cell)}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return (
        f'<div role="group" tabindex="0" aria-label="Who is in which room of {escape(part.name)}" '
        f'style="overflow-x:auto;margin-bottom:8px"><table style="border-collapse:collapse">'
        f'<thead><tr style="border-bottom:1px solid {LINE}">{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str) -> str:
    if cell == MEMBER:
        return f'<span role="img" aria-label="member" style="font-size:120%">{MEMBER}</span>'
    if cell == NOBODY:
        return f'<span role="img" aria-label="no member" style="{FAINT}">{NOBODY}</span>'
    return escape(cell)


def path(line: str, ways: Sequence[Path]) -> Shown:
    """The way of a broadcast, step by step."""
    steps = [step for way in ways for step in _steps(way)] or ["nothing was sent"]
    warnings = [
        f"The tables say {_names(way.expected)}, the sockets {_names(way.got)}: these should agree."
        for way in ways
        if sorted(way.expected) != sorted(way.got)
    ]
    text = "\n".join([line, *(f"    {step}" for step in steps), *warnings])
    items = "".join(f"<li>{escape(step)}</li>" for step in steps)
    warned = "".join(f'<p style="{WARN}">{escape(warning)}</p>' for warning in warnings)
    return Shown(text, f"{heading(escape(line))}<ol>{items}</ol>{warned}")


def _steps(way: Path) -> list[str]:
    if way.everybody:
        steps = [f"no room is named: everybody in {way.namespace}"]
    else:
        steps = [f"in {room}: {_names(members)}" for room, members in way.rooms.items()]
        if len(way.rooms) > 1:
            union = list(dict.fromkeys(name for row in way.rooms.values() for name in row))
            steps.append(f"together, each once: {_names(union)}")
    steps += [f"without {room}: {_names(members)}" for room, members in way.without.items()]
    return [*steps, f"written to: {_names(way.got)}"]


def _names(names: Sequence[str]) -> str:
    if not names:
        return "nobody"
    more = f", and {len(names) - ROWS} more" if len(names) > ROWS else ""
    return ", ".join(names[:ROWS]) + more
