"""All transports under one set of conditions: exact where simulated, honest where real."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import compare, models, sequence
from course_lib.lab.runs import Run

ROOT = Path(__file__).parents[3]


def compared(*args: Any, **wishes: Any) -> compare.Comparison:
    return asyncio.run(compare.compare(*args, **wishes))


@pytest.fixture(scope="module")
def usual() -> compare.Comparison:
    """200 messages for two readers, with a bet."""
    return compared(count=200, rate=2.0, clients=2, bet={"short polling": 0.3}, seed=7)


def test_each_transport_has_a_run_in_the_order_of_the_course(usual: compare.Comparison) -> None:
    """Everything arrives, whatever carries it, from the same schedule."""
    assert [run.details["name"] for run in usual.runs] == list(compare.TRANSPORTS)
    assert [run.label for run in usual.runs] == ["short polling, 1 s", "long polling", "WebSocket"]
    assert [(run.delivered, run.lost) for run in usual.runs] == [(400, 0)] * 3
    dues = [[delivery.due for delivery in run.deliveries] for run in usual.runs]
    assert dues[0] == dues[1] == dues[2]
    assert {len(delivery.payload) for run in usual.runs for delivery in run.deliveries} == {32}


def test_latency_is_what_the_models_say(usual: compare.Comparison) -> None:
    """Short polling waits, long polling has a gap, WebSocket has neither."""
    short, long, pushed = usual.runs
    for run in usual.runs:
        model = models.of(run)
        assert model is not None
        assert run.median == pytest.approx(model.median, rel=0.1)
    assert max(pushed.latencies) == pytest.approx(0.025)
    assert max(long.latencies) == pytest.approx(0.075, abs=0.005)
    assert max(short.latencies) == pytest.approx(1.025, abs=0.02)


def test_handshakes_are_counted(usual: compare.Comparison) -> None:
    """A WebSocket's one request, and its bytes; frames are no requests."""
    short, long, pushed = usual.runs
    assert (pushed.requests, pushed.connections, pushed.frames) == (2, 2, 400)
    assert pushed.setup_bytes > 2 * 290
    assert pushed.bytes_up + pushed.bytes_down > pushed.setup_bytes + pushed.payload_bytes
    assert pushed.frames_per_message == 1
    assert short.frames == long.frames == 0
    assert pushed.bytes_per_message < short.bytes_per_message < long.bytes_per_message
    assert short.requests_per_message < 1 < long.requests_per_message + 0.2


def test_table_csv_and_figure_say_the_same(usual: compare.Comparison, tmp_path: Path) -> None:
    """One row for each run; the bet stands in the figure under the run's own label."""
    rows = usual.table()
    read = list(csv.DictReader(io.StringIO(usual.write_csv(tmp_path / "t.csv").read_text("utf-8"))))
    assert [row["run"] for row in read] == [row["run"] for row in rows]
    assert [int(row["bytes_up"]) for row in read] == [row["bytes_up"] for row in rows]
    assert {row["cpu_per_message_s"] for row in read} == {""}
    assert usual.bet_by_label == {"short polling, 1 s": 0.3}
    assert usual.write_png(tmp_path / "f.png").read_bytes()[:4] == b"\x89PNG"
    assert [row["run"] for row in usual.figure().data] == [row["run"] for row in rows]


def test_processor_time_is_none_where_it_would_be_the_simulators(
    usual: compare.Comparison,
) -> None:
    """Nobody's bill."""
    assert all(run.cpu_seconds is None and run.cpu_per_message is None for run in usual.runs)


@pytest.mark.parametrize("name", compare.TRANSPORTS)
@pytest.mark.parametrize("number", [1, 2, 57, 200])
def test_the_diagram_of_any_message(usual: compare.Comparison, name: str, number: int) -> None:
    """What it waited for, and what brought it, at the times of the run."""
    run = usual.run(name)
    for receiver in ("reader 0", "reader 1"):
        diagram = usual.message(name, number, receiver)
        delivery = [one for one in run.deliveries if one.receiver == receiver][number - 1]
        assert delivery.arrived is not None
        *before, answer = [arrow.message for arrow in diagram.arrows]
        assert f'"#{number} '.encode() in answer.data
        assert answer.arrived_at == pytest.approx(run.began + delivery.arrived)
        assert diagram.marks[0].at == pytest.approx(run.began + delivery.due)
        assert diagram.stop == answer.arrived_at
        first_half = name == "long polling" and delivery.latency > 0.0501  # of the gap
        waited_for = [] if name == "WebSocket" else ["down", "up"] if first_half else ["up"]
        assert [one.direction for one in before] == waited_for
        if first_half:
            assert before[0].at <= diagram.marks[0].at < before[0].arrived_at
            assert diagram.start == before[0].at
        if name == "long polling":  # held, or it came while the next request was on its way
            held = [hold.stop for hold in diagram.holds]
            assert held == [answer.began_at] * (delivery.latency == pytest.approx(0.025))


