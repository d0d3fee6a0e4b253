"""The judges of lesson 08: `ex_N_…` for exercise 8.N."""
