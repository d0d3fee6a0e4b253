"""A limit on the events of a client: a bucket of tokens on the loop's clock."""

from __future__ import annotations

import asyncio
import itertools
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab.clock import simulate
from course_lib.socketio import Client, RateLimited, Server, Socket, rate_limit
from course_lib.socketio.rate_limit import Admission, Bucket

WS = ["websocket"]
STEPS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 30)), max_size=40)


@given(STEPS, st.integers(1, 50), st.integers(1, 40))
def test_no_window_holds_more_than_the_burst_and_what_comes_in(
    steps: list[tuple[int, int]], rate: int, burst: int
) -> None:
    """For every two moments: at most `burst + rate * seconds` between them, and never one less.

    Times are multiples of 1/64, which floats hold exactly; the model counts in fractions.
    """
    bucket, now = Bucket(float(rate), float(burst), 0.0), 0
    taken: list[int] = []
    tokens = Fraction(burst)
    for pause, asks in steps:
        now += pause
        tokens = min(Fraction(burst), tokens + Fraction(pause * rate, 64))
        for _ in range(asks):
            admitted = bucket.take(now / 64)
            assert admitted == (tokens >= 1)
            if admitted:
                tokens -= 1
                taken.append(now)
    for first, last in itertools.combinations(range(len(taken)), 2):
        allowed = burst + Fraction((taken[last] - taken[first]) * rate, 64)
        assert last - first + 1 <= allowed


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_a_clock_that_goes_back_brings_no_tokens(times: list[float]) -> None:
    """Nor takes any; time counts again where it was."""
    bucket = Bucket(1.0, 3.0, 0.0)
    taken = sum(bucket.take(now) for now in times)
    assert taken <= 3 + max([0.0, *times])
    bucket = Bucket(1.0, 2.0, 100.0)
    assert [bucket.take(now) for now in (50.0, 0.0, 50.0, 100.0, 101.0)] == [1, 1, 0, 0, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 640)), max_size=80))
def test_each_client_has_a_bucket_of_its_own_although_full_ones_are_dropped(
    asks: list[tuple[int, int]],
) -> None:
    """The same as with buckets that stay for ever."""
    admission, now = Admission(2.0, 5.0), 0
    kept = {client: Bucket(2.0, 5.0, 0.0) for client in range(6)}
    for client, pause in asks:
        now += pause
        assert admission.admit(client, now / 64) == kept[client].take(now / 64)


def test_a_hundred_thousand_clients_do_not_stay() -> None:
    """Those of the last `burst / rate` seconds do, and no timer takes the others away."""
    admission = Admission(10.0, 20.0)
    most = 0
    for number in range(100_000):
        assert admission.admit(number, number / 1000)
        most = max(most, len(admission))
    assert most < 300  # one token is back after 100 ms, in which 100 clients came
    assert admission.admit("last", 1e6) and admission.admit("last", 1e6)
    for number in range(300):
        admission.admit("last", 1e6 + number)
    assert len(admission) == 1


def test_the_number_of_clients_is_bounded_even_if_none_is_full_again() -> None:
    """The one that asked longest ago is forgotten."""
    admission = Admission(0.001, 1.0, max_clients=100)
    for number in range(1000):
        assert admission.admit(number, 0.0)
    assert len(admission) == 100
    assert not admission.admit(999, 0.0) and admission.admit(1, 0.0)
    assert len(admission) == 100


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf, -math.inf, "10", None, True, [], 1j])
def test_what_is_no_rate_is_told_at_the_call(rate: Any) -> None:
    """By its name and value."""
    with pytest.raises(LocalError, match="rate="):
        rate_limit(rate)


@pytest.mark.parametrize("burst", [0, 0.5, -1, math.nan, math.inf, "20", True, []])
def test_what_is_no_burst_is_told_at_the_call(burst: Any) -> None:
    """With less than one token nothing would ever pass."""
    with pytest.raises(LocalError, match="burst="):
        rate_limit(1, burst=burst)


def test_other_options_are_checked_too() -> None:
    """`by` is a function; a number of clients is a number."""
    with pytest.raises(LocalError, match="by="):
        rate_limit(1, by="address")  # type: ignore[arg-type]
    for wrong in (0, -1, 1.5, True, None):
        with pytest.raises(LocalError, match="max_clients="):
            rate_limit(1, max_clients=wrong)  # type: ignore[arg-type]
    assert rate_limit(0.1).admission.burst == 1.0
    assert rate_limit(10).admission.burst == 10


class World:
    """A server with a limit, and what it tells."""

    def __init__(self, limit: Any, **options: Any) -> None:
        self.io = Server(**options)
        self.heard: list[Any] = []
        self.errors: list[str] = []
        self.sockets: list[Socket] = []

        @self.io.on("connection")
        def connected(socket: Socket) -> None:
            self.sockets.append(socket)
            socket.use(limit)
            socket.on("say", self.heard.append)
            socket.on("ask", lambda: "answer")
            socket.on("error", lambda error: self.errors.append(f"{type(error).__name__}: {error}"))

    def heard_now(self) -> list[Any]:
        heard, self.heard[:] = list(self.heard), []
        return heard


