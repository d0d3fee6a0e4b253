"""The transport lab without a browser: what is chosen, bet, run, kept, and shown."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course_lib import lab
from course_lib.errors import LocalError
from course_lib.lab import compare, loop, transport_lab
from course_lib.lab._compare import transports
from course_lib.lab._transport_lab import conditions, shelf
from course_lib.lab._transport_lab.panel import Panel
from course_lib.lab.transport_lab import TransportLab


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Labs are kept by name and register themselves to be closed."""
    yield
    transport_lab._labs.clear()
    loop.teardown()


def shown(**wishes: Any) -> tuple[TransportLab, Panel]:
    """A lab and its widgets; in an `async def` test only."""
    lab.start()
    panel = transport_lab.transport_lab(**wishes)
    panel.widgets()
    return panel, panel.view


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file."""
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


async def click(button: Any) -> None:
    """Press, and wait until what it started has ended."""
    button.click()
    await asyncio.sleep(0)
    await lab.until(lambda: not button.disabled)


async def test_the_panel_runs_what_is_chosen_and_says_how_good_the_bets_were() -> None:
    """Milliseconds on the panel, seconds in the calls; the figure has the bets and the runs."""
    panel, view = shown(duration=10.0)
    view.inputs.use["short polling"].value = False
    view.inputs.numbers["rate"].value = 40
    view.inputs.numbers["rtt"].value = 100
    view.inputs.bets["WebSocket"].value = "25"
    view.inputs.bets["long polling"].value = "100 ms"
    await click(view.run)
    settings = panel.shelf.kept[0].comparison.settings
    assert (settings.rate, settings.rtt, settings.duration) == (40, 0.1, 10)
    assert [row["run"] for row in panel.figure().data] == ["long polling", "WebSocket"]
    assert panel.figure().data[1]["median_ms"] == pytest.approx(50)
    assert panel.said[0] == "Kept as run 1."
    assert panel.said[2] == "WebSocket: You bet 25 ms. It is 50 ms: too low by a factor of 2."
    assert panel.said[1].startswith("long polling: You bet 100 ms. It is ")
    assert "Kept as run 1." in view.status.value
    assert panel.shelf.kept[0].comparison.bet == {"WebSocket": 0.025, "long polling": 0.1}
    assert [field.value for field in view.inputs.bets.values()] == ["", "", ""]
    assert view.results.views.value == "costs"
    assert "WebSocket: median 50 ms" in view.results.picture.value


async def test_the_call_below_the_buttons_measures_the_same() -> None:
    """What it says can be typed, and gives the same figures."""
    panel, view = shown(duration=20.0)
    panel.choose("websocket", "long polling")
    panel.set(rate=5.0, jitter=0.02, bandwidth=20_000.0, clients=2, size=64)
    assert panel.call == (
        'await compare.compare(("long polling", "WebSocket"), rate=5, size=64, clients=2, '
        "duration=20, rtt=0.05, jitter=0.02, bandwidth=20000)"
    )
    assert "bandwidth=20000" in view.call.value
    await panel.run()
    source = f"async def typed():\n    return {panel.call}"
    space: dict[str, Any] = {"compare": compare}
    exec(source, space)
    typed = await space["typed"]()
    assert typed.table() == panel.shelf.kept[0].comparison.table()


async def test_a_number_that_cannot_be_is_said_and_does_not_stay() -> None:
    """The field shows what counts."""
    panel, view = shown(duration=3600.0)
    view.inputs.numbers["rate"].value = 1000
    assert "3,600,000 messages for 1 client are more than" in view.inputs.trouble.value
    assert view.inputs.numbers["rate"].value == panel.wishes["rate"] == 1
    view.inputs.numbers["clients"].value = 10_000
    assert "Not changed: Clients can be 1 to 200, not 10,000." in view.inputs.trouble.value
    view.inputs.numbers["rate"].value = 0
    assert "Messages a second can be 0.01 to 1,000, not 0." in view.inputs.trouble.value
    assert view.inputs.numbers["rate"].value == 1 and view.inputs.numbers["clients"].value == 1
    view.inputs.numbers["rate"].value = 2
    assert view.inputs.trouble.value == ""
    with pytest.raises(LocalError, match="no condition 'speed'; there are rate, size"):
        panel.set(speed=1)


async def test_a_bet_on_a_run_that_was_refused_does_not_count_for_the_next() -> None:
    """Its field was emptied before the second click."""
    panel, view = shown(duration=5.0)
    panel.choose()
    view.inputs.bets["WebSocket"].value = "77"
    panel.choose("WebSocket")
    panel.set(clients=200, rate=120.0)
    await click(view.run)
    assert "Not run: a simulation of about" in view.status.value
    view.inputs.bets["WebSocket"].value = ""
    panel.set(clients=1, rate=1.0)
    await click(view.run)
    assert panel.said == ["Kept as run 1.", "No bet was placed."]


async def test_in_time_is_about_the_run_that_is_chosen() -> None:
    """Not about the newest; and files and messages need one."""
    panel, view = shown(duration=5.0)
    await panel.run()
    panel.set(rate=3.0)
    await panel.run()
    view.results.views.value = "live"
    assert "Run 2: 3 a second" in view.results.picture.value
    panel.show(1)
    assert "Run 1: 1 a second" in view.results.picture.value
    view.results.views.value = "message"
    assert view.results.of.value == "Of run 1"
    panel.show()
    assert "Nothing to show: no run is chosen." in view.results.picture.value
    assert view.results._message_row.layout.display == "none"


async def test_a_file_gets_its_ending_once_and_needs_a_name(tmp_path: Path) -> None:
    """Whatever was typed, one sentence without an error's number."""
    panel, view = shown(duration=5.0)
    await panel.run()
    save = view.results.save["Save the table (CSV)"]
    for name, said in {
        str(tmp_path / "runs.csv"): f"Saved to {tmp_path / 'runs.csv'}.",
        "  ": "Not saved: the file needs a name.",
        str(tmp_path / "no" / "where"): "where.csv: No such file or directory.",
    }.items():
        view.results.file.value = name
        save.click()
        assert said in view.status.value


