"""The client's end of an HTTP/1.1 connection.                    RFC 9112 §9

Lesson 01.  Builds on: `wire.http_receiver`.  Used by: `wire.http_connection`, which names it too.

    send(request) -> data_to_send() ... receive(data, now) -> events() -> response

New here: which request a response belongs to decides whether it has a body at all.
Left out: CONNECT tunnels; a request body in parts, or one that waits for 100.
"""

from __future__ import annotations

from ..errors import LocalError, RemoteError
from . import http11, http_body, http_head
from .http_message import Request, Response
from .http_receiver import CLOSED, DONE, HEAD, READY, SWITCHED, WRITING, Receiver

MAX_INTERIM = 32  # 1xx responses before a final one


class ClientConnection(Receiver[Response]):
    """The client's end: requests go into `send()`, final responses come out of `events()`.

    1xx responses are passed over, but for 101, after which HTTP is over and `take_leftover` has
    the rest.  `head_timeout` is for a response's head from its first byte; how long to wait for
    that byte, and for the body, is for the caller to say.  `idle_timeout` ends a connection that
    has nothing to do.
    """

    _reads_requests = False
    _interim = 0  # 1xx responses to the present request

    @property
    def should_close(self) -> bool:
        """Nothing more will come; a request still unanswered stays so."""
        return self.reading == DONE

    @property
    def reusable(self) -> bool:
        """May another request be sent, with nothing left over from the last?"""
        ready = self.reading == HEAD and self.writing == READY
        return ready and not (self._pending or self._buf or self._ended)

    def send(self, request: Request) -> None:
        """Ask.  Raises LocalError if the connection is over or has too many questions open."""
        if self.reading in (DONE, SWITCHED) or self.writing == CLOSED or self._ended:
            raise LocalError("no request can follow on this connection")
        if len(self._pending) >= self.max_pipelined:
            raise LocalError(f"{self.max_pipelined} requests are unanswered")
        if request.method == "CONNECT" or (self._pending and self._pending[-1].upgrade):
            raise LocalError("nothing follows an upgrade, and CONNECT is left out")
        self._out += http11.encode_request(request)
        self._pending.append(request)
        self.writing = WRITING[READY, "message" if request.keep_alive else "last message"]

    @property
    def _wait(self) -> float | None:
        if self.reading != HEAD:
            return None
        if self._buf:
            return self.head_timeout
        return None if self._pending else self.idle_timeout

    def _decode(self, head: str) -> Response:
        if not self._pending:
            raise RemoteError("a response that nothing asked for", 400)
        return http_head.decode_response(head, self._limits)

    def _body_of(self, response: Response) -> http_body.Reader | None:
        return http_body.of_response(response, self._pending[0].method, self._limits)

    def _accept(self, response: Response) -> str | None:
        if response.status < 200 and response.status != 101:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise RemoteError(f"more than {MAX_INTERIM} interim responses", 400)
            return None
        request, self._interim = self._pending.popleft(), 0
        if response.status == 101:
            if not request.upgrade:
                raise RemoteError("101 without Upgrade in the request", 400)
            return "accepted"
        return "message" if response.keep_alive and request.keep_alive else "last message"

    def _end(self, now: float | None) -> None:
        if isinstance(self._reader, http_body.UntilClose) and self._message is not None:
            self._message.body = self.take_leftover()
            self._finish(self._message, now)
        elif self._pending and self._reader is None and not self._buf:
            raise http_body.IncompleteMessage(0, None, None)
        if self.reading != DONE:
            super()._end(now)
