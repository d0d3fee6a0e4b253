def cost(trace):
    overhead = requests = delivered = 0
    for row in trace:
        overhead += row["bytes"] - row["payload"]
        if row["way"] == "up" and row["what"] in ("request", "handshake"):
            requests += 1
        if row["arrived"]:
            delivered += row["messages"]
    return overhead / delivered, requests / delivered
