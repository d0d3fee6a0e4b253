"""Reconnection when somebody does what nobody expects: listeners, options, the functions that an
application gives, and whoever cancels tasks.  An attempt is under way or due, or all is over."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.simulator.link import Cut
from course_lib.socketio import Client, ConnectError, Server
from course_lib.socketio.backoff import delay
from tests.net.waiting import until
from tests.socketio.losses import PORT, lose, now, play, silent


@pytest.mark.parametrize("seconds", [0, 0.5, 1.5])
def test_after_a_cancellation_by_somebody_else_there_is_no_attempt(seconds):
    """Before its first step, in the back-off, and in an attempt; all who wait are told, and the
    client may try again."""

    async def story(course):
        over = asyncio.Event()
        client = course.client(reconnection_delay_max=1)
        client.open()
        waiting = asyncio.create_task(client.wait())
        asking = asyncio.create_task(client.connect())
        server = await silent(over) if seconds != 0.5 else None
        if seconds > 1:
            client.manager.end("transport error")
        await asyncio.sleep(seconds)
        assert client.manager.state == ("closed" if seconds == 0.5 else "opening")
        assert len(client.manager._tasks) == 1
        for task in list(client.manager._tasks):
            task.cancel()
        await asyncio.wait_for(waiting, 1)
        with pytest.raises(ConnectError):
            await asking
        assert not client.active and not client.manager.reconnection.under_way
        over.set()
        if server is not None:
            server.close()
            await asyncio.sleep(1)
        await course.start()
        client.open()
        await until(lambda: client.connected, 10)

    play(story)


@pytest.mark.parametrize("how", ["def", "async def"])
@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, KeyError])
def test_a_should_retry_that_raises_anything_stops_no_attempt(how, error):
    async def story(course):
        def want(_error):
            raise error

        async def want_later(_error):
            await asyncio.sleep(0.1)
            raise error

        reports = []
        client = course.client(
            should_retry=want if how == "def" else want_later,
            on_error=lambda error, context: reports.append(error),
        )
        client.open()
        await asyncio.sleep(5)
        assert len(course.times("reconnect_attempt")) == 2
        assert [type(one) for one in reports] == [error] * 3
        await course.start()
        await until(lambda: client.connected, 20)

    play(story)


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("how", ["leave", "disconnect", "leave and open"])
def test_a_should_retry_may_leave(how, answer):
    """What it says then is about an attempt that nobody wants."""

    async def story(course):
        asked = []

        async def want(_error):
            asked.append(now())
            if len(asked) > 1:
                return True
            if how == "disconnect":
                await client.disconnect()
            else:
                client.leave()
            if "open" in how:
                client.open()
            return answer

        client = course.client(should_retry=want)
        client.open()
        await asyncio.sleep(0.5)
        assert client.active == ("open" in how)
        assert len(client.manager._tasks) == ("open" in how)
        await course.start()
        await asyncio.sleep(20)
        assert client.connected == ("open" in how)
        assert "reconnect_failed" not in course.names()
        assert len(course.times("reconnect_attempt")) == ("open" in how)

    play(story)


@pytest.mark.parametrize("when", ["close", "disconnect", "back-off", "reconnect_attempt"])
def test_reconnection_may_be_switched_off_at_any_time(when):
    """As in the reference: an attempt that is due is not made; and `wait` returns."""

    async def story(course):
        await course.start()
        client = course.client()
        await client.connect()
        options = client.manager.options
        off = lambda *_: setattr(options, "reconnection", False)  # noqa: E731
        if when != "back-off":
            (client if when == "disconnect" else client.manager).on(when, off)
        waiting = asyncio.create_task(client.wait())
        await asyncio.sleep(0)
        await course.stop()
        await asyncio.sleep(0.5)
        if when == "back-off":
            off()
        await asyncio.sleep(10)
        assert waiting.done() and not client.active and not client.manager.reconnection.under_way
        attempts = 1 if when == "reconnect_attempt" else 0
        assert len(course.times("reconnect_attempt")) == attempts
        await course.start()
        await client.connect()

    play(story)


def test_no_attempts_means_none():
    """As in the reference: `reconnect_failed` at once."""

    async def story(course):
        await course.start()
        client = course.client(reconnection_attempts=0)
        await client.connect()
        course.told.clear()
        waiting = asyncio.create_task(client.wait())
        lose(client)
        await asyncio.sleep(10)
        assert course.names() == ["close", "disconnect", "reconnect_failed"]
        assert waiting.done() and not client.active

    play(story)


@pytest.mark.parametrize("event", ["reconnect_failed", "reconnect_error"])
def test_who_opens_again_after_the_last_attempt_is_heard(event):
    async def story(course):
        await course.start()
        client = course.client(reconnection_attempts=1)
        await client.connect()
        waiting = asyncio.create_task(client.wait())
        client.manager.on(event, lambda *_: client.open())
        await course.stop()
        await asyncio.sleep(1.5)
        assert ("reconnect_failed" in course.names()) and client.active
        await course.start()
        await until(lambda: client.connected, 10)
        assert not waiting.done() or event == "reconnect_error"
        waiting.cancel()
        await asyncio.wait([waiting])

    play(story)


def test_an_auth_that_always_fails_comes_to_an_end():
    """`reconnection_attempts` are its limit, too; a call of `connect` hears of it."""

    async def story(course):
        await course.start()
        calls = []

        def auth():
            calls.append(now())
            raise ValueError("no token")

        client = course.client(reconnection_attempts=2, auth=auth)
        for _ in range(2):
            calls.clear()
            before = now()
            with pytest.raises(ConnectError, match="no token"):
                await client.connect(retry=True)
            assert [round(one - before) for one in calls] == [0, 1, 3]
            assert not client.active
        client.manager.options.reconnection = False
        with pytest.raises(ConnectError, match="no token"):
            await client.connect(retry=True)
        assert len(calls) == 4

    play(story)


def test_an_auth_that_never_returns_is_cancelled_with_its_connection():
    """Else each loss would leave a task."""

    async def story(course):
        await course.start()
        running = []

        async def auth():
            running.append(asyncio.current_task())
            await asyncio.sleep(10**9)

        client = course.client(auth=auth)
        client.open()
        admin = client.of("/admin")
        await admin.connect()
        for number in range(1, 6):
            await until(lambda count=number: len(running) == count, 20)
            assert sum(not task.done() for task in running) == 1
            clock.network().cut(Cut.RST)
            await until(lambda: not admin.connected)
        await until(lambda: admin.connected, 20)
        client.leave()  # the connection stays
        await asyncio.sleep(0.1)
        assert all(task.done() for task in running) and not client.runner.tasks

    play(story)


@pytest.mark.parametrize("how", ["leave", "disconnect", "leave and open"])
def test_an_auth_may_leave(how):
    async def story(course):
        await course.start()
        calls = []

        async def auth():
            calls.append(how)
            if len(calls) == 1:
                await asyncio.sleep(0.1)
                client.leave()
                if how == "disconnect":
                    await client.disconnect()
                if "open" in how:
                    client.open()
            return {}

        client = course.client(auth=auth)
        client.open()
        await asyncio.sleep(5)
        assert client.connected == client.active == ("open" in how)

    play(story)


@pytest.mark.parametrize("name", ["headers", "query"])
def test_a_function_of_the_request_may_leave_and_come_again(name):
    async def story(course):
        await course.start()
        calls = []

        async def give():
            calls.append(name)
            if len(calls) == 1:
                client.leave()
                client.open()
            return {}

        client = course.client(**{name: give})
        client.open()
        await asyncio.sleep(5)
        assert client.connected and len(calls) == 2

    play(story)


def test_a_function_that_ignores_its_cancellation_holds_nobody():
    """X23: whoever leaves has left, after a moment; the log tells of the function."""

    async def story(course):
        async def want(_error):
            try:
                await asyncio.sleep(1_000)
            except asyncio.CancelledError:
                await asyncio.sleep(10)
            return True

        client = course.client(should_retry=want)
        client.open()
        await asyncio.sleep(1)
        before = now()
        await client.disconnect()
        assert now() - before < 0.5
        await asyncio.sleep(10)

    play(story)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
def test_what_the_old_connection_has_read_is_not_for_the_new_one(transports):
    """Several packets come at once; a listener of the first one leaves, and comes again."""

    async def story(course):
        io = await course.start()
        sockets, heard = [], []

        @io.on("connection")
        def connected(socket):
            sockets.append(socket)
            if len(sockets) == 1:
                for number in range(4):
                    socket.emit("news", number, b"attachment")

        client = course.client(transports=transports)

        @client.on("news")
        def news(number, _attachment):
            heard.append(number)
            if number == 1:
                client.leave()
                client.open()

        client.open()
        await until(lambda: len(sockets) == 2, 10)
        await asyncio.sleep(5)
        assert heard == [0, 1] and client.connected and client.id == sockets[1].id

    play(story)


def test_an_answer_to_an_early_event_does_not_overtake_the_buffer():
    """Order is kept, although the reference does not."""

    async def story(course):
        io = await course.start()
        order = []

        @io.use
        def guard(socket):
            socket.on_any(lambda name, value: order.append(value))
            socket.emit("early")

        client = course.client()
        client.on("early", lambda: client.emit("say", 3))
        client.emit("say", 1)
        client.emit("say", 2)
        client.on("connect", lambda: client.emit("say", 4))
        await client.connect()
        await asyncio.sleep(1)
        assert order == [1, 2, 3, 4]

    play(story)


@pytest.mark.parametrize("who", ["itself", "another"])
def test_who_begins_in_close_is_not_ended_with_the_others(who):
    """Without reconnection the connection that was begun would be nobody's."""

    async def story(course):
        io = await course.start()
        client = course.client(reconnection=False)
        await client.connect()
        other = client.of("/admin")
        course.watch(other)

        def again(*_):
            if who == "itself":
                client.leave()
                client.open()
            else:
                other.open()

        client.manager.once("close", again)
        lose(client)
        await asyncio.sleep(5)
        one = client if who == "itself" else other
        assert one.connected and len(io.engine.sessions) == 1
        assert "connect_error" not in course.names()
        assert client.active == (who == "itself")

    play(story)


