"""The opening handshake: what is sent, what is answered, what is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import utils as websockets_utils
from wsproto import utilities as wsproto_utilities

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.http import http11
from course_lib.wire.http.connection import ServerConnection
from course_lib.wire.http.http11 import Headers, Request, Response
from course_lib.wire.websocket import handshake
from course_lib.wire.websocket.handshake import Agreement

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3
PROOF = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HOST = "server.example.com"
PAIRS = {
    "Host": HOST,
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
SWITCH = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": PROOF}


def _request(changes: dict[str, str | None] | None = None, *more: tuple[str, str]) -> Request:
    """A good request with some header lines changed, taken out or added."""
    pairs = PAIRS | (changes or {})
    kept = [(name, value) for name, value in pairs.items() if value is not None]
    return Request("GET", "/chat", Headers([*kept, *more]))


def _switch(changes: dict[str, str | None] | None = None, *more: tuple[str, str]) -> Response:
    """The same for a good answer."""
    pairs = SWITCH | (changes or {})
    kept = [(name, value) for name, value in pairs.items() if value is not None]
    return Response(101, Headers([*kept, *more]))


def _refused(request: Request, **options: object) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        handshake.answer(request, **options)  # type: ignore[arg-type]
    return caught.value


def _status(request: Request, **options: object) -> int:
    """What the request is answered with."""
    try:
        return handshake.answer(request, **options).status  # type: ignore[arg-type]
    except RemoteError as error:
        return error.code


# The proof.


def test_the_key_of_the_specification_has_its_answer() -> None:
    """RFC 6455 §1.3."""
    assert handshake.accept(KEY) == PROOF


@given(st.binary(min_size=16, max_size=16).map(lambda raw: base64.b64encode(raw).decode()))
def test_any_key_has_the_answer_that_the_references_give(key: str) -> None:
    """`websockets` and `wsproto`."""
    assert handshake.accept(key) == websockets_utils.accept_key(key)
    assert handshake.accept(key).encode() == wsproto_utilities.generate_accept_token(key.encode())


# The server's answer.


def test_the_answer_of_the_specification_is_ours_byte_for_byte() -> None:
    """RFC 6455 §1.3, without a Content-Length: what follows is no body."""
    request = _request(
        {"Origin": "http://example.com", "Sec-WebSocket-Protocol": "chat, superchat"}
    )
    response = handshake.answer(request, origins=["http://example.com"], subprotocols=["chat"])
    assert http11.encode_response(response) == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"Sec-WebSocket-Protocol: chat\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "UPGRADE"},
        {"Connection": ",keep-alive\t ,upGrade"},
        {"Upgrade": "WebSocket"},
        {"Upgrade": "WEBSOCKET"},
        {"Upgrade": "h2c, websocket"},
        {"Host": None, "HOST": HOST, "Sec-WebSocket-Key": None, "sec-websocket-KEY": KEY},
        {"Connection": None, "connection": "keep-alive", "CONNECTION": "Upgrade"},
        {"Content-Length": "0"},
    ],
)
def test_however_a_browser_writes_it_the_answer_is_the_same(changes: dict[str, str | None]) -> None:
    """Names and tokens compare without case, and Connection and Upgrade are lists."""
    assert handshake.answer(_request(changes)) == Response(101, Headers(SWITCH))


METHODS = ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get"]


@pytest.mark.parametrize("method", METHODS)
def test_another_method_is_405_and_says_which_is_allowed(method: str) -> None:
    """RFC 6455 §4.1; RFC 9110 §15.5.6."""
    request = _request()
    request.method = method
    error = _refused(request)
    assert str(error) == f"a WebSocket begins with GET, not with {method}"
    assert (
        http11.encode_response(handshake.refusal(error))
        == (
            "HTTP/1.1 405 Method Not Allowed\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Connection: close\r\n"
            "Allow: GET\r\n"
            f"Content-Length: {len(str(error)) + 1}\r\n\r\n{error}\n"
        ).encode()
    )


def test_http_1_0_is_505() -> None:
    """H22; RFC 6455 §4.1: "the HTTP version MUST be at least 1.1"."""
    request = _request()
    request.version = "1.0"
    error = _refused(request)
    assert (error.code, str(error)) == (505, "a WebSocket begins with HTTP/1.1, not HTTP/1.0")


@pytest.mark.parametrize("version", ["8", "0", "14", "", "13, 8", "013", "13 ", "x", None])
def test_another_version_is_426_and_says_which_is_spoken(version: str | None) -> None:
    """H22; RFC 6455 §4.4."""
    error = _refused(_request({"Sec-WebSocket-Version": version}))
    came = "missing" if version is None else repr(version)
    assert str(error) == f"Sec-WebSocket-Version is {came}, expected '13'"
    assert list(handshake.refusal(error).headers) == [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Connection", "Upgrade, close"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
    ]
    assert handshake.refusal(error).status == 426


def test_a_page_request_is_426_and_tells_a_person_what_to_do() -> None:
    """H22: somebody opened the address in a browser."""
    error = _refused(Request("GET", "/", Headers({"Host": HOST, "Connection": "keep-alive"})))
    response = handshake.refusal(error)
    assert (response.status, response.headers["Upgrade"]) == (426, "websocket")
    assert "new WebSocket(url)" in response.text()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Upgrade": "h2c"}, "Upgrade is 'h2c', expected 'websocket' in it"),
        ({"Upgrade": "websockets"}, "Upgrade is 'websockets', expected 'websocket' in it"),
        ({"Upgrade": "websocket/13"}, "Upgrade is 'websocket/13', expected 'websocket' in it"),
        ({"Upgrade": ""}, "bad Upgrade '': it ends before a token"),
        ({"Upgrade": "web socket"}, "'s' at character 5, expected a comma"),
        ({"Connection": None}, "Connection is missing, expected 'Upgrade' in it"),
        ({"Connection": "keep-alive"}, "Connection is 'keep-alive', expected 'Upgrade' in it"),
        ({"Connection": "no-upgrade"}, "Connection is 'no-upgrade', expected 'Upgrade' in it"),
        ({"Connection": "keep-alive Upgrade"}, "'U' at character 12, expected a comma"),
        ({"Connection": ""}, "bad Connection '': it ends before a token"),
        ({"Connection": "close, Upgrade"}, "Connection has both 'Upgrade' and 'close'"),
    ],
)
def test_lists_without_the_word_are_400(changes: dict[str, str | None], message: str) -> None:
    """RFC 6455 §4.2.1: a word is a member of the list, not a part of its text."""
    error = _refused(_request(changes))
    assert error.code == 400
    assert message in str(error)


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (None, "Sec-WebSocket-Key is missing"),
        ("", "is 0 bytes in base64, expected 16"),
        ("dGhlIHNhbXBsZSBub25j", "is 15 bytes in base64, expected 16"),
        ("dGhlIHNhbXBsZSBub25jZTE=", "is 17 bytes in base64, expected 16"),
        ("dGhlIHNhbXBsZSBub25jZQ", "is not base64, expected 16 bytes in base64"),
        ("dGhlIHNhbXBsZSBub25jZQ=", "is not base64, expected 16 bytes in base64"),
        ("dGhlIHNhbXBsZSBub25jZQ==x", "is not base64, expected 16 bytes in base64"),
        ("dGhlIHNhbXBsZSBu b25jZQ==", "is not base64, expected 16 bytes in base64"),
        ("dGhlIHNhbXBsZSBub25j_-==", "is not base64, expected 16 bytes in base64"),
        ("the sample nonce", "is not base64, expected 16 bytes in base64"),
        ("é" * 24, "is not base64, expected 16 bytes in base64"),
    ],
)
def test_a_key_that_is_not_16_bytes_is_400(key: str | None, fault: str) -> None:
    """H23; RFC 6455 §4.2.1."""
    error = _refused(_request({"Sec-WebSocket-Key": key}))
    assert error.code == 400
    assert str(error).endswith(fault)
    assert handshake.refusal(error).body == f"{error}\n".encode()


@pytest.mark.parametrize("name", ["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin"])
def test_what_may_stand_once_is_400_when_it_stands_twice(name: str) -> None:
    """RFC 6455 §11.3.1, §11.3.5; RFC 6454 §7.3.  Also when both lines are equal."""
    request = _request({"Origin": f"http://{HOST}"}, (name, "13"))
    error = _refused(request, origins="*")
    assert (error.code, str(error)) == (400, f"2 lines of {name}, where one is allowed")


def test_a_refusal_ends_the_connection_and_what_came_behind_it_is_not_read() -> None:
    """Frames that a client sent too early must not be taken for a request."""
    smuggled = b"GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
    server = ServerConnection(now=0)
    server.receive(http11.encode_request(_request({"Sec-WebSocket-Key": "x"})) + smuggled, 0)
    (request,) = server.events()
    assert isinstance(request, Request)
    server.send(handshake.refusal(_refused(request)), 0)
    assert server.data_to_send().startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert server.should_close
    assert server.events() == []


def test_the_first_frame_may_come_in_the_same_segment_as_the_request() -> None:
    """The bytes behind the request belong to the WebSocket."""
    frame = bytes.fromhex("818537fa213d7f9f4d5158")
    server = ServerConnection(now=0)
    server.receive(http11.encode_request(_request()) + frame, 0)
    (request,) = server.events()
    assert isinstance(request, Request)
    server.send(handshake.answer(request), 0)
    assert server.data_to_send().startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert server.take_leftover() == frame


# Origins.

OURS = "http://chat.example:8000"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        (OURS, True),
        ("https://chat.example:8000", True),  # TLS may end at a proxy
        ("http://chat.example", False),
        ("http://chat.example:8001", False),
        ("http://chat.example:80", False),
        ("http://chat.example:80000", False),
        ("http://evil.example:8000", False),
        ("http://chat.example:8000.evil.example", False),
        ("http://chat.example.evil.example:8000", False),
        ("http://evilchat.example:8000", False),
        ("http://evil.example/chat.example:8000", False),
        ("http://chat.example:8000@evil.example", False),
        ("http://chat.example:8000/", False),
        ("http://CHAT.example:8000", False),  # no browser writes it so
        ("ftp://chat.example:8000", False),
        ("chat.example:8000", False),
        (f"{OURS} http://evil.example", False),
        (f" {OURS}", False),
        ("null", False),
        ("", False),
        ("*", False),
    ],
)
def test_by_default_the_pages_of_this_server_may_connect(origin: str | None, allowed: bool) -> None:
    """H10: foreign pages, and those without a name, may not; who is no page may."""
    assert handshake.origin_allowed(origin, "chat.example:8000", None) is allowed
    request = _request({"Host": "chat.example:8000", "Origin": origin})
    assert _status(request) == (101 if allowed else 403)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://chat.example", "chat.example", True),
        ("http://chat.example", "chat.example:80", True),
        ("http://chat.example", "Chat.Example", True),
        ("http://chat.example", "chat.example:443", False),
        ("https://chat.example", "chat.example", True),
        ("https://chat.example", "chat.example:443", True),
        ("https://chat.example", "chat.example:80", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://[::1]:8000", "[::1]:8001", False),
        ("http://", "", False),
        ("null", "null", False),
    ],
)
def test_a_port_that_is_not_written_is_that_of_the_scheme(
    origin: str, host: str, allowed: bool
) -> None:
    """RFC 6454 §4: the port belongs to the origin."""
    assert handshake.origin_allowed(origin, host, None) is allowed


def test_over_tls_a_page_without_tls_is_foreign() -> None:
    """Somebody on the way may have written it, in the name of this very host."""
    for origin, plain, tls in (
        ("http://chat.example:8443", 101, 403),
        ("https://chat.example:8443", 101, 101),
        (None, 101, 101),
        ("null", 403, 403),
    ):
        request = _request({"Host": "chat.example:8443", "Origin": origin})
        assert (_status(request), _status(request, secure=True)) == (plain, tls)
        assert _status(request, secure=True, origins="*") == 101


@pytest.mark.parametrize(
    ("origin", "allow", "allowed"),
    [
        ("https://a.example", ["https://b.example", "https://a.example"], True),
        ("https://a.example", ("https://a.example",), True),
        ("https://a.example", {"https://a.example": 1}, True),
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://a.example.evil", False),
        ("https://a.example", "https://a.example, https://b.example", False),
        ("https://A.example", ["https://a.example"], False),
        ("https://a.example:443", ["https://a.example"], False),
        ("https://a.example:8443", ["https://a.example"], False),
        ("http://a.example", ["https://a.example"], False),
        ("http://chat.example:8000", ["https://a.example"], False),
        ("null", ["https://a.example"], False),
        ("null", "*", True),
        ("https://a.example", "*", True),
        ("https://a.example", ["*"], False),
        ("https://a.example", [], False),
        (None, [], True),
    ],
)
def test_a_list_of_origins_is_compared_whole(
    origin: str | None, allow: handshake.Allow, allowed: bool
) -> None:
    """H10: case and port included; our own pages are not in the list unless they are listed."""
    assert handshake.origin_allowed(origin, "chat.example:8000", allow) is allowed
    request = _request({"Host": "chat.example:8000", "Origin": origin})
    assert _status(request, origins=allow) == (101 if allowed else 403)


def test_a_refused_page_is_told_whose_pages_may_connect() -> None:
    """Who sees it forgot the list, or wrote it wrong; the list itself stays private."""
    request = _request({"Host": "chat.example", "Origin": "http://evil.example"})
    assert str(_refused(request)) == (
        "Origin is 'http://evil.example', expected http://chat.example or https://chat.example: "
        "the server lists in origins=[…] whose pages may connect"
    )
    assert "expected https://chat.example:" in str(_refused(request, secure=True))
    error = _refused(request, origins=["https://secret.example"])
    assert "expected one that is listed:" in str(error)
    assert handshake.refusal(error).body == f"{error}\n".encode()
    assert "access-control-allow-origin" not in handshake.refusal(error).headers


def test_an_absolute_target_counts_before_host() -> None:
    """RFC 9112 §3.2.2: a proxy may leave a Host that lies."""
    request = _request({"Origin": "http://evil.example", "Host": "evil.example"})
    request.target = "http://chat.example/chat"
    assert _status(request) == 403


# Subprotocols.


@pytest.mark.parametrize(
    ("offered", "spoken", "chosen"),
    [
        (None, ["a"], None),
        ("a", [], None),
        ("a", ["b"], None),
        ("a", ["a"], "a"),
        ("a, b", ["b", "a"], "b"),  # the server's preference
        ("a,b", ["c", "b"], "b"),
        ("A", ["a"], None),  # names compare with case
        ("ab", ["a"], None),
    ],
)
def test_the_servers_first_choice_among_the_clients_is_taken(
    offered: str | None, spoken: list[str], chosen: str | None
) -> None:
    """RFC 6455 §4.2.2: one of the client's, or none."""
    request = _request({"Sec-WebSocket-Protocol": offered})
    response = handshake.answer(request, subprotocols=spoken)
    assert response.headers.get("Sec-WebSocket-Protocol") == chosen
    assert handshake.agreed(response) == Agreement(chosen)
    asked = offered.replace(" ", "").split(",") if offered else []
    assert handshake.verify(response, KEY, subprotocols=asked) == Agreement(chosen)


