"""What the documents for instructors say is so: minutes, commands, lessons, tests."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from course_lib.lab import lessons
from course_lib.lab.grading import registry
from course_lib.lab.grading.classroom import report as class_report
from course_lib.lab.grading.classroom import roster, run
from course_lib.lab.grading.sandbox import confine
from course_lib.workshop import bundle, commands, doctor, handbook

ROOT = Path(__file__).parents[2]
INSTRUCTOR = (ROOT / "docs" / "INSTRUCTOR.md").read_text("utf-8")
VERDICTS = ("right", "imprecise", "wrong")


def test_the_minutes_are_those_of_the_lessons() -> None:
    """lessons.toml is the source; the message names the command that copies it."""
    assert handbook.problems(ROOT) == []
    table = handbook.table(ROOT)
    for lesson in lessons.load():
        assert f"| **together** | **{lesson.minutes}** |" in table
        for section in lesson.sections:
            assert f"| | {section.title} | {section.minutes} |" in table


def test_the_minutes_of_exercises_are_those_of_their_prompts() -> None:
    """One number for each exercise of lessons.toml, and the same as the exercise knows itself."""
    for lesson in lessons.load():
        if lesson.exercises:
            found = handbook.exercise_minutes(ROOT, lesson.slug)
            assert found == [registry.find(number).minutes for number in lesson.exercises]


def test_lessons_that_are_too_long_for_a_class_are_named() -> None:
    """With their exercises, below the table."""
    long = {
        lesson.number
        for lesson in lessons.load()
        if lesson.exercises
        and lesson.minutes + sum(handbook.exercise_minutes(ROOT, lesson.slug)) > handbook.CLASS
    }
    [said] = re.findall(r"^With all their exercises these take more.*", INSTRUCTOR, re.M)
    assert set(re.findall(r"(\w\d) \(\d+\)", said)) == long


def test_a_changed_lesson_is_noticed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but the table is touched."""
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    for name in ("docs/INSTRUCTOR.md", "notebooks/lessons.toml"):
        (tmp_path / name).parent.mkdir()
        shutil.copy(ROOT / name, tmp_path / name)
    path = tmp_path / "notebooks" / "lessons.toml"
    path.write_text(path.read_text("utf-8").replace("minutes = 7", "minutes = 8"), "utf-8")
    assert "are stale" in handbook.problems(tmp_path)[0]
    assert handbook.main(tmp_path) == 0
    written = (tmp_path / "docs" / "INSTRUCTOR.md").read_text("utf-8")
    assert written.partition(handbook.BEGIN)[0] == INSTRUCTOR.partition(handbook.BEGIN)[0]
    assert written.partition(handbook.END)[2] == INSTRUCTOR.partition(handbook.END)[2]
    assert "are up to date" not in capsys.readouterr().err


def test_each_lesson_has_a_demonstration() -> None:
    """A row begins with the number of its lesson; no row is about a lesson that is not there."""
    rows = re.findall(r"^\| (\w\d) \|", INSTRUCTOR, re.M)
    assert rows == [lesson.number for lesson in lessons.load()]


def test_a_demonstration_names_sections_that_exist() -> None:
    """In italics and brackets, as in the table of minutes."""
    titles = {section.title.partition(":")[0] for row in lessons.load() for section in row.sections}
    named = re.findall(r"\(\*([^*]+)\*\)", INSTRUCTOR)
    assert named
    assert set(named) <= titles


def test_only_commands_that_exist_are_named() -> None:
    """After `make` and after `-m course_lib`; and the kinds of computer that `bundle` knows."""
    known = {command.name for command in commands.COMMANDS}
    named = re.findall(r"(?:make|-m course_lib) ([a-z-]+)", INSTRUCTOR)
    assert len(named) > 10
    assert set(named) <= known
    for target in bundle.TARGETS:
        assert f"`{target}`" in INSTRUCTOR


def test_every_check_of_the_doctor_is_explained() -> None:
    """In the table, by its name."""
    table = INSTRUCTOR.partition("| Check | What it finds |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| ([a-z, ]+) \| [a-z]", table, re.M)
    explained = {name for cell in cells for name in cell.split(", ")}
    assert explained == {name for name, _ in doctor.CHECKS}


