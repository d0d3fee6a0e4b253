"""An Engine.IO server: handshakes, refusals, sessions, and one timer.        Engine.IO rev. 4

    server = Server()                              server = Server(ping_interval=25, ...)
                                                   app = any host: server.handle(request),
    @server.on("connection")                              server.upgrade(request)
    def connected(session):
        session.on("message", session.send)

    async with server.listen() as address: ...     address.url -> "http://127.0.0.1:49152"

    a request:  middleware, origin -> transport -> sid or method -> allow_request -> EIO
                    every refusal has a code, and is told to "connection_error"

Lesson 07.  Builds on: `routing`, `session`, `probe`, `cors`, `eventually`, `on_its_way`,
`options`, wire.engineio.heartbeat.  Used by: `host`, and the layer above.
New here: who may open a session, and one timer for all of them.
Left out: how requests arrive; see `host`.  Revision 3, JSONP, WebTransport.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import itertools
import json
import logging
import os
import ssl as ssl_module
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Unpack

from ..errors import LocalError, RemoteError
from ..wire.engineio import heartbeat
from ..wire.engineio.heartbeat import Delay
from ..wire.engineio.packet import Handshake
from ..wire.http.http11 import Headers, Request, Response
from . import cors, eventually, on_its_way, options, polling, routing
from .handlers import Emitter, Runner
from .options import Cookie, Options
from .polling import NONE, Polling
from .probe import Probe
from .routing import Refusal
from .session import Session
from .transport import Accepted, Link
from .websocket import WebSocket

__all__ = ["Accepted", "Cookie", "Refusal", "Server"]

# What ended a body that HTTP has refused: the status, and the session's description.
REFUSED = {413: "payload too large", 408: "http request timeout"}
LATE = Response(
    503,
    Headers([("Content-Type", "text/plain"), ("Connection", "close")]),
    b"this server is shutting down\n",
)
ADMITS = "allow_request returned %r, so the request is refused: return True, False or a message"

_logger = logging.getLogger("course_lib.engineio")
_count = itertools.count()


Answer = Response | Accepted
Steps = Generator[Any, Any, Any]


def new_sid() -> str:
    """96 random bits and a counter, as 20 characters of A-Z a-z 0-9 _ -."""
    count = next(_count) & 0xFFFFFF
    return base64.urlsafe_b64encode(os.urandom(12) + count.to_bytes(3, "big")).decode("ascii")


class Server(Emitter):
    """Sessions, and who may have one.  For the keyword arguments see `options.Options`.

    Events: connection(session), connection_error(refusal), and for hosts that add header lines
    initial_headers(pairs, request), headers(pairs, request): lists to append to.
    """

    EVENTS = ("connection", "connection_error", "initial_headers", "headers")

    def __init__(self, **given: Unpack[options.Given]) -> None:
        options.check(Options, given)
        super().__init__(Runner())
        self.options = Options(**given)
        self.sessions: dict[str, Session] = {}
        chosen = self.options
        self.heartbeats: heartbeat.Heartbeats[Session] = heartbeat.Heartbeats(
            chosen.ping_interval, chosen.ping_timeout, chosen.ping_grace
        )
        # Where the requests come from, for what has come of their bodies.
        self.hosts: dict[on_its_way.Host, None] = {}
        self._delays: list[tuple[Delay[Any], Callable[[Any], object]]] = []
        self.upgrades: Delay[Probe] = self.delay(chosen.upgrade_timeout, lambda probe: probe.fail())
        self._closings: Delay[Session] = self.delay(
            chosen.close_timeout, functools.partial(Session.end, reason="forced close")
        )
        self._cors = cors.Cors(chosen)
        self._middleware = list(chosen.middleware)
        # Paths that the layer above answers; None leaves the request to the engine.
        self.routes: dict[str, Callable[[Request], Response | None]] = {}
        # The layer above: called when the loop runs; awaited when all sessions have ended.
        self.opened: list[Callable[[], object]] = []
        self.closed: list[Callable[[], Awaitable[object]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self.is_closing = False

    @property
    def clients_count(self) -> int:
        """How many sessions there are."""
        return len(self.sessions)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the server runs on: that of `listen`, or of its first request."""
        if self._loop is None:
            self.open()
        assert self._loop is not None
        return self._loop

    def open(self) -> None:
        """A loop runs.  Twice is no error."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            for opened in self.opened:
                opened()

    def use(self, middleware: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """Run `middleware(request)` for each request, also for an upgrade.  Also a decorator.

        What it returns, if it is a Response, answers the request; what it raises refuses it.
        """
        if not callable(middleware):
            raise LocalError(f"use({middleware!r}): a middleware is a function")
        self._middleware.append(middleware)
        return middleware

    def listen(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ssl: ssl_module.SSLContext | None = None,
        other: Callable[[Request], Any] | None = None,
    ) -> Any:
        """Serve on a port of its own; await the result or enter it.  `url` and `port` are its own.

        `other(request)` answers what is not under `path`, as in `http_server.serve`.  Closing it
        ends this server's sessions as well.
        """
        from . import host as our_host  # it needs `Server`

        return our_host.Listening(self, host, port, ssl=ssl, other=other)

    def serves(self, request: Request) -> bool:
        """Whether the request is for this server, by its path."""
        return request.path.startswith(self.options.path)

    # Requests.

    def handle(self, request: Request, *, secure: bool = False) -> Any:
        """Answer a request that is not an upgrade: a Response, or an awaitable of one.

        `secure`: it came by TLS, so that our own pages are https.
        """
        if self.is_closing and request.query.get("sid") not in self.sessions:
            return LATE
        if not self._middleware and "origin" not in request.headers.by_name():
            # Most requests: 2 µs less than by the steps, which come to the same.
            query = request.query
            session = self.sessions.get(query.get("sid", ""))
            if (
                session is not None
                and query.get("EIO") == "4"
                and session.transport.name == "polling" == query.get("transport")
            ):
                return session.transport.request(request)
        if self.routes and (route := self.routes.get(request.path)) is not None:
            answer = route(request)
            if answer is not None:
                answer.headers = Headers([*answer.headers, *self._cors_lines(request)])
                return answer
        return eventually.finish(self._steps(request, secure, upgrading=False))

    def upgrade(self, request: Request, *, secure: bool = False) -> Any:
        """Answer a request for a WebSocket: Accepted or a Response, or an awaitable of these."""
        if self.is_closing:
            return LATE
        return eventually.finish(self._steps(request, secure, upgrading=True))

    def refused(self, request: Request, error: RemoteError) -> None:
        """The host's HTTP has refused the body of this request: its session ends."""
        session = self.sessions.get(request.query.get("sid", ""))
        if session is not None and session.transport.name == "polling" and request.method == "POST":
            text = "data request connection closed prematurely"
            session.end("transport error", REFUSED.get(error.code, text))

    def _steps(self, request: Request, secure: bool, *, upgrading: bool) -> Steps:
        """Yields what may have to be awaited; see `eventually`."""
        origin = request.headers.get("origin")
        try:
            for middleware in self._middleware:
                try:
                    response = yield middleware(request)
                except Exception as error:
                    _logger.info("a middleware has refused a request: %r", error)
                    context = {"name": "MIDDLEWARE_FAILURE", "error": error}
                    raise routing.refusal(request, routing.BAD_REQUEST, context) from error
                if isinstance(response, Response):
                    return response
            if origin is not None:
                preflight = self._check_origin(request, origin, secure)
                if preflight is not None:
                    return preflight
            query = request.query
            transports = self.options.transports
            found = routing.find(request, self.sessions, transports, upgrading=upgrading)
            if isinstance(found, Session):
                if upgrading:
                    return self._admit_probe(found, request, query)
                return found.transport.request(request)
            if found == routing.ELSEWHERE:
                return (yield from self._elsewhere(request, query["sid"]))
            return (yield from self._handshake(request, query, secure, upgrading=upgrading))
        except Refusal as refusal:
            self.emit("connection_error", refusal)
            return self._refuse(refusal, upgrading=upgrading)

    def _check_origin(self, request: Request, origin: str, secure: bool) -> Response | None:
        """The answer to a preflight, or None.  Raises the refusal of a foreign page."""
        allowed = self._cors.allows(request, origin, secure=secure)
        if not allowed and self.options.check_origin:
            context = {"name": "FOREIGN_ORIGIN", "origin": origin}
            raise routing.refusal(request, routing.FORBIDDEN, context, status=403)
        preflight = self._cors.preflight(request, origin if allowed else None)
        if preflight is None:
            return None
        return Response(204, self.headers(Headers(preflight), request))

    def _elsewhere(self, request: Request, sid: str) -> Steps:
        """Let the owner of a session that is not here answer; nobody by default."""
        if self.options.find_owner is not None:
            owner = yield self.options.find_owner(sid)
            if owner is not None:
                return (yield owner(request))
        raise routing.refusal(request, routing.UNKNOWN_SID, {"sid": sid})

    def _handshake(
        self, request: Request, query: dict[str, str], secure: bool, *, upgrading: bool
    ) -> Steps:
        chosen = self.options
        if chosen.allow_request is not None:
            said = yield chosen.allow_request(request)
            if said is not True:
                if not (said is False or isinstance(said, str)):  # a `return` that was forgotten
                    _logger.error(ADMITS, said)
                message = said if isinstance(said, str) else ""
                told = {"message": message}
                refused = routing.refusal(request, routing.FORBIDDEN, told, status=403)
                refused.message = message or refused.message
                raise refused
        if query.get("EIO") != "4":
            raise routing.refusal(request, routing.BAD_PROTOCOL, {"protocol": 3})
        try:
            sid = new_sid() if chosen.generate_id is None else (yield chosen.generate_id(request))
            if not (isinstance(sid, str) and sid) or sid in self.sessions:
                raise LocalError(f"generate_id gave {sid!r}, which is no new id")
        except Exception as error:
            _logger.exception("no id for a new session")
            context = {"name": "ID_GENERATION_ERROR", "error": error}
            raise routing.refusal(request, routing.BAD_REQUEST, context) from error
        if self.is_closing:
            return LATE
        session = Session(sid, self, request, secure=secure)
        if upgrading:
            base64 = query.get("b64") == "1"
            return Accepted(
                lambda link: self._open(session, WebSocket(session, link, base64=base64)),
                list(self.headers(NONE, request)),
            )
        session.transport = transport = polling.Polling(session)
        answer = transport.request(request)
        self._open(session, transport)
        return answer

    def _open(self, session: Session, transport: Polling | WebSocket) -> None:
        session.transport = transport
        # `generate_id` may have given one id to two handshakes, before either was open.
        if self.is_closing or session.id in self.sessions:
            session.end("forced close")
            return
        chosen = self.options
        upgrades = [
            name
            for name in chosen.transports
            if name == "websocket" and transport.name == "polling"
        ]
        handshake = Handshake(
            session.id,
            upgrades if chosen.allow_upgrades else [],
            chosen.ping_interval,
            chosen.ping_timeout,
            chosen.max_payload,
        )
        session.put(handshake.encode())
        if chosen.initial_packet is not None:
            session.send(chosen.initial_packet)
        self.sessions[session.id] = session
        self.heartbeats.opened(session, self.loop.time())
        self.watch()
        self.emit("connection", session)

    def _admit_probe(self, session: Session, request: Request, query: dict[str, str]) -> Accepted:
        base64 = query.get("b64") == "1"

        def opened(link: Link) -> None:
            free = session.probe is None and isinstance(session.transport, Polling)
            admitted = free and session.state != "closed"
            probe = Probe(session, link, base64=base64, admitted=admitted)
            if admitted:
                self.upgrades.begin(probe, self.loop.time())
                self.watch()

        return Accepted(opened, list(self.headers(NONE, request)))

    def headers(
        self, headers: Headers, request: Request, session: Session | None = None
    ) -> Headers:
        """Header lines of a response: these, those of CORS, and what the application adds.

        `session`: the response is one to a poll, and the first one may set the cookie.
        """
        origin = request.headers.by_name().get("origin")
        if origin is None and not self._decorated:
            return headers  # one object for all: its bytes are made once
        pairs = [*headers, *self._cors_lines(request)]
        if self._decorated and not request.query.get("sid"):
            if session is not None and isinstance(self.options.cookie, Cookie):
                pairs.append(("Set-Cookie", self.options.cookie.header(session.id)))
            self.emit("initial_headers", pairs, request)
        self.emit("headers", pairs, request)
        return Headers(pairs)

    def _cors_lines(self, request: Request) -> list[tuple[str, str]]:
        origin = request.headers.by_name().get("origin")
        if origin is None or not self._cors.allows(request, origin):
            return []
        return self._cors.headers(origin)

    @property
    def _decorated(self) -> bool:
        handlers = self._handlers
        return bool(
            self.options.cookie or handlers.get("headers") or handlers.get("initial_headers")
        )

    # Refusals.

    def _refuse(self, refusal: Refusal, *, upgrading: bool) -> Response:
        body = json.dumps(
            {"code": refusal.code, "message": refusal.message},
            separators=(",", ":"),
            ensure_ascii=False,
        )
        pairs = [("Content-Type", "application/json")]
        if upgrading:
            pairs.append(("Connection", "close"))
        return Response(
            refusal.status, self.headers(Headers(pairs), refusal.request), body.encode()
        )

    # Time.

    def watch(self) -> None:
        """Make sure that the timer fires no later than the next deadline."""
        due = self._next_deadline()
        if due is None or (self._timer is not None and self._timer_at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self.loop.call_at(due, self._tick)

    def _next_deadline(self) -> float | None:
        all_due = [self.heartbeats.next_deadline()]
        all_due += [delay.next_deadline() for delay, _ in self._delays]
        return min((when for when in all_due if when is not None), default=None)

    def delay(self, seconds: float, due: Callable[[Any], object]) -> Delay[Any]:
        """A queue of items that wait for `seconds`; then `due(item)` is called.

        Whoever begins an item calls `watch` after it.
        """
        delay: Delay[Any] = Delay(seconds)
        self._delays.append((delay, due))
        return delay

    def _tick(self) -> None:
        self._timer = None
        now = self.loop.time()
        asked, dead = self.heartbeats.tick(now, on_its_way.asked(self.hosts))
        for session in dead:
            session.end("ping timeout")
        for session in asked:
            session.ping()
        for delay, due in self._delays:
            for item in delay.due(now):
                due(item)
        self.watch()

    def closing(self, session: Session) -> None:
        """A session waits for the poll that takes its last packets."""
        self._closings.begin(session, self.loop.time())
        self.watch()

    def forget(self, session: Session) -> None:
        """A session is over."""
        if self.sessions.get(session.id) is session:
            del self.sessions[session.id]
        self.heartbeats.closed(session)
        self._closings.end(session)

    # The end.

    def begin_to_close(self) -> None:
        """End all sessions now, and refuse new ones; for servers that a signal ends."""
        self.is_closing = True
        for session in list(self.sessions.values()):
            session.close(discard=True)
        if self._timer is not None and not self.sessions:
            self._timer.cancel()
            self._timer = None

    async def close(self, grace: float = 5.0) -> None:
        """`begin_to_close`, then cancel the handlers that still run.  Twice is no error."""
        self.begin_to_close()
        await self.runner.close(grace)
        closed, self.closed = self.closed, []
        for close in closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await close()
