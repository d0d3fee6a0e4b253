"""A whole class is graded: right, wrong by name, endless, cheating, empty and broken answers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab.grading import registry
from course_lib.lab.grading.classroom import run

from ....exercises import submissions

ROOT = Path(__file__).parents[4]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="platform: only Linux has subreapers")
COMMAND = (sys.executable, "-m", "course_lib.lab.grading.classroom.run")
FIRST = sorted({e.lesson: number for number, e in reversed(submissions.known().items())}.values())


def _grade(folder: Path, *options: str, patience: float = 300.0) -> dict[str, Any]:
    """Run the command with --json; what it said, and that it left nothing behind."""
    before = (
        [sys.executable, "-m", "tests.lab.grading.sandbox.orphans"]
        if sys.platform == "linux"
        else []
    )
    ran = subprocess.run(
        [*before, *COMMAND, str(folder), "--json", *options],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=patience,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    if not before:
        return json.loads(ran.stdout)
    outcome = json.loads(ran.stdout)
    assert (outcome["code"], outcome["left"]) == (0, []), ran.stderr
    return json.loads(outcome["said"])


def _compare(people: list[submissions.Person], report: dict[str, Any]) -> None:
    """Is everybody's verdict the one that their answer deserves?"""
    found = {learner["name"]: learner for learner in report["learners"]}
    numbers = [exercise["number"] for exercise in report["exercises"]]
    counted: dict[tuple[str, str], int] = {}
    for person in people:
        results = found.pop(person.name)["results"]
        for number, expected in person.expected.items():
            if number not in numbers:
                continue
            result = results[number]
            if expected in ("passed", "failed"):
                assert result["state"] == expected, (person.name, number, result)
            else:
                assert (result["state"], result["wrong_idea"]) == ("failed", expected), result
                counted[number, expected] = counted.get((number, expected), 0) + 1
        if person.kind in ("cheat", "endless"):
            # Nothing, not even a case that holds by accident.
            assert not any(results[number]["points"] for number in numbers), person
        if person.kind == "empty":
            wanted = "absent" if person.name == "no notebook" else "unanswered"
            assert {results[number]["state"] for number in numbers} == {wanted}
        if person.kind == "broken":
            states = {results[number]["state"] for number in numbers}
            assert states <= {"unreadable", "unanswered", "absent"}
            assert "unreadable" in states or person.name == "odd cells"
    assert found == {}
    ideas = {(row["exercise"], row["idea"]): row["count"] for row in report["ideas"]}
    assert {key: ideas.get(key, 0) >= count for key, count in counted.items()} == dict.fromkeys(
        counted, True
    )
    assert [row["count"] for row in report["ideas"]] == sorted(ideas.values(), reverse=True)


@pytest.mark.wide
def test_a_class_is_graded_and_nothing_stays_behind(tmp_path: Path) -> None:
    """Forty learners, one exercise of each lesson, two at once."""
    people = submissions.write(tmp_path / "반 1")
    assert len(people) >= submissions.SIZE
    options = ("--jobs", "2", "--wall", "2", "--exercises", ",".join(FIRST))
    report = _grade(tmp_path / "반 1", *options)
    assert [exercise["number"] for exercise in report["exercises"]] == FIRST
    _compare(people, report)
    named = {(row["exercise"], row["idea"]) for row in report["ideas"]}
    assert named == {(n, idea) for n in FIRST for idea in registry.find(n).wrong_ideas}


@pytest.mark.slow
def test_forty_submissions_with_all_exercises(tmp_path: Path) -> None:
    """With the limits that a class has; how long that took is printed."""
    people = submissions.write(tmp_path / "class")
    report = _grade(tmp_path / "class", "--jobs", "2", patience=3600.0)
    _compare(people, report)
    named = {(row["exercise"], row["idea"]) for row in report["ideas"]}
    assert named == {(n, i) for n, e in submissions.known().items() for i in e.wrong_ideas}
    print(f"\n{len(people)} learners, {report['run']['answers']} answers, "
          f"{report['run']['seconds']} s")  # fmt: skip


