def cost(trace):
    trace = [row for row in trace if row["what"] != "handshake"]
    total = sum(row["bytes"] for row in trace)
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return total / delivered, requests / delivered
