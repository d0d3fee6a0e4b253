"""A list of the class out of an LMS: everybody's row is found, and the points go back into it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from course_lib.errors import LocalError
from course_lib.lab.grading import registry
from course_lib.lab.grading.classroom import export, files, roster
from course_lib.lab.grading.classroom import report as class_report
from course_lib.lab.grading.classroom.report import Attempt, Outcome

ONE, OTHER = registry.find("1.1"), registry.find("2.1")
RUN = {"seed": 1, "answers": 1}
MOODLE = """\
이름,성,이메일 주소,부서,과제
민지,김,minji@school.example,A,7
Ada,Lovelace,ada@school.example,A,7
Grace,Hopper,grace@school.example,A,8
"""
SHEET = """\
Identifier,Full name,Email address,Status,Grade
Participant 123,Kim Minji,a@school.example,Submitted,
Participant 456,Kim Minji,b@school.example,Submitted,
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Old work (77),Final Score
    Points Possible,,,,,10,(read only)
"Kim, Minji",4711,s1,kim,반 1,5,50
"Lovelace, Ada",4712,s2,ada,반 1,,0
"Student, Test",4713,,x,반 1,,
"""


def _roster(tmp_path: Path, text: str) -> roster.Roster:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8-sig")
    return roster.read(tmp_path / "list.csv")


def _attempt(score: float, attempted: bool = True) -> Attempt:
    verdict = {
        "passed": score == 1.0, "score": score, "attempted": attempted, "wrong_idea": "",
        "idea_title": "", "observed": "", "expected": "", "why": "", "ended": "", "output": "",
        "cases": [], "tape": None, "missing": [],
    }  # fmt: skip
    return Attempt("x.ipynb", "hash", (0, 0), "text", verdict)


def _table(
    found: roster.Roster, learners: list[files.Learner], attempts: dict[str, dict[str, Attempt]]
) -> list[list[str]]:
    """What the file to import has, after CSV and back."""
    people = files.Class(Path("class"), learners, [])
    found.join(people)
    outcomes = [
        Outcome(one, {number: [a] for number, a in attempts.get(one.name, {}).items()})
        for one in people.learners
    ]
    built = class_report.build(people, outcomes, [ONE, OTHER], RUN)
    data = export.as_csv(found.table(built), mark=False)
    assert not data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode())))


def test_moodle_gets_what_tells_learners_apart_and_a_column_for_each_lesson(
    tmp_path: Path,
) -> None:
    """In any language; names are found in both orders; a department and old grades stay out."""
    found = _roster(tmp_path, MOODLE)
    people = [files.Learner("Lovelace Ada"), files.Learner("김민지")]
    rows = _table(found, people, {"Lovelace Ada": {"1.1": _attempt(1.0), "2.1": _attempt(0.0)}})
    assert rows[0] == [
        "이름", "성", "이메일 주소", f"Exercises 01 (of {ONE.points})",
        f"Exercises 02 (of {OTHER.points})",
    ]  # fmt: skip
    assert {row[2]: row[3:] for row in rows[1:]} == {
        "ada@school.example": [str(float(ONE.points)), "0"],
        "minji@school.example": ["-", "-"],
        "grace@school.example": ["-", "-"],
    }


def test_canvas_gets_its_columns_and_points_possible(tmp_path: Path) -> None:
    """Nothing of old assignments, which may have changed meanwhile; no student for trying out."""
    found = _roster(tmp_path, CANVAS)
    people = [files.Learner("kimminji", id="4711")]
    assert _table(found, people, {"kimminji": {"1.1": _attempt(1.0)}}) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Exercises 01", "Exercises 02"],
        ["    Points Possible", "", "", "", "", str(ONE.points), str(OTHER.points)],
        ["Lovelace, Ada", "4712", "s2", "ada", "반 1", "", ""],
        ["Kim, Minji", "4711", "s1", "kim", "반 1", str(float(ONE.points)), ""],
    ]


def test_somebody_with_a_row_and_no_file_is_a_learner_who_handed_in_nothing(
    tmp_path: Path,
) -> None:
    """So the report has everybody."""
    people = files.Class(Path("class"), [files.Learner("kim")], [])
    _roster(tmp_path, CANVAS).join(people)
    assert [(one.name, one.problems) for one in people.learners] == [
        ("Lovelace, Ada", ["no file fits this row of list.csv"]), ("kim", [])
    ]  # fmt: skip
    assert people.problems == []


def test_a_number_is_stronger_than_a_name_and_two_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Moodle's grading sheet has the number that stands in the name of a folder."""
    found = _roster(tmp_path, SHEET)
    people = [files.Learner(f"Kim Minji ({n})", id=n) for n in ("456", "123")]
    rows = _table(found, people, {"Kim Minji (456)": {"1.1": _attempt(1.0)}})
    assert rows[0][:2] == ["Identifier", "Email address"]
    assert {row[1]: row[2] for row in rows[1:]} == {
        "b@school.example": str(float(ONE.points)), "a@school.example": "-"
    }  # fmt: skip


