"""One parser for the URLs of pages and of WebSockets: what can be read in two ways is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.net import http_address
from course_lib.wire.http import url
from course_lib.wire.http.http11 import Headers, Request, Response
from course_lib.wire.websocket import url as websocket_url

PORTS = {"http": 80, "https": 443}


def test_the_parts_of_a_url() -> None:
    """The fragment stays with the client; escapes are kept, other letters become escapes."""
    parts = url.split("HTTP://user:w%C3%B6rd@Example.ORG:8080/a%20b/안?c=7&d=é#top", PORTS)
    assert (parts.scheme, parts.host, parts.port) == ("http", "example.org", 8080)
    assert parts.target == "/a%20b/%EC%95%88?c=7&d=%C3%A9"
    assert parts.authorization == "Basic dXNlcjp3w7ZyZA=="
    assert url.split("https://[::1]", PORTS) == url.Parts("https", "::1", 443, "/", "")
    assert url.split("http://안녕.example/", PORTS).host == "xn--o70b819a.example"


@pytest.mark.parametrize("rest", [
    "//good.example\\@evil.example/", "//good.example\\.evil.example/", "//a b/", "//a%00b/",
    "//[fe80::1%25lo]/", "//a,b/", "//a\tb/", "//a\nb/", "//a/b\r\nc", "//", "//:80", "//a:port/",
    "//a:65536/", "//a*b/", "//<a>/", "//[::1/", "//a^b/",
])  # fmt: skip
def test_what_a_browser_may_read_in_another_way_is_our_mistake(rest: str) -> None:
    """The same for all four schemes."""
    for scheme, parse in (("http", http_address.parse), ("https", http_address.parse),
                          ("ws", websocket_url.parse), ("wss", websocket_url.parse)):  # fmt: skip
        with pytest.raises(LocalError):
            parse(f"{scheme}:{rest}")


@given(st.text(max_size=30))
def test_any_text_is_a_url_or_our_mistake(text: str) -> None:
    """And what is a URL has a host that can be written into Host."""
    for start in ("", "http://", "http://a/", "https://a@"):
        try:
            parts = url.split(start + text, PORTS)
        except LocalError:
            continue
        written = url.authority(parts.host, parts.port, PORTS[parts.scheme])
        assert url.split(f"{parts.scheme}://{written}/", PORTS).host == parts.host
        assert parts.target.isascii() and " " not in parts.target


def test_a_redirect_with_blanks_is_followed_as_by_a_browser() -> None:
    """And one to what cannot be read is the server's mistake."""
    here = http_address.parse("http://a.example/x")
    for location, target in ((" /a b ", "/a%20b"), ("//b.example/c d", "/c%20d")):
        answer = Response(302, Headers({"Location": location}))
        found = http_address.follow(Request("GET", "/x"), here, answer)
        assert found is not None and found[0].target == target
    with pytest.raises(RemoteError):
        bad = Response(302, Headers({"Location": "//good.example\\@evil.example/"}))
        http_address.follow(Request("GET", "/x"), here, bad)
