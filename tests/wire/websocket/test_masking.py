"""Masking: the three ways to do it agree, whole and in pieces."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.wire.websocket import masking

KEY = bytes.fromhex("37fa213d")
keys = st.binary(min_size=4, max_size=4)


def test_the_example_of_the_specification():
    """RFC 6455 §5.7: "Hello" with the key 37 fa 21 3d."""
    assert masking.mask(b"Hello", KEY) == bytes.fromhex("7f9f4d5158")


@given(st.binary(max_size=300), keys)
def test_every_way_to_mask_gives_the_same_and_undoes_itself(payload, key):
    """The byte loop is the definition; the numbers and the C function are the fast ways."""
    expected = masking.mask_slowly(payload, key)
    assert masking.mask_at_once(payload, key) == expected
    assert masking.mask(payload, key) == expected
    assert masking.mask(expected, key) == payload


@given(st.lists(st.binary(max_size=20), max_size=12), keys)
def test_pieces_of_any_size_are_unmasked_like_the_whole(pieces, key):
    """The key does not begin again with each piece."""
    whole = b"".join(pieces)
    unmasker = masking.Unmasker(key)
    assert b"".join([unmasker.feed(piece) for piece in pieces]) == masking.mask(whole, key)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 65536])
def test_all_sizes(size):
    """None, less than a key, a key, and many."""
    payload = bytes(range(256)) * (size // 256 + 1)
    payload = payload[:size]
    assert masking.mask_at_once(payload, KEY) == masking.mask_slowly(payload, KEY)


def test_without_a_c_function_the_pure_one_is_taken():
    """In a process that cannot import it, a frame is unmasked all the same."""
    code = (
        "import sys; sys.modules['websockets'] = None\n"
        "from course_lib.wire.websocket import masking\n"
        "assert masking.mask is masking.mask_at_once\n"
        "print(masking.mask(b'Hello', bytes.fromhex('37fa213d')).hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (done.stdout.strip(), done.stderr) == ("7f9f4d5158", "")


def test_a_megabyte_is_unmasked_in_a_few_times_its_size():
    """Numbers as large as the payload are made, and no more than five of them at once."""
    payload = bytes(1_000_000)
    tracemalloc.start()
    try:
        masking.mask_at_once(payload, KEY)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
