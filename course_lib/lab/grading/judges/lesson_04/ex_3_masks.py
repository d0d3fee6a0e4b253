"""Judge of exercise 4.3: a mask that continues from piece to piece, and a client's keys.

    Unmasker(37 fa 21 3d).feed(7f 9f) ─▶ "He"     .feed(4d 51 58) ─▶ "llo"
    write(1, b"Hello", True)  ─▶ 81 85 k0 k1 k2 k3 …        write(1, b"Hello", False) ─▶ 81 05 …

Exercises.  Builds on: `grading.trial`, `wire.websocket.masking`.
What is new here: no two programs choose the same keys, so what is compared are properties of them.
One is that they differ when all that can be foretold is the same again: the process, the state of
the module `random`, the clocks.
Left out: statistics; a key whose bits all change passes.
"""

from __future__ import annotations

import io
import os
import random
import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from .....wire.websocket import masking
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import brief, gave
from ...sandbox.values import Raised
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (WHOLE := "a payload in one piece"): (
        "Byte number i of the payload is mixed with key[i % 4]: byte ^ key[i % 4]. feed returns as "
        "many bytes as it was given."
    ),
    (PIECES := "a payload in pieces"): (
        "feed returns the piece that it was given, whole and at once, and nothing of the others. "
        "Byte number i of the whole payload belongs to key[i % 4]: count the bytes of all pieces "
        "before."
    ),
    (MANY := "several payloads at the same time"): (
        "Each Unmasker has a key and a count of its own: set both in __init__, on self."
    ),
    (CLIENT := "a client's frame"): (
        "A client masks: it sends 0x80 | opcode, then 0x80 | the payload's length, then the four "
        "bytes of the key, then the payload mixed with it."
    ),
    (KEYS := "a client's keys"): (
        "Take four new bytes from the system's own chance for each frame: os.urandom(4)."
    ),
    (SERVER := "a server's frame"): (
        "A server does not mask: it sends 0x80 | opcode, then the payload's length, then the "
        "payload as it is."
    ),
}
SAME_STATE = """\
def _written(payload, what):
    import _random, random, time
    kept = {name: getattr(time, name) for name in dir(time)
            if name.endswith("_ns") or name + "_ns" in dir(time)}
    here, state, dice = dict(globals()), random.getstate(), _random.Random(1)
    ticks = iter(range(1_700_000_000_000_000_000, 1 << 62, 1_000))
    still = {name: (lambda: next(ticks)) if "_ns" in name else (lambda: next(ticks) / 1e9)
             for name in kept}
    try:
        if what == "random":
            random.seed(1)
            random.Random.random = lambda self: dice.random()
            random.Random.getrandbits = lambda self, bits: dice.getrandbits(bits)
        else:
            vars(time).update(still)
            globals().update({own: still[name] for own, value in here.items()
                              for name in kept if value is kept[name]})
        return [write(1, payload, True) for _ in range(4)]
    finally:
        vars(time).update(kept)
        globals().update(here)
        random.setstate(state)
        for name in {"random", "getrandbits"} & vars(random.Random).keys():
            delattr(random.Random, name)
"""
"""Runs before the answer: four frames, while what can be foretold is in a state that is known."""
FEW = (
    "Some bits of your keys are not drawn by chance, so there are far fewer keys than four bytes "
    "can be, and somebody can try them all. Take os.urandom(4) as it is."
)
AGAIN = (
    "Whoever starts your program knows the keys of everybody who starts it. They have to come from "
    "outside the program, from the system: os.urandom(4)."
)


