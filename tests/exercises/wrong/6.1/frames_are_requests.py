def cost(trace):
    total = sum(row["bytes"] for row in trace)
    requests = sum(row["way"] == "up" for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return total / delivered, requests / delivered
