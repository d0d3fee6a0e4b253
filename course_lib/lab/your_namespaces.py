"""A learner's namespaces and middlewares, on the wire with the library's.

    with checks.swap(server, Connection=your_namespaces.carrying(Namespaces)):
        the learner's class decides what each packet of a client means
    with checks.swap(server, Namespace=your_namespaces.asking(Door)):
        the learner's class asks the middlewares
    tokens = your_namespaces.Tokens()      tokens.sign(name="ada", role="admin") ─▶ "eyJ….9f2c…"
                                           await tokens.read(text) ─▶ {"name": …}, or ValueError

    carrying(Namespaces)    exercise 12.1   for socketio.server.Connection
    asking(Door)            exercise 12.2   for socketio.server.Namespace
    Tokens                  exercises 12.3 and 12.4

Lesson 12.  Builds on: `socketio`.
New here: what a machine says that makes no sense is printed, and the story goes on.
Left out: sockets that the server sends away; acknowledgements are the library's.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from ..engineio import Session
from ..errors import RemoteError
from ..socketio import Socket
from ..socketio.connection import Connection  # not the one that a swap puts in its place
from ..socketio.namespace import Namespace
from ..socketio.server import Server
from ..wire.socketio.packet import Packet, Type
from .your_acks import Machine
from .your_upgrade import Action, Event

Made = Callable[..., Any]  # a learner's class


class _Carrying(Connection):
    """A client's connection.  A socket has the id that the learner's class has chosen."""

    def __init__(self, made: Made, server: Server, session: Session) -> None:
        super().__init__(server, session)
        self._machine = Machine(made([*server.namespaces]))
        self._ids: dict[Any, Socket] = {}
        self._came: tuple[Packet, int] | None = None
        self._welcomed: Socket | None = None
        self._refusals: dict[str, dict[str, Any]] = {}
        self._reason, self._lost = "client namespace disconnect", False

    def _packet(self, packet: Packet, size: int) -> None:
        self._came = packet, size
        if packet.type is Type.EVENT:
            self._tell(("event", packet.namespace, packet.data))
        elif packet.type is Type.CONNECT:
            self._tell(("connect", packet.namespace))
        elif packet.type is Type.DISCONNECT:
            self._tell(("disconnect", packet.namespace))
        else:
            super()._packet(packet, size)

    def joined(self, socket: Socket) -> None:
        self._welcomed = socket
        self._tell(("allow", socket.nsp.name))
        if self._welcomed is not None:
            self._machine.problem(f"says no joined, and {socket.nsp.name} has allowed it")
        super().joined(socket)

    def refuse(self, namespace: str, data: dict[str, Any]) -> None:
        self._refusals[namespace] = data
        self._tell(("refuse", namespace, data["message"]))

    def _closed(self, reason: str, description: object = "") -> None:
        if not self._lost:
            self._lost, self._reason = True, reason
            self._tell(("lost",))
        super()._closed(reason, description)

    def _tell(self, event: Event) -> None:
        for action in self._machine.tell(event):
            self._do(action)

    def _do(self, action: Action) -> None:
        packet, size = self._came or (Packet(Type.CONNECT), 0)
        match action:
            case ("ask", str() as name) if name == packet.namespace:
                self.server.of(name)  # if it has not existed, it does now
                self._join(packet)
            case ("joined", str() as name, str() as id) if (
                self._welcomed is not None and self._welcomed.nsp.name == name
            ):
                self._rename(self._welcomed, id)
                self._welcomed = None
            case ("refused", str() as name, str() as why):
                data = self._refusals.pop(name, {})
                super().refuse(name, data if data.get("message") == why else {"message": why})
            case ("deliver", id, list() as args) if id in self._ids:
                self._ids[id]._event(args, packet.id, size)
            case ("left", id) if id in self._ids:
                self._ids.pop(id).ended(self._reason)
            case ("close",):
                self.close()
            case _:
                self._machine.refuse(action)

    def _rename(self, socket: Socket, id: str) -> None:
        namespace = socket.nsp
        del namespace.sockets[socket.id]
        namespace.adapter.delete_all(socket.id)
        namespace.sockets[id] = self._ids[id] = socket
        socket.id = id
        namespace.adapter.add_all(id, (id,))


def carrying(made: Made) -> Callable[..., Connection]:
    """`server.Connection`, but the learner's class decides about each packet."""
    return functools.partial(_Carrying, made)


class _Asking(Namespace):
    """A namespace in which each client has a learner's `Door`."""

    def __init__(self, made: Made, server: Server, name: str) -> None:
        super().__init__(server, name)
        self._made, self._doors = made, dict[Connection, Any]()

    def connect(self, client: Connection, auth: dict[str, Any]) -> None:
        if client not in self._doors:
            self._doors[client] = door = self._made([*self._middleware])
            client.session.on("close", lambda *_: door.lost())
        socket = Socket(self, client, auth)
        self.joining[socket.id] = socket
        what = ("middleware", "connect", socket)
        self.server.runner.run(self._answer, (self._doors[client], socket), None, what)

    def leave(self, socket: Socket) -> None:
        self._doors.pop(socket.client, None)
        super().leave(socket)

    async def _answer(self, door: Any, socket: Socket) -> None:
        client, said = socket.client, None
        try:
            said = await door.connect(socket)
        except Exception as error:
            print(f"✘ Your Door raised {type(error).__name__}: {error}")
        self.joining.pop(socket.id, None)
        match said:
            case "connect", {"sid": socket.id}:
                self._welcome(socket)
            case "connect_error", dict() as data:
                client.refuse(self.name, data)
            case ("close",):
                client.broken(RemoteError(f"a second CONNECT to {self.name}", 400))
            case _ if said is not None:
                print(f"✘ Your Door says {said!r}, which means nothing here")


def asking(made: Made) -> Callable[..., Namespace]:
    """`server.Namespace`, but the learner's class asks the middlewares."""
    return functools.partial(_Asking, made)


class Tokens:
    """Texts that only this server can have made.  Reading one takes a while."""

    def __init__(self, seconds: float = 0.2) -> None:
        self._key, self._seconds = secrets.token_bytes(32), seconds

    def sign(self, **claims: Any) -> str:
        """The claims, which everybody can read, and a proof that nobody can forge."""
        text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{text}.{self._proof(text)}"

    async def read(self, token: Any) -> dict[str, Any]:
        """The claims; ValueError if this server has not signed them."""
        await asyncio.sleep(self._seconds)
        text, _, proof = token.partition(".") if isinstance(token, str) else ("", "", "")
        if not hmac.compare_digest(proof.encode(), self._proof(text).encode()):
            raise ValueError("this server has not signed the token")
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
        return claims

    def _proof(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
