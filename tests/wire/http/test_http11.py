"""Values, encoding, heads and bodies of HTTP/1.1."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.http import http11
from course_lib.wire.http.body import MAX_CHUNK_LINE, Chunked, encode_chunk
from course_lib.wire.http.head import Limits, decode_request, decode_response, fields
from course_lib.wire.http.http11 import Headers, Request, Response

LIMITS = Limits()
TOKENS = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=12)
OCTETS = "".join(map(chr, [*range(0x20, 0x7F), *range(0x80, 0x100)]))
VALUES = st.text(OCTETS, max_size=20).map(lambda value: value.strip(" "))
PAIRS = st.lists(st.tuples(TOKENS, VALUES), max_size=8)


def test_header_names_compare_without_case_and_keep_theirs() -> None:
    """RFC 9110 §5.1."""
    headers = Headers([("Content-TYPE", "text/plain")])
    assert headers["content-type"] == "text/plain"
    assert "CONTENT-type" in headers
    assert list(headers) == [("Content-TYPE", "text/plain")]
    assert headers == Headers({"content-type": "text/plain"})
    assert headers != Headers({"content-type": "TEXT/plain"})


def test_a_missing_header_is_a_key_error_or_the_default() -> None:
    """As with a dict."""
    with pytest.raises(KeyError):
        Headers()["host"]
    assert Headers().get("host") is None
    assert Headers().get("host", "x") == "x"
    assert len(Headers()) == 0


def test_repeated_headers_are_joined_or_listed() -> None:
    """RFC 9110 §5.3: the lines of one name may be combined with a comma."""
    headers = Headers([("Via", "a"), ("Host", "h"), ("via", "b")])
    assert headers["Via"] == "a, b"
    assert headers.get_all("VIA") == ["a", "b"]
    assert headers["host"] == "h"


def test_headers_do_not_change_with_the_list_they_were_made_from() -> None:
    """They are a value."""
    pairs = [("A", "1")]
    headers = Headers(pairs)
    pairs.append(("B", "2"))
    assert list(headers) == [("A", "1")]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", {}),
        ("/poll?cursor=7&hold=25", "/poll", {"cursor": "7", "hold": "25"}),
        ("/a%20b?x=%ED%95%9C+y", "/a b", {"x": "한 y"}),
        ("/?a=1&a=2&b&=c&&", "/", {"a": "1", "b": "", "": "c"}),
        ("//evil/x", "//evil/x", {}),
        ("http://example.com", "/", {}),
        ("http://example.com/p?q=http://x", "/p", {"q": "http://x"}),
        ("*", "*", {}),
    ],
)
def test_a_target_has_a_path_and_a_query(target: str, path: str, query: dict[str, str]) -> None:
    """Escapes are undone in both."""
    request = Request("GET", target)
    assert (request.path, request.query) == (path, query)


def test_an_absolute_target_counts_before_host() -> None:
    """RFC 9112 §3.2.2: the server must ignore the received Host then."""
    assert Request("GET", "http://a:1/", Headers({"Host": "b"})).host == "a:1"
    assert Request("GET", "/", Headers({"Host": "b"})).host == "b"


@pytest.mark.parametrize(
    ("version", "connection", "expected"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.1", "CLOSE", False),
        ("1.1", "x, Close ,y", False),
        ("1.1", "closed", True),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
        ("1.0", "keep-alive, close", False),
    ],
)
def test_keep_alive_follows_version_and_connection(
    version: str, connection: str | None, expected: bool
) -> None:
    """RFC 9112 §9.3."""
    headers = Headers({} if connection is None else {"Connection": connection})
    assert Request("GET", "/", headers, version=version).keep_alive is expected
    assert Response(200, headers, version=version).keep_alive is expected


def test_an_upgrade_counts_with_its_connection_option_in_http_1_1_only() -> None:
    """RFC 9110 §7.8."""
    both = Headers({"Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade"})
    assert Request("GET", "/", both).upgrade == "websocket"
    assert Request("GET", "/", both, version="1.0").upgrade == ""
    assert Request("GET", "/", Headers({"Upgrade": "websocket"})).upgrade == ""


def test_a_body_reads_as_text_and_as_json() -> None:
    """UTF-8 unless Content-Type says otherwise."""
    assert Response(200, body="한글".encode()).text() == "한글"
    korean = Headers({"Content-Type": 'text/plain; charset="EUC-KR"'})
    assert Response(200, korean, "한글".encode("euc-kr")).text() == "한글"
    unknown = Headers({"Content-Type": "text/plain; charset=nope"})
    assert Response(200, unknown, b"ok").text() == "ok"
    assert Response(200, body=b'{"a": [1]}').json() == {"a": [1]}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("GET", "/", Headers({"Host": "a"})), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            Request("POST", "/p?x=1", Headers({"Host": "a"}), "héé".encode()),
            b"POST /p?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nh\xc3\xa9\xc3\xa9",
        ),
        (
            Request("POST", "/", Headers({"Host": "a"})),
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        ),
        (Request("GET", "/", version="1.0"), b"GET / HTTP/1.0\r\n\r\n"),
    ],
)
def test_a_request_becomes_these_bytes(request_: Request, expected: bytes) -> None:
    """Content-Length counts bytes and is there when a body may be expected."""
    assert http11.encode_request(request_) == expected


@pytest.mark.parametrize(
    ("response", "method", "expected"),
    [
        (Response(200, body=b"hi"), "GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        (Response(200, body=b"hi"), "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
        (Response(200), "GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (Response(204), "GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (Response(304), "GET", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
        (Response(101), "GET", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        (Response(413), "GET", b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"),
        (Response(299), "GET", b"HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n"),
        (Response(200, reason="Fine"), "GET", b"HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n"),
        (
            Response(200, Headers({"content-length": "2"}), b"hi"),
            "GET",
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
        ),
    ],
)
def test_a_response_becomes_these_bytes(response: Response, method: str, expected: bytes) -> None:
    """Which response has a body depends on its status and on the method asked with."""
    assert http11.encode_response(response, method) == expected


HOSTILE_HEADERS = [
    {"X": "a\r\nSet-Cookie: b"},
    {"X": "a\r\n\r\nHTTP/1.1 200 OK"},
    {"X": "a\n"},
    {"X": "a\rb"},
    {"X": "a\0b"},
    {"X": "a\x7f"},
    {"X": " a"},
    {"X": "a "},
    {"X": "한"},
    {"X: Y": "a"},
    {"X:Y": "a"},
    {"X ": "a"},
    {"": "a"},
    {"X\r\nY": "a"},
    {"Ünder": "a"},
    {"Transfer-Encoding": "chunked"},
    {"Content-Length": "3"},
    {"Content-Length": "+2"},
]


@pytest.mark.parametrize("headers", HOSTILE_HEADERS)
def test_a_header_that_would_not_read_back_is_our_mistake(headers: dict[str, str]) -> None:
    """No header value can start another line, another header or another message."""
    with pytest.raises(LocalError):
        http11.encode_response(Response(200, Headers(headers), b"hi"))
    with pytest.raises(LocalError):
        http11.encode_request(Request("POST", "/", Headers({"Host": "a", **headers}), b"hi"))


@pytest.mark.parametrize(
    "message",
    [
        Request("GET", "/"),  # no Host
        Request("GET", "/", Headers([("Host", "a"), ("host", "a")])),
        Request("GET /", "/", Headers({"Host": "a"})),
        Request("", "/", Headers({"Host": "a"})),
        Request("GET", "", Headers({"Host": "a"})),
        Request("GET", "/a b", Headers({"Host": "a"})),
        Request("GET", "/ HTTP/1.1\r\nX: y\r\n", Headers({"Host": "a"})),
        Request("GET", "/한글", Headers({"Host": "a"})),
        Request("GET", "/", Headers({"Host": "a"}), version="1.1\r\nX: y"),
        Request("GET", "/", Headers({"Host": "a"}), version="2.0"),
        Response(200, version="2.0"),
        Response(99),
        Response(1000),
        Response(200, reason="a\r\nX: y"),
        Response(200, reason="a\rb"),
        Response(204, body=b"x"),
        Response(304, body=b"x"),
        Response(204, Headers({"Content-Length": "0"})),
        Response(101, Headers({"Content-Length": "0"})),
    ],
)
def test_a_message_that_http_forbids_is_our_mistake(message: Request | Response) -> None:
    """LocalError at the call, and nothing is sent."""
    with pytest.raises(LocalError):
        if isinstance(message, Request):
            http11.encode_request(message)
        else:
            http11.encode_response(message)


@given(method=TOKENS, target=st.text("ab/?&=%~", max_size=20), pairs=PAIRS)
def test_a_request_head_reads_back_as_it_was_written(
    method: str, target: str, pairs: list[tuple[str, str]]
) -> None:
    """Encode, then decode."""
    kept = [pair for pair in pairs if pair[0].lower() not in ("host", "content-length")]
    request = Request(method, "/" + target, Headers([("Host", "a"), *kept]))
    data = http11.encode_request(request)
    if method == "CONNECT":
        return
    back = decode_request(data.decode("latin-1"), LIMITS)
    assert [pair for pair in back.headers if pair[0] != "Content-Length"] == list(request.headers)
    assert (back.method, back.target, back.version) == (method, "/" + target, "1.1")


@given(status=st.integers(200, 599), pairs=PAIRS, reason=VALUES)
def test_a_response_head_reads_back_as_it_was_written(
    status: int, pairs: list[tuple[str, str]], reason: str
) -> None:
    """Encode, then decode."""
    response = Response(status, Headers(pairs), reason=reason or "R")
    back = decode_response(http11.encode_start(response).decode("latin-1"), LIMITS)
    assert back == response


def test_white_space_around_a_value_is_not_part_of_it() -> None:
    """RFC 9110 §5.5, in linear time: the second value is mostly blanks."""
    blanks = " \t" * 4000
    head = f"HTTP/1.1 200 OK\r\nA:{blanks}b\t \r\nC: d{blanks}e\r\nE:\r\nF: \r\n\r\n"
    response = decode_response(head, LIMITS)
    assert list(response.headers) == [("A", "b"), ("C", f"d{blanks}e"), ("E", ""), ("F", "")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("HTTP/1.1 200 OK", (200, "OK", "1.1")),
        ("HTTP/1.1 200 ", (200, "", "1.1")),
        ("HTTP/1.1 200", (200, "", "1.1")),
        ("HTTP/1.0 404 Not\tFound", (404, "Not\tFound", "1.0")),
        ("HTTP/1.7 200 OK", (200, "OK", "1.1")),
    ],
)
def test_status_lines(line: str, expected: tuple[int, str, str]) -> None:
    """RFC 9112 §4: the reason may be empty; a higher minor version reads as 1.1."""
    response = decode_response(line + "\r\n\r\n", LIMITS)
    assert (response.status, response.reason, response.version) == expected


@pytest.mark.parametrize(
    "line",
    ["HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK", "HTTP/2 200", "ICY 200 OK", ""],
)
def test_bad_status_lines_are_refused(line: str) -> None:
    """The peer's mistake."""
    with pytest.raises(RemoteError):
        decode_response(line + "\r\n\r\n", LIMITS)


