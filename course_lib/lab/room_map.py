"""The room map: who is in which room of a server, and who receives what is sent.

Lessons 11 and 12.  Builds on: `_room_map`; ipywidgets, when a notebook shows it.

    rooms = room_map.RoomMap(io)             of one namespace: RoomMap(io.of("/admin"))
    rooms                                    follows who joins and leaves
    rooms.now()                              as it is now; it stays so
    rooms.follow('io.to("news")', emit)      runs emit(), and shows its way through the tables
    await rooms.received(emit, clients)      runs emit(); the clients that have really heard it

    asked = room_map.who('io.to("news")', ["Ada", "Kim"])     who receives it?  Names to tick
    asked.place("Ada")                                        what its button does
    asked.reveal(["Ada", "Kim"])                              You said Ada. It is Ada, Kim: ...

New here: the answer is not computed for the lesson.  It is what the library has written to sockets,
and what clients have heard.
Left out: other processes.
"""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import LocalError
from ..socketio import Client, Namespace, Server
from . import extra
from ._room_map import picture, tables
from ._room_map.tables import Part, Path
from .figures.markup import Shown, escape, name_of

__all__ = ["Part", "Path", "Question", "RoomMap", "who"]

CHANGES = ("join-room", "leave-room")
BEGIN, END = "room map: from here", "room map: to here"


class RoomMap:
    """The map of a server, or of one of its namespaces."""

    def __init__(self, of: Server | Namespace) -> None:
        self._of = of
        self._panel: Any = None
        self._followed: dict[str, Namespace] = {}
        self._due = False
        # The server must not hold the map: a notebook makes a new one at each run of a cell.
        alone = weakref.WeakMethod(self._changed)
        self._told = lambda *_: (method := alone()) and method()

    @property
    def parts(self) -> list[Part]:
        """The tables, as they are now."""
        return tables.look(tables.spaces(self._of))

    def now(self) -> Shown:
        """The map as it is now."""
        return picture.shown(self.parts)

    def follow(self, line: str, emit: Callable[[], object]) -> Shown:
        """Run `emit()`, and show the way of what it sends; `line` is how the reader sees it."""
        return picture.path(line, self.paths(emit))

    def paths(self, emit: Callable[[], object]) -> list[Path]:
        """Run `emit()`; the way of each event that it sends."""
        return tables.follow(tables.spaces(self._of), emit)

    async def received(
        self, emit: Callable[[], object], clients: Mapping[str, Client] | Iterable[Client]
    ) -> list[str]:
        """Run `emit()`; the names of the clients that have heard an event, in their order.

        A client that has heard two is there twice.  A mark before and one after, to each of them,
        tell what belongs to this call: on a connection, order is kept.
        """
        names = self._names(clients)
        heard: dict[Client, int] = {}  # from the first mark on
        ended: dict[Client, asyncio.Event] = {client: asyncio.Event() for client in names}

        def listener(client: Client) -> Callable[..., None]:
            def told(event: str, *_: Any) -> None:
                if event == BEGIN:
                    heard[client] = 0
                elif event == END:
                    ended[client].set()
                elif client in heard and not ended[client].is_set():
                    heard[client] += 1

            return told

        listeners = {client: client.on_any(listener(client)) for client in names}
        sockets = [self._socket(client) for client in names]
        try:
            for socket in sockets:
                socket.emit(BEGIN)
            emit()
            for socket in sockets:
                socket.emit(END)
            for event in ended.values():
                await event.wait()
        finally:
            for client, told in listeners.items():
                client.off_any(told)
        return [name for client, name in names.items() for _ in range(heard[client])]

    def who(self, line: str, emit: Callable[[], object]) -> Question:
        """Ask who receives what `emit()` sends.  `reveal()` runs it and shows its way."""
        names = [name for part in self.parts for name in part.members]
        return Question(line, list(dict.fromkeys(names)), functools.partial(self.paths, emit))

    def _names(self, clients: Mapping[str, Client] | Iterable[Client]) -> dict[Client, str]:
        if isinstance(clients, Mapping):
            return {client: name for name, client in clients.items()}
        return {client: tables.label(self._socket(client)) for client in clients}

    def _socket(self, client: Client) -> Any:
        for namespace in tables.spaces(self._of):
            if client.id in namespace.sockets:
                return namespace.sockets[client.id]
        raise LocalError(f"{client} is connected to no namespace of this map")

    def close(self) -> None:
        """Follow no more."""
        for namespace in self._followed.values():
            for event in CHANGES:
                namespace.adapter.off(event, self._told)
        self._followed = {}
        if isinstance(self._of, Server):
            self._of.off("new_namespace", self._told)

    def __repr__(self) -> str:
        return self.now().text

    def _repr_html_(self) -> str:
        return self.now().html

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widget, and the table where there are no widgets."""
        now = self.now()
        bundle: dict[str, Any] = {"text/plain": now.text, "text/html": now.html}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The map as an ipywidget that follows; the same one each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            self._panel = ipywidgets.HTML()
            self._panel.add_class("room-map")
            if isinstance(self._of, Server):
                self._of.on("new_namespace", self._told)
            self._reflect()
        return self._panel

    # Following.

    def _changed(self) -> None:
        """Somebody has joined or left.  A thousand changes at once are shown once."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._reflect)

    def _reflect(self) -> None:
        self._due = False
        for namespace in tables.spaces(self._of):
            if self._followed.get(namespace.name) is not namespace:
                self._followed[namespace.name] = namespace
                for event in CHANGES:
                    namespace.adapter.on(event, self._told)
        if self._panel is not None:
            self._panel.value = f'<div aria-live="polite">{self.now().html}</div>'