def test_there_is_one_loop_whatever_listeners_of_a_failure_begin_and_end():
    """One opens a connection by itself, the next one ends it; then the failure has its turn."""

    async def story(course):
        client = course.client()

        def begin(*_):
            client.leave()
            client.open()

        client.manager.once("error", begin)
        client.once("connect_error", lambda _error: client.manager.end("transport error"))
        client.open()
        await asyncio.sleep(0.5)
        assert len(client.manager._tasks) == 1
        await asyncio.sleep(5)
        assert [round(one) for one in course.times("reconnect_attempt")] == [1, 3]

    play(story)


@pytest.mark.parametrize("retry", [False, True])
def test_a_loss_before_the_answer_to_connect_is_told(retry):
    async def story(course):
        io = await course.start()
        io.use(lambda socket: asyncio.sleep(10))
        client = course.client(transports=["websocket"])
        asking = asyncio.create_task(client.connect(retry=retry))
        await asyncio.sleep(2)
        course.told.clear()
        clock.network().cut(Cut.RST)
        await asyncio.sleep(0.5)
        assert course.names() == ["close", "connect_error"] and client.active == retry
        asking.cancel()
        await asyncio.wait([asking])

    play(story)


def test_a_server_that_closes_at_once_a_thousand_times():
    async def story(course):
        came = []

        async def close(_reader, writer):
            came.append(now())
            writer.close()

        server = await asyncio.start_server(close, "127.0.0.1", PORT)
        client = course.client(reconnection_delay=0.05, reconnection_delay_max=0.05)
        client.open()
        client.emit("say", "kept")
        await asyncio.sleep(10)
        tasks = len(asyncio.all_tasks())
        await until(lambda: len(came) > 1_000, 100)
        assert len(asyncio.all_tasks()) <= tasks + 1
        server.close()
        await asyncio.sleep(0.2)
        await course.start()
        await until(lambda: client.connected, 10)
        await asyncio.sleep(1)
        assert ("heard", "kept") in course.told

    play(story)


