"""Polling: GET and POST, what each is answered, and every way to break the rules.

Our server and Node's, with the same result; where ours differs, the test says so.
Two POSTs at a time (L2) are in `test_faults`: HTTP gives our sessions whole bodies, so there the
first one has to have many packets, and here it would have to be incomplete.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from course_lib.errors import ConnectionClosed, RemoteError
from course_lib.net import http_client
from tests.engineio.talk import TEXT

UNKNOWN = b'{"code":1,"message":"Session ID unknown"}'


async def waiting(server):
    """A poll that waits at the server: its answer, later."""
    poll = asyncio.create_task(server.get())
    await server.waits()
    return poll


async def is_over(server):
    """Later requests are told that there is no such session."""
    response = await server.get()
    assert (response.status, response.body) == (400, UNKNOWN)


@pytest.mark.parametrize(
    "body",
    ["4hello", "4", "4é한\U0001f600", "bAQIDBA==", "4a\x1ebAQID\x1e4b", "4" + "x" * 100_000],
)
async def test_what_is_posted_is_polled(server, body):
    """A.4, an echo: text, empty, beyond ASCII, binary, several packets at once."""
    await server.open()
    response = await server.post(body)
    assert (response.status, response.body) == (200, b"ok")
    assert response.headers["content-type"] == "text/html"
    assert response.headers["cache-control"] == "no-store"
    heard = ""
    while len(heard) < len(body):
        heard += ("\x1e" if heard else "") + await server.poll()
    assert heard == body


async def test_a_poll_waits_until_there_is_a_packet(server):
    """It is answered as soon as there is one."""
    await server.open()
    poll = await waiting(server)
    assert not poll.done()
    await server.post("4hello")
    response = await poll
    assert (response.status, response.text()) == (200, "4hello")
    assert response.headers["content-type"].lower() == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


async def test_a_poll_takes_all_that_is_queued(server):
    """One body, in order."""
    await server.open()
    await server.post("4a\x1e4b")
    await server.post("bAQ==\x1e4c")
    assert await server.poll() == "4a\x1e4b\x1ebAQ==\x1e4c"


async def test_three_hundred_packets_in_one_post_all_arrive(server):
    """There is no limit on their number."""
    await server.open()
    body = "\x1e".join(f"4{number}" for number in range(300))
    assert (await server.post(body)).body == b"ok"
    heard = await server.poll()
    while heard.count("\x1e") < 299:
        heard += "\x1e" + await server.poll()
    assert heard == body


async def test_a_second_poll_ends_the_session(server):
    """L1: the first gets 200 and `1`, the second 400 and nothing."""
    await server.open()
    first = await waiting(server)
    second = await server.get()
    assert (second.status, second.body) == (400, b"")
    response = await first
    assert (response.status, response.body) == (200, b"1")
    assert await server.closed() == ("transport error", "overlap from client")
    await is_over(server)


@pytest.mark.parametrize("what", ["xxxxx", "é"])
async def test_a_body_over_the_limit_ends_the_session(serve, what):
    """L3: 413; exactly the limit is accepted; bytes count, and not characters."""
    server = await serve(maxHttpBufferSize=101)
    await server.open()
    most = "4" + what * (100 // len(what.encode()))
    assert len(most.encode()) == 101
    assert (await server.post(most)).body == b"ok"
    assert await server.poll() == most
    try:
        response = await server.post(most + "x")
    except (ConnectionClosed, ConnectionError, RemoteError):
        assert not server.ours  # Node may reset the connection before its answer has been read
    else:
        assert response.status == 413
        assert not server.ours or response.headers["connection"].lower() == "close"
    assert await server.closed() == ("transport error", "payload too large")
    async with http_client.Client() as http:  # Node destroys the connection, perhaps just now
        assert (await http.get(server.url())).body == UNKNOWN


async def test_a_binary_body_ends_the_session(server):
    """L4: of revision 3; 400."""
    await server.open()
    headers = {"Content-Type": "application/octet-stream"}
    response = await server.request("POST", b"\x00\x01\xff4hi", headers)
    assert (response.status, response.body) == (400, b"")
    assert await server.closed() == ("transport error", "invalid content")
    await is_over(server)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("7", id="unknown digit"),
        pytest.param("abc", id="no digit"),
        pytest.param("4a\x1e\x1e4b", id="an empty packet between separators"),
        pytest.param("4a\x1e", id="an empty packet at the end"),
    ],
)
async def test_what_is_no_packet_ends_the_session(server, body, held):
    """L5: the POST is answered `ok`, a poll that waits `1`; packets before the bad one count."""
    await server.open()
    poll = await waiting(server) if held else None
    response = await server.post(body)
    assert (response.status, response.body) == (200, b"ok")
    assert (await server.closed())[0] == "parse error"
    if poll is not None:
        answer = await poll
        # Node's echo of the packet before the bad one has left with the poll already.
        assert (answer.status, answer.body) in ((200, b"1"), (200, b"4a"))
    await is_over(server)


async def test_an_empty_body_ends_the_session(server):
    """L5."""
    await server.open()
    response = await server.post("")
    assert (response.status, response.body) == (200, b"ok")
    assert (await server.closed())[0] == "parse error"


@pytest.mark.parametrize("body", [b"4\xff", b"4\xc3\x28", b"\xed\xa0\x80", b"b!!!!", b"bA", b"b="])
async def test_what_cannot_be_decoded_ends_the_session(server, body):
    """L6, L7: *stricter*: Node reads what is not UTF-8 as U+FFFD, and as much base64 as it can."""
    await server.open()
    assert (await server.post(body)).body == b"ok"
    if server.ours or body == b"\xed\xa0\x80":
        assert (await server.closed())[0] == "parse error"
        await is_over(server)


async def test_a_poll_that_is_aborted_ends_the_session(server):
    """L12: while it waits."""
    await server.open()
    poll = await waiting(server)
    poll.cancel()
    await asyncio.wait([poll])
    assert await server.closed() == ("transport error", "poll connection closed prematurely")
    await is_over(server)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_change_nothing(server, method):
    """500 and nothing; the session goes on."""
    await server.open()
    response = await server.request(method)
    assert (response.status, response.body) == (500, b"")
    await server.post("4hello")
    assert await server.poll() == "4hello"


@pytest.mark.parametrize("query", [{"EIO": "3"}, {"EIO": None}])
async def test_a_session_keeps_to_its_protocol(server, query):
    """A request of another revision is refused, and changes nothing."""
    await server.open()
    response = await server.get(**query)
    assert (response.status, response.json()) == (400, {"code": 3, "message": "Bad request"})
    assert await server.event("refused") == [3, "Bad request", "PROTOCOL_MISMATCH"]
    await server.post("4hello")
    assert await server.poll() == "4hello"


async def test_packets_that_mean_nothing_here_are_dropped(server):
    """OPEN, an unasked PONG, UPGRADE and NOOP by POST."""
    await server.open()
    body = '0{"sid":"x"}\x1e3\x1e3probe\x1e5\x1e6\x1e4hello'
    assert (await server.post(body)).body == b"ok"
    assert await server.poll() == "4hello"


async def test_a_ping_of_a_client_ends_the_session(server):
    """Since revision 4 it is the server that pings."""
    await server.open()
    assert (await server.post("2")).body == b"ok"
    assert await server.closed() == ("transport error", "invalid heartbeat direction")
    await is_over(server)


async def test_large_responses_are_compressed_for_clients_that_ask(server):
    """A.12: from 1024 bytes on, gzip or deflate; never for a client that says nothing."""
    await server.open()
    for said, undo in (("gzip", gzip.decompress), ("deflate", zlib.decompress), ("", bytes)):
        await server.post("4" + "x" * 2000)
        response = await server.request("GET", headers={"Accept-Encoding": said} if said else {})
        assert response.headers.get("content-encoding", "") == said
        assert undo(response.body) == b"4" + b"x" * 2000
    await server.post("4short")
    response = await server.request("GET", headers={"Accept-Encoding": "gzip"})
    assert (response.headers.get("content-encoding"), response.body) == (None, b"4short")


async def test_any_content_type_of_text_will_do(server):
    """Only octet-stream is refused."""
    await server.open()
    for headers in ({}, {"Content-Type": "application/json"}, TEXT):
        assert (await server.request("POST", b"4hi", headers)).body == b"ok"
        assert await server.poll() == "4hi"
