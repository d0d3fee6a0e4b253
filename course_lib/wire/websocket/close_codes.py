"""Close codes: a number says why a conversation ended.                RFC 6455 §7.4

Lesson 04.  Builds on: nothing.  Used by: the rest of `wire.websocket`, `net.ws_*`.

    0-999     not used
    1000-2999 the protocol's own; three of them are never on the wire:
              1005 "there was no code"   1006 "there was no Close frame"   1015 "TLS failed"
    3000-3999 registered by libraries
    4000-4999 the application's own
"""

from __future__ import annotations

NORMAL = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
NO_STATUS = 1005
ABNORMAL = 1006
INVALID_DATA = 1007
POLICY_VIOLATION = 1008
TOO_BIG = 1009
MISSING_EXTENSION = 1010
INTERNAL_ERROR = 1011

MEANINGS = {
    NORMAL: "normal end",
    GOING_AWAY: "going away",
    PROTOCOL_ERROR: "protocol error",
    UNSUPPORTED_DATA: "unsupported data",
    NO_STATUS: "no code given",
    ABNORMAL: "no Close frame",
    INVALID_DATA: "invalid data",
    POLICY_VIOLATION: "policy violation",
    TOO_BIG: "message too big",
    MISSING_EXTENSION: "extension missing",
    INTERNAL_ERROR: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS failed",
}


def on_the_wire(code: int) -> bool:
    """May this code stand in a Close frame?

    §7.4.1: 1005, 1006 and 1015 are "reserved values" which "MUST NOT be set as a status code in a
    Close control frame by an endpoint".  §7.4.2: of 1000-2999 only those that are defined.
    """
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
