"""Judge of exercise 2.2: the loop of a client whose answers are cut.

    ask(3) ──▶ 5, b'["one", "two"]'          whole: the next request is ask(5), at once
    ask(5) ──▶ 6, b'["\\xec\\x95'             cut: ask(5) again
    ask(5) ──▶ ConnectionError               nobody there: ask(5) again, but not a thousand times

Exercises.  Builds on: `grading.scene`.
What is new here: the server is lent to the answer.  The cursor of a request tells what the client
did with the last answer; the first wrong one ends the story.
Left out: two clients.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from typing import Any

from ...marks import gave
from ...sandbox.values import is_number
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Over, Raised, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (WHOLE := "answers that arrive whole"): (
        "Ask from cursor 0 on, each time with the cursor of the last answer and at once, until "
        "EOFError comes. Then return the list of all messages, in the order in which they came."
    ),
    (CUT := "answers cut at every byte"): (
        "An answer that was cut has failed, wherever the cut is: the same request comes again, "
        "with the same cursor, and nothing of that answer is kept."
    ),
    (AWAY := "no server for minutes"): (
        "While nobody is there, ask again and again: at most 30 times a minute, once in 10 seconds "
        "at least, and for as long as it takes."
    ),
}
AWAY_FOR, MOST, BACK = 240, 30, 10  # seconds; requests in a minute; seconds between two of them
FAILURES = ("ConnectionError", "ValueError")
DUE, EARLY = "as it is due", "ends early"


class Server:
    """It is lent to `follow`.  Each request that is due brings the next of `batches`."""

    def __init__(
        self, scene: Scene, batches: list[list[str]], cuts: Any = (), leaves: bool = False
    ) -> None:
        self.scene, self.batches, self.cuts, self.leaves = scene, batches, [*cuts], leaves
        self.said: list[str] = []
        self.over = self._failed = False
        self.refused = [0.0]  # when a request came and nobody was there
        self._due, self._before, self._lost, self._at = 0, -1, -1, scene.now
        self.task = scene.start("follow", scene.lend(self, "ask", waits=True))
        scene.run()

    def ask(self, cursor: Any) -> tuple[int, bytes]:
        scene, away = self.scene, self.leaves and not self.batches
        self._look_at(cursor, away)
        if away:
            self.refused.append(scene.now)
            scene.tell(f"{scene.now:6.2f} s  ask({cursor}) ─▶ ConnectionError")
            if sum(moment > scene.now - 59 for moment in self.refused[1:]) > MOST:
                self._stop("too often", f"more than {MOST} requests came within a minute")
            raise ConnectionError("nobody answers")
        if not self.batches:
            self.over = True
            scene.tell(f"ask({cursor}) ─▶ EOFError")
            raise EOFError("the chat is over")
        body = json.dumps(self.batches[0], ensure_ascii=False).encode()
        new, size = self._due + len(self.batches[0]), len(body)
        cut = size if self._failed or not self.cuts else self.cuts.pop(0)
        self._failed, self._lost = cut != size, new if cut != size and cut is not None else -1
        if cut is None:
            scene.tell(f"ask({cursor}) ─▶ ConnectionError")
            raise ConnectionError("the connection ended before the head did")
        came = f"cut after {cut} of {size} bytes" if self._failed else body.decode()
        scene.tell(f"ask({cursor}) ─▶ {new}, {came}")
        if not self._failed:
            self.said += self.batches.pop(0)
            self._before, self._due, self._at = self._due, new, scene.now
        return new, body[:cut]

    @property
    def goes_on(self) -> bool:
        return self.task.happened is None and not isinstance(self.task.value, Raised)

    def see_end(self) -> None:
        """What became of `follow`."""
        value, counts = self.task.value, "waits" if self.goes_on else EARLY
        if isinstance(value, Raised):
            cut = not self.over and any(one in (value.type, *value.bases) for one in FAILURES)
            counts = EARLY if cut else f"raised {value.type}"
            self.scene.see(value, counts=counts, text=f"follow {gave(value)}")
        elif self.over and not self.goes_on:
            many = f"a list of {len(value)}: " if isinstance(value, list) else ""
            self.scene.see(value, text=f"follow returns {many}{shown(value)}")
        else:
            said = "asks no more, and does not end" if self.goes_on else f"returns {shown(value)}"
            self.scene.see(None, counts=counts, text=f"follow {said}")

    def _look_at(self, cursor: Any, away: bool) -> None:
        """Is it the cursor that follows from the last answer?"""
        how, said = self._kind(cursor), f"the next request is ask({shown(cursor)})"
        if self.scene.case == WHOLE:
            said += ", but not at once" if how == "late" else ", at once"
        if how != DUE:
            self._stop(how, "after EOFError follow asks once more" if self.over else said)
        if not away:
            self.scene.see(None, counts=how, text=said)

    def _kind(self, cursor: Any) -> str:
        if self.over or not is_number(cursor):
            return "after the end" if self.over else "no number"
        if cursor == self._due:
            return "late" if self.scene.case == WHOLE and self.scene.now > self._at else DUE
        if self._due < cursor < self._lost:
            return "inside the lost answer"
        places = {0: "the beginning", self._lost: "after the lost answer"}
        if not self._failed:
            places[self._before] = "the same again"
        return places.get(cursor, "another")

    def _stop(self, counts: str, said: str) -> None:
        self.scene.see(None, counts=counts, text=said)
        raise Over


async def right(server: Any, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    seen: list[Any] = []
    cursor, wait, failures, half = 0, 0.5, 0, b""
    while True:
        try:
            new, body = await server.ask(cursor)
            if "moves first" in wrong:
                cursor = new
            body, half = half + body, half + body if "keeps the half" in wrong else b""
            news = json.loads(body)
        except (EOFError, ConnectionError, ValueError) as error:
            if isinstance(error, EOFError) and "eof fails" not in wrong:
                if "raises at the end" in wrong:
                    raise
                return seen
            if "starts over" in wrong:
                seen, cursor = seen if "list kept" in wrong else [], 0
            if isinstance(error, ValueError) and "salvages" in wrong:
                found = re.findall(r'"(?:[^"\\]|\\.)*"', body.decode(errors="ignore"))
                seen += map(json.loads, found)
                cursor += 0 if "cursor kept" in wrong else len(found)
            failures += 1
            ends = {"gives up", type(error).__name__} | ({"later"} if failures > 4 else set())
            bracket = isinstance(error, ValueError) and body.endswith(b"]")
            if wrong & ends or ("bracket" in wrong and bracket):
                raise
            if "storm" not in wrong:
                await asyncio.sleep(30 if "slow" in wrong else wait)
            wait = wait * 2 if "no limit" in wrong else min(wait * 2, 8)
            continue
        if "empty ends" in wrong and not news:
            return seen
        if "pauses" in wrong or ("pauses if empty" in wrong and not news):
            await asyncio.sleep(1)
        if "once each" in wrong:
            news = [one for one in news if one not in seen]
        seen = news if "last only" in wrong else seen + ([news] if "appends" in wrong else news)
        if "stays" not in wrong:
            cursor = cursor + 1 if "plus 1" in wrong else cursor + new if "adds" in wrong else new
        failures, half = 0, b""
        wait = wait if "never reset" in wrong else 0.5


def judge_2_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, right)
    for case, story in ((WHOLE, _whole), (CUT, _cut), (AWAY, _away)):
        trial.play(case, story)
    return trial.verdict()


def _whole(scene: Scene) -> None:
    """Some texts are said twice; some answers have no messages."""
    a, b, c, *more = (text.phrase(scene.chance, at_most=4) for _ in range(6))
    server = Server(scene, [[a, b], [], [c, a], more, [], [b]])
    while server.goes_on and scene.now < 60:
        scene.run(0.5)
    server.see_end()


def _cut(scene: Scene) -> None:
    """The first answer is cut at byte 0, the next one at byte 1, …; at last no head comes."""
    said = text.phrase(scene.chance, at_most=3)
    batches = [[f'{said} ["{number}"]' for number in (at, at + 1)] for at in range(100, 400, 2)]
    size = len(json.dumps(batches[0], ensure_ascii=False).encode())
    server = Server(scene, batches[: size + 3], [*range(size), None, None])
    scene.run(36_000.0)
    server.see_end()


def _away(scene: Scene) -> None:
    """Two answers, four minutes without a server, and the rest."""
    server = Server(scene, [[text.phrase(scene.chance)], []], leaves=True)
    while server.goes_on and scene.now < AWAY_FOR:
        scene.run(1.0)
        moments = itertools.pairwise([*server.refused, scene.now])
        *gaps, last = (after - before for before, after in moments if after > before)
        if max([*gaps[-1:], last]) > BACK:
            grow = gaps == sorted(gaps) and len({*gaps}) > 1
            told = f"follow waits for more than {BACK} s{', and longer each time' if grow else ''}"
            scene.see(None, counts=("too seldom", grow), text=told)
            return
    if server.goes_on:
        told = f"follow asks {MOST} times a minute at most, and once in {BACK} s at least"
        scene.see(None, counts="well", text=told)
        server.leaves, server.batches = False, [[text.phrase(scene.chance) for _ in range(2)]]
        scene.run(BACK + 1.0)
    server.see_end()


EXERCISES = (
    Exercise(
        number="2.2",
        title="The client's loop",
        section="broken",
        minutes=12,
        core=True,
        names=("follow",),
        cases=CASES,
        hints=(
            "Which line of your loop knows that the whole answer has been read? The cursor moves "
            "there, and nowhere else.",
            "Two things can fail: ask raises ConnectionError, and json.loads raises ValueError for "
            "half a body. After either, wait a little and ask again with the same cursor; wait "
            "longer each time, but not longer than 8 seconds.",
            "In the loop: try: new, body = await server.ask(cursor); news = json.loads(body). "
            "except (ConnectionError, ValueError): await asyncio.sleep(wait); "
            "wait = min(2 * wait, 8); continue. Then cursor = new, wait = 0.5, and keep the news. "
            "EOFError ends the loop.",
        ),
        wrong_ideas={
            "advance_before_parsed": WrongIdea(
                "the cursor moves before the messages have been read",
                "The new cursor comes in the head, and the body may be cut after that. Whoever "
                "moves the cursor first never asks for these messages again, and nobody notices. "
                "Read the body, then move the cursor.",
                "moves first",
            ),
            "never_advance": WrongIdea(
                "the cursor stays where it was",
                "The server knows nothing about you; it gives what comes after the cursor that you "
                "send. Without a new cursor the same messages come again and again. Take the one "
                "that came with the answer.",
                "stays",
            ),
            "give_up": WrongIdea(
                "a cut ends the client",
                "Links break all the time. An answer cut anywhere, even in the middle of a "
                "character, and a server that is away are reasons to ask again, not to stop: catch "
                "ConnectionError and every ValueError, as often as they come.",
                "gives up; ConnectionError; JSONDecodeError; UnicodeDecodeError; JSONDecodeError,"
                " UnicodeDecodeError; later",
            ),
            "retry_storm": WrongIdea(
                "failed requests follow one another too fast",
                "A server that comes back is met by the requests of all its clients, and may break "
                "down again. Wait before you ask again, and longer each time.",
                "storm",
            ),
            "starts_over": WrongIdea(
                "after a failure everything is read once more",
                "Only one answer was lost, and the cursor still says what you have. Send the same "
                "request again: nothing is lost and nothing comes twice.",
                "starts over; starts over, list kept",
            ),
            "eof_is_retried": WrongIdea(
                "the end of the chat is taken for a failure",
                "except Exception catches EOFError as well, and then the loop has no end. Name the "
                "errors after which you ask again, and let EOFError end the loop.",
                "eof fails; eof fails, storm",
            ),
            "waits_without_limit": WrongIdea(
                "the wait grows without an upper limit",
                "Doubled again and again, a wait is soon an hour, and the client sleeps long after "
                "the server is back. Double it up to a limit of at most 10 seconds.",
                "no limit; no limit, never reset",
            ),
            "pauses_after_success": WrongIdea(
                "the client pauses after a good answer",
                "That is short polling. In the pause no request waits at the server, and the next "
                "message is late. Pause after a failure only; an empty answer is a good one.",
                "pauses; pauses if empty",
            ),
            "half_an_answer_is_kept": WrongIdea(
                "the messages of half an answer are kept",
                "An answer that was cut has failed as a whole. The same request brings all of its "
                "messages once more: whoever keeps the first ones has them twice, or has to make "
                "up a cursor.",
                "salvages; salvages, cursor kept",
            ),
            "same_text_is_dropped": WrongIdea(
                "a text that is there already is taken for a repetition",
                "Two people may say the same, and both messages belong in the list. What keeps a "
                "message from coming twice is the cursor, not its text.",
                "once each",
            ),
            **BLOCKS_THE_LOOP,
        },
        slips={
            "EOFError says that the chat is over: catch it, and "
            "return the list.": "raises at the end",
            "An answer brings a list of messages: add its items to your list, not the list "
            "itself.": "appends",
            "Your list has the messages of the last answer only. Add the new ones to those "
            "before.": "last only",
            "The answer brings the cursor of the next request. It is the number of all messages "
            "so far: take it as it is.": "plus 1; adds",
            "An empty list is a whole answer: the server held the request, and nothing came. Ask "
            "again.": "empty ends",
            "A body that ends with ] may be half a body: a message may contain one, too. Whether "
            "it is whole json.loads can tell: catch its ValueError.": "bracket",
            "After a cut the same answer comes once more from its beginning. Throw the "
            "half away.": "keeps the half",
            "The server may be back at any moment. Wait for 10 seconds at most.": "slow",
        },
        judge=judge_2_2,
        guards=(NO_SLEEP,),
    ),
)