def test_subprotocols_may_come_in_several_lines() -> None:
    """RFC 6455 §11.3.4."""
    request = _request({"Sec-WebSocket-Protocol": "a"}, ("sec-websocket-protocol", "b, c"))
    response = handshake.answer(request, subprotocols=["c"])
    assert response.headers["Sec-WebSocket-Protocol"] == "c"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a, b, a", "Sec-WebSocket-Protocol 'a, b, a' names a subprotocol twice"),
        ("", "bad Sec-WebSocket-Protocol '': it ends before a token"),
        ("a b", "bad Sec-WebSocket-Protocol 'a b': 'b' at character 3, expected a comma"),
    ],
)
def test_a_bad_list_of_subprotocols_is_400(value: str, message: str) -> None:
    """RFC 6455 §4.1: non-empty, of legal characters, unique.  Even if the server speaks none."""
    error = _refused(_request({"Sec-WebSocket-Protocol": value}))
    assert (error.code, str(error)) == (400, message)


@pytest.mark.parametrize("names", ["chat", ["a b"], [""], ["a", "a"]])
def test_subprotocols_that_cannot_be_are_our_mistake(names: list[str]) -> None:
    """A string is a sequence of letters, and nobody means that."""
    with pytest.raises(LocalError):
        handshake.answer(_request(), subprotocols=names)
    with pytest.raises(LocalError):
        handshake.request("ws://a/", KEY, subprotocols=names)


