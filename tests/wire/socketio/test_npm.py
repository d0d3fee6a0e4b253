"""The msgpack packages of npm: they read what we write, and write what we read, byte by byte."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.wire.socketio import msgpack
from course_lib.wire.socketio.msgpack import MSGPACK_JS, NOTEPACK_2, NOTEPACK_3, Dialect

from .values import floats, plain, values

ROOT = Path(__file__).parents[3]
PEER = Path(__file__).parent / "peers" / "msgpack.cjs"
PACKAGES = ("socket.io-msgpack-parser", "notepack.io", "@msgpack/msgpack")
DIALECTS = [NOTEPACK_2, NOTEPACK_3, MSGPACK_JS]
Ask = Callable[[Dialect, str, Any], Any]

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not all((ROOT / "node_modules" / one).exists() for one in PACKAGES),
    reason=f"node with {', '.join(PACKAGES)} is missing: install Node.js, then `npm ci`",
)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)

# The numbers of JavaScript as we write them: whole ones that it knows exactly are ints.
exact = st.integers(-(1 << 53) + 1, (1 << 53) - 1) | floats.filter(lambda one: one % 1 != 0)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """One process of Node for all questions."""
    with subprocess.Popen(
        ["node", str(PEER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    ) as process:
        questions, answers = process.stdin, process.stdout
        assert questions is not None
        assert answers is not None

        def ask(dialect: Dialect, what: str, value: Any) -> Any:
            print(json.dumps([dialect.name, what, value]), file=questions, flush=True)
            return json.loads(answers.readline())

        yield ask
        questions.close()


def _writes_the_same(ask: Ask, dialect: Dialect, value: Any) -> None:
    assert ask(dialect, "encode", plain(value)) == msgpack.encode(value, dialect).hex()


def _reads_the_same(ask: Ask, dialect: Dialect, value: Any) -> None:
    assert ask(dialect, "decode", msgpack.encode(value, dialect).hex()) == plain(value)


def _reads_as_we_do(ask: Ask, dialect: Dialect, data: bytes) -> None:
    """What we do not refuse."""
    try:
        value = msgpack.decode(data, dialect)
    except RemoteError:
        return
    assert _alike(plain(value), ask(dialect, "decode", data.hex())), data.hex()


def _alike(ours: Any, theirs: Any) -> bool:
    if theirs == ["undefined"]:
        return ours is None
    if not (isinstance(ours, list) and isinstance(theirs, list)) or ours[0] != theirs[0]:
        return bool(ours == theirs)
    kind, left, right = ours[0], ours[1], theirs[1]
    if kind == "array":
        return len(left) == len(right) and all(map(_alike, left, right))
    if kind == "date":
        return abs(left - right) <= 1  # JavaScript cuts nanoseconds off towards 1970
    if kind == "map":
        mine = {_key(key): item for key, item in left}
        yours = {_key(key): item for key, item in right if item != ["undefined"]}
        return mine.keys() == yours.keys() and all(_alike(mine[key], yours[key]) for key in mine)
    return bool(left == right)


def _key(key: str) -> str | float:
    """A number of more than 53 bits is rounded before it is made a text."""
    return float(key) if key.lstrip("-").isdecimal() else key


def _mutated(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for place, byte in changes:
        changed[place % len(data)] = byte
    return bytes(changed)


changes = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=3)


@every_dialect
@settings(max_examples=30)
@given(value=values(exact))
def test_the_packages_write_the_same_bytes(ask, dialect, value):
    """For all that JavaScript has: whole numbers of 53 bits, dates of milliseconds."""
    _writes_the_same(ask, dialect, value)


@every_dialect
@settings(max_examples=30)
@given(value=values())
def test_the_packages_read_what_we_write(ask, dialect, value):
    """Numbers of 64 bits are rounded there, and 1.0 is 1."""
    _reads_the_same(ask, dialect, value)


@every_dialect
@settings(max_examples=30)
@given(value=values(), changes=changes)
def test_what_we_read_the_packages_read_as_well(ask, dialect, value, changes):
    """Bytes that are nearly right: we refuse them, or they mean the same."""
    _reads_as_we_do(ask, dialect, _mutated(msgpack.encode(value, dialect), changes))


@pytest.mark.wide
@every_dialect
@settings(max_examples=300)
@given(value=values(exact), other=values(), changes=changes)
def test_hundreds_of_values(ask, dialect, value, other, changes):
    """All three comparisons."""
    _writes_the_same(ask, dialect, value)
    _reads_the_same(ask, dialect, other)
    _reads_as_we_do(ask, dialect, _mutated(msgpack.encode(other, dialect), changes))


@every_dialect
@pytest.mark.parametrize(
    "value",
    [
        0, -1, 127, 128, -32, -33, 2**16, 2**32, 2**53 - 1, -(2**53) + 1, 0.1, math.inf,
        "é" * 33, "한글", "\U0001f600", "\0", "x" * 70_000, b"x" * 70_000, [0] * 300,
        {f"k{number}": None for number in range(300)},
        datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_limits(ask, dialect, value):
    """Both ways, where a head changes."""
    _writes_the_same(ask, dialect, value)
    _reads_the_same(ask, dialect, value)


def test_what_the_packages_do_not_agree_on(ask):
    """The table of `msgpack_dialects`, and where we differ from a package on purpose."""

    def encoded(value: Any) -> list[str]:
        return [ask(dialect, "encode", value) for dialect in DIALECTS]

    assert encoded(["date", 1500]) == ["d70000000000000005dc", *["d7ff7735940000000001"] * 2]
    assert encoded(["undefined"]) == ["d40000", "c0", "c0"]
    assert encoded(["map", [["a", ["undefined"]]]]) == ["81a161d40000", "80", "81a161c0"]
    assert encoded(["buffer", "ff"]) == ["c70100ff", "c401ff", "80"]
    assert encoded(plain(2**60)) == ["cf1000000000000000"] * 2 + ["cb43b0000000000000"]
    assert {msgpack.encode(2**60, one).hex() for one in DIALECTS} == {"cf1000000000000000"}
    # An integer of ours stays one; and a float, which keeps the sign of a zero.
    assert encoded(plain(1.0)) == ["01"] * 3
    assert encoded(plain(-0.0)) == ["00"] * 3
    assert {msgpack.encode(-0.0, one).hex() for one in DIALECTS} == {"cb8000000000000000"}


@pytest.mark.parametrize(
    ("data", "theirs"),
    [
        ("82a16101a16102", [["map", [["a", plain(2)]]]] * 3),
        ("a1ff", ["\ufffd", "\ufffd", "\xff"]),
        ("81c001", [["map", [["null", plain(1)]]]] * 2 + ["error"]),
        ("81cb3ff800000000000001", [["map", [["1.5", plain(1)]]]] * 3),
        (
            "d40500",
            [["array", [plain(5), ["bytes", "00"]]]] * 2
            + [["map", [["type", plain(5)], ["data", ["bytes", "00"]]]]],
        ),
    ],
)
def test_what_the_packages_read_and_we_refuse(ask, data, theirs):
    """The last of two equal keys, repaired UTF-8, texts made of keys, unknown extensions."""
    for dialect, value in zip(DIALECTS, theirs, strict=True):
        assert ask(dialect, "decode", data) == value
        with pytest.raises(RemoteError):
            msgpack.decode(bytes.fromhex(data), dialect)
