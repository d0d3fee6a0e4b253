"""A lesson runs in a kernel of its own, one by one or queued, and its outputs are cleaned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client import asynchronous

from course_lib.lab.authoring import lesson_run


def notebook(*cells: str, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook()
    for number, source in enumerate(cells, 1):
        cell = nbformat.v4.new_code_cell(source, id=f"c{number}")
        if tags:
            cell.metadata["tags"] = list(tags)
        book.cells.append(cell)
    return book


@pytest.mark.parametrize(("queued", "sent"), [(False, [1, 2, 3]), (True, [3, 3, 3])])
def test_requests_are_sent_one_by_one_or_all_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queued: bool, sent: list[int]
) -> None:
    """Either way each cell gets its own outputs, counted 1, 2, 3, in the notebooks' folder."""
    requests: list[str] = []
    real = asynchronous.AsyncKernelClient.execute

    def execute(self: Any, code: str, *rest: Any, **options: Any) -> Any:
        requests.append(code)
        return real(self, code, *rest, **options)

    monkeypatch.setattr(asynchronous.AsyncKernelClient, "execute", execute)
    book = notebook(
        "import asyncio, os, sys\nprint('a')\nprint('x', end='')\nprint('b')",
        "await asyncio.sleep(0)\nos.environ['COURSE_STRICT'], os.path.basename(os.getcwd())",
        "import course_lib\ncourse_lib.__name__",
    )
    seen: list[int] = []
    folder = tmp_path / "한글 notes"
    folder.mkdir()
    seconds = lesson_run.execute(
        book, folder, queued=queued, ended=lambda name, seconds: seen.append(len(requests))
    )
    assert seen == sent
    assert list(seconds) == ["c1", "c2", "c3"]
    assert [cell.execution_count for cell in book.cells] == [1, 2, 3]
    assert [out.text for out in book.cells[0].outputs] == ["a\nxb\n"]
    assert book.cells[1].outputs[0].data == {"text/plain": "('1', '한글 notes')"}
    assert all(cell.metadata == {} for cell in book.cells)
    assert book.metadata == {}


def test_a_failing_cell_gives_its_place_and_a_readable_traceback(tmp_path: Path) -> None:
    """No colour codes: the text goes to a terminal, a log or a test report."""
    with pytest.raises(lesson_run.CellFailed) as caught:
        lesson_run.execute(notebook("x = 1", "x / 0", "x"), tmp_path)
    assert caught.value.index == 1
    assert "ZeroDivisionError: division by zero" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_cell_that_does_not_end_fails(tmp_path: Path) -> None:
    """A lesson that hangs is found in a minute, not in an hour."""
    with pytest.raises(lesson_run.CellFailed, match="timed out") as caught:
        lesson_run.execute(notebook("1", "import time; time.sleep(600)"), tmp_path, timeout=1)
    assert caught.value.index == 1


def stream(name: str, text: str) -> Any:
    return nbformat.v4.new_output("stream", name=name, text=text)


def widget(**data: str) -> Any:
    view = {lesson_run.WIDGET: {"model_id": "1"}, "text/plain": "IntSlider()"}
    return nbformat.v4.new_output("display_data", data={**view, **data})


def test_what_a_cell_writes_to_stderr_fails_it() -> None:
    """A warning in a lesson is a mistake in the lesson."""
    book = notebook("1")
    book.cells[0].outputs = [stream("stderr", "DeprecationWarning: old")]
    with pytest.raises(lesson_run.CellFailed, match="wrote to stderr:\nDeprecationWarning"):
        lesson_run.clean(book)


def test_views_of_widgets_are_taken_out() -> None:
    """The static figure beside a view stays; a view alone leaves nothing."""
    book = notebook("1", "2", tags=("nbval-ignore-output",))
    html = {"text/html": "<figure>"}
    book.cells[0].outputs = [widget(), stream("stdout", "kept")]
    book.cells[1].outputs = [widget(**html)]
    lesson_run.clean(book)
    assert [out.output_type for out in book.cells[0].outputs] == ["stream"]
    assert book.cells[1].outputs[0].data == {"text/plain": "IntSlider()", **html}


def test_a_widget_needs_the_tag() -> None:
    """nbval would look for the output that is not stored."""
    book = notebook("1")
    book.cells[0].outputs = [widget()]
    with pytest.raises(lesson_run.CellFailed, match="tag it nbval-ignore-output"):
        lesson_run.clean(book)


def test_the_timing_that_a_front_end_stores_is_removed() -> None:
    """It would differ in each build."""
    book = notebook("1")
    book.cells[0].metadata["execution"] = {"iopub.status.busy": "2024"}
    lesson_run.clean(book)
    assert book.cells[0].metadata == {}
