"""Makes what a class hands in: right, wrong in each way that has a name, endless, cheating, broken.

    write(folder) ─▶ [Person(name, kind, answers, expected)]     forty of them
    python -m tests.exercises.submissions FOLDER                 to look at, or to grade by hand

Builds on: the registry (which exercises there are), tests/exercises/right and …/wrong, the built
notebooks in exercises/.
What is new here: the answers to exercises that are registered later are found by themselves.
Left out: whether each answer is judged well; tests of the exercises show that one by one.
"""

from __future__ import annotations

import copy
import json
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.lab.grading import registry
from course_lib.lab.grading.exercise import Exercise

HERE = Path(__file__).parent
EXERCISES = HERE.parents[1] / "exercises"
SIZE = 40
MARKUP = "b &amp; 'quoted'" if sys.platform == "win32" else "<b onclick=x>&amp; 'quoted'"
LARGEST = 2 * 1024 * 1024  # bytes; the class run is told so, or a huge notebook would be slow

STUB = "def NAME(*a, **k):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"

# What an answer may try, for a function called NAME.  None is right, none may be rewarded.
ENDLESS = {
    "loops": "def NAME(*a, **k):\n    while True: pass\n",
    "sleeps": "import time\ndef NAME(*a, **k):\n    time.sleep(1e6)\n",
    "deaf": "import signal\ndef NAME(*a, **k):\n    for n in range(1, 32):\n"
    "        try: signal.signal(n, signal.SIG_IGN)\n        except (OSError, ValueError): pass\n"
    "    while True: pass\n",
    "locked": "import threading\nthreading.Event().wait()\ndef NAME(*a, **k): return None\n",
}
CHEATS = {
    "leaves": "import sys\ndef NAME(*a, **k): sys.exit(0)\n",
    "leaves at once": "import os\ndef NAME(*a, **k): os._exit(0)\n",
    "exit hook": "import atexit, os\natexit.register(lambda: os.write(1, b'PASS'))\n"
    "def NAME(*a, **k): raise SystemExit\n",
    "prints a pass": "import os\ndef NAME(*a, **k):\n    print({'passed': True, 'score': 1.0})\n"
    "    os.write(1, b'\\x00\\x00\\x00\\x02{}')\n    return True\n",
    "equals all": "class Same:\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n"
    "    __hash__ = lambda s: 1\n    def __getattr__(s, n): return Same()\n"
    "    def __call__(s, *a): return s\ndef NAME(*a, **k): return Same()\n",
    "reads frames": "import sys\ndef NAME(*a, **k):\n    frame = sys._getframe()\n"
    "    while frame:\n        for key in ('expected', 'wanted', 'solution'):\n"
    "            if key in frame.f_locals: return frame.f_locals[key]\n"
    "        frame = frame.f_back\n",
    "overwrites the judge": "import glob, os\nfor path in glob.glob('JUDGES/*.py'):\n"
    "    try: open(path, 'a').write('\\nraise SystemExit\\n')\n    except OSError: pass\n"
    "def NAME(*a, **k): return None\n",
    "imports the judge": "import sys\nsys.path.insert(0, 'ROOT')\ntry:\n"
    "    from course_lib.lab.grading import registry, runner\n    runner.grade = lambda *a: 1\n"
    "except (ImportError, OSError): pass\ndef NAME(*a, **k): return None\n",
    "patches": "import builtins, json, random, time\ntime.time = time.monotonic = lambda: 0\n"
    "random.Random.choice = lambda s, x: x[0]\njson.loads = lambda *a, **k: {'passed': True}\n"
    "builtins.all = builtins.any = lambda *a: True\ndef NAME(*a, **k): return b''\n",
    "hard-coded": "def NAME(*a, **k):\n    return b'GET /messages?since=0 HTTP/1.1\\r\\n"
    "Host: chat.example\\r\\n\\r\\n'\n",
    "leaves children": "import os, signal, time\ndef NAME(*a, **k):\n    for _ in range(3):\n"
    "        if os.fork() == 0:\n            os.setsid()\n            if os.fork(): os._exit(0)\n"
    "            signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "            while True: time.sleep(1000)\n    return None\n",
    "memory": "hoard = []\ndef NAME(*a, **k):\n    while True: hoard.append(bytearray(1 << 26))\n",
    "files": "def NAME(*a, **k):\n    with open('big', 'wb') as out:\n"
    "        while True: out.write(bytes(65536))\n",
    "descriptors": "import os\nkept = []\ndef NAME(*a, **k):\n"
    "    while True: kept.append(os.open(os.devnull, os.O_RDONLY))\n",
    "output": "def NAME(*a, **k):\n    while True: print('PASS ' * 1000)\n",
    "environment": "import os\ndef NAME(*a, **k): return sorted(os.environ.items())\n",
    "script": "def NAME(*a, **k):\n    print('<script>alert(1)</script>')\n"
    "    raise ValueError('<img src=x onerror=alert(2)>')\n",
    "writes into the pipe": "import json, os\ndef NAME(*a, **k):\n"
    "    data = json.dumps({'id': 1, 'value': None}).encode()\n    for fd in range(3, 64):\n"
    "        try: os.write(fd, len(data).to_bytes(4, 'big') + data)\n"
    "        except OSError: pass\n    return None\n",
}


