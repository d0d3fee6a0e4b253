# pyright: strict, reportUnusedFunction=false
"""A client with an event map.  `# error` marks a line that a type checker must refuse."""

from __future__ import annotations

from typing import Literal, Protocol, TypedDict, cast, overload

from course_lib.socketio import Client
from course_lib.socketio.typed import Hears


class Message(TypedDict):
    """A payload."""

    user: str
    text: str


class Chat(Protocol):
    """A client of the chat."""

    @overload
    def on(self, event: Literal["said"]) -> Hears[[Message], None]: ...
    @overload
    def on(self, event: Literal["ready"]) -> Hears[[], bool]: ...
    @overload
    def emit(self, event: Literal["say"], message: Message) -> None: ...
    @overload
    def emit(self, event: Literal["leave"]) -> None: ...
    @overload
    async def emit_with_ack(self, event: Literal["say"], message: Message) -> int: ...
    @overload
    async def emit_with_ack(self, event: Literal["rooms"]) -> list[str]: ...


async def talk(url: str) -> int:
    client = Client(url)
    chat = cast(Chat, client)

    @chat.on("said")
    def said(message: Message) -> None:
        print(message["text"])

    @chat.on("ready")
    async def ready() -> bool:
        return True

    @chat.on("ready")  # error: a wrong answer
    def not_ready() -> str:
        return "no"

    @chat.on("said")  # error: a wrong payload
    def heard(message: str) -> None:
        print(message)

    async with client:
        chat.emit("say", {"user": "Ada", "text": "hi"})
        chat.emit("say", {"user": "Ada"})  # error: a key is missing
        chat.emit("leave", "now")  # error: a payload that is too long
        chat.emit("levae")  # error: a wrong name
        rooms = await chat.emit_with_ack("rooms")
        number = await chat.emit_with_ack("say", {"user": "Ada", "text": rooms[0]})
        text: str = await chat.emit_with_ack("say", {"user": "", "text": ""})  # error: its answer
        return number + len(text)