def test_the_buffer_is_one_over_many_losses():
    """Its bound holds for all of them together; a request that is too late leaves it."""

    async def story(course):
        await course.start()
        client = course.client(max_buffered=4, transports=["websocket"])
        await client.connect()
        for _ in range(5):
            await course.stop()
            await until(lambda: not client.connected)
            late = asyncio.create_task(client.timeout(0.5).emit_with_ack("say", "late"))
            client.emit("say", 1)
            client.volatile.emit("say", "volatile")
            await asyncio.sleep(1)
            with pytest.raises(TimeoutError):
                await late
            for number in (2, 3, 4):
                client.emit("say", number)
            with pytest.raises(Exception, match="max_buffered"):
                client.emit("say", 5)
            await course.start()
            await client.connect()
            await asyncio.sleep(0.5)
            heard = [one[1] for one in course.told if one[0] == "heard"]
            assert heard == [1, 2, 3, 4]
            course.told.clear()

    play(story)


def test_a_client_that_nobody_holds_still_comes_back():
    """Its attempts hold it, as a timer does in JavaScript; whoever wants its end leaves."""

    async def story(course):
        await course.start()
        course.client().open()
        course.clients[0].emit("say", "kept")
        held = course.clients.pop().manager
        await asyncio.sleep(1)
        await course.stop()
        await asyncio.sleep(5)
        await course.start()
        await asyncio.sleep(10)
        assert ("/", "connect") in course.told[-3:]
        await held.close()

    play(story)


