"""HTTP/1.1 messages: their grammar, and how they become bytes.   RFC 9110, RFC 9112 §2-§3

Lesson 01.  Builds on: `message`.  Used by: the rest of `wire.http`, `wire.websocket`, `net`.

    GET /poll?cursor=7 HTTP/1.1 CRLF      start line: method SP target SP version
    Host: 127.0.0.1:8000 CRLF             header lines: name ":" value
    CRLF                                  an empty line ends the head
    (as many bytes as Content-Length says, or none)

New here: a head is text with strict line ends, and says how long the body is.
Left out: streamed request bodies, trailers, every coding but chunked; HTTP/2 and HTTP/3.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from ...errors import LocalError
from .message import Headers, Pairs, Request, Response

__all__ = ["Headers", "Request", "Response", "encode_request", "encode_response"]

# The grammar of a head, as text decoded from latin-1 (one character is one byte).  A possessive
# `++` never backtracks, so that no input takes more than linear time.
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"  # RFC 9110 §5.6.2
VALUE = r"[\t\x20-\x7e\x80-\xff]*+"  # §5.5: no CR, LF, NUL or other control character
REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21-\x7e]++) HTTP/(?P<major>[0-9])\.([0-9])(?=\r\n)")
STATUS_LINE = re.compile(
    rf"HTTP/(?P<major>[0-9])\.([0-9]) ([1-9][0-9][0-9])(?: ({VALUE}))?(?=\r\n)"
)
HEADER_LINE = re.compile(rf"\r\n({TOKEN}):[ \t]*+({VALUE})(?=\r\n)")

REASONS = {int(status): status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",  # RFC 9110 §15 renamed these; Python did so in 3.13
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
END = b"\r\n\r\n"
MANY = 16  # header lines of a response; a head with more is not remembered
WITH_BODY = ("POST", "PUT", "PATCH")  # methods that send Content-Length for an empty body, too


def header_lines(head: str) -> Pairs | None:
    """The (name, value) pairs of a head that ends in CRLF CRLF; None if any line is malformed.

    The start line may be missing, but not the CRLF after it.  A malformed line is skipped by the
    search, so the pairs are fewer than the lines.
    """
    pairs: Pairs = HEADER_LINE.findall(head)
    if len(pairs) != head.count("\n") - 2:  # less the start line and the empty one
        return None
    if " \r\n" in head or "\t\r\n" in head:
        return [(name, value.rstrip(" \t")) for name, value in pairs]
    return pairs


def bodiless(status: int, method: str = "GET") -> bool:
    """Does a response end with its head, whatever its header lines say?  (RFC 9112 §6.3)"""
    return method == "HEAD" or status < 200 or status in (204, 304)


def encode_request(request: Request) -> bytes:
    """Request -> bytes.  Adds Content-Length; the caller gives Host.  Raises LocalError."""
    headers = request.headers
    # RFC 9112 §3.2: "A client MUST send a Host header field in all HTTP/1.1 request messages."
    if request.version != "1.0" and len(headers.get_all("host")) != 1:
        raise LocalError("a request needs exactly one Host")
    added = []
    if _length_missing(headers, len(request.body)) and (
        request.body or request.method in WITH_BODY
    ):
        added = [("Content-Length", str(len(request.body)))]
    line = f"{request.method} {request.target} HTTP/{request.version}"
    return encode_head(REQUEST_LINE, line, [*headers, *added]) + END + request.body


def encode_response(
    response: Response, method: str = "GET", added: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Response -> bytes.  Adds Content-Length, and the header lines `added`.  Raises LocalError.

    `method` is that of the request: the response to HEAD has every header line, and no body.
    """
    status, body = response.status, response.body
    if method == "HEAD":
        missing = _length_missing(response.headers, None) and not bodiless(status)
    elif bodiless(status):
        if body:
            raise LocalError(f"a response with status {status} has no body")
        missing = False
    else:
        missing = _length_missing(response.headers, len(body))
    head = _start(response, added)
    if missing:
        head += b"\r\nContent-Length: %d" % len(body)
    return head + END if method == "HEAD" else b"%b\r\n\r\n%b" % (head, body)


def encode_start(response: Response, added: Sequence[tuple[str, str]] = ()) -> bytes:
    """The head of a response alone, with its own header lines and `added`.  Raises LocalError."""
    return _start(response, added) + END


def _start(response: Response, added: Sequence[tuple[str, str]]) -> bytes:
    """The head without its end: a line may still follow."""
    status = response.status
    # RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response with
    # a status code of 1xx (Informational) or 204 (No Content)."
    if (status < 200 or status == 204) and "content-length" in response.headers.by_name():
        raise LocalError(f"a response with status {status} has no Content-Length")
    reason = response.reason or REASONS.get(status, "")
    lines = (*response.headers, *added)
    if len(lines) > MANY:
        return encode_head(STATUS_LINE, f"HTTP/{response.version} {status} {reason}", lines)
    return _known_head(response.version, status, reason, lines)


@functools.lru_cache(maxsize=256)  # a server answers with few heads: 0.4 µs instead of 2.5
def _known_head(
    version: str, status: int, reason: str, lines: tuple[tuple[str, str], ...]
) -> bytes:
    return encode_head(STATUS_LINE, f"HTTP/{version} {status} {reason}", lines)


def encode_head(start: re.Pattern[str], line: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Start line and header lines -> bytes, without the end.  LocalError for what reads otherwise.

    Each line is parsed again and compared, so that no value can inject a line end, and with it a
    second header line or a second message (header injection).
    """
    found = start.match(f"{line}\r\n")
    if not found or found["major"] != "1" or found.end() != len(line):
        raise LocalError(f"not a legal start line: {line!r}")
    fields = "".join([encode_line(name, value) for name, value in pairs])
    return f"{line}{fields}".encode("latin-1")


@functools.lru_cache(maxsize=256)  # most lines repeat: 0.1 µs instead of 1.2
def encode_line(name: str, value: str) -> str:
    """The CRLF that ends the line above, and a header line.  Raises LocalError."""
    line = f"\r\n{name}: {value}"
    found = HEADER_LINE.match(f"{line}\r\n")
    if not found or found.groups() != (name, value) or value[-1:] in (" ", "\t"):
        raise LocalError(f"not a legal header line: {line!r}")
    return line


def _length_missing(headers: Headers, size: int | None) -> bool:
    """Must Content-Length be added?  LocalError if the framing contradicts the body."""
    fields = headers.by_name()
    if "transfer-encoding" in fields:
        raise LocalError("Transfer-Encoding is not for the caller to set")
    stated = fields.get("content-length")
    if stated is not None and size is not None and stated != str(size):
        raise LocalError(f"Content-Length is {stated!r}, the body has {size} bytes")
    return stated is None
