"""Judge of exercise 7.1: packets as a payload, and back.

    [("4", "hi"), ("2", ""), ("4", b"\\x01")]  ─▶  b"4hi\\x1e2\\x1ebAQ=="  ─▶  the same list

Exercises.  Builds on: `grading.trial`.
What is new here: a text has line ends, begins with b, or is empty, and the bytes need all of
base64's alphabet: each is where some codec goes wrong.
Left out: bytes that are no UTF-8.
"""

from __future__ import annotations

import base64
import itertools
import random
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (TEXTS := "packets of text, written"):
        "Each packet is its digit and its text, in UTF-8. Between two of them is one byte 1e, and "
        "neither before the first nor after the last. A text stays as it is.",
    (BYTES := "messages of bytes, written"):
        "A message of bytes is b and its base64, as base64.b64encode gives it, also if it is "
        "empty. No digit is before the b.",
    (READ := "packets of text, read"):
        "Cut at each byte 1e, and nowhere else. The first letter of a packet is its digit, a str, "
        "and all that follows is its text, which may be empty.",
    (BINARY := "messages of bytes, read"):
        'b and base64 is a message, so it is read as ("4", the bytes).',
    (BAD := "until the first bad packet"):
        "Return the packets before the first bad one: it may be empty, begin with anything but 0 "
        "to 6 and b, or have no base64 after the b. What comes after it is not looked at.",
}  # fmt: skip
BAD_PACKETS = {
    "empty": ("",),
    "unknown": ("7", "hello", "9"),
    "base64": ("bAQI", "bAQ*ID", "b안녕"),
}
SUBSETS = [some for n in (1, 2, 3) for some in itertools.combinations(BAD_PACKETS, n)]
Pair = tuple[str, str | bytes]


