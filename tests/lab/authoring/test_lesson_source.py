"""A source becomes cells with the author's ids, and a mistake is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.lab.authoring import lesson_source
from course_lib.lab.authoring.lesson_rows import LessonError


def read(folder: Path, text: str) -> lesson_source.Source:
    path = folder / "01_x.py"
    path.write_text(text, encoding="utf-8")
    return lesson_source.read(path)


def test_ids_and_tags_come_from_the_header(tmp_path: Path) -> None:
    """The id is the cell's id, not its metadata; code keeps its awaits and its Hangul."""
    source = read(
        tmp_path,
        '# %% [markdown] id="hello"\n# # 안녕\n\n'
        '# %% id="ask" tags=["nbval-ignore-output"]\nx = await f("안녕")\n# a comment\n',
    )
    first, second = source.notebook.cells
    assert (first.cell_type, first.id, first.source, first.metadata) == (
        "markdown",
        "hello",
        "# 안녕",
        {},
    )
    assert (second.cell_type, second.id) == ("code", "ask")
    assert second.source == 'x = await f("안녕")\n# a comment'
    assert second.metadata == {"tags": ["nbval-ignore-output"]}
    assert source.lines == [1, 4]


def test_metadata_names_no_machine(tmp_path: Path) -> None:
    """Language and kernel, but no version and no path, which would differ for each builder."""
    metadata = read(tmp_path, '# %% id="a"\n1\n').notebook.metadata
    assert set(metadata) == {"kernelspec", "language_info"}
    assert metadata.kernelspec.name == "python3"
    assert set(metadata.language_info) == {"file_extension", "mimetype", "name"}


def test_a_folded_heading_hides_what_is_under_it_in_jupyterlab(tmp_path: Path) -> None:
    """By the attribute that JupyterLab writes when somebody folds a heading."""
    path = tmp_path / "x.py"
    path.write_text('# %% [markdown] id="a" folded=true\n# ## More\n# %% id="b"\n1\n', "utf-8")
    folded, other = lesson_source.read(path).notebook.cells
    assert folded.metadata == {"jp-MarkdownHeadingCollapsed": True}
    assert other.metadata == {}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('# %% id="a"\n1\n# %%\n2\n', 3, "the cell has no id; write"),
        ('# %% id="a"\n1\n\n# %% id="a"\n2\n', 4, "the id 'a' is taken by a cell above"),
        ('# %% id="Big"\n1\n', 1, "'Big' is no id; use lower case"),
        ("# %% id=1\n1\n", 1, "1 is no id"),
        ('# %% id="a" tags=["skip"]\n1\n', 1, "known is nbval-ignore-output"),
        ('# %% id="a" colour="red"\n1\n', 1, "unknown attributes colour"),
        ('# %% [raw] id="a"\n1\n', 1, "neither Markdown nor code"),
        ('# %% id="a"\n\n# %% id="b"\n2\n', 1, "cell 'a' is empty"),
        ('# %% id="a" folded=true\n1\n', 1, "cell 'a' is folded and begins with no heading"),
        ('import x\n\n# %% id="a"\n1\n', 1, "2 cells but 1 lines with # %%"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    """An editor or a terminal can jump to file:line."""
    with pytest.raises(LessonError, match=message) as caught:
        read(tmp_path, text)
    assert f"01_x.py:{line}: " in str(caught.value)


def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    """An author repairs a file in one go."""
    with pytest.raises(LessonError) as caught:
        read(tmp_path, "# %%\n1\n# %%\n2\n")
    assert str(caught.value).count("has no id") == 2


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    """lessons.toml may name a lesson that nobody has written yet."""
    with pytest.raises(LessonError, match=r"nothing\.py"):
        lesson_source.read(tmp_path / "nothing.py")
