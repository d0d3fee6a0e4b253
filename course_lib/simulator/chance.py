"""Time and randomness, replaced while a simulation runs, so that a seed decides the whole run.

Builds on: nothing.  Used by: `loop`, `run`, `lab.clock`.

    time.time  monotonic  perf_counter (and _ns)  gmtime()  localtime()   read the virtual clock
    time.sleep                                                            moves the virtual clock
    random.*   random.Random()                                            start from the seed
    os.urandom   secrets.*   random.SystemRandom   uuid.uuid4             drawn from the seed

All of it holds in the simulation's thread only (a kernel has others, and their timers are real),
and is put back when the simulation ends, however it ends.  `random`'s shared generator is one
object for all threads: it is seeded, and its state is put back.

`time.sleep` in a coroutine blocks the loop, as in real time: all other tasks are late by that long.

Left out, because Python does not let it be replaced: `datetime.now()`, names that a module imported
before with `from time import time`, and OpenSSL's own randomness (under TLS the times of a run
are reproduced, its bytes are not).
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

EPOCH = 1_767_225_600.0  # what time.time() says at virtual second 0: 2026-01-01 00:00:00 UTC


_SHARED: random.Random = random.seed.__self__  # type: ignore[attr-defined]


class Clock(Protocol):
    """What this module needs of the loop."""

    def time(self) -> float:
        """Virtual seconds."""

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""


def stream(seed: object, purpose: str) -> random.Random:
    """A generator for each purpose, so that draws for one do not change another."""
    return random.Random(f"{purpose}/{seed}")


class Replaced:
    """The module functions above, replaced inside the `with`, which may be entered again and again.

    A simulation that pauses leaves it meanwhile; its generator then continues where it was.
    """

    def __init__(self, clock: Clock, seed: object) -> None:
        self._running: list[bool] = []
        self._wrapped = [
            (module, name, real := getattr(module, name), _while(self._running, real, simulated))
            for module, name, simulated in _replacements(clock, seed)
        ]
        self._seed = f"random/{seed}"
        self._state: Any = None  # of the simulation's shared generator, once it has one
        self._outer: Any = None

    def __enter__(self) -> None:
        self._outer = random.getstate()
        self._running.append(True)
        for module, name, _, wrapped in self._wrapped:
            setattr(module, name, wrapped)
        if self._state is None:
            random.seed(self._seed)
        else:
            random.setstate(self._state)

    def __exit__(self, *_: object) -> None:
        self._state = random.getstate()
        self._running.clear()
        for module, name, real, _wrapped in reversed(self._wrapped):
            setattr(module, name, real)
        random.setstate(self._outer)


@contextlib.contextmanager
def collected() -> Iterator[None]:
    """Collect garbage when the loop calls for it, not after a number of allocations.

    What exists already is set aside (`gc.freeze`), so each collection is short, and finalizers run
    at the same moments in every run.  A simulation within a simulation leaves this to the outer.
    """
    if not gc.isenabled():
        yield
        return
    others = _frozen_by_others()  # their objects stay frozen
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        if not others:
            gc.unfreeze()
        gc.enable()


@functools.cache
def _frozen_by_others() -> bool:
    """Had anybody frozen objects before the first simulation?  Counting 3 million takes 66 ms."""
    return gc.get_freeze_count() > 0


def _while(
    running: list[bool], real: Callable[..., Any], simulated: Callable[..., Any]
) -> Callable[..., Any]:
    """`simulated` in this thread while the simulation runs, `real` in all others and afterwards.

    (A module that is first imported in a simulation may keep it: `from time import monotonic`.)
    """
    here = threading.get_ident()

    @functools.wraps(real)
    def either(*args: Any, **options: Any) -> Any:
        if running and threading.get_ident() == here:
            return simulated(*args, **options)
        return real(*args, **options)

    return either


def _replacements(clock: Clock, seed: object) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    entropy = stream(seed, "urandom")
    reseed, gmtime, localtime = random.Random.seed, time.gmtime, time.localtime

    def now() -> float:
        return EPOCH + clock.time()

    def urandom(size: int, /) -> bytes:
        if size < 0:
            raise ValueError("negative argument not allowed")
        return entropy.randbytes(size)

    def seed_from_entropy(self: random.Random, a: Any = None, *rest: Any, **more: Any) -> None:
        reseed(self, entropy.randbytes(32) if a is None else a, *rest, **more)

    yield time, "time", now
    yield time, "time_ns", lambda: round(now() * 1e9)
    for name in ("monotonic", "perf_counter"):
        yield time, name, clock.time
        yield time, f"{name}_ns", lambda: round(clock.time() * 1e9)
    yield time, "gmtime", lambda seconds=None, /: gmtime(now() if seconds is None else seconds)
    yield (
        time,
        "localtime",
        lambda seconds=None, /: localtime(now() if seconds is None else seconds),
    )
    yield time, "sleep", clock.sleep
    yield os, "urandom", urandom
    yield random, "_urandom", urandom  # what SystemRandom, and so `secrets`, draws from
    yield random.Random, "seed", seed_from_entropy
    yield random, "seed", functools.partial(seed_from_entropy, _SHARED)
