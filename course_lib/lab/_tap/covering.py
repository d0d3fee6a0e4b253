"""Covers methods of one object with others, and puts everything back.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `tap` (a loop), `tapped` (a transport).

    cover = Cover(transport, {"write": ours})     transport.write is ours, cover.under["write"] its
    cover.lift()                                  as before

New here: the object keeps its class and its identity; only its own `__dict__` changes.
Left out: objects without one (written in C, or with `__slots__`): LocalError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import LocalError


class Patch:
    """`over` lies over the attributes of `thing` until `lift`; `under` has what it covers."""

    def __init__(self, thing: Any, over: Mapping[str, Any]) -> None:
        try:
            self._own: dict[str, Any] = vars(thing)
        except TypeError:
            kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
            raise LocalError(f"a {kind} cannot be tapped: it is not written in Python") from None
        self.under = {name: getattr(thing, name, None) for name in over}
        self._over = dict(over)
        self._before = {name: self._own[name] for name in over if name in self._own}
        self._own.update(over)

    def lift(self) -> None:
        """Put back what was there.  What somebody has covered since stays covered by them."""
        for name, ours in self._over.items():
            if self._own.get(name) == ours:
                del self._own[name]
                if name in self._before:
                    self._own[name] = self._before[name]
