"""Judge of exercise 1.1: the answer writes an HTTP request.

    request_bytes("POST", "/x", host, "안녕") ─▶ bytes ─▶ the library's strict server reads them

Exercises.  Builds on: `wire.http` (the peer), `grading`.
What is new here: a request may be written in many ways, so no bytes are compared.  The server must
understand it; if it does not, the judge tries repairs, and the first that is needed names the idea.
Left out: nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from .....errors import RemoteError
from .....wire.http import http11
from .....wire.http.connection import ServerConnection
from ... import text
from ...answer import Answer
from ...byte_diff import ByteDiff
from ...exercise import Exercise
from ...marks import Marks, shown
from ...verdict import Verdict, WrongIdea

HOST = re.compile(rb"(?im)^host:")
CLOSE = re.compile(rb"(?im)^connection:.*\bclose\b")
LENGTH = re.compile(rb"(?im)^(content-length:[ \t]*)(\d+)")


@dataclass(slots=True)
class Question:
    """What `request_bytes` is asked to write."""

    method: str
    target: str
    host: str
    text: str

    @property
    def body(self) -> bytes:
        return self.text.encode()

    def canonical(self) -> bytes:
        """One right answer of many."""
        headers = http11.Headers([("Host", self.host)])
        return http11.encode_request(http11.Request(self.method, self.target, headers, self.body))

    def __str__(self) -> str:
        return f"request_bytes({self.method!r}, {self.target!r}, {self.host!r}, {self.text!r})"


def judge_1_1(answer: Answer, chance: random.Random) -> Verdict:
    """Requests with and without a body: each on its own connection, then all on one."""
    marks = answer.marks
    sent: list[tuple[Question, bytes]] = []
    asked_for = 0
    for case, methods in (
        (QUESTION, ("GET", "GET", chance.choice(["HEAD", "DELETE"]), "POST")),
        (ASCII, ("POST", "POST", "PUT")),
        (HANGUL, ("POST", "POST", "POST", "PUT", "PATCH")),
    ):
        for method in methods:
            said = {QUESTION: "", ASCII: text.name(chance), HANGUL: text.phrase(chance)}[case]
            asked = Question(method, f"/{text.name(chance)}", f"{text.name(chance)}.example", said)
            asked_for += 1
            data = answer.call("request_bytes", method, asked.target, asked.host, said)
            if _understood(marks, case, asked, data):
                sent.append((asked, data))
    _together(marks, sent, asked_for)
    return marks.verdict()


QUESTION = "a question without a body"
ASCII = "a body of letters"
HANGUL = "a body of Hangul and emoji"
TOGETHER = "several requests on one connection"
FOLLOW = "bytes follow the request"


def _understood(marks: Marks, case: str, asked: Question, data: object) -> bool:
    """Does a strict server read exactly what was meant?"""
    if type(data) is not bytes:
        return marks.equal(case, data, asked.canonical(), given=str(asked))
    problem = _problem(asked, data)
    if not problem:
        return marks.true(case, True)
    idea, repaired = _repaired(asked, data)
    if problem == FOLLOW:
        repaired = next(data[:n] for n in range(len(data)) if not _problem(asked, data[:n]))
    return marks.fail(
        case,
        observed=f"{asked}\n{problem}",
        expected=f"the server reads {asked.method} {asked.target} for {asked.host}, "
        f"with a body of {len(asked.body)} bytes",
        idea=idea,
        diff=ByteDiff(data, repaired),
        why=_question_marks(asked, data),
    )


def _question_marks(asked: Question, data: bytes) -> str:
    """A sentence if ASCII turned the body's letters into question marks; otherwise empty."""
    lost = asked.text.encode("ascii", "replace")
    if lost == asked.body or not data.endswith(lost):
        return ""
    return "Letters that ASCII does not have became question marks. UTF-8 has a place for each."


def _problem(asked: Question, data: bytes) -> str:
    """What the server says, or what it understood wrongly; empty if it read what was meant."""
    server = ServerConnection()
    server.receive(data, now=0.0)
    server.receive_eof(now=0.0)
    events = server.events()
    if not events:
        return "the server got no request: it waited for more bytes until the connection ended"
    got = events[0]
    if isinstance(got, RemoteError):
        return f"the server answered {got.code}: {got}"
    if (got.method, got.target, got.version) != (asked.method, asked.target, "1.1"):
        return f"the server read {got.method} {got.target} HTTP/{got.version}"
    if got.host != asked.host:
        return f"the server read the host {got.host!r}"
    if got.body != asked.body:
        return f"the server read a body of {len(got.body)} bytes: {shown(got.body)}"
    early = ServerConnection()
    early.receive(data[:-1], now=0.0)
    return FOLLOW if early.events() else ""


