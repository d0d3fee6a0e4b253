"""docs/features.md names a test for each feature that is there; each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[1]
ROW = re.compile(r"\| (X?\d+) \| .+ \| (yes, .*|later|does not apply: .+) \|")


def rows() -> dict[str, str]:
    text = (TOP / "docs" / "features.md").read_text("utf-8")
    table = [line for line in text.splitlines() if re.match(r"\| X?\d", line)]
    found = [ROW.fullmatch(line) for line in table]
    assert None not in found, [line for line, one in zip(table, found, strict=True) if one is None]
    return {one[1]: one[2] for one in found if one is not None}


def test_each_feature_has_one_row() -> None:
    """225, and thirteen that neither package has."""
    assert list(rows()) == [*map(str, range(1, 226)), *(f"X{n}" for n in range(48, 61))]


def test_each_named_test_exists() -> None:
    """`file::function`, and perhaps a remark."""
    named = [said for said in rows().values() if said.startswith("yes")]
    assert named
    for said in named:
        [file, function] = re.fullmatch(
            r"yes, `(tests/[\w/]+\.py)::(test_\w+)`(?:; .+)?", said
        ).groups()  # type: ignore[union-attr]
        text = (TOP / file).read_text("utf-8")
        assert re.search(rf"^(async )?def {function}\(", text, re.MULTILINE), said
