"""A learner's side of an upgrade, on the wire with the library's.

    with checks.swap(engine_server, Probe=your_upgrade.deciding(ServerUpgrade)):
        the learner's machine decides about each WebSocket that wants to join a session
    async with your_upgrade.Client(url, ClientUpgrade) as client:
        client.say("4hello")            the learner's machine decides what travels where

    deciding(ServerUpgrade)   exercise 8.1   for engineio.server.Probe
    Client                    exercise 8.2
    opened, failure           exercise 8.3

Lesson 08.  Builds on: `engineio`, net.http_client, net.ws.
New here: the machines have no network; this module tells them what happens, and does what they say.
Left out: heartbeats; a story ends before the first ping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Self

from ..engineio.polling import Polling
from ..engineio.session import CLOSED, Session
from ..engineio.transport import Link
from ..engineio.websocket import WebSocket
from ..errors import CourseError, LocalError, RemoteError
from ..net import http_client, ws
from ..wire.engineio import packet
from ..wire.engineio.packet import Handshake, Type
from .grading import swapping

Event = tuple[Any, ...]
Action = tuple[Any, ...]
Made = Callable[[], Any]  # a learner's class
FAILURES = (OSError, CourseError)


def decided(machine: Any, event: Event) -> list[Action]:
    """What the learner's machine says; an error of it is told at the end of the swap."""
    try:
        actions = machine.handle(event)
        if not isinstance(actions, list):
            raise LocalError(f"a list of actions is needed, not {actions!r}")
        return actions
    except Exception as error:
        swapping.complain(type(machine).__name__, error)
        raise


class _Attempt:
    """One WebSocket, with the face of `engineio.probe.Probe`."""

    def __init__(self, number: int, link: Link, base64: bool, decide: _Deciding) -> None:
        self.number, self.link, self.base64, self._decide = number, link, base64, decide
        link.on_message = lambda said: decide.happens(("packet", number, said))
        link.on_close = lambda _: decide.happens(("lost", number))

    def polled(self) -> None:
        self._decide.happens(("poll",))

    def fail(self) -> None:
        """The time limit is over, or the session."""
        if self._decide.session.state == CLOSED:
            self.close()
        else:
            self._decide.happens(("late", self.number))

    def close(self) -> None:
        session = self._decide.session
        session.server.upgrades.end(self)  # type: ignore[arg-type]
        if session.probe is self:  # type: ignore[comparison-overlap]
            session.probe = None
        self.link.on_close = lambda _: None
        self.link.start_close(None)


class _Deciding:
    """A learner's machine, and the WebSockets of its session."""

    def __init__(self, session: Session, machine: Any) -> None:
        self.session, self.machine = session, machine
        self.attempts: list[_Attempt] = []

    def opened(self, link: Link, base64: bool) -> _Attempt:
        attempt = _Attempt(len(self.attempts) + 1, link, base64, self)
        self.attempts.append(attempt)
        if self.session.probe is None and isinstance(self.session.transport, Polling):
            self.session.probe = attempt  # type: ignore[assignment]
        self.happens(("opened", attempt.number))
        return attempt

    def happens(self, event: Event) -> None:
        for action in decided(self.machine, event):
            self._do(action)

    def _do(self, action: Action) -> None:
        session = self.session
        match action:
            case ("noop",):
                if isinstance(session.transport, Polling):
                    session.transport.release()
            case ("end",):
                session.end("transport error", "your ServerUpgrade says so")
            case ("send", int() as number, str() as said):
                self.attempts[number - 1].link.send_nowait(said)
            case ("close", int() as number):
                self.attempts[number - 1].close()
            case ("switch", int() as number):
                attempt = self.attempts[number - 1]
                session.server.upgrades.end(attempt)  # type: ignore[arg-type]
                session.change(WebSocket(session, attempt.link, base64=attempt.base64))
            case _:
                error = LocalError(f"handle returned {action!r}, which is no action")
                swapping.complain(type(self.machine).__name__, ValueError(str(error)))
                raise error


