"""Judge of exercise 2.2: the loop of a client whose answers are cut.

    ask(3) ──▶ 5, b'["one", "two"]'          whole: the next request is ask(5), at once
    ask(5) ──▶ 6, b'["\\xec\\x95'             cut: ask(5) again

Exercises.  Builds on: `grading.scene`.
What is new here: the server is lent to the answer.  The cursor of a request tells what the client
did with the last answer; the first wrong one ends the story.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from functools import partial
from typing import Any

from ...marks import gave
from ...sandbox.values import is_number
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Over, Raised, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (WHOLE := "answers that arrive whole"):
        "Ask from cursor 0 on, each time with the cursor that the last answer brought, and at "
        "once, also if it has no messages. At EOFError return one list of all messages, in order.",
    (CUT := "answers cut at every byte"):
        "An answer that was cut has failed, wherever the cut is (json.loads raises ValueError): "
        "send the same request again, with the same cursor, and keep nothing of that answer.",
    (AWAY := "no server for minutes"):
        "While nobody is there, ask again and again: at most 30 times a minute, once in 10 "
        "seconds at least, and for as long as it takes.",
}  # fmt: skip
AWAY_FOR, MOST, BACK = 240, 30, 10  # seconds; requests in a minute; seconds between two of them
NO_HEAD, WHOLE_BODY = -1, None  # where an answer is cut
DUE, EARLY = "as it is due", "ends early"


class Server:
    """It is lent to `follow`.  Each request that is due brings the next of `batches`."""

    def __init__(self, scene: Scene, batches: list[list[str]], cuts: list[int | None]) -> None:
        self.scene, self.batches, self.cuts, self.over = scene, [*batches], [*cuts], False
        self.due, self.at = 0, 0.0  # the next cursor, and since when
        self.refused = [0.0]  # when a request came and nobody was there

    def ask(self, cursor: Any) -> tuple[int, bytes]:
        gone = self.scene.case == AWAY and len(self.batches) == 1
        away = gone and self.scene.now < AWAY_FOR
        how, said = self._kind(cursor)
        if gone and how == DUE:
            how, said = self._pace(away)
        if how != DUE or not away:
            self.scene.see(None, counts=how, text=said)
        if how != DUE:
            raise Over
        self.over = not self.batches
        cut = self.cuts.pop(0) if self.cuts else WHOLE_BODY
        if self.over or away or cut == NO_HEAD:
            error = EOFError if self.over else ConnectionError
            self.scene.tell(f"{self.scene.now:6.2f} s  ask({cursor}) ─▶ {error.__name__}")
            raise error("the chat is over" if self.over else "no head came")
        body, new = json.dumps(self.batches[0], ensure_ascii=False), self.due + len(self.batches[0])
        came = body if cut is WHOLE_BODY else f"cut after {cut} bytes"
        self.scene.tell(f"ask({cursor}) ─▶ {new}, {came}")
        if cut is WHOLE_BODY:
            self.due, self.at = new, self.scene.now
            del self.batches[0]
        return new, body.encode()[:cut]

    def _kind(self, cursor: Any) -> tuple[str, str]:
        """Is it the request that follows from the last answer?"""
        said = f"the next request is ask({shown(cursor)})"
        if self.over:
            return "after the end", "after EOFError follow asks once more"
        if not is_number(cursor) or cursor != self.due:
            return shown(cursor), said
        if self.scene.case == WHOLE and self.scene.now > self.at:
            return "late", f"{said}, but not at once"
        return DUE, f"{said}, at once" if self.scene.case == WHOLE else said

    def _pace(self, away: bool) -> tuple[str, str]:
        """Does it come too soon after the last ones, or too late?"""
        now = self.scene.now
        pairs = itertools.pairwise([*self.refused, now])
        gaps = [after - before for before, after in pairs if after > before]
        self.refused += [now] * away
        if sum(moment > now - 59 for moment in self.refused[1:]) > MOST:
            return "too often", f"more than {MOST} requests came within a minute"
        if gaps and gaps[-1] > BACK:
            longer = ", and longer each time" if gaps == sorted(gaps) and gaps[0] < BACK else ""
            return f"too seldom{longer}", f"follow waits for more than {BACK} s{longer}"
        return DUE, f"follow asks {MOST} times a minute at most, and once in {BACK} s at least"


async def right(server: Any, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    seen: list[Any] = []
    cursor, wait, failures = 0, 0.5, 0
    while True:
        try:
            new, body = await server.ask(cursor)
            if "moves first" in wrong:
                cursor = new
            news = json.loads(body)
        except (EOFError, ConnectionError, ValueError) as error:
            failures += 1
            if isinstance(error, EOFError):
                if "eof fails" not in wrong:
                    return seen
            elif wrong & {"stops", type(error).__name__} or ("later" in wrong and failures > 4):
                raise
            if "starts over" in wrong:
                seen, cursor = [], 0
            if isinstance(error, ValueError) and "salvages" in wrong:
                whole = re.findall(r'"(?:[^"\\]|\\.)*"', body.decode(errors="ignore"))
                seen += map(json.loads, whole)
                cursor += 0 if "cursor kept" in wrong else len(whole)
            if "storm" not in wrong:
                await asyncio.sleep(wait)
            wait = wait * 2 if "no limit" in wrong else min(wait * 2, 8)
            continue
        if "pauses" in wrong or ("pauses if empty" in wrong and not news):
            await asyncio.sleep(1)
        seen += [one for one in news if "once each" not in wrong or one not in seen]
        cursor, failures = cursor if "stays" in wrong else new, 0
        wait = wait if "never reset" in wrong else 0.5


def judge_2_2(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, right)
    a, b, c, said, *more = (text.phrase(chance, at_most=3) for _ in range(7))
    many = [[f'{said} ["{number}"]' for number in (at, at + 1)] for at in range(100, 500, 2)]
    size = len(json.dumps(many[0], ensure_ascii=False).encode())
    cuts = [cut for at in (*range(size), NO_HEAD, NO_HEAD) for cut in (at, WHOLE_BODY)]
    trial.play(WHOLE, partial(_follow, 0.5, [[a, b], [], [c, a], more, [], [b]], []))
    trial.play(CUT, partial(_follow, 60.0, many[: size + 3], cuts))
    trial.play(AWAY, partial(_follow, 1.0, [[a], [], [b, c]], []))
    return trial.verdict()


def _follow(step: float, batches: list[list[str]], cuts: list[int | None], scene: Scene) -> None:
    """Let `follow` run, for so many seconds at a time, and see what becomes of it."""
    server = Server(scene, batches, cuts)
    task = scene.start("follow", scene.lend(server, "ask", waits=True))
    scene.run()
    while task.happened is None and task.value is None and scene.now < 600 * step:
        scene.run(step)
    value = task.value
    if isinstance(value, Raised):
        early = value.is_a("ConnectionError") or value.is_a("ValueError")
        scene.see(value, counts=EARLY if early else value.type, text=f"follow {gave(value)}")
    elif task.happened is None:
        scene.see(None, counts="waits", text="follow asks no more, and does not end")
    else:
        counts = None if server.over else EARLY
        scene.see(value, counts=counts, text=f"follow returns {shown(value)}")


EXERCISES = (Exercise(
    number="2.2", title="The client's loop", section="broken", minutes=15, core=True,
    names=("follow",), cases=CASES, judge=judge_2_2, guards=(NO_SLEEP,),
    hints=(
        "Which line of your loop knows that the whole answer was read? Move the cursor there.",
        "Two things can fail: ask raises ConnectionError, and json.loads raises ValueError for "
        "half a body. After either, wait a little and ask again with the same cursor; wait longer "
        "each time, but not longer than 8 seconds.",
        "In the loop: try: new, body = await server.ask(cursor); news = json.loads(body). except "
        "(ConnectionError, ValueError): await asyncio.sleep(wait); wait = min(2 * wait, 8); "
        "continue. Then cursor = new, wait = 0.5, and keep the news. EOFError ends the loop.",
    ),
    wrong_ideas={
        "advance_before_parsed": WrongIdea("the cursor moves before the messages have been read",
            "The new cursor comes in the head, and the body may be cut after that. Then nobody "
            "asks for these messages again. Read the body first, and move the cursor then.",
            "moves first"),
        "never_advance": WrongIdea("the cursor stays where it was",
            "The server gives what comes after the cursor that you send. Without a new one the "
            "same messages come again and again. Take the cursor that came with the answer.",
            "stays"),
        "give_up": WrongIdea("a cut ends the client",
            "Links break all the time, even in the middle of a character, and servers are away. "
            "Ask again: catch ConnectionError and every ValueError, however many come.",
            "stops; ConnectionError; JSONDecodeError; UnicodeDecodeError; JSONDecodeError, "
            "UnicodeDecodeError; later"),
        "retry_storm": WrongIdea("failed requests follow one another too fast",
            "A server that comes back meets the requests of all clients, and may break down "
            "again. Wait before you ask again, and longer each time.", "storm"),
        "starts_over": WrongIdea("after a failure everything is read once more",
            "Only one answer was lost, and the cursor still says what you have. Send the same "
            "request again: nothing is lost and nothing comes twice.", "starts over"),
        "eof_is_retried": WrongIdea("the end of the chat is taken for a failure",
            "except Exception catches EOFError as well, and the loop has no end. Name the errors "
            "after which you ask again, and let EOFError end the loop.",
            "eof fails; eof fails, storm"),
        "waits_without_limit": WrongIdea("the wait grows without an upper limit",
            "A wait that is doubled each time is soon an hour, and the client sleeps long after "
            "the server is back. Set a limit of at most 10 seconds.",
            "no limit; no limit, never reset"),
        "pauses_after_success": WrongIdea("the client pauses after a good answer",
            "That is short polling. In the pause no request waits at the server, and the next "
            "message is late. Pause after a failure only; an empty answer is a good one.",
            "pauses; pauses if empty"),
        "half_an_answer_is_kept": WrongIdea("the messages of half an answer are kept",
            "An answer that was cut has failed as a whole. Keep nothing: the same request brings "
            "all of its messages once more.", "salvages; salvages, cursor kept"),
        "same_text_is_dropped": WrongIdea("a text that is there already is taken for a repetition",
            "Two people may say the same, and both messages belong in the list. What keeps a "
            "message from coming twice is the cursor, not its text.", "once each"),
        **BLOCKS_THE_LOOP,
    },
),)  # fmt: skip
