"""The same bytes to us, to h11 and to llhttp (httptools): equal values, or a listed difference.

An outcome is the first message of the input, REFUSED, or INCOMPLETE.  Where two parsers differ,
one must have refused for a reason that stands in a list below; a message that is read in two ways
by two parsers is what request smuggling is made of, and is never excused.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.wire.http.connection import ClientConnection, ServerConnection
from course_lib.wire.http.http11 import Headers, Request, Response, encode_request, encode_response

REFUSED, INCOMPLETE = "refused", "incomplete"

STRICTER_THAN_H11 = (  # we refuse, h11 reads
    "a line ends in LF without CR",  # RFC 9112 §2.2 lets a recipient accept it
    "folded header line",  # h11 unfolds it
    "control character in a header value",  # h11 refuses NUL, CR, LF; we refuse them all
    "bad Host",  # h11 does not look into it
    "bad target",  # h11 takes any visible characters
    "bad Content-Length",  # h11 takes a list of equal numbers
    "Content-Length with Transfer-Encoding",  # h11 lets the coding win
    "Transfer-Encoding in HTTP/1.0",  # h11 ignores it
    "is not spoken here",  # h11 takes every HTTP/x.y
    "bad chunk size line",  # h11 takes control characters in extensions, blanks behind the size
    "bad status line",  # h11 takes control characters in a reason
    "framing in a trailer",  # h11 takes it if it is well-formed
)
LOOSER_THAN_H11 = (  # we read, h11 refuses
    "no request line received",  # one empty line in front of a request
)
LOOSER_WITHOUT_BODY = (  # h11 reads the framing of a 204; RFC 9112 §6.3 says not to
    "bad Content-Length",
    "Only Transfer-Encoding: chunked is supported",
    "multiple Transfer-Encoding headers",
    "conflicting Content-Length headers",
)
STRICTER_THAN_LLHTTP = (
    "a line ends in LF without CR",  # llhttp takes an empty one in front of a request
    "a request line is",  # llhttp takes HTTP/0.9, and several spaces
    "begins with a method",  # llhttp takes LF in front of a request,
    "bad method",  # and CR
    "bad target",  # llhttp takes fragments, users, an asterisk for every method
    "no Host",  # llhttp leaves Host to the caller
    "more than one Host",
    "bad Host",
    "Transfer-Encoding in HTTP/1.0",
    "unknown transfer coding",  # llhttp reads "gzip, chunked", and leaves gzip to the caller
    "is not spoken here",  # llhttp takes HTTP/0.9 and HTTP/2.0
    "chunked must come once, and last",  # llhttp takes ",chunked"
)
LOOSER_THAN_LLHTTP = (
    "Invalid method encountered",  # llhttp knows a list of methods, we know a grammar
    "Expected space after method",
    "Invalid character in chunk extensions",  # RFC 9112 §7.1.1 allows white space there
    "Request has invalid `Transfer-Encoding`",  # "chunked" with a tab behind it
    "Invalid HTTP version",  # RFC 9110 §2.5: HTTP/1.7 reads as 1.1
)


@dataclass
class Outcome:
    """What one parser made of the bytes: a message as plain values, or a word and a reason."""

    word: str = ""
    reason: str = ""
    start: tuple[str, str] = ("", "")
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def message(self) -> object:
        return self.word or (self.start, self.headers, self.body)

    def excused(self, reasons: tuple[str, ...]) -> bool:
        return self.word == REFUSED and any(reason in self.reason for reason in reasons)


def ours(data: bytes, method: str | None = None) -> Outcome:
    """A request, or the response to `method`."""
    connection: ServerConnection | ClientConnection = ServerConnection(now=0.0)
    if method is not None:
        connection = ClientConnection(now=0.0)
        connection.send(Request(method, "/", Headers({"Host": "a"})))
    connection.receive(data, 0.0)
    events = connection.events()
    if not events:
        return Outcome(INCOMPLETE)
    event = events[0]
    if isinstance(event, RemoteError):
        return Outcome(REFUSED, str(event))
    headers = [(name.lower(), value) for name, value in event.headers]
    if isinstance(event, Request):
        return Outcome(start=(event.method, event.target), headers=headers, body=event.body)
    return Outcome(start=(str(event.status), event.reason), headers=headers, body=event.body)


def by_h11(data: bytes, method: str | None = None) -> Outcome:
    connection = h11.Connection(h11.SERVER if method is None else h11.CLIENT)
    if method is not None:
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    outcome = Outcome()
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Request):
                outcome.start = event.method.decode(), event.target.decode()
            elif isinstance(event, h11.Response):
                outcome.start = str(event.status_code), event.reason.decode("latin-1")
            elif isinstance(event, h11.Data):
                outcome.body += event.data
            elif event in (h11.NEED_DATA, h11.PAUSED):
                return Outcome(INCOMPLETE)
            if isinstance(event, h11.Request | h11.Response):
                outcome.headers = [(n.decode(), v.decode("latin-1")) for n, v in event.headers]
    except h11.RemoteProtocolError as error:
        return Outcome(REFUSED, str(error))
    return outcome


class Collector:
    """Callbacks of llhttp for the first message."""

    def __init__(self) -> None:
        self.target = self.reason = self.body = b""
        self.headers: list[tuple[str, str]] = []
        self.whole = self.headers_over = False

    def on_url(self, url: bytes) -> None:
        self.target += b"" if self.whole else url

    def on_status(self, status: bytes) -> None:
        self.reason += b"" if self.whole else status

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.headers_over:  # trailers come here as well
            text = value.decode("latin-1").rstrip(" \t")
            self.headers.append((name.decode("latin-1").lower(), text))

    def on_headers_complete(self) -> None:
        self.headers_over = True

    def on_body(self, body: bytes) -> None:
        self.body += b"" if self.whole else body

    def on_message_complete(self) -> None:
        self.whole = True


def by_llhttp(data: bytes, response: bool = False) -> Outcome:
    seen = Collector()
    make = httptools.HttpResponseParser if response else httptools.HttpRequestParser
    parser, start = make(seen), None
    try:
        for at in range(len(data)):  # a byte at a time: what follows the message is not looked at
            parser.feed_data(data[at : at + 1])
            if seen.whole:
                break
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        return Outcome(REFUSED, f"{error}")
    if not seen.whole:
        return Outcome(INCOMPLETE)
    if isinstance(parser, httptools.HttpResponseParser):
        start = str(parser.get_status_code()), seen.reason.decode("latin-1")
    else:
        start = parser.get_method().decode(), seen.target.decode("latin-1")
    return Outcome(start=start, headers=seen.headers, body=seen.body)


NAMES = st.text("abcXYZ-_!", min_size=1, max_size=8).map("X-".__add__)
VALUES = st.text('ab :;,="\t~é', max_size=12).map(lambda value: value.strip(" \t"))
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])


@given(METHODS, st.text("abc/?&=%._~", max_size=20), PAIRS, st.binary(max_size=50))
def test_our_requests_are_read_by_all_three(
    method: str, target: str, pairs: list[tuple[str, str]], body: bytes
) -> None:
    """Equal values everywhere."""
    request = Request(method, "/" + target, Headers([("Host", "a"), *pairs]), body)
    data = encode_request(request)
    expected = ours(data).message
    assert expected == by_h11(data).message == by_llhttp(data).message
    assert expected[0] == (method, "/" + target)  # type: ignore[index]


@given(st.integers(200, 599), PAIRS, st.binary(max_size=50), st.sampled_from(["GET", "HEAD"]))
def test_our_responses_are_read_by_all_three(
    status: int, pairs: list[tuple[str, str]], body: bytes, method: str
) -> None:
    """Equal values everywhere; llhttp is not told of HEAD."""
    if status in (204, 304):
        body = b""
    data = encode_response(Response(status, Headers(pairs), body, "Reason"), method)
    expected = ours(data, method).message
    assert expected == by_h11(data, method).message
    if method == "GET":
        assert expected == by_llhttp(data, response=True).message


H = b"GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n"
P = b"POST / HTTP/1.1\r\nHost: a\r\n"
C = P + b"Transfer-Encoding: chunked\r\n\r\n"
REQUESTS = [
    H + b"\r\n",
    H + b"Connection: keep-alive, x\r\nAccept: */*\r\n\r\n",
    P + b"Content-Length: 5\r\n\r\nhello",
    C + b"5\r\nhello\r\n0\r\n\r\n",
    C + b"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: t\r\n\r\n",
    b"GET http://a/b HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a:80\r\n\r\n",
]
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
]
SPLICES = [
    *(bytes([byte]) for byte in b"\r\n\0 \t:,;01+-_\xff#"),
    *(
        b"\r\n",
        b"\r\nHost: b",
        b"\r\nContent-Length: 3",
        b"\r\nTransfer-Encoding: chunked",
        b"chunked",
    ),
]


def mutated(seed: int, sources: list[bytes]) -> bytes:
    chance = random.Random(seed)
    data = bytearray(chance.choice(sources))
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at = chance.randrange(len(data) + 1)
        splice = chance.choice([*SPLICES, *SPLICES, bytes([chance.randrange(256)]), b""])
        data[at : at + chance.choice([0, 0, 0, 1, 1, 2, 9])] = splice
    # RFC 9112 §7.1.1: white space before the ";" of an extension must be parsed; only we do.
    return re.sub(rb"[ \t]+;", b";", bytes(data))


def disagreement(
    a: Outcome, b: Outcome, stricter: tuple[str, ...], looser: tuple[str, ...]
) -> bool:
    """`a` is ours.  A parser that waits for more has not read anything wrong yet."""
    if a.message == b.message or INCOMPLETE in (a.word, b.word):
        return False
    return not (a.excused(stricter) or b.excused(looser))


@pytest.mark.parametrize("block", range(20))
def test_mutated_requests_are_read_alike_or_refused_for_a_listed_reason(block: int) -> None:
    """100 mutants a block, against both."""
    for seed in range(block * 100, block * 100 + 100):
        data = mutated(seed, REQUESTS)
        mine = ours(data)
        theirs = by_h11(data)
        assert not disagreement(mine, theirs, STRICTER_THAN_H11, LOOSER_THAN_H11), (
            f"{data!r}\nwe:  {mine}\nh11: {theirs}"
        )
        theirs = by_llhttp(data)
        assert not disagreement(mine, theirs, STRICTER_THAN_LLHTTP, LOOSER_THAN_LLHTTP), (
            f"{data!r}\nwe:     {mine}\nllhttp: {theirs}"
        )


@pytest.mark.parametrize("block", range(5))
def test_mutated_responses_are_read_alike_or_refused_for_a_listed_reason(block: int) -> None:
    """100 mutants a block, against h11, which is told the request as we are."""
    for seed in range(block * 100, block * 100 + 100):
        data = mutated(seed, RESPONSES)
        mine, theirs = ours(data, "GET"), by_h11(data, "GET")
        looser = LOOSER_WITHOUT_BODY if mine.start[0] == "204" else ()
        assert not disagreement(mine, theirs, STRICTER_THAN_H11, looser), (
            f"{data!r}\nwe:  {mine}\nh11: {theirs}"
        )
