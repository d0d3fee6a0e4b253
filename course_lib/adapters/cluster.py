"""An adapter with a network: a namespace in many processes.                      Socket.IO rev. 5

    io = Server(adapter=cluster(bus))          bus: see `bus`; one for all namespaces of a process

    io.to("news").emit("said", "hi")
        local   ──────────────────────────────────────────────────> its sockets here
        outbox  ── 3 {packet, opts: {rooms, except, flags}} ──> bus ──> other nodes ──> theirs
    fetch_sockets ── 7 ──>        <── 8 ── each other node
    emit_with_ack ── 3 ──>        <── 11, a count ── each other node;  <── 12 ── each of its clients

    adapter.healthy   on("unhealthy", f)  f(error)      on("healthy", f)  f(gap)

Lesson 16.  Builds on: `outbox`, `requests`, `remote_socket`, socketio.adapter.  Used by: engines.
New here: nothing that an application calls waits for the network, or fails with it.  Whoever wants
to know awaits what is returned, or asks for `healthy`.
Left out: bytes and connections, which are the bus's.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..engineio.handlers import PENDING
from ..errors import RemoteError
from ..socketio.adapter import DONE, Adapter, Target
from ..socketio.endpoint import Answer, Flags
from ..socketio.responses import Asked
from . import remote_socket
from .bus import Bus, Kind, Message
from .outbox import MAX_BYTES, MAX_MESSAGES, Entry, Gap, Local, Outbox, Sent
from .requests import AckRequest, Request

if TYPE_CHECKING:
    from ..socketio.namespace import Namespace

_logger = logging.getLogger("course_lib.adapters")


def cluster(bus: Bus, **options: Any) -> Callable[[Namespace], ClusterAdapter]:
    """What `Server(adapter=...)` takes.  Keyword arguments: those of `ClusterAdapter`."""
    return functools.partial(ClusterAdapter, bus=bus, **options)


class ClusterAdapter(Adapter):
    """A namespace of one process among those of others."""

    __slots__ = ("_bus", "_grace", "_is_open", "_outbox", "_requests", "_timeout", "uid")

    def __init__(
        self,
        nsp: Namespace,
        bus: Bus,
        *,
        requests_timeout: float = 5.0,  # seconds for the answers of the other nodes
        publish_timeout: float = 5.0,  # seconds after which a message counts as lost
        max_messages: int = MAX_MESSAGES,  # that wait for the engine
        max_bytes: int = MAX_BYTES,  # of these
    ) -> None:
        super().__init__(nsp)
        self.uid = bus.new_id()
        self._bus = bus
        self._is_open = False
        self._timeout, self._grace = requests_timeout, publish_timeout
        self._requests: dict[str, Request] = {}
        self._outbox = Outbox(
            bus,
            on_unhealthy=self._unhealthy,
            on_healthy=self._healthy,
            on_error=self._report,
            timeout=publish_timeout,
            max_messages=max_messages,
            max_bytes=max_bytes,
        )

    @property
    def name(self) -> str:
        return self.nsp.name

    # Health.

    @property
    def healthy(self) -> bool:
        return self._outbox.healthy

    def _unhealthy(self, error: Exception) -> None:
        self._report(error)
        self._tell("unhealthy", error)

    def _healthy(self, gap: Gap) -> None:
        _logger.warning(
            "%s: the bus works again after %.1f s; %d messages of this process were lost%s",
            self.name, gap.seconds, gap.lost, ", and perhaps those of others" * gap.missed,
        )  # fmt: skip
        self._tell("healthy", gap)

    def _report(self, error: BaseException) -> None:
        self.nsp.server.runner.report(error, ("bus", self.name, None))

    def down(self, error: Exception) -> None:
        self._outbox.down(error)

    def up(self, *, missed: bool) -> None:
        self._outbox.up(missed=missed)

    # Coming and going.

    def open(self) -> None:
        if not self._is_open:
            self._is_open = True
            self._bus.subscribe(self)
            self._outbox.start()

    def close(self) -> Awaitable[None]:
        if not self._is_open:
            return DONE
        self._is_open = False
        self._publish(Kind.ADAPTER_CLOSE, {}, volatile=True)
        self._bus.unsubscribe(self)
        for request in list(self._requests.values()):
            request.stop()
        return asyncio.ensure_future(self._outbox.close(self._grace))

    async def server_count(self) -> int:
        return await self._bus.count(self.name)

    # To the others.

    def _publish(
        self,
        kind: Kind,
        data: dict[str, Any],
        *,
        to: str | None = None,
        local: Local | None = None,
        volatile: bool = False,
        request: Request | None = None,
    ) -> Sent:
        """Queue a message.  It raises if the message cannot be encoded; then nothing is done."""
        message = Message(kind, self.name, self.uid, data, to)
        entry = Entry(message, self._bus.encode(message), Sent(self._timeout), local, volatile)
        if request is not None:
            entry.wanted, entry.expired = request.asks, lambda: request.over
            entry.failed = request.stop
        return self._outbox.put(entry)

    def broadcast(self, data: list[Any], target: Target) -> None:
        if target.local:
            super().broadcast(data, target)
            return
        encoded = self._encode(data, None)
        sockets = list(self.matching(target))  # those that are meant now; it may leave later

        def local(_offset: str | None) -> None:
            self._send(encoded, data, target, sockets)

        said = {"packet": {"type": 2, "data": data}, "opts": opts(target)}
        self._publish(Kind.BROADCAST, said, local=local, volatile=target.flags.volatile)

    def broadcast_with_ack(self, data: list[Any], target: Target, asked: Asked) -> None:
        if target.local:
            super().broadcast_with_ack(data, target, asked)
            return
        number, encoded = self._encode_request(data)
        sockets = list(self.matching(target))

        def local(_offset: str | None) -> None:
            self._ask(number, encoded, data, target, sockets, asked)
            asked.release()

        asked.hold()
        id = self._bus.new_id()
        seconds = target.flags.timeout or self._timeout
        request = AckRequest(seconds, functools.partial(self._requests.pop, id, None), asked)
        self._requests[id] = request
        said = {"packet": {"type": 2, "data": data}, "opts": opts(target), "requestId": id}
        try:
            self._publish(Kind.BROADCAST, said, local=local, request=request)
        except BaseException:
            request.stop()
            asked.done.cancel()
            self.nsp.ids.give_back(number)
            raise

    async def _request(self, kind: Kind, said: dict[str, Any], seconds: float) -> list[Any]:
        id = self._bus.new_id()
        request = Request(seconds, functools.partial(self._requests.pop, id, None))
        self._requests[id] = request
        try:
            self._publish(kind, said | {"requestId": id}, request=request)
            return await request.done
        finally:
            request.done.cancel()
            request.stop()

    async def fetch_sockets(self, target: Target) -> list[Any]:
        """The sockets here, and `RemoteSocket`s.  NoAnswer: a node is silent; it has the others."""
        here = list(self.matching(target))
        if target.local:
            return here
        seconds = target.flags.timeout or self._timeout
        found = await self._request(Kind.FETCH_SOCKETS, {"opts": opts(target)}, seconds)
        return [*here, *(remote for sockets in found for remote in sockets)]

    def add_sockets(self, target: Target, rooms: Iterable[str]) -> Awaitable[None]:
        rooms = list(rooms)
        return self._both(super().add_sockets, target, rooms, Kind.SOCKETS_JOIN, {"rooms": rooms})

    def delete_sockets(self, target: Target, rooms: Iterable[str]) -> Awaitable[None]:
        rooms = list(rooms)
        return self._both(
            super().delete_sockets, target, rooms, Kind.SOCKETS_LEAVE, {"rooms": rooms}
        )

    def disconnect_sockets(self, target: Target, close: bool) -> Awaitable[None]:
        return self._both(
            super().disconnect_sockets, target, close, Kind.DISCONNECT_SOCKETS, {"close": close}
        )

    def _both(
        self,
        here: Callable[[Target, Any], Awaitable[None]],
        target: Target,
        what: Any,
        kind: Kind,
        said: dict[str, Any],
    ) -> Awaitable[None]:
        """Do it here, and let the others do it, who know nothing of what it changes here."""
        if target.local:
            return here(target, what)
        sent = self._publish(kind, {"opts": opts(target)} | said)
        here(target, what)
        return sent

    def server_side_emit(self, data: list[Any]) -> None:
        self._publish(Kind.SERVER_SIDE_EMIT, {"packet": data})

    async def server_side_emit_with_ack(self, data: list[Any]) -> list[Any]:
        return await self._request(Kind.SERVER_SIDE_EMIT, {"packet": data}, self._timeout)

    # From the others: the bus calls these.

    def receive(self, message: Message, offset: str | None = None) -> None:
        """A message came.  One's own is nothing new; what is wrong in one is reported."""
        if message.uid == self.uid or message.nsp != self.name:
            return
        if message.to is not None and message.to != self.uid:
            return
        try:
            self._handle(message)
        except Exception as error:
            self.garbage(error)

    def garbage(self, error: Exception) -> None:
        self._report(error)

    def left(self, uid: str) -> None:
        for request in list(self._requests.values()):
            request.left(uid)

    def _handle(self, message: Message) -> None:
        kind, said = message.kind, message.data
        if kind in LOCAL:
            target, rooms = read_opts(said["opts"]), said.get("rooms", ())
            if kind is Kind.BROADCAST:
                self._broadcast_here(message.uid, said, target)
            elif kind is Kind.SOCKETS_JOIN:
                super().add_sockets(target, texts(rooms))
            elif kind is Kind.SOCKETS_LEAVE:
                super().delete_sockets(target, texts(rooms))
            elif kind is Kind.DISCONNECT_SOCKETS:
                super().disconnect_sockets(target, said.get("close") is True)
            else:
                self._answer_sockets(message.uid, said["requestId"], target)
        elif kind is Kind.SERVER_SIDE_EMIT:
            self._server_event(message.uid, said["packet"], said.get("requestId"))
        elif kind is Kind.ADAPTER_CLOSE:
            self.left(message.uid)
        else:
            self._answered(kind, message.uid, said)

    def _broadcast_here(self, uid: str, said: dict[str, Any], target: Target) -> None:
        data = event(said["packet"]["data"])
        if "requestId" not in said:
            super().broadcast(data, target)
            return
        if target.flags.timeout is None:  # Redis's classic format leaves the flags out
            target.flags.timeout = self._timeout
        self._ask_here(data, target, _Elsewhere(self, uid, said["requestId"]))

    def _answer_sockets(self, uid: str, id: str, target: Target) -> None:
        found = [remote_socket.described(socket) for socket in self.matching(target)]
        try:
            self._answer(Kind.FETCH_SOCKETS_RESPONSE, uid, id, sockets=found)
        except Exception as error:  # `socket.data` is the application's, and may be anything
            self._report(error)
            bare = [one | {"data": {}} for one in found]
            self._answer(Kind.FETCH_SOCKETS_RESPONSE, uid, id, sockets=bare)

    def _answer(self, kind: Kind, uid: str, id: str, **said: Any) -> None:
        self._publish(kind, {"requestId": id} | said, to=uid)

    def _server_event(self, uid: str, said: Any, id: str | None) -> None:
        data = event(said)
        listeners, run = self.nsp.named(data[0]), self.nsp.server.runner.run
        answer = Answer(_ServerEvent(self, uid, id), 0, len(listeners))  # type: ignore[arg-type]
        what = ("listener", data[0], None)
        for listener in listeners:
            value = run(listener, data[1:], answer.add, what)
            if value is not PENDING:
                answer.add(value)

    def _answered(self, kind: Kind, uid: str, said: dict[str, Any]) -> None:
        request = self._requests.get(said.get("requestId", ""))
        if isinstance(request, AckRequest):
            if kind is Kind.BROADCAST_CLIENT_COUNT:
                request.count(uid, count(said["clientCount"]))
            elif kind is Kind.BROADCAST_ACK:
                request.acknowledged(uid, said["packet"])
        elif request is not None and kind is Kind.FETCH_SOCKETS_RESPONSE:
            request.answer(uid, [remote_socket.remote(self.nsp, one) for one in said["sockets"]])
        elif request is not None and kind is Kind.SERVER_SIDE_EMIT_RESPONSE:
            request.answer(uid, said["packet"])


