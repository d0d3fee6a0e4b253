"""A lesson survives "Run All Cells", which sends every cell before the first has run."""

from __future__ import annotations

import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_build, lesson_rules, lesson_run, lesson_source
from course_lib.lab.glossary import terms as all_terms


@pytest.mark.slow  # tests/browser does the same in JupyterLab itself
def test_a_lesson_runs_with_all_cells_queued(lesson: lessons.Lesson) -> None:
    """No cell raises or complains, nothing is left running, and every figure is described."""
    source = lesson_source.read(lesson.source)
    try:
        seconds = lesson_run.execute(source.notebook, lesson.folder, queued=True)
    except lesson_run.CellFailed as error:
        raise AssertionError(f"{source.where(error.index)}: {error}") from None
    assert lesson_rules.unstored(source.notebook) == []
    terms = [term.term for term in all_terms() if term.lesson == lesson.number]
    found = lesson_rules.problems(lesson, source.notebook, terms)
    assert [f"{source.where(index)}: {problem}" for index, problem in found] == []
    print(f"{sum(seconds.values()):.1f} s; {lesson_build.LONGEST_RUN:.0f} s is the most")
