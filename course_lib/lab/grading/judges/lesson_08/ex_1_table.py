"""Judge of exercise 8.1: the server's side of an upgrade.

    ("opened", 1) ─▶ []    ("packet", 1, "2probe") ─▶ [("send", 1, "3probe"), ("noop",)]
                           ("packet", 1, "5")      ─▶ [("switch", 1)]

Exercises.  Builds on: `grading.trial`.
What is new here: WebSockets have numbers, so that a second one can come while the first is tried.
A noop together with the switch is free, and so is closing what has ended or is closed.
Left out: a clock; the time limit is an event.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (UPGRADE := "an upgrade"):
        "opened: nothing. 2probe: send 3probe, and a noop for the GET that waits. 5: switch, and "
        "send nothing. Each session has its own state, on self. The result is a list of tuples.",
    (POLLS := "polls that come meanwhile"):
        "A GET is released only between 2probe and 5. Before the 2probe, and after an attempt "
        "that has failed, it waits for a message, as it always does.",
    (BAD := "packets that are not expected"):
        "First exactly '2probe', then exactly '5', both text. Anything else closes this WebSocket "
        "and nothing more: polling goes on, and another one may try.",
    (GONE := "a WebSocket that ends, or is late"):
        "The attempt is over. Polling goes on, its GETs wait again, and another WebSocket may "
        "try. Close the one that is late. After the switch `late` means nothing.",
    (SECOND := "a second WebSocket"):
        "Close it at once, also after the switch. The first goes on as if nothing had happened, "
        "and what you have closed is not listened to any more.",
}  # fmt: skip
NOOP = ("noop",)
Event = tuple[Any, ...]
Actions = list[tuple[Any, ...]]


class Right:
    """The answer, with a switch for each mistake.  `ws` is the one that tries, or has done it."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.state = wrong, "free"
        self.ws: int | None = None

    def handle(self, event: Event) -> Actions:
        (kind, *args), wrong, state = event, self.wrong, self.state
        if kind == "poll":
            released = state == "probed" and "no noop later" not in wrong
            return [NOOP] if released or "noop always" in wrong else []
        ws = args[0]
        if kind == "opened":
            return self._opened(ws)
        if state == "upgraded" and not (kind == "late" and "late closes" in wrong):
            return []
        if self.ws is None:
            return []
        if ws != self.ws and "any socket" not in wrong:
            did = self._fail(self.ws, "") if f"any {kind}" in wrong else []
            return did if kind == "late" else []
        if kind == "packet":
            return self._packet(ws, args[1])
        if kind == "late" and "no deadline" in wrong:
            return []
        if kind == "lost" and "lost stays" in wrong:
            return []
        return self._fail(ws, f"ends {kind}")

    def _opened(self, ws: int) -> Actions:
        wrong, before = self.wrong, self.ws
        taken = before is not None
        if taken and "second spoils" in wrong and (self.state != "upgraded" or "for ever" in wrong):
            self.ws, self.state = None, "free"
            return [("close", before), ("close", ws)]
        wins = "wins upgraded" if self.state == "upgraded" else "wins"
        if taken and wins not in wrong:
            ignored = "second open" in wrong
            return [] if ignored else [("close", ws)]
        self.ws, self.state = ws, "new"
        return [] if not taken or "old open" in wrong else [("close", before)]

    def _packet(self, ws: int, said: Any) -> Actions:
        wrong, state = self.wrong, self.state
        if isinstance(said, bytes) and "bytes are text" in wrong:
            said = said.decode()
        if not isinstance(said, str):
            return self._fail(ws, "ends packet")
        asked = said == "2probe" or ("any 2" in wrong and said[0] == "2")
        asked = asked or ("prefix" in wrong and said[:6] == "2probe")
        if asked and (state == "new" or "asks twice" in wrong):
            self.state = "upgraded" if "switch at 2" in wrong else "probed"
            pong = "3" if "bare 3" in wrong else "3probe" if "fixed" in wrong else "3" + said[1:]
            did: Actions = [] if "silent" in wrong else [("send", ws, pong)]
            did += [] if "no noop" in wrong else [NOOP]
            return [*did, ("switch", ws)] if "switch at 2" in wrong else did
        if said == "5" and (state == "probed" or "5 first" in wrong):
            self.state = "upgraded"
            answer = [("send", ws, "5")] if "answers 5" in wrong else []
            return [*answer, ("switch", ws)]
        return [] if "ignores bad" in wrong else self._fail(ws, "ends packet")

    def _fail(self, ws: int, how: str) -> Actions:
        wrong = self.wrong
        if how in wrong:
            return [("end",)]
        self.ws, self.state = None, self.state if "stays probed" in wrong else "free"
        if "one try" in wrong:
            self.ws, self.state = -1, "used"
        return [] if "left open" in wrong else [("close", ws)]


