"""The receiving half of an HTTP connection, the same for both ends.  RFC 9112 §9

Lesson 01.  Builds on: `head`, `body`, `message`.  Used by: `connection`, `net.http_serving`.

    bytes -> [ buffer ] -> head -> body -> message -> events()
                 |___ bounded, and every wait has a deadline ___|

New here: messages follow each other on one connection, cut into reads at any byte, and time is an
argument.  `READING` is the table of this half, `WRITING` that of the other; a connection's
`reading` and `writing` move through them.
Left out: what to send; see `connection`.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from ...errors import RemoteError
from .body import IncompleteMessage, Reader
from .head import HeadScanner, Limits
from .message import Request, Response

HEAD, BODY, SWITCHING, SWITCHED, DONE = "head", "body", "switching", "switched", "done"

READING = {
    (HEAD, "message"): HEAD,  # a message without a body
    (HEAD, "body follows"): BODY,
    (BODY, "message"): HEAD,
    (HEAD, "last message"): DONE,  # "Connection: close"
    (BODY, "last message"): DONE,
    (HEAD, "upgrade offered"): SWITCHING,  # what follows may not be HTTP
    (BODY, "upgrade offered"): SWITCHING,
    (SWITCHING, "refused"): HEAD,
    (SWITCHING, "accepted"): SWITCHED,
    (HEAD, "accepted"): SWITCHED,  # a client reads 101
    **{(state, "failure"): DONE for state in (HEAD, BODY, SWITCHING)},
    **{(state, "end"): DONE for state in (HEAD, BODY, SWITCHING)},
}

REQUEST_TIMEOUT = 408
READY, STREAMING, CLOSED = "ready", "streaming", "closed"

WRITING = {
    (READY, "message"): READY,
    (READY, "start"): STREAMING,  # a body in parts
    (STREAMING, "message"): READY,
    (READY, "last message"): CLOSED,
    (STREAMING, "last message"): CLOSED,
}

Incoming = TypeVar("Incoming", Request, Response)


class Receiver(Generic[Incoming]):
    """Bytes in, messages out.  Time is given in seconds, on any clock that does not go back."""

    # Defaults stand in the class: a connection that never changes one stores nothing for it.
    reading, writing = HEAD, READY
    _reads_requests = True
    _reader: Reader | None = None
    _message: Incoming | None = None  # the one whose body is being read
    unfinished: Incoming | None = None  # the one whose body failed: its head, and no body
    _ended = False  # the peer sends no more
    _clean = True  # and said so itself: no reset, no cut under TLS

    def __init__(
        self,
        *,
        max_line: int = 8192,
        max_headers: int = 128,
        max_target: int = 8192,
        max_body: int = 1_000_000,
        max_pipelined: int = 32,
        head_timeout: float = 10.0,
        body_timeout: float = 30.0,
        idle_timeout: float = 60.0,
        now: float | None = None,
        peer: str = "",
    ) -> None:
        self._limits = Limits(max_line, max_headers, max_target, max_body)
        self._scanner = HeadScanner(self._limits, request=self._reads_requests)
        self._buf = bytearray()
        self._out = bytearray()
        self._events: list[Incoming | RemoteError] = []
        self._pending: deque[Request] = deque()  # not answered yet
        self._now = self._since = now  # the last time known; when the present wait began
        self.max_pipelined = max_pipelined
        self.head_timeout = head_timeout
        self.body_timeout = body_timeout
        self.idle_timeout = idle_timeout
        self.peer = peer

    # Each subclass adds how to read its kind of message.

    def _decode(self, text: str) -> Incoming:
        raise NotImplementedError

    def _body_of(self, message: Incoming) -> Reader | None:
        raise NotImplementedError

    def _accept(self, message: Incoming) -> str | None:
        """Note a whole message.  Return its event in `READING`, or None to skip the message."""
        raise NotImplementedError

    @property
    def _room(self) -> bool:
        """May another message be read?"""
        return True

    def _passes_empty_line(self) -> bool:
        """Drop an empty line before a message, if that is allowed."""
        return False

    @property
    def _wait(self) -> float | None:
        """How long the present wait may take, in seconds.  None: without limit."""
        raise NotImplementedError

    @property
    def unanswered(self) -> int:
        """How many requests wait for their response."""
        return len(self._pending)

    @property
    def wants_data(self) -> bool:
        """False: pause reading the network; bytes that come now are buffered, not parsed."""
        return self.reading == BODY or (self.reading == HEAD and self._room)

    @property
    def held(self) -> int:
        """Bytes that have come and are not parsed yet."""
        return len(self._buf)

    @property
    def arriving(self) -> tuple[Incoming, int] | None:
        """A message whose body has come in part, and how many bytes; None if there is none."""
        if self._reader is None or self._message is None:
            return None
        return self._message, self._reader.progress(self._buf)[0]

    def receive(self, data: bytes, now: float) -> None:
        """Parse bytes from the network.  Their messages are in `events()`."""
        self._now = now
        if self.reading == DONE:
            return
        if not self._buf and self.reading == HEAD:
            self._since = now
        self._buf += data
        self._advance(now)

    def receive_eof(self, now: float, *, clean: bool = True) -> None:
        """Note the peer's half-close: it will send no more, but may still read.

        `clean` is False if the connection was reset, or cut off under TLS without a close_notify:
        then a body that ends with the connection is not whole (RFC 9112 §8, §9.8).
        """
        self._now = now
        self._ended, self._clean = True, clean
        self._advance(now)

    def events(self) -> list[Incoming | RemoteError]:
        """What has happened since the last call: whole messages, then at most one RemoteError."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """The bytes to write to the network now."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def take_leftover(self) -> bytes:
        """The bytes after a switch of protocols: they belong to the new protocol."""
        rest = bytes(self._buf)
        self._buf.clear()
        return rest

    def next_deadline(self) -> float | None:
        """When to call `tick` next.  Ask again after every other call."""
        wait, since = self._wait, self._now if self._since is None else self._since
        return None if wait is None or since is None else since + wait

    def tick(self, now: float) -> None:
        """Time out the present wait, if it has taken too long."""
        self._now = now
        wait = self._wait
        if wait is None:
            return
        if self._since is None:  # a wait that began in a call without `now`
            self._since = now
        elif now >= self._since + wait:
            if self._buf or self.reading == BODY:
                self._fail(RemoteError(f"message not whole after {wait:g} s", REQUEST_TIMEOUT))
            else:
                self._move("end")

    def _move(self, what: str) -> None:
        self.reading = READING[self.reading, what]

    def _advance(self, now: float | None) -> None:
        """Read as many messages as have come and may be read now."""
        try:
            while self._buf and self.wants_data:
                step = self._read_head if self.reading == HEAD else self._read_body
                if not step(now):
                    break
            if self._ended and self.wants_data:
                self._end(now)
        except RemoteError as error:
            self._fail(error)

    def _read_head(self, now: float | None) -> bool:
        buf = self._buf
        if buf[0] == 0x0D and self._passes_empty_line():
            return True
        end = self._scanner.find_end(buf)
        if end < 0:
            return False
        try:
            message = self._decode(buf[: end + 4].decode("latin-1"))
        except RemoteError:
            self._scanner.check(buf, end + 2)  # report a limit exceeded earlier in the head
            raise
        del buf[: end + 4]
        self._scanner.reset()
        self._message = message  # `_body_of` may refuse its length
        self._reader = self._body_of(message)
        if self._reader is None:
            self._finish(message, now)
        else:
            self._move("body follows")
            self._since = now  # the wait for the body begins
        return True

    def _read_body(self, now: float | None) -> bool:
        assert self._reader is not None and self._message is not None
        body = self._reader.read(self._buf)
        if body is None:
            return False
        self._message.body = body
        self._finish(self._message, now)
        return True

    def _finish(self, message: Incoming, now: float | None) -> None:
        """Deliver a whole message."""
        self._reader = self._message = None
        self._since = now
        if move := self._accept(message):
            self._events.append(message)
            self._move(move)
        if self.reading == DONE:
            self._buf.clear()

    def _fail(self, error: RemoteError) -> None:
        """Report the peer's error, and read nothing more."""
        self._events.append(error)
        self.unfinished = self._message
        self._stop("failure")

    def _stop(self, why: str = "end") -> None:
        """Read nothing more."""
        self._reader = self._message = None
        self._buf.clear()
        self._move(why)

    def _end(self, now: float | None) -> None:
        """End of input: IncompleteMessage if it is inside a message."""
        if self._reader is not None:
            received, expected = self._reader.progress(self._buf)
            raise IncompleteMessage(received, expected, self._message)
        if self._buf:
            raise IncompleteMessage(len(self._buf), None, None)
        self._move("end")
