"""A learner's classes inside the library's WebSocket, where `checks.swap` puts them.

    with checks.swap(websocket, Connection=your_websocket.assembling(Assembler)):
        every frame goes through the learner's `add`; its actions are executed

    assembling(Assembler)   exercise 5.1   for wire.websocket.connection.Connection
    ending(Ending)          exercise 5.2   for wire.websocket.connection.Connection
    sending(Sender)         exercise 5.3   for net.ws_connection.Connection

Lesson 05.  Builds on: `wire.websocket.connection`, `net.ws_connection`.
New here: the library cuts frames and moves bytes; the learner's class decides what they mean.
Left out: reading a long frame in parts (it is awaited whole); compression.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from ..errors import LocalError, RemoteError
from ..net.ws_connection import Connection  # not the one that a swap puts in its place
from ..wire.websocket import closing, frames
from ..wire.websocket import connection as websocket
from ..wire.websocket.frames import Frame, Opcode
from .grading import swapping

Action = tuple[Any, ...]
Made = Callable[..., Any]  # a learner's class


class _Frames(websocket.Connection):
    """Cuts frames, and passes each whole frame to `take`, which decides what it means."""

    def _read(self, data: bytes, at: int, now: float) -> bytes:
        while at < len(data):
            found = frames.cut(data, at, masked=self._masked, limit=self._limit)
            if found is None:
                return data[at:]
            frame, at = found
            self.take(frame, now)
            if self.state in (closing.GOODBYE_DONE, closing.CLOSED):
                return b""
        return b""

    def take(self, frame: Frame, now: float) -> None:
        raise NotImplementedError


class _Assembling(_Frames):
    yours: Any

    def take(self, frame: Frame, now: float) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._control_frame(frame.opcode, frame.payload, now)
            return
        if frame.opcode is Opcode.PONG:
            self._control_frame(frame.opcode, frame.payload, now)
        with _told("Assembler"):
            actions = self.yours.add(int(frame.opcode), frame.fin, frame.payload)
        for action in _listed(actions):
            match action:
                case "message", str() | bytes() as message:
                    self._events.append(message)
                case "pong", bytes() as payload:
                    self.pong(payload)
                case "fail", int() as code:
                    raise RemoteError("your Assembler says so", code)
                case _:
                    raise LocalError(f"add returned {action!r}, which is no action")


def assembling(assembler: Made) -> Callable[..., websocket.Connection]:
    """`connection.Connection`, but messages and pongs come from the learner's class."""
    assembler()  # a mistake in it raises here, and not in the server's log

    def connection(*args: Any, **limits: Any) -> websocket.Connection:
        made = _Assembling(*args, **limits)
        made.yours = assembler()
        return made

    return connection


class _Ending(_Frames):
    """The learner's `handle` decides; this class only carries out the actions that it returns."""

    yours: Any

    def take(self, frame: Frame, now: float) -> None:
        self._handle(("frame", int(frame.opcode), frame.payload), now)

    def close(self, code: int | None = 1000, reason: str = "", *, now: float) -> None:
        self._handle(("close", code), now)

    def receive_eof(self, now: float) -> None:
        if self.state != closing.CLOSED:
            self._handle(("lost",), now)
            super().receive_eof(now)

    def tick(self, now: float) -> None:
        self._handle(("time",), now)
        super().tick(now)  # keep-alive, and the last time-out, whatever `handle` returns

    def _handle(self, event: Action, now: float) -> None:
        with _told("Ending"):
            actions = self.yours.handle(event, now)
        for action in _listed(actions):
            self._do(action, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case "send", 8, bytes() as payload:
                self._close(payload)
                if self.state == closing.OPEN:
                    self._move("we close")
                    self._since = now
            case "send", int() as opcode, bytes() as payload:
                self._write(opcode, payload)
            case "message", str() as message:
                self._events.append(message)
            case "closed", int() as code:
                self._end(websocket.Closed(code, clean=code != 1006), now)
            case ("hang up",):
                # End TCP as a server does; at once, if there was no clean closing handshake.
                said = self.state == closing.CLOSING and self.closed is not None
                polite = said and self.closed is not None and self.closed.clean
                self._move("peer closes" if polite else "too late")
            case _:
                raise LocalError(f"handle returned {action!r}, which is no action")


def ending(ending_class: Made) -> Callable[..., websocket.Connection]:
    """`connection.Connection`, but the learner's class decides how it ends."""
    ending_class(10.0)

    def connection(*args: Any, **limits: Any) -> websocket.Connection:
        made = _Ending(*args, **limits)
        made.yours = ending_class(made.close_timeout)
        return made

    return connection


class _Transport:
    """The transport that the learner's class sees: its `write` sends one message."""

    def __init__(self, write: Callable[[Any], object]) -> None:
        self.write = write


def sending(sender: Made) -> Callable[..., Connection]:
    """`net.ws_connection.Connection`, but `send` is that of the learner's class."""
    sender(_Transport(lambda message: None))

    def connection(*args: Any, **limits: Any) -> Connection:
        made: Any = Connection(*args, **limits)
        yours = sender(_Transport(made.send_nowait))

        async def send(message: Any) -> None:
            with _told("Sender"):
                await yours.send(message)

        made.send = send
        for name in ("pause_writing", "resume_writing"):  # asyncio calls these of the protocol
            setattr(made, name, _both(getattr(made, name), getattr(yours, name)))
        return cast(Connection, made)

    return connection


def _both(first: Callable[[], object], then: Callable[[], object]) -> Callable[[], None]:
    def both() -> None:
        first()
        then()

    return both


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Keep an error of the learner's class, to report it at the end of the swap."""
    try:
        yield
    except Exception as error:
        swapping.complain(name, error)
        raise


def _listed(actions: Any) -> Iterable[Action]:
    if not isinstance(actions, list):
        raise LocalError(f"a list of actions is needed, not {actions!r}")
    return actions
