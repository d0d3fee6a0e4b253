"""The two ends of an HTTP/1.1 connection, without a network."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.http.connection import ClientConnection, IncompleteMessage, ServerConnection
from course_lib.wire.http.http11 import Headers, Request, Response
from course_lib.wire.http.receiver import READING, SWITCHING, WRITING

HOST = Headers({"Host": "a"})
GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: keep-alive, UPGRADE\r\n\r\n"


def server(data: bytes = b"", **options: Any) -> ServerConnection:
    connection = ServerConnection(now=0.0, **options)
    if data:
        connection.receive(data, 0.0)
    return connection


def client(*requests: Request) -> ClientConnection:
    connection = ClientConnection(now=0.0)
    for request in requests or (Request("GET", "/", HOST),):
        connection.send(request)
    connection.data_to_send()
    return connection


def shape(events: list[Request | RemoteError] | list[Response | RemoteError]) -> list[object]:
    """Events as values that compare."""
    return [
        (type(event), str(event), event.code) if isinstance(event, RemoteError) else event
        for event in events
    ]


# Refusals.  Every row is fed at once and a byte at a time.

H = b"GET / HTTP/1.1\r\nHost: a\r\n"
P = b"POST / HTTP/1.1\r\nHost: a\r\n"
REFUSED = {
    "length and coding": (P + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "two lengths": (P + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "two equal lengths": (P + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    "a list of lengths": (P + b"Content-Length: 1, 1\r\n\r\n", 400),
    "length -1": (P + b"Content-Length: -1\r\n\r\n", 400),
    "length +5": (P + b"Content-Length: +5\r\n\r\n", 400),
    "length 0x1": (P + b"Content-Length: 0x1\r\n\r\n", 400),
    "length 1_0": (P + b"Content-Length: 1_0\r\n\r\n", 400),
    "length 1 0": (P + b"Content-Length: 1 0\r\n\r\n", 400),
    "length 1.0": (P + b"Content-Length: 1.0\r\n\r\n", 400),
    "empty length": (P + b"Content-Length:\r\n\r\n", 400),
    "superscript digit": (P + b"Content-Length: \xb2\r\n\r\n", 400),
    "arabic digit": (P + "Content-Length: ٣\r\n\r\n".encode(), 400),
    "huge length": (P + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    "length over the limit": (P + b"Content-Length: 1000001\r\n\r\n", 413),
    "chunks over the limit": (P + b"Transfer-Encoding: chunked\r\n\r\nF4241\r\n", 413),
    "coding gzip": (P + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    "coding gzip, chunked": (P + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "coding identity": (P + b"Transfer-Encoding: identity\r\n\r\n", 501),
    "coding xchunked": (P + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "chunked not last": (P + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    "chunked twice": (P + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "empty coding": (P + b"Transfer-Encoding:\r\n\r\n", 400),
    "chunked and a comma": (P + b"Transfer-Encoding: chunked,\r\n\r\n", 400),
    "hidden coding": (P + b"Transfer-Encoding: \x0bchunked\r\n\r\n", 400),
    "coding in 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "two hosts": (H + b"Host: a\r\n\r\n", 400),
    "two hosts in 1.0": (b"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "bad host": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "bare LF": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "bare LF in a header": (H + b"X: a\nY: b\r\n\r\n", 400),
    "bare LF in front": (b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bare CR": (H + b"X: a\rb\r\n\r\n", 400),
    "CR CR LF": (H + b"X: a\r\r\n\r\n", 400),
    "bare CR in the request line": (b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "folded header": (H + b"X: a\r\n b\r\n\r\n", 400),
    "folded first header": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "NUL": (H + b"X: a\0b\r\n\r\n", 400),
    "control character": (H + b"X: a\x01b\r\n\r\n", 400),
    "delete": (H + b"X: a\x7fb\r\n\r\n", 400),
    "space before the colon": (H + b"X : a\r\n\r\n", 400),
    "tab before the colon": (H + b"X\t: a\r\n\r\n", 400),
    "empty name": (H + b": a\r\n\r\n", 400),
    "no colon": (H + b"X\r\n\r\n", 400),
    "name with a space": (H + b"X Y: a\r\n\r\n", 400),
    "name with a high byte": (H + b"\xc3\x9c: a\r\n\r\n", 400),
    "bad method": (b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "empty method": (b" / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no target": (b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "tab for space": (b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "space at the end": (b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    "high byte in the target": (b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "fragment": (b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "relative target": (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "strange scheme": (b"GET file:///etc HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "user in the target": (b"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "asterisk": (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "tunnel to a path": (b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no version": (b"GET /\r\nHost: a\r\n\r\n", 400),
    "small http": (b"GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    "HTTP/1.10": (b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
    "HTTP/2.0": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\n\r\n", 505),
    "three empty lines": (b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "long header line": (H + b"X: " + b"a" * 9000, 431),
    "long header line, whole": (H + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "many headers": (H + b"X: a\r\n" * 128 + b"\r\n", 431),
    "many headers, one bad": (H + b"X : a\r\n" + b"X: a\r\n" * 128 + b"\r\n", 431),
    "long target": (b"GET /" + b"a" * 9000, 414),
    "long target, whole": (b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "unknown expectation": (P + b"Content-Length: 1\r\nExpect: tea\r\n\r\n", 417),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_request_is_refused_with_its_status(name: str) -> None:
    """One RemoteError with the code, at once and a byte at a time; then an answer, then the end."""
    data, code = REFUSED[name]
    connection = server(data)
    (error,) = events = connection.events()
    assert isinstance(error, RemoteError)
    assert error.code == code
    bytewise = server()
    for at in range(len(data)):
        bytewise.receive(data[at : at + 1], 0.0)
    assert shape(bytewise.events()) == shape(events)
    assert not connection.should_close
    connection.send(Response(code))
    assert connection.data_to_send().endswith(b"Connection: close\r\nContent-Length: 0\r\n\r\n")
    assert connection.should_close
    connection.receive(GET % 1, 0.0)
    assert connection.events() == []


def test_a_refusal_comes_after_the_good_requests_before_it() -> None:
    """Answers go out in order; the error's status is the last of them."""
    connection = server(GET % 1 + GET % 2 + b"BAD\r\n\r\n")
    one, two, error = connection.events()
    assert isinstance(one, Request)
    assert isinstance(two, Request)
    assert isinstance(error, RemoteError)
    for status in (200, 200, error.code):
        assert not connection.should_close
        connection.send(Response(status))
    assert connection.data_to_send() == (
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2
        + b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    assert connection.should_close


@pytest.mark.parametrize("start", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_an_endless_line_is_refused_before_more_than_the_limit_is_held(start: bytes) -> None:
    """A byte at a time."""
    connection = server(start)
    sent = 0
    while not connection.events():
        connection.receive(b"a", 0.0)
        sent += 1
    assert sent <= 8192 + 32 + 1


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"a" * 8191 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        H + b"X: " + b"a" * 8189 + b"\r\n\r\n",
        H + b"X: a\r\n" * 127 + b"\r\n",
        P + b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000,
        P + b"Transfer-Encoding: Chunked\r\n\r\nF4240\r\n" + b"x" * 1_000_000 + b"\r\n0\r\n\r\n",
    ],
)
def test_exactly_the_limit_is_accepted(data: bytes) -> None:
    """Target, header line, header count, body with a length, body in chunks."""
    (request,) = server(data).events()
    assert isinstance(request, Request)