def test_each_reader_has_a_connection_of_its_own_in_the_diagrams(
    usual: compare.Comparison,
) -> None:
    """The same reader the same connection, in every message."""
    of = {
        (receiver, usual.message("WebSocket", number, receiver).arrows[0].message.connection)
        for receiver in ("reader 0", "reader 1")
        for number in range(1, 201, 20)
    }
    assert len(of) == 2


def test_a_message_s_diagram_can_be_drawn_and_read(usual: compare.Comparison) -> None:
    """`plots.sequence`, and the ordered list."""
    diagram = usual.message("long polling", 3)
    assert sequence.plot(diagram).png[:4] == b"\x89PNG"
    lines = diagram.lines()
    assert any(line.endswith("server has the message") for line in lines)
    assert any("GET /messages?since=" in line for line in lines)
    assert diagram.name == "long polling, message 3"


def test_what_has_no_diagram_says_why() -> None:
    """No recording, no such message, no such run, a recording that was full, a lost one."""
    bare = compared(["WebSocket"], count=3, record=False)
    with pytest.raises(LocalError, match="nothing was recorded"):
        bare.message("WebSocket", 1)
    done = compared(["long polling", "WebSocket"], count=3)
    with pytest.raises(LocalError, match="messages of WebSocket are 1 to 3: 4"):
        done.message("WebSocket", 4)
    with pytest.raises(LocalError, match="no run 'pigeons'; there are long polling, WebSocket"):
        done.message("pigeons", 1)
    with pytest.raises(LocalError, match="no receiver 'reader 9'"):
        done.message("WebSocket", 1, "reader 9")
    long = done.run("long polling")
    assert long.recording is not None
    long.recording.events.clear()
    long.recording.limit = 0
    with pytest.raises(LocalError, match="The recording was full before"):
        sequence.of_message(long, 2)
    long.deliveries[0].arrived = None
    with pytest.raises(LocalError, match="message 1 of long polling never arrived"):
        sequence.of_message(long, 1)


def test_a_recording_has_a_bound() -> None:
    """Ten minutes of fifty clients leave no more than the limit."""
    done = compared(["short polling"], clients=50, duration=120.0)
    recording = done.runs[0].recording
    assert recording is not None
    assert recording.full
    assert recording.size <= recording.limit == 2_000_000
    assert done.runs[0].delivered == len(done.runs[0].deliveries)  # what is measured is whole


def test_later_transports_join_with_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are compared by default, and their names are found in any case."""
    monkeypatch.setattr(
        "course_lib.lab._compare.transports.TRANSPORTS", known := dict(compare.TRANSPORTS)
    )
    compare.register("Eager polling", lambda interval: compare.short_polling(interval / 10))
    with pytest.raises(LocalError, match="there is a transport 'WebSocket' already"):
        compare.register("WebSocket", lambda interval: compare.websocket())
    assert list(known)[-1] == "Eager polling"
    done = compared(["eager-POLLING", "web socket"[:3] + "socket"], count=3, interval=2.0)
    assert [run.label for run in done.runs] == ["short polling, 0.2 s", "WebSocket"]
    assert len(compared(count=2).runs) == 4


def test_transports_of_ones_own_are_compared_too() -> None:
    """Given as they are; the same name twice could not be told apart."""
    mine = [compare.short_polling(0.25), compare.short_polling(0.25, pause=True)]
    done = compared(mine, count=20)
    assert [run.details["name"] for run in done.runs] == [one.name for one in mine]
    with pytest.raises(LocalError, match="is there twice"):
        compared([mine[0], mine[0]], count=20)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"rate": 0}, "rate is a number of messages a second above zero: 0"),
        ({"rate": math.nan}, "rate"),
        ({"rtt": -1.0}, "rtt is a number of seconds, zero or more: -1.0"),
        ({"jitter": math.inf}, "jitter"),
        ({"bandwidth": 0}, "bandwidth"),
        ({"interval": 0}, "interval"),
        ({"duration": 0}, "duration"),
        ({"clients": 0}, "clients are 1 to 2000: 0"),
        ({"count": 0}, "count is 1 message or more: 0"),
        ({"size": 3}, "size is 4 bytes or more, for messages are told apart"),
        ({"clients": 2000, "rate": 100.0}, "more than 1,000,000 deliveries"),
        ({"rate": 0.0001}, "no message falls into 30 s at 0.0001 a second"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_measured(
    wishes: dict[str, Any], said: str
) -> None:
    """In a sentence that says what would."""
    with pytest.raises(LocalError) as caught:
        compared(**wishes)
    assert said in str(caught.value)


def test_the_link_s_conditions_are_felt() -> None:
    """Jitter spreads, and bandwidth holds up."""
    even, jittered, narrow = (
        compared(["WebSocket"], count=50, size=1000, **more).runs[0]
        for more in ({}, {"jitter": 0.1}, {"bandwidth": 5000.0})
    )
    assert max(even.latencies) == pytest.approx(0.025)
    assert 0.05 < max(jittered.latencies) < 0.3
    assert min(narrow.latencies) >= 0.025 + 1000 / 5000
    assert even.bytes_down == narrow.bytes_down


FINGERPRINT = """
import asyncio, hashlib, json
from course_lib.lab import compare
async def main():
    wishes = dict(count=60, rate=4.0, clients=3, jitter=0.03, bandwidth=20_000.0, seed={seed})
    done = await compare.compare(**wishes)
    facts = [done.csv_text()]
    for run in done.runs:
        facts += [repr(run), repr(run.recording.rows()), repr(done.message(run, 9).lines())]
    print(hashlib.sha256("".join(facts).encode()).hexdigest())
