"""The report of a class: who counts as what, which answer counts, and what may stand in a page."""

from __future__ import annotations

import csv
import hashlib
import html.parser
import io
import json
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab.grading import registry
from course_lib.lab.grading.classroom import export, files
from course_lib.lab.grading.classroom import html as class_html
from course_lib.lab.grading.classroom import names as class_names
from course_lib.lab.grading.classroom import pool as class_pool
from course_lib.lab.grading.classroom import report as class_report
from course_lib.lab.grading.classroom.report import Attempt, Outcome

EXERCISE = registry.find("1.1")
RUN = {"seed": 7, "at": "2025-03-01T09:30:00+09:00", "seconds": 1.5, "jobs": 2, "python": "3.11.7",
       "platform": "Linux x86_64", "wall": "5 s", "answers": 3}  # fmt: skip
SCRIPT = "<script>alert('x')</script>"


def _attempt(score: float, idea: str = "", place: int = 0, **more: Any) -> Attempt:
    verdict = {
        "passed": score == 1.0, "score": score, "attempted": True, "wrong_idea": idea,
        "idea_title": idea, "observed": "", "expected": "", "why": "", "ended": "", "output": "",
        "cases": [], "tape": None, "missing": [], **more,
    }  # fmt: skip
    return Attempt(f"{place}.ipynb", f"hash {place}", (place, 0), "text", verdict)


FAILED = Attempt("0.ipynb", "hash", (0, 0), error="the judge of 1.1 failed (seed 7)")


def _outcome(name: str, *attempts: Attempt, **more: Any) -> Outcome:
    learner = files.Learner(name, **more)
    return Outcome(learner, {EXERCISE.number: list(attempts)} if attempts else {})


def _report(*outcomes: Outcome) -> dict[str, Any]:
    found = files.Class(Path("class"), [one.learner for one in outcomes], [])
    return class_report.build(found, outcomes, [EXERCISE], RUN)


def _result(outcome: Outcome) -> dict[str, Any]:
    [learner] = _report(outcome)["learners"]
    return dict(learner["results"][EXERCISE.number])


def test_not_submitted_failed_and_a_grader_error_are_three_things() -> None:
    """And a stub, and a notebook that cannot be read, are two more."""
    unread = _outcome("e")
    unread.unread["01_x.ipynb"] = "it crashed"
    rows = {
        "absent": _outcome("a"),
        "failed": _outcome("b", _attempt(0.0)),
        "error": _outcome("c", FAILED),
        "unanswered": _outcome("d", _attempt(0.0, attempted=False)),
        "unreadable": _outcome("f", refused=["here/01_x.ipynb"]),
        "passed": _outcome("g", _attempt(1.0)),
    }
    assert {state: _result(outcome)["state"] for state, outcome in rows.items()} == {
        state: state for state in class_report.STATES
    }
    assert _result(unread)["state"] == "error"
    points = {state: _result(outcome)["points"] for state, outcome in rows.items()}
    assert points == {"absent": None, "failed": 0.0, "error": None, "unanswered": None,
                      "unreadable": None, "passed": EXERCISE.points}  # fmt: skip


def test_each_state_can_be_told_apart_in_every_format() -> None:
    """With the same words in JSON's columns, both tables and the page, and counted in all."""
    outcomes = [
        _outcome("absent"),
        _outcome("failed", _attempt(0.0)),
        _outcome("error", FAILED),
        _outcome("unanswered", _attempt(0.0, attempted=False)),
        _outcome("unreadable", refused=["01_x.ipynb"]),
        _outcome("passed", _attempt(1.0)),
    ]
    report = _report(*outcomes)
    words = class_report.STATES
    of = float(EXERCISE.points)
    shown = {**words, "passed": str(of), "failed": "0.0"}
    head, *grid = list(csv.reader(io.StringIO(export.grades_csv(report).decode("utf-8-sig"))))
    assert {row[0]: row[1] for row in grid} == shown
    assert head[-len(words) :] == [*words.values()]
    for row in grid:
        assert row[-len(words) :] == [str(int(state == row[0])) for state in words]
    rows = list(csv.reader(io.StringIO(export.results_csv(report).decode("utf-8-sig"))))
    assert {row[0]: row[2] for row in rows[1:]} == words
    assert report["exercises"][0]["states"] == dict.fromkeys(words, 1)
    page = class_html.page(report)
    for state, word in words.items():
        assert f'<td class="{state}' in page
        row = f'{word}, in all</th><td class="number"></td><td class="number">1 (17 %)</td></tr>'
        assert row in page


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("01_x.ipynb", "unreadable"),
        ("work.zip/exercises/01_x-1.ipynb", "unreadable"),
        ("homework.ipynb", "unreadable"),
        ("work.zip", "unreadable"),
        ("work.7z", "unreadable"),
        ("02_x.ipynb", "absent"),
        ("p1_x.ipynb", "absent"),
    ],
)
def test_what_could_not_be_read_may_have_had_the_exercise_in_it(label: str, state: str) -> None:
    """Unless its name says another lesson."""
    assert _result(_outcome("kim", refused=[label]))["state"] == state


