"""Judge of exercise 8.2: the client's side of an upgrade, while messages come in between.

    ("opened",) ─▶ [("ws", "2probe")]      ("packet", "3probe") ─▶ []        no new GET or POST
                                           ("got",)             ─▶ [("ws", "5"), ("ws", "4…")]

Exercises.  Builds on: `grading.trial`.
What is new here: a story knows what is under way, and so which events can come.  In the last case
they come in random orders, and what the server has heard is compared.
Left out: what the server sends; the library gives it to the application.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (POLLING := "polling, before anything else"):
        "One GET and one POST at a time. A GET that has ended is followed by the next. A message "
        "leaves at once if no POST is under way; else it waits, and the next POST takes all that "
        "wait, in one list.",
    (PROBE := "the probe"):
        "opened: send 2probe on the WebSocket. Until 3probe comes, everything goes on by polling.",
    (PAUSE := "the pause"):
        "After 3probe there is no new GET and no new POST, and messages wait. When neither a GET "
        "nor a POST is under way any more, send 5, and then what waits, one by one.",
    (UPGRADED := "after the 5"):
        "Each message goes out on the WebSocket, at once. When that is lost the session is over: "
        "('end',), and after it always [].",
    (CUT := "cut before the 5, anywhere"):
        "Polling goes on: ask again, unless a GET is under way, and post what waits, unless a "
        "POST is. Close a WebSocket that has said anything but 3probe, once.",
    (TRAFFIC := "numbered messages, in many orders"):
        "Whatever the order: the server gets each message once, and in order. Messages leave on "
        "the WebSocket only after the 5, and the 5 only when nothing is under way.",
}  # fmt: skip
GET, PROBED, FIVE, CLOSE = ("get",), ("ws", "2probe"), ("ws", "5"), ("close",)
END = ("end",)
OPENED, PONG, LOST = ("opened",), ("packet", "3probe"), ("lost",)
GOT, POSTED = ("got",), ("posted",)
Event = tuple[Any, ...]
Actions = list[tuple[Any, ...]]


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.state = wrong, "polling"
        self.getting, self.posting = True, False
        self.queue: list[str] = []

    def handle(self, event: Event) -> Actions:
        (kind, *args), wrong, state = event, self.wrong, self.state
        did: Actions = []
        listens = ("probing", "failed") if "listens on" in wrong else ("probing",)
        if state == "over":
            return []
        if kind == "say":
            at_once = f"ws {state}" in wrong
            did += [("ws", args[0])] if at_once else []
            self.queue += [] if at_once else args
        elif kind in ("got", "posted"):
            self.getting = self.getting and kind != "got"
            self.posting = self.posting and kind != "posted"
        elif kind == "opened":
            early = "5 at open" in wrong
            self.state = "upgraded" if early else "pausing" if "no 3probe" in wrong else "probing"
            did += [] if "5 alone" in wrong else [PROBED]
            did += [FIVE] if early else []
        elif kind == "packet" and state in listens and self._is_pong(args[0]):
            self.state = "pausing"
        elif state == "failed":
            pass
        elif state == "upgraded" and "steps down" not in wrong:
            self.state = "over"
            return [("end",)]
        elif not (kind == "packet" and "ignores bad" in wrong):
            return self._failed(kind)
        return did + self._flow(kind)

    def _is_pong(self, said: str) -> bool:
        any_3 = "any 3" in self.wrong and said[0] == "3"
        return said == "3probe" or any_3 or "any packet" in self.wrong

    def _failed(self, kind: str) -> Actions:
        wrong = self.wrong
        if f"{kind} ends" in wrong or ("refused ends" in wrong and self.state == "polling"):
            self.state = "over"
            return [("end",)]
        if "stays" not in wrong:
            self.state = "failed"
        self.queue = [] if "drops queue" in wrong else self.queue
        self.getting = self.getting and "second get" not in wrong
        return [CLOSE, *self._flow("cut")]

    def _flow(self, when: str) -> Actions:
        """What may begin now, after an event of this kind."""
        wrong, state, did = self.wrong, self.state, Actions()
        waits = (self.getting and "no get" not in wrong, self.posting and "no post" not in wrong,
                 self.queue and "posts first" in wrong and when == "posted")  # fmt: skip
        fresh = state == "pausing" and not any(waits)
        if fresh:
            state = self.state = "upgraded"
            did += [] if "queue first" in wrong else [FIVE]
            queue = [] if "forgets queue" in wrong else self.queue
            did += [("ws", one) for one in queue]
            did += [FIVE] if "queue first" in wrong else []
            self.queue = []
        if state == "upgraded":
            did += [("ws", one) for one in self.queue]
            self.queue = []
            if "goes on" in wrong and when in ("got", "posted") and not (fresh or self.getting):
                self.getting = True
                did.append(GET)
            return did
        paused, off = state == "pausing", wrong & {f"no polling {state}", f"no polling {when}"}
        no_get = off or wrong & {f"no get {state}", f"no get {when}"}
        asks = "asks" in wrong if paused else not no_get
        no_post = off or f"no post {when}" in wrong
        posts = wrong & {"posts", f"posts {when}"} if paused else not no_post
        if asks and not self.getting:
            self.getting = True
            did.append(GET)
        if posts and self.queue and (not self.posting or "two posts" in wrong):
            self.posting = True
            count = 1 if "one by one" in wrong else len(self.queue)
            did.append(("post", [] if "emptied" in wrong else self.queue[:count]))
            self.queue = self.queue[count:]
        return did


def judge_8_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right)
    name = text.name(chance)
    says = [("say", f"4{name} {number}") for number in range(1, 6)]
    one, two, three, four, five = says

    def story(case: str, *events: Event) -> None:
        trial.play(case, partial(_story, [*events]))

    trial.play(POLLING, partial(_two, says))
    story(POLLING, GOT, GOT, one, POSTED, GOT, two, GOT, POSTED)
    story(POLLING, one, two, three, POSTED, POSTED, four, GOT)
    story(PROBE, one, OPENED, two, POSTED, GOT, three, POSTED, GOT, POSTED, four)
    story(PROBE, GOT, OPENED, GOT, GOT, one)
    story(PAUSE, OPENED, PONG, GOT, one)
    story(PAUSE, OPENED, PONG, one, two, GOT, three)
    story(PAUSE, one, OPENED, PONG, two, GOT, three, POSTED, four)
    story(PAUSE, one, OPENED, PONG, two, POSTED, three, GOT, four)
    story(PAUSE, one, OPENED, two, PONG, POSTED, GOT, three)
    story(UPGRADED, OPENED, PONG, GOT, one, two, LOST, three, LOST)
    story(UPGRADED, one, OPENED, PONG, GOT, two, POSTED, LOST, three)
    whole = [one, OPENED, two, PONG, three, GOT, four]
    for at in range(2, len(whole) + 1):
        for after in [GOT, POSTED, five, POSTED], [POSTED, five, GOT, POSTED]:
            story(CUT, *whole[:at], LOST, *after)
    for bad in "3", f"4{name}", "6", "2probe":
        story(CUT, OPENED, one, ("packet", bad), GOT, two, POSTED, POSTED)
        story(CUT, OPENED, PONG, one, ("packet", bad), two, GOT, POSTED, POSTED)
        story(CUT, OPENED, one, ("packet", bad), PONG, GOT, POSTED, two)
    story(CUT, OPENED, PONG, one, PONG, GOT, POSTED)
    story(CUT, one, LOST, GOT, two, POSTED, GOT)
    for number in range(9):
        trial.play(TRAFFIC, partial(_traffic, name, cut=number % 3 == 2))
    return trial.verdict()


class _Line:
    """Tells a machine what happens, and keeps what is under way because of its actions."""

    def __init__(self, play: Play) -> None:
        self.play, self.made = play, play.make("ClientUpgrade")
        self.getting, self.over = True, False
        self.ended = self.closes = False  # the WebSocket: before an event, and after it
        self.posted: list[Any] | None = None

    def possible(self, event: Event) -> bool:
        return self.getting if event == GOT else self.posted is not None or event != POSTED

    def happens(self, event: Event) -> Any:
        """Say so, and return the actions."""
        self.play.tell(repr(event))
        self.getting = self.getting and event != GOT
        self.posted = None if event == POSTED else self.posted
        self.ended = self.closes or event == LOST
        got = self.play.call("handle", event, on=self.made)
        for action in got if type(got) is list else []:
            if action == GET:
                self.getting = True
            elif action == CLOSE:
                self.closes = True
            elif type(action) is tuple and len(action) == 2 and action[0] == "post":
                self.posted = action[1]
        self.over = isinstance(got, Raised)
        return got


def _two(says: Sequence[Event], play: Play) -> None:
    """Two clients in a process of their own, each with messages that wait."""
    play.subject.close()
    lines = [_Line(play), _Line(play)]
    for at, event in enumerate([*says[:4], POSTED, POSTED]):
        got = lines[at % 2].happens(event)
        play.see(got, counts=_counts(got, ended=False))


def _story(events: Sequence[Event], play: Play) -> None:
    """These events, but for the ends of what is not under way."""
    line = _Line(play)
    for event in events:
        if line.possible(event) and not line.over:
            got = line.happens(event)
            play.see(got, counts=_counts(got, ended=line.ended))


def _counts(got: Any, *, ended: bool) -> Any:
    """What is sent on the WebSocket, in order; and what else is done.  None: no actions."""
    if type(got) is not list or not all(type(one) is tuple and one for one in got):
        return None
    if END in got:
        return "end", [one for one in got if one not in (END, CLOSE)]
    others = [one for one in got if one[0] != "ws" and not (ended and one == CLOSE)]
    return [one for one in got if one[0] == "ws"], sorted(others, key=repr)


def _traffic(name: str, play: Play, *, cut: bool) -> None:
    """Messages, and events of the network in random order; what has the server heard in the end?"""
    line, chance = _Line(play), play.chance
    said: list[Event] = [("say", f"4{name} {number}") for number in range(1, 11)]
    wanted, network = [one for _, one in said], [OPENED, PONG]
    if cut:
        network[chance.randint(1, 2) :] = [LOST]
    heard: list[Any] = []
    upgraded, problem = False, ""
    last = [GOT, POSTED] * 4
    while (said or network or last) and not (problem or line.over):
        ends = [event for event in (GOT, POSTED) if line.possible(event)]
        if said or network:
            event = chance.choice([*said[:1], *network[:1], *ends])
        elif (event := last.pop()) not in ends:
            continue
        said, network = said[event in said[:1] :], network[event in network[:1] :]
        heard += line.posted or [] if event == POSTED else []
        got = line.happens(event)
        for action in got if type(got) is list else []:
            if action == FIVE:
                upgraded = True
                if line.getting or line.posted:
                    problem = "the 5 overtakes a GET or a POST that is under way"
            elif type(action) is tuple and action[:1] == ("ws",) and action != PROBED:
                problem = problem or ("" if upgraded else "the WebSocket is not the transport yet")
                heard += action[1:]
    if line.over:
        play.see(got)
        return
    numbers = " ".join(str(one).rpartition(" ")[2] for one in heard) or "none"
    told = f"of the messages 1 to 10 the server has heard {numbers}" + "; " * bool(problem)
    play.see(None, counts=(heard == wanted, problem), text=told + problem)


EXERCISES = (Exercise(
    number="8.2", title="The client's side", section="dance", minutes=20, names=("ClientUpgrade",),
    cases=CASES, judge=judge_8_2,
    hints=(
        "Keep four things: the state (polling, probing, pausing, upgraded, over), whether a GET "
        "is under way, whether a POST is, and a list of messages that wait. Let each event change "
        "them; then ask, in one place for all events, what may begin now.",
        "What may begin? While pausing, with nothing under way: 5, then what waits. When "
        "upgraded: what waits, on the WebSocket. Before it, and after a failure: a GET if none is "
        "under way, a POST if none is and something waits. So each message is put on the list "
        "first, in every state.",
        "lost, or a packet other than the 3probe that you wait for: when upgraded, over and "
        "('end',); before it, the state is polling again, [('close',)] and then what may begin "
        "now. The list is still there, so nothing is lost.",
    ),
    wrong_ideas={
        "five_with_get_in_flight": WrongIdea("the 5 does not wait for the GET",
            "What the server has put into the answer of this GET is still on its way, and what it "
            "sends on the WebSocket after the 5 may overtake it. Wait for ('got',); the server "
            "releases the GET with a noop.", "no get; no get, no post; no get, goes "
            "on; no get, no post, goes on"),
        "five_with_post_in_flight": WrongIdea("the 5 does not wait for the POST",
            "Two connections have no order. If the 5 arrives first, the server has changed its "
            "transport, refuses the POST with 400, and the messages in it are lost. Wait for "
            "('posted',).", "no post; no post, goes on"),
        "five_before_3probe": WrongIdea("the 5 does not wait for 3probe",
            "Many proxies accept a WebSocket and then pass no frame. Only 3probe shows that a "
            "packet can go there and back. Until then polling is the transport.",
            "5 at open; 5 at open, 5 alone; no 3probe; no 3probe, 5 alone"),
        "sends_while_paused": WrongIdea("messages leave during the pause",
            "A POST in the pause is one more that the 5 has to wait for, or overtakes. On the "
            "WebSocket a message before the 5 is not expected, and the server closes it. Keep the "
            "messages until the 5 is out.", "posts; ws pausing; posts, asks; posts, "
            "posts first; posts say; posts posted, posts first"),
        "polling_dropped_at_probe": WrongIdea("the probe stops polling",
            "The probe may take long, or never be answered, and messages wait all that time: the "
            "user notices that something is tried. Go on polling until 3probe has come.",
            "no polling probing; no get probing; no polling probing, stays"),
        "asks_while_paused": WrongIdea("polling goes on during the pause",
            "The server releases this GET, too, and the next: one is always under way, and the 5 "
            "never leaves. After 3probe a GET that has ended is the last one.", "asks"),
        "messages_on_both": WrongIdea("an open WebSocket is used at once",
            "The server takes a message on it for a failed probe, and closes it. And what travels "
            "on two connections has no order. Until the 5, all messages go by polling.",
            "ws probing; ws probing, ws pausing"),
        "queue_before_five": WrongIdea("what waits goes out before the 5",
            "The server expects 5 and gets a message, so it closes the WebSocket: the messages "
            "are lost. First the 5, then what waits.", "queue first"),
        "stays_paused": WrongIdea("after a cut nothing begins again",
            "The session lives, and nobody asks: no message comes, none leaves, and after a while "
            "the heartbeat ends it. Go on as before the probe: a GET, and a POST of what waits.",
            "stays; no polling failed; no get failed; no polling cut; no get cut; no post cut; no "
            "get cut, no get say, no get posted; no post cut, no post got"),
        "two_at_once": WrongIdea("there may be two GETs or two POSTs",
            "Two requests travel on two connections and have no order, so the server answers the "
            "second with 400 and ends the session. Wait until the one that is under way has "
            "ended, also after a cut.", "two posts; second get; two posts, second get"),
        "ends_session_on_failed_probe": WrongIdea("an attempt that fails ends the session",
            "Until the 5, polling is the transport, and it works. Close the WebSocket, and go on.",
            "lost ends; packet ends; lost ends, packet ends; refused ends"),
        "steps_down": WrongIdea("after the 5 polling can go on",
            "The server has dropped polling at the 5, and when the WebSocket ends it forgets the "
            "session. Whoever asks with this sid gets 400. The session is over; the layer above "
            "begins a new one.", "steps down"),
    },
    slips={
        "What waited in the pause is sent by polling, in its order; nobody has told the "
        "application that it is lost.": "drops queue",
        "A WebSocket that says anything but 3probe is closed: the 5 would trust it with all "
        "messages.": "ignores bad",
        "A POST takes all messages that wait, in one list.": "one by one",
        "What waited in the pause is sent right after the 5.": "forgets queue",
        "Only exactly 3probe answers the probe. A 3 alone is a heartbeat's.":
            "any 3; any packet; any packet, ignores bad",
        "The list in your action is the one that you have emptied since: put a copy into it.":
            "emptied",
        "What you have closed may still send packets: they mean nothing any more.": "listens on",
    },
),)  # fmt: skip