@pytest.mark.wide
@LINUX
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_an_interrupted_run_leaves_no_process_behind(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """By Ctrl-C, by `kill`, and where there was no time to clean up."""
    endless = [p for p in submissions.people() if p.kind == "endless"][:2]
    submissions.write(tmp_path / "class", endless)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.grading.sandbox.orphans", "--signal", str(int(number)),
         *COMMAND, str(tmp_path / "class"), "--jobs", "2", "--wall", "60"],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    outcome = json.loads(ran.stdout)
    assert (outcome["code"], outcome["left"], outcome["said"]) == (code, [], "")
    if number != signal.SIGKILL:
        assert "Interrupted: all processes were ended, and nothing was written." in ran.stderr
        assert "Traceback" not in ran.stderr
    assert not (tmp_path / "class-grades").exists()


def _right(folder: Path, *names: str) -> None:
    """These learners, with right answers to everything."""
    right = next(person for person in submissions.people() if person.kind == "right")
    submissions.write(
        folder, [submissions.Person(name, "right", right.answers, right.expected) for name in names]
    )


def _run(*arguments: object) -> int:
    return run.main([*map(str, arguments), "--exercises", FIRST[0]])


@pytest.mark.wide
def test_the_same_seed_gives_the_same_report_but_for_its_times(tmp_path: Path) -> None:
    """However many work at once; another seed gives other inputs."""
    wrong = [person for person in submissions.people() if person.kind == "wrong"]
    submissions.write(tmp_path / "class", wrong)
    reports = []
    for seed, jobs in ((7, 1), (7, 3), (8, 2)):
        out = tmp_path / f"out {len(reports)}"
        assert _run(tmp_path / "class", "--out", out, "--seed", seed, "--jobs", jobs) == 0
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        for name in ("at", "seconds", "jobs"):
            del report["run"][name]
        reports.append(report)
    assert reports[0] == reports[1]
    assert reports[0]["run"]["seed"] == 7
    assert reports[0]["learners"] != reports[2]["learners"]


def test_the_files_are_written_beside_the_folder_and_never_into_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report among submissions would be the next run's learner."""
    _right(tmp_path / "class", "kim")
    assert _run(tmp_path / "class", "--out", tmp_path / "class" / "out") == 1
    assert "is among what was handed in" in capsys.readouterr().err
    assert _run(tmp_path / "class") == 0
    files = sorted(path.name for path in (tmp_path / "class-grades").iterdir())
    assert files == ["grades.csv", "report.html", "report.json", "results.csv"]
    said = capsys.readouterr().out
    assert "1 learner, 1 exercise: 1 passed." in said
    assert "--seed" in said and str(tmp_path / "class-grades" / "report.html") in said


