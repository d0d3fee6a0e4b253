"""Judge of exercise 2.3: long polling through proxies that time out.

    client ── ask ──▶ proxy, 30 s ──▶ proxy, 10 s ──▶ server, holds choose_hold([30, 10])
           ◀── 200 "점심\\n먹자"   200 ""   504 "<h1>Gateway Timeout</h1>" ── understand

Exercises.  Builds on: `grading`.
What is new here: the judge first checks each function alone, then plays five minutes with both on
its own clock.
Left out: proxies that cut the connection without a response; see exercise 2.2.
"""

from __future__ import annotations

import random
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

HOLD = "how long to hold"
NEWS = "an answer with messages"
INSIDE = "a message with another line end in it"
EMPTY = "an answer without messages"
TIMEOUT = "a 504 from the proxy, or another error"
MINUTES = "five minutes behind a proxy"
CASES = (HOLD, NEWS, INSIDE, EMPTY, TIMEOUT, MINUTES)
MARGIN = 1.0  # seconds that request and response travel, at most
GATEWAY = "<h1>Gateway Timeout</h1>\n<p>{} did not answer in time</p>\n"
LINE_ENDS = "\u2028\x85\u2029"  # str.splitlines cuts here, too; bytes.splitlines does not


def judge_2_3(answer: Answer, chance: random.Random) -> Verdict:
    patiences = [[chance.randint(8, 20)], [60, chance.randint(8, 20), 30]]
    patiences += [[chance.randint(25, 60), chance.randint(70, 120)]]
    for given in patiences:
        _hold(answer, [float(patience) for patience in given])
    for _ in range(2):
        texts = [text.phrase(chance, at_most=4) for _ in range(chance.randint(1, 4))]
        understood = _news(answer, chance, NEWS, texts)
        _no_news(answer, chance, understood=understood)
    for end in LINE_ENDS:
        texts = [text.phrase(chance, at_most=3) for _ in range(3)]
        texts[1] = f"{text.name(chance)}{end}{texts[1]}"
        _news(answer, chance, INSIDE, texts)
    for patience in (chance.randint(8, 20), chance.randint(40, 70)):
        _minutes(answer, chance, float(patience))
    return answer.marks.verdict()


def _hold(answer: Answer, patiences: list[float]) -> float | None:
    """The hold must be at most min(patiences) - MARGIN, and at least half of that."""
    said = answer.call("choose_hold", patiences)
    given, most = f"choose_hold({patiences})", min(patiences) - MARGIN
    wanted = f"from {most / 2:g} to {most:g} seconds"
    if type(said) not in (int, float):
        raised = said if isinstance(said, Raised) else None
        told = f"{given} gave {shown(said)}"
        answer.marks.fail(HOLD, observed=told, expected=wanted, raised=raised)
        return None
    answer.marks.true(
        HOLD,
        most / 2 <= said <= most,
        observed=f"{given} gave {said:g}",
        expected=wanted,
        idea="hold_exceeds_proxy" if said >= min(patiences) else "",
        why="The question and the answer are on their way for up to a second, and the proxy's "
        "patience runs meanwhile."
        if said > most
        else "",
    )
    return float(said)


def _news(answer: Answer, chance: random.Random, case: str, texts: list[str]) -> bool:
    """A response with messages: the answer must return them, the cursor after them, no pause."""
    cursor, body = chance.randrange(100), "".join(f"{said}\n" for said in texts).encode()
    got = answer.call("understand", 200, body, cursor)
    given = f"understand(200, {shown(body)}, {cursor})"
    cut = body.decode().splitlines()
    idea, why = "", ""
    if cut != texts and _said(got) == (cut, cursor + len(cut)):
        idea = "other_line_ends"
    elif _said(got) == ([*texts, ""], cursor + len(texts) + 1):
        why = "Behind the last newline is nothing: that is no message. Leave it away."
    return _answers(answer, case, given, got, (texts, cursor + len(texts)), idea=idea, why=why)


