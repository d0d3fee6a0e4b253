"""Sequence diagrams, tested on their rows, their words, and on the figure's frame."""

from __future__ import annotations

import asyncio
import functools
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import CourseError, LocalError
from course_lib.lab import clock, proxy, sequence, tap
from course_lib.lab.apps import long_polling
from course_lib.lab.figures import diagram, folded_time, plot_lanes, plot_sequence
from course_lib.lab.recording import CLOSED, RECEIVED, REFUSED, SENT, Recording
from course_lib.net import http_client, http_server
from course_lib.wire.http import http11

GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@functools.cache
def long_poll() -> Recording:
    """Long polling through a cable of 50 ms: held for 625 ms, for 2 s in vain, for 900 ms."""

    async def main() -> Recording:
        with tap.Tap("long polling") as recording:
            async with (
                long_polling.Server(hold=2.0) as server,
                proxy.Proxy(server.url, rtt=0.05) as link,
                long_polling.Client(link.url) as client,
            ):
                asyncio.get_running_loop().call_later(0.7, server.post, "안녕 $1 and $2")
                asyncio.get_running_loop().call_later(3.7, server.post, "hello")
                texts = client.messages()
                assert [await anext(texts), await anext(texts)] == ["안녕 $1 and $2", "hello"]
                await texts.aclose()
        return recording

    return clock.simulate(main())


def by_hand(clients: int = 1, *, both: bool = True) -> Recording:
    """A question and an answer of each client, a second for each, 0.1 s of way."""
    recording = Recording("by hand")
    for number in range(clients):
        client = recording.open(number, "client", f"c:{number}", "s:1")
        server = recording.open(number, "server", "s:1", f"c:{number}") if both else None
        assert client is not None
        for end, kind, at, data in (
            (client, SENT, 0.0, GET % number),
            (server, RECEIVED, 0.1, GET % number),
            (server, SENT, 0.3, OK),
            (client, RECEIVED, 0.4, OK),
        ):
            if end is not None:
                recording.add(number + at, end, kind, data)
    return recording


def test_each_message_is_an_arrow_with_the_delay_that_was_measured() -> None:
    """Three questions up, three answers down; connecting made the first one late."""
    found = sequence.of(long_poll())
    assert [(lane.role, lane.title, lane.recorded) for lane in found.lanes] == [
        ("client", "client", True),
        ("server", "server", True),
    ]
    rows = found.rows()
    assert [(row["from"], row["title"]) for row in rows] == [
        ("client", "GET /messages?since=0"),
        ("server", "200 OK"),
        ("client", "GET /messages?since=1"),
        ("server", "200 OK"),
        ("client", "GET /messages?since=1"),
        ("server", "200 OK"),
    ]
    assert [row["delay_ms"] for row in rows] == pytest.approx([75, 25, 25, 25, 25, 25])
    assert {row["fate"] for row in rows} == {"arrived"}


def test_the_server_holds_a_question_from_its_arrival_to_its_answer() -> None:
    """The bars of long polling."""
    holds = sequence.of(long_poll()).holds
    spans = [(hold.start, hold.stop) for hold in holds]
    expected = [(0.075, 0.7), (0.75, 2.75), (2.8, 3.7)]
    assert [pytest.approx(pair) for pair in expected] == spans
    assert [hold.answer.number if hold.answer else None for hold in holds] == [2, 4, 6]
    assert [hold.question.number for hold in holds] == [1, 3, 5]


def test_a_question_without_an_answer_is_held_to_the_end() -> None:
    """Its bar has no end.  One that is not whole yet is not held."""
    recording = Recording()
    client = recording.open(0.0, "client", "c:1", "s:1")
    server = recording.open(0.0, "server", "s:1", "c:1")
    assert client is not None and server is not None
    recording.add(0.0, client, SENT, GET % 1)
    recording.add(0.1, server, RECEIVED, GET % 1)
    (hold,) = sequence.of(recording).holds
    assert (hold.start, hold.stop, hold.answer) == (0.1, None, None)
    recording.add(0.2, client, SENT, GET[:9])
    recording.add(0.3, server, RECEIVED, GET[:9])
    assert len(sequence.of(recording).holds) == 1


