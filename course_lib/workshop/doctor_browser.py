"""The doctor in place of the browser: from HTTP to a kernel's answer.

    doctor ─── HTTP ───▶ Jupyter server ───▶ kernel    POST /api/kernels
           ◀─ WebSocket ─▶       ◀─ ZeroMQ ─▶             execute_request ▶ execute_result

Builds on: doctor_place, doctor_packages, doctor_websocket.
What is new here: the check sends one cell to a kernel, as a lesson does, in private folders and
without the reader's settings and extensions.  It fails if a program blocks WebSocket on loopback.
Left out: the browser itself.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .doctor_packages import NOT_SET_UP, SLOW
from .doctor_place import Finding, Place, again, fail, ok, warn
from .doctor_websocket import Refused, WebSocket

__all__ = ["Server", "browser", "calculate"]

_PAUSE = 0.05  # seconds between looks at the file in which the server writes its port
_LEAVE = "allow WebSocket on 127.0.0.1 in antivirus, firewall or proxy programs (`web protection`)."


class _NotStarted(Exception):
    """Jupyter ended instead of listening."""


class Server(NamedTuple):
    """A Jupyter server that listens, and the token it wants."""

    host: str
    port: int
    token: str


def browser(place: Place) -> Finding:
    """Does what a browser sends reach a kernel, and what the kernel answers the browser?"""
    if place.python is None:
        return warn(NOT_SET_UP)
    deadline = time.monotonic() + place.remaining()
    try:
        with _started(place, deadline) as server:
            return calculate(server, deadline)
    except TimeoutError:
        return warn("Not known: Jupyter did not start in time.", SLOW)
    except _NotStarted as error:
        return fail(f"Jupyter did not start: {error}", again(place))


def calculate(server: Server, deadline: float) -> Finding:
    """Start a kernel over HTTP, and run a calculation in it over WebSocket."""
    try:
        made = _http(server, "POST", "/api/kernels", deadline)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return fail(f"Jupyter does not answer HTTP: {error or type(error)}.", _LEAVE)
    origin = f"http://{server.host}:{server.port}"
    headers = {"Authorization": f"token {server.token}", "Origin": origin}
    target = f"/api/kernels/{made['id']}/channels"
    try:
        channel = WebSocket(server.host, server.port, target, headers, deadline)
    except (OSError, Refused) as error:
        return fail(f"No WebSocket to the kernel: {error}.", _LEAVE)
    with contextlib.closing(channel):
        try:
            result = _execute(channel, "6 * 7")
        except TimeoutError:
            return fail("The kernel does not answer over WebSocket.", _LEAVE)
        except (OSError, Refused, ValueError) as error:
            return fail(f"The WebSocket to the kernel broke: {error}.", _LEAVE)
    if result != "42":
        return fail(f"The kernel answered {result!r}.", _LEAVE)
    return ok("a kernel answers over HTTP and WebSocket")


def _execute(channel: WebSocket, code: str) -> str:
    """The result of a cell with `code`, or its error, as text."""
    name = uuid.uuid4().hex
    header = {"msg_id": name, "msg_type": "execute_request", "username": "doctor"}
    header |= {"session": uuid.uuid4().hex, "version": "5.3", "date": ""}
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    parts: dict[str, object] = {"parent_header": {}, "metadata": {}, "buffers": []}
    channel.send({"channel": "shell", "header": header, "content": content, **parts})
    while True:
        message = channel.receive()
        if message.get("parent_header", {}).get("msg_id") != name:
            continue
        if message["header"]["msg_type"] == "execute_result":
            return str(message["content"]["data"].get("text/plain"))
        if message["header"]["msg_type"] == "error":
            return str(message["content"].get("evalue"))


def _http(server: Server, method: str, path: str, deadline: float) -> dict[str, Any]:
    """Send a request to the server, without a proxy: the check `proxy` is about proxies."""
    left = max(0.1, deadline - time.monotonic())
    connection = http.client.HTTPConnection(server.host, server.port, timeout=left)
    with contextlib.closing(connection):
        connection.request(method, path, b"{}", {"Authorization": f"token {server.token}"})
        answer = connection.getresponse()
        body = answer.read()
    if answer.status >= 300:
        raise ValueError(f"status {answer.status} for {method} {path}")
    return json.loads(body) if body else {}


@contextlib.contextmanager
def _started(place: Place, deadline: float) -> Iterator[Server]:
    """A Jupyter server for the block, in private folders; nothing of it is left behind."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        private = Path(name)
        with (private / "log.txt").open("wb") as log:
            token = secrets.token_hex(16)
            process = _start(place, private, token, log.fileno())
            server = None
            try:
                server = Server(place.loopback, _port(place, process, private, deadline), token)
                yield server
            finally:
                _stop(process, server)


def _start(place: Place, private: Path, token: str, log: int) -> subprocess.Popen[bytes]:
    folders = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    environ = {f"JUPYTER_{kind}_DIR": str(private / folder) for kind, folder in folders.items()}
    environ |= {"IPYTHONDIR": str(private / "ipython"), "JUPYTER_NO_CONFIG": "1"}
    environ |= {"JUPYTER_TOKEN": token}  # an argument would be visible to all users
    (private / "files").mkdir()
    options = [
        "--LabApp.news_url=None",
        "--no-browser",
        f"--ip={place.loopback}",
        "--port=0",
        "--log-level=ERROR",
    ]
    options += [f"--ServerApp.root_dir={private / 'files'}", "--allow-root"]
    return subprocess.Popen(
        [str(place.python), "-m", "jupyter_server", *options],
        cwd=private / "files",
        env={**place.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


def _port(place: Place, process: subprocess.Popen[bytes], private: Path, deadline: float) -> int:
    """The port, as soon as the server has written it into its file and listens there.

    Any file `jpserver-*` is read: on Windows the server is a child of `process` and the file has
    the child's number.
    """
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = (private / "log.txt").read_text("utf-8", "replace").split("\n")
            last = [line.strip() for line in said if line.strip()][-1:]
            raise _NotStarted(last[0] if last else f"exit code {process.returncode}")
        for found in (private / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                port = int(json.loads(found.read_text("utf-8"))["port"])
                socket.create_connection((place.loopback, port), 1).close()
                return port
        time.sleep(_PAUSE)
    raise TimeoutError("the port is not known yet")


def _stop(process: subprocess.Popen[bytes], server: Server | None) -> None:
    """Ask the server to stop, with its kernels; kernels of a killed server end by themselves."""
    if server is not None and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            _http(server, "POST", "/api/shutdown", time.monotonic() + 1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
    if process.poll() is None:
        process.terminate() if sys.platform == "win32" else process.kill()
    process.wait()
