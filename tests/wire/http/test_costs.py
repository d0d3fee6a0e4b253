"""What hostile heads and bodies cost: counted in calls, which are the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable

from course_lib.wire.http.connection import ServerConnection
from course_lib.wire.http.message import Headers


def _calls(function: Callable[[], object]) -> int:
    """How many functions, of Python and of C, `function` calls."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_a_header_that_comes_twice_costs_no_more_than_the_others() -> None:
    """128 lines are read once, not 128 times."""
    pairs = [(f"x-{number}", "a") for number in range(127)]
    once, twice = (Headers([*pairs, (name, "b")]) for name in ("x-last", "x-0"))
    assert _calls(twice.by_name) < 5 * _calls(once.by_name)
    assert twice.get("x-0") == "a, b" and len(twice.by_name()) == 127


def test_a_read_full_of_tiny_chunks_is_one_loop() -> None:
    """A read of 256 KiB brings 43,690 of them; all other connections wait for it."""
    server = ServerConnection(now=0.0)
    server.receive(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 0.0)
    read = b"1\r\na\r\n" * 43_690
    assert _calls(lambda: server.receive(read, 0.0)) < 6 * 43_690  # step by step: 11 for each
    server.receive(b"0\r\n\r\n", 0.0)
    assert [len(request.body) for request in server.events()] == [43_690]  # type: ignore[union-attr]