def test_the_list_tells_everything_in_order() -> None:
    """A line for each thing that happened; the same in HTML, escaped, as an ordered list."""
    found = sequence.of(long_poll(), stop=0.8)
    assert found.lines() == [
        "0 ms: client, connection 1 opened",
        "0 ms: client to server: GET /messages?since=0 (http, 57 bytes); on the way for 75 ms",
        "25 ms: server, connection 1 opened",
        "700 ms: server to client: 200 OK (http, 156 bytes); on the way for 25 ms; its request "
        "was held for 625 ms",
        "725 ms: client to server: GET /messages?since=1 (http, 57 bytes); on the way for 25 ms",
    ]
    shown = sequence.listing(found)
    assert shown.text.splitlines()[0] == "1. 0 ms: client, connection 1 opened"
    assert re.fullmatch(
        r'<ol aria-label="messages of long polling">(<li>[^<]+</li>){5}</ol>', shown.html
    )


def test_lost_and_refused_are_told_and_drawn() -> None:
    """An answer cut behind byte 100; nobody at port 1."""

    async def main() -> Recording:
        with tap.Tap("cut") as recording:
            async with (
                http_server.serve(lambda _: http11.Response(200, body=bytes(300))) as server,
                proxy.Proxy(server, rtt=0.05) as link,
                http_client.Client() as client,
            ):
                link.cut_after(100)
                with pytest.raises(CourseError):
                    await client.get(link.url)
                with pytest.raises(OSError):
                    await client.get("http://127.0.0.1:1/")
                await asyncio.sleep(1)
        return recording

    found = sequence.of(clock.simulate(main()))
    assert [(row["title"], row["fate"]) for row in found.rows()] == [
        ("GET /", "arrived"),
        ("200 OK", "lost"),
    ]
    lines = "\n".join(found.lines())
    assert "200 OK (http, 340 bytes); lost, 100 bytes of it arrived" in lines
    assert "client 2, connection 2 refused: ConnectionRefusedError" in lines
    assert sorted(mark.what for mark in found.marks) == [
        *("broke", "broke", "opened", "opened", "refused"),
    ]
    plot = sequence.plot(found)
    assert "1 never arrived" in plot.alt
    assert plot.png.startswith(b"\x89PNG")


def test_under_way_is_not_lost() -> None:
    """The connection is open: what has not arrived may still; when the reader is gone, not."""
    recording = by_hand()
    recording.add(5.0, recording.ends[0], SENT, GET % 9)
    assert [row["fate"] for row in sequence.of(recording).rows()][-1] == "under way"
    recording.add(6.0, recording.ends[1], CLOSED)
    assert [row["fate"] for row in sequence.of(recording).rows()][-1] == "lost"


def test_where_one_end_was_recorded_nothing_is_said_about_the_way() -> None:
    """Level arrows, no holding, a lane that is marked as not recorded."""
    found = sequence.of(by_hand(both=False))
    assert [(arrow.fate, arrow.at) for arrow in found.arrows] == [
        ("not recorded", 0.0),
        ("not recorded", 0.4),
    ]
    assert found.holds == []
    assert [lane.recorded for lane in found.lanes] == [True, False]
    assert "recorded at one end only" in sequence.plot(found).caption


def test_servers_stand_between_their_clients() -> None:
    """Three clients of one server; with names, those of one person share a lane."""
    recording = by_hand(3)
    found = sequence.of(recording)
    titles = [lane.title for lane in found.lanes]
    assert titles == ["client 1", "client 2", "server", "client 3"]
    ways = [(arrow.source, arrow.target) for arrow in found.arrows]
    assert ways == [(0, 2), (2, 0), (1, 2), (2, 1), (3, 2), (2, 3)]
    named = sequence.of(recording, names={1: "Ada", 2: "Kim", 3: "Ada"})
    assert [(lane.title, lane.connections) for lane in named.lanes] == [
        ("Ada", [1, 3]),
        ("server", [1, 2, 3]),
        ("Kim", [2]),
    ]


def test_a_part_can_be_chosen() -> None:
    """By connection, by time, by layer; a connection that is not there is an error."""
    recording = by_hand(3)
    chosen = sequence.of(recording, connections=[2])
    assert [row["title"] for row in chosen.rows()] == ["GET /1", "200 OK"]
    assert [lane.title for lane in chosen.lanes] == ["client", "server"]
    assert [row["title"] for row in sequence.of(recording, start=1.05, stop=2.2).rows()] == [
        *("GET /1", "200 OK", "GET /2"),
    ]
    assert sequence.of(recording, layers=["websocket"]).rows() == []
    with pytest.raises(LocalError, match=r"no connection 9; this recording has \[1, 2, 3\]"):
        sequence.of(recording, connections=[9])


def test_the_figure_says_in_words_what_it_shows() -> None:
    """Alternative text computed from the rows, a row of data for each message, the same bytes."""
    plot, again = sequence.plot(long_poll()), sequence.plot(long_poll())
    assert plot.alt == (
        "6 messages (http), on 1 connection, each 25 ms to 75 ms on the way, requests held by the "
        "server for 625 ms to 2 s."
    )
    assert plot.caption == "long polling: what was said, and when; time runs down."
    assert plot.data == sequence.of(long_poll()).rows()
    assert plot.png == again.png
    assert len(plot.png) < 120_000


