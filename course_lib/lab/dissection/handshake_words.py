"""What the header lines of a WebSocket handshake say.                  RFC 6455 §4, RFC 7692 §7

Lesson 03 on.  Builds on: `wire.websocket.handshake`, `wire.http.header_lists`,
`wire.websocket.deflate_offers`.  Used by: `websocket`, and `lab.dissect`, which adds `header` to
`messages.HEADERS`.

    Sec-WebSocket-Key     16 bytes in base64: 74 68 65 20 ...
    Sec-WebSocket-Accept  SHA-1 of that text and the GUID, b3 7a 4f ..., in base64: right, or wrong

New here: the wire computes the proof again, from the key in the request, and the step in between is
shown.
Left out: header lines that say the same in every HTTP message; they are in `http_words`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from ...errors import RemoteError
from ...wire.http import header_lists
from ...wire.websocket import deflate_offers, handshake, handshake_request
from .messages import Message, Word

SHOWN = 80  # characters of a value that a sentence quotes
PARAMETERS = {
    "server_no_context_takeover": "the server forgets after each message",
    "client_no_context_takeover": "the client forgets after each message",
    "server_max_window_bits": "how far the server looks back",
    "client_max_window_bits": "how far the client looks back",
}


def header(message: Message, name: str, value: str) -> Word | None:
    """The meaning of a header line in a handshake; None if it has no special meaning there."""
    say = WORDS.get(name.lower())
    try:
        return None if say is None else say(message, value)
    except RemoteError as error:
        return f"Not legal: {error}.", "RFC 6455 §4"


def _upgrade(message: Message, value: str) -> Word | None:
    if "websocket" not in [one.lower() for one in header_lists.parse_protocols(value)]:
        return None
    if message.direction == "up":
        return "Asks to go on in WebSocket on this connection.", "RFC 6455 §4.1"
    return "From the empty line on it is WebSocket.", "RFC 6455 §4.2.2"


def _key(_: Message, value: str) -> Word:
    fault = handshake_request.key_fault(value)
    if fault:
        return f"It {fault}: a server refuses it.", "RFC 6455 §4.2.1"
    octets = base64.b64decode(value).hex(" ")
    return (
        f"16 random bytes in base64: {octets}.  Not a secret: whoever answers must have read it.",
        "RFC 6455 §4.1",
    )


def _accept(message: Message, value: str) -> Word:
    spec = "RFC 6455 §4.2.2"
    question = message.answers.value if message.answers is not None else None
    key = None if question is None else question.headers.get("sec-websocket-key")
    if key is None:
        return "A proof, but nobody has given a key to prove it with.", spec
    expected = handshake.accept(key)
    digest = base64.b64decode(expected).hex(" ")
    made = f'SHA-1 of "{key[:SHOWN]}{handshake.GUID}" is {digest}; in base64 {expected}'
    if value.strip() == expected:
        return f"The proof that the key was read: {made}.", spec
    return f"Wrong, the client must end the connection: {made}.", "RFC 6455 §4.1"


def _version(_: Message, value: str) -> Word:
    if value == handshake_request.VERSION:
        return "13, the version of the standard; there is no other.", "RFC 6455 §4.1"
    return "A version that a server does not speak: it answers 426 and names 13.", "RFC 6455 §4.4"


def _protocol(message: Message, value: str) -> Word:
    names = header_lists.parse_tokens(value, "Sec-WebSocket-Protocol")
    if message.direction == "up":
        asked = ", ".join(names)[:SHOWN]
        return f"Asks for one of these to be spoken inside: {asked}.", "RFC 6455 §11.3.4"
    question = message.answers.value if message.answers is not None else None
    asked_for = [] if question is None else handshake_request.subprotocols(question.headers)
    if value in asked_for:
        return f"Chosen of what the client asked for: {value[:SHOWN]}.", "RFC 6455 §4.2.2"
    return "The client did not ask for it, and must end the connection.", "RFC 6455 §4.1"


def _extensions(message: Message, value: str) -> Word:
    verb = "Offers" if message.direction == "up" else "Takes"
    told = []
    for name, parameters in header_lists.parse_extensions(value):
        words = [
            f"{key}{'' if given is None else f'={given}'}"
            + (f" ({PARAMETERS[key]})" if key in PARAMETERS else "")
            for key, given in parameters
        ]
        what = " (messages may be compressed)" if name == deflate_offers.NAME else ""
        told.append(f"{name}{what}" + "".join(f"; {word}" for word in words))
    if message.direction == "down":
        deflate_offers.verify(header_lists.parse_extensions(value), ANY)  # RemoteError: not legal
    return f"{verb} {', or '.join(told)}.", "RFC 7692 §7.1"


def _origin(message: Message, value: str) -> Word | None:
    asked = None if message.value is None else message.value.headers.get("upgrade")
    if asked is None or "websocket" not in asked.lower():
        return None
    return (
        "The site of the page that asks.  The browser writes it, and the page cannot change it; "
        "whether that site may connect is for the server to decide.",
        "RFC 6455 §10.2",
    )


ANY = deflate_offers.Settings(server_max_window_bits=15, client_max_window_bits=15)
WORDS: dict[str, Callable[[Message, str], Word | None]] = {
    "origin": _origin,
    "sec-websocket-accept": _accept,
    "sec-websocket-extensions": _extensions,
    "sec-websocket-key": _key,
    "sec-websocket-protocol": _protocol,
    "sec-websocket-version": _version,
    "upgrade": _upgrade,
}
