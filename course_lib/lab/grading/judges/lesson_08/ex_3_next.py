"""Judge of exercise 8.3: what does a client do after a failure?

    before the 5   the WebSocket is an attempt      its failure: "poll", with the same session
    after the 5    the WebSocket is the session     its failure: "new"
    silence        until the limit                  "wait"

Exercises.  Builds on: `grading.trial`.
What is new here: a failure says what was seen on the wire, and the answer works out what it means.
Left out: whether and when a client should try again at all; that is a later lesson.
"""

from __future__ import annotations

import random
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

PATIENCE = "Silence is no failure until it has lasted for the limit: `wait` if seconds < limit."
CASES = {
    (REFUSED := "WebSocket refused"):
        "The session polls, and polling works: `poll`. The result is one of the three texts.",
    (SILENT := "101, then silence"):
        f"{PATIENCE} Then the WebSocket is given no more time: `poll`.",
    (BEFORE := "cut before the 5"):
        "Until the 5 is out, polling is the transport, also after 3probe: `poll`.",
    (AFTER := "cut after the 5"):
        "The WebSocket was the transport, and the server forgets the session with it: `new`.",
    (QUIET := "silence after the 5"):
        f"{PATIENCE} Then the session is over: `new`.",
    (POLLING := "polling itself fails"):
        f"There is nothing to step down to: a GET that is refused or cut ends the session, `new`. "
        f"{PATIENCE}",
}  # fmt: skip
POLL, WAIT, NEW = "poll", "wait", "new"
PROBE, PONG, FIVE = "2probe", "3probe", "5"
Failure = dict[str, Any]


def right(failure: Failure, wrong: Wrong) -> str:
    """The answer, with a switch for each mistake."""
    transport, _, how = failure["what"].partition(" ")
    limit = 10.0 if "ten" in wrong else failure["limit"]
    packets, late = failure["packets"], failure["seconds"] >= limit
    upgraded = FIVE in (packets[-1:] if "last packet" in wrong else packets)
    upgraded = upgraded or ("any packet" in wrong and bool(packets))
    upgraded = upgraded or ("from pong" in wrong and PONG in packets)
    upgraded = upgraded or ("third packet" in wrong and len(packets) > 2)
    place = "polling" if transport == "polling" else "after" if upgraded else "before"
    if how == "silent" and not late and f"no patience {place}" not in wrong:
        return WAIT
    waits = wrong & {f"waits {how}", f"waits {place} {how}"}
    if waits and (how == "silent" or not late):
        return WAIT
    other = {"before": NEW, "after": POLL, "polling": POLL}[place]
    return other if f"{place} {how}" in wrong else NEW if place != "before" else POLL


def judge_8_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right)
    message = "4" + text.name(chance)
    upgraded = [PROBE, PONG, FIVE]

    def ask(case: str, what: str, packets: list[str], share: float = 0.0) -> None:
        """`share`: of the limit has passed."""
        limit = chance.choice([5.0, 10.0, 45.0])
        seconds = round(limit * (share or chance.uniform(0.01, 0.1)), 2)
        trial.ask(case, {"what": what, "packets": packets, "seconds": seconds, "limit": limit})

    ask(REFUSED, "websocket refused", [])
    ask(REFUSED, "websocket refused", [], 0.9)
    for share in 0.05, 0.5, 0.95, 1.05, 3.0:
        ask(SILENT, "websocket silent", [PROBE], share)
        ask(QUIET, "websocket silent", upgraded, share)
        ask(QUIET, "websocket silent", [*upgraded, message], share)
        ask(POLLING, "polling silent", [], share)
        ask(POLLING, "polling silent", [PROBE], share)
    ask(SILENT, "websocket silent", [PROBE, PONG], 1.2)
    early = [PROBE, "3"], [PROBE, message + FIVE], [PROBE, PONG, message]
    for packets in [], [PROBE], [PROBE, PONG], *early:
        ask(BEFORE, "websocket cut", packets)
        ask(BEFORE, "websocket cut", packets, 1.3)
    for after in [], [message], ["2", "3"], [message, message]:
        ask(AFTER, "websocket cut", [*upgraded, *after])
        ask(AFTER, "websocket cut", [*upgraded, *after], 1.3)
    for how in "refused", "cut":
        for packets in [], [PROBE], [PROBE, PONG]:
            ask(POLLING, f"polling {how}", packets)
            ask(POLLING, f"polling {how}", packets, 1.3)
    return trial.verdict()


