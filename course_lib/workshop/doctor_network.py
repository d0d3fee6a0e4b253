"""The doctor on the network inside the computer: loopback, ports, proxy variables.

Builds on: doctor_place.
What is new here: lessons use no other network than 127.0.0.1, so no other host is contacted.
Left out: whether the package index can be reached; `setup` says so when it needs it.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from urllib import parse

from .doctor_place import Finding, Place, fail, ok, warn

__all__ = ["loopback", "ports", "proxy"]

_PATIENCE = 5.0  # seconds; loopback answers within one millisecond
_OPEN = "allow Python in the firewall or antivirus program: it must not touch 127.0.0.1."


def loopback(place: Place) -> Finding:
    """Does a byte travel from this computer to itself and back?"""
    try:
        with socket.create_server((place.loopback, 0)) as listener:
            listener.settimeout(_PATIENCE)
            echo = threading.Thread(target=_echo, args=(listener,), daemon=True)
            echo.start()
            with socket.create_connection(listener.getsockname()[:2], _PATIENCE) as sender:
                sender.sendall(b"hello")
                sender.shutdown(socket.SHUT_WR)
                came = b"".join(iter(lambda: sender.recv(64), b""))
            echo.join(_PATIENCE)
    except OSError as error:
        return fail(f"TCP on {place.loopback} does not work: {error}.", _OPEN)
    if came != b"hello":
        return fail(f"TCP on {place.loopback} changed what was sent: {came!r}.", _OPEN)
    try:
        socket.getaddrinfo("localhost", 80, socket.AF_INET)
    except OSError:
        return warn(
            "The name localhost is unknown here.",
            "add the line `127.0.0.1 localhost` to the hosts file, or use 127.0.0.1 in addresses.",
        )
    return ok(f"TCP on {place.loopback} sends and receives")


def _echo(listener: socket.socket) -> None:
    with contextlib.suppress(OSError), listener.accept()[0] as receiver:
        receiver.settimeout(_PATIENCE)
        while data := receiver.recv(64):
            receiver.sendall(data)


def ports(place: Place) -> Finding:
    """Can a lesson open as many ports as it needs?  The system chooses them (port 0)."""
    taken: list[int] = []
    with contextlib.ExitStack() as stack:
        try:
            for _ in range(place.listeners):
                server = stack.enter_context(socket.socket())
                server.bind((place.loopback, 0))
                server.listen(1)
                taken.append(server.getsockname()[1])
        except OSError as error:
            files = error.errno in (errno.EMFILE, errno.ENFILE)
            return fail(
                f"Only {len(taken)} ports could be opened: {error.strerror}.",
                "allow more open files (`ulimit -n 1024` before the lab), and close programs."
                if files
                else "restart the computer; if it stays, a security program reserves the ports.",
            )
    return ok(f"{len(taken)} ports opened, {min(taken)} to {max(taken)}")


def proxy(place: Place) -> Finding:
    """Do proxy variables send what is meant for 127.0.0.1 somewhere else?"""
    environ = {name.lower(): value for name, value in sorted(place.environ.items()) if value}
    named = [name for name in ("http_proxy", "https_proxy", "all_proxy") if name in environ]
    if not named:
        return ok("no proxy variable is set")
    hosts = ("127.0.0.1", "localhost")
    spared = {name.strip().lower() for name in environ.get("no_proxy", "").split(",")}
    missing = [host for host in hosts if not spared & {host, "*"}]
    said = ", ".join(f"{name} names {_host(environ[name])}" for name in named)
    if not missing:
        return ok(f"{said}, but not for this computer")
    names = ",".join(filter(None, (environ.get("no_proxy"), *missing)))
    return warn(
        f"{said}, also for {' and '.join(missing)}.",
        f"set NO_PROXY and no_proxy to {names} and start the lab again.",
    )


def _host(address: str) -> str:
    """The host alone: a proxy's address may contain a password."""
    parts = parse.urlsplit(address if "://" in address else f"//{address}")
    return parts.hostname or "a proxy"
