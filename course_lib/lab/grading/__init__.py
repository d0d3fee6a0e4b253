"""Exercises that grade themselves: what a judge is, and what it may rely on.

    the learner's cell ─▶ submission ─▶ a process of its own ◀── pipe ──▶ judge ─▶ Verdict
                          (text)        (runs the text)                  (knows what is right)

A judge is a function of the parent process: `judge(answer, chance) -> Verdict`.  Each exercise has
a module with its judge and its `Exercise`: `judges/lesson_NN/ex_N_name.py` for exercise N of lesson
NN, `judges/primers/pN_M_name.py` for exercise pN.M.  A long judge, and what several judges of a
lesson share, are modules beside it (`judges/lesson_02/hold_story.py`, `clock.py`).  `registry`
imports every module below `judges` and collects its `EXERCISES`:

    EXERCISES = (
        Exercise(
            number="1.1",
            title="Write a request",
            section="build",                    # id of the lesson's section that prepares it
            minutes=8,
            names=("request_bytes",),           # what the learner's cells must define
            cases=("no body", "Hangul"),        # each is one part of the score
            hints=("…", "…", "…"),
            wrong_ideas={"no_host": WrongIdea("there is no Host", "RFC 9112 §3.2 …")},
            judge=judge_1_1,
        ),
    )

What a judge does (`chance` is a `random.Random` with a new seed at each run; `text.phrase(chance)`
gives text with Hangul and emoji):

    def judge_1_1(answer, chance):
        marks = answer.marks
        given = text.phrase(chance)
        sent = answer.call("request_bytes", "POST", "/x", "chat.example", given)
        marks.equal("Hangul", sent, expected, wrong={"length_in_characters": that_bytes})
        return marks.verdict()

    answer.call(name, *args)       plain value, `NotPlain`, or `Raised` (.type .message)
    answer.get(name)               the value of a global name
    answer.make(name, *args)       a `RemoteObject`, which stays in the answer's process:
                                   .call(method, …)  .get(attribute);
                                   a generator: .call("__next__"), .call("send", x)
    answer.peer(thing, "read")     an argument whose named methods run here, in the judge's process;
                                   with waits=True the answer awaits them (a reader of chunks)
    answer.stage()                 async def on the judge's clock: start, call, make, cancel, run
    answer.restart()               a new process, for state that must not leak between cases

    marks.equal(case, observed, expected, wrong={idea: value that it would give}, given="…")
    marks.true(case, condition, observed="…", expected="…", idea="…", diff=ByteDiff(…))
    marks.fail(case, observed="…", expected="…", idea="…", diff=…)
    marks.verdict()                passed if the judge marked every case and none failed

A case in `cases` that the judge never marked counts as failed (GraderError if nothing else failed).
The verdict shows the first fault that has a wrong idea; its name must be a key of `wrong_ideas`.
`process.Ended` (the answer's process ended: too slow, exit, flood) ends the judge, and `runner`
marks it.  Catch it where a wrong idea ends the process (`ended.kind` is "time", "cpu", "exit",
"output" or "broken"), then call `answer.restart()`.  `values.same` compares values and their exact
types.  No text or value from the answer's process is taken as a verdict.  An answer that always
returns the same value must pass no case, and the order of the questions must not reveal the
expected values: `tests/lab/grading/test_worthless_answers.py` checks both.

Tests of a judge are files: `tests/exercises/right/1.1/*.py` (two correct variants at least) and
`tests/exercises/wrong/1.1/<wrong_idea>.py`, one for each.  test_every_exercise.py finds them.  The
source of the exercise itself is in `solutions/_source/NN_slug.py`, see `exercise_source`.

    sandbox/      the answer's process: starts it, confines it, calls it, ends it
    judges/       the exercises and their judges
    classroom/    the command `grade`: many learners, many processes, one report

Exercises.  Builds on: wire (the real library is the peer on the wire), lab.authoring, lab.figures,
lab.clock, lab.compare, lab.metrics, lab.models, lab.runs (what a simulation measures).
Left out: grading a class; see `classroom`, whose workers call `runner.grade`.
"""
