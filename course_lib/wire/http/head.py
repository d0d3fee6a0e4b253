"""HTTP heads: from bytes to Request and Response, or to a refusal.  RFC 9112 §2-§5

Lesson 01.  Builds on: `http11`.  Used by: `body`, `receiver`, `connection`.

    GET /poll HTTP/1.1 CRLF Host: a CRLF CRLF
    |-- start line --|      |-- header lines, at most max_headers of max_line bytes --|

New here: a peer may send anything, a byte at a time, for ever.  `HeadScanner` finds the end of a
head and holds no more than the limits allow; `decode_request` reads what it found in one pass of
two regular expressions, and only a head that fails is checked line by line, to name its fault.
Left out: folded header lines, which RFC 9112 §5.2 lets a server refuse.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from ...errors import RemoteError
from . import http11
from .message import Headers, Pairs, Request, Response

BAD_REQUEST, URI_TOO_LONG, FIELDS_TOO_LARGE, BAD_VERSION = 400, 414, 431, 505
START_LINE_ROOM = 32  # what a request line may hold beside its target: method, spaces, version

TOKEN = re.compile(http11.TOKEN)
METHOD_START = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]|\r")  # CR: an empty line, cut in two
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]++\]|[0-9A-Za-z\-._~%!$&'()*+,;=]*+)(?::[0-9]*+)?")
ABSOLUTE = re.compile(r"https?://[^/?#@]++(?:[/?][^#]*+)?", re.IGNORECASE)
AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]++\]|[0-9A-Za-z\-._~%]++):[0-9]++")


@dataclass(slots=True)
class Limits:
    """How much is buffered for a peer.  In bytes, except `max_headers`, which counts lines."""

    max_line: int = 8192
    max_headers: int = 128
    max_target: int = 8192
    max_body: int = 1_000_000


class HeadScanner:
    """Finds the empty line that ends a head, or the trailers of a chunked body.

    Call `find_end` again whenever bytes have come; it scans each byte once.
    """

    __slots__ = ("_limits", "_line", "_lines", "_seen", "_short", "_start_code", "_start_limit")

    def __init__(self, limits: Limits, *, request: bool = True) -> None:
        self._limits = limits
        self._start_limit = limits.max_target + START_LINE_ROOM if request else limits.max_line
        self._start_code = URI_TOO_LONG if request else FIELDS_TOO_LARGE
        self._short = min(limits.max_line, self._start_limit)
        self.reset()

    def reset(self) -> None:
        """Start over: the next head begins at the front of the buffer."""
        self._seen = self._line = self._lines = 0

    def find_end(self, buf: bytearray) -> int:
        """Where CRLF CRLF begins, or -1 if more is needed.  Raises RemoteError over a limit."""
        end = buf.find(b"\r\n\r\n", self._seen - 3 if self._seen > 3 else 0)
        if end < 0 or end > self._short:  # a line can be too long
            self.check(buf, len(buf) if end < 0 else end + 2)
        return end

    def check(self, buf: bytearray, stop: int) -> None:
        """Refuse too many lines, too long a line, and a line that ends in LF alone."""
        if self._start_code == URI_TOO_LONG and not METHOD_START.match(buf):
            raise RemoteError("a request begins with a method", BAD_REQUEST)  # a TLS hello does not
        while (at := buf.find(b"\n", self._seen, stop)) >= 0:
            bare = at == self._line or buf[at - 1] != 0x0D
            self._check_length(at - self._line - (not bare))
            if bare:
                raise RemoteError("a line ends in LF without CR", BAD_REQUEST)
            self._seen = self._line = at + 1
            self._lines += 1
            if self._lines > self._limits.max_headers + 1:
                raise too_many(self._limits)
        self._seen = stop
        self._check_length(stop - self._line - (buf[stop - 1 : stop] == b"\r"))

    def _check_length(self, size: int) -> None:
        if self._lines == 0 and size > self._start_limit:
            raise RemoteError(f"start line over {self._start_limit} bytes", self._start_code)
        if self._lines > 0 and size > self._limits.max_line:
            raise RemoteError(f"header line over {self._limits.max_line} bytes", FIELDS_TOO_LARGE)


def too_many(limits: Limits) -> RemoteError:
    return RemoteError(f"more than {limits.max_headers} header lines", FIELDS_TOO_LARGE)


def decode_request(head: str, limits: Limits, peer: str = "") -> Request:
    """A head that ends in CRLF CRLF -> Request without its body.  Raises RemoteError."""
    start = http11.REQUEST_LINE.match(head)
    if start is None:
        raise refuse_request_line(head.split("\r\n", 1)[0])
    method, target, major, minor = start.groups()
    if major != "1":
        raise RemoteError(f"HTTP/{major}.{minor} is not spoken here", BAD_VERSION)
    if len(target) > limits.max_target:
        raise RemoteError(f"target over {limits.max_target} bytes", URI_TOO_LONG)
    if target[0] != "/" or "#" in target or method == "CONNECT":
        check_target(method, target)
    # RFC 9110 §2.5: a higher minor version "SHOULD" be read as the highest that is known.
    version = "1.0" if minor == "0" else "1.1"
    block = head[start.end() :]
    # A client sends the same lines with each of its requests: 0.2 µs instead of 5.
    read = known_fields if len(block) <= SHORT_BLOCK else fields
    headers, host_missing = read(block)
    if len(headers) > limits.max_headers:
        raise too_many(limits)
    if host_missing and version != "1.0":
        raise RemoteError("no Host", BAD_REQUEST)
    return Request(method, target, headers, b"", version, peer)


def decode_response(head: str, limits: Limits) -> Response:
    """A head that ends in CRLF CRLF -> Response without its body.  Raises RemoteError."""
    start = http11.STATUS_LINE.match(head)
    if start is None:
        raise RemoteError(f"bad status line: {head.split(chr(13), 1)[0][:80]!r}", BAD_REQUEST)
    major, minor, status, reason = start.groups()
    if major != "1":
        raise RemoteError(f"HTTP/{major}.{minor} is not spoken here", BAD_VERSION)
    version = "1.0" if minor == "0" else "1.1"
    headers = decode_headers(head[start.end() :], limits)
    return Response(int(status), headers, b"", reason or "", version)


def decode_lines(block: str) -> Pairs:
    """The header lines between a start line and the end of its head.  Raises RemoteError."""
    pairs = http11.header_lines(block)
    if pairs is None:
        raise RemoteError(fault_in_headers(block), BAD_REQUEST)
    return pairs


def decode_headers(block: str, limits: Limits) -> Headers:
    """Header lines, of a response or after a chunked body.  Raises RemoteError."""
    pairs = decode_lines(block)
    if len(pairs) > limits.max_headers:
        raise too_many(limits)
    return Headers(pairs)


def fields(block: str) -> tuple[Headers, bool]:
    """The headers of a request, and whether Host is missing.  Raises RemoteError."""
    # RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
    # request message that lacks a Host header field and to any request message that contains
    # more than one Host header field line or a Host header field with an invalid field value."
    headers = Headers(decode_lines(block))
    host = headers.by_name().get("host")
    if host is not None and not HOST.fullmatch(host):
        several = len(headers.get_all("host")) > 1
        raise RemoteError("more than one Host" if several else "bad Host", BAD_REQUEST)
    return headers, host is None


SHORT_BLOCK = 1024  # characters; 256 of them are remembered
known_fields = functools.lru_cache(maxsize=256)(fields)


def check_target(method: str, target: str) -> None:
    """RemoteError if a target in another form than "/path?query" is illegal.  (RFC 9112 §3.2)"""
    if method == "CONNECT":
        legal = AUTHORITY.fullmatch(target) is not None
    elif target == "*":
        legal = method == "OPTIONS"
    else:
        legal = target[0] != "/" and ABSOLUTE.fullmatch(target) is not None
    if not legal:
        raise RemoteError(f"bad target {target[:80]!r}", BAD_REQUEST)


def refuse_request_line(line: str) -> RemoteError:
    """What is wrong with a request line that does not match."""
    parts = line.split(" ")
    if len(parts) != 3 or not all(parts):
        return RemoteError("a request line is METHOD SP TARGET SP VERSION", BAD_REQUEST)
    method, target, version = parts
    if not TOKEN.fullmatch(method):
        return RemoteError(f"bad method {method[:80]!r}", BAD_REQUEST)
    if not re.fullmatch(r"HTTP/[0-9]\.[0-9]", version):
        return RemoteError(f"bad version {version[:80]!r}", BAD_REQUEST)
    return RemoteError(f"bad target {target[:80]!r}", BAD_REQUEST)


def fault_in_headers(head: str) -> str:
    """The first fault in header lines that do not match, in words."""
    for line in head.split("\r\n")[1:-2]:
        name, colon, value = line.partition(":")
        if "\n" in line:
            return "a line ends in LF without CR"
        if "\r" in line:
            return "CR without LF in a header line"
        if line[0] in " \t":
            # RFC 9112 §5.2: "A server that receives an obs-fold in a request message ... MUST
            # either reject the message ... or replace each received obs-fold".
            return "folded header line"
        if not colon:
            return "header line without a colon"
        if not name:
            return "header line without a name"
        if name[-1] in " \t":
            # §5.1: "A server MUST reject, with a response status code of 400 (Bad Request), any
            # received request message that contains whitespace between a header field name and
            # colon."
            return "space before the colon of a header line"
        if not TOKEN.fullmatch(name):
            return "bad header name"
        if not re.fullmatch(http11.VALUE, value):
            return "control character in a header value"
    return "bad header line"
