"""The check of words finds what Korean readers stumble over, in prose and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.workshop import wording

ROOT = Path(__file__).parents[2]

LESSON = '''\
# %% [markdown] id="behind"
# ## 1 · A heading
#
# TEXT

# %% id="code"
def behind(question):
    """Nothing."""
    return question  # COMMENT


print("STRING", f"{behind(1)} FSTRING")
'''


def problems(folder: Path, **texts: str) -> list[str]:
    """What is found in a lesson with these texts, each without file and remedy."""
    source = LESSON
    for place in ("TEXT", "COMMENT", "FSTRING", "STRING"):
        source = source.replace(place, texts.get(place, "fine"))
    path = folder / "notebooks" / "_source" / "01_a.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return [
        line.removeprefix("notebooks/_source/01_a.py:").partition(";")[0]
        for line in wording.problems(folder)
    ]


def test_the_lessons_keep_to_the_words() -> None:
    """And the glossary, and the documents.  Each line names file, line and remedy."""
    assert wording.problems(ROOT) == []


def test_code_may_use_any_word(tmp_path: Path) -> None:
    """Names, ids, inline code, links, formulas, fences."""
    assert problems(tmp_path) == []
    code = "`behind` [3.5](x.ipynb#3.5-·-Behind-the-head) $question$\n# ```\n# in vain\n# ```"
    assert problems(tmp_path, TEXT=code) == []


@pytest.mark.parametrize(
    "text",
    [
        "Who ends TCP has to remember it.",
        "It ends. Who receives one sends one\n# back, and so on.",
        "Skip who is not ready.",
        "A line, with a newline behind it.",
        "Each question has a head.",
        "They sat out their hold.",
        "A proxy loses patience.",
        "It gives a peer up.",
        "It gives a slow peer\n# up.",
        "They ask in vain.",
        "The reader has hung up.",
        "The door is open.",
        "Leave it away.",
    ],
)
def test_a_stumbling_block_is_found(tmp_path: Path, text: str) -> None:
    """Also where a line ends within it.  The line is that of its first word."""
    found = problems(tmp_path, TEXT=text)
    assert len(found) == 1
    assert found[0].startswith("4: ")


@pytest.mark.parametrize(
    "text",
    [
        "Who ends TCP?",
        "Who ends TCP, the client or the server?\n#\n# The server does.",
        "Whoever ends TCP has to remember it.",
        "A reader who is not ready. It does not say who you are.",
        "A chat behind a proxy, and a chat behind a link of its own.",
        "The wrong idea behind it.",
        "A question mark.",
        "Do not give `up` an upgrade: checks.give_up.",
    ],
)
def test_what_is_plain_is_left_alone(tmp_path: Path, text: str) -> None:
    """Questions, places, and words that only look alike."""
    assert problems(tmp_path, TEXT=text) == []


@pytest.mark.parametrize("place", ["COMMENT", "STRING", "FSTRING"])
def test_what_a_cell_says_is_read_too(tmp_path: Path, place: str) -> None:
    """Comments, and what is printed."""
    assert len(problems(tmp_path, **{place: "what came behind it"})) == 1


def test_a_question_is_a_question_where_no_http_is_spoken(tmp_path: Path) -> None:
    """In a primer, and in the documents."""
    for name in ("notebooks/_source/p1_a.py", "docs/A.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# Six questions.\n", encoding="utf-8")
    assert wording.problems(tmp_path) == []


def test_other_files_are_looked_at_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a judge only what a learner reads: no docstrings, no comments."""
    path = tmp_path / "judges" / "lesson_05" / "ex.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        '"""Behind it."""\n# behind\nWHY = "first this, "\nWHO = ("what comes " "behind it")\n'
        'DO = ("hang up",)\n',
        encoding="utf-8",
    )
    assert wording.main(["judges/**/*.py"], tmp_path) == 1
    assert capsys.readouterr().out == (
        "judges/lesson_05/ex.py:4: 'behind'; better: after, where time or order is meant\n"
    )
    assert wording.main([], tmp_path) == 0


def test_the_glossary_is_read(tmp_path: Path) -> None:
    """Meanings and titles; comments and ids are the authors'."""
    path = tmp_path / "notebooks" / "glossary.toml"
    path.parent.mkdir()
    path.write_text('# behind\nterm = "behind"\nmeaning = "Right behind."\n', encoding="utf-8")
    assert wording.problems(tmp_path) == [
        "notebooks/glossary.toml:3: 'behind'; better: after, where time or order is meant"
    ]
