"""Judge of exercise 10.3: a message is sent until it is acknowledged, and has its effect once.

    Sender    ("say", "hi") ─▶ [("send", 1, "hi")]        Receiver  ─▶ [("handle", 1, "hi")]
              ("time",)     ─▶ [("send", 1, "hi")]                  ─▶ [("ack", 1)]     once more

Exercises.  Builds on: `grading.trial`.
What is new here: in the last case both work together, on a link of the judge that loses packets
and acknowledgements, and the effects are counted.
Left out: packets that overtake each other; a connection keeps their order.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (SEND := "one message after the other"):
        'A message is sent at once if none is under way: [("send", id, text)]. Else it waits, and '
        "is sent when the one before it is acknowledged. An id is never used for a second one.",
    (REPEAT := "no acknowledgement"):
        'The same packet again, with the same id: once, at the first ("time",) at or after the '
        "last time that it was sent + timeout. An acknowledgement ends that.",
    (STALE := "an acknowledgement of another message"):
        "Every repeat is acknowledged, so some of them come late. Only one with the id of the "
        "message under way says anything about it.",
    (GIVE_UP := "a message that is never acknowledged"):
        'After `retries` repeats, and the timeout after the last of them: ("fail", text), once, '
        "and the next message is sent.",
    (HANDLE := "a message comes"):
        'packet: [("handle", id, text)]. Only when it was handled: [("ack", id)]. Another id is '
        "another message, whatever its text says.",
    (AGAIN := "the same message comes again"):
        "While it is handled: []. After that it is acknowledged again, and not handled: the first "
        "acknowledgement may be lost.",
    (FAILED := "a message whose handling fails"):
        "No acknowledgement: []. It had no effect, so a repeat is handled like a new message.",
    (BOTH := "both together, on a link that loses much"):
        "Each message has its effect once, and in order, and none fails.",
}  # fmt: skip
TIME = ("time",)
LOST = 0.35  # of packets, of acknowledgements, and of what is handled
CALLS = 1000  # more than a story needs
Actions = list[tuple[Any, ...]]


class RightSender:
    """The answer, with a switch for each mistake."""

    def __init__(self, timeout: float, retries: int, wrong: Wrong) -> None:
        self.timeout, self.retries, self.wrong = timeout, retries, wrong
        self.waiting: list[str] = []
        self.said: str | None = None  # the message under way
        self.free = True
        self.id, self.repeats, self.due = 0, 0, 0.0

    def handle(self, event: tuple[Any, ...], now: float) -> Actions:
        wrong = self.wrong
        if event[0] == "say":
            self.waiting.append(event[1])
            return self._next(now)
        if event[0] == "ack":
            if self.free and "idle crashes" in wrong:
                raise IndexError
            if self.free or not (event[1] == self.id or "any ack" in wrong):
                return []
            self.free = True
            if "repeats acked" not in wrong:
                self.said = None
            return [] if "never next" in wrong else self._next(now)
        late = now > self.due if "past" in wrong else now >= self.due
        if self.said is None or not late or "no repeat" in wrong:
            return []
        return self._late(now)

    def _late(self, now: float) -> Actions:
        wrong, said = self.wrong, self.said
        limit = self.retries + ("one more" in wrong) - ("one less" in wrong)
        if self.repeats < limit or "unbounded" in wrong:
            self.repeats += 1
            if "each time" not in wrong:
                self.due = (self.due if "by plan" in wrong else now) + self.timeout
            if "doubles" in wrong:
                self.due = now + self.timeout * 2**self.repeats
            self.id += "new id" in wrong
            self.free = self.free or "next at repeat" in wrong
            return [("send", self.id, said), *self._next(now)]
        self.free = "stuck" not in wrong
        if "fails again" not in wrong:
            self.said = None
        failed = [] if "silent" in wrong else [("fail", said)]
        if "drops all" in wrong:
            self.waiting.clear()
        return failed + self._next(now)

    def _next(self, now: float) -> Actions:
        if not self.waiting or not (self.free or "overtakes" in self.wrong):
            return []
        self.free = False
        self.said = self.waiting.pop(0)
        self.id += "one id" not in self.wrong
        if "repeats go on" not in self.wrong:
            self.repeats = 0
        self.due = now + self.timeout
        return [("send", self.id, self.said)]


class RightReceiver:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        self.states: dict[Any, str] = {}  # by id
        self.texts: dict[Any, str] = {}

    def handle(self, event: tuple[Any, ...]) -> Actions:
        (kind, id, *said), wrong = event, self.wrong
        states, ack, nothing = self.states, [("ack", id)], Actions()
        if kind == "packet":
            key = said[0] if "by text" in wrong else id
            state = states.get(key, "")
            if state == "handled" and "again later" not in wrong:
                return nothing if "deaf" in wrong else ack
            if state == "handling" and "again now" not in wrong:
                return ack if "seen" in wrong else nothing
            states[key], self.texts[key] = "handling", said[0]
            return [("handle", id, *said), *(ack if "ack first" in wrong else ())]
        if "by text" in wrong:
            id = next(reversed(states))
        if kind == "failed":
            if "failed is done" in wrong or "seen" in wrong:
                states[id] = "handled"
            elif "failed is open" not in wrong and states.get(id) == "handling":
                del states[id]
            if "handles itself" in wrong:
                states[id] = "handling"
                return [("handle", id, self.texts[id])]
            return ack if "acks failed" in wrong else nothing
        if "latest" in wrong:
            self.states = {key: state for key, state in states.items() if state == "handling"}
        self.states[id] = "handled"
        return nothing if "ack first" in wrong and "ack twice" not in wrong else ack


def judge_10_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, {"Sender": RightSender, "Receiver": RightReceiver})
    words = [f"{number} {text.phrase(chance, at_most=3)}" for number in range(1, 4)]
    one, two, three = (("say", word) for word in words)
    ack, stale = ("ack", 1), ("ack", 0)

    def sender(case: str, *steps: Any, timeout: float = 2.0, retries: int = 2) -> None:
        trial.play(case, partial(_sender, steps, timeout, retries))

    sender(SEND, one, 0.2, ack, 0.2, two, 0.5, ack)
    sender(SEND, one, two, 0.2, three, 0.2, ack, 0.2, ack, 0.2, ack)
    sender(SEND, one, 0.2, ack, one, 0.2, ack)
    sender(REPEAT, one, 1.9, TIME, 0.6, TIME, 0.1, TIME, 1.6, TIME, 0.5, TIME)
    sender(REPEAT, one, 2.0, TIME, 2.0, TIME)
    sender(REPEAT, one, 1.0, ack, 1.5, TIME, 3.0, TIME, two, 1.0, TIME, 1.5, TIME)
    sender(REPEAT, one, two, 2.5, TIME, 0.2, ack, 0.1, TIME, 1.8, TIME, 0.2, TIME)
    sender(STALE, one, 2.5, TIME, 0.1, ack, two, 0.1, stale, 0.1, three, 0.1, ack, 0.1, stale,
           0.1, ack)  # fmt: skip
    sender(STALE, one, 0.1, ("ack", -1), 2.5, TIME, 0.1, ack, 0.1, stale)
    for retries in (1, 3):
        late: list[Any] = [2.1, TIME] * (retries + 1)
        sender(GIVE_UP, one, *late, 2.1, TIME, 0.1, two, 2.1, TIME, retries=retries)
        sender(GIVE_UP, one, two, three, *late, 0.1, stale, 2.1, TIME, 0.1, ack, retries=retries)
        sender(GIVE_UP, one, two, *late[2:], 0.1, ack, *late, 0.1, TIME, retries=retries)
    chosen = chance.sample(range(1, 100), 3)
    first, second, third = (("packet", id, word) for id, word in zip(chosen, words, strict=True))
    done, done_2, done_3, failed = *(("handled", id) for id in chosen), ("failed", chosen[0])
    for case, *events in (
        (HANDLE, first, done, second, done_2),
        (HANDLE, ("packet", 0, words[0]), ("handled", 0), third, done_3),
        (HANDLE, first, done, ("packet", chosen[1], words[0]), done_2),
        (AGAIN, first, done, first, first),
        (AGAIN, first, first, done, first, second, third, done_3, done_2, third),
        (FAILED, first, failed, first, done, first),
        (FAILED, first, first, failed, first, failed, first, first, done),
    ):
        trial.play(case, partial(_receiver, events))
    for _ in range(3):
        trial.play(BOTH, _both)
    return trial.verdict()


def _sender(steps: Sequence[Any], timeout: float, retries: int, play: Play) -> None:
    """Numbers are seconds that pass.  ("ack", 1): see `_known`."""
    now = play.chance.randint(40, 4000) / 4
    made = play.make("Sender", timeout, retries)
    play.tell(f"Sender({timeout}, {retries})")
    line = _Line()
    for step in steps:
        if isinstance(step, float):
            now = round(now + step, 2)
            continue
        event = ("ack", line.known(step[1])) if step[0] == "ack" else step
        play.tell(f"{now:8.2f}  {event!r}")
        got = play.call("handle", event, now, on=made)
        counts = line.read(event, got)
        play.see(got, counts=counts)
        if type(counts) is not list:
            return


class _Line:
    """What a sender has under way, as its packets show."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.said: Any = None  # the message under way

    def known(self, which: int) -> int:
        """1: the id of the latest message; 0: of the one before it; -1: of none."""
        ids = self.ids
        if which < 0 or not ids:
            return max(ids, default=0) + 100
        return ids[-1] if which else ids[max(len(ids) - 2, 0)]

    def read(self, event: Any, got: Any) -> Any:
        """Actions, with a word for each id.  No list: the story cannot go on."""
        if not _are_actions(got):
            return None
        found = []
        self.said = None if event == ("ack", self.known(1)) else self.said
        for kind, *given in got:
            if kind != "send" or len(given) != 2:
                self.said = None if kind == "fail" else self.said
                found.append((kind, *given))
                continue
            id, said = given
            if not (is_number(id) and type(id) is int):
                return None
            if self.ids[-1:] != [id]:
                if id in self.ids or self.said is not None:
                    return "another id" if said == self.said else "overtakes"
                self.ids.append(id)
                self.said = said
                found.append(("new", said))
            else:
                found.append(("again", said))
        return found


