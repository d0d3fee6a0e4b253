"""The bytes of an answer beside those expected: the first that differs is marked.

    observed  00000010  48 6f 73 74 3a 20 61 0a                          |Host: a.|
                                             ^^
    expected  00000010  48 6f 73 74 3a 20 61 0d 0a                       |Host: a..|

Exercises.  Builds on: `lab.figures.hexdump`.
What is new here: a `ByteDiff` keeps both sides, for the class report.
Left out: differences after the first; after a missing byte the others are only shifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..figures import hexdump

KEPT = 4096  # bytes of each side


@dataclass(slots=True)
class ByteDiff:
    """`observed` and `expected` as bytes; text is compared as UTF-8."""

    observed: bytes
    expected: bytes

    @property
    def at(self) -> int:
        """The index of the first byte that differs, or the length of the shorter side."""
        pairs = zip(self.observed, self.expected, strict=False)
        shorter = min(len(self.observed), len(self.expected))
        return next((i for i, (a, b) in enumerate(pairs) if a != b), shorter)

    def text(self) -> str:
        return hexdump.diff(self.expected, self.observed).text

    def html(self) -> str:
        return hexdump.diff(self.expected, self.observed).html

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "observed": self.observed[:KEPT].hex(),
            "expected": self.expected[:KEPT].hex(),
        }
