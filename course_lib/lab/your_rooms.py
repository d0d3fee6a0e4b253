"""A learner's rooms inside the library's server, whose option `adapter` takes them.

    Server(adapter=your_rooms.keeping(Table))
        the learner's table says who is in which room
    Server(adapter=your_rooms.choosing(recipients))
        the learner's function says whom an event reaches
    Server(adapter=your_rooms.sending(broadcast, told))
        the learner's function sends it to each of them; told(names) at the end: who has failed

    keeping(Table)            exercise 11.1
    choosing(recipients)      exercise 11.2
    sending(broadcast)        exercise 11.3

Lesson 11.  Builds on: socketio.adapter.
New here: an adapter is an option of the server, so nothing has to be replaced.  What is wrong with
the learner's code is printed, once, and the story goes on.
Left out: other processes.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..engineio.prepared import Prepared
from ..socketio import Socket
from ..socketio.adapter import Adapter, Target
from ..socketio.backlog import Messages
from ..socketio.namespace import Namespace

Made = Callable[..., Any]  # a learner's function or class
EVENTS = {"create-room": 1, "delete-room": 1, "join-room": 2, "leave-room": 2}  # and their texts


class _Learner:
    """The learner's function or class; what is wrong with it is printed, once."""

    def __init__(self, code: Made) -> None:
        self.code, self._problems = code, set[str]()

    def problem(self, text: str) -> None:
        if text not in self._problems:
            self._problems.add(text)
            print(f"✘ Your {getattr(self.code, '__name__', 'code')} {text}")


class _Keeping(Adapter):
    """Both indexes are the learner's."""

    __slots__ = ("_come", "_table", "_yours")

    def __init__(self, yours: Made, nsp: Namespace) -> None:
        super().__init__(nsp)
        self._yours = _Learner(yours)
        self._table = yours()
        self._come: set[str] = set()

    def add_all(self, id: str, rooms: Iterable[str]) -> None:
        for room in rooms:
            if id in self._come:
                self._change("join", id, room)
            else:
                self._come.add(id)
                self._change("connect", id)

    def delete(self, id: str, room: str) -> None:
        self._change("leave", id, room)

    def delete_all(self, id: str) -> None:
        if id in self._come:
            self._come.remove(id)
            self._change("disconnect", id)

    def _change(self, method: str, *args: str) -> None:
        try:
            events = getattr(self._table, method)(*args)
            self.rooms, self.sids = self._table.rooms, self._table.sids
            told = [tuple(event) for event in events]
        except Exception as error:
            self._yours.problem(f"raised {type(error).__name__} in {method}: {error}")
            return
        for event, *words in told:
            if EVENTS.get(event) == len(words):
                self._tell(event, *words)
            else:
                self._yours.problem(f"tells {(event, *words)!r}, which is no event")


class _Choosing(Adapter):
    """The learner's function says who receives an event."""

    __slots__ = ("_yours",)

    def __init__(self, yours: Made, nsp: Namespace) -> None:
        super().__init__(nsp)
        self._yours = _Learner(yours)

    def matching(self, target: Target) -> Iterator[Socket]:
        sender = next((id for id in target.but[:1] if id in self.sids), None)
        except_ = [*target.but[sender is not None :]]
        table = {room: {*members} for room, members in self.rooms.items()}
        try:
            ids = [*self._yours.code(table, [*target.rooms], except_, sender)]
        except Exception as error:
            self._yours.problem(f"raised {type(error).__name__}: {error}")
            return
        for id in ids:
            if id in self.nsp.sockets:
                yield self.nsp.sockets[id]
            else:
                self._yours.problem(f"gives {id!r}, which is the id of no socket")


class _Member:
    """What the learner's broadcast sends to."""

    def __init__(self, socket: Socket, data: list[Any], write: Callable[[], object]) -> None:
        self.id, self._socket, self._data, self._write = socket.id, socket, data, write

    async def send(self, message: list[Any]) -> None:
        """Write it, and wait until the network has taken it."""
        if message != self._data:
            raise ValueError(f"the message is {self._data!r}, and not {message!r}")
        self._write()
        await self._socket.drain()


class _Sending(Adapter):
    """The learner's function sends an event, in a task of its own."""

    __slots__ = ("_running", "_told", "_yours")

    def __init__(self, yours: Made, told: Callable[[list[str]], object], nsp: Namespace) -> None:
        super().__init__(nsp)
        self._yours = _Learner(yours)
        self._told = told
        self._running: dict[asyncio.Task[None], dict[str, _Member]] = {}

    def delete_all(self, id: str) -> None:
        """Who has ended is a member no more, also where an event is being sent."""
        super().delete_all(id)
        for members in self._running.values():
            for name in [name for name, member in members.items() if member.id == id]:
                del members[name]

    def _send(
        self, encoded: Messages, data: list[Any], target: Target, sockets: Iterable[Socket]
    ) -> None:
        prepared, members = [Prepared(message) for message in encoded], dict[str, _Member]()
        for socket in sockets:
            write = functools.partial(socket.write_prepared, prepared, encoded, data, target.flags)
            members[socket.data.get("name", socket.id)] = _Member(socket, data, write)
        task = asyncio.create_task(self._run(members, data))
        self._running[task] = members
        task.add_done_callback(self._running.pop)

    async def _run(self, members: dict[str, _Member], data: list[Any]) -> None:
        try:
            self._told([*await self._yours.code(members, data)])
        except Exception as error:
            self._yours.problem(f"raised {type(error).__name__}: {error}")


def keeping(yours: Made) -> Callable[[Namespace], Adapter]:
    """An adapter whose table is an object of the learner's class."""
    return functools.partial(_Keeping, yours)


def choosing(yours: Made) -> Callable[[Namespace], Adapter]:
    """An adapter that asks the learner's function who receives an event."""
    return functools.partial(_Choosing, yours)


def sending(
    yours: Made, told: Callable[[list[str]], object] = lambda names: None
) -> Callable[[Namespace], Adapter]:
    """An adapter that lets the learner's function send an event.

    Its members are called by `socket.data["name"]`; `told(names)` hears whose `send` has failed.
    """
    return functools.partial(_Sending, yours, told)
