"""The judges of lesson 10: `ex_N_…` for exercise 10.N."""
