"""permessage-deflate: what the two ends agree on.                       RFC 7692 §5, §7.1

Lesson 05.  Builds on: nothing.  Used by: `deflate`, `net.ws_options`, `net.ws_client`.

    client   Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
    server   Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12

    server_no_context_takeover   the server drops its context after each message
    client_no_context_takeover   the client drops its own
    server_max_window_bits=N     the server's window is at most 2 ** N bytes, 8 <= N <= 15
    client_max_window_bits[=N]   the client's window; without N (in an offer): any N

New here: one end offers, the other accepts the first offer that it can fulfil, or none.
Left out: the header's syntax, which comes in and goes out as lists of (name, parameters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import RemoteError

NAME = "permessage-deflate"
BAD_REQUEST = 400

Parameters = list[tuple[str, str | None]]
Extension = tuple[str, Parameters]

_FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
_BITS = ("server_max_window_bits", "client_max_window_bits")


@dataclass(slots=True)
class Settings:
    """What we want.  Smaller windows, or no context takeover, save memory.

    `threshold`: shorter messages are sent uncompressed.  `level` and `memory_level` are zlib's.
    """

    threshold: int = 1024
    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 12
    client_max_window_bits: int = 12
    level: int = 6
    memory_level: int = 5

    def __post_init__(self) -> None:
        for name in _BITS:
            bits = getattr(self, name)
            if not 9 <= bits <= 15:  # zlib makes no raw DEFLATE with a window of 2 ** 8
                raise ValueError(f"{name}={bits}: a window has 9 to 15 bits")
        if not (-1 <= self.level <= 9 and 1 <= self.memory_level <= 9):
            raise ValueError("level is -1 to 9, memory_level 1 to 9")


@dataclass(slots=True)
class Agreed:
    """What was agreed.  By default a window has 15 bits, and the context is kept."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15


def offer(settings: Settings) -> Extension:
    """What a client offers."""
    parameters: Parameters = [(name, None) for name in _FLAGS if getattr(settings, name)]
    if settings.server_max_window_bits < 15:
        parameters.append(("server_max_window_bits", str(settings.server_max_window_bits)))
    bits = settings.client_max_window_bits
    parameters.append(("client_max_window_bits", str(bits) if bits < 15 else None))
    return NAME, parameters


def accept(
    offers: Sequence[Extension], settings: Settings
) -> tuple[Extension, Agreed] | tuple[None, None]:
    """The first offer that a server can fulfil: its response, and what that means.

    §5.1: an offer that has a parameter with an illegal name or value, or one twice, is declined.
    """
    for name, parameters in offers:
        if name != NAME:
            continue
        try:
            asked = _read(parameters, offer=True)
        except RemoteError:
            continue
        agreed = _agree(asked, settings)
        if agreed is not None:
            return _respond(agreed, asked), agreed
    return None, None


def _agree(asked: dict[str, int | None], settings: Settings) -> Agreed | None:
    """The values to agree on, none larger than asked or than ours; None to decline."""
    # §7.1.2.1: a server accepts "server_max_window_bits" with "the same or smaller value"; zlib
    # cannot compress with 8 bits, so we decline that.
    server_bits = min(asked.get("server_max_window_bits") or 15, settings.server_max_window_bits)
    if server_bits < 9:
        return None
    client_bits = 15
    # §7.1.2.2: "If a received extension negotiation offer doesn't have the 'client_max_window_bits'
    # extension parameter, the corresponding extension negotiation response ... MUST NOT include"
    # it.  With a value it is a hint: our response has no larger one.
    if "client_max_window_bits" in asked:
        client_bits = min(asked["client_max_window_bits"] or 15, settings.client_max_window_bits)
    return Agreed(
        "server_no_context_takeover" in asked or settings.server_no_context_takeover,
        "client_no_context_takeover" in asked or settings.client_no_context_takeover,
        server_bits,
        client_bits,
    )


def _respond(agreed: Agreed, asked: dict[str, int | None]) -> Extension:
    parameters: Parameters = [(name, None) for name in _FLAGS if getattr(agreed, name)]
    for name in _BITS:
        bits = getattr(agreed, name)
        # §7.1.2.1: a response that accepts this parameter must have it.
        if bits < 15 or (name == "server_max_window_bits" and name in asked):
            parameters.append((name, str(bits)))
    return NAME, parameters


def verify(accepted: Sequence[Extension], settings: Settings) -> Agreed:
    """What the server's response to `offer(settings)` means.  RemoteError if it does not fit."""
    if len(accepted) != 1 or accepted[0][0] != NAME:
        names = ", ".join(name for name, _ in accepted)
        raise RemoteError(f"the server accepted {names}, offered was {NAME}", BAD_REQUEST)
    said = _read(accepted[0][1], offer=False)
    agreed = Agreed(
        "server_no_context_takeover" in said,
        # We may drop our own context, whether the server asks for it or not.
        "client_no_context_takeover" in said or settings.client_no_context_takeover,
        said.get("server_max_window_bits") or 15,
        min(said.get("client_max_window_bits") or 15, settings.client_max_window_bits),
    )
    # §7.1.1.1, §7.1.2.1: a server that accepts must do what the client asked for.
    if settings.server_no_context_takeover and not agreed.server_no_context_takeover:
        raise RemoteError("the server will not forget, as it was asked to", BAD_REQUEST)
    if agreed.server_max_window_bits > settings.server_max_window_bits:
        raise RemoteError("the server's window is larger than was asked for", BAD_REQUEST)
    return agreed


def _read(parameters: Parameters, *, offer: bool) -> dict[str, int | None]:
    """The parameters by name.  RemoteError if one is illegal.  §7.1."""
    found: dict[str, int | None] = {}
    for name, value in parameters:
        if name in found:
            raise RemoteError(f"{name} twice", BAD_REQUEST)
        if name in _FLAGS and value is None:
            found[name] = None
        elif name in _BITS and value is not None and value in _WINDOWS:
            found[name] = int(value)
        elif offer and name == "client_max_window_bits" and value is None:
            found[name] = None
        else:
            raise RemoteError(f"{NAME}: {name}={value} is not known", BAD_REQUEST)
    return found


# §7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive".
_WINDOWS = tuple(str(bits) for bits in range(8, 16))
