"""Judge of exercise 4.3: a mask that continues from piece to piece, and a client's keys.

    Unmasker(37 fa 21 3d).feed(7f 9f) ─▶ "He"     .feed(4d 51 58) ─▶ "llo"

Exercises.  Builds on: `grading.trial`, `wire.websocket.masking`.
What is new here: no two programs choose the same keys.  So what is compared are properties: they
differ, also when the process, the module `random` or the clocks are in the same state again.
Left out: statistics; a key whose bits all change passes.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from .....wire.websocket import masking
from ...marks import brief, gave
from ...same_state import SAME_STATE, STATES
from ...trial import Answer, Exercise, Over, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (WHOLE := "a payload in one piece"):
        "Byte number i of the payload is mixed with key[i % 4]: byte ^ key[i % 4]. After four "
        "bytes the key begins again, and feed returns as many bytes as it was given.",
    (PIECES := "a payload in pieces"):
        "feed returns the piece that it was given, whole and at once, and nothing of the others. "
        "Byte number i of the whole payload belongs to key[i % 4]: count the bytes of all pieces "
        "before, each of them once.",
    (MANY := "several payloads at the same time"):
        "Each Unmasker has a key and a count of its own: set both in __init__, on self.",
    (CLIENT := "a client's frame"):
        "A client masks: it sends 0x80 | opcode, then 0x80 | the payload's length, in which the "
        "key is not counted. Then come the four bytes of the key, and the payload mixed with it.",
    (KEYS := "a client's keys"):
        "Take four new bytes from the system's own chance for each frame: os.urandom(4).",
    (SERVER := "a server's frame"):
        "A server does not mask: it sends 0x80 | opcode, then the payload's length, then the "
        "payload as it is.",
}  # fmt: skip


class RightUnmasker:
    """The answer, with a switch for each mistake."""

    def __init__(self, key: bytes, wrong: Wrong) -> None:
        self.key, self.wrong, self.at = key, wrong, 0

    def feed(self, chunk: bytes) -> bytes:
        out = bytes(byte ^ self.key[(self.at + i) % 4] for i, byte in enumerate(chunk))
        self.at = 0 if "restarts" in self.wrong else self.at + len(chunk)
        self.at += "one too far" in self.wrong
        return out


def right_write(opcode: int, payload: bytes, client: bool, wrong: Wrong) -> bytes:
    if not (client or "server masks" in wrong):
        return bytes([0x80 | opcode, len(payload)]) + payload
    key = b"keys" if "constant" in wrong else os.urandom(4)
    head = bytes([0x80 | opcode, 0x80 | len(payload)])
    return head + key + masking.mask_at_once(payload, key)


def right_again(
    what: str, name: str, opcode: int, payload: bytes, client: bool, wrong: Wrong
) -> list[bytes]:
    """What `_again` gives: a program of the grader's own process must not stop its clocks."""
    dice = random.Random(1) if what in wrong else random.SystemRandom()
    return [bytes([0x81, 0x80 | len(payload)]) + dice.randbytes(4) + payload for _ in range(4)]


def judge_4_3(answer: Answer, chance: random.Random) -> Verdict:
    """All sizes of a story make a multiple of four: a count that is shared spoils no other one."""
    right: dict[str, Any] = {"Unmasker": RightUnmasker, "write": right_write}
    right["_again"] = right_again
    trial = Trial(answer, chance, right)
    sizes = [5, 0, *chance.choices([1, 2, 3, 4, 7, 300], k=30)]
    for pieces in [20], [8]:
        trial.play(WHOLE, partial(_feed, pieces, ["unmasker"]))
    for pieces in [3, 2, 1, 4, 10], [1, 1, 1, 1, 60], [*sizes, -sum(sizes) % 4]:
        trial.play(PIECES, partial(_feed, pieces, ["unmasker"]))
    trial.play(MANY, partial(_feed, [7, 12, 19, 22], ["one", "two"]))
    frames = [(op, chance.randbytes(n)) for op, n in ((1, 5), (2, 125), (9, 7), (10, 0), (1, 23))]
    trial.play(CLIENT, partial(_write, frames, True))
    trial.play(SERVER, partial(_write, frames, False))
    trial.play(KEYS, _keys)
    return trial.verdict()


def _feed(sizes: Sequence[int], names: Sequence[str], play: Play) -> None:
    """Feed payloads in pieces of these sizes, by turns, to as many unmaskers as there are names."""
    made = []
    for name in names:
        key, data = bytes(play.chance.sample(range(1, 256), 4)), play.chance.randbytes(sum(sizes))
        play.tell(f"{name} = Unmasker({key!r})")
        made.append((name, play.make("Unmasker", key), io.BytesIO(data)))
    for size in sizes:
        for name, unmasker, stream in made:
            chunk = stream.read(size)
            play.tell(f"{name}.feed({brief(chunk, 40)})")
            play.see(play.call("feed", chunk, on=unmasker))


