"""Reconnection on a virtual clock: what is told, when an attempt is made, and what is left."""

from __future__ import annotations

import asyncio
import random

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import http_server
from course_lib.simulator.link import Cut
from course_lib.socketio import Client, ConnectError, ConnectRefused
from course_lib.wire.http.http11 import Headers, Response
from tests.net.waiting import until
from tests.socketio.losses import ATTEMPTS, PORT, lose, now, play, silent


def test_a_lost_connection_is_made_again():
    """L.8: in the reference's order; what was sent meanwhile comes before `connect`."""

    async def story(course):
        await course.start()
        client = course.client()
        await client.connect()
        course.told.clear()
        before = now()
        client.on("connect", lambda: client.emit("say", "from connect"))
        lose(client)
        await until(lambda: not client.connected)
        assert client.active and client.id is None and client.disconnected
        client.emit("say", "kept")
        client.volatile.emit("say", "dropped")
        await client.connect()
        await asyncio.sleep(1)
        assert course.names() == [
            "close", "disconnect", "reconnect_attempt", "open", "reconnect", "connect",
            ("heard", "kept"), ("heard", "from connect"),
        ]  # fmt: skip
        assert 1 <= course.times("reconnect_attempt")[0] - before < 1.1

    play(story)


def test_attempts_go_on_at_growing_distances_until_the_server_is_back():
    """L.8: 1, 2, 4, 5, 5 ... seconds; counted afresh after a success."""

    async def story(course):
        await course.start()
        client = course.client()
        await client.connect()
        for _ in range(2):
            course.told.clear()
            before = now()
            await course.stop()
            await asyncio.sleep(18)
            assert [round(when - before) for when in course.times("reconnect_attempt")] == [
                1, 3, 7, 12, 17,
            ]  # fmt: skip
            assert course.names()[:6] == [
                "close", "disconnect", "reconnect_attempt", "error", "connect_error",
                "reconnect_error",
            ]  # fmt: skip
            await course.start()
            await client.connect()
            assert course.told[-2][1:] == ("reconnect", 6)

    play(story)


def test_the_first_attempt_fails_at_once_unless_it_is_to_be_repeated():
    """`connect()` raises; `connect(retry=True)` and `open()` go on."""

    async def story(course):
        client = course.client()
        with pytest.raises(ConnectError):
            await client.connect()
        assert not client.active and client.manager.state == "closed"
        await asyncio.sleep(20)
        assert course.names() == ["error", "connect_error"]
        course.told.clear()
        asking = asyncio.create_task(client.connect(retry=True))
        await asyncio.sleep(2)
        assert client.active and course.names() == [
            "error", "connect_error", "reconnect_attempt", "error", "connect_error",
            "reconnect_error",
        ]  # fmt: skip
        await course.start()
        assert await asking is client and client.connected
        await client.disconnect()
        await course.stop()
        assert client.open() is client and client.active
        await asyncio.sleep(5)
        await course.start()
        await until(lambda: client.connected)

    play(story)


def test_after_so_many_attempts_it_gives_up():
    """L.8: a failure, then `reconnect_failed`, then its `reconnect_error`; `wait` returns."""

    async def story(course):
        await course.start()
        client = course.client(reconnection_attempts=2)
        await client.connect()
        course.told.clear()
        waiting = asyncio.create_task(client.wait())
        await course.stop()
        asking = asyncio.create_task(client.connect())
        with pytest.raises(ConnectError):
            await asking
        assert course.names() == [
            "close", "disconnect",
            "reconnect_attempt", "error", "connect_error", "reconnect_error",
            "reconnect_attempt", "error", "connect_error", "reconnect_failed", "reconnect_error",
        ]  # fmt: skip
        await asyncio.wait_for(waiting, 0.1)
        assert not client.active
        await course.start()
        await client.connect()  # by hand
        await asyncio.sleep(30)
        assert client.connected

    play(story)


def test_wait_returns_after_the_final_end_only():
    """X24: not after a loss that is repaired."""

    async def story(course):
        await course.start()
        client = course.client()
        await client.connect()
        waiting = asyncio.create_task(client.wait())
        for _ in range(3):
            lose(client)
            await until(lambda: not client.connected)
            await until(lambda: client.connected)
        assert not waiting.done()
        await client.disconnect()
        await asyncio.wait_for(waiting, 0.1)

    play(story)


@pytest.mark.parametrize("who", ["client", "server", "server with the connection", "nobody"])
def test_there_are_ends_that_are_not_repaired(who):
    """L.8: whoever was sent away, or left, stays away; so does who wants no reconnection."""

    async def story(course):
        io = await course.start()
        client = course.client(reconnection=who != "nobody", transports=["websocket"])
        await client.connect()
        socket = next(iter(io.of("/").sockets.values()))
        course.told.clear()
        if who == "client":
            await client.disconnect()
        elif who == "nobody":
            lose(client)
        else:
            socket.disconnect(who == "server with the connection")
        await asyncio.sleep(30)
        reason = {"client": "io client disconnect", "nobody": "transport close"}
        ended = [one[2] for one in course.told if one[1] == "disconnect"]
        assert ended == [reason.get(who, "io server disconnect")]
        assert not client.active and not course.times("reconnect_attempt")

    play(story)


