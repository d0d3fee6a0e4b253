"""What a session needs of its transport, and a WebSocket transport of its host.

    Session ── send([...]) ──> Transport: polling, websocket      later: webtransport
            <── receive, control, end ──

    a host gives   polling     a request, and takes a Response, now or later
                   websocket   a Link: callbacks in, `send_nowait` out

Lesson 07.  Builds on: wire.http.message.  Used by: `polling`, `websocket`, `session`, `server`.
New here: sessions and transports know no server.  Ours, and any ASGI server, can be their host.
Left out: WebTransport, whose name and place are free.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ..wire.http.message import Pairs

if TYPE_CHECKING:
    from .session import Session

Encoded = str | bytes  # a packet as a WebSocket carries it: a digit and text, or a message's bytes


class Link(Protocol):
    """An open WebSocket, as a host gives it: `net.ws`' PushConnection, or one of an ASGI host.

    Whoever gets it sets the callbacks at once.  `on_close(closed)` is called once, with an
    exception whose `__cause__` is not None if the peer broke a rule.
    """

    on_message: Callable[[str | bytes], object]
    on_close: Callable[[Exception], object]
    on_drain: Callable[[], object]  # there is room again after `writing_paused`

    @property
    def writing_paused(self) -> bool: ...
    @property
    def unsent(self) -> int: ...  # bytes that the system has not taken yet
    @property
    def arriving(self) -> int: ...  # bytes of a message that has come in part, if that is known
    @property
    def leaving(self) -> int: ...  # bytes that have not reached the peer, as far as is known
    def send_nowait(self, message: str | bytes, *, compress: bool = True) -> None: ...
    def start_close(self, code: int | None = 1000, reason: str = "") -> None: ...
    def abort(self) -> None: ...


@dataclass(slots=True)
class Accepted:
    """What `Server.upgrade` gives for a request that may become a WebSocket.

    The host sends the 101 with these `headers`, too, and calls `opened(link)`.
    """

    opened: Callable[[Link], object]
    headers: Pairs


class Transport(abc.ABC):
    """How the packets of one session travel now."""

    name: ClassVar[str]
    __slots__ = ("session",)

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    @abc.abstractmethod
    def writable(self) -> bool:
        """Whether `send` may be called now."""

    @property
    @abc.abstractmethod
    def buffered(self) -> int:
        """Bytes given to `send` that the peer has not taken yet, as far as we know."""

    @abc.abstractmethod
    def send(self, packets: list[Encoded]) -> None:
        """Send these now."""

    @abc.abstractmethod
    def close(self, packets: list[Encoded]) -> bool:
        """Send what is left and say goodbye.  False: it has to wait until the client asks."""

    @abc.abstractmethod
    def end(self) -> None:
        """The session is over: let nothing wait."""

    def request(self, request: Any) -> Any:
        """Answer an HTTP request of this session; only polling has such."""
        raise NotImplementedError