def test_delays_without_a_bound_are_numbers():
    assert delay(1, first=float("inf"), most=float("inf"), factor=0) > 1e200
    assert delay(1, first=float("inf"), most=5, factor=0.5) == 5


def test_eager_tasks_change_nothing():
    """From Python 3.12 on: an attempt may end before `create_task` returns."""

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(getattr(asyncio, "eager_task_factory", None))
        wanted, told = [True, True, False], []
        client = Client(
            "http://127.0.0.1:1",
            headers=lambda: 1 / 0,  # fails before anything waits
            reconnection_delay=0.01,
            should_retry=lambda _error: wanted.pop(0),
        )
        for event in ("reconnect_attempt", "reconnect_error", "reconnect_failed", "error"):
            client.manager.on(event, lambda *_, event=event: told.append(event))
        with pytest.raises(ConnectError):
            await client.connect()
        assert not client.active and told == ["error"]
        with pytest.raises(ConnectError):
            await client.connect(retry=True)
        assert not client.active and told[1:-2] == [
            "error", "reconnect_attempt", "error", "reconnect_error", "reconnect_attempt", "error",
        ]  # fmt: skip
        # `should_retry` is asked in a task: the second comes first where tasks are not eager.
        assert sorted(told[-2:]) == ["reconnect_error", "reconnect_failed"]
        io = Server()
        async with io.listen() as address, Client(address.url, reconnection_delay=0.01) as other:
            for _ in range(5):
                other.manager.end("transport error")
                await other.connect()
            assert len(io.of("/").sockets) == 1
            with pytest.raises((ConnectionClosed, TimeoutError)):
                await other.timeout(0.05).emit_with_ack("nobody answers")
        await asyncio.sleep(0.1)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main(), debug=True)
