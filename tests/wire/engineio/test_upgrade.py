"""The upgrade's tables: the one way through, and every other way out."""

from __future__ import annotations

import itertools

import pytest

from course_lib.wire.engineio import packet, upgrade
from course_lib.wire.engineio.packet import Packet, Type
from course_lib.wire.engineio.upgrade import FAILED, NEW, PAUSING, PROBED, PROBING, UPGRADED

EVENTS = ("2probe", "3probe", "5", "opened", "paused", "2", "3", "2probe ", "6", "1", "4hi",
          "binary", "no packet", "0", "5x", "")  # fmt: skip


@pytest.mark.parametrize(
    ("table", "way", "states"),
    [
        (upgrade.SERVER, ("2probe", "5"), (PROBED, UPGRADED)),
        (upgrade.CLIENT, ("opened", "3probe", "paused"), (PROBING, PAUSING, UPGRADED)),
    ],
)
def test_there_is_one_way_through_and_anything_else_fails(table, way, states):
    """Each sequence of as many events as the way has: only the way ends in `upgraded`."""
    one = upgrade.Upgrade(table)
    assert one.state == NEW
    assert tuple(one.move(event) for event in way) == states
    for events in itertools.product(EVENTS, repeat=len(way)):
        other = upgrade.Upgrade(table)
        reached = [other.move(event) for event in events]
        same = [a == b for a, b in zip(events, way, strict=True)]
        until = same.index(False) if False in same else len(way)
        assert reached == [*states[:until], *[FAILED] * (len(way) - until)]


@pytest.mark.parametrize("table", [upgrade.SERVER, upgrade.CLIENT])
def test_what_has_failed_or_is_done_stays_so(table):
    """No event brings a failed upgrade back, and an upgraded one cannot upgrade again."""
    for event in EVENTS:
        for state in (FAILED, UPGRADED):
            one = upgrade.Upgrade(table)
            one.state = state
            assert one.move(event) == FAILED


def test_probes_are_the_packets_of_the_protocol():
    """`2probe` and `3probe`, and `spoken` reads them back."""
    assert upgrade.probe(Type.PING) == "2probe"
    assert upgrade.probe(Type.PONG) == "3probe"
    for text in ("2probe", "3probe", "5", "4hello"):
        assert upgrade.spoken(packet.decode(text)) == text


def test_bytes_are_never_taken_for_a_step():
    """A binary message of the bytes `2probe` is a message."""
    assert upgrade.spoken(Packet(Type.MESSAGE, b"2probe")) == "binary"
    assert upgrade.Upgrade(upgrade.SERVER).move("binary") == FAILED
