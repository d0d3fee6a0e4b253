"""What a cell shows: HTML for the notebook, plain text for everything else.

All lessons.  Builds on: nothing.

    Shown(text, html)    JupyterLab takes `_repr_html_`; a terminal, nbval and a reader take `repr`

New here: colours come from JupyterLab's own variables, so that both the light and the dark theme
are readable; meaning never rests on colour alone.  Everything that is not markup is escaped.
Left out: widgets, and style sheets (a cell's output carries its own style attributes).
"""

from __future__ import annotations

import html
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MONO = "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,13px)"
LINE = "var(--jp-border-color2,#8888)"
DARK = (  # for a picture, whose white becomes the paper of JupyterLab's dark theme, and for a page
    '<style>body[data-jp-theme-light="false"] .course-figure > img, '
    "body.vscode-dark .course-figure > img { filter: invert(0.93) hue-rotate(180deg) } "
    'body[data-jp-theme-light="false"] .course-page, body.vscode-dark .course-page '
    "{ color-scheme: dark }</style>"
)
FAINT = "color:var(--jp-ui-font-color2,inherit)"


@dataclass(slots=True)
class Shown:
    """The last value of a cell: `text` where there is only text, `html` in a notebook."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def escape(text: object) -> str:
    return html.escape(str(text), quote=True)


def pre(inner: str, label: str) -> str:
    """`inner` (already HTML) as fixed-width lines, which scroll sideways instead of wrapping.

    It takes the keyboard's focus so that it scrolls without a mouse.
    """
    style = f"{MONO};line-height:1.35;margin:0;overflow-x:auto;white-space:pre;background:none"
    return (
        f'<pre role="group" tabindex="0" aria-label="{escape(label)}" style="{style}">{inner}</pre>'
    )


def scrolling(inner: str, label: str) -> str:
    """`inner` (already HTML) in a box of its own, which scrolls by mouse and by keyboard."""
    return (
        f'<div role="group" tabindex="0" aria-label="{escape(label)}" '
        f'style="overflow:auto;max-width:100%;max-height:320px;border:1px solid {LINE}">'
        f"{inner}</div>"
    )


def heading(inner: str) -> str:
    return f'<div style="padding:2px 0 4px"><b>{inner}</b></div>'


def table(rows: Sequence[Mapping[str, Any]], caption: str = "") -> str:
    """Rows of values as an HTML table; a list in a cell shows its length only."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(
        f'<th scope="col" style="text-align:left">{escape(name.replace("_", " "))}</th>'
        for name in columns
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell(row.get(name)))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    title = f'<caption style="text-align:left">{escape(caption)}</caption>' if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cell(value: object) -> str:
    """A value as short as it can be read: four significant digits, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "∞" if value == float("inf") else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values"
    return str(value)


def name_of(thing: object, otherwise: str) -> str:
    """The notebook's variable that holds `thing`, so that a call shown to the learner works."""
    own = vars(sys.modules["__main__"])
    return next((n for n, v in [*own.items()] if v is thing and n[0] != "_"), otherwise)


def columns_of(text: str) -> int:
    """How many columns of a fixed-width screen `text` takes: Hangul two, combining marks none."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
