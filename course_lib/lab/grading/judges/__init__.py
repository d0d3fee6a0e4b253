"""The judges: a folder for each lesson, in it `ex_N_…` for exercise N.  See the package `grading`.

Exercises.  Builds on: everything; a judge may use the real library as the peer on the wire.
What is new here: `EXERCISES` of each module are found by `grading.registry`.
Left out: nothing imports these by name.
"""
