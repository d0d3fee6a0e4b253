"""The workshop: the tools that set the course up and keep it in order.

    commands      what can be typed after `python -m course_lib`
    environment   is .venv ready, and if not, what is missing
    first_pip     where the pip of a new .venv comes from
    installer     that pip, on locked packages
    node_packages npm, on the locked packages of JavaScript, where Node.js is there
    remedies      what went wrong, and what to do
    locking       one set-up at a time
    processes     the environment of what we start, and starting it
    copies        the folder work/: what a learner opens, and what is renewed in it
    doctor        `doctor`: is everything here that a lesson needs (doctor_* are its parts)
    release       `release`: the folder that learners get
    bundle        `bundle`: the same with all packages; wheels makes the set-up install from them
    checks        `check`
    architecture  which module may import which (imports reads them, lengths counts lines)
    locks         the lock files and environment.yml: written and compared
    handbook      the table of minutes in docs/INSTRUCTOR.md: written and compared

The workshop belongs to no floor: only the command line imports it, and it imports the standard
library alone, because it runs on a bare Python in a fresh clone.
"""