def who(line: str, names: Iterable[str]) -> Question:
    """Ask which of these receive what `line` sends; `reveal(...)` tells."""
    return Question(line, list(names), None)


class Question:
    """Who receives it?  The learner ticks names before the answer is shown."""

    def __init__(
        self,
        line: str,
        names: list[str],
        answer: Callable[[], Sequence[Path]] | None,
    ) -> None:
        self.line, self.names = line, names
        self.placed: list[str] | None = None
        self.result: Shown | None = None
        self.ticks: dict[str, Any] = {}  # widgets, by name, once they are made
        self.button: Any = None
        self.status: Any = None
        self._answer = answer
        self._panel: Any = None

    def place(self, *names: str) -> None:
        """Say who receives it; without a name: nobody.  LocalError once it is known."""
        if self.result is not None:
            raise LocalError(f"the answer is known; yours stays {_said(self.placed or [])}")
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise LocalError(f"choose of {', '.join(self.names)}: not {', '.join(unknown)}")
        self.placed = [name for name in self.names if name in names]
        self._show(f"Your answer: {_said(self.placed)}.")

    def reveal(self, received: Sequence[str] | Sequence[Path] | None = None) -> Shown:
        """Show who has received it: names, or the paths that `RoomMap.paths` gives.

        Without these, it is sent now (of `RoomMap.who`).
        """
        if received is None:
            if self._answer is None:
                raise LocalError("write reveal(names): this question does not know its server")
            received = self._answer()
        ways = [one for one in received if isinstance(one, Path)]
        names = [name for way in ways for name in way.got]
        names += [one for one in received if isinstance(one, str)]
        got = list(dict.fromkeys(names))
        if self.placed is None:
            text = f"{self.line}: received by {_said(got)}."
        elif set(self.placed) == set(got):
            text = f"{self.line}: you said {_said(self.placed)}, and so it is."
        else:
            missed = [name for name in got if name not in self.placed]
            extra_names = [name for name in self.placed if name not in got]
            parts = [f"{_said(missed)} too" if missed else "", 
                     f"not {_said(extra_names)}" if extra_names else ""]  # fmt: skip
            text = (
                f"{self.line}: you said {_said(self.placed)}. It is {_said(got)}: "
                f"{', and '.join(part for part in parts if part)}."
            )
        below = picture.path(self.line, ways) if ways else Shown("", "")
        self.result = Shown(
            "\n".join(part for part in (text, below.text) if part),
            f"<p>{escape(text)}</p>{below.html}",
        )
        self._show("The answer is known.")
        return self.result

    def __repr__(self) -> str:
        if self.result is not None:
            return self.result.text
        said = "no answer yet" if self.placed is None else f"your answer: {_said(self.placed)}"
        name = name_of(self, "asked")
        return (
            f"{self.line}: who receives it? {', '.join(self.names)}\n"
            f'({said}; as a call: {name}.place("{self.names[0] if self.names else ""}", …))'
        )

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(escape(line) for line in repr(self).split("\n")) + "</p>"

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The ticks, and the question as text and HTML where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The question as one ipywidget; the same one each time."""
        if self._panel is None:
            with extra.needed():
                import ipywidgets  # type: ignore[import-untyped, unused-ignore]

            label = ipywidgets.HTML(f"<b><code>{escape(self.line)}</code>: who receives it?</b>")
            for name in self.names:
                self.ticks[name] = ipywidgets.Checkbox(
                    description=name, indent=False, layout={"width": "auto", "min_width": "6em"}
                )
            row = ipywidgets.HBox([*self.ticks.values()], layout={"flex_flow": "row wrap"})
            self.button = ipywidgets.Button(description="Place the answer")
            self.button.on_click(lambda _: self._clicked())
            self.status = ipywidgets.HTML()
            self._panel = ipywidgets.VBox([label, row, self.button, self.status])
            self._panel.add_class("room-question")
            self._show("")
        return self._panel

    def _clicked(self) -> None:
        try:
            self.place(*(name for name, tick in self.ticks.items() if tick.value))
        except LocalError as error:
            self._show(f"Not placed: {error}.")

    def _show(self, text: str) -> None:
        if self.status is None:
            return
        self.status.value = f'<span role="alert">{escape(text)}</span>' if text else ""
        for name, tick in self.ticks.items():
            if self.placed is not None:
                tick.value = name in self.placed
            tick.disabled = self.result is not None
        self.button.disabled = self.result is not None


def _said(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "nobody"
