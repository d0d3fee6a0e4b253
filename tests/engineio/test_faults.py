"""Bad input and broken networks against a live server; after each, `world.survived` looks."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from course_lib.engineio import Server, polling
from course_lib.errors import ConnectionClosed, LocalError, RemoteError
from course_lib.net import stream, ws
from tests.engineio.talk import Talk
from tests.engineio.world import World, survived
from tests.net import raw
from tests.net.waiting import until

HANDSHAKE = "/engine.io/?EIO=4&transport=polling"
SOCKET = "/engine.io/?EIO=4&transport=websocket"
LONG = "x" * 9000


def request(target: str = HANDSHAKE, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    head = [f"{method} {target} HTTP/1.1", "Host: h", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def upgrade(target: str = SOCKET, *lines: str, key: str = "dGhlIHNhbXBsZSBub25jZQ==") -> bytes:
    every = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    if key:
        every.append(f"Sec-WebSocket-Key: {key}")
    return request(target, *every, *lines)


def code(number: int) -> bytes:
    return b'{"code":%d,' % number


EIGHT = upgrade().replace(b"Version: 13", b"Version: 8")
REFUSED = {
    "H1 EIO=3": (request(HANDSHAKE.replace("EIO=4", "EIO=3")), 400, code(5)),
    "H1 none": (request(HANDSHAKE.replace("EIO=4&", "")), 400, code(5)),
    "H1 WebSocket": (upgrade(SOCKET.replace("EIO=4", "EIO=3")), 400, code(5)),
    "H2 none": (request("/engine.io/?EIO=4"), 400, code(0)),
    "H2 constructor": (request("/engine.io/?EIO=4&transport=constructor"), 400, code(0)),
    "H2 no query": (request("/engine.io/"), 400, code(0)),
    "H3": (request(HANDSHAKE + "&sid=nobody"), 400, code(1)),
    "H3 WebSocket": (upgrade(SOCKET + "&sid=nobody"), 400, code(1)),
    "H4 POST": (request(HANDSHAKE, "Content-Length: 0", method="POST"), 400, code(2)),
    "H4 PUT": (request(HANDSHAKE, "Content-Length: 0", method="PUT"), 400, code(2)),
    "H4 DELETE": (request(HANDSHAKE, method="DELETE"), 400, code(2)),
    "H6": (request(SOCKET), 400, code(3)),
    "H9": (request(HANDSHAKE, "Origin: http://foreign.example"), 403, code(4)),
    "H9 null": (request(HANDSHAKE, "Origin: null"), 403, code(4)),
    "H10": (upgrade(SOCKET, "Origin: http://foreign.example"), 403, code(4)),
    "H10 port": (upgrade(SOCKET, "Origin: http://h:81"), 403, code(4)),
    "H14 line": (request(HANDSHAKE, f"X: {LONG}"), 431, b""),
    "H14 count": (request(HANDSHAKE, *["X: y"] * 129), 431, b""),
    "H15": (request(HANDSHAKE + "&x=" + LONG), 414, b""),
    "H17 both": (
        request(HANDSHAKE, "Content-Length: 1", "Transfer-Encoding: chunked", method="POST"),
        400,
        b"",
    ),
    "H17 two": (request(HANDSHAKE, "Content-Length: 1", "Content-Length: 1"), 400, b""),
    "H17 -1": (request(HANDSHAKE, "Content-Length: -1"), 400, b""),
    "H17 +5": (request(HANDSHAKE, "Content-Length: +5"), 400, b""),
    "H17 Hosts": (request(HANDSHAKE, "Host: i"), 400, b""),
    "H18 LF": (request().replace(b"\r\n", b"\n"), 400, b""),
    "H18 folded": (request(HANDSHAKE, "X: y", " z"), 400, b""),
    "H18 NUL": (request(HANDSHAKE, "X: \0"), 400, b""),
    "H22 version 8": (EIGHT, 426, b""),
    "H22 HTTP/1.0": (upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"), 505, b""),
    "H23 no key": (upgrade(key=""), 400, b""),
    "H23 short key": (upgrade(key="YWJj"), 400, b""),
    "U8": (upgrade(HANDSHAKE), 400, code(3)),
    # Of our own.
    "own: a long sid": (request(HANDSHAKE + "&sid=" + "x" * 8000), 400, code(1)),
    "own: NUL and line ends in a sid": (request(HANDSHAKE + "&sid=%00%0d%0aX:y"), 400, code(1)),
    "own: NUL after the transport": (request(HANDSHAKE + "%00"), 400, code(0)),
    "own: EIO=4.0": (request(HANDSHAKE.replace("EIO=4", "EIO=4.0")), 400, code(5)),
    "own: EIO in full-width digits": (
        request(HANDSHAKE.replace("EIO=4", "EIO=%EF%BC%94")),
        400,
        code(5),
    ),
    "own: two transports": (
        request("/engine.io/?EIO=4&transport=x&transport=polling"),
        400,
        code(0),
    ),
    "own: HEAD": (request(method="HEAD"), 400, b""),
    "own: a path beside ours": (request(HANDSHAKE.replace("engine.io", "engine_io")), 404, b""),
    "own: two slashes first": (request("/" + HANDSHAKE), 404, b""),
    "own: an Upgrade to h2c": (request(SOCKET, "Upgrade: h2c", "Connection: Upgrade"), 400, b""),
    "own: control characters in Origin": (request(HANDSHAKE, "Origin: http://h\x0b"), 400, b""),
    "own: an Origin without a host": (request(HANDSHAKE, "Origin: http://"), 403, code(4)),
    "own: an Origin with the host as user": (
        request(HANDSHAKE, "Origin: http://h@evil.example"),
        403,
        code(4),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_request_against_the_rules_is_refused(name):
    """The H rows, and others of their kind."""
    data, status, body = REFUSED[name]
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        peer.write(data)
        head = await peer.read_until(b"\r\n\r\n")
        assert raw.status(head) == status
        assert b"access-control" not in head.lower()
        if body:
            assert (await peer.read_exactly(len(body))) == body
        assert len(world.engine.sessions) == 2


class _listening:
    """What `raw.peer` needs of a server."""

    def __init__(self, talk: Talk) -> None:
        self.host, _, port = talk.where.partition("/")[0].partition(":")
        self.port = int(port)


@pytest.mark.parametrize(
    "target",
    [
        HANDSHAKE + "&token=%ff%fe&x=%zz",
        HANDSHAKE + "&a=b&a=c&=d&&;",
        "/engine.io/%ff%fe/../?EIO=4&transport=polling",
        HANDSHAKE.replace("/?", "/any/path?"),
        "http://h" + HANDSHAKE,
    ],
)
async def test_strange_targets_are_served(target):
    """X3: bytes that are not UTF-8 are replaced; never 500."""
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        peer.write(request(target, "X-Any: \xff"))
        response = await raw.answer(peer)
        assert raw.status(response) == 200
        world.engine.sessions[json.loads(response.partition(b"\r\n\r\n0")[2])["sid"]].close(
            discard=True
        )


async def test_a_line_over_the_limit_is_refused_before_it_is_held():
    """H16: a byte at a time."""
    async with survived() as (_, talk), raw.peer(_listening(talk)) as peer:
        peer.write(b"GET " + HANDSHAKE.encode() + b" HTTP/1.1\r\nX: ")
        for count in range(10_000):
            if peer._ended:
                break
            peer.write(b"y")
            if count % 64 == 0:
                await asyncio.sleep(0)
        assert raw.status(await raw.rest(peer)) == 431


@pytest.mark.parametrize("upgrading", [False, True])
@pytest.mark.parametrize("later", [False, True])
async def test_the_application_may_refuse_a_handshake(upgrading, later):
    """H7: 403 and code 4, on the upgrade, too; at once, or after a while."""

    async def slow(said):
        await asyncio.sleep(0)
        return said

    def allow(request):
        said = "nope" if "no" in request.query else True
        return slow(said) if later else said

    async with survived(allow_request=allow) as (_, talk), raw.peer(_listening(talk)) as peer:
        peer.write(upgrade(SOCKET + "&no=1") if upgrading else request(HANDSHAKE + "&no=1"))
        response = await raw.answer(peer)
        assert raw.status(response) == 403
        assert response.endswith(b'{"code":4,"message":"nope"}')


@pytest.mark.parametrize("said", [None, 1, {"ok": True}, b"nope"])
@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("upgrading", [False, True])
async def test_only_true_admits(upgrading, later, said, caplog):
    """A `return` that was forgotten refuses, and the log says so; by both transports."""

    async def slow():
        return said

    def allow(request):
        if "no" in request.query:
            return slow() if later else said
        return True

    async with survived(allow_request=allow) as (_, talk), raw.peer(_listening(talk)) as peer:
        peer.write(upgrade(SOCKET + "&no=1") if upgrading else request(HANDSHAKE + "&no=1"))
        response = await raw.answer(peer)
        assert raw.status(response) == 403
        assert response.endswith(b'{"code":4,"message":"Forbidden"}')
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert f"allow_request returned {said!r}, so the request is refused" in record.message


async def test_what_the_application_raises_is_no_traceback_for_the_peer(caplog):
    """`allow_request`, `generate_id`, a middleware: 4xx or 500, never a session."""

    def fail(request):
        if "bad" in request.query:
            raise KeyError("secret")
        return True

    for option in ("allow_request", "middleware"):
        given = [fail] if option == "middleware" else fail
        async with survived(**{option: given}) as (world, talk):
            if option == "middleware":
                given[0] = fail
            response = await talk.get(bad="1")
            assert response.status >= 400
            assert b"secret" not in response.body
            assert len(world.engine.sessions) == 2


def test_all_pages_with_credentials_is_a_mistake_of_ours():
    """H12: at construction; a misspelled option, too, with the right name."""
    with pytest.raises(ValueError, match="cors_credentials"):
        Server(cors_allowed_origins="*", cors_credentials=True)
    with pytest.raises(LocalError, match="ping_interval"):
        Server(ping_intervall=5)


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (["https://shop.example"], "https://shop.example", True),
        (["https://shop.example"], "https://SHOP.example", False),
        (["https://shop.example"], "https://shop.example:8443", False),
        (["https://shop.example"], "http://shop.example", False),
        (["https://shop.example"], "https://shop.example.evil.example", False),
        (["https://shop.example"], "null", False),
        ("*", "http://any.example", True),
    ],
)
async def test_the_allow_list_is_compared_whole(origins, origin, allowed):
    """H9, H10: polling and WebSocket alike."""
    async with survived(cors_allowed_origins=origins) as (_, talk):
        response = await talk.request("GET", headers={"Origin": origin})
        assert response.status == (200 if allowed else 403)
        header = response.headers.get("access-control-allow-origin")
        assert header == ((origin if origins != "*" else "*") if allowed else None)
        if allowed:
            talk.sid = json.loads(response.body[1:])["sid"]
            await talk.request("POST", "1", {"Origin": origin})
            talk.sid = ""
            connection = await ws.connect(talk.url("ws"), origin=origin)
            await connection.close()
        else:
            with pytest.raises(RemoteError) as error:
                await ws.connect(talk.url("ws"), origin=origin)
            assert error.value.code == 403


@pytest.mark.parametrize(
    ("lines", "options", "status"),
    [
        (["Origin: https://h"], {}, 200),
        (["Origin: http://h"], {}, 200),
        (["Origin: https://i"], {}, 403),
        (["Origin: https://i", "X-Forwarded-Host: i"], {}, 403),
        (["Origin: https://i", "X-Forwarded-Host: i"], {"trust_proxy": True}, 200),
        (["Origin: https://i", "X-Forwarded-Host: i, k"], {"trust_proxy": True}, 403),
        (["Origin: https://k", "X-Forwarded-Host: i, k"], {"trust_proxy": True}, 200),
        (["Origin: http://h", "X-Forwarded-Proto: https"], {"trust_proxy": True}, 403),
    ],
)
async def test_a_page_of_ours_after_a_tls_proxy_is_ours(lines, options, status):
    """X1: host and port are compared; forwarded lines count only with `trust_proxy`."""
    async with survived(**options) as (world, talk), raw.peer(_listening(talk)) as peer:
        peer.write(request(HANDSHAKE, *lines))
        response = await raw.answer(peer)
        assert raw.status(response) == status
        for session in list(world.engine.sessions.values()):
            if session.request.headers.get("origin"):
                session.close(discard=True)


async def test_with_a_cors_layer_outside_the_list_is_checked_and_nothing_is_written():
    """X2: GET, POST, OPTIONS, a refusal and the 101."""
    options = {"cors_allowed_origins": ["http://good.example"], "cors_headers": False}
    good, bad = {"Origin": "http://good.example"}, {"Origin": "http://bad.example"}
    async with survived(**options) as (_, talk):
        first = await talk.request("GET", headers=good)
        talk.sid = json.loads(first.body[1:])["sid"]
        responses = [
            first,
            await talk.request("POST", "4hi", good),
            await talk.request("OPTIONS", headers=good),
            await talk.request("POST", "1", good),
            await talk.request("GET", headers=bad),
        ]
        assert [one.status for one in responses][::4] == [200, 403]
        talk.sid = ""
        connection = await ws.connect(talk.url("ws"), origin="http://good.example")
        assert connection.response is not None
        for response in (*responses, connection.response):
            names = [name.lower() for name, _ in response.headers]
            assert not [name for name in names if name.startswith("access-control")]
        await connection.close()


async def test_resets_while_the_server_refuses_are_swallowed():
    """H26: thirty of them."""
    async with survived() as (_, talk):
        for _ in range(30):
            async with raw.peer(_listening(talk)) as peer:
                peer.write(request(HANDSHAKE + "&sid=nobody"))
                await asyncio.sleep(0)
                raw.reset(peer)


async def test_of_many_websockets_of_one_session_one_completes():
    """H27: nine others are accepted and closed."""
    async with survived() as (world, talk):
        await talk.open()
        first = await talk.probed()
        others = await asyncio.gather(*[talk.websocket() for _ in range(9)])
        await asyncio.gather(*[other.wait_closed() for other in others])
        await first.send("5")
        await first.send("4hello")
        assert await first.recv() == "4hello"
        await first.close()
        assert (await world.ended(talk.sid))[0] == "transport close"


async def test_a_handshake_during_shutdown_gets_503():
    """H28: polling and WebSocket, `Connection: close`; a poll that waits gets its `1` at once."""
    world = World()
    async with world.engine.listen() as listening, Talk(listening.port) as talk:
        await talk.open()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        async with raw.peer(listening) as one, raw.peer(listening) as two:
            await until(lambda: len(listening.connections) == 3)
            closing = asyncio.create_task(listening.close())
            await until(lambda: world.engine.is_closing)
            assert (await poll).text() == "1"
            answers = []
            for peer, data in ((one, request()), (two, upgrade())):
                peer.write(data)
                answers.append(await raw.rest(peer))
            # A connection that was idle is closed with the server: no answer is one, too.
            for answer in answers:
                assert answer == b"" or (raw.status(answer), b"Connection: close" in answer) == (
                    503,
                    True,
                )
            await closing
        assert world.engine.handle(_Request()).status == 503
        assert world.engine.upgrade(_Request()).status == 503


class _Request:
    """A request as far as a server that closes looks at it."""

    query: dict[str, str] = {}  # noqa: RUF012


# Long-polling.


async def test_two_polls_end_the_session():
    """L1."""
    async with survived() as (world, talk):
        await talk.open()
        first = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        second = await talk.get()
        assert (second.status, second.body, (await first).text()) == (400, b"", "1")
        assert await world.ended(talk.sid) == ("transport error", "overlap from client")


async def test_two_posts_end_the_session():
    """L2: the first has so many packets that it takes many turns of the loop."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        first = asyncio.create_task(talk.post("\x1e".join(["6"] * 400_000)))
        await until(lambda: session.transport._posting or first.done())
        assert not first.done()
        second = await talk.post("4hi")
        assert (second.status, second.body) == (400, b"")
        reason = ("transport error", "data request overlap from client")
        assert await world.ended(talk.sid) == reason
        assert (await first).body == b"ok"
        assert world.heard[talk.sid] == []


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_ends_the_session(chunked):
    """L3: 413 from Content-Length alone, or as soon as chunks are too many bytes."""
    async with survived(max_payload=1000) as (world, talk):
        await talk.open()
        assert (await talk.post("4" + "é" * 499 + "x")).body == b"ok"  # exactly 1000 bytes
        target = talk.url().partition("/engine.io/")[2]
        target = f"/engine.io/{target}"
        async with raw.peer(_listening(talk)) as peer:
            if chunked:
                lines = request(target, "Transfer-Encoding: chunked", method="POST")
                peer.write(lines + b"3e9\r\n" + b"4" * 1001 + b"\r\n")
            else:
                peer.write(request(target, "Content-Length: 1001", method="POST"))
            response = await raw.answer(peer)
            assert raw.status(response) == 413
            assert b"Connection: close" in response
        assert await world.ended(talk.sid) == ("transport error", "payload too large")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "parse error", id="L5 empty"),
        pytest.param(b"7", "parse error", id="L5 digit"),
        pytest.param(b"4a\x1e\x1e4b", "parse error", id="L5 empty packet"),
        pytest.param(b"4\xff", "parse error", id="L6"),
        pytest.param(b"b!!", "parse error", id="L7"),
        pytest.param(b"\x1e", "parse error", id="own: a separator"),
        pytest.param(b"4a\x1e", "parse error", id="own: a separator at the end"),
        pytest.param(b"\x004hi", "parse error", id="own: NUL first"),
        pytest.param(b"\xef\xbb\xbf4hi", "parse error", id="own: a byte order mark"),
        pytest.param("\uff14hi".encode(), "parse error", id="own: a full-width digit"),
        pytest.param(b"b AQ==", "parse error", id="own: a blank in base64"),
        pytest.param(b"bAQ==x", "parse error", id="own: more after the padding"),
        pytest.param(b"b-_8=", "parse error", id="own: base64 for URLs"),
        pytest.param(b'{"type":"message"}', "parse error", id="own: JSON"),
        pytest.param(b"\x1e" * 900_000, "parse error", id="own: 900,000 separators"),
        pytest.param(b"\x1f\x8b\x08\x00", "parse error", id="own: gzip"),
        pytest.param(b"1\x1e1\x1e1", "transport close", id="own: three goodbyes"),
        pytest.param(b"2\x1e2", "transport error", id="own: two pings"),
        pytest.param(b"1\x1e7", "transport close", id="own: nonsense after the goodbye"),
    ],
)
async def test_a_body_that_breaks_the_rules_ends_the_session_once(body, reason):
    """L5 to L7: the POST is answered `ok`, later requests 400 and code 1."""
    async with survived() as (world, talk):
        await talk.open()
        response = await talk.post(body)
        assert (response.status, response.body) == (200, b"ok")
        assert (await world.ended(talk.sid))[0] == reason
        for response in (await talk.get(), await talk.post("4hi")):
            assert (response.status, response.json()["code"]) == (400, 1)
        assert world.closes == 1


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        pytest.param(b"\x1e".join([b"6"] * 300_000), [], id="own: 300,000 noops"),
        pytest.param(b"4" + b"x" * 999_999, ["x" * 999_999], id="own: a packet of a megabyte"),
        pytest.param(b"6:4hello", [], id="own: a payload of revision 3"),
        pytest.param(b"4[" + b"[" * 100_000, ["[" * 100_001], id="own: deep JSON"),
        pytest.param(b"4\x00\x7f", ["\x00\x7f"], id="own: control characters in a message"),
        pytest.param(b"0" + b"{" * 1000, [], id="own: an OPEN of a client"),
    ],
)
async def test_what_is_strange_and_allowed_harms_nobody(body, heard):
    """The session goes on."""
    async with survived() as (world, talk):
        await talk.open()
        assert (await talk.post(body)).body == b"ok"
        assert world.heard[talk.sid] == heard
        await talk.post("1")


