"""From polling to WebSocket: the dance, and each deviation.  Our server and Node's."""

from __future__ import annotations

import contextlib

import pytest

from course_lib.errors import ConnectionClosed, RemoteError

from .test_polling import waiting

BAD = {"code": 3, "message": "Bad request"}


async def still_polls(server):
    """The session has lost nothing, and goes on by polling."""
    await server.post("4still here")
    while (heard := await server.poll()) == "6":
        pass
    assert heard == "4still here"


async def test_a_session_changes_from_polling_to_websocket(server):
    """A.7: probe, upgrade, echo; the server tells it once."""
    await server.open()
    connection = await server.upgraded()
    assert await server.event("upgrade") == [server.sid, "websocket"]
    for message in ("4hello", b"\x01\x02"):
        await connection.send(message)
        assert await connection.recv() == message


async def test_a_poll_that_waits_is_released_by_a_noop(server):
    """U4: ours at once, Node's after a tenth of a second; every later poll until `5`, too."""
    await server.open()
    poll = await waiting(server)
    connection = await server.probed()
    assert (await poll).text() == "6"
    for _ in range(3):
        assert await server.poll() == "6"
    await connection.send("5")
    await connection.send("4hello")
    assert await connection.recv() == "4hello"


async def test_what_is_sent_after_the_probe_still_goes_by_polling(server):
    """If a poll waits for it; nothing but the probe's answer is on the WebSocket before `5`."""
    await server.open()
    connection = await server.probed()
    await server.post("4a\x1e4b")
    heard = await server.poll()
    if heard != "4a\x1e4b":
        assert (heard, await server.poll()) == ("6", "4a\x1e4b")
    await connection.send("5")
    await connection.send("4c")
    assert await connection.recv() == "4c"


async def test_what_waits_for_a_poll_comes_first_on_the_websocket(server):
    """A.7: flushed after `5`, in order, text and bytes, before what is sent then."""
    await server.open()
    connection = await server.probed()
    await server.post("4a\x1ebAQI=\x1e4c")
    await connection.send("5")
    await connection.send("4d")
    assert [await connection.recv() for _ in "abcd"] == ["4a", b"\x01\x02", "4c", "4d"]


async def test_polling_is_over_after_the_change(server):
    """U5: 400 and code 3; the WebSocket lives."""
    await server.open()
    connection = await server.upgraded()
    await server.event("upgrade")
    for response in (await server.get(), await server.post("4hello")):
        assert (response.status, response.json()) == (400, BAD)
    await connection.send("4hello")
    assert await connection.recv() == "4hello"


@pytest.mark.parametrize(
    "first", ["2", "2prob", "2probes", "2xxx", "3probe", "4hello", "5", "", "7", b"2probe", "6"]
)
async def test_what_is_no_probe_closes_the_websocket_alone(server, first):
    """U1: polling goes on.  *Stricter*: Node takes a `5` without a probe."""
    await server.open()
    connection = await server.websocket()
    await connection.send(first)
    if first == "5" and not server.ours:
        assert await server.event("upgrade") == [server.sid, "websocket"]
        return
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    await still_polls(server)


@pytest.mark.parametrize("then", ["2", "3probe", "4hello", b"5", "51", "6", "7", ""])
async def test_what_is_no_5_closes_the_websocket_alone(server, then):
    """A.7: polling goes on.  *Stricter*: Node looks at the digit alone, and takes `51`."""
    await server.open()
    connection = await server.probed()
    await connection.send(then)
    if then == "51" and not server.ours:
        assert await server.event("upgrade") == [server.sid, "websocket"]
        return
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    await still_polls(server)


async def test_a_second_probe_on_the_same_websocket(server):
    """*Stricter*: Node answers it once more; ours closes the WebSocket, and polling goes on."""
    await server.open()
    connection = await server.probed()
    await connection.send("2probe")
    if server.ours:
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        await still_polls(server)
    else:
        assert await connection.recv() == "3probe"


@pytest.mark.parametrize("probed", [False, True])
async def test_a_probe_that_falls_silent_is_closed_at_the_upgrade_timeout(serve, probed):
    """U2: and polling goes on."""
    server = await serve(upgradeTimeout=200)
    await server.open()
    connection = await server.websocket()
    if probed:
        with contextlib.suppress(ConnectionClosed):  # a slow machine may be too late
            await connection.send("2probe")
    await connection.wait_closed()
    await still_polls(server)


@pytest.mark.parametrize("probed", [False, True])
async def test_a_probe_whose_connection_dies_harms_nobody(server, probed):
    """U3: polling goes on, and another WebSocket may try."""
    await server.open()
    connection = await (server.probed() if probed else server.websocket())
    connection.abort()
    await still_polls(server)
    while True:
        second = await server.websocket()
        await second.send("2probe")
        try:
            assert await second.recv() == "3probe"
        except ConnectionClosed:
            continue  # the server has not seen the end of the first
        break
    await second.send("5")
    await second.send("4hello")
    assert await second.recv() == "4hello"


@pytest.mark.parametrize("upgraded", [False, True])
async def test_a_second_websocket_is_closed_and_the_first_completes(server, upgraded):
    """H27: accepted, then closed; before and after the change."""
    await server.open()
    connection = await (server.upgraded() if upgraded else server.probed())
    if upgraded:
        await server.event("upgrade")
    second = await server.websocket()
    await second.wait_closed()
    if not upgraded:
        await connection.send("5")
    await connection.send("4hello")
    assert await connection.recv() == "4hello"


@pytest.mark.parametrize("held", [False, True])
async def test_a_session_that_the_client_ends_closes_its_probe(server, held):
    """The WebSocket goes with it."""
    await server.open()
    connection = await server.probed()
    poll = await waiting(server) if held else None
    assert (await server.post("1")).body == b"ok"
    if poll is not None:
        assert (await poll).text() == "6"
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert (await server.closed())[0] == "transport close"


async def test_a_server_that_closes_while_the_client_upgrades_keeps_what_it_sent(server):
    """X4: three messages and close between `3probe` and `5`: they come on the WebSocket."""
    await server.open()
    connection = await server.probed()
    assert (await server.post("4!close a b c")).body == b"ok"
    await connection.send("5")
    assert [await connection.recv() for _ in "abc"] == ["4a", "4b", "4c"]
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    assert (await server.closed())[0] == "forced close"


async def test_an_upgrade_of_nobody_is_refused(server):
    """A WebSocket for a session that there is not."""
    await server.open()
    await server.post("1")
    with pytest.raises(RemoteError) as error:
        await server.websocket()
    assert error.value.code == 400


async def test_a_websocket_for_a_session_without_upgrades(serve):
    """`allowUpgrades: false` offers none; whoever tries anyway is served, as in Node."""
    server = await serve(allowUpgrades=False)
    await server.open()
    connection = await server.websocket()
    await connection.send("2probe")
    assert await connection.recv() == "3probe"