@pytest.mark.parametrize(
    ("wishes", "chosen", "why"),
    [
        ({"clients": 200, "rate": 20.0}, ("WebSocket",), "a simulation of about 120,000 messages"),
        ({"clients": 200, "duration": 600.0, "rate": 0.01}, None, "a simulation of about 121,200"),
        ({"simulated": False, "rate": 600.0}, ("WebSocket",), "about 600 messages and requests a"),
        ({"simulated": False, "duration": 601.0}, None, "on real sockets a run takes its time"),
        ({}, (), "choose a transport, or several"),
    ],
)
async def test_what_takes_too_long_here_is_refused_before_it_begins(
    wishes: dict[str, Any], chosen: tuple[str, ...] | None, why: str
) -> None:
    """In one sentence, beside the button and when it is pressed."""
    panel, view = shown(**wishes)
    if chosen is not None:
        panel.choose(*chosen)
    assert f"Cannot be run: {why}" in view.effort.value
    await click(view.run)
    assert f"Not run: {why}" in view.status.value
    assert not panel.shelf.kept and not panel.running
    with pytest.raises(LocalError, match=why):
        await panel.run()


async def test_a_bet_that_is_no_number_stops_the_run() -> None:
    """And stays in its field, to be repaired."""
    panel, view = shown()
    view.inputs.bets["WebSocket"].value = "soon"
    await click(view.run)
    assert "the bet on WebSocket is a number of milliseconds, not &#x27;soon&#x27;." in (
        view.status.value
    )
    assert view.inputs.bets["WebSocket"].value == "soon"
    assert not panel.shelf.kept
    view.inputs.bets["WebSocket"].value = "-1"
    await click(view.run)
    assert "not &#x27;-1&#x27;" in view.status.value


async def test_cancel_ends_a_run_on_real_sockets_and_leaves_nothing() -> None:
    """The button, in the middle of a run; `lab.finish` would find a task or a socket."""
    panel, view = shown(simulated=False, duration=60.0, rate=20.0, rtt=0.0)
    view.run.click()
    await lab.until(lambda: panel.live and panel.live["short polling"].deliveries)
    assert view.results.views.value == "live"
    assert "<svg" in view.results.picture.value
    with pytest.raises(LocalError, match="a run goes on; cancel it first"):
        await panel.run()
    await asyncio.to_thread(view.cancel.click)
    await lab.until(lambda: not view.run.disabled)
    assert panel.said == ["Cancelled. Nothing of it is kept, and nothing is running."]
    assert not panel.running and not panel.shelf.kept
    view.cancel.click()
    assert panel.said == ["Nothing is running."]
    await lab.finish()


async def test_cancel_ends_a_simulation_and_the_loop_is_never_held_for_long() -> None:
    """A long one gives turns, and shows how it goes."""
    panel, view = shown(rate=20.0, clients=100, duration=40.0)
    assert "simulated: takes about 25 s." in view.effort.value
    waits: list[float] = []

    async def heartbeat() -> None:
        clock = asyncio.get_running_loop().time
        while True:
            before = clock()
            await asyncio.sleep(0)
            waits.append(clock() - before)

    beating = asyncio.create_task(heartbeat())
    view.run.click()
    await lab.until(lambda: "<svg" in view.results.picture.value, patience=30)
    view.cancel.click()
    await lab.until(lambda: not view.run.disabled)
    beating.cancel()
    assert panel.said == ["Cancelled. Nothing of it is kept, and nothing is running."]
    assert len(waits) > 5 and max(waits) < 1.5  # 0.05 s on a computer that has nothing else to do
    await lab.finish()


