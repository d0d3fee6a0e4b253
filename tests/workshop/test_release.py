"""What learners get holds no solution, is the same each time, and can be set up."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from course_lib.lab.authoring import lesson_list
from course_lib.lab.grading import exercise_build
from course_lib.workshop import checks, commands, copies, environment, locks, release, remedies

from . import tiny_checkout

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="platform: Windows has no such thing")

ANSWER = """\
    ### BEGIN SOLUTION
    head = f"{method} {target} HTTP/1.1\\r\\nHost: {host}\\r\\n"
    return head.encode() + text.encode()
    ### END SOLUTION
"""
STUB = "def request_bytes():\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


def _notebook(*sources: str) -> str:
    about = {"nbgrader": {"solution": True}}
    cells = [{"cell_type": "code", "source": text, "metadata": about} for text in sources]
    return json.dumps({"cells": cells, "metadata": {}})


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one exercise, in a folder that git knows."""
    root = tmp_path / "course"
    files = {
        "pyproject.toml": "[project]\n",
        "course_lib/__init__.py": '__version__ = "1"\n',
        "notebooks/lessons.toml": '[[lesson]]\nslug = "01_one"\n',
        "notebooks/01_one.ipynb": _notebook("1 + 1"),
        "exercises/01_one.ipynb": _notebook(STUB),
        "solutions/01_one.ipynb": _notebook(f"def request_bytes():\n{ANSWER}"),
        "solutions/_source/01_one.py": f"# %%\ndef request_bytes():\n{ANSWER}",
        "tests/exercises/right/1.1/joined.py": ANSWER,
        "tests/lab/grading/test_marks.py": "",
        "tests/lab/test_show.py": "",
        "tests/notebooks/test_both.py": 'for folder in ("exercises", "solutions"): ...\n',
        ".ci/run": "#!/bin/sh\n",
        "docs/hangul.md": "안녕\n",
        "docs/a.png": b"\x89PNG\r\n\xff",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (root / ".ci" / "run").chmod(0o755)
    _git(root, "init", "-q")
    _git(root, "add", ".")
    return root


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


KEPT = [
    ".ci/run",
    "course_lib/__init__.py",
    "docs/a.png",
    "docs/hangul.md",
    "exercises/01_one.ipynb",
    "notebooks/01_one.ipynb",
    "notebooks/lessons.toml",
    "pyproject.toml",
    "tests/lab/test_show.py",
]
COPIES = ["work/exercises/01_one.ipynb", "work/notebooks/01_one.ipynb"]


def test_solutions_and_what_needs_them_stay_behind(course: Path) -> None:
    """So do answers with which graders are tested, and files that git does not know."""
    (course / "exercises" / "submission of mina.ipynb").write_text(_notebook("mine"), "utf-8")
    assert release.files(course) == KEPT


def test_a_folder_without_git_gives_the_same(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing hidden, made or downloaded goes along."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(course.parent))
    shutil.rmtree(course / ".git")
    for name in (
        ".venv/bin/python",
        "wheels/a.whl",
        "dist/b.zip",
        "course_lib/__pycache__/c.pyc",
        ".DS_Store",
        "notebooks/.progress.jsonl",
        "work/.progress.jsonl",
        "work/exercises/01_one.ipynb",
    ):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).touch()
    assert release.files(course) == KEPT


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("docs/note.md", "    ### BEGIN SOLUTION\n", "docs/note.md: ### BEGIN SOLUTION"),
        (
            "exercises/01_one.ipynb",
            _notebook("### BEGIN HIDDEN TESTS\nassert f(1) == 2\n### END HIDDEN TESTS"),
            "exercises/01_one.ipynb: ### BEGIN HIDDEN TESTS",
        ),
        (
            "exercises/01_one.ipynb",
            json.dumps({"cells": [{"source": [], "metadata": {"was": ANSWER.splitlines(True)}}]}),
            "exercises/01_one.ipynb: ### BEGIN SOLUTION",
        ),
        (
            "notebooks/01_one.ipynb",
            json.dumps({"cells": [{"outputs": [{"text": ANSWER.splitlines(True)[1:3]}]}]}),
            "notebooks/01_one.ipynb: the solution 'head = f",
        ),
        (
            "course_lib/hints.py",
            'x = 1\nhead = f"{method} {target} HTTP/1.1\\r\\nHost: {host}\\r\\n"\n'
            "return head.encode() + text.encode()\n",
            "course_lib/hints.py: the solution 'head = f",
        ),
    ],
)
def test_a_leak_is_named_and_stops_it(name: str, content: str, said: str, course: Path) -> None:
    """A marker, or the text of a solution, in whatever file and whatever part of a notebook."""
    (course / name).write_text(content, encoding="utf-8")
    _git(course, "add", ".")
    with pytest.raises(remedies.SetupError, match="would hold solutions") as caught:
        release.write(course, course / "dist")
    assert said in caught.value.what
    assert not (course / "dist").exists()


