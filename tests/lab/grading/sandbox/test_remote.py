"""A judge calls the answer, lends it objects, and moves its clock."""

from __future__ import annotations

import json
import zlib
from typing import Any
from unittest import mock

import pytest

from course_lib.errors import LocalError, RemoteError
from course_lib.lab.grading.sandbox import process, remote
from course_lib.lab.grading.sandbox.values import NotPlain, Raised

from .. import answers, local


def test_an_exception_is_a_value_with_its_place() -> None:
    """The learner's line, not ours."""
    with answers.remotely("""\
        def outer(x): return inner(x)
        def inner(x):
            return 1 / x
    """) as answer:
        raised = answer.call("outer", 0)
        assert isinstance(raised, Raised)
        assert (raised.type, raised.where) == ("ZeroDivisionError", "line 3 in inner")
        assert "answer.py line 1 in outer: def outer(x): return inner(x)" in raised.lines
        assert answer.call("outer", 2) == 0.5


def test_a_text_that_cannot_be_run_says_where() -> None:
    """A syntax error, and an exception at the top."""
    for text, kind, where in (
        ("x = 1\ndef f(:\n", "SyntaxError", "line 2"),
        ("x = 1\ny = z\n", "NameError", "line 2"),
    ):
        with answers.remotely(text) as answer:
            raised = answer.restart()
            assert isinstance(raised, Raised)
            assert (raised.type, raised.where) == (kind, where)


def test_objects_stay_there_and_are_called_by_name() -> None:
    """Classes, generators, attributes; a restart forgets them all."""
    with answers.remotely("""
        class Counter:
            def __init__(self, start): self.count = start
            def up(self, by=1): self.count += by; return self.count
        def words():
            got = yield "first"
            yield got * 2
        def same(a, b): return a is b
    """) as answer:
        counter = answer.make("Counter", 5)
        assert (counter.call("up"), counter.call("up", by=3), counter.get("count")) == (6, 9, 9)
        assert answer.call("same", counter, counter) is True
        assert isinstance(answer.call("Counter", 1), NotPlain)
        words = answer.make("words")
        assert (words.call("__next__"), words.call("send", "ab")) == ("first", "abab")
        assert words.call("__next__").type == "StopIteration"
        answer.restart()
        assert counter.call("up").type == "KeyError"


class Reader:
    """Gives its bytes in the pieces that the judge chose."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = [*pieces]
        self.asked: list[int] = []

    def read(self, size: int) -> bytes:
        self.asked.append(size)
        if not self.pieces:
            raise EOFError("the connection ended")
        return self.pieces.pop(0)


@pytest.mark.parametrize("waits", [False, True])
def test_the_answer_calls_an_object_of_the_judge(waits: bool) -> None:
    """With plain values, in the middle of a call; its exceptions are raised there."""
    word, prefix = ("await ", "async ") if waits else ("", "")
    with answers.remotely(f"""
        {prefix}def collect(reader):
            data = b""
            try:
                while True: data += {word}reader.read(100)
            except EOFError as error:
                return data, str(error)
        {prefix}def other(reader, name): return {word}getattr(reader, name)()
    """) as answer:
        reader = Reader(b"a", "안".encode(), b"")
        lent = answer.peer(reader, "read", waits=waits)
        assert answer.call("collect", lent) == ("a안".encode(), "the connection ended")
        assert reader.asked == [100] * 4
        for name in ("nothing", "_pieces", "pieces", "stop"):
            raised = answer.call("other", lent, name)
            assert raised.type == "AttributeError", name
        assert raised.message == "there is no stop"


def test_other_tasks_of_the_answer_run_where_it_waits_for_the_judge() -> None:
    """As where a message is waited for: one task reads, and another one does the rest."""
    with answers.remotely("""
        import asyncio

        async def collect(reader):
            found, told = asyncio.Event(), []

            async def read():
                for _ in range(3):
                    told.append(await reader.read(1))
                    found.set()

            reading = asyncio.create_task(read())
            await found.wait()
            told.append("found")
            await reading
            return told
    """) as answer:
        lent = answer.peer(Reader(b"a", b"b", b"c"), "read", waits=True)
        assert answer.call("collect", lent) == [b"a", "found", b"b", b"c"]


def test_the_judge_names_what_may_be_called() -> None:
    """Its object may have other methods, such as one that ends the story."""
    with answers.remotely("") as answer:
        for methods in ((), ("nothing",), ("pieces",)):
            with pytest.raises(LocalError, match="Reader has no methods"):
                answer.peer(Reader(), *methods)


class Odd:
    """Converts what it is given in several ways, and raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def use(self, given: Any) -> Any:
        return {"float": float, "code": lambda text: text.encode(), "size": lambda n: b"x" * n,
                "deep": repr, "part": lambda n: [1, 2, 3][n], "ratio": lambda n: 1 / n,
                "hash": lambda x: {x: 1}}[given[0]](given[1])  # fmt: skip

    def fail(self) -> None:
        raise self.error or AssertionError


