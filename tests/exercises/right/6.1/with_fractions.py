from collections import Counter
from fractions import Fraction


def cost(trace):
    kinds = Counter((row["what"], row["way"]) for row in trace)
    asked = kinds["request", "up"] + kinds["handshake", "up"]
    up = sum(row["bytes"] for row in trace if row["way"] == "up")
    down = sum(row["bytes"] for row in trace if row["way"] == "down")
    came = sum(row["messages"] * row["arrived"] for row in trace)
    return float(Fraction(up + down, came)), float(Fraction(asked, came))
