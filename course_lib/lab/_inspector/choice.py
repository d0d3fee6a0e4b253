"""The selection in the inspector: a message, in it a field or a byte, and the words about it.

Lessons 00 and 01 on.  Builds on: `fields`.  Used by: `lab.inspector`.

    message 3  ->  byte 17  ->  told      "Byte 17 is 2f ... It belongs to: ..."
                       |          ^
                       +-> asked -+ guess("method")       only with `ask`

New here: the path from the message to the field is kept, not only the field: the outer fields say
what the inner one is part of.
Left out: the list of messages.
"""

from __future__ import annotations

from ...errors import LocalError
from ..dissection.messages import Field, Message
from . import fields


class Choice:
    """One selection.  `ask`: whether the learner is asked for a byte's field before it is shown."""

    def __init__(self, *, ask: bool = False) -> None:
        self.ask = ask
        self.message: Message | None = None
        self.byte: int | None = None
        self.bit: int | None = None  # of that byte, 0 the highest
        self._path: list[Field] = []
        self._told = True  # False while a question to the learner is open
        self._verdict = ""

    @property
    def field(self) -> Field | None:
        """The chosen field, or the innermost one that has the chosen byte."""
        return self._path[-1] if self._path and self._told else None

    @property
    def field_id(self) -> str:
        """Where the field is in the tree: "0.2"; "" without one."""
        if self.field is None or self.message is None:
            return ""
        return fields.id_of(self.message, self._path)

    @property
    def question(self) -> tuple[str, list[str]]:
        """The open question and the names to choose from; "" and [] where none is open."""
        if self._told or self.message is None or self.byte is None:
            return "", []
        return fields.question(self.message, self.byte)

    @property
    def explanation(self) -> str:
        """The selection in words; "" without a message."""
        if self.message is None:
            return ""
        if not self._told:
            return self.question[0]
        if self.byte is not None and self.bit is not None:
            return fields.about_bit(self.message, self.byte, self.bit)
        if self.byte is not None:
            return self._verdict + fields.about_byte(self.message, self.byte)
        if self._path:
            return fields.about(self._path)
        return fields.about_message(self.message)

    def take(self, message: Message | None) -> None:
        """Choose a message, and nothing in it yet."""
        self.message, self.byte, self.bit = message, None, None
        self._path, self._told, self._verdict = [], True, ""

    def take_byte(self, offset: int) -> None:
        """Choose a byte, and with it its field.  LocalError if the message has no such byte."""
        message = self._some_message()
        if not 0 <= offset < len(message.data):
            last = len(message.data) - 1
            raise LocalError(f"message {message.number} has the bytes 0 to {last}, not {offset}")
        self.byte, self.bit = offset, None
        self._path, self._verdict = message.path(offset), ""
        self._told = not (self.ask and fields.question(message, offset)[1])

    def take_bit(self, offset: int, bit: int) -> None:
        """Choose a bit, and with it its field.  LocalError if no field is a part of that byte."""
        message = self._some_message()
        path = message.path(offset, bit) if 0 <= bit < 8 else []
        if not path or path[-1].bits is None:
            raise LocalError(f"message {message.number}: bit {bit} of byte {offset} is no field")
        self.byte, self.bit, self._path = offset, bit, path
        self._told, self._verdict = True, ""

    def take_field(self, name: str) -> None:
        """Choose a field by its id, or the first by its name.  LocalError if there is none."""
        self._path = fields.path_of(self._some_message(), name)
        self.byte, self.bit, self._told, self._verdict = None, None, True, ""

    def guess(self, name: str) -> bool:
        """Answer the open question with the name of a field.  Returns whether it is right."""
        names = self.question[1]
        if name not in names:
            what = f"{name!r} is none of {', '.join(names)}" if names else "nothing is asked"
            raise LocalError(what)
        right = self._path[-1].name == name
        self._told = True
        self._verdict = "Right. " if right else f'Not in "{name}". '
        return right

    def set_ask(self, on: bool) -> None:
        """Switch questions on or off; switching off answers the open one."""
        self.ask = on
        self._told = self._told or not on

    def renew(self, message: Message | None) -> None:
        """Go on with the grown message, or None if it is gone; find the field among new fields."""
        if message is None:
            self.take(None)
            return
        self.message = message
        if not self._path or any(one is self._path[0] for one in message.fields):
            return
        if self.byte is not None:
            self._path = message.path(self.byte, self.bit)
        else:
            last = self._path[-1]
            bit = None if last.bits is None else last.bits[0]
            self._path = message.path(last.start, bit)[: len(self._path)]

    def _some_message(self) -> Message:
        if self.message is None:
            raise LocalError("choose a message first: select_message(1)")
        return self.message
