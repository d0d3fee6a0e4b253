"""The heartbeats of one session: pings, pongs, and when either side would give up.

Lesson 07.  Builds on: `figure`, wire.engineio.heartbeat, lab.dissection.engineio.

              ──────── deadline x           timeout after a ping: the server ends the session
    server  ──┬━━┬───────────┬━━┬────       thick: a pong is awaited
               \\/             \\/
    client  ───┴──────────────┴──────
                └───────────────── deadline x    interval + timeout after a ping

New here: the deadlines come from the machine that the server runs, fed with the recorded times.
Left out: more than one session; `session` chooses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from ...wire.engineio.heartbeat import Heartbeats, Watch
from ...wire.engineio.packet import Type
from ..dissect import dissect
from ..dissection import engineio
from ..dissection.conversations import DOWN
from ..dissection.engineio import Session
from ..dissection.messages import Message
from ..recording import Recording
from . import figure
from .figure import INK, MUTED, Plot, count_of, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PING, PONG = figure.style(0), figure.style(2)
AWAITED = "#E69F00"
ABOVE, BELOW = 1.22, -0.22  # where the deadlines are drawn
STEP, TURNS = 0.13, 3  # those of the client overlap: each is a little lower than the last


@dataclass(slots=True)
class Beat:
    """A ping, the pong that answers it, and the deadlines that it sets.  Seconds."""

    ping: float
    reached: float | None  # the ping is at the client
    deadline: float  # of the server
    pong: float | None = None
    answered: float | None = None  # the pong is at the server
    patience: float | None = None  # of the client: when it gives up, without another ping


def heartbeats(recording: Recording, *, session: str | None = None) -> Plot:
    """The pings, pongs and deadlines of the session with this sid, by default the first.

    LocalError if the recording has no such session, or no handshake of it.
    """
    chosen = _chosen(engineio.sessions(dissect(recording)), session)
    handshake = chosen.handshake
    assert handshake is not None
    beats = _beats(chosen)
    if not beats:
        raise LocalError("nothing to draw: no ping was recorded in this session")
    ends = [at for beat in beats for at in (beat.deadline, beat.patience) if at is not None]
    start, end = min(one.at for one in chosen.messages), max([recording.duration, *ends])
    with figure.look():
        drawing = figure.blank(2.9)
        axes = drawing.subplots()
        axes.hlines((0, 1), start, end, color=MUTED, linewidth=1.2, zorder=1)
        for index, beat in enumerate(beats):
            _draw(axes, beat, index)
        axes.set_yticks((0, 1), ("client", "server"))
        axes.tick_params(axis="y", length=0)
        axes.grid(False)
        axes.set_ylim(BELOW - TURNS * STEP, ABOVE + 0.15)
        axes.set_xlabel("time (s)")
        axes.spines["left"].set_visible(False)
        figure.legend_above(drawing, _legend(beats))
        caption = (
            f"Heartbeats of one session: interval {duration(handshake.ping_interval)}, timeout "
            f"{duration(handshake.ping_timeout)}. A cross is when a side gives up if nothing comes."
        )
        data = [_row(beat) for beat in beats]
        return Plot("heartbeats", drawing, data, _finding(beats), caption)


def _chosen(found: dict[str, Session], sid: str | None) -> Session:
    """The session with this sid, or the first whose handshake was recorded."""
    whole = {name: one for name, one in found.items() if one.handshake is not None}
    if not whole or (sid is not None and sid not in whole):
        wanted = "session whose handshake" if sid is None else f"session {sid!r} whose handshake"
        raise LocalError(f"no Engine.IO {wanted} was recorded")
    return whole[sid if sid is not None else next(iter(whole))]


def _beats(session: Session) -> list[Beat]:
    """Feed the recorded times to the server's machine and to the client's."""
    handshake = session.handshake
    assert handshake is not None
    machine: Heartbeats[str] = Heartbeats(handshake.ping_interval, handshake.ping_timeout)
    found: list[Beat] = []
    for at, message, kind in sorted(_events(session), key=lambda event: event[0]):
        waiting = found[-1] if found and found[-1].answered is None else None
        if kind is Type.PING:
            machine.pinged(session.sid, at)
            deadline = machine.pongs.next_deadline()
            assert deadline is not None
            found.append(Beat(at, message.arrived_at, deadline))
            if message.arrived_at is not None:
                watch = Watch(handshake.ping_interval, handshake.ping_timeout, message.arrived_at)
                found[-1].patience = watch.deadline
        elif waiting is None or at > waiting.deadline:
            continue
        elif kind is Type.PONG:
            machine.pong(session.sid, at)
            waiting.pong, waiting.answered = message.sent_at, at
        else:  # another packet: the client is alive
            machine.heard(session.sid, at)
            waiting.deadline = machine.pongs.next_deadline() or waiting.deadline
    return found


def _events(session: Session) -> list[tuple[float, Message, Type]]:
    """What the server's machine hears of: the pings it sends, and the packets that arrive."""
    found = []
    for message in session.messages:
        down = message.direction == DOWN
        at = message.at if down else message.arrived_at
        if at is None and message.sent_at is not None and message.arrived_bytes is None:
            at = message.sent_at  # only the client's end was recorded
        for one in engineio.packets(message) if at is not None else []:
            assert at is not None
            if one.data == engineio.PROBE:
                continue
            if not down or one.type is Type.PING:
                found.append((at, message, one.type))
    return found