async def test_finish_ends_a_run_and_the_panel_can_go_on() -> None:
    """A lesson's last cell may come while something runs."""
    panel, view = shown(simulated=False, duration=60.0, rtt=0.0)
    view.run.click()
    await lab.until(lambda: panel.running)
    await lab.finish()
    assert not panel.running
    await lab.until(lambda: not view.run.disabled)
    assert panel.said == ["Cancelled. Nothing of it is kept, and nothing is running."]
    panel.set(simulated=True)
    await click(view.run)
    assert panel.said[0] == "Kept as run 1."
    assert transport_lab.transport_lab() is panel


async def test_whoever_waits_for_a_run_and_is_cancelled_ends_it() -> None:
    """As when a cell is interrupted."""
    panel, _ = shown(simulated=False, duration=60.0, rtt=0.0)
    waiting = asyncio.create_task(panel.run())
    await lab.until(lambda: panel.running)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not panel.running
    await lab.finish()


async def test_a_cell_that_is_run_again_has_the_same_lab() -> None:
    """With what it kept, and with the conditions of the cell."""
    first, view = shown(rate=2.0)
    first.set(rate=3.0)
    await first.run()
    again = transport_lab.transport_lab(rate=2.0)
    assert again is first and again.widgets() is view.root
    assert again.wishes["rate"] == 2 and len(again.shelf.kept) == 1
    assert transport_lab.transport_lab(name="another") is not first


async def test_a_transport_that_is_registered_gets_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the cell is run again; without a change here."""
    monkeypatch.setattr(transports, "TRANSPORTS", compare.TRANSPORTS)
    panel, view = shown(duration=5.0)
    compare.register("patient polling", lambda interval: compare.long_polling(hold=60))
    try:
        again = transport_lab.transport_lab(duration=5.0)
        assert again is panel and again.widgets() is not view.root
        assert view.run.disabled and "There is a newer panel" in view.status.value
        again.choose("patient polling")
        await again.run()
        assert [row["run"] for row in again.table()] == ["long polling"]
        assert list(again.view.inputs.use)[-1] == "patient polling"
    finally:
        del compare.TRANSPORTS["patient polling"]


async def test_what_stands_on_websocket_is_offered_on_request() -> None:
    """Six rows more; the usual lab has none of them, and says so."""
    every = [*compare.TRANSPORTS, *compare.ENGINEIO, *compare.SOCKETIO]
    panel, view = shown(transports=every, duration=5.0)
    assert list(view.inputs.use) == panel.transports == every
    panel.choose("socket.io websocket", "engine.io upgraded", "WebSocket")
    assert panel.transports == ["WebSocket", "Engine.IO, upgraded", "Socket.IO, WebSocket"]
    assert '("WebSocket", "Engine.IO, upgraded", "Socket.IO, WebSocket")' in panel.call
    await panel.run()
    assert [row["run"] for row in panel.table()] == panel.transports
    usual, view = shown(duration=5.0)
    assert usual is panel and list(view.inputs.use) == list(compare.TRANSPORTS)
    with pytest.raises(LocalError, match=r"Engine\.IO, polling is not offered here"):
        usual.choose("engine.io polling")


async def test_kept_runs_are_compared_and_bounded() -> None:
    """The newest is shown first; ticking another one shows both; the oldest go."""
    panel, view = shown(duration=5.0)
    panel.choose("WebSocket")
    for rate in range(1, shelf.MOST + 3):
        panel.set(rate=float(rate))
        await panel.run()
    numbers = list(range(3, shelf.MOST + 3))
    assert [each.number for each in panel.shelf.kept] == numbers
    assert list(view.results.kept) == numbers[::-1]
    assert panel.shelf.shown == [numbers[-1]]
    held = [run.recording for each in panel.shelf.kept for run in each.comparison.runs]
    assert [each is not None for each in held] == [False] * (shelf.MOST - 2) + [True] * 2
    view.results.kept[numbers[0]].value = True
    assert [row["number"] for row in panel.table()] == [numbers[0], numbers[-1]]
    assert [row["run"] for row in panel.figure().data] == ["WebSocket [3]", "WebSocket [10]"]
    assert "WebSocket [3]" in view.results.picture.value
    view.results.kept[numbers[-1]].value = False
    with pytest.raises(LocalError, match="only the latest 2 runs still have their bytes"):
        panel.message("WebSocket", 1)
    view.results.kept[numbers[0]].value = False
    assert "no run is chosen." in view.results.picture.value
    with pytest.raises(LocalError, match="no run 1 is kept; there are 3, 4"):
        panel.show(1)


async def test_large_runs_leave_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is kept has a bound; the newest stays, however large it is."""
    panel, _ = shown(rate=10.0, duration=5.0)
    panel.choose("WebSocket")
    await panel.run()
    each = len(panel.shelf.runs()[0].deliveries)
    monkeypatch.setattr(shelf, "MOST_DELIVERIES", 2 * each)
    for _ in range(3):
        await panel.run()
    assert [kept.number for kept in panel.shelf.kept] == [3, 4]
    monkeypatch.setattr(shelf, "MOST_DELIVERIES", each - 1)
    await panel.run()
    assert [kept.number for kept in panel.shelf.kept] == [5]


