"""Judge of exercise 7.4: the heartbeat of one session, on the judge's clock.

    Heartbeat(25, 20, 0.0)
     25.0 ("time",) ─▶ [("send", "2")]    31.0 ("packet", "3") ─▶ []    56.0 ("time",) ─▶ …

Exercises.  Builds on: `grading.trial`.
What is new here: the clock is looked at before and after each moment at which the right machine, or
one with another idea of the two waits, would do something.
Left out: a pong that nobody has asked for.  A packet while a pong is due may give more time, once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea

CASES = {
    (FIRST := "the first ping"):
        '[("send", "2")], once, at the first ("time",) at or after the opening + interval. Before '
        "that there is nothing to do: [].",
    (NEXT := "the next ping"):
        "A pong ends the wait. The next interval begins when the pong comes, and not with the "
        "ping, so a slow pong makes the next ping later.",
    (SILENCE := "no pong"):
        '[("end", "ping timeout")], once, at the first ("time",) at or after the ping + timeout. '
        "The timeout begins when the ping is sent, however late that was.",
    (OTHERS := "other packets"):
        'A message is no pong, and no ping is put off for it. A "2" from a client breaks the '
        'protocol: [("end", "transport error")].',
    (OVER := "after the end"): "The session is over: whatever comes, the result is [].",
}  # fmt: skip
PING, MESSAGE, PONG, CLOSED = ("packet", "2"), ("packet", "4"), ("packet", "3"), ("closed",)
TIME = ("time",)
Actions = list[tuple[str, str]]


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, interval: float, timeout: float, now: float, wrong: Wrong) -> None:
        self.interval, self.timeout, self.wrong = interval, timeout, wrong
        self.opened = self.heard = now
        self.due = now if "at once" in wrong else now + interval  # when the next ping is
        self.due = interval if "from zero" in wrong else self.due
        self.due = float("inf") if "no ping" in wrong else self.due
        self.limit: float | None = None  # when its pong is too late
        self.more = False  # it had more time since the ping
        self.over = False

    def handle(self, event: tuple[str, ...], now: float) -> Actions:
        wrong = self.wrong
        if self.over:
            return []
        if event == CLOSED:
            self.over = "closed goes on" not in wrong
            return []
        if event == TIME:
            return self._time(now)
        if event == PING:
            self.heard = now
            if "client pings" in wrong or "answers" in wrong:
                return [("send", "3")]
            return [] if "deaf" in wrong else self._end("transport error")
        if event == PONG or "all are pongs" in wrong:
            self._pong(now)
        elif "all begin interval" in wrong and self.limit is None:
            self.due = now + self.interval
        elif "more time" in wrong and self.limit and (not self.more or "each time" in wrong):
            self.limit, self.more = now + self.timeout, True
        return []

    def _pong(self, now: float) -> None:
        wrong, interval = self.wrong, self.interval
        if self.limit is None:
            return
        ticks = int((now - self.opened) // interval) + 1
        starts = {"once": float("inf"), "pong too": now + interval + self.timeout,
                  "at pong": now, "from ping": self.limit - self.timeout + interval,
                  "fixed": self.opened + ticks * interval}  # fmt: skip
        self.due = next((at for name, at in starts.items() if name in wrong), now + interval)
        self.heard = now
        if "not cancelled" not in wrong:
            self.limit = None

    def _time(self, now: float) -> Actions:
        wrong = self.wrong
        if "client pings" in wrong:
            over = now >= self.heard + self.interval + self.timeout
            return self._end("ping timeout") if over else []
        limit = self.heard + self.timeout if "from pong" in wrong else self.limit
        if "from the opening" in wrong:
            limit = self.heard + self.interval + self.timeout
        late = limit is not None and (now > limit if "past the limit" in wrong else now >= limit)
        if late and "no limit" not in wrong:
            return self._end("ping timeout")
        due = now > self.due if "past the due" in wrong else now >= self.due
        if due and (self.limit is None or "again" in wrong or "not cancelled" in wrong):
            sent = self.due if "due" in wrong else now
            self.limit = sent + (self.interval if "interval twice" in wrong else 0) + self.timeout
            self.more = False
            self.due = now + self.interval if wrong & {"again", "not cancelled"} else float("inf")
            return [("send", "2")]
        return []

    def _end(self, reason: str) -> Actions:
        self.over = "goes on" not in self.wrong
        return [] if "silent" in self.wrong else [("end", reason)]


def judge_7_4(answer: Answer, chance: random.Random) -> Verdict:
    """With a timeout that is shorter than the interval, and with a longer one."""
    trial = Trial(answer, chance, Right, reads=_reading, also_right=["more time"])
    for interval, timeout in ((25.0, 20.0), (10.0, 30.0)):
        beats = partial(_beats, interval, timeout)

        def tell(case: str, *steps: Any, beats: Any = beats, **began: float) -> None:
            trial.play(case, partial(beats, steps, **began))

        due, slow = interval + 0.5, 0.7 * timeout
        tell(FIRST, 0.2, TIME, 0.7 * interval, TIME, 0.2 * interval, TIME, TIME, 0.1, TIME)
        tell(FIRST, 3 * (interval + timeout), TIME, 0.1, TIME)
        tell(FIRST, 0.2, TIME, 0.7 * interval, TIME, 0.4 * interval, TIME, began=0.0)
        tell(NEXT, due, TIME, slow, PONG, 0.9 * interval, TIME, 0.2 * interval, TIME, 1.0, PONG,
             0.9 * interval, TIME, 0.2 * interval, TIME, 0.2, PONG, due, TIME)  # fmt: skip
        tell(NEXT, due, TIME, 0.1, PONG, 0.95 * interval, TIME, 0.1 * interval, TIME)
        tell(SILENCE, due, TIME, 0.9 * timeout, TIME, 0.2 * timeout, TIME)
        tell(SILENCE, due, TIME, slow, PONG, due, TIME, 0.9 * timeout, TIME, 0.2 * timeout, TIME)
        tell(SILENCE, 1.4 * interval, TIME, 0.9 * timeout, TIME, 0.2 * timeout, TIME)
        tell(OTHERS, due, TIME, 0.1 * timeout, MESSAGE, 0.1 * timeout, MESSAGE,
             0.85 * timeout, TIME, 0.1 * timeout, TIME)  # fmt: skip
        tell(OTHERS, 0.8 * interval, MESSAGE, 0.3 * interval, TIME, 0.05 * timeout, MESSAGE,
             1.2 * timeout, TIME)  # fmt: skip
        tell(OTHERS, 0.5 * interval, PING)
        tell(OTHERS, due, TIME, 0.1, PONG, 1.0, PING)
        tell(OVER, due, TIME, 1.1 * timeout, TIME, 1.1 * timeout, TIME, PONG, due, TIME)
        for at in (0.5 * interval, due):
            tell(OVER, at, TIME, CLOSED, 1.2 * timeout, TIME, interval, TIME, timeout, TIME)
        tell(OVER, 0.5 * interval, PING, due, TIME, 1.1 * timeout, TIME)
    for case, *steps in ((FIRST, 25.0, TIME), (SILENCE, 25.0, TIME, 20.0, TIME)):  # to the moment
        trial.play(case, partial(_beats, 25.0, 20.0, steps))
    return trial.verdict()


def _beats(
    interval: float, timeout: float, steps: Sequence[Any], play: Play, began: float | None = None
) -> None:
    """Events, and the seconds that pass between them.  Quarters of a second add up exactly."""
    now = play.chance.randint(40, 4000) / 4 if began is None else began
    made = play.make("Heartbeat", interval, timeout, now)
    play.tell(f"Heartbeat({interval}, {timeout}, {now})")
    for step in steps:
        if isinstance(step, float):
            now = round(now + step, 2)
            continue
        play.tell(f"{now:8.2f}  {step!r}")
        got = play.call("handle", step, now, on=made)
        play.see(got)


def _reading(value: Any) -> list[Any]:
    """Actions in any order, each as a tuple or a list."""
    return sorted([one if type(one) is str else tuple(one) for one in [*value]], key=repr)


EXERCISES = (Exercise(
    number="7.4", title="The heartbeat", section="heartbeat", minutes=15, core=True,
    names=("Heartbeat",), cases=CASES, judge=judge_7_4,
    hints=(
        "A session is in one of three states: nothing is due yet, a pong is due, it is over. In "
        "each of the first two there is one moment to wait for. What begins it?",
        "Keep one moment (until) and a flag (asked). Not asked: when until comes, send the ping. "
        "Asked: when until comes, the session ends. Which event changes from asked to not asked?",
        "__init__: until = now + interval, asked = False. time: if now < until: []. if asked: "
        'end. Else asked = True, until = now + timeout, send "2". packet "3", if asked: asked = '
        'False, until = now + interval. packet "2": end. closed: over. In over, always [].',
    ),
    wrong_ideas={
        "client_pings": WrongIdea("the client pings, and the server answers",
            "That was version 3. Browsers slow down the timers of a page in the background, so "
            'pings came late. In version 4 the server sends "2", and a "2" from a client is an '
            "error.", "client pings; answers"),
        "timeout_without_interval": WrongIdea("the timeout begins with the last pong",
            "Then a healthy client that has nothing to say is ended before anybody asks it, or it "
            "has less time for its answer. The timeout begins when the ping is sent.", "from pong"),
        "not_cancelled_on_pong": WrongIdea("the timeout goes on after the pong",
            "The pong is what it has waited for. When it comes, there is no deadline until the "
            "next ping; else every session ends after the first one.", "not cancelled"),
        "fixed_clock_not_from_pong": WrongIdea("pings come at a fixed rate",
            "The next interval begins when the pong comes. At a fixed rate a client whose pong is "
            "slow is asked again soon after it, and a very slow one before it.",
            "from ping; fixed"),
        "asks_once": WrongIdea("one pong is enough",
            "A client may vanish at any time, also after it has answered. After each pong another "
            "interval begins, and at its end there is another ping.", "once"),
        "asks_again_while_it_waits": WrongIdea("the ping is sent again until the pong comes",
            "One ping, one deadline. A second ping begins the timeout anew, and a client that is "
            "gone is never noticed.", "again, no limit; again"),
        "any_packet_is_a_pong": WrongIdea("a message is as good as a pong",
            "Only a 3 answers the ping. In version 4 a client that talks is asked like any other, "
            "and it may be sending what it had written before it fell asleep.",
            "all are pongs; all begin interval; all are pongs, all begin interval"),
        "never_ends": WrongIdea("a client that does not answer stays",
            "Without a deadline its session is kept for ever, with all that is queued for it. "
            "When the timeout is over, the session ends.", "no limit; silent"),
        "ends_twice": WrongIdea("the end is told again and again",
            "A session ends once. An application that is told twice cleans up twice. When it is "
            "over, every event gives [].", "goes on; closed goes on; goes on, closed goes on"),
        "first_ping_at_once": WrongIdea("a session begins with a ping",
            "The client has just spoken: it is there. The first ping comes after an interval.",
            "at once"),
    },
    slips={
        "The timeout counts from the moment at which the ping was sent. When ('time',) comes "
        "late, the ping is late, and so is its deadline.": "due",
        "Between the ping and the end there is the timeout alone, and not the interval as well.":
            "interval twice",
        "The next ping is due an interval after the pong, and neither at once nor later.":
            "at pong; pong too",
        'No ping is ever sent. Each event is a tuple, as ("time",), and all times are in seconds.':
            "no ping; no ping, deaf",
        "The clock does not begin at 0. now is the moment of the opening, so the first ping is due "
        "at now + interval.": "from zero",
        "At the moment itself it is time: compare with >=, and not with >.":
            "past the due; past the limit; past the due, past the limit",
        "The first packet after a ping may begin the timeout anew, and no other one. If each of "
        "them does, a client that talks and never answers stays for ever.": "more time, each time",
        "A ping from the client ends the session, with ('end', 'transport error').": "deaf",
        "The sum of both is what the client waits for. The server knows when it sent the ping, "
        "and waits for timeout from then on.": "from the opening",
    },
),)  # fmt: skip
