"""The judges of lesson 01: `ex_N_…` for exercise 1.N."""
