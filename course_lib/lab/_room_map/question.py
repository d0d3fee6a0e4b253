"""Who receives it?  The learner ticks names; then the event is sent, and its path is shown.

Lessons 11 and 12.  Builds on: `paths`, `measuring`, `tables`; ipywidgets, when a notebook shows it.
Used by: `lab.room_map`.

    question = rooms.who('io.to("news").emit("hi")', lambda: io.to("news").emit("hi"), clients)
    question.place(["Ada", "Kim"])      what the boxes do
    await question.reveal()             what the button does: it sends, once, and shows the path

New here: nothing is sent, and nothing is computed, before the answer is asked for.  What is shown
is what the library did, and what came to the clients; if the two differ, that is shown.
Left out: a score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from ...socketio import Client
from .. import extra
from .. import loop as lab_loop
from ..figures import grid
from ..figures.grid import BET, GETS, Grid, listed
from ..figures.markup import LINE, Shown, escape, name_of
from . import measuring, paths, tables
from .paths import Path, Seen

if TYPE_CHECKING:
    from ..room_map import RoomMap

STYLE = (  # the focus ring of ipywidgets is one pale pixel; what is too wide scrolls in its box
    "<style>.room-map :focus-visible {outline: 2px solid var(--jp-ui-font-color1, #222) "
    "!important; outline-offset: 1px} .room-map .widget-html-content {min-width: 0}</style>"
)
GONE = "Nobody is connected any more: run the cells of the server again"


class Question:
    """A line that sends, and who is said to receive it.  `bet` is None until one is placed."""

    def __init__(
        self, rooms: RoomMap, text: str, emit: Callable[[], Any], clients: Sequence[Client]
    ) -> None:
        self.text = text
        self.bet: list[str] | None = None
        self.result: Shown | None = None  # once it is revealed
        self.receivers: list[str] = []  # then: the names, once for each time
        self.choices = rooms.people()
        self.emit: Callable[[], Any] | None = emit
        self.clients: Sequence[Client] = clients
        self.boxes: dict[str, Any] = {}  # widgets, once they are made
        self.button: Any = None
        self.status: Any = None
        self._rooms = rooms
        self._grids = rooms.grids()
        self._panel: Any = None
        self._revealing = False

    def place(self, names: Iterable[str]) -> None:
        """Say who receives it; [] is nobody.  Again to change it, until the result is known."""
        if self.result is not None or self._revealing:
            raise LocalError(f"the result is known; the bet stays {self._said()}")
        given = [names] if isinstance(names, str) else list(names)
        if unknown := [name for name in given if name not in self.choices]:
            raise LocalError(f"no {unknown[0]!r}; the map has {listed(self.choices)}")
        self.bet = [name for name in self.choices if name in given]
        for name, box in self.boxes.items():
            box.value = name in self.bet

    async def reveal(self) -> Shown:
        """Send it, if it was not sent yet, and show who received it, and why.

        LocalError if the map is closed, or if nobody is connected any more.
        """
        if self.result is not None:
            return self.result
        if self.emit is None or self._revealing:
            raise LocalError("the map is closed" if self.emit is None else "it is being sent")
        if self.choices and not self._rooms.people():
            raise LocalError(GONE)
        self._revealing = True
        try:
            seen, heard, received = await self._send(self.emit)
        finally:
            self._revealing = False
        self.emit, self.clients = None, ()
        self.result = self._told(seen, heard, received)
        if self._panel is not None:
            self._settle(self.result.html)
        return self.result

    async def _send(self, emit: Callable[[], Any]) -> tuple[Seen, list[str], list[str] | None]:
        """What was sent; the names of the clients that were listened to; who of them received."""
        rooms = self._rooms
        seen = Seen()

        def watched() -> Any:
            nonlocal seen
            with paths.watched(rooms.server.namespaces.values(), rooms.names) as seen:
                return emit()

        if not self.clients:
            await measuring.finished(watched())
            return seen, [], None
        ends = measuring.named(rooms.server, self.clients, rooms.names, rooms.only)
        received = await measuring.received(rooms.server, watched, ends)
        return seen, [*ends], received

    # What is shown.

    def _told(self, seen: Seen, heard: list[str], received: list[str] | None) -> Shown:
        only = self._rooms.only
        written = [tables.qualified(name, where, only) for where, name in seen.written]
        others = [name for name in written if name not in heard]  # as a browser
        self.receivers = written if received is None else received + others
        lines = [self._verdict()]
        if received is not None:
            lines.append(f"It came to: {listed(received)}.")
            expected = [name for name in written if name in heard]
            if sorted(expected) != sorted(received):
                lines.append(f"THIS DOES NOT AGREE with what was sent, to: {listed(expected)}.")
        direct = [tables.qualified(name, where, only) for where, name, _ in seen.direct]
        if direct:
            lines.append(f"No broadcast: the socket itself wrote to {listed(direct)}.")
        texts, htmls = list(lines), [f"<p>{'<br>'.join(map(escape, lines))}</p>"]
        for path in seen.paths:
            steps = path.steps()
            shown = grid.fold(self._columns(path, received, heard))
            texts += [f"{n}. {step}" for n, step in enumerate(steps, 1)] + [grid.text(shown)]
            items = "".join(f"<li>{escape(step)}</li>" for step in steps)
            htmls += [f"<ol>{items}</ol>", grid.html(shown)]
        if not (seen.paths or direct) and not self.receivers:
            texts.append("Nothing was sent.")
            htmls.append("<p>Nothing was sent.</p>")
        head = f"<p><code>{escape(self.text)}</code></p>"
        look = "line-height:1.5;white-space:normal"
        return Shown(
            "\n".join([self.text, *texts]), f'<div style="{look}">{head}{"".join(htmls)}</div>'
        )

    def _columns(self, path: Path, received: list[str] | None, heard: list[str]) -> Grid:
        """The path, with what was measured, and with the bet."""
        found, where = path.grid(), path.namespace
        whole = [tables.qualified(name, where, self._rooms.only) for name, _ in found.rows]
        more = []
        if received is not None and any(name in heard for name in whole):
            more.append(("received", received, GETS))
        if self.bet is not None:
            more.append(("your bet", self.bet, BET))
        for title, names, mark in more:
            found.columns.append(title)
            for name, (_, marks) in zip(whole, found.rows, strict=True):
                marks.append(mark if name in names else "")
        return found

    def _verdict(self) -> str:
        really = list(dict.fromkeys(self.receivers))
        twice = [name for name in really if self.receivers.count(name) > 1]
        also = f" More than once: {listed(twice)}." if twice else ""
        if self.bet is None:
            return f"No bet was placed. Who receives it: {listed(really)}.{also}"
        if {*self.bet} == {*really}:
            return f"You said {self._said()}, and so it is.{also}"
        missed = [name for name in really if name not in self.bet]
        extra = [name for name in self.bet if name not in really]
        told = f" You left out: {listed(missed)}." if missed else ""
        told += f" It does not come to: {listed(extra)}." if extra else ""
        return f"You said {self._said()}. It is {listed(really)}.{told}{also}"

    def _said(self) -> str:
        return "nothing yet" if self.bet is None else listed(self.bet)

    def __repr__(self) -> str:
        if self.result is not None:
            return self.result.text
        maps = [grid.text(grid.fold(one)) for one in self._grids]
        example = repr(self.choices[:1])
        name = name_of(self, "question")
        how = f"({name}.place({example}) says who, and await {name}.reveal() sends it)"
        return "\n".join([f"Who receives {self.text}?", *maps, how])

    def _repr_html_(self) -> str:
        if self.result is not None:
            return self.result.html
        maps = "".join(grid.html(grid.fold(one)) for one in self._grids)
        how = escape(repr(self).rpartition("\n")[2])
        return f"<p>{self._asked()}</p>{maps}<p>{how}</p>"

    def _asked(self) -> str:
        return f"<b>Who receives</b> <code>{escape(self.text)}</code> <b>?</b>"

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The boxes and the button, and the question as text where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The map, a box for each socket, and the button, as one ipywidget; the same each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            wrap = ipywidgets.Layout(flex_flow="row wrap", grid_gap="0 12px")
            auto = ipywidgets.Layout(width="auto")
            for name in self.choices[: grid.MOST_ROWS]:
                self.boxes[name] = ipywidgets.Checkbox(
                    value=name in (self.bet or ()), description=name, indent=False, layout=auto
                )
                self.boxes[name].observe(self._ticked, names="value")
            more = len(self.choices) - len(self.boxes)
            unasked = [ipywidgets.HTML(f"and {more:,} more, without a box")] if more else []
            self.button = ipywidgets.Button(description="Send it, and show who", layout=auto)
            self.status = ipywidgets.HTML()
            style = ipywidgets.HTML(STYLE, layout={"display": "contents"})
            maps = "".join(grid.html(grid.fold(one)) for one in self._grids)
            asked = ipywidgets.HTML(f'<div style="white-space:normal">{self._asked()}</div>{maps}')
            legend = ipywidgets.HTML("Tick everybody who receives it, or leave all empty: nobody.")
            boxes = ipywidgets.HBox([*self.boxes.values(), *unasked], layout=wrap)
            self._panel = ipywidgets.VBox([style, asked, legend, boxes, self.button, self.status])
            self._panel.add_class("room-map")
            lab_loop.on_click(self.button, self._clicked)
            if self.result is not None:
                self._settle(self.result.html)
        return self._panel

    def _ticked(self, _: Any) -> None:
        if self.result is None:
            self.bet = [name for name, box in self.boxes.items() if box.value]

    async def _clicked(self, _: Any) -> None:
        if self.result is not None:
            return
        if self.bet is None:
            self.bet = []  # all were left empty: nobody
        try:
            await self.reveal()
        except LocalError as error:
            self.status.value = f'<span role="alert">{escape(error)}.</span>'

    def _settle(self, inner: str) -> None:
        """The result below the button; the boxes stay as they are."""
        edge = f"border-top:1px solid {LINE};margin-top:6px"
        self.status.value = f'<div role="alert" style="{edge}">{inner}</div>'
        for box in self.boxes.values():
            box.disabled = True

    def close(self) -> None:
        """It can be sent no more."""
        self.emit, self.clients = None, ()
