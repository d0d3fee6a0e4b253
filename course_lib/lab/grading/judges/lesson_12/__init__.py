"""The judges of lesson 12: `ex_N_…` for exercise 12.N."""
