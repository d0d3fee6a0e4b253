"""WebSocket in a recorded connection: frames, and the messages that they carry.   RFC 6455 §5

Lesson 04 on.  Builds on: `wire.websocket.handshake`, `wire.websocket.deflate_offers`,
`wire.websocket.pings`, `handshake_words`, `websocket_side`, `websocket_parts`.
Used by: `lab.dissect`, which adds it to `messages.UPGRADES`.

    up    |- TEXT part 1 -|- PING -|- CONT part 2 of 2: "Hello" -|- CLOSE -|  masked
    down                      |- PONG, answers the ping -|          |- CLOSE, answers -|

New here: each frame is an arrow of its own, since frames are what travels; it knows the frames that
carry the same message.  The two directions are read by the wire's own functions, with the terms
that the handshake agreed on, so what the wire refuses is refused here, with its words and its code.
Left out: limits that a program chose for itself.  What is held here is bounded by the recording,
and what a compressed message becomes by `websocket_parts.MOST`.
"""

from __future__ import annotations

from ...errors import RemoteError
from ...wire.websocket import deflate_offers, handshake, handshake_request, pings
from ...wire.websocket.frames import Opcode
from . import handshake_words, websocket_side
from .conversations import DOWN, UP
from .messages import Message, Opening
from .websocket_parts import Bounded, Framed


class WebSocket:
    """The layer: the two directions of a connection, after its handshake."""

    def __init__(self, opening: Opening) -> None:
        _judge(opening)
        terms = _terms(opening)
        room = websocket_side.Room()
        self._sides = {
            direction: websocket_side.Side(direction, opening, _inflater(terms, direction), room)
            for direction in (UP, DOWN)
        }
        self._found: list[Message] = []
        self._asked: dict[str, list[Message]] = {UP: [], DOWN: []}  # pings without a pong
        self._goodbye: dict[str, Message] = {}

    def receive(self, direction: str, data: bytes) -> None:
        """Take more bytes of a direction."""
        for message in self._sides[direction].receive(data):
            self._found.append(message)
            self._link(message)

    def end(self, direction: str, how: str) -> None:
        """Note that no more bytes come in this direction."""
        self._sides[direction].end(how)

    def messages(self) -> list[Message]:
        """All frames so far, and the rest of each direction that is not a whole or legal frame."""
        rest = [side.rest() for side in self._sides.values()]
        return [*self._found, *(one for one in rest if one is not None)]

    def _link(self, message: Message) -> None:
        """Link a pong to the ping that it answers, a Close frame to the one that it answers."""
        framed, other = message.value, DOWN if message.direction == UP else UP
        assert isinstance(framed, Framed)
        frame = framed.frame
        if frame.opcode is Opcode.PING:
            mine = self._asked[message.direction]
            mine.append(message)
            del mine[: -pings.MAX_UNANSWERED]
        elif frame.opcode is Opcode.PONG:
            asked = self._asked[other]
            payloads = [ping.value.frame.payload for ping in asked]
            if frame.payload in payloads:
                # §5.5.3: it may answer the last of several pings, and so those before it.
                place = payloads.index(frame.payload)
                message.answers = asked[place]
                del asked[: place + 1]
        elif frame.opcode is Opcode.CLOSE:
            message.answers = self._goodbye.get(other)
            self._goodbye[message.direction] = message


def _judge(opening: Opening) -> None:
    """Note at a completed handshake why our own ends would have refused it."""
    request, response = opening.request.value, opening.response.value
    if request is None or response is None:
        return
    try:
        handshake.answer(request, origins="*")
    except RemoteError as error:
        opening.request.note = f"a server should refuse it: {error} (status {error.code})"
    headers = request.headers
    try:
        asked = handshake_request.subprotocols(headers)
        offered = "permessage-deflate" in (headers.get("sec-websocket-extensions") or "")
        read = _read if offered else None
        key = headers.get("sec-websocket-key") or ""
        handshake.verify(response, key, subprotocols=asked, extensions=read)
    except RemoteError as error:
        opening.response.note = f"a client must end the connection: {error}"


def _read(accepted: list[deflate_offers.Extension]) -> deflate_offers.Agreed:
    return deflate_offers.verify(accepted, handshake_words.ANY)


def _terms(opening: Opening) -> deflate_offers.Agreed | None:
    """How messages are compressed on this connection; None: they are not."""
    if opening.response.value is None:
        return None
    try:
        terms: deflate_offers.Agreed | None
        terms = handshake.agreed(opening.response.value, _read).extensions
    except RemoteError:
        return None
    return terms


def _inflater(terms: deflate_offers.Agreed | None, direction: str) -> Bounded | None:
    if terms is None:
        return None
    if direction == UP:
        return Bounded(terms.client_max_window_bits, forget=terms.client_no_context_takeover)
    return Bounded(terms.server_max_window_bits, forget=terms.server_no_context_takeover)