def right_encode(packets: list[Pair], wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    parts = [_written(*packet, wrong) for packet in packets]
    if wrong & {"characters", "octets"}:
        sizes = [len(part if "octets" in wrong else part.decode()) for part in parts]
        return b"".join(b"%d:%b" % pair for pair in zip(sizes, parts, strict=True))
    separator = b"\n" if "newline written" in wrong else b"\x1e"
    return separator.join(parts) + (separator if "one more" in wrong else b"")


def _written(digit: str, data: str | bytes, wrong: Wrong) -> bytes:
    if isinstance(data, str):
        return f"{digit}{data}".encode()
    coded = base64.urlsafe_b64encode(data) if "urlsafe" in wrong else base64.b64encode(data)
    coded = base64.encodebytes(data) if "wrapped" in wrong else coded
    others = {"four written": b"4b" + coded, "no b": b"4" + coded, "raw": b"4" + data,
              "raw b": b"b" + data, "unpadded": b"b" + coded.rstrip(b"="),
              "printed": f"4{data!r}".encode(), "printed base64": f"b{coded!r}".encode(),
    }  # fmt: skip
    return next((other for name, other in others.items() if name in wrong), b"b" + coded)


def right_decode(body: bytes, wrong: Wrong) -> list[Any]:
    whole = body.decode()
    parts = whole.split("\n" if "newline read" in wrong else "\x1e")
    found: list[Any] = []
    for part in whole.splitlines() if "lines read" in wrong else parts:
        one = _read(part, wrong)
        if isinstance(one, tuple):
            found.append(one)
        elif f"raises {one}" in wrong:
            raise ValueError(part)
        elif f"nothing {one}" in wrong:
            return []
        elif f"skips {one}" not in wrong:
            break
    return found


def _read(part: str, wrong: Wrong) -> Any:
    """The packet, or what is bad in it."""
    kind, data = part[:1], part[1:]
    if "four read" in wrong and part[:2] in ("4b", f"b{data[:1]}"):
        kind, data = ("b", part[2:]) if kind == "4" else ("x", data)
    if kind == "b":
        try:
            found: Any = base64.b64decode(data, validate="lenient" not in wrong)
        except ValueError:
            return "base64"
        found = data if "base64 stays" in wrong else found
        return "b" if "b stays" in wrong else "4", found
    taken = (kind.isdecimal() and "any digit" in wrong) or (kind and "anything" in wrong)
    if taken or kind in [*"0123456"]:
        said = data.encode() if "octets read" in wrong else data
        return int(kind) if "number" in wrong else kind, said
    return "unknown" if kind else ("", "") if "empty taken" in wrong else "empty"


def _reading(value: Any) -> Any:
    """A body is bytes.  A packet may be a tuple or a list, and so may all of them together."""
    return value if isinstance(value, bytes) else [(digit, data) for digit, data in value]


def judge_7_1(answer: Answer, chance: random.Random) -> Verdict:
    right: dict[str, Any] = {"encode": right_encode, "decode": right_decode}
    trial = Trial(answer, chance, right, reads=_reading)
    phrase, name, other = text.phrase(chance), text.name(chance), text.name(chance)
    data = [b"\xfb\xff\xbf" + chance.randbytes(size) for size in (1, 60, 2)]
    texts: list[list[Pair]] = [
        [("4", phrase)], [("2", "")], [("4", name), ("2", ""), ("4", phrase)],
        [("4", ""), ("6", "")], [("4", f"{name}\n{other}\r\n"), ("3", "probe")],
        [("4", f"b{name}AQID"), ("4", f"4{other}")], [("0", "{}"), ("4", "bAQ=="), ("1", "")],
    ]  # fmt: skip
    binary: list[list[Pair]] = [
        [("4", data[0])], [("4", data[1])], [("4", data[2])],
        [("4", name), ("4", data[0]), ("2", "")], [("4", b""), ("4", data[2]), ("4", phrase)],
    ]  # fmt: skip
    for write, read, lists in ((TEXTS, READ, texts), (BYTES, BINARY, binary)):
        for packets in lists:
            trial.ask(write, packets, name="encode")
            trial.ask(read, right_encode(packets, frozenset()), name="decode")
    for bad in itertools.chain(*BAD_PACKETS.values()):
        for before, after in (([f"4{phrase}", "2"], [f"4{name}"]), ([], [f"4{other}", "2"])):
            trial.ask(BAD, "\x1e".join([*before, bad, *after]).encode(), name="decode")
    return trial.verdict()


def _kinds(switch: str, subsets: list[tuple[str, ...]] = SUBSETS) -> str:
    """Programs that do this at some kinds of bad packets."""
    return "; ".join(", ".join(f"{switch} {kind}" for kind in kinds) for kinds in subsets)


EXERCISES = (Exercise(
    number="7.1", title="Packets and payloads", section="packets", minutes=14,
    names=("encode", "decode"), cases=CASES, judge=judge_7_1,
    hints=(
        "Write one function for one packet first, in each direction. How does the reader know "
        "that a packet is base64? And what tells you that a packet is bad?",
        'encode: "\\x1e".join of all packets, then .encode(). decode: go through the parts of '
        'body.decode().split("\\x1e") in a loop. At the first bad one, break.',
        'One packet: digit + data, or "b" + base64.b64encode(data).decode(). Back: if part[:1] is '
        'one of "0" to "6": (part[0], part[1:]); if it is "b": try base64.b64decode(part[1:], '
        "validate=True), whose ValueError means bad. What is left is bad, too.",
    ),
    wrong_ideas={
        "length_prefixed": WrongIdea("the length of each packet is before it",
            "That was revision 3 of the protocol, which counted characters. In revision 4 there "
            "is one byte 1e between two packets, and nothing is counted.", "characters; octets"),
        "four_before_b": WrongIdea("base64 comes after the digit 4 and a b",
            "The b stands in the place of the 4. With 4b in front, the other side reads a text "
            "that begins with b; and a text that begins with b is no base64.",
            "four written; four read; four written, four read"),
        "urlsafe_base64": WrongIdea("base64 is written with - and _",
            "That alphabet is for URLs. In a body it is the usual one, with + and /, which the "
            "other side expects: base64.b64encode.", "urlsafe; urlsafe, lenient"),
        "newline_separator": WrongIdea("packets are lines",
            "A text may have line ends, and would be cut there. The separator is the byte 1e, "
            'written "\\x1e" in Python.',
            "newline written; newline read; newline written, newline read"),
        "continues_after_bad_packet": WrongIdea("a bad packet is left out, and the next is read",
            "After a bad packet nobody knows what the sender meant, so the rest is dropped, and "
            "the session will end. Stop there.", _kinds("skips", SUBSETS[1:])),
        "all_or_nothing": WrongIdea("with a bad packet nothing counts",
            "What came before it was whole, and the application gets it. Return what you have, "
            "and let no exception of base64 out.",
            f"{_kinds('raises', SUBSETS[1:])}; {_kinds('nothing')}"),
        "bytes_as_they_are": WrongIdea("bytes travel as they are",
            "A payload is text in UTF-8, and most bytes are none: the other side could not read "
            "any of its packets. Bytes need base64 there.", "raw; raw b"),
        "b_is_a_type": WrongIdea("b is a type of packet",
            "b says how the data is written, not what it is for. It is a message, and whoever gets "
            'it asks for the 4: ("4", the bytes).', "b stays; b stays, base64 stays"),
        "any_digit_is_a_packet": WrongIdea("any first letter will do",
            "The types are 0 to 6. Another one is a packet of another protocol, or no packet at "
            "all: it is bad.", "any digit; anything"),
    },
    slips={
        "The separator is between two packets. After the last one there is none.": "one more",
        "str.splitlines cuts at \\n and \\r as well. Split at \\x1e alone.": "lines read",
        "base64.encodebytes breaks the line and ends it. base64.b64encode does not.": "wrapped",
        "The b tells the reader that base64 follows. Without it this is a text.": "no b",
        "An f-string writes bytes as Python shows them, with b'…'. Decode them before.":
            "printed; printed base64",
        "The = at the end belong to base64, and strict readers want them.": "unpadded",
        "The digit is a letter: a str, and no int.": "number",
        "A text is a str: decode the body before you cut it.": "octets read",
        "Without validate=True b64decode leaves out what is not base64, and reads the rest. It is "
        "not what somebody sent: the packet is bad.": "lenient",
        "base64 is how bytes travel. Make bytes of it again: base64.b64decode.": "base64 stays",
        "Two separators in a row have an empty packet between them. It has no digit, so it is "
        "bad, and reading stops there.": "skips empty",
        'Python finds "" in every text: "" in "0123456" is True. An empty packet is bad.':
            "empty taken",
        'An empty packet has no first letter, and part[0] raises IndexError. part[:1] is "" then.':
            "raises empty",
    },
),)  # fmt: skip