LOCAL = (
    Kind.BROADCAST, Kind.SOCKETS_JOIN, Kind.SOCKETS_LEAVE, Kind.DISCONNECT_SOCKETS,
    Kind.FETCH_SOCKETS,
)  # fmt: skip


class _Elsewhere:
    """A broadcast of another node, whose answers it collects."""

    def __init__(self, adapter: ClusterAdapter, uid: str, id: str) -> None:
        self._answer = functools.partial(adapter._answer, uid=uid, id=id)

    def expect(self, count: int) -> None:
        self._answer(Kind.BROADCAST_CLIENT_COUNT, clientCount=count)

    def answered(self, id: str, error: Exception | None, values: list[Any]) -> None:
        if error is None:
            self._answer(Kind.BROADCAST_ACK, packet=values[0] if values else None)


class _ServerEvent:
    """The end that `endpoint.Answer` answers to."""

    def __init__(self, adapter: ClusterAdapter, uid: str, id: str | None) -> None:
        self.id, self._adapter, self._uid, self._request = "", adapter, uid, id

    def _answer(self, _id: int, value: Any) -> None:
        if self._request is not None:
            kind = Kind.SERVER_SIDE_EMIT_RESPONSE
            self._adapter._answer(kind, self._uid, self._request, packet=value)


