"""Exercises in a notebook: check your answer, take a hint, put your code on the wire.

    from course_lib.lab import checks
    from course_lib.lab.checks import check

    check("1.1")              grade what your cells define, as they were last run
    checks.hint("1.1")        three steps, one at a time; after the third, all of them
    checks.hint("1.1", 1)     the first again
    checks.solution("1.1")    after a pass, or after checks.give_up("1.1")
    checks.progress()         all exercises and what you have done
    checks.answered("1.1")    stop a cell that needs your answer while there is none
    with checks.swap(http11, encode_request=mine): ...
    async with checks.within(3): ...

A number needs no quotes, check(1.1) is the same; a primer's does, as in check("p1.1").

Exercises.  Builds on: `grading`.
What is new here: nothing but the names.
Left out: grading a class, which is the command `grade`.
"""

from __future__ import annotations

from .grading import history
from .grading.checking import answered, check, give_up, hint, solution
from .grading.checking import overview as progress
from .grading.swapping import swap, within

__all__ = ["answered", "check", "give_up", "hint", "progress", "solution", "swap", "within"]

history.watch()
