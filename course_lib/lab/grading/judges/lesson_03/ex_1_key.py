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
import uuid

from .....wire.websocket import handshake
from ...answer import Answer
from ...exercise import Exercise
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

STEPS = (
    "Three steps: the key and the fixed text after it, as one text; SHA-1 of its bytes, with "
    "digest(); base64 of those 20 bytes, as text. sha1 and b64encode take bytes: encode() makes "
    "them of text, decode() makes text of them."
)
CASES = {
    (STANDARD := "the key of the standard"): STEPS,
    (RANDOM := "random keys"): STEPS,
    (SIGNS := "an answer with + and /"): "The usual base64 has + and / among its letters.",
}
AGAIN = (
    "The same key got another answer the second time. Something is kept from one call to the next: "
    "make a new hash in each call."
)


def right(key: str, wrong: Wrong) -> str | bytes:
    """The answer, with a switch for each mistake."""
    fixed = handshake.GUID.lower() if "guid lower" in wrong else handshake.GUID
    fixed = fixed.replace("-", "") if "no hyphens" in wrong else fixed
    key = key.rstrip("=") if "key unpadded" in wrong else key
    between = " " if "space" in wrong else ""
    text = fixed + key if "guid in front" in wrong else key + between + fixed
    data = (key if "no guid" in wrong else text).encode()
    if "key decoded" in wrong:
        data = base64.b64decode(key) + handshake.GUID.encode()
    if "guid as bytes" in wrong:
        data = key.encode() + uuid.UUID(handshake.GUID).bytes
    if "base64 first" in wrong:
        data = base64.b64encode(data)
    hashed = hashlib.sha256(data) if "sha256" in wrong else hashlib.sha1(data)
    letters, digest = hashed.hexdigest(), hashed.digest()
    if "hex alone" in wrong:
        return letters
    if "each hashed" in wrong:
        digest = b"".join(hashlib.sha1(part.encode()).digest() for part in (key, handshake.GUID))
    if "as characters" in wrong:
        digest = digest.decode("latin-1").encode()
    if "hex" in wrong:
        digest = letters.encode()
    if "capital hex" in wrong:
        digest = letters.upper().encode()
    if "no hash" in wrong:
        digest = data
    proof = base64.b64encode(digest)
    if "for addresses" in wrong:
        proof = base64.urlsafe_b64encode(digest)
    proof = proof.rstrip(b"=") if "unpadded" in wrong else proof
    if "bytes" in wrong:
        return proof
    if "str of bytes" in wrong:
        return str(proof)
    line = "Sec-WebSocket-Accept: " if "whole line" in wrong else ""
    end = "\n" if "newline" in wrong else "\r\n" if "end of line" in wrong else ""
    return line + proof.decode() + end


IDEAS = {
    "hex_then_base64": ["hex", "capital hex"],
    "decodes_key_first": ["key decoded"],
    "no_guid": ["no guid"],
    "trailing_newline": ["newline", "end of line"],
    "guid_in_front": ["guid in front"],
    "hexadecimal_alone": ["hex alone"],
    "no_hash": ["no hash"],
}
SLIPS = {
    "That is base64 for addresses, with - and _. Here it is the usual one, with + and /: "
    "base64.b64encode.": ["for addresses"],
    "str(…) of bytes writes b'…' around them. decode() makes text of them.": ["str of bytes"],
    "What you return is bytes. A header line is text: decode() makes text of them.": ["bytes"],
    "The = at the end of the answer belongs to it.": ["unpadded"],
    "The = at the end of the key belongs to it. The key stays as it is.": ["key unpadded"],
    "The fixed text is written with capital letters, and to SHA-1 they are others than small "
    "ones.": ["guid lower"],
    "The hyphens of the fixed text belong to it.": ["no hyphens"],
    "The fixed text is a text, although it looks like a number in hexadecimal: encode() it.": [
        "guid as bytes"
    ],
    "There is something between the key and the fixed text. They follow each other directly.": [
        "space"
    ],
    "The hash here is SHA-1, with 20 bytes: hashlib.sha1.": ["sha256"],
    "Base64 comes last: first SHA-1 of the text, then base64 of its digest().": [
        "base64 first",
        "base64 first, hex alone",
    ],
    "There is one hash, of one text: put key and fixed text together first.": ["each hashed"],
    "base64.b64encode takes the 20 bytes of digest() as they are. As characters and encoded again, "
    "they become more.": ["as characters"],
    "Return the value alone, without the name of the header line.": ["whole line"],
}


def judge_3_1(answer: Answer, chance: random.Random) -> Verdict:
    """The key that everybody knows, and others that nobody does."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)

    def ask(case: str, key: str) -> None:
        def story(play: Play) -> None:
            play.tell(f"accept({key!r})")
            got, again = (play.call("accept", key) for _ in range(2))
            play.see(again, why=AGAIN if type(got) is str and got != again else "")

        trial.play(case, story)

    ask(STANDARD, "dGhlIHNhbXBsZSBub25jZQ==")
    for _ in range(4):
        ask(RANDOM, _key(chance))
    key = _key(chance)
    while not {"+", "/"} <= {*handshake.accept(key)}:
        key = _key(chance)
    ask(SIGNS, key)
    return trial.verdict()


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
            "Three steps: put the fixed text after the key, take SHA-1 of that, write the result "
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
                "fixed text is put after that.",
            ),
            "no_guid": WrongIdea(
                "only the key is hashed",
                "Any program can hash what it hears. Only a program that knows WebSocket adds the "
                "fixed text after the key.",
            ),
            "trailing_newline": WrongIdea(
                "the answer ends with a newline",
                "It goes into a header line, and a newline there would end the line too early. "
                "base64.encodebytes and the command `base64` add one; base64.b64encode does not.",
            ),
            "guid_in_front": WrongIdea(
                "the fixed text comes before the key",
                "SHA-1 of the two in the other order is another value. The standard says: the key, "
                "and the fixed text after it.",
            ),
            "hexadecimal_alone": WrongIdea(
                "the hexadecimal text is the answer",
                "hexdigest() is text already, but the standard wants another one, which is "
                "shorter: base64 of the 20 bytes that digest() gives.",
            ),
            "no_hash": WrongIdea(
                "base64 is all that happens to the text",
                "Anybody can read base64, it hides and shortens nothing. Between the text and "
                "base64 comes SHA-1, which makes 20 bytes of it.",
            ),
        },
        judge=judge_3_1,
    ),
)