def _write(frames: Sequence[tuple[int, bytes]], client: bool, play: Play) -> None:
    """Write frames; see the header of each, and in which form the payload comes after it."""
    for opcode, payload in frames:
        got = play.call("write", opcode, payload, client)
        call = f"write({opcode}, {brief(payload, 30)}, {client})"
        if type(got) is bytes:
            form = _form(got[2:], payload)
            said = f"{call} gave the header {got[:2].hex(' ')}, and {form}"
            play.see(None, counts=(got[:2], form), text=said)
        else:
            why = "" if isinstance(got, Raised) else "write returns bytes."
            play.see(got, text=f"{call} {gave(got)}", why=why)


def _form(rest: bytes, payload: bytes) -> str:
    """What comes after the header, in words."""
    if rest == payload:
        return "the payload as it is"
    masked = len(rest) == len(payload) + 4 and masking.mask_at_once(rest[4:], rest[:4]) == payload
    return "a key, and the payload mixed with it" if masked else f"{len(rest)} other bytes"


def _keys(play: Play) -> None:
    """Look at keys until something is wrong: what comes after it would be wrong, too."""
    payload = text.name(play.chance)[:4].encode()

    def keys(count: int) -> list[bytes]:
        return [_key(play.call("write", 1, payload, True)) for _ in range(count)]

    def see(good: bool, said: str, why: str = "") -> None:
        play.see(None, counts=good, text=said, why="" if good else why)
        if not good:
            raise Over

    play.subject.close()
    first = keys(16)
    play.tell(f"16 frames have the keys {', '.join(key.hex(' ') for key in first[:4])}, …")
    see(len({*first}) > 8, f"there are {len({*first})} different keys among them")
    for what, state in STATES:
        one, two = (play.call("_again", what, "write", 1, payload, True) for _ in range(2))
        same = not isinstance(one, list) or [*map(_key, one)] == [*map(_key, two)]
        see(not same, f"written again {state}, they have {'the same' if same else 'other'} keys")
    numbers = [int.from_bytes(key, "big") for key in keys(64)]
    bits = {tuple(number >> bit & 1 for number in numbers) for bit in range(32)}
    free = len(bits - {(0,) * 64, (1,) * 64})
    see(free == 32, f"{free} bits of a key are drawn by chance",
        "Somebody can try all keys that are left. Take os.urandom(4) as it is.")  # fmt: skip
    play.subject.close()
    same = keys(16) == first
    see(not same, f"started again, the program chooses {'the same' if same else 'other'} keys",
        "Whoever starts your program knows its keys. Take os.urandom(4) each time.")  # fmt: skip


def _key(frame: Any) -> bytes:
    """The key of a masked frame; no bytes, if it is none."""
    return frame[2:6] if type(frame) is bytes and len(frame) > 5 and frame[1] & 0x80 else b""


EXERCISES = (Exercise(
    number="4.3", title="Masks", section="pieces", minutes=10, names=("Unmasker", "write"),
    cases=CASES, judge=judge_4_3, guards=(SAME_STATE,),
    hints=(
        "Byte number i of the whole payload belongs to key[i % 4]. What does the second call of "
        "feed have to know? And who of the two, client and server, chooses a key, and when?",
        "Keep a count of the bytes that were fed, or turn the key after each piece. For write: a "
        "server's frame is header and payload. A client's has the MASK bit, os.urandom(4), and "
        "the payload mixed with that.",
        "feed: out = bytes(b ^ self.key[(self.at + i) % 4] for i, b in enumerate(chunk)); self.at "
        "+= len(chunk). write: if client, key = os.urandom(4), and return bytes([0x80 | opcode, "
        "0x80 | len(payload)]) + key + Unmasker(key).feed(payload).",
    ),
    wrong_ideas={
        "key_restarts_per_chunk": WrongIdea("each piece begins with the key's first byte",
            "The key begins once for each frame. How the network cuts the payload means nothing: "
            "byte number i belongs to key[i % 4], also when it comes in another piece. With "
            "pieces of 4, 8 or 4096 bytes this mistake does not show.", "restarts"),
        "constant_key": WrongIdea("the key can be known before",
            "RFC 6455 §5.3: a fresh key for each frame, from a strong source, that the "
            "application cannot predict. A page that knows the key chooses the payload so that "
            "the bytes on the wire are a request. Take os.urandom(4) each time.", "constant"),
        "predictable_key": WrongIdea("the key comes from where it can be predicted",
            "The module random is made for simulations: from 624 of its numbers all later ones "
            "follow, and each masked frame shows the server its key. A clock can be read by "
            "everybody. RFC 6455 §5.3 wants a strong source of chance: os.urandom, or the module "
            "secrets.", "random; clock"),
        "server_masks": WrongIdea("a server masks, too",
            "Only a client masks. A client that gets a masked frame has to end the connection "
            "with 1002 (§5.1).", "server masks"),
    },
    slips={
        "After each piece you are one byte too far in the key: zip(key, chunk) takes a byte of "
        "the key before it sees that the piece has ended. Write zip(chunk, key).": "one too far",
    },
),)  # fmt: skip
