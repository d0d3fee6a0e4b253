"""Heartbeats on given times: nothing here waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.wire.engineio.heartbeat import Delay, Heartbeats, Watch


def test_items_are_due_in_the_order_in_which_they_began():
    """Each once, and not before its time."""
    delay: Delay[str] = Delay(10.0)
    assert (delay.next_deadline(), delay.due(1e9), len(delay)) == (None, [], 0)
    for now, item in enumerate("abc"):
        delay.begin(item, now)
    assert (delay.next_deadline(), len(delay), "b" in delay, "d" in delay) == (10.0, 3, True, False)
    assert delay.due(9.999) == []
    assert delay.due(11.0) == ["a", "b"]
    assert (delay.due(11.0), delay.next_deadline()) == ([], 12.0)
    assert delay.due(1000.0) == ["c"]


def test_an_item_that_begins_again_waits_from_then_on():
    """It changes places with those that were due after it."""
    delay: Delay[str] = Delay(10.0)
    delay.begin("a", 0.0)
    delay.begin("b", 1.0)
    delay.begin("a", 2.0)
    assert (delay.due(11.5), delay.next_deadline()) == (["b"], 12.0)


def test_an_item_that_ends_is_not_due():
    """And it is said whether it was waiting."""
    delay: Delay[str] = Delay(10.0)
    delay.begin("a", 0.0)
    assert (delay.end("a"), delay.end("a"), delay.due(99.0)) == (True, False, [])


@given(
    st.lists(st.tuples(st.sampled_from("bed"), st.integers(0, 4), st.integers(0, 7)), max_size=40)
)
def test_a_delay_does_what_a_table_of_deadlines_does(steps):
    """Begin, end and due in any order, with time that goes on: compared with a plain dict."""
    delay: Delay[int] = Delay(10.0)
    table: dict[int, float] = {}
    now = 0.0
    for what, item, later in steps:
        now += later
        if what == "b":
            delay.begin(item, now)
            table[item] = now + 10.0
        elif what == "e":
            assert delay.end(item) is (table.pop(item, None) is not None)
        else:
            due = delay.due(now)
            assert sorted(due) == sorted(one for one, when in table.items() if when <= now)
            table = {one: when for one, when in table.items() if when > now}
        assert delay.next_deadline() == min(table.values(), default=None)


def run(beats: Heartbeats[str], until: float) -> list[tuple[float, list[str], list[str]]]:
    """What `tick` says at each deadline up to `until`."""
    told = []
    while (when := beats.next_deadline()) is not None and when <= until:
        told.append((when, *beats.tick(when)))
    return told


def test_a_ping_goes_out_after_the_interval_and_silence_ends_the_session():
    """A.6: interval 25, timeout 20."""
    beats: Heartbeats[str] = Heartbeats(25.0, 20.0)
    assert beats.next_deadline() is None
    beats.opened("s", 100.0)
    assert run(beats, 200.0) == [(125.0, ["s"], []), (145.0, [], ["s"])]
    assert beats.next_deadline() is None


def test_the_next_interval_begins_when_the_pong_comes():
    """Its period is the interval and a round trip."""
    beats: Heartbeats[str] = Heartbeats(25.0, 20.0)
    beats.opened("s", 0.0)
    assert beats.tick(25.0) == (["s"], [])
    beats.pong("s", 28.0)
    assert run(beats, 60.0) == [(53.0, ["s"], [])]
    assert beats.next_deadline() == 73.0


def test_the_first_other_packet_restarts_the_timeout_once_in_a_cycle():
    """A.6, as in engine.io 6.6: interval 200, timeout 100, packets 60 and 90 after the ping."""
    beats: Heartbeats[str] = Heartbeats(200.0, 100.0)
    beats.opened("s", 0.0)
    beats.heard("s", 150.0)  # no pong is due yet: nothing changes
    assert beats.tick(200.0) == (["s"], [])
    beats.heard("s", 260.0)
    beats.heard("s", 290.0)
    assert run(beats, 1000.0) == [(360.0, [], ["s"])]


def test_each_cycle_may_be_extended_once():
    """A pong ends the cycle; the next ping begins another."""
    beats: Heartbeats[str] = Heartbeats(200.0, 100.0)
    beats.opened("s", 0.0)
    beats.tick(200.0)
    beats.heard("s", 250.0)
    beats.pong("s", 300.0)
    beats.tick(500.0)
    beats.heard("s", 550.0)
    assert beats.next_deadline() == 650.0


def test_a_pong_that_nobody_waits_for_puts_the_next_ping_off():
    """Node refreshes its interval timer at each pong."""
    beats: Heartbeats[str] = Heartbeats(25.0, 20.0)
    beats.opened("s", 0.0)
    beats.pong("s", 10.0)
    assert beats.next_deadline() == 35.0


def test_a_session_that_has_ended_is_never_named_again():
    """In no phase; and a late pong does not bring it back."""
    for pinged in (False, True):
        beats: Heartbeats[str] = Heartbeats(25.0, 20.0)
        beats.opened("s", 0.0)
        if pinged:
            beats.tick(25.0)
            beats.heard("s", 26.0)
        beats.closed("s")
        beats.pong("s", 30.0)
        beats.heard("s", 30.0)
        assert beats.next_deadline() is None
        beats.closed("s")


def test_a_tick_that_comes_late_loses_nobody():
    """The loop was blocked for an hour: pings first go out now, and their pongs have time."""
    beats: Heartbeats[int] = Heartbeats(25.0, 20.0)
    for number in range(5):
        beats.opened(number, float(number))
    assert beats.tick(3600.0) == ([0, 1, 2, 3, 4], [])
    assert beats.next_deadline() == 3620.0


@given(st.floats(0, 1000))
def test_silence_is_found_after_the_timeout_and_before_interval_and_timeout(vanished):
    """Whenever the client vanishes that has answered each ping at once."""
    beats: Heartbeats[str] = Heartbeats(25.0, 20.0)
    beats.opened("s", 0.0)
    while True:
        when = beats.next_deadline()
        assert when is not None
        asked, dead = beats.tick(when)
        if dead:
            break
        if asked and when <= vanished:
            beats.pong("s", when)
    assert 20.0 <= when - vanished <= 45.0 + 1e-9


@pytest.mark.parametrize("pings", [[], [20.0], [20.0, 60.0]])
def test_a_client_waits_for_interval_and_timeout_after_each_ping(pings):
    """Only a ping counts."""
    watch = Watch(25.0, 20.0, 1.0)
    for now in pings:
        assert not watch.over(now)
        watch.ping(now)
    last = pings[-1] if pings else 1.0
    assert watch.deadline == last + 45.0
    assert (watch.over(last + 44.9), watch.over(last + 45.0)) == (False, True)
