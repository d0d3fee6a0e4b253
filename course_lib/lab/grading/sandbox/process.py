"""The grader's end of the pipe: starts the answer's process, asks it, and always gets rid of it.

    Process(limits).ask({"do": …}, serve) ─▶ {"value": …} | {"raised": …}
                                             Ended("time" | "cpu" | "exit" | "output" | "broken")

Exercises.  Builds on: limits, child (what runs there).
What is new here: whatever the answer does, the grader waits at most `limits.wall` for a reply.
Threads read and write the pipes, so a full or silent pipe does not block the grader.  Every message
has a random number that its reply must repeat, so a reply forged in advance is rejected.
Left out: what the messages mean; see `remote`.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from .limits import Ended, GraderError, Limits

__all__ = ["Ended", "GraderError", "Limits", "Process"]

CHILD = Path(__file__).parent / "child.py"
LARGEST = 4 * 1024 * 1024  # bytes of a message
PATIENCE = 2.0  # seconds that the supervisor has to clean up
SETTLE = 1.0  # seconds that a process may take to end after its pipe has closed

# What the answer asks of an object of the judge -> the reply.
Serve = Callable[[Any], dict[str, Any]]


class Process:
    """One answer's process.  `missing` names what this system could not limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.missing: list[str] = []
        self.output = b""  # what it printed, at most `limits.output`
        self.flooded = False
        self._folder = tempfile.TemporaryDirectory(prefix="answer-", ignore_cleanup_errors=True)
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._deadline = float("inf")
        self._pid = 0  # of the answer itself, a child of its supervisor
        self._gone = False
        self._process = self._launch()
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._read, self._drain, self._write)
        ]
        for thread in self._threads:
            thread.start()
        try:
            hello = self._receive(limits.start)
        except Ended as error:
            self.close()
            said = self.output.decode(errors="replace").strip()
            raise GraderError(f"the answer's process did not start: {said or error}") from None
        except BaseException:
            self.close()
            raise
        self._pid = hello["pid"]
        self.missing = hello["missing"]
        self._deadline = time.monotonic() + limits.total

    def _launch(self) -> subprocess.Popen[bytes]:
        wanted = {**asdict(self.limits), "folder": self._folder.name}
        python = [sys.executable, "-I", "-S", "-E", "-X", "utf8"]
        options: dict[str, Any] = {"start_new_session": True, "env": {}}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
            root = os.environ.get("SYSTEMROOT", r"C:\Windows")  # Python does not start without it
            options = {"creationflags": flags, "env": {"SYSTEMROOT": root}}
        return subprocess.Popen(
            [*python, str(CHILD), json.dumps(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder.name,
            **options,
        )

    def ask(self, message: dict[str, Any], serve: Serve) -> dict[str, Any]:
        """Send a question and return its reply: `{"value": …}` or `{"raised": …}`.  Raises Ended.

        `serve` answers what the other end asks meanwhile; see `Remote.peer`.
        """
        number = secrets.token_hex(8)
        self.send({"id": number, **message})
        reply = self.hear(number)
        while "ask" in reply:
            self.send({"id": number, **serve(reply["ask"])})
            reply = self.hear(number)
        return reply

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode("ascii")
        self._outgoing.put(len(data).to_bytes(4, "big") + data)

    def hear(self, number: str) -> dict[str, Any]:
        """The next reply, which must repeat this number.  Raises Ended."""
        wall = min(self.limits.wall, self._deadline - time.monotonic())
        message = self._receive(wall)
        if "too_large" in message:
            most = f"{LARGEST:,} bytes at once, or {self.limits.replies:,} in all"
            raise Ended("broken", f"Your code returned more than {most}.")
        if message.get("id") != number or not message.keys() & {"value", "raised", "ask"}:
            raise self._broken()
        return message

    def _receive(self, wall: float) -> dict[str, Any]:
        try:
            message = self._messages.get(timeout=max(wall, 0.001))
        except queue.Empty:
            self._kill()
            raise Ended(
                "time", f"Your code did not answer within {self.limits.wall:g} s. Does it wait for "
                "something that never comes, or loop for ever?"
            ) from None  # fmt: skip
        if message is None:
            raise self._ended()
        return message

    def _ended(self) -> Ended:
        """Why the pipe closed, by the exit code: the process ends a moment after its pipe."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(SETTLE)
        self._kill()
        code = self._process.wait()
        by = code - 128 if code > 128 else -code
        if self.flooded:
            size = self.limits.output
            return Ended("output", f"Your code printed more than {size:,} bytes.")
        if sys.platform != "win32" and by == signal.SIGXFSZ:
            return Ended("output", f"Your code wrote more than {self.limits.files} files.")
        if sys.platform != "win32" and by in (signal.SIGXCPU, signal.SIGKILL):
            limit = f"{self.limits.cpu} s of processor time"
            return Ended("cpu", f"The system ended your code: more than {limit}, or killed.")
        return Ended(
            "exit", "Your code ended its own process before it gave an answer. A function returns; "
            "it does not call exit()."
        )  # fmt: skip

    def _broken(self) -> Ended:
        self._kill()
        return Ended("broken", "Your code wrote to the grader's own pipe.")

    # The three threads.

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        received = 0
        try:
            while True:
                size = int.from_bytes(_exactly(pipe, 4), "big")
                received += size
                if received > self.limits.replies:
                    self._messages.put({"too_large": received})
                    return
                if size > LARGEST:
                    raise ValueError("too large")
                message = json.loads(_exactly(pipe, size))
                if not isinstance(message, dict):
                    raise ValueError("not an object")
                if not self._messages.empty():
                    raise ValueError("nobody asked")  # such messages must not fill our memory
                self._messages.put(message)
        except EOFError:
            self._messages.put(None)
        except (ValueError, RecursionError, OSError):
            self._messages.put({"id": None})

    def _drain(self) -> None:
        """Keep what the answer prints, and end it when it has printed more than `output` bytes."""
        pipe = self._process.stderr
        assert pipe is not None
        kept = bytearray()
        try:
            while data := pipe.read1(65536):  # type: ignore[attr-defined]
                kept += data
                if len(kept) > self.limits.output:
                    self.flooded = True
                    del kept[self.limits.output :]
                    self.output = bytes(kept)
                    self._signal()
                    return
                self.output = bytes(kept)
        except (OSError, ValueError):
            return

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            while (data := self._outgoing.get()) is not None:
                pipe.write(data)
                pipe.flush()
        except (OSError, ValueError):
            return

    # The end.

    def close(self) -> None:
        """End the process and all that it started; remove its folder.  May be called again."""
        self._kill()
        if self._threads:
            self._outgoing.put(None)
            pipes = (self._process.stdout, self._process.stderr, self._process.stdin)
            for thread, pipe in zip(self._threads, pipes, strict=True):
                thread.join(PATIENCE)
                if pipe is not None and not thread.is_alive():
                    with contextlib.suppress(OSError):  # bytes that were not written yet
                        pipe.close()
            self._threads = []
            # Deeply nested folders, without Landlock; a file that nobody may remove.
            with contextlib.suppress(RecursionError, OSError):
                self._folder.cleanup()

    def _signal(self) -> None:
        """Tell the supervisor to clean up; kill the process where there is no supervisor."""
        if sys.platform == "linux":
            self._process.terminate()
        else:
            self._kill()

    def _kill(self) -> None:
        """End the process and wait for it; on Linux also for everything that it started."""
        if self._gone:
            return
        if sys.platform == "linux":
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
            self._gone = self._process.returncode is not None and self._process.returncode >= 0
            if self._gone:
                return  # the supervisor has cleaned up and exited
        self._gone = True
        if sys.platform == "win32":
            self._process.kill()
        else:
            for group in {self._process.pid, self._pid or self._process.pid}:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
