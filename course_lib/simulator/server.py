"""What `create_server` returns on the simulated machine.

Builds on: `pipe`.  Used by: `connection`, `network`, `loop`.

New here: nothing.  It keeps asyncio's contract as Python 3.12 settled it: `wait_closed` waits until
the server is closed and the last connection is gone (in 3.11 it returned at once).
"""

from __future__ import annotations

import asyncio
import ssl as ssl_module
from asyncio import sslproto
from collections.abc import Callable
from typing import Any

from . import names, pipe

Factory = Callable[[], asyncio.BaseProtocol]


def over_tls(
    loop: asyncio.AbstractEventLoop,
    protocol: asyncio.BaseProtocol,
    context: ssl_module.SSLContext | None,
    ready: asyncio.Future[None] | None = None,
    **options: Any,
) -> Any:
    """Put asyncio's TLS between a transport and `protocol`; `ready` is done after the handshake."""
    make: Any = sslproto.SSLProtocol
    return make(loop, protocol, context, ready, **options)


class Server(asyncio.AbstractServer):
    """Accepts connections at `addresses` while it serves."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        factory: Factory,
        addresses: list[names.Address],
        *,
        ssl: ssl_module.SSLContext | None = None,
        shared: bool = False,
        borrowed: Any = None,
        on_close: Callable[[Server], None],
        **ssl_timeouts: Any,
    ) -> None:
        self.shared = shared  # reuse_port: others may listen here too
        self.addresses = addresses
        self._loop = loop
        self._on_close = on_close
        self._factory = factory
        self._ssl, self._ssl_timeouts = ssl, ssl_timeouts
        self._borrowed = borrowed  # a real socket whose address we took
        self._clients: dict[pipe.Pipe, None] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._serving = self._closed = False
        self._forever: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<Server {', '.join(f'{host}:{port}' for host, port in self.addresses)}>"

    @property
    def sockets(self) -> tuple[Any, ...]:
        """One for each address; none once the server is closed."""
        if self._closed:
            return ()
        return tuple(names.SimulatedSocket(address) for address in self.addresses)

    def accept(self, end: pipe.Pipe) -> None:
        """A client's handshake is done: give our end of the connection a protocol."""
        protocol = self._factory()
        if self._ssl is not None:
            options = self._ssl_timeouts
            protocol = over_tls(self._loop, protocol, self._ssl, server_side=True, **options)
        self._clients[end] = None
        end.start(protocol)

    def forget(self, end: pipe.Pipe) -> None:
        """Forget a connection whose end here is lost."""
        self._clients.pop(end, None)
        self._wake()

    def _wake(self) -> None:
        if self._closed and not self._clients:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # --- asyncio's contract

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop it was made on."""
        return self._loop

    def is_serving(self) -> bool:
        """Whether it accepts connections now."""
        return self._serving

    async def start_serving(self) -> None:
        """Accept connections from now on."""
        if self._closed:
            raise RuntimeError(f"{self!r} is closed")
        self._serving = True

    async def serve_forever(self) -> None:
        """Serve until cancelled, then close."""
        if self._forever is not None:
            raise RuntimeError(f"{self!r} is already being awaited on serve_forever()")
        await self.start_serving()
        self._forever = self._loop.create_future()
        try:
            await self._forever
        except asyncio.CancelledError:
            self.close()
            await self.wait_closed()
            raise
        finally:
            self._forever = None

    def close(self) -> None:
        """Accept no more; the connections that exist go on."""
        if self._closed:
            return
        self._closed, self._serving = True, False
        self._on_close(self)
        if self._borrowed is not None:
            self._borrowed.close()
        if self._forever is not None:
            self._forever.cancel()
        self._wake()

    def close_clients(self) -> None:
        """Close every connection that was accepted here."""
        for client in tuple(self._clients):
            client.close()

    def abort_clients(self) -> None:
        """Reset every connection that was accepted here."""
        for client in tuple(self._clients):
            client.abort()

    async def wait_closed(self) -> None:
        """Wait until the server is closed and its last connection is gone."""
        if self._closed and not self._clients:
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        await waiter
