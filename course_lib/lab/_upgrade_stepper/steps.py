"""The steps of a recorded upgrade: each packet in both lanes, and the two tables after it.

Lesson 08.  Builds on: wire.engineio.upgrade, lab.dissection.engineio.
Used by: `picture`, `lab.upgrade_stepper`.

    polling     0{…}   GET         4hello   6            what is under way meanwhile
    WebSocket              GET, upgrade  101  2probe  3probe  5  4world
    client      new        new      probing  probing pausing upgraded
    server      new        new      new      probed  probed  upgraded

New here: a step is an arrival.  The states come from the library's own tables, moved by what the
recording says has arrived.
Left out: several attempts in one session; the first is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import LocalError
from ...wire.engineio import upgrade
from ...wire.engineio.packet import Type
from ...wire.engineio.upgrade import FAILED, PAUSING, PROBED, UPGRADED, Upgrade
from ..dissect import dissect
from ..dissection import engineio
from ..dissection.conversations import UP
from ..dissection.engineio import POLLING, WEBSOCKET
from ..dissection.messages import INCOMPLETE, Message
from ..recording import Recording

AFTER = 4  # packets by WebSocket that are shown after the upgrade
AT_ONCE = 0.001  # seconds after the 5
MOST = 200  # steps
CLOSING = "websocket control"  # the look of a Close frame

TABLES = {"client": upgrade.CLIENT, "server": upgrade.SERVER}
Entry = tuple[str, str]  # of a table: a state, and what happens in it


@dataclass(slots=True)
class Step:
    """A message that has arrived, or that was sent where arrivals were not recorded.

    `states` are those of "client" and "server" after it; `moved` has the entries of the tables that
    it used.  `packets` are the bytes of its packets, without what carries them.
    """

    at: float
    lane: str  # "polling" or "websocket"
    message: Message
    purpose: str
    packets: bytes
    states: dict[str, str]
    moved: dict[str, Entry]

    @property
    def up(self) -> bool:
        """Whether the client sent it."""
        return self.message.direction == UP


def of(recording: Recording, session: str | None = None) -> list[Step]:
    """The steps of the first attempt to upgrade; `session` is the sid, None: of any session.

    LocalError if there is none.
    """
    found = engineio.seen(dissect(recording))
    mine, asked = _attempt([*engineio.sessions(found).values()], session)
    closes = [one for one in found if one.connection == asked.connection and one.look == CLOSING]
    steps: list[Step] = []
    reader = _Reader(asked)
    for one in sorted([*mine, *closes], key=_at):
        step = reader.read(one)
        if step is not None:
            steps.append(step)
        if reader.done or len(steps) == MOST:
            break
    return steps


def _attempt(
    sessions: Sequence[engineio.Session], sid: str | None
) -> tuple[list[Message], Message]:
    """The messages of a session, and the request that asks for its WebSocket."""
    for one in sessions:
        for message in one.messages:
            asked = engineio.request(message)
            tried = message is asked and message.value.upgrade
            if tried and sid in (None, one.sid) and engineio.query(message).get("sid"):
                return one.messages, message
    raise LocalError(
        "no upgrade was recorded: a session by polling, and then a WebSocket with its sid"
        + ("" if sid is None else f", {sid!r}")
    )


def _at(message: Message) -> float:
    return message.at if message.arrived_at is None else message.arrived_at


def _arrived(message: Message) -> bool:
    """Whether it has, as far as arrivals were recorded."""
    return message.arrived_at is not None or message.arrived_bytes is None


class _Reader:
    """Moves the two tables, message by message."""

    def __init__(self, asked: Message) -> None:
        self._asked = asked
        self._machines = {name: Upgrade(table) for name, table in TABLES.items()}
        self._moved: dict[str, Entry] = {}
        self._after = 0
        self._changed = 0.0  # when the server got the 5
        self.done = False

    def read(self, one: Message) -> Step | None:
        """The step of a message; None if it is before the attempt, and no handshake."""
        self._moved = {}
        websocket = one.connection == self._asked.connection
        handshake = any(each.type is Type.OPEN for each in engineio.packets(one))
        if not (websocket or handshake) and _at(one) < self._asked.at:
            return None
        if one.state == INCOMPLETE:
            return None
        purpose = self._websocket(one) if websocket else self._polling(one)
        if not _arrived(one):
            purpose = "It has not arrived."
        states = {name: machine.state for name, machine in self._machines.items()}
        lane = WEBSOCKET if websocket else POLLING
        carried = engineio.payload(one)
        packets = carried.encode() if isinstance(carried, str) else carried or b""
        return Step(_at(one), lane, one, purpose, packets, states, self._moved)

    def _state(self, end: str) -> str:
        return self._machines[end].state

    def _move(self, end: str, event: str) -> None:
        machine = self._machines[end]
        if machine.state not in (UPGRADED, FAILED):
            self._moved[end] = (machine.state, event)
            machine.move(event)

    # What a message is for, and what it does to the tables.

    def _polling(self, one: Message) -> str:
        packets = engineio.packets(one)
        kinds = [each.type for each in packets]
        if Type.OPEN in kinds:
            return "The handshake: a session is open, by polling; the server offers WebSocket."
        if kinds == [Type.NOOP]:
            return "Nothing (noop): the GET must not wait any more, for the client will pause."
        if one.direction == UP and kinds:
            return "Meanwhile the client sends by polling: " + _what(kinds)
        if kinds:
            return "Meanwhile the server sends by polling: " + _what(kinds)
        if one.direction == UP:
            return "The client asks for packets; the request waits until there are some."
        if one.value is not None and one.value.status != 200:
            return "The server refuses: what this request carried is lost."
        return "The POST has arrived."

    def _websocket(self, one: Message) -> str:
        if one is self._asked:
            return "Another connection asks for a WebSocket; its URL names the session."
        if one.answers is not None and one.opening is None:
            return self._answered(one)
        packets = engineio.packets(one)
        if not packets:  # a Close frame
            return self._closed()
        said = upgrade.spoken(packets[0])
        return self._up(one, said) if one.direction == UP else self._down(one, said)

    def _answered(self, one: Message) -> str:
        if not _arrived(one):
            return ""
        if one.value.status == 101:
            self._move("client", "opened")
            return "The WebSocket is open. Whether packets pass is not known yet: the client tries."
        self._fail()
        return "There will be no WebSocket: the session stays with polling."

    def _closed(self) -> str:
        before = self._state("server"), self._state("client")
        self._fail()
        if before == (UPGRADED, UPGRADED):
            self.done = True
            return "The WebSocket is closed, and with it the session ends."
        return "The WebSocket is closed: the attempt has failed, and polling goes on."

    def _fail(self) -> None:
        for name, machine in self._machines.items():
            if machine.state not in (UPGRADED, FAILED):
                self._moved[name] = (machine.state, "the WebSocket ends")
                machine.state = FAILED

    def _up(self, one: Message, said: str) -> str:
        before = self._state("server")
        if said == str(Type.UPGRADE) and self._state("client") == PAUSING:
            self._move("client", "paused")
        if _arrived(one):
            self._move("server", said)
        if before != UPGRADED and self._state("server") == UPGRADED:
            self._changed = _at(one)
        if before == UPGRADED:
            self._count()
            return "By WebSocket: the client sends on the new transport."
        if self._state("server") == PROBED:
            return "A ping that belongs to the new transport: do packets pass?"
        if self._state("server") == UPGRADED:
            return (
                "The client has paused, and nothing is under way by polling. From now on the "
                "WebSocket is the transport."
            )
        return "This is not in the server's table: the attempt has failed."

    def _down(self, one: Message, said: str) -> str:
        before = self._state("client")
        if _arrived(one):
            self._move("client", said)
        if before == UPGRADED:
            self._count()
            what = " what waited in its queue" if one.at - self._changed < AT_ONCE else ""
            return f"By WebSocket: the server sends on the new transport{what}."
        if self._state("client") == PAUSING:
            return "They pass, in both directions. The client pauses: no new GET, and no new POST."
        return "This is not in the client's table: the attempt has failed."

    def _count(self) -> None:
        self._after += 1
        self.done = self._after >= AFTER


def _what(kinds: Sequence[Type]) -> str:
    """What the packets of a payload are."""
    names = {Type.MESSAGE: "message", Type.PING: "ping", Type.PONG: "pong", Type.CLOSE: "goodbye"}
    counted = {name: kinds.count(kind) for kind, name in names.items() if kind in kinds}
    told = [f"{count} {name}s" if count > 1 else f"a {name}" for name, count in counted.items()]
    return f"{' and '.join(told) or 'a packet'}."