def test_a_namespace_that_refuses_us_is_not_asked_again():
    """L.7: after a loss, too; the others stay."""

    async def story(course):
        io = await course.start()
        refuse = []

        @io.of("/admin").use
        def guard(socket):
            if refuse:
                raise ConnectRefused("no longer")

        client = course.client()
        admin = client.of("/admin")
        course.watch(admin)
        await client.connect()
        await admin.connect()
        refuse.append(True)
        course.told.clear()
        lose(client)
        await until(lambda: not client.connected)
        with pytest.raises(ConnectError, match="no longer"):
            await admin.connect()
        await until(lambda: client.connected)
        assert not admin.active and ("/admin", "connect_error") in course.told
        await asyncio.sleep(20)
        assert len(course.times("reconnect_attempt")) == 1

    play(story)


def test_all_namespaces_come_back_on_one_connection():
    async def story(course):
        io = await course.start()
        client = course.client()
        admin = client.of("/admin")
        await client.connect()
        await admin.connect()
        lose(client)
        await until(lambda: not admin.connected)
        await admin.connect()
        await client.connect()
        assert len(io.engine.sessions) == 1
        await client.disconnect()  # `/admin` still needs the connection
        lose(admin)
        await until(lambda: not admin.connected)
        await admin.connect()
        assert not client.active

    play(story)


def test_functions_are_asked_before_every_attempt():
    """X30: `auth`, `headers`, `query`; one that raises makes the attempt fail."""

    async def story(course):
        io = await course.start()
        seen, calls = [], dict.fromkeys(("auth", "headers", "query"), 0)
        io.on("connection", lambda socket: seen.append(socket.handshake))

        def of(name):
            def give():
                calls[name] += 1
                if calls[name] == 3:
                    raise ValueError(name)
                return {"n": str(calls[name])}

            return give

        client = course.client(auth=of("auth"), headers=of("headers"), query=of("query"))
        await client.connect()
        for _ in range(2):
            lose(client)
            await until(lambda: not client.connected)
            await client.connect()
        assert [one.auth["n"] for one in seen] == ["1", "2", "4"]
        # `headers` and `query` fail one attempt each; `auth` is asked again on the same connection.
        assert [one.headers["n"] for one in seen] == ["1", "2", "4"]
        assert [one.query["n"] for one in seen] == ["1", "2", "5"]
        failed = [one[1] for one in course.told].count("reconnect_error")
        assert failed == 2

    play(story)


@pytest.mark.parametrize("how", ["sync", "async", "raises"])
def test_should_retry_decides(how):
    """X58, X29: it sees the status; what it raises is reported, and the attempts go on."""

    async def story(course):
        status, asked, errors = [503], [], []

        def want(error):
            asked.append(error.description.status)
            if how == "raises":
                raise KeyError("mine")
            return error.description.status != 403

        async def want_later(error):
            await asyncio.sleep(0.1)
            return want(error)

        answer = lambda request: Response(status[0])  # noqa: E731
        async with http_server.serve(answer, port=PORT):
            client = course.client(
                should_retry=want_later if how == "async" else want,
                on_error=lambda error, context: errors.append(context["what"]),
            )
            asking = asyncio.create_task(client.connect(retry=True))
            await asyncio.sleep(5)
            assert asked == [503, 503, 503] and not asking.done()
            status[0] = 403
            if how == "raises":
                await asyncio.sleep(20)
                assert errors[:3] == ["should_retry"] * 3 and 403 in asked
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            else:
                with pytest.raises(ConnectError, match="403"):
                    await asking
                assert course.names()[-1] in ("reconnect_failed", "reconnect_error")
                assert course.names().count("reconnect_failed") == 1
            assert not client.active

    play(story)


def test_retry_after_is_respected():
    """X29: the server's wait, if it is the longer one; an hour at most."""

    async def story(course):
        after = ["30"]
        answer = lambda request: Response(429, Headers([("Retry-After", after[0])]))  # noqa: E731
        async with http_server.serve(answer, port=PORT):
            client = course.client()
            client.open()
            await asyncio.sleep(29)
            assert not course.times("reconnect_attempt")
            after[0] = "999999999"
            await asyncio.sleep(2)
            assert [round(one) for one in course.times("reconnect_attempt")] == [30]
            await asyncio.sleep(3700)
            assert [round(one) for one in course.times("reconnect_attempt")] == [30, 3630]
            await client.disconnect()

    play(story)


