def cost(trace):
    size = requests = delivered = 0
    for row in trace:
        if not row["arrived"]:
            continue
        size += row["bytes"]
        delivered += row["messages"]
        requests += row["way"] == "up" and row["what"] in ("request", "handshake")
    return size / delivered, requests / delivered
