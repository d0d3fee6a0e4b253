"""Judge of exercise p2.2: a message in a box, with its length before it.

    00 0e  7b 22 74 65 78 74 22 3a 22 ec 95 88 22 7d
    14     {  "  t  e  x  t  "  :  "  안        "  }

Exercises.  Builds on: `grading`.
What is new here: the same value can be written in several ways, so the judge decodes the JSON in
the box and compares values.  It compares a wrong length with the lengths that wrong ideas give.
Left out: messages of more than 65,535 bytes.
"""

from __future__ import annotations

import ast
import json
import random
from typing import Any

from ... import text
from ...answer import Answer
from ...byte_diff import ByteDiff
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import same
from ...verdict import Verdict, WrongIdea

SHORT = "a short message"
HANGUL = "Hangul and emoji"
LONG = "more than 255 bytes"
ANY = "any value that JSON has"
CASES = (SHORT, HANGUL, LONG, ANY)


def judge_p2_2(answer: Answer, chance: random.Random) -> Verdict:
    """Ask for messages of a chat, then for single values."""
    for _ in range(2):
        plain = {"from": text.name(chance), "online": chance.choice([True, False]), "age": None}
        _one(answer, SHORT, plain)
        _one(answer, HANGUL, {"from": text.name(chance), "text": text.phrase(chance)})
        phrases = [text.phrase(chance) for _ in range(chance.randint(12, 30))]
        _one(answer, LONG, {"texts": phrases, "number": chance.randrange(10**6)})
    number = chance.randrange(1000)
    values: list[Any] = [[1, [True, None]], text.phrase(chance), number, None, {}, ""]
    for value in values:
        _one(answer, ANY, value)
    return answer.marks.verdict()


def _one(answer: Answer, case: str, message: Any) -> bool:
    marks, right, given = answer.marks, _right(message), f"pack({_short(message)})"
    data = answer.call("pack", message)
    if type(data) is not bytes or len(data) < 2:
        return marks.equal(case, data, right, given=given)
    length, body = int.from_bytes(data[:2], "big"), data[2:]
    try:
        content: object = json.loads(body.decode())
        problem = "" if same(content, message) else f"the body says {_short(content)}"
        idea = ""
    except (ValueError, RecursionError) as error:
        problem, idea = f"the body is no JSON: {error}", _no_json(body, message)
    if problem:
        return marks.fail(
            case, observed=f"{given}\n{problem}", expected=shown(right), idea=idea,
            diff=ByteDiff(data, right), why=_why(data, message),
        )  # fmt: skip
    if length != len(body):
        return marks.fail(
            case,
            observed=f"{given}\nthe length says {length}, and {len(body)} bytes follow",
            expected=f"the length {len(body)}: {len(body).to_bytes(2, 'big').hex(' ')}",
            idea=_wrong_length(data[:2], body),
            why=_why(data, message),
            diff=ByteDiff(data, len(body).to_bytes(2, "big") + body),
        )
    letters = [letter for letter in json.dumps(message, ensure_ascii=False) if letter > "\x7f"]
    return marks.true(
        case,
        not letters or not body.isascii(),
        observed=f"{given}\na body of {len(body)} bytes: {shown(body)}",
        expected=f"the letters themselves, in UTF-8: {shown(right[2:])}",
        idea="escapes_hangul",
        diff=ByteDiff(data, right),
    )


def _right(message: Any) -> bytes:
    """One right answer of several."""
    octets = json.dumps(message, ensure_ascii=False).encode()
    return len(octets).to_bytes(2, "big") + octets


def _why(data: bytes, message: Any) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if data[:2].isdigit() and _read(data[2:], message):
        return "The length is one number in two bytes, and not two digits of text."
    for count in (0, 1, 3, 4, 8):
        if _read(data[count:], message):
            stand = {0: "nothing stands", 1: "one byte stands"}.get(count, f"{count} bytes stand")
            return f"{stand.capitalize()} before the JSON; two bytes are asked for, the length."
    inner = json.loads(data[2:]) if _is_json(data[2:]) else None
    if isinstance(inner, str) and _read(inner.encode(), message):
        return "The body is JSON in JSON: json.dumps was called for what it had made already."
    return ""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _read(data: bytes, message: Any) -> bool:
    """Is it this message as JSON?"""
    return _is_json(data) and same(json.loads(data.decode()), message)


def _no_json(body: bytes, message: Any) -> str:
    """The idea `python_repr`, if the body is the message as `repr` writes it; otherwise empty."""
    try:
        return "python_repr" if same(ast.literal_eval(body.decode()), message) else ""
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return ""


def _wrong_length(header: bytes, body: bytes) -> str:
    """The wrong idea that gives this length; empty if none does."""
    length, content = int.from_bytes(header, "big"), body.decode()
    if int.from_bytes(header, "little") == len(body):
        return "little_endian"
    if length in (len(content), len(content.encode("utf-16-le")) // 2):
        return "length_in_characters"
    return "length_includes_itself" if length == len(body) + len(header) else ""


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 100 else f"{said[:99]}…"


EXERCISES = (
    Exercise(
        number="p2.2",
        title="A message in a box",
        section="json",
        minutes=7,
        names=("pack",),
        cases=CASES,
        hints=(
            "Three steps: from the value to text, from the text to bytes, and then the length in "
            "front. Section 5 has the first one, section 4 the last.",
            "json.dumps writes 안 as \\uc548 unless you tell it not to: ensure_ascii=False. When "
            "do you know how many bytes the text has?",
            "body = json.dumps(message, ensure_ascii=False).encode(), and the two bytes in front "
            'are len(body).to_bytes(2, "big").',
        ),
        wrong_ideas={
            "length_in_characters": WrongIdea(
                "the length counts characters",
                "The reader takes as many bytes as the length says. A Hangul syllable is one "
                "character and three bytes, so the reader stops in the middle, and reads the rest "
                "as the next length. Take the length after encoding.",
            ),
            "little_endian": WrongIdea(
                "the little end stands first",
                "Networks begin with the big end, as you do when you write 1000. The reader takes "
                "a short message for a very long one, and waits for bytes that never come.",
            ),
            "length_includes_itself": WrongIdea(
                "the length counts its own two bytes",
                "Some protocols do that. This one says how many bytes follow, so the reader waits "
                "for two bytes more, and takes them from the next message.",
            ),
            "python_repr": WrongIdea(
                "the message is written as Python shows it",
                "str and repr write True, None and 'single quotes', which only Python reads. JSON "
                "writes true, null and double quotes. json.dumps does it.",
            ),
            "escapes_hangul": WrongIdea(
                "Hangul is written as \\u and four digits",
                "That is JSON, too, and every reader understands it. But it is no UTF-8: a "
                "syllable takes six bytes instead of three. The task asks for the letters "
                "themselves, as JavaScript writes them: ensure_ascii=False.",
            ),
        },
        judge=judge_p2_2,
    ),
)
