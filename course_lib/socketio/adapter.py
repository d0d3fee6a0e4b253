"""The adapter of a namespace: who is in which room, and how an event reaches them.

    rooms   room -> ids        {"news": [a, b], "a": [a], "b": [b]}     each socket's id is a room
    sids    id -> rooms        {a: ["a", "news"], b: ["b", "news"]}

    broadcast(["said", "hi"], Target(rooms=["news"], but=["a"]))  ──>  b

    on("create-room", f)   f(room)        on("join-room", f)    f(room, id)
    on("delete-room", f)   f(room)        on("leave-room", f)   f(room, id)

    on("unhealthy", f)     f(error)       on("healthy", f)      f(gap)      of one with a network

Lesson 11.  Builds on: `listeners`, engineio.prepared.  Used by: `namespace`, `broadcast`.
New here: an event for many is encoded once.  Both ways of asking, by room and by socket, cost one
look, since both are kept.
Left out: other processes.  An adapter with a network has the same methods, and tells the others;
see adapters.cluster.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..engineio.prepared import Prepared
from ..errors import LocalError
from ..wire.socketio.packet import Packet, Type
from .backlog import Messages
from .endpoint import PLAIN, Flags
from .listeners import Listeners

if TYPE_CHECKING:
    from .namespace import Namespace
    from .responses import Asked
    from .sockets import Socket


class Collects(Protocol):
    """What is told of the sockets that are asked."""

    def expect(self, count: int) -> None: ...
    def answered(self, id: str, error: Exception | None, values: list[Any]) -> None: ...


ALONE = "the adapter in memory knows no other process"


@dataclass(slots=True)
class Target:
    """Who gets an event: the members of any of `rooms` (of none: everybody), but not of `but`."""

    rooms: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    flags: Flags = field(default_factory=lambda: PLAIN)
    local: bool = False  # this process only
    everybody: bool = True  # `rooms` was never named


class Adapter(Listeners):
    """The rooms of one namespace, in this process's memory."""

    __slots__ = ("nsp", "rooms", "sids")

    def __init__(self, nsp: Namespace) -> None:
        super().__init__()
        self.nsp = nsp
        self.rooms: dict[str, dict[str, None]] = {}
        self.sids: dict[str, dict[str, None]] = {}

    def open(self) -> None:
        """A loop runs: an adapter with a network begins to listen to it.  Twice is no error."""

    def close(self) -> Awaitable[None]:
        """The server closes, or the namespace goes.  What is returned may be left."""
        return DONE

    @property
    def healthy(self) -> bool:
        """Whether what is sent reaches the other processes."""
        return True

    async def server_count(self) -> int:
        """How many processes serve this namespace."""
        return 1

    # Rooms.

    def add_all(self, id: str, rooms: Iterable[str]) -> None:
        """A socket joins rooms, in this order.  One that it is in already is passed over."""
        own = self.sids.setdefault(id, {})
        for room in rooms:
            if room in own:
                continue
            if self.sids.get(id) is not own:
                return  # a listener of these events has ended the socket
            own[room] = None
            members = self.rooms.get(room)
            is_new = members is None
            if members is None:
                members = self.rooms[room] = {}
            members[id] = None
            if is_new:
                self._tell("create-room", room)
            if room in own:
                self._tell("join-room", room, id)

    def delete(self, id: str, room: str) -> None:
        """A socket leaves a room."""
        own = self.sids.get(id)
        if own is None or room not in own:
            return
        del own[room]
        members = self.rooms[room]
        del members[id]
        self._tell("leave-room", room, id)
        if not members and self.rooms.get(room) is members:
            del self.rooms[room]
            self._tell("delete-room", room)

    def delete_all(self, id: str) -> None:
        """A socket has ended: it leaves its rooms, in the order in which it has joined them."""
        for room in list(self.sids.get(id, ())):
            self.delete(id, room)
        self.sids.pop(id, None)

    def socket_rooms(self, id: str) -> list[str]:
        """The rooms of a socket."""
        return list(self.sids.get(id, ()))

    def _tell(self, event: str, *args: Any) -> None:
        for listener in self._named.get(event, ()):
            self.nsp.server.runner.run(listener, args, None, ("room", event, self.nsp))

    # Events.

    def broadcast(self, data: list[Any], target: Target) -> None:
        """Send an event to all that `target` names.  If it raises, nobody got it."""
        self._send(self._encode(data, None), data, target, self.matching(target))

    def broadcast_with_ack(self, data: list[Any], target: Target, asked: Asked) -> None:
        """The same, with a request for an answer.

        `asked.expect(count)` is called once, `asked.answered(id, error, values)` once for each of
        its sockets; the target's flags have a time-out.
        """
        self._ask_here(data, target, asked)

    def _ask_here(self, data: list[Any], target: Target, asked: Collects) -> None:
        number, encoded = self._encode_request(data)
        self._ask(number, encoded, data, target, list(self.matching(target)), asked)

    def _encode(self, data: list[Any], id: int | None) -> Messages:
        return self.nsp.server.parser.encode(Packet(Type.EVENT, data, self.nsp.name, id))

    def _encode_request(self, data: list[Any]) -> tuple[int, Messages]:
        ids = self.nsp.ids
        number = ids.take()
        try:
            return number, self._encode(data, number)
        except BaseException:
            ids.give_back(number)
            raise

    def _ask(
        self,
        number: int,
        encoded: Messages,
        data: list[Any],
        target: Target,
        sockets: list[Socket],
        asked: Collects,
    ) -> None:
        asked.expect(len(sockets))
        for socket in sockets:
            answered = functools.partial(asked.answered, socket.id)
            socket.expect(number, answered, target.flags.timeout)
        self._send(encoded, data, target, sockets)

    def _send(
        self, encoded: Messages, data: list[Any], target: Target, sockets: Iterable[Socket]
    ) -> None:
        messages = [Prepared(message) for message in encoded]
        for socket in sockets:
            socket.write_prepared(messages, encoded, data, target.flags)

    def matching(self, target: Target) -> Iterator[Socket]:
        """The sockets that `target` names, each once."""
        sockets = self.nsp.sockets
        if target.everybody:
            ids: Iterable[str] = list(sockets)
        elif len(target.rooms) == 1:
            ids = list(self.rooms.get(target.rooms[0], ()))
        else:
            ids = {id: None for room in target.rooms for id in self.rooms.get(room, ())}
        if target.but:
            kept_out = {id for room in target.but for id in self.rooms.get(room, ())}
            ids = [id for id in ids if id not in kept_out]
        for id in ids:
            socket = sockets.get(id)
            if socket is not None:
                yield socket

    # What is done to many sockets.  Here it is done at once; what is returned may be left.

    async def fetch_sockets(self, target: Target) -> list[Any]:
        """The sockets that `target` names, in all processes."""
        return list(self.matching(target))

    def add_sockets(self, target: Target, rooms: Iterable[str]) -> Awaitable[None]:
        """Let them join rooms."""
        for socket in self.matching(target):
            socket.join(rooms)
        return DONE

    def delete_sockets(self, target: Target, rooms: Iterable[str]) -> Awaitable[None]:
        """Let them leave rooms."""
        for socket in self.matching(target):
            for room in rooms:
                socket.leave(room)
        return DONE

    def disconnect_sockets(self, target: Target, close: bool) -> Awaitable[None]:
        """Send them away."""
        for socket in self.matching(target):
            socket.disconnect(close)
        return DONE

    def server_side_emit(self, data: list[Any]) -> None:
        """Send an event to the namespace of the other processes.  LocalError: there are none."""
        raise LocalError(f"server_side_emit({data[0]!r}): {ALONE}")

    async def server_side_emit_with_ack(self, data: list[Any]) -> list[Any]:
        """The same, and wait for the answer of each."""
        raise LocalError(f"server_side_emit_with_ack({data[0]!r}): {ALONE}")


class _Done:
    """Something that may be awaited, or left, without a warning."""

    def __await__(self) -> Generator[Any, Any, None]:
        return
        yield


DONE = _Done()