async def test_a_binary_body_ends_the_session():
    """L4."""
    async with survived() as (world, talk):
        await talk.open()
        kind = {"Content-Type": "application/octet-stream"}
        assert (await talk.request("POST", b"\x01", kind)).status == 400
        assert await world.ended(talk.sid) == ("transport error", "invalid content")


@pytest.mark.parametrize("end", [raw.reset, stream.Stream.abort, "FIN"])
async def test_a_poll_that_is_aborted_while_it_waits_ends_the_session(end):
    """L12: reset, abort, half-close; what is sent then raises."""
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        await talk.open()
        session = world.session(talk)
        peer.write(request(f"{HANDSHAKE}&sid={talk.sid}"))
        await until(lambda: session.transport.writable)
        if end == "FIN":
            peer._transport.write_eof()
        else:
            end(peer)
        reason = ("transport error", "poll connection closed prematurely")
        assert await world.ended(talk.sid) == reason
        with pytest.raises(ConnectionClosed):
            session.send("too late")


async def test_a_session_may_be_ended_in_the_moment_in_which_its_poll_is_lost():
    """Its transport is told of that a turn of the loop later."""
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        await talk.open()
        session = world.session(talk)
        peer.write(request(f"{HANDSHAKE}&sid={talk.sid}"))
        await until(lambda: session.transport.writable)
        session.transport._poll.cancel()
        session.close(discard=True)  # as the end of the server does
        assert await world.ended(talk.sid) == ("forced close", "")