def test_what_fits_two_rows_or_none_gets_no_points(tmp_path: Path) -> None:
    """And is named: points must not get to somebody else."""
    people = files.Class(Path("class"), [files.Learner(n) for n in ("Kim Minji", "park")], [])
    _roster(tmp_path, SHEET).join(people)
    assert "Kim Minji fits no row of list.csv, or several" in people.problems
    people.problems.clear()
    people.learners = [files.Learner(n) for n in ("park", "kim", "kim ")]
    _roster(tmp_path, CANVAS).join(people)
    assert people.problems == [
        "park fits no row of list.csv, or several", "kim  has a row that was taken in list.csv"
    ]  # fmt: skip


def test_the_sheet_of_another_assignment_is_noticed(tmp_path: Path) -> None:
    """Moodle gives a learner another number in each; a bare number is no number of Moodle's."""
    text = "Identifier,Full name\nParticipant 1,Kim Minji\nParticipant 2,Ada Lovelace\n"
    people = files.Class(Path("class"), [files.Learner("Ada Lovelace", id="1")], [])
    _roster(tmp_path, text).join(people)
    assert people.problems == ["Ada Lovelace has the number of another row in list.csv"]
    people = files.Class(Path("class"), [files.Learner("Ada Lovelace", id="1")], [])
    found = _roster(tmp_path, text.replace("Participant ", ""))
    found.join(people)
    assert found.learners["Ada Lovelace"] == ["2", "Ada Lovelace"]


@pytest.mark.parametrize(
    ("learner", "attempts", "points"),
    [
        (files.Learner("kim"), {"1.1": _attempt(0.5)}, str(round(ONE.points / 2, 2))),
        (files.Learner("kim"), {"1.1": _attempt(0.0, attempted=False)}, "0"),
        (files.Learner("kim"), {}, ""),
        (files.Learner("kim", refused=["01_x.ipynb"]), {}, ""),
        (files.Learner("kim", refused=["work.zip"]), {}, ""),
        (files.Learner("kim"), {"1.1": Attempt("x", "h", (0, 0), error="broke")}, ""),
    ],
    ids=["failed", "not answered", "not submitted", "not readable", "an archive", "grader error"],
)
def test_only_what_was_read_has_points(
    tmp_path: Path, learner: files.Learner, attempts: dict[str, Attempt], points: str
) -> None:
    """An untouched notebook has none of the points; of what nobody could read, nothing is said."""
    rows = _table(_roster(tmp_path, CANVAS), [learner], {"kim": attempts})
    [row] = [row for row in rows if row[1] == "4711"]
    assert row[5] == points


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no list of a class"),
        (b"Name,Mail\n", "is no list of a class"),
        (b"Name\nkim\n", "is no list of a class"),
        ("이름,메일\n김,a@b\n".encode("cp949"), "save it as CSV UTF-8"),
        (b"PK\3\4\xff", "save it as CSV UTF-8"),
        (b'a,b\n"x"y,z\n', "is no CSV"),
        (b"a,b\n1,\n2,\n1,\n", "no column that differs"),
        (b"Student,ID,Section\n    Points Possible,,\n", "no column that differs"),
        (b"a,b\n" + b"x" * 200_000 + b",y\n", "is no CSV"),
        (b"a,b\n" + b"x,y\n" * 2_000_000, "is it the list of the class"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, data: bytes, said: str
) -> None:
    """An archive, another encoding, half a quotation, a picture."""
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(LocalError, match=said):
        roster.read(tmp_path / "list.csv")


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_columns_may_be_separated_by_other_signs(tmp_path: Path, sign: str) -> None:
    """Semicolons where a comma is in numbers; a cell may have line ends; short rows are filled."""
    text = f'Name{sign}Mail{sign}More\n"Kim\nMinji"{sign}a@b\nLee{sign}c@d{sign}x\n'
    found = _roster(tmp_path, text)
    assert found.rows == [["Kim\nMinji", "a@b", ""], ["Lee", "c@d", "x"]]


def test_a_formula_in_a_list_is_a_text_in_the_file(tmp_path: Path) -> None:
    """Learners choose their names in an LMS, too."""
    found = _roster(tmp_path, "Name,Mail\n=1+1,a@b\nLee,c@d\n")
    rows = _table(found, [], {})
    assert [row[0] for row in rows] == ["Name", "'=1+1", "Lee"]