@pytest.mark.wide
def test_no_run_overwrites_the_report_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not one with fewer exercises, nor an anonymous one; a folder that was named must be empty."""
    _right(tmp_path / "class", "kim")
    for options in ((), ("--anonymous",), ("--seed", 1)):
        assert _run(tmp_path / "class", *options) == 0
    places = [tmp_path / f"class-grades{end}" for end in ("", "-2", "-3")]
    assert sorted(tmp_path.glob("class-grades*")) == places
    said = capsys.readouterr().out
    assert [said.count(f"{place / 'report.html'}\n") for place in places] == [1, 1, 1]
    names = [json.loads((p / "report.json").read_text("utf-8"))["anonymous"] for p in places]
    assert names == [False, True, False]
    (tmp_path / "mine").mkdir()
    assert _run(tmp_path / "class", "--out", tmp_path / "mine") == 0
    before = (tmp_path / "mine" / "report.json").read_bytes()
    assert _run(tmp_path / "class", "--out", tmp_path / "mine") == 1
    assert "has something in it; name a new folder with --out" in capsys.readouterr().err
    assert (tmp_path / "mine" / "report.json").read_bytes() == before


def test_an_archive_of_an_lms_is_graded_and_gives_a_file_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From Canvas and back; whoever handed in nothing is in the report, and nothing is left."""
    _right(tmp_path / "class", "kim")
    path = tmp_path / "반 1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (tmp_path / "class" / "kim").iterdir():
            archive.write(file, f"kimminji_LATE_4711_90001_{file.stem}-1.ipynb")
        archive.writestr("leejun_4712_90002_01_x.ipynb", "{")
    rows = ["Student,ID,Section", '"Kim, Minji",4711,A', '"Lee, Jun",4712,A', '"Park, A",4713,A']
    (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert _run(path, "--roster", tmp_path / "list.csv") == 0
    assert [*(tmp_path / "temporary").iterdir()] == []
    out = tmp_path / "반 1-grades"
    assert f"{out / 'canvas.csv'} is for Canvas." in capsys.readouterr().out
    lesson, of = registry.find(FIRST[0]).lesson, registry.find(FIRST[0]).points
    assert (out / "canvas.csv").read_text("utf-8").split("\n") == [
        f"Student,ID,Section,Exercises {lesson}", f"    Points Possible,,,{of}",
        '"Park, A",4713,A,', f'"Kim, Minji",4711,A,{float(of)}', '"Lee, Jun",4712,A,', "",
    ]  # fmt: skip
    grades = (out / "grades.csv").read_text("utf-8-sig").split("\n")
    assert grades[0].startswith(f"learner,{FIRST[0]},points,")
    assert '"Park, A",not submitted,' in grades[1]
    assert f"kimminji,{float(of)}," in grades[2]
    assert "leejun,not readable," in grades[3]


def test_a_report_without_names_cannot_have_a_list_of_names() -> None:
    """Usage, said at once."""
    with pytest.raises(SystemExit) as ended:
        run.main([".", "--anonymous", "--roster", "x.csv"])
    assert ended.value.code == 2


@pytest.mark.wide
def test_nbgraders_folders_are_known(tmp_path: Path) -> None:
    """submitted/LEARNER/ASSIGNMENT, from the course's folder or from `submitted`."""
    _right(tmp_path / "one", "kim")
    place = tmp_path / "course" / "submitted" / "kim"
    place.mkdir(parents=True)
    (tmp_path / "one" / "kim").rename(place / "01")
    for n, folder in enumerate((tmp_path / "course", tmp_path / "course" / "submitted")):
        assert _run(folder, "--out", tmp_path / f"out {n}") == 0
        text = (tmp_path / f"out {n}" / "report.json").read_text(encoding="utf-8")
        report = json.loads(text)
        [learner] = report["learners"]
        assert (learner["name"], learner["results"][FIRST[0]]["state"]) == ("kim", "passed")


@pytest.mark.wide
def test_an_anonymous_report_has_no_names_and_keeps_its_pseudonyms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in HTML, CSV or JSON, and not on the terminal; the names are in a file beside."""
    names = ["홍길동", "Ada <Lovelace>" if sys.platform != "win32" else "Ada Lovelace"]
    _right(tmp_path / "class", *names)
    loud = f"def {registry.find(FIRST[0]).names[0]}(*a):\n    print('I am 홍길동')\n"
    person = submissions.Person(
        "홍길동 2", "wrong", {FIRST[0]: loud + "    raise TypeError('홍길동')\n"}
    )
    submissions.write(tmp_path / "class", [person])
    (tmp_path / "class" / "홍길동" / "홍길동.ipynb").write_text("{", encoding="utf-8")
    found = []
    for place in ("class-grades", "class-grades-2"):
        assert _run(tmp_path / "class", "--anonymous") == 0
        written = sorted((tmp_path / place).iterdir())
        assert len(written) == 4
        said = capsys.readouterr().out
        text = "".join(path.read_text(encoding="utf-8-sig") for path in written) + said
        assert "홍길동" not in text and "Lovelace" not in text
        report = json.loads((tmp_path / place / "report.json").read_text(encoding="utf-8"))
        found.append([learner["name"] for learner in report["learners"]])
    assert found[0] == found[1] == sorted(found[0])
    secret = json.loads((tmp_path / "class-names.json").read_text(encoding="utf-8"))
    assert sorted(secret["learners"].values()) == sorted([*names, "홍길동 2"])
    assert sorted(secret["learners"]) == found[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "cannot be read"),
        ((".", "--exercises", "99.9"), "there is no exercise '99.9'"),
        ((".",), "each learner needs one"),
        (("stray.ipynb",), "is no zip archive that can be read"),
        ((".", "--roster", "stray.ipynb"), "is no list of a class"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    """The exit code is 1, and there is no traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stray.ipynb").write_text("{}", encoding="utf-8")
    if "99.9" in arguments:
        (tmp_path / "kim").mkdir()
    assert run.main(list(arguments)) == 1
    assert said in capsys.readouterr().err
