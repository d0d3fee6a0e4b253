"""Replaces methods of one object with others, and restores them.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `lab.tap` (a loop), `tapped` (a transport).

    patch = Patch(transport, {"write": ours})     transport.write is ours now
    patch.under["write"]                          the transport's own
    patch.lift()                                  transport.write is its own again

New here: the object keeps its class and its identity; only its own `__dict__` changes.
Left out: objects without one (written in C, or with `__slots__`): LocalError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import LocalError


class Patch:
    """Puts `over` in place of attributes of `thing` until `lift`; `under` has the old ones."""

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
        """Restore the old attributes, except those that other code has replaced since."""
        for name, ours in self._over.items():
            if self._own.get(name) == ours:
                del self._own[name]
                if name in self._before:
                    self._own[name] = self._before[name]
