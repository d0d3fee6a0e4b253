"""The words of lessons, for readers whose first language is Korean: what a program can check.

    "Who ends TCP has to remember."     schools teach `who` as a question     whoever; the side that
    "with a newline behind it"          a dictionary says: a place            after
    "each question has a head"          a question is asked of a person       request
    "it gives a peer up"                the words do not say what is meant    ends the connection

    problems(root) -> ["notebooks/_source/05_x.py:275: 'Who receives one': …", …]
    python -m course_lib.workshop.wording FILE …      looks at other files: exercises, judges

Builds on: environment (where the checkout is).
What is new here: only what people read is looked at: Markdown, comments, texts in quotes.  Code,
links and formulas may use any word.
Left out: whether a sentence is short, and whether a word was explained before.  People judge that.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import environment

__all__ = ["COVERED", "RULES", "Rule", "main", "problems", "prose"]

COVERED = (
    "notebooks/_source/*.py",
    "notebooks/*.toml",
    "docs/**/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "solutions/_source/*.py",
    "course_lib/lab/grading/judges/**/*.py",
)
LESSONS = r"(?:^|/)(?:lesson_)?0[1-9]"  # files of lessons and exercises in which HTTP is spoken
_STOP = "\0"  # stands where code ends a text, so that no phrase goes on after it


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to say something that readers stumble over, and what to write instead.

    `unless` excuses a hit when it matches anywhere in the text from 40 characters before the hit to
    40 after it; `where` is searched in the file's path.
    """

    pattern: str
    instead: str
    unless: str = ""
    where: str = ""


RULES = (
    # A sentence that begins with Who and is no question.
    Rule(rf"\bWho\b[^.?!{_STOP}]*(?:[.!](?=\s|$)|\n\s*\n|{_STOP}|$)", "whoever, or: a reader who"),
    Rule(r"\b(?:for|to|by|of|from|skip|skips|than|only)\s+who\b", "whoever, or: a reader who"),
    Rule(
        r"\bbehind\b",
        "after, where time or order is meant",
        unless=r"behind\s+(?:an?|the|this|that|one|your|our|their)\s+(?:\w+\s+)?"
        r"(?:link|proxy|firewall|router|server)\b|\bidea\s+behind\b",
    ),
    Rule(
        r"\bquestions?\b",
        "request",
        unless=r"question\s+mark|questions(?::|\s=)|\0\s*questions\s*\0",
        where=LESSONS,
    ),  # `questions` is the name of a result in exercise 2.5
    Rule(r"\b(?:sits?|sat)\s+out\b", "waits until the end"),
    Rule(r"\b(?:loses?|lost|losing)\s+patience\b", "has a time limit"),
    Rule(r"\b(?:gives?|gave|given|giving)\s+(?:\w+\s+){0,3}up\b", "stops, or ends the connection"),
    Rule(r"\bin\s+vain\b", "without news, or: for nothing"),
    Rule(
        r"\b(?:hangs?|hung|hanging)\s+up\b",
        "ends the connection",
        # The name of an action in exercise 5.2, also where its steps are told.
        unless=rf"{_STOP}\s*hang up\s*{_STOP}|\bhang up(?=[,.]|\s+in the same)",
    ),
    Rule(r"\bdoor\s+is\s+open\b", "the connection is open"),
    Rule(r"\bleaves?\s+(?:\w+\s+)?away\b", "leave out"),
    Rule(r"\bfor\s+free\b", "without more work"),
    Rule(r"\binto\s+the\s+void\b", "nobody gets it"),
    Rule(r"\bfell\s+for\b", "was deceived by"),
    Rule(r"\bon\s+trust\b", "without a proof"),
)
_RULES = [
    (
        re.compile(rule.pattern, 0 if "Who" in rule.pattern else re.IGNORECASE),
        re.compile(rule.unless or r"(?!)", re.IGNORECASE),
        re.compile(rule.where),
        rule,
    )
    for rule in RULES
]