def _done(got: Any) -> Any:
    """Actions in any order; one acknowledgement for each packet that has come is free."""
    if not _are_actions(got):
        return None
    return sorted({repr(tuple(one)) for one in got if one[0] == "ack"}), sorted(
        tuple(one) for one in got if one[0] != "ack")  # fmt: skip


def _are_actions(got: Any) -> bool:
    return type(got) is list and all(type(one) in (tuple, list) and one for one in got)


def _receiver(events: Sequence[tuple[Any, ...]], play: Play) -> None:
    made = play.make("Receiver")
    handling = 0
    for event in events:
        if event[0] in ("handled", "failed"):
            if not handling:
                return  # it was not handled: that was seen
            handling -= 1
        play.tell(repr(event))
        got = play.call("handle", event, on=made)
        play.see(got, counts=_done(got))
        if not _are_actions(got):
            return
        handling += sum(one[0] == "handle" for one in got)


def _both(play: Play) -> None:
    """Six messages on a link that loses packets and acknowledgements; handling fails at times."""
    play.tell("Sender(1.0, 100) and Receiver(): six messages, on a link that loses much")
    sender, receiver = play.make("Sender", 1.0, 100), play.make("Receiver")
    chance, now, effects, failed = play.chance, 0.0, list[Any](), list[Any]()
    said = [f"{number} {text.phrase(chance, at_most=3)}" for number in range(1, 7)]
    say = [("say", one) for one in said]
    due: list[tuple[float, str, Any]] = []  # what arrives when, and where
    calls, quiet = 0, 0.0
    while (say or due or quiet < 3) and calls < CALLS:
        due.append((now, "sender", say.pop(0) if say and chance.random() < 0.2 else TIME))
        now, quiet = now + 0.25, quiet + 0.25
        arrived = sorted((one for one in due if one[0] <= now), key=lambda one: one[0])
        due = [one for one in due if one[0] > now]
        for _, where, event in arrived:
            calls += 1
            got = (play.call("handle", event, now, on=sender) if where == "sender" else
                   play.call("handle", event, on=receiver))  # fmt: skip
            if not _are_actions(got):
                play.see(got, counts=None)
                return
            for kind, *given in got:
                quiet, lost = 0.0, chance.random() < LOST
                if kind == "handle":
                    effects += [] if lost else given[1:]
                    ended = ("failed" if lost else "handled", *given[:1])
                    due.append((now + chance.choice([0.1, 1.2]), "receiver", ended))
                elif kind == "fail":
                    failed += given
                elif not lost:
                    to, name = ("receiver", "packet") if kind == "send" else ("sender", kind)
                    due.append((now + 0.1, to, (name, *given)))
    numbers = " ".join(str(one).partition(" ")[0] for one in effects) or "none"
    told = f"of the messages 1 to 6 these had an effect: {numbers}"
    play.see(None, counts=(effects == said, not failed), text=told)


