"""Judge of exercise 4.3: a mask that continues from piece to piece, and a client's keys.

    Unmasker(37 fa 21 3d).feed(7f 9f) ─▶ "He"     .feed(4d 51 58) ─▶ "llo"
    write(1, b"Hello", True)  ─▶ 81 85 k0 k1 k2 k3 …        write(1, b"Hello", False) ─▶ 81 05 …

Exercises.  Builds on: `grading`, `wire.websocket.frames` and `wire.websocket.masking` (what is
right).
What is new here: a key that is chosen at random cannot be compared with an expected one.  The judge
takes the keys out of the frames, and compares those of several frames and of two processes.
Left out: how good the random numbers are; keys that differ each time pass.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

from .....wire.websocket import frames, masking
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.remote import Raised, RemoteObject
from ...sandbox.values import same
from ...verdict import Verdict, WrongIdea

WHOLE = "a payload in one piece"
PIECES = "a payload in pieces"
MANY = "several payloads at the same time"
CLIENT = "a client's frame"
KEYS = "a client's keys"
SERVER = "a server's frame"
CASES = (WHOLE, PIECES, MANY, CLIENT, KEYS, SERVER)
AT_I = "Byte number i of the payload belongs to key[i % 4]. Count the bytes of all pieces before."
ONE_PIECE = "feed returns the piece that it was given, and nothing else of the payload."


def judge_4_3(answer: Answer, chance: random.Random) -> Verdict:
    """Check the unmasker first, then the frames that the answer writes."""
    for _ in range(2):
        payload, key = text.phrase(chance).encode(), _key(chance)
        _feed(answer, WHOLE, [payload], key)
    payload = text.phrase(chance).encode() + chance.randbytes(12)
    pieces = [payload[:3], payload[3:5], payload[5:6], payload[6:10], payload[10:]]
    _feed(answer, PIECES, pieces, _key(chance))
    for size in (66, 5000):
        payload = chance.randbytes(size)
        _feed(answer, PIECES, _pieces(payload, chance), _key(chance))
    _at_the_same_time(answer, chance)
    payloads = (text.phrase(chance, at_most=3).encode(), b"", chance.randbytes(125))
    right = [_written(answer, chance.choice([1, 2, 9]), payload, True) for payload in payloads]
    idea = "server_masks" if all(right) else ""
    for payload in payloads:
        _written(answer, chance.choice([1, 2, 9]), payload, False, idea)
    _keys(answer, chance)
    return answer.marks.verdict()


def _feed(answer: Answer, case: str, pieces: list[bytes], key: bytes) -> None:
    """Mask the whole payload, and feed it in `pieces` to one Unmasker."""
    known, masked = answer.marks.faulty, masking.mask_at_once(b"".join(pieces), key)
    if (unmasker := _unmasker(answer, case, key)) is None:
        return
    ends = list(itertools.accumulate(map(len, pieces)))
    chunks = [masked[end - len(piece) : end] for end, piece in zip(ends, pieces, strict=True)]
    got = [unmasker.call("feed", chunk) for chunk in chunks]
    again = [masking.mask_at_once(chunk, key) for chunk in chunks]
    idea = "key_restarts_per_chunk" if same(got, again) and not known else ""
    for number, (chunk, one, piece) in enumerate(zip(chunks, got, pieces, strict=True), 1):
        given = f"Unmasker({key!r}), piece {number}: feed({shown(chunk[:40])})"
        why = "" if type(one) is not bytes else AT_I if len(one) == len(piece) else ONE_PIECE
        if not answer.marks.equal(case, one, piece, given=given, idea=idea, why=why):
            return


def _at_the_same_time(answer: Answer, chance: random.Random) -> None:
    """Two frames arrive in turns; each has an unmasker and a key of its own."""
    pairs: list[tuple[RemoteObject, list[bytes], list[bytes]]] = []
    for _ in range(2):
        payload, key = chance.randbytes(60), _key(chance)
        if (unmasker := _unmasker(answer, MANY, key)) is None:
            return
        cuts, masked = [7, 19, 38, 60], masking.mask_at_once(payload, key)
        spans = list(zip([0, *cuts], cuts, strict=False))
        pairs.append((unmasker, [masked[a:b] for a, b in spans], [payload[a:b] for a, b in spans]))
    for number in range(4):
        for unmasker, chunks, parts in pairs:
            got = unmasker.call("feed", chunks[number])
            answer.marks.equal(MANY, got, parts[number], given="of two unmaskers by turns, one")


def _unmasker(answer: Answer, case: str, key: bytes) -> RemoteObject | None:
    made = answer.make("Unmasker", key)
    if isinstance(made, RemoteObject):
        return made
    answer.marks.equal(case, made, b"", given=f"Unmasker({key!r})")
    return None


def _written(
    answer: Answer, opcode: int, payload: bytes, client: bool, if_masked: str = ""
) -> bool:
    case, marks = CLIENT if client else SERVER, answer.marks
    got = answer.call("write", opcode, payload, client)
    given = f"write({opcode}, {shown(payload[:40])}, {client})"
    plain = frames.header(opcode, len(payload)) + payload
    if not client:
        masked = type(got) is bytes and _read(got, opcode) == payload
        return marks.equal(case, got, plain, given=given, idea=if_masked if masked else "")
    if type(got) is bytes and _read(got, opcode) == payload:
        return marks.true(case, True)
    if type(got) is bytes and len(got) == len(plain) + 4:
        key = got[2:6]
        wanted = frames.header(opcode, len(payload), True) + key
        return marks.equal(case, got, wanted + masking.mask_at_once(payload, key), given=given)
    return marks.fail(
        case,
        observed=f"{given} {'' if isinstance(got, Raised) else 'gave '}{shown(got)}",
        expected=f"{2 + 4 + len(payload)} bytes: a header with the MASK bit, a key, and the "
        "payload mixed with it",
        raised=got if isinstance(got, Raised) else None,
    )


def _keys(answer: Answer, chance: random.Random) -> None:
    """Compare the keys of ten frames, half with the same payload, in each of two new processes."""
    payloads = [text.name(chance).encode() for _ in range(5)]
    payloads += [payloads[0]] * 5
    rounds: list[list[bytes]] = []
    for _ in range(2):
        answer.restart()
        got = [answer.call("write", 1, payload, True) for payload in payloads]
        if any(
            type(one) is not bytes or _read(one, 1) != payload
            for one, payload in zip(got, payloads, strict=True)
        ):
            answer.marks.fail(KEYS, observed=shown(got[0]), expected="ten masked frames")
            return
        rounds.append([one[2:6] for one in got])
    said = ", ".join(key.hex(" ") for key in rounds[0][:4])
    for keys, what in ((rounds[0], "the keys of ten frames"), (rounds[0][:5], "the keys of five")):
        answer.marks.true(
            KEYS,
            len(set(keys)) == len(keys),
            observed=f"{what} were {said}, …: {len(set(keys))} different ones",
            expected="a fresh key for each frame",
            idea="constant_key" if len(set(rounds[0])) <= 5 else "",
        )
    answer.marks.true(
        KEYS,
        any(len(set(key)) > 1 for key in rounds[0]),
        observed=f"the keys were {said}, …: each is one byte, four times",
        expected="four bytes by chance",
        why="One byte has 256 values, and somebody can try them all. Take four.",
    )
    answer.marks.true(
        KEYS,
        not same(rounds[0], rounds[1]),
        observed=f"started again, the program chose the same keys: {said}, …",
        expected="keys that nobody can know before",
        idea="constant_key",
    )


def _read(data: bytes, opcode: int) -> Any:
    """The payload of a short masked frame, or None if it is no such frame."""
    if len(data) < 6 or data[0] != 0x80 | opcode or data[1] != 0x80 | (len(data) - 6):
        return None
    return masking.mask_at_once(data[6:], data[2:6])


def _key(chance: random.Random) -> bytes:
    """Four different bytes, none of them 0."""
    return bytes(chance.sample(range(1, 256), 4))


def _pieces(payload: bytes, chance: random.Random) -> list[bytes]:
    """Pieces of the payload of any size, an empty one among them."""
    pieces = [payload[:5], b""]
    payload = payload[5:]
    while payload:
        size = chance.choice([1, 2, 3, 4, 7, 300])
        pieces.append(payload[:size])
        payload = payload[size:]
    return pieces


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
            "Keep a count of the bytes that were fed, or turn the key behind each piece. For "
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
            "server_masks": WrongIdea(
                "a server masks, too",
                "Only a client masks. A client that gets a masked frame has to end the connection "
                "with 1002 (§5.1).",
            ),
        },
        judge=judge_4_3,
    ),
)
