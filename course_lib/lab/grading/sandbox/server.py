"""What runs a text and does what a judge asks of it, wherever that is: in a process, or here.

    load  call  get  stage      {"do": "call", "name": "cut", "args": […]} ─▶ a packed value
    ask                         the text calls an object of the judge, through `pipe`

Exercises.  Builds on: values, stage (the standard library alone: `child` imports this module, too).
What is new here: objects that the text makes stay here and are named by number.
Left out: limits (`confine`), and the pipe (`child` for a process, `inside` for this one).
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

if __package__:
    from . import values
else:  # in the answer's process, beside its program
    import values  # type: ignore[import-not-found,no-redef]

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "stage.py"), encoding="utf-8") as file:
    STAGE = file.read()  # Landlock may forbid this folder later

ANSWER = "answer"  # the module that the learner's text becomes


@types.coroutine
def _turn() -> Iterator[None]:
    yield


class Peer:
    """A proxy for an object of the grader: a call of any method asks the grader."""

    def __init__(self, server: Server, number: int, waits: bool) -> None:
        self.__ask = server.ask
        self.__number = number
        self.__waits = waits

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        ask, number = self.__ask, self.__number

        def method(*args: Any, **kwargs: Any) -> Any:
            return ask(number, name, args, kwargs)

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            await _turn()  # as where something is waited for, other tasks run
            return ask(number, name, args, kwargs)

        awaited.__qualname__ = name  # "was never awaited" shows this name
        return awaited if self.__waits else method


class Server:
    """Executes the grader's messages, one after another."""

    def __init__(self, pipe: Any) -> None:  # `send`, and `receive`
        self.pipe = pipe
        self.module = types.ModuleType(ANSWER)
        self.texts: dict[str, list[str]] = {}  # file name -> lines, for "line 3 in request_bytes"
        self.held: dict[int, Any] = {}
        self.stage: Any = None
        self._asked = 0
        self._owner = os.getpid()
        self._verbs = {"load": self.load, "call": self.call, "get": self.get, "stage": self.play}

    def serve(self) -> None:
        while True:
            message = self.pipe.receive()
            self._asked = message["id"]
            result = self.do(message)
            if os.getpid() != self._owner:
                os._exit(0)  # the answer forked: only the first process may reply
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except BaseException:  # the answer closed or replaced the stream
                    continue
            self.pipe.send({"id": message["id"], **result})

    def do(self, message: dict[str, Any]) -> dict[str, Any]:
        """One message of the grader: the packed value, or what was raised."""
        try:
            return {"value": self._verbs[message["do"]](message)}
        except BaseException as error:
            return {"raised": self._raised(error)}

    def load(self, message: dict[str, Any]) -> None:
        """Run the learner's text, part by part, as a module."""
        sys.modules[ANSWER] = self.module
        for name, text in message["parts"]:
            lines = text.split("\n")  # two parts may be of one cell: both keep their lines
            pairs = zip(lines, self.texts.get(name, lines), strict=False)
            if not name.startswith("<"):  # a text of ours whose lines nobody needs to see
                self.texts[name] = [line or earlier for line, earlier in pairs]
            exec(_compiled(text, name), self.module.__dict__)

    def call(self, message: dict[str, Any]) -> Any:
        function = self._target(message)
        args, kwargs = self._arguments(message)
        result = function(*args, **kwargs)
        if isinstance(result, types.CoroutineType) and not message["awaits"]:
            result.close()  # it never runs
        elif isinstance(result, types.CoroutineType):
            import asyncio

            result = asyncio.run(result)
        return self._keep(result) if message.get("keep") else values.pack(result)

    def get(self, message: dict[str, Any]) -> Any:
        return values.pack(self._target(message))

    def play(self, message: dict[str, Any]) -> Any:
        """One step with coroutines on a clock that the grader moves; see `stage`."""
        if self.stage is None:
            scope: dict[str, Any] = {"values": values, "__name__": "stage"}
            exec(_compiled(STAGE, "stage.py"), scope)
            self.stage = scope["VirtualLoop"](self._raised)
        args, kwargs = self._arguments(message) if "args" in message else ((), {})
        if message["step"] == "start":
            return self.stage.start(self._target(message), args, kwargs)
        if message["step"] == "call":
            result = self.stage.call(self._target(message), args, kwargs)
            return self._keep(result) if message.get("keep") else values.pack(result)
        if message["step"] == "cancel":
            return self.stage.cancel(message["task"])
        return self.stage.run(message["until"], message["steps"])

    def ask(self, peer: int, name: str, args: Any, kwargs: Any) -> Any:
        """Call a method of the grader's object during a call, and wait for its reply."""
        packed = [peer, name, values.pack(list(args)), values.pack(kwargs)]
        self.pipe.send({"id": self._asked, "ask": packed})
        reply = self.pipe.receive()
        if "raise" in reply:
            import builtins

            kind, text = reply["raise"]
            raise getattr(builtins, kind)(text)
        return values.unpack(reply["value"], self._find)

    def _target(self, message: dict[str, Any]) -> Any:
        owner = self.module if message.get("on") is None else self.held[message["on"]]
        if owner is self.module and message["name"] not in self.module.__dict__:
            raise NameError(f"there is no {message['name']}")
        return getattr(owner, message["name"])

    def _arguments(self, message: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        args = [values.unpack(item, self._find) for item in message["args"]]
        kwargs = {key: values.unpack(v, self._find) for key, v in message["kwargs"].items()}
        return args, kwargs

    def _find(self, kind: str, number: int) -> Any:
        if kind == "$held":
            return self.held[number]
        return Peer(self, abs(number), number < 0)  # negative: its methods are awaited

    def _keep(self, value: Any) -> dict[str, int]:
        number = len(self.held) + 1
        self.held[number] = value
        return {"$held": number}

    def _raised(self, error: BaseException) -> list[str]:
        """The fields of `values.Raised`.  `str(error)` runs learner's code, which may raise."""
        try:
            message = str(error)
            if len(message) > values.LONGEST_TEXT:
                message = message[: values.LONGEST_TEXT - 1] + "…"
        except BaseException:
            message = ""
        if isinstance(error, SyntaxError):
            line = (error.text or "").rstrip("\n")
            return [type(error).__name__, message, f"line {error.lineno}", line]
        where, lines, step = "", [], error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            text = self.texts.get(code.co_filename)
            if text is not None and 0 < step.tb_lineno <= len(text):
                inside = "" if code.co_name == "<module>" else f" in {code.co_name}"
                where = f"line {step.tb_lineno}{inside}"
                lines.append(f"{code.co_filename} {where}: {text[step.tb_lineno - 1].strip()}")
            step = step.tb_next
        bases = " ".join(base.__name__ for base in type(error).__mro__[1:])
        return [type(error).__name__, message, where, "\n".join(lines[-8:]), bases]


@functools.lru_cache(8)  # each program of a judge loads the same texts
def _compiled(text: str, name: str) -> types.CodeType:
    return compile(text, name, "exec", dont_inherit=True)


def warned(message: object, category: type[Warning], *place: Any) -> str:
    """The text of a Python warning; its place is shown only if it is in the learner's text."""
    own = not (os.path.isabs(place[0]) or place[0].startswith("<"))
    where = f"{place[0]} line {place[1]}: " if own else ""
    return f"{where}{category.__name__}: {message}\n"
