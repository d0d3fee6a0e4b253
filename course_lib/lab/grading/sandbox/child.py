"""The answer's process: it runs the learner's text and does what the grader asks, nothing else.

    python -I -S -E -X utf8 child.py LIMITS

    stdin    ─▶ {"id": 7, "do": "call", "name": "request_bytes", "args": [...]}
    stdout   ◀─ {"id": 7, "value": ...}  or  {"id": 7, "raised": [...]}
             ◀─ {"id": 7, "ask": [peer, "read", [...]]}       it calls an object of the grader
    stderr   ◀─ whatever the answer prints; shown, never read for a verdict

A message is a length in four bytes, and then as many bytes of JSON.

Exercises.  Builds on: values, confine, stage (beside this file; the standard library alone).
What is new here: `main` moves the pipe from the standard streams to other descriptors before the
learner's text runs, and no expected value ever comes into this process.
Left out: any judgement.
"""

from __future__ import annotations

import io
import json
import os
import sys
import types
import warnings
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import confine  # type: ignore[import-not-found]  # noqa: E402
import values  # type: ignore[import-not-found]  # noqa: E402

with open(os.path.join(HERE, "stage.py"), encoding="utf-8") as file:
    STAGE = file.read()  # Landlock may forbid this folder later

LARGEST = 4 * 1024 * 1024  # bytes of a message
ANSWER = "answer"  # the module that the learner's text becomes


class Pipe:
    """Messages on two file descriptors that the learner's text is not given."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._dumps, self._loads = json.dumps, json.loads
        self._read, self._write, self._leave = os.read, os.write, os._exit

    def receive(self) -> dict[str, Any]:
        size = int.from_bytes(self._exactly(4), "big")
        return self._loads(self._exactly(size))  # type: ignore[no-any-return]

    def send(self, message: dict[str, Any]) -> None:
        data = self._dumps(message).encode("ascii")
        if len(data) > LARGEST:
            data = self._dumps({"id": message["id"], "too_large": len(data)}).encode("ascii")
        data = len(data).to_bytes(4, "big") + data
        while data:
            data = data[self._write(self._outgoing, data) :]

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._read(self._incoming, size - len(data))
            if not more:
                self._leave(0)  # the grader closed its end
            data += more
        return data


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
            return ask(number, name, args, kwargs)

        awaited.__qualname__ = name  # "was never awaited" shows this name
        return awaited if self.__waits else method


class Server:
    """Executes the grader's messages, one after another."""

    def __init__(self, pipe: Pipe) -> None:
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
            try:
                result: dict[str, Any] = {"value": self._verbs[message["do"]](message)}
            except BaseException as error:
                result = {"raised": self._raised(error)}
            if os.getpid() != self._owner:
                os._exit(0)  # the answer forked: only the first process may reply
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except BaseException:  # the answer closed or replaced the stream
                    continue
            self.pipe.send({"id": message["id"], **result})

    def load(self, message: dict[str, Any]) -> None:
        """Run the learner's text, part by part, as a module."""
        sys.modules[ANSWER] = self.module
        for name, text in message["parts"]:
            lines = text.split("\n")  # two parts may be of one cell: both keep their lines
            pairs = zip(lines, self.texts.get(name, lines), strict=False)
            self.texts[name] = [line or earlier for line, earlier in pairs]
            exec(compile(text, name, "exec", dont_inherit=True), self.module.__dict__)

    def call(self, message: dict[str, Any]) -> Any:
        function = self._target(message)
        args, kwargs = self._arguments(message)
        result = function(*args, **kwargs)
        if isinstance(result, types.CoroutineType):
            import asyncio

            result = asyncio.run(result)
        return self._keep(result) if message.get("keep") else values.pack(result)

    def get(self, message: dict[str, Any]) -> Any:
        return values.pack(self._target(message))

    def play(self, message: dict[str, Any]) -> Any:
        """One step with coroutines on a clock that the grader moves; see `stage`."""
        if self.stage is None:
            scope: dict[str, Any] = {"values": values, "__name__": "stage"}
            exec(compile(STAGE, "stage.py", "exec", dont_inherit=True), scope)
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


def warned(message: object, category: type[Warning], *place: Any) -> str:
    """The text of a Python warning; its place is shown only if it is in the learner's text."""
    own = not (os.path.isabs(place[0]) or place[0].startswith("<"))
    where = f"{place[0]} line {place[1]}: " if own else ""
    return f"{where}{category.__name__}: {message}\n"


def main() -> None:
    incoming, outgoing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (incoming, outgoing):
            msvcrt.setmode(descriptor, os.O_BINARY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    warnings.formatwarning = warned  # type: ignore[assignment]
    pipe = Pipe(incoming, outgoing)
    hello = confine.prepare(json.loads(sys.argv[1]))
    sys.argv = [ANSWER]
    sys.path.remove(HERE)
    for name in ("confine", "values"):
        del sys.modules[name]
    pipe.send({"id": 0, "pid": os.getpid(), **hello})
    Server(pipe).serve()


if __name__ == "__main__":
    main()
