"""Broadcasting: whom the next event goes to, said in a chain.                    Socket.IO rev. 5

    io.emit("said", "hi")                         all of the main namespace
    io.to("news").emit(...)                       the members of a room; `in_` is the same
    io.to("a").to("b").emit(...)                  of both, each once
    io.except_("muted").emit(...)                 all but the members of that room
    socket.to("news").emit(...)                   without the one that sends
    socket.broadcast.emit(...)                    all but the one that sends
    io.volatile  io.local  io.compress(False)  io.timeout(5)

    await io.timeout(5).emit_with_ack("ready?")   Responses: one value for each client

Lesson 11.  Builds on: `adapter`, `responses`.  Used by: `namespace`, `sockets`, `server`.
New here: a chain never changes what it was made of, so that a part of it can be kept.
Left out: how an event gets to other processes; see `adapter`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from ..wire.socketio.packet import RESERVED
from .adapter import Target
from .listeners import Listener
from .responses import AckTimeout, Asked, Responses

if TYPE_CHECKING:
    from .namespace import Namespace

__all__ = ["AckTimeout", "BroadcastOperator", "Responses", "Rooms", "names"]

Rooms = str | Iterable[str]


class BroadcastOperator:
    """Where the next event goes.  Each method gives a new one."""

    __slots__ = ("_nsp", "_target")

    def __init__(self, nsp: Namespace, target: Target) -> None:
        self._nsp, self._target = nsp, target

    def to(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """The members of this room, or of any of these, beside those that were named before."""
        target = self._target
        found = (*target.rooms, *names(rooms, *more))
        return BroadcastOperator(self._nsp, replace(target, rooms=found, everybody=not found))

    in_ = to

    def except_(self, rooms: Rooms, *more: str) -> BroadcastOperator:
        """Not the members of this room, or of any of these.  A socket's id is a room, too."""
        target = self._target
        return BroadcastOperator(
            self._nsp, replace(target, but=(*target.but, *names(rooms, *more)))
        )

    @property
    def volatile(self) -> BroadcastOperator:
        """Let it be dropped where it would have to wait."""
        return self._with(volatile=True)

    @property
    def local(self) -> BroadcastOperator:
        """The sockets of this process only."""
        return BroadcastOperator(self._nsp, replace(self._target, local=True))

    def compress(self, compress: bool) -> BroadcastOperator:
        """Whether to spend time on compressing it."""
        return self._with(compress=compress)

    def timeout(self, seconds: float) -> BroadcastOperator:
        """Seconds until an answer is too late."""
        if not (isinstance(seconds, int | float) and seconds > 0):
            raise LocalError(f"timeout({seconds!r}): write seconds, more than 0")
        return self._with(timeout=seconds)

    def _with(self, **flags: Any) -> BroadcastOperator:
        target = self._target
        return BroadcastOperator(self._nsp, replace(target, flags=replace(target.flags, **flags)))

    def emit(self, event: str, *args: Any, callback: Listener | None = None) -> None:
        """Send an event.  `callback(error, responses)`, after `timeout(...)`, gets the answers."""
        self._check(event)
        if callback is None:
            self._nsp.adapter.broadcast([event, *args], self._target)
            return
        collected = self._collect(event, args)
        runner, nsp = self._nsp.server.runner, self._nsp

        def done(future: asyncio.Future[Responses[Any]]) -> None:
            error, responses = None, Responses[Any]()
            try:
                responses = future.result()
            except AckTimeout as late:
                error, responses = late, late.responses
            runner.run(callback, (error, responses), None, ("acknowledgement", event, nsp))

        collected.add_done_callback(done)

    def send(self, *args: Any, callback: Listener | None = None) -> None:
        """Send the event "message"."""
        self.emit("message", *args, callback=callback)

    async def emit_with_ack(self, event: str, *args: Any) -> Responses[Any]:
        """Send an event to all of these, and wait for the answer of each.

        It needs `timeout(...)`.  AckTimeout if some have not answered: `error.responses`.
        """
        self._check(event)
        return await self._collect(event, args)

    def _collect(self, event: str, args: tuple[Any, ...]) -> asyncio.Future[Responses[Any]]:
        if self._target.flags.timeout is None:
            raise LocalError("an answer of many needs a time: write .timeout(seconds) before it")
        asked = Asked()
        self._nsp.adapter.broadcast_with_ack([event, *args], self._target, asked)
        return asked.done

    def _check(self, event: str) -> None:
        if event in RESERVED:
            raise LocalError(f"{event!r} is a name of the library's own: choose another")
        if not isinstance(event, str):
            raise LocalError(f"the name of an event is a text, not {event!r}")

    def fetch_sockets(self) -> Awaitable[list[Any]]:
        """The sockets that are meant, in all processes."""
        return self._nsp.adapter.fetch_sockets(self._target)

    def sockets_join(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let them join rooms.  In this process it is done at once; it need not be awaited."""
        return self._nsp.adapter.add_sockets(self._target, names(rooms, *more))

    def sockets_leave(self, rooms: Rooms, *more: str) -> Awaitable[None]:
        """Let them leave rooms."""
        return self._nsp.adapter.delete_sockets(self._target, names(rooms, *more))

    def disconnect_sockets(self, close: bool = False) -> Awaitable[None]:
        """Send them away; with `close`, with all of their namespaces."""
        return self._nsp.adapter.disconnect_sockets(self._target, close)


def names(rooms: Rooms, *more: str) -> tuple[str, ...]:
    """A room, or several, as a tuple.  LocalError for what is no text."""
    found = (rooms, *more) if isinstance(rooms, str) else (*rooms, *more)
    for room in found:
        if not isinstance(room, str):
            raise LocalError(f"the name of a room is a text, not {room!r}")
    return found
