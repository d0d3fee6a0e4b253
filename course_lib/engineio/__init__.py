"""Engine.IO 4: sessions over polling and WebSocket, usable alone.    Lessons 07 and 08

from course_lib.engineio import Client, Server
"""

from __future__ import annotations

from .client import Client
from .server import Server
from .session import Session

__all__ = ["Client", "Server", "Session"]