def test_commands_are_spelled_in_one_way() -> None:
    """`python` is missing on Debian and macOS, `make` on Windows; `python3` is said to be `py`."""
    lines = [line for line in INSTRUCTOR.splitlines() if line.startswith("$ ")]
    assert len(lines) > 8
    for line in lines:
        assert re.match(r"\$ (COURSE_WHEELS=\S+ )?python3 -m course_lib [a-z]+", line), line
    assert re.findall(r"\bpython -m", INSTRUCTOR) == []
    assert "**On Windows type `py` in place of `python3`.**" in INSTRUCTOR


def test_what_grade_writes_and_takes_is_explained() -> None:
    """Each file, each state, each option, and each limit that a system may lack."""
    for file in ("report.html", "report.json", "grades", "results", *roster.NOTHING):
        assert f"`{file}`" in INSTRUCTOR or f"`{file}.csv`" in INSTRUCTOR
    for state in class_report.STATES.values():
        assert re.search(rf"^\| {state} \|", INSTRUCTOR, re.M), state
    for limit in confine.MISSING.values():
        assert limit.partition(" (")[0] in INSTRUCTOR, limit
    options = {word for action in run.parser()._actions for word in action.option_strings}
    explained = set(re.findall(r"^\| `(--\w+)", INSTRUCTOR, re.M)) | {"--out", "-h", "--help"}
    assert options == explained


def test_every_link_leads_somewhere() -> None:
    """To a file of the repository, or to a heading of the page."""
    for name in ("INSTRUCTOR.md", "article.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        heads = {
            re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-")
            for head in re.findall(r"^#+ (.+)$", text, re.M)
        }
        for target in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = target.partition("#")
            assert (ROOT / "docs" / path).exists(), target
            assert not anchor or anchor in heads, target


def _claims() -> list[list[str]]:
    text = (ROOT / "docs" / "article.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| +\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_claim_of_the_article_has_a_verdict() -> None:
    """One of three words, a reason, a lesson and a test; they are counted without a gap."""
    claims = _claims()
    assert [int(claim[0]) for claim in claims] == list(range(1, len(claims) + 1))
    assert len(claims) > 80
    for claim in claims:
        assert len(claim) == 6, claim
        assert claim[2] in VERDICTS, claim
        assert all(claim), claim
    assert {claim[2] for claim in claims} == set(VERDICTS)


def test_the_lessons_of_the_claims_exist_or_are_planned() -> None:
    """A lesson that has appeared is not `planned` any more."""
    there = {lesson.number for lesson in lessons.load()}
    for number, *_, lesson, _ in _claims():
        assert re.fullmatch(r"\w\d( \(planned\))?", lesson), number
        assert lesson.endswith("(planned)") == (lesson[:2] not in there), (
            f"claim {number}: {lesson}"
        )


def test_the_tests_of_the_claims_exist_or_are_planned() -> None:
    """Named by file and function.  A claim whose lesson exists names its test."""
    for number, *_, lesson, named in _claims():
        if named == "planned":
            assert lesson.endswith("(planned)"), f"claim {number} has a lesson, and no test"
            continue
        for test in named.split(", "):
            file, _, function = test.strip("`").partition("::")
            tree = ast.parse((ROOT / file).read_text("utf-8"))
            names = {
                n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert function in names, f"claim {number}: {test}"


def test_the_mistakes_that_were_known_from_the_start_are_among_the_claims() -> None:
    """With their verdicts; the article itself asked one of the questions."""
    text = {claim[1]: claim[2] for claim in _claims()}

    def verdict(words: str) -> str:
        [found] = [verdict for claim, verdict in text.items() if words in claim]
        return found

    assert verdict("When the connection to the server breaks, long polling") == "wrong"
    assert verdict("five in-memory adapters") == "wrong"
    assert verdict("with `toBe`") == verdict("inside an acknowledgement") == "wrong"
    assert verdict("gets the event once") == "right"
    assert verdict("Six event names are reserved") == "right"