@pytest.mark.parametrize("host", ["", "a", "a.b:80", "a:", "127.0.0.1:1", "[::1]:8080", "h_%41"])
def test_hosts_that_are_accepted(host: str) -> None:
    """RFC 3986 §3.2.2; an empty one is legal."""
    headers, missing = fields(f"\r\nHost: {host}\r\n\r\n")
    assert (headers["host"], missing) == (host, False)


@pytest.mark.parametrize("host", ["a b", "a, b", "a/b", "u@a", "a:b", "[::1", "[x]", "a:1:2", "é"])
def test_hosts_that_are_refused(host: str) -> None:
    """RFC 9112 §3.2: a Host with an invalid value is answered 400."""
    with pytest.raises(RemoteError, match="bad Host"):
        fields(f"\r\nHost: {host}\r\n\r\n")


def read_in_parts(data: bytes, cuts: list[int], limits: Limits) -> tuple[bytes, bytes]:
    """Body and rest, when `data` comes cut at `cuts`."""
    reader, buf, body = Chunked(limits), bytearray(), None
    edges = [0, *sorted(cuts), len(data)]
    for start, stop in itertools.pairwise(edges):
        buf += data[start:stop]
        if body is None:
            body = reader.read(buf)
    assert body is not None
    return body, bytes(buf)


