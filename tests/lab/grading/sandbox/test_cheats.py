"""What an answer may try, and what becomes of it: the grader's table of faults, row by row."""

from __future__ import annotations

import functools
import os
import re
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from course_lib.lab.grading import registry
from course_lib.lab.grading.sandbox import process

from .. import answers

grade = functools.partial(answers.grade, isolated=True)
RIGHT = (answers.FOLDER / "right" / "1.1" / "lines_joined.py").read_text(encoding="utf-8")
SHORT = process.Limits(wall=1.0)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux has these limits")


@pytest.mark.parametrize(
    "body",
    [
        "import sys; sys.exit(0)",
        "import os; os._exit(0)",
        "raise SystemExit",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    ],
)
def test_an_answer_that_leaves_has_failed(body: str) -> None:
    """No result arrived; leaving with 0 is no pass."""
    verdict = grade("1.1", f"def request_bytes(*a):\n    {body}\n")
    assert (verdict.passed, verdict.score) == (False, 0.0)


def test_leaving_while_the_text_is_run_fails_too() -> None:
    """The process may end before anything was asked."""
    verdict = grade("1.1", "import os\nos._exit(0)\n" + RIGHT)
    assert not verdict.passed
    assert verdict.ended == "exit"


def test_an_exit_hook_changes_nothing() -> None:
    """Nobody listens any more."""
    hook = "import atexit, os\natexit.register(lambda: os.write(1, b'PASS'))\n"
    assert grade("1.1", hook + RIGHT).passed
    assert not grade("1.1", hook + "def request_bytes(*a): return b''").passed


def test_a_printed_pass_is_shown_and_not_read() -> None:
    """Standard output is the learner's."""
    verdict = grade(
        "1.1",
        "import os, sys\n"
        "def request_bytes(*a):\n"
        "    print('PASS', {'passed': True, 'score': 1.0})\n"
        "    print('1.1 passed', file=sys.stderr)\n"
        "    os.write(1, b'\\x00\\x00\\x00\\x02{}')\n"
        "    return b''\n",
    )
    assert not verdict.passed
    assert "PASS" in verdict.output and "1.1 passed" in verdict.output


@POSIX
def test_answers_written_into_the_graders_pipe_in_advance_do_not_count() -> None:
    """Each question has a number that cannot be guessed."""
    verdict = grade(
        "1.1",
        "import os, json\n"
        "def request_bytes(*a):\n"
        "    data = json.dumps({'id': 1, 'value': None}).encode()\n"
        "    for fd in range(3, 64):\n"
        "        try: os.write(fd, len(data).to_bytes(4, 'big') + data)\n"
        "        except OSError: pass\n"
        "    return b''\n",
    )
    assert not verdict.passed
    assert verdict.ended == "broken"


FORGE = """
import sys, time
def forge(value):
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Server": frame = frame.f_back
    server = frame.f_locals["self"]
    server.pipe.send({"id": server._asked, "value": value})
    time.sleep(100)
"""


@pytest.mark.parametrize("value", ["{'$peer': 99}", "{'$held': {}}", "{'$what': 1}", "[1]"])
@pytest.mark.parametrize("where", ["put", "take"])
def test_a_value_that_was_never_packed_is_the_answers_fault(value: str, where: str) -> None:
    """It fails; it must not look as if the grader had."""
    body = {"put": "pass", "take": "pass", where: f"forge({value})"}
    verdict = grade(
        "2.1",
        f"{FORGE}class Mailbox:\n    def put(self, message): {body['put']}\n"
        f"    async def take(self, cursor, hold): {body['take']}\n",
    )
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.ended in ("broken", "time")


@pytest.mark.parametrize("number", ["1.4", "1.5", "2.3", "2.5"])
@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "-float('inf')", "10**400"])
def test_a_number_that_is_none_fails_and_is_no_grader_error(number: str, value: str) -> None:
    """Not a number is near nothing, and the largest is far from everything."""
    exercise = registry.find(number)
    result = {"1.5": f"({value},) * 3", "2.3": f"([], a[-1], {value})"}.get(number, value)
    verdict = grade(
        number,
        f"def {exercise.names[0]}(*a): return {value}\n"
        f"def {exercise.names[-1]}(*a): return {result}\n",
    )
    assert (verdict.passed, verdict.score) == (False, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "class Same(bytes):\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n"
        "    __hash__ = bytes.__hash__\ndef request_bytes(*a): return Same(b'x')",
        "class Same:\n    __eq__ = lambda s, o: True\n    __repr__ = lambda s: 1 / 0\n"
        "def request_bytes(*a): return Same()",
        "def request_bytes(*a): return bytearray(b'GET')",
    ],
)
def test_an_object_that_equals_everything_equals_nothing(text: str) -> None:
    """Plain values of exact types cross the pipe."""
    verdict = grade("1.1", text)
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.observed


