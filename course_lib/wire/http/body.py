"""HTTP bodies: where a message ends.                             RFC 9112 §6-§7

Lesson 01.  Builds on: `head`, `http11`, `message`.  Used by: `receiver`, `connection`.

    Content-Length: 5           | h e l l o |
    Transfer-Encoding: chunked  | 5 CRLF h e l l o CRLF | 0 CRLF | trailers CRLF
    neither, in a response      | everything until the connection ends |

New here: three ways to know the end.  If two servers on one path disagree about it, a client can
hide a second request in a body (request smuggling), so ambiguous framing is refused.
Left out: codings other than chunked; trailers and chunk extensions are checked, then dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from ...errors import RemoteError
from . import http11
from .head import HeadScanner, Limits, decode_headers
from .message import Request, Response, tokens

BAD_REQUEST, TOO_LARGE, NOT_IMPLEMENTED = 400, 413, 501
LENGTH = re.compile(r"[0-9]{1,18}")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*+;[\t\x20-\x7e\x80-\xff]*+)?\r\n")
PLAIN_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,7})\r\n")
MAX_CHUNK_LINE = 256  # bytes of a size with its extensions


class IncompleteMessage(RemoteError):
    """The connection ended inside a message, or before the response to a request.

    `received` counts the body's bytes that came, `expected` is how many there should have been
    (None if unknown), `head` is the message without its body (None if not even that came; then
    `received` counts the bytes of the head).
    """

    def __init__(
        self,
        received: int,
        expected: int | None,
        head: Request | Response | None,
    ) -> None:
        of = "" if expected is None else f" of {expected}"
        part = "head" if head is None else "body"
        super().__init__(f"connection ended after {received}{of} bytes of a {part}", 400)
        self.received, self.expected, self.head = received, expected, head


class Reader(Protocol):
    """Reads a body, and removes its bytes from the front of a buffer."""

    def read(self, buf: bytearray) -> bytes | None:
        """The whole body, or None if more is needed.  Raises RemoteError."""

    def so_far(self, buf: bytearray) -> bytes:
        """What has come of the body."""

    def progress(self, buf: bytearray) -> tuple[int, int | None]:
        """How many bytes of the body have come, and of how many, if that is known."""


def of_request(request: Request, limits: Limits) -> Reader | None:
    """How to read the body that follows; None if there is none.  Raises RemoteError."""
    return framing(request, limits)


def of_response(response: Response, method: str, limits: Limits) -> Reader | None:
    """How to read the body of a response to a request with `method`.  (RFC 9112 §6.3)"""
    if http11.bodiless(response.status, method):
        return None
    fields = response.headers.by_name()
    if "content-length" in fields or "transfer-encoding" in fields:
        return framing(response, limits)
    return UntilClose(limits.max_body)


def framing(message: Request | Response, limits: Limits) -> Reader | None:
    """The reader for this Transfer-Encoding or Content-Length.  RemoteError if they are illegal."""
    fields = message.headers.by_name()
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if coding is None:
        size = 0 if length is None else content_length(length, limits.max_body)
        return WithLength(size) if size else None
    # RFC 9112 §6.1: "A server MAY reject a request that contains both Content-Length and
    # Transfer-Encoding"; "Regardless, the server MUST close the connection after responding".
    if length is not None:
        raise RemoteError("Content-Length with Transfer-Encoding", BAD_REQUEST)
    # "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header
    # field MUST treat the message as if the framing is faulty".
    if message.version == "1.0":
        raise RemoteError("Transfer-Encoding in HTTP/1.0", BAD_REQUEST)
    if coding.lower() == "chunked":
        return Chunked(limits)
    codings = tokens(coding)
    # §6.3: if chunked is not the final coding "the message body length cannot be determined
    # reliably; the server MUST respond with the 400 (Bad Request) status code".
    if codings.count("chunked") != ("chunked" in codings[-1:]) or codings in ((), ("chunked",)):
        raise RemoteError("chunked must come once, and last", BAD_REQUEST)
    # §6.1: "A server that receives a request message with a transfer coding it does not
    # understand SHOULD respond with 501 (Not Implemented)."
    raise RemoteError(f"unknown transfer coding {coding[:80]!r}", NOT_IMPLEMENTED)


def content_length(value: str, limit: int) -> int:
    """The value of Content-Length.  A list, even of equal numbers, is refused.  (§6.3)"""
    if not LENGTH.fullmatch(value):
        raise RemoteError(f"bad Content-Length {value[:80]!r}", BAD_REQUEST)
    size = int(value)
    if size > limit:
        raise RemoteError(f"body of {size} bytes, limit {limit}", TOO_LARGE)
    return size


def encode_chunk(data: bytes) -> bytes:
    """One chunk.  `data` is not empty: a chunk of no bytes ends the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


