"""How the cost of a broadcast grows: with receivers, with rooms, and in memory.

    python -m tests.bench.bench_broadcast          the figures
    python -m tests.bench.bench_broadcast docs     also as docs/broadcast.md, .csv and .png

    receivers   io.emit(...) to 10 ... 5,000 sockets, 32 bytes and 16 KiB
    existing    io.to("room").emit(...) to 10 sockets, while 1 ... 10,000 rooms exist
    named       io.to([...]).emit(...) that names 1 ... 10,000 rooms; 1,000 sockets get it once each
    memory      1,000 ... 10,000 sockets: in no room of their own choice, in ten rooms that all
                share, in ten rooms of its own each

One process with the whole server: HTTP, the upgrade, WebSocket, Engine.IO, Socket.IO.  In place of
the system's sockets are transports that count the bytes that are written to them and keep none, so
that the kernel's part is not measured: about 10 µs for each receiver.  CPU time of this process,
the median of several rounds; memory is what the system reports for it, the transports included.
"""

from __future__ import annotations

import asyncio
import csv
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from course_lib.socketio import Server, Socket

from .bench_engineio import HEAD, UPGRADE
from .bench_websocket import frame

DOCS = Path(__file__).parents[2] / "docs"
RECEIVERS = (10, 50, 100, 500, 1_000, 2_000, 5_000)
SIZES = (32, 16 * 1024)
ROOMS = (1, 10, 100, 1_000, 10_000)
MEMORY = (1_000, 2_000, 4_000, 6_000, 8_000, 10_000)
SERIES = ("none", "shared", "own")
ROUNDS = 7
Row = tuple[str, str, int, float]  # what, which, how many, µs or MiB


class Wire(asyncio.Transport):
    """A transport that counts what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 3000)})
        self.written = 0
        self.protocol: Any = None

    def write(self, data: Any) -> None:
        self.written += len(data)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def is_reading(self) -> bool:
        return True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        pass

    abort = close


class World:
    """A server, and as many sockets as asked for."""

    def __init__(self, io: Server, listening: Any) -> None:
        self.io, self.listening = io, listening
        self.wires: list[Wire] = []
        self.sockets: list[Socket] = []
        io.on("connection", self.sockets.append)

    def grow(self, count: int) -> None:
        """Let clients come until there are so many."""
        head = HEAD.replace("/engine.io/", "/socket.io/")
        knock = head.format("GET", "websocket", "", 3000, UPGRADE).encode()
        joins = frame(b"40", 0x81)
        while len(self.sockets) < count:
            wire = Wire()
            wire.protocol = self.listening._protocol()
            wire.protocol.connection_made(wire)
            wire.protocol.data_received(knock)
            wire.protocol.data_received(joins)
            self.wires.append(wire)

    @property
    def written(self) -> int:
        return sum(wire.written for wire in self.wires)


def cost(world: World, emit: Callable[[], None], receivers: int, size: int) -> float:
    """µs of CPU for one emit.  Each receiver must have got each event."""
    times = max(3, 40_000 // receivers // (1 if size < 1000 else 4))
    figures = []
    for round_ in range(ROUNDS + 1):
        before, start = world.written, time.process_time()
        for _ in range(times):
            emit()
        used = time.process_time() - start
        assert world.written - before >= times * receivers * size
        if round_:  # the first one warms
            figures.append(used / times * 1e6)
    return statistics.median(figures)


async def world_of(measure: Callable[[World], Iterable[Row]]) -> list[Row]:
    """Run a measurement with a server that nothing else disturbs."""
    io = Server(ping_interval=10_000, ping_timeout=10_000)
    async with io.listen() as listening:
        world = World(io, listening)
        gc.collect()
        gc.disable()
        try:
            return list(measure(world))
        finally:
            gc.enable()
            io.engine.sessions.clear()  # nobody hears a goodbye
            io.sockets.sockets.clear()


def receivers(world: World) -> Iterable[Row]:
    for count in RECEIVERS:
        world.grow(count)
        for size in SIZES:
            text = "x" * size
            used = cost(world, lambda text=text: world.io.emit("news", text), count, size)
            yield "receivers", f"{size} bytes", count, used


def existing(world: World) -> Iterable[Row]:
    world.grow(1_010)
    for socket in world.sockets[:10]:
        socket.join("room")
    for count in ROOMS:
        for number in range(count - 1):
            world.sockets[10 + number % 1_000].join(f"other {number}")
        used = cost(world, lambda: world.io.to("room").emit("news", "x" * 32), 10, 32)
        yield "rooms", "existing", count, used


def named(world: World) -> Iterable[Row]:
    world.grow(1_000)
    for count in ROOMS:
        rooms = [f"{count}/{number}" for number in range(count)]
        for number in range(max(count, 1_000)):
            world.sockets[number % 1_000].join(rooms[number % count])
        emit = lambda rooms=rooms: world.io.to(rooms).emit("news", "x" * 32)  # noqa: E731
        yield "rooms", "named", count, cost(world, emit, 1_000, 32)
        world.io.sockets_leave(rooms)


def memory(world: World, series: str) -> Iterable[Row]:
    world.grow(100)  # what is made once
    before = resident()
    for count in MEMORY:
        done = len(world.sockets)
        world.grow(count)
        for number, socket in enumerate(world.sockets[done:], done):
            if series == "shared":
                socket.join([f"room {room}" for room in range(10)])
            elif series == "own":
                socket.join([f"room {number} {room}" for room in range(10)])
        gc.collect()
        yield "memory", series, count, (resident() - before) / 2**20


def resident() -> int:
    """Bytes that the system has given to this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def in_a_process_of_its_own(what: str) -> list[Row]:
    command = [sys.executable, "-m", "tests.bench.bench_broadcast", "measure", what]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = csv.reader(out.splitlines())
    return [(kind, which, int(count), float(value)) for kind, which, count, value in rows]


MEASURES: dict[str, Callable[[World], Iterable[Row]]] = {
    "receivers": receivers,
    "existing": existing,
    "named": named,
    **{
        f"memory-{series}": (lambda world, series=series: memory(world, series))
        for series in SERIES
    },
}


def per(row: Row) -> str:
    """The same for one receiver or socket."""
    kind, which, count, value = row
    if kind == "memory":
        return f"{value * 1024 / count:.1f} KiB for each socket"
    receivers = count if kind == "receivers" else 10 if which == "existing" else 1_000
    return f"{value / receivers:.2f} µs for each receiver"


def main(*arguments: str) -> None:
    rows: list[Row] = []
    for what in MEASURES:
        for row in in_a_process_of_its_own(what):
            rows.append(row)
            kind, which, count, value = row
            unit = "MiB" if kind == "memory" else "µs"
            print(f"{kind:>10} {which:>12} {count:>7,} {value:>10,.1f} {unit}  {per(row)}")
    if "docs" in arguments:
        from . import broadcast_figure  # which needs matplotlib

        broadcast_figure.write(rows, DOCS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        csv.writer(sys.stdout).writerows(asyncio.run(world_of(MEASURES[sys.argv[2]])))
    else:
        main(*sys.argv[1:])
