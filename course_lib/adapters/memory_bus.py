"""A bus in memory: several servers in one process, and every trouble that an engine can make.

    engine = Engine(delay=0.01, jitter=0.05, loss=0.1, seed=1)
    a, b = engine.bus(), engine.bus()              one for each server
    Server(adapter=cluster(a))  Server(adapter=cluster(b))

    a.cut()  a.heal(missed=…)     its connection is lost, and back
    a.fails  a.hangs              a number of publishes that raise, or that never end
    a.takes                       seconds for a publish
    engine.split(a, b)            those named and the others do not hear each other; nobody is told
    a.garbage(b"\\x80")            bytes on the bus that are no message

Lesson 16.  Builds on: `bus`, wire.socketio.msgpack.  Used by: tests and lessons.
New here: whatever is late stays in the order of its sender, as in all engines; messages of two
senders may change places.
Left out: other processes.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from ..wire.socketio import msgpack
from .bus import Kind, Message, Node


class Engine:
    """What carries the messages.  Seconds; `loss` is a share of 1."""

    def __init__(
        self,
        *,
        delay: float = 0.0,
        jitter: float = 0.0,
        loss: float = 0.0,
        offsets: bool = False,
        seed: object = 0,
    ) -> None:
        self.delay, self.jitter, self.loss, self.offsets = delay, jitter, loss, offsets
        self.buses: list[MemoryBus] = []
        self.published = 0
        self._random = random.Random(f"memory bus/{seed}")
        self._ways: dict[tuple[int, int], float] = {}  # when the last message comes by this way
        self._apart: tuple[MemoryBus, ...] = ()

    def bus(self) -> MemoryBus:
        """One more connection to it."""
        bus = MemoryBus(self)
        self.buses.append(bus)
        return bus

    def split(self, *apart: MemoryBus) -> None:
        """Let these hear each other only; of none: everybody hears everybody."""
        self._apart = apart

    def reaches(self, sender: MemoryBus) -> list[MemoryBus]:
        """Those who hear it."""
        side = sender in self._apart
        return [bus for bus in self.buses if not bus.is_cut and (bus in self._apart) == side]

    def carry(self, sender: MemoryBus, encoded: bytes, offset: str | None) -> None:
        """Give bytes to all who hear the sender, itself included."""
        loop = asyncio.get_running_loop()
        for bus in self.reaches(sender):
            if bus is not sender and self._random.random() < self.loss:
                continue
            way = sender.number, bus.number
            due = loop.time() + self.delay + self._random.uniform(0, self.jitter)
            self._ways[way] = due = max(due, self._ways.get(way, 0.0))
            bus.arrive_at(due, encoded, offset)


class MemoryBus:
    """One process's connection to an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.offsets = engine.offsets
        self.number = len(engine.buses)
        self.is_cut = False
        self.fails = self.hangs = 0
        self.takes = 0.0
        self._nodes: list[Node] = []
        self._ids = 0
        self._arriving: list[tuple[float, bytes, str | None]] = []

    def new_id(self) -> str:
        """Of this bus, and no other."""
        self._ids += 1
        return f"{self.number}-{self._ids}"

    def encode(self, message: Message) -> bytes:
        """msgpack."""
        said: dict[str, Any] = {"type": int(message.kind), "nsp": message.nsp}
        said |= {"uid": message.uid, "data": message.data, "to": message.to}
        return msgpack.encode(said)

    async def publish(self, message: Message, encoded: bytes) -> str | None:
        """Send it to all."""
        if self.is_cut:
            raise ConnectionError("no connection to the engine")
        if self.takes:
            await asyncio.sleep(self.takes)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the engine has refused it")
        if self.hangs:
            self.hangs -= 1
            await asyncio.Event().wait()
        self.engine.published += 1
        offset = f"{self.engine.published}-0" if self.offsets else None
        self.engine.carry(self, encoded, offset)
        return offset

    async def count(self, name: str) -> int:
        """The nodes of a namespace that are heard from here."""
        if self.is_cut:
            raise ConnectionError("no connection to the engine")
        buses = self.engine.reaches(self)
        return sum(node.name == name for bus in buses for node in bus._nodes)

    def subscribe(self, node: Node) -> None:
        """Give it messages."""
        self._nodes.append(node)
        if self.is_cut:
            node.down(ConnectionError("no connection to the engine"))

    def unsubscribe(self, node: Node) -> None:
        """Give it no more."""
        self._nodes.remove(node)

    def cut(self) -> None:
        """Lose the connection: what is published meanwhile never comes here."""
        self.is_cut = True
        self._arriving.clear()
        for node in list(self._nodes):
            node.down(ConnectionError("no connection to the engine"))

    def heal(self, *, missed: bool = True) -> None:
        """Have it again."""
        self.is_cut = False
        for node in list(self._nodes):
            node.up(missed=missed)

    def die(self) -> None:
        """The process is gone; the others are told."""
        self.is_cut = True
        self.engine.buses.remove(self)
        gone, self._nodes = self._nodes, []
        for bus in self.engine.buses:
            for node in list(bus._nodes):
                for dead in gone:
                    if dead.name == node.name:
                        node.left(dead.uid)

    def garbage(self, encoded: bytes) -> None:
        """Let bytes come that nobody has encoded."""
        for bus in self.engine.reaches(self):
            bus._take(encoded, None)

    def arrive_at(self, due: float, encoded: bytes, offset: str | None) -> None:
        """Take bytes at this time, after those before."""
        self._arriving.append((due, encoded, offset))
        asyncio.get_running_loop().call_at(due, self._arrive)

    def _arrive(self) -> None:
        now = asyncio.get_running_loop().time()
        due = [one for one in self._arriving if one[0] <= now]
        self._arriving = [one for one in self._arriving if one[0] > now]
        for _, encoded, offset in sorted(due, key=lambda one: one[0]):
            self._take(encoded, offset)

    def _take(self, encoded: bytes, offset: str | None) -> None:
        try:
            said = msgpack.decode(encoded)
            kind = Kind(said["type"])
            message = Message(kind, said["nsp"], said["uid"], said["data"], said["to"])
        except Exception as error:
            for node in list(self._nodes):
                node.garbage(error)
            return
        for node in list(self._nodes):
            node.receive(message, offset)
