from fractions import Fraction


def cost(trace):
    came = sum(row["messages"] for row in trace if row["arrived"])
    asked = [row for row in trace if row["way"] == "up" and row["what"] != "frame"]
    return [Fraction(sum(row["bytes"] for row in trace), came), Fraction(len(asked), came)]
