"""The course works where others do not: in a folder named 강의 자료 (1), in a locale without UTF-8.

What runs here is a copy of this checkout in such a folder; the packages are those of the tests.
`test_environment` sets a checkout up in such folders.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.workshop import checks

from ..lab import tiny_course

ROOT = Path(__file__).parents[2]

# What a fresh container, a school's server or an old terminal has.
NO_UTF_8 = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

pytestmark = [
    pytest.mark.wide,  # starts every program once more
    pytest.mark.skipif(os.name == "nt", reason="platform: Windows has no such locale"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks or would."""
    copy = tmp_path_factory.mktemp("places") / "강의 자료 (1)" / "소켓"
    for path in checks.tracked_files(ROOT):
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return copy


def _run(place: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env=os.environ | NO_UTF_8,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
    )


def test_the_locale_is_one_that_cannot_write_hangul(place: Path) -> None:
    """Otherwise the tests below would prove nothing."""
    answer = _run(place, "-c", "import locale; print(locale.getpreferredencoding(False))")
    if sys.platform == "darwin" and answer.stdout.strip() == "UTF-8":
        pytest.skip("platform: macOS uses UTF-8 in every locale")
    with pytest.raises(UnicodeEncodeError):
        "한글".encode(answer.stdout.strip())


def test_notebooks_are_compared_with_their_sources(place: Path) -> None:
    """Sources, notebooks and the list of lessons are UTF-8, and so are their readers."""
    answer = _run(place, "-m", "course_lib.lab.lessons", "--check")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_notebook_is_built_and_run(place: Path) -> None:
    """Its kernel is started in that folder, imports this copy, and its words survive."""
    course = tiny_course.write(place / "작은 강의")
    source = course / "_source" / "01_tiny.py"
    text = source.read_text("utf-8").replace(
        "total = 1 + 1\n",
        'import course_lib\n\nprint("안녕", course_lib.__file__)\ntotal = 1 + 1\n',
    )
    source.write_text(text, encoding="utf-8")
    code = (
        "import sys, pathlib; from course_lib.lab import lessons;"
        "from course_lib.lab.authoring import lesson_build;"
        "[lesson] = lessons.load(pathlib.Path(sys.argv[1])); lesson_build.build(lesson)"
    )
    answer = _run(place, "-c", code, course)
    assert (answer.returncode, answer.stderr) == (0, "")
    notebook = json.loads((course / "01_tiny.ipynb").read_text("utf-8"))
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == "add"]
    said = "".join(cell["outputs"][0]["text"])
    assert said.startswith("안녕 ")
    assert cell["outputs"][1]["data"]["text/plain"] in ("2", ["2"])


def test_the_doctor_finds_nothing_that_prevents_a_lesson(place: Path) -> None:
    """It names the locale as a warning; kernel and WebSocket work from there."""
    code = (
        "import json, time, dataclasses\n"
        "from course_lib.workshop import doctor, doctor_place\n"
        "late = time.monotonic() + 100\n"
        "place = dataclasses.replace(doctor_place.here(), deadline=late)\n"
        "print(json.dumps({name: found for name, found in doctor.examine(place)}))\n"
    )
    answer = _run(place, "-c", code)
    assert (answer.returncode, answer.stderr) == (0, "")
    found = json.loads(answer.stdout)
    assert {name: said for name, said in found.items() if said[0] == "fail"} == {}
    assert found["browser"][1] == "a kernel answers over HTTP and WebSocket"


@pytest.mark.parametrize("command", [["help"], ["tset"], ["doctor", "--verbose"]])
def test_the_command_line_speaks(command: list[str], place: Path) -> None:
    """It never fails for want of a letter."""
    answer = _run(place, "-m", "course_lib", *command)
    assert answer.returncode == (0 if command == ["help"] else 2)
    assert "Traceback" not in answer.stderr


def test_the_doctor_prints_the_folder_as_it_is(place: Path) -> None:
    """In such a locale the path's bytes go out as they came in, and other letters as escapes."""
    code = (
        "from course_lib.workshop import commands, doctor, doctor_place\n"
        "commands.main(['help'])\n"
        "doctor._print('folder', doctor_place.ok(str(doctor_place.here().root)))\n"
        "doctor._print('clock', doctor_place.ok('5 \\u00b5s'))\n"
    )
    answer = _run(place, "-c", code)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"ok    folder       {place}\n" in answer.stdout
    if sys.platform != "darwin":
        assert "ok    clock        5 \\xb5s\n" in answer.stdout
