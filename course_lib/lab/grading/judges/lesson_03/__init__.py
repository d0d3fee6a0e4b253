"""The judges of lesson 03: `ex_N_…` for exercise 3.N."""