def _no_news(answer: Answer, chance: random.Random, *, understood: bool) -> None:
    """An empty response, and two that are not the server's.  `understood`: one with news was."""
    cursor = chance.randrange(100)
    got = answer.call("understand", 200, b"", cursor)
    given = f'understand(200, b"", {cursor})'
    same = _said(got) == ([], cursor)
    idea = "empty_is_error" if understood and (same or isinstance(got, Raised)) else ""
    _answers(answer, EMPTY, given, got, ([], cursor), idea=idea)
    _other(answer, 504, GATEWAY.format(text.name(chance)).encode(), cursor)
    _other(answer, chance.choice([404, 429, 500, 502, 503]), b"", cursor)


def _answers(
    answer: Answer, case: str, given: str, got: Any, wanted: Any, *, idea: str, why: str = ""
) -> bool:
    """A good response: the answer must return `wanted`, and no pause."""
    if _said(got) != wanted:
        return answer.marks.equal(case, got, (*wanted, 0), given=given, idea=idea, why=why)
    return answer.marks.true(
        case,
        got[2] == 0,
        observed=f"{given} asks for a pause of {got[2]:g} s",
        expected="no pause: a question should wait at the server all the time",
        idea=idea,
    )


def _other(answer: Answer, status: int, body: bytes, cursor: int) -> None:
    """A response that is not the chat's: the answer must return no message, and a pause."""
    got = answer.call("understand", status, body, cursor)
    given = f"understand({status}, {shown(body)}, {cursor})"
    said = _said(got)
    message = said is not None and bool(said[0])
    answer.marks.true(
        TIMEOUT,
        said == ([], cursor) and 0.1 <= got[2] <= 10,
        observed=f"{given} gave {shown(got)}",
        expected=f"([], {cursor}, a pause from 0.1 to 10): the server did not say this",
        idea="504_is_message" if message else "",
    )


def _minutes(answer: Answer, chance: random.Random, patience: float) -> None:
    """Play requests, holds and pauses one after another, with messages at random moments."""
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
        if not _goes_on(got, len(texts)):
            answer.marks.fail(MINUTES, observed=f"understand({status}, …) gave {shown(got)}",
                              expected="(texts, cursor, pause)",
                              raised=got if isinstance(got, Raised) else None)  # fmt: skip
            return
        seen, cursor, now = seen + got[0], got[1], now + max(0.0, float(got[2]))
    answer.marks.true(
        MINUTES,
        hold is not None and seen == texts and not failed,
        observed=f"a proxy with a patience of {patience:g} s and a hold of {hold} s: {asked} "
        f"questions, {failed} of them ended with 504; messages shown: {shown(seen)}",
        expected=f"no 504, and these messages: {shown(texts)}",
    )


def _goes_on(got: Any, most: int) -> bool:
    """Can the client send its next request after this result?"""
    said = _said(got)
    return said is not None and 0 <= said[1] <= most and 0 <= got[2] <= 300


def _said(got: Any) -> tuple[list[str], int] | None:
    """Texts and cursor, if `got` is (texts, cursor, pause); otherwise None."""
    good = isinstance(got, tuple) and len(got) == 3 and type(got[2]) in (int, float)
    return (got[0], got[1]) if good and type(got[0]) is list and type(got[1]) is int else None


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
            '1.0. Otherwise texts = body.decode().split("\\n")[:-1], for behind the last newline '
            "is nothing; and return texts, cursor + len(texts), 0.0.",
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
            "other_line_ends": WrongIdea(
                "splitlines cuts a message in two",
                "str.splitlines knows many more line ends than the newline, and people paste them "
                "into a chat. The cursor then counts a message too many, and the next one is never "
                'asked for. Cut where the protocol says, and nowhere else: split("\\n").',
            ),
        },
        judge=judge_2_3,
    ),
)