@pytest.mark.parametrize("bet", [-1.0, 0.0, 0.3, 3600.0])
def test_a_bet_is_a_line_across_the_figure_wherever_it_is(bet: float) -> None:
    """Also long before and long after everything; the rest of the figure stays as it was."""
    without, plot = sequence.plot(long_poll()), sequence.plot(long_poll(), bet=bet)
    figure = plot._figure
    assert figure is not None
    [axes] = figure.axes
    [line] = [line for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    [height] = {*line.get_ydata()}
    bottom, top = axes.get_ylim()
    assert top < height < bottom
    assert [text.get_text() for text in figure.legends[0].texts][-1] == "your bet"
    assert (plot.data, plot.alt) == (without.data, without.alt)


def test_of_many_messages_the_first_are_drawn() -> None:
    """And the caption says of how many; the words are there for all."""
    plot = sequence.plot(by_hand(30))
    assert len(plot.data) == plot_sequence.MOST == 40
    assert plot.caption.endswith("the first 40 of 60 messages.")


def test_what_stands_in_a_recording_is_no_formula() -> None:
    """Two dollar signs in an address are two dollar signs."""
    recording = Recording("$")
    client = recording.open(0.0, "client", r"$\frac{$", "s:1")
    assert client is not None
    recording.add(0.0, client, SENT, GET % 1)
    assert sequence.plot(recording).png


def test_times_beside_the_lanes_do_not_cover_each_other() -> None:
    """In a long diagram all is drawn smaller, the stretches that are folded as well."""
    recording = by_hand(40)
    shown = sequence.of(recording)
    delays = [arrow.message.delay for arrow in shown.arrows if arrow.message.delay]
    measured = folded_time.scale(plot_sequence.times(shown), delays)
    assert measured.height == pytest.approx(folded_time.TALLEST) and len(measured.folded) > 20
    places = sorted(y for y, _ in plot_lanes.ticks(measured))
    gaps = [after - before for before, after in itertools.pairwise(places)]
    assert len(places) > 20 and min(gaps) >= folded_time.LABEL


def test_nothing_to_draw_is_said() -> None:
    """An empty recording has an empty list, and no figure."""
    assert sequence.listing(Recording()).text == "(nothing)"
    with pytest.raises(LocalError, match="nothing to draw"):
        sequence.plot(Recording())


def test_each_layer_has_a_colour_and_a_line_of_its_own() -> None:
    """No two alike, so that print does without colour."""
    looks = [plot_sequence.look_of(layer) for layer in plot_sequence.LAYERS]
    assert len({look.color for look in looks}) == len({str(look.line) for look in looks}) == 5


def test_a_mark_for_the_refused_is_a_word_of_the_recording() -> None:
    """The attempt has a client's lane and the server's address."""
    recording = Recording()
    end = recording.open(1.0, "client", "", "s:1")
    assert end is not None
    recording.add(1.0, end, REFUSED, note="ConnectionRefusedError")
    found = sequence.of(recording)
    assert [(mark.what, mark.at) for mark in found.marks] == [("refused", 1.0)]
    assert found.lanes[1].address == "s:1"
    assert sequence.plot(found).alt == "no message, on 1 connection."


@given(
    st.lists(st.floats(0, 1e4), min_size=1, max_size=20),
    st.lists(st.floats(1e-5, 10), max_size=5),
)
def test_folded_time_never_runs_back(times: list[float], delays: list[float]) -> None:
    """Later is lower, a figure is no taller than a page, and outside of folds the scale is one."""
    scale = folded_time.scale(times, delays)
    places = [scale.y(at) for at in sorted(times)]
    assert places == sorted(places)
    assert 0 <= scale.height <= folded_time.TALLEST + 1e-9
    folds = dict(scale.folded)
    rates = [
        (scale.y(after) - scale.y(at)) / (after - at)
        for at, after in zip(scale.times, scale.times[1:], strict=False)
        if at not in folds and after - at > 1e-6
    ]
    assert not rates or max(rates) == pytest.approx(min(rates), rel=1e-3)


def test_times_are_said_as_exactly_as_needed() -> None:
    """Milliseconds with one decimal at most."""
    assert [diagram.ms(at) for at in (0, 0.0003, 0.025, 3.725)] == [
        *("0 ms", "0.3 ms", "25 ms", "3,725 ms"),
    ]
