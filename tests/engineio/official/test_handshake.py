"""The handshake, and every refusal of one: our server and Node's, with the same result.

Where ours is stricter, or answers what Node leaves half done, the test says so.
"""

from __future__ import annotations

import json

import pytest

from course_lib.errors import RemoteError
from course_lib.net import ws

REFUSALS = {
    "0": b'{"code":0,"message":"Transport unknown"}',
    "1": b'{"code":1,"message":"Session ID unknown"}',
    "2": b'{"code":2,"message":"Bad handshake method"}',
    "3": b'{"code":3,"message":"Bad request"}',
    "5": b'{"code":5,"message":"Unsupported protocol version"}',
}


async def test_a_handshake_by_polling_says_five_things(serve):
    """A.3: exactly these keys, in this order; the body is the OPEN packet and no more."""
    server = await serve(pingInterval=300, pingTimeout=200)
    response = await server.get()
    assert response.status == 200
    assert response.headers["content-type"].lower() == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-length"] == str(len(response.body))
    assert "access-control-allow-origin" not in response.headers
    assert "set-cookie" not in response.headers
    body = response.text()
    assert body[0] == "0"
    said = json.loads(body[1:])
    assert list(said) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]
    assert said["upgrades"] == ["websocket"]
    assert (said["pingInterval"], said["pingTimeout"]) == (300, 200)
    assert said["maxPayload"] == 1_000_000
    assert body[1:] == json.dumps(said, separators=(",", ":"))
    assert await server.event("connection") == [said["sid"], "polling"]


async def test_a_handshake_by_websocket_offers_no_upgrade(server):
    """A.5: the same keys; the first message."""
    connection = await server.websocket()
    said = await connection.recv()
    assert said[0] == "0"
    fields = json.loads(said[1:])
    assert list(fields) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]
    assert fields["upgrades"] == []
    assert connection.subprotocol is None
    assert await server.event("connection") == [fields["sid"], "websocket"]


async def test_an_id_is_secret_and_new(server):
    """20 characters of [A-Za-z0-9_-], of which 16 are random."""
    ids = [(await server.open())["sid"] for _ in range(20)]
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert {len(sid) for sid in ids} == {20}
    assert set("".join(ids)) <= allowed
    assert len({sid[:16] for sid in ids}) == 20


async def test_options_show_in_the_handshake(serve):
    """`allowUpgrades`, `maxHttpBufferSize`, `transports`."""
    server = await serve(allowUpgrades=False, maxHttpBufferSize=1000)
    said = await server.open()
    assert (said["upgrades"], said["maxPayload"]) == ([], 1000)
    server = await serve(transports=["polling"])
    assert (await server.open())["upgrades"] == []
    response = await server.get(transport="websocket")
    assert (response.status, response.body) == (400, REFUSALS["0"])


async def test_an_initial_packet_comes_right_after_the_handshake(serve):
    """In the same payload, or as the second message."""
    server = await serve(initialPacket="hello")
    response = await server.get()
    assert response.text().partition("\x1e")[2] == "4hello"
    connection = await server.websocket()
    assert (await connection.recv())[0] == "0"
    assert await connection.recv() == "4hello"


async def test_a_cookie_is_set_by_the_handshake_alone(serve):
    """A.12: `cookie: true`; not by later responses."""
    server = await serve(cookie=True)
    response = await server.get()
    sid = json.loads(response.body[1:])["sid"]
    assert response.headers["set-cookie"] == f"io={sid}; Path=/; HttpOnly; SameSite=Lax"
    response = await server.post("4hi", sid=sid)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        pytest.param("GET", {"EIO": "3"}, "5", id="H1 EIO=3"),
        pytest.param("GET", {"EIO": None}, "5", id="H1 no EIO"),
        pytest.param("GET", {"EIO": "abc"}, "5", id="H1 EIO=abc"),
        pytest.param("GET", {"EIO": "44"}, "5", id="H1 EIO=44"),
        pytest.param("GET", {"transport": None}, "0", id="H2 no transport"),
        pytest.param("GET", {"transport": "constructor"}, "0", id="H2 constructor"),
        pytest.param("GET", {"transport": "abc"}, "0", id="H2 abc"),
        pytest.param("GET", {"transport": "Polling"}, "0", id="H2 Polling"),
        pytest.param("GET", {"sid": "abc"}, "1", id="H3 unknown sid"),
        pytest.param("POST", {"sid": "abc"}, "1", id="H3 unknown sid, POST"),
        pytest.param("POST", {}, "2", id="H4 POST"),
        pytest.param("PUT", {}, "2", id="H4 PUT"),
        pytest.param("DELETE", {}, "2", id="H4 DELETE"),
        pytest.param("OPTIONS", {}, "2", id="H4 OPTIONS without CORS"),
        pytest.param("GET", {"transport": "websocket"}, "3", id="H6 no Upgrade"),
        pytest.param("POST", {"EIO": "3", "transport": "abc"}, "0", id="transport comes first"),
        pytest.param("POST", {"EIO": "3"}, "2", id="the method comes before EIO"),
    ],
)
async def test_a_handshake_that_is_refused_is_told_why(server, method, query, code):
    """H1 to H6: 400 with a code as JSON; `connection_error` hears of it, too."""
    response = await server.request(method, **query)
    assert (response.status, response.body) == (400, REFUSALS[code])
    assert response.headers["content-type"] == "application/json"
    number, message, _ = await server.event("refused")
    assert {"code": number, "message": message} == json.loads(response.body)


