"""Of all that was run, what the exercise needs, as the kernel has it."""

from __future__ import annotations

from course_lib.lab.grading import submission

from . import answers

CELLS = [
    ("In[1]", "import json, os\nfrom course_lib import lab\nserver = await lab.serve()"),
    ("In[2]", "def answer(x):\n    return 'old'"),
    ("In[3]", "SIZE = 3\n\ndef helper(x):\n    return json.dumps(x)[:SIZE]\n\nlab.start()"),
    ("In[4]", "print('before')\n\n@staticmethod\ndef answer(x):\n    return helper(x)\nanswer(1)"),
    ("In[5]", "%timeit answer(1)"),
    ("In[6]", "check('1.1')"),
]


def test_the_last_definition_counts_and_what_it_uses_comes_along() -> None:
    """Imports, constants and helpers from other cells; no calls, and nothing of the lab."""
    found = submission.collect(CELLS, ["answer"])
    assert [name for name, _ in found.parts] == ["In[1]", "In[3]", "In[4]"]
    [first, helpers, last] = [text for _, text in found.parts]
    assert first.strip() == "import json, os"
    assert helpers.strip().split("\n") == [
        "SIZE = 3", "", "def helper(x):", "    return json.dumps(x)[:SIZE]"
    ]  # fmt: skip
    assert last.split("\n") == [
        "", "", "@staticmethod", "def answer(x):", "    return helper(x)", ""
    ]  # fmt: skip
    assert (found.missing, found.broken) == ([], ["In[5]"])


def test_names_may_come_from_a_star_or_stand_in_a_try() -> None:
    """As in the kernel; a star of this course is nothing that the answer's process has."""
    cells = [
        ("In[1]", "from math import *\nfrom course_lib.lab import *"),
        ("In[2]", "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None"),
        ("In[3]", "def up(x): return ceil(x)\ndef read(x): return tomllib\ndef plain(x): return x"),
    ]
    [star, answer] = submission.collect(cells, ["up"]).parts
    assert star == ("In[1]", "from math import *\n")
    assert "def up" in answer[1]
    assert [name for name, _ in submission.collect(cells, ["read"]).parts] == ["In[2]", "In[3]"]
    assert [name for name, _ in submission.collect(cells, ["plain"]).parts] == ["In[3]"]


def test_what_is_not_there_is_missing() -> None:
    """A value that has to be awaited belongs to the kernel alone."""
    assert submission.collect(CELLS, ["nope", "server"]).missing == ["nope", "server"]


def test_a_fingerprint_follows_the_graded_text_and_nothing_else() -> None:
    """Another cell number or another unrelated cell is no other answer."""
    before = submission.collect(CELLS, ["answer"])
    again = submission.collect([("In[9]", "x = 1"), *CELLS], ["answer"])
    assert before.fingerprint == again.fingerprint
    changed = [*CELLS, ("In[7]", "def answer(x): return 1")]
    assert submission.collect(changed, ["answer"]).fingerprint != before.fingerprint
    assert before.described().startswith("answer from In[1], In[3], In[4] (7 lines, ")


def test_functions_that_use_each_other_are_both_there() -> None:
    """A circle ends, and a name that a global statement mentions is followed."""
    text = "count = 0\ndef even(n): return n == 0 or odd(n - 1)\n"
    text += "def odd(n):\n    global count\n    count += 1\n    return n != 0 and even(n - 1)"
    [(_, kept)] = submission.collect([("In[1]", text)], ["even"]).parts
    assert kept == text


def _runs(parts: list[tuple[str, str]]) -> dict[str, object]:
    scope: dict[str, object] = {"__name__": "answer"}
    for name, text in parts:
        exec(compile(text, name, "exec"), scope)
    return scope


def test_a_class_comes_after_its_base_though_that_was_run_again() -> None:
    """As in the kernel, where the older one was there already; its lines keep their numbers."""
    cells = [
        ("In[1]", "class Box:\n    size = 1"),
        (
            "In[2]",
            "\nclass Careful(Box):\n    def more(self): return late()\n\nLIMIT = grow(Box.size)",
        ),
        ("In[3]", "def grow(n): return n + STEP\ndef late(): return LIMIT"),
        ("In[4]", "STEP = 5"),
        ("In[5]", "class Box:\n    size = 2"),
    ]
    found = submission.collect(cells, ["Careful"])
    scope = _runs(found.parts)
    assert scope["Careful"]().more() == 7  # type: ignore[operator]
    assert found.described().startswith("Careful from In[")
    assert all(text.split("\n")[1:2] != [""] for name, text in found.parts if name == "In[1]")
    for name, text in found.parts:
        lines = dict(cells)[name].split("\n")
        assert all(line in ("", lines[at]) for at, line in enumerate(text.split("\n")))


def test_parts_of_one_cell_are_one_text_where_a_line_is_shown() -> None:
    """A cell that had to be taken apart still says where an exception was raised."""
    cells = [
        ("In[1]", "BASE = make()\n\n\ndef f(x):\n    return BASE // x"),
        ("In[2]", "def make(): return f(1) if 'BASE' in globals() else start()"),
        ("In[3]", "def start(): return 8"),
    ]
    found = submission.collect(cells, ["f"])
    with answers.remotely("") as answer:
        answer.parts = found.parts
        answer.restart()
        raised = answer.call("f", 0)
    assert (raised.type, raised.where) == ("ZeroDivisionError", "line 5 in f")
    assert raised.lines == "In[1] line 5 in f: return BASE // x"


def test_what_the_judge_gives_is_not_imported_from_the_library() -> None:
    """Only then: a learner's own definition of the name counts, and so does another import."""
    library = ("In[1]", "from course_lib.socketio import ConnectRefused, server")
    answer = ("In[2]", "def guard(): return ConnectRefused, server")
    own = ("In[3]", "class ConnectRefused(Exception): pass")
    for cells, given, kept in (
        ([library, answer], ["ConnectRefused", "server"], ["In[2]"]),
        ([library, answer], ["ConnectRefused"], ["In[1]", "In[2]"]),
        ([library, answer, own], ["ConnectRefused", "server"], ["In[2]", "In[3]"]),
    ):
        found = submission.collect(cells, ["guard"], given=given)
        assert [name for name, _ in found.parts] == kept


def test_a_nearer_definition_counts_though_another_was_run_later() -> None:
    """The rank comes first, and the order only within it."""
    cells = [("In[1]", "def reads(): return 1"), ("In[2]", "def f(): return reads()"),
             ("In[3]", "def reads(): return 3"), ("In[4]", "def reads(): return 4")]  # fmt: skip
    for ranks, result in (({}, 4), ({3: 2}, 3), ({2: 1, 3: 2}, 1), ({0: 2, 2: 1, 3: 1}, 4)):
        found = submission.collect(cells, ["f"], lambda cell, _, by=ranks: by.get(cell, 0))
        assert _runs(found.parts)["f"]() == result  # type: ignore[operator]
