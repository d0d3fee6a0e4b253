"""One tapped connection: a listener between a transport and its protocol.

Lessons 00 and 01 on.  Builds on: `lab.recording`, `lab._proxy`, `patching`.  Used by: `lab.tap`.

    transport --- data_received ---> Tapped ---> the protocol, which knows nothing of it
    transport <-- write ------------ Tapped <--- (a method that replaces the transport's own)

New here: the transport stays the very object that asyncio made, because libraries check its class
and keep a reference to it.  Only some methods are replaced, on this one object, and restored when
no tap listens any more.  `set_protocol` changes the protocol that the listener calls; `start_tls`
moves the listener above TLS.
Left out: the system call `sendfile`: a tapped transport says that it has none, so asyncio falls
back to `write`.
"""

from __future__ import annotations

import asyncio
from asyncio import constants
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from .. import recording as recordings
from .._proxy import relay_side
from . import patching

PATCHED = ("write", "writelines", "write_eof", "close", "abort", "set_protocol", "get_protocol")
NO_SENDFILE = {"_sendfile_compatible": constants._SendfileMode.FALLBACK}
Buffer = bytes | bytearray | memoryview


class Ear(Protocol):
    """A tap, as a tapped connection sees it."""

    def opened(self, at: float, role: str, transport: Any, what: str) -> recordings.End | None: ...
    def heard(
        self, at: float, end: recordings.End, kind: str, data: bytes = b"", note: str = ""
    ) -> None: ...
    def bridge(self, seen: str, really: str) -> None: ...


