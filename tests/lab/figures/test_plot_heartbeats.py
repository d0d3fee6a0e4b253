"""The figures of heartbeats: how soon a server notices, and the deadlines of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from course_lib.engineio import Client, Server
from course_lib.errors import LocalError
from course_lib.lab import clock, plots, proxy, tap
from course_lib.lab.recording import Recording


async def beating(
    transports: Sequence[str], *, cut: bool = False, words: Sequence[float] = ()
) -> tuple[Recording, list[tuple[float, str]]]:
    """A session for two minutes; `cut` after 65 s.  What ended it, by the server's account."""
    loop = asyncio.get_running_loop()
    server = Server(ping_interval=25, ping_timeout=20)
    ended: list[tuple[float, str]] = []

    @server.on("connection")
    def opened(session: object) -> None:
        session.on("close", lambda why, _: ended.append((loop.time(), why)))  # type: ignore[attr-defined]

    with tap.Tap() as recording:
        began = loop.time()
        async with server.listen() as port, proxy.Proxy(port, rtt=4) as link:
            client = await Client(link.url, transports=transports).connect()
            for at in words:
                loop.call_at(began + at, client.send, "a word")
            await asyncio.sleep(65)
            if cut:
                link.cut("silence")
            await asyncio.sleep(60)
            await client.close()
    return recording, [(at - began, why) for at, why in ended]


@pytest.mark.parametrize("transports", [["websocket"], ["polling"]])
def test_the_last_deadline_is_when_the_server_ends_the_session(transports: list[str]) -> None:
    """The figure is made of the recording alone, and the server agrees with it."""
    recording, ended = clock.simulate(beating(transports, cut=True))
    plot = plots.heartbeats(recording)
    *answered, last = plot.data
    assert len(answered) == 2
    assert all(row["pong_arrived_s"] < row["server_deadline_s"] for row in answered)
    assert all(row["server_deadline_s"] == row["ping_s"] + 20 for row in plot.data)
    assert all(row["client_deadline_s"] == row["ping_arrived_s"] + 45 for row in answered)
    assert last["ping_s"] == pytest.approx(answered[-1]["pong_arrived_s"] + 25)
    assert last["pong_s"] is last["ping_arrived_s"] is last["client_deadline_s"] is None
    assert ended[0] == (pytest.approx(last["server_deadline_s"]), "ping timeout")
    assert (
        f"without another pong the server gives up at {last['server_deadline_s']:g} s" in plot.alt
    )
    assert "interval 25 s, timeout 20 s" in plot.caption
    assert plot.png.startswith(b"\x89PNG")


def test_a_healthy_session_has_a_pong_for_each_ping() -> None:
    """Nothing is said about a server that gives up."""
    recording, _ = clock.simulate(beating(["websocket"]))
    plot = plots.heartbeats(recording)
    assert [row["pong_arrived_s"] - row["ping_s"] for row in plot.data] == [4.0] * len(plot.data)
    assert plot.alt.startswith("4 pings, 4 pongs after 4 s; without another ping the client")


def test_another_packet_puts_the_deadline_off_once() -> None:
    """As the server's machine does: a word that arrives while a pong is awaited."""
    recording, _ = clock.simulate(beating(["websocket"], words=[30.5]))
    first = plots.heartbeats(recording).data[0]
    arrives = 32.5
    assert first["ping_s"] < arrives < first["pong_arrived_s"]
    assert first["server_deadline_s"] == pytest.approx(arrives + 20)


def test_a_session_is_chosen_by_its_sid() -> None:
    """And one that is not there is named."""
    recording, _ = clock.simulate(beating(["websocket"]))
    with pytest.raises(LocalError, match=r"no Engine\.IO session 'x' whose handshake was recorded"):
        plots.heartbeats(recording, session="x")
    with pytest.raises(LocalError, match=r"no Engine\.IO session whose handshake was recorded"):
        plots.heartbeats(Recording())


def test_a_client_is_missed_between_the_two_lines() -> None:
    """A point for each, the lines, and the bet as it was placed."""
    moments, waits = [10.0, 20.0, 24.9, 25.1], [35.0, 25.0, 20.1, 45.0]
    plot = plots.detection(moments, waits, interval=25, timeout=20, bet="50 s")
    assert [tuple(row.values()) for row in plot.data] == [*zip(moments, waits, strict=True)]
    assert plot.alt == (
        "4 clients: noticed after 20.1 s at the earliest and 45 s at the latest; the timeout is "
        "20 s, interval and timeout are 45 s."
    )
    axes = plot._figure.axes[0]  # type: ignore[union-attr]
    levels = {line.get_ydata()[0] for line in axes.lines if len(line.get_xdata()) == 2}
    assert levels == {20, 45, 50.0}
    assert axes.get_ylim()[1] > 50
    assert plot.png.startswith(b"\x89PNG")


def test_a_figure_without_a_bet_has_no_line_for_it() -> None:
    """A bet may be a number, or be missing."""
    for bet, lines in ((None, 2), (30.0, 3)):
        plot = plots.detection([1.0], [20.0], interval=25, timeout=20, bet=bet)
        axes = plot._figure.axes[0]  # type: ignore[union-attr]
        assert len(axes.lines) == 1 + lines


@pytest.mark.parametrize(("moments", "waits"), [([], []), ([1.0], []), ([1.0], [2.0, 3.0])])
def test_moments_without_waits_are_an_error(moments: list[float], waits: list[float]) -> None:
    """Nothing is guessed."""
    with pytest.raises(LocalError, match="a wait for each moment"):
        plots.detection(moments, waits, interval=25, timeout=20)


def test_a_bet_that_is_no_time_is_named() -> None:
    """A choice of another question, for example."""
    with pytest.raises(LocalError, match="not 'never'"):
        plots.detection([1.0], [2.0], interval=25, timeout=20, bet="never")
