"""What an answer may read: the standard library, and nothing else of this computer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab.grading.sandbox import landlock

from .. import answers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="platform: Linux has Landlock")
PLACES = ("/usr/src/app", "/usr/local/src/course", "/usr/local/share/course", "/usr/share/course",
          "/usr/lib/course", "/usr/local/lib/course", "/usr/course", "/opt/course", "/srv/course",
          f"{sys.base_prefix}/course", f"{sys.base_prefix}/lib/course")  # fmt: skip
USED = ("asyncio", "json", "struct", "hashlib", "ssl", "sqlite3", "zoneinfo", "fractions",
        "decimal", "statistics", "typing", "dataclasses", "ctypes", "secrets", "uuid",
        "tempfile", "random", "datetime", "re", "collections", "itertools", "functools",
        "contextlib", "enum", "base64", "zlib", "bz2", "lzma", "http.client", "urllib.parse",
        "email.message", "html", "csv", "pickle", "logging", "queue", "threading",
        "concurrent.futures", "heapq", "bisect", "math", "socket", "selectors", "unicodedata",
        "locale", "inspect", "unittest.mock")  # fmt: skip
LOAD = """
import warnings
warnings.simplefilter("ignore")
def missing(names):
    found = {}
    for name in names:
        try: __import__(name)
        except Exception as error: found[name] = f"{type(error).__name__}: {error}"
    return found
"""


def _free(text: str) -> Any:
    """What the text prints, as JSON, in a Python as the answer's, before it gives up any right."""
    folder = str(Path(landlock.__file__).parent)
    start = f"import ctypes, json, os, sys\nsys.path.insert(0, {folder!r})\nimport landlock\n"
    command = [sys.executable, "-I", "-S", "-E", "-X", "utf8", "-c", start + text]
    return json.loads(subprocess.check_output(command, cwd="/"))


def _restricted(course: str) -> list[str]:
    """What Landlock forbids, if the course lay in that folder."""
    text = f"landlock.COURSE = {course!r}\n"
    return _free(text + "print(json.dumps(landlock.restrict(ctypes.CDLL(None), '/tmp')))\n")


def _first_file(folder: str) -> str:
    return next(str(path) for path in sorted(Path(folder).rglob("*")) if path.is_file())


def test_no_program_no_package_and_no_file_of_the_system_can_be_read() -> None:
    """A list of what Python needs; a list of what is secret would always lack something."""
    packages = sysconfig.get_paths(vars={"base": sys.base_prefix})["purelib"]
    texts = [path for path in ("/usr/include", "/usr/share/doc", packages) if os.path.isdir(path)]
    closed = [*map(_first_file, texts), "/etc/passwd", os.path.realpath(sys.executable), __file__]
    with answers.remotely("""
        import os
        def read(path):
            with open(path, "rb") as file: return len(file.read(1))
        def run(path): os.execv(path, ["true"])
    """) as answer:
        assert answer.call("read", os.__file__) == 1
        if any("reading" in name for name in answer.missing):
            pytest.skip("platform: needs Landlock")
        said = {path: answer.call("read", path) for path in closed}
        assert [path for path, raised in said.items() if raised == 1] == []
        assert {raised.type for raised in said.values()} == {"PermissionError"}
        assert answer.call("run", shutil.which("true")).type == "PermissionError"


def test_a_course_below_usr_is_as_closed_as_anywhere() -> None:
    """/usr/src/app is usual in containers.  No path that may be read leads there."""
    needed = _free("print(json.dumps(landlock.needed()))")
    assert any(path.endswith("/asyncio") for path in needed)
    for place in PLACES:
        assert [path for path in needed if Path(place).is_relative_to(path)] == [], place
    assert [path for path in needed if "-packages" in path] == []


def test_a_course_in_what_must_be_read_is_told() -> None:
    """Then other files are not protected, and the verdict says so."""
    protected = _restricted(str(landlock.COURSE))
    if "files" not in protected:
        pytest.skip("platform: needs Landlock")
    library = os.path.dirname(os.path.realpath(os.__file__))
    assert "files" not in _restricted(os.path.join(library, "asyncio"))
    assert "files" not in _restricted(os.path.join(library, "concurrent", "futures"))
    assert "files" in _restricted("/usr/lib")


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(USED, id="used"),
        pytest.param(
            sorted({*sys.stdlib_module_names} - {"antigravity", "this", "__main__"}),
            id="all",
            marks=pytest.mark.wide,
        ),
    ],
)
def test_the_standard_library_is_all_there(names: Sequence[str]) -> None:
    """Each module that can be imported at all, with the shared libraries that it loads."""
    free = _free(f"{LOAD}\nprint(json.dumps(missing({names!r})))")
    with answers.remotely(LOAD) as answer:
        assert answer.call("missing", list(names)) == free


def test_the_standard_library_works() -> None:
    """With the files that it reads later: time zones, kinds of files, and a place for its own."""
    with answers.remotely("""
        import asyncio, concurrent.futures, hashlib, mimetypes, multiprocessing, os, sqlite3, ssl
        import tempfile, uuid, zoneinfo
        def zone():
            return {zoneinfo.ZoneInfo(name).key for name in zoneinfo.available_timezones()}
        def digests():
            return all(hashlib.new(name) for name in hashlib.algorithms_guaranteed)
        def database():
            with sqlite3.connect("own.db") as base: return base.execute("select 1").fetchall()
        def temporary():
            with tempfile.NamedTemporaryFile() as file: return file.name.startswith(os.getcwd())
        def threads():
            with concurrent.futures.ThreadPoolExecutor(3) as pool: return [*pool.map(abs, [1, -2])]
        def pipe():
            one, other = multiprocessing.Pipe()
            one.send(7)
            return other.recv()
        async def loop(): return await asyncio.to_thread(len, "ab")
        def rest():
            return bool(ssl.create_default_context() and uuid.uuid1() and uuid.uuid4())
        def kind(): return mimetypes.guess_type("a.json")[0]
    """) as answer:
        if os.path.isdir("/usr/share/zoneinfo"):
            assert "Asia/Seoul" in answer.call("zone")
        assert answer.call("digests") is True
        assert answer.call("database") == [(1,)]
        assert answer.call("temporary") is True
        assert answer.call("threads") == [1, 2]
        assert answer.call("pipe") == 7
        assert answer.call("loop") == 2
        assert answer.call("rest") is True
        assert answer.call("kind") == "application/json"