@pytest.mark.parametrize("call", ["stop('no_such_idea', 'x', 'y')", "log.clear()", "ask()"])
def test_no_method_of_the_judges_object_makes_a_grader_error(call: str) -> None:
    """An answer may call what it is told to call, and be wrong."""
    verdict = grade("2.2", f"async def follow(server):\n    await server.{call}\n")
    assert (verdict.passed, verdict.score) == (False, 0.0)


def test_what_an_answer_calls_its_exceptions_does_not_fill_the_report() -> None:
    """The name of a class may have a million letters."""
    text = "class E(Exception): pass\nE.__name__ = 'E' * 1_000_000\n"
    for body in ("raise E", "return E()"):
        verdict = grade("1.1", f"{text}def request_bytes(*a): {body}\n")
        assert not verdict.passed
        assert len(verdict.text()) < 20_000


def test_no_frame_and_no_module_of_the_answers_process_knows_the_judge() -> None:
    """There is nothing to find: the expected values are in another process."""
    with answers.remotely("""
        import sys
        def names():
            frame, seen = sys._getframe(), []
            while frame:
                seen += [*frame.f_locals, *frame.f_globals]
                frame = frame.f_back
            return sorted({*seen, *sys.modules})
    """) as answer:
        found = answer.call("names")
    assert "names" in found
    assert [name for name in found if "judge" in name or "expected" in name] == []
    assert [name for name in found if name.startswith("course_lib")] == []


def test_patched_modules_neither_help_nor_hurt() -> None:
    """Clock, chance and comparison are the grader's."""
    patch = (
        "import json, random, time, builtins\n"
        "time.time = time.monotonic = lambda: 0\n"
        "random.Random.choice = lambda s, x: x[0]\n"
        "json.dumps = json.loads = lambda *a, **k: 'PASS'\n"
        "builtins.repr = lambda x: 'PASS'\n"
    )
    assert grade("1.1", patch + RIGHT).passed
    assert not grade("1.1", patch + "def request_bytes(*a): return b''").passed


def test_what_was_right_once_is_wrong_the_next_time() -> None:
    """Inputs are new at each run, so outputs cannot be written down."""
    seen: list[str] = []
    for _ in range(2):
        verdict = grade("1.1", "def request_bytes(*a): print(a); return b''", seed=None)
        seen.append(verdict.output)
    assert seen[0] and seen[0] != seen[1]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        pytest.param("import time\n    time.sleep(1e6)", marks=pytest.mark.wide),
        pytest.param(
            "import signal\n    for n in range(1, 32):\n"
            "        try: signal.signal(n, signal.SIG_IGN)\n"
            "        except (OSError, ValueError): pass\n    while True: pass",
            marks=pytest.mark.wide,
        ),
        "import signal\n    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "    while True: pass",
        pytest.param("import threading\n    threading.Event().wait()", marks=pytest.mark.wide),
    ],
)
@POSIX
def test_an_answer_without_end_is_ended(body: str) -> None:
    """By the wall clock, whatever signals it ignores."""
    with (
        answers.remotely(f"def f():\n    {body}\n", SHORT) as answer,
        pytest.raises(process.Ended) as ended,
    ):
        answer.call("f")
    assert ended.value.kind == "time"


@LINUX
def test_processor_time_is_limited_in_all() -> None:
    """Many calls that are each short enough end, too."""
    text = "import time\ndef f():\n    end = time.process_time() + 0.2\n"
    text += "    while time.process_time() < end: pass\n"
    with (
        answers.remotely(text, process.Limits(cpu=1, wall=30, total=60)) as answer,
        pytest.raises(process.Ended) as ended,
    ):
        for _ in range(20):
            answer.call("f")
    assert ended.value.kind == "cpu"


@pytest.mark.parametrize(
    "body",
    [
        "sleep(3)",
        pytest.param(
            "while not all(task.done() for task in tasks): pass", marks=[LINUX, pytest.mark.wide]
        ),
    ],
)
def test_who_keeps_the_thread_busy_is_told_so(body: str) -> None:
    """Also with the real sleep, taken before it was replaced; and a busy loop meets its limit of
    processor time, or on a busy computer the wall clock's.
    """
    before = time.monotonic()
    verdict = grade(
        "p1.1",
        "import asyncio\nfrom time import sleep\nasync def fetch_all(jobs):\n"
        f"    tasks = [asyncio.ensure_future(job()) for job in jobs]\n    {body}\n"
        "    return [task.exception() or task.result() for task in tasks]\n",
    )
    assert (verdict.passed, verdict.wrong_idea) == (False, "blocks_the_loop")
    if "sleep" in body:
        assert time.monotonic() - before < registry.find("p1.1").limits.wall
    else:
        assert re.search("processor time|did not answer within", verdict.observed)


