"""The judges of lesson 07: `ex_N_…` for exercise 7.N."""
