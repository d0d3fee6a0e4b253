"""Bad frames and broken networks against a live server: the code, the end, and all is well.

All is well means: a fresh client's echo comes back within a second; a client connected before lost
nothing and saw no end; tasks and descriptors are back where they were within five seconds; memory
never rose by more than twice `max_payload`, or by less where a test says so; nothing reached the
loop's exception handler (every test has that check).
"""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.net import stream, ws
from course_lib.wire.websocket import closing, frames, handshake
from course_lib.wire.websocket.frames import Frame, Opcode
from tests.net import raw
from tests.net.waiting import until

KEY = bytes.fromhex("37fa213d")
CONT, TEXT, BINARY = Opcode.CONT, Opcode.TEXT, Opcode.BINARY
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG
OPENING = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)


def masked(opcode: Opcode, payload: bytes = b"", fin: bool = True, rsv1: bool = False) -> bytes:
    return frames.encode(Frame(opcode, payload, fin, rsv1), KEY)


HELLO = masked(TEXT, b"Hello")
HEARD = b"\x81\x05Hello"


async def echo(connection: ws.Connection) -> None:
    async for message in connection:
        await connection.send(message)


class Old:
    """A client that was connected before the fault, and talks all the while."""

    def __init__(self, connection: ws.Connection) -> None:
        self.connection, self.heard = connection, 0

    async def talk(self) -> None:
        while True:
            await self.connection.send(str(self.heard))
            assert await self.connection.recv() == str(self.heard)
            self.heard += 1
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def survived(handler=echo, *, memory=2_000_000, **limits) -> AsyncIterator[ws.Server]:
    """Run a fault against a server with an old client; then check that it is alive.

    `memory`: the most bytes that server, client and test together may take meanwhile.
    """
    async with (
        ws.serve(handler, compression=ws.Settings(), **limits) as server,
        ws.connect(server.url) as connection,
    ):
        old = Old(connection)
        talking = asyncio.create_task(old.talk())
        await until(lambda: old.heard and len(server.websockets) == 1)
        before = raw.descriptors(), len(asyncio.all_tasks())
        tracemalloc.start()
        try:
            yield server
            assert tracemalloc.get_traced_memory()[1] < memory
            tracemalloc.stop()
            async with asyncio.timeout(60), ws.connect(server.url) as fresh:
                await fresh.send("안녕")
                assert await fresh.recv() == "안녕"
            heard = old.heard
            await until(lambda: old.heard > heard)
            assert not talking.done()
            await until(lambda: len(server.websockets) == 1)
            await until(lambda: (raw.descriptors(), len(asyncio.all_tasks())) == before)
        finally:
            tracemalloc.stop()
            talking.cancel()
            await asyncio.wait([talking])


