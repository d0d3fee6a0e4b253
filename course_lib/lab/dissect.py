"""What the recorded bytes mean: messages, and in each message its fields, layer by layer.

Lessons 00 and 01 on.  Builds on: `lab.dissection`, `recording`.
Used by: `sequence`, `inspector`, `lab._compare.comparison`.

    recording -> connections -> the layer's reader -> Message "GET /poll?cursor=7"
                                                        Field request line   bytes 0-24
                                                          Field method       bytes 0-3   GET
                                                          ...

New here: there is no second parser.  A reader asks the library's own wire objects where a message
ends and what is wrong with it, so it judges the bytes of other programs as our own server would.
Fields tile: each byte of a message belongs to one field at the top, and to one child of a field
that has children.
Left out: the layers of later lessons.  They join `messages.UPGRADES` (what follows an upgrade),
`messages.HEADERS` (what a header line says), `messages.CONTENTS` (what a body holds) and
`messages.INSIDES` (what a packet of a body carries).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import LocalError
from .dissection import (
    conversations,
    engineio,
    engineio_fields,
    handshake_words,
    http,
    messages,
    raw,
    socketio,
    websocket,
)
from .dissection.messages import Field, Layer, Message
from .recording import Recording

__all__ = ["Dissection", "Field", "Message", "dissect"]

messages.UPGRADES["websocket"] = websocket.WebSocket
messages.HEADERS.append(handshake_words.header)
messages.CONTENTS.append(engineio.content)
messages.INSIDES.append(socketio.content)
FIRST = 9000  # bytes in which a request line must have ended


def dissect(
    recording: Recording, *, connection: int | None = None, layer: str | None = None
) -> list[Message]:
    """All messages in the order in which they were sent, or those of one connection or one layer.

    With `layer="engineio"` the requests, responses and frames of its sessions are seen as packets;
    with `layer="socketio"` those of them that carry packets of Socket.IO, as these.

    >>> for message in dissect(recording):
    ...     print(message.number, message.direction, message.title)
    """
    found = of_layers(Dissection(recording).messages(), None if layer is None else [layer])
    if connection is None:
        return found
    known = [one.number for one in recording.connections()]
    if connection not in known:
        raise LocalError(f"no connection {connection}; this recording has {known}")
    return [message for message in found if message.connection == connection]


def of_layers(found: Sequence[Message], layers: Sequence[str] | None) -> list[Message]:
    """The messages of these layers; None: all, as what carries "engineio" and "socketio"."""
    if layers is None:
        return list(found)
    if engineio_fields.ENGINEIO in layers:
        found = engineio.seen(found)
    if socketio.SOCKETIO in layers:
        found = socketio.seen(found)
    return [one for one in found if one.layer in layers]


class Dissection:
    """The messages of a recording that may still grow: each call reads what is new.

    Messages that were whole stay the same objects; their `arrived_at` is filled in when the other
    end has them.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._readers: dict[int, _Reader] = {}  # by the number of the connection's first end
        self._socketio = socketio.Reader()

    def messages(self) -> list[Message]:
        """All messages so far, numbered from 1 in the order in which they were sent."""
        found: list[Message] = []
        for connection in self.recording.connections():
            first = min(end.number for end in connection.ends)
            reader = self._readers.get(first)
            if reader is None:
                reader = self._readers[first] = _Reader()
            found += reader.read(connection)
        found.sort(key=lambda message: message.at)
        for number, message in enumerate(found, 1):
            message.number = number
        self._socketio.read(found)
        return found


class _Reader:
    """Feeds the new bytes of one connection to its layer."""

    def __init__(self, layer: Layer | None = None) -> None:
        self._layer = layer
        self._fed = {conversations.UP: 0, conversations.DOWN: 0}
        self._ended = {conversations.UP: False, conversations.DOWN: False}

    def read(self, connection: conversations.Conversation) -> list[Message]:
        """Its messages so far, with their times."""
        if self._layer is None:
            guess = _speaks_http(connection)
            if guess is None:
                return _Reader(http.Http()).read(connection)  # until more bytes have come
            self._layer = http.Http() if guess else raw.Raw()
        streams = (connection.up, connection.down)
        # In the order in which the bytes were written: a pong after its ping.
        for _, direction, part in sorted(self._news(streams[0]) + self._news(streams[1])):
            self._layer.receive(direction, part)
        for stream in streams:
            if stream.ended and not stream.missed and not self._ended[stream.direction]:
                self._ended[stream.direction] = True
                self._layer.end(stream.direction, stream.ended)
        found = self._layer.messages()
        for message in found:
            _set_times(message, connection)
        return found

    def _news(self, stream: conversations.Stream) -> list[tuple[int, str, bytes]]:
        """The bytes since the last call, in the pieces in which they were written."""
        at, fed, found = 0, self._fed[stream.direction], []
        for order, part in stream.pieces:
            if at + len(part) > fed:
                found.append((order, stream.direction, part[max(0, fed - at) :]))
            at += len(part)
        self._fed[stream.direction] = max(at, fed)
        return found


def _speaks_http(connection: conversations.Conversation) -> bool | None:
    """Whether the first bytes look like HTTP; None while there are too few to say."""
    first = connection.up.data[:FIRST]
    guess = http.looks_like(first, connection.down.data[:FIRST])
    if guess is None and (connection.up.ended or connection.down.ended or len(first) == FIRST):
        return b" " in first  # at least a method, and the space after it
    return guess


def _set_times(message: Message, connection: conversations.Conversation) -> None:
    stream = connection.stream(message.direction)
    message.connection = connection.number
    last = max(message.start, message.stop - 1)
    message.began_at = stream.sent_at(message.start)
    message.sent_at = stream.sent_at(last)
    message.arrived_at = stream.arrived_at(last)
    if stream.arrived is not None:
        message.arrived_bytes = min(max(0, stream.arrived.total - message.start), message.size)
    if stream.missed and message.state == messages.INCOMPLETE:
        message.note = f"incomplete: {stream.missed:,} bytes after it were not recorded"
