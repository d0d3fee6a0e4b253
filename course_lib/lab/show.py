"""Show things in a notebook: real source, bytes, two outputs beside each other, a page.

All lessons.  Builds on: `markup`, `hexdump`, `frame_bits`; Pygments (of IPython) for colours.

    show.source(http11.parse_head)          the library's own text, with file and line
    show.hexdump(answer, marks=[…])         show.diff(expected, observed)
    show.http(answer)                       a message with its line ends made visible
    show.side_by_side(a, b)                 show.page(url)
    show.frame(data)                        a WebSocket frame, bit by bit

New here: a notebook never holds a copy of the library's code; it shows the code that runs.  Each
function returns a `markup.Shown`: HTML in a notebook, text elsewhere.
Left out: following a stream live, see `inspector.live`.
"""

from __future__ import annotations

import codecs
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import extra
from .figures.frame_bits import frame
from .figures.hexdump import diff, hexdump
from .figures.markup import DARK, FAINT, LINE, MONO, Shown, columns_of, escape, heading, pre

__all__ = ["Shown", "diff", "frame", "hexdump", "http", "page", "side_by_side", "source"]

ROOT = Path(__file__).resolve().parents[2]
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NO_ANSWER = (  # after "Run All Cells" the last cells have closed all servers
    "The page is dead, or says that it is closed? A cell further down has closed its server. "
    "Select this cell, <i>Run → Run All Above Selected Cell</i>, and then run this cell."
)
SCREEN = 100  # columns: the width in which texts stand beside each other

# Token of Pygments -> JupyterLab's variable for the same thing in its editor.
CODE_COLOURS = {
    "Token.Comment": "color:var(--jp-mirror-editor-comment-color,inherit);font-style:italic",
    "Token.Keyword": "color:var(--jp-mirror-editor-keyword-color,inherit);font-weight:bold",
    "Token.Literal.String": "color:var(--jp-mirror-editor-string-color,inherit)",
    "Token.Literal.Number": "color:var(--jp-mirror-editor-number-color,inherit)",
    "Token.Name.Builtin": "color:var(--jp-mirror-editor-builtin-color,inherit)",
    "Token.Name.Class": "color:var(--jp-mirror-editor-def-color,inherit);font-weight:bold",
    "Token.Name.Decorator": "color:var(--jp-mirror-editor-meta-color,inherit)",
    "Token.Name.Function": "color:var(--jp-mirror-editor-def-color,inherit);font-weight:bold",
    "Token.Operator.Word": "color:var(--jp-mirror-editor-keyword-color,inherit);font-weight:bold",
    "Token.Operator": "color:var(--jp-mirror-editor-operator-color,inherit)",
}


def source(thing: Any) -> Shown:
    """The source of a function, method, property, class or module, as it is on the disk.

    The notebook shows file and line; the text form has no line number, so that it stays the same
    when something above it changes.  TypeError or OSError if there is no Python source.
    """
    thing = thing.fget if isinstance(thing, property) else thing
    thing = inspect.unwrap(thing) if callable(thing) else thing
    lines, first = inspect.getsourcelines(thing)
    code = textwrap.dedent("".join(lines)).rstrip("\n")
    where = _place(inspect.getsourcefile(thing) or inspect.getfile(thing))
    name = "" if inspect.ismodule(thing) else getattr(thing, "__qualname__", "")
    name = name.replace("<locals>.", "")
    title = f"{where}:{max(1, first)}" + (f" · {name}" if name else "")
    return Shown(
        f"# {where}" + (f"  {name}" if name else "") + f"\n{code}",
        heading(escape(title)) + pre(_highlighted(code), f"source, {title}"),
    )


def _place(file: str) -> str:
    """The path below the repository, with forward slashes, or the place of other code."""
    path = Path(file)
    if path.is_absolute() and path.resolve().is_relative_to(ROOT):
        return path.resolve().relative_to(ROOT).as_posix()
    return "this notebook" if "ipython" in file or "ipykernel" in file else path.name


def _highlighted(code: str) -> str:
    with extra.needed():
        from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped, unused-ignore]

    out = []
    for token, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        kinds = [*reversed(token.split())]  # the most specific kind first
        css = next((CODE_COLOURS[str(kind)] for kind in kinds if str(kind) in CODE_COLOURS), "")
        out.append(f'<span style="{css}">{escape(text)}</span>' if css else escape(text))
    return "".join(out)