@contextlib.asynccontextmanager
async def opened(server: ws.Server) -> AsyncIterator[stream.Stream]:
    """A raw client whose handshake is done."""
    async with raw.peer(server) as peer:
        peer.write(OPENING)
        assert (await peer.read_until(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        yield peer


async def ending(peer: stream.Stream) -> list[Frame]:
    """What the server still sends; it must end TCP before its `close_timeout` of 10 s."""
    async with asyncio.timeout(9):
        sent = await raw.rest(peer)
    found, at = [], 0
    while at < len(sent):
        frame, at = frames.cut(sent, at, masked=False, rsv1=True)
        found.append(frame)
    return found


def code_of(frame: Frame) -> int:
    assert frame.opcode is CLOSE, frame
    return closing.decode(frame.payload)[0]


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(100 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)


def close(code: int, reason: bytes = b"") -> bytes:
    return masked(CLOSE, code.to_bytes(2, "big") + reason)


ROWS = [
    pytest.param(HEARD, 1002, id="W1 not masked"),
    pytest.param(b"\x91\x80" + KEY, 1002, id="W2 RSV3"),
    pytest.param(b"\xa1\x80" + KEY, 1002, id="W2 RSV2"),
    pytest.param(b"\xc9\x80" + KEY, 1002, id="W2 RSV1 on a ping"),
    pytest.param(b"\x83\x80" + KEY, 1002, id="W3 opcode 3"),
    pytest.param(b"\x8b\x80" + KEY, 1002, id="W3 opcode 11"),
    pytest.param(b"\x09\x80" + KEY, 1002, id="W4 fragmented ping"),
    pytest.param(b"\x89\xfe\x00\x7e" + KEY + bytes(126), 1002, id="W4 ping of 126 bytes"),
    pytest.param(masked(CONT, b"x"), 1002, id="W5 continuation first"),
    pytest.param(masked(TEXT, b"x", False) + masked(TEXT, b"y"), 1002, id="W5 text in a message"),
    pytest.param(masked(TEXT, b"\xff"), 1007, id="W6 not UTF-8"),
    pytest.param(masked(TEXT, b"\xed\xa0", False), 1007, id="W6 in a fragment"),
    pytest.param(masked(TEXT, b"\xff" + bytes(9000))[:9], 1007, id="W6 in the middle of a frame"),
    pytest.param(b"\x82\xff\x80" + bytes(7), 1009, id="W7 2^63"),
    pytest.param(b"\x82\xff\x00\x00\x01" + bytes(5), 1009, id="W7 2^40"),
    pytest.param(b"\x82\xff" + (1_000_001).to_bytes(8, "big"), 1009, id="W7 limit + 1"),
    pytest.param(
        masked(BINARY, bytes(600_000), False) + masked(CONT, bytes(400_001)), 1009, id="W8"
    ),
    pytest.param(
        masked(TEXT, b"", False) + masked(CONT, b"", False) * 4096, 1009, id="4097 fragments"
    ),
    pytest.param(masked(BINARY, bomb(), rsv1=True), 1009, id="W11 a bomb"),
    pytest.param(masked(BINARY, b"\x07\x00", rsv1=True), 1002, id="W12 bad deflate data"),
    pytest.param(
        masked(BINARY, b"\x02", False, True) + b"\xc0\x80" + KEY, 1002, id="W12 RSV1 again"
    ),
    pytest.param(masked(CLOSE, b"\x03"), 1002, id="W13 one byte"),
    pytest.param(close(999), 1002, id="W13 999"),
    pytest.param(close(1005), 1002, id="W13 1005"),
    pytest.param(close(1016), 1002, id="W13 1016"),
    pytest.param(close(1000, b"\xff"), 1007, id="W14 a reason that is not UTF-8"),
    pytest.param(b"\x82\xfe\x00\x05" + KEY, 1002, id="a length in too many bytes"),
]


@pytest.mark.parametrize(("data", "code"), ROWS)
async def test_what_breaks_a_rule_gets_its_code_and_the_end(data, code):
    """After a message that is answered; what follows the fault is read by nobody."""
    # asyncio reads into 256 KiB for the raw client.  Beyond that a fault costs next to nothing,
    # unless it was a message that could still have become legal.
    memory = 400_000 if len(data) < 50_000 else 2_000_000
    async with survived(memory=memory) as server, opened(server) as peer:
        peer.write(HELLO)
        assert await peer.read_exactly(7) == HEARD
        peer.write(data + HELLO * 10)
        (frame,) = await ending(peer)
        assert code_of(frame) == code


@pytest.mark.parametrize(
    ("data", "echoed"),
    [(masked(CLOSE), b""), (close(4999), b"\x13\x87"), (close(1001), b"\x03\xe9")],
)
async def test_a_goodbye_is_echoed(data, echoed):
    """W15, and TCP ends."""
    async with survived() as server, opened(server) as peer:
        peer.write(data)
        assert await ending(peer) == [Frame(CLOSE, echoed)]


async def test_what_is_legal_is_not_refused():
    """A ping of 125 bytes; a character over three frames, a ping between; an empty message."""
    a, b, c = (bytes([byte]) for byte in "안".encode())
    async with survived() as server, opened(server) as peer:
        peer.write(masked(PING, bytes(125)))
        peer.write(masked(TEXT, a, False) + masked(PING, b"?") + masked(CONT, b, False))
        peer.write(masked(CONT, c) + masked(PONG, b"unasked") + masked(BINARY) + close(1000))
        found = await ending(peer)
        assert found[:2] == [Frame(PONG, bytes(125)), Frame(PONG, b"?")]
        # The answers to the messages may come too late for a peer that leaves at once.
        assert found[2:] in (
            [Frame(CLOSE, b"\x03\xe8")],
            [Frame(TEXT, "안".encode()), Frame(BINARY), Frame(CLOSE, b"\x03\xe8")],
        )


async def test_a_bomb_in_fragments_is_never_held():
    """W11: peak memory under twice the limit, for the whole server."""
    data = bomb()
    step = len(data) // 50 + 1
    parts = [data[at : at + step] for at in range(0, len(data), step)]
    async with survived() as server, opened(server) as peer:
        sent = b"".join(
            masked(CONT if number else BINARY, part, False, not number)
            for number, part in enumerate(parts)
        )
        peer.write(sent)
        (frame,) = await ending(peer)
        assert code_of(frame) == 1009


async def test_a_peer_that_does_not_answer_the_close_is_dropped():
    """W17: here after 0.2 s instead of 10, and also while it talks on."""

    async def handler(connection: ws.Connection) -> None:
        first = await connection.recv()
        if first == "Hello":
            await connection.close(4000)
            assert connection.close_code == 1006
        else:
            await connection.send(first)
            await echo(connection)

    async with survived(handler, close_timeout=0.2) as server, opened(server) as peer:
        peer.write(HELLO * 5)
        with contextlib.suppress(ConnectionClosed):  # dropped with bytes unread: a reset
            assert [code_of(frame) for frame in await ending(peer)] == [4000]


async def test_a_reset_at_every_byte_of_the_handshake_and_of_a_message():
    """W19: no traceback, and the descriptors are back."""
    data = OPENING + masked(TEXT, b"Hel", False) + masked(PING) + masked(CONT, bytes(200))
    async with survived() as server:
        for size in range(0, len(data) + 1):
            async with raw.peer(server) as peer:
                peer.write(data[:size])
                await asyncio.sleep(0)
                raw.reset(peer)


async def test_an_end_of_tcp_at_every_byte_of_a_message():
    """Without a Close frame: 1006 for the handler, and nothing half is delivered."""
    ends, messages = [], []

    async def handler(connection: ws.Connection) -> None:
        try:
            async for message in connection:
                messages.append(message)
                await connection.send(message)
        except ConnectionClosed as closed:
            ends.append(closed.code)
            raise

    data = masked(TEXT, b"Hel", False) + masked(CONT, b"lo" * 80)
    async with survived(handler) as server:
        for size in range(len(data)):
            async with opened(server) as peer:
                peer.write(data[:size])
                peer._transport.write_eof()
                await raw.rest(peer)
        await until(lambda: len(ends) == len(data))
    assert set(ends) == {1006}
    assert all(message.isdigit() or message == "안녕" for message in messages)


async def test_pings_that_nobody_reads_the_answers_to_do_not_pile_up():
    """A flood of 50,000 pings from a peer that reads nothing."""
    async with survived() as server, opened(server) as peer:
        peer._transport.pause_reading()
        flood = masked(PING, bytes(125)) * 2000
        (ours,) = [c for c in server.websockets if c.request.headers.get("host") == "x"]
        for _ in range(25):
            peer.write(flood)
            await asyncio.wait_for(peer.drain(), 60)
        assert ours.unsent < 400_000
        assert ours.wire.unsent <= 64 * 127
        peer._transport.resume_reading()
        peer.write(close(1000))
        found = (await ending(peer))[-2:]
        assert found[-1] == Frame(CLOSE, b"\x03\xe8")


async def test_tiny_fragments_and_tiny_segments_are_bounded():
    """A frame a byte at a time, messages of a byte in a hundred pieces each."""
    async with survived() as server, opened(server) as peer:
        for byte in masked(BINARY, bytes(500)):
            peer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await peer.read_exactly(504) == b"\x82\x7e\x01\xf4" + bytes(500)
        one = masked(TEXT, b"", False) + masked(CONT, b"", False) * 98 + masked(CONT, b"x")
        peer.write(one * 300)
        assert await peer.read_exactly(900) == b"\x81\x01x" * 300


async def test_frames_that_trickle_in_hold_nobody_up():
    """Forty connections in the middle of a frame; the old client goes on, and shutdown is quick."""
    async with survived() as server, contextlib.AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(opened(server)) for _ in range(40)]
        for peer in slow:
            peer.write(masked(BINARY, bytes(100_000))[:50_000])
        await until(lambda: len(server.websockets) == 41)


async def test_shutdown_with_peers_of_every_kind():
    """One idle, one in the middle of a frame, one that reads nothing, one in its handshake."""
    before = raw.descriptors()

    async def handler(connection: ws.Connection) -> None:
        if await connection.recv() == "Hello":
            while True:
                await connection.send(bytes(100_000))

    server = await ws.serve(handler, close_timeout=0.2)
    async with (
        opened(server),
        opened(server) as half,
        opened(server) as deaf,
        raw.peer(server) as new,
    ):
        half.write(HELLO[:7])
        deaf.write(HELLO)
        deaf._transport.pause_reading()
        new.write(OPENING[:50])
        await until(lambda: any(c.writing_paused for c in server.websockets))
        async with asyncio.timeout(60):
            await server.close(grace=0.5)
        assert not server.websockets
    await until(lambda: raw.descriptors() == before)


ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: KEY\r\n\r\n"
)


