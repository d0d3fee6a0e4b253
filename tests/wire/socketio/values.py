"""Any values that msgpack carries, for Hypothesis; and their form on a line to Node."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]))
integers = st.integers(-(1 << 63), (1 << 64) - 1)
floats = st.floats(allow_nan=False)
dates = st.datetimes(timezones=st.just(UTC)).map(
    lambda date: date.replace(microsecond=date.microsecond // 1000 * 1000, fold=0)
)
# JavaScript puts keys like "7" first, and takes "__proto__" for something else.
keys = texts.filter(lambda key: not key.isdecimal() and key != "__proto__")


numbers = st.one_of(integers, floats)


def values(numbers: st.SearchStrategy[Any] = numbers) -> st.SearchStrategy[Any]:
    """Scalars of each type, in lists and dicts."""
    scalars = st.one_of(
        st.none(), st.booleans(), numbers, texts, st.binary(), dates,
        st.integers(0, 300).map("é".__mul__), st.integers(0, 300).map(b"x".__mul__),
    )  # fmt: skip
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=20), st.dictionaries(keys, inner)),
    )


def plain(value: Any) -> Any:
    """As peers/msgpack.cjs says it: JavaScript has one type of numbers."""
    match value:
        case None | bool() | str():
            return value
        case int() | float():
            number = float(value)
            return ["number", "nan" if math.isnan(number) else struct.pack(">d", number).hex()]
        case bytes():
            return ["bytes", value.hex()]
        case datetime():
            return ["date", (value - EPOCH) // timedelta(milliseconds=1)]
        case list():
            return ["array", [plain(item) for item in value]]
    return ["map", [[key, plain(item)] for key, item in value.items()]]