def problems(root: Path, globs: Iterable[str] = COVERED) -> list[str]:
    """Each place in these files where a rule is broken, with what to write instead."""
    found = []
    for path in sorted({path for glob in globs for path in root.glob(glob)}):
        where = path.relative_to(root).as_posix()
        text = prose(path)
        for at, said, rule in sorted(_hits(text, where), key=lambda hit: hit[0]):
            line = text.count("\n", 0, at) + 1
            found.append(f"{where}:{line}: {said!r}; better: {rule.instead}")
    return found


def _hits(text: str, where: str) -> Iterator[tuple[int, str, Rule]]:
    for pattern, unless, place, rule in _RULES:
        if place.search(where):
            for hit in pattern.finditer(text):
                around = text[max(0, hit.start() - 40) : hit.end() + 40]
                if not unless.search(around):
                    yield hit.start(), _shown(hit[0]), rule


def _shown(text: str) -> str:
    words = text.replace(_STOP, " ").split()
    return " ".join(words[:6])


def prose(path: Path) -> str:
    """The file's text with everything that is no prose blanked out: the same lines and columns."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        text = _of_python(text, judge="judges" in path.parts)
    elif path.suffix == ".toml":
        text = _blank(text, re.compile(r"^(?!title|meaning)[^\n]*", re.MULTILINE))
    for pattern in _NOT_PROSE:
        text = _blank(text, pattern)
    return text


_NOT_PROSE = [
    re.compile(pattern, re.DOTALL | re.MULTILINE)
    for pattern in (
        r"^[ \t]*(```|~~~).*?^[ \t]*\1",  # a fence
        r"``[^\n]*?``|`[^`]*?`",
        r"\$\$.*?\$\$|\$[^$\n]*\$",
        r"\]\([^)\n]*\)",  # where a link leads
        r"<!--.*?-->",
    )
]


def _blank(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _of_python(text: str, *, judge: bool) -> str:
    """Comments and strings.  Of a judge only strings, without docstrings: what a learner reads."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(text, "source", "exec", flags)
    docstrings = _docstrings(tree) if judge else set()
    lines = [[" "] * len(line) for line in text.split("\n")]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            if not judge and not token.string.startswith("# %%"):
                _copy(lines, token, lambda string: " " + string[1:])
        elif token.type == tokenize.STRING:
            if token.start[0] not in docstrings:
                _copy(lines, token, _unquoted)
        elif token.type == _PART:
            _copy(lines, token, _with_stops)
        elif token.type == tokenize.OP:
            lines[token.start[0] - 1][token.start[1]] = _STOP
    return "\n".join("".join(line) for line in lines)


_PART = getattr(tokenize, "FSTRING_MIDDLE", -1)  # of an f-string, from Python 3.12 on


def _docstrings(tree: ast.AST) -> set[int]:
    """The lines on which docstrings begin."""
    owners = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(tree) if isinstance(node, owners) and node.body]
    return {node.body[0].lineno for node in nodes if ast.get_docstring(node) is not None}


def _unquoted(string: str) -> str:
    """A string without its prefix and quotes, which become blanks, as code in an f-string does."""
    prefix, quote, inside = _PARTS.fullmatch(string).groups()  # type: ignore[union-attr]
    if "f" in prefix.lower():
        for _ in range(2):  # a width may be in braces, too
            inside = _blank(inside, _BRACES)
    around = " " * len(quote)
    return " " * len(prefix) + around + _with_stops(inside) + around


_PARTS = re.compile(r"(\w*)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)
_BRACES = re.compile(r"\{[^{}]*\}")


def _with_stops(text: str) -> str:
    r"""`\n` ends a text."""
    return text.replace("\\n", " " + _STOP)


def _copy(lines: list[list[str]], token: tokenize.TokenInfo, made: Callable[[str], str]) -> None:
    row, column = token.start
    for offset, part in enumerate(made(token.string).split("\n")):
        start = column if offset == 0 else 0
        lines[row - 1 + offset][start : start + len(part)] = part


def main(arguments: list[str], root: Path = environment.ROOT) -> int:
    """Print what is found in these files (none: those that `check` looks at)."""
    found = problems(root, arguments or COVERED)
    print("\n".join(found) or "nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