async def test_a_poll_that_is_aborted_while_its_answer_is_compressed_ends_the_session(monkeypatch):
    """L12: nothing is dropped in silence."""
    left = threading.Event()  # compressing takes until the client has left
    monkeypatch.setattr(polling, "compress", lambda *_: b"" if left.wait(60) else b"late")
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        await talk.open()
        session = world.session(talk)
        session.send("x" * 900_000)
        peer.write(request(f"{HANDSHAKE}&sid={talk.sid}", "Accept-Encoding: gzip"))
        await until(lambda: not session._queue)
        raw.reset(peer)
        try:
            assert (await world.ended(talk.sid))[0] == "transport error"
        finally:
            left.set()


@pytest.mark.parametrize("end", [raw.reset, stream.Stream.abort])
@pytest.mark.parametrize("part", ["4ha", ""])
async def test_a_post_that_is_aborted_in_mid_body_ends_the_session(end, part):
    """L14: no partial packet is dispatched."""
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        await talk.open()
        target = f"{HANDSHAKE}&sid={talk.sid}"
        peer.write(request(target, "Content-Length: 10", method="POST", body=part.encode()))
        await asyncio.sleep(0.02)  # so that a part is read before the end; either is fine
        end(peer)
        assert (await world.ended(talk.sid))[0] == "transport error"
        assert world.heard[talk.sid] == []


