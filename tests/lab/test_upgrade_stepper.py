"""The upgrade stepper: its steps are those of the recording, its states those of the library."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from course_lib.engineio import Client, Server, client_polling
from course_lib.errors import CourseError, LocalError
from course_lib.lab import clock, proxy, tap, upgrade_stepper
from course_lib.lab.recording import Recording
from course_lib.net import http_client, http_server, ws
from course_lib.wire.engineio import upgrade


async def upgraded(count: int = 6, pause: float = 0.04, jitter: float = 0.0) -> Recording:
    """Both sides talk while the transport changes."""
    server = Server()
    opened = asyncio.get_running_loop().create_future()
    server.on("connection", opened.set_result)
    with tap.Tap() as recording:
        async with (
            server.listen() as port,
            proxy.Proxy(port, rtt=0.1, jitter=jitter) as link,
            Client(link.url) as client,
        ):
            session = await opened
            for number in range(count):
                session.send(f"s{number}")
                client.send(f"c{number}")
                await asyncio.sleep(pause)
            await asyncio.sleep(1)
    return recording


@pytest.fixture(scope="module")
def stepper() -> upgrade_stepper.UpgradeStepper:
    """A stepper through an upgrade that succeeds; its steps are not changed."""
    return upgrade_stepper.show(clock.simulate(upgraded()))


def dance(found: list[upgrade_stepper.Step]) -> list[tuple[str, str, str]]:
    """The steps that use the tables: title, client's state, server's state."""
    return [
        (one.message.title, one.states["client"], one.states["server"])
        for one in found
        if one.moved
    ]


def test_the_tables_move_with_the_packets_of_the_probe(
    stepper: upgrade_stepper.UpgradeStepper,
) -> None:
    """Each entry of both tables is used once, and nothing else."""
    assert dance(stepper.steps) == [
        ("101, a WebSocket", "probing", "new"),
        ("2probe", "probing", "probed"),
        ("3probe", "pausing", "probed"),
        ("5", "upgraded", "upgraded"),
    ]
    for end, table in (("client", upgrade.CLIENT), ("server", upgrade.SERVER)):
        used = [one.moved[end] for one in stepper.steps if end in one.moved]
        assert used == list(table)


def test_only_what_waited_for_the_5_is_said_to_have_waited() -> None:
    """What the server sends later did not wait in its queue."""
    recording = clock.simulate(upgraded(6, 0.26))
    said = [one.purpose for one in upgrade_stepper.show(recording).steps]
    found = [each.endswith("waited in its queue.") for each in said if "server sends on" in each]
    assert found[0] and len(found) > 1 and not any(found[1:])


def test_both_lanes_are_there_in_the_order_of_arrival(
    stepper: upgrade_stepper.UpgradeStepper,
) -> None:
    """The handshake first; polling goes on beside the probe, and ends before the 5."""
    times = [one.at for one in stepper.steps]
    assert times == sorted(times)
    assert stepper.steps[0].message.title == "0{…}"
    lanes = [one.lane for one in stepper.steps]
    titles = [one.message.title for one in stepper.steps]
    assert "polling" not in lanes[titles.index("5") :]
    assert "polling" in lanes[titles.index("2probe") : titles.index("5")]
    assert stepper.steps[titles.index("2probe")].packets == b"2probe"
    polled = next(one for one in stepper.steps if "4s0" in one.message.title)
    assert polled.packets.startswith(b"4s0")
    assert all(one.purpose for one in stepper.steps)


def test_the_buttons_and_the_calls_do_the_same() -> None:
    """First, back, next, last; at the ends nothing happens, and no button is disabled."""
    stepper = upgrade_stepper.show(clock.simulate(upgraded(0)))
    stepper.widgets()
    count = len(stepper.steps)
    assert "Step 1 of" in stepper.said.value
    for name, index in (("next", 1), ("next", 2), ("back", 1), ("last", count - 1)):
        stepper.buttons[name].click()
        assert stepper.index == index
        assert f"Step {index + 1} of {count}" in stepper.said.value
    stepper.buttons["next"].click()
    assert stepper.index == count - 1
    stepper.first()
    stepper.back()
    assert stepper.index == 0 and "Step 1 of" in stepper.said.value
    assert not any(button.disabled for button in stepper.buttons.values())
    with pytest.raises(LocalError, match=f"steps are 1 to {count}: 0"):
        stepper.go(0)


def test_a_step_is_shown_with_its_bytes_and_its_entry(
    stepper: upgrade_stepper.UpgradeStepper,
) -> None:
    """The present row is marked, the used entry too; the states are in words."""
    number = next(n for n, one in enumerate(stepper.steps, 1) if one.message.title == "3probe")
    stepper.widgets()
    stepper.go(number)
    drawn = stepper.drawn.value
    assert drawn.count('aria-current="step"') == 1
    assert "33 70 72 6f 62 65" in drawn  # 3probe
    assert "Table of the client; now: <b>pausing</b>" in drawn
    assert "Table of the server; now: <b>probed</b>" in drawn
    assert re.search(r"<tr><td[^>]*>▶</td><td[^>]*>probing</td>", drawn)
    assert "Now client: pausing." in stepper.sentence
    assert 'role="alert"' in stepper.said.value


def test_without_a_front_end_all_steps_are_there(stepper: upgrade_stepper.UpgradeStepper) -> None:
    """As text and as a table; the bundle has the widget as well."""
    assert stepper.text == repr(stepper)
    assert all(one.purpose in stepper.text for one in stepper.steps)
    assert all(one.purpose in stepper.html for one in stepper.steps)
    assert stepper.html.count("<tr") == len(stepper.steps) + 1
    bundle = stepper._repr_mimebundle_()
    assert bundle["text/plain"] == stepper.text and bundle["text/html"] == stepper.html
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert not re.search(r"color:\s*(#|white|black)", stepper.html.replace("#888", ""))


def test_what_a_peer_wrote_is_no_markup() -> None:
    """A message of the chat cannot become part of the page."""

    async def rude() -> Recording:
        server = Server()
        server.on("connection", lambda session: session.send("<b>bold</b>"))
        with tap.Tap() as recording:
            async with server.listen() as port, Client(port.url):
                await asyncio.sleep(1)
        return recording

    stepper = upgrade_stepper.show(clock.simulate(rude()))
    stepper.widgets()
    assert "<b>bold" not in stepper.html
    for _ in stepper.steps:
        assert "<b>bold" not in stepper.said.value + stepper.drawn.value
        stepper.next()


async def half_way(reply: str | None) -> Recording:
    """A WebSocket that is accepted, and then answers the probe with `reply`, or not at all."""
    server = Server()

    def accept(link: Any) -> None:
        if reply is not None:
            link.on_message = lambda _: link.send_nowait(reply)

    async with server.listen() as port, http_client.Client() as http:

        async def handle(request: Any) -> Any:
            if request.upgrade:
                return ws.upgrade(request, accept, origins="*")
            return await http.request(
                request.method, port.url + request.target, body=request.body, timeout=60
            )

        with tap.Tap() as recording:
            async with http_server.serve(handle) as half:
                client = Client(half.url, upgrade_timeout=3)
                failed = asyncio.get_running_loop().create_future()
                client.on("upgrade_error", failed.set_result)
                async with client:
                    await failed
                    await asyncio.sleep(1)
    return recording


def test_an_answer_that_is_not_in_the_table_fails_the_attempt() -> None:
    """Whatever it is; polling goes on."""
    stepper = upgrade_stepper.show(clock.simulate(half_way("4hello")))
    assert dance(stepper.steps)[-1][:2] == ("4hello", "failed")
    step = next(one for one in stepper.steps if one.message.title == "4hello")
    assert step.moved["client"] == ("probing", "4hello")
    stepper.widgets()
    stepper.go(stepper.steps.index(step) + 1)
    assert "probing, 4hello: not in the table" in stepper.drawn.value
    assert "polling" in [one.lane for one in stepper.steps[stepper.steps.index(step) :]]


def test_a_probe_without_an_answer_never_upgrades() -> None:
    """Nothing but polling comes after it."""
    stepper = upgrade_stepper.show(clock.simulate(half_way(None)))
    assert "upgraded" not in {state for one in stepper.steps for state in one.states.values()}
    assert "2probe" in [one.message.title for one in stepper.steps]


async def refused() -> Recording:
    """A proxy that knows no upgrade."""
    server = Server()
    async with server.listen() as port, http_client.Client() as http:

        async def forward(request: Any) -> Any:
            return await http.request(
                request.method, port.url + request.target, body=request.body, timeout=60
            )

        with tap.Tap() as recording:
            async with http_server.serve(forward) as old, Client(old.url):
                await asyncio.sleep(1)
    return recording


def test_a_refused_handshake_fails_both_ends() -> None:
    """There was never a WebSocket."""
    stepper = upgrade_stepper.show(clock.simulate(refused()))
    assert dance(stepper.steps)[-1][1:] == ("failed", "failed")
    assert any("There will be no WebSocket" in one.purpose for one in stepper.steps)


def test_what_never_arrives_moves_no_table_at_its_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    """An impatient client, as in the demonstration of lesson 08: its session ends meanwhile."""

    async def no_pause(polling: Any) -> Any:
        polling._paused = True
        waiting, polling._queue = polling._queue, []
        return waiting

    monkeypatch.setattr(client_polling.Polling, "pause", no_pause)
    kept: list[Recording] = []

    async def talk() -> None:
        server = Server()
        with tap.Tap() as recording:
            kept.append(recording)
            async with (
                server.listen() as port,
                proxy.Proxy(port, rtt=0.1, jitter=0.05) as link,
                Client(link.url) as client,
            ):
                for number in range(100):
                    client.send(str(number))
                    await asyncio.sleep(0.01)

    with pytest.raises(CourseError):
        clock.simulate(talk())
    stepper = upgrade_stepper.show(kept[0])
    titles = [one.message.title for one in stepper.steps]
    five = stepper.steps[titles.index("5")]
    assert five.states == {"client": "upgraded", "server": "probed"}
    assert five.purpose == "It has not arrived."


async def by(transports: list[str]) -> Recording:
    """A session that never changes its transport."""
    server = Server()
    with tap.Tap() as recording:
        async with server.listen() as port, Client(port.url, transports=transports):
            await asyncio.sleep(1)
    return recording


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]])
def test_without_an_upgrade_there_are_no_steps(transports: list[str]) -> None:
    """A WebSocket that begins a session is none."""
    recording = clock.simulate(by(transports))
    with pytest.raises(LocalError, match="no upgrade was recorded"):
        upgrade_stepper.show(recording)


def test_a_session_is_chosen_by_its_sid(stepper: upgrade_stepper.UpgradeStepper) -> None:
    """A sid that is not there is named."""
    recording = clock.simulate(upgraded(0))
    with pytest.raises(LocalError, match="with its sid, 'nobody'"):
        upgrade_stepper.show(recording, session="nobody")
