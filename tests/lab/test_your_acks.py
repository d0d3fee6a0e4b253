"""lab.your_acks: a learner's acknowledgements inside the library, right or wrong."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock, your_acks
from course_lib.lab.checks import swap
from course_lib.socketio import Client, Server, Socket, endpoint

from .test_your_upgrade import answer, right

ORDERS = [f"🍜 {number}" for number in range(8)]


async def talk() -> list[Any]:
    """What a client is answered by listeners that wait or fail: in time, too late, at the end."""
    io, loop = Server(on_error=lambda *_: None), asyncio.get_running_loop()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on("after")
        async def after(seconds: float, value: Any) -> Any:
            await asyncio.sleep(seconds)
            return tuple(value) if isinstance(value, list) else value

        socket.on("fails", lambda: 1 / 0)
        socket.on("fails", lambda: "말")

    async with io.listen() as address, Client(address.url) as client:
        first = asyncio.create_task(client.emit_with_ack("after", 2, "안녕"))
        await asyncio.sleep(0.1)
        said = [await client.emit_with_ack("after", 0, ["점심", 7]), client.emit("after", 0, 1)]
        said += [await client.emit_with_ack("fails"), await client.emit_with_ack("after", 0, None)]
        said.append(await first)
        began = loop.time()
        with pytest.raises(TimeoutError):
            await client.timeout(1).emit_with_ack("after", 1.5, "too late")
        said += [round(loop.time() - began, 1), await client.emit_with_ack("after", 1, "next")]
        last = asyncio.create_task(client.emit_with_ack("after", 100, "never"))
        await asyncio.sleep(1)
        await client.disconnect()
        [end] = await asyncio.gather(asyncio.wait_for(last, 3), return_exceptions=True)
    return [*said, end if isinstance(end, str) else type(end)]


SAID = [("점심", 7), None, "말", None, "안녕", 1.0, "next", ConnectionClosed]


def test_the_library_itself_answers_so() -> None:
    assert clock.simulate(talk) == SAID


@pytest.mark.parametrize("made", right("10.1", "Answers"))
def test_a_right_class_answers_as_the_library_does(made: Any) -> None:
    with swap(endpoint, Answer=your_acks.answering(made)):
        assert clock.simulate(talk) == SAID


@pytest.mark.parametrize("made", right("10.2", "Pending"))
def test_a_right_table_finds_who_has_asked(made: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It says nothing that makes no sense."""
    with swap(endpoint, Acks=your_acks.keeping(made)):
        assert clock.simulate(talk) == SAID
    assert capsys.readouterr().out == ""


def test_an_id_that_is_used_again_gives_an_answer_to_somebody_else() -> None:
    made = answer("wrong", "10.2", "late_ack_hits_next", "Pending")
    with swap(endpoint, Acks=your_acks.keeping(made)):
        assert clock.simulate(talk)[-2:] == ["too late", "next"]


def test_what_makes_no_sense_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    made = answer("wrong", "10.1", "id_of_last_request", "Answers")

    class Odd(made):  # type: ignore[misc]
        def handle(self, event: Any) -> list[Any]:
            return [*super().handle(event), ("dance",)]

    with swap(endpoint, Answer=your_acks.answering(Odd)), pytest.raises(TimeoutError):
        clock.simulate(asyncio.wait_for(talk(), 50))
    assert capsys.readouterr().out.count("✘ Your Odd says ('dance',)") == 1


async def kitchen(sender: Any, receiver: Any) -> tuple[list[str], list[str]]:
    """Which orders have an effect, and which fail, on a line that loses much."""
    io, chance, cooked = Server(), random.Random(10), list[str]()

    async def cook(order: str) -> None:
        await asyncio.sleep(chance.random())
        if chance.random() < 0.3:
            raise ValueError("the pot has boiled over")
        cooked.append(order)

    io.on(
        "connection",
        lambda socket: your_acks.receive(socket, receiver(), cook, lambda: chance.random() < 0.3),
    )
    async with io.listen() as address, Client(address.url) as client:
        sending = your_acks.Sending(client, sender(1.0, 30))
        for order in ORDERS:
            sending.say(order)
        await asyncio.sleep(200)
    return cooked, sending.failed


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [*zip(right("10.3", "Sender"), right("10.3", "Receiver"), strict=True)],
)
def test_a_right_pair_has_each_effect_once(sender: Any, receiver: Any) -> None:
    assert clock.simulate(kitchen(sender, receiver), rtt=0.8) == (ORDERS, [])


def test_without_repeats_one_loss_stops_all() -> None:
    pair = (answer("wrong", "10.3", "at_most_once", name) for name in ("Sender", "Receiver"))
    cooked, _ = clock.simulate(kitchen(*pair), rtt=0.8)
    assert len(cooked) < len(ORDERS)
