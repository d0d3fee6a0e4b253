"""msgpack: the vectors, the sizes, any values, everything that is refused on either side."""

from __future__ import annotations

import enum
import math
import struct
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError, RemoteError
from course_lib.wire.socketio import msgpack
from course_lib.wire.socketio.msgpack import MSGPACK_JS, NOTEPACK_2, NOTEPACK_3

from .values import values

DIALECTS = [NOTEPACK_2, NOTEPACK_3, MSGPACK_JS]
every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)

PARSER = {  # packets of the msgpack parser
    "83a47479706500a46461746181a17401a36e7370a12f": {"type": 0, "data": {"t": 1}, "nsp": "/"},
    "85a47479706502a46461746192a16101a76f7074696f6e7381a8636f6d7072657373c3a2696400a36e7370a12f": {
        "type": 2,
        "data": ["a", 1],
        "options": {"compress": True},
        "id": 0,
        "nsp": "/",
    },
    "84a47479706502a46461746192a162c4020102a76f7074696f6e7381a8636f6d7072657373c3a36e7370a12f": {
        "type": 2,
        "data": ["b", b"\1\2"],
        "options": {"compress": True},
        "nsp": "/",
    },
    "84a2696405a47479706503a4646174619101a36e7370a12f": {
        "id": 5,
        "type": 3,
        "data": [1],
        "nsp": "/",
    },
    "82a47479706501a36e7370a12f": {"type": 1, "nsp": "/"},
}
UNDEFINED = {  # packets in which a JavaScript end has `undefined`
    "83a47479706500a464617461d40000a36e7370a12f": {"type": 0, "nsp": "/"},
    "83a47479706502a46461746193a178c40101d40000a36e7370a12f": {
        "type": 2,
        "data": ["x", b"\1", None],
        "nsp": "/",
    },
    "83a47479706504a46461746182a76d657373616765a26e6fa464617461d40000a36e7370a32f6e6f": {
        "type": 4,
        "data": {"message": "no"},
        "nsp": "/no",
    },
    "d40000": None,
}
_EVERYBODY = {"rooms": [], "except": [], "flags": {}}
REDIS = {  # what the Redis adapter publishes
    "93a65064414c426383a47479706502a46461746193a568656c6c6f01a2c3a9a36e7370a12f83a5726f6f6d7390a6"
    "65786365707490a5666c61677380": [
        "PdALBc",
        {"type": 2, "data": ["hello", 1, "é"], "nsp": "/"},
        _EVERYBODY,
    ],
    "93a65064414c426383a47479706502a46461746192a568656c6c6f81a161c0a36e7370a12f83a5726f6f6d7391a5"
    "726f6f6d31a665786365707491a27232a5666c61677382a8766f6c6174696c65c3a8636f6d7072657373c2": [
        "PdALBc",
        {"type": 2, "data": ["hello", {"a": None}], "nsp": "/"},
        {"rooms": ["room1"], "except": ["r2"], "flags": {"volatile": True, "compress": False}},
    ],
    "93a65064414c426383a47479706502a46461746192a362696ec403010203a36e7370a12f83a5726f6f6d7392a161"
    "a162a665786365707490a5666c61677380": [
        "PdALBc",
        {"type": 2, "data": ["bin", b"\1\2\3"], "nsp": "/"},
        {"rooms": ["a", "b"], "except": [], "flags": {}},
    ],
    "85a3756964a65064414c4263a9726571756573744964a632794e465047a47479706507a67061636b657483a47479"
    "706502a46461746192a171a178a36e7370a12fa46f70747383a5726f6f6d7390a665786365707490a5666c616773"
    "81a774696d656f757432": {
        "uid": "PdALBc",
        "requestId": "2yNFPG",
        "type": 7,
        "packet": {"type": 2, "data": ["q", "x"], "nsp": "/"},
        "opts": {"rooms": [], "except": [], "flags": {"timeout": 50}},
    },
    "93a7656d697474657283a47479706502a46461746192a2686901a36e7370a12f83a5726f6f6d7390a5666c616773"
    "80a665786365707490": [
        "emitter",
        {"type": 2, "data": ["hi", 1], "nsp": "/"},
        {"rooms": [], "flags": {}, "except": []},
    ],
}
OTHERS = {  # the sharded adapter, and the one of Redis Streams
    "84a47479706503a46461746182a67061636b657482a47479706502a46461746192a362696ec403010203a46f7074"
    "7383a5726f6f6d7392a161a162a665786365707490a5666c61677380a3756964b031393539383961666636386166"
    "363631a36e7370a12f": {
        "type": 3,
        "data": {
            "packet": {"type": 2, "data": ["bin", b"\1\2\3"]},
            "opts": {"rooms": ["a", "b"], "except": [], "flags": {}},
        },
        "uid": "195989aff68af661",
        "nsp": "/",
    },
    "84a47479706509a46461746181a67061636b657493a26576a17801a3756964b03762636131363065386162306338"
    "3366a36e7370a12f": {
        "type": 9,
        "data": {"packet": ["ev", "x", 1]},
        "uid": "7bca160e8ab0c83f",
        "nsp": "/",
    },
}


