"""Judge of exercise 2.3: long polling through proxies that time out.

    client ── ask ──▶ proxy, 30 s ──▶ proxy, 10 s ──▶ server, holds choose_hold([30, 10])
           ◀── 200 "점심\\n먹자\\n"   200 ""   504 "<h1>Gateway Timeout</h1>" ── understand

Exercises.  Builds on: `grading.trial`.
What is new here: each function is asked alone; then both play five minutes on the judge's clock.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from ...marks import gave
from ...sandbox.values import is_number, same
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (HOLD := "how long to hold"):
        "The shortest patience decides. Hold for at most one second less, because request and "
        "answer are on their way meanwhile; and for at least half of that, or it is short polling.",
    (NEWS := "an answer with messages"):
        "Decode the body and cut it after each newline; nothing comes after the last one. The "
        "cursor grows by the number of messages. There is no pause.",
    (INSIDE := "a message with another line end in it"):
        'Only "\\n" ends a message. All else belongs to it: spaces (no strip), other line ends.',
    (EMPTY := "an answer without messages"):
        "With status 200 it says that nothing came: no message, the same cursor, no pause.",
    (TIMEOUT := "a 504 from the proxy, or any other status"):
        "Only an answer with status 200 comes from the chat. For any other status, also 204 or "
        "302, return no message, the same cursor, and a pause from 0.1 to 10 seconds.",
    (MINUTES := "five minutes behind a proxy"):
        "Your two functions together get all messages, without a 504, and with few requests.",
}  # fmt: skip
MARGIN = 1.0  # seconds that request and answer travel, at most
MANY = 200  # requests in five minutes
PAGE = "<h1>{}</h1>\n<p>The server did not answer in time</p>\n"
LINE_ENDS = "\u2028\x85\u2029\x0b\x1c"  # str.splitlines cuts here; bytes.splitlines does not


def choose_hold(patiences: list[float], wrong: Wrong) -> float:
    """The answer, with a switch for each mistake."""
    holds = {"first": patiences[0], "last": patiences[-1], "longest": max(patiences),
             "sum": sum(patiences), "mean": sum(patiences) / len(patiences),
             "always 25": 25 + MARGIN, "always 60": 60 + MARGIN}  # fmt: skip
    decides = next((holds[one] for one in wrong & holds.keys()), min(patiences))
    return decides - (0 if "exact" in wrong else MARGIN)


def understand(status: int, body: bytes, cursor: int, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    if status != 200 and "any status" not in wrong:
        return [], cursor, 1
    if not body and "empty fails" in wrong:
        return [], cursor, 1
    assert body or "empty raises" not in wrong
    said, late = body.decode(), status != 200 and "pauses by status" in wrong
    texts = said.splitlines() if "splitlines" in wrong else said.split("\n")[:-1]
    if "bytes lines" in wrong:
        texts = [one.decode() for one in body.splitlines()]
    if "each stripped" in wrong:
        texts = [one.strip() for one in texts if one.strip()]
    return texts, cursor + len(texts), 1 if late else 0


def judge_2_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, {"choose_hold": choose_hold, "understand": understand})
    short, other = (float(chance.randint(8, 14)) for _ in range(2))
    long, longer = (float(chance.randint(*most)) for most in ((34, 38), (70, 90)))
    for patiences in (
        [short], [8.0, other], [60.0, other, 30.0], [long, longer], [longer, long], [longer + 30],
    ):  # fmt: skip
        trial.play(HOLD, partial(_hold, patiences))
    page = PAGE.format(text.name(chance))
    one, two, *more = (text.phrase(chance, at_most=4) for _ in range(5))
    for case, status, body in (
        (NEWS, 200, f"{one}\n{two}\n"),
        (NEWS, 200, "".join(f"{said}\n" for said in more)),
        *((INSIDE, 200, f"{one}\n{two}{end}{more[0]}\n{more[1]}\n") for end in LINE_ENDS),
        (INSIDE, 200, f"{one}\n{two}\r\nbye \n"),
        (EMPTY, 200, ""),
        *((TIMEOUT, status, page) for status in (504, 502, 404, 302)),
        *((TIMEOUT, status, "") for status in (429, 204)),
    ):
        trial.play(case, partial(_understand, status, body.encode(), chance.randint(1, 99)))
    for patience in (chance.randint(8, 14), chance.randint(40, 70)):
        trial.play(MINUTES, partial(_minutes, float(patience)))
    return trial.verdict()


def _hold(patiences: list[float], play: Play) -> None:
    play.tell(f"choose_hold({patiences})")
    hold, most = play.call("choose_hold", patiences), min(patiences) - MARGIN
    if not is_number(hold):
        play.see(hold, counts="no number")
        return
    how = "too short" if hold < most / 2 else "good" if hold <= most else "a little too long"
    how = "too long" if hold >= min(patiences) else how
    said = f"{most / 2:g} to {most:g} s" if how == "good" else f"{float(hold):g} s, which is {how}"
    play.see(None, counts=how, text=f"it gives {said}")


def _understand(status: int, body: bytes, cursor: int, play: Play) -> None:
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
        coming = [*moments, 1e9][cursor] - now
        takes = 0.1 + max(0.0, min(float(hold), coming))
        status = 504 if takes > patience else 200
        now += min(takes, patience)
        there = sum(moment <= now - 0.1 for moment in moments)
        body = "".join(f"{said}\n" for said in texts[cursor:there])
        body = body if status == 200 else PAGE.format("chat")
        got = play.call("understand", status, body.encode(), cursor)
        if not (_is_triple(got) and 0 <= got[1] <= len(texts) and 0 <= got[2] <= 300):
            said = f"understand({status}, {body!r}.encode(), {cursor}) {gave(got)}"
            play.see(got, counts="no more", text=said)
            return
        seen, cursor, now = seen + got[0], got[1], now + float(got[2])
        failed, asked = failed + (status == 504), asked + 1
    said = f"{asked} requests" if failed or asked == MANY else "a few requests"
    said = f"a patience of {patience:g} s: {said}, {failed} of them ended with 504"
    said += f", {'all' if same(seen, texts) else 'not all'} messages were shown"
    play.see(None, counts=(same(seen, texts), failed > 0, asked == MANY), text=said)


EXERCISES = (Exercise(
    number="2.3", title="Through an impatient proxy", section="gateway", minutes=10,
    names=("choose_hold", "understand"), cases=CASES, judge=judge_2_3,
    hints=(
        "Which of several proxies ends a request first? Which answers come from a proxy?",
        "Hold a little less than the shortest patience. Only an answer with status 200 is from "
        "the chat; it may have no messages. Anything else: keep the cursor, and wait a moment.",
        "choose_hold: min(patiences) * 0.8. understand: if status != 200: return [], cursor, 1.0. "
        'Otherwise texts = body.decode().split("\\n")[:-1], because nothing comes after the last '
        "newline; and return texts, cursor + len(texts), 0.0.",
    ),
    wrong_ideas={
        "hold_exceeds_proxy": WrongIdea("the server holds longer than a proxy waits",
            "A proxy ends the request when its patience is over, and the client gets an error. "
            "The hold must be shorter than the shortest patience, by the time of the way.",
            "exact; always 25; always 60; longest; longest, exact; mean; mean, exact; sum; sum, "
            "exact; first; first, exact; last; last, exact"),
        "504_is_message": WrongIdea("the body of an error is read as messages",
            "504 Gateway Timeout comes from the proxy, not from the chat. Its body is a page for "
            "people. Look at the status before you look at the body, and keep the cursor.",
            "any status; any status, pauses by status"),
        "empty_is_error": WrongIdea("an empty answer is an error",
            "An empty answer says that nothing came before the hold was over. Ask again at once: "
            "in a pause no request waits at the server, and the next message is late.",
            "empty fails; empty raises"),
        "other_line_ends": WrongIdea("splitlines cuts a message in two",
            "splitlines knows more line ends than the newline, and people paste them. The cursor "
            "then counts a message too many, and the next one is never asked for. Cut where the "
            'protocol says: split("\\n").', "splitlines; splitlines, each stripped; bytes lines"),
    },
),)  # fmt: skip
