"""A step of an upgrade as HTML, and all steps as a table or as text.

Lesson 08.  Builds on: `steps`, `figures.markup`, `figures.hexdump`.
Used by: `lab.upgrade_stepper`.

         time      polling        WebSocket       client     server
     5   400 ms    ◀ 42 · 43                      probing    new
  ▶  6   450 ms                   2probe ▶        probing    probed

New here: lanes are columns, so that they stand side by side at any width, and a screen reader can
read them; the present row is marked by a sign and bold, not by colour alone.
Left out: the slant of the arrows; `sequence.plot` has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dissection.engineio import POLLING
from ..figures import hexdump
from ..figures.diagram import ms
from ..figures.markup import FAINT, LINE, MONO, escape
from .steps import TABLES, Step

ROWS = 7  # steps in sight, the present one last
BYTES = 96
TO, FROM = "▶", "◀"  # to the server, to the client
CELL = "padding:2px 8px;text-align:left;vertical-align:top"
WIDE = {"polling": "min-width:11em", "WebSocket": "min-width:8em"}  # nothing jumps at a step
COLUMNS = ("", "step", "arrives at", "polling", "WebSocket", "client", "server")


def present(steps: Sequence[Step], index: int) -> str:
    """The last steps up to this one, the two tables, and the bytes."""
    step = steps[index]
    first = max(0, index - ROWS + 1)
    rows = [_row(number, steps[number], now=number == index) for number in range(first, index + 1)]
    tables = "".join(_table(end, step) for end in TABLES)
    beside = "display:flex;flex-wrap:wrap;align-items:flex-start;gap:6px 32px"
    return f'{_lanes(rows)}<div style="{beside}">{tables}</div>{_bytes(step)}'


def every(steps: Sequence[Step]) -> str:
    """All steps, with what each is for: where there is no front end."""
    rows = [_row(number, one, now=False, told=True) for number, one in enumerate(steps)]
    return _lanes(rows, told=True)


def text(steps: Sequence[Step]) -> str:
    """All steps, two lines for each."""
    lines = []
    for number, one in enumerate(steps, 1):
        lane = "polling" if one.lane == POLLING else "WebSocket"
        states = ", ".join(f"{end} {state}" for end, state in one.states.items())
        lines += [
            f"{number:3}  {ms(one.at):>9}  {lane:9}  {_said(one):32}  {states}",
            f"     {one.purpose}",
        ]
    return "\n".join(lines)


def _said(step: Step) -> str:
    """The message, and its way: the arrow is on the side of the end that it goes to."""
    return f"{step.message.title} {TO}" if step.up else f"{FROM} {step.message.title}"


def _lanes(rows: Sequence[str], *, told: bool = False) -> str:
    names = [*COLUMNS, "what it is for"] if told else COLUMNS
    heads = "".join(
        f'<th scope="col" style="{CELL};{WIDE.get(name, "")}">{name}</th>' for name in names
    )
    ways = f"{TO} to the server, {FROM} to the client; the states are those after the step"
    return (
        '<div role="group" tabindex="0" aria-label="The steps in both lanes" '
        f'style="overflow-x:auto"><table style="border-collapse:collapse"><thead><tr '
        f'style="border-bottom:1px solid {LINE}">{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'
        f'</table></div><div style="{FAINT};padding:2px 8px 6px">{ways}</div>'
    )


def _row(number: int, step: Step, *, now: bool, told: bool = False) -> str:
    said = f'<span style="{MONO};overflow-wrap:anywhere">{escape(_said(step))}</span>'
    lanes = (said, "") if step.lane == POLLING else ("", said)
    states = [
        f"<b>{escape(state)}</b>" if end in step.moved else escape(state)
        for end, state in step.states.items()
    ]
    cells = [TO if now else "", f"{number + 1}", escape(ms(step.at)), *lanes, *states]
    if told:
        cells.append(escape(step.purpose))
    weight = ";font-weight:bold" if now else ""
    mark = ' aria-current="step"' if now else ""
    inner = "".join(f'<td style="{CELL}{weight}">{cell}</td>' for cell in cells)
    edge = f' style="border-top:1px solid {LINE};border-bottom:1px solid {LINE}"' if now else ""
    return f"<tr{mark}{edge}>{inner}</tr>"


def _table(end: str, step: Step) -> str:
    """One end's table; the entry that the step used has an arrow."""
    rows = []
    for (state, event), after in TABLES[end].items():
        used = step.moved.get(end) == (state, event)
        cells = (TO if used else "", state, event, f"→ {after}")
        weight = ";font-weight:bold" if used else ""
        inner = "".join(f'<td style="{CELL}{weight}">{escape(cell)}</td>' for cell in cells)
        rows.append(f"<tr>{inner}</tr>")
    entry = step.moved.get(end)
    if entry is not None and entry not in TABLES[end]:
        other = f"{entry[0]}, {entry[1]}: not in the table"
        rows.append(f'<tr><td style="{CELL}"><b>{TO}</b></td><td colspan="3" style="{CELL}"><b>')
        rows[-1] += f"{escape(other)}</b></td></tr>"
    title = f"Table of the {end}; now: <b>{escape(step.states[end])}</b>"
    return (
        f'<table style="border-collapse:collapse"><caption style="text-align:left;padding:2px 8px;'
        f'white-space:nowrap">{title}</caption><tbody>{"".join(rows)}</tbody></table>'
    )


def _bytes(step: Step) -> str:
    if step.packets:
        shown = hexdump.hexdump(step.packets, limit=BYTES).html
        return f'<div style="padding:6px 8px 2px">The packets, byte for byte:</div>{shown}'
    line = step.message.data.partition(b"\r\n")[0].decode(errors="replace")
    if step.message.opening is not None:
        line = step.message.title
    return (
        '<div style="padding:6px 8px 2px">No packet; it belongs to HTTP, or to WebSocket:</div>'
        f'<div style="padding:0 8px;{MONO};overflow-wrap:anywhere">{escape(line)}</div>'
    )