class Tapped(asyncio.Protocol):
    """Takes the place of `protocol` at its transport, and reports to the taps that listen."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: Any,
        role: str,
        ears: Iterable[Ear],
        gone: Callable[[Tapped], None],
    ) -> None:
        self.made = self.protocol = protocol
        self.role = role
        self.transport: Any = None
        self.was_open = False
        self._gone = gone
        self._loop = loop
        self._ears: dict[Ear, recordings.End | None] = dict.fromkeys(ears)
        self._patch: patching.Patch | None = None
        self._under: dict[str, Any] = {}  # the transport's own methods
        self._inside = False  # True during `writelines`, which may call `write`

    def __repr__(self) -> str:
        return f"<Tapped {self.protocol!r}>"

    # Called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.was_open = True
        if isinstance(self.protocol, relay_side.Side):
            self._bridge(transport)
        else:
            what = f"{type(self.protocol).__module__}.{type(self.protocol).__qualname__}"
            now = self._loop.time()
            for ear in self._ears:
                self._ears[ear] = ear.opened(now, self.role, transport, what)
            self._ears = {ear: end for ear, end in self._ears.items() if end is not None}
            self._tell(recordings.OPENED, at=now)
        if self._ears:
            self.attach(transport)
        else:
            transport.set_protocol(self.protocol)
            self._gone(self)
        self.protocol.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._tell(recordings.RECEIVED, bytes(data))
        view = memoryview(data)
        while len(view):  # `buffer_updated` may set another protocol
            protocol = self.protocol
            if not isinstance(protocol, asyncio.BufferedProtocol):
                protocol.data_received(bytes(view))
                return
            room = memoryview(protocol.get_buffer(len(view)))
            count = min(len(room), len(view))
            if not count:
                raise RuntimeError("get_buffer() returned an empty buffer")
            room[:count] = view[:count]
            protocol.buffer_updated(count)
            view = view[count:]

    def eof_received(self) -> bool | None:
        self._tell(recordings.END_RECEIVED)
        answer: bool | None = self.protocol.eof_received()
        return answer

    def pause_writing(self) -> None:
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        self.protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over(exc)
        self.protocol.connection_lost(exc)

    # Called by the protocol, in place of the transport's own methods.

    def write(self, data: Buffer) -> None:
        at, before = self._loop.time(), self._unsent_if_closing()
        self._under["write"](data)
        if not self._inside and self._was_taken(before):
            self._tell(recordings.SENT, bytes(data), at=at)

    def writelines(self, list_of_data: Iterable[Buffer]) -> None:
        at, before, parts = self._loop.time(), self._unsent_if_closing(), [*list_of_data]
        self._inside = True
        try:
            self._under["writelines"](parts)
        finally:
            self._inside = False
        if self._was_taken(before):
            self._tell(recordings.SENT, b"".join(parts), at=at)

    def write_eof(self) -> None:
        self._under["write_eof"]()
        self._tell(recordings.END_SENT)

    def close(self) -> None:
        self._tell_closing("close")
        self._under["close"]()

    def abort(self) -> None:
        self._tell_closing("abort")
        self._under["abort"]()

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    # Called by the tap.

    def attach(self, transport: Any) -> None:
        """Replace the transport's methods with those of this object."""
        self.transport = transport
        over = {name: getattr(self, name) for name in PATCHED}
        self._patch = patching.Patch(transport, over | NO_SENDFILE)
        self._under = self._patch.under

    def detach(self, *, lost: bool = False) -> None:
        """Restore the transport's methods, and give it its protocol back unless it is `lost`."""
        patch, self._patch = self._patch, None
        if patch is None:
            return
        patch.lift()
        if not lost:
            self.transport.set_protocol(self.protocol)

    def secure(self, transport: Any) -> None:
        """Listen above TLS from now on, since TLS began on the open connection."""
        self.attach(transport)
        self._tell(recordings.SECURED)

    def over(self, error: BaseException | None) -> None:
        """Report the end of the connection, and detach from it."""
        self._tell(recordings.CLOSED, note="" if error is None else words(error))
        self._ears.clear()
        self.detach(lost=True)
        self._gone(self)

    def leave(self, ear: Ear) -> bool:
        """Remove an ear; return whether it was the last."""
        self._ears.pop(ear, None)
        if not self._ears:
            self.detach()
        return not self._ears

    # Inside.

    def _tell(self, kind: str, data: bytes = b"", note: str = "", at: float | None = None) -> None:
        if not self._ears:
            return
        now = self._loop.time() if at is None else at
        for ear, end in [*self._ears.items()]:
            if end is not None:
                tell(self._loop, ear, now, end, kind, data, note)

    def _tell_closing(self, how: str) -> None:
        if not self.transport.is_closing():
            self._tell(recordings.CLOSING, note=how)

    def _unsent_if_closing(self) -> int | None:
        """The size of the write buffer of a closing transport, which drops or buffers a write."""
        transport = self.transport
        return int(transport.get_write_buffer_size()) if transport.is_closing() else None

    def _was_taken(self, before: int | None) -> bool:
        return before is None or self.transport.get_write_buffer_size() > before

    def _bridge(self, transport: asyncio.BaseTransport) -> None:
        """Report which two connections a proxy of the lab joins; its own ends are not recorded."""
        relay, ears = self.protocol.relay, [*self._ears]
        self._ears = {}
        if self.protocol is relay.target and relay.client.transport is not None:
            really = address(relay.client.transport, "peername")
            for ear in ears:
                ear.bridge(address(transport, "sockname"), really)


def tell(
    loop: asyncio.AbstractEventLoop,
    ear: Ear,
    at: float,
    end: recordings.End,
    kind: str,
    data: bytes = b"",
    note: str = "",
) -> None:
    """Report to an ear; its errors go to the loop's exception handler, not to the connection."""
    try:
        ear.heard(at, end, kind, data, note)
    except Exception as error:
        loop.call_exception_handler({"message": "on_change of a tap failed", "exception": error})


def address(transport: Any, name: str) -> str:
    """ "127.0.0.1:8000", or "" where there is none."""
    pair = transport.get_extra_info(name)
    if not isinstance(pair, tuple) or len(pair) < 2:
        return ""
    host = f"[{pair[0]}]" if ":" in str(pair[0]) else pair[0]
    return f"{host}:{pair[1]}"


def words(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