def test_arguments_that_an_object_cannot_take_are_the_answers_fault() -> None:
    """Whatever Python raises for them is raised in the answer."""
    with answers.remotely("""
        deep = []
        for _ in range(500): deep = [deep]
        ODD = [10 ** 300, -10 ** 300, 10 ** 400, float("nan"), -float("inf"), 0, None, True,
               "\\ud83d", "x", b"x", [], {}, object(), deep]
        def count(): return len(ODD)
        def f(odd, how, number): return odd.use((how, ODD[number]))
        def many(odd): return odd.use(*ODD)
        def named(odd): return odd.use(given=7, more=8)
    """) as answer:
        odd = answer.peer(Odd(), "use")
        kinds = set()
        for number in range(answer.call("count")):
            for how in ("float", "code", "size", "deep", "part", "ratio", "hash"):
                got = answer.call("f", odd, how, number)
                kinds |= {got.type} if isinstance(got, Raised) else set()
        assert kinds >= {"AttributeError", "ZeroDivisionError", "OverflowError", "TypeError"}
        assert answer.call("many", odd).type == answer.call("named", odd).type == "TypeError"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EOFError("over"), "EOFError"),
        (AttributeError("over"), "AttributeError"),
        (RecursionError("over"), "RecursionError"),
        (json.JSONDecodeError("over", "{", 1), "ValueError"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "over"), "UnicodeError"),
        (zlib.error("over"), "Exception"),
        (RemoteError("over", 1002), "Exception"),
        (LocalError("over"), "Exception"),
    ],
)
def test_an_exception_of_an_object_is_the_nearest_that_the_answer_has(
    error: Exception, kind: str
) -> None:
    """The answer's process knows built-in exceptions, and some of them need more than a text."""
    with answers.remotely("def f(odd): odd.fail()") as answer:
        raised = answer.call("f", answer.peer(Odd(error), "fail"))
        assert (raised.type, "over" in raised.message) == (kind, True)


def test_an_exception_that_the_judge_defines_is_for_the_judge() -> None:
    """So a judge can end a story, and the answer cannot catch it."""

    class Enough(Exception):
        pass

    text = "def f(odd):\n    try: odd.fail()\n    except BaseException: return 1\n"
    with answers.remotely(text) as answer, pytest.raises(Enough):
        answer.call("f", answer.peer(Odd(Enough()), "fail"))


def test_a_fault_of_an_object_of_the_judge_is_found_where_judges_are_tested() -> None:
    """There, without a process, no answer is odd enough to make one raise AttributeError."""
    with (
        mock.patch.object(remote.Remote, "launch", local.Local),
        answers.remotely(
            "def f(odd):\n    try: odd.fail()\n    except Exception: pass\n"
        ) as answer,
    ):
        for error in (ValueError("x"), ConnectionResetError("x")):
            assert answer.call("f", answer.peer(Odd(error), "fail")) is None
        for error in (AttributeError("x"), NameError("x"), ZeroDivisionError("x")):
            with pytest.raises(AssertionError, match="an object of the judge raised"):
                answer.call("f", answer.peer(Odd(error), "fail"))


DEEP = """
import json, sys
def forge(kind, depth):
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Server": frame = frame.f_back
    server = frame.f_locals["self"]
    value = "[" * depth + "]" * depth
    if kind == "loop": kind, value = "value", '{"happened": ' + value + "}"
    data = f'{{"id": "{server._asked}", "{kind}": {value}}}'.encode()
    server.pipe._write(server.pipe._outgoing, len(data).to_bytes(4, "big") + data)
    return server.pipe.receive() if kind == "ask" else 1
async def wait(*given): forge(*given)
"""


