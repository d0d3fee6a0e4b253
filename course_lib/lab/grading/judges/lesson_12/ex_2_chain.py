"""Judge of exercise 12.2: the middlewares of a namespace, one after the other.

    connect(socket)   middleware 1 … 2 … 3  ─▶  ("connect", {"sid": socket.id})
                      2 raises              ─▶  ("connect_error", {"message": "no"})

Exercises.  Builds on: `grading.scene`, `given_door`.
What is new here: the clock is moved while a middleware waits, and the client connects once more, or
leaves.
Left out: a middleware that never ends; the client waits as long as it likes.
"""

from __future__ import annotations

import asyncio
import inspect
import random
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...marks import gave, shown
from ...sandbox.values import Raised
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text
from .given_door import GIVEN

CASES = {
    (ORDER := "one after the other"):
        "Call each middleware with the socket, in order. Then socket.connected is True, and the "
        'answer is ("connect", {"sid": socket.id}). Each client has its own Door.',
    (WAITS := "a middleware that waits"):
        "What it returns may have to be awaited: inspect.isawaitable says so. Nobody has joined, "
        "and the next one is not called, until it has ended.",
    (REFUSES := "a middleware that refuses"):
        'ConnectRefused: ("connect_error", {"message": …}), and "data" if it is not None. No other '
        "middleware is called, and socket.connected stays False.",
    (FAILS := "any other exception"):
        "It refuses, too. Its text alone is the message, str(error); there is no data.",
    (RETURNS := "what a middleware returns"):
        "Only an exception refuses. What is returned, or comes out of an await, is not looked at.",
    (AGAIN := "a client that tries again"):
        "After a refusal another connect begins anew, with the first middleware.",
    (TWICE := "a second connect"):
        'While the first waits, or when it has joined: ("close",), at once, and no middleware is '
        "called for it.",
    (GONE := "a client that leaves meanwhile"):
        "After lost() no more middlewares are called, nobody joins, and connect returns None.",
}  # fmt: skip
CLOSE = ("close",)
SHARED: dict[str, str] = {}  # of all doors, if that is the mistake


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, middlewares: list[Any], wrong: Wrong) -> None:
        self.middlewares, self.wrong = middlewares, wrong
        SHARED.clear()
        self.kept = SHARED if "shared" in wrong else {}
        self.gone = False
        self.first: asyncio.Future[Any] | None = None
        self.asking: asyncio.Task[Any] | None = None
        self.run = 0

    @property
    def state(self) -> str:
        return self.kept.get("state", "free")

    @state.setter
    def state(self, state: str) -> None:
        self.kept["state"] = state

    async def connect(self, socket: Any) -> Any:
        wrong = self.wrong
        if self.state != "free" and f"{self.state} free" not in wrong:
            return await self._second(socket)
        self.run += 1
        run = self.run
        self.state, self.gone = "asking", self.gone and "gone for ever" not in wrong
        self.first = asyncio.get_running_loop().create_future()
        socket.connected = "flag first" in wrong
        if "background" in wrong:
            task = asyncio.ensure_future(self._ask(socket))
            del task
            socket.connected = True
            self.state = "joined"
            return "connect", {"sid": socket.id}
        try:
            self.asking = asyncio.current_task()
            said = await self._ask(socket)
        except BaseException:
            self.state = "stuck" if "stuck" in wrong else "free"
            raise
        if self.gone and "joins gone" not in wrong and not (said and "tells gone" in wrong):
            self.state = "over"
            return ("connect_error", {"message": "gone"}) if "refused gone" in wrong else None
        if said is None and "replaced" in wrong and run != self.run:
            return None
        if said is not None:
            self.state = "joined" if "stuck" in wrong else "free"
            socket.connected = socket.connected and "flag stays" in wrong
        else:
            self.state = "joined"
            if "no flag" not in wrong:
                socket.connected = True
            said = self._joined(socket)
        if not self.first.done():
            self.first.set_result(said)
        return said

    async def _second(self, socket: Any) -> Any:
        wrong, state = self.wrong, self.state
        if f"{state} refused" in wrong:
            return "connect_error", {"message": "already connected"}
        if f"{state} silent" in wrong:
            return None
        if state == "asking" and "second waits" in wrong:
            while self.state == "asking":  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            if self.state == "free":
                return await self.connect(socket)
        if "shares" in wrong and self.first is not None:
            return await asyncio.shield(self.first)
        return CLOSE

    def _joined(self, socket: Any) -> Any:
        return "connect", {"id" if "id for sid" in self.wrong else "sid": socket.id}

    async def _ask(self, socket: Any) -> Any:
        """None, or why not."""
        wrong, said = self.wrong, None
        if "called first" in wrong:
            try:
                values = [one(socket) for one in self.middlewares]
                await asyncio.gather(*filter(inspect.isawaitable, values))
            except Exception as error:
                return self._refusal(error)
            return None
        if "all at once" in wrong:
            calls = [self._call(one, socket) for one in self.middlewares]
            found = await asyncio.gather(*calls, return_exceptions=True)
            errors = [one for one in found if isinstance(one, Exception)]
            return self._refusal(errors[0]) if errors else None
        order = self.middlewares[::-1] if "reversed" in wrong else self.middlewares
        for middleware in order:
            try:
                value = await self._call(middleware, socket)
            except Exception as error:
                if "refused alone" in wrong and type(error).__name__ != "ConnectRefused":
                    raise
                said = self._refusal(error) if said is None or "last error" in wrong else said
                if "goes on" in wrong:
                    continue
                return said
            refused = (value is False and "false refuses" in wrong) or (
                not value and value is not None and "falsy refuses" in wrong) or (
                value is None and "true is needed" in wrong)  # fmt: skip
            if refused:
                return "connect_error", {"message": "refused"}
            if self.gone and not wrong & {"joins gone", "runs gone"}:
                return None
        return None if "joins all the same" in wrong else said

    async def _call(self, middleware: Any, socket: Any) -> Any:
        wrong, value = self.wrong, middleware(socket)
        if "fires" in wrong and inspect.isawaitable(value):
            asyncio.ensure_future(value)  # noqa: RUF006
            return None
        if (
            "no await" in wrong
            or ("asks the function" in wrong and not inspect.iscoroutinefunction(middleware))
            or ("coroutines alone" in wrong and not inspect.iscoroutine(value))
        ):
            if inspect.iscoroutine(value):
                value.close()  # without a warning
            return None
        if "awaits all" in wrong or inspect.isawaitable(value):
            return await value
        return value

    def _refusal(self, error: Exception) -> Any:
        wrong, message = self.wrong, str(error)
        refused = type(error).__name__ == "ConnectRefused"
        if not refused or "always traced" in wrong:
            if "traceback" in wrong:
                message = "".join(traceback.format_exception(error))
            elif "with type" in wrong:
                message = f"{type(error).__name__}: {error}"
            elif "repr" in wrong:
                message = repr(error)
            elif "args" in wrong and error.args:
                message = error.args[0]
            elif "hides" in wrong:
                message = "internal error"
        said: dict[str, Any] = {"message": message}
        data = getattr(error, "data", None)
        there = data if "truthy data" in wrong else data is not None
        always = "data always" in wrong or ("data of refused" in wrong and refused)
        if always or (there and "no data" not in wrong):
            said["data"] = data
        return "connect_error", said

    def lost(self) -> None:
        self.gone = True
        if "cancels" in self.wrong and self.asking is not None:
            self.asking.cancel()