async def answer_to(peer: stream.Stream) -> bytes:
    """The 101 for the request that is read here."""
    for line in (await peer.read_until(b"\r\n\r\n")).decode().split("\r\n"):
        if line.startswith("Sec-WebSocket-Key: "):
            return ANSWER.replace(b"KEY", handshake.accept(line[19:]).encode())
    raise AssertionError("no key")


async def test_a_client_meets_a_server_that_breaks_the_rules():
    """W21: a masked frame, and other faults; the client fails with the code and says so."""
    rows = [
        (HELLO, 1002),
        (b"\xc1\x00", 1002),
        (b"\x82\x7f" + (1 << 40).to_bytes(8, "big"), 1009),
        (b"\x81\x01\xff", 1007),
        (b"\x80\x00", 1002),
        (b"\x88\x01x", 1002),
    ]
    for data, code in rows:
        heard: list[bytes] = []

        async def serve(peer: stream.Stream, data=data, heard=heard) -> None:
            peer.write(await answer_to(peer) + data)
            heard.append(await peer.read())

        async with survived(memory=700_000), stream.serve(serve) as server:
            connection = await ws.connect(f"ws://127.0.0.1:{server.port}")
            with pytest.raises(ConnectionClosed) as error:
                await connection.recv()
            assert (error.value.code, connection.close_code) == (code, code)
            await connection.wait_closed()
        frame, _ = frames.cut(heard[0], masked=True)
        assert code_of(frame) == code


