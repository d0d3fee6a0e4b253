"""From polling to WebSocket without losing a packet: a table for each end.    Engine.IO rev. 4

    client                                         server
    WebSocket to ?transport=websocket&sid=…  ──>
    2probe                                   ──>   new      -> probed: 3probe, release the poll
    pauses: no new GET, waits for what is      <──   3probe
    under way
    5                                        ──>   probed   -> upgraded: discard polling, flush

Lesson 08.  Builds on: `packet`.  Used by: `engineio.probe`, `engineio.client`.
New here: the new transport is tried while the old one works; nothing is sent on either until both
ends know that the other has changed.
Left out: a way back.  A session never steps down from WebSocket to polling; a new one begins.
"""

from __future__ import annotations

from .packet import Packet, Type

PROBE = "probe"
NEW, PROBED, UPGRADED, FAILED = "new", "probed", "upgraded", "failed"
PROBING, PAUSING = "probing", "pausing"

# (state, what happens) -> state.  Whatever is not listed fails: the WebSocket is closed, and
# polling goes on.
SERVER = {(NEW, "2probe"): PROBED, (PROBED, "5"): UPGRADED}
CLIENT = {
    (NEW, "opened"): PROBING,
    (PROBING, "3probe"): PAUSING,
    (PAUSING, "paused"): UPGRADED,  # send 5
}


class Upgrade:
    """One attempt, at either end: `Upgrade(upgrade.SERVER)`."""

    __slots__ = ("state", "table")

    def __init__(self, table: dict[tuple[str, str], str]) -> None:
        self.table = table
        self.state = NEW

    def move(self, event: str) -> str:
        """The state after this event: an encoded packet, or a word of the table."""
        self.state = self.table.get((self.state, event), FAILED)
        return self.state


def probe(kind: Type) -> str:
    """`2probe` or `3probe`."""
    return str(kind) + PROBE


def spoken(packet: Packet) -> str:
    """A packet as an event of the table."""
    return str(packet.type) + packet.data if isinstance(packet.data, str) else "binary"