@dataclass(slots=True)
class Person:
    """A learner.  `expected` is what each exercise must come to."""

    name: str
    kind: str  # right, wrong, endless, cheat, empty, broken
    answers: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)  # passed, failed, or an idea's name


def known() -> dict[str, Exercise]:
    """The exercises with right and wrong answers; another test demands them of all."""
    return {
        number: exercise
        for number, exercise in registry.load().items()
        if len([*HERE.glob(f"right/{number}/*.py")]) > 1
        and {p.stem for p in HERE.glob(f"wrong/{number}/*.py")} == {*exercise.wrong_ideas}
    }


def people() -> list[Person]:
    """Forty: as many kinds as there are, then more right ones."""
    found = [*_wrong(), *_trying("endless", ENDLESS), *_trying("cheat", CHEATS)]
    found += [Person("hands out", "empty"), Person("no notebook", "empty")]
    found += [Person(name, "broken") for name in BROKEN]
    numbers = list(known())
    for n in range(max(2, SIZE - len(found))):
        answers = {number: _file("right", number, n) for number in numbers}
        found.append(
            Person(f"right {n} 김민지", "right", answers, dict.fromkeys(numbers, "passed"))
        )
    return found


def write(folder: Path, chosen: list[Person] | None = None) -> list[Person]:
    """Write everybody's folder."""
    chosen = people() if chosen is None else chosen
    for person in chosen:
        place = folder / person.name
        place.mkdir(parents=True)
        if person.kind == "broken":
            BROKEN[person.name](place)
        elif person.name != "no notebook":
            for slug, document in _notebooks(person.answers).items():
                _save(place / f"{slug}.ipynb", document)
    return chosen


def _wrong() -> list[Person]:
    """As many people as the exercise with most wrong ideas needs; the others answer right again."""
    exercises = known()
    ideas = {number: sorted(exercise.wrong_ideas) for number, exercise in exercises.items()}
    found = []
    for n in range(max(len(names) for names in ideas.values())):
        person = Person(f"wrong {n}", "wrong")
        for number, names in ideas.items():
            name = names[n] if n < len(names) else ""
            kind = HERE / "wrong" / number / f"{name}.py" if name else None
            person.answers[number] = (
                kind.read_text(encoding="utf-8") if kind else _file("right", number, n)
            )
            person.expected[number] = name or "passed"
        found.append(person)
    return found


