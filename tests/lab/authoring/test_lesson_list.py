"""lessons.toml is read, and its mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.lab.authoring import lesson_list, lesson_rows

from .. import tiny_course


def test_a_lesson_knows_its_number_minutes_and_files(tmp_path: Path) -> None:
    """What other parts ask of a lesson follows from its slug and its sections."""
    folder = tiny_course.write(tmp_path)
    [lesson] = lesson_list.load(folder)
    assert (lesson.number, lesson.title, lesson.minutes) == ("01", "Tiny", 5)
    assert lesson.modules == ["wire.tiny"]
    assert lesson.source == folder / "_source" / "01_tiny.py"
    assert lesson.notebook == folder / "01_tiny.ipynb"
    assert lesson.sections == [lesson_list.Section("one", "One", 5)]


def test_a_lesson_is_found_by_number_and_by_slug(tmp_path: Path) -> None:
    """An unknown name lists the lessons that there are."""
    folder = tiny_course.write(tmp_path)
    assert (
        lesson_list.find("01", folder).slug == lesson_list.find("01_tiny", folder).slug == "01_tiny"
    )
    with pytest.raises(
        lesson_rows.LessonError, match=r"no lesson is called '02'; there are 01_tiny"
    ):
        lesson_list.find("02", folder)


SECOND = '\n[[lesson]]\nslug = "02_b"\ntitle = "B"\nmodules = ["wire.tiny"]\n' + (
    '[[lesson.section]]\nid = "a"\ntitle = "A"\nminutes = 1\n'
)
SECTION = '\n[[lesson.section]]\nid = "{}"\ntitle = "More"\nminutes = 10\n'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('slug = "01_tiny"', 'slug = "tiny"', "lesson tiny: a slug looks like"),
        ('title = "Tiny"', "", "lesson 01_tiny: title is missing"),
        ('title = "Tiny"', 'title = " "', "lesson 01_tiny: title is empty"),
        ('title = "Tiny"', "title = 3", "title must be str, not 3"),
        ('["wire.tiny"]', '["wire tiny"]', "'wire tiny' is not the name of a module"),
        ('["wire.tiny"]', "[1]", "modules must hold strings, not 1"),
        ("minutes = 5", "minutes = 13", "section one: minutes must be 1 to 12, not 13"),
        ("minutes = 5", "minutes = true", "minutes must be int, not True"),
        ("minutes = 5", "minutes = 5\nhours = 1", "01_tiny: section: unknown key hours"),
        ("given", "taken", "lesson 01_tiny: unknown key taken"),
        ("minutes = 5", "minutes = 5" + SECTION.format("one"), "section one is there twice"),
        ("minutes = 5", "minutes = 5" + SECOND, "lessons.toml: module wire.tiny is there twice"),
        (
            "minutes = 5",
            "minutes = 12" + "".join(SECTION.format(name) for name in "abcd"),
            "52 minutes; 45 is the most",
        ),
        ("[[lesson]]", "[[lessons]]", r"it holds \[\[lesson\]\] tables and nothing else"),
        ("[[lesson]]", "[[lesson", "lessons.toml: Expected"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """The error says which row and which key, so that nobody has to search."""
    assert old in tiny_course.LESSONS
    folder = tiny_course.write(tmp_path, lessons=tiny_course.LESSONS.replace(old, new))
    with pytest.raises(lesson_rows.LessonError, match=message):
        lesson_list.load(folder)


PLANNED = '\n[[planned]]\nslug = "02_next"\nmodules = ["wire.next"]\n'


def test_a_planned_lesson_is_no_lesson_yet(tmp_path: Path) -> None:
    """Its modules have a place, and nothing else is known of it."""
    folder = tiny_course.write(tmp_path, lessons=tiny_course.LESSONS + PLANNED)
    assert [lesson.slug for lesson in lesson_list.load(folder)] == ["01_tiny"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("02_next", "01_next", "lesson 01 is there twice"),
        ("wire.next", "wire.tiny", "module wire.tiny is there twice"),
        ("02_next", "next", "planned next: a slug looks like"),
        ("modules", "module", "planned 02_next: unknown key module"),
    ],
)
def test_a_mistake_in_a_plan_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """As in the row of a lesson."""
    lessons = tiny_course.LESSONS + PLANNED.replace(old, new)
    with pytest.raises(lesson_rows.LessonError, match=message):
        lesson_list.load(tiny_course.write(tmp_path, lessons=lessons))


def test_a_lesson_without_sections_is_refused(tmp_path: Path) -> None:
    """Minutes stand with sections, so a lesson without them has no length."""
    head = tiny_course.LESSONS.split("[[lesson.section]]")[0]
    with pytest.raises(lesson_rows.LessonError, match=r"it has no \[\[lesson.section\]\]"):
        lesson_list.load(tiny_course.write(tmp_path, lessons=head))


def test_the_course_of_this_repository_is_found_and_valid() -> None:
    """Without a folder, the lessons beside the library are meant."""
    assert [lesson.number for lesson in lesson_list.load()][:5] == ["00", "p1", "p2", "p3", "01"]
