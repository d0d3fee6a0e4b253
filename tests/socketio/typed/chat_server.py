# pyright: strict, reportUnusedFunction=false
"""A server with an event map.  `# error` marks a line that a type checker must refuse."""

from __future__ import annotations

from typing import Literal, Protocol, cast, overload

from course_lib.socketio import Server
from course_lib.socketio.typed import Hears


class ToClients(Protocol):
    """What the server sends, to one or to many."""

    @overload
    def emit(self, event: Literal["said"], user: str, text: str) -> None: ...
    @overload
    def emit(self, event: Literal["count"], number: int) -> None: ...


class Chat(ToClients, Protocol):
    """A socket of the chat."""

    id: str

    @overload
    def on(self, event: Literal["say"]) -> Hears[[str], int]: ...
    @overload
    def on(self, event: Literal["join"]) -> Hears[[str], None]: ...
    @overload
    async def emit_with_ack(self, event: Literal["ready"]) -> bool: ...
    @overload
    async def emit_with_ack(self, event: Literal["name"], length: int) -> str: ...
    def join(self, rooms: str) -> None: ...


io = Server()


@io.on("connection")
def connected(socket: Chat) -> None:
    @socket.on("say")
    async def say(text: str) -> int:
        socket.emit("said", socket.id, text)
        return len(text)

    @socket.on("join")
    def join(room: str) -> None:
        socket.join(room)

    @socket.on("sya")  # error: a wrong name
    def misspelt(text: str) -> int:
        return 0

    @socket.on("say")  # error: a wrong payload
    def wrong_payload(text: int) -> int:
        return text

    @socket.on("say")  # error: a wrong answer
    async def wrong_answer(text: str) -> str:
        return text

    socket.emit("said", "Ada", "hi")
    socket.emit("siad", "Ada", "hi")  # error: a wrong name
    socket.emit("said", "Ada", 7)  # error: a wrong payload
    socket.emit("said", "Ada")  # error: a payload that is too short
    socket.emit("count", "7")  # error: another event's payload


async def ask(socket: Chat) -> int:
    if await socket.emit_with_ack("ready"):
        return len(await socket.emit_with_ack("name", 5))
    number: int = await socket.emit_with_ack("ready")
    wrong: bytes = await socket.emit_with_ack("name", 5)  # error: a wrong answer
    await socket.emit_with_ack("name")  # error: a payload that is too short
    return number + len(wrong)


def tell(room: str) -> None:
    readers = cast(ToClients, io.to(room))
    readers.emit("count", 3)
    readers.emit("count", None)  # error: a wrong payload