def test_the_same_bytes_each_time(course: Path, tmp_path: Path) -> None:
    """Neither the time, nor the umask, nor the order in which files were made, changes them."""
    digests = set()
    for number, mask in enumerate((0o022, 0o077)):
        out = tmp_path / str(number)
        copy = tmp_path / f"copy {number}"
        before = os.umask(mask)
        try:
            shutil.copytree(course, copy, copy_function=shutil.copy)
            os.utime(copy / "pyproject.toml", (number, number))
            assert release.main(["--out", str(out)], copy) == 0
        finally:
            os.umask(before)
        digests.add(hashlib.sha256((out / f"{release.NAME}.zip").read_bytes()).hexdigest())
    assert len(digests) == 1
    with zipfile.ZipFile(out / f"{release.NAME}.zip") as archive:
        assert archive.namelist() == [f"{release.NAME}/{name}" for name in [*KEPT, *COPIES]]
        modes = {
            info.filename[len(release.NAME) + 1 :]: info.external_attr >> 16
            for info in archive.infolist()
        }
        if os.name != "nt":
            assert (modes[".ci/run"], modes["pyproject.toml"]) == (0o100755, 0o100644)
        for name in KEPT:
            assert archive.read(f"{release.NAME}/{name}") == (course / name).read_bytes()
            assert (out / release.NAME / name).read_bytes() == (course / name).read_bytes()


def test_a_folder_of_somebody_else_is_not_overwritten(course: Path, tmp_path: Path) -> None:
    """Only what is in `dist`, which `clean` removes, is made anew."""
    for _ in range(2):
        assert release.main([], course) == 0
    mine = tmp_path / "mine" / release.NAME
    mine.mkdir(parents=True)
    with pytest.raises(remedies.SetupError, match="exists"):
        release.main(["--out", str(mine.parent)], course)
    assert list(mine.iterdir()) == []
    assert release.main(["--zip"], course) == 2


def test_it_hands_out_the_copies_that_lab_opens(course: Path, tmp_path: Path) -> None:
    """Without outputs, and `lab` finds nothing to do until the course is newer."""
    outputs = [{"output_type": "stream", "text": "the answer of the bet"}]
    cell = {"cell_type": "code", "source": "1 + 1", "metadata": {}, "outputs": outputs}
    book = json.dumps({"cells": [cell | {"execution_count": 3}], "metadata": {}})
    (course / "notebooks/01_one.ipynb").write_text(book, encoding="utf-8")
    folder = release.write(course, tmp_path)
    copy = json.loads((folder / "work/notebooks/01_one.ipynb").read_text("utf-8"))
    assert [(c["outputs"], c["execution_count"]) for c in copy["cells"]] == [([], None)]
    assert copies.lay(folder, folder / "work") == []
    (folder / "notebooks/01_one.ipynb").write_text(_notebook("1 + 2"), encoding="utf-8")
    [laid] = copies.lay(folder, folder / "work")
    assert laid.done == "renewed"


