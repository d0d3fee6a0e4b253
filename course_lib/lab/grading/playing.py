"""Your code on a simulated network: it can neither hang the notebook nor hide why it ended.

    play(story)     ─▶ what `await story()` returned, or None, and a line that says why

Exercises.  Builds on: `lab.clock`.
What is new here: two limits.  The limit of simulated seconds ends a story that waits for ever; the
limit of real seconds ends a loop without an `await`, which lets no other task run.  (`time.sleep`
takes simulated seconds there.)
Left out: a judgement; the cell prints what happened, and `check` judges.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from .. import clock

T = TypeVar("T")
STEPS = 20_000  # turns of the loop in one moment of simulated time


def play(
    story: Callable[[], Coroutine[Any, Any, T]], *, seconds: float = 600.0, patience: float = 5.0
) -> T | None:
    """Run the story in the simulator, for at most `seconds` of its time and `patience` real ones.

    Prints one line and returns None if a limit ended the story, or if the story called a stub.  Any
    other exception of the story is raised.
    """
    try:
        with _watched(patience) as watch:
            return clock.simulate(story, max_time=seconds, max_steps=STEPS)
    except NotImplementedError:
        print("Not answered yet.")
    except (clock.Runaway, clock.Deadlock) as error:
        print(f"✘ It did not come to an end: {error}")
    except KeyboardInterrupt:
        if not watch.stopped:
            raise
        print(
            f"✘ Stopped after {patience:g} s in which nothing else could run. "
            "Is there a loop without an await?"
        )
    return None


class _Watch:
    """Interrupts the main thread once, unless its story has ended."""

    def __init__(self) -> None:
        self.stopped = self.ended = False
        self.lock = threading.Lock()

    def stop(self) -> None:
        with self.lock:
            if self.ended:
                return
            self.stopped = True
            if sys.platform == "win32":
                _thread.interrupt_main()
            else:
                os.kill(os.getpid(), signal.SIGINT)  # interrupts a sleep, too


@contextlib.contextmanager
def _watched(patience: float) -> Iterator[_Watch]:
    """Raise KeyboardInterrupt in the main thread after `patience` seconds; in no other thread."""
    watch = _Watch()
    timer = threading.Timer(patience, watch.stop)
    timer.daemon = True
    before: Any = None
    if threading.current_thread() is threading.main_thread():
        # The handler of asyncio.run would only cancel a task, which a busy loop does not notice.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        timer.start()
    try:
        yield watch
    finally:
        with watch.lock:
            watch.ended = True
        timer.cancel()
        if before is not None:
            timer.join()
            signal.signal(signal.SIGINT, before)
