def cost(trace):
    total = sum(row["bytes"] for row in trace if row["way"] == "down")
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return total / delivered, requests / delivered