EXERCISES = (Exercise(
    number="10.3", title="At least once", section="twice", minutes=20,
    names=("Sender", "Receiver"), cases=CASES, judge=judge_10_3,
    hints=(
        "The sender has at most one message under way. What has to be known of it? Its id and "
        "text, how often it was repeated, and until when it waits. The rest is a list.",
        "Put the sending of the next message into one method: it does nothing if one is under way "
        "or none waits. Call it at the end of each event. The receiver needs a word for each id: "
        "handling, or handled.",
        "time, and now >= until: if repeats < retries, repeats += 1 and the same ('send', id, "
        "text). Else the message is None, ('fail', text), and the next. Receiver, packet: unknown "
        "id: handle; handling: []; handled: ack. failed: forget the id.",
    ),
    wrong_ideas={
        "new_id_per_retry": WrongIdea("a repeat gets an id of its own",
            "The receiver knows a repeat by its id. With a new one each repeat is a new message, "
            "and has its effect again: two orders, two payments.", "new id"),
        "dropped_repeat_unacked": WrongIdea("a repeat is dropped, and that is all",
            "It came because the acknowledgement was lost. Unless you send it again the sender "
            "goes on to its last repeat, and reports a message as failed that had its effect. "
            "Acknowledge every repeat.", "deaf"),
        "seen_before_handled": WrongIdea("a message that was seen is done",
            "Its handling may still fail. If a repeat is acknowledged before the handling has "
            "ended, or after it has failed, the sender is content, and the message is lost.",
            "seen; failed is done; failed is done, deaf; failed is open; seen, deaf"),
        "retries_unbounded": WrongIdea("it is repeated for ever",
            "A receiver that has a mistake in its listener never acknowledges. Everything that "
            "waits is stuck after this message. Stop after `retries` repeats.", "unbounded"),
        "next_overtakes": WrongIdea("the next message does not wait",
            "If the first one is lost and repeated, the second has its effect before it: the "
            "answer stands before the question. One message at a time.",
            "overtakes; next at repeat"),
        "at_most_once": WrongIdea("a message is sent once",
            "A packet that is lost stays lost. Only the sender knows that no acknowledgement "
            "came: it has to send again.", "no repeat"),
        "any_ack_counts": WrongIdea("any acknowledgement is about the message under way",
            "The message before was sent twice, and acknowledged twice. The second one comes when "
            "the next message is under way, which may be lost. Compare the ids.",
            "any ack; any ack, idle crashes"),
        "acked_before_handled": WrongIdea("what has arrived is acknowledged",
            "The sender takes it for done and forgets it. If the handling fails now, nobody has "
            "the message any more. Acknowledge when it was handled.",
            "ack first; ack first, ack twice; ack first, seen; ack first, ack twice, seen; ack "
            "first, failed is done; ack first, deaf"),
        "repeat_handled_again": WrongIdea("a repeat is handled again",
            "The effect comes twice, because an acknowledgement was lost or slow. Remember the "
            "ids of what you handle, and of what you have handled.",
            "again now; again later; again now, again later"),
        "same_text_is_a_repeat": WrongIdea("the same text is the same message",
            "People say “yes” twice. A repeat is known by its id alone.",
            "by text"),
        "repeats_after_ack": WrongIdea("the acknowledgement does not end the repeats",
            "It says that the message was handled: nothing is under way any more.",
            "repeats acked"),
        "repeats_without_pause": WrongIdea("each look at the clock repeats the message",
            "The timeout begins anew with each repeat: the acknowledgement of this one needs its "
            "time, too. Else all repeats are over in a moment.", "each time"),
    },
    slips={
        "`retries` counts the repeats: with 2 a packet is sent three times.": "one more; one less",
        "The application has to hear that its message failed.": "silent",
        "After a message has failed, the next one is sent.": "stuck",
        "Only this message has failed; those that wait are sent.": "drops all",
        "A message fails once. Then nothing is under way.": "fails again",
        "Each message has `retries` repeats of its own.": "repeats go on",
        "At the moment itself it is time: compare with >=, and not with >.": "past",
        "The timeout is the same for each repeat.": "doubles",
        "A repeat may be sent late. The next one is due at the time that it was sent + timeout.":
            "by plan",
        "A message may fail at the sender while it is still handled, and the next one comes. Keep "
        "the id of every message that was handled, and not of the latest alone.": "latest",
        "When a message is acknowledged, the next one that waits is sent.": "never next",
        "Each message has an id of its own: with one for all, the second looks like a repeat.":
            "one id",
        "A handling that has failed is not acknowledged.": "acks failed",
        "It is handled again when it comes again. A handling that fails each time would go on for "
        "ever.": "handles itself",
    },
),)  # fmt: skip
