"""What a stored notebook shows is what a reader's kernel will show."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from course_lib.lab import lessons
from course_lib.lab.authoring import lesson_build, lesson_rules

from ..lab import tiny_course
from . import nbval


def test_a_new_kernel_repeats_the_stored_outputs(lesson: lessons.Lesson) -> None:
    """Every output is stored, and every compared output comes again."""
    stored = nbformat.read(lesson.notebook, as_version=4)
    assert lesson_rules.unstored(stored) == []
    done = nbval.run(lesson.notebook)
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)


def test_nbval_sees_a_changed_word_and_overlooks_a_port(tmp_path: Path) -> None:
    """The comparison itself is tested: of five cells the changed one fails, and no other."""
    [lesson] = lessons.load(tiny_course.write(tmp_path))
    lesson_build.build(lesson)
    stored = nbformat.read(lesson.notebook, as_version=4)
    stored.cells[2].outputs[0].data["text/plain"] = "3"
    nbformat.write(stored, lesson.notebook)
    done = nbval.run(lesson.notebook, "-p", "tests.nbval_settings")
    assert done.returncode == 1
    assert "1 failed, 4 passed" in done.stdout
