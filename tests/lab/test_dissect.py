"""Bytes become messages and fields: in any cut, whole or not, right or wrong, and none is lost."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import websockets
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import clock, tap
from course_lib.lab.dissect import Dissection, dissect
from course_lib.lab.dissection import messages, raw
from course_lib.lab.dissection.messages import Field, Message
from course_lib.lab.recording import CLOSED, CLOSING, RECEIVED, SENT, End, Recording
from course_lib.wire.http import http11
from course_lib.wire.http.connection import ServerConnection

UP, DOWN = "up", "down"
GET = b"GET /poll?cursor=7 HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /say HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\none\r\n4;a=b\r\ntwos\r\n0\r\nX-Sum: 7\r\n\r\n"
)
ASK_UPGRADE = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


class Talk:
    """A recording written by hand: both ends, one second for each piece, half a second of way."""

    def __init__(self) -> None:
        self.recording = Recording()
        client = self.recording.open(0.0, "client", "c:1", "s:2")
        server = self.recording.open(0.0, "server", "s:2", "c:1")
        assert client is not None and server is not None
        self.client, self.server, self.at = client, server, 0.0

    def say(self, direction: str, *pieces: bytes) -> Talk:
        """Each piece is written by one end, and read by the other."""
        ends = (self.client, self.server) if direction == UP else (self.server, self.client)
        for piece in pieces:
            self.recording.add(self.at, ends[0], SENT, piece)
            self.recording.add(self.at + 0.5, ends[1], RECEIVED, piece)
            self.at += 1.0
        return self

    def close(self, end: End, how: str = "close") -> Talk:
        """One end hangs up."""
        self.recording.add(self.at, end, CLOSING, note=how)
        self.recording.add(self.at, end, CLOSED)
        return self

    @property
    def messages(self) -> list[Message]:
        """What was said."""
        return dissect(self.recording)


def titles(found: Sequence[Message]) -> list[tuple[str, str, str]]:
    """Direction, title and state of each."""
    return [(one.direction, one.title, one.state) for one in found]


def assert_tiled(message: Message) -> None:
    """Each byte belongs to one field at the top, and to one child of a field with children.

    So does each bit of a byte whose children are bits.
    """

    def check(fields: Sequence[Field], start: int, stop: int) -> None:
        assert fields[0].start == start and fields[-1].stop == stop, (fields, start, stop)
        for one, after in itertools.pairwise(fields):
            assert one.stop == after.start, (one, after)
        for one in fields:
            assert one.start < one.stop, one
            if one.in_bits:
                edges = [child.bits or (-1, -1) for child in one.children]
                assert (edges[0][0], edges[-1][1], one.stop - one.start) == (0, 8, 1)
                assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
            elif one.children:
                check(one.children, one.start, one.stop)

    assert message.size == len(message.data)
    if message.size:
        check(message.fields, 0, message.size)


def names(message: Message) -> list[str]:
    """The names of the fields at the top."""
    return [one.name for one in message.fields]


def tree(found: Sequence[Message]) -> list[Any]:
    """All that does not depend on time."""
    return [(one.direction, one.title, one.state, one.note, one.data, one.fields) for one in found]


def test_a_request_is_cut_into_its_fields() -> None:
    """Every byte has a name, a value, a meaning and the section that says so."""
    (message,) = Talk().say(UP, GET).messages
    line, host, empty = message.fields
    assert [(one.name, message.data[one.start : one.stop]) for one in line.children] == [
        ("method", b"GET"),
        ("space", b" "),
        ("target", b"/poll?cursor=7"),
        ("space", b" "),
        ("version", b"HTTP/1.1"),
        ("CRLF", b"\r\n"),
    ]
    assert (line.name, line.spec, line.children[0].spec) == (
        "request line",
        "RFC 9112 §3",
        "RFC 9110 §9.3.1",
    )
    assert [(one.name, one.value) for one in host.children] == [
        ("name", "Host"),
        ("colon", ":"),
        ("space", ""),
        ("value", "a"),
        ("CRLF", r"\r\n"),
    ]
    assert (empty.name, empty.start, empty.stop) == ("empty line", len(GET) - 2, len(GET))
    assert all(one.meaning for field in message.fields for one in field.walk())
    assert [one.name for one in message.path(5)] == ["request line", "target"]
    assert message.value == http11.Request("GET", "/poll?cursor=7", http11.Headers({"Host": "a"}))


def test_a_chunked_body_is_cut_into_chunks_and_trailers() -> None:
    """Size line, data and line end of each chunk; extensions; the last chunk; a trailer."""
    _, message = Talk().say(UP, GET).say(DOWN, CHUNKED).messages
    body = message.fields[-1]
    assert (body.value, message.value.body) == ("onetwos", b"onetwos")
    assert [one.name for one in body.children] == [
        *("chunk", "chunk", "last chunk", "trailer X-Sum", "empty line"),
    ]
    assert [(one.name, one.value) for one in body.children[1].children] == [
        ("chunk size", "4"),
        ("extensions", ";a=b"),
        ("CRLF", r"\r\n"),
        ("chunk data", "twos"),
        ("CRLF", r"\r\n"),
    ]
    assert_tiled(message)


def test_an_answer_knows_its_question() -> None:
    """Pipelined questions, a HEAD among them, an interim answer: each answer has its own."""
    head = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    found = Talk().say(UP, GET + head + POST).say(DOWN, OK, OK[:-2], interim + OK).messages
    assert titles(found) == [
        (UP, "GET /poll?cursor=7", "whole"),
        (UP, "HEAD /", "whole"),
        (UP, "POST /say", "whole"),
        (DOWN, "200 OK", "whole"),
        (DOWN, "200 OK", "whole"),
        (DOWN, "100 Continue", "whole"),
        (DOWN, "200 OK", "whole"),
    ]
    questions = [one.answers.title for one in found if one.answers is not None]
    assert questions == ["GET /poll?cursor=7", "HEAD /", "POST /say", "POST /say"]
    assert [one.number for one in found] == [1, 2, 3, 4, 5, 6, 7]


def test_times_are_those_of_the_bytes() -> None:
    """Written in three pieces: began with the first, sent and arrived with the last."""
    (message,) = Talk().say(UP, POST[:10], POST[10:30], POST[30:]).messages
    assert (message.began_at, message.sent_at, message.arrived_at) == (0.0, 2.0, 2.5)
    assert (message.delay, message.at, message.arrived_bytes) == (0.5, 2.0, len(POST))


INCOMPLETE: dict[str, tuple[bytes, str, str]] = {
    "a start line": (GET[:9], "GET /poll", "the empty line that ends the head"),
    "a header line": (GET[:-6], "GET /poll?cursor=7", "the empty line that ends the head"),
    "the last byte of a head": (GET[:-1], "GET /poll?cursor=7", "the empty line that ends the"),
    "a body": (POST[:-2], "POST /say", "2 more bytes of 5 in its body"),
    "one byte of a body": (POST[:-1], "POST /say", "1 more byte of 5 in its body"),
    "a chunk": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "POST /",
        "the chunk of size 0",
    ),
}


@pytest.mark.parametrize(("data", "title", "lacks"), INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_what_is_not_whole_is_shown_and_says_what_it_waits_for(
    data: bytes, title: str, lacks: str
) -> None:
    """The bytes so far, a title, and what is lacking; when the connection ends it says so."""
    talk = Talk().say(UP, POST + data)
    whole, part = talk.messages
    assert (whole.title, part.title, part.state) == ("POST /say", title, "incomplete")
    assert part.note.startswith("incomplete: waits for ") and lacks in part.note
    assert_tiled(part)
    *_, part = talk.close(talk.client).messages
    assert part.note == "incomplete: the connection ended before the whole message"


REFUSED: dict[str, tuple[bytes, str]] = {
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", "no Host (status 400)"),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "space before the colon"),
    "a space in the target": (
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "a request line is METHOD SP TARGET SP VERSION",
    ),
    "LF alone": (b"GET / HTTP/1.1\nHost: a\n\n", "a line ends in LF without CR"),
    "two lengths": (POST.replace(b": 5", b": 5, 5"), "bad Content-Length '5, 5'"),
    "a bad chunk": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nxyz\r\nrest",
        "bad chunk size line",
    ),
    "an unknown coding": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "unknown transfer coding 'gzip, chunked' (status 501)",
    ),
    "a version of the future": (b"GET / HTTP/7.0\r\nHost: a\r\n\r\n", "HTTP/7.0 is not spoken"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_wire_refuses_is_shown_with_its_words(data: bytes, why: str) -> None:
    """The good message before it, the refused one with all bytes behind it, and its answer."""
    bad = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    talk = Talk().say(UP, GET, data + GET).say(DOWN, OK, bad)
    good, refused, ok, answer = talk.messages
    assert (good.state, refused.state) == ("whole", "refused")
    assert refused.note.startswith("refused: ") and why in refused.note
    assert refused.data == data + GET
    assert (ok.answers, answer.answers) == (good, refused)
    assert_tiled(refused)


def test_a_response_may_be_refused_too() -> None:
    """What nobody would accept as an answer."""
    _, answer = Talk().say(UP, GET).say(DOWN, b"HTTP/1.1 2000 OK\r\n\r\n").messages
    assert answer.state == "refused" and "bad status line" in answer.note
    assert_tiled(answer)


def test_an_answer_may_come_before_the_end_of_its_question() -> None:
    """413 while the body is still on its way, 100 in the middle of it."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    early = Talk().say(UP, POST[:-2]).say(DOWN, refusal)
    assert titles(early.messages) == [
        (UP, "POST /say", "incomplete"),
        (DOWN, "413 Content Too Large", "whole"),
    ]
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    waiting = Talk().say(UP, POST[:-5]).say(DOWN, interim).say(UP, POST[-5:]).say(DOWN, OK)
    found = waiting.messages
    assert sorted(titles(found)) == [
        (DOWN, "100 Continue", "whole"),
        (DOWN, "200 OK", "whole"),
        (UP, "POST /say", "whole"),
    ]


