"""Judge of exercise p3.2: packets with their length before them, a limit, and an end.

    00 06 ec 95 88 eb 85 95 | 00 00 | 00 | 03 68 69 21        ff ff        00 09 61 ■
    feed ─▶ ["안녕"]          [b""]   []   [b"hi!"]            refused      end() is an error

Exercises.  Builds on: `grading.trial`.
What is new here: a reader that did not refuse a length is given the body, too: whoever refuses it
then, has looked too late, and whoever takes it has no limit.
Left out: what a reader does after it has refused a length.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...marks import brief
from ...trial import Answer, Exercise, Over, Play, Raised, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ONE := "one packet"):
        "The first two bytes are the length, the big end first. The packet is so many bytes after "
        "them, without the length. feed returns a list of bytes, also for one packet or none.",
    (HANGUL := "a packet of Hangul and emoji"): "The length counts bytes. Give out bytes.",
    (SEVERAL := "several packets in one piece, an empty one among them"):
        "Give out all packets that are complete by now. A length of 0 is an empty packet.",
    (CUT := "packets that are cut anywhere"):
        "A cut may be inside the length, too. Keep what is not complete, and put the next piece "
        "after it.",
    (LIMIT := "a length above the limit"):
        "A packet of exactly `limit` bytes is allowed. A larger length is refused with "
        "ValueError, as soon as both of its bytes are here. This holds for each packet, not only "
        "the first.",
    (END := "the end of the stream"):
        "A packet has begun with the first byte of its length. From there to its last byte, end() "
        "raises ValueError. Between two packets, and before the first one, it raises nothing.",
}  # fmt: skip
LARGE = 5000  # a limit above all packets, where it is not the subject
SHARED = "Two readers share what they keep. It belongs to each of them: make it in __init__."


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, limit: int, wrong: Wrong) -> None:
        self.limit, self.wrong, self.rest = limit, wrong, b""

    def feed(self, piece: bytes) -> list[bytes]:
        wrong, found = self.wrong, list[bytes]()
        if "whole" in wrong:
            return [piece[2:]]
        self.rest = piece if "no rest" in wrong else self.rest + piece
        self._look("at the buffer", len(self.rest) - 2)
        shortest = 1 if "half header" in wrong else 2
        while len(self.rest) >= shortest and not (found and "first only" in wrong):
            self.rest = self.rest.rjust(2, b"\0")
            order: Any = "little" if "little" in wrong else "big"
            length, body = int.from_bytes(self.rest[:2], order), self.rest[2:]
            self._look("at the length", length)
            there = body.decode() if "characters" in wrong else body
            if len(there) < length or ("empty stops" in wrong and not length):
                break
            self._look("at the packet", length)
            packet = body.decode()[:length].encode() if "characters" in wrong else body[:length]
            self.rest = body[len(packet) :]
            if packet or "empty left out" not in wrong:
                found.append(packet)
        return found

    def _look(self, where: str, size: int) -> None:
        """Refuse a size above the limit, if the program looks here."""
        looks = self.wrong & {"at the buffer", "at the packet"} or {"at the length"}
        if where in looks and (size > self.limit or (not size and "empty refused" in self.wrong)):
            raise ValueError

    def end(self) -> None:
        if self.rest and "silent" not in self.wrong:
            raise ValueError


def judge_p3_2(answer: Answer, chance: random.Random) -> Verdict:
    """Good streams first, from easy to hard; then those that must be refused."""
    trial = Trial(answer, chance, Right, errors=("ValueError",))

    def stream(case: str, *pieces: bytes, limit: int = LARGE) -> None:
        trial.play(case, partial(_story, limit, [("reader", "feed", piece) for piece in pieces]))

    name = text.name(chance).encode()
    one, two = _packet(name), _packet(text.name(chance).encode())
    long, empty = _packet((name * 300)[:300]), _packet(b"")
    said, more = (_packet(text.phrase(chance, at_most=4).encode()) for _ in range(2))
    stream(ONE, one)
    stream(ONE, long, two)
    stream(HANGUL, said, more)
    stream(SEVERAL, one + said, two)
    stream(SEVERAL, one + empty + two, empty, one)
    for at in 1, 2, 5, len(one) + 1:
        stream(CUT, (one + two)[:at], (one + two)[at:], said)
    turns = [("reader", "feed", one[:4]), ("other", "feed", two), ("reader", "feed", one[4:])]
    trial.play(CUT, partial(_story, LARGE, turns))
    data = said + empty + long + more
    for size in 1, 3, 50:
        stream(CUT, *[data[at : at + size] for at in range(0, len(data), size)])
    limit = chance.randint(20, 40)
    most, over = (_packet((name * limit)[:size]) for size in (limit, limit + 1))
    stream(LIMIT, most[:-1], most[-1:] + most + most, limit=limit)
    stream(LIMIT, b"\xff\xff", limit=limit)
    for before in b"", one, one + two:
        stream(LIMIT, before, over[:2], over[2:], limit=limit)
        stream(LIMIT, before + over[:2], over[2:], limit=limit)
    for rest in b"", one[:1], one[:2], one[:-1]:
        for whole in b"", two, two + empty:
            steps = [("reader", "feed", whole + rest), ("reader", "end")]
            trial.play(END, partial(_story, LARGE, steps, free=not rest))
    return trial.verdict()


def _story(limit: int, steps: Sequence[Any], play: Play, free: bool = False) -> None:
    """Call readers, until one raises something.  `free`: what `end` returns does not count."""
    readers: dict[str, Any] = {}
    for who, method, *given in steps:
        if given == [b""]:
            continue
        if who not in readers:
            play.tell(f"{who} = Packets({limit})")
            readers[who] = play.make("Packets", limit)
        play.tell(f"{who}.{method}({', '.join(brief(piece, 40) for piece in given)})")
        got = play.call(method, *given, on=readers[who])
        raised = isinstance(got, Raised)
        if method == "end" or play.case != END:
            said = "it raises nothing" if free and not raised else ""
            why = SHARED if len(readers) > 1 else "" if raised else CASES[play.case]
            play.see(got, counts=said or None, text=said, why=why)
        if raised:
            break
    if play.call("feed", _packet(b"hi"), on=play.make("Packets", LARGE)) != [b"hi"]:
        raise Over  # readers share what they keep: the next story needs a new process


def _packet(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


EXERCISES = (Exercise(
    number="p3.2", title="Packets with a limit", section="table", minutes=10, names=("Packets",),
    cases=CASES, judge=judge_p3_2,
    hints=(
        "Begin with the reader of section 3. It waits for two bytes, then for all of the body. "
        "Between these two steps you know the length: what can you do there?",
        "Is a length of 0 a message for your reader? Are both bytes of the length there before "
        "you read it? Which value of the buffer tells end() that nothing is missing?",
        "while len(self.buffer) >= 2: take the length; if length > self.limit, raise ValueError; "
        "if the body is not complete, break; else cut it off. end() raises ValueError if "
        "self.buffer is not empty.",
    ),
    wrong_ideas={
        "length_in_characters": WrongIdea("the length counts characters",
            "Six bytes can be two syllables. A reader that makes text of them first waits for "
            "letters that never come. Keep bytes, and give out bytes.", "characters"),
        "little_endian": WrongIdea("the little end stands first",
            "Networks begin with the big end. Read from the other end, 00 05 is 1280, and the "
            "reader waits for bytes that never come.", "little"),
        "header_in_one_piece": WrongIdea("the length is never cut",
            "A cut can be between its two bytes, too. Half a length looks like a small one. Wait "
            "until both bytes are there.", "half header"),
        "waits_for_oversize_body": WrongIdea("the limit is looked at when the body is here",
            "Then it is too late: all of the body was kept in memory. Refuse the length before "
            "you collect anything.", "at the packet"),
        "empty_message_stops": WrongIdea("a message of no bytes is no message",
            'An empty message has the length 0. In Python 0 and b"" are false in an if, so `if '
            "length:` leaves it out. Ask for what you mean: are enough bytes there?",
            "empty stops; empty left out; empty refused"),
        "end_is_silent": WrongIdea("the end of the stream is always fine",
            "When the connection ends in the middle of a packet, a message was lost, and somebody "
            "has to know. With anything in the buffer the end is an error.", "silent"),
        "one_read_is_one_message": WrongIdea("one piece is one packet",
            "TCP cuts where it likes: a piece may be half a packet, or three of them. Only the "
            "length tells where a packet ends.", "whole; no rest, first only"),
        "only_first_message": WrongIdea("one packet is taken from a piece, and the others wait",
            "The ones that wait are given out when the next piece comes, and after the last piece "
            "never. Take packets as long as one is complete.", "first only"),
        "loses_the_rest": WrongIdea("what is not complete is thrown away",
            "It is the beginning of the next packet: put the next piece after it.", "no rest"),
        "limits_the_buffer": WrongIdea("the limit is compared with all that is in the buffer",
            "One piece may hold many short packets, and all of them are allowed. A header that "
            "promises too much is only two bytes. Compare the length that it says.",
            "at the buffer"),
    },
),)  # fmt: skip