def _trying(kind: str, table: Mapping[str, str]) -> list[Person]:
    """Each tries its trick in the exercises of one lesson, and leaves the others alone."""
    lessons: dict[str, list[str]] = {}
    for number, exercise in known().items():
        lessons.setdefault(exercise.lesson, []).append(number)
    found = []
    for n, (name, text) in enumerate(table.items()):
        person = Person(name, kind)
        for number in list(lessons.values())[n % len(lessons)]:
            person.answers[number] = _trick(text, number)
            person.expected[number] = "failed"
        found.append(person)
    return found


def _trick(text: str, number: str) -> str:
    root = HERE.parents[1]
    judges = root / "course_lib" / "lab" / "grading" / "judges"
    text = text.replace("JUDGES", judges.as_posix()).replace("ROOT", root.as_posix())
    first, *others = registry.find(number).names
    return text.replace("NAME", first) + "".join(f"{name} = {first}\n" for name in others)


def _file(kind: str, number: str, n: int) -> str:
    files = sorted((HERE / kind / number).glob("*.py"))
    return files[n % len(files)].read_text(encoding="utf-8")


def _notebooks(answers: Mapping[str, str]) -> dict[str, Any]:
    """The notebooks that were handed out, with these answers in their stubs."""
    found: dict[str, Any] = {}
    slugs = {path.stem.partition("_")[0]: path for path in sorted(EXERCISES.glob("*.ipynb"))}
    for number in answers or known():
        exercise = registry.find(number)
        path = slugs.get(exercise.lesson)
        name = path.stem if path else f"{exercise.lesson}_exercises"
        if name not in found:
            found[name] = json.loads(path.read_text(encoding="utf-8")) if path else notebook()
        if number in answers:
            _answer(found[name], exercise.grade_id, answers[number])
        elif path is None:  # nothing was built yet: a stub as it would be
            _answer(found[name], exercise.grade_id, STUB.replace("NAME", exercise.names[0]))
    return copy.deepcopy(found)


def _answer(document: dict[str, Any], grade_id: str, text: str) -> None:
    for cell in document["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{grade_id}-answer":
            cell["source"] = text.splitlines(keepends=True)
            return
    document["cells"].append(code(text, grade_id))


def code(text: str, grade_id: str = "", ran: int | None = None) -> dict[str, Any]:
    """A cell; `grade_id` makes it the answer to that exercise."""
    marks = {"grade": False, "grade_id": f"{grade_id}-answer", "locked": False, "points": 0,
             "schema_version": 3, "solution": True, "task": False}  # fmt: skip
    return {
        "cell_type": "code", "id": f"c{zlib.crc32((grade_id + text).encode()):08x}", "outputs": [],
        "execution_count": ran, "metadata": {"nbgrader": marks} if grade_id else {},
        "source": text.splitlines(keepends=True),
    }  # fmt: skip


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _save(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _name(folder: Path) -> Path:
    return folder / f"{next(iter(known().values())).lesson}_exercises.ipynb"


def _huge(folder: Path) -> None:
    with _name(folder).open("wb") as out:
        out.truncate(LARGEST + 1)


def _link(folder: Path) -> None:
    if sys.platform == "win32":  # where only administrators make links
        _name(folder).write_bytes(b"")
    else:
        _name(folder).symlink_to(Path(__file__).resolve())


BROKEN = {
    "not json": lambda folder: _name(folder).write_text("{'cells': [", encoding="utf-8"),
    "not utf-8": lambda folder: _name(folder).write_bytes(b'{"cells": "\xff\xfe"}'),
    "deep": lambda folder: _name(folder).write_bytes(b"[" * 200_000),
    "no cells": lambda folder: _save(_name(folder), notebook()),
    "a list": lambda folder: _save(_name(folder), []),
    "odd cells": lambda folder: _save(
        _name(folder), {"cells": [1, {"cell_type": "code"}, {"source": 7, "cell_type": "code"}]}
    ),
    "huge": _huge,
    MARKUP: _link,
}


if __name__ == "__main__":
    for one in write(Path(sys.argv[1])):
        print(f"{one.kind:8} {one.name}")
