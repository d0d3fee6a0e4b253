"""A learner's functions and classes inside the library's Engine.IO, where `checks.swap` puts them.

    with checks.swap(packet, join=your_engineio.joining(encode)):
        every body of a poll is what the learner's `encode` returns

    joining(encode)      exercise 7.1   for wire.engineio.packet.join
    decoding(decode)     exercise 7.1   for wire.engineio.packet.decode_payload
    routing(route)       exercise 7.3   for engineio.routing.find
    beating(Heartbeat)   exercise 7.4   for wire.engineio.heartbeat.Heartbeats
    queueing(Outbox)     exercise 7.5   for engineio.polling.Polling

Lesson 07.  Builds on: `wire.engineio.packet`, `engineio.routing`, `engineio.polling`.
New here: the library moves requests and time; what the learner wrote decides what they mean.
Left out: upgrades.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..engineio import polling
from ..engineio import routing as library
from ..engineio.polling import Polling  # not the one that a swap puts in its place
from ..engineio.routing import find
from ..engineio.session import Session
from ..engineio.transport import Encoded
from ..errors import LocalError
from ..wire.engineio import packet
from ..wire.engineio.packet import Packet, Type
from ..wire.http.http11 import Request, Response
from .grading import swapping

Made = Callable[..., Any]  # a learner's function or class
OFTEN = 0.01  # seconds between two looks at the clock
LONG = 3600.0  # and later than any deadline
OTHER = ("packet", "4")


def joining(encode: Made) -> Callable[[Sequence[Encoded]], bytes]:
    """`packet.join` by the learner's `encode`."""

    def join(encoded: Sequence[Encoded]) -> bytes:
        pairs = [(one[:1], one[1:]) if isinstance(one, str) else ("4", one) for one in encoded]
        body = encode([(str(digit), data) for digit, data in pairs])
        if not isinstance(body, bytes):
            raise LocalError(f"encode returned {body!r}, which is no bytes")
        return body

    return join


def decoding(decode: Made) -> Callable[[bytes], Iterator[Packet]]:
    """`packet.decode_payload` by the learner's `decode`.  No bad packet ends the session."""

    def decode_payload(body: bytes) -> Iterator[Packet]:
        return iter([Packet(Type(digit), data) for digit, data in decode(body)])

    return decode_payload


def routing(route: Made) -> Callable[..., Session | str]:
    """`routing.find` by the learner's `route`; the library finds what an upgrade belongs to."""

    def decide(
        request: Request,
        sessions: Mapping[str, Session],
        transports: Sequence[str],
        *,
        upgrading: bool,
    ) -> Session | str:
        if upgrading:
            return find(request, sessions, transports, upgrading=True)
        query = dict(request.query)
        known = {sid: session.transport.name for sid, session in sessions.items()}
        said = route(request.method, query, known)
        match said:
            case "open":
                return library.NEW
            case "session" if query.get("sid") in sessions:
                return sessions[query["sid"]]
            case (int() as status, int() as code) if code in range(len(library.MESSAGES)):
                raise library.refusal(request, code, {}, status)
            case _:
                raise LocalError(f"route returned {said!r}, which is no answer here")

    return decide


class _Beats:
    """`heartbeat.Heartbeats`, with one of the learner's objects for each session."""

    def __init__(self, made: Made, interval: float, timeout: float) -> None:
        self.made, self.given, self.looked = made, (interval, timeout), 0.0
        self.unanswered: dict[Session, Any] = {}  # all of them: each packet is told

    def opened(self, session: Session, now: float) -> None:
        with _told("Heartbeat"):
            self.unanswered[session] = self.made(*self.given, now)
        self.looked = now

    def pong(self, session: Session, now: float) -> None:
        self._tell(session, ("packet", "3"), now)

    def heard(self, session: Session, now: float) -> None:
        self._tell(session, OTHER, now)

    def closed(self, session: Session) -> None:
        if session in self.unanswered:
            self._tell(session, ("closed",), self.looked)
            self._nothing_more(session, self.looked)
            del self.unanswered[session]

    def next_deadline(self) -> float | None:
        return self.looked + OFTEN if self.unanswered else None

    def tick(self, now: float, _: object = None) -> tuple[list[Session], list[Session]]:
        self.looked = now
        found: dict[str, list[Session]] = {"send": [], "end": []}
        for session in [*self.unanswered]:
            for what, *_ in self._tell(session, ("time",), now):
                found[what].append(session)
        for session in found["end"]:
            self._nothing_more(session, now)
        return found["send"], found["end"]

    def _nothing_more(self, session: Session, now: float) -> None:
        if more := self._tell(session, ("time",), now + LONG):
            swapping.complain("Heartbeat", RuntimeError(f"after the end it returned {more}"))

    def _tell(self, session: Session, event: tuple[str, ...], now: float) -> list[Any]:
        with _told("Heartbeat"):
            actions = [*self.unanswered[session].handle(event, now)]
            for action in actions:
                if tuple(action) not in (("send", "2"), ("end", "ping timeout")):
                    raise LocalError(f"handle returned {action!r}, which is no action here")
        return actions


def beating(heartbeat: Made) -> Callable[[float, float, float], _Beats]:
    """`heartbeat.Heartbeats`, but the learner's class decides when to ping and when it is over.

    It does not ask what is on its way.
    """
    return lambda interval, timeout, _: _Beats(heartbeat, interval, timeout)


class _Queueing(Polling):
    """Polling, but the learner's `Outbox` decides which GET gets which packets."""

    __slots__ = ("_numbers", "_polls", "_yours")

    def __init__(self, session: Session, outbox: Made) -> None:
        super().__init__(session)
        self._yours, self._numbers = outbox(), itertools.count(1)
        self._polls: dict[int, asyncio.Future[Response]] = {}

    @property
    def writable(self) -> bool:
        return True  # the learner's queue takes everything

    def _get(self, request: Request) -> asyncio.Future[Response]:
        number, poll = next(self._numbers), self.session.server.loop.create_future()
        self._polls[number] = poll
        self._do(self._yours.get, number)
        return poll

    def send(self, packets: list[Encoded]) -> None:
        for one in packets:
            self._do(self._yours.send, one)

    def _do(self, method: Made, given: Any) -> None:
        with _told("Outbox"):
            for what, *args in method(given):
                if what == "end":
                    self.session.end("transport error", "overlap from client")
                    continue
                poll = self._polls.pop(args[0])
                body = packet.join([*args[1]]) if what == "answer" else b""
                headers = polling.TEXT if body else polling.NONE
                poll.set_result(Response(200 if what == "answer" else 400, headers, body))

    def end(self) -> None:
        """Whoever still waits goes on waiting: the learner's class has to answer."""


def queueing(outbox: Made) -> Callable[[Session], Polling]:
    """`polling.Polling`, but packets wait in the learner's class."""
    return lambda session: _Queueing(session, outbox)


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Keep an error of the learner's class, to report it at the end of the swap."""
    try:
        yield
    except Exception as error:
        swapping.complain(name, error)
        raise
