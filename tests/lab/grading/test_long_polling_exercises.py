"""Answers to 2.1 to 2.5 that learners wrote, or might: each is met by its name, by none, or passes.

The files in tests/exercises hold one wrong answer for each idea.  These are its other faces.
"""

from __future__ import annotations

import pytest

from course_lib.lab.grading.verdict import Verdict

from . import answers

RIGHT = "right"
MAILBOX = """\
import asyncio

class Mailbox:
    def __init__(self):
        self.log, self.waiting, self.arrived = [], [], asyncio.Event()

    def put(self, message):
        self.log.append(message)
        {put}

    async def take(self, cursor, hold):
        {take}
"""
WAKE = "for f in self.waiting: f.done() or f.set_result(None)\n        self.waiting.clear()"
SLEEP = "f = asyncio.get_running_loop().create_future(); self.waiting.append(f)"
ANSWER = "return self.log[cursor:], len(self.log)"
WAIT = "await asyncio.wait([f], timeout=hold)"


def mailbox(put: str, *take: str) -> str:
    return MAILBOX.format(put=put, take="\n        ".join(take))


def waiting(*steps: str, answer: str = ANSWER) -> str:
    """A mailbox that does these steps when there is nothing new."""
    inside = ["if cursor == len(self.log) and hold > 0:", *(f"    {step}" for step in steps)]
    return mailbox(WAKE, *inside, answer)


MAILBOXES = {
    "two turns between": (
        "check_then_wait_race", waiting(*["await asyncio.sleep(0)"] * 2, SLEEP, WAIT),
    ),
    "put fails for a second message": (
        "", waiting(SLEEP, WAIT).replace(WAKE, "for f in self.waiting: f.set_result(None)"),
    ),
    "joins in a task": (
        "check_then_wait_race",
        waiting("f = asyncio.get_running_loop().create_future()",
                "async def join(): self.waiting.append(f)",
                "asyncio.create_task(join())", WAIT),
    ),
    "joins and then rests": (RIGHT, waiting(SLEEP, "await asyncio.sleep(0)", WAIT)),
    "turns of the loop": (
        "",
        mailbox("pass", "end = asyncio.get_running_loop().time() + hold",
                "while cursor == len(self.log) and asyncio.get_running_loop().time() < end:",
                "    await asyncio.sleep(0)", ANSWER),
    ),
    "short waits in a row": (
        "sleep_loop",
        waiting("for _ in range(int(hold)):", "    await asyncio.sleep(1)",
                "    if len(self.log) > cursor: break"),
    ),
    "cleared by the next reader": (
        "wakes_one_waiter",
        mailbox("self.waiting and self.waiting.pop().set_result(None)",
                "if cursor == len(self.log) and hold > 0:", f"    {SLEEP}", f"    {WAIT}", ANSWER),
    ),
    "the oldest reader first": (
        "wakes_one_waiter",
        mailbox("self.waiting and self.waiting.pop(0).set_result(None)",
                "if cursor == len(self.log) and hold > 0:", f"    {SLEEP}", f"    {WAIT}", ANSWER),
    ),
    "an event cleared before the wait": (
        RIGHT,
        mailbox("self.arrived.set()", "if cursor == len(self.log) and hold > 0:",
                "    self.arrived.clear()", "    t = asyncio.ensure_future(self.arrived.wait())",
                "    await asyncio.wait([t], timeout=hold)", ANSWER),
    ),
    "an hour instead of the hold": (
        "", waiting(SLEEP, "await asyncio.wait([f], timeout=3600)"),
    ),
    "milliseconds": ("", waiting(SLEEP, "await asyncio.wait([f], timeout=hold / 1000)")),
    "the newest message alone": (
        "", waiting(SLEEP, WAIT, answer="return self.log[cursor:][-1:], len(self.log)"),
    ),
    "a cursor one too small": (
        "", waiting(SLEEP, WAIT, answer="return self.log[cursor:], max(len(self.log) - 1, 0)"),
    ),
    "the message is in the future": (
        "gives_what_woke_it",
        mailbox(
            "[f.set_result(message) for f in self.waiting if not f.done()]; self.waiting.clear()",
            "if self.log[cursor:]: return self.log[cursor:], len(self.log)", SLEEP, WAIT,
            "return ([f.result()], cursor + 1) if f.done() else ([], cursor)",
        ),
    ),
    "None for nothing": (
        "", waiting(SLEEP, WAIT, answer="return self.log[cursor:] or None, len(self.log)"),
    ),
    "a plain def": ("", mailbox(WAKE, ANSWER).replace("async def", "def")),
}  # fmt: skip

