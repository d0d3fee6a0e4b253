"""Joining: a client asks a server to let it into a namespace.                    Socket.IO rev. 5

    the connection is open ──> auth() ──> 40{"token":"..."} ──>
                               raises ──> wait, as between two attempts ──> auth() ──> ...
    we leave, or the connection is lost, before it returns:  it is cancelled

Lesson 09 (asking again: lesson 13).  Builds on: `connect_error`, engineio.eventually.
Used by: `client`.
New here: other namespaces may be connected on the same connection.  So an `auth` that fails does
not end it; it is called again, up to `reconnection_attempts` times more.
Left out: the answer; see `client`.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from ..engineio import eventually
from ..engineio.handlers import FAILED, Ended
from ..wire.socketio.packet import Packet, Type
from .connect_error import ConnectError

if TYPE_CHECKING:
    from .client import Client


class Joining:
    """What one client asks, on one connection after the other."""

    __slots__ = ("_again", "_client", "_failures", "_running", "number")

    def __init__(self, client: Client) -> None:
        self._client = client
        self.number = 0  # of what is asked now: anything older is stale
        self._running: Ended | None = None  # called at the end of `auth`
        self._failures = 0  # of `auth`, one after the other
        self._again: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """The connection is open: send CONNECT."""
        self.stop()
        number, runner = self.number, self._client.runner
        self._running = ended = functools.partial(self._ended, number)
        what = ("auth", "connect", self._client)
        ended(runner.run(eventually.finish, (self._ask(number),), ended, what))

    def _ask(self, number: int) -> eventually.Steps[None]:
        client, manager = self._client, self._client.manager
        try:
            auth = yield (client.auth() if callable(client.auth) else client.auth)
            hello = None if auth is None else dict(auth)
            messages = manager.parser.encode(Packet(Type.CONNECT, hello, client.namespace_name))
        except Exception as error:
            self._failed(number, ConnectError(f"auth: {error}", description=error))
            return
        if self.number == number:  # nobody has left meanwhile, nor has the connection ended
            self._failures = 0
            manager.ask_to_join(client.namespace_name, messages)

    def _ended(self, number: int, value: Any) -> None:
        if value is FAILED:  # by what is no Exception
            self._failed(number, ConnectError("auth failed"))

    def _failed(self, number: int, error: ConnectError) -> None:
        if self.number != number:
            return
        self._failures += 1
        manager = self._client.manager
        options = manager.options
        if not options.reconnection or self._failures > options.reconnection_attempts:
            self._client.not_connected(error)
            return
        wait = manager.reconnection.delay(self._failures)
        self._again = asyncio.get_running_loop().call_later(wait, self.ask)
        self._client.attempt_failed(error)

    def stop(self) -> None:
        """What was asked before is stale."""
        self.number += 1
        running, self._running = self._running, None
        if running is not None:  # it may wait for ever
            self._client.runner.cancel(running)
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def end(self) -> None:
        """Nobody wants to join any more."""
        self.stop()
        self._failures = 0