@pytest.mark.wide
def test_who_reaches_what_is_behind_a_job_gains_nothing() -> None:
    """A call that is only noted gives no result to a job that begins late, no result is there
    before its time, and the times are the judge's own.
    """
    texts = [
        f"""
def behind(job):
    cells = dict(zip(job.__code__.co_freevars, job.__closure__))
    return cells["self"].cell_contents, cells["number"].cell_contents
async def fetch_all(jobs):
    for held, number in map(behind, jobs):
        held.calls[number].append(held.home.create_future())
    results = []
    for job in jobs:
        try: results.append({result})
        except Exception as error: results.append(error)
    return results
"""
        for result in ("await job()", "behind(job)[0].calls[behind(job)[1]][-1].result()")
    ]
    verdicts = [grade("p1.1", text) for text in texts]
    assert [verdict.score for verdict in verdicts] == [0.25, 0.25]  # no jobs give an empty list
    assert grade("p1.1", "async def fetch_all(jobs): return []").score == 0.0
    text = "async def with_deadline(job, seconds, instead): return instead"
    assert grade("p1.2", text).score == 0.0


@POSIX
def test_a_copy_of_the_answer_does_not_answer() -> None:
    """Where it can fork, two processes come back from the function; one of them is listened to."""
    text = (
        "import os\ndef f(x):\n    try: os.fork()\n    except PermissionError: pass\n    return x\n"
    )
    with answers.remotely(text) as answer:
        assert [answer.call("f", number) for number in range(5)] == [0, 1, 2, 3, 4]


@LINUX
def test_an_answer_that_kills_its_supervisor_or_its_group_stays_behind_alone() -> None:
    """Either it may not, or that was its own end."""
    for body in ("os.kill(os.getppid(), 9)", "os.killpg(0, 9)", "os.kill(-1, 0)"):
        with answers.remotely(f"import os\ndef pid(): return os.getpid()\ndef f(): {body}\n") as a:
            pid = a.call("pid")
            try:
                a.call("f")
            except process.Ended as ended:
                assert ended.kind in ("exit", "cpu")
        assert not _alive(pid)


@LINUX
def test_floods_meet_their_limits() -> None:
    """Memory, files and descriptors fail inside the answer, which the judge sees."""
    with answers.remotely("""
        import os
        def memory(): return len(bytearray(1 << 30))
        def file():
            with open("big", "wb") as out:
                for _ in range(64): out.write(bytes(65536))
        def descriptors(): return [open(os.devnull) for _ in range(100)] and 1
        def again(): return "alive"
    """) as answer:
        assert answer.call("memory").type == "MemoryError"
        assert answer.call("file").type == "OSError"
        assert answer.call("descriptors").type == "OSError"
        assert answer.call("again") == "alive"


def test_a_flood_of_output_ends_the_answer() -> None:
    """A mebibyte is kept, and no more is waited for."""
    with answers.remotely("def f():\n    while True: print('PASS ' * 1000)\n") as answer:
        with pytest.raises(process.Ended) as ended:
            answer.call("f")
        answer.close()
        assert ended.value.kind == "output"
        assert len(answer.output) == process.Limits().output


def test_an_answer_too_large_for_the_pipe_is_refused() -> None:
    """Neither side holds more than the largest message."""
    with (
        answers.remotely("def f(): return b'x' * 8_000_000\n") as answer,
        pytest.raises(process.Ended) as ended,
    ):
        answer.call("f")
    assert ended.value.kind == "broken"


def test_the_environment_is_empty_and_descriptors_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No token can be read, also not from a descriptor that was left inheritable."""
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    read, write = os.pipe()
    os.set_inheritable(read, True)
    try:
        with answers.remotely("""
            import os
            def environment(): return [*os.environ]
            def pipes():
                found = []
                for fd in range(64):
                    try: found.append(os.fstat(fd).st_ino)
                    except OSError: pass
                return found
        """) as answer:
            left = set(answer.call("environment"))
            assert left <= {"LC_CTYPE", "SYSTEMROOT", "__CF_USER_TEXT_ENCODING"}
            assert os.fstat(read).st_ino not in answer.call("pipes")
    finally:
        os.close(read)
        os.close(write)


def test_other_files_can_neither_be_read_nor_written_where_the_system_helps() -> None:
    """The solutions and the learner's own files; otherwise the report says so."""
    with answers.remotely("""
        def read(path):
            with open(path, "rb") as file: return file.read(5)
        def write(path):
            with open(path, "w") as file: return file.write("x")
    """) as answer:
        assert answer.call("write", "mine.txt") == 1
        outcome = answer.call("read", __file__)
        if any("reading" in name for name in answer.missing):
            assert outcome == b'"""Wh'
        else:
            assert outcome.type == "PermissionError"
            assert answer.call("write", __file__ + ".new").type == "PermissionError"


