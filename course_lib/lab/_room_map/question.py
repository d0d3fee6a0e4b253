"""Who receives it?  The learner ticks names; then the event is sent, and its path is shown.

Lessons 11 and 12.  Builds on: `paths`, `measuring`, `answer`; ipywidgets, in a notebook.
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
from ..figures.grid import listed
from ..figures.markup import LINE, Shown, escape, name_of
from . import measuring, paths
from .answer import Answer

if TYPE_CHECKING:
    from ..room_map import RoomMap

STYLE = (  # the focus ring of ipywidgets is one pale pixel; what is too wide scrolls in its box
    "<style>.room-map :focus-visible {outline: 2px solid var(--jp-ui-font-color1, #222) "
    "!important; outline-offset: 1px} .room-map .widget-html-content {min-width: 0}</style>"
)
HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
GONE = "Nobody is connected any more: run the cells of the server again"


class Question:
    """A line that sends, and who is said to receive it.  `bet` is None until one is placed."""

    def __init__(
        self, rooms: RoomMap, text: str, emit: Callable[[], Any], clients: Sequence[Client]
    ) -> None:
        self.text = text
        self.bet: list[str] | None = None
        self.verdict = ""  # how the bet stands, once it is revealed
        self.result: Shown | None = None  # once it is revealed
        self.receivers: list[str] = []  # then: the names, once for each time
        people = rooms.people()
        self.choices = people[: grid.MOST_ROWS]  # who may be named
        self.unasked = len(people) - len(self.choices)
        self.emit: Callable[[], Any] | None = emit
        self.clients: Sequence[Client] = clients
        self.boxes: dict[str, Any] = {}  # widgets, once they are made
        self.button: Any = None
        self.status: Any = None
        self.drawn: Any = None
        self._rooms = rooms
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

    def is_about(self, people: Sequence[str]) -> bool:
        """Whether it can still be asked, of these."""
        return self.result is None and people[: grid.MOST_ROWS] == self.choices

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
            answer = await self._send(self.emit)
        finally:
            self._revealing = False
        self.emit, self.clients = None, ()
        self.receivers = answer.receivers
        self.verdict = answer.verdict(self.bet, self.choices)
        self.result = answer.shown(self.text, self.verdict, self.bet)
        self._settle()
        return self.result

    async def _send(self, emit: Callable[[], Any]) -> Answer:
        rooms = self._rooms
        server, names = rooms.server, rooms.names
        seen = paths.Seen()
        ends = measuring.named(server, self.clients, names, rooms.only)
        watching = paths.watched(server.namespaces.values(), names, seen)
        received = await measuring.received(server, emit, ends, watching)
        return Answer(seen, [*ends], received, rooms.only)

    # What is shown.

    def _said(self) -> str:
        return "nothing yet" if self.bet is None else listed(self.bet)

    def __repr__(self) -> str:
        if self.result is not None:
            return self.result.text
        return f"Who receives {self.text}?\n{self._rooms.text}\n{self._how()}"

    def _repr_html_(self) -> str:
        if self.result is not None:
            return self.result.html
        how = escape(self._how())
        return f"<p>{self._asked()}</p>{self._rooms.html}<p>{how}</p>"

    def _how(self) -> str:
        name = name_of(self, "question")
        return f"({name}.place({self.choices[:1]}) says who, and await {name}.reveal() sends it)"

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
            for name in self.choices:
                self.boxes[name] = ipywidgets.Checkbox(
                    value=name in (self.bet or ()), description=name, indent=False, layout=auto
                )
                self.boxes[name].observe(self._ticked, names="value")
            told = f"and {self.unasked:,} more, who have no box"
            unasked = [ipywidgets.HTML(told)] if self.unasked else []
            left = ipywidgets.Layout(width="auto", align_self="flex-start")
            self.button = ipywidgets.Button(description="Send it, and show who", layout=left)
            self.status = ipywidgets.HTML()
            style = ipywidgets.HTML(STYLE, layout={"display": "contents"})
            asked = ipywidgets.HTML(
                f'<div style="line-height:1.5;white-space:normal">{self._asked()}</div>'
            )
            self.drawn = ipywidgets.HTML()
            legend = ipywidgets.HTML("Tick everybody who receives it, or leave all empty: nobody.")
            boxes = ipywidgets.HBox([*self.boxes.values(), *unasked], layout=wrap)
            parts = [style, asked, self.drawn, legend, boxes, self.button, self.status]
            self._panel = ipywidgets.VBox(parts)
            self._panel.add_class("room-map")
            self._panel.add_class("room-question")
            lab_loop.on_click(self.button, self._clicked)
            self._rooms.follow()
            self.refresh()
            self._settle()
        return self._panel

    def refresh(self) -> None:
        """Show the map as it is now; once it was sent, the map stays."""
        if self.drawn is not None and (self.result is None or not self.drawn.value):
            self.drawn.value = self._rooms.html

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

    def _settle(self) -> None:
        """The result, if there is one, below the button; the boxes stay as they are."""
        if self.result is None or self._panel is None:
            return
        edge = f"border-top:1px solid {LINE};margin-top:6px"
        spoken = f'<span role="alert" style="{HIDDEN}">{escape(self.verdict)}</span>'
        self.status.value = (
            f'<div style="position:relative;{edge}">{spoken}{self.result.html}</div>'
        )
        for box in self.boxes.values():
            box.disabled = True

    def close(self) -> None:
        """It can be sent no more."""
        self.emit, self.clients = None, ()
