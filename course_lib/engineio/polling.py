"""HTTP long-polling: a GET that waits for packets, a POST that brings some.   Engine.IO rev. 4

    GET   ── waits ──>  200  4hello\\x1e2        all packets that are queued, in one body
    POST  4hi\\x1e3  ──>  200  ok

    a second GET or POST at the same time      400, and the session ends
    GET cancelled: its client has left         the session ends

Lesson 07.  Builds on: wire.engineio.packet, wire.http.  Used by: `session`, `server`.
New here: what is sent while no GET waits stays in the session's queue.  Packets that are sent in
one turn of the loop leave in one response.
Left out: JSONP; binary bodies, which revision 4 refuses.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import RemoteError
from ..wire.engineio import packet
from ..wire.engineio.packet import Packet, Type
from ..wire.http.http11 import Headers, Request, Response
from .transport import Encoded, Transport

if TYPE_CHECKING:
    from .session import Session

SLICE = 256  # packets of one body that are handled before others have their turn
LARGE = 32_768  # bytes from which compressing leaves the loop's thread
NO_STORE = ("cache-control", "no-store")
TEXT = Headers([("Content-Type", "text/plain; charset=UTF-8"), NO_STORE])
HTML = Headers([("Content-Type", "text/html"), NO_STORE])  # not text/plain: old browsers saved it
NONE = Headers()
CODINGS = re.compile(r"\s*(\w+|\*)\s*(?:;\s*q\s*=\s*([\d.]+)\s*)?", re.IGNORECASE)
OUR_CODINGS = ("gzip", "deflate")  # the better one first
Answer = Response | asyncio.Future[Response]


class Polling(Transport):
    """One GET and one POST in flight, at most."""

    name = "polling"
    __slots__ = ("_poll", "_polled", "_posting", "peer")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._poll: asyncio.Future[Response] | None = None  # the GET that has no response yet
        self._polled: Request | None = None  # None while its response is being compressed
        self._posting = False  # a POST is being handled
        self.peer = ""  # whose connection has brought the last GET

    @property
    def writable(self) -> bool:
        poll = self._poll  # one that was cancelled is told of it a turn of the loop later
        return self._polled is not None and poll is not None and not poll.done()

    @property
    def buffered(self) -> int:
        return 0  # what was not taken is in the session's queue

    def request(self, request: Request) -> Answer:
        if request.method == "GET":
            return self._get(request)
        if request.method == "POST":
            return self._post(request)
        return self._empty(500, request)

    # GET: packets out.

    def _get(self, request: Request) -> Answer:
        session = self.session
        if self._poll is not None:
            session.end("transport error", "overlap from client")
            return self._empty(400, request)
        self.peer = request.peer
        waiting = session.waiting()
        answer = self._response(packet.join(waiting), request) if waiting else None
        if isinstance(answer, Response):
            return answer
        poll: asyncio.Future[Response] = session.server.loop.create_future()
        poll.add_done_callback(self._answered)
        self._poll = poll
        if answer is not None:  # it is being compressed
            answer.add_done_callback(functools.partial(_pass_on, poll))
        else:
            self._polled = request
            session.polled()
        return poll

    def _answered(self, poll: asyncio.Future[Response]) -> None:
        self._poll = self._polled = None
        if poll.cancelled():  # also while its response is compressed: the packets in it are lost
            self.session.end("transport error", "poll connection closed prematurely")
        elif error := poll.exception():
            self.session.end("transport error", error)

    def send(self, packets: list[Encoded]) -> None:
        poll, request = self._poll, self._polled
        assert poll is not None and request is not None
        self._polled = None
        answer = self._response(packet.join(packets), request)
        if isinstance(answer, Response):
            poll.set_result(answer)
        else:
            answer.add_done_callback(functools.partial(_pass_on, poll))

    def _response(self, body: bytes, request: Request) -> Answer:
        server, headers = self.session.server, TEXT
        options = server.options
        large_enough = options.http_compression and len(body) >= options.compression_threshold
        coding = accepted(request.headers.get("accept-encoding")) if large_enough else ""
        if not coding:
            return Response(200, server.headers(headers, request, self.session), body)
        headers = Headers([*TEXT, ("Content-Encoding", coding), ("Vary", "Accept-Encoding")])
        made = server.headers(headers, request, self.session)
        if len(body) < LARGE:
            return Response(200, made, compress(body, coding))
        return asyncio.ensure_future(_compressed(made, body, coding))

    def close(self, packets: list[Encoded]) -> bool:
        if not self.writable:
            return False
        self.send([*packets, Type.CLOSE])
        return True

    def end(self) -> None:
        if self.writable:
            self.send([Type.CLOSE])

    def release(self) -> None:
        """Answer the GET that waits with a noop: the client changes its transport."""
        if self.writable:
            self.send([Type.NOOP])

    # POST: packets in.

    def _post(self, request: Request) -> Answer:
        session = self.session
        if self._posting:
            session.end("transport error", "data request overlap from client")
            return self._empty(400, request)
        if request.headers.get("content-type") == "application/octet-stream":
            session.end("transport error", "invalid content")
            return self._empty(400, request)
        if len(request.body) > session.server.options.max_payload:
            session.end("transport error", "payload too large")
            return self._empty(413, request)
        packets = packet.decode_payload(request.body)
        if self._handle(packets):
            return self._ok(request)
        answer: asyncio.Future[Response] = session.server.loop.create_future()
        self._posting = True
        session.server.loop.call_soon(self._go_on, packets, answer, request)
        return answer

    def _go_on(
        self, packets: Iterator[Packet], answer: asyncio.Future[Response], request: Request
    ) -> None:
        # Also if the client has left meanwhile: its body had come, so all of its packets count.
        if not self._handle(packets):
            self.session.server.loop.call_soon(self._go_on, packets, answer, request)
            return
        self._posting = False
        if not answer.done():
            answer.set_result(self._ok(request))

    def _handle(self, packets: Iterator[Packet]) -> bool:
        """Handle a slice of them.  False: there may be more."""
        session, count = self.session, 0
        try:
            for one in itertools.islice(packets, SLICE):
                count += 1
                if one.type is Type.CLOSE:  # also while we wait to say goodbye
                    self.release()
                    session.end("transport close")
                if session.state == "closed":
                    return True
                if one.type is Type.MESSAGE:
                    session.message(one.data)
                else:
                    session.control(one)
        except RemoteError as error:
            session.end("parse error", error)
            return True
        return count < SLICE

    def _ok(self, request: Request) -> Response:
        return Response(200, self.session.server.headers(HTML, request), b"ok")

    def _empty(self, status: int, request: Request) -> Response:
        return Response(status, self.session.server.headers(NONE, request))


def accepted(header: str | None, codings: tuple[str, ...] = OUR_CODINGS) -> str:
    """The one of `codings` to use for a client with this Accept-Encoding; "" for none.

    RFC 9110 §12.5.3: a weight of 0 means "not acceptable".
    """
    weights: dict[str, float] = {}
    for part in (header or "").split(","):
        if found := CODINGS.fullmatch(part):
            try:
                weights[found[1].lower()] = float(found[2] or 1)
            except ValueError:
                weights[found[1].lower()] = 0.0
    others = weights.get("*", 0.0)
    best = max(codings, key=lambda name: weights.get(name, others))
    return best if weights.get(best, others) > 0 else ""


def compress(body: bytes, coding: str) -> bytes:
    """The body in this coding: RFC 1952, or RFC 1950 for "deflate"."""
    squeezer = zlib.compressobj(wbits=zlib.MAX_WBITS + (16 if coding == "gzip" else 0))
    return squeezer.compress(body) + squeezer.flush()


def _pass_on(poll: asyncio.Future[Response], answer: asyncio.Future[Response]) -> None:
    """Give the poll its answer, unless its client has left meanwhile."""
    if answer.cancelled():
        poll.cancel()
    elif error := answer.exception():
        if not poll.done():
            poll.set_exception(error)
    elif not poll.done():
        poll.set_result(answer.result())


async def _compressed(headers: Headers, body: bytes, coding: str) -> Response:
    loop = asyncio.get_running_loop()
    return Response(200, headers, await loop.run_in_executor(None, compress, body, coding))
