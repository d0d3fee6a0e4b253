"""Why a client could not join.                                                  Socket.IO rev. 5

Lesson 09.  Builds on: errors.  Used by: `manager`, `joining`, `client`.
"""

from __future__ import annotations

from typing import Any

from ..errors import CourseError


class ConnectError(CourseError):
    """Connecting has failed.

    `data` is what the server's middleware gave; `description` is the error of a lower layer, such
    as an `engineio.client.ConnectError` with the `status` of an HTTP response, or None if the
    server has refused the namespace.
    """

    def __init__(
        self, message: str, data: Any = None, description: BaseException | None = None
    ) -> None:
        super().__init__(message)
        self.data = data
        self.description = description
