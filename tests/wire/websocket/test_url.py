"""URLs of WebSockets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets import uri as reference
from websockets.headers import build_host

from course_lib.errors import LocalError
from course_lib.wire.websocket import url as websocket_url
from course_lib.wire.websocket.url import Address

LONG = "/%EB%B0%A9?%EC%9D%B4%EB%A6%84=%EA%B0%80%20%EB%82%98"


@pytest.mark.parametrize(
    ("url", "address", "authority"),
    [
        ("ws://a", Address(False, "a", 80, "/"), "a"),
        ("wss://a", Address(True, "a", 443, "/"), "a"),
        ("ws://a:80/x", Address(False, "a", 80, "/x"), "a"),
        ("ws://a:443/x", Address(False, "a", 443, "/x"), "a:443"),
        ("wss://a:80", Address(True, "a", 80, "/"), "a:80"),
        ("WS://A.B:8000?x=1&y", Address(False, "a.b", 8000, "/?x=1&y"), "a.b:8000"),
        ("ws://[::1]:8000/", Address(False, "::1", 8000, "/"), "[::1]:8000"),
        ("ws://[2001:DB8::1]", Address(False, "2001:db8::1", 80, "/"), "[2001:db8::1]"),
        ("ws://a/방?이름=가%20나", Address(False, "a", 80, LONG), "a"),
        ("ws://한글.b", Address(False, "xn--bj0bj06e.b", 80, "/"), "xn--bj0bj06e.b"),
        ("ws://me:p%40ss@a/", Address(False, "a", 80, "/", "Basic bWU6cEBzcw=="), "a"),
        ("ws://a/%23?a%2Fb=c", Address(False, "a", 80, "/%23?a%2Fb=c"), "a"),
    ],
)
def test_a_url_is_taken_apart(url: str, address: Address, authority: str) -> None:
    """RFC 6455 §3; the port of the scheme is left out of Host (§4.1)."""
    assert websocket_url.parse(url) == address
    assert address.authority == authority


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://a", "is a page's URL: a WebSocket's begins with ws://"),
        ("https://a", "is a page's URL: a WebSocket's begins with wss://"),
        ("ftp://a", "it begins with ws:// or wss://"),
        ("a:8000/x", "it begins with ws:// or wss://"),
        ("/x", "it begins with ws:// or wss://"),
        ("", "it begins with ws:// or wss://"),
        ("ws:///x", "names no host"),
        ("ws:a", "names no host"),
        ("ws://:80/", "names no host"),
        ("ws://a/#top", "has a fragment"),
        ("ws://a/#", "has a fragment"),
        ("ws://a#", "has a fragment"),
        ("ws://a:port/", "is not a URL"),
        ("ws://a:70000/", "is not a URL"),
        ("ws://[::1/", "is not a URL"),
        ("ws://a..b/", "is not a URL"),
        ("ws://a\\b/", "names no host"),
        ("ws://good.example\\@evil.example/", "names no host"),
        ('ws://a"b/', "names no host"),
        ("ws://<a>/", "names no host"),
        ("ws://a%20b/", "names no host"),
        ("ws://a,b/", "names no host"),
        ("ws://[fe80::1%25eth0]/", "names no host"),
        ("ws://a/b c", "has ' ' in it: a URL writes it as %20"),
        (" ws://a/", "has ' ' in it"),
        ("ws://a/\r\nX: y", r"has '\r' in it: a URL writes it as %0D"),
        ("ws://a/\n", r"has '\n' in it"),
    ],
)
def test_any_other_text_is_our_mistake(url: str, message: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(LocalError) as caught:
        websocket_url.parse(url)
    assert message in str(caught.value)


HOSTS = st.sampled_from(["a", "a.example", "x1.y.z", "127.0.0.1", "[::1]", "[fe80::1:2]"])
PIECES = st.sampled_from(["", "/", "x", "%20", "%zz", "~.-", "a=b", "&", "+", ":@", "(!)*'"])
PATHS = st.tuples(st.lists(PIECES, max_size=4), st.none() | st.lists(PIECES, min_size=1)).map(
    lambda both: "".join(["/", *both[0]]) + ("" if both[1] is None else "?x" + "".join(both[1]))
)


@given(st.sampled_from(["ws", "wss"]), HOSTS, st.none() | st.integers(1, 65535), PATHS)
def test_urls_mean_what_they_mean_to_websockets(
    scheme: str, host: str, port: int | None, path: str
) -> None:
    """Host, port, target and the value of Host."""
    url = f"{scheme}://{host}{'' if port is None else f':{port}'}{path}"
    ours, theirs = websocket_url.parse(url), reference.parse_uri(url)
    assert (ours.secure, ours.host, ours.port) == (theirs.secure, theirs.host, theirs.port)
    assert ours.target == theirs.resource_name
    assert ours.authority == build_host(theirs.host, theirs.port, theirs.secure)
