"""A session that upgrades under traffic, with a fault at some moment; a seed decides all of it.

    python -m tests.engineio.conversation SEED [BREAKAGE]      replays one run, and shows it

Both ends send numbered messages, before, while and after the session changes its transport.
Whatever happens, what an end hears is a beginning of what the other has sent: nothing is lost
before something that came, nothing comes twice, nothing is overtaken.  And

    no fault, or a stall that is short    everything arrives, and the session lives
    the client or the server closes       everything that this end sent before arrives
    a cut or a silence                    the session may end, then at both ends; if it lives,
                                          everything arrives
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from course_lib.engineio import Client, Server, Session, client_polling, probe
from course_lib.engineio.websocket import WebSocket
from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.simulator.link import Conditions, Cut
from course_lib.wire.engineio import upgrade

FAULTS = ("none", "byte", "moment", "stall", "client closes", "server closes")
MESSAGES = 60  # from each end, if the session lives
PATIENCE = 120.0  # virtual seconds after which everything has arrived, or never will


@dataclass
class Seed:
    """What a seed has drawn."""

    seed: int
    fault: str = ""
    when: float = 0.0  # of the fault, in seconds after the beginning
    how: Cut = Cut.RST
    direction: str = "both"
    connection: int = 1  # the connection to cut, in the order of opening
    count: int = 0  # bytes that it carries before
    pace: float = 0.01  # seconds between two messages, on average
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        self.fault = FAULTS[self.seed % len(FAULTS)]
        self.conditions = Conditions(
            rtt=chance.choice([0.0, 0.004, 0.05, 0.2]), jitter=chance.choice([0.0, 0.0, 0.03])
        )
        if chance.random() < 0.2:
            self.conditions.bandwidth = 200_000.0
        self.pace = chance.choice([0.0005, 0.004, 0.02])
        whole = 6 * self.conditions.rtt + 0.15  # the upgrade is in the middle of it
        self.when = chance.uniform(0, whole)
        self.how = chance.choice(list(Cut))
        self.direction = chance.choice(["up", "down"])
        self.connection = chance.randrange(1, 4)
        self.count = chance.choice([chance.randrange(40), chance.randrange(1500)])

    def __str__(self) -> str:
        what = {
            "byte": f"{self.how.name} of connection {self.connection} after {self.count} bytes "
            f"{self.direction}",
            "moment": f"{self.how.name} {self.direction} after {self.when:.3f} s",
        }.get(self.fault, f"{self.fault}, after {self.when:.3f} s")
        return f"seed {self.seed}: {what}; {self.conditions}, a message in {self.pace} s"


class End:
    """What one end has sent and heard."""

    def __init__(self, name: str, chance: random.Random, send: Callable[[Any], None]) -> None:
        self.name, self.chance, self._send = name, chance, send
        self.sent = 0
        self.heard: list[int] = []
        self.ended: str | None = None
        self.task: asyncio.Task[None] | None = None

    async def talk(self, pace: float) -> None:
        """Send numbered messages, some at once and some after a while."""
        for _ in range(MESSAGES):
            text = f"{self.sent} " + "x" * self.chance.choice([0, 1, 10, 3000])
            try:
                self._send(text.encode() if self.chance.random() < 0.2 else text)
            except ConnectionClosed:
                return
            self.sent += 1
            if self.chance.random() < 0.6:
                await asyncio.sleep(self.chance.expovariate(1 / pace))

    def hear(self, message: str | bytes) -> None:
        self.heard.append(int(message.split()[0]))

    def end(self, reason: str, description: object = "") -> None:
        self.ended = f"{reason}: {description}"

    def __str__(self) -> str:
        return f"{self.name} sent {self.sent}, heard {self.heard}, ended: {self.ended}"


async def converse(seed: Seed) -> list[str]:
    """Run it.  Returns what is wrong: nothing, if all is well."""
    network = clock.network()
    chance = random.Random(f"traffic {seed.seed}")
    engine = Server(ping_interval=3.0, ping_timeout=2.0, upgrade_timeout=4.0, close_timeout=5.0)
    ends: list[End] = []
    sessions: list[Session] = []

    @engine.on("connection")
    def connected(session: Session) -> None:
        end = End("server", chance, session.send)
        ends.append(end)
        sessions.append(session)
        session.on("message", end.hear)
        session.on("close", end.end)
        end.task = asyncio.create_task(end.talk(seed.pace))

    async with engine.listen() as listening:
        if seed.fault == "byte":
            _cut_at_byte(network, seed)
        client = Client(listening.url, upgrade_timeout=4.0, connect_timeout=20.0)
        us = End("client", chance, client.send)
        client.on("message", us.hear)
        client.on("close", us.end)
        fault = asyncio.create_task(_fault(network, seed, client, sessions))
        try:
            await client.connect()
        except Exception as error:
            us.end("no session", repr(error))
        else:
            await us.talk(seed.pace)
        await asyncio.wait([fault])
        server = ends[0] if ends else None
        wrong = await _judge(seed, us, server)
        await client.close()
        tasks = [end.task for end in ends if end.task is not None]
        if tasks:
            await asyncio.wait(tasks)
    if engine.sessions:
        wrong.append(f"sessions are left: {engine.sessions}")
    await asyncio.sleep(60)  # for what the client does in the background
    left = [one for one in network.open.values() if one.bytes_up and one.closed_at is None]
    if left and seed.how is not Cut.SILENCE:
        wrong.append(f"connections are left: {left}")
    return [f"{seed}", f"{us}", f"{server}", *wrong] if wrong else []


def _cut_at_byte(network: Any, seed: Seed) -> None:
    connect = network.connect

    async def counted(address: Any) -> Any:
        if network.connections_opened + 1 == seed.connection:
            network.cut_after(seed.count, seed.direction, seed.how)
        return await connect(address)

    network.connect = counted


async def _fault(network: Any, seed: Seed, client: Client, sessions: list[Session]) -> None:
    await asyncio.sleep(seed.when)
    if seed.fault == "moment":
        network.cut(seed.how, seed.direction)
    elif seed.fault == "stall":
        network.conditions.stalled = True
        await asyncio.sleep(1.0)  # shorter than any deadline
        network.conditions.stalled = False
    elif seed.fault == "client closes" and client.state == "open":
        await client.close()
    elif seed.fault == "server closes" and sessions:
        sessions[0].close()


async def _judge(seed: Seed, us: End, server: End | None) -> list[str]:
    """Wait until everything has arrived or a session has ended; then compare."""
    if server is None:
        return [] if us.ended and seed.fault in ("byte", "moment") else ["there was no session"]
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        arrived = len(us.heard) == len(server.heard) == MESSAGES
        if (us.ended and server.ended) or (arrived and not (us.ended or server.ended)):
            break
        await asyncio.sleep(0.1)
    # Whatever would come twice has come, and an end that was told nothing has found the silence.
    await asyncio.sleep(10.0)
    wrong = [
        f"the {end.name} did not hear a beginning of what was sent"
        for end, other in ((us, server), (server, us))
        if end.heard != list(range(len(end.heard))) or len(end.heard) > other.sent
    ]
    if bool(us.ended) is not bool(server.ended):
        wrong.append("the session has ended at one end only")
    if seed.fault in ("none", "stall") and (us.ended or server.ended):
        wrong.append("the session has ended without a reason")
    if not us.ended and not server.ended:
        for end, other in ((us, server), (server, us)):
            if len(end.heard) != other.sent:
                wrong.append(f"the {end.name} did not hear everything")
    if seed.fault == "client closes" and len(server.heard) != us.sent:
        wrong.append("the server did not hear what was sent before the client closed")
    if seed.fault == "server closes" and len(us.heard) != server.sent:
        wrong.append("the client did not hear what was sent before the server closed")
    return wrong


# What the check must find: an upgrade that is broken.


def _switch_on_probe(self: probe.Probe, message: str | bytes) -> None:
    """The server changes the transport when the probe comes, not when `5` does."""
    if self._upgrade.move(str(message)) == upgrade.PROBED:
        self._link.send_nowait("3probe")
        self._release()
        self._stop()
        self.session.change(WebSocket(self.session, self._link))


def _forgetful_change(change: Callable[..., None]) -> Callable[..., None]:
    """The server drops what waits for a poll when `5` comes."""

    def forgetful(self: Session, transport: WebSocket) -> None:
        self._take_queue()
        change(self, transport)

    return forgetful


async def _impatient_pause(self: client_polling.Polling) -> list[str | bytes]:
    """The client does not wait for the requests that are under way."""
    self._paused = True
    queue, self._queue = self._queue, []
    return queue


BREAKAGES: dict[str, tuple[type, str, Any]] = {
    "switches on 2probe": (probe.Probe, "_message", _switch_on_probe),
    "drops the queue at 5": (Session, "change", _forgetful_change(Session.change)),
    "sends 5 without pausing": (client_polling.Polling, "pause", _impatient_pause),
}


@contextlib.contextmanager
def broken(breakage: str | None) -> Iterator[None]:
    """The library with one mistake; None: as it is."""
    with contextlib.ExitStack() as stack:
        if breakage is not None:
            stack.enter_context(mock.patch.object(*BREAKAGES[breakage]))
        yield


class _Log(logging.Handler):
    """Collects warnings and errors; there should be none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def __enter__(self) -> None:
        logging.getLogger("course_lib").addHandler(self)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("course_lib").removeHandler(self)


def run(seed: int, breakage: str | None = None) -> list[str]:
    """One run: what is wrong, and how to replay it."""
    drawn = Seed(seed)
    log = _Log()
    with broken(breakage), log:
        try:
            wrong = clock.simulate(
                lambda: converse(drawn), seed=seed, conditions=drawn.conditions, strict=True
            )
        except Exception as error:
            wrong = [str(drawn), repr(error), *map(repr, getattr(error, "exceptions", ()))]
    if wrong or log.lines:
        wrong = [*(wrong or [str(drawn)]), *log.lines]
        name = f" '{breakage}'" if breakage else ""
        wrong.append(f"replay: python -m tests.engineio.conversation {seed}{name}")
    return wrong


if __name__ == "__main__":
    found = run(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
    print("\n".join(found) or f"{Seed(int(sys.argv[1]))}\nall is well")
    sys.exit(bool(found))
