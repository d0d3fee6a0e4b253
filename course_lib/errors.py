"""Who broke it: we, or the peer.

Builds on: nothing.  Used by: every floor.

    LocalError         the caller asked for something the protocol forbids; nothing was sent
    RemoteError        the peer sent something the protocol forbids; `code` says how to respond
    ConnectionClosed   the connection ended before the work was done

The two kinds of mistake are kept apart because the remedies differ: the first is a bug to repair
here, the second is traffic to refuse and survive.
"""

from __future__ import annotations


class CourseError(Exception):
    """Root of the errors that this library raises on purpose."""


class LocalError(CourseError):
    """Our side asked for something that the protocol forbids."""


class RemoteError(CourseError):
    """The peer broke the protocol.

    `code` says how to respond: an HTTP status on HTTP, a close code on WebSocket.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class ConnectionClosed(CourseError):
    """The connection ended.  `code` is the close code where the protocol has one, else 0."""

    def __init__(self, message: str = "connection closed", code: int = 0) -> None:
        super().__init__(message)
        self.code = code
