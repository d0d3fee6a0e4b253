"""Judge of exercise 9.3: listeners, and a client that registers its own once.

    on("say", f)  once("say", g)  on_any(h)
    receive("say", "hi")  ─▶  h("say", "hi")  f("hi")  g("hi")  ─▶  []
    tell("connect")       ─▶  the listeners of "connect" alone

Exercises.  Builds on: `grading.trial`.
What is new here: listeners cannot leave the answer's process, so the judge has a text of its own
there.  It makes them, and says which were called, with what.
Left out: coroutines, values that listeners return, listeners of what is sent.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (ON := "on, and receive"):
        "All listeners of this name are called with the arguments, in the order in which they "
        "were registered, at each event. An event for which there are none is no error.",
    (ANY := "on_any"):
        "A catch-all is called at each event that is received, before the event's own listeners, "
        "and gets the name first. What the library tells is no event of the peer.",
    (ONCE := "once"):
        "It is called at the next event only. It has left before it is called, so an exception, "
        "or an event in the middle of it, changes nothing. Its neighbours are called as always.",
    (OFF := "off"):
        "This listener of this name is called no more, whether on or once has registered it. "
        "Without a listener: all of this name. If there is none, nothing happens.",
    (FAILS := "a listener that raises an exception"):
        "The others are called all the same. receive returns a list of what was raised.",
    (MEANWHILE := "a listener that changes the listeners"):
        "Whoever was registered when the event came is called. Go through a copy of the list.",
    (TWO := "two sockets"):
        "Each socket has its own listeners: make them in __init__, on self.",
    (RESERVED := "reserved names"):
        "An event with one of the six names raises ValueError, and nobody is called, no catch-all "
        "either. The library may tell them, and a program may listen to them.",
    (FOLLOW := "follow"):
        "follow is called once. Each connect says join, and each news is shown once, however often "
        "the client has connected.",
}  # fmt: skip
LISTENERS = ("a", "b", "c", "g", "h")
ACTS = {"raises": "raises RuntimeError", "receive": "makes the socket receive the same event",
        "on": "calls on(…, {})", "off": "calls off(…, {})",
        "on_any": "calls on_any({})"}  # fmt: skip
NAMES = ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
GIVEN = '''
class GivenStory:
    """Sockets of the answer, and listeners that say that they were called."""

    def __init__(self, count):
        self.sockets, self.made, self.acts = [Listeners() for _ in range(count)], {}, {}
        self.heard = []

    def acts_like(self, who, act):
        self.acts[who] = act

    def __getattr__(self, method):
        return lambda number, *args: self.do(number, method, *args)

    def do(self, number, method, *args):
        self.heard = []
        if method in ("receive", "tell"):
            got = getattr(self.sockets[number], method)(*args)
            return [*map(self.said_of, got)] if isinstance(got, list) else got
        which = 0 if method == "on_any" else 1
        functions = [self.listener(number, one) for one in args[which:]]
        getattr(self.sockets[number], method)(*args[:which], *functions)

    def said_of(self, error):
        return str(error) if type(error) is RuntimeError else type(error).__name__

    def listener(self, number, who):
        if (number, who) not in self.made:
            def called(*args):
                self.heard.append([who, *args])
                act, *more = self.acts.pop(who, ["nothing"])
                if act == "raises":
                    raise RuntimeError(f"{who} fails")
                if act != "nothing":
                    if act in ("on", "off", "on_any"):
                        more[-1] = self.listener(number, more[-1])
                    getattr(self.sockets[number], act)(*more)
            self.made[number, who] = called
        return self.made[number, who]


class GivenClient:
    """What `follow` gets: a client whose listeners are right."""

    def __init__(self):
        self.named, self.shown, self.said = {}, [], []
        follow(self, self.shown.append)

    def on(self, name, listener=None):
        if listener is None:
            return lambda function: self.on(name, function)
        self.named.setdefault(name, []).append((listener, False))
        return listener

    def once(self, name, listener=None):
        if listener is None:
            return lambda function: self.once(name, function)
        self.named.setdefault(name, []).append((listener, True))
        return listener

    def off(self, name, listener=None):
        left = [one for one in self.named.get(name, []) if listener not in (None, one[0])]
        self.named[name] = left

    def emit(self, *event):
        self.said.append(list(event))

    def happens(self, name, *args):
        self.said = []
        self.shown.clear()
        before = [*self.named.get(name, [])]
        for entry in before:
            if entry[1] and entry in self.named[name]:
                self.named[name].remove(entry)
            entry[0](*args)
        return self.said + [["shown", one] for one in self.shown]
'''
LATE = frozenset(("leaves later", "stays if it fails", "leaves last"))
SHARED: dict[str, list[Any]] = {}  # of all sockets, if that is the mistake


class Right:
    """The answer, with a switch for each mistake.  An entry: listener, and whether it is `once`."""

    def __init__(self, wrong: Wrong) -> None:
        SHARED.clear()
        self.wrong = wrong
        self.named: dict[str, list[Any]] = SHARED if "shared" in wrong else {}
        self.any: list[Any] = []

    def on(self, name: str, listener: Any) -> None:
        self._add(name, listener, once=False)

    def once(self, name: str, listener: Any) -> None:
        self._add(name, listener, once="once is on" not in self.wrong)

    def _add(self, name: str, listener: Any, *, once: bool) -> None:
        wrong = self.wrong
        if name in NAMES and "on refuses" in wrong:
            raise ValueError(name)
        entries = self.named.setdefault(name, [])
        if "one each" in wrong:
            entries.clear()
        entries.insert(0 if "newest first" in wrong else len(entries), (listener, once))

    def off(self, name: str, listener: Any = None) -> None:
        wrong, entries = self.wrong, self.named.get(name)
        if entries is None and "off raises" in wrong:
            raise KeyError(name)
        if listener is None or "off takes all" in wrong:
            kept = entries if listener is None and "off needs one" in wrong else None
            self.named[name] = kept or []
            return
        found = [one for one in entries or [] if one[0] is listener
                 and not (one[1] and "off misses once" in wrong)]  # fmt: skip
        if found and entries is not None:
            entries.remove(found[-1])
        elif "off raises" in wrong:
            raise ValueError(name)

    def on_any(self, listener: Any) -> None:
        self.any.append((listener, False))

    def receive(self, name: str, *args: Any) -> Any:
        wrong = self.wrong
        free = "reserved ok" in wrong or ("some reserved" in wrong and name not in NAMES[::2])
        free = free or ("node's names" in wrong and name in NAMES[4:])
        if name in NAMES and not free:
            if "any hears reserved" in wrong:
                self._call(self.any, (name, *args), [])
            if "quiet" in wrong:
                return []
            raise ValueError(name)
        if name == "connection" and "connection" in wrong:
            raise ValueError(name)
        errors: list[Exception] = []
        entries = self.named.setdefault(name, [])
        called = args if "any without name" in wrong else (name, *args)
        catch_all = not ("any is fallback" in wrong and entries)
        parts: list[Any] = [(self.any, called)] if catch_all else []
        parts.insert(0 if "any after" in wrong else len(parts), (entries, args))
        for some, given in parts:
            if not self._call(some, given, errors):
                break
        if errors and "raises after" in wrong:
            raise errors[0]
        if "no list" in wrong or ("none if empty" in wrong and not errors):
            return None
        return [] if "swallowed" in wrong else errors[:1] if "first alone" in wrong else errors

    def tell(self, name: str, *args: Any) -> Any:
        errors: list[Exception] = []
        if name in NAMES and "tell refuses" in self.wrong:
            raise ValueError(name)
        if "any hears tell" in self.wrong:
            self._call(self.any, (name, *args), errors)
        self._call(self.named.setdefault(name, []), args, errors)
        return errors

    def _call(self, entries: list[Any], args: Sequence[Any], errors: list[Any]) -> bool:
        wrong = self.wrong
        live = "live" in wrong or ("live any" in wrong and entries is self.any)
        for entry in entries if live else [*entries]:
            listener, once = entry
            if "looks again" in wrong and entry not in entries:
                continue
            if once and not wrong & LATE and entry in entries:
                entries.remove(entry)
            try:
                listener(*args)
            except Exception as error:
                if "raises" in wrong:
                    raise
                errors.append(error)
                if "stops" in wrong:
                    return False
                if "stays if it fails" in wrong:
                    continue
            if once and wrong & {"leaves later", "stays if it fails"}:
                if entry in entries:
                    entries.remove(entry)
                elif "twice raises" in wrong:
                    raise ValueError(entry)
                elif "twice told" in wrong:
                    errors.append(ValueError(entry))
        if "leaves last" in wrong:
            entries[:] = [one for one in entries if not one[1]]
        return True


def right_follow(client: Any, show: Any, wrong: Wrong) -> None:
    def connected() -> None:
        client.emit("join")
        if wrong & {"registers again", "news once each"}:
            (client.once if "news once each" in wrong else client.on)("news", show)

    if "says at once" in wrong:
        client.emit("join")
    else:
        (client.once if "joins once" in wrong else client.on)("connect", connected)
    if not wrong & {"registers again", "news once each"}:
        (client.once if "news once" in wrong else client.on)("news", show)


def judge_9_3(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, {"Listeners": Right, "follow": right_follow})

    def tell(case: str, *steps: str, **acts: str) -> None:
        trial.play(case, partial(_story, steps, acts))

    tell(ON, "on x a", "receive x", "receive x", "receive y")
    tell(ON, "on x c", "on y b", "on x a", "on x b", "receive x", "receive y", "receive x")
    tell(ANY, "on x a", "on_any h", "receive x", "receive y", "on_any g", "receive x")
    tell(ANY, "on connect a", "on_any h", "tell connect", "on y b", "receive y")
    tell(ONCE, "once x a", "receive x", "receive x")
    tell(ONCE, "once x a", "once x b", "on x c", "receive x", "receive x")
    tell(ONCE, "on x c", "once x a", "on x b", "once y a", "receive x", "receive y", "receive x")
    tell(ONCE, "once x a", "on x b", "once x c", "receive x")
    tell(ONCE, "once x a", "receive x", "receive x", a="receive x")
    tell(OFF, "on x a", "on x b", "off x a", "receive x", "off x", "receive x")
    tell(OFF, "on x a", "on y a", "off x a", "receive x", "receive y")
    tell(OFF, "once x a", "on x b", "off x a", "receive x")
    tell(OFF, "on x a", "off x b", "off y a", "receive x")
    tell(OFF, "on x a", "off y", "receive x")
    tell(FAILS, "on x a", "on x b", "on x c", "receive x", "receive x", b="raises")
    tell(FAILS, "on x a", "on_any h", "receive x", h="raises", a="raises")
    tell(FAILS, "once x a", "on x b", "receive x", "receive x", a="raises")
    tell(FAILS, "on connect a", "on connect b", "tell connect", a="raises")
    tell(MEANWHILE, "on x a", "on x b", "receive x", "receive x", a="off x a")
    tell(MEANWHILE, "on x a", "on x b", "receive x", "receive x", a="on x c")
    tell(MEANWHILE, "on x a", "on x b", "receive x", "receive x", a="off x b")
    tell(MEANWHILE, "on_any h", "receive x", "receive x", h="on_any g")
    tell(TWO, "on x a", "1 on x b", "receive x", "1 receive x", "off x", "1 receive x")
    for name in NAMES:
        tell(RESERVED, f"on {name} a", "on_any h", f"tell {name}", f"receive {name}")
    tell(RESERVED, "on connection a", "on message b", "receive connection", "receive message")
    for number in 1, 2, 3:
        trial.play(FOLLOW, partial(_follow, number))
    return trial.verdict()


def _story(steps: Sequence[str], acts: dict[str, str], play: Play) -> None:
    """Register listeners a, b … of sockets 0 and 1; x and y are events with names of their own."""
    chance, second = play.chance, any(step.startswith("1 ") for step in steps)
    words = {"x": text.name(chance), "y": text.name(chance)}
    made = play.make("GivenStory", 1 + second)
    for who, act in acts.items():
        play.call("acts_like", who, [words.get(word, word) for word in act.split()], on=made)
        play.tell(f"at its first call {who} {ACTS[act.split()[0]].format(act.split()[-1])}")
    for step in steps:
        number = int(step.startswith("1 "))
        method, *args = (words.get(word, word) for word in step.removeprefix("1 ").split())
        said = [text.phrase(chance, at_most=3)] if method == "receive" else []
        given = [one if one in LISTENERS else repr(one) for one in args] + [*map(repr, said)]
        play.tell(f"{'second.' if number else ''}{method}({', '.join(given)})")
        got = play.call(method, number, *args, *said, on=made)
        heard = [] if isinstance(made, Raised) else play.get("heard", made)
        told = _told(method, got, heard)
        play.see(got, counts=(_kind(method, got), heard), text=told)
        if isinstance(got, Raised) and _kind(method, got) != "refused":
            return


def _told(method: str, got: Any, heard: Any) -> str:
    told = f"raised {got.type}: {got.message}" if isinstance(got, Raised) else "is done"
    if method in ("receive", "tell"):
        calls = [f"{who}({', '.join(map(repr, given))})" for who, *given in heard]
        if method == "receive" and not isinstance(got, Raised):
            told = f"returned {shown(got)}"
        told = f"called {', '.join(calls) or 'nobody'}, and {told}"
    return f"it {told}".removesuffix(", and is done")


def _kind(method: str, got: Any) -> Any:
    """What receive returned, or raised.  What the others return is free."""
    if isinstance(got, Raised):
        return "refused" if got.is_a("ValueError") else f"raised {got.type}"
    return got if method == "receive" else "done"


def _follow(times: int, play: Play) -> None:
    """Connect so often, with news each time."""
    made = play.make("GivenClient")
    play.tell("follow(client, show)")
    said = made if isinstance(made, Raised) else play.get("said", made)
    play.see(said, text=f"it says {shown(said)}" if said else "it says nothing yet")
    for number in range(times):
        news = [("news", [text.phrase(play.chance, at_most=4)]) for _ in range(2)]
        for name, args in [("connect", []), *news]:
            given = "".join(f" {one!r}" for one in args)
            play.tell(f"{name}{given}" + (f", time {number + 1}" if name == "connect" else ""))
            got = play.call("happens", name, *args, on=made)
            play.see(got)
            if isinstance(got, Raised):
                return


EXERCISES = (Exercise(
    number="9.3", title="Listeners", section="events", minutes=18, core=True,
    names=("Listeners", "follow"), cases=CASES, judge=judge_9_3, given=(("<the judge>", GIVEN),),
    hints=(
        "Keep a dict: for each name a list of its listeners, in order. Next to each listener note "
        "whether it was registered by once. And a list of the catch-alls.",
        "receive: look at the name; then go through [*self.any], and then through a copy of the "
        "list of this name. try around each single call. An entry of once is removed before its "
        "listener is called, if it is still there.",
        "for entry in [*self.named.get(name, [])]: if entry is one of once, remove it from the "
        "list. try: listener(*args) except Exception as error: errors.append(error). follow: "
        'client.on("connect", lambda: client.emit("join")), and beside it, not inside of it, '
        'client.on("news", show).',
    ),
    wrong_ideas={
        "registered_again_on_reconnect": WrongIdea("listeners are registered at each connect",
            "The client is the same object when it comes back, and it has kept its listeners. With "
            "each connect there is one more, and each news is shown once more. Register them once, "
            "outside.", "registers again"),
        "once_skips_neighbour": WrongIdea("the list may change while a loop goes through it",
            "When an entry is removed, those after it move up by one place, and the loop goes on "
            "at the next place: one listener is left out. Go through a copy of the list.",
            "live; live, leaves later; live, stays if it fails"),
        "one_raises_stops_rest": WrongIdea("an exception ends the event",
            "What have the other listeners to do with a mistake in this one? Put try and except "
            "around each single call, and go on.", "raises; stops"),
        "reserved_name_ok": WrongIdea("any name may come from the peer",
            "A peer that sends 'disconnect' could make the program believe that its own connection "
            "is over. These names are told by the library alone: raise ValueError, and call "
            "nobody.", "reserved ok"),
        "reserved_name_not_listened_to": WrongIdea("nobody may listen to a reserved name",
            "The library tells its news under these names, and a program has to hear it: "
            "on('connect', …) is the usual beginning. What is forbidden is an event with such a "
            "name that comes from the peer.", "on refuses; tell refuses; on refuses, tell refuses"),
        "once_leaves_too_late": WrongIdea("once leaves after its call",
            "If the call raises an exception, or brings the same event again, the listener is "
            "still there, and is called a second time. Remove it first, and then call it.",
            "leaves later; stays if it fails; leaves last; leaves later, twice raises; leaves "
            "later, twice told; stays if it fails, twice raises; stays if it fails, twice told"),
        "any_is_a_fallback": WrongIdea("on_any is for events without a listener",
            "It hears every event, also those that have listeners: programs use it to write a "
            "log.", "any is fallback"),
        "any_hears_the_library": WrongIdea("on_any hears what the library tells",
            "'connect' is no event of the peer. A log of what came over the wire must not have it. "
            "tell calls the listeners of this name alone.", "any hears tell"),
        "one_listener_for_a_name": WrongIdea("a name has one listener",
            "Several parts of a program may wait for the same event, and none knows of the others. "
            "Keep a list for each name.", "one each"),
        "off_misses_once": WrongIdea("off finds only what on has registered",
            "Whoever takes a listener away gives the same function as before. If once has put "
            "another one into the list, note which function is inside of it.", "off misses once"),
        "one_list_for_all_sockets": WrongIdea("all sockets have one list",
            "What Ada's socket hears would call Bob's listeners. A dict that is written in the "
            "class belongs to all of its objects: make it in __init__, on self.", "shared"),
        "connect_comes_once": WrongIdea("a client connects once",
            "A line breaks, and the client connects again: for the server it is new, and has to "
            "join again. 'connect' is told each time, so use on.", "joins once"),
    },
    slips={
        "Listeners are called in the order in which they were registered.": "newest first",
        "once is for the next event only.": "once is on",
        "off with a listener takes this one away, and no other.": "off takes all",
        "off without a listener takes away all of this name.": "off needs one",
        "off of something that is not there is no error: nothing happens.": "off raises",
        "A catch-all gets the event's name first, and then the arguments.": "any without name",
        "Catch-alls are called before the event's own listeners.": "any after",
        "There are six reserved names, and no catch-all hears them from the peer either.":
            "some reserved; node's names; any hears reserved",
        "Raise ValueError for a reserved name, so that the caller can send the peer away.": "quiet",
        "'connection' is not reserved.": "connection",
        "receive returns a list of what the listeners raised; empty, if nothing was.":
            "no list; swallowed; raises after; none if empty; first alone",
        "The client is not connected yet when follow is called: say join at each connect.":
            "says at once",
        "news come more than once.": "news once; news once each",
        "Whoever was registered when the event came is called, also if another one has called off "
        "since then.": "looks again",
        "Go through a copy of the catch-alls, too. One that is registered meanwhile waits for the "
        "next event.": "live any",
    },
),)  # fmt: skip
