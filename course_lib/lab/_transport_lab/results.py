"""The lower half of the panel: the running and the kept runs, one message, and files.

Lesson 06.  Builds on: `strips`, `tables`, `inputs`; ipywidgets.  Used by: `panel`.

    Kept runs   [x] 2: 40 a second, ...   [ ] 1: 1 a second, ...
    Show        (x) In time  ( ) Side by side  ( ) Percentiles  ( ) One message  ( ) Table, files
                the chosen view

New here: only the view that is shown is drawn.
Left out: zooming; each figure has its data below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from .. import extra
from ..figures import markup
from ..figures.figure import Plot
from . import strips, tables
from .inputs import WRAP, choice, heading, labelled, note

with extra.needed():
    import ipywidgets  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from ..transport_lab import TransportLab

LIVE, COSTS, TAILS, MESSAGE, TABLE = "live", "costs", "tails", "message", "table"
VIEWS = [
    ("In time", LIVE),
    ("Side by side", COSTS),
    ("Percentiles", TAILS),
    ("One message", MESSAGE),
    ("Table, files", TABLE),
]
LINES = "line-height:1.4;padding-top:6px"  # lines closer together than in a row of controls


class Results:
    """The view of the lab's runs.  `say` is called with a sentence for the status line."""

    def __init__(self, lab: TransportLab, say: Callable[[str], None]) -> None:
        self._lab, self._say = lab, say
        self._drawn: object = None  # what the picture was drawn from
        self._reflecting = False
        self.kept: dict[int, Any] = {}  # a box for each kept run
        self._boxes = ipywidgets.VBox()
        self._about = note("Kept runs. Tick several to compare them.")
        self.views = choice(VIEWS)
        self.views.observe(lambda _: self.reflect(), names="value")
        self.picture = ipywidgets.HTML()
        self._message_row = self._message_controls()
        self._file_row = self._file_controls()
        self.root = ipywidgets.VBox(
            [
                heading("4 · What came out"),
                self._about,
                self._boxes,
                labelled(ipywidgets.HTML("Show"), self.views),
                self._message_row,
                self._file_row,
                self.picture,
            ]
        )

    def reflect(self) -> None:
        """Show the lab as it is now."""
        self._reflecting = True
        try:
            self._list_the_kept()
            self._offer_messages()
        finally:
            self._reflecting = False
        view, there = self.views.value, bool(self._lab.shelf.shown)
        kept = bool(self._lab.shelf.kept)
        _visible(self.root, kept or bool(self._lab.live) or self._lab.running)
        _visible(self._about, kept)
        _visible(self._message_row, view == MESSAGE and there)
        _visible(self._file_row, view == TABLE and there)
        self._draw()

    def _draw(self) -> None:
        view, shelf = self.views.value, self._lab.shelf
        if view == LIVE and (self._lab.running or not shelf.kept):
            self._drawn = None
            self._put(strips.as_html(self._lab.live, self._lab.ran))
            return
        what = (view, tuple(shelf.shown), self._wanted() if view == MESSAGE else None)
        if what == self._drawn:
            return
        self._drawn = what
        try:
            self._put(self._html(view))
        except LocalError as error:
            self._put(f'<p role="alert">Nothing to show: {markup.escape(error)}.</p>')

    def _put(self, inner: str) -> None:
        self.picture.value = f'<div style="{LINES}">{inner}</div>'

    def _html(self, view: str) -> str:
        if view == LIVE:
            newest = self._lab.shelf.chosen()[-1]
            runs = {run.label: run for run in newest.comparison.runs}
            title = f"<b>Run {markup.escape(newest.said)}</b>"
            return title + strips.as_html(runs, newest.comparison.settings)
        if view == TABLE:
            return tables.as_html(self._lab.table())
        draw: dict[str, Callable[[], Plot]] = {
            COSTS: self._lab.figure,
            TAILS: self._lab.percentiles,
            MESSAGE: lambda: self._lab.message(*self._wanted()),
        }
        return draw[view]()._repr_html_()

    # The choice of runs.

    def _list_the_kept(self) -> None:
        shelf = self._lab.shelf
        for each in shelf.kept:
            if each.number not in self.kept:
                box = ipywidgets.Checkbox(
                    description=f"Run {each.said}", indent=False, layout={"width": "100%"}
                )
                box.observe(self._kept_chosen, names="value")
                self.kept[each.number] = box
        self.kept = {each.number: self.kept[each.number] for each in reversed(shelf.kept)}
        for number, box in self.kept.items():
            box.value = number in shelf.shown
        if list(self._boxes.children) != list(self.kept.values()):
            self._boxes.children = list(self.kept.values())

    def _kept_chosen(self, _: Any) -> None:
        if not self._reflecting:
            self._lab.show(*(number for number, box in self.kept.items() if box.value))

    # One message.

    def _message_controls(self) -> Any:
        self.transport, self.of = choice(), ipywidgets.HTML()
        self.number = _whole("Message")
        self.reader = _whole("Reader")
        self.slowest = ipywidgets.Button(description="The slowest one", layout={"width": "auto"})
        self.slowest.on_click(lambda _: self._take_the_slowest())
        for control in (self.transport, self.number, self.reader):
            control.observe(self._message_chosen, names="value")
        row = ipywidgets.Box([self.number, self.reader, self.slowest], layout=WRAP)
        return ipywidgets.VBox([labelled(self.of, self.transport), row])

    def _wanted(self) -> tuple[str, int, int]:
        return self.transport.value, self.number.value, self.reader.value

    def _message_chosen(self, _: Any) -> None:
        if not self._reflecting:
            self.reflect()

    def _offer_messages(self) -> None:
        shelf = self._lab.shelf
        shown = [each for each in shelf.kept if each.number in shelf.shown]
        if not shown:
            return
        comparison = shown[-1].comparison
        self.of.value = f"Of run {shown[-1].number}"
        names = [str(run.details["name"]) for run in comparison.runs]
        if list(self.transport.options) != names:
            self.transport.options = names
        if self.transport.value is None:
            self.transport.value = names[0]
        clients = comparison.settings.clients
        self.number.max = len(comparison.run(self.transport.value).deliveries) // clients
        self.reader.max = clients
        self.number.description = f"Message (1 to {self.number.max})"
        self.reader.description = f"Reader (1 to {clients})"
        _visible(self.reader, clients > 1)

    def _take_the_slowest(self) -> None:
        """The message that this reader waited for longest, of those that arrived."""
        run = self._lab.shelf.chosen()[-1].comparison.run(self.transport.value)
        mine = [d for d in run.deliveries if d.receiver == f"reader {self.reader.value - 1}"]
        waits = [(d.latency if d.arrived is not None else -1.0) for d in mine]
        self.number.value = waits.index(max(waits)) + 1

    # Files.

    def _file_controls(self) -> Any:
        self.file = ipywidgets.Text(
            value="transport_lab",
            description="File, without an ending",
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "24em"},
        )
        lab, wide = self._lab, {"width": "auto"}
        self.save: dict[str, Any] = {}
        for name, write in {
            "Save the table (CSV)": lambda: lab.write_csv(self._named(".csv")),
            "Save every message (CSV)": lambda: lab.write_csv(
                self._named("-messages.csv"), messages=True
            ),
            "Save the figure (PNG)": lambda: lab.write_png(self._named(".png")),
        }.items():
            self.save[name] = ipywidgets.Button(description=name, layout=wide)
            self.save[name].on_click(lambda _, write=write: self._saved(write))
        return ipywidgets.Box([self.file, *self.save.values()], layout=WRAP)

    def _named(self, end: str) -> str:
        """The typed file name, with `end` in place of its suffix.  LocalError if it is empty."""
        name = str(self.file.value).strip().removesuffix(".csv").removesuffix(".png")
        if not name or name.endswith(("/", "\\")):
            raise LocalError("the file needs a name")
        return name + end

    def _saved(self, write: Callable[[], Any]) -> None:
        try:
            self._say(f"Saved to {write()}.")
        except LocalError as error:
            self._say(f"Not saved: {error}.")
        except OSError as error:
            self._say(f"Not saved: {error.filename}: {error.strerror}.")


def _whole(label: str) -> Any:
    return ipywidgets.BoundedIntText(
        value=1,
        min=1,
        max=1,
        description=label,
        style={"description_width": "initial"},
        layout={"width": "17em", "margin": "2px 2em 2px 0"},
    )


def _visible(widget: Any, on: bool) -> None:
    widget.layout.display = None if on else "none"
