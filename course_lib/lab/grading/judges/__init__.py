"""The judges, one module for each lesson: `lesson_01`, `p1`.  See the package `grading`.

Exercises.  Builds on: everything; a judge may use the real library as the peer on the wire.
What is new here: `EXERCISES` of each module are found by `grading.registry`.
Left out: nothing imports these by name.
"""
