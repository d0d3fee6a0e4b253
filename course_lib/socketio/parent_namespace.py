r"""A parent namespace: names that exist when somebody asks for them.             Socket.IO rev. 5

    tenants = io.of(re.compile(r"/tenant-\w+"))      the whole name must match
    games = io.of(lambda name, auth: name in open_games)           also `async def`

    0/tenant-7,  ──>  the first parent, in the order in which they were made, that accepts it
                      ──>  a child with the parent's middlewares and listeners of "connection"

Lesson 12.  Builds on: `namespace`.  Used by: `server`.
New here: a child is a namespace like any other.  A pattern makes one for each tenant.
Left out: taking children away, which `cleanup_empty_child_namespaces` does in `server`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import LocalError
from .handlers import SomeHandlers, listener_of
from .listeners import Listeners
from .namespace import Middleware, Namespace

if TYPE_CHECKING:
    from .server import Server

Accepts = re.Pattern[str] | Callable[[str, dict[str, Any]], Any]


class ParentNamespace(Listeners):
    """What its children have in common.  `children`: by name."""

    __slots__ = ("_accepts", "_middleware", "children", "name", "server")

    def __init__(self, server: Server, name: str, accepts: Accepts) -> None:
        super().__init__()
        self.server = server
        self.name = name  # of no use on the wire
        self._accepts = accepts
        self._middleware: tuple[Middleware, ...] = ()
        self.children: dict[str, Namespace] = {}

    def matches(self, name: str) -> bool:
        """Whether its pattern, if it has one, accepts this name."""
        return isinstance(self._accepts, re.Pattern) and bool(self._accepts.fullmatch(name))

    def accepts(self, name: str, auth: dict[str, Any]) -> Any:
        """Whether a client may ask for this name; perhaps an awaitable of it."""
        if isinstance(self._accepts, re.Pattern):
            return self.matches(name)
        return self._accepts(name, auth)

    def use(self, middleware: Middleware) -> Middleware:
        """Run `middleware(socket)` before somebody joins a child that is made later."""
        self._middleware = (*self._middleware, middleware)
        return middleware

    def register(self, handlers: SomeHandlers) -> SomeHandlers:
        """The same for the children that are made later; see `handlers`.

        LocalError for a method that could never be called.
        """
        self.on("connection", listener_of(handlers))
        return handlers

    def adopt(self, child: Namespace) -> None:
        """Give a new namespace what all children have."""
        for middleware in self._middleware:
            child.use(middleware)
        for event in ("connect", "connection"):
            for listener in self.listeners(event):
                child.on(event, listener)
        self.children[child.name] = child

    def emit(self, event: str, *args: Any) -> None:
        """Send an event to all sockets of all children."""
        for child in list(self.children.values()):
            child.emit(event, *args)

    def send(self, *args: Any) -> None:
        """Send the event "message" to all sockets of all children."""
        self.emit("message", *args)

    async def fetch_sockets(self) -> list[Any]:
        """LocalError, as in the reference: ask the children."""
        raise LocalError(f"fetch_sockets of {self.name}: ask its `children`, one by one")

    def __repr__(self) -> str:
        return f"<socketio.ParentNamespace {self.name} {len(self.children)} children>"
