"""A session that upgrades under traffic keeps order and loses nothing, whatever the fault.

`conversation` says what may happen to a session that a fault has ended.  A seed that fails is
printed with the command that replays it.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.engineio import Client, Server, Session
from course_lib.lab import clock
from tests.engineio import conversation

ROOT = Path(__file__).parents[2]
FEW, WIDE, MANY = range(36), range(36, 180), range(180, 3000)


def check(seeds: range) -> None:
    """None of these seeds finds anything."""
    for seed in seeds:
        wrong = conversation.run(seed)
        assert not wrong, "\n".join(wrong)
        if seed % 50 == 49:
            gc.collect()  # a simulation leaves its circles to the oldest generation


def test_nothing_is_lost_doubled_or_overtaken_while_a_session_upgrades() -> None:
    """Six seeds for each kind of fault."""
    check(FEW)


@pytest.mark.wide
def test_nothing_is_lost_doubled_or_overtaken_with_more_faults() -> None:
    """Two dozen for each kind."""
    check(WIDE)


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_overtaken_with_many_faults() -> None:
    """Hundreds for each kind."""
    check(MANY)


@pytest.mark.parametrize("breakage", conversation.BREAKAGES)
def test_an_upgrade_that_is_broken_is_found(breakage: str) -> None:
    """Within the seeds of wide, and long before their end."""
    assert any(conversation.run(seed, breakage) for seed in [*FEW, *WIDE])


def test_the_seeds_meet_what_they_are_there_for() -> None:
    """Each kind of fault, each way to cut, cuts within the WebSocket's connection."""
    seeds = [conversation.Seed(seed) for seed in FEW]
    assert {seed.fault for seed in seeds} == set(conversation.FAULTS)
    cuts = [seed for seed in seeds if seed.fault in ("byte", "moment")]
    assert len({seed.how for seed in cuts}) == 3
    assert {seed.direction for seed in cuts} == {"up", "down"}
    assert len({seed.connection for seed in cuts if seed.fault == "byte"}) > 1


@pytest.mark.wide
def test_a_failing_seed_is_replayed_by_the_command_that_it_prints() -> None:
    """In a fresh process: the same numbers."""
    name = next(iter(conversation.BREAKAGES))
    wrong = next(found for seed in WIDE if (found := conversation.run(seed, name)))
    words = wrong[-1].removeprefix("replay: python ").partition(" '")
    command = [sys.executable, *words[0].split(), words[2].rstrip("'")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert (done.stdout.splitlines(), done.returncode) == ("\n".join(wrong).splitlines(), 1)


async def _upgrades(clients: int, a_second: float, seconds: float) -> None:
    """So many sessions upgrade, one after the other, while both ends of each talk all the time."""
    engine = Server()
    heard: dict[str, list[int]] = {}
    upgraded: list[str] = []
    count = round(a_second * seconds)

    async def talk(end: Session | Client) -> None:
        for number in range(count):
            end.send(str(number))
            await asyncio.sleep(1 / a_second)

    @engine.on("connection")
    async def connected(session: Session) -> None:
        mine = heard[f"server {session.id}"] = []
        session.on("message", lambda text: mine.append(int(text)))
        session.on("upgrade", lambda _: upgraded.append(session.id))
        await talk(session)

    async def one(url: str) -> None:
        client = Client(url)
        mine: list[int] = []
        client.on("message", lambda text: mine.append(int(text)))
        async with client:
            heard[f"client {client.id}"] = mine
            await talk(client)
            await asyncio.sleep(2.0)

    async with engine.listen() as listening:
        await asyncio.gather(*[one(listening.url) for _ in range(clients)])
    assert len(upgraded) == clients
    assert list(heard.values()) == [list(range(count))] * (2 * clients)


@pytest.mark.parametrize(
    "clients", [5, pytest.param(200, marks=pytest.mark.wide, id="200, as in U6")]
)
def test_a_stream_of_events_passes_through_upgrades_unharmed(clients: int) -> None:
    """U6: 500 events a second both ways, exact sequence."""
    clock.simulate(lambda: _upgrades(clients, 500, 1.0), rtt=0.08, jitter=0.02, max_steps=10**7)