@every_dialect
@pytest.mark.parametrize(("data", "value"), (PARSER | REDIS | OTHERS).items())
def test_the_vectors_of_the_wire(data, value, dialect):
    """Section M.3 to M.5, written and read."""
    assert msgpack.encode(value, dialect).hex() == data
    assert msgpack.decode(bytes.fromhex(data), dialect) == value


@pytest.mark.parametrize("dialect", [NOTEPACK_2, NOTEPACK_3], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(("data", "value"), UNDEFINED.items())
def test_undefined_is_what_json_makes_of_it(data, value, dialect):
    """No key in a map, else None."""
    assert msgpack.decode(bytes.fromhex(data), dialect) == value


def test_null_in_a_map_is_no_undefined():
    """A DISCONNECT with `null` is refused above; one with `undefined` is not."""
    assert msgpack.decode(b"\x81\xa1a\xc0") == {"a": None}
    assert msgpack.decode(b"\x82\xa1a\xd4\0\0\xa1b\x01") == {"b": 1}


HEADS = [  # (value, its bytes, or those that it begins with)
    (None, "c0"), (False, "c2"), (True, "c3"),
    (0, "00"), (127, "7f"), (128, "cc80"), (255, "ccff"), (256, "cd0100"), (65535, "cdffff"),
    (65536, "ce00010000"), (2**32 - 1, "ceffffffff"), (2**32, "cf0000000100000000"),
    (2**53, "cf0020000000000000"), (2**64 - 1, "cfffffffffffffffff"),
    (-1, "ff"), (-32, "e0"), (-33, "d0df"), (-128, "d080"), (-129, "d1ff7f"), (-32768, "d18000"),
    (-32769, "d2ffff7fff"), (-(2**31), "d280000000"), (-(2**31) - 1, "d3ffffffff7fffffff"),
    (-(2**63), "d38000000000000000"),
    (1.5, "cb3ff8000000000000"), (1.0, "cb3ff0000000000000"), (-0.0, "cb8000000000000000"),
    (math.inf, "cb7ff0000000000000"), (1e300, "cb7e37e43c8800759c"),
    ("", "a0"), ("é", "a2c3a9"), ("a" * 31, "bf61"), ("a" * 32, "d92061"), ("a" * 255, "d9ff61"),
    ("a" * 256, "da010061"), ("a" * 65535, "daffff61"), ("a" * 65536, "db0001000061"),
    (b"", "c400"), (b"a" * 255, "c4ff61"), (b"a" * 256, "c5010061"), (b"a" * 65536, "c60001000061"),
    ([], "90"), ([0] * 15, "9f00"), ([0] * 16, "dc001000"), ([0] * 65536, "dd0001000000"),
    ({}, "80"), ({str(key): 0 for key in range(15)}, "8fa13000"),
    ({str(key): 0 for key in range(16)}, "de0010a13000"),
    ({str(key): 0 for key in range(65536)}, "df00010000a13000"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "begin"), HEADS, ids=[begin for _, begin in HEADS])
def test_the_shortest_head_on_both_sides_of_each_limit(value, begin):
    """And it comes back, with its type and its sign."""
    data = msgpack.encode(value)
    assert data.hex().startswith(begin)
    back = msgpack.decode(data)
    assert (back, type(back), repr(back)) == (value, type(value), repr(value))


def test_nan_is_a_float():
    """No float equals it."""
    assert msgpack.encode(math.nan).hex() == "cb7ff8000000000000"
    assert math.isnan(msgpack.decode(bytes.fromhex("cb7ff8000000000000")))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("ca3fc00000", 1.5),
        ("cc01", 1), ("cd0001", 1), ("ce00000001", 1), ("cf0000000000000001", 1),
        ("d001", 1), ("d1ffff", -1), ("d2ffffffff", -1), ("d3ffffffffffffffff", -1),
        ("d90161", "a"), ("da000161", "a"), ("db0000000161", "a"),
        ("c50001ff", b"\xff"), ("c600000001ff", b"\xff"),
        ("dc000100", [0]), ("dd0000000100", [0]),
        ("de0001a16100", {"a": 0}), ("df00000001a16100", {"a": 0}),
        ("8107c3", {"7": True}), ("81ffc3", {"-1": True}),
        ("c7020001ff", b"\1\xff"), ("c800020001ff"[:6] + "0001ff", b"\1\xff"),
        ("c900000001" + "00" + "ff", b"\xff"), ("c70000", b""),
    ],
)  # fmt: skip
def test_other_forms_are_read(data, value):
    """Longer ones than needed, float 32, numbers as keys, and an ArrayBuffer of notepack.io 2."""
    assert msgpack.decode(bytes.fromhex(data)) == value


