"""Can it be predicted?  An answer's function, called again in a state that is the same again.

    guards=(SAME_STATE,)                               runs before the answer
    play.call("_again", "random", "write", 1, b"hi")   four results, with `random` in a known state
    play.call("_again", "clock", "new_sid")            … with every clock at a known time

Exercises.  Builds on: nothing.
What is new here: two such calls give the same only if what the function draws can be predicted.
Left out: statistics.
"""

from __future__ import annotations

SAME_STATE = (
    "the grader's text",
    """\
def _again(what, name, *args):
    import _random, random, time
    kept = {name: getattr(time, name) for name in dir(time)
            if name.endswith("_ns") or name + "_ns" in dir(time)}
    here, state, dice = dict(globals()), random.getstate(), _random.Random(1)
    ticks = iter(range(1_700_000_000_000_000_000, 1 << 62, 1_000))
    still = {name: (lambda: next(ticks)) if "_ns" in name else (lambda: next(ticks) / 1e9)
             for name in kept}
    try:
        if what == "random":
            random.seed(1)
            random.Random.random = lambda self: dice.random()
            random.Random.getrandbits = lambda self, bits: dice.getrandbits(bits)
        else:
            vars(time).update(still)
            globals().update({own: still[name] for own, value in here.items()
                              for name in kept if value is kept[name]})
        return [globals()[name](*args) for _ in range(4)]
    finally:
        vars(time).update(kept)
        globals().update(here)
        random.setstate(state)
        for name in {"random", "getrandbits"} & vars(random.Random).keys():
            delattr(random.Random, name)
""",
)
STATES = (
    ("random", "with the module random in the same state"),
    ("clock", "at the same time by all clocks"),
)
