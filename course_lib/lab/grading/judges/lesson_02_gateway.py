"""Judge of exercise 2.3: long polling through proxies that lose patience.

    client ── ask ──▶ proxy, 30 s ──▶ proxy, 10 s ──▶ server, holds choose_hold([30, 10])
           ◀── 200 "점심\\n먹자"   200 ""   504 "<h1>Gateway Timeout</h1>" ── understand

Exercises.  Builds on: `grading`.
What is new here: the judge plays five minutes with both functions on its own clock, after looking
at each by itself.
Left out: proxies that cut the connection without an answer; see exercise 2.2.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from .. import text
from ..answer import Answer
from ..exercise import Exercise
from ..marks import shown
from ..values import Raised
from ..verdict import Verdict, WrongIdea

HOLD = "how long to hold"
NEWS = "an answer with messages"
EMPTY = "an answer without messages"
TIMEOUT = "a 504 from the proxy, or another error"
MINUTES = "five minutes behind a proxy"
CASES = (HOLD, NEWS, EMPTY, TIMEOUT, MINUTES)
MARGIN = 1.0  # seconds that the way takes, at most
GATEWAY = "<h1>Gateway Timeout</h1>\n<p>{} did not answer in time</p>\n"


def judge_2_3(answer: Answer, chance: random.Random) -> Verdict:
    patiences = [[chance.randint(8, 20)], [60, chance.randint(8, 20), 30]]
    patiences += [[chance.randint(25, 60), chance.randint(70, 120)]]
    for given in patiences:
        _hold(answer, [float(patience) for patience in given])
    for _ in range(2):
        _no_news(answer, chance, understood=_news(answer, chance))
    for patience in (chance.randint(8, 20), chance.randint(40, 70)):
        _minutes(answer, chance, float(patience))
    return answer.marks.verdict()


def _hold(answer: Answer, patiences: list[float]) -> float | None:
    """At least half of what is possible: the shortest patience without the way."""
    said = answer.call("choose_hold", patiences)
    given, most = f"choose_hold({patiences})", min(patiences) - MARGIN
    if type(said) not in (int, float):
        answer.marks.equal(HOLD, said, most, given=given)
        return None
    answer.marks.true(
        HOLD,
        most / 2 <= said <= most,
        observed=f"{given} gave {said:g}",
        expected=f"from {most / 2:g} to {most:g} seconds",
        idea="hold_exceeds_proxy" if said > most else "",
    )
    return float(said)


def _news(answer: Answer, chance: random.Random) -> bool:
    """Messages, the cursor behind them, and no pause."""
    texts = [text.phrase(chance, at_most=4) for _ in range(chance.randint(1, 4))]
    cursor, body = chance.randrange(100), "".join(f"{said}\n" for said in texts).encode()
    got = answer.call("understand", 200, body, cursor)
    wanted = (texts, cursor + len(texts), _pause_of(got))
    given = f"understand(200, {shown(body)}, {cursor})"
    return answer.marks.equal(NEWS, got, wanted, given=given) and _at_once(
        answer, NEWS, got, given, ""
    )


def _no_news(answer: Answer, chance: random.Random, *, understood: bool) -> None:
    """An empty answer, and two that are not the server's.  `understood`: one with news was."""
    cursor = chance.randrange(100)
    got = answer.call("understand", 200, b"", cursor)
    given = f'understand(200, b"", {cursor})'
    wanted: Any = ([], cursor, _pause_of(got))
    idea = "empty_is_error" if understood else ""
    error = idea if isinstance(got, Raised) else ""
    if answer.marks.equal(EMPTY, got, wanted, given=given, idea=error):
        _at_once(answer, EMPTY, got, given, idea)
    _other(answer, 504, GATEWAY.format(text.name(chance)).encode(), cursor)
    _other(answer, chance.choice([500, 502, 503]), b"", cursor)


def _other(answer: Answer, status: int, body: bytes, cursor: int) -> None:
    """An answer that is not the chat's."""
    got = answer.call("understand", status, body, cursor)
    given = f"understand({status}, {shown(body)}, {cursor})"
    message = _is_answer(got, sys.maxsize) and bool(got[0])
    idea = "504_is_message" if message else ""
    if answer.marks.equal(TIMEOUT, got, ([], cursor, _pause_of(got)), given=given, idea=idea):
        answer.marks.true(
            TIMEOUT,
            0.1 <= _pause_of(got) <= 10,
            observed=f"{given} asks for a pause of {_pause_of(got):g} s",
            expected="a pause from 0.1 to 10 s, because something is wrong on the way",
        )