@pytest.mark.parametrize("depth", [100, 985, 990, 995, 5000])
def test_lists_within_lists_without_end_are_the_answers_fault(depth: int) -> None:
    """In a value, in what it asks of an object, in what its loop has done."""
    with answers.remotely(DEEP) as answer:
        for kind in ("value", "ask", "raised"):
            try:
                assert isinstance(answer.call("forge", kind, depth), (Raised, dict))
            except process.Ended as ended:
                assert ended.kind == "broken"
                answer.restart()
        stage = answer.stage()
        stage.start("wait", "loop", depth)
        with pytest.raises(process.Ended) as told:
            stage.run(until=1)
        assert len(str(told.value)) < 400


WAITERS = """
    import asyncio
    class Box:
        def __init__(self): self.news = asyncio.Event()
        def put(self): self.news.set()
        async def take(self, hold):
            try:
                async with asyncio.timeout(hold):
                    await self.news.wait()
            except TimeoutError:
                return "nothing"
            return "news"
    async def poll():
        for _ in range(100): await asyncio.sleep(0.1)
        return "polled"
    async def spin():
        while True: await asyncio.sleep(0)
    async def fail(): raise ValueError("안녕")
    def now(): return asyncio.get_running_loop().time()
"""


def test_coroutines_wait_on_the_judges_clock() -> None:
    """Hours pass at once, and never further than the judge says."""
    with answers.remotely(WAITERS) as answer:
        stage = answer.stage()
        box = stage.make("Box")
        first, second = (stage.start("take", hold, on=box) for hold in (3600, 7200))
        assert stage.run(until=3599.9).happened == []
        [late] = stage.run(until=3600).happened
        assert (late.at, late.task, late.how, late.value) == (3600.0, first, "returned", "nothing")
        assert stage.call("now") == 3600.0
        stage.run(until=5000)
        stage.call("put", on=box)
        turn = stage.run(until=5000)
        assert [(h.at, h.task, h.value) for h in turn.happened] == [(5000.0, second, "news")]
        assert turn.waiting == []


def test_a_loop_that_polls_can_be_told_from_one_that_waits() -> None:
    """By its timers; one that spins never comes to rest."""
    with answers.remotely(WAITERS) as answer:
        stage = answer.stage()
        stage.start("poll")
        turn = stage.run(until=20)
        assert turn.happened[0].value == "polled"
        assert (turn.timers >= 100, turn.restless) == (True, False)
        stage.start("spin")
        assert stage.run(until=21, steps=50).restless


def test_a_task_is_cancelled_and_a_failure_is_told() -> None:
    """As when a peer leaves, and as when the code is wrong."""
    with answers.remotely(WAITERS) as answer:
        stage = answer.stage()
        waiting = stage.start("take", 10, on=stage.make("Box"))
        failing = stage.start("fail")
        [failed] = stage.run(until=1).happened
        assert (failed.task, failed.how, failed.value.type) == (failing, "raised", "ValueError")
        stage.cancel(waiting)
        [left] = stage.run(until=1).happened
        assert (left.task, left.how) == (waiting, "cancelled")
        assert stage.start("now").type == "TypeError"


def test_a_process_that_ended_is_replaced_on_demand() -> None:
    """After `Ended` a judge may go on with a new one."""
    with answers.remotely(
        "import os\ndef f(x):\n    if x: os._exit(1)\n    return 'ok'\n"
    ) as answer:
        with pytest.raises(process.Ended):
            answer.call("f", 1)
        answer.restart()
        assert answer.call("f", 0) == "ok"


def test_a_forgotten_await_is_told_in_words_of_the_learner() -> None:
    """Python warns with the place where it noticed, which is the grader's own file."""

    class Reader:
        def read(self, n: int) -> bytes:
            return b"x" * n

    text = "async def f(reader):\n    reader.read(3)\n    return 1\n"
    with answers.remotely(text) as given:
        assert given.call("f", given.peer(Reader(), "read", waits=True)) == 1
    assert given.output == "answer.py line 2: RuntimeWarning: coroutine 'read' was never awaited\n"


def test_a_long_message_of_an_exception_says_that_it_was_cut() -> None:
    """An ellipsis at its end."""
    with answers.remotely("def f(): raise ValueError('x' * 1000)") as given:
        assert given.call("f").message == "x" * 299 + "…"
