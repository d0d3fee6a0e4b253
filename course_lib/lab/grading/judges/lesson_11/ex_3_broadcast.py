"""Judge of exercise 11.3: one message for many, while one leaves, one is broken, one is slow.

    members  ada  kim (leaves)  lee (broken)  mia (1,000 s)  noa
    broadcast(members, "hi")     at 0 s: ada, lee, mia, noa are sent it      1,000 s: ["lee"]

Exercises.  Builds on: `grading.scene`.
What is new here: each `send` tells the judge that it begins, and what happens in it is written in
the story: somebody leaves, or comes, or it raises, after so many seconds.
Left out: how much waits for a slow one; see exercise 6.4.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from functools import partial
from typing import Any

from ...marks import gave
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Over, Raised, Verdict, Wrong, WrongIdea, text

CASES = {
    (ALL := "everybody gets it"):
        "Each member is sent the message once, as it is: await member.send(message). If all have "
        "got it, the answer is [].",
    (CHANGES := "one leaves, or comes, meanwhile"):
        "`members` changes while you work: go over a copy of it. Whoever comes later was not "
        "meant.",
    (BROKEN := "one is broken"):
        "Any exception of a `send` is about this member alone: its name is in the list, and the "
        "others get the message.",
    (SLOW := "one is slow"):
        "All others get it in the same moment. broadcast waits for the slow one, too: it may "
        "still fail.",
    (GONE := "one has left before its turn"):
        "Look before each `send` whether this one is still in `members`. Whoever has left gets "
        "nothing, and has not failed.",
    (KEPT := "the members afterwards"):
        "The dict is the server's: take nobody out, and put nobody in.",
}  # fmt: skip
GIVEN = '''
import asyncio


class LinkBroken(Exception):
    pass


ERRORS = {"OSError": OSError, "ValueError": ValueError, "LinkBroken": LinkBroken}


class GivenMember:
    """The judge's: it tells when it is sent something, and does what the story says."""

    def __init__(self, name, members, post, seconds=0.0, error="", goes=(), comes=()):
        self._name, self._members, self._post = name, members, post
        self._seconds, self._error, self._goes, self._comes = seconds, error, goes, comes

    async def send(self, message):
        self._post.sent(self._name, message)
        for name in self._goes:
            self._members.pop(name, None)
        for name in self._comes:
            self._members[name] = GivenMember(name, self._members, self._post)
        if self._seconds:
            await asyncio.sleep(self._seconds)
        if self._error:
            raise ERRORS[self._error]("the connection is broken")


def given_members(rows, post):
    members = {}
    for name, how in rows:
        members[name] = GivenMember(name, members, post, **how)
    return members


def given_names(members):
    return [*members]
