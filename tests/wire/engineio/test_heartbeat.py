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


def watched(ways: list[tuple[int, int]], **options: float) -> list[tuple[float, list[str]]]:
    """When a session is looked at whose ping is not answered, and whether it ends there."""
    beats: Heartbeats[str] = Heartbeats(2.0, 3.0, **options)
    beats.opened("s", 0.0)
    told, left = [], iter(ways)
    while (when := beats.next_deadline()) is not None:
        _, dead = beats.tick(when, lambda _: next(left, (0, 0)))
        told.append((when, dead))
    return told[1:]


def test_what_is_on_its_way_postpones_the_end():
    """The first look measures; each later one needs 1,000 bytes, with a credit of 1,500."""
    assert watched([(0, 0)]) == [(5.0, ["s"])]
    assert watched([(0, 999)]) == [(5.0, ["s"])]  # a ping, and no message
    assert watched([(1, 0), (1, 0)]) == [(5.0, []), (6.0, []), (7.0, ["s"])]
    assert watched([(1, 0), (1, 0), (502, 0)])[-1] == (8.0, ["s"])
    assert [when for when, _ in watched([(n * 1000 + 1, 0) for n in range(9)])][-1] == 15.0
    assert watched([(n * 1000 + 1, 0) for n in range(99)])[-1] == (65.0, ["s"])
    assert watched([(n * 1000 + 1, 0) for n in range(99)], grace=7.0)[-1] == (12.0, ["s"])
    assert watched([(1, 9999)], grace=0.0) == [(5.0, ["s"])]


def test_a_burst_is_no_credit_for_later():
    """A client that sends a lot, and then nothing, is missed as soon as any other."""
    assert watched([(1, 0), *[(900_000, 0)] * 9])[-1] == (8.0, ["s"])


def test_when_our_bytes_have_left_the_timeout_begins_anew():
    """The ping stood after them.  Once: then it was time enough."""
    ways = [(0, 5000), (0, 3000), (0, 900)]
    assert [when for when, _ in watched(ways)] == [5.0, 6.0, 7.0, 10.0, 11.0, 12.0]
    ways += [(0, 9000), (0, 7000), (0, 900), (0, 0)]
    assert [when for when, _ in watched(ways)] == [5, 6, 7, *range(10, 16)]


@pytest.mark.parametrize("what", ["pong", "closed", "heard"])
def test_a_late_session_that_is_heard_is_late_no_more(what):
    """A pong begins the next interval, another packet the timeout; an end is an end."""
    beats: Heartbeats[str] = Heartbeats(2.0, 3.0)
    beats.opened("s", 0.0)
    for now in (2.0, 5.0, 6.0):
        assert beats.tick(now, lambda _: (5000, 0))[1] == []
    if what == "closed":
        beats.closed("s")
    else:
        getattr(beats, what)("s", 6.5)
    assert beats.next_deadline() == {"pong": 8.5, "closed": None, "heard": 9.5}[what]
    assert not beats.late
    beats.heard("s", 7.0)  # the second packet of the cycle changes nothing
    assert beats.next_deadline() == {"pong": 8.5, "closed": None, "heard": 9.5}[what]


def test_a_client_is_postponed_in_the_same_way():
    """And what it sends itself counts: the server pings when it has the pong."""

    def looks(ways: list[tuple[int, int]], **options: float) -> list[float]:
        watch, left, told = Watch(2.0, 3.0, 0.0, **options), iter(ways), []
        while True:
            told.append(watch.next_deadline())
            assert watch.over(told[-1]) is (told[-1] >= watch.deadline)
            if watch.tick(told[-1], lambda: next(left, (0, 0))):
                return told

    assert looks([]) == [2.0, 5.0]
    assert looks([(1, 0)]) == [2.0, 5.0, 6.0, 7.0]
    assert looks([(1, 0)], grace=0.0) == [5.0]
    assert looks([(0, 3000), (0, 100)])[:4] == [2.0, 5.0, 6.0, 11.0]
    assert looks([(n * 1000 + 1, 0) for n in range(99)])[-1] == 65.0


@pytest.mark.parametrize("pings", [[], [20.0], [20.0, 60.0]])
def test_a_client_waits_for_interval_and_timeout_after_each_ping(pings):
    """Silence is found exactly then."""
    watch = Watch(25.0, 20.0, 1.0)
    for now in pings:
        assert not watch.over(now)
        watch.ping(now)
    last = pings[-1] if pings else 1.0
    assert watch.deadline == last + 45.0
    assert (watch.over(last + 44.9), watch.over(last + 45.0)) == (False, True)