# Extensions.

OFFER = "permessage-deflate; client_max_window_bits, permessage-deflate, x-other; a=1"


def test_the_chooser_of_extensions_gets_every_offer() -> None:
    """In the order of the client's preference, also from several lines."""
    seen: list[handshake.Extensions] = []

    def choose(offers: handshake.Extensions) -> str:
        seen.append(offers)
        return "x-other; a=1"

    request = _request({"Sec-WebSocket-Extensions": OFFER}, ("sec-websocket-extensions", "last"))
    response = handshake.answer(request, extensions=choose)
    assert seen == [
        [
            ("permessage-deflate", [("client_max_window_bits", None)]),
            ("permessage-deflate", []),
            ("x-other", [("a", "1")]),
            ("last", []),
        ]
    ]
    assert response.headers["Sec-WebSocket-Extensions"] == "x-other; a=1"
    expected = Agreement(None, [("x-other", [("a", "1")])])
    assert handshake.agreed(response, lambda accepted: accepted) == expected
    assert handshake.verify(response, KEY, extensions=lambda accepted: accepted) == expected


def test_declined_extensions_leave_no_trace() -> None:
    """Neither when the chooser takes none, nor without one; and without an offer none is asked."""
    request = _request({"Sec-WebSocket-Extensions": OFFER})
    plain = Response(101, Headers(SWITCH))
    assert handshake.answer(request) == plain
    assert handshake.answer(request, extensions=lambda offers: None) == plain
    assert handshake.answer(request, extensions=lambda offers: "") == plain
    assert handshake.answer(_request(), extensions=lambda offers: "x") == plain
    assert handshake.agreed(plain, lambda accepted: 1) == Agreement()


