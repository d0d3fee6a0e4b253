"""The judges of the primers: `pN_M_…` for exercise pN.M, and what they share."""