class WithLength:
    """A body of as many bytes as Content-Length said."""

    __slots__ = ("_size",)

    def __init__(self, size: int) -> None:
        self._size = size

    def read(self, buf: bytearray) -> bytes | None:
        if len(buf) < self._size:
            return None
        body = bytes(buf[: self._size])
        del buf[: self._size]
        return body

    def so_far(self, buf: bytearray) -> bytes:
        return bytes(buf)

    def progress(self, buf: bytearray) -> tuple[int, int | None]:
        return len(buf), self._size


class UntilClose:
    """A body that ends with the connection: `read` never returns it."""

    __slots__ = ("_limit",)

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def read(self, buf: bytearray) -> bytes | None:
        if len(buf) > self._limit:
            raise RemoteError(f"body over {self._limit} bytes", TOO_LARGE)
        return None

    def so_far(self, buf: bytearray) -> bytes:
        return bytes(buf)

    def progress(self, buf: bytearray) -> tuple[int, int | None]:
        return len(buf), None


class Chunked:
    """A body in chunks, each with its size in hexadecimal before it.  (§7.1)

    Each step moves on in the buffer and sets the next step.  False: more is needed.  What was read
    is removed from the buffer once, at the end: removing each small chunk would move all that
    follows it.
    """

    __slots__ = ("_at", "_body", "_extensions", "_left", "_limits", "_step", "_trailers")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._body = bytearray()
        self._step: Callable[[Chunked, bytearray], bool] | None = Chunked._size
        self._at = 0  # where the next step begins in the buffer
        self._left = 0  # bytes of the chunk still to come
        self._extensions = 0  # bytes of extensions so far
        self._trailers = HeadScanner(limits, request=False)

    def read(self, buf: bytearray) -> bytes | None:
        self._at = 0
        while self._step and self._step(self, buf):
            pass
        del buf[: self._at]
        return None if self._step else bytes(self._body)

    def so_far(self, buf: bytearray) -> bytes:
        return bytes(self._body)

    def progress(self, buf: bytearray) -> tuple[int, int | None]:
        return len(self._body), None

    def _size(self, buf: bytearray) -> bool:
        """Read the line before a chunk: size, extensions, CRLF."""
        self._pass_whole(buf)
        at = self._at
        end = buf.find(b"\n", at, at + MAX_CHUNK_LINE)
        if end < 0 and len(buf) - at < MAX_CHUNK_LINE:
            return False
        line = CHUNK_LINE.fullmatch(buf, at, end + 1)
        if line is None:
            raise RemoteError("bad chunk size line", BAD_REQUEST)
        self._left = int(line[1], 16)
        if len(self._body) + self._left > self._limits.max_body:
            raise RemoteError(f"body over {self._limits.max_body} bytes", TOO_LARGE)
        self._extensions += end - 1 - line.end(1)
        if self._extensions > self._limits.max_line:
            raise RemoteError(f"extensions over {self._limits.max_line} bytes", BAD_REQUEST)
        if self._left:
            self._at, self._step = end + 1, Chunked._data
        else:
            # Keep the CRLF: `find_end` looks for CRLF CRLF, from the buffer's first byte.
            del buf[: end - 1]
            self._at, self._step = 0, Chunked._trailer
        return True

    def _pass_whole(self, buf: bytearray) -> None:
        """Take the chunks that are here to their ends and have no extensions.

        In one loop: 43,690 chunks of one byte come in a read of 256 KiB.  Step by step they would
        stop all other connections for 0.4 s.
        """
        at, body, most = self._at, self._body, self._limits.max_body
        room, match = most - len(body), PLAIN_CHUNK.match
        while line := match(buf, at):
            start = line.end()
            end = start + int(line[1], 16)
            room -= end - start
            if start == end or room < 0 or not buf.startswith(b"\r\n", end):
                break
            body += buf[start:end]
            at = end + 2
        self._at = at

    def _data(self, buf: bytearray) -> bool:
        """Take the bytes of a chunk as they come."""
        part = buf[self._at : self._at + self._left]
        self._body += part
        self._at += len(part)
        self._left -= len(part)
        if not self._left:
            self._step = Chunked._line_end
        return not self._left

    def _line_end(self, buf: bytearray) -> bool:
        """Pass the CRLF after a chunk."""
        two = buf[self._at : self._at + 2]
        if not b"\r\n".startswith(two):
            raise RemoteError("a chunk is longer than its size", BAD_REQUEST)
        if len(two) < 2:
            return False
        self._at += 2
        self._step = Chunked._size
        return True

    def _trailer(self, buf: bytearray) -> bool:
        """Check the header lines after the last chunk, then drop them."""
        end = self._trailers.find_end(buf)
        if end < 0:
            return False
        fields = decode_headers(buf[: end + 4].decode("latin-1"), self._limits)
        # RFC 9110 §6.5.1: fields "necessary for message framing" have no place in a trailer.
        if "content-length" in fields or "transfer-encoding" in fields:
            raise RemoteError("framing in a trailer", BAD_REQUEST)
        del buf[: end + 4]
        self._step = None
        return True