def _together(marks: Marks, sent: list[tuple[Question, bytes]], asked_for: int) -> None:
    """Send all requests on one connection, in pieces of three bytes."""
    server = ServerConnection()
    got: list[object] = []
    for _, data in sent:
        for start in range(0, len(data), 3):
            server.receive(data[start : start + 3], now=0.0)
            got += server.events()
        if CLOSE.search(data.partition(b"\r\n\r\n")[0]):  # Connection: close
            server = ServerConnection()
    bodies = [event.body for event in got if isinstance(event, http11.Request)]
    marks.true(
        TOGETHER,
        len(sent) == asked_for and bodies == [asked.body for asked, _ in sent],
        observed=f"{len(bodies)} requests were read as they were meant",
        expected=f"{asked_for} requests",
    )


# A repair returns the request without one wrong idea; unchanged if the request does not have it.


def _repaired(asked: Question, data: bytes) -> tuple[str, bytes]:
    """The first idea whose repair changes the request, if all repairs together make it right."""
    found, whole = [], data
    for name, fix in REPAIRS.items():
        if (fixed := fix(asked, whole)) != whole:
            found.append((name, whole := fixed))
    return found[0] if found and not _problem(asked, whole) else ("", asked.canonical())


def _bare_newline(asked: Question, data: bytes) -> bytes:
    if not re.search(rb"(?<!\r)\n", _head(asked, data)):
        return data
    head = re.sub(rb"\r?\n", b"\r\n", _head(asked, data))
    return head + data[len(_head(asked, data)) :]


def _no_blank_line(asked: Question, data: bytes) -> bytes:
    if b"\r\n\r\n" in data[: len(data) - len(asked.body)]:
        return data
    return _head(asked, data).rstrip(b"\r\n") + b"\r\n\r\n" + data[len(_head(asked, data)) :]


def _no_host(asked: Question, data: bytes) -> bytes:
    if HOST.search(_head(asked, data)):
        return data
    return data.replace(b"\r\n", b"\r\nHost: " + asked.host.encode() + b"\r\n", 1)


def _body_without_length(asked: Question, data: bytes) -> bytes:
    if not asked.body or LENGTH.search(_head(asked, data)):
        return data
    line = f"\r\nContent-Length: {len(asked.body)}\r\n\r\n".encode()
    return data.replace(b"\r\n\r\n", line, 1)


def _length_in_characters(asked: Question, data: bytes) -> bytes:
    found = LENGTH.search(_head(asked, data))
    counted = (len(asked.text), len(asked.text.encode("utf-16-le")) // 2)
    said = {str(count).encode() for count in counted}
    if not found or len(asked.body) in counted or found[2].lstrip(b"0") not in said:
        return data
    return data[: found.start(2)] + str(len(asked.body)).encode() + data[found.end(2) :]


def _head(asked: Question, data: bytes) -> bytes:
    """All bytes before the body, even if no empty line marks the end of the head."""
    if asked.body and data.endswith(asked.body):
        return data[: len(data) - len(asked.body)]
    found = re.search(rb"\r?\n\r?\n", data)
    return data[: found.end()] if found else data


REPAIRS: dict[str, Callable[[Question, bytes], bytes]] = {
    "bare_newline": _bare_newline,
    "no_blank_line": _no_blank_line,
    "no_host": _no_host,
    "body_without_length": _body_without_length,
    "length_in_characters": _length_in_characters,
}


EXERCISES = (
    Exercise(
        number="1.1",
        title="Write a request",
        section="build",
        minutes=8,
        names=("request_bytes",),
        cases=(QUESTION, ASCII, HANGUL, TOGETHER),
        hints=(
            "Which lines does every request have? Look at the request that you wrote by hand in "
            "section 1: a first line, Host, an empty line.",
            "Each line ends with \\r\\n. The empty line is there with a body and without one. How "
            "does the server know where the body ends?",
            "Make the body first: body = text.encode(). Then Content-Length is len(body). Build "
            "the head as text, encode it, and put the body behind it.",
        ),
        wrong_ideas={
            "length_in_characters": WrongIdea(
                "the length counts characters",
                "Content-Length counts bytes. A Hangul syllable has three bytes in UTF-8 and an "
                "emoji four, so the server stops too early: take the length after encoding.",
            ),
            "bare_newline": WrongIdea(
                "a line ends with \\n alone",
                "Each line of the head ends with two bytes, \\r\\n. A strict server refuses a bare "
                "\\n, because programs that disagree about line ends can be played against each "
                "other.",
            ),
            "no_host": WrongIdea(
                "there is no Host",
                "A request of HTTP/1.1 names the host that it is for, because many hosts share one "
                "address. Without it the server answers 400.",
            ),
            "no_blank_line": WrongIdea(
                "the head has no end",
                "An empty line ends the head: \\r\\n\\r\\n, also where no body follows. Without it "
                "the server waits for more header lines.",
            ),
            "body_without_length": WrongIdea(
                "the body comes without a length",
                "A request's body is as long as Content-Length says; without it there is no body, "
                "and its bytes are taken for the next request.",
            ),
        },
        judge=judge_1_1,
    ),
)
