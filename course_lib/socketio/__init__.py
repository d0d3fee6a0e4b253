"""Socket.IO 5: events, acknowledgements, namespaces, on Engine.IO.           Lessons 09 to 14

from course_lib.socketio import Client, Server
"""

from __future__ import annotations

from .checked import check, checked
from .client import Client
from .connect_error import ConnectError
from .handlers import Handlers, on
from .handshake import Handshake
from .manager import Manager
from .namespace import ConnectRefused, Namespace
from .payload import BadPayload
from .rate_limit import RateLimited, rate_limit
from .server import Server
from .simple_client import SimpleClient
from .sockets import Socket

__all__ = [
    "BadPayload",
    "Client",
    "ConnectError",
    "ConnectRefused",
    "Handlers",
    "Handshake",
    "Manager",
    "Namespace",
    "RateLimited",
    "Server",
    "SimpleClient",
    "Socket",
    "check",
    "checked",
    "on",
    "protocol",
    "rate_limit",
]

protocol = 5  # the revision of Socket.IO's protocol
