"""lab.your_upgrade, lab.official_upgrade: a side of an upgrade on the wire, right or wrong."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

from course_lib.engineio import Server
from course_lib.engineio import server as engine_server
from course_lib.lab import clock, lessons, official_upgrade, proxy, your_upgrade
from course_lib.lab.checks import swap
from course_lib.net import http_client

from .grading import answers

LINES = [
    "opened by polling",
    "upgraded to websocket",
    f"heard {official_upgrade.TEXT}",
    "closed: forced close",
]
PACKAGE = lessons.folder().parent / "node_modules" / "engine.io-client"
node = pytest.mark.skipif(
    not shutil.which("node") or not PACKAGE.exists(),
    reason="node with the package engine.io is missing: install Node.js, then `npm ci`",
)


def answer(kind: str, number: str, name: str, defined: str) -> Any:
    """What an answer to an exercise defines, as the grader's tests have it."""
    path = answers.FOLDER / kind / number / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{kind}_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, defined)


def right(number: str, defined: str) -> list[Any]:
    folder: Path = answers.FOLDER / "right" / number
    return [answer("right", number, path.stem, defined) for path in sorted(folder.glob("*.py"))]


def echo_server() -> Server:
    server = Server()
    server.on("connection", lambda session: session.on("message", session.send))
    return server


async def said_by(client: Any, made: Any) -> list[str]:
    """What a client tells of a server in which this class decides."""
    with swap(engine_server, Probe=your_upgrade.deciding(made)):
        async with echo_server().listen() as address:
            return list(await client(address.url))


@node
@pytest.mark.slow
@pytest.mark.parametrize("made", right("8.1", "ServerUpgrade"))
async def test_the_official_client_upgrades_with_a_right_answer(made: Any) -> None:
    assert await said_by(official_upgrade.hello, made) == LINES


@pytest.mark.parametrize("made", right("8.1", "ServerUpgrade"))
async def test_recorded_bytes_get_the_same_answers(made: Any) -> None:
    assert await said_by(official_upgrade.recorded, made) == LINES


async def test_whoever_has_no_node_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    first, *others = await said_by(official_upgrade.hello, right("8.1", "ServerUpgrade")[0])
    assert "recorded" in first and others == LINES


async def test_a_wrong_pong_is_no_upgrade() -> None:
    made = answer("wrong", "8.1", "answers_bare_3", "ServerUpgrade")
    assert "the upgrade has failed" in await said_by(official_upgrade.recorded, made)


async def test_what_is_no_action_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """At the end of the swap, where the learner looks."""

    class Odd:
        def handle(self, event: Any) -> list[Any]:
            return [("dance",)]

    with swap(engine_server, Probe=your_upgrade.deciding(Odd)):
        async with echo_server().listen() as address, http_client.Client() as http:
            session = await your_upgrade.opened(http, address.url)
            await your_upgrade.failure(session, "2probe")
    assert "('dance',), which is no action" in capsys.readouterr().out


async def numbers(made: Any, cut: float | None) -> tuple[list[str], bool, str]:
    """What the server hears of a hundred numbers, on a link with jitter."""
    server, heard = Server(), list[str]()
    server.on("connection", lambda session: session.on("message", heard.append))
    async with (
        server.listen() as port,
        proxy.Proxy(port, rtt=0.1, jitter=0.2) as link,
        your_upgrade.Client(link.url, made, cut=cut) as client,
    ):
        for number in range(100):
            client.say(f"4{number}")
            await asyncio.sleep(0.01)
        await asyncio.sleep(3)
        return heard, client.upgraded, client.problem


@pytest.mark.parametrize("cut", [None, 0.01, 0.1, 0.2])
@pytest.mark.parametrize("made", right("8.2", "ClientUpgrade"))
def test_a_right_client_loses_nothing_however_it_is_cut(made: Any, cut: float | None) -> None:
    heard, _, problem = clock.simulate(lambda: numbers(made, cut))
    assert (heard, problem) == ([str(number) for number in range(100)], "")


@pytest.mark.parametrize("made", right("8.2", "ClientUpgrade"))
def test_a_refused_websocket_is_lost_before_it_opened(made: Any) -> None:
    """The server offers polling alone."""

    async def story() -> tuple[list[str], str]:
        server, heard = Server(transports=["polling"]), list[str]()
        server.on("connection", lambda session: session.on("message", heard.append))
        async with server.listen() as port, your_upgrade.Client(port.url, made) as client:
            for number in range(5):
                client.say(f"4{number}")
                await asyncio.sleep(0.1)
            return heard, client.problem

    assert clock.simulate(story) == (["0", "1", "2", "3", "4"], "")


def test_a_client_that_ends_with_its_probe_loses_messages() -> None:
    made = answer("wrong", "8.2", "ends_session_on_failed_probe", "ClientUpgrade")
    heard, upgraded, problem = clock.simulate(lambda: numbers(made, 0.01))
    assert len(heard) < 100 and (upgraded, problem) == (False, "the session has ended")


@pytest.mark.parametrize("last", ["2probe", "3probe", "5"])
def test_a_session_outlives_its_websocket_only_before_the_5(last: str) -> None:
    """So a right `next_step` is right on the wire."""

    async def story() -> tuple[str, list[str], int]:
        async with echo_server().listen() as port, http_client.Client() as http:
            session = await your_upgrade.opened(http, port.url)
            what, packets = await your_upgrade.failure(session, last)
            return what, packets, (await http.post(session, body=b"4hi")).status

    what, packets, status = clock.simulate(story)
    assert (what, packets[-1]) == ("websocket cut", last)
    assert status == (400 if last == "5" else 200)
