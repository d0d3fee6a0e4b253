"""The answer's process: it runs the learner's text and does what the grader asks, nothing else.

    python -I -S -E -X utf8 child.py LIMITS

    stdin    ─▶ {"id": 7, "do": "call", "name": "request_bytes", "args": [...]}
    stdout   ◀─ {"id": 7, "value": ...}  or  {"id": 7, "raised": [...]}
             ◀─ {"id": 7, "ask": [peer, "read", [...]]}       it calls an object of the grader
    stderr   ◀─ whatever the answer prints; shown, never read for a verdict

A message is a length in four bytes, and then as many bytes of JSON.

Exercises.  Builds on: server, confine (beside this file; the standard library alone).
What is new here: `main` moves the pipe from the standard streams to other descriptors before the
learner's text runs, and no expected value ever comes into this process.
Left out: any judgement.
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import confine  # type: ignore[import-not-found]  # noqa: E402
import server  # type: ignore[import-not-found]  # noqa: E402

LARGEST = 4 * 1024 * 1024  # bytes of a message


class Pipe:
    """Messages on two file descriptors that the learner's text is not given."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._dumps, self._loads = json.dumps, json.loads
        self._read, self._write, self._leave = os.read, os.write, os._exit

    def receive(self) -> dict[str, Any]:
        size = int.from_bytes(self._exactly(4), "big")
        return self._loads(self._exactly(size))  # type: ignore[no-any-return]

    def send(self, message: dict[str, Any]) -> None:
        data = self._dumps(message).encode("ascii")
        if len(data) > LARGEST:
            data = self._dumps({"id": message["id"], "too_large": len(data)}).encode("ascii")
        data = len(data).to_bytes(4, "big") + data
        while data:
            data = data[self._write(self._outgoing, data) :]

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._read(self._incoming, size - len(data))
            if not more:
                self._leave(0)  # the grader closed its end
            data += more
        return data


def main() -> None:
    incoming, outgoing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (incoming, outgoing):
            msvcrt.setmode(descriptor, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    warnings.formatwarning = server.warned
    pipe = Pipe(incoming, outgoing)
    hello = confine.prepare(json.loads(sys.argv[1]))
    sys.argv = [server.ANSWER]
    sys.path.remove(HERE)
    for name in ("confine", "server", "values"):
        del sys.modules[name]
    pipe.send({"id": 0, "pid": os.getpid(), **hello})
    server.Server(pipe).serve()


if __name__ == "__main__":
    main()
