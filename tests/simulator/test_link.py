"""The link: what is sent arrives, all of it, in order, and no sooner than the path allows."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.simulator.link import PACKET, Conditions, Cut, Link

seconds = st.floats(0, 5, allow_nan=False)
bandwidths = st.none() | st.integers(100, 1_000_000)
steps = st.lists(
    st.tuples(
        seconds,  # how long after the step before
        st.binary(max_size=4000)
        | st.tuples(st.just("rtt"), seconds)
        | st.tuples(st.just("jitter"), seconds)
        | st.tuples(st.just("bandwidth"), bandwidths)
        | st.tuples(st.just("stalled"), st.booleans()),
    ),
    max_size=30,
)


def drain(link: Link, until: float) -> list[tuple[float, bytes | Cut]]:
    """Be a host: pop at each deadline up to `until`."""
    arrived: list[tuple[float, bytes | Cut]] = []
    while (deadline := link.next_deadline()) is not None and deadline <= until:
        arrived += [(deadline, item) for item in link.pop(deadline)]
    return arrived


def play(script: list[tuple[float, object]], conditions: Conditions, seed: int = 0) -> list[object]:
    """Run a script of pushes and changes; return what arrived and when, and the link's record."""
    link = Link(conditions, limit=1_000_000, random=random.Random(seed))
    sent: list[tuple[float, bytes, float]] = []
    arrived: list[tuple[float, bytes | Cut]] = []
    now = 0.0
    for wait, step in script:
        arrived += drain(link, now + wait)
        now += wait
        if isinstance(step, bytes):
            link.push(now, step)
            sent.append((now, step, conditions.rtt))
        else:
            name, value = step  # type: ignore[misc]
            setattr(conditions, name, value)
            arrived += [(now, item) for item in link.pop(now)]
    conditions.stalled = False
    arrived += [(now, item) for item in link.pop(now)]
    arrived += drain(link, float("inf"))
    return [sent, arrived, link]


# --- one packet, in numbers


def test_one_direction_takes_half_the_round_trip() -> None:
    """rtt is there and back."""
    link = Link(Conditions(rtt=0.05))
    link.push(10.0, b"ping")
    assert link.next_deadline() == 10.025
    assert link.pop(10.0249) == []
    assert link.pop(10.025) == [b"ping"]
    assert link.next_deadline() is None


def test_packets_leave_one_after_another() -> None:
    """Two packets of 1000 bytes at 1000 bytes a second arrive a second apart."""
    link = Link(Conditions(rtt=0.2, bandwidth=1000))
    link.push(0.0, bytes(1000))
    link.push(0.0, bytes(1000))
    assert [at for at, _ in drain(link, 60)] == [1.1, 2.1]


def test_a_large_write_dribbles_through_a_narrow_link() -> None:
    """Where bandwidth counts, data moves in packets, not in writes."""
    link = Link(Conditions(bandwidth=PACKET))
    link.push(0.0, bytes(2 * PACKET + 146))
    assert [(at, len(item)) for at, item in drain(link, 60) if isinstance(item, bytes)] == [
        (1.0, PACKET),
        (2.0, PACKET),
        (2.1, 146),
    ]


def test_an_empty_packet_takes_as_long_as_any_other() -> None:
    """The last packet of a handshake has no bytes."""
    link = Link(Conditions(rtt=0.1, bandwidth=10))
    link.push(0.0, b"")
    assert drain(link, 60) == [(0.05, b"")]


def test_jitter_is_drawn_once_for_each_push_and_adds_at_most_itself() -> None:
    """With a known source the delay is known."""
    link = Link(Conditions(rtt=0.1, jitter=0.4), random=random.Random(7))
    expected = 0.05 + 0.4 * random.Random(7).random()
    link.push(0.0, b"x")
    assert drain(link, 60) == [(expected, b"x")]


# --- changed while in use


def test_a_new_round_trip_time_holds_for_what_is_pushed_after_it() -> None:
    """A packet that flies is not called back, and is not overtaken."""
    conditions = Conditions(rtt=2.0)
    link = Link(conditions)
    link.push(0.0, b"slow")
    conditions.rtt = 0.2
    link.push(0.1, b"quick")
    link.push(2.0, b"later")
    assert drain(link, 60) == [(1.0, b"slow"), (1.0, b"quick"), (2.1, b"later")]


