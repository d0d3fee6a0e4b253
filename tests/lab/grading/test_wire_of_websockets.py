"""The wire cells of 04, 06, 07 and 12: a right answer is seen there, and so is each wrong idea."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab import lessons
from course_lib.lab.grading import registry

from . import answers

KEY = "(?:[0-9a-f]{2} ?){4}"
GOOD = {
    "4.1": "aiohttp's client understood 6 frames of yours\n"
    "aiohttp's server understood 7 headers of yours\n",
    "4.2": r"8 messages there and back\nthe long one was refused with 1009 after 0\.0\d s\n",
    "4.3": "2 long messages went through your Unmasker\n"
    f"with the key (?P<one>{KEY}) aiohttp's server heard 안녕 👋\n"
    f"with the key (?!(?P=one)){KEY} the library's heard 안녕 👋\n"
    "aiohttp's client heard 점심 먹자\n"
    "the library's heard 점심 먹자\n",
    "6.1": r"(?:.*yours +(\d+) bytes and (\d+\.\d+) requests a message; "
    r"the lab's +\1 and \2\n){3}",
    "6.2": r"(?:.*yours +(\d+) ms +(\d+) ms +(\d+) ms +the lab's +\1 ms +\2 ms +\3 ms\n){2}",
    "6.3": r"simulated, and yours: .*\n(?:messages at \[0\.0.*\]\n"
    r"(?: .* +(\d+) +\1 ms +(\d+) +\2 ms +(\d+) +\3 ms \n){4}){3}",
    "6.4": "the quick readers have 1200 1200 messages\n"
    r"most bytes kept for a reader: (?:\d\d|1[01]\d),\d{3}\n"
    r"the slow reader has \d+ messages, and was told 1\d{3}\n",
    "7.1": "posted: 200\nthe first letter of the handshake: 0\n"
    + re.escape("came back: {!r}\n".format("4안녕\n👋\x1eb+/+/".encode())),
    "7.2": r"(?:Node.js is missing here.*\n)?it reads: an id of 20 characters\n +upgrades to \[\]\n"
    r" +a ping every 25000 ms, and 20000 ms for its pong\n +bodies of 50000 bytes at most\n"
    r"(?:it heard: 안녕 👋\nit closed: forced close\n|"
    r"it heard: ok \(200\)\nit heard: 안녕 👋 \(200\)\n)"
    r"Mallory has guessed the id: False\n",
    "7.3": r"GET .* 400 Transport unknown\nGET .* 400 Session ID unknown\n"
    r"POST.* 400 Bad handshake method\nGET .* 400 Bad request\n"
    r"(?:GET .* 400 Unsupported protocol version\n){2}GET .* 200 a session\n"
    r"GET .* 400 Transport unknown\n",
    "7.4": " +0.0 s  the server says 0\n +25.0 s  the server says 2\n +50.0 s  the server says 2\n"
    " +90.0 s  the server says 2\nping timeout \n110.0 s  the connection has ended\n",
    "7.5": re.escape("""Bob: (200, '4hello, Bob')
Ada: (200, '4one\\x1e4two\\x1e4three')
Ada's second GET: (400, '')
Ada's first GET:  (200, '1')
Ada's session has ended: transport error overlap from client
"""),
    "7.6": r"(?:the library: (.*)\nyours      : \1\n|the library: (.*)\nyours      : \2\n){2}",
    "12.1": re.escape("""─▶ 40/chat,
          ◀─ 40/chat,{"sid":"id 1"}
─▶ 40
          ◀─ 40{"sid":"id 2"}
─▶ 40/nope,
          ◀─ 44/nope,{"message":"Invalid namespace"}
─▶ 40/admin,
          ◀─ 44/admin,{"message":"only for administrators"}
─▶ 42/chat,["say","안녕"]
   /chat hears 안녕
─▶ 41/chat,
   /chat has one less
─▶ 42["say","🍜"]
   / hears 🍜
   / has one less

─▶ 40
          ◀─ 40{"sid":"id 1"}
─▶ 40/chat,
─▶ 42/chat,["say","too early"]
   / has one less
          the connection is closed

─▶ 40
          ◀─ 40{"sid":"id 1"}
─▶ 40
   / has one less
          the connection is closed

"""),
    "12.2": re.escape("""   log: 지수 is all right
   지수 is in
{'name': '지수'}: joined
{'name': 'Eve'}: banned {'until': '월요일'}
{}: 'name'
─▶ 40{"name":"Kim"}
─▶ 40{"name":"Kim"}
          the connection is closed
