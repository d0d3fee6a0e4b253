"""Judge of exercise 7.5: packets of a session, and the one GET that waits for them.

    send("4a") ─▶ []        get(1) ─▶ [("answer", 1, ["4a"])]       get(2) ─▶ []  it waits
    send("4b") ─▶ [("answer", 2, ["4b"])]

Exercises.  Builds on: `grading.trial`.
What is new here: every packet and every GET has a name of its own, so that it is seen which answer
has what, and which GET was left waiting.
Left out: packets that are sent together, which the library puts into one answer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (QUEUED := "packets before the GET"):
        "What is sent while no GET waits is kept, in order. The next GET is answered at once, "
        "with all of it in one answer.",
    (WAITS := "a GET before the packets"):
        "A GET for which there is nothing waits: []. The next packet answers it, and then it "
        "waits no more.",
    (TURNS := "GET after GET"): "Each packet is in one answer, and each GET gets one answer.",
    (SESSIONS := "several sessions"):
        "Each session has a queue and a GET of its own: set both in __init__, on self.",
    (SECOND := "a second GET"):
        'The GET that waits is answered with ["1"], the second is refused, and the session ends, '
        "all three at once.",
    (OVER := "after the end"): "send does nothing more, and every GET is refused.",
}  # fmt: skip
END = ("end",)
SHARED: list[str] = []  # of all sessions, if that is the mistake
Actions = list[tuple[Any, ...]]


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        SHARED.clear()
        self.wrong, self.waiting, self.over = wrong, [], False  # type: ignore[var-annotated]
        self.queue: list[str] = SHARED if "shared" in wrong else []

    def send(self, packet: str) -> Actions:
        wrong, queue = self.wrong, self.queue
        if self.over:
            return []
        if not self.waiting or (self.waiting == [0] and "0 is none" in wrong):
            queue.insert(0 if "last first" in wrong else len(queue), packet)
            queue[:] = queue[-1:] if "one place" in wrong else queue
            return []
        if wrong & {"kept", "kept when sent"}:
            queue.append(packet)
        count = len(self.waiting) if "both" in wrong else 1
        answered = self.waiting[-1:] if "newest" in wrong else self.waiting[:count]
        if "still waits" not in wrong:
            self.waiting = [get for get in self.waiting if get not in answered]
        packets = [*queue] if wrong & {"kept", "kept when sent"} else [packet]
        said: Any = packet if "bare when sent" in wrong else packets
        return [("answer", get, said) for get in answered]

    def get(self, name: int) -> Actions:
        wrong, queue = self.wrong, self.queue
        if self.over:
            return [] if "no refusal" in wrong else [("refuse", name)]
        if self.waiting and not (self.waiting == [0] and "0 is none" in wrong):
            return self._second(name)
        if (not queue and "empty at once" not in wrong) or "waits anyway" in wrong:
            self.waiting = [name] if "0 is none" in wrong else [*self.waiting, name]
            return []
        taken = queue[:1] if "one each" in wrong else queue[:]
        if not wrong & {"kept", "kept when asked"}:
            del queue[: len(taken)]
        self.waiting = [name] if "still waits when asked" in wrong else []
        said: Any = "\x1e".join(taken) if "joined when asked" in wrong else taken
        return [("answer", name, [] if "cleared" in wrong else said)]

    def _second(self, name: int) -> Actions:
        wrong, waiting = self.wrong, self.waiting
        if wrong & {"queue up", "both", "newest"}:
            self.waiting = [*waiting, name]
            return []
        for said in ([], ["6"], ["1"], None):
            if f"replaces {said}" in wrong:
                self.waiting = [name]
                return [] if said is None else [("answer", waiting[0], said)]
        gets_1 = "second gets 1" in wrong
        refused: Any = ("answer", name, ["1"]) if gets_1 else ("refuse", name)
        if "only refused" in wrong:
            return [refused]
        self.over = "lives on" not in wrong
        self.waiting = []
        first: Any = ("answer", waiting[0], [] if "first gets nothing" in wrong else ["1"])
        if "first refused" in wrong:
            first = ("refuse", waiting[0])
        did: Actions = [] if "first hangs" in wrong else [first]
        did += [] if "second hangs" in wrong else [refused]
        return [*did, *([] if "end not told" in wrong else [END])]


def judge_7_5(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right, reads=_reading)

    def tell(case: str, *steps: str) -> None:
        trial.play(case, partial(_polls, steps))

    # Each story ends with an empty queue: one that is shared spoils no other story.
    for more in (("send",), ("send", "send", "send")):
        tell(QUEUED, *more, "get")
        tell(QUEUED, *more, "send", "get", "get", "send")
        tell(WAITS, "get", "send", *more, "get")
        tell(TURNS, "get", "send", "get", *more, "send", "get", "get", "send", *more, "get")
        tell(TURNS, *more, "get", *more, "get", "get", "send", "send", "get", "get", *more, "get")
        tell(SESSIONS, *more, "other get", "other send", "get", "other send", "other get", "get")
        tell(SECOND, *more, "get", "get", "get")
        tell(OVER, "get", "get", *more, "get", "send", "get", "get")
    tell(SESSIONS, "get", "other get", "other send", "send", "other send", "get", "other get")
    tell(SECOND, "get", "get")
    for case, *steps in ((WAITS, "get", "send", "send", "get"), (SECOND, "get", "get", "send")):
        trial.play(case, partial(_polls, steps, first=0))
    return trial.verdict()


def _polls(steps: Sequence[str], play: Play, first: int | None = None) -> None:
    """Packets and GETs of a session, or of two; the GETs are counted from `first`."""
    names = ("ada", "bob") if play.case == SESSIONS else ("ada",)
    gets = play.chance.randint(1, 50) if first is None else first
    made = []
    for name in names:
        play.tell(f"{name} = Outbox()")
        made.append(play.make("Outbox"))
    for step in steps:
        other = step.startswith("other ")
        method = step.removeprefix("other ")
        given: Any = f"4{text.name(play.chance)}"
        if method == "get":
            given, gets = gets, gets + 1
        play.tell(f"{names[other]}.{method}({given!r})")
        play.see(play.call(method, given, on=made[other]))


def _reading(value: Any) -> list[Any]:
    """Actions in any order, each as a tuple or a list; packets in a list or a tuple."""
    actions = [[list(part) if type(part) is tuple else part for part in action]
               for action in value if type(action) is not str]  # fmt: skip
    return sorted(actions, key=repr)


EXERCISES = (Exercise(
    number="7.5", title="A queue with one GET", section="polling", minutes=12, names=("Outbox",),
    cases=CASES, judge=judge_7_5,
    hints=(
        "Two things have to be remembered: packets that wait for a GET, and a GET that waits for "
        "packets. Can both be there at the same time?",
        "send: if a GET waits, answer it, and forget it; else append to the queue. get: if there "
        "are packets, answer with all of them, and empty the queue; else remember the GET.",
        "get: if over: refuse. if waiting is not None: first, waiting, over = waiting, None, "
        'True, and return [("answer", first, ["1"]), ("refuse", get), ("end",)]. if queue: '
        'packets, queue = queue, []; return [("answer", get, packets)]. Else waiting = get.',
    ),
    wrong_ideas={
        "second_get_replaces": WrongIdea("a second GET takes the place of the first",
            "A packet may already be on its way in the answer to the first one. With two GETs the "
            "order of the packets is lost, and nobody notices. The session ends, so that the "
            "client's mistake is seen.",
            "replaces None; replaces []; replaces ['6']; replaces ['1']"),
        "both_answered": WrongIdea("every GET that waits gets the packet",
            "Then it arrives twice, and the client cannot see that it is the same. Each packet "
            "has one answer, and a second GET ends the session.", "both"),
        "gets_queue_up": WrongIdea("GETs wait in a queue",
            "Two answers may travel on two connections, and the second may be there first: the "
            "order of the packets is lost. One GET at a time; a second one ends the session.",
            "queue up; newest"),
        "queue_kept_after_answer": WrongIdea("packets stay in the queue after they were sent",
            "Then the next GET brings them once more. What was put into an answer has left: empty "
            "the queue.", "kept; kept when asked; kept when sent"),
        "cross_session_queue": WrongIdea("all sessions have one queue",
            "What is meant for Ada goes to whoever asks first. A list that is written in the "
            "class belongs to all of its objects: make it in __init__, on self.", "shared"),
        "one_packet_per_answer": WrongIdea("an answer carries one packet",
            "Each of the others costs a whole request and a round trip. All packets that wait go "
            "into one answer.", "one each"),
        "empty_answer_at_once": WrongIdea("a GET is answered at once, with or without packets",
            "That is short polling: the client asks again at once, and again. A GET for which "
            "there is nothing waits for the next packet.", "empty at once"),
        "answered_get_still_waits": WrongIdea("a GET waits on after its answer",
            "A request has one response. A second one would be read as the response to the next "
            "request. When it is answered, forget it.",
            "still waits; still waits when asked; still waits, still waits when asked"),
        "session_survives": WrongIdea("the second GET is refused, and the session lives on",
            "The client has lost count of its requests, and nobody knows which of its answers it "
            "reads. The session ends, and the GET that waits learns it by a 1.",
            "only refused; lives on; lives on, end not told"),
        "somebody_is_left_waiting": WrongIdea("one of the two GETs has no answer",
            "A request without an answer waits until somebody's time is over. At the end of the "
            'session the first is answered with ["1"], and the second is refused.',
            "first hangs; second hangs"),
    },
    slips={
        "An answer has a list of packets, also of one alone. The transport makes a body of it.":
            "bare when sent; joined when asked; bare when sent, joined when asked",
        "The list in the answer is the queue itself, and clear() empties both. The session "
        "needs a new list: packets, self.queue = self.queue, [].": "cleared",
        "0 is a number like others, and `if self.waiting` takes it for nothing: compare with None.":
            "0 is none",
        "Packets leave in the order in which they were sent.": "last first",
        "A queue keeps all packets, and not the last one alone.": "one place",
        "A GET that comes when packets wait is answered at once.": "waits anyway",
        'The GET that waited is answered with ["1"], which tells its client that it is over.':
            "first gets nothing; first refused",
        "The second GET is refused; the ['1'] is for the one that waited.": "second gets 1",
        "Also tell that the session has ended: ('end',).": "end not told",
        "After the end a GET is refused: nothing would ever answer it.": "no refusal",
    },
),)  # fmt: skip
