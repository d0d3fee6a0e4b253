"""Judge of exercise p2.2: a message in a box, with its length before it.

    00 0e  7b 22 74 65 78 74 22 3a 22 ec 95 88 22 7d
    14     {  "  t  e  x  t  "  :  "  안        "  }

Exercises.  Builds on: `grading.trial`.
What is new here: the same value can be written in several ways.  So the judge reads what JSON is in
the box and what its length counts, and compares that.
Left out: messages of more than 65,535 bytes.
"""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

from ...marks import brief
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (SHORT := "a short message"):
        "First two bytes with the length, the big end first. Then so many bytes of JSON.",
    (HANGUL := "Hangul and emoji"):
        "Encode the JSON in UTF-8 first, and count the bytes then. With ensure_ascii=False, "
        "json.dumps writes Hangul and emoji as themselves.",
    (LONG := "more than 255 bytes"):
        "The length is one number in two bytes, in base 256. 300 is 01 2c: once 256, and 44.",
    (ANY := "any value that JSON has"):
        "A text, a number, a list, True and None are messages, too. json.dumps writes each.",
}  # fmt: skip


def right(message: Any, wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    said = json.dumps(message, ensure_ascii="escapes" in wrong)
    if "str" in wrong or ("bare" in wrong and isinstance(message, str)):
        said = str(message)
    if "repr" in wrong:
        said = repr(message).replace("'", '"' if "quotes" in wrong else "'")
    if "twice" in wrong:
        said = json.dumps(said, ensure_ascii=False)
    code = next(iter(wrong & {"cp949", "utf-16"}), "utf-8")
    body = said.encode(code, next(iter(wrong & {"ignore", "replace"}), "strict"))
    length = len(body) + 2 * ("itself" in wrong)
    if "value" in wrong:
        length = len(message)
    if "characters" in wrong:
        length = len(said)
    for form in wrong & {"02", "03", "04", "04x"}:
        return format(length, form).encode() + body
    length = length % 256 if "low byte" in wrong else length
    order: Any = "little" if "little" in wrong else "big"
    return length.to_bytes(1 if "one byte" in wrong else 2, order) + body


def judge_p2_2(answer: Answer, chance: random.Random) -> Verdict:
    """Ask for messages of a chat, then for single values."""
    trial = Trial(answer, chance, right, reads=_read)
    said = [text.phrase(chance, at_most=4) for _ in range(30)]
    for online in False, True:
        message = {"from": text.name(chance), "online": online, "age": None}
        trial.play(SHORT, partial(_pack, message))
        words = said.pop() if online else "".join(chance.sample(text.HANGUL, 4))
        trial.play(HANGUL, partial(_pack, {"from": text.name(chance), "text": words}))
    for texts in (said, ["=" * 300], ["안" * 13_000]):
        trial.play(LONG, partial(_pack, {"texts": texts, "number": chance.randrange(10**6)}))
    odd = f'{text.name(chance)} "{said[0]}"\n\\'
    number = chance.randrange(1000)
    values: list[Any] = [[1, [True, None]], said[1], odd, number, -1.5, None, {}, ""]
    for value in values:
        trial.play(ANY, partial(_pack, value))
    return trial.verdict()


def _pack(message: Any, play: Play) -> None:
    line = f"pack({message!r})"
    play.tell(line if len(line) <= 100 else f"{line[:99]}…")
    data = play.call("pack", message)
    said = ""
    if type(data) is bytes and len(data) >= 2:
        length = int.from_bytes(data[:2], "big")
        said = f"{brief(data, 60)}\nthe length says {length:,}, and {len(data) - 2:,} bytes follow"
    play.see(data, text=said)


def _read(data: Any) -> Any:
    """How long the head is and how wrong its number, and which JSON follows, in any spelling."""
    data = bytes(data) if type(data) is bytearray else data
    start = next((n for n in (2, 0, 1, 3, 4) if _json(data[n:])), None)
    if start is None:
        return data
    [content], head, body = _json(data[start:]), data[:start], data[start:]
    size: Any = int.from_bytes(head, "big") - len(body)
    if size and int.from_bytes(head, "little") == len(body):
        size = "little"
    letters = {letter for letter in json.dumps(content, ensure_ascii=False) if letter > "\x7f"}
    return start, size, content, letters <= set(body.decode())


def _json(data: bytes) -> list[Any]:
    """The value, in a list; an empty list if it is no JSON."""
    try:
        return [json.loads(data.decode())]
    except (ValueError, RecursionError):
        return []


EXERCISES = (Exercise(
    number="p2.2", title="A message in a box", section="json", minutes=7, names=("pack",),
    cases=CASES, judge=judge_p2_2,
    hints=(
        "Three steps: from the value to text (section 5), from the text to bytes, and then the "
        "length in front (section 4).",
        "json.dumps writes 안 as \\uc548 unless you tell it not to: ensure_ascii=False. When do "
        "you know how many bytes the text has?",
        "body = json.dumps(message, ensure_ascii=False).encode(), and the two bytes in front are "
        'len(body).to_bytes(2, "big").',
    ),
    wrong_ideas={
        "length_in_characters": WrongIdea("the length counts characters",
            "The reader takes as many bytes as the length says. A Hangul syllable is one "
            "character and three bytes. Take the length after encoding.", "characters"),
        "little_endian": WrongIdea("the little end stands first",
            "Networks begin with the big end. The reader takes a short message for a very long "
            "one, and waits for bytes that never come.", "little"),
        "length_includes_itself": WrongIdea("the length counts its own two bytes",
            "Some protocols do that. Here the length says how many bytes follow, so the reader "
            "takes two bytes of the next message.", "itself"),
        "length_of_the_value": WrongIdea("the length is taken of the value and not of its bytes",
            "len of a dict counts its keys, len of a list its items, and a number has none. Make "
            "the bytes first, and take their length.", "value"),
        "length_as_text": WrongIdea("the length is written in digits",
            "The digit 1 is the byte 31, so the reader takes '12' for 12,594. The length is one "
            'number in two bytes: to_bytes(2, "big").', "02; 03; 04; 04x"),
        "length_in_one_byte": WrongIdea("the length fits into one byte",
            "A byte ends at 255, and two bytes at 65,535. The first of them counts the 256s; for "
            "a short message it is 0.", "one byte; low byte; one byte, low byte"),
        "python_repr": WrongIdea("the message is written as Python shows it",
            "str and repr write True, None and 'single quotes', which only Python reads. In JSON "
            "they are true, null and double quotes: json.dumps.", "repr; str; repr, quotes"),
        "escapes_hangul": WrongIdea("Hangul is written as \\u and four digits",
            "That is JSON, too, but a syllable takes six bytes then instead of three. The task "
            "asks for the letters themselves: ensure_ascii=False.", "escapes"),
        "text_without_quotes": WrongIdea("a text needs no JSON",
            "In JSON a text has its quotes. Without them the reader cannot tell the text 'true' "
            "from True. json.dumps writes them.", "bare"),
        "not_utf8": WrongIdea("the JSON is written in another encoding",
            "Bytes do not say which rule made them. Here it is UTF-8, which has every letter: "
            "encode() without an argument.", "cp949; cp949, ignore; cp949, replace; utf-16"),
    },
    slips={
        "This is JSON in JSON: json.dumps was called for what it had made already.": "twice",
    },
),)  # fmt: skip
