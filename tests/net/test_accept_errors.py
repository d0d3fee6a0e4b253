"""No descriptor left at accept: the loop stays calm, says so once a second, and recovers."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pathlib
import subprocess
import sys
import weakref

import pytest

from course_lib.net import accept_errors, http_server
from course_lib.wire.http.http11 import Response

# Runs in a process of its own with a lowered limit of descriptors.
STARVE = r"""
import asyncio, json, logging, resource, socket, sys, time
from course_lib.net import http_client, http_server
from course_lib.wire.http.http11 import Response

LIMIT = 64
reports, lines = [], []

class Lines(logging.Handler):
    def emit(self, record):
        lines.append((time.monotonic(), record.name, record.getMessage()))

async def fill(server):
    "Connect from our own process until accept fails; return the sockets."
    sockets = []
    while not lines:
        try:
            client = socket.socket()
        except OSError:
            await asyncio.sleep(0.02)
            continue
        client.setblocking(False)
        client.connect_ex((server.host, server.port))
        sockets.append(client)
        await asyncio.sleep(0)
    return sockets

async def main(close_while_starving):
    loop = asyncio.get_running_loop()
    mine = lambda loop, context: reports.append(context["message"])
    loop.set_exception_handler(mine)
    server = await http_server.serve(lambda request: Response(200, body=b"alive"))
    early = http_client.Client()
    await early.get(server.url)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    sockets = await fill(server)
    cpu, started, turns = time.process_time(), time.monotonic(), 0
    while time.monotonic() - started < (0.2 if close_while_starving else 2.2):
        turns += 1
        assert (await early.get(server.url)).body == b"alive"  # an older client is served
        await asyncio.sleep(0.1)
    busy = (time.process_time() - cpu) / (time.monotonic() - started)
    starving = len(lines)
    if close_while_starving:
        await early.close()
        await server.close()
        for client in sockets:
            client.close()
        await asyncio.sleep(1.7)  # asyncio's planned retries meet the closed listener
        recovery = 0.0
    else:
        for client in sockets:
            client.close()
        freed = time.monotonic()
        async with http_client.Client() as fresh:
            assert (await fresh.get(server.url)).body == b"alive"
        recovery = time.monotonic() - freed
        await early.close()
        await server.close()
        await asyncio.sleep(0.7)  # the handler stays for the retries that may come
    print(json.dumps({
        "busy": busy, "lines": starving, "names": sorted({name for _, name, _ in lines}),
        "gaps": [b[0] - a[0] for a, b in zip(lines, lines[1:])],
        "recovery": recovery, "reports": reports,
        "restored": loop.get_exception_handler() is mine,
    }))

logging.getLogger().addHandler(Lines())
asyncio.run(main(sys.argv[1] == "close"))
"""


def starve(how: str) -> dict:
    pytest.importorskip("resource", reason="no descriptor limit on this system")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", STARVE, how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=pathlib.Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_server_without_descriptors_waits_says_so_once_a_second_and_recovers():
    """Starved for 2.2 s: no spinning, an older client is served, a new one within 2 s after."""
    result = starve("recover")
    assert result["busy"] < 0.5
    assert 1 <= result["lines"] <= 4
    assert min(result["gaps"], default=1.0) >= 0.99
    assert result["names"] == ["course_lib.net.accept_errors"]
    assert result["recovery"] < 2
    assert result["reports"] == []
    assert result["restored"]


def test_a_server_that_closes_while_it_starves_leaves_nothing_behind():
    """asyncio's planned retries find the listener closed; nobody hears of it."""
    result = starve("close")
    assert result["reports"] == []
    assert result["restored"]


# The filter itself.


class Socket:
    """What asyncio puts into its report."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor


def report(descriptor: int) -> dict:
    return {
        "message": "socket.accept() out of system resource",
        "exception": OSError(24, "Too many open files"),
        "socket": Socket(descriptor),
    }


@pytest.fixture
def seen():
    """Reports that reach the handler which the test has set."""
    return []


async def test_only_reports_about_our_own_listeners_are_taken(seen, caplog):
    """Everything else arrives unchanged, the very same dict."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: seen.append(context))
    async with http_server.serve(lambda request: Response(204)) as server:
        ours = server._descriptors[0]
        others = [report(ours + 1000), {"message": "something else"}]
        others.append({"message": "Exception in callback f()", "exception": ValueError("f")})
        for context in (report(ours), *others, report(ours)):
            loop.call_exception_handler(context)
    assert [id(context) for context in seen] == [id(context) for context in others]
    assert [record.name for record in caplog.records] == ["course_lib.net.accept_errors"]


async def test_without_a_handler_the_loops_own_gets_the_other_reports(caplog):
    """asyncio logs them as ever."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(None)
    async with http_server.serve(lambda request: Response(204)):
        loop.call_exception_handler({"message": "something else"})
    assert loop.get_exception_handler() is None
    assert [(r.name, r.getMessage()) for r in caplog.records] == [("asyncio", "something else")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
async def test_the_handler_is_back_after_the_last_of_several_servers(order):
    """They may close in any order."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    servers = [await http_server.serve(lambda request: Response(204)) for _ in range(3)]
    for which in order:
        assert loop.get_exception_handler() is not before
        await servers[which].close()
    assert loop.get_exception_handler() is before


async def test_a_handler_that_was_set_over_ours_stays(seen, caplog):
    """Someone sets theirs while a server runs and calls the one before: all go on working."""
    loop = asyncio.get_running_loop()
    base = loop.get_exception_handler()
    first = await http_server.serve(lambda request: Response(204))
    under = loop.get_exception_handler()

    def theirs(loop: asyncio.AbstractEventLoop, context: dict) -> None:
        seen.append(context["message"])
        under(loop, context)

    loop.set_exception_handler(theirs)
    second = await http_server.serve(lambda request: Response(204))
    loop.call_exception_handler(report(first._descriptors[0]))
    loop.call_exception_handler(report(second._descriptors[0]))
    assert seen == []
    await first.close()
    await second.close()
    await asyncio.sleep(accept_errors._RETRY)  # the reports were a moment ago
    assert loop.get_exception_handler() is theirs
    loop.set_exception_handler(under)
    third = await http_server.serve(lambda request: Response(204))
    await third.close()
    loop.set_exception_handler(base)
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.ERROR


def test_a_loop_that_is_over_is_freed() -> None:
    """With all that hangs on it: servers, sessions, connections."""
    loop = asyncio.new_event_loop()

    gone = weakref.ref(loop)
    accept_errors.watch(loop, [])
    accept_errors.release(loop, [])
    loop.close()
    del loop
    gc.collect()
    assert gone() is None