─▶ 40{"name":"Lee"}
"""),
    "12.3": r" +deleted: Spam, by Ada\n"
    + "".join(
        f"\n{who}\n─▶ 40/admin,.*\n +◀─ 44/admin,.*\n─▶ 42/admin,.*\n +the connection is closed\n"
        for who in ("no token", "of a user", "an old one", "changed")
    )
    + "\ndoes not wait, .*\n─▶ 40\n +◀─ 40.*\n─▶ 42.*\n─▶ 40/admin,.*\n─▶ 42/admin,.*\n"
    " +the connection is closed\n",
    "12.4": re.escape("""Ada writes tenant: acme
   Ada of acme hears ('news', 'Ada', 'we move')
   Ada of acme hears ('said', '점심', 'Ada', '🍜?')
   Bob of acme hears ('news', 'Ada', 'we move')
   Bob of acme hears ('said', '점심', 'Ada', '🍜?')
Ada writes tenant: blue-sky
   Ada of acme hears ('news', 'Ada', 'we move')
   Ada of acme hears ('said', '점심', 'Ada', '🍜?')
   Bob of acme hears ('news', 'Ada', 'we move')
   Bob of acme hears ('said', '점심', 'Ada', '🍜?')
""")
    + r"Eve asks for acme: .*\n"
    r"(?:Eve asks for blue-sky/x: Invalid namespace\n)(?:Eve asks for .*: Invalid namespace\n){2}",
}
# The library itself looks at the version of a handshake, and lets nobody join who has left; and
# time.sleep costs nothing in the simulator.
UNSEEN = {("7.3", "any_version"), ("12.1", "joins_after_the_end"), ("12.3", "blocks_the_loop"),
          ("12.4", "blocks_the_loop")}  # fmt: skip
MEASURED = ("6.1", "6.2")  # on real sockets, for seconds: two numbers beside each other
OFTEN = ("4.2", "8.3")  # in `make test`; the others in `wide`


def _cells(number: str) -> list[str]:
    """What a learner runs before and after the answer."""
    exercise = registry.find(number)
    [path] = lessons.folder().parent.glob(f"exercises/{exercise.lesson}_*.ipynb")
    before, wire = [], []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        about, text = cell["metadata"].get("course", {}), "".join(cell["source"])
        if cell["id"] in ("start", "peer"):
            before.append(text.replace("lab.start()", ""))
        elif about.get("exercise") == number and about.get("role") == "wire":
            wire.append(text)
    assert len(wire) == 1
    return ["\n".join(before), *wire]


def _printed(number: str, answer: str) -> str:
    """What the wire cell prints with this answer, and the exception that ends it."""
    printed: list[str] = []

    def show(*parts: Any, sep: str = " ", end: str = "\n") -> None:
        printed.append(sep.join(map(str, parts)) + end)

    async def run() -> None:
        scope: dict[str, Any] = {"__name__": "__main__", "print": show}
        first, wire = _cells(number)
        for text in (first, answer, wire):
            waiting = eval(compile(text, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), scope)
            if asyncio.iscoroutine(waiting):
                await waiting

    try:
        asyncio.run(asyncio.wait_for(run(), 30))
    except Exception as error:  # whatever a wrong answer does
        printed.append(f"{type(error).__name__}: {error}")
    return "".join(printed)


def _files(kind: str) -> list[Any]:
    """The answers whose cell measures nothing."""
    return [
        pytest.param(
            number,
            path,
            id=f"{number}-{path.stem}",
            marks=() if number in OFTEN else pytest.mark.wide,
        )
        for number, path in answers.files(kind)
        if number in GOOD and number not in MEASURED and (number, path.stem) not in UNSEEN
    ]


@pytest.mark.parametrize(("number", "path"), _files("right"))
def test_a_right_answer_is_seen_on_the_wire(number: str, path: Path) -> None:
    """The peers understand it, however it is written."""
    assert re.fullmatch(GOOD[number], _printed(number, path.read_text("utf-8")))


@pytest.mark.slow
@pytest.mark.parametrize("number", MEASURED)
def test_what_was_measured_is_what_the_lab_has_measured(number: str) -> None:
    """To the last digit that is shown: both count the same run."""
    [path, *_] = [file for n, file in answers.files("right") if n == number]
    assert re.fullmatch(GOOD[number], _printed(number, path.read_text("utf-8")))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # left by an answer
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize(("number", "path"), _files("wrong"))
def test_a_wrong_idea_is_seen_on_the_wire(
    number: str,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And it ends by itself."""
    caplog.set_level(logging.CRITICAL)  # a server whose handler fails says so
    said = _printed(number, path.read_text("utf-8")) + capsys.readouterr().out
    assert said and not re.fullmatch(GOOD[number], said), said
