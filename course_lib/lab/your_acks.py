"""A learner's acknowledgements, on the wire with the library's.

    with checks.swap(endpoint, Answer=your_acks.answering(Answers)):
        the learner's class says when a request is answered, and with what
    with checks.swap(endpoint, Acks=your_acks.keeping(Pending)):
        the learner's table finds who has asked
    sending = your_acks.Sending(client, Sender(1.0, 5))
    your_acks.receive(socket, Receiver(), effect, lost)

    answering(Answers)      exercise 10.1   for socketio.endpoint.Answer
    keeping(Pending)        exercise 10.2   for socketio.endpoint.Acks
    Sending, receive        exercise 10.3

Lesson 10.  Builds on: `socketio`.
New here: the machines have no network and no clock; this module tells them what happens, and does
what they say.  What makes no sense is printed, and the story goes on.
Left out: requests that are cancelled.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from .. import socketio
from ..engineio.handlers import FAILED
from ..errors import ConnectionClosed
from ..socketio import Socket
from ..socketio.acks import Settle
from ..socketio.endpoint import Endpoint
from .your_upgrade import Action, Event, Made

OFTEN = 0.05  # seconds between two looks at the clock


class Machine:
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


class _Answer:
    """One request, with the face of `endpoint.Answer`."""

    def __init__(self, socket: Endpoint, machine: Machine, id: int, number: int) -> None:
        self._socket, self._machine, self._id, self._number = socket, machine, id, number

    def add(self, value: Any) -> None:
        ended = ("failed", self._number) if value is FAILED else ("returned", self._number, value)
        self.tell(ended)

    def ended(self, value: Any) -> None:
        self.add(value)
        self._socket._ended(value)

    def tell(self, event: Event) -> None:
        for action in self._machine.tell(event):
            match action:
                case ("ack", int() as id, list() | tuple() as values):
                    self._socket._answer(id, tuple(values))
                case _:
                    self._machine.refuse(action)


def answering(made: Made) -> Callable[[Endpoint, int, int], _Answer]:
    """`endpoint.Answer`, but the learner's class decides, with an object for each socket."""
    machines: dict[Endpoint, Machine] = {}
    numbers = itertools.count(1)

    def answer(socket: Endpoint, id: int, listeners: int) -> _Answer:
        if socket not in machines:
            machines[socket] = Machine(made())
        one = _Answer(socket, machines[socket], id, next(numbers))
        one.tell(("event", one._number, id, listeners))
        return one

    return answer


class _Clock:
    """Tells a machine the time, often; `act` does what it says."""

    def __init__(self, machine: Any, act: Callable[[Action], object]) -> None:
        self.machine, self.act = Machine(machine), act
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


class _Acks:
    """The requests of one socket, with the face of `socketio.acks.Acks`.

    The library has numbers of its own in its packets.  Each stands for an id of the learner's.
    """

    gone = None  # a client sets it, to hear of requests that are over before they are sent

    def __init__(self, made: Made) -> None:
        self._clock = _Clock(made(), self._act)
        self._waiting: dict[str, Settle] = {}  # by caller
        self._ids: dict[int, Any] = {}  # the learner's, by those of the library
        self._asked = 0

    def check_room(self) -> None:
        """There is always room."""

    def add(self, id: int, settle: Settle, timeout: float | None) -> None:
        self._asked = id
        self._waiting[caller := f"caller {id}"] = settle
        self._clock.tell(("ask", caller, timeout))
        self._clock.start(lambda: self._waiting)

    def answer(self, id: int, values: list[Any]) -> None:
        self._clock.tell(("answer", self._ids.get(id, id), values))

    def forget(self, id: int) -> None:
        """Whoever has asked is told already."""

    def close(self, *, keep: frozenset[int] = frozenset()) -> None:
        self._clock.tell(("closed",))

    def _act(self, action: Action) -> None:
        match action:
            case ("send", caller, int() as id) if caller == f"caller {self._asked}":
                self._ids[self._asked] = id
            case ("give", caller, list() as values) if caller in self._waiting:
                self._waiting.pop(caller)(None, values)
            case ("fail", caller, "timeout") if caller in self._waiting:
                self._waiting.pop(caller)(TimeoutError("timeout"), [])
            case ("fail", caller, "closed") if caller in self._waiting:
                self._waiting.pop(caller)(ConnectionClosed("closed"), [])
            case _:
                self._clock.machine.refuse(action)


def keeping(made: Made) -> Callable[[int], _Acks]:
    """`socketio.acks.Acks`, but the learner's table keeps the requests."""
    return lambda max_pending: _Acks(made)


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
    machine = Machine(receiver)

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