async def test_a_client_that_never_polls_costs_no_more_than_the_limit():
    """L15: 200,000 events; the sender is told, and the session ends."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        sent = 0
        with pytest.raises(ConnectionClosed):
            for number in range(200_000):
                session.send(str(number))
                sent += 1
        assert sent <= 10_000
        assert await world.ended(talk.sid) == ("transport error", "the client reads too slowly")
        await talk.open()
        session, sent = world.session(talk), 0
        with pytest.raises(ConnectionClosed):
            for _ in range(100):
                session.send(bytes(100_000))
                sent += 1
        assert sent == 11  # 1 MiB in front of the newest


# Upgrade.


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(["4hello"], id="U1"),
        pytest.param([b"2probe"], id="U1 binary"),
        pytest.param(["x" * 900_000], id="own: a large first message"),
        pytest.param(["2probe", "2probe"], id="own: two probes"),
        pytest.param(["2probe", "4before the 5"], id="own: a message before the 5"),
        pytest.param([""], id="own: an empty message"),
    ],
)
async def test_a_websocket_that_does_not_probe_is_closed_alone(messages):
    """U1: polling goes on."""
    async with survived() as (world, talk):
        await talk.open()
        connection = await talk.websocket()
        for message in messages:
            await connection.send(message)
        await connection.wait_closed()
        assert world.heard[talk.sid] == []
        await talk.post("4hello\x1e1")
        assert world.heard[talk.sid] == ["hello"]


@pytest.mark.parametrize("probed", [False, True])
@pytest.mark.parametrize("end", ["abort", "reset"])
async def test_a_probe_that_dies_loses_nothing(probed, end):
    """U3: what was sent meanwhile comes by polling."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        connection = await (talk.probed() if probed else talk.websocket())
        session.send("a")
        (raw.reset if end == "reset" else type(connection).abort)(
            _Sock(connection) if end == "reset" else connection
        )
        session.send("b")
        await until(lambda: session.probe is None)
        assert await talk.poll() == "4a\x1e4b"
        assert (await talk.post("1")).body == b"ok"


