"""The judges of lesson 05: `ex_N_…` for exercise 5.N, and what they share."""
