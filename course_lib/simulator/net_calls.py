"""The network half of the simulated loop: the calls by which asyncio code reaches other machines.

Builds on: `network`, `server`, `names`.  Used by: `loop`, which adds the clock.

    create_server      -> Network.listen          start_server, aiohttp's sites and others
    create_connection  -> Network.connect         open_connection, TLS on top where asked for
    sock_connect       -> Network.connect         before create_connection(sock=...)
    getaddrinfo        -> names.resolve
    all other I/O      -> NotSimulated, which names the call

New here: this is the seam, since everything in asyncio that uses TCP makes one of these calls.
"""

from __future__ import annotations

import asyncio
import random
import socket
import ssl as ssl_module
import weakref
from asyncio import base_events
from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import CourseError
from . import names, network, pipe, server
from .link import Conditions


class NotSimulated(CourseError, NotImplementedError):
    """The simulated machine cannot do this; the message names the call."""


class NetworkLoop(base_events.BaseEventLoop):
    """A loop whose TCP is `self.network`."""

    def __init__(self, conditions: Conditions, *, limit: int, random: random.Random) -> None:
        super().__init__()
        self.network = network.Network(self, conditions, limit=limit, random=random)
        self._connected: weakref.WeakKeyDictionary[socket.socket, pipe.Pipe]
        self._connected = weakref.WeakKeyDictionary()

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> list[Any]:
        """Every name is this machine (`names.resolve`)."""
        address = (names.resolve(host or names.LOOPBACK), int(port or 0))
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> tuple[str, str]:
        """The address itself."""
        return str(sockaddr[0]), str(sockaddr[1])

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: server.Factory,
        host: Any = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        ssl: ssl_module.SSLContext | None = None,
        reuse_port: bool | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
        **_: Any,  # family, flags, backlog, reuse_address, keep_alive: no difference here
    ) -> server.Server:
        """Listen in memory.  A real `sock` gives its address, and is never listened on."""
        if isinstance(ssl, bool):
            raise TypeError("ssl argument must be an SSLContext or None")
        hosts = [host] if host is None or isinstance(host, str | bytes) else list(host)
        if sock is not None:
            hosts, port = [sock.getsockname()[0]], sock.getsockname()[1]
        port = port or self.network.free_port()
        listener = server.Server(
            self,
            protocol_factory,
            list(dict.fromkeys((names.resolve(one), port) for one in hosts)),
            ssl=ssl,
            shared=bool(reuse_port),
            borrowed=sock,
            on_close=self.network.unlisten,
            ssl_handshake_timeout=ssl_handshake_timeout,
            ssl_shutdown_timeout=ssl_shutdown_timeout,
        )
        self.network.listen(listener)
        if start_serving:
            await listener.start_serving()
        return listener

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect in memory, on behalf of a real socket that `create_connection` is given next."""
        self._connected[sock] = await self.network.connect((names.resolve(address[0]), address[1]))

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: server.Factory,
        host: Any = None,
        port: int | None = None,
        *,
        ssl: bool | ssl_module.SSLContext | None = None,
        sock: socket.socket | None = None,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        **_: Any,  # family, proto, flags, local_addr, happy_eyeballs_delay, ...: no difference
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect in memory, which takes one round trip, and with TLS as many more as TLS does."""
        if sock is None:
            end = await self.network.connect((names.resolve(host), int(port or 0)))
        elif sock in self._connected:
            end = self._connected.pop(sock)
            sock.close()
        else:
            raise NotSimulated(
                "create_connection(sock=…) with a socket that sock_connect() never saw"
            )
        protocol = protocol_factory()
        if not ssl:
            end.start(protocol)
            return end, protocol
        tls = {
            "server_hostname": host if server_hostname is None else server_hostname,
            "ssl_handshake_timeout": ssl_handshake_timeout,
            "ssl_shutdown_timeout": ssl_shutdown_timeout,
        }
        return await self._shake_hands(end, protocol, None if ssl is True else ssl, tls), protocol

    async def _shake_hands(
        self,
        end: pipe.Pipe,
        protocol: asyncio.BaseProtocol,
        context: ssl_module.SSLContext | None,
        options: dict[str, Any],
    ) -> asyncio.Transport:
        """Do the TLS handshake over an end; return the transport for the plaintext."""
        ready: asyncio.Future[None] = self.create_future()
        tls = server.over_tls(self, protocol, context, ready, **options)
        transport: asyncio.Transport = tls._app_transport
        end.start(tls)
        try:
            await ready
        except BaseException:
            end.abort()
            raise
        return transport


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refuse(self: NetworkLoop, *args: Any, **options: Any) -> NoReturn:
        raise NotSimulated(f"loop.{name}() is not part of a simulation")

    return refuse


for _name in (
    *("subprocess_exec", "subprocess_shell", "add_signal_handler", "remove_signal_handler"),
    *("add_reader", "remove_reader", "add_writer", "remove_writer", "connect_accepted_socket"),
    *("sock_recv", "sock_recv_into", "sock_recvfrom", "sock_recvfrom_into", "sock_sendall"),
    *("sock_sendto", "sock_accept", "sock_sendfile", "create_datagram_endpoint"),
    *("create_unix_connection", "create_unix_server", "connect_read_pipe", "connect_write_pipe"),
):
    setattr(NetworkLoop, _name, _refuse(_name))
