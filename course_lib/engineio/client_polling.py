"""The client's polling: one task that asks again and again, one that writes.     Engine.IO rev. 4

    reading   GET ── waits ──> packets, GET ── waits ──> packets ...
    writing   POST: as many queued packets as `maxPayload` allows ──> ok, POST ...

Lesson 07.  Builds on: net.http_client, wire.engineio.packet, `address`, `cookies`.
Used by: `client`.
New here: `pause` waits until nothing is under way, in either direction; after it the other
transport may take over, and no packet can be overtaken.
Left out: two GETs at a time, which the server refuses.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator

from ..errors import CourseError, RemoteError
from ..net import http_client
from ..wire.engineio import packet
from ..wire.engineio.heartbeat import OnItsWay
from ..wire.engineio.packet import Packet, Type
from ..wire.http.http11 import Response
from .address import Address
from .client_options import ClientOptions
from .cookies import Jar

SLICE = 256  # packets that are handled before others have their turn
SHOWN = 200  # characters of a page that an error quotes
BODY = {"Content-type": "text/plain;charset=UTF-8"}
UNKNOWN_SID = 1  # Engine.IO's code for a session that is not there, or not any more
LAST_PACKETS = 10.0  # seconds that a poll may take after that
FAILURES = (OSError, CourseError, TimeoutError)


class ConnectError(RemoteError):
    """The server refused.  `status` is HTTP's, `reason` Engine.IO's own code (0 to 5) or None.

    `retry_after`: seconds that the server asks to wait, or None.
    """

    def __init__(self, message: str, status: int, reason: int | None, retry_after: float | None):
        super().__init__(message, status)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def refused(response: Response, what: str) -> ConnectError:
    """The error for a response other than 200."""
    text, reason = response.text()[:SHOWN].strip(), None
    try:
        said = response.json()
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        text = said["message"][:SHOWN] if isinstance(said.get("message"), str) else text
        reason = said["code"] if isinstance(said.get("code"), int) else None
    after = response.headers.get("retry-after") or ""
    wait = float(after) if after.isascii() and after.isdecimal() and len(after) < 10 else None
    return ConnectError(f"{what}: {response.status} {text}".strip(), response.status, reason, wait)


class Polling:
    """Packets by HTTP.  `heard(packet)` is called for each; `failed(error)` once, at the end."""

    name = "polling"

    def __init__(
        self,
        address: Address,
        options: ClientOptions,
        headers: dict[str, str],
        jar: Jar | None,
        heard: Callable[[Packet], object],
        failed: Callable[[BaseException], object],
        drained: Callable[[], object],
    ) -> None:
        self._drained = drained
        self._address, self._options, self._headers, self._jar = address, options, headers, jar
        self._heard, self._failed = heard, failed
        self.http = http_client.Client(
            timeout=math.inf,  # a poll is answered by a ping at the latest; the client watches
            connect_timeout=options.connect_timeout,
            ssl=options.ssl,
            redirects=options.redirects,
            max_body=options.max_message_size,
            proxy=options.proxy,
            retry=False,  # a poll takes packets away: asked again, it would bring the next ones
        )
        self.sid = ""
        self.max_payload = 0
        self._queue: list[str | bytes] = []
        self.buffered = 0  # bytes, or characters, in the queue and in the POST under way
        self._reading: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._paused = False

    @property
    def on_its_way(self) -> OnItsWay:
        """What has come in part, and what has not left yet."""
        return self.http.arriving, self.http.leaving

    async def open(self) -> Iterator[Packet]:
        """The handshake: the packets of the first response."""
        response = await self._ask("GET")
        return packet.decode_payload(response.body)

    def start(self, sid: str, max_payload: int, packets: Iterator[Packet]) -> None:
        """The session is open: after these packets ask for more, and send what is queued."""
        self.sid, self.max_payload = sid, max_payload or 1 << 62
        self._reading = asyncio.get_running_loop().create_task(self._read(packets))
        self._write_soon()

    async def _ask(self, method: str, body: bytes = b"") -> Response:
        headers = {"Accept": "*/*", **self._headers}
        if method == "POST":
            headers.update(BODY)
        if self._jar is not None and (line := self._jar.header(time.time())):
            headers["Cookie"] = line
        url = self._address.url("polling", self.sid or None)
        response = await self.http.request(method, url, headers=headers, body=body)
        if self._jar is not None:
            for line in response.headers.get_all("set-cookie"):
                self._jar.keep(line, time.time())
        if response.status != 200:
            raise refused(response, "the server refused a poll" if self.sid else "no session")
        return response

    # In.

    async def _read(self, packets: Iterator[Packet]) -> None:
        try:
            while True:
                async for one in in_slices(packets):
                    self._heard(one)
                if self._paused:
                    break
                packets = packet.decode_payload((await self._ask("GET")).body)
        except FAILURES as error:
            self._failed(error)

    # Out.

    def send(self, packets: list[str | bytes]) -> None:
        """Queue these; they leave as soon as no POST is under way."""
        self._queue += packets
        self.buffered += sum(map(len, packets))
        self._write_soon()

    def _write_soon(self) -> None:
        if self._queue and self._writing is None and self.sid and not self._paused:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            await self._flush()
        except FAILURES as error:
            reading = self._reading
            if isinstance(error, ConnectError) and error.reason == UNKNOWN_SID and reading:
                # The session has ended, and a poll is on its way back with its last packets.
                await asyncio.wait([reading], timeout=LAST_PACKETS)
            self._failed(error)
        finally:
            self._writing = None

    async def _flush(self) -> None:
        while self._queue and not self._paused:
            count = packet.fitting(self._queue, self.max_payload)
            batch, self._queue[:count] = self._queue[:count], []
            await self._ask("POST", packet.join(batch))
            self.buffered -= sum(map(len, batch))
            self._drained()

    # The change to another transport, and the end.

    async def pause(self) -> list[str | bytes]:
        """Wait until nothing is under way.  Returns what was not sent."""
        self._paused = True
        under_way = [task for task in (self._reading, self._writing) if task is not None]
        if under_way:
            await asyncio.wait(under_way)
        queue, self._queue, self.buffered = self._queue, [], 0
        return queue

    def resume(self) -> None:
        """Go on after a pause: the other transport has failed."""
        self._paused = False
        if self._reading is not None and self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read(iter(())))
        self._write_soon()

    async def say_goodbye(self) -> None:
        """Send what is queued, then `1`; and let go of everything."""
        try:
            if self.sid:
                if self._writing is not None:
                    await asyncio.wait([self._writing])
                self._paused = False
                self.buffered += 1
                self._queue.append(Type.CLOSE)
                await self._flush()
        except FAILURES:
            pass  # the server has gone, or knows that we have
        finally:
            self.end()
            await self.http.close()

    def end(self) -> None:
        """Stop at once; `http.close` is still to be awaited."""
        self._queue, self.buffered = [], 0
        for task in (self._reading, self._writing):
            if task is not None and task is not asyncio.current_task():
                task.cancel()


async def in_slices(packets: Iterator[Packet]) -> AsyncIterator[Packet]:
    """The packets, with a turn for others after each slice."""
    for count, one in enumerate(packets, 1):
        yield one
        if count % SLICE == 0:
            await asyncio.sleep(0)