asyncio.run(main())
"""


def test_the_same_seed_gives_the_same_comparison_in_every_process() -> None:
    """To the last byte of the recordings, under two hash seeds; another seed gives another."""

    def fingerprint(seed: int, hashes: str) -> str:
        answer = subprocess.run(
            [sys.executable, "-c", FINGERPRINT.format(seed=seed)],
            env=os.environ | {"PYTHONHASHSEED": hashes},
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return answer.stdout

    first = fingerprint(5, "0")
    assert len(first.strip()) == len(hashlib.sha256().hexdigest())
    assert fingerprint(5, "4711") == first
    assert fingerprint(6, "0") != first


async def test_the_caller_s_loop_has_its_turns_while_it_is_simulated() -> None:
    """A widget hears how it goes, and is drawn in between; nothing is different for it."""
    turns = 0
    told: list[tuple[str, int]] = []

    async def widget() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    wishes: Any = {"count": 1000, "clients": 10, "rate": 5.0}
    task = asyncio.create_task(widget())
    done = await compare.compare(**wishes, progress=lambda n, run: told.append((n, run.delivered)))
    task.cancel()
    assert list(dict.fromkeys(name for name, _ in told)) == list(compare.TRANSPORTS)
    assert turns > 10
    for name in compare.TRANSPORTS:
        counts = [delivered for said, delivered in told if said == name]
        assert counts == sorted(counts)
        assert counts[-1] == 10_000
        assert len(counts) > 1
    alone = await compare.compare(**wishes)
    assert alone.csv_text() == done.csv_text()


@pytest.fixture
def real() -> Iterator[tuple[compare.Comparison, list[tuple[str, Run]]]]:
    told: list[tuple[str, Run]] = []
    done = compared(
        ["short polling", "WebSocket"],
        simulated=False,
        rate=40.0,
        duration=0.8,
        clients=3,
        rtt=0.02,
        interval=0.1,
        progress=lambda name, run: told.append((name, run)),
    )
    yield done, told


def test_on_real_sockets_there_is_work_to_be_paid(
    real: tuple[compare.Comparison, list[tuple[str, Run]]],
) -> None:
    """Live figures, processor time, and any message's diagram with the proxy between the ends."""
    done, told = real
    short, pushed = done.runs
    assert pushed.median < short.median
    for run in done.runs:
        assert run.lost == 0
        assert run.cpu_per_message is not None
        assert 0 < run.cpu_seconds < run.duration + 0.1  # type: ignore[operator]
        assert run.latencies and min(run.latencies) >= 0.0095
        diagram = done.message(run, 5)
        assert diagram.arrows[-1].message.delay == pytest.approx(0.01, abs=0.5)
    live = [run for name, run in told if name == "WebSocket"]
    assert len(live) >= 3
    assert [run.delivered for run in live] == sorted(run.delivered for run in live)
    assert live[0].cpu_seconds is None  # while it runs nobody knows


def test_a_comparison_can_be_cancelled() -> None:
    """Everything is closed."""

    async def main() -> bool:
        task = asyncio.create_task(compare.compare(simulated=False, duration=60.0, clients=3))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks()) == 1

    assert asyncio.run(main())


def test_settings_go_with_the_result(usual: compare.Comparison) -> None:
    """All that is needed to do it again."""
    how = usual.settings
    assert (how.count, how.rate, how.clients, how.seed, how.rtt) == (200, 2.0, 2, 7, 0.05)
    assert json.dumps(repr(usual)) == (
        '"<Comparison of short polling, 1 s, long polling, WebSocket>"'
    )


@pytest.mark.parametrize("name", compare.TRANSPORTS)
def test_forty_clients_for_a_minute_get_every_message(name: str) -> None:
    """How long that takes: `make bench`."""
    run = compared([name], clients=40, duration=60.0, record=False).runs[0]
    assert run.delivered == len(run.deliveries) > 1600


@pytest.mark.slow
@pytest.mark.parametrize("name", compare.TRANSPORTS)
def test_two_hundred_clients_for_ten_minutes_get_every_message(name: str) -> None:
    """The real server's code, under the virtual clock; 120,000 polls of one second each."""
    run = compared([name], clients=200, duration=600.0, record=False).runs[0]
    assert run.delivered == len(run.deliveries) > 100_000
