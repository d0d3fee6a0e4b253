"""Many graders at once, each a process of its own; `close` ends all of them.

    with Pool(2) as pool:
        pool.put(key, {"do": "read", …})
        for key, reply in pool.replies():  …  may put more

Exercises.  Builds on: worker (what runs there).
What is new here: if a worker dies or never ends, only the answer that it was grading becomes a
grader error, and a new worker takes the next.  Workers have a session of their own, so Ctrl-C
reaches the class run alone, which then ends the workers.
Left out: what the workers are asked; see `grading`.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, Self

Reply = dict[str, Any]

ROOT = Path(__file__).resolve().parents[4]
PATIENCE = 5.0  # seconds that a worker may take to end its answer and itself
LONGEST = 300.0  # seconds that a judge may take for one answer, far more than any needs
_CODE = (
    "import sys; sys.path.insert(0, sys.argv.pop()); "
    "from course_lib.lab.grading.classroom import worker; worker.main()"
)


class Worker:
    """A process that answers one question at a time."""

    def __init__(self) -> None:
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        # -P: the worker must not import a json.py of the folder in which this was started
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **options,
        )
        self._closing = threading.Lock()

    def ask(self, message: Reply) -> Reply:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()
            reply: Reply = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            return {"error": "the grader's process ended before it had a verdict"}
        return reply

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def interrupt(self) -> None:
        """Ask the worker to end; `close` waits for it."""
        if sys.platform != "win32":  # where terminate() kills at once, and the answer would live on
            self._process.terminate()

    def close(self) -> None:
        """End the worker and wait for it.  May be called again."""
        with self._closing:
            self.interrupt()
            pipes = (self._process.stdin, self._process.stdout)
            for pipe in pipes[:1]:
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if pipes[1] is not None:
                pipes[1].close()


class Pool:
    """`count` threads, each of which starts a worker and waits for its replies."""

    def __init__(self, count: int, *, longest: float = LONGEST) -> None:
        self.longest = longest
        self._asked: queue.SimpleQueue[tuple[Hashable, Reply] | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[tuple[Hashable, Reply]] = queue.SimpleQueue()
        self._busy: dict[int, tuple[Worker, float]] = {}  # thread -> its worker, its deadline
        self._open = 0
        self._closed = False
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, key: Hashable, message: Reply) -> None:
        self._open += 1
        self._asked.put((key, message))

    def replies(self) -> Iterator[tuple[Hashable, Reply]]:
        """Yield replies as they come, until each message that was put has one."""
        while self._open:
            try:
                reply = self._replies.get(timeout=0.5)
            except queue.Empty:
                self._end_endless()
                continue
            self._open -= 1
            yield reply

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._asked.put(None)
        for worker, _ in list(self._busy.values()):
            worker.interrupt()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        worker: Worker | None = None
        while (asked := self._asked.get()) is not None and not self._closed:
            key, message = asked
            try:
                worker = worker if worker is not None and worker.alive else Worker()
            except OSError as error:  # no process or no descriptor is left
                self._replies.put((key, {"error": f"no grader could be started: {error}"}))
                continue
            self._busy[number] = (worker, time.monotonic() + self.longest)
            if not self._closed:  # after `close` nobody would interrupt this worker
                self._replies.put((key, worker.ask(message)))
            del self._busy[number]
            if not worker.alive:
                worker.close()
        if worker is not None:
            worker.close()

    def _end_endless(self) -> None:
        for worker, until in list(self._busy.values()):
            if time.monotonic() > until:
                worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