def test_answers_in_its_exercises_stop_it(course: Path) -> None:
    """An instructor who tried an exercise in the checkout does not hand the answer out."""
    answered = _notebook("def request_bytes():\n    return b''\n")
    (course / "exercises/01_one.ipynb").write_text(answered, encoding="utf-8")
    with pytest.raises(remedies.SetupError, match="would hold answers") as caught:
        release.write(course, course / "dist")
    assert "exercises/01_one.ipynb" in caught.value.what
    assert not (course / "dist" / release.NAME).exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of this checkout, with what is not committed yet."""
    copy = tmp_path_factory.mktemp("release") / "checkout"
    for path in checks.tracked_files(ROOT):
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return release.write(copy, copy / "dist")


def test_the_release_of_this_course_holds_no_solution(whole: Path) -> None:
    """No region, no folder, no test that would look for it; but every lesson and exercise."""
    names = [path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()]
    derived = f"{copies.FOLDER}/"
    assert release.leaks(ROOT, [name for name in names if not name.startswith(derived)]) == []
    assert not [name for name in names if "solutions" in name or "tests/exercises" in name]
    for top in ("notebooks", "exercises"):
        kept = {path.name for path in (ROOT / top).glob("*.ipynb")}
        for handed_out in (whole / top, whole / "work" / top):
            assert {path.name for path in handed_out.glob("*.ipynb")} == kept
    found = list(release.solutions(ROOT))
    assert bool(found) == any((ROOT / "solutions" / "_source").glob("*.py"))


def test_its_exercises_are_not_compared_with_what_it_does_not_hold(whole: Path) -> None:
    """`check` there finds nothing stale, since there is nothing to build from."""
    assert exercise_build.problems(lesson_list.load(whole / "notebooks")) == []


def test_the_release_is_whole(whole: Path) -> None:
    """Its locks agree, its command line explains itself, and it has a first lesson."""
    assert locks.problems(whole) == []
    assert (whole / commands.first_lesson(whole)).is_file()
    need = environment.need("learner", whole)
    assert need is not None
    assert need.reason.startswith("first set-up")
    answer = subprocess.run(
        [sys.executable, "-m", "course_lib"], cwd=whole, capture_output=True, encoding="utf-8"
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert (
        "  lab        open JupyterLab on the first lesson, in your copies in work/\n"
        in answer.stdout
    )


@pytest.mark.wide
def test_the_first_steps_of_make_lab_work_from_it(whole: Path, tmp_path: Path) -> None:
    """A real set-up of a release whose lock is small; what stands for JupyterLab is started."""
    index = tiny_checkout.wheels(tmp_path / "index")
    main = b"import sys\nprint('started', *sys.argv[1:])\n"
    tiny_checkout._wheel(index, "jupyterlab", "1.0", {"jupyterlab/__main__.py": main})
    small = tiny_checkout.checkout(tmp_path / "small", index)
    root = tmp_path / "learner"
    shutil.copytree(whole, root)
    for name in environment.LOCKS.values():
        shutil.copy(small.root / name, root / name)
    course = tiny_checkout.Checkout(root, small.python, small.environ)
    code, said = course.run("lab", "--no-browser")
    assert code == 0, said
    lesson = commands.first_lesson(ROOT)
    assert f"--LabApp.default_url=/lab/tree/{lesson} --no-browser\n" in said
    assert f"You work in {root / 'work'}.\n" in said  # and nothing was new
    here = course.inside("import course_lib; print(ascii(course_lib.__file__))")
    assert here == ascii(str(root / "course_lib" / "__init__.py"))


@pytest.mark.wide
@pytest.mark.slow
def test_the_tests_that_learners_get_can_be_collected(whole: Path) -> None:
    """None of them imports what stayed behind."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    answer = subprocess.run(
        command,
        cwd=whole,
        env=os.environ | {"PYTHONPATH": str(whole)},
        capture_output=True,
        encoding="utf-8",
    )
    assert answer.returncode == 0, answer.stdout[-3000:]
