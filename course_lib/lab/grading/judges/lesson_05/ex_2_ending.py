"""Judge of exercise 5.2: how a conversation ends, on the judge's clock.

    ("close", 1000) ─▶ [("send", 8, 03 E8)]   … 10 s, ("time",) ─▶ [("closed", 1006), ("hang up",)]

Exercises.  Builds on: `grading.trial`.
What is new here: the answer gets the time and returns its actions.  Their order counts only if it
changes what is sent.  A pong after our own Close is free; RFC 6455 §5.5.2 wants it.
Left out: a client, which waits for the server to end TCP.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (OPEN := "an open conversation"):
        "A text goes out with opcode 1, and one that comes is a message. A ping is answered with "
        "a pong that has its payload, a pong with nothing, and time changes nothing. If TCP ends "
        "without any Close, the code is 1006.",
    (WE := "we close first"):
        "Our Close has the code as two bytes, the big end first. After it no text is sent, and no "
        "second Close: []. Nothing is raised. The peer's texts still are messages. Only when its "
        "Close comes, tell its code, and hang up.",
    (PEER := "the peer closes first"):
        "Send its Close back as it came, tell its code, and then hang up, all at once. After that "
        "the result is always [].",
    (SILENCE := "nobody answers"):
        "The time-out begins with our Close, whenever ('time',) comes. When it is over tell 1006, "
        "and hang up. If TCP ends before that, tell 1006 at once.",
    (CODES := "codes that never travel"):
        "None is sent as a Close without bytes, and such a Close is told as 1005. ('close', "
        "1005), 1006 and 1015 raise ValueError, and the conversation stays open.",
}  # fmt: skip
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
NEVER = (1005, 1006, 1015)
HANG_UP = ("hang up",)
Actions = list[tuple[Any, ...]]


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, timeout: float, wrong: Wrong) -> None:
        self.timeout, self.wrong, self.state, self.since = timeout, wrong, "open", 0.0
        self.code: int | None = None  # of our Close

    def handle(self, event: tuple[Any, ...], now: float) -> Actions:
        (kind, *args), wrong, state = event, self.wrong, self.state
        if kind == "say" and f"says {state}" in {"says open", *wrong}:
            return [("send", TEXT, args[0].encode())]
        if state == "over":
            return [("closed", 1006)] if kind == "lost" and "told twice" in wrong else []
        if kind == "close" and state == "open":
            return self._close(args[0], now)
        if kind == "frame":
            self.since = now if "renewed" in wrong else self.since
            return self._close_came(args[1]) if args[0] == CLOSE else self._frame(*args)
        if kind == "time" and state == "closing" and now >= self.since + self.timeout:
            before: Actions = [("send", CLOSE, b"\x03\xee")] if "sends 1006" in wrong else []
            return [] if "no deadline" in wrong else self._end(kind, 1006, before)
        return self._end(kind, 1006, []) if kind == "lost" else []

    def _close(self, code: int | None, now: float) -> Actions:
        wrong = self.wrong
        refused = code == 1005 if "refuses 1005" in wrong else code in NEVER
        if refused and "sends never" not in wrong:
            raise ValueError
        self.state = "over" if "is over" in wrong else "closing"
        self.code, self.since = code, now
        sent = 1005 if code is None and "None is 1005" in wrong else code
        data = b"" if sent is None else sent.to_bytes(2, "big")
        did: Actions = [] if "says nothing" in wrong else [("send", CLOSE, data)]
        did += [("closed", code or 1005)] if "told at once" in wrong else []
        return [*did, HANG_UP] if "ends at once" in wrong else did

    def _frame(self, opcode: int, payload: bytes) -> Actions:
        wrong, closing = self.wrong, self.state == "closing"
        if opcode == TEXT:
            return [] if closing and "deaf" in wrong else [("message", payload.decode())]
        if opcode == PING:
            return [] if closing and "no pong after" in wrong else [("send", PONG, payload)]
        return [("send", PONG, payload)] if "echoes pongs" in wrong else []

    def _close_came(self, payload: bytes) -> Actions:
        wrong = self.wrong
        sent = payload[:2] if "code only" in wrong else payload
        sent = b"\x03\xed" if not payload and "echo is 1005" in wrong else sent
        answered = (self.state == "open" or "echo again" in wrong) and "no echo" not in wrong
        code = int.from_bytes(payload if "whole payload" in wrong else payload[:2], "big") or 1005
        return self._end("came", code, [("send", CLOSE, sent)] if answered else [])

    def _end(self, how: str, code: int, actions: Actions) -> Actions:
        """It is over.  The code that is told is our own, if that is the mistake."""
        wrong, ours = self.wrong, self.state == "closing"
        self.state = self.state if f"{how} goes on" in wrong else "over"
        code = self.code or 1005 if ours and f"own {how}" in wrong else code
        untold = ours and wrong & {"told once", f"untold {how}"}
        actions = actions if untold else [*actions, ("closed", code)]
        return actions if f"stays {how}" in wrong or how == "lost" else [*actions, HANG_UP]


def judge_5_2(answer: Answer, chance: random.Random) -> Verdict:
    free = ["code only", "no pong after"]
    trial = Trial(answer, chance, Right, errors=("ValueError",), also_right=free)
    timeout, own = chance.choice([2.0, 5.0, 8.0, 30.0]), chance.randint(4000, 4999)
    name, phrase = text.name(chance), text.phrase(chance, at_most=3)
    said, came = ("say", text.name(chance)), ("frame", TEXT, name.encode())
    ping, pong = ("frame", PING, name.encode()), ("frame", PONG, name.encode())
    time, lost, hours, no_code = ("time",), ("lost",), 1000 * timeout, ("frame", CLOSE, b"")

    def bye(code: int, reason: str = "") -> tuple[str, int, bytes]:
        return "frame", CLOSE, code.to_bytes(2, "big") + reason.encode()

    def talk(case: str, *events: Any) -> None:
        """Events, and the seconds that pass between them."""
        trial.play(case, partial(_talk, timeout, [*events]))

    talk(OPEN, said, came, ping, pong, ("say", phrase), ("frame", TEXT, phrase.encode()),
         hours, time, lost, said)  # fmt: skip
    talk(WE, ("close", 1000), 0.5, said, came, ping, pong, bye(1000), said, came, hours, time, lost)
    talk(WE, ("close", own), ("close", 1000), bye(own), lost)
    talk(WE, ("close", 1000), bye(1001), lost)  # both at the same time
    for event in bye(1001), bye(own), bye(1000, "see you"), bye(own, "안녕"):
        talk(PEER, came, event, said, came, ping, ("close", 1000), hours, time, lost)
    for code in 1000, own:
        talk(SILENCE, 77.0, ("close", code), 0.6 * timeout, came, 0.3 * timeout, time,
             0.11 * timeout, time, 0.7 * timeout, time, timeout, time, lost)  # fmt: skip
        talk(SILENCE, ("close", code), 0.5 * timeout, lost, timeout, time, lost)
    talk(CODES, *(("close", code) for code in NEVER), said, ("close", None), no_code, lost)
    talk(CODES, ("close", own), no_code, lost)
    talk(CODES, no_code, lost)
    return trial.verdict()


def _talk(timeout: float, events: Sequence[Any], play: Play) -> None:
    """Tell a new Ending what happens, and see what it does each time."""
    made, now = play.make("Ending", timeout), round(play.chance.uniform(10.0, 100.0), 2)
    play.tell(f"Ending({timeout})")
    for event in events:
        if isinstance(event, float):
            now = round(now + event, 2)
            continue
        play.tell(f"{now:7.2f}  {event!r}")
        got = play.call("handle", event, now, on=made)
        play.see(got, counts=_counts(got, event[0]) if type(got) is list else None)


def _counts(got: list[Any], event: str) -> Any:
    """What counts: what is sent before TCP ends, and in which order; and what else is done."""
    if not all(type(action) is tuple and action for action in got):
        return "no actions", got
    end = got.index(HANG_UP) if HANG_UP in got else len(got)
    sends = [[action for action in part if action[0] == "send"] for part in (got[:end], got[end:])]
    others = [action for action in got if action[0] != "send"]
    if event == "lost":  # to hang up changes nothing: TCP has ended
        others = [action for action in others if action != HANG_UP]
    return sends, sorted(others, key=repr)


EXERCISES = (Exercise(
    number="5.2", title="Say goodbye", section="goodbye", minutes=20, core=True, names=("Ending",),
    cases=CASES, judge=judge_5_2,
    hints=(
        "Three states are enough: open, closing (our Close is out), over. For each event ask in "
        "which state it is, and write down what is sent and which state comes next.",
        "A Close from the peer: in open, send it back as it came; in open and closing, report the "
        "code, hang up, and go to over. The code is the first two bytes; without any it is 1005, "
        "which is reported and never sent.",
        "close: if open, remember now, go to closing, send (8, code in two bytes, or nothing for "
        "None). time: if closing and now >= then + timeout, go to over, closed 1006 and hang up. "
        "lost: if not over, closed 1006. say: only if open. In over, always [].",
    ),
    wrong_ideas={
        "close_is_disconnect": WrongIdea("to close is to cut the connection",
            "What is still on the way in either direction is lost then, and the peer learns "
            "neither why nor whether you have everything. Send Close, wait for the peer's, and "
            "only then end TCP (RFC 6455 §7.1.1).",
            "told at once, ends at once, is over; told at once, ends at once, is over, says "
            "nothing; ends at once"),
        "no_echo": WrongIdea("the peer's Close is not answered",
            "The peer waits for your Close: until it comes, or until its patience is over, and "
            "then it counts the end as abnormal, 1006. Send the Close back, then end TCP (RFC "
            "6455 §5.5.1).", "no echo"),
        "data_after_close": WrongIdea("texts are sent after our own Close",
            "Close says: no more messages will come from me. A peer may stop reading there, so "
            "what is sent after it is lost in silence (RFC 6455 §5.5.1).",
            "says closing; says closing, says over"),
        "sends_1005_or_1006": WrongIdea("a code travels that is none",
            "1005, 1006 and 1015 are what your own side is told when there was no code, no Close, "
            "or no TLS. On the wire they are a protocol error: the peer fails the connection with "
            "1002 (RFC 6455 §7.4.1).",
            "sends never; refuses 1005; None is 1005; echo is 1005; sends 1006"),
        "echo_ping_pong": WrongIdea("a pong is answered",
            "A ping asks, and a pong answers. If each pong is answered, or asks for another ping, "
            "a game begins that never ends, at the speed of the network.", "echoes pongs"),
        "waits_for_ever": WrongIdea("the peer's Close will come some time",
            "A peer that has crashed, or means harm, never answers. Without a deadline its "
            "connection is kept for ever. Remember when our Close was sent: `timeout` seconds "
            "later a ('time',) ends it with 1006.", "no deadline; untold time, stays time"),
        "deadline_renewed": WrongIdea("each sign of life gives the peer more time",
            "The deadline is for the peer's Close, and it counts from ours. If other frames move "
            "it, a peer that goes on talking is never let go.", "renewed"),
        "tells_its_own_code": WrongIdea("the code is the one that we have sent",
            "The application knows what it has said itself. It asks what the peer said: the code "
            "of the peer's Close, which may be another one when both close at the same time; 1006 "
            "if no Close came.",
            "own came; own time; own lost; own time, own lost; own came, own time, own lost"),
        "closed_at_once": WrongIdea("when our Close is sent, it is over",
            "Then half of it is over. Messages may still come, and only the peer's Close says how "
            "it ended. Tell `closed` when that has come, or when nobody waits for it any more.",
            "told at once; told at once, told once"),
        "does_not_hang_up": WrongIdea("somebody else will end TCP",
            "The client waits for the server to end TCP (RFC 6455 §7.1.1), and you are the "
            "server. When both have said Close, or when the time is over, hang up in the same "
            "list.", "stays came; stays time; stays came, stays time"),
        "deaf_after_close": WrongIdea("after our own Close nothing is heard any more",
            "Our Close says that we have said everything. The peer has not: what it sent before "
            "its own Close is still on the way, and is lost if you drop it.", "deaf"),
        "closed_twice": WrongIdea("the application is told twice",
            "An application cleans up when it is told `closed`, and the second time it cleans up "
            "somebody else's. When it has been told, the state is over, and every event gives [].",
            "told twice; lost goes on"),
        "reason_read_as_code": WrongIdea("the whole payload of a Close is its code",
            "The first two bytes are the code. What comes after them is the reason, a text for "
            "people (RFC 6455 §5.5.1). Many peers send none, so the mistake is found late.",
            "whole payload"),
        "answers_the_answer": WrongIdea("every Close is answered with a Close",
            "Each side says Close once. If ours is out already, the peer's Close is the answer to "
            "it, and nothing may be sent any more (RFC 6455 §5.5.1).", "echo again"),
    },
),)  # fmt: skip