FOLLOW = """\
import asyncio, json, time, random

async def follow(server):
    seen, cursor, wait = [], 0, 0.5
    while True:
        try:
            new, body = await server.ask(cursor)
            {read}
            cursor, wait = new, 0.5
        except EOFError:
            return seen
        except {errors}:
            {failed}
"""


def follow(
    failed: str = "await asyncio.sleep(5)",
    errors: str = "(ConnectionError, ValueError)",
    read: str = "seen += json.loads(body)",
) -> str:
    return FOLLOW.format(failed=failed, errors=errors, read=read)


LOOPS = {
    "every ten seconds": (RIGHT, follow("await asyncio.sleep(10)")),
    "with jitter": (RIGHT, follow("await asyncio.sleep(random.uniform(2, 9))")),
    "everything is a reason, after EOFError": (RIGHT, follow(errors="Exception")),
    "text first": (RIGHT, follow(read="seen += json.loads(body.decode())")),
    "eleven seconds": ("", follow("await asyncio.sleep(11)")),
    "doubling from a third": (
        "waits_without_limit", follow("await asyncio.sleep(wait := wait * 1.7)"),
    ),
    "a second more each time": (
        "waits_without_limit", follow("await asyncio.sleep(wait := wait + 1)"),
    ),
    "a limit of a minute": (
        "waits_without_limit", follow("await asyncio.sleep(wait := min(2 * wait, 60))"),
    ),
    "ten times a second": ("retry_storm", follow("await asyncio.sleep(0.1)")),
    "after one turn": ("retry_storm", follow("await asyncio.sleep(0)")),
    "every second": ("retry_storm", follow("await asyncio.sleep(1)")),
    "JSONDecodeError alone": (
        "give_up", follow(errors="(ConnectionError, json.JSONDecodeError)"),
    ),
    "ConnectionError alone": ("give_up", follow(errors="ConnectionError")),
    "returns what it has": ("give_up", follow("return seen")),
    "broken characters are replaced": (
        "", follow(read="seen += json.loads(body.decode(errors='ignore') if 0 else body) * 2"),
    ),
    "all errors, slowly": (
        "eof_is_retried",
        follow(errors="Exception").replace("except EOFError:", "except ZeroDivisionError:"),
    ),
    "nine attempts": (
        "give_up",
        follow("wait += 1\n            if wait > 9: raise\n            await asyncio.sleep(5)"),
    ),
    "a pause before each question": (
        "pauses_after_success", follow(read="seen += json.loads(body); await asyncio.sleep(0.1)"),
    ),
    "from the beginning, list kept": (
        "starts_over", follow("cursor = 0; await asyncio.sleep(5)"),
    ),
    "the length of the list": (
        RIGHT, follow().replace("server.ask(cursor)", "server.ask(len(seen))"),
    ),
    "a text that came before is left out": (
        "same_text_is_dropped",
        follow(read="seen += [one for one in json.loads(body) if one not in seen]"),
    ),
    "calls what is not lent": ("", follow().replace("server.ask(cursor)", "server.see('give_up')")),
    "each message one more": (
        "", follow(read="seen += json.loads(body); new = cursor + 1"),
    ),
    "sleeps for real": ("blocks_the_loop", follow("time.sleep(1)", errors="BaseException")),
    "sleeps for real, imported": (
        "blocks_the_loop", "from time import sleep\n" + follow("sleep(1)", errors="Exception"),
    ),
}  # fmt: skip

GATEWAY = """\
def choose_hold(patiences):
    return {hold}

def understand(status, body, cursor):
    {understand}
"""


def gateway(hold: str, *understand: str) -> str:
    return GATEWAY.format(hold=hold, understand="\n    ".join(understand))