class RightUnmasker:
    """The answer, with a switch for each mistake."""

    shared = 0

    def __init__(self, key: bytes, wrong: Wrong) -> None:
        self.key, self.wrong, self.at = key, wrong, 0

    def feed(self, chunk: bytes) -> bytes:
        wrong, size = self.wrong, len(chunk)
        at = RightUnmasker.shared if "shared" in wrong else self.at
        step, sign = 2 if "twice" in wrong else 1, -1 if "backwards" in wrong else 1
        data = chunk[:4] if "four at most" in wrong else chunk
        out = bytes(byte ^ self.key[(sign * at + i * step) % 4] for i, byte in enumerate(data))
        self.at = 0 if "restarts" in wrong else size if "last piece" in wrong else at + size
        self.at += "one too far" in wrong
        RightUnmasker.shared = self.at % 4 if "shared" in wrong else 0
        return out


def right_write(opcode: int, payload: bytes, client: bool, wrong: Wrong) -> bytes:
    if not (client or "server masks" in wrong):
        return bytes([0x80 | opcode, len(payload)]) + payload
    key = secrets.token_hex(2).encode() if "few" in wrong else os.urandom(4)
    key = b"keys" if "constant" in wrong else key
    length = len(payload) + 4 * ("with key" in wrong)
    return bytes([0x80 | opcode, 0x80 | length]) + key + RightUnmasker(key, wrong).feed(payload)


def right_written(payload: bytes, what: str, wrong: Wrong) -> list[bytes]:
    """What `_written` gives: a program of the grader's own process must not stop its clocks."""
    dice = random.Random(1) if what in wrong else random.SystemRandom()
    return [bytes([0x81, 0x80 | len(payload)]) + dice.randbytes(4) + payload for _ in range(4)]


IDEAS = {
    "key_restarts_per_chunk": ["restarts"],
    "constant_key": ["constant"],
    "predictable_key": ["random", "clock"],
    "server_masks": ["server masks"],
}
SLIPS = {
    "The count is that of the last piece alone. Add up all pieces: self.at += len(chunk).": [
        "last piece"],
    "After each piece you are one byte too far in the key. Does zip take the key first? Then it "
    "takes a byte of the key before it sees that the piece has ended: write zip(chunk, key).": [
        "one too far"],
    "The key is turned the wrong way: after a piece of one byte comes key[1], not key[3].": [
        "backwards"],
    "The count grows within the loop, and i grows, too: that is two bytes of the key for each byte "
    "of the payload. Add len(chunk) after the loop.": ["twice"],
    "zip ends with the shorter one, and the key has four bytes. Begin with the key again after "
    "each four bytes of the payload.": ["four at most", "four at most, restarts"],
    "The count belongs to the class here, and all unmaskers share it. Set it in __init__, on "
    "self.": ["shared"],
    "The length is that of the payload alone. The key is not counted.": ["with key"],
    FEW: ["few"],
}  # fmt: skip


def judge_4_3(answer: Answer, chance: random.Random) -> Verdict:
    """The unmasker first, then the frames that the answer writes, and their keys.

    In each story the unmaskers are fed a number of bytes that can be divided by four: a count that
    is shared by all would spoil the next story otherwise.
    """
    right: dict[str, Any] = {"Unmasker": RightUnmasker, "write": right_write}
    right["_written"] = right_written
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)
    sizes = [5, 0, *chance.choices([1, 2, 3, 4, 7, 300], k=30)]
    for case, pieces in (
        *((WHOLE, [20]), (WHOLE, [8]), (PIECES, [3, 2, 1, 4, 10]), (PIECES, [1, 1, 1, 1, 60])),
        (PIECES, [*sizes, -sum(sizes) % 4]),
    ):
        trial.play(case, partial(_feed, pieces, ["unmasker"]))
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
    size, mask = len(payload), masking.mask_at_once
    if rest == payload:
        return "the payload as it is"
    if len(rest) == size + 4 and payload in (rest[4:], mask(rest[4:], rest[:4])):
        how = "as it is" if rest[4:] == payload and payload else "mixed with it"
        return f"a key, and the payload {how}"
    if len(rest) == size > 4 and mask(rest, mask(rest[:4], payload[:4])) == payload:
        return "the payload mixed with a key that is not there"
    return f"{len(rest)} bytes that no key makes the payload"


