"""The judges of lesson 06: `ex_N_…` for exercise 6.N, and what they share."""
