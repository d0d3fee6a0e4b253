"""Exercise 2.2: the loop of a client whose responses are cut.  `loop_story` judges it.

    ask(3) ──▶ 5, b'["one", "two"]'     ask(5) ──▶ 6, b'["\\xec\\x95'     ask(5) ──▶ ConnectionError

Exercises.  Builds on: `grading`, `clock`, `loop_story`.
What is new here: the texts for the learner; this module judges nothing.
Left out: two clients.
"""

from __future__ import annotations

from ...exercise import Exercise
from ...verdict import WrongIdea
from . import clock as clocks
from .loop_story import CASES, judge_2_2

IDEAS = {
    "advance_before_parsed": WrongIdea(
        "the cursor moves before the messages have been read",
        "The new cursor comes in the head, and the body may be cut after that. Who moves the "
        "cursor first never asks for these messages again, and nobody notices. Read the body, "
        "then move the cursor.",
    ),
    "never_advance": WrongIdea(
        "the cursor stays where it was",
        "The server knows nothing about you; it gives what comes after the cursor that you send. "
        "Without a new cursor the same messages come again and again. Take the one that came with "
        "the answer.",
    ),
    "give_up": WrongIdea(
        "a cut ends the client",
        "Links break all the time. An answer cut anywhere, even in the middle of a character, and "
        "a server that is away are reasons to ask again, not to stop: catch ConnectionError and "
        "every ValueError.",
    ),
    "retry_storm": WrongIdea(
        "failed questions follow one another too fast",
        "A server that is away comes back under the questions of all its clients. Wait before you "
        "ask again, and longer each time.",
    ),
    "starts_over": WrongIdea(
        "after a failure everything is read once more",
        "Only one answer was lost, and the cursor still says what you have. Ask the same question "
        "again: nothing is lost and nothing comes twice.",
    ),
    "eof_is_retried": WrongIdea(
        "the end of the chat is taken for a failure",
        "except Exception catches EOFError as well, and then the loop has no end. Name the errors "
        "after which you ask again, and let EOFError end the loop.",
    ),
    "waits_without_limit": WrongIdea(
        "the wait grows without an upper limit",
        "Doubled again and again, a wait is soon an hour, and the client sleeps long after the "
        "server is back. Double it up to a limit.",
    ),
    "pauses_after_success": WrongIdea(
        "the client pauses after a good answer",
        "That is short polling. In the pause no question waits at the server, and the next message "
        "is late. Pause after a failure only.",
    ),
    clocks.NAME: clocks.IDEA,
}

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
        wrong_ideas=IDEAS,
        judge=judge_2_2,
    ),
)