class Level(enum.IntEnum):
    HIGH = 300


class Word(enum.StrEnum):
    HELLO = "hello"


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (Level.HIGH, 300),
        (Word.HELLO, "hello"),
        (Point(1, 2), [1, 2]),
        ((), []),
        (OrderedDict(a=1), {"a": 1}),
        ({Word.HELLO: Level.HIGH}, {"hello": 300}),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abcd")[::2], b"ac"),
    ],
)
def test_what_is_a_kind_of_a_type_is_written_as_that(value, same):
    """Subclasses, tuples, and the three types of bytes."""
    assert msgpack.encode(value) == msgpack.encode(same)


@every_dialect
@given(value=values())
def test_a_value_comes_back(value, dialect):
    """In each dialect; 1 stays an int and 1.0 a float."""
    back = msgpack.decode(msgpack.encode(value, dialect), dialect)
    assert back == value
    assert repr(back) == repr(value)


@given(values())
def test_any_buffer_may_hold_the_data(value):
    """What is read is bytes of its own, not a window."""
    data = msgpack.encode([value, b"x"])
    assert msgpack.decode(bytearray(data)) == msgpack.decode(memoryview(data)) == [value, b"x"]


# Dates.

ROUND = datetime(2023, 11, 14, 22, 13, 20, 123_000, UTC)  # 1,700,000,000,123 ms