def test_a_client_that_sends_too_much_is_refused_for_a_while() -> None:
    """A burst passes, then the rate; the listeners of "error" hear each that is refused."""

    async def main() -> None:
        world = World(rate_limit(10, burst=20))
        async with world.io.listen() as address:
            first = await Client(address.url, transports=WS).connect()
            second = await Client(address.url, transports=WS).connect()
            for number in range(30):
                first.emit("say", number)
            await asyncio.sleep(0.05)
            assert world.heard_now() == list(range(20))
            assert world.errors == ["RateLimited: 'say': more than 10 events a second"] * 10
            second.emit("say", "mine")  # each socket has a bucket of its own
            await asyncio.sleep(0.5)
            for number in range(10):
                first.emit("say", number)
            await asyncio.sleep(0.01)
            assert world.heard_now() == ["mine", 0, 1, 2, 3, 4]
            await asyncio.sleep(2)
            assert await first.emit_with_ack("ask") == "answer"
            await first.disconnect()
            await second.disconnect()

    simulate(main)


def test_a_refused_request_is_not_answered() -> None:
    """As with each middleware; the connection lives."""

    async def main() -> None:
        world = World(rate_limit(0.1, burst=1))
        async with world.io.listen() as address, Client(address.url) as client:
            assert await client.emit_with_ack("ask") == "answer"
            with pytest.raises(TimeoutError):
                await client.timeout(5).emit_with_ack("ask")
            assert client.connected and len(world.errors) == 1
            await asyncio.sleep(5)
            assert await client.emit_with_ack("ask") == "answer"

    simulate(main)


def test_one_bucket_for_all_sockets_of_a_user() -> None:
    """`by` is asked at each event, since a client may log in later."""

    async def main() -> None:
        limit = rate_limit(1, burst=3, by=lambda socket: socket.data.get("user", socket.id))
        world = World(limit)
        async with world.io.listen() as address:
            clients = [await Client(address.url, transports=WS).connect() for _ in range(3)]
            for socket, user in zip(world.sockets, ("ann", "ann", "bob"), strict=True):
                socket.data["user"] = user
            for client in clients:
                for number in range(3):
                    client.emit("say", number)
                await asyncio.sleep(0.1)
            assert world.heard_now() == [0, 1, 2, 0, 1, 2] and len(world.errors) == 3
            assert len(limit.admission) == 2
            await clients[0].disconnect()  # whoever comes again has the same bucket
            again = await Client(address.url, transports=WS).connect()
            world.sockets[-1].data["user"] = "ann"
            for number in range(3):
                again.emit("say", number)
            await asyncio.sleep(0.1)
            assert world.heard_now() == [] and len(world.errors) == 6
            for client in (*clients, again):
                await client.disconnect()

    simulate(main)


def test_whoever_sends_too_much_may_be_sent_away() -> None:
    """With its connection; whatever came with the last event is refused, too."""

    async def main() -> None:
        world = World(rate_limit(10, burst=2, disconnect=True))
        async with world.io.listen() as address:
            client = await Client(address.url, transports=WS).connect()
            for number in range(5):
                client.emit("say", number)
            reason = asyncio.get_running_loop().create_future()
            client.on("disconnect", lambda why, _: reason.set_result(why))
            assert await reason == "io server disconnect"
            assert world.heard_now() == [0, 1] and 1 <= len(world.errors) <= 3
            assert not world.io.engine.sessions

    simulate(main)


def test_a_flood_that_nobody_listens_to_is_one_line_of_the_log() -> None:
    """Until an event passes again."""

    async def main() -> None:
        told: list[Any] = []
        world = World(
            rate_limit(1, burst=1), on_error=lambda error, context: told.append((error, context))
        )
        async with world.io.listen() as address:
            client = await Client(address.url, transports=WS).connect()
            world.sockets[0].off("error")
            for _ in range(2):
                for number in range(100):
                    client.emit("say", number)
                await asyncio.sleep(5)
            assert world.heard_now() == [0, 0]
            assert [type(error) for error, _ in told] == [RateLimited, RateLimited]
            assert told[0][1]["what"] == "middleware"
            await client.disconnect()

    simulate(main)


@pytest.mark.parametrize("by", [lambda socket: [socket.id], lambda socket: 1 / 0])
def test_a_key_that_is_none_refuses_the_event(by: Any) -> None:
    """A limit that fails lets nothing through, and says why."""

    async def main() -> None:
        world = World(rate_limit(1, by=by))
        async with world.io.listen() as address, Client(address.url) as client:
            client.emit("say", 1)
            await asyncio.sleep(1)
            assert world.heard == [] and len(world.errors) == 1
            assert "by= gave" in world.errors[0] or "ZeroDivision" in world.errors[0]

    simulate(main)


def test_it_stands_among_other_middlewares_in_their_order() -> None:
    """One after it sees only what has passed; `use` returns what it was given."""

    async def main() -> None:
        io = Server()
        seen: list[Any] = []
        limit = rate_limit(1, burst=2)

        @io.on("connection")
        def connected(socket: Socket) -> None:
            assert socket.use(limit) is limit  # type: ignore[comparison-overlap]
            socket.use(lambda data: seen.append(data[0]))
            socket.on("error", lambda error: None)

        async with io.listen() as address, Client(address.url) as client:
            for number in range(5):
                client.emit(f"e{number}")
            await asyncio.sleep(0.5)
            assert seen == ["e0", "e1"]

    simulate(main)


def test_a_client_may_limit_its_server() -> None:
    """Both ends are alike."""

    async def main() -> None:
        io = Server()
        io.on("connection", lambda socket: [socket.emit("say", number) for number in range(5)])
        async with io.listen() as address:
            client, heard = Client(address.url), []
            client.use(rate_limit(1, burst=3))
            client.on("error", lambda error: None)
            client.on("say", heard.append)
            async with client:
                await asyncio.sleep(0.5)
            assert heard == [0, 1, 2]

    simulate(main)
