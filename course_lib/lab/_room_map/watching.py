"""Follows who joins and who leaves, until it is closed or its map is collected.

Lessons 11 and 12.  Builds on: socketio.adapter (its events), `lab.loop`.  Used by: `lab.room_map`.

    adapter   join-room  join-room  leave-room        any loop
    kernel's loop     refresh ............ refresh    `EVERY` seconds apart or more

New here: it holds neither the server nor the map, so that both end as if nobody looked.
Left out: changes that the adapter does not tell, as that of a name.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from ...socketio import Server
from ...socketio.namespace import Namespace
from .. import loop as lab_loop

if TYPE_CHECKING:
    from ..room_map import RoomMap

EVENTS = ("create-room", "join-room", "leave-room", "delete-room")
EVERY = 0.2  # seconds
SHARE = 10  # refreshing takes at most 1 / SHARE of the time


class Watch:
    """Refreshes a map after its rooms have changed."""

    def __init__(self, owner: RoomMap, server: Server) -> None:
        self._owner = weakref.ref(owner)
        self._server = weakref.ref(server)
        self._loop = _loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = self._stopped = False
        self._next = 0.0  # on the loop's clock
        server.sockets.on("new_namespace", self._came)
        for namespace in server.namespaces.values():
            self._came(namespace)
        weakref.finalize(owner, self.stop).atexit = False
        lab_loop.register(self)

    def _came(self, namespace: Namespace) -> None:
        for event in EVENTS:
            namespace.adapter.on(event, self._changed)
        self._changed()

    def _changed(self, *_: Any) -> None:
        if not (self._waiting or self._stopped or self._loop.is_closed()):
            self._waiting = True
            self._loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        wait = max(0.0, self._next - self._loop.time())
        self._timer = self._loop.call_later(wait, self._refresh)

    def _refresh(self) -> None:
        self._waiting = False
        owner = self._owner()
        if owner is not None and not self._stopped:
            began = time.perf_counter()
            owner.refresh()
            cost = time.perf_counter() - began
            self._next = self._loop.time() + max(EVERY, SHARE * cost)

    def stop(self) -> None:
        """Take the listeners away.  Idempotent."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        server = self._server()
        if server is None:
            return
        server.sockets.off("new_namespace", self._came)
        for namespace in server.namespaces.values():
            for event in EVENTS:
                if self._changed in namespace.adapter.listeners(event):
                    namespace.adapter.off(event, self._changed)

    def close(self) -> None:
        """Close the map; `lab.finish()` calls it."""
        owner = self._owner()
        if owner is not None:
            owner.close()
        self.stop()


def _loop() -> asyncio.AbstractEventLoop:
    """The kernel's loop, or where there is no kernel the running one."""
    try:
        loop = lab_loop.kernel_loop()
        if not loop.is_closed():
            return loop
    except LocalError:
        pass
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise LocalError("nothing would refresh the map: call lab.start() first") from None