@pytest.mark.parametrize(
    ("date", "milliseconds", "timestamp"),
    [
        (ROUND, "d7000000018bcfe5687b", "d7ff1d5353006553f100"),
        (ROUND.replace(microsecond=0), "d7000000018bcfe56800", "d6ff6553f100"),
        (datetime(1970, 1, 1, tzinfo=UTC), "d7000000000000000000", "d6ff00000000"),
        (datetime(2106, 2, 7, 6, 28, 15, 0, UTC), "d700 000003e7fffffc18", "d6ffffffffff"),
        (datetime(2106, 2, 7, 6, 28, 16, 0, UTC), "d700 000003e800000000", "d7ff0000000100000000"),
        (
            datetime(2514, 5, 30, 1, 53, 4, 0, UTC),
            "d700 00000fa000000000",
            "c70cff 00000000 0000000400000000",
        ),
        (
            datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC),
            "d700 ffffffffffffffff",
            "c70cff 3b8b87c0 ffffffffffffffff",
        ),
    ],
)
def test_dates_are_written_as_the_dialect_says(date, milliseconds, timestamp):
    """Milliseconds, or the shortest timestamp; both are read by notepack.io 3."""
    milliseconds, timestamp = bytes.fromhex(milliseconds), bytes.fromhex(timestamp)
    assert msgpack.encode(date, NOTEPACK_2) == milliseconds
    assert msgpack.encode(date, NOTEPACK_3) == msgpack.encode(date, MSGPACK_JS) == timestamp
    assert msgpack.decode(milliseconds, NOTEPACK_2) == date
    assert msgpack.decode(timestamp, MSGPACK_JS) == date
    assert msgpack.decode(milliseconds) == msgpack.decode(timestamp) == date


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_timestamp_keeps_microseconds_and_the_parser_milliseconds(date):
    """From the year 1 to 9999; what is cut off is cut towards the past."""
    assert msgpack.decode(msgpack.encode(date)) == date
    short = msgpack.decode(msgpack.encode(date, NOTEPACK_2), NOTEPACK_2)
    assert short == date.replace(microsecond=date.microsecond // 1000 * 1000)


def test_a_date_is_the_same_moment_in_any_zone():
    """It comes back in UTC."""
    seoul = ROUND.astimezone(timezone(timedelta(hours=9)))
    assert msgpack.encode(seoul) == msgpack.encode(ROUND)
    assert msgpack.decode(msgpack.encode(seoul)).tzinfo is UTC


# What cannot be written.


class Huge(list):
    def __len__(self) -> int:
        return 1 << 32


class Other:
    pass


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def _cycle() -> Any:
    value: dict[str, Any] = {}
    value["me"] = [value]
    return value


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (Other(), "msgpack has nothing for the type Other: value"),
        ({1, 2}, "msgpack has nothing for the type set: value"),
        ([0, {"a": [1, 1j]}], "msgpack has nothing for the type complex: value[1]['a'][1]"),
        ({"when": date(2020, 1, 1)}, "msgpack has nothing for the type date: value['when']"),
        ([datetime(2020, 1, 1)], "a datetime without a time zone: value[0]"),
        ([7, 7, 1 << 64], "an int of more than 64 bits: value[2]"),
        ([2.0**64, 1 << 64], "an int of more than 64 bits: value[1]"),
        (-(1 << 63) - 1, "an int of more than 64 bits: value"),
        (1 << 5000, "an int of more than 64 bits: value"),
        ({"a": "x\ud83d"}, "a str with half of a surrogate pair: value['a']"),
        ({"\ud83d": 1}, "a str with half of a surrogate pair: value['\\ud83d']"),
        ({"a": {7: 1}}, "a key of the type int, and not str: value['a'][7]"),
        ({None: 1}, "a key of the type NoneType, and not str: value[None]"),
        ([Huge()], "a size of 4294967296, which msgpack cannot say: value[0]"),
        (_nested(101), "too many arrays and maps in each other: value" + "[0]" * 13 + "["),
        (_cycle(), "too many arrays and maps in each other: value" + "['me'][0]" * 4 + "['me"),
    ],
)  # fmt: skip
@every_dialect
def test_what_cannot_be_written_is_named_with_its_place(value, sentence, dialect):
    """LocalError, whose path leads from the value to what is wrong in it."""
    with pytest.raises(LocalError) as error:
        msgpack.encode(value, dialect)
    assert str(error.value) == sentence


