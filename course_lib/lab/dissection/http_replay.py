"""Both ends of the HTTP wire floor, run once more on recorded bytes.

Lesson 01 on.  Builds on: `wire.http.connection`.  Used by: `http`.

    Requests().receive(bytes)  ->  whole: (Request, where it stops), ...   waits_for: "5 more bytes"
    Answers().receive(bytes)   ->  the same, with the interim ones, once each request was `send`

New here: the wire objects do not say where in the stream a message stops, because a server does not
need it.  These note it at the moment when a message becomes whole.
Left out: limits on what is held; a recording fits into memory already.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from ...wire.http import body
from ...wire.http.connection import ClientConnection, ServerConnection

NO_LIMIT = 1 << 40


class _Marking:
    """Mixed into a wire connection: notes each message as it becomes whole, and where it stops."""

    _buf: bytearray
    _reader: body.Reader | None
    _message: Any

    def __init__(self) -> None:
        super().__init__(max_body=NO_LIMIT, max_pipelined=NO_LIMIT, now=0.0)  # type: ignore[call-arg]
        self.fed = 0
        self.whole: deque[tuple[Any, int]] = deque()

    def receive(self, data: bytes, now: float = 0.0) -> None:
        self.fed += len(data)
        super().receive(data, now)  # type: ignore[misc]

    def _finish(self, message: Any, now: float | None) -> None:
        self.whole.append((message, self.fed - len(self._buf)))
        super()._finish(message, now)  # type: ignore[misc]

    @property
    def half(self) -> Any:
        """The message whose body is being read."""
        return self._message

    @property
    def waits_for(self) -> str:
        """What an incomplete message lacks."""
        if self._reader is None:
            return "the empty line that ends the head"
        received, expected = self._reader.progress(self._buf)
        if expected is not None:
            left = expected - received
            return f"{left:,} more byte{'' if left == 1 else 's'} of {expected:,} in its body"
        if isinstance(self._reader, body.UntilClose):
            return "the end of the connection"
        return "the chunk of size 0"


class Requests(_Marking, ServerConnection):
    """Reads the requests, which went up."""


class Answers(_Marking, ClientConnection):
    """Reads the responses, which came down, each as soon as its request is known."""

    @property
    def _room(self) -> bool:
        return bool(self._pending)