@pytest.mark.parametrize(("said", "message"), [(None, "Forbidden"), ("nope", "nope")])
async def test_the_application_may_refuse(serve, said, message):
    """H7: 403 and code 4; with a text of its own."""
    server = await serve(forbid=said)
    response = await server.get()
    assert (response.status, response.json()) == (403, {"code": 4, "message": message})
    # Node tells its handler of the text in another place, the context.
    assert (await server.event("refused"))[:2] == [4, message if server.ours else "Forbidden"]


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"transport": "abc"}, 0, "Transport unknown"),
        ({"sid": "abc"}, 1, "Session ID unknown"),
    ],
)
async def test_a_refused_websocket_gets_400(server, query, code, message):
    """A.5: Node writes the message alone; ours is the JSON that a refused poll gets."""
    with pytest.raises(RemoteError) as error:
        await server.websocket(**query)
    assert error.value.code == 400
    assert (await server.event("refused"))[:2] == [code, message]


async def test_the_application_may_refuse_a_websocket(serve):
    """H7: *stricter*: Node answers 400 where ours answers 403, as for a poll."""
    server = await serve(forbid=None)
    with pytest.raises(RemoteError) as error:
        await server.websocket()
    assert error.value.code == (403 if server.ours else 400)
    assert (await server.event("refused"))[:2] == [4, "Forbidden"]


async def test_a_websocket_of_another_protocol_is_refused(server):
    """A.5: Node completes the 101 and writes a 400 into the stream; ours refuses before it."""
    if server.ours:
        with pytest.raises(RemoteError) as error:
            await server.websocket(EIO="3")
        assert error.value.code == 400
    else:
        connection = await server.websocket(EIO="3")
        await connection.wait_closed()
    assert (await server.event("refused"))[:2] == [5, "Unsupported protocol version"]


async def test_a_websocket_with_transport_polling_never_hangs(server):
    """U8: Node says 101 and closes; ours refuses, and says code 3."""
    url = server.url("ws", transport="polling")
    if server.ours:
        with pytest.raises(RemoteError) as error:
            await ws.connect(url)
        assert error.value.code == 400
    else:
        connection = await ws.connect(url, connect_timeout=60)
        await connection.wait_closed()


async def test_a_foreign_page_gets_no_cors_header(server):
    """H9, H10: *stricter*: Node serves it all the same, ours refuses, on the upgrade before 101."""
    for origin in ("http://foreign.example", "null"):
        response = await server.request("GET", headers={"Origin": origin})
        assert response.status == (403 if server.ours else 200)
        assert "access-control-allow-origin" not in response.headers
        if server.ours:
            assert response.json() == {"code": 4, "message": "Forbidden"}
            with pytest.raises(RemoteError) as error:
                await ws.connect(server.url("ws"), origin=origin)
            assert error.value.code == 403


async def test_the_path_is_a_beginning(server):
    """A.1: what follows the path does not matter; what is not under it is somebody else's."""
    server.where = server.where.replace("/engine.io/", "/engine.io/more/of/it")
    assert (await server.open())["upgrades"] == ["websocket"]
    if server.ours:  # Node's test server has nobody else, and leaves such a request unanswered
        server.where = server.where.replace("/engine.io/more/of/it", "/engine.io")
        assert (await server.get(sid=None)).status == 404