class _Sock:
    """A WebSocket as `raw.reset` wants a connection."""

    def __init__(self, connection: ws.Connection) -> None:
        self._transport, self.abort = connection.transport, connection.abort


async def test_polls_are_released_at_once_while_a_probe_is_there():
    """U4: no `sleep` is needed for the first; later ones within the tenth of a second."""
    async with survived() as (world, talk):
        await talk.open()
        poll = asyncio.create_task(talk.get())
        await until(lambda: world.session(talk).transport.writable)
        connection = await talk.probed()
        assert (await poll).text() == "6"
        assert [await talk.poll() for _ in range(3)] == ["6"] * 3
        await connection.send("5")
        await connection.send("4hi")
        assert await connection.recv() == "4hi"
        for response in (await talk.get(), await talk.post("4hi")):  # U5
            assert (response.status, response.json()["code"]) == (400, 3)
        # own: a body over the limit for a session that has upgraded
        assert (await talk.post("x" * 1_000_001)).status == 413
        await connection.send("4still here")
        assert await connection.recv() == "4still here"
        await connection.close()
        await world.ended(talk.sid)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("alive", ["websocket", "polling"])
async def test_a_server_that_closes_in_mid_upgrade_loses_nothing(held, alive):
    """X4: three events, then close between `3probe` and `5`: by whichever transport is alive."""
    async with survived() as (world, talk):
        await talk.open()
        session = world.session(talk)
        connection = await talk.probed()
        poll = None
        if held:
            poll = asyncio.create_task(talk.get())
            await until(lambda: session.transport.writable)
        for text in "abc":
            session.send(text)
        session.close()
        if poll is not None:
            assert (await poll).text() == "4a\x1e4b\x1e4c\x1e1"
            await connection.wait_closed()
        elif alive == "polling":
            connection.abort()
            assert await talk.poll() == "4a\x1e4b\x1e4c\x1e1"
        else:
            await connection.send("5")
            assert [await connection.recv() for _ in "abc"] == ["4a", "4b", "4c"]
            await connection.wait_closed()
        assert await world.ended(talk.sid) == ("forced close", "")