def test_bad_extensions_are_400_even_if_none_is_spoken() -> None:
    """RFC 6455 §9.1: what does not conform to the grammar fails the handshake."""
    error = _refused(_request({"Sec-WebSocket-Extensions": "a; b=;"}))
    assert error.code == 400
    assert str(error).startswith("bad Sec-WebSocket-Extensions 'a; b=;': '=' at character 5")


# The client's request.


def test_the_clients_request_has_the_lines_of_the_specification() -> None:
    """RFC 6455 §4.1."""
    request = handshake.request(
        "ws://server.example.com:8000/chat?x=1",
        KEY,
        origin="http://example.com",
        subprotocols=["chat", "superchat"],
        extensions="permessage-deflate; client_max_window_bits",
        headers={"Cookie": "a=b"},
    )
    assert http11.encode_request(request) == (
        b"GET /chat?x=1 HTTP/1.1\r\n"
        b"Host: server.example.com:8000\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"Origin: http://example.com\r\n"
        b"Sec-WebSocket-Protocol: chat, superchat\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        b"Cookie: a=b\r\n"
        b"\r\n"
    )


def test_without_options_the_request_is_the_least_that_is_answered() -> None:
    """And our server answers it."""
    request = handshake.request(f"wss://{HOST}/chat", KEY)
    assert request == _request()
    assert handshake.answer(request) == Response(101, Headers(SWITCH))


