"""Back-off: how long a client waits before it tries again.                      Socket.IO rev. 5

    attempt      1              2              3              4          5 ...
    seconds      0.5 to 1.5     1 to 3         2 to 5         4 to 5     5

    twice as long each time, up to a half less or more by chance, and never over the maximum

Lesson 13.  Builds on: nothing.  Used by: `manager`.
New here: chance.  A thousand clients that lost one server do not all come back at the same moment.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

LARGEST = 1000  # of an exponent: 2.0 ** 1024 is no float


def delay(
    attempt: int,
    *,
    first: float = 1.0,
    most: float = 5.0,
    factor: float = 0.5,
    chance: Callable[[], float] = random.random,
) -> float:
    """Seconds before this attempt; the first one is 1.

    `factor`: which part of the wait chance may add or take; 0: none.  As in the reference, one draw
    gives both the size and the sign, the wait is a whole number of milliseconds, and `most` is
    applied last.
    """
    wait = first * 1000 * 2.0 ** min(attempt - 1, LARGEST)
    if 0 < factor <= 1:
        drawn = chance()
        deviation = math.floor(drawn * factor * min(wait, 1e300))
        wait += deviation if math.floor(drawn * 10) % 2 else -deviation
    return math.floor(min(wait, most * 1000, 1e300)) / 1000