def judge_12_2(answer: Answer, chance: random.Random) -> Verdict:
    """Longer than usual: a list of stories."""
    trial = Scenes(answer, chance, {"Door": Right})
    why, other = text.phrase(chance, at_most=4), text.phrase(chance, at_most=4)
    plain, waits, short = ("def", 0, ""), ("async", 1.0, ""), ("async", 0.3, "")
    refuses, data = ("def", 0, "refuse", why), {"code": chance.randint(400, 499)}

    def story(case: str, scripts: Sequence[Any], *steps: Any) -> None:
        trial.play(case, partial(_story, [list(one) for one in scripts], steps))

    one, two, other_door = "connect", "connect", "connect of another client"
    story(ORDER, [plain, plain, plain], one, 0.1)
    story(ORDER, [], one, 0.1)
    story(ORDER, [plain, ("async", 0, ""), plain], one, 0.1)
    story(ORDER, [waits], one, 0.5, other_door, 0.2, 0.8, 0.5)
    story(WAITS, [waits], one, 0.5, 1.0)
    story(WAITS, [plain, waits, short, plain], one, 0.5, 0.6, 0.5)
    for kind in ("lambda", "object", "task"):
        story(WAITS, [(kind, 1.0, ""), plain], one, 0.5, 1.0)
    story(REFUSES, [plain, refuses, plain], one, 0.1)
    story(REFUSES, [("async", 1.0, "refuse", why), waits], one, 0.5, 1.0, 2.0)
    for kind in ("lambda", "object", "task"):
        story(REFUSES, [(kind, 1.0, "refuse", why), plain], one, 0.5, 1.0)
    for said in (data, 0, None, ""):
        story(REFUSES, [("def", 0, "refuse", why, said), plain], one, 0.1)
    story(REFUSES, [refuses, ("def", 0, "refuse", other)], one, 0.1)
    story(FAILS, [plain, ("def", 0, "fail", "OSError", why), plain], one, 0.1)
    story(FAILS, [("async", 1.0, "fail", "OSError", why), waits], one, 0.5, 1.0, 2.0)
    story(FAILS, [("def", 0, "fail", "KeyError", "token"), plain], one, 0.1)
    for value in (False, True, 0, why, None):
        story(
            RETURNS, [("def", 0, "return", value), ("async", 0, "return", value), plain], one, 0.1
        )
    once = [("async", 1.0, "refuse", why)]
    story(AGAIN, once, one, 1.1, two, 0.5, 1.0)
    story(AGAIN, [plain, ("def", 0, "fail", "OSError", why)], one, 0.1, two, 0.1)
    story(TWICE, [plain, waits], one, 0.5, two, 0.1, "lost", 2.0)
    story(TWICE, [waits], one, 0.0, two, 0.1, "lost", 2.0)
    story(TWICE, [plain, waits], one, 1.5, two, 0.1, 2.0)
    story(GONE, [waits, plain], one, 0.5, "lost", 0.1, 2.0)
    story(GONE, [("async", 1.0, "refuse", why), plain], one, 0.5, "lost", 2.0)
    story(GONE, [waits], one, 0.5, "lost", 2.0)
    return trial.verdict()