def test_an_answer_that_nobody_asked_for_is_shown() -> None:
    """408 on an idle connection: whole, and the answer to nothing."""
    late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    *_, message = Talk().say(UP, GET).say(DOWN, OK, late).messages
    assert (message.title, message.state, message.answers) == (
        "408 Request Timeout",
        "whole",
        None,
    )


def test_a_body_until_the_end_is_whole_when_the_connection_ends() -> None:
    """No length, no chunks: incomplete until the server closes, and for ever if it breaks."""
    answer = b"HTTP/1.0 200 OK\r\n\r\nall of it"
    talk = Talk().say(UP, GET).say(DOWN, answer)
    assert talk.messages[1].note == "incomplete: waits for the end of the connection"
    talk.close(talk.server)
    assert (talk.messages[1].state, talk.messages[1].value.body) == ("whole", b"all of it")
    broken = Talk().say(UP, GET).say(DOWN, answer)
    broken.close(broken.server, "abort")
    assert broken.messages[1].state == "incomplete"


def test_behind_an_upgrade_writes_are_bytes_until_a_layer_knows_them() -> None:
    """Also when the first frame came in one piece with the answer, and was written at once."""
    ask, switch = (one.replace(b"websocket", b"chess") for one in (ASK_UPGRADE, SWITCH))
    talk = Talk().say(UP, ask).say(DOWN, switch + b"\x81\x02hi").say(UP, b"\x81\x80abcd")
    assert [(one.layer, one.data) for one in talk.messages] == [
        ("http", ask),
        ("http", switch),
        ("bytes", b"\x81\x02hi"),
        ("bytes", b"\x81\x80abcd"),
    ]
    for one in talk.messages:
        assert_tiled(one)


