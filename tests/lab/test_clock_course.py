"""The course's own server and client on the simulated network, where every latency is exact."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import http_client, http_server, mailbox, stream
from course_lib.simulator.link import Cut
from course_lib.wire.http import http11


def now() -> float:
    """Virtual seconds."""
    return asyncio.get_running_loop().time()


def test_a_thousand_polls_take_a_round_trip_each_and_one_connection() -> None:
    """The first one connects as well, and that costs one more."""

    async def main() -> tuple[list[float], int, int]:
        latencies = []
        async with (
            http_server.serve(lambda _: http11.Response(200, body=b"[]")) as server,
            http_client.Client() as http,
        ):
            for _ in range(1000):
                asked = now()
                response = await http.get(server.url + "/poll?cursor=0")
                latencies.append(round(now() - asked, 9))
                assert response.body == b"[]"
                await asyncio.sleep(1)
            return latencies, http.connections_opened, clock.network().connections_opened

    latencies, opened, made = clock.simulate(main(), rtt=0.05)
    assert latencies == [0.1] + [0.05] * 999
    assert (opened, made) == (1, 1)


def test_a_held_answer_arrives_half_a_round_trip_after_the_message() -> None:
    """Long polling when messages are rare: RTT/2, and 25 s of nothing cost one question."""

    async def main() -> tuple[list[float], int]:
        box: mailbox.Mailbox[float] = mailbox.Mailbox()

        async def poll(request: http11.Request) -> http11.Response:
            batch = await box.take(int(request.query["cursor"]), hold=25)
            return http11.Response(200, body=f"{batch.cursor} {list(batch.messages)}".encode())

        async def write() -> None:
            for seconds in (10, 40, 3):
                await asyncio.sleep(seconds)
                box.put(now())

        latencies = []
        async with http_server.serve(poll) as server, http_client.Client() as http:
            writer = asyncio.create_task(write())
            cursor = 0
            while len(latencies) < 3:
                answer = await http.get(f"{server.url}/poll?cursor={cursor}")
                head, _, messages = answer.text().partition(" ")
                cursor = int(head)
                latencies += [
                    round(now() - float(at), 9) for at in messages[1:-1].split(", ") if at
                ]
            await writer
            return latencies, http.requests_sent

    latencies, requests = clock.simulate(main(), rtt=0.2)
    assert latencies == [0.1, 0.1, 0.1]
    assert requests == 4


def test_a_link_that_falls_silent_is_a_time_out_and_one_that_breaks_is_an_error() -> None:
    """What the client is told differs; neither hangs."""

    async def main() -> list[tuple[float, str]]:
        ends = []

        async def never(_: http11.Request) -> http11.Response:
            await asyncio.sleep(1e6)
            raise AssertionError

        async with http_server.serve(never) as server, http_client.Client(timeout=30) as http:
            for how in (Cut.RST, Cut.SILENCE):
                asked = now()
                asyncio.get_running_loop().call_later(5, clock.network().cut, how)
                with pytest.raises((ConnectionClosed, TimeoutError)) as caught:
                    await http.post(server.url + "/poll")
                ends.append((round(now() - asked, 9), caught.type.__name__))
        return ends

    assert clock.simulate(main(), rtt=0.2) == [(5.1, "ConnectionClosed"), (30.0, "TimeoutError")]


def test_the_pull_view_is_slowed_by_a_slow_reader() -> None:
    """`net.stream` on the same seam: `drain` waits while the other end does not read."""

    async def main() -> tuple[float, int]:
        done = asyncio.get_running_loop().create_future()

        async def slow(connection: stream.Stream) -> None:
            count = 0
            while data := await connection.read(65_536):
                count += len(data)
                await asyncio.sleep(1)
            done.set_result(count)

        async with (
            stream.serve(slow) as server,
            await stream.connect(server.host, server.port) as connection,
        ):
            for _ in range(50):
                connection.write(bytes(100_000))
                await connection.drain()
            finished_writing = now()
            await connection.close(grace=100)
            return finished_writing, await done

    finished_writing, count = clock.simulate(main(), rtt=0.01)
    assert count == 5_000_000
    assert finished_writing > 50  # at 64 KiB a second it is the reader who sets the pace
