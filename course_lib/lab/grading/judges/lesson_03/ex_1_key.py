"""Judge of exercise 3.1: the answer to the key of a handshake.

    accept("dGhlIHNhbXBsZSBub25jZQ==")  ─▶  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

Exercises.  Builds on: `wire.websocket.handshake` (which knows what is right), `grading`.
What is new here: nothing; the judge recognises each wrong idea by the value that it gives.
Left out: keys that are not valid; the server refuses them before it answers.
"""

from __future__ import annotations

import base64
import hashlib
import random

from .....wire.websocket import handshake
from ...answer import Answer
from ...exercise import Exercise
from ...verdict import Verdict, WrongIdea

STANDARD = "the key of the standard"
RANDOM = "random keys"
SIGNS = "an answer with + and /"
CASES = (STANDARD, RANDOM, SIGNS)


def judge_3_1(answer: Answer, chance: random.Random) -> Verdict:
    _one(answer, STANDARD, "dGhlIHNhbXBsZSBub25jZQ==")
    for _ in range(4):
        _one(answer, RANDOM, _key(chance))
    key = _key(chance)
    while not {"+", "/"} <= {*handshake.accept(key)}:
        key = _key(chance)
    _one(answer, SIGNS, key)
    return answer.marks.verdict()


def _one(answer: Answer, case: str, key: str) -> None:
    got, text = answer.call("accept", key), (key + handshake.GUID).encode()
    letters, right = hashlib.sha1(text).hexdigest(), handshake.accept(key)
    wrong = {
        "hex_then_base64": [_base64(letters.encode()), _base64(letters.upper().encode())],
        "decodes_key_first": [_of(base64.b64decode(key) + handshake.GUID.encode())],
        "no_guid": [_of(key.encode())],
        "trailing_newline": [right + "\n", right + "\r\n"],
    }
    idea = next((name for name, values in wrong.items() if got in values), "")
    answer.marks.equal(case, got, right, given=f"accept({key!r})", idea=idea, why=_why(got, key))


def _why(got: object, key: str) -> str:
    """A sentence about the step that went wrong; empty if that is not certain."""
    right = handshake.accept(key)
    if type(got) is not str:
        return ""
    if got == str(right.encode()):
        return "str(…) of bytes writes b'…' around them. decode() makes text of them."
    if got == right.rstrip("="):
        return "The = at the end belongs to it."
    if got == right.translate({ord("+"): "-", ord("/"): "_"}):
        return "This is base64 for addresses, with - and _; here it is the usual one, with + and /."
    if got == _of((handshake.GUID + key).encode()):
        return "The fixed text is put behind the key, not in front of it."
    if len(got) != len(right):
        return (
            f"A value of SHA-1 has 20 bytes, and they become {len(right)} letters in base64; yours "
            f"has {len(got)}. What went into base64?"
        )
    return ""


def _of(data: bytes) -> str:
    return _base64(hashlib.sha1(data).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _key(chance: random.Random) -> str:
    return base64.b64encode(chance.randbytes(16)).decode()


EXERCISES = (
    Exercise(
        number="3.1",
        title="The answer to a key",
        section="key",
        minutes=6,
        core=True,
        names=("accept",),
        cases=CASES,
        hints=(
            "Three steps: put the fixed text behind the key, take SHA-1 of that, write the result "
            "in base64. What goes into each step, text or bytes, and how much comes out?",
            "hashlib.sha1 takes bytes, so encode the text first. Of its two results, digest() is "
            "20 bytes and hexdigest() is text about them. base64.b64encode takes bytes and gives "
            "bytes; the answer is text.",
            "digest = hashlib.sha1((key + GUID).encode()).digest(), and the answer is "
            "base64.b64encode(digest).decode().",
        ),
        wrong_ideas={
            "hex_then_base64": WrongIdea(
                "the hexadecimal text goes into base64",
                "SHA-1 gives 20 bytes. hexdigest() writes each of them as two letters, for people "
                "to read, and base64 of those letters is twice as long. Take digest().",
            ),
            "decodes_key_first": WrongIdea(
                "the key is taken out of base64 first",
                "The key stays the text that came in the header line, with its = at the end. The "
                "fixed text is put behind that.",
            ),
            "no_guid": WrongIdea(
                "only the key is hashed",
                "Any program can hash what it hears. The fixed text behind the key is what only "
                "somebody who knows WebSocket would add.",
            ),
            "trailing_newline": WrongIdea(
                "the answer ends with a newline",
                "It goes into a header line, and a newline there would end the line too early. "
                "base64.encodebytes and the command `base64` add one; base64.b64encode does not.",
            ),
        },
        judge=judge_3_1,
    ),
)