async def test_any_message_is_shown_as_a_diagram() -> None:
    """Its number is typed, or the slowest is taken; each reader has its own."""
    panel, view = shown(rate=20.0, clients=2, duration=5.0)
    await panel.run()
    view.results.views.value = "message"
    view.results.transport.value = "long polling"
    run = panel.shelf.kept[0].comparison.run("long polling")
    mine = [d.latency for d in run.deliveries if d.receiver == "reader 1"]
    assert view.results.number.max == len(mine)
    view.results.reader.value = 2
    view.results.slowest.click()
    assert view.results.number.value == mine.index(max(mine)) + 1
    assert f"long polling, message {view.results.number.value}:" in view.results.picture.value
    diagram = panel.message("long polling", view.results.number.value, reader=2)
    assert diagram.data[-1]["title"].startswith("200 OK")
    with pytest.raises(LocalError, match="readers are 1 to 2: 3"):
        panel.message("WebSocket", 1, reader=3)


async def test_runs_are_saved_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each run with its conditions, a row for each message, and the figure."""
    monkeypatch.chdir(tmp_path)
    panel, view = shown(rate=4.0, rtt=0.08, duration=5.0)
    await panel.run()
    view.results.views.value = "table"
    assert 'scope="col"' in view.results.picture.value
    view.results.file.value = "측정"
    for button in view.results.save.values():
        button.click()
        assert "Saved to 측정" in view.status.value
    rows = rows_of(tmp_path / "측정.csv")
    assert [row["run"] for row in rows] == ["short polling, 1 s", "long polling", "WebSocket"]
    assert (rows[0]["number"], rows[0]["rate"], rows[0]["rtt"]) == ("1", "4.0", "0.08")
    messages = rows_of(tmp_path / "측정-messages.csv")
    assert len(messages) == sum(int(row["delivered"]) for row in rows)
    assert (tmp_path / "측정.png").read_bytes() == panel.figure().png
    view.results.file.value = "no folder/x"
    next(iter(view.results.save.values())).click()
    assert "Not saved: " in view.status.value
    with pytest.raises(LocalError, match=r"the name ends in \.csv: 'x\.txt'"):
        panel.write_csv("x.txt")


async def test_without_widgets_there_are_figures_and_the_call() -> None:
    """What a stored notebook shows, before and after a run."""
    lab.start()
    panel = transport_lab.transport_lab(duration=5.0)
    assert "Nothing has been measured" in panel._repr_html_()
    assert repr(panel) == panel.call
    panel.bet({"websocket": 0.05})
    await panel.run()
    html = panel._repr_html_()
    assert html.count("<figure") == 2 and html.count("<svg") == 3
    assert "run 1: 1 a second, round trip 50 ms, 5 s, simulated" in repr(panel)
    assert "  WebSocket            median    25.0 ms" in repr(panel)
    bundle = panel._repr_mimebundle_()
    assert bundle["text/html"] == html
    assert "application/vnd.jupyter.widget-view+json" in bundle


async def test_a_run_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one begins afresh."""

    def broken(interval: float) -> compare.Transport:
        raise OSError("no port is free\nand so on")

    panel, view = shown()
    panel.choose("WebSocket")
    monkeypatch.setitem(compare.TRANSPORTS, "WebSocket", broken)
    await click(view.run)
    assert panel.said == ["The run failed: no port is free."]
    monkeypatch.undo()
    await click(view.run)
    assert panel.said[0] == "Kept as run 1."


def test_each_number_of_the_panel_means_what_it_shows() -> None:
    """Both ways, for the defaults and for a bandwidth without a limit."""
    for number in conditions.NUMBERS:
        usual = conditions.DEFAULTS[number.key]
        assert number.meant(number.shown(usual)) == usual
        assert number.least <= number.shown(usual) <= number.most
    (width,) = (each for each in conditions.NUMBERS if each.key == "bandwidth")
    assert width.meant(20) == 20_000 and width.meant(0) is None
