"""Our own host: `net.http_server` and `net.ws` give the requests, and take the answers.

    request ── is it under `path`? ──> no   other(request), or 404
                       |
                       +── Upgrade? ──> server.upgrade(request) ──> 101 and a link
                       +──────────────> server.handle(request)  ──> a Response, now or later

Lesson 07.  Builds on: `server`, net.http_server, net.ws.  Used by: `server.Server.listen`.
New here: nothing of HTTP or WebSocket is above this line, and nothing of sessions below it.
Left out: other hosts; one for ASGI needs the same two calls.
"""

from __future__ import annotations

import functools
import inspect
import ssl as ssl_module
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from ..net import http_answer, http_server, ws
from ..wire.http.http11 import Headers, Request, Response
from ..wire.websocket import handshake_request
from .transport import Accepted

if TYPE_CHECKING:
    from .server import Server

NOT_FOUND = Response(404, Headers([("Content-Type", "text/plain")]), b"not found\n")


class Listening(http_server.Server):
    """What `Server.listen` returns: a port.  `close` ends the sessions first."""

    def __init__(
        self,
        engine: Server,
        host: str,
        port: int,
        *,
        ssl: ssl_module.SSLContext | None,
        other: Callable[[Request], Any] | None,
    ) -> None:
        options = engine.options
        super().__init__(
            self._answer,
            host,
            port,
            ssl=ssl,
            idle_timeout=60.0,
            head_timeout=10.0,
            body_timeout=options.body_timeout,
            linger=2.0,
            max_connections=None,
            max_body=options.max_payload,
        )
        self.refused = engine.refused
        self.engine = engine
        self._other = other

    async def start(self) -> Self:
        await super().start()
        self.engine.open()
        self.engine.hosts[self] = None
        return self

    def _answer(self, request: Request) -> Any:
        engine = self.engine
        if not engine.serves(request):
            return self._other(request) if self._other is not None else NOT_FOUND
        if not handshake_request.meant(request.headers):
            return engine.handle(request, secure=self.ssl is not None)
        answer = engine.upgrade(request, secure=self.ssl is not None)
        if inspect.isawaitable(answer):
            return self._later(answer, request)
        return self._upgraded(answer, request)

    async def _later(self, answer: Any, request: Request) -> Any:
        return self._upgraded(await answer, request)

    def _upgraded(self, answer: Any, request: Request) -> Any:
        if not isinstance(answer, Accepted):
            return answer
        options = self.engine.options
        upgrade = ws.upgrade(
            request,
            functools.partial(_forgetting, answer),
            origins="*",  # the engine has checked it
            max_payload=options.max_payload,
            max_unsent=options.max_unsent,
            compression=options.compression,
            ping_interval=None,  # Engine.IO has a heartbeat of its own
        )
        if isinstance(upgrade, http_answer.Upgrade):
            upgrade.response.headers = Headers([*upgrade.response.headers, *answer.headers])
        return upgrade

    async def _wind_up(self, grace: float) -> None:
        until = self.loop.time() + grace
        try:
            await self.engine.close(grace)
        except BaseException:
            await super()._wind_up(0.0)
            raise
        finally:
            self.engine.hosts.pop(self, None)
        await super()._wind_up(max(0.0, until - self.loop.time()))


def _forgetting(answer: Accepted, link: ws.PushConnection) -> None:
    """Give the link away without its messages of HTTP: half a KiB for each idle session."""
    link.request = link.response = None
    answer.opened(link)  # type: ignore[arg-type]  # it gets a kind of Exception in `on_close`
