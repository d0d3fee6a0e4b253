"""The judges of lesson 06: `ex_N_…` for exercise 6.N, and what they share."""

from collections.abc import Iterable

from ...trial import Wrong

ROUNDED = "0 places; 1 places; 2 places; 3 places; 4 places"


def rounded(found: Iterable[float], wrong: Wrong) -> tuple[float, ...]:
    """The numbers; rounded, if one of the programs of `ROUNDED` is on."""
    digits = next((int(one[0]) for one in wrong if one in ROUNDED.split("; ")), 12)
    return tuple(round(value, digits) for value in found)