'''
LONG = 1000.0  # seconds that the slow one needs
How = dict[str, Any]  # what happens in a member's `send`


class Post:
    """What the judge is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, Any]] = []

    def sent(self, name: str, message: Any) -> None:
        self.begun.append((name, message))


async def right(members: dict[str, Any], message: Any, wrong: Wrong) -> list[str]:
    """The answer, with a switch for each mistake."""
    if "nobody raises" in wrong and not members:
        raise ValueError
    message = [message] if "changes it" in wrong else message
    last = "last only" in wrong
    items = [[*members.items()][-1] if last else item for item in members.items()]
    failed: list[str] = []
    if "serial" in wrong:
        for name, member in members.items() if "live" in wrong else items:
            await _to(name, member, members, message, failed, wrong)
            if failed and "ends with the first" in wrong:
                break
    else:
        sends = [_to(name, member, members, message, failed, wrong) for name, member in items]
        tasks = [asyncio.ensure_future(send) for send in sends]
        if "forgets" in wrong:
            await asyncio.sleep(0)
            return [] if "early" in wrong else [*failed]
        await asyncio.gather(*tasks)
    if "names later" in wrong:
        broken = [name in failed for name, _ in items]
        failed = [name for name, bad in zip(members, broken, strict=False) if bad]
    return [] if "silent" in wrong else failed


async def _to(
    name: str, member: Any, members: dict[str, Any], message: Any, failed: list[str], wrong: Wrong
) -> None:
    """One of them."""
    if name not in members:
        failed += [name] if "gone has failed" in wrong else []
        if "to the gone" not in wrong:
            return
    try:
        if "keys" in wrong:
            raise AttributeError
        async with asyncio.timeout(LONG / 2 if _limited(wrong) else None):
            sending = member.send(message)
            if "not awaited" in wrong:
                sending.close()
            else:
                await sending
    except Exception as error:
        if _limited(wrong) and isinstance(error, TimeoutError):
            failed += [] if "silent limit" in wrong else [name]
            return
        if "stops" in wrong or ("only OSError" in wrong and not isinstance(error, OSError)):
            raise
        if "again" in wrong:
            await _to(name, member, members, message, failed, wrong - {"again"})
            return
        failed.append(name)
        if "takes out" in wrong:
            members.pop(name, None)


def _limited(wrong: Wrong) -> bool:
    return bool(wrong & {"limit", "silent limit"})


def judge_11_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, right, reads=_reading)
    names = [f"{name} {chance.randint(10, 99)}" for name in ("Ada", "Kim", "Lee", "Mia", "Noa")]
    ada, kim, _, mia, noa = names

    def story(case: str, **how: How) -> None:
        """By first names; whoever is not named here does what is right, at once."""
        rows = [(name, how.get(name[:3].lower(), {})) for name in names]
        trial.play(case, partial(_story, rows))

    story(ALL)
    trial.play(ALL, partial(_story, []))
    story(CHANGES, kim={"goes": [kim]})
    story(CHANGES, kim={"comes": [f"{ada}, too"]})
    for error in ("OSError", "ValueError", "LinkBroken"):
        story(BROKEN, lee={"error": error})
    story(BROKEN, ada={"error": "OSError"}, noa={"error": "LinkBroken"})
    story(BROKEN, kim={"error": "OSError", "goes": [kim]})
    story(SLOW, lee={"error": "LinkBroken", "seconds": 2.0})
    story(SLOW, mia={"seconds": LONG})
    story(SLOW, ada={"seconds": LONG}, kim={"seconds": 2.0})
    story(SLOW, kim={"goes": [kim]}, lee={"error": "ValueError", "seconds": 2.0},
          mia={"seconds": LONG})  # fmt: skip
    story(SLOW, ada={"error": "OSError", "seconds": LONG}, mia={"seconds": 3.0})
    story(GONE, kim={"goes": [mia]})
    story(GONE, ada={"goes": [ada, kim]}, mia={"goes": [noa]})
    return trial.verdict()


def _story(rows: list[tuple[str, How]], scene: Scene) -> None:
    post, message = Post(), text.phrase(scene.chance, at_most=4)
    members = scene.make("given_members", rows, scene.lend(post, "sent"))
    for name, how in rows:
        if how:
            scene.tell(f"{name}: in send, {_told(how)}")
    task = scene.start("broadcast", members, message)
    if isinstance(task.number, Raised):
        scene.see_end(task)
        return
    busy = scene.run(steps=200).restless
    if busy:
        scene.see(None, counts="busy", text="broadcast goes round and round, without pause")
        raise Over
    _see_sent(scene, post, message, [name for name, _ in rows])
    scene.see_end(task)
    slowest = max((how.get("seconds", 0.0) for _, how in rows), default=0.0)
    if slowest:
        scene.run(slowest + 1.0)
        _see_sent(scene, post, message, [name for name, _ in rows])
        scene.see_end(task)
    left = scene.call("given_names", members)
    scene.told.pop()  # the line of this call
    scene.see(left, case=KEPT, text=f"members are then {left!r}")


def _see_sent(scene: Scene, post: Post, message: str, names: list[str]) -> None:
    """Whose `send` has begun by now."""
    said = f"send was called by {scene.now:.2f} s for "
    odd = next((one for _, one in post.begun if one != message), None)
    if odd is not None:
        scene.see(odd, counts="other", text=f"send is given {gave(odd)}, and not the message")
        raise Over
    begun = [name for name, _ in post.begun]
    counts = [(name, begun.count(name) > 1) for name in sorted({*begun})]
    scene.see(begun, counts=counts, text=said + (", ".join(sorted(begun)) or "nobody"))


def _told(how: Mapping[str, Any]) -> str:
    """What happens in it."""
    said = [f"{name} leaves" for name in how.get("goes", ())]
    said += [f"{name} comes" for name in how.get("comes", ())]
    said += [f"{how['seconds']:g} s pass"] if "seconds" in how else []
    said += [f"{how['error']} is raised"] if "error" in how else []
    return ", ".join(said)


def _reading(value: Any) -> Any:
    """Names, in any order."""
    if type(value) not in (list, tuple, set):
        raise TypeError
    return sorted(value)


EXERCISES = (Exercise(
    number="11.3", title="A broadcast", section="middle", minutes=15, names=("broadcast",),
    cases=CASES, judge=judge_11_3, given=(("<the members>", GIVEN),), guards=(NO_SLEEP,),
    hints=(
        "Three things happen while you send: the dict changes, a send raises, a send takes long. "
        "Each of them is about one member. What would stop the others?",
        "Write an inner async def that sends to one member: it looks whether the name is still "
        "there, and catches what its send raises. Then let all of them run at the same time.",
        "async def one(name): if name in members: try: await members[name].send(message); except "
        "Exception: failed.append(name). Then await asyncio.gather(*[one(name) for name in "
        "list(members)]), and return failed.",
    ),
    wrong_ideas={
        "changed_during_iteration": WrongIdea("a loop goes over `members` itself",
            "Somebody leaves in the middle, and a dict that changes ends the loop with "
            "RuntimeError: all who come after get nothing. Go over list(members).",
            "serial, live; serial, live, stops; serial, live, silent"),
        "one_error_stops_all": WrongIdea("an error of one ends it for all",
            "One broken connection is nobody else's. An exception that leaves a loop, a gather or "
            "a TaskGroup ends the broadcast. Catch it where this one member is sent the message.",
            "stops; serial, stops; serial, ends with the first"),
        "awaits_each": WrongIdea("each member waits for the one before",
            "`await` in the loop waits until this one has it, and with a slow one all who come "
            "after wait as long. Let all sends run at the same time: a task for each, or "
            "asyncio.gather.", "serial"),
        "sends_to_the_departed": WrongIdea("whoever was there at the beginning is sent it",
            "A task begins a moment after it was made, and by then a member may have left. Its "
            "connection is closed. Look in `members` in the moment before you send.",
            "to the gone"),
        "drops_the_slow": WrongIdea("a slow one has a time limit",
            "Nobody has set a deadline. Mia reads slowly, and her message comes all the same; "
            "with a time limit she loses it. The others do not wait for her anyway.",
            "limit; silent limit"),
        "does_not_wait": WrongIdea("it returns before all have ended",
            "create_task only begins. A send that fails two seconds later is in no list then, and "
            "its exception is read by nobody. Wait for the tasks: await asyncio.gather(*tasks).",
            "forgets; forgets, early"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "The result is a list of the names whose send has failed.": "silent",
        "Any exception may come: except Exception.": "only OSError",
        "The dict has changed meanwhile, and its names stand in other places. Keep those that you "
        "have begun with: names = list(members).": "names later; names later, to the gone",
        "Whoever has left has not failed: nothing was sent to them.": "gone has failed",
        "Send once to each. A broken connection is not repaired by a second try.": "again",
        "The names of the broken go into the list. They stay members: take nobody out.":
            "takes out",
        "A coroutine that nobody awaits never runs: await member.send(message).": "not awaited",
        "Send the message itself, as it is.": "changes it",
        "There may be no members. asyncio.wait wants one task at least; gather does not.":
            "nobody raises",
        "An inner function reads the variable of a loop when it runs, and by then it is the last "
        "one. Give it as an argument.": "last only",
        "`members` is a dict: its keys are names, and its values have `send`.": "keys",
    },
),)  # fmt: skip
