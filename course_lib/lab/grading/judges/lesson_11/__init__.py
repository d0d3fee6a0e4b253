"""The judges of lesson 11: `ex_N_…` for exercise 11.N."""
