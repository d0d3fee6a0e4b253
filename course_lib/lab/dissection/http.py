"""HTTP in a recorded connection: where each message begins and ends, and what is wrong with it.

Lesson 01 on.  Builds on: `http_replay`, `http_fields`, `raw`, `messages`, `conversations`.
Used by: `lab.dissect`.

    up    |- GET ... -|- POST ... body -|- GET (not whole) -     one ServerConnection reads it
    down  |- 200 ... -|- 100 -|- 200 ... -|                      one ClientConnection reads it

New here: both ends of the wire floor are run once more on the recorded bytes, without a network.
A response is read with the method of its request, as a client does; after 101 the next layer reads
on; a message that is not whole, or is refused, is shown as far as it goes.
Left out: what is in a CONNECT tunnel; it is shown as bytes.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

from ...errors import RemoteError
from ...wire.http import http11
from ...wire.http.connection import IncompleteMessage
from ...wire.http.receiver import CLOSED, DONE, HEAD, SWITCHED, SWITCHING
from . import http_fields, http_replay, messages, raw
from .conversations import DOWN, ENDED, UP
from .messages import HTTP, INCOMPLETE, REFUSED, WHOLE, Message

START = re.compile(rb"(?:\r\n)?[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [^\r\n]* HTTP/[0-9]")
START_SO_FAR = re.compile(rb"(?:\r\n?)?(?:[A-Z]{1,12}(?: (?:[/*h][^\r\n]*)?)?)?")


def looks_like(up: bytes, down: bytes) -> bool | None:
    """Whether a connection that begins with these bytes speaks HTTP; None: too few to say."""
    if up:
        if START.match(up):
            return True
        return None if START_SO_FAR.fullmatch(up) else False
    if down:
        return b"HTTP/"[: len(down)] == down[:5] if len(down) >= 5 else False
    return None


class Http:
    """The layer: a server's end and a client's end, run once more."""

    def __init__(self) -> None:
        self._ends: dict[str, http_replay.Requests | http_replay.Answers] = {
            UP: http_replay.Requests(),
            DOWN: http_replay.Answers(),
        }
        self._bytes = {UP: bytearray(), DOWN: bytearray()}
        self._pieces: dict[str, list[int]] = {UP: [], DOWN: []}  # where each write stopped
        self._start = {UP: 0, DOWN: 0}  # where the message being read begins
        self._found: list[Message] = []
        self._asked: deque[Message | None] = deque()  # None: a request that is not whole yet
        self._early = False  # the response to the last of them began before it ended
        self._refused: dict[str, Message] = {}
        self._how = {UP: "", DOWN: ""}
        self._next: messages.Layer | None = None

    def receive(self, direction: str, data: bytes) -> None:
        """Take more bytes of a direction."""
        if self._next is not None:
            self._next.receive(direction, data)
            return
        self._bytes[direction] += data
        self._pieces[direction].append(len(self._bytes[direction]))
        self._ends[direction].receive(data)
        self._go_on()

    def end(self, direction: str, how: str) -> None:
        """Note that no more bytes come in this direction."""
        self._how[direction] = how
        if self._next is not None:
            self._next.end(direction, how)
        elif how == ENDED:
            self._ends[direction].receive_eof(0.0)
            self._go_on()

    def messages(self) -> list[Message]:
        """Whole and refused messages, those not whole yet, and those of the next layer."""
        if self._next is not None:
            return [*self._found, *self._next.messages()]
        rest = [one for direction in (UP, DOWN) if (one := self._unfinished(direction)) is not None]
        return [*self._found, *rest]

    # Whole messages.

    def _go_on(self) -> None:
        """Note the messages that have become whole, a request before its response."""
        up, down = self._ends[UP], self._ends[DOWN]
        while self._next is None:
            if up.whole:
                self._question(*up.whole.popleft())
            elif down.whole:
                self._answer(*down.whole.popleft())
            elif not self._expect_early():
                break
        for direction, end in self._ends.items():
            for event in end.events():
                if isinstance(event, RemoteError) and self._next is None:
                    self._refuse(direction, event)

    def _question(self, request: http11.Request, stop: int) -> None:
        message = self._whole(UP, f"{request.method} {request.target}", request, stop)
        if self._early:
            self._early = False
            self._asked[-1] = message
        else:
            self._asked.append(message)
            self._ask(request)

    def _ask(self, request: http11.Request | None) -> None:
        """Tell the client's end that it sent a request, with only what decides how to read the
        response."""
        down = self._ends[DOWN]
        assert isinstance(down, http_replay.Answers)
        if down.reading in (DONE, SWITCHED):
            return
        if request is None or request.method == "CONNECT" or down.writing == CLOSED:
            request = http11.Request("GET", "/", http11.Headers({"Host": "-"}))
        kept = [pair for pair in request.headers if pair[0].lower() in ("connection", "upgrade")]
        headers = http11.Headers([("Host", "-"), *kept])
        down.send(http11.Request(request.method, "/", headers, b"", request.version))
        down.receive(b"")

    def _answer(self, response: http11.Response, stop: int) -> None:
        title = f"{response.status} {response.reason}".rstrip()
        message = self._whole(DOWN, title, response, stop)
        interim = response.status < 200 and response.status != 101
        if self._asked:
            message.answers = self._asked[0] if interim else self._asked.popleft()
        if not interim and message.answers is not None:
            self._replied(message.answers, message)

    def _replied(self, question: Message, answer: Message) -> None:
        """If the request offered an upgrade: switch if it was accepted, else go on with HTTP."""
        up, request = self._ends[UP], question.value
        if up.reading != SWITCHING or up.whole:
            return
        if answer.value.status == 101 or request.method == "CONNECT":
            self._switch(question, answer)
        elif not self._asked:
            assert isinstance(up, http_replay.Requests)
            while up.unanswered:
                up.send(http11.Response(200), 0.0)

    def _switch(self, question: Message, answer: Message) -> None:
        """Hand what follows to the next layer."""
        starts = {UP: question.stop, DOWN: answer.stop}
        protocol = (answer.value.headers.get("upgrade") or "").lower()
        make = messages.UPGRADES.get(protocol)
        opening = messages.Opening(question, answer, starts)
        self._next = raw.Raw(starts) if make is None else make(opening)
        for direction in (UP, DOWN):
            start = starts[direction]
            for stop in self._pieces[direction]:
                if stop > start:
                    self._next.receive(direction, bytes(self._bytes[direction][start:stop]))
                    start = stop
            if self._how[direction]:
                self._next.end(direction, self._how[direction])

    def _whole(self, direction: str, title: str, value: Any, stop: int) -> Message:
        start = self._start[direction]
        self._start[direction] = stop
        data = bytes(self._bytes[direction][start:stop])
        message = Message(
            direction,
            HTTP,
            title,
            start,
            stop,
            data,
            WHOLE,
            "",
            value,
            build=http_fields.fields,
        )
        self._found.append(message)
        return message

    def _expect_early(self) -> bool:
        """Bytes come down before a whole request: they respond to the request under way, if any."""
        up, down = self._ends[UP], self._ends[DOWN]
        waiting = len(self._bytes[DOWN]) > self._start[DOWN] and not self._asked
        if not waiting or down.reading != HEAD or DOWN in self._refused:
            return False
        self._early = len(self._bytes[UP]) > self._start[UP] and UP not in self._refused
        self._asked.append(self._refused.get(UP))
        self._ask(up.half)
        return bool(down.whole)

    # What is not whole.

    def _refuse(self, direction: str, error: RemoteError) -> None:
        """Note that the wire refuses a message; what follows it is not read any more."""
        if direction in self._refused or self._cut_off(error):
            return
        message = self._unfinished(direction)
        if message is None:
            return
        message.state, message.note = REFUSED, f"refused: {error} (status {error.code})"
        self._refused[direction] = message
        if direction == UP:
            if self._early:
                self._asked[-1], self._early = message, False
            else:
                self._asked.append(message)
                self._ask(None)

    @staticmethod
    def _cut_off(error: RemoteError) -> bool:
        return isinstance(error, IncompleteMessage)

    def _unfinished(self, direction: str) -> Message | None:
        """The bytes after the last whole message of a direction, as a message."""
        start, stop = self._start[direction], len(self._bytes[direction])
        refused = self._refused.get(direction)
        if refused is not None:
            refused.stop, refused.data = stop, bytes(self._bytes[direction][start:])
            refused._fields = None
        if refused is not None or start == stop:
            return refused
        end, data = self._ends[direction], bytes(self._bytes[direction][start:])
        title = http_fields.title(data, direction)
        message = Message(
            direction,
            HTTP,
            title,
            start,
            stop,
            data,
            INCOMPLETE,
            value=end.half,
            build=http_fields.fields,
        )
        if end.reading == DONE and not self._how[direction]:
            message.note = "not read: the connection ends with the message before"
        elif direction == UP and end.reading == SWITCHING:
            message.note = "not read yet: an upgrade waits for its answer"
        elif self._how[direction]:
            message.note = "incomplete: the connection ended before the whole message"
        else:
            message.note = f"incomplete: waits for {end.waits_for}"
        if direction == DOWN and self._asked:
            message.answers = self._asked[0]
        return message