def _at_once(answer: Answer, case: str, got: Any, given: str, idea: str) -> bool:
    """After a good answer the next question follows without a pause."""
    return answer.marks.true(
        case,
        got[2] == 0,
        observed=f"{given} asks for a pause of {got[2]:g} s",
        expected="no pause: a question should wait at the server all the time",
        idea=idea,
    )


def _minutes(answer: Answer, chance: random.Random, patience: float) -> None:
    """Questions, holds and pauses one after the other; messages at random moments."""
    hold = _hold(answer, [patience])
    now, cursor, seen, failed, asked = 0.0, 0, list[str](), 0, 0
    moments = sorted(chance.uniform(0, 250) for _ in range(5))
    texts = [text.phrase(chance, at_most=4) for _ in moments]
    while now < 300 and hold is not None and asked < 2000:
        asked += 1
        if hold <= 0 and now > 0:
            now += 0.1
        there = [said for moment, said in zip(moments, texts, strict=True) if moment <= now]
        coming = min([moment - now for moment in moments if moment > now], default=1e9)
        takes = 0.0 if len(there) > cursor else min(max(hold, 0.0), coming)
        if takes + 0.1 > patience:
            now, status, body = now + patience, 504, GATEWAY.format("chat").encode()
            failed += 1
        else:
            now, status = now + takes + 0.1, 200
            there = [s for moment, s in zip(moments, texts, strict=True) if moment <= now - 0.1]
            body = "".join(f"{said}\n" for said in there[cursor:]).encode()
        got = answer.call("understand", status, body, cursor)
        if not _is_answer(got, len(texts)):
            answer.marks.equal(MINUTES, got, ([], cursor, 0), given=f"understand({status}, …)")
            return
        seen, cursor, now = seen + got[0], got[1], now + max(0.0, float(got[2]))
    answer.marks.true(
        MINUTES,
        hold is not None and seen == texts and not failed,
        observed=f"a proxy with a patience of {patience:g} s and a hold of {hold} s: {asked} "
        f"questions, {failed} of them ended with 504; messages shown: {shown(seen)}",
        expected=f"no 504, and these messages: {shown(texts)}",
    )


def _pause_of(got: Any) -> Any:
    """The pause that was asked for, if it is one; otherwise none."""
    good = isinstance(got, tuple) and len(got) == 3 and type(got[2]) in (int, float)
    return got[2] if good else 0


def _is_answer(got: Any, most: int) -> bool:
    return (
        isinstance(got, tuple)
        and len(got) == 3
        and type(got[0]) is list
        and type(got[1]) is int
        and 0 <= got[1] <= most
        and type(got[2]) in (int, float)
        and 0 <= got[2] <= 300
    )


EXERCISES = (
    Exercise(
        number="2.3",
        title="Through an impatient proxy",
        section="gateway",
        minutes=8,
        names=("choose_hold", "understand"),
        cases=CASES,
        hints=(
            "Of several proxies on the way, which one ends a question first? And which answers "
            "come from your server, which from a proxy?",
            "Hold a little less than the shortest patience. Only an answer with status 200 is from "
            "the chat; it may have no messages, and that is well. Anything else: keep the cursor, "
            "wait a moment, ask again.",
            "choose_hold: min(patiences) * 0.8. understand: if status != 200: return [], cursor, "
            "1.0. Otherwise texts = body.decode().splitlines(), and return texts, cursor + "
            "len(texts), 0.0.",
        ),
        wrong_ideas={
            "hold_exceeds_proxy": WrongIdea(
                "the server holds longer than a proxy waits",
                "A proxy ends the question when its patience is over, and the client gets an error "
                "instead of an empty answer, again and again. The hold must be shorter than the "
                "shortest patience on the way, and leave time for the way itself.",
            ),
            "504_is_message": WrongIdea(
                "the body of an error is read as messages",
                "504 Gateway Timeout comes from the proxy, not from the chat. Its body is a page "
                "for people. Look at the status before you look at the body, and keep the cursor.",
            ),
            "empty_is_error": WrongIdea(
                "an empty answer is an error",
                "Nothing came before the hold was over: that is what an empty answer says, and it "
                "is the usual one in a quiet chat. Ask again at once; in a pause no question waits "
                "at the server, and the next message is late.",
            ),
        },
        judge=judge_2_3,
    ),
)
