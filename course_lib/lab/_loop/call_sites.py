"""Where a task or a socket comes from: the cell and the line that made it.

Lesson 00.  Builds on: nothing.  Used by: `background`, `lab.loop`.

    asyncio.create_task(...)      a frame of asyncio         skipped
    http_client.get(...)          a frame of a library       where it was made
    Cell In[3], line 2            a frame of a cell          what a learner recognises
    ipykernel, tornado, zmq       a frame of the kernel      the kernel's own, if it comes first

New here: only at the moment of creation does the call stack show what code made an object; a weak
list of sockets, filled by an audit hook, because nothing else sees those that a library opens.
Left out: files and pipes.
"""

from __future__ import annotations

import itertools
import os
import socket
import sys
import sysconfig
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

KERNEL_PACKAGES = frozenset(
    ("ipykernel", "IPython", "tornado", "zmq", "jupyter_client", "debugpy", "traitlets", "comm")
)
_STANDARD_LIBRARY = sysconfig.get_path("stdlib") + os.sep
_PACKAGE = str(Path(__file__).parents[2]) + os.sep
_OURS = frozenset(str(Path(__file__).with_name(n + ".py")) for n in ("call_sites", "background"))
_kinds: dict[str, str] = {}  # file name -> "inside" (skipped), "kernel", "cell", "code"


@dataclass(slots=True)
class Origin:
    """Where something was made.  Every task has one, so its text is made only when needed.

    The file is `""` when only asyncio itself was on the stack.
    """

    file: str = ""
    line: int = 0
    kernel: bool = False

    def __str__(self) -> str:
        return place(self.file, self.line) if self.file else "the event loop"


def of_caller() -> Origin:
    """The origin of what is being made now: its cell if there is one, else its file and line."""
    frame: FrameType | None = sys._getframe(1)
    first: FrameType | None = None
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code.co_filename) or _kind(code.co_filename)
        if kind == "inside":
            if code.co_name == "_run" and code.co_filename.endswith("events.py"):
                break  # asyncio.Handle._run: the frames below it run the loop, and made nothing
        elif kind == "cell":
            return Origin(code.co_filename, frame.f_lineno)
        elif kind == "kernel" and first is None:
            return Origin(code.co_filename, frame.f_lineno, kernel=True)
        elif first is None:
            first = frame
        frame = frame.f_back
    return Origin(first.f_code.co_filename, first.f_lineno) if first else Origin()


def place(filename: str, line: int) -> str:
    """`Cell In[3], line 2`, `course_lib/net/stream.py:40` or `folder/file.py:7`."""
    label = _cell_label(filename)
    if label:
        return f"Cell {label}, line {line}"
    if filename.startswith(_PACKAGE):
        return f"course_lib/{filename[len(_PACKAGE) :].replace(os.sep, '/')}:{line}"
    return "/".join(Path(filename).parts[-2:]) + f":{line}"


def is_inner(filename: str) -> bool:
    """Whether a traceback for a learner leaves this file out: standard library, kernel."""
    return _kind(filename) in ("inside", "kernel")


def _kind(filename: str) -> str:
    kind = _kinds.get(filename)
    if kind is None:
        kind = _find_kind(filename)
        if len(_kinds) < 10_000:
            _kinds[filename] = kind
    return kind


def _find_kind(filename: str) -> str:
    if _cell_label(filename):
        return "cell"
    parts = Path(filename).parts
    installed = [i for i, part in enumerate(parts) if part in ("site-packages", "dist-packages")]
    if installed and parts[installed[-1] + 1] in KERNEL_PACKAGES:
        return "kernel"
    standard = not installed and filename.startswith((_STANDARD_LIBRARY, "<frozen"))
    return "inside" if standard or filename in _OURS else "code"


def shell() -> Any:
    """IPython's shell inside a kernel, else None.  Imports nothing."""
    ipython = sys.modules.get("IPython")
    found: Any = ipython.get_ipython() if ipython is not None else None
    return found if getattr(found, "kernel", None) is not None else None


def _cell_label(filename: str) -> str:
    """`In[3]` for the code of a cell, else an empty string."""
    name = getattr(getattr(shell(), "compile", None), "format_code_name", None)
    label = name(filename) if name is not None else None
    return label[1] if label else ""


class SocketWatch:
    """The sockets made since `start()`, and where they were made.

    An audit hook cannot be removed, so there is one for the process, and it does nothing for
    other events and after `stop()`.  It costs 0.1 µs an event.
    """

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[socket.socket, tuple[int, Origin]] = (
            weakref.WeakKeyDictionary()
        )
        self._numbers = itertools.count()
        self._installed = False
        self.on = False

    def start(self) -> None:
        """Watch from now on.  Idempotent."""
        self.on = True
        if not self._installed:
            self._installed = True
            sys.addaudithook(self._heard)

    def stop(self) -> None:
        """Stop watching, and forget the sockets seen so far."""
        self.on = False
        self._made.clear()

    def open(self) -> list[tuple[socket.socket, Origin]]:
        """The sockets that are still open and not the kernel's own, oldest first."""
        found = [
            (number, made, origin)
            for made, (number, origin) in list(self._made.items())
            if not origin.kernel and made.fileno() != -1
        ]
        return [(made, origin) for _, made, origin in sorted(found, key=lambda row: row[0])]

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.__new__" or not self.on:
            return
        with suppress(Exception):  # an error here would make the socket's construction fail
            made = arguments[0]
            if isinstance(made, socket.socket):
                self._made[made] = (next(self._numbers), of_caller())


def describe(made: socket.socket) -> str:
    """A socket in a learner's words; its ports differ from run to run."""
    try:
        if made.family not in (socket.AF_INET, socket.AF_INET6):
            return "a socket pair"
        if made.type != socket.SOCK_STREAM:
            return "a datagram socket"
        if made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return f"a server on port {made.getsockname()[1]}"
        return f"a connection from port {made.getsockname()[1]} to port {made.getpeername()[1]}"
    except OSError:
        return "a socket that is not connected"
