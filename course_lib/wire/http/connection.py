"""HTTP/1.1 connections: who may send what, and when.             RFC 9112 §9, RFC 9110 §10.1.1

Lesson 01.  Builds on: `receiver`, `body`, `head`, `message`, `http11`.
Used by: `net.http_serving`, `net.http_client`, `net.ws_client`.

    client:  request 1   request 2 ------------->
    server:  <------------- response 1   response 2         in the order of the requests

New here: responses are matched to requests by their order alone, and both sides must agree when
the connection ends.  Which request a response belongs to also decides whether it has a body at all.
Left out: CONNECT tunnels; a client that streams its request, or waits for 100 (Continue).
"""

from __future__ import annotations

from ...errors import LocalError, RemoteError
from . import body, head, http11
from .body import IncompleteMessage
from .message import Request, Response, tokens
from .receiver import (
    BODY,
    CLOSED,
    DONE,
    HEAD,
    READY,
    STREAMING,
    SWITCHED,
    SWITCHING,
    WRITING,
    Receiver,
)

__all__ = ["ClientConnection", "IncompleteMessage", "ServerConnection"]

EXPECTATION_FAILED = 417
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
MAX_INTERIM = 32  # 1xx responses before a final one


class ServerConnection(Receiver[Request]):
    """The server's end: requests come out of `events()`, responses go into `send()`, in order.

    A RemoteError among the events is the last of them.  Answer what came before it, then send a
    Response with its code; the connection closes after that.

    `head_timeout` is for a head from its first byte, and for the first byte of the first one;
    `body_timeout` for a body from the end of its head; `idle_timeout` for the first byte of a later
    request.  `max_pipelined` requests, and about
    `max_body` bytes of their bodies, may be unanswered before reading stops.  Pass `now` at
    construction, or the clock starts at the first call that has it.
    """

    _fresh = True  # no request has come yet
    _empty_line = False  # an empty line was skipped before this request
    _held = 0  # bytes in the bodies of unanswered requests
    _continue = False  # the client waits for 100 (Continue)
    _refused = False  # a RemoteError waits for its response
    _chunked = _bodiless = _last = False  # how the response being streamed is framed

    @property
    def should_close(self) -> bool:
        """True: write what `data_to_send` still has, then close.  Nothing more will be sent."""
        if self.reading == DONE and self.writing == READY:
            return not self._pending and not self._refused
        return self.writing == CLOSED

    def send(self, response: Response, now: float | None = None) -> None:
        """Answer the oldest unanswered request.  Raises LocalError.

        This may make room to read: look at `events()` and `wants_data` afterwards.  A 1xx other
        than 101 leaves the request unanswered.  101 ends HTTP on this connection.
        """
        request, status = self._question(READY), response.status
        self._check_allowed(request, status)
        if status < 200 and status != 101:
            self._out += http11.encode_response(response)
            return
        options = connection_options(response)
        last = status != 101 and self._is_last(options)
        method = request.method if request else "GET"
        self._out += http11.encode_response(response, method, persistence(request, options, last))
        self._answered(last, now)
        if status == 101:
            self._move("accepted")
        self._resume(now)

    def start(self, response: Response) -> None:
        """Send the head of a response whose body comes from `write`, not from `response.body`."""
        request, status = self._question(READY), response.status
        if "content-length" in response.headers or "transfer-encoding" in response.headers:
            raise LocalError("the framing of a streamed body is not for the caller to set")
        if request is None or status < 200:
            raise LocalError("only the final answer to a request is streamed")
        self._check_allowed(request, status)
        self._bodiless = http11.bodiless(status, request.method)
        # RFC 9112 §6.1: "A server MUST NOT send a response containing Transfer-Encoding unless
        # the corresponding request indicates HTTP/1.1 (or later minor revisions)."
        self._chunked = request.version != "1.0" and status not in (204, 304)
        options = connection_options(response)
        self._last = self._is_last(options) or not (self._chunked or self._bodiless)
        added = persistence(request, options, self._last)
        if self._chunked:
            added.append(("Transfer-Encoding", "chunked"))
        self._out += http11.encode_start(response, added)
        self.writing = WRITING[self.writing, "start"]

    def write(self, data: bytes) -> None:
        """Send a part of the streamed body.  Nothing is sent where the response has no body."""
        self._question(STREAMING)
        if data and not self._bodiless:
            self._out += body.encode_chunk(data) if self._chunked else data

    def finish(self, now: float | None = None) -> None:
        """End the streamed body."""
        self._question(STREAMING)
        if self._chunked and not self._bodiless:
            self._out += body.LAST_CHUNK
        self._answered(self._last, now)
        self._resume(now)

    # The sending half.

    def _question(self, state: str) -> Request | None:
        """The request to answer now; None if it was refused while it was read."""
        if self.writing != state:
            raise LocalError(f"the sending half is {self.writing}, not {state}")
        if not self._pending and not self._refused:
            raise LocalError("there is no request to answer")
        return self._pending[0] if self._pending else None

    def _check_allowed(self, request: Request | None, status: int) -> None:
        """Raise LocalError if `status` may not answer this request."""
        # RFC 9110 §15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client."
        if status < 200 and (request is None or request.version == "1.0"):
            raise LocalError("a 1xx answers a request of HTTP/1.1")
        # §7.8: "A server MUST NOT switch to a protocol that was not indicated by the client".
        if status == 101 and not (request and request.upgrade and self.reading == SWITCHING):
            raise LocalError("101 answers a request with Upgrade that keeps the connection")
        if 200 <= status < 300 and request is not None and request.method == "CONNECT":
            raise LocalError("there are no tunnels here")

    def _is_last(self, options: tuple[str, ...]) -> bool:
        """Does the connection end after this response?  Either end may have asked for it."""
        if self.reading == DONE and len(self._pending) + self._refused <= 1:
            return True
        return "close" in options

    def _answered(self, last: bool, now: float | None) -> None:
        """Note that the oldest request has its response."""
        full = not self._room
        if self._pending:
            self._held -= len(self._pending.popleft().body)
        else:
            self._refused = False
        self.writing = WRITING[self.writing, "last message" if last else "message"]
        if full or not (self._pending or self._buf):
            self._since = now  # a new wait begins
        if last and self.reading not in (DONE, SWITCHED):
            self._stop()

    def _resume(self, now: float | None) -> None:
        """Read on, if reading had to wait for this response."""
        if self.reading == SWITCHING and not self._pending:
            self._move("refused")
        if self._continue and not self._pending:
            self._say_continue()
            self._since = now
        if self._buf or self._ended:
            self._advance(now)

    # The receiving half.

    @property
    def _room(self) -> bool:
        return len(self._pending) < self.max_pipelined and self._held <= self._limits.max_body

    @property
    def _wait(self) -> float | None:
        if not self.wants_data or self._continue:  # `_continue`: the client waits for us
            return None
        if self.reading == BODY:
            return self.body_timeout
        if self._buf or self._fresh:
            return self.head_timeout
        return None if self._pending else self.idle_timeout

    def _passes_empty_line(self) -> bool:
        # RFC 9112 §2.2: "a server that is expecting to receive and parse a request-line SHOULD
        # ignore at least one empty line (CRLF) received prior to the request-line."
        if self._empty_line or self._buf[:2] != b"\r\n":
            return False
        del self._buf[:2]
        self._empty_line = True
        return True

    def _decode(self, text: str) -> Request:
        return head.decode_request(text, self._limits, self.peer)

    def _body_of(self, request: Request) -> body.Reader | None:
        reader = body.of_request(request, self._limits)
        expect = request.headers.get("expect") if reader and request.version != "1.0" else None
        if expect is not None:
            if expect.lower() != "100-continue":
                raise RemoteError(f"unknown expectation {expect[:80]!r}", EXPECTATION_FAILED)
            self._continue = True
            self._say_continue()
        return reader

    def _say_continue(self) -> None:
        """Send 100 (Continue), once all requests before this one are answered."""
        if not self._pending:
            self._out += CONTINUE
            self._continue = False

    def _accept(self, request: Request) -> str:
        self._pending.append(request)
        self._held += len(request.body)
        self._fresh = self._continue = self._empty_line = False
        # RFC 9112 §9.6: "A server that receives a 'close' connection option MUST initiate closure
        # of the connection ... after it sends the final response to the request that contained"
        # it, and "MUST NOT process any further requests received on that connection."
        if not request.keep_alive:
            return "last message"
        return "upgrade offered" if request.upgrade or request.method == "CONNECT" else "message"

    def _fail(self, error: RemoteError) -> None:
        super()._fail(error)
        self._refused, self._continue = True, False