@LINUX
def test_many_files_end_the_answer_and_folders_cannot_be_made() -> None:
    """A limit for one file alone would let it fill the disk."""
    with answers.remotely("""
        import os
        def folder(): os.mkdir("below")
        def few():
            for number in range(20): open(str(number), "w").close()
            return len(os.listdir())
        def many():
            for number in range(10**9): open(str(number), "w").close()
    """) as answer:
        assert answer.call("few") == 20
        if not any("number of files" in name for name in answer.missing):
            assert answer.call("folder").type == "PermissionError"
        with pytest.raises(process.Ended) as ended:
            answer.call("many")
    assert ended.value.kind == "output"


@pytest.mark.parametrize("error", [RecursionError, PermissionError])
def test_a_folder_that_cannot_be_removed_is_no_grader_error(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too deep, or with a file that nobody may remove: where these can be made, some stay."""
    answer = answers.remotely("def f(): return 1\n")
    assert answer.call("f") == 1

    def cleanup(_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(tempfile.TemporaryDirectory, "cleanup", cleanup)
        folder = answer._process._folder  # type: ignore[union-attr]
        answer.close()
    folder.cleanup()


@LINUX
def test_no_socket_can_be_made_where_the_system_helps(tmp_path: Path) -> None:
    """Neither UDP, which Landlock does not know, nor a socket of another program of the user."""
    place = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()
        with answers.remotely("""
            import asyncio, socket
            def udp(): return socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))
            def unix(path): socket.socket(socket.AF_UNIX).connect(path)
            async def loop(): return await asyncio.sleep(0.01, "asyncio needs a pair of them")
        """) as answer:
            if any("sockets" in name for name in answer.missing):
                pytest.skip("needs seccomp, on x86-64 or ARM64")
            assert answer.call("udp").type == "PermissionError"
            assert answer.call("unix", place).type == "PermissionError"
            assert answer.call("loop") == "asyncio needs a pair of them"


@LINUX
def test_the_graders_limits_and_the_modes_of_files_cannot_be_changed(tmp_path: Path) -> None:
    """A class run could be ended with a limit of processor time, set by an answer."""
    place = tmp_path / "mine"
    place.write_text("x")
    with answers.remotely("""
        import os, resource
        def limit(pid): resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))
        def own(): return resource.prlimit(0, resource.RLIMIT_CORE)
        def priority(pid): os.setpriority(os.PRIO_PROCESS, pid, 19)
        def affinity(pid): os.sched_setaffinity(pid, {0})
        def mode(path): os.chmod(path, 0)
        def times(path): os.utime(path, (0, 0))
    """) as answer:
        if any("sockets" in name for name in answer.missing):
            pytest.skip("needs seccomp, on x86-64 or ARM64")
        assert answer.call("own") == (0, 0)
        for name in ("limit", "priority", "affinity"):
            assert answer.call(name, os.getpid()).type == "PermissionError"
        for name in ("mode", "times"):
            assert answer.call(name, str(place)).type == "PermissionError"


def test_what_the_answer_prints_or_raises_is_escaped() -> None:
    """A verdict is HTML in the learner's own browser."""
    script = "<script>alert(1)</script>"
    for body in (f"print('{script}')", f"raise ValueError('{script}')", f"return '{script}'"):
        page = grade("1.1", f"def request_bytes(*a): {body}\n")._repr_html_()
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_nothing_is_left_of_the_grader_itself() -> None:
    """No thread, no folder, no process."""
    before = threading.active_count()
    answer = answers.remotely("import os\ndef where(): return os.getcwd(), os.getpid()\n")
    folder, pid = answer.call("where")
    assert os.path.isdir(folder)
    answer.close()
    assert not os.path.exists(folder)
    assert threading.active_count() == before
    if sys.platform != "win32":
        assert not _alive(pid)


def _alive(pid: int) -> bool:
    """Whether it runs; what has ended and waits for its parent is not alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return sys.platform != "linux"