def test_the_depth_is_limited_when_writing_and_when_reading():
    """A hundred, or what the caller says; a limit that Python's stack cannot hold is no crash."""
    data = b"\x91" * 99 + b"\x90"
    assert msgpack.encode(_nested(100)) == data
    assert msgpack.decode(data) == _nested(100)
    with pytest.raises(RemoteError, match="in each other"):
        msgpack.decode(b"\x91" + data)
    with pytest.raises(RemoteError, match="in each other"):
        msgpack.decode(data, max_depth=99)
    with pytest.raises(LocalError, match="in each other"):
        msgpack.encode(_nested(100), max_depth=99)
    assert msgpack.decode(b"\x91" + data, max_depth=101) == _nested(101)
    with pytest.raises(RemoteError, match="in each other"):
        msgpack.decode(b"\x91" * 100_000 + b"\xc0", max_depth=1_000_000)


# What is refused.

HOSTILE = [
    ("", "ends within a value"),
    ("c1", "the byte c1"),
    ("91c1", "the byte c1"),
    ("c000", "1 bytes after the value"),
    ("90" * 5, "4 bytes after the value"),
    ("a1ff", "not UTF-8"),
    ("a2c080", "not UTF-8"),  # an overlong NUL
    ("a3eda0bd", "not UTF-8"),  # half of a surrogate pair
    ("a2c328", "not UTF-8"),
    ("a4f4908080", "not UTF-8"),  # above U+10FFFF
    ("81a1ff00", "not UTF-8"),
    ("a2e28200", "ends within a value|not UTF-8"),
    ("ddffffffff", "ends within a value"),  # 4 billion values
    ("ddffffffff" + "00" * 100, "ends within a value"),
    ("dfffffffff" + "a0" * 100, "ends within a value"),
    ("dbffffffff41", "ends within a value"),
    ("c6ffffffff41", "ends within a value"),
    ("c9ffffffff0041", "ends within a value"),
    ("9a" + "00" * 9, "ends within a value"),
    ("85" + "a0" * 9, "ends within a value"),
    ("93c100", "ends within a value"),  # the size is looked at first
    ("82900000", "ends within a value"),
    ("91" * 101 + "c0", "in each other"),
    ("81a161" * 101 + "c0", "in each other"),
    ("dc0001" * 50_000, "in each other"),
    ("81" * 50_000, "in each other"),  # maps as keys of maps
    ("82a16101a16102", "the same key twice"),
    ("82a161d40000a16102", "the same key twice"),
    ("820101a13102", "the same key twice"),  # 1 and "1"
    ("81c0c0", "a key of the type NoneType"),
    ("81c3c0", "a key of the type bool"),
    ("81cb3ff0000000000000c0", "a key of the type float"),
    ("81c40161c0", "a key of the type bytes"),
    ("819000", "a key of the type list"),
    ("818000", "a key of the type dict"),
    ("81d4000000", "a key of the type NoneType"),
    ("81d6ff0000000000", "a key of the type datetime"),
    ("d40500", "extension 5, unknown to notepack.io 3"),
    ("d47f00", "extension 127, unknown"),
    ("d48000", "extension -128, unknown"),
    ("c7010500", "extension 5, unknown"),
    ("d40001", "extension 0 with 1 bytes"),
    ("d5000000", "extension 0 with 2 bytes"),
    ("d60000000000", "extension 0 with 4 bytes"),
    ("d800" + "00" * 16, "extension 0 with 16 bytes"),
    ("d4ff00", "a timestamp of 1 bytes"),
    ("d8ff" + "00" * 16, "a timestamp of 16 bytes"),
    ("c70dff" + "00" * 13, "a timestamp of 13 bytes"),
    ("d7ff" + "ff" * 8, "more nanoseconds"),
    ("c70cff3b9aca00" + "00" * 8, "more nanoseconds"),
    ("d7007fffffffffffffff", "before the year 1 or after 9999"),
    ("d7008000000000000000", "before the year 1 or after 9999"),
    ("c70cff00000000" + "7fffffffffffffff", "before the year 1 or after 9999"),
]