def _keys(play: Play) -> None:
    """Look at keys until something is wrong: what comes after it would be wrong, too."""
    for good, said, why in _properties(play):
        play.see(None, counts=good, text=said, why="" if good else why)
        if not good:
            return


def _properties(play: Play) -> Iterator[tuple[bool, str, str]]:
    """What is true of good keys: whether it is, a sentence that says so, and why it should be."""
    payload = text.name(play.chance)[:4].encode()

    def keys(count: int) -> list[bytes]:
        return [_key(play.call("write", 1, payload, True)) for _ in range(count)]

    play.subject.close()
    first = keys(16)
    play.tell(
        f"{len(first)} frames have the keys {', '.join(key.hex(' ') for key in first[:4])}, …"
    )
    yield len({*first}) > 14, f"there are {len({*first})} different keys among them", ""
    for what, state in (("random", "with the module random in the same state"),
                        ("clock", "at the same time by all clocks")):  # fmt: skip
        one, two = ([*map(_key, got)] if isinstance(got, list) else [] for got in (
            play.call("_written", payload, what) for _ in range(2)))  # fmt: skip
        which = "the same" if one == two else "other"
        yield one != two, f"written again {state}, they have {which} keys", ""
    numbers = [int.from_bytes(key, "big") for key in keys(64)]
    bits = {tuple(number >> bit & 1 for number in numbers) for bit in range(32)}
    free = len(bits - {(0,) * 64, (1,) * 64})
    yield free == 32, f"{free} bits of a key are drawn by chance", FEW
    play.subject.close()
    which = "the same" if keys(16) == first else "other"
    yield which == "other", f"started again, the program chooses {which} keys", AGAIN


def _key(frame: Any) -> bytes:
    """The key of a masked frame; no bytes, if it is none."""
    return frame[2:6] if type(frame) is bytes and len(frame) > 5 and frame[1] & 0x80 else b""


EXERCISES = (
    Exercise(
        number="4.3",
        title="Masks",
        section="pieces",
        minutes=10,
        names=("Unmasker", "write"),
        cases=CASES,
        hints=(
            "Byte number i of the whole payload belongs to key[i % 4]. What does the second call "
            "of feed have to know? And who of the two, client and server, chooses a key, and when?",
            "Keep a count of the bytes that were fed, or turn the key after each piece. For "
            "write: a server's frame is header and payload. A client's has the MASK bit, "
            "os.urandom(4), and the payload mixed with that.",
            "feed: out = bytes(b ^ self.key[(self.at + i) % 4] for i, b in enumerate(chunk)); "
            "self.at += len(chunk). write: if client, key = os.urandom(4), and return "
            "bytes([0x80 | opcode, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload).",
        ),
        wrong_ideas={
            "key_restarts_per_chunk": WrongIdea(
                "each piece begins with the key's first byte",
                "The key begins once for each frame. How the network cuts the payload means "
                "nothing: byte number i belongs to key[i % 4], also when it comes in another "
                "piece. With pieces of 4, 8 or 4096 bytes this mistake does not show.",
            ),
            "constant_key": WrongIdea(
                "the key can be known before",
                "RFC 6455 §5.3: a fresh key for each frame, from a strong source, that the "
                "application cannot predict. A page that knows the key chooses the payload so "
                "that the bytes on the wire are a request. Take os.urandom(4) each time.",
            ),
            "predictable_key": WrongIdea(
                "the key comes from where it can be foretold",
                "The module random is made for simulations: from 624 of its numbers all later "
                "ones follow, and each masked frame shows the server its key. A clock can be read "
                "by everybody. RFC 6455 §5.3 wants a strong source of chance: os.urandom, or the "
                "module secrets.",
            ),
            "server_masks": WrongIdea(
                "a server masks, too",
                "Only a client masks. A client that gets a masked frame has to end the connection "
                "with 1002 (§5.1).",
            ),
        },
        judge=judge_4_3,
        given=(("the grader's text", SAME_STATE),),
    ),
)