def test_a_refused_upgrade_goes_on_in_http() -> None:
    """426 to the offer: the next question was sent at once and is read after that."""
    no = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"
    found = Talk().say(UP, ASK_UPGRADE + GET).say(DOWN, no + OK).messages
    assert sorted(titles(found)) == [
        (DOWN, "200 OK", "whole"),
        (DOWN, "426 Upgrade Required", "whole"),
        (UP, "GET /chat", "whole"),
        (UP, "GET /poll?cursor=7", "whole"),
    ]
    waiting = Talk().say(UP, ASK_UPGRADE + GET).messages
    assert waiting[1].note == "not read yet: an upgrade waits for its answer"


def test_layers_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows an upgrade goes to the layer named there; a body to one that knows it."""
    openings: list[messages.Opening] = []

    def layer(opening: messages.Opening) -> messages.Layer:
        openings.append(opening)
        return raw.Raw(opening.starts)

    def letters(message: Message, body: bytes) -> list[Field] | None:
        if message.answers is None:
            return None
        return [Field("letter", i, i + 1, chr(c), layer="abc") for i, c in enumerate(body)]

    monkeypatch.setitem(messages.UPGRADES, "websocket", layer)
    monkeypatch.setattr(messages, "CONTENTS", [letters])
    one = CHUNKED.replace(b"4;a=b\r\ntwos\r\n", b"")
    found = Talk().say(UP, GET, POST).say(DOWN, OK, one).say(UP, ASK_UPGRADE).say(DOWN, SWITCH)
    get, post, ok, chunked, *_ = found.messages
    assert [child.value for child in ok.fields[-1].children] == ["o", "k"]
    data = chunked.fields[-1].children[0].children[2]
    assert [(child.start, child.value) for child in data.children] == [
        *((data.start, "o"), (data.start + 1, "n"), (data.start + 2, "e"))
    ]
    assert not post.fields[-1].children
    for message in (get, post, ok, chunked):
        assert_tiled(message)
    assert openings[0].request.title == "GET /chat"
    assert openings[0].starts[UP] == len(GET + POST + ASK_UPGRADE)


NOT_HTTP = [
    b"hello\n",
    b"hello",
    b"HELLO\r\nx HTTP/1.1",
    b"HELLO WORLD\r\n",
    b"\x16\x03\x01\x02\x00",
    b"GET me a coffee\n",
    b"\x00",
]


@pytest.mark.parametrize("data", NOT_HTTP)
def test_what_is_not_http_is_bytes_as_they_were_written(data: bytes) -> None:
    """A stream without a protocol that we know: one message for each write."""
    found = Talk().say(UP, data, b"more").say(DOWN, b"GET / HTTP/1.1\r\n\r\n").messages
    assert [(one.layer, one.data) for one in found] == [
        ("bytes", data),
        ("bytes", b"more"),
        ("bytes", b"GET / HTTP/1.1\r\n\r\n"),
    ]


def test_a_first_line_decides_when_it_is_whole() -> None:
    """Until then it is taken for HTTP that is not whole, if it can be; a dissection may change."""
    talk = Talk().say(UP, b"HELLO")
    dissection = Dissection(talk.recording)
    assert titles(dissection.messages()) == [(UP, "HELLO", "incomplete")]
    talk.say(UP, b" WORLD\n")
    assert [one.data for one in dissection.messages()] == [b"HELLO", b" WORLD\n"]
    assert {one.layer for one in dissection.messages()} == {"bytes"}
    short = Talk().say(UP, b"GET /")
    assert titles(short.close(short.client).messages) == [(UP, "GET /", "incomplete")]


def test_a_tunnel_is_bytes() -> None:
    """CONNECT and its answer are HTTP; what passes through is not looked at."""
    ask = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"
    found = Talk().say(UP, ask).say(DOWN, b"HTTP/1.1 200 OK\r\n\r\n").say(UP, b"\x16\x03").messages
    assert titles(found)[0] == (UP, "CONNECT a:443", "whole")
    assert found[-1].data == b"\x16\x03"


def test_one_connection_can_be_asked_for() -> None:
    """And one that is not there is an error that says which are."""
    talk = Talk().say(UP, GET)
    assert dissect(talk.recording, connection=1) == talk.messages
    with pytest.raises(LocalError, match=r"no connection 2; this recording has \[1\]"):
        dissect(talk.recording, connection=2)


def test_what_was_not_recorded_is_not_called_broken() -> None:
    """A full recording ends in the middle of a message; its note says why."""
    recording = Recording(limit=350)
    end = recording.open(0.0, "client", "c:1", "s:2")
    assert end is not None
    recording.add(0.1, end, SENT, GET)
    recording.add(0.2, end, SENT, POST + b"x" * 200)
    recording.add(0.3, end, CLOSED)
    *_, part = dissect(recording)
    assert part.state == "incomplete" and part.note.endswith("bytes after it were not recorded")


# --- properties

HEADERS = st.lists(
    st.tuples(
        st.from_regex(r"X-[A-Za-z]{1,5}", fullmatch=True),
        st.text("abc \t=;,é", max_size=8).map(lambda text: text.strip(" \t")),
    ),
    max_size=3,
)
TARGETS = st.text("/abc?=&%20", max_size=10).map(lambda text: "/" + text)


@st.composite
def exchanges(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Questions and their answers, as our own wire writes them: whole, chunked, without body."""
    server = ServerConnection(now=0.0, max_body=1 << 30)
    made = []
    for _ in range(draw(st.integers(1, 4))):
        method = draw(st.sampled_from(["GET", "POST", "HEAD", "DELETE"]))
        body = draw(st.binary(max_size=40)) if method == "POST" else b""
        headers = http11.Headers([("Host", "a"), *draw(HEADERS)])
        request = http11.Request(method, draw(TARGETS), headers, body)
        data = http11.encode_request(request)
        if draw(st.booleans()):
            data = b"\r\n" + data
        server.receive(data, 0.0)
        if draw(st.booleans()):
            server.start(http11.Response(200, http11.Headers(draw(HEADERS))))
            for part in draw(st.lists(st.binary(max_size=20), max_size=3)):
                server.write(part)
            server.finish(0.0)
        else:
            status = draw(st.sampled_from([200, 204, 304, 404]))
            body = b"" if status in (204, 304) else draw(st.binary(max_size=40))
            server.send(http11.Response(status, http11.Headers(draw(HEADERS)), body), 0.0)
        made.append((data, server.data_to_send()))
    return made


