"""Judge of exercise 1.1: the answer writes an HTTP request.

    request_bytes("POST", "/x", host, "안녕") ─▶ bytes ─▶ the library's strict server reads them

Exercises.  Builds on: `grading.trial`, `wire.http` (the peer).
What is new here: a request may be written in many ways, so no bytes are compared, but what the
server reads in them.
Left out: nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from .....errors import RemoteError
from .....wire.http.connection import IncompleteMessage, ServerConnection
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    "a request without a body":
        "The first line is method, target and HTTP/1.1, with one space between them. Then come "
        "the header lines: Host, and no Content-Length, or one of 0. Target and host stay as they "
        "are given. Each line ends with \\r\\n, and an empty line is the last one.",
    "a body of letters":
        "Whatever the method is, the body comes after the one empty line: the text in UTF-8, and "
        "nothing else. Content-Length says how many bytes the body has, without the head.",
    "a body of Hangul and emoji":
        "The body is text.encode(), for UTF-8 has every letter. Content-Length counts its bytes.",
    "a body of several lines":
        "The text keeps its own line ends and spaces. Only the lines of the head end with \\r\\n.",
    "several requests on one connection":
        "The request ends with the last byte of its body, and without a body with the empty line. "
        "The server takes whatever comes after that for the next request.",
}  # fmt: skip
QUESTION, LETTERS, HANGUL, LINES, TOGETHER = CASES


def right(method: str, target: str, host: str, text: str, wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    said = text.strip() if "stripped" in wrong else text
    said = said.replace("\n", "\r\n") if "line ends" in wrong else said
    unsaid = {"no length": True, "POST only": method != "POST", "not GET": method == "GET"}
    bare = any(unsaid[one] for one in wrong & unsaid.keys())
    body = b"" if bare and "dropped" in wrong else said.encode()
    size = len(text) if "characters" in wrong else len(body)
    size = len(text.encode()) if "counted before" in wrong else size
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {size}"]
    if bare or not body:
        del lines[2]
    if "no host" in wrong:
        del lines[1]
    end = "\n" if "bare" in wrong else "\r\n"
    head = end.join([*lines, "", ""])
    if "no blank" in wrong or ("no blank without body" in wrong and not body):
        head = head.removesuffix(end)
    return head.encode() + body


def judge_1_1(answer: Answer, chance: random.Random) -> Verdict:
    """Requests with and without a body: each on its own connection, then some on one."""
    trial = Trial(answer, chance, right)

    def asked(method: str, said: str = "", more: str = "", port: str = "") -> Sequence[str]:
        return method, f"/{text.name(chance)}{more}", f"{text.name(chance)}.example{port}", said

    one, two, three, four, five, six = (text.phrase(chance, at_most=4) for _ in range(6))
    cases = {
        QUESTION: [asked("GET", more=f"?since={chance.randrange(9)}"), asked("GET", port=":8000"),
                   asked("HEAD"), asked("DELETE"), asked("POST")],
        LETTERS: [asked(method, text.name(chance)) for method in ("POST", "PUT")],
        HANGUL: [asked("POST", one), asked("PUT", two), asked("PATCH", three), asked("GET", four)],
        LINES: [asked("POST", f"{one}\n{two}"), asked("PUT", f" {three}\r\n\r\n")],
        TOGETHER: [asked("GET"), asked("POST", five), asked("GET", "hi"), asked("PUT", six)],
    }  # fmt: skip
    for case, several in cases.items():
        for row in [several] if case == TOGETHER else zip(several):
            trial.play(case, partial(_story, row))
    return trial.verdict()


def _story(row: Sequence[Sequence[str]], play: Play) -> None:
    """Requests on one connection.  One of several is whole with its last byte, and not before."""
    server = ServerConnection()
    for asked in row:
        play.tell(f"request_bytes{asked}")
        data = play.call("request_bytes", *asked)
        if type(data) is not bytes:
            return play.see(data)
        server.receive(data[:-1], now=0.0)
        early = next(iter(server.events()), None)
        server.receive(data[-1:], now=0.0)
        event: Any = early or next(iter(server.events()), None)
        if event is None:
            server.receive_eof(now=0.0)
            event = next(iter(server.events()), None)
        how, what, said = _read(event)
        if early and how == "read" and len(row) > 1:
            how, said = "early", f"{said}, before the last of your bytes has come"
        play.see(data if _is_like_ours(data) else None, counts=(how, what), text=said)
        if how != "read":
            return
        server = server if event.keep_alive else ServerConnection()


def _read(event: Any) -> tuple[str, Any, str]:
    """How the server understands it, what counts of that, and the same in a sentence."""
    if event is None:
        return "waits", None, "the server waits: it has no whole request yet"
    if isinstance(event, IncompleteMessage):  # of a head, or of a body
        return "waits", str(event)[-5:], f"the server waits for more: {event}"
    if isinstance(event, RemoteError):
        return "refused", str(event), f"the server answers {event.code}: {event}"
    line, body = f"{event.method} {event.target} HTTP/{event.version}", event.body
    text = f"with a body of {len(body)} bytes: {shown(body.decode(errors='replace'))}"
    said = f"the server reads {line} for {event.host or 'no host'}, "
    return "read", (line, event.host, body), said + (text if body else "without a body")


def _is_like_ours(data: bytes) -> bool:
    """Has the head our header lines in our order?  Only then the first difference is the fault."""
    names = re.findall(rb"(?m)^([\w-]+): ", data.partition(b"\r\n\r\n")[0])
    return names in ([b"Host"], [b"Host", b"Content-Length"], [b"Content-Length"], [])


EXERCISES = (Exercise(
    number="1.1", title="Write a request", section="build", minutes=8, names=("request_bytes",),
    cases=CASES, judge=judge_1_1,
    hints=(
        "Which lines did the request have that you wrote by hand in section 1?",
        "A first line, Host, an empty line, with a body or without one. Each line ends with "
        "\\r\\n. How does the server know where the body ends?",
        "Make the body first: body = text.encode(). Then Content-Length is len(body). Build the "
        "head as text, encode it, and put the body after it.",
    ),
    wrong_ideas={
        "length_in_characters": WrongIdea("the length counts characters",
            "Content-Length counts bytes, and a Hangul syllable has three of them in UTF-8: the "
            "server stops too early. Take the length after encoding.", "characters"),
        "bare_newline": WrongIdea("a line ends with \\n alone",
            "Each line of the head ends with two bytes, \\r\\n. A strict server refuses \\n "
            "alone: programs that disagree about line ends can be played against each other.",
            "bare"),
        "no_host": WrongIdea("there is no Host",
            "Many hosts share one address, so each request says which of them it is for.",
            "no host"),
        "no_blank_line": WrongIdea("the head has no end",
            "An empty line ends the head: \\r\\n\\r\\n, also where no body follows.",
            "no blank; no blank without body"),
        "body_without_length": WrongIdea("the body comes without a length",
            "A request's body is as long as Content-Length says, whatever the method is. Without "
            "it the bytes of the body are taken for the next request.",
            "no length; POST only; not GET"),
        "changes_the_text": WrongIdea("the text is changed before it is sent",
            "The body is the text with its own spaces and line ends; \\r\\n is for the lines of "
            "the head alone. Build the head first, and put the body after it.",
            "stripped; stripped, counted before; line ends; line ends, counted before"),
    },
    slips={
        "A text is sent with any method.": "dropped, POST only; dropped, not GET",
    },
),)  # fmt: skip
