"""The fields of an HTTP message, each with its bytes.              RFC 9112 §2-§7

Lesson 01 on.  Builds on: `wire.http.http11`, `wire.http.body`, `http_words`, `messages`.
Used by: `http`.

    request line   method SP target SP version CRLF
    header line    name : SP value CRLF           (as many as there are)
    empty line     CRLF
    body           bytes, or chunks: size CRLF data CRLF ... 0 CRLF trailers CRLF

New here: a message is cut up from front to back and nothing is left out.  Where the bytes end too
early, or are refused, the rest is a field of its own.
Left out: judging.  The wire has said already whether a message is whole and legal.
"""

from __future__ import annotations

from ...wire.http import http11
from ...wire.http.body import CHUNK_LINE
from . import http_words, messages
from .messages import Field, Message

CRLF = b"\r\n"
NOT_READ = "Nothing is read from here on."


def title(data: bytes, direction: str) -> str:
    """The title of a message that is not whole: its first line as far as it goes."""
    text = messages.preview(data.removeprefix(CRLF).partition(CRLF)[0], 60)
    head, _, version = text.rpartition(" ")
    if direction == "up" and version.startswith("HTTP/"):
        return head
    if direction == "down" and text.startswith("HTTP/"):
        return text.partition(" ")[2] or text
    return text


def fields(message: Message) -> list[Field]:
    """All fields of a message, whole or not; they tile its bytes."""
    data, found, at = message.data, [], 0
    if message.direction == "up" and data.startswith(CRLF):
        found.append(_leaf("empty line", 0, 2, "", "Passed over in front of a request.", "2.2"))
        at = 2
    stop, whole = _line(data, at)
    found.append(_start_line(data, at, stop, message.direction == "up", whole))
    while whole and stop < len(data) and not data.startswith(CRLF, stop):
        at = stop
        stop, whole = _line(data, at)
        found.append(_header_line(message, at, stop, whole))
    if whole and data.startswith(CRLF, stop):
        end = "Ends the head: the header lines are over, the body begins, if there is one."
        found.append(_leaf("empty line", stop, stop + 2, "", end, "2.1"))
        found += _after_head(message, stop + 2, _framing(found))
    return found


def _leaf(name: str, start: int, stop: int, value: str, meaning: str, section: str) -> Field:
    """A field without children.  `section` is of RFC 9112, unless it names another document."""
    spec = f"RFC 9112 §{section}" if section[:1].isdigit() else section
    return Field(name, start, stop, value, meaning, spec)


def _line(data: bytes, start: int) -> tuple[int, bool]:
    """Where the line that begins at `start` stops, and whether its CRLF is there."""
    end = data.find(CRLF, start)
    return (len(data), False) if end < 0 else (end + 2, True)


def _line_end(stop: int) -> Field:
    return _leaf("CRLF", stop - 2, stop, r"\r\n", "Carriage return, line feed: ends a line.", "2.2")


def _text(data: bytes, start: int, stop: int) -> str:
    return messages.preview(data[start:stop], 4000)


# --- the head


def _start_line(data: bytes, start: int, stop: int, up: bool, whole: bool) -> Field:
    """The first line: a request line or a status line."""
    name, section = ("request line", "3") if up else ("status line", "4")
    meaning = "What is asked of the server." if up else "How the request went."
    if not whole:
        return _leaf(f"{name}, not whole", start, stop, _text(data, start, stop), meaning, section)
    line = _leaf(name, start, stop, _text(data, start, stop - 2), meaning, section)
    pattern = http11.REQUEST_LINE if up else http11.STATUS_LINE
    if pattern.match(data[start:stop].decode("latin-1")) is None:
        line.meaning = "Not a legal start line."
        return line
    pieces = data[start : stop - 2].split(b" ", 2)
    parts = http_words.request_line if up else http_words.status_line
    words = parts(*(piece.decode("latin-1") for piece in pieces))
    at = start
    for (part, meaning, spec), piece in zip(words, pieces, strict=False):
        if at > start:
            line.children.append(_leaf("space", at, at + 1, "", "Parts the line.", section))
            at += 1
        if piece:
            text = _text(data, at, at + len(piece))
            line.children.append(_leaf(part, at, at + len(piece), text, meaning, spec))
            at += len(piece)
    line.children.append(_line_end(stop))
    return line


