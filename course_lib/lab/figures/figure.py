"""One look for every figure, and the figure as a notebook keeps it.

All lessons from 01 on.  Builds on: `markup`; matplotlib, which is loaded by the first figure drawn.

    <figure>  <img alt="the finding, computed from the data">  <figcaption>
              <details> the data as a table </details>            </figure>

The colours are Okabe and Ito's, told apart by people with any colour vision; each comes with a
marker and a line style of its own, so that a figure can be read and printed without colour.

The picture is dark on white, and opaque: a page of which we know nothing may be dark.  Where a page
says that it is dark, `markup.DARK` inverts the picture: light and dark change places, hues stay.  A
notebook that has not run a cell yet gives a page no style, and shows the picture as it is.

New here: no pyplot.  A figure is drawn on a canvas of its own and kept as PNG, so no figure stays
open, and the same data and version of matplotlib give the same bytes.
Left out: zooming and hovering; the table below the figure has the numbers.
"""

from __future__ import annotations

import base64
import io
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import extra
from .markup import DARK, FAINT, escape, scrolling, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.6  # inches; so narrow that its text is readable in a narrow window, too
SHOWN = 600  # pixels, where there is room
INK, MUTED, GRID = "#222222", "#666666", "#DDDDDD"
BET_LINE: Mapping[str, Any] = {"color": INK, "linestyle": (0, (1, 1)), "linewidth": 1.8}
BET_POINT: Mapping[str, Any] = {
    "marker": "*",
    "markersize": 14,
    "color": "#F0E442",
    "markeredgecolor": INK,
    "linestyle": "none",
    "zorder": 6,
}


class Style(NamedTuple):
    color: str
    marker: str
    line: Any


STYLES = (
    Style("#0072B2", "o", "-"),
    Style("#D55E00", "s", (0, (6, 2))),
    Style("#009E73", "^", (0, (6, 2, 1, 2))),
    Style("#CC79A7", "D", (0, (2, 1.5))),
    Style("#E69F00", "v", (0, (8, 2, 1, 2, 1, 2))),
    Style("#56B4E9", "P", (0, (4, 1))),
    Style("#000000", "X", (0, (1, 1))),
)

WEBSOCKET = 2  # its place among them, in every figure

LOOK: Mapping[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "figure.dpi": 180,
    "figure.facecolor": "white",
    "font.size": 9.5,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}
KOREAN = ("Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", "NanumGothic")


def style(index: int) -> Style:
    """The look of the series number `index`; after the last, colours come with other lines."""
    again, place = divmod(index, len(STYLES))
    other = STYLES[(place + again) % len(STYLES)]
    return Style(STYLES[place].color, other.marker, other.line)


@contextmanager
def look() -> Iterator[None]:
    """A context to draw in: matplotlib has our settings inside, and the user's again afterwards.

    A character that no installed font has becomes a box in the picture; the table has it.
    """
    with extra.needed():
        import matplotlib
        from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    families = ["DejaVu Sans", *(name for name in KOREAN if name in installed)]
    settings: Any = {**LOOK, "font.family": families}
    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", r"Glyph .* missing from", UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield


def blank(height: float) -> Figure:
    """An empty figure of the common width, unknown to pyplot.  Inside `look()` only."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), layout="constrained")


class Plot:
    """A finished figure.  `data` is what is drawn, `alt` what it shows, in words."""

    def __init__(
        self, name: str, figure: Figure, data: Sequence[Mapping[str, Any]], alt: str, caption: str
    ) -> None:
        self.name = name
        self.data = [dict(row) for row in data]
        self.alt = alt
        self.caption = caption
        self._figure: Figure | None = figure
        self._png = b""

    @property
    def png(self) -> bytes:
        """The picture, drawn when it is first asked for; after that nothing but bytes is kept."""
        if self._figure is not None:
            with look():
                self._png = _png(self._figure)
            self._figure = None
        return self._png

    def __repr__(self) -> str:
        return f"<Plot {self.name}: {len(self.data)} rows of data>"

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.png).decode()
        return (
            f'<figure class="course-figure" style="margin:4px 0">{DARK}'
            f'<img alt="{escape(self.alt)}" width="{SHOWN}" '
            f'style="max-width:100%;height:auto;background:white" '
            f'src="data:image/png;base64,{picture}">'
            f'<figcaption style="{FAINT};max-width:{SHOWN}px">{escape(self.caption)}'
            f"</figcaption><details><summary>Data</summary>"
            f"{scrolling(table(self.data), 'data of the figure')}</details></figure>"
        )

    def save(self, path: str | Path) -> Path:
        """Write the figure as PNG."""
        path = Path(path)
        path.write_bytes(self.png)
        return path


def _png(figure: Figure) -> bytes:
    """The figure in 256 colours: a third of the size, without a visible difference."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    full = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    small = full.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="png", optimize=True)
    return out.getvalue()


def duration(seconds: float) -> str:
    """A time as a person says it: 31 µs, 5.2 ms, 26 ms, 1.25 s; lost for what never came."""
    if math.isinf(seconds):
        return "lost"
    ms = seconds * 1000
    if 0 < ms < 0.05:  # it would read 0.0 ms
        return f"{ms * 1000:.0f} µs" if ms >= 0.001 else "<1 µs"
    if round(ms) >= 1000:
        return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:,.0f} s"
    return f"{ms:.0f} ms" if ms >= 9.95 or not ms else f"{ms:.1f} ms"


def count_of(number: float, one: str, many: str = "") -> str:
    """1 run, 3 runs, no run."""
    return f"{number:,g} {one if number == 1 else many or one + 's'}" if number else f"no {one}"


def has_logarithm(values: Iterable[float]) -> bool:
    """Whether a logarithmic axis can show the finite ones: there are some, and all are above 0.

    In the simulator a latency can be 0 exactly.
    """
    finite = [value for value in values if math.isfinite(value)]
    return bool(finite) and min(finite) > 0


def ms_axis(axis: Any, name: str, *, log: bool) -> None:
    """An axis of milliseconds, with plain numbers also where it is logarithmic."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_label_text(f"{name} (ms{', logarithmic' if log else ''})")
    if log:
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def legend_above(drawing: Figure, handles: Sequence[Any]) -> None:
    """The legend in lines above the panels, where it hides nothing: as few lines as fit."""
    most = drawing.bbox.width - 0.12 * drawing.dpi  # between the margins
    for columns in range(len(handles), 0, -1):
        legend = drawing.legend(
            handles=list(handles), loc="outside upper left", ncols=columns, columnspacing=1.5
        )
        if columns == 1 or legend.get_window_extent().width <= most:
            return
        legend.remove()


def bet_handle(*, line: bool) -> Any:
    """The legend's entry for the learner's bet."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label="your bet", **(BET_LINE if line else BET_POINT))
