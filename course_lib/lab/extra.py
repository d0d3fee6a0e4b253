"""The extra `lab`: what figures, panels and the finished chat need besides the library.

    with extra.needed():
        import matplotlib        ModuleNotFoundError: … pip install "course-lib[lab]"

Lesson: all.  Builds on: nothing.  Used by: what imports a package of the extra.
New here: `pip install .` installs the library alone, and whoever then wants a figure reads in one
sentence what is missing.
Left out: tools that build notebooks; they are for developers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["INSTALL", "needed"]

INSTALL = 'pip install "course-lib[lab]"'


@contextmanager
def needed() -> Iterator[None]:
    """Around the import of a package of the extra: say so where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"This needs {error.name}, which the extra `lab` brings: {INSTALL}", name=error.name
        ) from None
