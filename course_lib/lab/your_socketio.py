"""A learner's functions and classes inside the library's Socket.IO, where `checks.swap` puts them.

    with checks.swap(packet, encode=your_socketio.encoding(encode)):
        every packet that the library sends is what the learner's `encode` returns

    encoding(encode)           exercise 9.1   for wire.socketio.packet.encode
    decoding(decode)           exercise 9.2   for wire.socketio.packet.decode
    Client(url, Listeners)     exercise 9.3   a client whose events go to the learner's class
    taking_out(take_out)       exercise 9.4   for wire.socketio.packet.encode
    collecting(Collector)      exercise 9.4   for wire.socketio.packet.Decoder

Lesson 09.  Builds on: `socketio`, `wire.socketio.packet`.
New here: the library moves the messages; what the learner wrote decides what is in them.
Left out: acknowledgements of what a learner's listener returns.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

from .. import socketio
from ..errors import RemoteError
from ..wire.socketio.json_text import JSON, PARSE_ERROR, Json
from ..wire.socketio.packet import BINARY, MAX_ATTACHMENTS, PLAIN, Packet, Type, decode, encode
from .grading import swapping

Made = Callable[..., Any]  # a learner's function or class
TOLD = ("connect", "connect_error", "disconnect")  # by the library
Encode = Callable[..., list[str | bytes]]


def encoding(yours: Made) -> Encode:
    """`packet.encode` by the learner's; the library writes what has attachments."""

    def written(packet: Packet, json: Json = JSON) -> list[str | bytes]:
        messages = encode(packet, json)
        if len(messages) > 1:
            return messages
        message = yours(packet.type.value, packet.data, packet.namespace, packet.id)
        if not isinstance(message, str) or not message.startswith("4"):
            raise ValueError(f"{message!r} is no message of Engine.IO: a text that begins with 4")
        return [message[1:]]

    return written


def decoding(yours: Made) -> Callable[..., Packet]:
    """`packet.decode` by the learner's; the library reads what has attachments."""

    def read(text: str, json: Json = JSON, max_attachments: int = MAX_ATTACHMENTS) -> Packet:
        if text[:1] in (Type.BINARY_EVENT, Type.BINARY_ACK):
            return decode(text, json, max_attachments)
        try:
            kind, data, namespace, id = yours(f"4{text}")
            return Packet(Type(kind), data, namespace, id)
        except ValueError as error:
            raise RemoteError(f"decode refuses {text!r}: {error}", PARSE_ERROR) from error

    return read


def taking_out(yours: Made) -> Encode:
    """`packet.encode`, but the learner's function takes the bytes out."""

    def written(packet: Packet, json: Json = JSON) -> list[str | bytes]:
        if packet.type not in BINARY:
            return encode(packet, json)
        data, attachments = yours(packet.data)
        # A CONNECT may not have bytes: one that was left inside is an error, as it should be.
        [text] = encode(replace(packet, type=Type.CONNECT, data=data), json)
        kind = f"{BINARY[packet.type]}{len(attachments)}-" if attachments else packet.type
        return [f"{kind}{str(text)[1:]}", *attachments]

    return written


class _Collecting:
    """`packet.Decoder`, but the learner's object waits for the attachments."""

    def __init__(self, made: Made, json: Json, max_attachments: int) -> None:
        self._json, self._most = json, max_attachments
        self.partial: Packet | None = None
        with _told("Collector"):
            self._yours = made()

    def add(self, message: str | bytes) -> Packet | None:
        with _told("Collector"):
            if isinstance(message, str):
                packet = decode(message, self._json, self._most)
                packet.type = PLAIN.get(packet.type, packet.type)
                if packet.type not in BINARY:
                    return packet
                data = self._yours.event(packet.data, packet.attachments)
                self.partial = packet
            else:
                data = self._yours.attachment(message)
            found = self.partial
            if data is None or found is None:
                return None
            self.partial = None
            return replace(found, data=data)


def collecting(made: Made) -> Callable[..., _Collecting]:
    """`packet.Decoder`, but attachments wait in the learner's class."""

    def decoder(json: Json = JSON, max_attachments: int = MAX_ATTACHMENTS) -> _Collecting:
        return _Collecting(made, json, max_attachments)

    return decoder


class Client:
    """A client whose listeners are in an object of the learner's class.  Enter it as the other."""

    def __init__(self, url: str, made: Made, **given: Any) -> None:
        self._client = socketio.Client(url, **given)
        self._yours = made()
        self.emit = self._client.emit
        self._client.on_any(functools.partial(self._hear, self._yours.receive))
        for name in TOLD:
            self._client.on(name, functools.partial(self._hear, self._yours.tell, name))

    async def __aenter__(self) -> Self:
        await self._client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()

    def on(self, event: str, listener: Any = None) -> Any:
        return self._register(self._yours.on, event, listener)

    def once(self, event: str, listener: Any = None) -> Any:
        return self._register(self._yours.once, event, listener)

    def off(self, event: str, *listener: Any) -> None:
        self._yours.off(event, *listener)

    def on_any(self, listener: Any) -> Any:
        self._yours.on_any(listener)
        return listener

    def _register(self, add: Made, event: str, listener: Any) -> Any:
        if listener is None:
            return functools.partial(self._register, add, event)
        add(event, listener)
        return listener

    def _hear(self, call: Made, event: str, *args: Any) -> None:
        """What the listeners raised is reported; so is what `call` raises, by the client."""
        for error in call(event, *args) or ():
            self._client.runner.report(error, ("listener", event, self._client))


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """A ValueError refuses what came; any other error is told at the end of the swap."""
    try:
        yield
    except ValueError as error:
        raise RemoteError(f"{name} refuses: {error}", PARSE_ERROR) from error
    except Exception as error:
        swapping.complain(name, error)
        raise
