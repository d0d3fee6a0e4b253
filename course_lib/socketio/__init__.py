"""Socket.IO 5: events, acknowledgements, namespaces, on Engine.IO.           Lessons 09 to 14

from course_lib.socketio import Client, Server
"""

from __future__ import annotations

from .client import Client
from .connect_error import ConnectError
from .manager import Manager
from .namespace import ConnectRefused, Namespace
from .rate_limit import RateLimited, rate_limit
from .server import Server
from .simple_client import SimpleClient
from .sockets import Socket

__all__ = [
    "Client",
    "ConnectError",
    "ConnectRefused",
    "Manager",
    "Namespace",
    "RateLimited",
    "Server",
    "SimpleClient",
    "Socket",
    "protocol",
    "rate_limit",
]

protocol = 5  # the revision of Socket.IO's protocol
