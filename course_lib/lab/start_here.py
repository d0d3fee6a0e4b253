"""The views of lesson 00: the map of the course, and which primers a learner should read first.

Lesson 00.  Builds on: `lesson_list`, `lab._start_here`, `grading.progress`.

    course_map()        all lessons, their minutes, core exercises, what you have passed, and
                        what is new beside a notebook that you have changed
    self_check()        six questions with buttons       advice("b c a c ? a")  the same, without
    Witness(url)        a client of the chat in a thread, which times heartbeats

New here: the way through the course.
Left out: the answers to the questions.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ._start_here.self_check import SelfCheck, advice, self_check
from ._start_here.witness import Witness
from .authoring import lesson_list
from .figures.markup import FAINT, Shown, heading
from .grading import progress, registry

__all__ = ["COURSE", "SelfCheck", "Witness", "advice", "course_map", "self_check"]


@dataclass(slots=True)
class Stop:
    """A lesson on the map, whether it is written already or not."""

    slug: str
    title: str
    question: str

    @property
    def number(self) -> str:
        return self.slug[:2]


COURSE: dict[str, list[Stop]] = {
    "Before": [
        Stop("00_start_here", "Start here", "What will you build?"),
        Stop("p1_waiting_without_blocking", "Waiting without blocking", "How does one wait?"),
        Stop("p2_bytes_and_text", "Bytes and text", "What travels?"),
        Stop("p3_a_stream_has_no_messages", "A stream has no messages", "Where does it end?"),
    ],
    "Transports": [
        Stop("01_short_polling", "Short polling", "How does a page learn of news?"),
        Stop("02_long_polling", "Long polling", "What if the answer may wait?"),
        Stop("03_websocket_handshake", "The WebSocket handshake", "How does HTTP step aside?"),
        Stop("04_websocket_frames", "WebSocket: one frame", "What does one message look like?"),
        Stop("05_websocket_conversation", "WebSocket: the conversation", "Who may speak when?"),
        Stop("06_transport_lab", "The transport lab", "Which one is best, and when?"),
    ],
    "Engine.IO": [
        Stop("07_engineio_sessions", "Engine.IO: sessions", "Who is this, and still there?"),
        Stop("08_upgrade_and_fallback", "Engine.IO: upgrade and fallback", "How to change horses?"),
    ],
    "Socket.IO": [
        Stop("09_events_and_packets", "Socket.IO: events and packets", "What is an event?"),
        Stop("10_acknowledgements", "Acknowledgements", "Did it arrive?"),
        Stop("11_broadcasting_and_rooms", "Broadcasting and rooms", "Who gets it?"),
        Stop("12_namespaces_and_middleware", "Namespaces and middleware", "Who may come in?"),
        Stop("13_noticing_and_returning", "Noticing and returning", "What when the line breaks?"),
        Stop("14_what_was_lost", "What was lost", "And what was said meanwhile?"),
    ],
    "Production": [
        Stop("15_testing", "Testing", "How do you know that it works?"),
        Stop("16_scaling_out", "Scaling out", "What if one server is not enough?"),
        Stop("17_watching_it_live", "Watching it live", "What is going on in there?"),
        Stop("18_security_and_limits", "Security and limits", "What can a stranger do to it?"),
        Stop("19_capstone_chat", "Capstone: the chat", "Does it all hold together?"),
    ],
    "Appendix": [
        Stop("a1_nested_event_loops", "Nested event loops", "Why not asyncio.run() in a cell?"),
    ],
}


def course_map(where: Path | None = None, done: Mapping[str, progress.Done] | None = None) -> Shown:
    """Every lesson in its part, with minutes and exercises; lessons that exist are links.

    `done` is `progress.load()` unless you give something else.
    """
    written = {lesson.slug: lesson for lesson in lesson_list.load(where)}
    done = progress.load() if done is None else done
    text: list[str] = []
    rows: list[str] = []
    kept = False
    for part, stops in COURSE.items():
        text.append(part)
        rows.append(f'<tr><th colspan="6" scope="rowgroup" {_LEFT}>{part}</th></tr>')
        for stop in stops:
            lesson = written.get(stop.slug)
            minutes = f"{lesson.minutes} min" if lesson else ""
            passed, core = _passed(lesson, done), _core(lesson, done)
            line = (
                f"  {stop.number}  {stop.title:32} {minutes:>6}  {passed:13}"
                + f"  core {core}" * bool(core)
            )
            newer = _newer(stop.slug)
            text += [line.rstrip(), *(f"      new version: {path}" for path in newer)]
            rows.append(_row(stop, lesson is not None, minutes, passed, core, newer))
            kept |= bool(newer)
    head = "".join(
        f'<th scope="col" {_LEFT}>{name}</th>'
        for name in ("", "Lesson", "Its question", "Time", "Exercises", "Core")
    )
    notes = [CORE, *([KEPT] if kept else [])]
    return Shown(
        "\n".join([*text, "", *notes]),
        heading("The map of the course") + f"<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
        + "".join(f'<p style="{FAINT}">{note}</p>' for note in notes),
    )


CORE = "If your time is short, do the core exercises. The others are for practice. ✔ is passed."
KEPT = (
    "New version: the course has changed since you began to write in that notebook. Yours stays as "
    "it is, and the new one lies beside it. If you do not need yours any more, delete it."
)
_LEFT = 'style="text-align:left"'


def _passed(lesson: lesson_list.Lesson | None, done: Mapping[str, progress.Done]) -> str:
    if lesson is None:
        return "to come"
    if not lesson.exercises:
        return ""
    states = [done[number].state for number in lesson.exercises if number in done]
    return f"{states.count('passed')} of {len(lesson.exercises)} passed"


def _core(lesson: lesson_list.Lesson | None, done: Mapping[str, progress.Done]) -> str:
    """The lesson's core exercises, those that were passed with a sign: `1.3 ✔, 1.4`."""
    known, numbers = registry.load(), lesson.exercises if lesson else ()
    return ", ".join(
        number + " ✔" * (number in done and done[number].passed)
        for number in numbers
        if number in known and known[number].core
    )


def _newer(slug: str) -> list[str]:
    """New versions beside notebooks that the learner has changed, as links from this notebook.

    A kernel runs in the folder of its notebook.  `make lab` lays them (`workshop.copies`).
    """
    here = Path.cwd()
    beside = sorted(path.name for path in here.glob(f"{slug}.new*.ipynb"))
    exercises = sorted(path.name for path in (here.parent / "exercises").glob(f"{slug}.new*.ipynb"))
    return beside + [f"../exercises/{name}" for name in exercises]


def _row(
    stop: Stop, written: bool, minutes: str, passed: str, core: str, newer: Sequence[str]
) -> str:
    title = html.escape(stop.title)
    if written:
        title = f'<a href="{stop.slug}.ipynb">{title}</a>'
    for path in newer:
        what = "exercises" if path.startswith("..") else "lesson"
        title += f'<br><a href="{path}">new version of the {what}</a>'
    cells = (stop.number, title, html.escape(stop.question), minutes, passed, core)
    return "<tr>" + "".join(f"<td {_LEFT}>{cell}</td>" for cell in cells) + "</tr>"