@given(chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6), data=st.data())
def test_chunks_in_any_cut_give_the_body(chunks: list[bytes], data: st.DataObject) -> None:
    """With extensions, trailers, and a rest that is not touched."""
    wire = b"".join(map(encode_chunk, chunks))
    wire += b'000 ; end="x y"\r\nChecksum: 1\r\n\r\nREST'
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=len(wire)))
    assert read_in_parts(wire, cuts, LIMITS) == (b"".join(chunks), b"REST")


def test_a_chunked_body_of_exactly_the_limit_is_accepted() -> None:
    """And one byte more is refused at its size line, before it is there."""
    limits = Limits(max_body=10)
    assert read_in_parts(b"6\r\n123456\r\n4\r\n7890\r\n0\r\n\r\n", [], limits)[0] == b"1234567890"
    with pytest.raises(RemoteError) as caught:
        Chunked(limits).read(bytearray(b"6\r\n123456\r\n5\r\n"))
    assert caught.value.code == 413


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\r\n", 400),
        (b"g\r\n", 400),
        (b"-1\r\n", 400),
        (b"+1\r\n", 400),
        (b"0x1\r\n", 400),
        (b"1_0\r\n", 400),
        (b" 1\r\n", 400),
        (b"1\n", 400),
        (b"1 1\r\n", 400),
        (b"1 \r\n", 400),
        (b"1;a\x00\r\n", 400),
        (b"1;a\rb\r\n", 400),
        (b"f" * 16 + b"\r\n", 400),
        (b"f" * 15 + b"\r\n", 413),
        (b"1;" + b"x" * 300, 400),
        (b"1\r\nab\r\n", 400),
        (b"1\r\na\n", 400),
        (b"1\r\na0\r\n\r\n", 400),
        ((b"1;" + b"x" * 200 + b"\r\na\r\n") * 41, 400),  # extensions, 8 kB of them
        (b"0\r\nA: b\nC: d\r\n\r\n", 400),
        (b"0\r\nA : b\r\n\r\n", 400),
        (b"0\r\nContent-Length: 1\r\n\r\n", 400),
        (b"0\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"0\r\n folded\r\n\r\n", 400),
        (b"0\r\n" + b"A: b\r\n" * 129 + b"\r\n", 431),
        (b"0\r\nA: " + b"b" * 9000, 431),
    ],
)
def test_hostile_chunks_are_refused(data: bytes, code: int) -> None:
    """Whole, and a byte at a time: the same code."""
    with pytest.raises(RemoteError) as caught:
        Chunked(LIMITS).read(bytearray(data))
    assert caught.value.code == code
    reader, buf = Chunked(LIMITS), bytearray()
    with pytest.raises(RemoteError) as caught:
        for byte in data:
            buf.append(byte)
            reader.read(buf)
    assert caught.value.code == code


def test_what_a_chunked_reader_holds_is_bounded() -> None:
    """The size line, however long it gets, never makes the buffer grow beyond its limit."""
    reader, buf = Chunked(LIMITS), bytearray()
    with pytest.raises(RemoteError):
        while True:
            buf += b"1"
            reader.read(buf)
    assert len(buf) <= MAX_CHUNK_LINE