# What messages are made of, and what came in one.


def opts(target: Target) -> dict[str, Any]:
    """Whom an operation is for, as messages say it.  Milliseconds."""
    flags: dict[str, Any] = {}
    if target.flags.volatile:
        flags["volatile"] = True
    if not target.flags.compress:
        flags["compress"] = False
    if target.flags.timeout is not None:
        flags["timeout"] = round(target.flags.timeout * 1000)
    return {"rooms": list(target.rooms), "except": list(target.but), "flags": flags}


def read_opts(said: Any) -> Target:
    """The same, of another node.  No rooms: everybody."""
    rooms, but = texts(said["rooms"]), texts(said.get("except", ()))
    flags = said.get("flags") or {}
    timeout = flags.get("timeout")
    if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
        raise RemoteError(f"a time of {timeout!r}", 400)
    chosen = Flags(
        volatile=flags.get("volatile") is True,
        timeout=None if timeout is None else timeout / 1000,
        compress=flags.get("compress") is not False,
    )
    return Target(rooms, but, chosen, everybody=not rooms)


def texts(said: Any) -> tuple[str, ...]:
    """Names of rooms."""
    if not (isinstance(said, list | tuple) and all(isinstance(one, str) for one in said)):
        raise RemoteError(f"no names of rooms: {said!r}", 400)
    return tuple(said)


def event(said: Any) -> list[Any]:
    """An event with its arguments."""
    if not (isinstance(said, list) and said and isinstance(said[0], str)):
        raise RemoteError(f"no event: {said!r}", 400)
    return said


def count(said: Any) -> int:
    """A number of clients."""
    if type(said) is not int or said < 0:
        raise RemoteError(f"no number of clients: {said!r}", 400)
    return said
