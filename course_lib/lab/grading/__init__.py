"""Exercises that grade themselves: what a judge is, and what it may rely on.

    the learner's cell ─▶ submission ─▶ a process of its own ◀── pipe ──▶ judge ─▶ Verdict
                          (text)        (runs the text)                  (has the right program)

A judge is a function of the parent process: `judge(answer, chance) -> Verdict`.  It makes a trial,
puts stories into it, and returns its verdict.  `chance` is a `random.Random` with a new seed at
each run; `text.phrase(chance)` gives text with Hangul and emoji.

    CASES = {(SHORT := "short ones"): "The rule that holds here.", (LONG := "long ones"): "…"}

    def right(data, wrong):                        the answer, with a switch for each mistake
        return data if "whole" in wrong else data[:10]

    WrongIdea("…", "…", "whole")                   a wrong idea is a program: right, with a switch

    def judge_1_1(answer, chance):
        trial = Trial(answer, chance, right)
        trial.ask(SHORT, b"abc")
        trial.ask(LONG, chance.randbytes(20))
        return trial.verdict()

`trial` is for functions, for objects, and for machines that are given the time as an argument;
`scene` for tasks on a clock that the judge moves.  There is no third way.  How a judge is written,
step by step, stands in CONTRIBUTING.md; why it is a program, in docs/decisions/judges.md.

Each exercise has a module, `judges/lesson_NN/ex_N_name.py` for exercise N of lesson NN and
`judges/primers/pN_M_name.py` for pN.M.  `registry` imports them all and collects `EXERCISES`:

    EXERCISES = (
        Exercise(
            number="1.1", title="Write a request",
            section="build",                    # id of the lesson's section that prepares it
            minutes=8,
            core=True,                          # two of a lesson at most; left out: for practice
            names=("request_bytes",),           # what the learner's cells must define
            cases=CASES,                        # each is one point
            hints=("…", "…", "…"),
            wrong_ideas={"no_host": WrongIdea("there is no Host", "RFC 9112 §3.2 …", "no host")},
            slips={"A sentence about a mistake without a name.": "other switch"},
            judge=judge_1_1,
        ),
    )

What all judges get without a line of their own: the stories are played in a random order; an answer
that always gives the same, or what it was given, earns nothing; a fault without a name gets the
sentence of its slip, of its story, or the rule of its case; an exception is a value (`Raised`); if
the answer's process ends, its case fails and those after it, and those before it count.  No text,
time or count from the answer's process is taken for a verdict.

    sandbox/      the answer's process: starts it, confines it, calls it, ends it
    judges/       the exercises and their judges
    classroom/    the command `grade`: many learners, many processes, one report

Exercises.  Builds on: wire (the real library is the peer on the wire), lab.authoring, lab.figures,
lab.clock, lab.compare, lab.metrics, lab.models, lab.runs (what a simulation measures).
Left out: grading a class; see `classroom`, whose workers call `runner.grade`.
"""