@pytest.mark.parametrize(
    "line",
    [
        b"OPTIONS * HTTP/1.1",
        b"GET http://a/b?c HTTP/1.1",
        b"GET HTTPS://a:1 HTTP/1.1",
        b"GET //a HTTP/1.1",
        b'GET /{|}^`"<> HTTP/1.1',
        b"M-SEARCH /%00 HTTP/1.1",
        b"CONNECT a:443 HTTP/1.1",
        b"GET / HTTP/1.2",
    ],
)
def test_legal_targets_are_accepted(line: bytes) -> None:
    """RFC 9112 §3.2: the four forms; and what browsers send unescaped."""
    (request,) = server(line + b"\r\nHost: a\r\n\r\n").events()
    assert isinstance(request, Request)
    assert request.target == line.split()[1].decode()


def test_one_empty_line_in_front_of_each_request_is_passed_over() -> None:
    """RFC 9112 §2.2.  A connection that has only that is idle."""
    connection = server(b"\r\n" + GET % 1 + b"\r\n" + GET % 2)
    assert len(connection.events()) == 2
    connection.send(Response(200))
    connection.send(Response(200), 1.0)
    connection.receive(b"\r", 2.0)
    connection.receive(b"\n", 3.0)
    assert connection.next_deadline() == 62.0
    connection.tick(62.0)
    assert connection.events() == []
    assert connection.should_close


