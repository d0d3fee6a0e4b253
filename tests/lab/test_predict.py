"""Whoever has 624 keys of the module `random` has all that follow."""

from __future__ import annotations

import os
import random

import pytest

from course_lib.errors import LocalError
from course_lib.lab import predict


@pytest.mark.parametrize("before", [0, 1, 623, 1000])
def test_the_copy_continues_where_the_keys_end(before: int) -> None:
    """Wherever in its sequence the generator was when the first key was taken."""
    real = random.Random(before)
    for _ in range(before):
        real.getrandbits(32)
    copy = predict.copy_of_random([real.randbytes(4) for _ in range(624)])
    assert [copy.randbytes(4) for _ in range(2000)] == [real.randbytes(4) for _ in range(2000)]


def test_other_calls_are_predicted_too() -> None:
    """They are made of the same numbers."""
    real = random.Random(6)
    copy = predict.copy_of_random([real.randbytes(4) for _ in range(624)])
    assert [copy.random(), copy.randrange(6), copy.choice("abc")] == [
        real.random(),
        real.randrange(6),
        real.choice("abc"),
    ]


def test_keys_of_the_system_tell_nothing() -> None:
    """`os.urandom`, and with it `secrets`."""
    copy = predict.copy_of_random([os.urandom(4) for _ in range(624)])
    assert not any(copy.randbytes(4) == os.urandom(4) for _ in range(100))


@pytest.mark.parametrize("keys", [[], [bytes(4)] * 623, [bytes(4)] * 625, [bytes(3)] * 624])
def test_too_few_or_other_keys_are_refused(keys: list[bytes]) -> None:
    """With the number that is needed."""
    with pytest.raises(LocalError, match="624 keys of 4 bytes are needed"):
        predict.copy_of_random(keys)