def _story(scripts: list[Any], steps: Sequence[Any], scene: Scene) -> None:
    """Numbers are seconds that pass."""
    made = scene.make("GivenDoor", scripts)
    scene.told[:] = [f"middleware {number}: {_told(*one)}" for number, one in enumerate(scripts, 1)]
    tasks: list[Any] = []
    for step in steps:
        if isinstance(step, float):
            scene.run(step)
            if "lost" not in steps[: steps.index(step)] or step > 1:
                _look(scene, made, tasks, "lost" in steps, [one[3:] for one in scripts])
            if any(isinstance(task.value, Raised) for task in tasks):
                return
        elif step == "lost":
            scene.call("lost", on=made)
        else:
            id = f"{text.name(scene.chance)}{len(tasks)}"
            tasks.append(scene.start("connect", id, int(step != "connect"), on=made))
            tasks[-1].given = f"connect of socket {id}"
            scene.told[-1] = f"{scene.now:6.2f} s  {step}, socket {id}"


def _look(scene: Scene, made: Any, tasks: Sequence[Any], leaves: bool, said: list[Any]) -> None:
    """What middlewares have done, who has joined, and what each connect gives.

    A client that leaves may be told so, and its middleware cancelled, at once or later.
    """
    got = made if isinstance(made, Raised) else scene.call("look", on=made)
    if isinstance(got, Raised):
        scene.see(got)
        return
    scene.told.pop()
    log, connected = got
    scene.told += [f"{scene.now:6.2f} s  middleware {line}" for line in log]
    who = f"connected: {', '.join(connected) or 'nobody'}"
    scene.see(got, counts=(log, connected), text=f"{'; '.join(log) or 'no middleware runs'}; {who}")
    for task in tasks:
        if not leaves or isinstance(task.value, Raised):
            scene.see_end(task, counts=_counts(task.value, said))
        else:
            ended = task.happened.how if task.happened else "waits"
            told = f"{task.given} {gave(task.value) if ended == 'returned' else ended}"
            scene.see(task.value, counts=(ended, _counts(task.value, said)), text=told)


def _counts(value: Any, said: list[Any]) -> Any:
    """A list is as good as a tuple; and a message is right, has more than that, or is another."""
    if isinstance(value, Raised):
        return "raised"
    if type(value) not in (tuple, list) or len(value) != 2 or type(value[1]) is not dict:
        return tuple(value) if type(value) is list else value
    kind, data = value
    message = data.get("message", "")
    words = [str(one) for some in said for one in some if isinstance(one, str)]
    if kind == "connect_error" and isinstance(message, str):
        right = message in words or message in map(repr, words)
        more = any(one in message for one in words)
        data = {**data, "message": message if right else "more" if more else "another"}
    return kind, data


def _told(kind: str, seconds: float, act: str, *said: Any) -> str:
    """What a middleware is and does."""
    kinds = {
        "def": "def",
        "async": "async def",
        "lambda": "a lambda that returns a coroutine",
        "task": "def that returns a task",
        "object": "an object with async def __call__",
    }
    does = {"": "", "return": ", returns {}", "refuse": ", raises ConnectRefused({})",
            "fail": ", raises {}({})"}[act]  # fmt: skip
    first = [str(one) if act == "fail" and not at else shown(one) for at, one in enumerate(said)]
    given = does.format(", ".join(first)) if act == "refuse" else does.format(*first)
    return kinds[kind] + (f", waits {seconds} s" if seconds else "") + given


