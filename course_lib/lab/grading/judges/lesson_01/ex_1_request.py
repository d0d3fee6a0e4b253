"""Judge of exercise 1.1: the answer writes an HTTP request.

    request_bytes("POST", "/x", host, "안녕") ─▶ bytes ─▶ the library's strict server reads them

Exercises.  Builds on: `grading.trial`, `wire.http` (the peer).
What is new here: a request may be written in many ways, so no bytes are compared, but what the
server reads in them.
Left out: nothing.
"""

from __future__ import annotations

import json
import random
import re
from functools import partial
from typing import Any
from urllib.parse import quote

from .....errors import RemoteError
from .....wire.http.connection import IncompleteMessage, ServerConnection
from .....wire.http.message import Request
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import brief, shown
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (QUESTION := "a question without a body"): (
        "The first line is method, target and HTTP/1.1, with one space between them. Then come "
        "the header lines: Host, and no Content-Length, or one of 0. Each line ends with \\r\\n, "
        "and an empty line is the last one."
    ),
    (ASCII := "a body of letters"): (
        "The body begins after the empty line, and Content-Length says how many bytes it has, "
        "whatever the method is."
    ),
    (HANGUL := "a body of Hangul and emoji"): (
        "The body is the text in UTF-8, and Content-Length is the number of its bytes."
    ),
    (LINES := "a body of several lines"): (
        "The body is the text as it is given: its own line ends and spaces stay. Only the lines "
        "of the head have to end with \\r\\n."
    ),
    (TOGETHER := "several requests on one connection"): (
        "The request ends with the last byte of its body, and without a body with the empty line. "
        "The server takes whatever comes after that for the next request."
    ),
}


def right(method: str, target: str, host: str, text: str, wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    said = text.strip() if "stripped" in wrong else text
    said = said.replace("\n", "\r\n") if "line ends" in wrong else said
    said = json.dumps(said) if "json" in wrong and said else said
    said = quote(said) if "escapes" in wrong else said
    bare = ("POST only" in wrong and method != "POST") or ("not GET" in wrong and method == "GET")
    said = "" if "dropped" in wrong and bare else said
    body = said.encode(*(wrong & {"utf-16", "utf-8-sig"})) if said else b""
    if lost := wrong & {"replace", "ignore"}:
        body = said.encode("ascii", *lost)
    if "line end" in wrong and said:
        body += b"\r\n"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    if "quoted" in wrong:
        lines[0] = lines[0].replace(target, quote(target))
    if "no version" in wrong:
        lines[0] = f"{method} {target}"
    if "host with scheme" in wrong:
        lines[1] = f"Host: http://{host}"
    if "no host" in wrong:
        del lines[1]
    size = len(text) if "characters" in wrong else len(body)
    size = len(text.encode("utf-16-le")) // 2 if "units" in wrong else size
    size = len(text.encode()) if "counted before" in wrong else size
    size = size + len("".join(lines)) if "head counted" in wrong else size
    if body and "no length" not in wrong and not bare:
        lines.append(f"Content-Length: {size}")
    if "one header line" in wrong:
        lines[1:] = ["".join(lines[1:])]
    end = "\n" if "bare" in wrong else "\r\n"
    head = end.join([*lines, "", ""])
    if "no blank" in wrong or ("no blank without body" in wrong and not body):
        head = head.removesuffix(end)
    if "bare at the end" in wrong:
        head = head.removesuffix("\r\n") + "\n"
    if "blank twice" in wrong or ("blank twice with body" in wrong and body):
        head += end
    more = "more" in wrong or ("more after a body" in wrong and body)
    return head.encode() + body + (b"\r\n" if more else b"")


IDEAS = {
    "length_in_characters": ["characters", "units"],
    "bare_newline": ["bare", "bare at the end"],
    "no_host": ["no host"],
    "no_blank_line": ["no blank", "no blank without body"],
    "body_without_length": ["no length", "POST only", "not GET"],
    "changes_the_text": [
        "stripped", "stripped, counted before", "line ends", "line ends, counted before"
    ],
}  # fmt: skip
SLIPS = {
    "Letters that ASCII does not have were lost. UTF-8 has a place for each: text.encode().": [
        "replace", "ignore", "replace, characters", "ignore, characters"
    ],
    "Content-Length counts the bytes of the body alone, and not those of the head.": [
        "head counted"
    ],
    "The body ends with the last byte of the text. No \\r\\n comes after it.": [
        "line end", "line end, counted before", "more", "more after a body"
    ],
    "One empty line ends the head. A second one is already a part of the body.": [
        "blank twice", "blank twice with body"
    ],
    "The target is sent as it was given: a server looks for the ? in it.": ["quoted"],
    "The first line has three parts. The third is HTTP/1.1.": ["no version"],
    "Host is the name alone, as it was given, without http://.": ["host with scheme"],
    "Each header line is a line of its own: \\r\\n comes after each of them.": ["one header line"],
    "The body is the text itself. In JSON, or with escapes as in a URL, it is another one.": [
        "json", "escapes"
    ],
    "The body is in UTF-8, and nothing comes before it: text.encode().": ["utf-16", "utf-8-sig"],
    "A text is sent as the body whatever the method is.": [
        "dropped, POST only", "dropped, not GET"
    ],
}  # fmt: skip


def judge_1_1(answer: Answer, chance: random.Random) -> Verdict:
    """Requests with and without a body: each on its own connection, then some on one."""

    def asked(method: str, said: str = "", more: str = "", port: str = "") -> tuple[str, ...]:
        name = text.name(chance)
        return method, f"/{name}{more}", f"{text.name(chance)}.example{port}", said

    def phrase() -> str:
        return text.phrase(chance, at_most=4)

    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)
    for case, several in (
        (QUESTION, [asked("GET", more=f"?since={chance.randrange(9)}"), asked("GET", port=":8000"),
                    asked("HEAD"), asked("DELETE"), asked("POST")]),
        (ASCII, [asked(method, text.name(chance)) for method in ("POST", "PUT")]),
        (HANGUL, [asked(method, phrase()) for method in ("POST", "PUT", "PATCH", "GET")]),
        (LINES, [asked("POST", f"{phrase()}\n{phrase()}"), asked("PUT", f" {phrase()}\r\n\r\n")]),
    ):  # fmt: skip
        for one in several:
            trial.play(case, partial(_alone, one))
    row = [asked("GET"), asked("POST", phrase()), asked("GET", "hi"), asked("PUT", phrase())]
    trial.play(TOGETHER, partial(_together, row))
    return trial.verdict()


