"""Random text whose numbers of characters, UTF-16 units and bytes are all different.

    phrase(chance) ─▶ "점심 👋 kimchi 다섯"        always Hangul, an emoji and ASCII

Exercises.  Builds on: nothing.
What is new here: the text is new at each run, so an answer cannot contain the expected values.
Left out: right-to-left text and combining marks; no exercise is about them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

HANGUL = "안녕점심먹자다섯시에만나비온대우산챙겨사진보내줘지금어디야"
EMOJI = "👋🍜🌧🎉🚀🐣🧩🔑"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def phrase(chance: random.Random, *, at_most: int = 12) -> str:
    """A few words: at least one in Hangul, one emoji and one in ASCII letters."""
    words = [_word(chance, HANGUL), chance.choice(EMOJI), _word(chance, LETTERS)]
    kinds = (HANGUL, EMOJI, LETTERS)
    words += [_word(chance, chance.choice(kinds)) for _ in range(chance.randrange(at_most - 2))]
    chance.shuffle(words)
    return " ".join(words)


def name(chance: random.Random) -> str:
    """A short name in ASCII, as for a path or a host."""
    return _word(chance, LETTERS, 4, 10)


def _word(chance: random.Random, letters: Sequence[str], least: int = 1, most: int = 5) -> str:
    return "".join(chance.choice(letters) for _ in range(chance.randint(least, most)))
