"""Judge of exercise 3.1: the answer to the key of a handshake.

    accept("dGhlIHNhbXBsZSBub25jZQ==")  ─▶  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

Exercises.  Builds on: `grading.trial`, `wire.websocket.handshake` (the fixed text).
What is new here: nobody can say from a hash how it was made, but each program that makes the same
one has made it in the same way: two mistakes never look alike.
Left out: keys that are not valid; the server refuses them before it answers.
"""

from __future__ import annotations

import base64
import hashlib
import random

from .....wire.websocket import handshake
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea

STEPS = (
    "Three steps. Put the fixed text after the key, as it is written, and encode() both. Take "
    "hashlib.sha1 of these bytes, with digest(). Make base64 of its 20 bytes, and decode() that. "
    "Nothing else is added, and nothing left out."
)
CASES = {
    (STANDARD := "the key of the standard"): STEPS,
    (RANDOM := "random keys"): STEPS,
    (SIGNS := "an answer with + and /"): "The usual base64 has + and / among its letters.",
}  # fmt: skip
AGAIN = (
    "The same key got another answer the second time. Something is kept from one call to the next: "
    "make a new hash in each call."
)


def right(key: str, wrong: Wrong) -> str:
    """The answer, with a switch for each mistake."""
    fixed = handshake.GUID
    text = key if "no guid" in wrong else fixed + key if "guid in front" in wrong else key + fixed
    data = base64.b64decode(key) + fixed.encode() if "key decoded" in wrong else text.encode()
    hashed = hashlib.sha1(data)
    letters = hashed.hexdigest().upper() if "capital" in wrong else hashed.hexdigest()
    if "hex alone" in wrong:
        return letters
    digest = letters.encode() if "hex" in wrong else data if "no hash" in wrong else hashed.digest()
    proof = base64.b64encode(digest, b"-_" if "for addresses" in wrong else b"+/").decode()
    return proof + ("\n" if "newline" in wrong else "\r\n" if "end of line" in wrong else "")


def judge_3_1(answer: Answer, chance: random.Random) -> Verdict:
    """The key that everybody knows, and others that nobody does."""
    trial = Trial(answer, chance, right)
    trial.play(STANDARD, lambda play: _twice(play, "dGhlIHNhbXBsZSBub25jZQ=="))
    for _ in range(4):
        trial.play(RANDOM, lambda play: _twice(play, _key(play.chance)))
    trial.play(SIGNS, lambda play: _twice(play, _key(play.chance, signs="+/")))
    return trial.verdict()


def _twice(play: Play, key: str) -> None:
    play.tell(f"accept({key!r})")
    got, again = (play.call("accept", key) for _ in range(2))
    play.see(again, why=AGAIN if type(got) is str and got != again else "")


def _key(chance: random.Random, signs: str = "") -> str:
    """A key whose answer has these of the signs + and /, and no other one."""
    while True:
        key = base64.b64encode(chance.randbytes(16)).decode()
        if {*"+/"} & {*handshake.accept(key)} == {*signs}:
            return key


EXERCISES = (Exercise(
    number="3.1", title="The answer to a key", section="key", minutes=6, core=True,
    names=("accept",), cases=CASES, judge=judge_3_1,
    hints=(
        "Three steps: put the fixed text after the key, take SHA-1 of that, write the result in "
        "base64. What goes into each step, text or bytes, and how much comes out?",
        "hashlib.sha1 takes bytes, so encode the text first. Of its two results, digest() is 20 "
        "bytes and hexdigest() is text about them. base64.b64encode takes bytes and gives bytes; "
        "the answer is text.",
        "digest = hashlib.sha1((key + GUID).encode()).digest(), and the answer is "
        "base64.b64encode(digest).decode().",
    ),
    wrong_ideas={
        "hex_then_base64": WrongIdea("the hexadecimal text goes into base64",
            "SHA-1 gives 20 bytes. hexdigest() writes each of them as two letters, for people to "
            "read, and base64 of those letters is twice as long. Take digest().",
            "hex; hex, capital"),
        "decodes_key_first": WrongIdea("the key is taken out of base64 first",
            "The key stays the text that came in the header line, with its = at the end. The "
            "fixed text is put after that.", "key decoded"),
        "no_guid": WrongIdea("only the key is hashed",
            "Any program can hash what it hears. Only a program that knows WebSocket adds the "
            "fixed text after the key.", "no guid"),
        "trailing_newline": WrongIdea("the answer ends with a newline",
            "It goes into a header line, and a newline there would end the line too early. "
            "base64.encodebytes and the command `base64` add one; base64.b64encode does not.",
            "newline; end of line"),
        "guid_in_front": WrongIdea("the fixed text comes before the key",
            "SHA-1 of the two in the other order is another value. The standard says: the key, "
            "and the fixed text after it.", "guid in front"),
        "hexadecimal_alone": WrongIdea("the hexadecimal text is the answer",
            "hexdigest() is text already, but the standard wants another one, which is shorter: "
            "base64 of the 20 bytes that digest() gives.", "hex alone"),
        "no_hash": WrongIdea("base64 is all that happens to the text",
            "Anybody can read base64, it hides and shortens nothing. Between the text and base64 "
            "comes SHA-1, which makes 20 bytes of it.", "no hash"),
    },
    slips={
        "That is base64 for addresses, with - and _. Here it is the usual one, with + and /: "
        "base64.b64encode.": "for addresses",
    },
),)  # fmt: skip