def _alone(asked: tuple[str, ...], play: Play) -> None:
    """One request: the first thing that the server reads in it counts."""
    play.tell(f"request_bytes({', '.join(map(repr, asked))})")
    data = play.call("request_bytes", *asked)
    if type(data) is not bytes:
        play.see(data)
        return
    server = ServerConnection()
    server.receive(data, now=0.0)
    server.receive_eof(now=0.0)
    counts, said = _read(next(iter(server.events()), None))
    play.see(data if _is_like_ours(data, asked[3]) else None, counts=counts, text=said)


def _together(row: list[tuple[str, ...]], play: Play) -> None:
    """Some requests in pieces of three bytes: each is whole with its last byte, and not before."""
    server = ServerConnection()
    for asked in row:
        data = play.call("request_bytes", *asked)
        if type(data) is not bytes:
            play.see(data)
            return
        for start in range(0, len(data) - 1, 3):
            server.receive(data[start : min(start + 3, len(data) - 1)], now=0.0)
        early = next(iter(server.events()), None)
        server.receive(data[-1:], now=0.0)
        last = next(iter(server.events()), None)
        play.tell(f"request_bytes{asked} gave {len(data)} bytes")
        counts, said = _read(early or last)
        if early is not None and counts[0] == "read":
            said += ", before the last of your bytes has come"
        play.see(None, counts=(early is None, counts), text=said)
        if counts[0] != "read":
            return
        if isinstance(last, Request) and not last.keep_alive:
            server = ServerConnection()


def _read(event: Any) -> tuple[tuple[Any, ...], str]:
    """What counts of the server's understanding, and the same in a sentence."""
    if event is None:
        return ("waits",), "the server waits: it has no whole request yet"
    if isinstance(event, IncompleteMessage):  # of a head, or of a body
        return ("waits", str(event)[-5:]), f"the server waits for more: {event}"
    if isinstance(event, RemoteError):
        return ("refused", str(event)), f"the server answers {event.code}: {event}"
    line = f"{event.method} {event.target} HTTP/{event.version}"
    said = f"the server reads {line} for {event.host or 'no host'}, "
    return ("read", line, event.host, event.body), said + _body(event.body)


def _body(body: bytes) -> str:
    if not body:
        return "without a body"
    try:
        return f"with a body of {len(body)} bytes: {shown(body.decode())}"
    except ValueError:
        return f"with a body of {len(body)} bytes: {brief(body, 60)}"


def _is_like_ours(data: bytes, text: str) -> bool:
    """Has the head our header lines in our order?  Only then the first difference is the fault."""
    names = iter([b"Host", b"Content-Length"] if text else [b"Host"])
    head = data.partition(b"\r\n\r\n")[0]
    return all(name in names for name in re.findall(rb"(?m)^([\w-]+): ", head))


EXERCISES = (
    Exercise(
        number="1.1",
        title="Write a request",
        section="build",
        minutes=8,
        names=("request_bytes",),
        cases=CASES,
        hints=(
            "Which lines does every request have? Look at the request that you wrote by hand in "
            "section 1: a first line, Host, an empty line.",
            "Each line ends with \\r\\n. The empty line is there with a body and without one. How "
            "does the server know where the body ends?",
            "Make the body first: body = text.encode(). Then Content-Length is len(body). Build "
            "the head as text, encode it, and put the body after it.",
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
                "A request's body is as long as Content-Length says, whatever the method is. "
                "Without it there is no body, and its bytes are taken for the next request.",
            ),
            "changes_the_text": WrongIdea(
                "the text is changed before it is sent",
                "The body may be any text. The other side wants to have it as it was written, with "
                "its own spaces and line ends. The rule about \\r\\n is for the lines of the head "
                "alone. Build the head first, and put the body after it.",
            ),
        },
        judge=judge_1_1,
    ),
)
