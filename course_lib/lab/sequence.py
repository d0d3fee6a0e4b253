"""Which end sent what, and when: the rows of a sequence diagram, as a list and as a figure.

Lessons 00 and 01 on.  Builds on: `dissect`, `runs`, `figures.diagram`, `figures.plot_sequence`.

    seq = sequence.of(recording)      lanes, arrows, holds, marks: plain values
    sequence.plot(seq)                time runs down, an arrow for each message
    seq.listing()                     the same in words, an ordered list
    sequence.of_message(run, 3)       the part of a measured run that brought its third message

New here: the slant of an arrow is measured, since both ends wrote down their own times; the time
in which the server holds a request, from its arrival to the response, is a row, too.
Left out: the bytes; `arrow.message` has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import LocalError
from . import dissect
from .dissection.conversations import DOWN, UP, Conversation
from .dissection.messages import INCOMPLETE, Message
from .figures import plot_sequence
from .figures.diagram import (
    ARRIVED,
    HAS_MESSAGE,
    LOST,
    UNDER_WAY,
    UNKNOWN,
    Arrow,
    Diagram,
    Hold,
    Lane,
    Mark,
)
from .figures.figure import Plot
from .figures.markup import Shown
from .recording import Recording
from .runs import Delivery, Run

__all__ = ["Arrow", "Diagram", "Hold", "Lane", "Mark", "listing", "of", "of_message", "plot"]


def of(
    recording: Recording,
    *,
    connections: Sequence[int] | None = None,
    layers: Sequence[str] | None = None,
    start: float = 0.0,
    stop: float | None = None,
    names: Mapping[int, str] | None = None,
    messages: Sequence[Message] | None = None,
) -> Diagram:
    """The diagram of a recording, or of some connections, layers, or seconds of it.

    `names` are the clients' names by the number of the connection; connections whose clients have
    one name share a lane.  `messages` are given where they are known already (`Dissection`).
    """
    every = recording.connections()
    numbers = [one.number for one in every]
    if unknown := [number for number in connections or () if number not in numbers]:
        raise LocalError(f"no connection {unknown[0]}; this recording has {numbers}")
    shown = [one for one in every if connections is None or one.number in connections]
    stop = recording.duration if stop is None else stop
    lanes = _lanes(shown, names or {})
    found = dissect.dissect(recording) if messages is None else messages
    known = {one.number: one for one in shown}
    wanted = [m for m in dissect.of_layers(found, layers) if m.connection in known]
    seen = [m for m in wanted if m.at <= stop and _last(m) >= start]
    arrows = [_arrow(message, known[message.connection], lanes) for message in seen]
    holds = [
        hold
        for hold in _holds(wanted, known, lanes)
        if hold.start <= stop and (hold.stop is None or hold.stop >= start)
    ]
    marks = [mark for mark in _marks(shown, lanes) if start <= mark.at <= stop]
    return Diagram(lanes, arrows, holds, marks, start, stop, recording.name)


def of_message(
    run: Run, number: int, receiver: str | None = None, *, messages: Sequence[Message] | None = None
) -> Diagram:
    """How message `number` of a run, counted from 1, came to a receiver (None: to the first).

    The diagram has the request that the message waited for, if any, the response before that if it
    was still on its way, and the response or frame that brought the message.  `messages` are those
    of the run's recording, where they are known already.  LocalError when there is no recording, no
    such message, or it was lost, or came after the recording was full.
    """
    if run.recording is None:
        raise LocalError(f"{run.label} was not recorded")
    delivery, place = _delivery(run, number, receiver)
    found = dissect.dissect(run.recording) if messages is None else messages
    text = json.dumps(delivery.payload.decode(), ensure_ascii=False).encode()
    brought = [m for m in found if m.direction == DOWN and text in m.data]
    brought.sort(key=lambda message: (message.arrived_at or message.at, message.connection))
    if len(brought) > place:
        answer = brought[place]
    else:
        full = " The recording was full before." if run.recording.full else ""
        raise LocalError(f"message {number} of {run.label} is not in its recording.{full}")
    due = run.began + delivery.due
    asked = [answer.answers] if answer.answers is not None else []
    shown = [*_on_its_way(found, answer, due), *asked, answer]
    diagram = of(
        run.recording,
        connections=[answer.connection],
        start=min(due, *(m.at for m in shown)),
        stop=_last(answer),
        messages=shown,
    )
    server = _lane(diagram.lanes, answer.connection, "server")
    diagram.marks.insert(0, Mark(due, server, answer.connection, HAS_MESSAGE))
    diagram.name = f"{run.label}, message {number}"
    return diagram


def _on_its_way(found: Sequence[Message], answer: Message, due: float) -> list[Message]:
    """The response that the client had to receive before it could send the request for `answer`."""
    return [
        one
        for one in found
        if one.connection == answer.connection
        and one.direction == DOWN
        and answer.answers is not None
        and one.at <= due < _last(one) <= answer.answers.at
    ]


def _delivery(run: Run, number: int, receiver: str | None) -> tuple[Delivery, int]:
    """The delivery of a message, and how many receivers had got the message before it."""
    receivers = list(dict.fromkeys(delivery.receiver for delivery in run.deliveries))
    if receiver is None and receivers:
        receiver = receivers[0]
    if receiver not in receivers:
        raise LocalError(f"no receiver {receiver!r}; {run.label} has {', '.join(receivers)}")
    payloads = list(dict.fromkeys(delivery.payload for delivery in run.deliveries))
    if not 1 <= number <= len(payloads):
        raise LocalError(f"messages of {run.label} are 1 to {len(payloads)}: {number}")
    copies = [one for one in run.deliveries if one.payload == payloads[number - 1]]
    copies.sort(key=lambda one: one.latency)  # receivers with equal latencies stay in their order
    place = next(i for i, one in enumerate(copies) if one.receiver == receiver)
    if copies[place].arrived is None:
        raise LocalError(f"message {number} of {run.label} never arrived")
    return copies[place], place


def plot(what: Recording | Diagram, *, bet: float | None = None, **choice: Any) -> Plot:
    """The figure of a diagram, or of a recording (`choice` as for `of`); `bet` is in seconds."""
    diagram = what if isinstance(what, Diagram) else of(what, **choice)
    return plot_sequence.sequence(diagram, bet=bet)


def listing(what: Recording | Diagram, **choice: Any) -> Shown:
    """The ordered list of a diagram, or of a recording (`choice` as for `of`)."""
    return (what if isinstance(what, Diagram) else of(what, **choice)).listing()


def _last(message: Message) -> float:
    return message.at if message.arrived_at is None else message.arrived_at


def _lanes(connections: Sequence[Conversation], names: Mapping[int, str]) -> list[Lane]:
    """Each server between its clients, half of them on its left."""
    servers = list(dict.fromkeys(one.server_address for one in connections))
    several = len(connections) > 1
    lanes: list[Lane] = []
    for number, address in enumerate(servers, 1):
        clients: dict[str, Lane] = {}
        mine = [one for one in connections if one.server_address == address]
        for one in mine:
            title = names.get(one.number) or (f"client {one.number}" if several else "client")
            lane = clients.setdefault(title, Lane("client", title, one.client_address, [], False))
            lane.connections.append(one.number)
            lane.recorded = lane.recorded or one.client is not None
        title = f"server {number}" if len(servers) > 1 else "server"
        recorded = any(one.server is not None for one in mine)
        server = Lane("server", title, address, [one.number for one in mine], recorded)
        around, half = [*clients.values()], -(-len(clients) // 2)
        lanes += [*around[:half], server, *around[half:]]
    return lanes


def _lane(lanes: Sequence[Lane], connection: int, role: str) -> int:
    return next(
        i for i, one in enumerate(lanes) if one.role == role and connection in one.connections
    )


def _arrow(message: Message, connection: Conversation, lanes: Sequence[Lane]) -> Arrow:
    ends = [_lane(lanes, connection.number, role) for role in ("client", "server")]
    source, target = ends if message.direction == UP else reversed(ends)
    stream = connection.stream(message.direction)
    if stream.sent is None or stream.arrived is None:
        fate = UNKNOWN
    elif message.arrived_at is not None:
        fate = ARRIVED
    else:
        reader = connection.server if message.direction == UP else connection.client
        fate = LOST if reader is not None and reader.closed is not None else UNDER_WAY
    writes = stream.writes(message.start, message.stop)[:-1]
    return Arrow(message, source, target, fate, writes)


def _holds(
    messages: Sequence[Message], known: Mapping[int, Conversation], lanes: Sequence[Lane]
) -> Iterator[Hold]:
    """Holds: from the arrival of each request to the first byte of its last response."""
    answers = {id(m.answers): m for m in messages if m.answers is not None}  # the last one stays
    for question in messages:
        answer = answers.get(id(question))
        asked = question.direction == UP and question.layer in ("http", "engineio")
        if not asked or question.opening is not None or question.arrived_at is None:
            continue
        if question.state == INCOMPLETE and answer is None:
            continue  # a request that is not whole cannot be answered yet
        lane = _lane(lanes, question.connection, "server")
        connection = known[question.connection]
        if connection.down.sent is None:
            continue
        stop = None if answer is None else answer.began_at
        if stop is None or stop > question.arrived_at:
            yield Hold(lane, question.arrived_at, stop, question, answer)


def _marks(connections: Sequence[Conversation], lanes: Sequence[Lane]) -> Iterator[Mark]:
    for connection in connections:
        for end in connection.ends:
            lane = _lane(lanes, connection.number, end.role)
            if connection.refused:
                yield Mark(end.opened, lane, connection.number, "refused", end.error)
                continue
            yield Mark(end.opened, lane, connection.number, "opened")
            if end.closed is not None:
                what = "broke" if end.error else "closed"
                yield Mark(end.closed, lane, connection.number, what, end.error)