def test_a_wider_link_takes_what_waits_at_the_new_rate() -> None:
    """Half of the packet left at 100 bytes a second, the other half leaves ten times as fast."""
    conditions = Conditions(bandwidth=100)
    link = Link(conditions)
    link.push(0.0, bytes(1000))
    link.push(0.0, bytes(1000))
    conditions.bandwidth = 1000
    assert link.pop(5.0) == []
    assert [at for at, _ in drain(link, 60)] == [5.5, 6.5]


def test_lifting_the_bandwidth_releases_what_waits() -> None:
    """None is no limit."""
    conditions = Conditions(bandwidth=1)
    link = Link(conditions)
    link.push(0.0, bytes(1000))
    conditions.bandwidth = None
    assert link.pop(3.0) == [bytes(1000)]


def test_a_stall_holds_what_flies_and_what_is_pushed() -> None:
    """After it, what flew is there at once, and what waited needs its time of flight."""
    conditions = Conditions(rtt=1.0)
    link = Link(conditions)
    link.push(0.0, b"flew")
    conditions.stalled = True
    assert link.pop(0.1) == []
    link.push(0.2, b"waited")
    assert link.next_deadline() is None
    assert link.pop(100.0) == []
    conditions.stalled = False
    assert link.next_deadline() is not None
    assert link.pop(200.0) == [b"flew"]
    assert drain(link, 300) == [(200.5, b"waited")]


def test_a_stall_stops_a_packet_that_is_half_out() -> None:
    """Bandwidth is not paid twice."""
    conditions = Conditions(bandwidth=100)
    link = Link(conditions)
    link.push(0.0, bytes(1000))
    conditions.stalled = True
    link.pop(4.0)
    conditions.stalled = False
    link.pop(50.0)
    assert [at for at, _ in drain(link, 60)] == [56.0]


def test_a_host_that_watches_is_told_of_each_change() -> None:
    """Both directions share the object, so both hosts wake."""
    conditions = Conditions()
    calls: list[str] = []

    def up() -> None:
        calls.append("up")

    conditions.watch(up)
    conditions.watch(lambda: calls.append("down"))
    conditions.rtt = 1.0
    conditions.unwatch(up)
    conditions.stalled = True
    assert calls == ["up", "down", "down"]


def test_a_change_that_nobody_was_told_of_is_due_at_once() -> None:
    """A host that polls the deadline needs no watcher."""
    conditions = Conditions(stalled=True)
    link = Link(conditions)
    link.push(3.0, b"x")
    assert link.next_deadline() is None
    conditions.stalled = False
    assert link.next_deadline() == 3.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rtt", -0.001),
        ("rtt", float("nan")),
        ("rtt", float("inf")),
        ("rtt", "50ms"),
        ("rtt", None),
        ("jitter", -1),
        ("jitter", True),
        ("bandwidth", 0),
        ("bandwidth", -5),
        ("bandwidth", float("inf")),
        ("stalled", 1),
    ],
)
def test_conditions_that_no_network_can_have_are_refused(name: str, value: object) -> None:
    """Refused at the call, and the old value stays."""
    conditions = Conditions(rtt=0.5, jitter=0.25, bandwidth=100)
    with pytest.raises(LocalError, match=name):
        setattr(conditions, name, value)
    assert conditions == Conditions(rtt=0.5, jitter=0.25, bandwidth=100)
    with pytest.raises(LocalError, match=name):
        Conditions(**{name: value})  # type: ignore[arg-type]


# --- cuts


def test_eof_arrives_behind_the_data() -> None:
    """FIN is the last thing in the stream."""
    link = Link(Conditions(rtt=0.1, bandwidth=10))
    link.push(0.0, b"0123456789")
    link.push_eof(0.0)
    link.push_eof(0.5)
    assert drain(link, 60) == [(1.05, b"0123456789"), (1.05, Cut.FIN)]


@pytest.mark.parametrize("how", list(Cut))
def test_a_cut_lets_through_what_came_before_it_and_nothing_after(how: Cut) -> None:
    """A demonstration can cut an answer at byte k and know that k bytes arrive."""
    link = Link(Conditions(rtt=0.2))
    link.push(0.0, b"before")
    link.cut(0.0, how)
    link.push(0.0, b"after")
    assert link.lost == 5
    assert drain(link, 60) == [(0.1, b"before"), (0.1, how)]


def test_a_cut_that_drops_loses_what_has_not_left() -> None:
    """`abort()` does not wait for a narrow link: 1460 bytes are out, the rest is gone."""
    link = Link(Conditions(rtt=0.2, bandwidth=PACKET))
    link.push(0.0, bytes(10 * PACKET))
    link.cut(1.0, Cut.RST, drop=True)
    assert (link.lost, link.in_flight) == (9 * PACKET, PACKET)
    assert drain(link, 60) == [(1.1, bytes(PACKET)), (1.1, Cut.RST)]