def _header_line(message: Message, start: int, stop: int, whole: bool) -> Field:
    """A name, a colon, a value, and the spaces around it."""
    data = message.data
    if not whole:
        text = _text(data, start, stop)
        return _leaf("header line, not whole", start, stop, text, "More of it is to come.", "5")
    text = _text(data, start, stop - 2)
    raw = data[start:stop].decode("latin-1")
    if http11.HEADER_LINE.match("\r\n" + raw) is None:
        return _leaf("header line", start, stop, text, "Not a legal header line.", "5")
    colon = data.index(b":", start)
    first, last = colon + 1, stop - 2
    while first < last and data[first] in b" \t":
        first += 1
    while last > first and data[last - 1] in b" \t":
        last -= 1
    name, value = raw[: colon - start], data[first:last].decode("latin-1")
    meaning, spec = messages.header(message, name, value) or http_words.header(name, value)
    line = _leaf(f"header {name}", start, stop, text, meaning, spec)
    cuts = [
        ("name", start, colon, name, "Upper or lower case makes no difference.", "RFC 9110 §5.1"),
        ("colon", colon, colon + 1, ":", "No space may stand before it.", "5.1"),
        ("space", colon + 1, first, "", "Is no part of the value.", "5.1"),
        ("value", first, last, _text(data, first, last), meaning, "RFC 9110 §5.5"),
        ("space", last, stop - 2, "", "Is no part of the value.", "5.1"),
    ]
    line.children = [_leaf(*cut) for cut in cuts if cut[1] < cut[2]] + [_line_end(stop)]
    return line


def _framing(lines: list[Field]) -> dict[str, str]:
    """The header lines that say how long the body is."""
    names = ("content-length", "transfer-encoding")
    values: dict[str, str] = {}
    for line in lines:
        name, _, value = line.value.partition(":")
        if line.name.startswith("header") and name.lower() in names:
            values[name.lower()] = value.strip()
    return values


# --- the body


def _after_head(message: Message, start: int, framing: dict[str, str]) -> list[Field]:
    """The fields after the empty line."""
    data, stop = message.data, len(message.data)
    if start == stop:
        return []
    if "transfer-encoding" in framing:
        return [_chunked(message, start)]
    until_close = message.direction == "down" and not framing
    if not framing and not until_close:
        return [_leaf("not read", start, stop, _text(data, start, stop), NOT_READ, "")]
    body = data[start:stop]
    meaning = "Everything until the connection ends." if until_close else _counted(framing, body)
    found = _leaf("body", start, stop, messages.preview(body), meaning, "6.3")
    if message.state == messages.WHOLE:
        found.children = [one.shifted(start) for one in messages.contents(message, body)]
    return [found]


def _counted(framing: dict[str, str], body: bytes) -> str:
    if framing["content-length"] == str(len(body)):
        return f"{len(body):,} bytes, as Content-Length says."
    return f"{len(body):,} bytes so far; Content-Length says {framing['content-length'][:20]}."


def _chunked(message: Message, start: int) -> Field:
    """A body in chunks, with all that is around them."""
    data = message.data
    meaning = "In chunks, each with its size in front; the chunk of size 0 is the end."
    body = _leaf("body", start, len(data), "", meaning, "7.1")
    pieces: list[Field] = []  # the data of each chunk
    at, last = start, False
    while not last and (line := CHUNK_LINE.match(data, at)) is not None:
        chunk = _chunk(data, at, line.end(1), line.end())
        body.children.append(chunk)
        pieces += [part for part in chunk.children if part.name.startswith("chunk data")]
        at, last = chunk.stop, chunk.name == "last chunk"
    while last and at < len(data) and not data.startswith(CRLF, at):
        stop, whole = _line(data, at)
        trailer = _header_line(message, at, stop, whole)
        trailer.name = trailer.name.replace("header", "trailer")
        body.children.append(trailer)
        at = stop
    if last and data.startswith(CRLF, at):
        body.children.append(_leaf("empty line", at, at + 2, "", "Ends the body.", "7.1"))
        at += 2
    if at < len(data):
        text, meaning = _text(data, at, len(data)), "Not a whole chunk."
        body.children.append(_leaf("not read", at, len(data), text, meaning, ""))
    together = b"".join(data[part.start : part.stop] for part in pieces)
    body.value = messages.preview(together)
    if len(pieces) == 1 and message.state == messages.WHOLE:
        inner = messages.contents(message, together)
        pieces[0].children = [one.shifted(pieces[0].start) for one in inner]
    return body


def _chunk(data: bytes, start: int, digits: int, line: int) -> Field:
    """Size, CRLF, data, CRLF, as far as they are there."""
    size = int(data[start:digits], 16)
    children = [
        _leaf("chunk size", start, digits, f"{size}", f"{size} in hexadecimal digits.", "7.1")
    ]
    if digits < line - 2:
        text, meaning = _text(data, digits, line - 2), "Said about this chunk; nobody uses them."
        children.append(_leaf("extensions", digits, line - 2, text, meaning, "7.1.1"))
    children.append(_line_end(line))
    if size == 0:
        meaning = "Says that the body is over."
        return Field("last chunk", start, line, "0", meaning, "RFC 9112 §7.1", children=children)
    stop = min(line + size, len(data))
    if stop > line:
        name = "chunk data" if stop == line + size else "chunk data, not whole"
        text = messages.preview(data[line:stop])
        children.append(_leaf(name, line, stop, text, "A part of the body.", "7.1"))
    if data.startswith(CRLF, stop) and stop == line + size:
        stop += 2
        children.append(_line_end(stop))
    meaning = f"{size:,} byte{'' if size == 1 else 's'} of the body."
    return Field("chunk", start, stop, f"{size}", meaning, "RFC 9112 §7.1", children=children)
