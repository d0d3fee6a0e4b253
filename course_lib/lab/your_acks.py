"""A learner's acknowledgements, on the wire with the library's.

    with checks.swap(namespace, Socket=your_acks.answering(Answers)):
        the learner's class says when a request is answered, and with what
    async with your_acks.Client(url, Pending) as client:
        await client.emit_with_ack("add", 2, 3)        the learner's table finds who has asked
    sending = your_acks.Sending(client, Sender(1.0, 5))
    your_acks.receive(socket, Receiver(), effect, lost)

    answering(Answers)          exercise 10.1   for socketio.namespace.Socket
    Client(url, Pending)        exercise 10.2
    Sending, receive            exercise 10.3

Lesson 10.  Builds on: `socketio`.
New here: the machines have no network and no clock; this module tells them what happens, and does
what they say.  What makes no sense is printed, and the story goes on.
Left out: requests that are cancelled.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from .. import socketio
from ..engineio.handlers import FAILED, PENDING
from ..errors import ConnectionClosed
from ..socketio import endpoint
from ..socketio.acks import Settle
from ..socketio.endpoint import Flags
from ..socketio.sockets import Socket
from ..wire.socketio.packet import Packet, Type
from .your_upgrade import Action, Event, Made

OFTEN = 0.05  # seconds between two looks at the clock


def answering(made: Made) -> type[Socket]:
    """`socketio.sockets.Socket`, but the learner's class decides about answers."""
    made()  # a mistake in it raises here, and not in the server's log
    return type("Answering", (_Answering,), {"made": staticmethod(made)})


class _Machine:
    """The learner's object.  What is wrong with it is printed, once, and is no action."""

    def __init__(self, machine: Any) -> None:
        self.machine, self.problems = machine, set[str]()

    def tell(self, event: Event, *now: float) -> list[Action]:
        """What it says."""
        try:
            return [tuple(action) for action in self.machine.handle(event, *now)]
        except Exception as error:
            self.problem(f"raised {type(error).__name__}: {error}")
            return []

    def refuse(self, action: Action) -> None:
        """There is no such action, or not now."""
        self.problem(f"says {action!r}, which means nothing here")

    def problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.add(text)
            print(f"✘ Your {type(self.machine).__name__} {text}")


class _Answering(Socket):
    made: Made

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._machine, self._numbers = _Machine(self.made()), itertools.count(1)

    def _handle(self, data: list[Any], id: int | None) -> None:
        listeners = self._named.get(data[0], endpoint.NONE)
        if not listeners:
            return
        number = next(self._numbers)
        self._tell(("event", number, id, len(listeners)))
        later = functools.partial(self._late, number)
        for listener in listeners:
            value = self.runner.run(listener, data[1:], later, ("listener", data[0], self))
            if value is PENDING:
                self._make_turns().running += 1
            else:
                self._end(number, value)

    def _late(self, number: int, value: Any) -> None:
        self._end(number, value)
        self._ended(value)

    def _end(self, number: int, value: Any) -> None:
        self._tell(("failed", number) if value is FAILED else ("returned", number, value))

    def _tell(self, event: Event) -> None:
        for action in self._machine.tell(event):
            match action:
                case ("ack", int() as id, list() | tuple() as values):
                    self._write_answer(Packet(Type.ACK, [*values], self.namespace_name, id))
                case _:
                    self._machine.refuse(action)


class _Clock:
    """Tells a machine the time, often; `act` does what it says."""

    def __init__(self, machine: Any, act: Callable[[Action], object]) -> None:
        self.machine, self.act = _Machine(machine), act
        self.timer: asyncio.TimerHandle | None = None

    def tell(self, event: Event) -> None:
        for action in self.machine.tell(event, asyncio.get_running_loop().time()):
            self.act(action)

    def start(self, active: Callable[[], object]) -> None:
        """As long as `active()`.  Once is enough."""
        if self.timer is None:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_later(OFTEN, self._tick, active)

    def _tick(self, active: Callable[[], object]) -> None:
        self.timer = None
        if active():
            self.tell(("time",))
            self.start(active)


class Client(socketio.Client):
    """A client whose requests wait in the learner's table."""

    def __init__(self, url: str, made: Made, **given: Any) -> None:
        super().__init__(url, **given)
        self._clock = _Clock(made(), self._act)
        self._count = itertools.count(1)
        self._calls: dict[str, tuple[Settle, list[Any], Flags]] = {}

    @property
    def waiting(self) -> int:
        """How many requests wait: what the learner's table says."""
        return int(self._clock.machine.machine.waiting())

    def _request(
        self, event: str, args: tuple[Any, ...], settle: Settle, timeout: float | None, flags: Flags
    ) -> int:
        self._check_name(event)
        number = next(self._count)
        caller = f"{event} {number}"
        self._calls[caller] = settle, [event, *args], flags
        self._clock.tell(("ask", caller, timeout))
        self._clock.start(lambda: self._calls)
        return number

    def _acknowledged(self, id: int | None, values: list[Any]) -> None:
        self._clock.tell(("answer", id, values))

    def ended(self, reason: str, description: object = "") -> None:
        was_connected = self.connected
        super().ended(reason, description)
        if was_connected:
            self._clock.tell(("closed",))

    def _act(self, action: Action) -> None:
        match action:
            case ("send", caller, int() as id) if caller in self._calls:
                _, data, flags = self._calls[caller]
                self._write(data, id, flags)
            case ("give", caller, list() as values) if caller in self._calls:
                self._calls.pop(caller)[0](None, values)
            case ("fail", caller, "timeout") if caller in self._calls:
                self._calls.pop(caller)[0](TimeoutError("timeout"), [])
            case ("fail", caller, "closed") if caller in self._calls:
                self._calls.pop(caller)[0](ConnectionClosed("closed"), [])
            case _:
                self._clock.machine.refuse(action)


class Sending:
    """The learner's `Sender` on a client's socket.  `failed` are the messages that it gave up."""

    def __init__(self, client: socketio.Client, sender: Any) -> None:
        self._client, self._clock = client, _Clock(sender, self._act)
        self.failed: list[str] = []
        client.on("acknowledged", lambda id: self._clock.tell(("ack", id)))

    def say(self, text: str) -> None:
        """Send a message."""
        self._clock.tell(("say", text))
        self._clock.start(lambda: self._client.connected)

    def _act(self, action: Action) -> None:
        match action:
            case ("send", id, text):
                self._client.emit("message", id, text)
            case ("fail", text):
                self.failed.append(text)
            case _:
                self._clock.machine.refuse(action)


def receive(
    socket: Socket,
    receiver: Any,
    effect: Callable[[str], Coroutine[Any, Any, object]],
    lost: Callable[[], bool],
) -> None:
    """Let the learner's `Receiver` take the messages of a client.

    `effect(text)` handles one, and may raise; `lost()` says whether a packet, or an
    acknowledgement, is lost.
    """
    machine = _Machine(receiver)

    async def tell(event: Event) -> None:
        for action in machine.tell(event):
            match action:
                case ("ack", id):
                    if not lost():
                        socket.emit("acknowledged", id)
                case ("handle", id, text):
                    await tell((await _outcome(effect, text), id))
                case _:
                    machine.refuse(action)

    @socket.on("message")
    async def message(id: Any, text: str) -> None:
        if not lost():
            await tell(("packet", id, text))


async def _outcome(effect: Callable[[str], Coroutine[Any, Any, object]], text: str) -> str:
    try:
        await effect(text)
    except Exception:
        return "failed"
    return "handled"
