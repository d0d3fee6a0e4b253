"""check, hint, solution and progress, as a learner meets them in a kernel."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_run
from course_lib.lab.grading import progress

TOP = lessons.folder().parent
WRONG = """def request_bytes(method, target, host, text):
    line = f"Content-Length: {len(text)}\\r\\n" if text else ""
    return f"{method} {target} HTTP/1.1\\r\\nHost: {host}\\r\\n{line}\\r\\n{text}".encode()"""
RIGHT = WRONG.replace("len(text)", "len(text.encode())")


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def _run(folder: Path, *cells: str) -> list[str]:
    """What each cell shows, as text."""
    code = [nbformat.v4.new_code_cell(cell, id=f"c{n}") for n, cell in enumerate(cells)]
    notebook = nbformat.v4.new_notebook(cells=code)
    lesson_run.execute(notebook, folder)
    return [
        "".join(out.get("text") or out["data"]["text/plain"] for out in cell.outputs)
        for cell in code
    ]


def test_a_learner_is_wrong_takes_a_hint_and_passes(tmp_path: Path) -> None:
    """The whole way, in one kernel."""
    shown = _run(
        tmp_path,
        "from course_lib.lab.checks import check, hint, progress, solution",
        'check("1.1")',
        'solution("1.1")',
        WRONG,
        'check("1.1")',
        'hint("1.1")',
        "hint(1.1)",
        RIGHT,
        "check(1.1)",
        'solution("1.1")',
        "progress()",
    )
    _, nothing, refused, _, wrong, first, second, _, right, solved, table = shown
    assert "no cell that was run defines request_bytes" in nothing
    assert "give_up" in refused
    assert wrong.startswith("Graded: request_bytes from In[4] (3 lines, ")
    assert "wrong idea   length_in_characters: the length counts characters" in wrong
    assert wrong.index("observed  0000") < wrong.index("expected  0000")
    assert first.startswith("1.1: hint 1 of 3") and second.startswith("1.1: hint 2 of 3")
    assert 'checks.hint("1.1") gives a hint.' in wrong
    assert "In[8]" in right and "1.1 Write a request: passed\n  ok   a request" in right
    assert 'checks.solution("1.1") shows our answer now. Run the cell below' in right
    assert "def request_bytes" in solved and "BEGIN SOLUTION" not in solved
    assert "1.1    passed    Write a request" in table
    done = progress.of("1.1")
    assert (done.attempts, done.hints, done.ideas) == (2, 2, ["length_in_characters"])


def test_a_cell_that_needs_an_answer_goes_on_with_a_wrong_one(tmp_path: Path) -> None:
    """It is there to show what the answer does; without one, in one line, that there is none."""
    stub = "def request_bytes(*args):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    ask = "{}try:\n    checks.answered('1.1')\nexcept Exception as error:\n    print(error)"
    shown = _run(
        tmp_path,
        "from course_lib.lab import checks",
        ask.format(""),
        stub,
        ask.format(""),
        WRONG,
        ask.format("print('on')\n"),
        stub,
        "print(*checks.answered.__globals__['NotAnswered']('so')._render_traceback_())",
        ask.format(""),
    )
    words = "1.1 is not answered yet. Write your answer, run its cell, and then this one.\n"
    assert shown == ["", words, "", words, "", "on\n", "", "so\n", words]


def test_a_cell_that_was_edited_and_not_run_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JupyterLab tells the kernel its file, and saves it; the kernel compares."""
    saved = tmp_path / "my notebook.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(saved))
    cells = [nbformat.v4.new_code_cell(RIGHT, id="answer")]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    write = f"import pathlib\npathlib.Path({str(saved)!r}).write_text({text!r}, encoding='utf-8')"
    start = "from course_lib.lab.checks import check, give_up, solution"
    *_, before, _, after, _, same, gave, _ = _run(
        tmp_path, start, WRONG, 'check("1.1")', write + ";", 'check("1.1")',
        RIGHT + "\n\n# only a comment differs", 'check("1.1")', 'give_up("1.1")', 'solution("1.1")',
    )  # fmt: skip
    words = "The saved notebook has another request_bytes"
    assert words not in before
    assert words in after and "In[2]" in after
    assert words not in same
    assert 'checks.solution("1.1") shows the solution now' in gave


# One notebook of each kind; all of them in `wide`.  The solutions themselves are judged elsewhere.
SLUGS = [lesson.slug for lesson in lessons.load() if lesson.exercises]
EACH = [pytest.param(slug, marks=pytest.mark.wide if n else ()) for n, slug in enumerate(SLUGS)]


@pytest.mark.parametrize("slug", EACH)
def test_what_is_handed_out_runs_and_says_that_nothing_is_answered(slug: str) -> None:
    """Checks and cells on the wire, in a line each: no traceback, and nothing is left behind."""
    path = TOP / "exercises" / f"{slug}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    wire = [cell for cell in code if "-wire" in cell.id]
    for cell in wire:
        cell.metadata.tags = ["raises-exception"]  # so that the cells below run, too
    lesson_run.execute(notebook, path.parent)
    said: dict[str, set[str]] = {"check": set(), "wire": set()}
    for cell in code:
        about = cell.metadata.get("course", {})
        shown = "".join(
            "".join(out.get("traceback") or out.get("text") or out["data"]["text/plain"])
            for out in cell.outputs
        )
        assert "Traceback" not in shown, (cell.id, shown)
        if about.get("role") in said and "not answered yet" in shown.lower():
            said[about["role"]].add(about["exercise"])
    assert said == {role: {*lessons.find(slug).exercises} for role in said}


@pytest.mark.parametrize("slug", EACH)
def test_the_solutions_run_from_top_to_bottom(slug: str, file: Path) -> None:
    """Every check passes and every answer works in the running library."""
    path = TOP / "solutions" / f"{slug}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    lesson_run.execute(notebook, path.parent)
    lesson = lessons.find(slug)
    states = {number: done.state for number, done in progress.load().items()}
    assert states == dict.fromkeys(lesson.exercises, "passed")
    assert all(json.loads(line)["event"] == "pass" for line in file.read_text().splitlines())


def test_the_cell_that_jupyterlab_names_is_graded_and_not_a_later_helper(tmp_path: Path) -> None:
    """`accept` in the cell of 3.2 does not answer 3.1, though the kernel has that one now."""
    manager = KernelManager(kernel_name="python3", **lesson_run.sockets(tmp_path))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    said: list[str] = []

    def run(text: str, cell_id: str) -> None:
        content = {"code": text, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": True}  # fmt: skip
        message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
        client.shell_channel.send(message)
        while True:
            heard = client.get_iopub_msg(timeout=30)
            if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if heard["msg_type"] == "stream" and heard["content"]["name"] == "stdout":
                said.append(heard["content"]["text"])
            if heard["content"].get("execution_state") == "idle":
                return

    try:
        run("from course_lib.lab.checks import check", "start")
        run("def accept(key): return 'mine'", "key-stub")
        run("def accept(key): return 'x'\ndef answer(m, h): return accept(m)", "reply-stub")
        run("verdict = check('3.1')", "key-check")
        run("verdict = check('3.2')", "answer-check")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "Graded: accept from In[2] (1 lines" in "".join(said)
    assert "Graded: answer from In[3] (2 lines" in "".join(said)