def reads(texts: str, hold: str = "min(patiences) * 0.8") -> str:
    return gateway(hold, "if status != 200: return [], cursor, 1", f"texts = {texts}",
                   "return texts, cursor + len(texts), 0")  # fmt: skip


GOOD = 'body.decode().split("\\n")[:-1]'
GATEWAYS = {
    "removesuffix": (
        RIGHT, reads('body.decode().removesuffix("\\n").split("\\n") if body else []'),
    ),
    "splitlines with the ends kept": (
        "other_line_ends", reads("[t.rstrip() for t in body.decode().splitlines(True)]"),
    ),
    "stripped": ("", reads('body.decode().strip().split("\\n")')),
    "bytes": ("", reads('body.split(b"\\n")[:-1]')),
    "words": ("", reads("body.decode().split()")),
    "latin-1": ("", reads('body.decode("latin-1").split("\\n")[:-1]')),
    "the longest patience": ("hold_exceeds_proxy", reads(GOOD, "max(patiences) - 1")),
    "the mean patience": ("hold_exceeds_proxy", reads(GOOD, "sum(patiences) / len(patiences) - 1")),
    "exactly the patience": ("hold_exceeds_proxy", reads(GOOD, "min(patiences)")),
    "five seconds always": ("", reads(GOOD, "3")),
    "no hold": ("", reads(GOOD, "0")),
    "no return": ("", reads(GOOD, "None")),
    "the last patience": ("hold_exceeds_proxy", reads(GOOD, "patiences[-1] - 1")),
    "a pause of a minute": (
        "", gateway("min(patiences) - 1", "if status != 200: return [], cursor, 60",
                    f"texts = {GOOD}", "return texts, cursor + len(texts), 0"),
    ),
    "starts over after an error": (
        "", gateway("min(patiences) - 1", "if status != 200: return [], 0, 1",
                    f"texts = {GOOD}", "return texts, cursor + len(texts), 0"),
    ),
    "raises for an error": (
        "", gateway("min(patiences) - 1", "if status != 200: raise ConnectionError",
                    f"texts = {GOOD}", "return texts, cursor + len(texts), 0"),
    ),
    "a pause after every answer": (
        "", gateway("min(patiences) - 1", "if status != 200: return [], cursor, 1",
                    f"texts = {GOOD}", "return texts, cursor + len(texts), 1"),
    ),
    "the cursor counts answers": (
        "", gateway("min(patiences) - 1", "if status != 200: return [], cursor, 1",
                    f"texts = {GOOD}", "return texts, cursor + 1, 0"),
    ),
    "raises for an empty answer": (
        "empty_is_error",
        reads(GOOD).replace("texts = ", "assert body; texts = "),
    ),
}  # fmt: skip

TAKE = """\
import asyncio

class CarefulMailbox:
    def __init__(self):
        self.log, self.waiting, self.deliveries = [], [], 0

    @property
    def waiters(self):
        return len(self.waiting)

    def put(self, message):
        self.log.append(message)
        for f in self.waiting: f.done() or f.set_result(None)

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold > 0:
            f = asyncio.get_running_loop().create_future()
            self.waiting.append(f)
            {wait}
        {end}
"""
COUNT = "self.deliveries += len(self.log) - cursor\n        return self.log[cursor:], len(self.log)"
FINALLY = "try: await asyncio.wait([f], timeout=hold)\n            finally: self.waiting.remove(f)"


def careful(wait: str = FINALLY, end: str = COUNT) -> str:
    return TAKE.format(wait=wait, end=end)