def test_averages_are_of_those_who_have_an_answer_that_was_graded() -> None:
    """An untouched notebook and a missing one are counted beside, not as zeros."""
    rows = [_outcome("a", _attempt(1.0)), _outcome("b", _attempt(0.5)), _outcome("c")]
    rows += [_outcome("d", _attempt(0.0, attempted=False)), _outcome("e", FAILED)]
    report = _report(*rows)
    assert (report["exercises"][0]["average"], report["average"]) == (75.0, 75.0)
    assert report["core_average"] is None
    average = '<th scope="row">average of those graded</th>' + '<td class="number">75 %</td>' * 2
    assert average in class_html.page(report)
    assert _report(_outcome("a"))["average"] is None


def test_each_learner_of_the_grid_has_a_section() -> None:
    """Passed or not; few names stand in the table of ideas, more are folded."""
    few = [_outcome(name, _attempt(0.5, "no_host")) for name in "abc"]
    page = class_html.page(_report(*few, _outcome("d", _attempt(1.0)), _outcome("e")))
    for place, name in enumerate("abcde", 1):
        assert f'<a href="#l{place}">{name}</a>' in page
        assert f'<h3 id="l{place}">{name}</h3>' in page
    assert "<p>1 passed.</p>" in page and "<p>1 not submitted.</p>" in page
    assert '<td class="who">a, b, c</td>' in page
    more = [*few, _outcome("d", _attempt(0.5, "no_host"))]
    assert "<summary>names</summary>a, b, c, d</details>" in class_html.page(_report(*more))


def test_the_best_submission_counts_and_is_named() -> None:
    """Of two that are equal, the later one."""
    worse, better, equal = _attempt(0.25, "no_host"), _attempt(0.5, "", 1), _attempt(0.5, "", 2)
    result = _result(_outcome("kim", worse, equal, better))
    assert (result["points"], result["notebook"], result["sha256"]) == (
        EXERCISE.points / 2, "2.ipynb", "hash 2"
    )  # fmt: skip
    assert result["submissions"] == 3
    assert result["wrong_idea"] == ""


def test_behind_a_grader_error_there_may_be_something_better_but_not_than_a_pass() -> None:
    """So a failed one beside it is no verdict."""
    assert _result(_outcome("kim", FAILED, _attempt(0.5)))["state"] == "error"
    assert _result(_outcome("kim", FAILED, _attempt(1.0)))["state"] == "passed"


def test_wrong_ideas_are_counted_by_learner_and_sorted() -> None:
    """With the explanation that the judge has."""
    outcomes = [_outcome("a", _attempt(0.5, "no_host"))]
    outcomes += [_outcome(name, _attempt(0.5, "bare_newline")) for name in "bc"]
    outcomes += [_outcome("d", _attempt(0.2, "no_host"), _attempt(1.0, "", 1))]
    outcomes += [_outcome("e", _attempt(0.0, ended="time"))]
    report = _report(*outcomes)
    found = [(row["idea"], row["count"], row["learners"]) for row in report["ideas"]]
    assert found == [("bare_newline", 2, ["b", "c"]), ("no_host", 1, ["a"])]
    assert report["ideas"][0]["why"] == EXERCISE.wrong_ideas["bare_newline"].why
    [other] = report["others"]
    assert (other["ending"], other["learners"]) == ("time", ["e"])


