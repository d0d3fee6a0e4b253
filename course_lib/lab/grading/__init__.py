"""Exercises that grade themselves: what a judge is, and what it may rely on.

    the learner's cell ─▶ submission ─▶ a process of its own ◀── pipe ──▶ judge ─▶ Verdict
                          (text)        (runs the text)                  (knows what is right)

A judge is a function of the parent process: `judge(answer, chance) -> Verdict`.  It lives in
`judges/lesson_NN.py` (or `judges/p1.py`) beside its `Exercise`:

    EXERCISES = (
        Exercise(
            number="1.1",
            title="Write a request",
            section="build",                    # id of the section that prepares it
            minutes=8,
            names=("request_bytes",),           # what the learner's cells must define
            cases=("no body", "Hangul"),        # each is one part of the score
            hints=("…", "…", "…"),
            wrong_ideas={"no_host": WrongIdea("there is no Host", "RFC 9112 §3.2 …")},
            judge=judge_1_1,
        ),
    )

What a judge does (`chance` is a `random.Random`, another one at each run; `text.phrase(chance)`
gives text with Hangul and emoji):

    def judge_1_1(answer, chance):
        marks = answer.marks
        given = text.phrase(chance)
        sent = answer.call("request_bytes", "POST", "/x", "chat.example", given)
        marks.equal("Hangul", sent, expected, wrong={"length_in_characters": that_bytes})
        return marks.verdict()

    answer.call(name, *args)       plain value, `NotPlain`, or `Raised` (.type .message)
    answer.make(name, *args)       an object that stays there: .call(method, …)  .get(attribute)
                                   generators: held.call("__next__"), held.call("send", x)
    answer.peer(thing)             an argument whose methods are called here, in the judge; with
                                   waits=True the answer awaits them (a reader that gives chunks)
    answer.stage()                 async def on the judge's clock: start, call, make, cancel, run
    answer.restart()               a fresh process, for state that must not leak between cases

    marks.equal(case, observed, expected, wrong={idea: value that it would give}, given="…")
    marks.true(case, condition, observed="…", expected="…", idea="…", tape=Tape(…))
    marks.fail(case, observed="…", expected="…", idea="…", tape=…)
    marks.verdict()                passed when each case was looked at and nothing failed in any

A case that is named in `cases` and never looked at has failed.  A wrong idea is named by the first
check that recognises one; the name must be a key of `wrong_ideas`.  `process.Ended` (the process
is gone: too slow, exit, flood) ends the judge and is marked for it; catch it where a wrong idea
shows itself so (`ended.kind` is "time", "cpu", "exit", "output" or "broken"), then restart.
Values are compared by `values.same`: exact types.  Nothing that the answer says is a verdict.
An answer that always says the same must not earn a case by accident, and the order of the questions
must not tell the answers: `tests/lab/grading/test_worthless_answers.py`.

Tests of a judge are files: `tests/exercises/right/1.1/*.py` (two correct variants at least) and
`tests/exercises/wrong/1.1/<wrong_idea>.py`, one for each; test_every_exercise.py finds them.  The
source of the exercise itself is in `solutions/_source/NN_slug.py`, see `exercise_source`.

Exercises.  Builds on: wire, net (the real library is the peer on the wire).
Left out: grading a class; that is the command `grade`, which calls `runner.grade`.
"""
