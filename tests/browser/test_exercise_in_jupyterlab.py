"""`make lab` as a learner meets it: the first page, a bet, an exercise, the course's map.

It is done in a checkout of the course in a folder with Hangul and spaces, with copies of the
lessons as `make lab` lays them; the progress is kept beside them.
`SCREENSHOTS=folder pytest tests/browser` keeps pictures.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from course_lib.lab import lessons
from course_lib.lab.grading import registry
from course_lib.workshop import copies

from . import jupyterlab

BET = "notebooks/p1_waiting_without_blocking.ipynb"
EXERCISES, LESSON = "exercises/01_short_polling.ipynb", "notebooks/00_start_here.ipynb"

COUNTS_CHARACTERS = """\
def request_bytes(method, target, host, text):
    size = len(text)
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {size}"]
    return ("\\r\\n".join(head) + "\\r\\n\\r\\n" + text).encode()"""
COUNTS_BYTES = COUNTS_CHARACTERS.replace("len(text)", "len(text.encode())")


@dataclass(slots=True)
class Notebook:
    """An open notebook; its cells are found by their ids."""

    page: Page
    ids: list[str]

    @classmethod
    def shown(cls, server: jupyterlab.Server, page: Page, name: str) -> Notebook:
        """The notebook that was just opened; what it stored is not shown any more."""
        jupyterlab.clear(page)
        cells = json.loads((server.root / name).read_text("utf-8"))["cells"]
        return cls(page, [cell["id"] for cell in cells])

    def cell(self, name: str) -> Locator:
        return self.page.locator(jupyterlab.CELL).nth(self.ids.index(name))

    def output(self, name: str) -> Locator:
        return self.cell(name).locator(".jp-OutputArea-output")

    def insert_below(self, name: str, new: str) -> None:
        self.cell(name).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("b")
        self.ids.insert(self.ids.index(name) + 1, new)
        expect(self.page.locator(jupyterlab.CELL)).to_have_count(len(self.ids))

    def write(self, name: str, code: str) -> None:
        """Write this instead of what stands in the cell.  The editor indents, as for a person."""
        self.cell(name).get_by_role("textbox").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        for number, line in enumerate(code.split("\n")):
            if number:
                self.page.keyboard.press("Enter")
            self.page.keyboard.insert_text(line.lstrip())
        expect(self.cell(name).locator(".cm-line")).to_have_text(code.split("\n"))

    def run(self, name: str) -> Locator:
        """Run one cell to its end; its outputs."""
        prompt = self.cell(name).locator(".jp-InputPrompt")
        prompt.click()
        before = prompt.inner_text()
        self.page.keyboard.press("Control+Enter")
        another = re.compile(rf"^(?!{re.escape(before)})\[\d+\]:")
        expect(prompt).to_have_text(another)
        assert jupyterlab.errors(self.page) == []
        return self.output(name)

    def picture(self, name: str, file: Path) -> None:
        """The cell as a PNG file, for a person to look at."""
        self.cell(name).screenshot(path=file)

    def save(self) -> None:
        """Ctrl+S; the server has it."""
        with self.page.expect_response(
            lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT"
        ):
            self.page.keyboard.press("ControlOrMeta+s")


@pytest.fixture(scope="module")
def course(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[jupyterlab.Server]:
    """JupyterLab on the copies of a course that nobody has worked in; its kernels use that."""
    private = tmp_path_factory.mktemp("browser") / "소켓 수업"
    root, ours = private / "내 사본 (1)", lessons.folder().parent
    ignored = shutil.ignore_patterns("_source", ".*")
    for name in ("course_lib", "notebooks", "exercises"):
        shutil.copytree(ours / name, root / name, ignore=ignored)
    copies.lay(root, root / copies.FOLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSE_PROGRESS", raising=False)
        server = jupyterlab.serve(private, root / copies.FOLDER, PYTHONPATH=str(root))
    yield server
    server.close()


def rows(verdict: Locator) -> dict[str, str]:
    """What the verdict says was `observed` and `expected`; `why`, where no idea has a name."""
    every = verdict.get_by_role("row").all()
    return {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").inner_text()
        for row in every
    }


def in_order(*parts: Locator) -> bool:
    """Does each stand below the one before?"""
    tops = [part.first.evaluate("e => e.getBoundingClientRect().top") for part in parts]
    return all(above < below for above, below in itertools.pairwise(tops))


def tape(observed: str) -> list[str]:
    """What has to be seen of the bytes: the headline and, twice, a line and the mark below it.

    `observed` begins with the call that was made; its arguments are other ones in each run.
    """
    call = ast.parse(observed.split("\n")[0], mode="eval").body
    assert isinstance(call, ast.Call)
    method, target, host, text = map(ast.literal_eval, call.args)
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: "
    have, want = (f"{head}{n}\r\n\r\n{text}".encode() for n in (len(text), len(text.encode())))
    at = next(i for i, (a, b) in enumerate(zip(have, want, strict=False)) if a != b)
    start = at - at % 16
    mark = " " * (20 + 3 * (at - start)) + "^^"
    return [
        f"first difference at byte {at}: observed {have[at]:02x}, expected {want[at]:02x}",
        f"observed  {start:08x}  {have[start : start + 16].hex(' ')}  ",
        mark,
        f"expected  {start:08x}  {want[start : start + 16].hex(' ')}  ",
        mark,
    ]


def on_the_map(book: Notebook, title: str) -> list[str]:
    """The row of a lesson on the map, cell by cell."""
    row = book.output("map-show").get_by_role("row").filter(has_text=title)
    return row.get_by_role("cell").all_inner_texts()


def test_nothing_tells_the_answer_of_a_bet_before_the_bet(
    course: jupyterlab.Server, page: Page, tmp_path: Path
) -> None:
    """A page without outputs, counts and questions of Jupyter; then the bet, then the answer.

    Whoever did no more than this gets a new version of the lesson.
    """
    pictures = jupyterlab.pictures_folder(tmp_path)
    jupyterlab.open_notebook(course, page, BET)
    outputs = page.locator(jupyterlab.OUTPUT)
    expect(outputs).to_have_count(0)
    assert set(jupyterlab.prompts(page)) == {"[ ]:"}
    names = page.locator(".jp-DirListing")  # the column of dates would cut them
    expect(names).to_contain_text("p2_bytes_and_text.ipynb")
    expect(names.get_by_text("Modified")).not_to_be_visible()
    page.screenshot(path=pictures / "first-page.png")
    book = Notebook.shown(course, page, BET)
    for cell in ("start", "ticker", "bet"):
        book.run(cell)
    answer = outputs.filter(has_text=re.compile("asyncio.sleep\\(1\\):|No bet was placed"))
    expect(book.output("bet").get_by_role("button", name="Place the bet")).to_be_visible()
    expect(answer).to_have_count(0)
    book.output("bet").get_by_role("button", name="asyncio.sleep", exact=True).click()
    book.output("bet").get_by_role("button", name="Place the bet").click()
    book.run("demonstration")
    expect(answer).not_to_have_count(0)
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)
    book.save()

    # It was run and saved, and no cell was changed: a new version takes its place.
    root = course.root.parent
    stored = root / BET
    stored.write_text(stored.read_text("utf-8").replace("Two ways", "2 ways"), encoding="utf-8")
    assert copies.lay(root, course.root) == [copies.Laid("renewed", course.root / BET)]


def test_a_wrong_answer_is_named_and_a_right_one_stands_on_the_map(
    course: jupyterlab.Server, page: Page, tmp_path: Path
) -> None:
    """Wrong idea and bytes, a hint, a pass with real traffic, and the map in another notebook."""
    pictures = jupyterlab.pictures_folder(tmp_path)
    jupyterlab.open_notebook(course, page, EXERCISES)
    book = Notebook.shown(course, page, EXERCISES)
    book.run("start")
    book.write("request-stub", COUNTS_CHARACTERS)
    book.run("request-stub")
    verdict = book.run("request-check").get_by_role("region", name="verdict on exercise 1.1")
    said = rows(verdict)
    expect(verdict).to_contain_text("✘ 1.1 Write a request: not yet, 2 of 5 cases right")
    idea = verdict.get_by_role("note", name="wrong idea")
    expect(idea).to_contain_text("The idea behind it: the length counts characters")
    expect(idea).to_contain_text(registry.find("1.1").wrong_ideas["length_in_characters"].why)
    expect(idea).to_contain_text("length_in_characters")
    assert list(said) == ["observed", "expected"]
    assert in_order(verdict.get_by_text("not yet, 2 of 5"), idea, verdict.get_by_role("table"))
    hint = verdict.get_by_text('checks.hint("1.1") gives a hint.')
    assert in_order(idea, verdict.get_by_role("group", name="first difference"), hint)
    headline, *lines = tape(said["observed"])
    expect(verdict).to_contain_text(headline)
    dump = verdict.get_by_role("group", name=headline)  # a screen reader hears the headline
    shown = dump.inner_text().split("\n")
    rest = iter(shown)
    assert all(any(row.startswith(line) for row in rest) for line in lines), (shown, lines)
    expect(dump.locator("mark")).to_have_count(2)
    book.picture("request-check", pictures / "exercise-wrong.png")

    book.insert_below("request-check", "hint")
    book.write("hint", 'checks.hint("1.1")')
    hint = book.run("hint")
    expect(hint).to_contain_text("1.1: hint 1 of 3")
    expect(hint).to_contain_text(registry.find("1.1").hints[0])
    expect(hint).not_to_contain_text("\\r\\n")  # the second hint says so

    book.write("request-stub", COUNTS_BYTES)
    book.run("request-stub")
    passed = book.run("request-check").get_by_role("region", name="verdict on exercise 1.1")
    expect(passed).to_contain_text("✔ 1.1 Write a request: passed")
    assert rows(passed) == {}
    assert all(
        text.startswith("✔ right: ") for text in passed.get_by_role("listitem").all_inner_texts()
    )
    expect(passed.get_by_role("listitem")).to_have_count(5)
    expect(passed).to_contain_text("Run the cell below: it puts your code on the wire.")
    expect(book.run("request-wire")).to_have_text(r"['안녕 👋\n  점심? '] in 2 requests of yours")
    book.picture("request-check", pictures / "exercise-right.png")
    book.save()

    jupyterlab.open_another(course, page, LESSON)
    book = Notebook.shown(course, page, LESSON)
    book.run("start")
    book.run("map-show")
    lesson = lessons.find("01")
    state = f"1 of {len(lesson.exercises)} passed"
    row = ["01", lesson.title, "How does a page learn of news?", f"{lesson.minutes} min", state]
    row.append("1.3, 1.4")
    assert on_the_map(book, lesson.title) == row
    book.picture("map-show", pictures / "map.png")
    book.save()
    page.reload()
    expect(page.locator(jupyterlab.CELL)).to_have_count(len(book.ids), timeout=60_000)
    expect(book.output("map-show")).to_contain_text(state)
    assert on_the_map(book, lesson.title) == row
    kept = (course.root / ".progress.jsonl").read_text("utf-8").splitlines()
    happened = [(event["event"], event.get("idea", "")) for event in map(json.loads, kept)]
    assert happened == [("attempt", "length_in_characters"), ("hint", ""), ("pass", "")]