def test_behind_a_silent_cut_the_buffer_fills() -> None:
    """Nobody acknowledges, so the writer meets its bound: it is not told otherwise."""
    link = Link(Conditions(), limit=10)
    link.cut(0.0, Cut.SILENCE)
    link.push(1.0, bytes(10))
    assert link.full
    assert drain(link, 1e9) == [(0.0, Cut.SILENCE)]
    assert link.full


def test_a_finished_stream_can_still_break_and_a_broken_one_is_over() -> None:
    """RST after FIN is news; anything after RST is not."""
    link = Link(Conditions())
    for how in (Cut.FIN, Cut.RST, Cut.FIN, Cut.SILENCE):
        link.cut(0.0, how)
    assert link.pop(0.0) == [Cut.FIN, Cut.RST]


# --- the bound


def test_a_push_beyond_the_bound_is_refused() -> None:
    """The host looks at `free` first; room comes back as bytes arrive."""
    link = Link(Conditions(rtt=2.0), limit=10)
    link.push(0.0, b"12345678")
    assert (link.free, link.full) == (2, False)
    with pytest.raises(LocalError, match="room for 2"):
        link.push(0.0, b"abc")
    link.push(0.0, b"ab")
    assert link.full
    link.pop(1.0)
    assert link.free == 10


def test_a_link_needs_room_for_a_byte() -> None:
    """A bound of zero could never pass anything on."""
    with pytest.raises(LocalError, match="at least one byte"):
        Link(Conditions(), limit=0)


# --- whatever happens


@given(steps, seconds, seconds, bandwidths)
def test_everything_arrives_in_order_and_nothing_early(
    script: list[tuple[float, object]], rtt: float, jitter: float, bandwidth: float | None
) -> None:
    """Conditions change at any moment; the stream does not."""
    sent, arrived, link = play(script, Conditions(rtt, jitter, bandwidth))
    data = [(at, item) for at, item in arrived if isinstance(item, bytes)]
    assert b"".join(item for _, item in data) == b"".join(item for _, item, _ in sent)
    assert link.in_flight == 0
    assert link.lost == 0
    times = [at for at, _ in data]
    assert times == sorted(times)
    position = {0: 0.0}  # offset in the stream -> arrival of the byte there
    offset = 0
    for at, item in data:
        for place in range(offset, offset + len(item)):
            position[place] = at
        offset += len(item)
    offset = 0
    for pushed, item, rtt_then in sent:
        if item:
            assert position[offset] >= pushed + rtt_then / 2 - 1e-9
        offset += len(item)


@given(st.lists(st.tuples(seconds, st.binary(max_size=4000)), max_size=20), st.integers(100, 5000))
def test_no_window_carries_more_than_the_bandwidth(
    script: list[tuple[float, bytes]], bandwidth: int
) -> None:
    """Between any two arrivals flows no more than rate times time."""
    _, arrived, _ = play(list(script), Conditions(rtt=0.1, bandwidth=bandwidth))
    data = [(at, len(item)) for at, item in arrived if isinstance(item, bytes) and item]
    total = list(itertools.accumulate(size for _, size in data))
    for i, j in itertools.combinations(range(len(data)), 2):
        assert total[j] - total[i] <= (data[j][0] - data[i][0]) * bandwidth + 1e-6


@given(steps, st.integers())
def test_the_same_seed_gives_the_same_times(script: list[tuple[float, object]], seed: int) -> None:
    """A link has no other source of chance."""
    first = play(script, Conditions(rtt=0.1, jitter=0.5), seed)[1]
    assert play(script, Conditions(rtt=0.1, jitter=0.5), seed)[1] == first


@given(st.lists(st.tuples(st.integers(0, 50), seconds), max_size=40), st.integers(1, 50))
def test_the_bound_is_never_passed(script: list[tuple[int, float]], limit: int) -> None:
    """A host that pushes at most `free` bytes is never refused."""
    link = Link(Conditions(rtt=1.0, bandwidth=20), limit=limit)
    now = 0.0
    for size, wait in script:
        link.push(now, bytes(min(size, link.free)))
        assert 0 <= link.in_flight <= limit
        assert link.full is (link.free == 0)
        now += wait
        drain(link, now)
    drain(link, float("inf"))
    assert link.free == limit