def test_userinfo_becomes_authorization_unless_one_is_given() -> None:
    """RFC 7617; a Host that is given replaces the one of the URL as well."""
    request = handshake.request("ws://me:secret@a/", KEY)
    assert request.headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert request.headers["Host"] == "a"
    headers = [("authorization", "Bearer x"), ("host", "b:1"), ("X-A", "1"), ("X-A", "2")]
    request = handshake.request("ws://me:secret@a/", KEY, headers=headers)
    assert request.headers.get_all("Authorization") == ["Bearer x"]
    assert request.headers.get_all("Host") == ["b:1"]
    assert request.headers.get_all("X-A") == ["1", "2"]


@pytest.mark.parametrize("key", ["", "x", "dGhlIHNhbXBsZSBub25j", f"{KEY}\r\nX: y"])
def test_a_key_that_a_server_would_refuse_is_our_mistake(key: str) -> None:
    """16 bytes in base64."""
    with pytest.raises(LocalError, match="the key"):
        handshake.request("ws://a/", key)


@pytest.mark.parametrize(
    "name",
    ["upgrade", "Connection", "sec-websocket-key", "Sec-WebSocket-Version", "Sec-WebSocket-Foo"],
)
def test_the_lines_of_the_handshake_are_not_for_the_caller(name: str) -> None:
    """Two of them would be refused by the server."""
    with pytest.raises(LocalError, match=f"{name} is for the handshake to write"):
        handshake.request("ws://a/", KEY, headers={name: "x"})