def judge_8_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right)
    one, two, three = chance.sample(range(1, 100), 3)
    poll, hello = ("poll",), text.name(chance)

    def says(ws: int, *said: str | bytes) -> list[Event]:
        return [("opened", ws), *(("packet", ws, packet) for packet in said)]

    def story(case: str, *events: Event) -> None:
        trial.play(case, partial(_story, [*events]))

    good = says(two, "2probe", "5")
    trial.play(UPGRADE, partial(_two, says(one, "2probe", "5")))
    story(UPGRADE, poll, *says(one, "2probe", "5"))
    story(UPGRADE, *says(one, "2probe", "5"))
    story(POLLS, poll, ("opened", one), poll, ("packet", one, "2probe"), poll, poll,
          ("packet", one, "5"))  # fmt: skip
    story(POLLS, *says(one, "2probe", "6"), poll, poll, ("opened", two), poll)
    for first in "2", "2" + hello, "2probe" + hello, "5", "3probe", "4" + hello, "6", b"2probe":
        story(BAD, *says(one, first), poll, *good)
    for then in "2probe", "4" + hello, "3probe", "5" + hello, b"5", b"\x05":
        story(BAD, *says(one, "2probe", then), poll, *good)
    for before in says(one), says(one, "2probe"):
        for end in "lost", "late":
            story(GONE, *before, (end, one), poll, *good)
    story(GONE, *says(one, "2probe", "5"), ("late", one))
    story(SECOND, *says(one), ("opened", two), ("lost", two), ("packet", one, "2probe"), poll,
          ("opened", three), ("packet", one, "5"), ("late", three))  # fmt: skip
    story(SECOND, *says(one, "2probe"), *good, ("packet", one, "5"))
    story(SECOND, *says(one, "2probe"), ("opened", two), ("late", two), poll, ("packet", one, "5"))
    story(SECOND, *says(one, "2probe", "5"), *good)
    return trial.verdict()


def _story(events: list[Event], play: Play) -> None:
    """Tell a session's machine what happens, until it ends the session or raises."""
    made, gone = play.make("ServerUpgrade"), list[Any]()
    for event in events:
        play.tell(repr(event))
        got = play.call("handle", event, on=made)
        counts = _counts(got, event, gone)
        play.see(got, counts=counts)
        if isinstance(got, Raised) or counts == "end":
            return


def _two(events: list[Event], play: Play) -> None:
    """The same happens to two sessions, in a process of their own."""
    play.subject.close()
    sessions = [play.make("ServerUpgrade"), play.make("ServerUpgrade")]
    for event in events:
        for number, made in enumerate(sessions, 1):
            play.tell(f"session {number}: {event!r}")
            got = play.call("handle", event, on=made)
            play.see(got, counts=_counts(got, event, []))


def _counts(got: Any, event: Event, gone: list[Any]) -> Any:
    """What is done with WebSockets, in order, and whether the GET is released.

    `gone` are those that have ended or were closed, before and after this.
    """
    if type(got) is not list or not all(type(one) is tuple and one for one in got):
        return None
    if ("end",) in got:
        return "end"
    acts = [one for one in got if one != NOOP]
    if event[0] == "lost":
        gone.append(event[1])
    acts = [one for one in acts if not (one[0] == "close" and one[-1] in gone)]
    gone += [one[-1] for one in acts if one[0] == "close"]
    switches = any(one[0] == "switch" for one in acts)
    return acts, NOOP in got and not (switches and event[-1] == "5")


