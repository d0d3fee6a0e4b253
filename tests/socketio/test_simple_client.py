"""The client that blocks: for scripts, and for cells without `await`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed, LocalError
from course_lib.lab import loop
from course_lib.socketio import ConnectError, ConnectRefused, Server, SimpleClient
from tests.socketio.programs import ROOT

THREAD = "socketio-client"


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


class Talk:
    """A server in a thread of its own, and what it has heard."""

    def __init__(self) -> None:
        self.io = Server()
        self.heard: list[Any] = []
        self.io.on("connection", self._connected)
        self.io.of("/admin").use(self._guard)
        self.thread = loop.in_thread(self.io.listen)
        self.url = self.thread.start().url

    def _guard(self, socket: Any) -> None:
        if socket.handshake.auth.get("token") != "right":
            raise ConnectRefused("not you", {"try": "again"})

    def _connected(self, socket: Any) -> None:
        socket.on("disconnect", lambda reason, _: self.heard.append(reason))
        socket.on("say", lambda *args: socket.emit("said", *args))
        socket.on("add", lambda *numbers: sum(numbers))
        socket.on("both", lambda: ("one", b"two"))
        socket.on("never", asyncio.Event().wait)
        socket.on("many", lambda count: [socket.emit("tick", n) for n in range(count)] and None)
        socket.on("go", lambda: socket.disconnect(close=True))


@pytest.fixture
def talk() -> Iterator[Talk]:
    one = Talk()
    yield one
    one.thread.stop()
    loop.teardown()
    assert threads() == []


def test_it_emits_calls_and_receives(talk: Talk) -> None:
    """Several values, bytes, an answer of two values; and the server hears that it has left."""
    with SimpleClient() as client:
        client.connect(talk.url)
        assert client.connected and client.sid
        assert client.transport in ("polling", "websocket")
        client.emit("say", "안녕", b"\x00\x01")
        assert client.receive(timeout=60) == ["said", "안녕", b"\x00\x01"]
        assert client.call("add", 1, 2, 3) == 6
        assert client.call("both") == ("one", b"two")
        assert len(threads()) == 1
    assert talk.heard == ["client namespace disconnect"]
    assert (client.sid, client.transport, client.connected) == (None, None, False)
    assert threads() == []


def test_events_wait_in_their_order(talk: Talk) -> None:
    """Until somebody receives them."""
    with SimpleClient() as client:
        client.connect(talk.url, transports=["websocket"])
        assert client.transport == "websocket"
        assert client.call("many", 100) is None
        assert [client.receive(60) for _ in range(100)] == [["tick", n] for n in range(100)]
        with pytest.raises(TimeoutError):
            client.receive(timeout=0.01)


def test_too_many_waiting_events_end_the_connection(talk: Talk) -> None:
    """Those that were kept are received; then an error names the limit."""
    with SimpleClient(max_events=3) as client:
        client.connect(talk.url)
        client.emit("many", 5)
        assert [client.receive(60)[1] for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ConnectionClosed, match=r"3 events waited .*max_events"):
            client.receive(60)
        with pytest.raises(ConnectionClosed, match="max_events"):
            client.emit("say")


def test_an_answer_that_does_not_come_is_a_timeout(talk: Talk) -> None:
    """And the connection goes on."""
    with SimpleClient() as client:
        client.connect(talk.url)
        with pytest.raises(TimeoutError):
            client.call("never", timeout=0.01)
        assert client.call("add", 1) == 1


def test_when_the_server_ends_it_the_reason_is_told(talk: Talk) -> None:
    """To whoever waits, and to whoever comes later."""
    with SimpleClient() as client:
        client.connect(talk.url)
        client.emit("go")
        with pytest.raises(ConnectionClosed, match="io server disconnect"):
            client.receive(60)
        with pytest.raises(ConnectionClosed, match="io server disconnect"):
            client.call("add", 1)
        with pytest.raises(ConnectionClosed, match="io server disconnect"):
            client.emit("say")


def test_it_connects_again_and_not_twice_at_a_time(talk: Talk) -> None:
    """Without a connection, each call says what to do."""
    client = SimpleClient()
    for use in (client.receive, lambda: client.emit("say"), lambda: client.call("add", 1)):
        with pytest.raises(LocalError, match=r"connect\(url\) first"):
            use()
    client.connect(talk.url)
    with pytest.raises(LocalError, match="disconnect"):
        client.connect(talk.url)
    client.emit("say", "kept from the first connection")
    client.disconnect()
    client.disconnect()
    with pytest.raises(LocalError, match=r"connect\(url\) first"):
        client.receive()
    client.connect(talk.url)
    assert client.call("add", 2, 2) == 4
    with pytest.raises(TimeoutError):
        client.receive(timeout=0.01)
    client.disconnect()


def test_a_server_that_refuses_says_why(talk: Talk) -> None:
    """In a namespace that asks for a token; no thread is left of an attempt that failed."""
    client = SimpleClient()
    with pytest.raises(ConnectError, match="not you") as refused:
        client.connect(f"{talk.url}/admin", auth={"token": "wrong"})
    assert refused.value.data == {"try": "again"}
    assert threads() == []
    with client:
        client.connect(f"{talk.url}/admin", auth={"token": "right"})
        assert client.connected


def test_without_a_server_it_is_an_error_and_no_thread() -> None:
    """Also for an address that is none, and for an option that there is not."""
    client = SimpleClient()
    with pytest.raises(ConnectError):
        client.connect("http://127.0.0.1:1")
    with pytest.raises(LocalError, match="write http"):
        client.connect("127.0.0.1")
    with pytest.raises(LocalError, match="transports"):
        client.connect("http://127.0.0.1:1", transport=["polling"])  # type: ignore[call-arg]
    assert threads() == []


async def test_it_works_where_a_loop_runs(talk: Talk) -> None:
    """As in a notebook: the cell blocks the kernel's loop, and the client has its own."""
    with SimpleClient() as client:
        client.connect(talk.url)
        assert client.call("add", 1, 2) == 3


async def test_a_server_on_the_callers_own_loop_cannot_answer() -> None:
    """The error says so."""
    async with Server().listen() as address:
        with pytest.raises(ConnectError, match=r"no answer within 0\.1 s .*caller's own loop"):
            SimpleClient().connect(address.url, timeout=0.1)
    assert threads() == []


INTERRUPTED = """
import sys
from course_lib.socketio import SimpleClient
with SimpleClient() as client:
    client.connect(sys.argv[1])
    try:
        print("waits", flush=True)
        client.receive()
    except KeyboardInterrupt:
        print("interrupted", client.call("add", 1, 2), flush=True)
print("over", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="platform: Windows sends no SIGINT to one process")
def test_ctrl_c_ends_the_wait_and_nothing_else(talk: Talk) -> None:
    """The program decides what comes next; the connection is still there."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, talk.url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "interrupted 3\nover\n"
    assert process.returncode == 0
