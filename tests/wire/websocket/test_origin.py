"""Origins: how they are written, and which are ours."""

from __future__ import annotations

import pytest

from course_lib.errors import LocalError
from course_lib.wire.websocket import origin as page_origin


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://chat.example", "http://chat.example"),
        ("http://chat.example/", "http://chat.example"),
        ("HTTPS://Chat.Example:443/room?x#y", "https://chat.example"),
        ("http://chat.example:443", "http://chat.example:443"),
        ("https://chat.example:8443", "https://chat.example:8443"),
        ("http://user:word@chat.example", "http://chat.example"),
        ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
        ("http://한글.example", "http://xn--bj0bj06e.example"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", None),
        ("", None),
        ("chat.example", None),
        ("chat.example:8000", None),
        ("//chat.example", None),
        ("file:///home/a.html", None),
        ("http://*", None),
        ("http://a:99999", None),
        ("http://[::zz]", None),
        ("http://a..b", None),
        ("http://a b", None),
    ],
)
def test_an_origin_is_written_in_one_way(url: str, origin: str | None) -> None:
    """RFC 6454 §6.2: scheme, host and port, in lower case, without the scheme's own port."""
    assert page_origin.serialise(url) == origin


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        ("chat.example", ["http://chat.example", "https://chat.example"]),
        ("Chat.Example:8000", ["http://chat.example:8000", "https://chat.example:8000"]),
        ("chat.example:80", ["http://chat.example", "https://chat.example:80"]),
        ("chat.example:443", ["http://chat.example:443", "https://chat.example"]),
        ("[::1]:8000", ["http://[::1]:8000", "https://[::1]:8000"]),
        ("[::80]", ["http://[::80]", "https://[::80]"]),
        ("", []),
    ],
)
def test_our_own_origins_follow_from_the_host(host: str, origins: list[str]) -> None:
    """As a browser would write them."""
    assert page_origin.own(host) == origins
    assert page_origin.own(host, ("https",)) == origins[1:]


@pytest.mark.parametrize(
    "allow",
    [
        None,
        "*",
        "https://chat.example",
        [],
        ["https://chat.example", "http://127.0.0.1:8888", "http://[::1]:8888"],
        {"capacitor://localhost"},
    ],
)
def test_a_list_that_can_be_met_is_accepted(allow: page_origin.Allow) -> None:
    """One origin, several, none, or everybody."""
    page_origin.check(allow)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("*", 'say origins="\\*"'),
        ("null", "any sandboxed page"),
        ("chat.example", "needs scheme://host"),
        ("https://", "needs scheme://host"),
        ("https://*.example", "needs scheme://host"),
        ("https://chat.example/", "it sends 'https://chat.example'"),
        ("https://chat.example:443", "it sends 'https://chat.example'"),
        ("https://Chat.example", "it sends 'https://chat.example'"),
        ("https://chat.example/room", "it sends 'https://chat.example'"),
        ("http://한글.example", "it sends 'http://xn--bj0bj06e.example'"),
    ],
)
def test_a_list_that_no_browser_could_meet_is_our_mistake(entry: str, message: str) -> None:
    """The error says what to write instead."""
    with pytest.raises(LocalError, match=message):
        page_origin.check(["https://other.example", entry])
