"""Whoever has 624 keys of the module `random` has all that follow."""

from __future__ import annotations

import os
import random

import pytest

from course_lib.errors import LocalError
from course_lib.lab import foretell


@pytest.mark.parametrize("before", [0, 1, 623, 1000])
def test_the_twin_goes_on_where_the_keys_end(before: int) -> None:
    """Wherever in its sequence the generator was when the first key was taken."""
    real = random.Random(before)
    for _ in range(before):
        real.getrandbits(32)
    twin = foretell.twin([real.randbytes(4) for _ in range(624)])
    assert [twin.randbytes(4) for _ in range(2000)] == [real.randbytes(4) for _ in range(2000)]


def test_other_calls_are_foretold_too() -> None:
    """They are made of the same numbers."""
    real = random.Random(6)
    twin = foretell.twin([real.randbytes(4) for _ in range(624)])
    assert [twin.random(), twin.randrange(6), twin.choice("abc")] == [
        real.random(),
        real.randrange(6),
        real.choice("abc"),
    ]


def test_keys_of_the_system_tell_nothing() -> None:
    """`os.urandom`, and with it `secrets`."""
    twin = foretell.twin([os.urandom(4) for _ in range(624)])
    assert not any(twin.randbytes(4) == os.urandom(4) for _ in range(100))


@pytest.mark.parametrize("keys", [[], [bytes(4)] * 623, [bytes(4)] * 625, [bytes(3)] * 624])
def test_too_few_or_other_keys_are_refused(keys: list[bytes]) -> None:
    """With the number that is needed."""
    with pytest.raises(LocalError, match="624 keys of 4 bytes are needed"):
        foretell.twin(keys)