def _some(*switches: str) -> str:
    """Programs with one or more of these switches."""
    groups: list[list[str]] = [[]]
    for switch in switches:
        groups += [[*group, switch] for group in groups]
    return "; ".join(", ".join(group) for group in groups[1:])


EXERCISES = (Exercise(
    number="8.3", title="What next", section="fallback", minutes=12, core=True,
    names=("next_step",), cases=CASES, judge=judge_8_3,
    hints=(
        "Find out three things, in this order. Is it silence that has not lasted long enough? "
        "Which transport has failed? And if that was the WebSocket: was it the transport already?",
        "A WebSocket is the transport as soon as the packet 5 is among its packets, wherever it "
        "stands. Before that it is only an attempt, and polling is the transport.",
        "silent and seconds < limit: 'wait'. If what begins with 'websocket' and '5' is not in "
        "packets: 'poll'. Everything else: 'new'.",
    ),
    wrong_ideas={
        "polling_with_old_sid": WrongIdea("when the WebSocket breaks, polling takes over",
            "So many articles say, and it is not so. At the 5 the server has dropped polling, and "
            "when the WebSocket ends it forgets the session. The old sid gets 400. There is no "
            "step down: a new session begins, and that one begins with polling.",
            _some("after cut", "after silent")),
        "waits_for_ever": WrongIdea("silence ends by itself",
            "A proxy that passes no frames, or a computer without a network, never says that it "
            "will stay silent. Whoever waits without a limit never finds out. After the limit "
            "silence is a failure like any other.",
            _some("waits before silent", "waits after silent", "waits polling silent")),
        "ends_session_on_failed_probe": WrongIdea("a WebSocket that fails ends the session",
            "Before the 5 the WebSocket is only tried. The session polls, and has lost nothing. "
            "Behind a proxy that blocks WebSocket this client would begin again and again.",
            _some("before refused", "before silent", "before cut")),
        "impatient": WrongIdea("silence is a failure at once",
            "Every message needs its time, and on a bad network that may be seconds. Until the "
            "limit is over it may still come: wait.",
            _some("no patience before", "no patience after", "no patience polling")),
        "upgraded_at_3probe": WrongIdea("3probe is the change",
            "3probe says that the WebSocket works. The client then pauses polling, and until it "
            "has sent 5 polling is the transport: it can go on.",
            "from pong; from pong, last packet"),
        "upgraded_at_2probe": WrongIdea("an open WebSocket is the transport",
            "With 2probe the client only asks whether frames pass. The session stays on polling "
            "until the 5.",
            "any packet"),
        "only_the_last_packet": WrongIdea("the 5 counts only as the last packet",
            "Once it is sent, the WebSocket is the transport, however many packets follow. Look "
            "for it among all of them.",
            "last packet"),
        "polling_survives": WrongIdea("a session outlives a poll that fails",
            "The server ends a session when its GET is cut, and 400 says that it does not know "
            "it: the next GET is refused as well. Begin a new one.",
            _some("polling refused", "polling cut", "polling silent")),
        "waits_after_a_cut": WrongIdea("the limit is for every failure",
            "The limit is for silence, where nobody knows. A cut or a refusal is certain: go on "
            "at once.",
            "waits cut, waits refused; "
            + _some("waits before cut", "waits after cut", "waits polling cut")),
    },
    slips={
        "Count nothing: a packet 5 among the packets makes the difference.": "third packet",
        "The limit differs: it is a key of `failure`. 10 s is only that of the examples.": "ten",
    },
),)  # fmt: skip