def test_an_origin_is_given_once() -> None:
    """As an argument or as a header line."""
    headers = {"origin": "http://a"}
    assert handshake.request("ws://a/", KEY, headers=headers).headers["Origin"] == "http://a"
    with pytest.raises(LocalError, match="origin is for the handshake to write"):
        handshake.request("ws://a/", KEY, origin="http://b", headers=headers)


@pytest.mark.parametrize("value", ["http://a\r\nX: y", "http://a\n", "a\x00"])
def test_nothing_can_be_smuggled_into_the_request(value: str) -> None:
    """A line end in a value never reaches the wire."""
    for options in ({"origin": value}, {"extensions": value}, {"headers": {"X-A": value}}):
        with pytest.raises(LocalError):
            http11.encode_request(handshake.request("ws://a/", KEY, **options))  # type: ignore[arg-type]


# The client's check.


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Upgrade": "WebSocket"},
        {"Connection": "keep-alive, upgrade"},
        {"Server": "x"},
    ],
)
def test_a_good_answer_is_an_agreement(changes: dict[str, str | None]) -> None:
    """However the server writes it."""
    assert handshake.verify(_switch(changes), KEY) == Agreement(None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Upgrade": None}, "the server's Upgrade is missing, expected 'websocket'"),
        ({"Upgrade": "h2c"}, "the server's Upgrade is 'h2c', expected 'websocket'"),
        ({"Upgrade": "websocket, h2c"}, "Upgrade is 'websocket, h2c', expected 'websocket'"),
        ({"Connection": None}, "the server's Connection is missing, expected 'Upgrade' in it"),
        ({"Connection": "close"}, "the server's Connection is 'close', expected 'Upgrade' in it"),
        ({"Connection": "no-upgrade"}, "expected 'Upgrade' in it"),
        ({"Sec-WebSocket-Accept": None}, f"Accept is missing, expected '{PROOF}'"),
        ({"Sec-WebSocket-Accept": ""}, f"Accept is '', expected '{PROOF}'"),
        ({"Sec-WebSocket-Accept": KEY}, f"Accept is '{KEY}', expected '{PROOF}'"),
        ({"Sec-WebSocket-Accept": PROOF.swapcase()}, f"expected '{PROOF}'"),
        ({"Sec-WebSocket-Accept": f"{PROOF}="}, f"the answer to the key '{KEY}'"),
        ({"Sec-WebSocket-Protocol": "chat"}, "Protocol is 'chat', expected none to be chosen"),
        ({"Sec-WebSocket-Extensions": "a; b"}, "'a; b', expected none: none was offered"),
    ],
)
def test_an_answer_that_does_not_switch_is_an_error_that_names_the_line(
    changes: dict[str, str | None], message: str
) -> None:
    """RFC 6455 §4.1, conditions 2 to 6."""
    with pytest.raises(RemoteError) as caught:
        handshake.verify(_switch(changes), KEY)
    assert message in str(caught.value)
    assert caught.value.code == 400


def test_the_answer_to_another_key_is_not_the_answer_to_ours() -> None:
    """A cache may have kept somebody else's."""
    with pytest.raises(RemoteError, match="Sec-WebSocket-Accept"):
        handshake.verify(handshake.answer(_request()), "AQIDBAUGBwgJCgsMDQ4PEA==")


