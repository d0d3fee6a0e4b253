"""Judge of exercise 9.5: a Socket.IO client that has nothing but a WebSocket.

    plain.recv()  ─▶  '0{"sid":…}'      plain.send("40")
    plain.recv()  ─▶  '40{"sid":…}'     plain.send('42["say","hi"]')
    plain.recv()  ─▶  "2"               plain.send("3")                 three times

Exercises.  Builds on: `grading.trial`.
What is new here: the WebSocket is lent, and the judge is the server at its other end.  It sends
what may come at any moment: a ping before the answer to 40, and events between pings.
Left out: time.  A client that waits where nothing comes is told so.
"""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

from ...marks import gave
from ...trial import (
    Answer,
    Exercise,
    Over,
    Play,
    Trial,
    Verdict,
    Wrong,
    WrongIdea,
    shown,
    text,
)

CASES = {
    (JOIN := "join, and say"):
        "First 40. When the answer has come, which begins with 40, send 42 and the JSON of the "
        "event. Each of these texts begins with Engine.IO's 4.",
    (STAY := "three heartbeats"):
        "Each 2 is answered with a 3, at once. After the third 3 visit returns; until then it goes "
        "on reading.",
    (EVENTS := "events of the server"):
        "A message that begins with 42 is an event. Return all that have come, as lists, in order.",
    (EARLY := "what comes before the answer"):
        "Only a message that begins with 40 is the answer. A 2 that comes before it is a "
        "heartbeat, and counts.",
}  # fmt: skip
PING, NEWS, OTHER, JOINED = "2", "news", "other", "joined"
SAY = "say"
SILENT = "it has not said what it had to say"


class Server:
    """The other end of the WebSocket.  `script`: what it sends after the handshake, in order."""

    def __init__(self, play: Play, script: list[str], said: str) -> None:
        self.play, self.said = play, said
        self.sid = text.name(play.chance)
        self.script = [self._message(one) for one in script]
        self.opened = self.asked = self.joined = self.spoke = self.late = False
        self.owed = self.beats = 0  # pongs, and pings

    def _message(self, what: str) -> str:
        if what == JOINED:
            return f'40{{"sid":"{text.name(self.play.chance)}"}}'
        if what == NEWS:
            words = [NEWS, text.phrase(self.play.chance, at_most=4)]
            return "42" + json.dumps(words, separators=(",", ":"), ensure_ascii=False)
        if what == OTHER:  # with what the answer to 40 has, too
            return f'42["{text.name(self.play.chance)}",40,{{"sid":"{self.sid}"}}]'
        return what

    def recv(self) -> str:
        """The next message.  What is due before it decides whether it comes at all."""
        if not self.opened:
            self.opened = True
            return self._sent(f'0{{"sid":"{self.sid}","pingInterval":25000,"pingTimeout":20000}}')
        if not self.asked:
            self._over("waits", "it waits, and the server does, too: nobody has said 40")
        if self.owed:
            self._over(
                "no pong", "it reads on, and the 2 has no answer: the server ends the connection"
            )
        if self.joined and not self.spoke:
            if self.late:
                self._over("silent", f"it was let in, and reads on: {SILENT}")
            self.late = True  # a task that only reads may be faster than the one that says it
        if not self.script:
            self._over("stays", "it reads on after the third heartbeat")
        message = self.script.pop(0)
        self.joined = self.joined or message.startswith("40")
        self.owed = int(message == PING)
        self.beats += self.owed
        return self._sent(message)

    def send(self, message: Any) -> None:
        """What does the server make of it?  A goodbye at the end is as good as none."""
        self.play.tell(f"send({shown(message)})")
        if message == "41" and self.beats == 3 and not self.owed:
            return
        kind, fault = self._kind(message)
        self.play.see(None, counts=kind, text=fault or f"it sends {shown(message)}")
        if fault:
            raise Over

    def _kind(self, message: Any) -> tuple[Any, str]:
        """What it is, and why the server ends the connection, or would never answer."""
        said = f"it sends {shown(message)}"
        if not isinstance(message, str):
            return type(message).__name__, f"{said}, which is no text"
        kind, data = _parts(message)
        if kind == "40" and type(data) in (type(None), dict):
            again, self.asked = self.asked, True
            return kind, f"{said} once more" if again else ""
        if message == "3":
            early, self.owed = not self.owed, 0
            if self.late and not self.spoke:
                return "silent", f"{said}, and was let in before: {SILENT}"
            return message, f"{said}, and there was no 2 to answer" if early else ""
        if kind != "42":
            return (kind, data), f"{said}, which means something else, or nothing"
        if not self.joined:
            return ("early", self.asked), f"{said}, and has not been let in"
        right, self.spoke = data == [SAY, self.said] and not self.spoke, True
        return (kind, data), "" if right else f"{said}, which is not what it has to say"

    def _sent(self, message: str) -> str:
        self.play.tell(f"recv() ─▶ {shown(message)}")
        return message

    def _over(self, what: str, said: str) -> None:
        self.play.see(None, counts=what, text=said)
        raise Over