def test_a_report_says_what_it_rests_on() -> None:
    """The hash of the judge's file, as any tool computes it, the seed, and limits that lacked."""
    report = _report(_outcome("a", _attempt(0.5, missing=["memory"])))
    path = class_report.PACKAGE / "judges" / "lesson_01" / "ex_1_request.py"
    assert report["run"]["files"]["judges/lesson_01/ex_1_request.py"] == _sha256(path.read_bytes())
    assert len(report["run"]["files"]["course_lib"]) == 64
    assert report["run"]["limits_missing"] == ["memory"]
    page = class_html.page(report)
    assert "this system did not limit: memory" in page and "seed 7" in page


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Page(html.parser.HTMLParser):
    """Which elements and attributes there are, and whether they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _hostile() -> dict[str, Any]:
    more = dict.fromkeys(("observed", "output", "why", "tape_text", "idea_title"), SCRIPT)
    cases = [{"title": SCRIPT, "passed": False}]
    outcome = _outcome(SCRIPT, _attempt(0.5, cases=cases, **more), problems=[SCRIPT])
    outcome.attempts["1.1"][0].notebook = outcome.attempts["1.1"][0].text = SCRIPT
    return _report(outcome, _outcome("half \ud83d", FAILED), _outcome("없음"))


def test_the_page_is_escaped_and_fetches_nothing() -> None:
    """No script, no handler, no address, whatever learners wrote; and its elements nest."""
    text = class_html.page(_hostile())
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in page.seen}
    names = {name for _, attributes in page.seen for name in attributes}
    assert not [name for name in names if name.startswith("on") or name == "src"]
    assert "&lt;script&gt;" in text and "://" not in text
    assert text.encode("utf-8", errors="xmlcharrefreplace")


def test_the_tables_can_be_read_without_seeing_them() -> None:
    """Captions, headers with a scope, words beside signs; links lead to something."""
    page = _Page()
    page.feed(class_html.page(_hostile()))
    tags = [tag for tag, _ in page.seen]
    assert tags.count("table") == tags.count("caption")
    assert all("scope" in attributes for tag, attributes in page.seen if tag == "th")
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    links = [attributes["href"] for tag, attributes in page.seen if tag == "a"]
    assert links and {f"#{name}" for name in ids} >= {*links}
    assert len(ids) == len({*ids})
    labels = [attributes["aria-label"] for tag, attributes in page.seen if tag == "span"]
    assert labels == ["failed", "grader error", "not submitted"]
    assert page.seen[0] == ("html", {"lang": "en"})


def test_what_to_teach_next_stands_above_the_grid() -> None:
    """It is what the instructor opens the page for."""
    text = class_html.page(_report(_outcome("kim", _attempt(0.5, "no_host"))))
    assert text.index("there is no Host") < text.index("Who has done what")


def test_a_name_that_is_a_formula_is_a_text_in_a_spreadsheet() -> None:
    """And Hangul is known for UTF-8 by its mark."""
    wide = "\uff1d1"
    outcomes = [_outcome("=1+1", _attempt(0.5)), _outcome("김", FAILED), _outcome("half \ud83d")]
    outcomes += [_outcome(wide), _outcome(" -1")]
    for write in (export.grades_csv, export.results_csv):
        data = write(_report(*outcomes))
        assert data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert [row[0] for row in rows] == [
            "learner", "'=1+1", "김", "half \\ud83d", f"'{wide}", "' -1"
        ]  # fmt: skip
    data = export.grades_csv(_report(*outcomes))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == [
        "1.1", str(EXERCISE.points / 2), "grader error", *["not submitted"] * 3
    ]  # fmt: skip


def _two(*outcomes: Outcome) -> dict[str, Any]:
    """A report on an exercise for practice and on a core one."""
    found = files.Class(Path("class"), [one.learner for one in outcomes], [])
    return class_report.build(found, outcomes, [EXERCISE, registry.find("1.3")], RUN)


def test_core_exercises_are_marked_and_their_points_have_a_column_of_their_own() -> None:
    """On the page, in both tables and in JSON; a page without any core exercise has none."""
    kim, lee = _outcome("kim", _attempt(1.0)), _outcome("lee")
    kim.attempts["1.3"] = [_attempt(0.5)]
    report = _two(kim, lee)
    assert [exercise["core"] for exercise in report["exercises"]] == [False, True]
    of = registry.find("1.3").points
    sums = [(one["points"], one["core_points"], one["core_of"]) for one in report["learners"]]
    assert sums == [(EXERCISE.points + of / 2, of / 2, of), (0, 0, of)]
    page = class_html.page(report)
    assert '<th scope="col">1.1 Write a request</th>' in page
    assert '<th scope="col">1.3 Read on from a cursor (core)</th>' in page
    assert f'</td><td class="number">{of / 2:g} of {of}</td><td class="passed number">' in page
    assert "core" not in class_html.page(_report(kim))
    tables = [
        list(csv.reader(io.StringIO(write(report).decode("utf-8-sig"))))
        for write in (export.grades_csv, export.results_csv)
    ]
    at = tables[0][0].index("core_points")
    assert [row[at : at + 2] for row in tables[0]] == [
        ["core_points", "core_of"], [str(of / 2), str(of)], ["0", str(of)]
    ]  # fmt: skip
    assert [row[-1] for row in tables[1]] == ["kind", *["practice", "core"] * 2]


def test_json_comes_back_as_it_was() -> None:
    """Half a character, too."""
    report = _hostile()
    assert json.loads(export.as_json(report)) == json.loads(json.dumps(report))


def test_pseudonyms_stay_and_do_not_follow_the_alphabet(tmp_path: Path) -> None:
    """New learners get new ones; another file of names gives others."""
    names = [f"learner {n}" for n in range(30)]
    first = class_names.pseudonyms(names[:20], tmp_path / "a.json")
    again = class_names.pseudonyms(names, tmp_path / "a.json")
    assert {name: again[name] for name in first} == first
    assert len({*again.values()}) == 30
    assert sorted(names, key=again.__getitem__) != names
    assert class_names.pseudonyms(names, tmp_path / "b.json") != again


def test_a_broken_file_of_names_is_never_overwritten(tmp_path: Path) -> None:
    """The names behind a report that somebody has would be lost."""
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    with pytest.raises(class_names.LocalError, match="Repair it, or move it away"):
        class_names.pseudonyms(["a"], tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "{"


def test_a_name_in_plain_letters_is_hidden_where_it_stands_alone() -> None:
    """Al is not found in also; Hangul has no spaces around names."""
    more = {"observed": "Al also said: 민지는 AL"}
    report = _report(_outcome("Al", _attempt(0.5, **more)), _outcome("민지"))
    hidden = class_names.hide(report, {"Al": "learner-1", "민지": "learner-2"})
    [first, _] = hidden["learners"]
    assert first["results"]["1.1"]["observed"] == "learner-1 also said: learner-2는 learner-1"


def _endless() -> dict[str, Any]:
    name = EXERCISE.names[0]
    answer = {"parts": [("a", f"def {name}(*a):\n    while True: pass\n")], "missing": [],
              "names": [name], "broken": []}  # fmt: skip
    return {"do": "grade", "exercise": "1.1", "answer": answer, "seed": 1, "wall": 60}


def test_a_judge_that_never_ends_is_a_grader_error_and_the_next_answer_is_graded() -> None:
    """Another worker takes the place of the one that was ended."""
    with class_pool.Pool(1, longest=1.0) as pool:
        pool.put("endless", _endless())
        [(_, reply)] = pool.replies()
        assert reply == {"error": "the grader's process ended before it had a verdict"}
        pool.longest = 60.0
        pool.put("next", {**_endless(), "wall": 0.2})
        [(_, reply)] = pool.replies()
    assert reply["verdict"]["ended"] == "time"


def test_what_makes_no_sense_is_the_graders_error() -> None:
    """An exercise that does not exist, and a question that is none; the worker goes on."""
    with class_pool.Pool(1) as pool:
        for key in ({"do": "grade"}, {**_endless(), "exercise": "99.9"}):
            pool.put(str(key), key)
        assert all("error" in reply for _, reply in pool.replies())