REQUESTS = st.builds(
    lambda target, body, chunked, names: Request(
        "POST",
        "/" + target,
        Headers(
            [("Host", "a"), *names]
            + [("Transfer-Encoding", "chunked")] * chunked
            + [("Content-Length", str(len(body)))] * (not chunked)
        ),
        body,
    ),
    st.text("abc?&=", max_size=10),
    st.binary(max_size=60),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["X", "Y-z"]), st.text("abc ,", max_size=5).map(str.strip))),
)


def written(request: Request) -> bytes:
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    body = request.body
    if "transfer-encoding" in request.headers:
        body = (b"%x;q\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\nT: t\r\n\r\n"
    return head.encode() + b"\r\n" + body


@given(requests=st.lists(REQUESTS, max_size=5), data=st.data())
def test_requests_in_any_cut_come_out_as_they_were(
    requests: list[Request], data: st.DataObject
) -> None:
    """The cut of the bytes carries no meaning."""
    wire = b"".join(map(written, requests))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=20)))
    connection = server()
    for start, stop in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        connection.receive(wire[start:stop], 0.0)
    assert connection.events() == requests


SEEDS = [
    GET % 1 + GET % 2,
    P + b"Content-Length: 5\r\n\r\nhello" + GET % 1,
    P + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: t\r\n\r\n" + GET % 1,
    UPGRADE + b"\x81\x05hello",
    b"GET http://a/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET % 1,
]
SPLICES = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b" ",
    b":",
    b"Host: b\r\n",
    b"0",
    b"9" * 30,
    b"\xff",
    b";",
    b",",
]


@pytest.mark.parametrize("seed", range(400))
def test_mutated_requests_give_the_same_events_in_any_cut_and_no_other_error(seed: int) -> None:
    """Whatever comes, the answer is a value among the events, and the cut does not change it."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        splice = chance.choice([*SPLICES, bytes([chance.randrange(256)])])
        data[at : at + chance.choice([0, 0, 1, 5])] = splice
    events = []
    for step in (len(data) or 1, 1, 7):
        connection = server(max_line=100, max_headers=5, max_target=60, max_body=100)
        for at in range(0, len(data), step):
            connection.receive(bytes(data[at : at + step]), 0.0)
        connection.receive_eof(0.0)
        events.append(shape(connection.events()))
        if connection.reading == SWITCHING:
            events[-1].append(connection.take_leftover())
    assert events[0] == events[1] == events[2]


# Keep-alive and the end of a connection.


def test_a_connection_stays_until_either_side_says_close() -> None:
    """RFC 9112 §9.3, the client's word: what follows its last request is not read."""
    connection = server(
        GET % 1 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n" + GET % 3
    )
    assert len(connection.events()) == 2
    connection.send(Response(200))
    assert connection.data_to_send() == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert not connection.should_close
    connection.send(Response(200))
    assert b"Connection: close" in connection.data_to_send()
    assert connection.should_close


def test_the_server_may_say_close() -> None:
    """Then requests that have already come stay unanswered, and more are not read."""
    connection = server(GET % 1 + GET % 2)
    connection.send(Response(200, Headers({"connection": "Close"})))
    assert connection.data_to_send() == (
        b"HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n"
    )
    assert connection.should_close
    with pytest.raises(LocalError):
        connection.send(Response(200))