async def test_a_client_whose_server_is_reset_at_every_byte_of_its_answer():
    """W19 from the other side: an error or 1006, and the descriptors are back."""
    before, kinds = raw.descriptors(), []
    for size in range(0, len(ANSWER) + 40):

        async def serve(peer: stream.Stream, size=size) -> None:
            peer.write((await answer_to(peer) + b"\x01\x03Hel\x80\x02lo")[:size])
            await asyncio.sleep(0)
            raw.reset(peer)

        async with stream.serve(serve) as server:
            try:
                connection = await ws.connect(f"ws://127.0.0.1:{server.port}", connect_timeout=5)
                while True:
                    assert await connection.recv() == "Hello"
            except ConnectionClosed as error:
                kinds.append(error.code)
    await until(lambda: raw.descriptors() == before)
    assert set(kinds) == {0, 1006}


@pytest.mark.parametrize("steps", range(0, 12))
async def test_connecting_may_be_cancelled_at_any_moment(steps):
    """Nothing is left of it on either side."""
    async with survived() as server:
        connecting = asyncio.create_task(ws.connect(server.url).open())
        for _ in range(steps):
            await asyncio.sleep(0)
        connecting.cancel()
        (done,), _ = await asyncio.wait([connecting])
        if not done.cancelled():
            await done.result().close()


@pytest.mark.parametrize("steps", range(0, 8))
async def test_sending_may_be_cancelled_at_any_moment(steps):
    """The message has gone or it has not; the connection is none the worse."""
    # The message, its frame, masked, on either side, and the same coming back.
    async with survived(memory=6_000_000) as server, ws.connect(server.url) as connection:
        sending = asyncio.create_task(connection.send("x" * 500_000))
        for _ in range(steps):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
        await connection.send("last")
        heard = [await connection.recv()]
        if heard[0] != "last":
            heard.append(await connection.recv())
        assert heard in (["last"], ["x" * 500_000, "last"])