@pytest.mark.parametrize("chosen", ["c", "A", "a, b", "a,", ""])
def test_a_subprotocol_that_was_not_asked_for_is_an_error(chosen: str) -> None:
    """RFC 6455 §4.1, condition 6; a list is not one of them either."""
    with pytest.raises(RemoteError, match=r"Sec-WebSocket-Protocol is '.*', expected one of a, b"):
        handshake.verify(_switch({"Sec-WebSocket-Protocol": chosen}), KEY, subprotocols=["a", "b"])


@pytest.mark.parametrize(
    "name", ["Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"]
)
def test_a_line_that_the_server_may_send_once_is_an_error_twice(name: str) -> None:
    """RFC 6455 §11.3.2 to §11.3.4.  Also when both are equal."""
    value = PROOF if name == "Sec-WebSocket-Accept" else "a"
    with pytest.raises(RemoteError) as caught:
        handshake.verify(
            _switch({name: value}, (name, value)),
            KEY,
            subprotocols=["a"],
            extensions=lambda accepted: accepted,
        )
    assert str(caught.value) == f"the server sent 2 lines of {name}, where one is allowed"


def test_the_reader_of_extensions_may_refuse_them() -> None:
    """It alone knows what was offered."""

    def read(accepted: handshake.Extensions) -> None:
        raise RemoteError(f"{accepted[0][0]} was not offered", 1010)

    with pytest.raises(RemoteError, match="x was not offered"):
        handshake.verify(_switch({"Sec-WebSocket-Extensions": "x"}), KEY, extensions=read)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            Response(403, Headers(), b"Origin is 'null'\n"),
            "the server answered 403 Forbidden, expected 101: Origin is 'null'",
        ),
        (Response(200, Headers(SWITCH)), "the server answered 200 OK, expected 101"),
        (
            Response(301, Headers({"Location": "wss://b/"}), b"moved"),
            "the server answered 301 Moved Permanently, expected 101: wss://b/",
        ),
        (Response(599, reason="Odd"), "the server answered 599 Odd, expected 101"),
        (
            Response(500, Headers(), b"<p>\x1b[31m\r\n  red" + b"x" * 900),
            "the server answered 500 Internal Server Error, expected 101: <p> [31m red"
            + "x" * (200 - 12),
        ),
    ],
)
def test_an_answer_other_than_101_says_what_the_server_said(
    response: Response, message: str
) -> None:
    """Its status is the error's code; what is quoted is short, and safe in a terminal."""
    with pytest.raises(RemoteError) as caught:
        handshake.verify(response, KEY)
    assert str(caught.value) == message
    assert caught.value.code == response.status


# Whatever comes.


def test_a_function_that_is_replaced_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A learner's proof and a learner's gate stand in the real handshake."""
    monkeypatch.setattr(handshake, "accept", lambda key: f"proof of {key}")
    monkeypatch.setattr(handshake, "origin_allowed", lambda *asked: asked == ("null", HOST, None))
    response = handshake.answer(_request({"Origin": "null"}))
    assert response.headers["Sec-WebSocket-Accept"] == f"proof of {KEY}"
    assert handshake.verify(response, KEY) == Agreement()
    assert _status(_request()) == 403


WORDS = st.sampled_from(
    [*PAIRS, "Origin", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "X-Other"]
)
TEXTS = st.text('ab1 ,;="\\/:é', max_size=12) | st.sampled_from(
    [*PAIRS.values(), "8", "null", f"http://{HOST}", "close", "keep-alive, Upgrade", "a, a"]
)


@given(st.lists(st.tuples(WORDS, TEXTS), max_size=6), st.sampled_from(["GET", "GET", "POST"]))
def test_any_request_is_answered_with_bytes_that_say_so(
    changes: list[tuple[str, str]], method: str
) -> None:
    """A 101 that our client takes, or a refusal that can be sent; no other error."""
    request = _request(dict(changes[:3]), *changes[3:])
    request.method = method
    try:
        response = handshake.answer(request, subprotocols=["a"])
    except RemoteError as error:
        assert error.code in (400, 403, 405, 426)
        data = http11.encode_response(handshake.refusal(error))
        assert data.startswith(b"HTTP/1.1 %d " % error.code)
        assert b"close" in data
    else:
        handshake.verify(response, request.headers["Sec-WebSocket-Key"], subprotocols=["a"])
