"""Six questions before the course: whoever misses one is sent to the primer that answers it.

    self_check()                  buttons in a notebook; the questions as text elsewhere
    advice("b c c a c b")         the same without buttons; "?" is "I don't know"

Lesson 00.  Builds on: `figures.markup`; ipywidgets, when a notebook shows it.
Used by: `lab.start_here`.
New here: nothing is scored.  The result is what to read next, and does not name the right answers:
the primers explain them.
Left out: remembering the answers in another session.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import LocalError
from .. import extra
from ..figures.markup import Shown

LETTERS = "abc"
UNKNOWN = "?"
PRIMERS = {
    "p1": "p1_waiting_without_blocking",
    "p2": "p2_bytes_and_text",
    "p3": "p3_a_stream_has_no_messages",
}


@dataclass(slots=True)
class Question:
    """One question, its three answers, the letter of the right one, and the primer on it.

    What stands between backticks is code.
    """

    primer: str
    text: str
    answers: tuple[str, str, str]
    right: str


QUESTIONS = (
    Question(
        "p1",
        "A server with one thread calls `time.sleep(5)` in one of its functions. "
        "What happens to its other guests?",
        ("they are served meanwhile", "nobody is served for 5 seconds", "the call is an error"),
        "b",
    ),
    Question(
        "p1",
        "`greet` is an async function in Python. What does the call `greet()` do, without `await`?",
        ("it runs to its end", "it runs to its first `await`", "it runs nothing yet"),
        "c",
    ),
    Question("p2", "How many bytes is the text 안녕 in UTF-8?", ("2", "4", "6"), "c"),
    Question(
        "p2",
        "The number 1000 travels in two bytes, in network byte order. Which are they, "
        "in hexadecimal?",
        ("03 e8", "e8 03", "10 00"),
        "a",
    ),
    Question(
        "p3",
        'One side writes "hel" and then "lo" to a TCP connection. '
        "What can the first read of the other side return?",
        ('always "hel"', 'always "hello"', 'either, and "he" as well'),
        "c",
    ),
    Question(
        "p3",
        "Each message ends with a line end. What must the sender take care of?",
        (
            "that each message is shorter than one packet",
            "that no message has a line end inside",
            "that it waits a little after each message",
        ),
        "b",
    ),
)


def recommend(answers: Sequence[str]) -> list[str]:
    """The primers to read, in order.  `answers` are six of a, b, c and "?"."""
    given = [answer.strip().lower() for answer in answers]
    if len(given) != len(QUESTIONS) or any(a not in (*LETTERS, UNKNOWN) for a in given):
        raise LocalError(
            f'{len(QUESTIONS)} answers are needed, each a, b, c or "?", as in advice("b ? a c a b")'
        )
    missed = [q.primer for q, answer in zip(QUESTIONS, given, strict=True) if answer != q.right]
    return [slug for primer, slug in PRIMERS.items() if primer in missed]


def advice(answers: str) -> Shown:
    """What to read first, for answers such as `"b c ? a c b"`."""
    primers = recommend([letter for letter in answers if not letter.isspace() and letter != ","])
    if not primers:
        return Shown("You are ready: go on with 01.", f"<p>You are ready: {_link(FIRST)}</p>")
    links = "".join(f"<li>{_link(slug)}</li>" for slug in primers)
    return Shown(
        "Read first: " + ", ".join(primers) + ".",
        f"<p>Read first, about 20 minutes each:</p><ul>{links}</ul>",
    )


FIRST = "01_short_polling"


def _link(slug: str) -> str:
    number, _, title = slug.partition("_")
    return f'<a href="{slug}.ipynb">{number} · {title.replace("_", " ")}</a>'


@functools.cache  # a cell that runs again keeps the answers
def self_check() -> SelfCheck:
    """The questions, with buttons where the notebook can show widgets."""
    return SelfCheck()


class SelfCheck:
    """Six rows of buttons, and a button for the advice.  `widgets` are made when it is shown."""

    def __init__(self) -> None:
        self.choices: list[Any] = []
        self.said: list[Any] = []  # the words below each choice
        self.result: Any = None
        self.button: Any = None
        self._panel: Any = None

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(QUESTIONS, 1):
            lines.append(f"{number}. {question.text}")
            lines += [f"   {a}) {text}" for a, text in zip(LETTERS, question.answers, strict=True)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return "<ol>" + "".join(_as_html(question) for question in QUESTIONS) + "</ol>"

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widget, and the questions as text and HTML where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The buttons, as one ipywidget; the same one each time."""
        if self._panel is None:
            self._panel = self._made()
        return self._panel

    def _made(self) -> Any:
        with extra.needed():
            import ipywidgets  # type: ignore[import-untyped]

        wide = ipywidgets.Layout(width="auto")
        rows: list[Any] = []
        for number, question in enumerate(QUESTIONS, 1):
            named = zip(LETTERS, question.answers, strict=True)
            options = [(f"{letter}: {text.replace('`', '')}", letter) for letter, text in named]
            options.append(("?: I don't know", UNKNOWN))
            # Not radio buttons: JupyterLab takes the arrow keys that they need.
            choice = ipywidgets.ToggleButtons(
                options=options,
                value=None,
                description=f"Answer {number}",
                style={"button_width": "auto"},
                layout=wide,
            )
            label = ipywidgets.HTML(f"<b>{number}. {_marked(question.text)}</b>", layout=wide)
            said = ipywidgets.HTML(layout=wide)
            choice.observe(lambda _, choice=choice, said=said: _say(choice, said), names="value")
            self.choices.append(choice)
            self.said.append(said)
            rows += [label, choice, said]
        short = ipywidgets.Layout(width="auto", align_self="flex-start")
        self.button = ipywidgets.Button(description="What should I read?", layout=short)
        self.result = ipywidgets.HTML()
        self.button.on_click(self._asked)
        return ipywidgets.VBox([*rows, self.button, self.result])

    def _asked(self, _: Any) -> None:
        missing = [str(n) for n, choice in enumerate(self.choices, 1) if choice.value is None]
        if missing:
            self.result.value = f"<p>Not answered yet: {', '.join(missing)}.</p>"
        else:
            # Without links: JupyterLab does not resolve a relative link in a widget.
            said = advice(" ".join(choice.value for choice in self.choices)).text
            self.result.value = f"<p>{html.escape(said)} The map above leads there.</p>"


def _say(choice: Any, said: Any) -> None:
    """Say in words which button is pressed: the buttons themselves show it by colour alone."""
    text = f"{choice.description}: {choice.label}" if choice.label else ""
    said.value = f'<span role="alert">{html.escape(text)}</span>'


def _as_html(question: Question) -> str:
    answers = "".join(f"<li>{_marked(answer)}</li>" for answer in question.answers)
    return f'<li>{_marked(question.text)}<ol type="a">{answers}</ol></li>'


def _marked(text: str) -> str:
    """A text as HTML, with what stands between backticks in the font of code."""
    return re.sub("`(.+?)`", r"<code>\1</code>", html.escape(text))