@pytest.mark.parametrize(
    ("option", "answer", "closes"),
    [
        (b"", b"Connection: close\r\n", True),
        (b"Connection: Keep-Alive\r\n", b"Connection: keep-alive\r\n", False),
    ],
)
def test_http_1_0_closes_unless_asked_to_stay(option: bytes, answer: bytes, closes: bool) -> None:
    """And is told that the connection stays."""
    connection = server(b"GET / HTTP/1.0\r\n" + option + b"\r\n")
    connection.send(Response(200))
    assert (
        connection.data_to_send() == b"HTTP/1.1 200 OK\r\n" + answer + b"Content-Length: 0\r\n\r\n"
    )
    assert connection.should_close is closes


def test_an_answer_without_a_question_is_our_mistake() -> None:
    """Before a request, after its answer, and after the end."""
    connection = server()
    with pytest.raises(LocalError):
        connection.send(Response(200))
    connection.receive(GET % 1, 0.0)
    connection.send(Response(200))
    with pytest.raises(LocalError):
        connection.send(Response(200))
    with pytest.raises(LocalError):
        connection.write(b"x")
    with pytest.raises(LocalError):
        connection.finish()


def test_a_mistake_of_ours_sends_nothing_and_may_be_repaired() -> None:
    """The request is still unanswered afterwards."""
    connection = server(GET % 1)
    with pytest.raises(LocalError):
        connection.send(Response(200, Headers({"X": "a\r\nY: b"})))
    assert connection.data_to_send() == b""
    connection.send(Response(500))
    assert connection.data_to_send().startswith(b"HTTP/1.1 500 ")