def _parts(message: str) -> tuple[str, Any]:
    """The digits in front, and the value of the JSON after them, or that text."""
    body = message.lstrip("0123456789")
    try:
        data = json.loads(body) if body else None
    except ValueError:
        data = body
    return message[: len(message) - len(body)], data


async def right(plain: Any, said: str, wrong: Wrong) -> list[Any]:
    """The answer, with a switch for each mistake."""
    digits = next((name for name in ("2", "4", "43", "420") if f"says {name}" in wrong), "42")
    event = digits + (f'["{SAY}","{said}"]' if "by hand" in wrong else json.dumps([SAY, said]))
    heard: list[Any] = []
    if "never joins" not in wrong:
        join: Any = "0" if "joins 0" in wrong else b"40" if "all bytes" in wrong else "40"
        await plain.send(join)
    if wrong & {"does not wait", "never joins"}:
        await plain.send(event)
    await plain.recv()  # the handshake
    joined, beats, most = False, 0, 2 if "two" in wrong else 4 if "four" in wrong else 3
    while beats < most or "for ever" in wrong:
        if "pings" in wrong:
            await plain.send("2")
        message = await plain.recv()
        if not joined and (message.startswith("40") or "next" in wrong):
            joined = True
            for _ in range(0 if "never says" in wrong else 2 if "says twice" in wrong else 1):
                await plain.send(event)
        elif message == PING:
            beats += not ("late ones" in wrong and not joined)
            quiet = "no pong" in wrong or ("no early pong" in wrong and not joined)
            pong = "43" if "pong 43" in wrong else "2" if "pong 2" in wrong else "3"
            if not (quiet or ("last pong" in wrong and beats == most)):
                await plain.send(pong.encode() if "bytes" in wrong else pong)
            if "says at 2" in wrong:
                await plain.send(event)
        elif "says at 4" in wrong:
            await plain.send(event)
        elif message.startswith("42") and (NEWS in message or "only news" not in wrong):
            data = json.loads(message[2:])
            heard.append(data[-1] if "texts" in wrong else message if "raw" in wrong else data)
            heard = heard[-1:] if "last one" in wrong else heard
        if "any message" in wrong and message != PING and joined:
            beats += 1
    return [] if "forgets" in wrong else heard


def judge_9_5(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right)

    def play(case: str, *script: str, quotes: str = "") -> None:
        trial.play(case, partial(_visit, [*script], quotes))

    play(JOIN, JOINED, PING, PING, PING)
    play(JOIN, JOINED, PING, PING, PING, quotes='"')
    play(STAY, JOINED, PING, PING, PING, PING)
    play(EVENTS, JOINED, NEWS, PING, NEWS, NEWS, PING, NEWS, PING)
    play(EVENTS, JOINED, NEWS, NEWS, NEWS, PING, PING, NEWS, PING, NEWS)
    play(EVENTS, JOINED, OTHER, PING, NEWS, PING, OTHER, PING)
    play(EARLY, PING, JOINED, PING, NEWS, PING)
    play(EARLY, PING, PING, JOINED, NEWS, PING, PING)
    return trial.verdict()


