"""Exercises 5.3, 6.3 and 6.4: what their judges take for true, and what an answer may reach."""

from __future__ import annotations

import itertools
import random

import pytest

from course_lib.lab import compare
from course_lib.lab.grading.judges.lesson_06 import ex_3_trips

from . import answers


@pytest.mark.parametrize("transport", ["short polling", "long polling", "WebSocket"])
def test_the_round_trips_that_the_judge_counts_are_those_of_the_simulator(transport: str) -> None:
    """In all situations that it asks for."""
    chance = random.Random(6)
    for moments in ([0.0], ex_3_trips._burst(chance), *(ex_3_trips._spread(chance),) * 3):
        for connected, keep_alive in itertools.product((True, False), repeat=2):
            asked = transport, moments, connected, keep_alive
            assert ex_3_trips.right(*asked) == pytest.approx(compare.until_all(*asked)), asked


REACHES = {
    "5.3": """
import asyncio
class Sender:
    def __init__(self, transport): self.transport = transport
    async def send(self, data): self.transport._wire.{name}()
    def pause_writing(self): pass
    def resume_writing(self): pass
""",
    "6.4": """
async def fan_out(connections, message):
    for connection in connections:
        connection._reader.{name}(1_000)
        connection.send_nowait(message)
""",
}


@pytest.mark.parametrize(
    ("number", "name"), [("5.3", "see"), ("5.3", "send"), ("6.4", "take"), ("6.4", "scene")]
)
def test_an_answer_reaches_no_more_of_the_judge_than_it_was_lent(number: str, name: str) -> None:
    """The object behind a transport or a connection would say what the judge likes to hear."""
    verdict = answers.grade(number, REACHES[number].format(name=name))
    assert not verdict.passed
    assert f"AttributeError: there is no {name}" in verdict.observed.replace("['", "")