EXERCISES = (Exercise(
    number="8.1", title="The server's table", section="dance", minutes=16, core=True,
    names=("ServerUpgrade",), cases=CASES, judge=judge_8_1,
    hints=(
        "Keep two things: the number of the WebSocket that tries (None: nobody does), and how far "
        "it is: opened, probed, or upgraded. Then ask for each event in which states it may come.",
        "opened: if another one tries or is the transport, close the new one. poll: a noop only "
        "in the state probed. Any other event: [] if it is about another number than yours.",
        "opened and '2probe': probed, [('send', ws, '3probe'), ('noop',)]. probed and '5': "
        "upgraded, [('switch', ws)]. upgraded and anything: []. All the rest: forget the number, "
        "and [('close', ws)].",
    ),
    wrong_ideas={
        "switch_on_probe": WrongIdea("the probe is the switch",
            "The client still polls: it has not even heard 3probe, and a POST of it may be on its "
            "way. If the server changes now, it refuses this POST, and the messages in it are "
            "lost. The client says when it is ready: with 5.",
            "switch at 2; switch at 2, no noop; switch at 2, silent; switch at 2, silent, no noop"),
        "answers_bare_3": WrongIdea("the pong of a probe is 3",
            "A 3 alone is the answer to a heartbeat. The client waits for exactly 3probe; with "
            "anything else it closes the WebSocket. A pong carries what its ping carried.",
            "bare 3; bare 3, any 2; bare 3, no noop"),
        "no_noop": WrongIdea("the GET that waits is left waiting",
            "The client may not say 5 before its GET has ended, and the server answers that GET "
            "only when there is a message: in a quiet chat, the next heartbeat, 25 s later. Until "
            "then nothing is sent at all. Release it with a noop, at once.",
            "no noop; no noop, no noop later"),
        "bad_probe_ends_session": WrongIdea("an attempt that fails ends the session",
            "Polling works, and nothing was lost. A proxy that breaks the WebSocket would throw "
            "out every user whom it lets poll. Close this WebSocket; the session goes on.",
            "ends packet; ends lost; ends late; ends lost, ends late; ends packet, ends lost; "
            "ends packet, ends late; ends packet, ends lost, ends late"),
        "second_socket_wins": WrongIdea("the newest WebSocket takes the place of the other",
            "Whoever knows the sid could take over a session that is being upgraded. And the "
            "client, which uses the first one, would lose its transport. One attempt at a time: "
            "close the second.",
            "wins; wins, old open; wins, wins upgraded; wins, wins upgraded, old open; wins "
            "upgraded; wins upgraded, old open"),
        "releases_only_once": WrongIdea("one noop is enough",
            "A message may release the GET before 3probe has arrived, and then the client, which "
            "still polls, asks once more. That GET waits, and the client waits for it. Release "
            "each one that comes before the 5.", "no noop later"),
        "no_poll_waits": WrongIdea("every poll is released at once",
            "Then the client asks again at once, and so on: this is short polling without any "
            "pause. A GET waits for a message, unless an upgrade is between 2probe and 5.",
            "noop always; stays probed"),
        "any_ping_is_a_probe": WrongIdea("whatever begins with 2 is a probe",
            "2 alone is a heartbeat's ping, which only the server sends. The probe is exactly "
            "2probe; anything else closes this WebSocket.",
            "any 2; any 2, fixed; prefix; prefix, fixed"),
        "five_without_probe": WrongIdea("5 is enough",
            "Without the probe nobody knows whether frames pass in both directions, and nobody "
            "has paused polling. 5 counts only after 2probe and 3probe.",
            "5 first; 5 first, asks twice"),
        "bad_packet_ignored": WrongIdea("a packet that is not expected is ignored",
            "Whoever sends it does not follow the dance, and may think that it is the transport "
            "by now. Its messages would be dropped in silence. Close it: then both know.",
            "ignores bad"),
        "waits_for_ever": WrongIdea("there is no time limit",
            "A proxy that lets the handshake pass and then no frame never tells. Without a limit "
            "this WebSocket stays open, and no other one can try. When it is late, close it.",
            "no deadline"),
    },
    slips={
        "Close only the second one: the first has done nothing wrong.":
            "second spoils; second spoils, for ever",
        "Nothing is left of an attempt that has failed: another WebSocket may try.": "one try",
        "An event is about the WebSocket whose number it has. What you have closed does not count.":
            "any socket; any late; any lost; any late, any lost",
        "The time limit is for the attempt, and that has succeeded: `late` means nothing now.":
            "late closes",
        "A WebSocket that has ended tries no more: the attempt is over, and another may begin.":
            "lost stays",
        "The attempt has failed, and its WebSocket is still open: close it.": "left open",
        "A second WebSocket that nobody closes stays open for ever: close it at once.":
            "second open",
        "The second 2probe of a WebSocket is not expected: it closes it.": "asks twice",
        "b'2probe' is a message of bytes, and no probe: the probe is text.": "bytes are text",
        "5 is not answered: the client counts on the switch without hearing of it.": "answers 5",
    },
),)  # fmt: skip