def deciding(made: Made) -> Callable[..., _Attempt]:
    """`engineio.server.Probe`, but the learner's class decides."""
    made()  # a mistake in it raises here, and not in the server's log
    sessions: dict[str, _Deciding] = {}

    def probe(session: Session, link: Link, *, base64: bool, admitted: bool) -> _Attempt:
        if session.id not in sessions:
            sessions[session.id] = _Deciding(session, made())
        return sessions[session.id].opened(link, base64)

    return probe


class Client:
    """One session, whose upgrade a learner's class decides.

    `heard` are the server's messages; `problem` says why the session ended early.
    """

    def __init__(self, url: str, made: Made, *, cut: float | None = None) -> None:
        """`cut`: the WebSocket is cut so many seconds after it was dialled."""
        self._url = url
        self._machine, self._cut = made(), cut
        self._http = http_client.Client(timeout=60.0)
        self._link: ws.PushConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.problem, self.upgraded = "", False
        self.heard: list[str] = []

    async def __aenter__(self) -> Self:
        self._url = await opened(self._http, self._url)
        self._start(self._get())
        self._start(self._dial())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        if self._link is not None:
            self._link.on_close = lambda _: None
            self._link.abort()
        await self._http.close()

    def say(self, encoded: str) -> None:
        """Send a packet."""
        self._happens(("say", encoded))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except FAILURES as error:
            self.problem = self.problem or f"{error}"

    async def _dial(self) -> None:
        try:
            self._link = await ws.dial(_to_websocket(self._url), self._opened, ping_interval=None)
        except (OSError, RemoteError):  # it was refused
            self._happens(("lost",))
            return
        if self._cut is not None:
            await asyncio.sleep(self._cut)
            self._link.abort()

    def _opened(self, link: ws.PushConnection) -> None:
        self._link = link
        link.on_message = self._message
        link.on_close = lambda _: self._happens(("lost",))
        self._happens(("opened",))

    def _message(self, said: str | bytes) -> None:
        if self.upgraded:
            self.heard.append(str(said)[1:])
        else:
            self._happens(("packet", said))

    async def _get(self) -> None:
        body = await self._ask("GET")
        packets = packet.decode_payload(body)
        self.heard += [str(one.data) for one in packets if one.type is Type.MESSAGE]
        self._happens(("got",))

    async def _post(self, packets: list[str]) -> None:
        await self._ask("POST", packet.join(list(packets)))
        self._happens(("posted",))

    async def _ask(self, method: str, body: bytes = b"") -> bytes:
        response = await self._http.request(method, self._url, body=body)
        if response.status != 200:
            raise RemoteError(f"a {method} was refused: {response.status}", response.status)
        return response.body

    def _happens(self, event: Event) -> None:
        if self.problem:
            return
        for action in decided(self._machine, event):
            match action:
                case ("get",):
                    self._start(self._get())
                case ("post", list() as packets):
                    self._start(self._post(packets))
                case ("ws", str() as said) if self._link is not None:
                    self.upgraded = self.upgraded or said == "5"
                    self._link.send_nowait(said)
                case ("close",):
                    if self._link is not None:
                        self._link.start_close(None)
                case ("end",):
                    self.problem = "the session has ended"
                case _:
                    raise LocalError(f"handle returned {action!r}, which cannot be done now")


async def opened(http: http_client.Client, url: str) -> str:
    """Open a session by polling: the address of its requests."""
    address = f"{url}/engine.io/?EIO=4&transport=polling"
    first = next(packet.decode_payload((await http.get(address)).body))
    return f"{address}&sid={Handshake.decode(first.data).sid}"


async def failure(session: str, last: str) -> tuple[str, list[str]]:
    """Try a WebSocket that breaks after the packet `last`: what fails, and the packets on it."""
    packets: list[str] = []
    try:
        async with ws.connect(_to_websocket(session)) as websocket:
            for said in ("2probe", "3probe", "5"):
                if said == "3probe":
                    async with asyncio.timeout(1.0):
                        await websocket.recv()
                else:
                    await websocket.send(said)
                packets.append(said)
                if said == last:
                    break
            await asyncio.sleep(0.1)
            websocket.abort()
            await asyncio.sleep(0.1)
            return "websocket cut", packets
    except TimeoutError:
        return "websocket silent", packets
    except RemoteError:
        return "websocket refused", packets


def _to_websocket(session: str) -> str:
    return session.replace("http", "ws", 1).replace("transport=polling", "transport=websocket")
