"""Serve as a program does: block, until a signal says that it is enough.

    io.serve("127.0.0.1", 3000)          Serving at http://127.0.0.1:3000 until Ctrl-C.
    course-lib serve app:io              the same from a shell; see `command`

    a signal          no new clients; sockets end with "server shutting down"; listeners that still
                      run have `grace` seconds; then the port is closed, and `serve` returns
    a second signal   the process ends at once

Lesson 09.  Builds on: `server`.  Used by: `server.Server.serve`, `command`.
New here: a loop of its own, and signals.  Nothing else in the library touches them: `listen` is for
programs that have a loop, such as a notebook.
Left out: several processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import signal
import socket
import ssl as ssl_module
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from ..wire.http.http11 import Request

if TYPE_CHECKING:
    from .server import Server

# SIGBREAK is Ctrl-Break, and what ends a process group, on Windows.
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if name in dir(signal)
]
ANY = ("", "0.0.0.0", "::")


def serve(
    server: Server,
    host: str = "127.0.0.1",
    port: int = 3000,
    *,
    ssl: ssl_module.SSLContext | None = None,
    other: Callable[[Request], Any] | None = None,
    grace: float = 5.0,
    uvloop: bool | None = None,
) -> None:
    """Serve until SIGINT (Ctrl-C) or SIGTERM, then close within about `grace` seconds.

    `ssl` and `other` are those of `Server.listen`.  `uvloop`: None takes it if it is installed,
    as the extra `speed` does; True insists, False takes asyncio's own loop.
    LocalError where a loop runs already, outside the main thread, and for a port that is in use.
    """
    if threading.current_thread() is not threading.main_thread():
        raise LocalError("serve() needs the main thread, where signals arrive: use `listen` here")
    if not 0 <= port <= 65535:
        raise LocalError(f"port={port!r}: a port is 1 to 65535, or 0 for any that is free")
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise LocalError("a loop runs here already: write `async with io.listen(...)`")
    with asyncio.Runner(loop_factory=_loop_factory(uvloop)) as runner:
        runner.run(_serve(server, host, port, ssl, other, grace))


def _loop_factory(uvloop: bool | None) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if uvloop is False:
        return None
    try:
        found: Callable[[], asyncio.AbstractEventLoop]
        found = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        if uvloop:
            raise LocalError(
                'uvloop is not installed: `pip install "course-lib[speed]"`, where it exists'
            ) from None
        return None
    return found


async def _serve(
    server: Server,
    host: str,
    port: int,
    ssl: ssl_module.SSLContext | None,
    other: Callable[[Request], Any] | None,
    grace: float,
) -> None:
    with _told_by_a_signal() as told:
        try:
            address = await server.listen(host, port, ssl=ssl, other=other)
        except OSError as error:
            raise LocalError(_why(error, host, port)) from error
        everywhere = ", and at all other addresses of this computer," if host in ANY else ""
        print(f"Serving at {address.url}{everywhere} until Ctrl-C.", flush=True)
        try:
            await told.wait()
        finally:
            await _close(server, address, grace)


async def _close(server: Server, address: Any, grace: float) -> None:
    """A listener of "disconnect" may have something to store, so it is not cancelled at once."""
    server.engine.begin_to_close()
    if server.runner.tasks:
        await asyncio.wait(list(server.runner.tasks), timeout=grace)
    await address.close(grace)


@contextlib.contextmanager
def _told_by_a_signal() -> Iterator[asyncio.Event]:
    """An event that the first signal sets.  The next one does what the system does by itself."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(told.set)

    # `loop.add_signal_handler` does not exist on Windows.  asyncio wakes its loop for a handler of
    # this kind as well.
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # A shell may have a background program ignore Ctrl-C.
    before = {number: was for number, was in before.items() if was is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, tell)
    try:
        yield told
    finally:
        for number, was in before.items():
            signal.signal(number, was if was is not None else signal.SIG_DFL)


def _why(error: OSError, host: str, port: int) -> str:
    where = f"port {port} of {host or 'this computer'}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program: end that, or choose another port"
    if error.errno == errno.EACCES:
        return f"{where} is not for this user: choose one above 1023"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host!r} is no address of this computer: 127.0.0.1, or 0.0.0.0 for all of them"
    return f"{where} cannot be opened: {error}"