def http(data: bytes, *, limit: int = 4000) -> Shown:
    """HTTP as it is on the wire, with carriage return and line feed written out at each line's end.

    A body that is not UTF-8 text is shown as bytes.  Of the body at most `limit` bytes are shown.
    """
    end, gap = _head_end(data)
    head, body = data[: end + gap].decode("latin-1"), data[end + gap :]
    title = f"{len(data):,} bytes" + (f", {len(body):,} of them after the head" if body else "")
    text = [_visible(line) for line in _lines(head)]
    marked = [_header_line(index, line) for index, line in enumerate(_lines(head))]
    part, cut = body[:limit], len(body) > limit
    try:
        utf8 = codecs.getincrementaldecoder("utf-8")()
        lines = _lines(utf8.decode(part, final=not cut))  # the limit may fall inside a character
        text += [_visible(line) for line in lines]
        marked += [_marked(line) for line in lines]
    except UnicodeDecodeError:
        lines = hexdump(part, limit=limit).text.split("\n")
        text, marked = text + lines, marked + [escape(line) for line in lines]
    if cut:
        text.append(f"… and {len(body) - limit:,} more bytes")
        marked.append(text[-1])
    return Shown("\n".join(text), heading(title) + pre("\n".join(marked), "HTTP"))


def _head_end(data: bytes) -> tuple[int, int]:
    """Where the head's last line end is, and the length of it with the empty line; 0 without."""
    found = [(data.find(gap), len(gap)) for gap in (b"\r\n\r\n", b"\n\n")]
    return min(((at, size) for at, size in found if at >= 0), default=(len(data), 0))


def _lines(text: str) -> list[str]:
    """Lines with their line feeds.  `splitlines` would break at nine other characters, too."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _visible(text: str) -> str:
    """Control characters as Python writes them: \\r, \\n, \\x1b."""
    return CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _marked(text: str) -> str:
    """The same as HTML, with the controls paler than a backslash that was really sent."""
    pieces = CONTROL.split(text)
    controls = [f'<span style="{FAINT}">{_visible(c)}</span>' for c in CONTROL.findall(text)]
    return "".join(escape(a) + b for a, b in zip(pieces, [*controls, ""], strict=True))


def _header_line(index: int, line: str) -> str:
    if index == 0:
        return f"<b>{_marked(line)}</b>"
    name, colon, value = line.partition(":")
    if not colon:
        return _marked(line)
    style = CODE_COLOURS["Token.Name.Builtin"]
    return f'<span style="{style}">{_marked(name)}</span>{colon}{_marked(value)}'


def side_by_side(*things: object, titles: Sequence[str] = ()) -> Shown:
    """Outputs beside each other, under one another where the window is narrow.

    str and bytes are shown as text; anything else as the notebook would show it.

        show.side_by_side(show.http(request), show.http(answer), titles=("request", "response"))
    """
    names = [*titles, *("" for _ in things)][: len(things)]
    blocks = "".join(
        f'<section aria-label="{escape(name or f"part {index + 1}")}" style="flex:1 1 320px;'
        f'min-width:0;border:1px solid {LINE};border-radius:4px;padding:6px 8px">'
        + (heading(escape(name)) if name else "")
        + _as_html(thing)
        + "</section>"
        for index, (name, thing) in enumerate(zip(names, things, strict=True))
    )
    page = f'<div style="display:flex;flex-wrap:wrap;gap:8px;align-items:stretch">{blocks}</div>'
    return Shown(_beside([str(_plain(thing)) for thing in things], names), page)


def _plain(thing: object) -> str:
    if isinstance(thing, bytes):
        return thing.decode(errors="backslashreplace")
    return thing if isinstance(thing, str) else repr(thing)


def _as_html(thing: object) -> str:
    render: Callable[[], str | None] | None = getattr(thing, "_repr_html_", None)
    rendered = render() if render is not None else None
    return pre(escape(_plain(thing)), "output") if rendered is None else rendered


def _beside(texts: Sequence[str], names: Sequence[str]) -> str:
    """Columns when they fit on a screen, otherwise one text after the other."""
    blocks = [
        ([name, "-" * columns_of(name)] if any(names) else []) + text.splitlines()
        for name, text in zip(names, texts, strict=True)
    ]
    widths = [max((columns_of(line) for line in block), default=0) for block in blocks]
    if sum(widths) + 3 * (len(blocks) - 1) > SCREEN:
        return "\n\n".join("\n".join(block) for block in blocks)
    height = max((len(block) for block in blocks), default=0)
    rows = []
    for index in range(height):
        cells = [block[index] if index < len(block) else "" for block in blocks]
        padded = [
            text + " " * (width - columns_of(text))
            for text, width in zip(cells, widths, strict=True)
        ]
        rows.append(" | ".join(padded).rstrip())
    return "\n".join(rows)


def page(url: str, *, height: int = 360, title: str = "a page from the server") -> Shown:
    """The page at `url` inside the notebook, with its address above it to open in a tab.

    A page cannot say that its server is closed once it is loaded anew, so the line above it does.
    """
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(url)}</a>'
    frame = (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="100%" height="{height:d}" '
        f'class="course-page" style="border:1px solid {LINE};border-radius:4px"></iframe>'
    )
    head = f'<div style="{MONO}">{link}</div><div style="{FAINT}">{NO_ANSWER}</div>'
    return Shown(f"{title}: {url}", f"{head}{DARK}{frame}")