EXERCISES = (Exercise(
    number="12.2", title="The middleware chain", section="middleware", minutes=18, core=True,
    names=("Door",), cases=CASES, judge=judge_12_2, given=(("<the judge>", GIVEN),),
    guards=(NO_SLEEP,),
    hints=(
        "Keep on self which of three states the client is in: nothing yet, a connect that waits, "
        "joined. And whether it is gone. The first line of connect looks at the state.",
        "for middleware in self.middlewares: result = middleware(socket); if "
        "inspect.isawaitable(result): await result. try and except Exception around these two. "
        "After each of them somebody may have called lost().",
        'except Exception as error: back to the first state; said = {"message": str(error)}; data '
        '= getattr(error, "data", None); if data is not None, said["data"] = data; return '
        '("connect_error", said). After the loop: socket.connected = True.',
    ),
    wrong_ideas={
        "continues_after_error": WrongIdea("the chain goes on after an error",
            "The first that says no has decided. Those after it count on what it has checked: they "
            "look up a name that nobody has proved. Return in except.",
            "goes on; goes on, last error; goes on, joins all the same"),
        "connected_before_async_done": WrongIdea("the client has joined while a middleware waits",
            "The middleware asks a database whether this client may come in, and meanwhile the "
            "client is in and acts. Await what the middleware returns, and set socket.connected "
            "after the last one.",
            "no await; fires; flag first; background; flag first, flag stays"),
        "two_connects_two_sockets": WrongIdea("a second connect begins a second chain",
            "Both chains end well, and one client has two sockets in this namespace. Remember that "
            "one is under way, and close the connection.",
            "asking free; asking free, joined free; joined free; asking free, replaced; asking "
            "free, joined free, replaced"),
        "traceback_in_message": WrongIdea("the client is told where the server has failed",
            "Names of files, classes and lines help an attacker, and nobody else: a user cannot "
            "repair them. The message is str(error); the rest belongs into the server's log.",
            "traceback; with type; repr; traceback, always traced; with type, always traced; repr, "
            "always traced"),
        "joins_after_leaving": WrongIdea("a client that has left joins all the same",
            "While the middleware waited, the connection has ended. A socket that joins now is a "
            "ghost: nobody will ever take it out. Look after each await whether the client is "
            "still there.", "joins gone; joins gone, tells gone"),
        "false_refuses": WrongIdea("a middleware refuses with what it returns",
            "A def without a return gives None, and one that ends with a comparison gives False by "
            "accident. To refuse is something that nobody does by accident: an exception.",
            "false refuses; falsy refuses; true is needed; falsy refuses, true is needed"),
        "all_at_once": WrongIdea("all middlewares begin together",
            "The second one reads what the first has noted in socket.data, and must not run if the "
            "first refuses. Call the next one when the last has ended.",
            "all at once; called first"),
        "awaits_everything": WrongIdea("every middleware is a coroutine function",
            "A def returns None, or anything, and `await None` is a TypeError: this client is "
            "refused because of a check that has passed. Ask inspect.isawaitable(result) first.",
            "awaits all"),
        "asks_the_function": WrongIdea("only an async def can have something to await",
            "A lambda, or an object with an async __call__, gives a coroutine, too, and a def may "
            "return a task. Nobody awaits them, and the client is in. Look at the result, and not "
            "at the function.", "asks the function; coroutines alone"),
        "only_refused_refuses": WrongIdea("any other exception is not caught",
            "A database that is down raises OSError. The client has to be told that it may not "
            "join, or it waits for ever: except Exception.",
            "refused alone; refused alone, stuck"),
        "second_connect_waits": WrongIdea("the second connect waits for the first",
            "There is nothing to wait for: whatever comes of the first, the client has broken the "
            "rules. Close at once.", "second waits; shares; second waits, joined free"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "A client that was refused may try again: go back to the first state.": "stuck",
        "data belongs beside the message: whoever refuses has something to tell the page.":
            "no data",
        "0 and '' are data. Only None is none.": "truthy data",
        'Without data there is no "data" in the answer.': "data always; data of refused",
        "The message is str(error), also for an exception that is not ConnectRefused.":
            "hides; args",
        "Each Door has its own state: keep it on self.": "shared",
        "Middlewares are called in the order of the list.": "reversed",
        'The second connect is answered with ("close",).':
            "asking refused; joined refused; asking refused, joined refused; asking silent; joined "
            "silent; asking silent, joined silent; asking silent, joined refused",
        "socket.connected is True when the client has joined: set it.": "no flag",
        'The key is "sid".': "id for sid",
        "A client that is refused has not joined: socket.connected is False.":
            "flag first, flag stays, goes on",
        "The client is gone: call no more middlewares.": "runs gone; runs gone, tells gone",
        "The client is gone: nobody hears the refusal. Return None.": 
            "tells gone; refused gone",
        "connect returns None after lost(); whoever has called it still waits for this.": "cancels",
    },
),)  # fmt: skip
