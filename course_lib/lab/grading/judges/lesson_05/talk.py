"""A conversation that the judge of exercise 5.2 leads, and the signs of wrong ideas in it.

    Talk.event(("frame", 8, b""), ("send", 8, b""), ("closed", 1005), ("hang up",))
               what happens        the actions that must follow, in any order that sends the same

Exercises.  Builds on: `grading`.  Used by `ex_2_ending`.
What is new here: a wrong idea is recognised by the actions that the answer took, and not only by
those that it left out.
Left out: which events there are; see `ex_2_ending`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...answer import Answer
from ...marks import shown
from ...sandbox.remote import RemoteObject
from ...sandbox.values import Raised, same

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
NEVER = {code.to_bytes(2, "big"): code for code in (1005, 1006, 1015)}


@dataclass(slots=True)
class Talk:
    """One conversation of the answer, with its own clock.  `alive`: nothing was wrong so far."""

    answer: Answer
    made: RemoteObject
    case: str
    now: float
    told: list[str]
    alive: bool = True

    def event(self, event: tuple[Any, ...], *wanted: tuple[Any, ...], idea: str = "") -> None:
        """Give an event; `idea` is named if the actions are wrong and show no other idea."""
        if not self.alive:
            return
        self.told.append(f"{self.now:7.2f}  {event!r}")
        got = self.made.call("handle", event, self.now)
        if event[0] == "lost" and isinstance(got, list):
            got = [action for action in got if action != ("hang up",)]  # harmless: TCP has ended
        if _right(got, wanted):
            self.answer.marks.true(self.case, True)
            return
        self.alive = False
        self.answer.marks.fail(
            self.case,
            observed="\n".join(self.told[-4:]) + f"\nthe last one gave {shown(got)}",
            expected=shown(list(wanted)),
            idea=_sign(event, got, wanted) or (idea if isinstance(got, list) else ""),
            why="" if isinstance(got, list | Raised) else "handle returns a list of tuples.",
            raised=got if isinstance(got, Raised) else None,
        )

    def refused(self, event: tuple[Any, ...]) -> None:
        """Give an event with a code that must not be sent: the answer must raise ValueError."""
        if not self.alive:
            return
        self.told.append(f"{self.now:7.2f}  {event!r}")
        got = self.made.call("handle", event, self.now)
        if isinstance(got, Raised) and got.is_a("ValueError"):
            self.answer.marks.true(self.case, True)
            return
        self.alive = False
        self.answer.marks.fail(
            self.case,
            observed="\n".join(self.told[-4:]) + f"\nthe last one gave {shown(got)}",
            expected="it raises ValueError, and nothing is sent",
            idea="sends_1005_or_1006" if _sends_never(got) else "",
            raised=got if isinstance(got, Raised) else None,
        )


def _right(got: Any, wanted: tuple[tuple[Any, ...], ...]) -> bool:
    """Are these the wanted actions?  Sends come before "hang up"; a reason may be echoed."""
    if not isinstance(got, list) or not all(type(action) is tuple for action in got):
        return False
    if ("hang up",) in got and any(_is_send(it) for it in got[got.index(("hang up",)) :]):
        return False
    left = list(got)
    for want in wanted:
        found = next((i for i, have in enumerate(left) if _same(have, want)), None)
        if found is None:
            return False
        del left[found]
    return not left


def _same(have: tuple[Any, ...], want: tuple[Any, ...]) -> bool:
    if _is_close(want) and _is_close(have):
        code, payload = want[2], have[2]
        return type(payload) is bytes and payload[:2] == code and (code != b"" or not payload)
    return same(have, want)


def _is_send(action: Any) -> bool:
    return type(action) is tuple and len(action) == 3 and action[0] == "send"


def _is_close(action: Any) -> bool:
    return _is_send(action) and bool(action[1] == CLOSE)


def _sends_never(got: Any) -> bool:
    actions = got if isinstance(got, list) else []
    closes = [action[2] for action in actions if _is_close(action)]
    return any(type(payload) is bytes and payload[:2] in NEVER for payload in closes)


def _sign(event: tuple[Any, ...], got: Any, wanted: tuple[tuple[Any, ...], ...]) -> str:
    """The wrong idea that these actions show; empty if none."""
    if not isinstance(got, list) or not all(type(action) is tuple for action in got):
        return ""
    sent = [action for action in got if _is_send(action)]
    if _sends_never(got):
        return "sends_1005_or_1006"
    if event[0] == "close" and ("hang up",) in got:
        return "close_is_disconnect"
    if event[0] == "say" and not wanted and any(action[1] == TEXT for action in sent):
        return "data_after_close"
    if event[:2] == ("frame", PONG) and any(action[1] in (PING, PONG) for action in sent):
        return "echo_ping_pong"
    echo = event[:2] == ("frame", CLOSE) and any(_is_close(action) for action in wanted)
    ends = any(action[:1] in (("closed",), ("hang up",)) for action in got)
    return "no_echo" if echo and ends and not sent else ""