def _visit(script: list[str], quotes: str, play: Play) -> None:
    said = quotes + text.phrase(play.chance, at_most=5) + quotes
    server = Server(play, script, said)
    play.tell(f"visit(plain, {said!r})")
    got: Any = play.call("visit", play.lend(server, "recv", "send", waits=True), said)
    why = "visit returned None. Is there a return?" if got is None else ""
    play.see(got, text=f"visit {gave(got)}", why=why)


EXERCISES = (Exercise(
    number="9.5", title="A raw client", section="stay", minutes=10, names=("visit",), cases=CASES,
    judge=judge_9_5,
    hints=(
        "Read in one loop, and look at each message: is it a 2, does it begin with 40, or with 42? "
        "At which of them do you say your event?",
        "Before the loop: recv the handshake, send 40, and set a counter to 0. In the loop, a 2: "
        "send 3, and count. Begins with 40: send the event. Begins with 42: json.loads of what is "
        "left, into a list.",
        'while beats < 3: message = await plain.recv(). if message == "2": await plain.send("3"); '
        'beats += 1. elif message.startswith("40"): await plain.send("42" + json.dumps(["say", '
        'text])). elif message.startswith("42"): heard.append(json.loads(message[2:])).',
    ),
    wrong_ideas={
        "event_before_connect": WrongIdea("an event may be said at once",
            "Before the server has let you in, you are in no namespace. It ends the connection "
            "of a client that speaks too soon. Wait for its 40.",
            "does not wait; never joins"),
        "never_pongs": WrongIdea("a heartbeat needs no answer",
            "The server cannot see whether you are there. Without a 3 it takes you for gone, and "
            "ends the connection after pingTimeout.", "no pong"),
        "two_without_four": WrongIdea("Engine.IO's 4 is left out",
            "The first digit is Engine.IO's. A 2 is a ping there, which no client may send, and a "
            "0 opens a session. A packet of Socket.IO is a message: a 4 in front of it.",
            "says 2; joins 0; says 2, joins 0; says 2, does not wait; says 2, never joins"),
        "next_message_is_the_answer": WrongIdea("the next message is the answer to 40",
            "The server asks its middleware before it lets you in, and that takes time. A "
            "heartbeat may come first. Look at the message: the answer begins with 40.", "next"),
        "no_pong_before_joined": WrongIdea("heartbeats begin after the 40",
            "Engine.IO knows nothing of namespaces. Its heartbeats begin with the session, also "
            "while the server still thinks about your 40. Read in one loop, and answer each 2.",
            "no early pong"),
        "pong_is_a_message": WrongIdea("the pong has a 4 in front",
            "The heartbeat is Engine.IO's own, and no message. 43 would be an answer of Socket.IO. "
            "A 2 is answered with a 3, and nothing else.", "pong 43"),
        "never_returns": WrongIdea("visit stays for ever",
            "Somebody awaits it. After the third heartbeat it is to return what it has heard.",
            "for ever"),
        "counts_every_message": WrongIdea("every message is a heartbeat",
            "An event is none, and neither is the answer to 40. Only a 2 is.", "any message"),
    },
    slips={
        "A 2 is answered with a 3. A client that says 2 is sent away.": "pong 2; pings",
        "All of these messages are texts: send a str.": "bytes; all bytes",
        "Three heartbeats, and not two.": "two",
        "Three heartbeats, and not four.": "four",
        "The third 2 is answered, too, before visit returns.": "last pong",
        "A heartbeat before the answer to 40 is one of the three.": "late ones",
        "The event is said once.": "says twice; says at 2; says at 4",
        "Say the event at the message that begins with 40: now you are in.": "never says",
        "An event is 42, and then the JSON: 4 is a message, and 2 an event.":
            "says 4; says 43; says 420",
        "Return each event as a list: its name, and its arguments.": "texts; raw",
        "Return all events, and not the last one alone.": "last one",
        "Return all events, whatever their names.": "only news",
        "A text may have quotes in it. Let json.dumps write the array.": "by hand",
        "Return what the server has said.": "forgets",
    },
),)  # fmt: skip