class ClientConnection(Receiver[Response]):
    """The client's end: requests go into `send()`, final responses come out of `events()`.

    1xx responses are skipped, except 101: it ends HTTP, and `take_leftover` has the bytes after it.
    `head_timeout` is for a response's head from its first byte; the caller limits the wait for
    that byte, and for the body.  `idle_timeout` ends a connection that has no request.
    """

    _reads_requests = False
    _interim = 0  # 1xx responses to the present request

    @property
    def should_close(self) -> bool:
        """True: no more responses will come, not even to a request that is unanswered."""
        return self.reading == DONE

    @property
    def reusable(self) -> bool:
        """May another request be sent?  Not while anything of the last one is left over."""
        ready = self.reading == HEAD and self.writing == READY
        return ready and not (self._pending or self._buf or self._ended)

    def partial(self) -> Response | None:
        """The response whose body is still coming, with what has come of it."""
        if self._reader is None or self._message is None:
            return None
        head, part = self._message, self._reader.so_far(self._buf)
        return Response(head.status, head.headers, part, head.reason, head.version)

    def send(self, request: Request) -> None:
        """Send a request.  LocalError if the connection is over, or too many are unanswered."""
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

    def _decode(self, text: str) -> Response:
        if not self._pending:
            raise RemoteError("a response that nothing asked for", 400)
        return head.decode_response(text, self._limits)

    def _body_of(self, response: Response) -> body.Reader | None:
        return body.of_response(response, self._pending[0].method, self._limits)

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
        if isinstance(self._reader, body.UntilClose) and self._message is not None and self._clean:
            self._message.body = self.take_leftover()
            self._finish(self._message, now)
        elif self._pending and self._reader is None and not self._buf:
            raise body.IncompleteMessage(0, None, None)
        if self.reading != DONE:
            super()._end(now)


def connection_options(response: Response) -> tuple[str, ...]:
    """The options in the response's Connection header, in lower case."""
    connection = response.headers.by_name().get("connection")
    return tokens(connection) if connection else ()


def persistence(
    request: Request | None, options: tuple[str, ...], last: bool
) -> list[tuple[str, str]]:
    """The Connection option that a response needs and does not have.  (RFC 9112 §9.3)"""
    if last and "close" not in options:
        return [("Connection", "close")]
    if request and request.version == "1.0" and not last and "keep-alive" not in options:
        return [("Connection", "keep-alive")]
    return []
