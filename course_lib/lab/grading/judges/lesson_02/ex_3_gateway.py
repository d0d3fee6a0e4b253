"""Judge of exercise 2.3: long polling through proxies that time out.

    client ── ask ──▶ proxy, 30 s ──▶ proxy, 10 s ──▶ server, holds choose_hold([30, 10])
           ◀── 200 "점심\\n먹자\\n"   200 ""   504 "<h1>Gateway Timeout</h1>" ── understand

Exercises.  Builds on: `grading.trial`.
What is new here: each function is asked alone first; then both together play five minutes on the
judge's own clock.
Left out: proxies that cut the connection without an answer; see exercise 2.2.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...marks import gave
from ...sandbox.values import is_number, same
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (HOLD := "how long to hold"): (
        "The proxy with the shortest patience decides. Hold for at most one second less, because "
        "request and answer are on their way meanwhile, and for at least half of that."
    ),
    (NEWS := "an answer with messages"): (
        "Each message ends with a newline: decode the body, cut it there, and keep what is "
        "between, as it is. The cursor grows by the number of messages. There is no pause."
    ),
    (INSIDE := "a message with another line end in it"): (
        'Only "\\n" ends a message. Everything else belongs to it, a space at its end, too.'
    ),
    (EMPTY := "an answer without messages"): (
        "An empty body with status 200 says that nothing came: no message, the same cursor, no "
        "pause."
    ),
    (TIMEOUT := "a 504 from the proxy, or any other status"): (
        "Only an answer with status 200 comes from the chat. Any other one: no message, the same "
        "cursor, and a pause from 0.1 to 10 seconds."
    ),
    (MINUTES := "five minutes behind a proxy"): (
        "Behind a proxy of this patience your two functions together get all messages, without a "
        "504, and with a few requests."
    ),
}
MARGIN = 1.0  # seconds that request and answer travel, at most
MANY = 200  # requests in five minutes
PAGE = "<h1>{}</h1>\n<p>The server did not answer in time</p>\n"
LINE_ENDS = "\u2028\x85\u2029\x0b\x1c"  # str.splitlines cuts here; bytes.splitlines does not


def choose_hold(patiences: list[float], wrong: Wrong) -> float:
    """The answer, with a switch for each mistake."""
    shortest = min(patiences)
    for name, wanted in (
        ("mean", sum(patiences) / len(patiences)),
        ("longest", max(patiences)),
        ("sum", sum(patiences)),
        ("first", patiences[0]),
        ("last", patiences[-1]),
        ("always 25", 25 + MARGIN),
        ("always 60", 60 + MARGIN),
        ("at most 25", min(shortest, 25 + MARGIN)),
        ("tenth", shortest / 10 + MARGIN),
    ):
        shortest = wanted if name in wrong else shortest
    return shortest - (0 if "exact" in wrong else 0.5 if "half a second" in wrong else MARGIN)


def understand(status: int, body: bytes, cursor: int, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    least = {"any status": 1000, "from 500": 500, "from 400": 400, "from 300": 300}
    failed = status != 200 and status >= max([0, *(least[one] for one in wrong & least.keys())])
    failed = status == 504 if "504 alone" in wrong else failed
    if failed and "raises" in wrong:
        raise ConnectionError
    pause = 0 if "never pauses" in wrong else 60 if "pauses long" in wrong else 1
    if failed:
        return [], 0 if "starts over" in wrong else cursor, pause
    if not body and "empty fails" in wrong:
        return [], cursor, 1
    assert body or "empty raises" not in wrong
    said = body.decode("latin-1" if "latin-1" in wrong else "utf-8")
    said = said.strip() if "stripped" in wrong else said
    texts: list[Any] = said.split("\n")
    texts = texts if wrong & {"stripped", "and nothing"} else texts[:-1]
    texts = said.splitlines() if "splitlines" in wrong else texts
    texts = [one.strip() for one in texts if one.strip()] if "each stripped" in wrong else texts
    texts = said.split() if "words" in wrong else texts
    if "bytes lines" in wrong:
        texts = [one.decode() for one in body.splitlines()]
    new = 1 if "plus 1" in wrong else len(body) if "plus bytes" in wrong else len(texts)
    late = "pauses always" in wrong or (status != 200 and "pauses by status" in wrong)
    texts = body.split(b"\n")[:-1] if "bytes" in wrong else texts
    return texts, new + (0 if "new alone" in wrong else cursor), 1 if late else 0


def judge_2_3(answer: Answer, chance: random.Random) -> Verdict:
    functions: dict[str, Any] = {"choose_hold": choose_hold, "understand": understand}
    trial = Trial(answer, chance, functions)
    short, other = (float(chance.randint(8, 14)) for _ in range(2))
    long, longer = (float(chance.randint(*most)) for most in ((34, 38), (70, 90)))
    for patiences in ([short], [60.0, other, 30.0], [long, longer], [longer, long], [longer + 30]):
        trial.play(HOLD, partial(_hold, patiences))
    page = PAGE.format(text.name(chance)).encode()
    for _ in range(2):
        texts = [text.phrase(chance, at_most=4) for _ in range(chance.randint(2, 4))]
        _ask(trial, NEWS, 200, texts)
        _ask(trial, EMPTY, 200, [])
    for end in LINE_ENDS:
        texts = [text.phrase(chance, at_most=3) for _ in range(3)]
        _ask(trial, INSIDE, 200, [texts[0], f"{text.name(chance)}{end}{texts[1]}", texts[2]])
    _ask(trial, INSIDE, 200, [text.name(chance), f"{text.name(chance)}\r", "bye "])
    for status, body in (
        (504, page),
        (502, page),
        (404, page),
        (429, b""),
        (302, page),
        (204, b""),
    ):
        trial.play(TIMEOUT, partial(_understand, status, body, chance.randint(1, 99)))
    for patience in (chance.randint(8, 14), chance.randint(40, 70)):
        trial.play(MINUTES, partial(_minutes, float(patience)))
    return trial.verdict()


def _ask(trial: Trial, case: str, status: int, texts: Sequence[str]) -> None:
    body = "".join(f"{said}\n" for said in texts).encode()
    trial.play(case, partial(_understand, status, body, trial.chance.randint(1, 99)))


def _hold(patiences: list[float], play: Play) -> None:
    play.tell(f"choose_hold({patiences})")
    hold, most = play.call("choose_hold", patiences), min(patiences) - MARGIN
    if not is_number(hold):
        play.see(hold, counts="no number")
        return
    how = "too long" if hold >= min(patiences) else "a little too long" if hold > most else "good"
    how = "too short" if hold < most / 2 else how
    said = f"it gives {float(hold):g} s, which is {how}"
    good = f"it gives {most / 2:g} to {most:g} s"
    play.see(None, counts=how, text=good if how == "good" else said)


def _understand(status: int, body: bytes, cursor: int, play: Play) -> Any:
    """See what the answer reads in an answer."""
    play.tell(f"understand({status}, {body.decode()!r}.encode(), {cursor})")
    got = play.call("understand", status, body, cursor)
    if not _is_triple(got):
        play.see(got, counts="raised" if isinstance(got, Raised) else ("no triple", got))
        return
    texts, new, pause = got
    how = "no pause" if pause == 0 else f"a pause of {float(pause):g} s"
    how = "a pause from 0.1 to 10 s" if 0.1 <= pause <= 10 else how
    play.see(None, counts=(texts, new, how if 0 <= pause <= 10 else "too long"),
             text=f"it gives ({texts}, {new}, {how})")  # fmt: skip


def _is_triple(got: Any) -> bool:
    shape = type(got) is tuple and len(got) == 3
    return shape and type(got[0]) is list and type(got[1]) is int and is_number(got[2])


def _minutes(patience: float, play: Play) -> None:
    """Play requests, holds and pauses one after another, with messages at random moments."""
    hold = play.call("choose_hold", [patience])
    moments = sorted(play.chance.uniform(0, 250) for _ in range(5))
    texts = [text.phrase(play.chance, at_most=4) for _ in moments]
    now, cursor, seen, failed, asked = 0.0, 0, list[str](), 0, 0
    while is_number(hold) and now < 300 and asked < MANY:
        asked += 1
        there = sum(moment <= now for moment in moments)
        coming = min([moment - now for moment in moments if moment > now], default=1e9)
        takes = 0.0 if there > cursor else min(max(float(hold), 0.0), coming)
        status = 504 if takes + 0.1 > patience else 200
        now += patience if status == 504 else takes + 0.1
        failed += status == 504
        there = sum(moment <= now - 0.1 for moment in moments)
        body = "".join(f"{said}\n" for said in texts[cursor:there])
        body = body if status == 200 else PAGE.format("chat")
        got = play.call("understand", status, body.encode(), cursor)
        if not (_is_triple(got) and 0 <= got[1] <= len(texts) and 0 <= got[2] <= 300):
            play.see(got, counts="no more", text=f"understand({status}, {body!r}.encode(), "
                     f"{cursor}) {gave(got)}")  # fmt: skip
            return
        seen, cursor, now = seen + got[0], got[1], now + float(got[2])
    said = f"{asked} requests" if failed or asked == MANY else "a few requests"
    said = f"a patience of {patience:g} s: {said}, {failed} of them ended with 504"
    said += f", {'all' if same(seen, texts) else 'not all'} messages were shown"
    play.see(None, counts=(same(seen, texts), failed > 0, asked == MANY), text=said)


EXERCISES = (
    Exercise(
        number="2.3",
        title="Through an impatient proxy",
        section="gateway",
        minutes=8,
        names=("choose_hold", "understand"),
        cases=CASES,
        hints=(
            "Of several proxies on the way, which one ends a request first? And which answers "
            "come from your server, which from a proxy?",
            "Hold a little less than the shortest patience. Only an answer with status 200 is from "
            "the chat; it may have no messages, and that is fine. Anything else: keep the cursor, "
            "wait a moment, ask again.",
            "choose_hold: min(patiences) * 0.8. understand: if status != 200: return [], cursor, "
            '1.0. Otherwise texts = body.decode().split("\\n")[:-1], because nothing comes after '
            "the last newline; and return texts, cursor + len(texts), 0.0.",
        ),
        wrong_ideas={
            "hold_exceeds_proxy": WrongIdea(
                "the server holds longer than a proxy waits",
                "A proxy ends the request when its patience is over, and the client gets an error "
                "instead of an empty answer, again and again. The hold must be shorter than the "
                "shortest patience on the way, and leave time for the way itself.",
                "exact; always 25; always 60; longest; longest, exact; mean; mean, exact; sum; "
                "sum, exact; first; first, exact; last; last, exact",
            ),
            "504_is_message": WrongIdea(
                "the body of an error is read as messages",
                "504 Gateway Timeout comes from the proxy, not from the chat. Its body is a page "
                "for people. Look at the status before you look at the body, and keep the cursor.",
                "any status; any status, pauses by status",
            ),
            "empty_is_error": WrongIdea(
                "an empty answer is an error",
                "Nothing came before the hold was over: that is what an empty answer says, and it "
                "is the usual one in a quiet chat. Ask again at once; in a pause no request waits "
                "at the server, and the next message is late.",
                "empty fails; empty raises",
            ),
            "other_line_ends": WrongIdea(
                "splitlines cuts a message in two",
                "splitlines knows more line ends than the newline, and people paste them into a "
                "chat. The cursor then counts a message too many, and the next one is never "
                'asked for. Cut where the protocol says, and nowhere else: split("\\n").',
                "splitlines; splitlines, each stripped; bytes lines",
            ),
        },
        slips={
            "Request and answer are on their way for up to a second, and the patience of the "
            "proxy runs meanwhile. Hold for one second less than it.": "half a second",
            "Behind patient proxies a short hold is short polling again: hold for at least half "
            "of what is possible.": "at most 25; tenth",
            "After the last newline comes nothing: that is no message. "
            "Leave it out.": "and nothing",
            "strip takes away more than the last newline: a message may end with a space. And an "
            "empty body has no message.": "stripped; each stripped",
            "A message may have spaces in it. Only a newline ends it.": "words",
            "Messages are text: decode the body, which is in UTF-8.": "bytes; latin-1",
            "The cursor counts messages: add to it as many as "
            "this answer has.": "plus 1; plus bytes; new alone",
            "Only 200 comes from the chat. Each other status is treated as 504 is: other errors, "
            "and those that are no errors, as "
            "302 and 204.": "504 alone; from 500; from 400; from 300",
            "An error says nothing about messages: keep the cursor.": "starts over",
            "The client goes on after an error: return no message, the cursor, "
            "and a pause.": "raises",
            "After a failure wait, but not for long: 0.1 "
            "to 10 seconds.": "never pauses; pauses long",
            "After a good answer ask again at once: in a pause no request waits "
            "at the server.": "pauses always",
        },
        judge=judge_2_3,
    ),
)
