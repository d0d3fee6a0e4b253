"""Answers that have looked at nothing: constants, echoes, counted calls, forged values.

Left out: what tries to break the grader; see `test_cheats`.
"""

from __future__ import annotations

import pytest

from course_lib.lab.grading import registry

from ...exercises import submissions
from . import answers

LESSONS = ("03", "04", "05", "06", "07", "09", "11", "12")
LATER = [n for n, exercise in registry.load().items() if exercise.lesson in LESSONS]
CONSTANTS = ("None", "True", "False", "0", "b''", "''", "[]", "10 ** 400", "(b'', b'')",
             "[1, None, 'x', {}, ('hang up',), b'']", "(float('nan'),) * 2", "(float('inf'),) * 3",
             "(None, a[0] if a else None)", "(101, {})")  # fmt: skip
OBJECT = """
class NAME:
    def __init__(self, *a): pass
    def __getattr__(self, name): return lambda *a: {value}
"""
FORGED = """
import sys
def NAME(*a, **k):
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Server":
        frame = frame.f_back
    server = frame.f_locals["self"]
    server.pipe.send({{"id": server._asked, "value": {value}}})
    server.serve()
"""
VALUES = ("'a Switch'", "'an Ending'", "'a Sender'", "'an Assembler'", "10 ** 4000",
          "{'$tuple': [10 ** 4000, 1, 1]}", "{'$held': 1}", "{'$bytes': ''}",
          "{'happened': [[0, [], 'x', 1]], 'waiting': 3, 'turns': 'x', 'timers': 0, 'restless': 0}",
          "{'happened': [[0, 1, 'x', 1]], 'waiting': [], 'turns': 1, 'timers': 10 ** 400, "
          "'restless': 0}")  # fmt: skip
COUNTED = {
    "3.2": """
import base64, hashlib
calls = 0
def answer(method, headers):
    global calls
    calls += 1
    if calls <= 8:
        text = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        proof = base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()
        return 101, {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": proof}
    statuses = [400] * 3 + [405] * 3 + [426] * 4 + [400, 426, 400, 426]
    return statuses[min(calls - 9, 13)], {"Sec-WebSocket-Version": "13"}
""",
    "3.3": """
calls = 0
def verify(status, headers, key, asked):
    global calls
    calls += 1
    if calls <= 6:
        return headers.get("sec-websocket-protocol")
    raise ValueError
""",
    "3.4": """
calls = 0
def origin_allowed(origin, host, allow):
    global calls
    calls += 1
    return origin is None or calls <= 20
""",
}


SAMPLE = ("3.2", "5.1")  # a function and an object; tasks on a clock in `wide`
EACH = [pytest.param(n, marks=() if n in SAMPLE else pytest.mark.wide) for n in LATER]


def _worth(number: str, text: str, *, isolated: bool = False) -> float:
    """Points and a pass are worth something; a GraderError would end the test."""
    verdict = answers.grade(number, submissions._trick(text, number), isolated=isolated)
    assert not verdict.passed
    return verdict.score


@pytest.mark.parametrize("number", EACH)
def test_what_always_says_the_same_earns_nothing(number: str) -> None:
    """Not even a case that it meets by accident; nor does refusing everything."""
    texts = [f"def NAME(*a, **k): return {value}\n" for value in CONSTANTS]
    texts += [f"async def NAME(*a, **k): return {value}\n" for value in CONSTANTS[:3]]
    texts += [OBJECT.format(value=value) for value in CONSTANTS]
    texts += ["def NAME(*a, **k): raise ValueError\n"]
    assert {text: worth for text in texts if (worth := _worth(number, text))} == {}


@pytest.mark.parametrize("number", EACH)
def test_values_that_were_never_packed_earn_nothing_and_are_no_grader_error(number: str) -> None:
    """An answer may write into the pipe as its server does, and go on serving."""
    texts = [FORGED.format(value=value) for value in VALUES]
    assert {t: worth for t in texts if (worth := _worth(number, t, isolated=True))} == {}


@pytest.mark.parametrize("number", list(COUNTED))
def test_who_knows_only_the_order_of_the_questions_does_not_pass(number: str) -> None:
    """The judge asks something else in between, now and then."""
    for seed in range(5):
        assert not answers.grade(number, COUNTED[number], seed=seed).passed


@pytest.mark.parametrize("number", EACH)
def test_the_library_itself_is_no_answer_and_the_learner_is_told(number: str) -> None:
    """Learners write their own; the answer's process has the standard library alone."""
    library = "from course_lib.wire.websocket import handshake"
    for text in (
        f"{library}\ndef NAME(*a): return handshake.accept(*a)\n",
        f"def NAME(*a):\n    {library}\n    return handshake\n",
    ):
        verdict = answers.grade(number, submissions._trick(text, number), isolated=True)
        assert (verdict.passed, verdict.score, verdict.wrong_idea) == (False, 0.0, "")
        assert "ModuleNotFoundError" in verdict.observed
        if text.startswith("from") or number not in ("3.3", "6.4"):
            assert "neither course_lib nor the objects of this kernel" in verdict.why, number