def conversations() -> st.SearchStrategy[tuple[bytes, bytes]]:
    """The same as two streams."""
    return exchanges().map(lambda made: tuple(b"".join(side) for side in zip(*made, strict=True)))


def cut(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """The data in pieces."""
    edges = sorted({0, len(data), *(at for at in cuts if at < len(data))})
    for start, stop in itertools.pairwise(edges):
        yield data[start:stop]


CUTS = st.lists(st.integers(0, 400), max_size=12)


@given(conversations(), CUTS, CUTS)
@settings(max_examples=50)
def test_any_cut_gives_the_same_tree_and_fields_tile(
    talk: tuple[bytes, bytes], up_cuts: list[int], down_cuts: list[int]
) -> None:
    """However the bytes were written: the same messages, and each byte in its field."""
    up, down = talk
    whole = Talk().say(UP, up).say(DOWN, down).messages
    pieces = Talk().say(UP, *cut(up, up_cuts)).say(DOWN, *cut(down, down_cuts)).messages
    assert tree(pieces) == tree(whole)
    assert all(one.state == "whole" for one in whole)
    assert b"".join(one.data for one in whole if one.direction == UP) == up
    assert b"".join(one.data for one in whole if one.direction == DOWN) == down
    for one in whole:
        assert_tiled(one)


@given(exchanges(), CUTS, st.lists(st.booleans(), max_size=40))
@settings(max_examples=40)
def test_reading_while_it_grows_ends_with_the_same(
    made: list[tuple[bytes, bytes]], cuts: list[int], turns: list[bool]
) -> None:
    """A dissection that is asked after every event agrees in the end with one asked once."""
    ups = [(number, piece) for number, (up, _) in enumerate(made) for piece in cut(up, cuts)]
    downs = [(number, piece) for number, (_, down) in enumerate(made) for piece in cut(down, cuts)]
    growing, seen = Talk(), dict[tuple[str, int], Message]()
    dissection = Dissection(growing.recording)
    while ups or downs:
        asked = not ups or bool(downs and downs[0][0] < ups[0][0])  # no answer before its question
        turn = turns.pop() if turns else True
        growing.say(
            *((DOWN, downs.pop(0)[1]) if asked and (turn or not ups) else (UP, ups.pop(0)[1]))
        )
        for one in dissection.messages():
            if one.state == "whole":
                assert seen.setdefault((one.direction, one.start), one) is one
    assert tree(dissection.messages()) == tree(growing.messages)


@given(conversations(), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=4))
@example((GET, OK), [(0, 0)])
@settings(max_examples=70)
def test_no_byte_is_lost_whatever_comes(
    talk: tuple[bytes, bytes], changes: list[tuple[int, int]]
) -> None:
    """Bytes changed at random: messages tile the streams, and fields tile the messages."""
    up, down = (bytearray(part) for part in talk)
    for place, value in changes:
        for part in (up, down):
            if place < len(part):
                part[place] = value
    found = Talk().say(UP, bytes(up)).say(DOWN, bytes(down)).messages
    for direction, data in ((UP, up), (DOWN, down)):
        mine = sorted((m for m in found if m.direction == direction), key=lambda m: m.start)
        assert b"".join(m.data for m in mine) == data
    for one in found:
        assert_tiled(one)


def test_a_real_handshake_is_read_field_by_field() -> None:
    """`websockets` at both ends: request and answer whole, then frames."""

    async def main() -> Recording:
        async def quiet(connection: websockets.ServerConnection) -> None:
            await connection.send("x")

        with tap.Tap() as recording:
            async with websockets.serve(quiet, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                async with websockets.connect(f"ws://127.0.0.1:{port}/chat") as client:
                    assert await client.recv() == "x"
            await asyncio.sleep(1)
        return recording

    found = dissect(clock.simulate(main(), rtt=0.05))
    assert titles(found[:2]) == [
        (UP, "GET /chat", "whole"),
        (DOWN, "101 Switching Protocols", "whole"),
    ]
    assert "header Sec-WebSocket-Key" in names(found[0])
    assert {one.layer for one in found[2:]} == {"websocket"}
    assert all(one.delay == pytest.approx(0.025) for one in found)
    for one in found:
        assert_tiled(one)
