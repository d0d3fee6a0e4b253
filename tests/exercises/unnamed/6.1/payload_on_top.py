def cost(trace):
    size = sum(row["bytes"] + row["payload"] for row in trace)
    requests = sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in trace)
    delivered = sum(row["messages"] for row in trace if row["arrived"])
    return size / delivered, requests / delivered