@pytest.mark.parametrize("moment", ["back-off", "attempt", "joining"])
@pytest.mark.parametrize("how", ["disconnect", "close", "cancel"])
def test_whoever_leaves_stays_away(moment, how):
    """X23: within 100 ms at any moment; nothing is left (see `play`)."""

    async def story(course):
        io = await course.start()
        client = course.client(transports=["websocket"])
        asking = asyncio.create_task(client.connect(retry=True))
        await asking
        await course.stop()
        await until(lambda: not client.connected)
        if moment == "joining":
            io = await course.start()
            io.use(lambda socket: asyncio.sleep(100))
        elif moment == "attempt":
            over = asyncio.Event()
            server = await silent(over)
        again = asyncio.create_task(client.connect())
        await asyncio.sleep(0.5 if moment == "back-off" else 1.5)
        assert client.manager.state == {"back-off": "closed", "attempt": "opening"}.get(
            moment, "open"
        )
        before = now()
        if how == "cancel":  # the loop of attempts is not of this call
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
            assert client.active
            await client.disconnect()
        elif how == "disconnect":
            await client.disconnect()
        else:
            await client.manager.close()
        assert now() - before < 0.2
        assert not client.active
        await asyncio.gather(again, return_exceptions=True)
        if moment == "attempt":
            server.close()
            over.set()
            await asyncio.sleep(1)

    play(story)


def test_a_call_that_is_cancelled_takes_its_attempts_with_it():
    async def story(course):
        client = course.client()
        asking = asyncio.create_task(client.connect(retry=True))
        await asyncio.sleep(8)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not client.active and not client.manager.reconnection.waiting

    play(story)


@pytest.mark.parametrize("event", [*ATTEMPTS, "disconnect", "connect_error", "connect"])
@pytest.mark.parametrize("act", ["leave", "open", "leave and open", "end"])
def test_a_listener_may_do_anything(event, act):
    """X25: at each event; one connection at the end, or none."""

    async def story(course):
        io = await course.start()
        client = course.client(reconnection_attempts=3)
        await client.connect()
        on = client if event in ("disconnect", "connect_error", "connect") else client.manager
        acted = []

        def listener(*_):
            if len(acted) < 2:
                acted.append(True)
                if "leave" in act:
                    client.leave()
                if "open" in act:
                    client.open()
                if act == "end":
                    client.manager.end("transport error", "by hand")

        on.on(event, listener)
        await course.stop()
        away = event in ("error", "reconnect_error", "connect_error", "reconnect_failed")
        await asyncio.sleep(40 if event == "reconnect_failed" else 2)
        io = await course.start()
        if not acted or not away:
            client.open()
        await asyncio.sleep(20)
        assert acted
        assert client.connected == client.active == bool(io.engine.sessions)
        assert len(io.engine.sessions) == len(io.of("/").sockets) <= 1
        if client.connected:
            client.emit("say", "alive")
            await asyncio.sleep(1)
            assert course.told[-1] == ("heard", "alive")

    play(story)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
def test_a_hundred_drops(transports):
    """X24: at any moment, also during the handshake, the upgrade and CONNECT."""

    async def story(course):
        io = await course.start()
        client = course.client(reconnection_delay=0, transports=transports)
        await client.connect()
        chance, drops, successes = random.Random(5), 0, []
        client.manager.on("reconnect", successes.append)
        opened = []
        client.manager.on("open", lambda: opened.append(True))
        for _ in range(100):
            await asyncio.sleep(chance.choice([0, 0.001, 0.01, 0.02, 0.05, 0.3]))
            drops += client.connected
            clock.network().cut(Cut.RST)
            assert sum(task.get_name() != "" for task in client.manager._tasks) <= 4
        await until(lambda: client.connected, 60)
        await asyncio.sleep(60)
        assert client.connected and drops > 5
        assert len(io.engine.sessions) == 1 and len(io.of("/").sockets) == 1
        assert len(successes) == len(opened)  # one `reconnect` for each

    play(story, rtt=0.01)


def test_the_loop_that_ends_takes_the_attempts_with_it(recwarn):
    """X28: the end of `asyncio.run` in the back-off and in an attempt."""
    for seconds in (0.05, 0.3, 1.1):

        async def main(seconds: float = seconds) -> None:
            client = Client("http://127.0.0.1:1", reconnection_delay=0.2)
            client.open()
            await asyncio.sleep(seconds)

        asyncio.run(main(), debug=True)
    assert not list(recwarn)


def test_a_request_that_was_sent_fails_with_the_connection():
    """D12: at once; one that waits for the connection is kept."""

    async def story(course):
        io = await course.start()
        io.on("connection", lambda socket: socket.on("ask", lambda: "answer"))
        client = course.client()
        await client.connect()
        sent = asyncio.create_task(client.emit_with_ack("nobody answers"))
        await asyncio.sleep(0.5)  # the upgrade is over
        lose(client)
        await until(lambda: not client.connected)
        with pytest.raises(ConnectionClosed):
            await sent
        assert await client.emit_with_ack("ask") == "answer"

    play(story)
