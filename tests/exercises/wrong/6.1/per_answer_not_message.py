def cost(trace):
    size = sum(row["bytes"] for row in trace)
    requests = sum(
        1 for row in trace if row["way"] == "up" and row["what"] in ("request", "handshake")
    )
    delivered = sum(1 for row in trace if row["arrived"] and row["messages"] > 0)
    return size / delivered, requests / delivered