def _draw(axes: Axes, beat: Beat, index: int) -> None:
    stop = beat.deadline if beat.answered is None else beat.answered
    axes.plot([beat.ping, stop], [1, 1], color=AWAITED, linewidth=6, solid_capstyle="butt")
    look: dict[str, Any]
    if beat.reached is not None:
        look = {"color": PING.color, "marker": PING.marker, "markevery": [1], "zorder": 4}
        axes.plot([beat.ping, beat.reached], [1, 0], linestyle=PING.line, **look)
    if beat.pong is not None and beat.answered is not None:
        look = {"color": PONG.color, "marker": PONG.marker, "markevery": [1], "zorder": 4}
        axes.plot([beat.pong, beat.answered], [0, 1], linestyle=PONG.line, **look)
    _deadline(axes, beat.ping, beat.deadline, ABOVE, missed=beat.answered is None)
    if beat.reached is not None and beat.patience is not None:
        lower = BELOW - index % TURNS * STEP
        _deadline(axes, beat.reached, beat.patience, lower, missed=False)


def _deadline(axes: Axes, start: float, stop: float, y: float, *, missed: bool) -> None:
    axes.plot([start, stop], [y, y], color=INK, linewidth=0.9, linestyle=(0, (1, 2)))
    edge = 2.6 if missed else 1.2
    axes.plot([stop], [y], "x", color=INK, markersize=7, markeredgewidth=edge, clip_on=False)


def _legend(beats: Sequence[Beat]) -> list[Any]:
    from matplotlib.lines import Line2D

    def line(label: str, **look: Any) -> Line2D:
        return Line2D([], [], label=label, **look)

    handles = [line("ping", color=PING.color, marker=PING.marker, linestyle=PING.line)]
    if any(beat.answered is not None for beat in beats):
        handles.append(line("pong", color=PONG.color, marker=PONG.marker, linestyle=PONG.line))
    handles.append(line("a pong is awaited", color=AWAITED, linewidth=6))
    handles.append(line("deadline", color=INK, marker="x", linewidth=0.9, linestyle=(0, (1, 2))))
    return handles


def _row(beat: Beat) -> dict[str, Any]:
    return {
        "ping_s": beat.ping,
        "ping_arrived_s": beat.reached,
        "pong_s": beat.pong,
        "pong_arrived_s": beat.answered,
        "server_deadline_s": beat.deadline,
        "client_deadline_s": beat.patience,
    }


def _finding(beats: Sequence[Beat]) -> str:
    took = [beat.answered - beat.ping for beat in beats if beat.answered is not None]
    parts = [f"{count_of(len(beats), 'ping')}, {count_of(len(took), 'pong')}"]
    if took:
        slow, fast = duration(max(took)), duration(min(took))
        parts[0] += f" after {fast if fast == slow else f'{fast} to {slow}'}"
    last = beats[-1]
    if last.answered is None:
        parts.append(f"without another pong the server gives up at {last.deadline:g} s")
    if patience := [beat.patience for beat in beats if beat.patience is not None]:
        parts.append(f"without another ping the client gives up at {patience[-1]:g} s")
    return "; ".join(parts) + "."