# On WebSocket, of our own.


@pytest.mark.parametrize(
    ("data", "closed"),
    [
        pytest.param("818334000000000000", "1002", id="own: a frame cut short"),
        pytest.param("810234ff", "1002", id="own: not masked"),
        pytest.param("8182000000003480", "1007", id="own: not UTF-8"),
        pytest.param("c18100000000" + "34", "1002", id="own: compressed without agreement"),
        pytest.param("83810000000034", "1002", id="own: a reserved opcode"),
        pytest.param("81ff00000000000f424100000000", "1009", id="own: a frame over the limit"),
        pytest.param("0181000000003401810000000034", "1002", id="own: a message in a message"),
        pytest.param("018000000000" + "008000000000" * 5000, "", id="own: 5,000 empty fragments"),
    ],
)
async def test_frames_against_the_rules_end_the_session(data, closed):
    """`transport error`, or `transport close` where the peer was only cut off."""
    async with survived() as (world, talk):
        connection = await talk.websocket()
        sid = (await connection.recv()).split('"')[3]
        connection.transport.write(bytes.fromhex(data))
        if data.startswith("8183"):
            connection.transport.write_eof()
        reason, description = await world.ended(sid)
        assert reason in ("transport error", "transport close")
        assert closed in description or reason == "transport close"


async def test_a_whole_upgrade_in_one_segment_is_an_upgrade():
    """own: `2probe`, `5` and a message before the server has said anything."""
    async with survived() as (world, talk):
        await talk.open()
        async with raw.peer(_listening(talk)) as peer:
            frames = b"".join(
                bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
                for text in (b"2probe", b"5", b"4one", b"4two")
            )
            peer.write(upgrade(f"{SOCKET}&sid={talk.sid}") + frames)
            await until(lambda: world.heard[talk.sid] == ["one", "two"])
            raw.reset(peer)
        await world.ended(talk.sid)


async def test_polls_in_a_pipeline_do_not_overlap():
    """own: two GETs in one segment of one connection; HTTP asks the second after the first."""
    async with survived() as (world, talk), raw.peer(_listening(talk)) as peer:
        await talk.open()
        poll = request(f"{HANDSHAKE}&sid={talk.sid}")
        peer.write(poll + poll)
        session = world.session(talk)
        for text in "ab":
            await until(lambda: session.transport.writable)
            session.send(text)
            assert (await raw.answer(peer)).endswith(b"4" + text.encode())
        await talk.post("1")