@pytest.mark.parametrize(("data", "sentence"), HOSTILE, ids=[data[:24] for data, _ in HOSTILE])
def test_what_is_not_msgpack_is_an_error(data, sentence):
    """RemoteError with a short text that says which rule is broken."""
    with pytest.raises(RemoteError, match=sentence) as error:
        msgpack.decode(bytes.fromhex(data))
    assert error.value.code == 400
    assert len(str(error.value)) < 100


@pytest.mark.parametrize(
    ("dialect", "data"),
    [
        (NOTEPACK_2, "d6ff00000000"),
        (NOTEPACK_2, "d7ff0000000100000000"),
        (MSGPACK_JS, "d40000"),
        (MSGPACK_JS, "d7000000018bcfe5687b"),
        (MSGPACK_JS, "c7010061"),
    ],
)
def test_a_dialect_does_not_read_what_its_package_does_not(dialect, data):
    """notepack.io 2 knows no timestamp, and @msgpack/msgpack none of notepack's own."""
    with pytest.raises(RemoteError, match="unknown to"):
        msgpack.decode(bytes.fromhex(data), dialect)


EVERYTHING = [
    None, True, 1, 200, 2**16, 2**32, -1, -200, -(2**16), -(2**40), 1.5, "é" * 5, "é" * 20,
    "é" * 200, b"x" * 5, b"x" * 300, ROUND, ROUND.replace(microsecond=0), ROUND.replace(year=1960),
    [1] * 20, {"key": {"k": []}}, {str(key): 0 for key in range(20)},
]  # fmt: skip


@every_dialect
def test_data_that_ends_too_early_is_an_error_wherever_it_ends(dialect):
    """At each byte of a message with every form; so is one byte too many."""
    data = msgpack.encode(EVERYTHING, dialect)
    assert msgpack.decode(data, dialect) == EVERYTHING
    for end in range(len(data)):
        with pytest.raises(RemoteError, match="ends within a value"):
            msgpack.decode(data[:end], dialect)
    with pytest.raises(RemoteError, match="1 bytes after"):
        msgpack.decode(data + b"\0", dialect)


@every_dialect
@given(data=st.one_of(st.binary(), st.binary().map(b"\x93".__add__), st.binary(min_size=200)))
def test_any_bytes_are_a_value_or_an_error(data, dialect):
    """No other exception; and a value can be written, and comes back."""
    try:
        value = msgpack.decode(data, dialect)
    except RemoteError:
        return
    again = msgpack.encode(value, NOTEPACK_3)
    assert repr(msgpack.decode(again)) == repr(value)


def test_a_size_that_nobody_sent_costs_no_memory():
    """A list of the announced size would take 32 GiB; each byte of real data is a value at most."""
    import tracemalloc

    tracemalloc.start()
    for head in ("dd", "df", "db", "c6", "c9"):
        with pytest.raises(RemoteError):
            msgpack.decode(bytes.fromhex(head + "ffffffff" + "00" * 1000))
    with pytest.raises(RemoteError):  # one more than there is: no list is made for any of them
        msgpack.decode(b"\xdd\0\1\0\0" + b"\x90" * 0xFFFF)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("number", [1.1, 3.4028234663852886e38, 2.0**-149, -0.0])
def test_a_float_of_32_bits_is_read_as_the_number_that_it_is(number):
    """JavaScript has none of 32 bits, but other languages send them."""
    data = b"\xca" + struct.pack(">f", number)
    assert repr(msgpack.decode(data)) == repr(struct.unpack(">f", data[1:])[0])
