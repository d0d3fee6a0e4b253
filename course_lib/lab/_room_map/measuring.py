"""Who really received it: the events that came to the clients, each one noted there.

Lessons 11 and 12.  Builds on: socketio (client), `tables`.  Used by: `lab.room_map`, `question`.

    client            server
      │ ── 3N[] ──>    │      an answer to a request that was never sent: no listener hears it
      │ <── 3N[] ──    │      all that was sent before it has come

New here: a connection keeps the order, so that whatever comes before the answer was sent before
it.  No time has to be guessed, and nothing is waited for that never comes.
Left out: clients of other programs, as a browser; they note what they hear themselves.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ...errors import LocalError
from ...socketio import Client, Server
from ...socketio.endpoint import Endpoint
from ...socketio.sockets import Socket
from ...wire.socketio.packet import Packet, Type
from . import tables

FIRST = 10**15  # the number of a request that was never sent; real ones count from 0
PATIENCE = 30.0  # seconds
NOTHING: AbstractContextManager[None] = nullcontext()


def named(
    server: Server, clients: Iterable[Client], names: tables.Names, only: str | None
) -> dict[str, Client]:
    """The clients by their names on the map.  LocalError for one that is not of this server."""
    found: dict[str, Client] = {}
    known: dict[str, dict[str, str]] = {}  # of each namespace
    for client in clients:
        space = socket_of(server, client).nsp
        if space.name not in known:
            known[space.name] = tables.labels(space, names)
        found[tables.qualified(known[space.name][client.id or ""], space.name, only)] = client
    return found


def socket_of(server: Server, client: Client) -> Socket:
    """The server's end of a client."""
    namespace = server.namespaces.get(client.namespace_name)
    socket = None if namespace is None else namespace.sockets.get(client.id or "")
    if socket is None:
        raise LocalError(f"{client!r} is not connected to this server")
    return socket


async def received(
    server: Server,
    emit: Callable[[], Any],
    clients: Mapping[str, Client],
    watching: AbstractContextManager[Any] = NOTHING,
) -> list[str]:
    """Call `emit`, and name the clients to which an event came, once for each event.

    They stand in the order of `clients`.  `watching` is entered meanwhile.
    """
    ends = {name: (client, socket_of(server, client)) for name, client in clients.items()}
    await _settled(ends.values())
    # An event that waits for its turn has come; those that have waited before are not counted.
    heard = {name: -_waiting(client) for name, client in clients.items()}
    listening = []
    for name, client in clients.items():

        def count(*_: Any, name: str = name) -> None:
            heard[name] += 1

        client.prepend_any(count)
        listening.append((client, count))
    try:
        with watching:
            await finished(emit())
            await _settled(ends.values())
    finally:
        for client, count in listening:
            client.off_any(count)
    found = {name: heard[name] + _waiting(client) for name, client in clients.items()}
    return [name for name, times in found.items() for _ in range(times)]


def _waiting(client: Client) -> int:
    return 0 if client._turns is None else len(client._turns.waiting)


async def finished(result: Any) -> None:
    """Wait for what `emit` returned, if it can be awaited; answers may stay away."""
    if inspect.isawaitable(result):
        try:
            await result
        except TimeoutError:
            return


async def _settled(ends: Iterable[tuple[Client, Socket]]) -> None:
    """Wait until all that is under way has come: to the server first, and then from it."""
    pairs = list(ends)
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(_passed(client, socket) for client, socket in pairs))
            await asyncio.gather(*(_passed(socket, client) for client, socket in pairs))
    except TimeoutError:
        raise LocalError(
            f"nothing passes between a client and the server, for {PATIENCE:g} s"
        ) from None


async def _passed(source: Endpoint, target: Endpoint) -> None:
    """Wait until what `source` has sent so far has come to `target`, or cannot come any more."""
    if not (source.connected and target.connected):
        return
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(_error: Exception | None, _values: list[Any]) -> None:
        if not done.done():
            done.set_result(None)

    pending, number = target._make_acks(), FIRST
    while number in pending._pending:
        number += 1
    pending.add(number, settle, None)
    try:
        source._write_packet(Packet(Type.ACK, [], source.namespace_name, number))
        await done
    finally:
        pending.drop(number)
