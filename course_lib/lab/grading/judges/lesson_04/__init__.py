"""The judges of lesson 04: `ex_N_…` for exercise 4.N."""