def test_the_answer_to_head_has_a_length_and_no_body() -> None:
    """RFC 9110 §9.3.2."""
    connection = server(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    connection.send(Response(200, body=b"hello"))
    assert connection.data_to_send() == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


# Pipelining.


def test_reading_stops_at_the_pipelining_bound_and_goes_on_with_an_answer() -> None:
    """The bytes are kept unread meanwhile."""
    connection = server(b"".join(GET % number for number in range(40)))
    requests = connection.events()
    assert len(requests) == connection.unanswered == 32
    assert not connection.wants_data
    assert connection.next_deadline() is None
    connection.send(Response(200), 1.0)
    (request,) = connection.events()
    assert isinstance(request, Request)
    assert request.target == "/32"
    for _ in range(39):
        connection.send(Response(200), 2.0)
    assert [event.target for event in connection.events() if isinstance(event, Request)] == [
        f"/{number}" for number in range(33, 40)
    ]
    assert connection.wants_data


def test_reading_stops_when_unanswered_bodies_are_over_the_limit() -> None:
    """32 bodies of the largest size are not held."""
    post = P + b"Content-Length: 60\r\n\r\n" + b"x" * 60
    connection = server(post * 5, max_body=100)
    assert len(connection.events()) == 2
    connection.send(Response(200))
    assert len(connection.events()) == 1


def test_a_head_that_waited_behind_the_bound_gets_its_time_from_the_answer_on() -> None:
    """It is not the client's fault that it was not read."""
    connection = server(GET % 1 + b"GET / HT", max_pipelined=1)
    connection.send(Response(200), 25.0)
    assert connection.next_deadline() == 35.0


# Time.


def test_a_silent_connection_is_closed_without_a_word() -> None:
    """Nothing had come that could be answered."""
    connection = server()
    assert connection.next_deadline() == 10.0
    connection.tick(9.9)
    assert not connection.should_close
    connection.tick(10.0)
    assert connection.should_close
    assert connection.events() == []
    assert connection.data_to_send() == b""


@pytest.mark.parametrize(
    "data", [GET % 1, P + b"Content-Length: 1000\r\n\r\n" + b"x" * 900,
             P + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100],
)  # fmt: skip
def test_a_request_that_trickles_in_is_refused_at_its_deadline(data: bytes) -> None:
    """Counted from its first byte, whatever keeps coming: 408."""
    connection = server()
    for at in range(len(data)):
        now = 3.0 + at * 2
        connection.tick(now)
        if connection.events():
            break
        connection.receive(data[at : at + 1], now)
        assert connection.next_deadline() == 13.0
    assert now == 13.0
    connection.send(Response(408))
    assert connection.should_close


def test_no_deadline_runs_while_an_answer_is_due() -> None:
    """A long poll may be held for ever; then the connection may idle for `idle_timeout`."""
    connection = server(GET % 1)
    assert connection.next_deadline() is None
    connection.send(Response(200), 25.0)
    assert connection.next_deadline() == 85.0
    connection.receive(b"G", 80.0)
    assert connection.next_deadline() == 90.0


def test_a_wait_that_began_at_an_unknown_time_begins_at_the_next_tick() -> None:
    """`send` without `now` never shortens a wait."""
    connection = server(GET % 1)
    connection.send(Response(200))
    assert connection.next_deadline() == 60.0
    connection.tick(100.0)
    assert not connection.should_close
    assert connection.next_deadline() == 160.0
    connection.tick(160.0)
    assert connection.should_close


def test_a_connection_made_without_a_time_has_no_deadline_until_it_is_told_one() -> None:
    """The clock has no origin of its own."""
    connection = ServerConnection()
    assert connection.next_deadline() is None
    connection.tick(1000.0)
    assert connection.next_deadline() == 1010.0


# The end of the stream.


def test_the_end_between_messages_is_quiet() -> None:
    """And requests that wait for their answer still get it: the client may have half-closed."""
    connection = server()
    connection.receive_eof(1.0)
    assert connection.events() == []
    assert connection.should_close
    connection = server(GET % 1 + GET % 2)
    connection.receive_eof(1.0)
    assert len(connection.events()) == 2
    connection.send(Response(200))
    assert not connection.should_close
    connection.send(Response(200))
    assert connection.should_close
    assert connection.data_to_send().count(b"Connection: close") == 1


@pytest.mark.parametrize(
    ("data", "received", "expected"),
    [
        (b"GET / HT", 8, None),
        (P + b"Content-Length: 10\r\n\r\n", 0, 10),
        (P + b"Content-Length: 10\r\n\r\n1234", 4, 10),
        (P + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\nd", 4, None),
    ],
)
def test_the_end_inside_a_request_is_an_incomplete_message(
    data: bytes, received: int, expected: int | None
) -> None:
    """No part of it is dispatched."""
    connection = server(data)
    connection.receive_eof(0.0)
    (error,) = connection.events()
    assert isinstance(error, IncompleteMessage)
    assert (error.received, error.expected, error.code) == (received, expected, 400)
    assert (error.head is None) is data.startswith(b"GET")


def test_the_end_behind_the_pipelining_bound_is_noticed_when_reading_goes_on() -> None:
    """Requests that had come before the end are not lost."""
    connection = server(GET % 1 + GET % 2 + b"GET", max_pipelined=1)
    connection.receive_eof(0.0)
    assert len(connection.events()) == 1
    connection.send(Response(200))
    assert len(connection.events()) == 1
    connection.send(Response(200))
    (error,) = connection.events()
    assert isinstance(error, IncompleteMessage)


# Expect, upgrade, streamed answers.


def test_a_client_that_waits_for_100_is_told_to_go_on() -> None:
    """RFC 9110 §10.1.1, once and before the final answer."""
    connection = server(P + b"Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
    assert connection.events() == []
    assert connection.data_to_send() == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.receive(b"hi", 0.0)
    (request,) = connection.events()
    assert isinstance(request, Request)
    assert request.body == b"hi"
    assert connection.data_to_send() == b""


def test_100_waits_for_the_answers_before_it() -> None:
    """Else the client would take it for theirs."""
    connection = server(GET % 1 + P + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert connection.data_to_send() == b""
    connection.send(Response(204))
    assert (
        connection.data_to_send() == b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    )


def test_a_client_that_waits_for_100_has_its_time_from_then_on() -> None:
    """It cannot send its body while an earlier answer is due, so no deadline runs."""
    connection = server(GET % 1 + P + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert connection.next_deadline() is None
    connection.send(Response(204), 25.0)
    assert connection.data_to_send().endswith(b"\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
    assert connection.next_deadline() == 55.0
    connection.receive(b"ok", 34.0)
    assert [event.body for event in connection.events() if isinstance(event, Request)] == [
        b"",
        b"ok",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        H + b"Expect: 100-continue\r\n\r\n",
        P + b"Content-Length: 1000001\r\nExpect: 100-continue\r\n\r\n",
    ],
)
def test_100_is_not_sent_where_it_has_no_use(data: bytes) -> None:
    """To HTTP/1.0, without a body, and for a body that is refused."""
    assert server(data).data_to_send() == b""


def test_an_accepted_upgrade_leaves_the_bytes_behind_the_head() -> None:
    """They belong to the next protocol, also those that come later."""
    connection = server(GET % 1 + UPGRADE + b"\x81\x02")
    assert [event.upgrade for event in connection.events() if isinstance(event, Request)] == [
        "",
        "x",
    ]
    assert not connection.wants_data
    connection.send(Response(200))
    connection.receive(b"hi", 0.0)
    assert connection.events() == []
    connection.send(Response(101, Headers({"Upgrade": "x", "Connection": "Upgrade"})))
    assert connection.data_to_send().endswith(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
    )
    assert connection.take_leftover() == b"\x81\x02hi"
    assert not connection.should_close
    assert connection.next_deadline() is None


def test_a_refused_upgrade_goes_on_as_http() -> None:
    """What follows is read then."""
    connection = server(UPGRADE + GET % 2)
    assert len(connection.events()) == 1
    connection.send(Response(426))
    (request,) = connection.events()
    assert isinstance(request, Request)
    assert request.target == "/2"


def test_http_1_0_cannot_upgrade() -> None:
    """The offer is ignored here; whoever wants to refuse it sees version and header."""
    data = UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0") + GET % 2
    (one, two) = (connection := server(data)).events()
    assert isinstance(one, Request)
    assert isinstance(two, Request)
    assert (one.upgrade, one.version, "upgrade" in one.headers) == ("", "1.0", True)
    with pytest.raises(LocalError):
        connection.send(Response(101))


def test_101_needs_an_offer() -> None:
    """RFC 9110 §7.8."""
    with pytest.raises(LocalError):
        server(GET % 1).send(Response(101))


def test_an_upgrade_that_closes_is_no_upgrade() -> None:
    """The client cannot mean both; 101 is refused on our side, another answer closes."""
    connection = server(UPGRADE.replace(b"keep-alive", b"close"))
    with pytest.raises(LocalError):
        connection.send(Response(101))
    connection.send(Response(400))
    assert connection.should_close
    connection = server(UPGRADE + b"more")
    connection.send(Response(101, Headers({"Connection": "close"})))
    assert connection.take_leftover() == b"more"


def test_a_refused_upgrade_may_close() -> None:
    """What follows is dropped."""
    connection = server(UPGRADE + GET % 2)
    connection.send(Response(426, Headers({"Connection": "close"})))
    assert len(connection.events()) == 1
    assert connection.should_close


def test_there_are_no_tunnels() -> None:
    """CONNECT can be refused only, and reading waits for that."""
    connection = server(b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + GET % 2)
    assert len(connection.events()) == 1
    for send in (connection.send, connection.start):
        with pytest.raises(LocalError):
            send(Response(200))
    connection.send(Response(405))
    assert len(connection.events()) == 1
    with pytest.raises(LocalError):
        ClientConnection().send(Request("CONNECT", "a:1", HOST))


def test_an_interim_response_leaves_the_request_unanswered() -> None:
    """103 Early Hints, for example."""
    connection = server(GET % 1)
    connection.send(Response(103, Headers({"Link": "<a>"})))
    connection.send(Response(200))
    assert connection.data_to_send() == (
        b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    )


def test_a_streamed_answer_is_sent_in_chunks() -> None:
    """An empty part sends nothing: an empty chunk would be the end."""
    connection = server(GET % 1)
    connection.start(Response(200, Headers({"A": "b"})))
    for part in (b"hello", b"", b"x" * 16):
        connection.write(part)
    with pytest.raises(LocalError):
        connection.send(Response(200))
    connection.finish()
    assert connection.data_to_send() == (
        b"HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n10\r\nxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"
    )
    assert connection.unanswered == 0
    assert not connection.should_close


def test_a_streamed_answer_to_http_1_0_ends_with_the_connection() -> None:
    """RFC 9112 §6.1: no chunks for a client that may not know them."""
    connection = server(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    connection.start(Response(200))
    connection.write(b"hello")
    connection.finish()
    assert connection.data_to_send() == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
    assert connection.should_close


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
def test_a_streamed_answer_may_have_no_body(method: bytes, status: int) -> None:
    """Its parts are not sent then."""
    connection = server(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
    connection.start(Response(status))
    connection.write(b"hello")
    connection.finish()
    assert connection.data_to_send().endswith(b"\r\n\r\n")
    assert b"hello" not in connection.data_to_send()


def test_the_framing_of_a_streamed_answer_is_not_for_the_caller() -> None:
    """Nor is an interim response streamed."""
    for response in (Response(200, Headers({"Content-Length": "5"})), Response(103)):
        with pytest.raises(LocalError):
            server(GET % 1).start(response)


# The client.


@pytest.mark.parametrize(
    ("data", "body", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            b"hello",
            True,
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b"", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", b"hi", True),
    ],
)
def test_a_client_knows_where_a_response_ends(data: bytes, body: bytes, reusable: bool) -> None:
    """RFC 9112 §6.3, also a byte at a time."""
    for step in (len(data), 1):
        connection = client()
        for at in range(0, len(data), step):
            assert connection.events() == []
            connection.receive(data[at : at + step], 0.0)
        (response,) = connection.events()
        assert isinstance(response, Response)
        assert response.body == body
        assert connection.reusable is reusable
        assert connection.should_close is not reusable


def test_a_response_without_framing_ends_with_the_connection() -> None:
    """And not before."""
    connection = client()
    connection.receive(b"HTTP/1.1 200 OK\r\n\r\nhel", 0.0)
    connection.receive(b"lo", 0.0)
    assert connection.events() == []
    connection.receive_eof(0.0)
    (response,) = connection.events()
    assert isinstance(response, Response)
    assert response.body == b"hello"
    assert connection.should_close


def test_the_answer_to_head_ends_with_its_head() -> None:
    """Whatever length it states."""
    connection = client(Request("HEAD", "/", HOST), Request("GET", "/", HOST))
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 0.0)
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 0.0)
    assert [event.body for event in connection.events() if isinstance(event, Response)] == [
        b"",
        b"x",
    ]


@pytest.mark.parametrize(
    ("data", "received", "expected", "status"),
    [
        (b"", 0, None, None),
        (b"HTTP/1.1 2", 10, None, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 0, 9, 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", 4, 9, 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 5, None, 200),
    ],
)
def test_a_response_that_dies_half_way_says_how_much_came(
    data: bytes, received: int, expected: int | None, status: int | None
) -> None:
    """None of it counts as a response."""
    connection = client()
    connection.receive(data, 0.0)
    connection.receive_eof(0.0)
    (error,) = connection.events()
    assert isinstance(error, IncompleteMessage)
    assert (error.received, error.expected) == (received, expected)
    assert (error.head.status if isinstance(error.head, Response) else None) == status
    assert connection.unanswered == 1


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001,
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 " + b"a" * 9000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 33,
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_hostile_response_is_refused(data: bytes) -> None:
    """The last one answers a question that nobody asked."""
    connection = client()
    connection.receive(data, 0.0)
    assert isinstance(connection.events()[-1], RemoteError)
    assert connection.should_close
    assert not connection.reusable


def test_a_client_is_switched_by_101() -> None:
    """The rest belongs to the new protocol."""
    connection = client(
        Request("GET", "/", Headers({"Host": "a", "Upgrade": "x", "Connection": "upgrade"}))
    )
    with pytest.raises(LocalError):
        connection.send(Request("GET", "/", HOST))
    connection.receive(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81", 0.0)
    (response,) = connection.events()
    assert isinstance(response, Response)
    assert response.status == 101
    assert connection.take_leftover() == b"\x81"
    assert not connection.reusable


def test_a_client_that_said_close_asks_no_more() -> None:
    """RFC 9112 §9.6."""
    connection = client(Request("GET", "/", Headers({"Host": "a", "Connection": "close"})))
    with pytest.raises(LocalError):
        connection.send(Request("GET", "/", HOST))
    connection.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0.0)
    assert len(connection.events()) == 1
    assert connection.should_close


def test_a_client_waits_for_ever_for_an_answer_but_not_for_its_head() -> None:
    """How long to wait for the first byte, and for the body, is the caller's to say."""
    connection = client()
    assert connection.next_deadline() is None
    connection.receive(b"HTTP", 100.0)
    assert connection.next_deadline() == 110.0
    connection.receive(b"/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", 105.0)
    assert connection.next_deadline() is None
    connection.receive(b"i", 200.0)
    assert connection.next_deadline() == 260.0
    connection.tick(260.0)
    assert connection.should_close
    assert len(connection.events()) == 1


def test_a_client_keeps_the_pipelining_bound() -> None:
    """It does not ask more than a server of ours would read."""
    connection = client(*[Request("GET", "/", HOST)] * 32)
    with pytest.raises(LocalError):
        connection.send(Request("GET", "/", HOST))


# Both ends.


@given(
    bodies=st.lists(st.binary(max_size=50), min_size=1, max_size=8),
    step=st.integers(1, 60),
    streamed=st.booleans(),
)
def test_the_two_ends_understand_each_other(bodies: list[bytes], step: int, streamed: bool) -> None:
    """An echo over one connection, pipelined, in any cut."""
    ours, theirs = ClientConnection(now=0.0), server()
    for body in bodies:
        ours.send(Request("POST", "/echo", HOST, body))
    asked = ours.data_to_send()
    echoed: list[bytes] = []
    for at in range(0, len(asked), step):
        theirs.receive(asked[at : at + step], 0.0)
        for request in theirs.events():
            assert isinstance(request, Request)
            if streamed:
                theirs.start(Response(200))
                theirs.write(request.body)
                theirs.finish()
            else:
                theirs.send(Response(200, body=request.body))
        answered = theirs.data_to_send()
        for start in range(0, len(answered), step):
            ours.receive(answered[start : start + step], 0.0)
        echoed += [event.body for event in ours.events() if isinstance(event, Response)]
    assert echoed == bodies
    assert ours.reusable


def test_every_state_of_the_tables_can_be_reached_and_left() -> None:
    """But for the two ends of reading and the one of writing."""
    for table, first, last in (
        (READING, "head", {"done", "switched"}),
        (WRITING, "ready", {"closed"}),
    ):
        left = {state for state, _ in table}
        assert set(table.values()) | {first} == left | last
        assert not left & last


def test_an_idle_connection_holds_little() -> None:
    """Its buffers are given back after a large request."""
    connection = server(P + b"Content-Length: 900000\r\n\r\n" + b"x" * 900_000)
    connection.events()
    connection.send(Response(200, body=b"x" * 900_000))
    connection.data_to_send()
    assert sys.getsizeof(connection._buf) + sys.getsizeof(connection._out) < 1000


@pytest.mark.parametrize(
    ("data", "bytes_of_body"),
    [
        (b"", None),
        (P[:-2], None),
        (P + b"Content-Length: 5\r\n\r\n", 0),
        (P + b"Content-Length: 5\r\n\r\nhell", 4),
        (P + b"Content-Length: 5\r\n\r\nhello", None),
        (P + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nwo", 7),
        (P + b"Content-Length: 5\r\n\r\nhello" + P + b"Content-Length: 5\r\n\r\nh", 1),
    ],
)
def test_it_tells_how_much_of_a_body_has_come(data: bytes, bytes_of_body: int | None) -> None:
    """And of which message."""
    found = server(data).arriving
    assert (found[1] if found is not None else None) == bytes_of_body
    assert found is None or found[0].method == "POST"
