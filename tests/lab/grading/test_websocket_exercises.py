"""Exercises 3.1 to 5.3: the same idea in other words, and answers that are shaped oddly."""

from __future__ import annotations

import pytest

from . import answers

ACCEPT = """
import base64, binascii, hashlib
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
def sha(text): return hashlib.sha1(text.encode())
def right(key): return base64.b64encode(sha(key + GUID).digest()).decode()
def accept(key): return {said}
"""


@pytest.mark.parametrize(
    ("said", "idea"),
    [
        ("base64.b64encode(sha(key + GUID).hexdigest().upper().encode()).decode()",
         "hex_then_base64"),
        ("binascii.b2a_base64(sha(key + GUID).digest().hex().encode(), newline=False).decode()",
         "hex_then_base64"),
        ("right(key) + chr(13) + chr(10)", "trailing_newline"),
        ("binascii.b2a_base64(sha(key + GUID).digest()).decode()", "trailing_newline"),
        ("base64.urlsafe_b64encode(sha(key + GUID).digest()).decode()", ""),
        ("right(key) + ' '", ""),
    ],
)  # fmt: skip
def test_a_proof_is_known_by_what_it_is_and_not_by_how_it_was_written(said: str, idea: str) -> None:
    """Capital letters, or both characters of a line's end, are no other idea."""
    verdict = answers.grade("3.1", ACCEPT.format(said=said))
    assert (verdict.passed, verdict.wrong_idea) == (False, idea)


@pytest.mark.parametrize("made", ["[3]", "[None]", "[{}]", "[('closed',), object()]", "[[]]"])
def test_actions_that_are_none_fail_and_are_no_grader_error(made: str) -> None:
    """Whatever stands in the list."""
    for number, name, method in (("5.1", "Assembler", "add"), ("5.2", "Ending", "handle")):
        text = f"class {name}:\n    def __init__(self, *a): pass\n"
        verdict = answers.grade(number, f"{text}    def {method}(self, *a): return {made}\n")
        assert (verdict.passed, verdict.score) == (False, 0.0)


@pytest.mark.wide  # up to the limit of processor time
def test_what_a_sender_did_before_it_ran_round_and_round_still_counts() -> None:
    """It hangs at the first pause, in whatever story, and its process is ended."""
    text = (answers.FOLDER / "wrong" / "5.3" / "blocks_the_loop.py").read_text(encoding="utf-8")
    spinning = text.replace("time.sleep(0.01)", "pass")
    assert spinning != text
    verdict = answers.grade("5.3", spinning, isolated=True)
    assert verdict.wrong_idea == "blocks_the_loop"
    assert [case.title for case in verdict.cases if case.passed] == ["a peer that reads"]
