"""The judges of lesson 09: `ex_N_…` for exercise 9.N."""
