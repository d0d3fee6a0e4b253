"""WebSocket from the beginning: one packet in each message.  Our server and Node's."""

from __future__ import annotations

import pytest

from course_lib.errors import ConnectionClosed


async def opened(server):
    """A WebSocket whose handshake is read."""
    connection = await server.websocket()
    assert (await connection.recv())[0] == "0"
    return connection


@pytest.mark.parametrize("message", ["4hello", "4", "4é한", b"\x01\x02\x03", b"", "4a\x1eb"])
async def test_what_is_sent_comes_back(server, message):
    """Text has its digit, bytes are the message, and a 1E is a character like others."""
    connection = await opened(server)
    await connection.send(message)
    assert await connection.recv() == message


async def test_a_megabyte_goes_through_and_a_byte_more_does_not(serve):
    """A.5: 1009, `transport error`."""
    server = await serve(maxHttpBufferSize=100_000)
    connection = await opened(server)
    largest = bytes(100_000)
    await connection.send(largest)
    assert await connection.recv() == largest
    await connection.send(largest + b"x")
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert connection.close_code == 1009
    assert (await server.closed())[0] == "transport error"


@pytest.mark.parametrize("message", ["1", "3", "5", "6", '0{"sid":"x"}', "3probe"])
async def test_packets_that_mean_nothing_here_are_dropped(server, message):
    """A CLOSE, too: WebSocket has one of its own."""
    connection = await opened(server)
    await connection.send(message)
    await connection.send("4still here")
    assert await connection.recv() == "4still here"


@pytest.mark.parametrize("message", ["", "7", "abc", "9hello", "\x00"])
async def test_what_is_no_packet_ends_the_session(server, message):
    """`parse error`; the WebSocket is closed without a code."""
    connection = await opened(server)
    await connection.send(message)
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert connection.close_code == 1005
    assert (await server.closed())[0] == "parse error"


@pytest.mark.parametrize("message", ["2", "2probe"])
async def test_a_ping_of_a_client_ends_the_session(server, message):
    """A.5: the wrong direction."""
    connection = await opened(server)
    await connection.send(message)
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert await server.closed() == ("transport error", "invalid heartbeat direction")


async def test_bytes_are_text_for_a_client_that_asks(server):
    """`b64=1`: the server sends base64; what it receives may be either."""
    connection = await server.websocket(b64="1")
    assert (await connection.recv())[0] == "0"
    for message in (b"\x01\x02\x03", "bAQID"):
        await connection.send(message)
        assert await connection.recv() == "bAQID"
    await connection.send("4text")
    assert await connection.recv() == "4text"


async def test_a_session_of_a_websocket_answers_no_poll(server):
    """400 and code 3; the WebSocket lives."""
    connection = await server.websocket()
    server.sid = (await connection.recv()).split('"')[3]
    for response in (await server.get(), await server.post("4hi")):
        assert (response.status, response.json()) == (400, {"code": 3, "message": "Bad request"})
        assert await server.event("refused") == [3, "Bad request", "TRANSPORT_MISMATCH"]
    await connection.send("4still here")
    assert await connection.recv() == "4still here"


async def test_a_second_websocket_of_a_session_is_closed(serve):
    """H27, its like: *stricter*: ours at once, Node's at the upgrade timeout; the first lives."""
    server = await serve(upgradeTimeout=300)
    connection = await server.websocket()
    server.sid = (await connection.recv()).split('"')[3]
    second = await server.websocket()
    await second.wait_closed()
    await connection.send("4still here")
    assert await connection.recv() == "4still here"
