"""The judges: `lesson_NN/ex_N_name.py` for exercise N of a lesson, `primers/pN_M_name.py` for pN.M.

Exercises.  Builds on: grading, lab, wire; a judge may use the real library as the peer on the wire.
What is new here: `grading.registry` imports every module below and collects its `EXERCISES`.
Left out: a list of the judges; no other module imports them by name.  See the package `grading`.
"""
