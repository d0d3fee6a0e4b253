"""The tap: records every connection that is made through an asyncio loop, by any library.

Lessons 00 and 01 on.  Builds on: `_tap.tapped`, `_tap.patching`, `recording`.

    with tap.Tap() as recording:            the running loop's create_server, create_connection
        async with serve(...) as server:    and start_tls are replaced until the end of the block
            await client.get(server.url)
    recording                               2 ends, 6 events

New here: recorded code needs no change.  The tap puts a listener (`tapped`) between transport and
protocol of each protocol factory that passes through the loop, above TLS: those of our servers and
clients, of asyncio's streams, and of other libraries.
Left out: connections and servers that were there before the tap (start it first); UDP, pipes, Unix
sockets; loops that are not written in Python (uvloop).
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, Self

from ..errors import LocalError
from . import recording as recordings
from ._tap import patching, tapped
from .recording import End, Event, Recording

CALLS = ("create_server", "create_connection", "start_tls")
SAME_CLOCK = 1.0  # seconds: two loops whose clocks differ by less share a clock
Factory = Callable[[], asyncio.BaseProtocol]


class Tap:
    """Records the connections that are made while it runs.  It may be started and stopped often.

    `limit` bounds the bytes held.  `on_change` is called with each `Event`, in the thread of its
    connection; what it raises goes to the loop's exception handler, never to the connection.
    """

    def __init__(
        self,
        name: str = "",
        *,
        limit: int = 10_000_000,
        on_change: Callable[[Event], None] | None = None,
    ) -> None:
        self.recording = Recording(name, limit=limit, on_change=on_change)
        self._seams: dict[_Seam, None] = {}
        self._clock: Callable[[], float] | None = None
        self._zero = 0.0

    @property
    def running(self) -> bool:
        """Whether new connections are recorded."""
        return bool(self._seams)

    def start(self, *loops: asyncio.AbstractEventLoop) -> Self:
        """Record on the running loop, or on `loops`.  Loops that are tapped already stay so."""
        for loop in loops or (_running_loop(),):
            seam = _seam(loop)
            now = loop.time()
            if self._clock is None:
                self._clock, self._zero = loop.time, now
            elif now < self._zero or abs(self._clock() - now) > SAME_CLOCK:
                raise LocalError("this loop has another clock; its times need a tap of their own")
            seam.add(self)
            self._seams[seam] = None
        return self

    def stop(self) -> Recording:
        """Restore the loop; connections go on unrecorded.  Stopping twice is no error."""
        for seam in self._seams:
            seam.remove(self)
        self._seams.clear()
        return self.recording

    def __enter__(self) -> Recording:
        self.start()
        return self.recording

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Tap {'running' if self.running else 'stopped'}, {self.recording!r}>"

    # Called by a tapped connection (`tapped.Ear`).

    def opened(self, at: float, role: str, transport: Any, what: str) -> End | None:
        """Record a new connection.  Returns its end; None if there is no room for it."""
        local, remote = (tapped.address(transport, name) for name in ("sockname", "peername"))
        tls = transport.get_extra_info("sslcontext") is not None
        return self.recording.open(at - self._zero, role, local, remote, what=what, tls=tls)

    def heard(self, at: float, end: End, kind: str, data: bytes = b"", note: str = "") -> None:
        """Record an event of an end."""
        self.recording.add(at - self._zero, end, kind, data, note)

    def tried(self, at: float, host: object, port: object) -> End | None:
        """Record a connection that could not be made."""
        return self.recording.open(at - self._zero, "client", "", f"{host}:{port}")

    def bridge(self, seen: str, really: str) -> None:
        """Record that a proxy of the lab joins two connections."""
        self.recording.bridge(seen, really)


class _Seam:
    """The calls of one loop that make connections; they are replaced while a tap runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._taps: dict[Tap, None] = {}
        self._live: weakref.WeakKeyDictionary[tapped.Tapped, None] = weakref.WeakKeyDictionary()
        self._patch: patching.Patch | None = None
        self._under: dict[str, Any] = {}  # the loop's own calls

    def add(self, tap: Tap) -> None:
        """Add a tap, and replace the loop's calls if it is the first."""
        if self._patch is None:
            self._patch = patching.Patch(self._loop, {name: getattr(self, name) for name in CALLS})
            self._under = self._patch.under
        self._taps[tap] = None

    def remove(self, tap: Tap) -> None:
        """Remove a tap; its connections go on without it."""
        self._taps.pop(tap, None)
        for connection in [*self._live]:
            if connection.leave(tap):
                self._live.pop(connection, None)
        if not self._taps and self._patch is not None:
            self._patch.lift()
            self._patch = None

    def _factory(
        self, factory: Factory, role: str, made: list[tapped.Tapped] | None = None
    ) -> Factory:
        def wrapped() -> asyncio.BaseProtocol:
            protocol = factory()
            if not self._taps:  # a server may outlive the tap
                return protocol
            connection = tapped.Tapped(self._loop, protocol, role, self._taps, self._gone)
            self._live[connection] = None
            if made is not None:
                made.append(connection)
            return connection

        return wrapped

    def _gone(self, connection: tapped.Tapped) -> None:
        self._live.pop(connection, None)

    def _refused(self, host: object, port: object, error: OSError) -> None:
        now, note = self._loop.time(), tapped.words(error)
        for tap in [*self._taps]:
            if (end := tap.tried(now, host, port)) is not None:
                tapped.tell(self._loop, tap, now, end, recordings.REFUSED, note=note)

    # Called in place of the loop's own methods.

    async def create_server(self, protocol_factory: Factory, *args: Any, **options: Any) -> Any:
        """As the loop's own, with listeners at the connections that the server accepts."""
        wrapped = self._factory(protocol_factory, "server")
        return await self._under["create_server"](wrapped, *args, **options)

    async def create_connection(
        self, protocol_factory: Factory, host: Any = None, port: Any = None, **options: Any
    ) -> tuple[Any, Any]:
        """As the loop's own: the transport, and the protocol that the factory made."""
        made: list[tapped.Tapped] = []
        wrapped = self._factory(protocol_factory, "client", made)
        try:
            transport, protocol = await self._under["create_connection"](
                wrapped, host, port, **options
            )
        except OSError as error:
            if host is not None and not any(one.was_open for one in made):
                self._refused(host, port, error)
            raise
        return transport, made[0].made if made else protocol

    async def start_tls(self, transport: Any, protocol: Any, *args: Any, **options: Any) -> Any:
        """As the loop's own; the listener moves to the plain side of TLS."""
        connection = getattr(vars(transport).get("write"), "__self__", None)
        if not isinstance(connection, tapped.Tapped):
            return await self._under["start_tls"](transport, protocol, *args, **options)
        connection.detach()
        connection.protocol = protocol
        try:
            plain = await self._under["start_tls"](transport, connection, *args, **options)
        except BaseException as error:
            connection.over(error)
            raise
        connection.secure(plain)
        return plain


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise LocalError("start the tap where a loop runs, or name the loop: start(loop)") from None


def _seam(loop: asyncio.AbstractEventLoop) -> _Seam:
    """The one `_Seam` of a loop, which lives as long as the loop."""
    seam = getattr(loop, "_course_lib_tap", None)
    if seam is None:
        seam = _Seam(loop)
        patching.Patch(loop, {"_course_lib_tap": seam})
    assert isinstance(seam, _Seam)
    return seam
