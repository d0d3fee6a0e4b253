"""A course of one tiny lesson, written into a temporary folder."""

from __future__ import annotations

from pathlib import Path

LESSONS = """
[[lesson]]
slug = "01_tiny"
title = "Tiny"
modules = ["wire.tiny"]
given = ["50 ms"]

[[lesson.section]]
id = "one"
title = "One"
minutes = 5
"""

GLOSSARY = """
[[term]]
term = "sum"
korean = "합"
meaning = "What two numbers make together."
lesson = "01"
"""

SOURCE = """\
# %% [markdown] id="title"
# # 01 · Tiny
#
# **Objectives.** Add, with a sum over a link of 50 ms.
#
# **Prerequisites.** None.

# %% [markdown] id="one"
# ## 1 · One

# %% id="add"
total = 1 + 1
total

# %% id="measure" tags=["nbval-ignore-output"]
import random

print(random.random())
assert total == 2

# %% id="demonstration"
guess = "bets.bet()"
print(f"http://127.0.0.1:{random.randrange(1024, 65536)}/")

# %% [markdown] id="end"
# **Summary** Two. **Ask next.** Three?

# %% id="glossary"
glossary = 'glossary("01")'

# %% id="finish"
finish = "finish()"
"""


def write(
    folder: Path, *, source: str = SOURCE, lessons: str = LESSONS, glossary: str = GLOSSARY
) -> Path:
    """Write the course below `folder` and return its `notebooks` folder."""
    notebooks = folder / "notebooks"
    (notebooks / "_source").mkdir(parents=True, exist_ok=True)
    (notebooks / "lessons.toml").write_text(lessons, encoding="utf-8")
    (notebooks / "glossary.toml").write_text(glossary, encoding="utf-8")
    (notebooks / "_source" / "01_tiny.py").write_text(source, encoding="utf-8")
    return notebooks
