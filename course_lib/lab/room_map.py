"""The room map: who is in which room and in which namespace, and who receives a broadcast.

Lessons 11 and 12.  Builds on: `_room_map`, `figures.plot_grid`, socketio; ipywidgets, when a
notebook shows it.

    rooms = room_map.RoomMap(io)          all namespaces; RoomMap(io.of("/admin")): that one alone
    rooms                                 the map; it follows while sockets join and leave
    rooms.plot(), rooms.text              as it is now: a figure, text

    question = rooms.who('io.to("news").emit("hi")', lambda: io.to("news").emit("hi"), clients)
    question                              the learner ticks names, and a button sends it
    question.place(["Ada"])               the same as calls; then: await question.reveal()
    await rooms.received(lambda: io.to("news").emit("hi"), clients)      ["Ada", "Kim"]

New here: the map is drawn from the adapter's own tables, the path of a broadcast from what the
adapter was asked and did, and `received` is measured at the clients.
Left out: sockets of other processes.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import LocalError
from ..socketio import Client, Server
from ..socketio.namespace import Namespace
from . import extra
from ._room_map import measuring, tables
from ._room_map.question import STYLE, Question
from ._room_map.tables import Names
from ._room_map.watching import Watch
from .figures import grid, plot_grid
from .figures.figure import Plot
from .figures.grid import Grid

__all__ = ["Question", "RoomMap"]

Clients = Iterable[Client] | Mapping[str, Client]  # the names on the map count, not these
CAPTION = "Who is in which room. Rows are sockets, columns are rooms."


class RoomMap:
    """The map of a server, or of one namespace.  It keeps neither of them alive.

    `names`: what sockets are called, by id, or a function of the socket.  Otherwise it is
    `socket.data["name"]`, `handshake.auth["name"]`, or the beginning of the id.  `own_ids`: whether
    the room of each socket's own id is drawn, too.
    """

    def __init__(
        self, what: Server | Namespace, *, names: Names = None, own_ids: bool = False
    ) -> None:
        if not isinstance(what, Server | Namespace):
            raise LocalError(f"a server or a namespace has rooms, not {what!r}")
        server = what if isinstance(what, Server) else what.server
        self.only = None if isinstance(what, Server) else what.name
        self.names = names
        self.own_ids = own_ids
        self.drawn: Any = None  # a widget, once it is made
        self._server = weakref.ref(server)
        self._watch: Watch | None = None
        self._panel: Any = None
        self._open: dict[str, Question] = {}  # the newest question of each text

    @property
    def server(self) -> Server:
        """LocalError if it is gone."""
        server = self._server()
        if server is None:
            raise LocalError("the server of this map is gone")
        return server

    def grids(self) -> list[Grid]:
        """The map as it is now, a table for each namespace."""
        server = self._server()
        if server is None:
            return []
        return tables.now(tables.namespaces(server, self.only), self.names, self.own_ids)

    def people(self) -> list[str]:
        """The names of all sockets on the map; "Noa in /admin" outside of the main namespace."""
        server = self._server()
        if server is None:
            return []
        return tables.people(tables.namespaces(server, self.only), self.names, self.only)

    # Who receives?

    def who(self, text: str, emit: Callable[[], Any], clients: Clients = ()) -> Question:
        """Ask who receives what `emit()` sends.  It is sent when the answer is asked for.

        `clients` are listened to, then.  Asked again before the result is known, it is the same
        question.
        """
        found = self._open.get(text)
        if found is None or not found.is_about(self.people()):
            found = self._open[text] = Question(self, text, emit, _several(clients))
        else:
            found.emit, found.clients = emit, _several(clients)
        return found

    async def received(self, emit: Callable[[], Any], clients: Clients) -> list[str]:
        """Call `emit()`, and name the clients to which an event really came.

        Clients of this process, in the order in which they are given; a name stands there twice
        if two events came.  What `emit` makes others send counts, too.
        """
        ends = measuring.named(self.server, _several(clients), self.names, self.only)
        return await measuring.received(self.server, emit, ends)

    # What is shown.

    @property
    def text(self) -> str:
        """The map as text."""
        grids = [grid.text(grid.fold(one)) for one in self.grids()]
        return "\n".join(grids) or "(no namespace)"

    def plot(self) -> Plot:
        """The map as a figure."""
        grids = self.grids()
        return plot_grid.rooms(grids, f"{CAPTION} {tables.finding(grids)}", CAPTION)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self, *, figure: bool = True) -> str:
        return self.plot()._repr_html_() if figure else self.html

    @property
    def html(self) -> str:
        """The map as tables."""
        shown = "".join(grid.html(grid.fold(one)) for one in self.grids()) or "(no namespace)"
        return f'<div style="line-height:1.4">{shown}</div>'

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widget that follows, and a figure to be stored, or where there are no widgets."""
        figure = "COURSE_KEEPS_FIGURES" in os.environ
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            shown, figure = {}, True
        return {**shown, "text/plain": repr(self), "text/html": self._repr_html_(figure=figure)}

    def widgets(self) -> Any:
        """The map as one ipywidget, which follows until `close`; the same one each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            self.drawn = ipywidgets.HTML()
            style = ipywidgets.HTML(STYLE, layout={"display": "contents"})
            self._panel = ipywidgets.VBox([style, self.drawn])
            self._panel.add_class("room-map")
            self.follow()
            self.refresh()
        return self._panel

    def follow(self) -> None:
        """Refresh what is shown while sockets join and leave, until `close`."""
        if self._watch is None:
            self._watch = Watch(self, self.server)

    def refresh(self) -> None:
        """Show the map as it is now."""
        if self.drawn is not None:
            self.drawn.value = self.html
        for question in self._open.values():
            question.refresh()

    def close(self) -> None:
        """Show the map once more, and stop following.  Questions can be sent no more.  Idempotent;
        `lab.finish()` calls it for a map that was shown."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()
            self.refresh()
        for question in self._open.values():
            question.close()


def _several(clients: Clients) -> list[Client]:
    return [*(clients.values() if isinstance(clients, Mapping) else clients)]
