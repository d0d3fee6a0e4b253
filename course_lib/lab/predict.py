"""The next numbers of the module `random`, from 624 that are known.

    random.randbytes(4)   k1 k2 … k624 ──copy_of_random──▶ a generator of k625 k626 …

Lesson 04.  Builds on: `random` of the standard library, a Mersenne Twister (MT19937).
New here: its state is 624 numbers, and it returns each of them, mixed by four steps that lose
nothing.  Undo the steps 624 times, and you have the state.
Left out: numbers that were shortened (`random.random()`); the seed, which nobody needs then.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from ..errors import LocalError

__all__ = ["NEEDED", "copy_of_random"]

NEEDED = 624  # numbers of 32 bits: the whole state


def copy_of_random(keys: Sequence[bytes]) -> random.Random:
    """A generator that continues after `keys`: 624 results of `random.randbytes(4)`, in order."""
    if len(keys) != NEEDED or any(len(key) != 4 for key in keys):
        raise LocalError(f"{NEEDED} keys of 4 bytes are needed, in the order in which they came")
    state = [_unmixed(int.from_bytes(key, "little")) for key in keys]
    found = random.Random()
    found.setstate((3, (*state, NEEDED), None))  # 3: the form of a state; NEEDED: all are used up
    return found


def _unmixed(number: int) -> int:
    """The number of the state that was returned as `number`: the four steps, backwards."""
    number = _undo_right(number, 18)
    number = _undo_left(number, 15, 0xEFC60000)
    number = _undo_left(number, 7, 0x9D2C5680)
    return _undo_right(number, 11)


def _undo_right(mixed: int, shift: int) -> int:
    """`x` from `x ^ (x >> shift)`.  The first `shift` bits are right, and each round adds more."""
    number = mixed
    for _ in range(32 // shift):
        number = mixed ^ (number >> shift)
    return number


def _undo_left(mixed: int, shift: int, mask: int) -> int:
    """`x` from `x ^ (x << shift & mask)`, in the same way from the other end."""
    number = mixed
    for _ in range(32 // shift):
        number = mixed ^ (number << shift & mask)
    return number
