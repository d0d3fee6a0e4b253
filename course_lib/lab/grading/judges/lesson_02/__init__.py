"""The judges of lesson 02: `ex_N_…` for exercise 2.N, and what they share."""