CAREFUL = {
    "as it should be": (RIGHT, careful()),
    "nobody is taken off": ("leaked_waiter", careful("await asyncio.wait([f], timeout=hold)")),
    "who is cancelled gets an empty answer": (
        "cancellation_swallowed",
        careful("try: await asyncio.wait([f], timeout=hold)\n"
                "            except asyncio.CancelledError: return [], cursor\n"
                "            finally: self.waiting.remove(f)"),
    ),
    "a bare except": (
        "cancellation_swallowed",
        careful("try: await asyncio.wait_for(f, hold)\n            except: pass\n"
                "            self.waiting.remove(f)"),
    ),
    "counted in finally": (
        "counted_as_delivered",
        careful("try: await asyncio.wait([f], timeout=hold)\n            finally:\n"
                "                self.waiting.remove(f)\n"
                "                self.deliveries += len(self.log) - cursor",
                "return self.log[cursor:], len(self.log)"),
    ),
    "answers counted": (
        "", careful(end="self.deliveries += 1\n        return self.log[cursor:], len(self.log)"),
    ),
    "never counted": ("", careful(end="return self.log[cursor:], len(self.log)")),
    "waiters is a method": ("", careful().replace("    @property\n", "")),
    "another exception": (
        "", careful("try: await asyncio.wait([f], timeout=hold)\n"
                    "            except asyncio.CancelledError: raise ConnectionError\n"
                    "            finally: self.waiting.remove(f)"),
    ),
    "forgets to wait": ("", careful("self.waiting.remove(f)")),
    "taken off after a cancellation alone": (
        "leaked_waiter",
        careful("try: await asyncio.wait([f], timeout=hold)\n"
                "            except asyncio.CancelledError: self.waiting.remove(f); raise"),
    ),
    "put raises": ("", careful().replace("f.done() or f", "f")),
    "only the undone are counted": (
        "leaked_waiter",
        careful("try: await asyncio.wait_for(f, hold)\n            except TimeoutError: pass")
        .replace("len(self.waiting)", "sum(not f.done() for f in self.waiting)"),
    ),
}  # fmt: skip

MODEL = """\
import math

def predict_hold(rtt, rate):
    x = rate * rtt
    q = math.exp(-x)
    p = x / (x + q)
    slow = rtt / 2 if p <= 0.1 else {slow}
    return slow, {questions}
"""


def model(slow: str = "rtt / 2 + rtt * (p - 0.1) / p", questions: str = "1 / (x + q)") -> str:
    return MODEL.format(slow=slow, questions=questions)


MODELS = {
    "the place from the other end": (RIGHT, model("1.5 * rtt - 0.1 * rtt / p")),
    "the gap is half a round trip": ("", model("rtt / 2 + rtt / 2 * (p - 0.1) / p")),
    "p is x": ("", model("rtt / 2 + rtt * (x - 0.1) / x")),
    "nine tenths of the gap": ("nine_tenths_of_the_gap", model("rtt / 2 + 0.9 * rtt")),
    "without p": ("", model("rtt / 2 + rtt * (p - 0.1)")),
    "the worst case": ("always_one_and_a_half", model("1.5 * rtt")),
    "the best case": ("always_half_rtt", model("rtt / 2")),
    "the lesson's median": (
        "median_for_slow", model("rtt / 2 + rtt * max(0.0, p - 0.5) / p if x > 0.6 else rtt / 2"),
    ),
    "messages for a question": ("messages_for_a_request", model(questions="x + q")),
    "the worst case, and all the requests wrong": (
        "always_one_and_a_half", model("1.5 * rtt", questions="1 - p"),
    ),
    "0.9 for one half": (
        "nine_tenths_for_a_half", model("rtt / 2 + rtt * max(0, p - 0.9) / p"),
    ),
    "a question for each that waits": ("", model(questions="1 - p")),
    "a question a round trip": ("", model(questions="1 / x")),
    "a list": ("", model().replace("return slow, 1 / (x + q)", "return [slow, 1 / (x + q)]")),
}  # fmt: skip

ALL = {"2.1": MAILBOXES, "2.2": LOOPS, "2.3": GATEWAYS, "2.4": CAREFUL, "2.5": MODELS}


def looked_at(number: str, name: str) -> tuple[str, Verdict]:
    idea, text = ALL[number][name]
    return idea, answers.grade(number, text, name)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        pytest.param(number, name, marks=pytest.mark.wide if nth else ())
        for number, table in ALL.items()
        for nth, name in enumerate(table)
    ],
)
def test_an_answer_is_met_as_what_it_is(number: str, name: str) -> None:
    """By the name of its idea, or by none; the right ones pass."""
    idea, verdict = looked_at(number, name)
    found = RIGHT if verdict.passed else verdict.wrong_idea
    assert found == idea, verdict.text()
    assert verdict.passed or (verdict.observed and verdict.expected)
